from collections import defaultdict
from datetime import timedelta

from odoo import api, fields, models

from ..models.sale_backorder import AGE_BUCKETS, OPEN_STATES

KINDS = [("week", "Week"), ("no_date", "No date"), ("prepaid", "Prepaid")]
MEASURES = ["value_open:sum", "value_due:sum", "value_prepaid:sum"]


class BackorderMoneyWeek(models.TransientModel):
    """What open backorders bring in, week by week: revenue when they are expected to ship, money
    when it is due by the payment terms after that. Computed when the table is opened, of what the
    user may see, in the currency of the company."""

    _name = "backorder.money.week"
    _inherit = ["backorder.chart.mixin"]
    _description = "Expected Revenue and Payments"
    _order = "sequence, id"
    _places = {"kind": "sequence:min"}

    sequence = fields.Integer(aggregator=None)
    kind = fields.Selection(KINDS, required=True, readonly=True)
    date_start = fields.Date(string="Week of", readonly=True)
    currency_id = fields.Many2one("res.currency", readonly=True)
    revenue = fields.Monetary(
        readonly=True,
        help="Open value without taxes, in the week of the likely date. What is late counts in "
        "this week.",
    )
    revenue_p90 = fields.Monetary(
        string="Safe revenue",
        readonly=True,
        help="The same, in the week of the date that is safe to promise, where one is known.",
    )
    cash = fields.Monetary(
        string="Payments",
        readonly=True,
        help="Open value with taxes, less what was paid already, when it is due by the payment "
        "terms if it is invoiced on the likely date.",
    )
    cash_p90 = fields.Monetary(
        string="Safe payments",
        readonly=True,
        help="The same, if it is invoiced on the date that is safe to promise.",
    )

    @api.model
    def action_open(self):
        """Compute the table and show it."""
        self.search([("create_uid", "=", self.env.uid)]).unlink()
        rows = self.create(self._prepare_rows())
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "backorder_management.backorder_money_week_action"
        )
        return {**action, "domain": [("id", "in", rows.ids)]}

    @api.model
    def _prepare_rows(self):
        totals = defaultdict(lambda: defaultdict(float))
        self._add_dates(totals, "expected_date_p50", "revenue", "cash")
        self._add_dates(totals, "expected_date_late", "revenue_p90", "cash_p90")
        weeks = sorted((k, d) for k, d in totals if k == "week")
        others = [(k, False) for k in ("no_date", "prepaid") if totals.get((k, False))]
        return [
            {
                "sequence": place,
                "kind": kind,
                "date_start": date,
                "currency_id": self.env.company.currency_id.id,
                **totals[kind, date],
            }
            for place, (kind, date) in enumerate(weeks + others)
        ]

    @api.model
    def _add_dates(self, totals, name, revenue, cash):
        """:param totals: {(kind, monday or False): {field: value}}; added to"""
        for term, day, value, due, prepaid in self._read_sums(name):
            if day:
                day = max(day, fields.Date.context_today(self))
                totals["week", self._get_monday(day)][revenue] += value
            else:
                totals["no_date", False][revenue] += value
                totals["no_date", False][cash] += due - prepaid
            if prepaid:
                totals["prepaid", False][cash] += prepaid
            for date, share in self._get_instalments(term, day):
                totals["week", self._get_monday(date)][cash] += share * (due - prepaid)

    @api.model
    def _read_sums(self, name):
        """:return: (payment terms, date, open value, with taxes, prepaid)"""
        return self.env["backorder.report"]._read_group(
            [("state", "in", OPEN_STATES)], ["payment_term_id", f"{name}:day"], MEASURES
        )

    @api.model
    def _get_instalments(self, term, day):
        """:return: [(due date, share)] of an invoice of that day. Fixed amounts are due with the
        last part: they are small beside the whole."""
        if not day:
            return []
        # sudo: who sells need not be allowed to read payment terms
        lines = term.sudo().line_ids
        if not lines:
            return [(day, 1.0)]
        parts = [
            (line._get_due_date(day), line.value_amount / 100.0 if line.value == "percent" else 0.0)
            for line in lines
        ]
        rest = 1.0 - sum(share for _date, share in parts)
        return [*parts[:-1], (parts[-1][0], parts[-1][1] + rest)]

    @api.model
    def _get_monday(self, day):
        return day - timedelta(days=day.weekday())


class BackorderMoneyRisk(models.TransientModel):
    """How much of the open value may be cancelled, going by what became of backorders that waited
    as long."""

    _name = "backorder.money.risk"
    _inherit = ["backorder.chart.mixin"]
    _description = "Revenue at Risk"
    _order = "id"
    _shares = {"share": ("value_risk", "value_open")}
    _places = {"age_bucket": "id:min"}

    age_bucket = fields.Selection(AGE_BUCKETS, string="Age", required=True, readonly=True)
    currency_id = fields.Many2one("res.currency", readonly=True)
    open_count = fields.Integer(string="Open", readonly=True)
    value_open = fields.Monetary(string="Open value", readonly=True)
    sample_count = fields.Integer(
        string="Ended",
        readonly=True,
        aggregator=None,
        help="Items that waited as long as this or longer, and were fulfilled or cancelled: the "
        "share is observed on so many.",
    )
    share = fields.Float(
        string="Cancelled share",
        readonly=True,
        aggregator="avg",
        help="Cancelled value / (cancelled + fulfilled value), of the ended items.",
    )
    value_risk = fields.Monetary(
        string="At risk", readonly=True, help="Open value x cancelled share."
    )

    @api.model
    def action_open(self):
        """Compute the table and show it."""
        self.search([("create_uid", "=", self.env.uid)]).unlink()
        rows = self.create(self._prepare_rows())
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "backorder_management.backorder_money_risk_action"
        )
        return {**action, "domain": [("id", "in", rows.ids)]}

    @api.model
    def _prepare_rows(self):
        report = self.env["backorder.report"]
        waiting = {
            bucket: (count, value)
            for bucket, count, value in report._read_group(
                [("state", "in", OPEN_STATES)], ["age_bucket"], ["__count", "value_open:sum"]
            )
        }
        ended = report._read_group(
            [("state", "in", ("done", "cancel"))],
            ["days_waited"],
            ["__count", "value_cancelled:sum", "value_fulfilled:sum"],
        )
        rows = []
        for (bucket, _label), least in zip(AGE_BUCKETS, (0, 8, 15, 31), strict=True):
            count, value = waiting.get(bucket, (0, 0.0))
            sample = [row for row in ended if row[0] >= least]
            lost = sum(row[2] for row in sample)
            total = lost + sum(row[3] for row in sample)
            share = lost / total if total else 0.0
            rows.append(
                {
                    "age_bucket": bucket,
                    "currency_id": self.env.company.currency_id.id,
                    "open_count": count,
                    "value_open": value,
                    "sample_count": sum(row[1] for row in sample),
                    "share": share,
                    "value_risk": value * share,
                }
            )
        return rows

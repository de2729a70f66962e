from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.tools import SQL

from ..models.sale_backorder_line import PRICE_GROUPS

PERIODS = [("month", "Month"), ("quarter", "Quarter"), ("year", "Year")]
RATES = ("orders", "lines", "units", "value")


class BackorderRatePeriod(models.Model):
    """The backorder rate of each month, quarter and year beside the one of the period before.
    Counts what the user may see."""

    _name = "backorder.rate.period"
    _inherit = ["backorder.chart.mixin"]
    _description = "Backorder Rate by Period"
    _auto = False
    _order = "date_start desc, id"
    _rec_name = "date_start"
    _depends = {"backorder.rate.report": ["date"]}
    _kinds = ("month", "quarter", "year")
    _shares = {
        "rate_orders": ("backordered_count", "order_count"),
        "rate_lines": ("backordered_line_count", "line_count"),
        "rate_units": ("qty_backordered", "qty_ordered"),
        "rate_value": ("value_backordered", "value_ordered"),
    }

    kind = fields.Selection(PERIODS, string="Period", readonly=True)
    date_start = fields.Date(string="From", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    order_count = fields.Integer(string="Orders", readonly=True)
    backordered_count = fields.Integer(string="Backordered orders", readonly=True)
    line_count = fields.Integer(string="Order lines", readonly=True)
    backordered_line_count = fields.Integer(string="Backordered lines", readonly=True)
    qty_ordered = fields.Float(string="Ordered", digits="Product Unit", readonly=True)
    qty_backordered = fields.Float(string="Backordered", digits="Product Unit", readonly=True)
    value_ordered = fields.Float(
        string="Ordered value",
        readonly=True,
        groups=PRICE_GROUPS,
        help="Without taxes, in company currency.",
    )
    value_backordered = fields.Float(
        string="Backordered value",
        readonly=True,
        groups=PRICE_GROUPS,
        help="Without taxes, in company currency.",
    )
    rate_orders = fields.Float(
        string="Orders, rate",
        readonly=True,
        aggregator="avg",
        help="Orders of which anything was ever backordered / confirmed orders.",
    )
    rate_orders_before = fields.Float(
        string="Orders, before", readonly=True, aggregator=None, help="In the period before."
    )
    change_orders = fields.Float(
        string="Change",
        readonly=True,
        aggregator=None,
        help="Rate by orders less the one of the period before, in points. Nothing when no order "
        "was confirmed in the period before.",
    )
    has_before = fields.Boolean(readonly=True)
    rate_lines = fields.Float(
        string="Lines, rate",
        readonly=True,
        aggregator="avg",
        help="Order lines that were ever backordered / confirmed order lines.",
    )
    rate_lines_before = fields.Float(string="Lines, before", readonly=True, aggregator=None)
    rate_units = fields.Float(
        string="Units, rate",
        readonly=True,
        aggregator="avg",
        help="Backordered quantity / ordered quantity.",
    )
    rate_units_before = fields.Float(string="Units, before", readonly=True, aggregator=None)
    rate_value = fields.Float(
        string="Value, rate",
        readonly=True,
        aggregator="avg",
        groups=PRICE_GROUPS,
        help="Backordered value / ordered value.",
    )
    rate_value_before = fields.Float(
        string="Value, before", readonly=True, aggregator=None, groups=PRICE_GROUPS
    )

    @property
    def _table_query(self):
        before = SQL(", ").join(
            SQL(
                "CASE WHEN adjoins THEN LAG(%(rate)s) OVER w END AS %(name)s",
                rate=SQL.identifier(f"rate_{name}"),
                name=SQL.identifier(f"rate_{name}_before"),
            )
            for name in RATES
        )
        return SQL(
            """
            SELECT *, rate_orders - rate_orders_before AS change_orders,
                   COALESCE(adjoins, FALSE) AS has_before
              FROM (SELECT *, %s
                      FROM (SELECT *, LAG(date_end) OVER w = date_start AS adjoins
                              FROM (%s) rated
                            WINDOW w AS (PARTITION BY company_id, kind ORDER BY date_start)) known
                    WINDOW w AS (PARTITION BY company_id, kind ORDER BY date_start)) compared
            """,
            before,
            self._get_rates_query(),
        )

    @api.model
    def _get_rates_query(self):
        """One row for each period and company. An order has one date: quarters and years are sums
        of months. The id says which period it is: it is the same in every query."""
        return SQL(
            """
            SELECT (company_id * 4000 + (EXTRACT(YEAR FROM date_start) - 2000) * 36
                    + (EXTRACT(MONTH FROM date_start) - 1) * 3 + MIN(place))::int AS id,
                   kind, company_id, date_start,
                   (date_start + CASE kind WHEN 'month' THEN INTERVAL '1 month'
                       WHEN 'quarter' THEN INTERVAL '3 month' ELSE INTERVAL '1 year' END)::date
                       AS date_end,
                   SUM(orders)::int AS order_count, SUM(hit)::int AS backordered_count,
                   SUM(lines)::int AS line_count, SUM(hit_lines)::int AS backordered_line_count,
                   SUM(ordered) AS qty_ordered, SUM(short) AS qty_backordered,
                   SUM(value_ordered) AS value_ordered, SUM(value_short) AS value_backordered,
                   SUM(hit)::float8 / NULLIF(SUM(orders), 0) AS rate_orders,
                   SUM(hit_lines)::float8 / NULLIF(SUM(lines), 0) AS rate_lines,
                   SUM(short) / NULLIF(SUM(ordered), 0) AS rate_units,
                   SUM(value_short) / NULLIF(SUM(value_ordered), 0) AS rate_value
              FROM (SELECT m.*, k.kind, k.place, DATE_TRUNC(k.kind, m.month)::date AS date_start
                      FROM (%s) m
                CROSS JOIN (VALUES ('month', 0), ('quarter', 1), ('year', 2)) k (kind, place)
                   ) dated
             GROUP BY kind, company_id, date_start
            """,
            self._get_months_query(),
        )

    @api.model
    def _get_months_query(self):
        return SQL(
            """
            SELECT company_id, DATE_TRUNC('month', date) AS month,
                   COUNT(DISTINCT order_id) AS orders, COUNT(DISTINCT backordered_order_id) AS hit,
                   SUM(line_count) AS lines, SUM(backordered_count) AS hit_lines,
                   SUM(qty_ordered) AS ordered, SUM(qty_backordered) AS short,
                   SUM(value_ordered) AS value_ordered, SUM(value_backordered) AS value_short
              FROM (%s) line
             GROUP BY company_id, DATE_TRUNC('month', date)
            """,
            self._get_lines_query(),
        )

    @api.model
    def _get_lines_query(self):
        """The order lines that the user may see."""
        report = self.env["backorder.rate.report"]
        names = (
            "company_id date order_id backordered_order_id backordered_count line_count "
            "qty_backordered qty_ordered value_backordered value_ordered"
        )
        columns = (SQL.identifier(report._table, name) for name in names.split())
        return report._search([]).select(*columns)

    def action_open_rates(self):
        """The orders of the period."""
        self.ensure_one()
        end = {"month": 1, "quarter": 3, "year": 12}[self.kind]
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "backorder_management.backorder_rate_report_action"
        )
        return {
            **action,
            "context": {},  # not only of the last year
            "domain": [
                ("company_id", "=", self.company_id.id),
                ("date", ">=", self.date_start),
                ("date", "<", self.date_start + relativedelta(months=end)),
            ],
        }

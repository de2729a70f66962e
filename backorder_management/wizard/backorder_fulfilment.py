from odoo import api, fields, models
from odoo.tools import format_date

from ..engine import survival
from ..models.sale_backorder import OPEN_STATES

KINDS = [
    ("all", "All"),
    ("month", "Month of opening"),
    ("category", "Product category"),
    ("vendor", "Vendor"),
    ("warehouse", "Warehouse"),
]
GROUPS = {
    "all": [],
    "month": ["date_open:month"],
    "category": ["product_categ_id"],
    "vendor": ["vendor_id"],
    "warehouse": ["warehouse_id"],
}


class BackorderFulfilment(models.TransientModel):
    """How long customers wait: a row for each month, category, vendor and warehouse. What still
    waits is counted, so that the figures do not flatter. Computed when the table is opened, of
    what the user may see."""

    _name = "backorder.fulfilment"
    _inherit = ["backorder.chart.mixin"]
    _description = "Fulfilment Time"
    _order = "kind, sequence, id"
    _kinds = tuple(GROUPS)
    _shares = {
        "mean": ("days_fulfilled", "fulfilled_count"),
        "open_age": ("days_open", "open_count"),
    }
    _places = {"name": "sequence:min"}

    kind = fields.Selection(KINDS, string="By", required=True, readonly=True)
    sequence = fields.Integer(aggregator=None)
    name = fields.Char(string="Group", readonly=True)
    item_count = fields.Integer(string="Items", readonly=True)
    fulfilled_count = fields.Integer(string="Fulfilled", readonly=True)
    open_count = fields.Integer(string="Open", readonly=True)
    cancelled_count = fields.Integer(string="Cancelled", readonly=True)
    days_fulfilled = fields.Integer(
        string="Days of fulfilled items", readonly=True, help="All that they took together."
    )
    days_open = fields.Integer(
        string="Days of open items", readonly=True, help="All that they have waited together."
    )
    mean = fields.Float(
        string="Mean (days)",
        digits=(16, 1),
        readonly=True,
        aggregator="avg",
        help="Days from the opening of an item to its last delivery, of fulfilled ones.",
    )
    median = fields.Integer(
        readonly=True,
        aggregator=None,
        help="Half of the fulfilled items took so many days or less.",
    )
    p90 = fields.Integer(
        string="90%",
        readonly=True,
        aggregator=None,
        help="Nine of ten fulfilled items took so many days or less.",
    )
    true_median = fields.Integer(
        string="50% of all",
        readonly=True,
        aggregator=None,
        help="Half of all items are fulfilled within so many days, with those that still wait or "
        "were cancelled counted as long as they waited (Kaplan-Meier). Empty while less than half "
        "can be told.",
    )
    true_p90 = fields.Integer(
        string="90% of all",
        readonly=True,
        aggregator=None,
        help="Nine of ten of all items are fulfilled within so many days, with those that still "
        "wait or were cancelled counted as long as they waited (Kaplan-Meier). Empty while it "
        "cannot be told.",
    )
    median_known = fields.Boolean()
    p90_known = fields.Boolean()
    open_age = fields.Float(
        string="Open for (days)",
        digits=(16, 1),
        readonly=True,
        aggregator="avg",
        help="Days that open items have waited so far, on average.",
    )

    @api.model
    def action_open(self):
        """Compute the table and show it."""
        self.search([("create_uid", "=", self.env.uid)]).unlink()
        rows = self.create([vals for kind in GROUPS for vals in self._prepare_rows(kind)])
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "backorder_management.backorder_fulfilment_action"
        )
        return {**action, "domain": [("id", "in", rows.ids)]}

    @api.model
    def _prepare_rows(self, kind):
        """:return: vals of one row for each group that has any item"""
        groups = GROUPS[kind]
        counts = {}
        for *key, days, state, count in self.env["backorder.report"]._read_group(
            [], [*groups, "days_waited", "state"], ["__count"]
        ):
            counts.setdefault(key[0] if key else None, []).append((days, state, count))
        return [
            {
                "kind": kind,
                "sequence": place,
                "name": self._get_label(kind, key),
                **self._prepare_figures(counts[key]),
            }
            for place, key in enumerate(counts)
        ]

    @api.model
    def _get_label(self, kind, key):
        if kind == "all":
            return self.env._("All")
        if not key:
            return self.env._("None")
        if kind == "month":
            return format_date(self.env, key, date_format="LLLL yyyy")
        return key.display_name

    @api.model
    def _prepare_figures(self, counts):
        """:param counts: (days waited, state, how many)"""
        found = survival.summarize(
            survival.Wait(days, state == "done", count) for days, state, count in counts
        )
        waiting = [(days, count) for days, state, count in counts if state in OPEN_STATES]
        open_count = sum(count for _days, count in waiting)
        days_open = sum(days * count for days, count in waiting)
        total = sum(count for _days, _state, count in counts)
        return {
            "item_count": total,
            "fulfilled_count": found.ended,
            "open_count": open_count,
            "cancelled_count": total - found.ended - open_count,
            "days_fulfilled": sum(days * n for days, state, n in counts if state == "done"),
            "days_open": days_open,
            "mean": found.mean,
            "median": found.median,
            "p90": found.p90,
            "true_median": found.true_median,
            "true_p90": found.true_p90,
            "median_known": found.true_median is not None,
            "p90_known": found.true_p90 is not None,
            "open_age": days_open / open_count if open_count else 0.0,
        }

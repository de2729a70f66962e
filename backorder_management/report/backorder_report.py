from odoo import fields, models

from ..models.sale_backorder import AGE_BUCKETS, ORIGINS, STATES
from ..models.sale_backorder_line import PRICE_GROUPS

CLOSED_ONLY = "Only items that were fulfilled. "


class BackorderReport(models.Model):
    """One row for each backorder item, open or closed: what was short, what became of it, how long
    it took and whether the promise held. Quantities are in the product's unit."""

    _name = "backorder.report"
    _inherit = ["backorder.report.base", "backorder.group.order"]
    _description = "Backorder Analysis"
    _auto = False
    _order = "date_open desc, id desc"
    _rec_name = "line_id"
    _depends = {
        "sale.backorder": ["date_open", "date_closed", "origin", "released"],
        "sale.backorder.line": [
            "amount_open",
            "backorder_id",
            "date_due",
            "expected_date",
            "qty_backordered",
            "qty_cancelled",
            "qty_fulfilled",
            "qty_open",
            "qty_ready",
            "state",
        ],
        "backorder.promise": ["line_id", "new_date"],
        "backorder.date.change": ["line_id", "kind"],
        "sale.order": ["currency_rate", "date_order"],
        "sale.order.line": ["price_subtotal", "product_uom_qty"],
        "stock.move": ["state", "date", "sale_line_id"],
        "res.partner": ["tz", "country_id", "commercial_partner_id"],
    }

    line_id = fields.Many2one("sale.backorder.line", string="Item", readonly=True)
    backorder_id = fields.Many2one("sale.backorder", readonly=True)
    sale_order_id = fields.Many2one("sale.order", string="Order", readonly=True)
    partner_id = fields.Many2one("res.partner", string="Customer", readonly=True)
    commercial_partner_id = fields.Many2one("res.partner", string="Customer company", readonly=True)
    country_id = fields.Many2one("res.country", readonly=True)
    user_id = fields.Many2one("res.users", string="Salesperson", readonly=True)
    team_id = fields.Many2one("crm.team", string="Sales team", readonly=True)
    product_id = fields.Many2one("product.product", readonly=True)
    product_uom_id = fields.Many2one("uom.uom", string="Unit", readonly=True)
    product_categ_id = fields.Many2one("product.category", string="Product category", readonly=True)
    vendor_id = fields.Many2one(
        "res.partner", readonly=True, help="The first vendor of the product."
    )
    warehouse_id = fields.Many2one("stock.warehouse", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    cause_id = fields.Many2one("backorder.cause", readonly=True)
    cancel_reason_id = fields.Many2one(
        "backorder.cancel.reason", string="Cancellation reason", readonly=True
    )
    origin = fields.Selection(ORIGINS, readonly=True)
    state = fields.Selection(STATES, string="Status", readonly=True)
    age_bucket = fields.Selection(AGE_BUCKETS, string="Age", readonly=True)

    date_order = fields.Date(string="Order date", readonly=True)
    date_open = fields.Date(string="Open since", readonly=True)
    date_closed = fields.Date(string="Closed on", readonly=True)
    date_shipped = fields.Date(
        string="Last delivery", readonly=True, help="When the last of it went to the customer."
    )
    expected_date_first = fields.Date(string="Expected first", readonly=True)
    expected_date = fields.Date(string="Expected to ship", readonly=True)
    expected_date_p90 = fields.Date(string="Safe to promise", readonly=True)
    promised_date_first = fields.Date(string="Promised first", readonly=True)
    promised_date = fields.Date(string="Promised last", readonly=True)

    qty_backordered = fields.Float(string="Backordered", digits="Product Unit", readonly=True)
    qty_open = fields.Float(string="Open", digits="Product Unit", readonly=True)
    qty_ready = fields.Float(string="Ready", digits="Product Unit", readonly=True)
    qty_short = fields.Float(string="Short", digits="Product Unit", readonly=True)
    qty_fulfilled = fields.Float(string="Fulfilled", digits="Product Unit", readonly=True)
    qty_cancelled = fields.Float(string="Cancelled", digits="Product Unit", readonly=True)
    qty_ended = fields.Float(string="Fulfilled or cancelled", digits="Product Unit", readonly=True)

    order_currency_id = fields.Many2one("res.currency", readonly=True)
    currency_id = fields.Many2one("res.currency", readonly=True)
    amount_open = fields.Monetary(
        string="Open value in order currency",
        currency_field="order_currency_id",
        readonly=True,
        aggregator=None,
        groups=PRICE_GROUPS,
        help="The open quantity at the price of the order, without taxes.",
    )
    value_open = fields.Monetary(
        string="Open value",
        readonly=True,
        groups=PRICE_GROUPS,
        help="At the price of the order without taxes, in company currency at the rate of the "
        "order's date.",
    )
    value_backordered = fields.Monetary(
        string="Backordered value", readonly=True, groups=PRICE_GROUPS
    )
    value_fulfilled = fields.Monetary(string="Fulfilled value", readonly=True, groups=PRICE_GROUPS)
    value_cancelled = fields.Monetary(string="Cancelled value", readonly=True, groups=PRICE_GROUPS)

    age_days = fields.Integer(
        string="Age (days)",
        readonly=True,
        aggregator="avg",
        help="Days since the backorder was opened; for a closed one, how long it was open.",
    )
    is_overdue = fields.Boolean(string="Overdue", readonly=True)
    overdue_count = fields.Integer(string="Overdue items", readonly=True)
    days_waited = fields.Integer(
        string="Days waited",
        readonly=True,
        aggregator="avg",
        help="From the day on which the item was opened until it was fulfilled or cancelled; of "
        "open items, until today.",
    )
    days_to_fulfil = fields.Integer(
        string="Days to fulfil",
        readonly=True,
        aggregator="avg",
        help=f"{CLOSED_ONLY}Days from the opening of the item to its last delivery, on average. "
        "What still waits is not in it: see Fulfilment time for figures that count it.",
    )
    days_median = fields.Integer(
        string="Days to fulfil, median",
        readonly=True,
        aggregator="avg",
        help=f"{CLOSED_ONLY}Half of them took so many days or less.",
    )
    days_p90 = fields.Integer(
        string="Days to fulfil, nine of ten",
        readonly=True,
        aggregator="avg",
        help=f"{CLOSED_ONLY}Nine of ten took so many days or less.",
    )
    slip_count = fields.Integer(
        string="Slips",
        readonly=True,
        help="How many times the expected date moved past the date that the customer was told, or "
        "was lost. Another date that he is told is no slip by itself.",
    )
    days_slipped = fields.Integer(
        string="Days slipped",
        readonly=True,
        aggregator="avg",
        help="Days from the first promised date to the last one.",
    )
    kept_first = fields.Float(
        string="First promise kept",
        readonly=True,
        aggregator="avg",
        help=f"{CLOSED_ONLY}Delivered on or before the first date that the customer was told / "
        "delivered with such a date.",
    )
    kept_last = fields.Float(
        string="Last promise kept",
        readonly=True,
        aggregator="avg",
        help=f"{CLOSED_ONLY}Delivered on or before the last date that the customer was told / "
        "delivered with such a date.",
    )
    cancel_rate = fields.Float(
        string="Cancellation rate",
        readonly=True,
        aggregator="avg",
        help="Cancelled quantity / (cancelled + fulfilled quantity), of all backorders that were "
        "opened in the period.",
    )

    _rates = {"cancel_rate": ("qty_cancelled", "qty_ended", "sum")}
    _quantiles = {
        "days_median": ("days_to_fulfil", 0.5),
        "days_p90": ("days_to_fulfil", 0.9),
    }

    def action_open_line(self):
        self.ensure_one()
        return self.line_id.get_formview_action()

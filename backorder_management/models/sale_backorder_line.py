from math import ceil

from odoo import api, fields, models
from odoo.exceptions import AccessError

from ..engine.quantities import Tally
from .dates.backorder_peg import CONFIDENCES
from .overview.backorder_sql import leave_room
from .sale_backorder import OPEN_STATES, STATES, is_changed

CANCEL_ORIGINS = [
    ("no_backorder", "Closed as No backorder"),
    ("transfer", "Transfer cancelled"),
    ("supply", "Purchase for it cancelled"),
    ("order", "Order cancelled"),
    ("lowered", "Quantity lowered"),
    ("person", "Cancelled by hand"),
]
PRICE_GROUPS = "sales_team.group_sale_salesman,backorder_management.group_backorder_planner"


class SaleBackorderLine(models.Model):
    """One product that is owed on one sale line; a kit has one line per component.
    Quantities are in the product's unit of measure."""

    _name = "sale.backorder.line"
    _inherit = ["backorder.local.day"]
    _description = "Backorder Item"
    _order = "priority desc, date_open, id"
    _check_company_auto = True

    # no index of its own: the unique one begins with it
    backorder_id = fields.Many2one(
        "sale.backorder", required=True, readonly=True, ondelete="cascade"
    )
    sale_line_id = fields.Many2one(
        "sale.order.line",
        string="Order line",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
    )
    product_id = fields.Many2one(
        "product.product", required=True, readonly=True, index=True, ondelete="restrict"
    )
    kit_id = fields.Many2one(
        "product.product",
        readonly=True,
        help="The kit that this component belongs to.",
    )
    product_uom_id = fields.Many2one(
        related="product_id.uom_id", string="Unit", help="All quantities are in this unit."
    )
    product_categ_id = fields.Many2one(
        related="product_id.categ_id",
        string="Product category",
        store=True,
        precompute=True,
    )
    default_code = fields.Char(related="product_id.default_code", string="SKU")
    barcode = fields.Char(related="product_id.barcode")

    sale_order_id = fields.Many2one(
        related="backorder_id.sale_order_id", store=True, precompute=True, index=True
    )
    partner_id = fields.Many2one(
        related="backorder_id.partner_id", store=True, precompute=True, index=True
    )
    user_id = fields.Many2one(
        related="backorder_id.user_id", store=True, precompute=True, index=True
    )
    team_id = fields.Many2one(related="backorder_id.team_id", store=True, precompute=True)
    company_id = fields.Many2one(related="backorder_id.company_id", store=True, precompute=True)
    warehouse_id = fields.Many2one(related="backorder_id.warehouse_id", store=True, precompute=True)
    currency_id = fields.Many2one(related="backorder_id.currency_id", store=True, precompute=True)
    priority = fields.Selection(
        related="backorder_id.priority", store=True, precompute=True, readonly=False
    )
    cause_id = fields.Many2one("backorder.cause", index="btree_not_null")
    pinned = fields.Boolean(
        readonly=True,
        help="No run touches it: it keeps what it has and gets nothing more by itself.",
    )
    date_open = fields.Datetime(
        string="Open since", required=True, readonly=True, default=fields.Datetime.now
    )
    date_closed = fields.Datetime(string="Closed on", readonly=True)
    age_days = fields.Integer(related="backorder_id.age_days", string="Age (days)")
    age_bucket = fields.Selection(
        related="backorder_id.age_bucket", store=True, precompute=True, string="Age"
    )

    qty_backordered = fields.Float(
        string="Backordered",
        digits="Product Unit",
        readonly=True,
        help="What was short; it only grows.",
    )
    qty_fulfilled = fields.Float(string="Fulfilled", digits="Product Unit", readonly=True)
    qty_cancelled = fields.Float(string="Cancelled", digits="Product Unit", readonly=True)
    qty_open = fields.Float(
        string="Open",
        digits="Product Unit",
        readonly=True,
        help="Backordered, and neither fulfilled nor cancelled yet.",
    )
    qty_ready = fields.Float(
        string="Ready",
        digits="Product Unit",
        readonly=True,
        help="The open part that is reserved now.",
    )
    qty_short = fields.Float(
        string="Short",
        digits="Product Unit",
        compute="_compute_qty_short",
        store=True,
        precompute=True,
    )
    qty_delivered_last = fields.Float(
        string="Delivered",
        digits="Product Unit",
        readonly=True,
        help="Shipped to the customer so far.",
    )
    qty_outstanding_last = fields.Float(
        string="Outstanding",
        digits="Product Unit",
        readonly=True,
        help="What the customer is still owed, backordered or not.",
    )
    qty_ordered = fields.Float(
        string="Ordered",
        digits="Product Unit",
        compute="_compute_qty_ordered",
        store=True,
        precompute=True,
        help="Delivered, outstanding and cancelled together.",
    )
    state = fields.Selection(
        STATES, string="Status", required=True, default="open", readonly=True, index=True
    )
    cancel_origin = fields.Selection(CANCEL_ORIGINS, string="Ended by", readonly=True)
    check_stock = fields.Boolean(
        string="Check stock",
        readonly=True,
        help="Shipped short although the system shows the goods. In doubt until they are counted, "
        "new stock comes, or somebody confirms that they are there.",
    )
    supply_incoming = fields.Boolean(string="Waiting for a receipt", readonly=True)

    expected_date = fields.Date(
        string="Expected to ship", readonly=True, help="Our best estimate of shipping."
    )
    confidence = fields.Selection(
        CONFIDENCES,
        string="Date from",
        readonly=True,
        help="In stock: nothing is missing. Scheduled: comes with goods on their way. Late supply: "
        "these goods should have come already. Estimated: nothing is on its way for some of it; "
        "when it would come if it were ordered today. No date: and no lead time is known.",
    )
    peg_ids = fields.One2many("backorder.peg", "line_id", string="Planned supply", readonly=True)
    expected_date_p50 = fields.Date(
        string="Likely",
        readonly=True,
        help="In half of all cases the goods have come by then, as late as they usually are.",
    )
    expected_date_p90 = fields.Date(
        string="Safe to promise",
        readonly=True,
        help="In nine of ten cases the goods have come by then, as late as they usually are. Empty "
        "where too little is known.",
    )
    expected_date_set = fields.Date(
        readonly=True,
        help="A date that a person gave. It counts until goods are on their way, or it passes.",
    )
    window_missed = fields.Boolean(
        string="Too late for the customer",
        readonly=True,
        help="It is not expected before the last day on which the customer wants it.",
    )
    expected_date_first = fields.Date(readonly=True, help="The first expected date ever stored.")
    promised_date = fields.Date(
        string="Promised", readonly=True, help="The date that the customer was told."
    )
    promised_order_date = fields.Date(
        readonly=True, help="The delivery date of the order, when it was looked at last."
    )
    promise_ids = fields.One2many("backorder.promise", "line_id", string="Promises", readonly=True)
    date_due = fields.Date(readonly=True)
    is_overdue = fields.Boolean(
        string="Overdue", compute="_compute_is_overdue", search="_search_is_overdue"
    )

    price_unit = fields.Float(
        related="sale_line_id.price_unit",
        digits="Product Price",
        aggregator=None,  # a sum of prices says nothing
        groups=PRICE_GROUPS,
        help="The price of the order line, per unit of the order line. It never changes by itself.",
    )
    discount = fields.Float(related="sale_line_id.discount", string="Disc.%", groups=PRICE_GROUPS)
    amount_open = fields.Monetary(
        string="Open value",
        currency_field="currency_id",
        compute="_compute_amount_open",
        store=True,
        precompute=True,
        groups=PRICE_GROUPS,
        help="The open quantity at the price of the order, without taxes.",
    )

    _unique_product = models.UniqueIndex(
        "(backorder_id, sale_line_id, product_id)", "This product is already on the backorder."
    )
    _open_sale_line = models.Index("(sale_line_id, product_id) WHERE date_closed IS NULL")
    # the first page of the list, which shows open items in this order
    _open_order = models.Index(
        "(priority DESC, date_open, id) WHERE state IN ('open', 'ready', 'partial')"
    )

    def init(self):
        leave_room(self)
        return super().init()

    @api.model_create_multi
    def create(self, vals_list):
        self._check_writer()
        return super().create(vals_list)

    def write(self, vals):
        if vals.keys() - {"cause_id", "priority"}:
            self._check_writer()
        return super().write(vals)

    def _check_writer(self):
        if not self.env.su:
            raise AccessError(
                self.env._("The quantities and dates of a backorder follow from its transfers.")
            )

    @api.depends("backorder_id.name", "product_id.display_name")
    def _compute_display_name(self):
        for line in self:
            line.display_name = f"{line.backorder_id.name} - {line.product_id.display_name}"

    @api.depends("qty_open", "qty_ready")
    def _compute_qty_short(self):
        for line in self:
            line.qty_short = max(0.0, line.qty_open - line.qty_ready)

    @api.depends("qty_delivered_last", "qty_outstanding_last", "qty_cancelled")
    def _compute_qty_ordered(self):
        for line in self:
            line.qty_ordered = (
                line.qty_delivered_last + line.qty_outstanding_last + line.qty_cancelled
            )

    @api.depends("qty_open", "sale_line_id.price_subtotal", "sale_line_id.product_uom_qty")
    def _compute_amount_open(self):
        for line in self:
            line.amount_open = line._get_open_share() * line.sale_line_id.price_subtotal

    def _get_open_share(self):
        self.ensure_one()
        ordered = self.kit_id and self.qty_ordered
        return self._get_share_of(self.sale_line_id, self.product_id, self.qty_open, ordered)

    @api.model
    def _get_share_of(self, sale_line, product, qty_open, ordered):
        """The open part as a share of its order line (0 to 1); all components weigh the same.

        :param ordered: of the component of a kit how much was ordered, else empty
        """
        if not sale_line.product_uom_qty or not qty_open:
            return 0.0
        if sale_line.product_id == product:
            ordered = sale_line.product_uom_id._compute_quantity(
                sale_line.product_uom_qty, product.uom_id, round=False
            )
            return min(1.0, qty_open / ordered)
        components = sale_line.move_ids.product_id - sale_line.product_id
        return min(1.0, qty_open / (ordered or qty_open)) / (len(components) or 1)

    @api.depends("date_due", "state")
    def _compute_is_overdue(self):
        for line in self:
            line.is_overdue = bool(
                line.date_due
                and line.state in OPEN_STATES
                and line.date_due < line.backorder_id._today()
            )

    # === FOR THE WRITER === #

    def _get_tally(self):
        """What is remembered of this line, as the engine folds it."""
        self.ensure_one()
        return Tally(
            backordered=self.qty_backordered,
            fulfilled=self.qty_fulfilled,
            cancelled=self.qty_cancelled,
            delivered=self.qty_delivered_last,
            outstanding=self.qty_outstanding_last,
        )

    def _is_changed(self, name, value):
        return is_changed(self, name, value)

    def _sum_in_sale_units(self, name):
        """Sum of a quantity over these lines. A kit counts as whole kits, not as components."""
        total = 0.0
        for lines in self.grouped("sale_line_id").values():
            if not lines.kit_id:
                total += sum(lines.mapped(name))
                continue
            each = lines._get_quantities_of_one()
            total += ceil(round(max(x[name] / (each[x] or x[name] or 1.0) for x in lines), 6))
        return total

    def _format_quantity(self, value, unit):
        """ "5 Units", without zeros that say nothing."""
        return f"{value:.6f}".rstrip("0").rstrip(".") + f" {unit.name}"

from odoo import api, fields, models
from odoo.exceptions import AccessError

OPEN_STATES = ("open", "ready", "partial")
STATES = [
    ("open", "Waiting"),
    ("ready", "Ready"),
    ("partial", "Partly shipped"),
    ("done", "Fulfilled"),
    ("cancel", "Cancelled"),
]
ORIGINS = [
    ("confirmation", "Order confirmation"),
    ("delivery", "Short shipment"),
    ("inventory", "Inventory count"),
    ("change", "Changed supply or demand"),
    ("manual", "Created by hand"),
    ("existing", "Found at installation"),
]
AGE_BUCKETS = [
    ("1-7", "1-7 days"),
    ("8-14", "8-14 days"),
    ("15-30", "15-30 days"),
    ("30+", "More than 30 days"),
]
# the days of each of them, from and to
AGE_RANGES = {"1-7": (0, 7), "8-14": (8, 14), "15-30": (15, 30), "30+": (31, None)}


def is_changed(record, name, value):
    """Whether writing `value` would change the field; quantities are compared as shown."""
    current = record[name]
    if isinstance(current, float):
        return abs(current - (value or 0.0)) > 1e-6
    if isinstance(current, models.BaseModel):
        return current.id != (value or False)
    return (current or False) != (value or False)


def format_number(value):
    """A quantity without zeros that say nothing: 3, 2.5."""
    return f"{value:.2f}".rstrip("0").rstrip(".")


class SaleBackorder(models.Model):
    """The open debt of one confirmed sales order. At most one is open per order; a closed one is
    never opened again. Quantities are folded from stock moves by `backorder.tracker`."""

    _name = "sale.backorder"
    _description = "Backorder"
    _inherit = ["mail.thread", "mail.activity.mixin", "portal.mixin"]
    _order = "priority desc, date_open, id"
    _check_company_auto = True

    name = fields.Char(
        string="Backorder", required=True, readonly=True, copy=False, index="trigram"
    )
    sale_order_id = fields.Many2one(
        "sale.order",
        string="Sales order",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
        check_company=True,
    )
    company_id = fields.Many2one(related="sale_order_id.company_id", store=True, precompute=True)
    partner_id = fields.Many2one(
        related="sale_order_id.partner_id",
        string="Customer",
        store=True,
        precompute=True,
        index=True,
    )
    partner_shipping_id = fields.Many2one(
        related="sale_order_id.partner_shipping_id", string="Delivery address"
    )
    user_id = fields.Many2one(
        related="sale_order_id.user_id",
        string="Salesperson",
        store=True,
        precompute=True,
        index=True,
    )
    team_id = fields.Many2one(
        related="sale_order_id.team_id", string="Sales team", store=True, precompute=True
    )
    warehouse_id = fields.Many2one(
        related="sale_order_id.warehouse_id", store=True, precompute=True
    )
    currency_id = fields.Many2one(related="sale_order_id.currency_id", store=True, precompute=True)
    client_order_ref = fields.Char(
        related="sale_order_id.client_order_ref", string="Customer reference"
    )
    date_order = fields.Datetime(related="sale_order_id.date_order", string="Order date")

    state = fields.Selection(
        STATES, string="Status", required=True, default="open", readonly=True, index=True
    )
    state_label = fields.Char(
        string="Progress",
        compute="_compute_state_label",
        help="The status with its quantities, for example: Ready 3 of 5.",
    )
    origin = fields.Selection(ORIGINS, required=True, readonly=True, default="manual")
    cause_id = fields.Many2one("backorder.cause", tracking=True, index="btree_not_null")
    note = fields.Text(help="For colleagues. Customers never see it.")
    priority = fields.Selection([("0", "Normal"), ("1", "High")], default="0", tracking=True)
    line_ids = fields.One2many("sale.backorder.line", "backorder_id", string="Items")
    picking_ids = fields.Many2many(
        "stock.picking", string="Transfers", compute="_compute_picking_ids", compute_sudo=False
    )
    picking_count = fields.Integer(compute="_compute_picking_ids", compute_sudo=False)

    date_open = fields.Datetime(
        string="Open since", required=True, readonly=True, default=fields.Datetime.now, index=True
    )
    date_closed = fields.Datetime(string="Closed on", readonly=True, copy=False)
    closed_by_id = fields.Many2one("res.users", string="Closed by", readonly=True, copy=False)
    age_days = fields.Integer(
        string="Age (days)",
        compute="_compute_age_days",
        search="_search_age_days",
        help="Days since the backorder was opened; for a closed one, how long it was open.",
    )
    age_bucket = fields.Selection(
        AGE_BUCKETS,
        string="Age",
        compute="_compute_age_bucket",
        store=True,
        precompute=True,
        help="Refreshed every night.",
    )
    expected_date = fields.Date(
        string="Expected to ship",
        readonly=True,
        help="When the last open item is expected to ship. Empty when one of them has no date.",
    )
    promised_date = fields.Date(
        string="Promised",
        readonly=True,
        help="What the customer was told: the delivery date of the order.",
    )
    window_missed = fields.Boolean(
        string="Too late for the customer",
        readonly=True,
        help="Something of it is not expected before the last day on which the customer wants it.",
    )
    date_due = fields.Date(readonly=True, help="The day after which this backorder is overdue.")
    is_overdue = fields.Boolean(
        string="Overdue", compute="_compute_is_overdue", search="_search_is_overdue"
    )
    check_stock = fields.Boolean(
        string="Check stock",
        readonly=True,
        help="The system shows goods that were not found when they should have shipped.",
    )
    supply_incoming = fields.Boolean(
        string="Waiting for a receipt",
        readonly=True,
        help="An open item is expected from a purchase or another receipt.",
    )
    last_contact_date = fields.Datetime(
        string="Last contact",
        readonly=True,
        help="Last message on the order or the backorder that the customer could read, or came "
        "from the customer.",
    )
    next_followup_date = fields.Date(string="Next follow-up", tracking=True)

    line_count = fields.Integer(string="Item count", readonly=True)
    qty_open = fields.Float(
        string="Open",
        digits="Product Unit",
        readonly=True,
        help="Sum over items, in product units.",
    )
    qty_ready = fields.Float(string="Ready", digits="Product Unit", readonly=True)
    qty_backordered = fields.Float(string="Backordered", digits="Product Unit", readonly=True)
    qty_fulfilled = fields.Float(string="Fulfilled", digits="Product Unit", readonly=True)
    qty_cancelled = fields.Float(string="Cancelled", digits="Product Unit", readonly=True)
    amount_open = fields.Monetary(
        string="Open value",
        currency_field="currency_id",
        compute="_compute_amount_open",
        store=True,
        groups="sales_team.group_sale_salesman,backorder_management.group_backorder_planner",
        help="Open quantities at the prices of the order, without taxes.",
    )
    cancel_reason_id = fields.Many2one(
        "backorder.cancel.reason", string="Cancellation reason", copy=False
    )
    cancel_note = fields.Text(copy=False)
    released = fields.Boolean(
        default=True,
        readonly=True,
        help="Backorders found at installation stay quiet (no notice, alert or automatic "
        "cancellation) until an administrator releases them.",
    )
    date_ready = fields.Datetime(readonly=True, help="Since when the backorder is ready.")
    ready_told = fields.Boolean(readonly=True, help="The salesperson was told that it is ready.")

    _one_open_per_order = models.UniqueIndex(
        "(sale_order_id) WHERE state IN ('open', 'ready', 'partial')",
        "This order already has an open backorder.",
    )

    @api.model
    def _get_editable_fields(self):
        """What people may edit. All else follows from the order and its transfers."""
        mixed_in = {
            n for n in self._fields if n.startswith(("message_", "activity_", "my_activity"))
        }
        return mixed_in | {"cause_id", "note", "priority", "next_followup_date", "line_ids"}

    @api.model_create_multi
    def create(self, vals_list):
        if not self.env.su:
            raise AccessError(
                self.env._("Backorders are opened from the order: use Create backorder on it.")
            )
        return super().create(vals_list)

    def write(self, vals):
        if not self.env.su and (locked := vals.keys() - self._get_editable_fields()):
            labels = ", ".join(sorted(self._fields[name].string for name in locked))
            raise AccessError(
                self.env._(
                    "%(fields)s follow from the order and its transfers and cannot be edited.",
                    fields=labels,
                )
            )
        result = super().write(vals)
        if "priority" in vals:
            moves = self.sudo().line_ids.sale_line_id.move_ids
            self.env["backorder.allocator"]._touch_moves(moves)
        return result

    @api.depends("state", "qty_open", "qty_ready", "qty_backordered", "qty_fulfilled")
    def _compute_state_label(self):
        labels = dict(self._fields["state"]._description_selection(self.env))
        for backorder in self:
            backorder.state_label = backorder._get_count_label() or labels[backorder.state]

    def _get_count_label(self):
        if self.state == "ready":
            return self.env._(
                "Ready %(ready)s of %(open)s",
                ready=format_number(self.qty_ready),
                open=format_number(self.qty_open),
            )
        if self.state == "partial":
            return self.env._(
                "Partly shipped %(shipped)s of %(backordered)s",
                shipped=format_number(self.qty_fulfilled),
                backordered=format_number(self.qty_backordered),
            )
        if self.state == "open" and self.qty_ready:
            return self.env._("Ready, waiting to ship complete")
        return False

    @api.depends("line_ids.amount_open")
    def _compute_amount_open(self):
        for backorder in self:
            backorder.amount_open = sum(backorder.line_ids.mapped("amount_open"))

    def _compute_picking_ids(self):
        moves = self.env["stock.move"].search(
            [
                ("sale_line_id", "in", self.line_ids.sale_line_id.ids),
                ("picking_id", "!=", False),
                (
                    "state",
                    "in",
                    ("waiting", "confirmed", "partially_available", "assigned", "done"),
                ),
            ]
        )
        for backorder in self:
            sale_lines = backorder.line_ids.sale_line_id
            closed = backorder.date_closed
            mine = moves.filtered(
                lambda m, sale_lines=sale_lines, closed=closed, since=backorder.date_open: (
                    m.sale_line_id in sale_lines
                    and (m.state != "done" or m.date >= since)
                    and not (closed and m.state == "done" and m.date > closed)
                )
            )
            backorder.picking_ids = mine.picking_id
            backorder.picking_count = len(mine.picking_id)

    def _compute_access_url(self):
        result = super()._compute_access_url()
        for backorder in self:
            backorder.access_url = f"/my/backorders/{backorder.id}"
        return result

    @api.depends("name", "sale_order_id.name")
    def _compute_display_name(self):
        for backorder in self:
            backorder.display_name = backorder.name

    def _message_post_after_hook(self, message, msg_vals):
        if message.message_type in ("comment", "email") and not message.is_internal:
            # sudo: the field is closed to editing
            self.sudo()._set_last_contact(message.date)
        return super()._message_post_after_hook(message, msg_vals)

    def _set_last_contact(self, moment):
        self.filtered(lambda b: b.state in OPEN_STATES).write({"last_contact_date": moment})

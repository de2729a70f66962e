"""Something else instead of what is not there: offered at a price, and taken at that price."""

from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL, format_date

from ..sale_backorder import OPEN_STATES, format_number
from ..sale_backorder_line import PRICE_GROUPS

STATES = [
    ("proposed", "Proposed"),
    ("accepted", "Accepted"),
    ("declined", "Declined"),
    ("expired", "Expired"),
]
DAYS_VALID = 7


class BackorderOffer(models.Model):
    """What was shown to the customer never changes: another price is another offer. Closed to
    editing; `sale.backorder.line.offer_substitute` makes one."""

    _name = "backorder.offer"
    _description = "Offer of a Substitute"
    _order = "id desc"
    _check_company_auto = True

    line_id = fields.Many2one(
        "sale.backorder.line",
        string="Instead of",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    backorder_id = fields.Many2one(related="line_id.backorder_id", store=True, index=True)
    sale_order_id = fields.Many2one(related="line_id.sale_order_id", string="Order")
    partner_id = fields.Many2one(related="line_id.partner_id", string="Customer", store=True)
    user_id = fields.Many2one(related="line_id.user_id", string="Salesperson", store=True)
    company_id = fields.Many2one(related="line_id.company_id", store=True)
    product_id = fields.Many2one(
        "product.product", string="Substitute", required=True, readonly=True, ondelete="restrict"
    )
    quantity = fields.Float(digits="Product Unit", required=True, readonly=True)
    product_uom_id = fields.Many2one("uom.uom", string="Unit", required=True, readonly=True)
    replaced_quantity = fields.Float(
        string="Replaces",
        digits="Product Unit",
        required=True,
        readonly=True,
        help="So much of what is open is cancelled when the customer agrees, in its own unit.",
    )
    price_unit = fields.Float(
        string="Unit price",
        digits="Product Price",
        readonly=True,
        groups=PRICE_GROUPS,
        help="What the customer was shown, after discount. The order line gets this price.",
    )
    currency_id = fields.Many2one("res.currency", required=True, readonly=True)
    price_total = fields.Monetary(
        string="Price",
        compute="_compute_price_total",
        groups=PRICE_GROUPS,
        help="Quantity at the unit price, before taxes that are not included.",
    )
    note = fields.Char(readonly=True, help="The customer reads it.")
    state = fields.Selection(
        STATES, string="Status", required=True, readonly=True, default="proposed", index=True
    )
    valid_until = fields.Date(
        required=True, readonly=True, help="The last day on which it can be accepted."
    )
    answer_date = fields.Datetime(string="Answered on", readonly=True)
    decline_reason = fields.Char(string="Declined because", readonly=True)
    sale_line_id = fields.Many2one(
        "sale.order.line",
        string="Order line",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
        help="The line that was added to the order.",
    )

    _quantities = models.Constraint(
        "CHECK (quantity > 0 AND replaced_quantity > 0 AND price_unit >= 0)",
        "An offer has quantities above zero, and no negative price.",
    )

    @api.depends("quantity", "price_unit", "currency_id")
    def _compute_price_total(self):
        for offer in self:
            offer.price_total = offer.currency_id.round(offer.quantity * offer.price_unit)

    @api.depends("product_id", "quantity", "product_uom_id")
    def _compute_display_name(self):
        for offer in self:
            offer.display_name = offer._get_substitute_text()

    @api.model
    def _get_default_valid_until(self):
        return fields.Date.context_today(self) + timedelta(days=DAYS_VALID)

    def _end_earlier(self):
        """The customer is not asked twice about the same thing."""
        earlier = self.line_id.offer_ids - self
        earlier.filtered(
            lambda x: x.state == "proposed" and x.product_id == self.product_id
        ).state = "expired"

    # === ANSWERS === #

    def accept(self, price_unit=None):
        """The customer takes it at the price that was shown: so much of the open part is cancelled
        and a new order line is added, or nothing at all happens. A second call changes nothing.

        Who may change the order may call it. For a customer, call it by ``sudo()`` once you know
        that it is his order.

        :param price_unit: what the customer saw; refused when the offer says something else
        :return: True
        :raise UserError: the offer does not hold any more, or goods are picked already
        :raise AccessError: the user may not change the order
        """
        self._check_may_answer()
        if price_unit is not None:
            price_unit = self.line_id._parse_offer_number(price_unit)
        tracker = self.env["backorder.tracker"]
        tracker._drain()
        for offer in self:
            offer._lock()
            if offer.state == "accepted":
                continue
            problem = offer._get_problem(price_unit)
            if problem:
                raise UserError(problem)
            # all or nothing; one flow, so that the record stays open when the substitute is short
            with self.env.cr.savepoint(), tracker._flow("change", "person"):
                offer._replace()
            offer._follow_answer()
        return True

    def decline(self, reason=""):
        """The customer does not want it. A second call changes nothing.

        :return: True
        :raise UserError: it was accepted already
        :raise AccessError: the user may not change the order
        """
        self._check_may_answer()
        for offer in self:
            offer._lock()
            if offer.state == "accepted":
                raise UserError(self.env._("This offer was accepted already."))
            if offer.state != "proposed":
                continue
            # sudo: an offer is closed to editing
            offer.sudo().write(
                {
                    "state": "declined",
                    "answer_date": fields.Datetime.now(),
                    "decline_reason": str(reason or "").strip() or False,
                }
            )
            offer._follow_answer()
        return True

    def action_accept(self):
        return self.accept()

    def action_decline(self):
        return self.decline()

    # === CHECKS === #

    def _check_may_answer(self):
        self.check_access("read")
        sells = self.env.su or self.env.user.has_group("sales_team.group_sale_salesman")
        # sudo: the order is looked up; whether the user may change it is asked as the user
        orders = self.sudo().line_id.sale_order_id.with_env(self.env)
        if not (sells and orders.has_access("write")):
            raise AccessError(self.env._("Only who may change the order answers for its customer."))

    def _lock(self):
        """Two answers at the same moment: the second one waits, and is tried again."""
        self.flush_recordset()
        self.env.cr.execute(
            SQL("SELECT id FROM backorder_offer WHERE id IN %s FOR UPDATE", tuple(self.ids))
        )
        self.invalidate_recordset(["state"])

    def _get_problem(self, price_unit=None):
        """:return: a sentence that says why it cannot be accepted (any more), or None"""
        self.ensure_one()
        # sudo: reasons, not records
        return self._get_state_problem() or self.sudo()._get_order_problem(price_unit)

    def _get_state_problem(self):
        if self.state == "declined":
            return self.env._("This offer was declined: make a new one.")
        if self.state == "accepted":
            return self.env._("This offer was accepted already.")
        today = self.sudo().backorder_id._today()
        if self.state == "expired" or self.valid_until < today:
            date = format_date(self.env, self.valid_until)
            return self.env._("This offer does not hold any more (%s): make a new one.", date)
        return None

    def _get_order_problem(self, price_unit):
        line, order = self.line_id, self.line_id.sale_order_id
        if order.state != "sale":
            return self.env._("%s is not confirmed any more.", order.name)
        if order.locked:
            return self.env._("%s is locked: unlock it first.", order.name)
        is_open = line.state in OPEN_STATES and line.sale_line_id
        if not is_open or line.product_uom_id.compare(self.replaced_quantity, line.qty_open) > 0:
            return self.env._(
                "Only %(open)s %(unit)s %(product)s are open any more: make a new offer.",
                open=format_number(line.qty_open if is_open else 0.0),
                unit=line.product_uom_id.name,
                product=line.product_id.display_name,
            )
        if not (self.product_id.active and self.product_id.sale_ok):
            return self.env._("%s is not sold any more.", self.product_id.display_name)
        digits = self._fields["price_unit"].get_digits(self.env)[1]
        other = price_unit is not None and round(price_unit - self.price_unit, digits)
        if other or self.currency_id != order.currency_id:
            return self.env._("The price is another one now: look at the offer again.")
        return None

    # === SCHEDULED === #

    @api.model
    def _cron_expire(self):
        """Offers of which the day has passed, or which do not fit what is still open."""
        offers = self.search([("state", "=", "proposed")])
        ended = offers.filtered(lambda x: x._get_problem())
        ended.state = "expired"
        ended.backorder_id._end_offer_activities()

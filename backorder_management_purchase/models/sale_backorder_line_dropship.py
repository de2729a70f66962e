"""The vendor sends the open part to the customer, where dropshipping is installed."""

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command

from odoo.addons.backorder_management.models.sale_backorder import OPEN_STATES, format_number

ROUTE = "stock_dropshipping.route_drop_shipping"
REASON = "backorder_management_purchase.cancel_reason_dropship"


class SaleBackorderLine(models.Model):
    _inherit = "sale.backorder.line"

    may_dropship = fields.Boolean(compute="_compute_may_dropship")

    @api.model
    def _get_dropship_route(self):
        # sudo: salespeople need not see routes
        route = self.env.ref(ROUTE, raise_if_not_found=False)
        return route.sudo().filtered("active") if route else self.env["stock.route"]

    @api.depends("product_id", "state")
    def _compute_may_dropship(self):
        route = self._get_dropship_route()
        for line in self:
            allowed = (line.company_id, line.company_id.browse())
            # sudo: whether a vendor is known
            vendors = line.sudo().product_id.seller_ids.filtered(
                lambda s, allowed=allowed: s.company_id in allowed
            )
            is_open = line.state in OPEN_STATES and not line.kit_id
            line.may_dropship = bool(is_open and vendors and route and route.company_id in allowed)

    def ship_by_vendor(self, quantity=None):
        """Have the vendor send it: so much of the open part is cancelled, and ordered on a new line
        with the dropship route, at the same price. All or nothing.

        :param quantity: in the unit of the item; None: what is short
        :return: the new order line
        :raise UserError: no dropshipping, no vendor, a locked order, or goods that are picked
        :raise AccessError: the user may not change the order
        """
        self.ensure_one()
        self._check_may_dropship()
        tracker = self.env["backorder.tracker"]
        tracker._drain()
        quantity = self._get_replaced_quantity(quantity)
        with self.env.cr.savepoint(), tracker._flow("change", "person"):
            line = self._move_to_new_line(
                quantity,
                REASON,
                self.env._("The vendor sends it to the customer."),
                self._prepare_dropship_line(quantity),
            )
        return line

    def _check_may_dropship(self):
        self.check_access("read")
        sells = self.env.su or self.env.user.has_group("sales_team.group_sale_salesman")
        order = self.sale_order_id
        if not (sells and order.has_access("write")):
            raise AccessError(
                self.env._("Only who may change the order has the vendor ship what is open.")
            )
        if order.state != "sale" or order.locked:
            raise UserError(self.env._("%s is locked or not confirmed.", order.name))
        if not self.may_dropship:
            raise UserError(
                self.env._(
                    "The vendor cannot send %s: it needs dropshipping and a vendor, and it is not "
                    "a part of a kit.",
                    self.product_id.display_name,
                )
            )

    def _prepare_dropship_line(self, quantity):
        """In the unit of the order, so that the price stays to the cent, where that is a quantity
        without remainder; else in the unit of the product."""
        old = self.sale_line_id
        unit, price, ordered = self._get_dropship_unit(quantity)
        return {
            "product_id": old.product_id.id,
            "name": old.name,
            "product_uom_id": unit.id,
            "product_uom_qty": ordered,
            "price_unit": price,
            "discount": old.discount,
            "tax_ids": [Command.set(old.tax_ids.ids)],
            "analytic_distribution": old.analytic_distribution,
            "route_ids": [Command.set(self._get_dropship_route().ids)],
        }

    def _get_dropship_unit(self, quantity):
        """:return: (unit, price of one, how many)"""
        old, unit = self.sale_line_id, self.product_uom_id
        ordered = unit._compute_quantity(quantity, old.product_uom_id)
        back = old.product_uom_id._compute_quantity(ordered, unit, round=False)
        if unit.compare(back, quantity) == 0:
            return old.product_uom_id, old.price_unit, ordered
        return unit, old.product_uom_id._compute_price(old.price_unit, unit), quantity

    def action_ship_by_vendor(self):
        """One click, then the order: the purchase is there."""
        line = self.ship_by_vendor()
        self.backorder_id._message_log(
            body=self.env._(
                "%(quantity)s %(unit)s %(product)s: the vendor sends them.",
                quantity=format_number(line.product_uom_qty),
                unit=line.product_uom_id.name,
                product=line.product_id.display_name,
            )
        )
        return {
            "type": "ir.actions.act_window",
            "res_model": "sale.order",
            "res_id": line.order_id.id,
            "view_mode": "form",
        }

"""How much of an order has to be there before any of it ships: company < customer < order."""

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..sale_backorder import OPEN_STATES

SHIPPING = [
    ("as_available", "As available"),
    ("whole", "Complete order only"),
    ("lines", "Complete lines only"),
    ("capped", "In a limited number of shipments"),
    ("minimum", "From a minimum on"),
]
MEASURES = [("value", "Value"), ("quantity", "Quantity"), ("share", "Share of the order (%)")]
USUAL_SHIPMENTS = 2
SHIPPING_FIELDS = {
    "backorder_shipping", "backorder_max_shipments", "backorder_minimum",
    "backorder_minimum_measure", "picking_policy",
}  # fmt: skip


class BackorderShippingMixin(models.AbstractModel):
    _name = "backorder.shipping.mixin"
    _description = "Shipment Rule"

    backorder_shipping = fields.Selection(
        SHIPPING,
        string="Ship backorders",
        help="Goods of an order that has to ship complete are not held before the rest is there: "
        "others may have them until then.",
    )
    # no defaults: an installation must not rewrite every order of a live company
    backorder_max_shipments = fields.Integer(
        string="Shipments at most", help="The last one waits until it is complete. Empty: two."
    )
    backorder_minimum = fields.Float(
        string="Minimum to ship", help="Less than this does not ship, unless it is all."
    )
    backorder_minimum_measure = fields.Selection(MEASURES, string="Minimum is a")

    @api.onchange("backorder_shipping")
    def _onchange_backorder_shipping(self):
        if self.backorder_shipping == "capped" and not self.backorder_max_shipments:
            self.backorder_max_shipments = USUAL_SHIPMENTS
        if self.backorder_shipping == "minimum" and not self.backorder_minimum_measure:
            self.backorder_minimum_measure = "value"

    @api.constrains("backorder_shipping", "backorder_max_shipments", "backorder_minimum")
    def _check_backorder_shipping(self):
        for record in self:
            if record.backorder_shipping == "capped" and record.backorder_max_shipments < 0:
                raise ValidationError(self.env._("Allow at least one shipment."))
            if record.backorder_shipping == "minimum" and record.backorder_minimum <= 0:
                raise ValidationError(self.env._("Give a minimum above zero."))

    def _get_backorder_shipping_vals(self):
        """:return: dict ``rule``, ``minimum``, ``measure``, ``max_shipments`` of this level"""
        self.ensure_one()
        measure, minimum = self.backorder_minimum_measure or "value", self.backorder_minimum
        return {
            "rule": self.backorder_shipping or "as_available",
            "minimum": minimum / 100 if measure == "share" else minimum,
            "measure": measure,
            "max_shipments": self.backorder_max_shipments or USUAL_SHIPMENTS,
        }


class ResPartner(models.Model):
    _name = "res.partner"
    _inherit = ["res.partner", "backorder.shipping.mixin"]

    backorder_tier = fields.Selection(
        [("1", "Key customer"), ("2", "Preferred"), ("3", "Standard")],
        string="Customer tier",
        help="Key customers come first where stock is handed out by customer tier.",
        groups="base.group_user",
    )

    @api.model
    def _commercial_fields(self):
        return [
            *super()._commercial_fields(),
            "backorder_tier",
            *(SHIPPING_FIELDS - {"picking_policy"}),
        ]

    def write(self, vals):
        result = super().write(vals)
        if SHIPPING_FIELDS & vals.keys():
            customers = self.filtered(lambda p: p == p.commercial_partner_id)
            # sudo: the rule of a customer counts for all of its orders
            waiting = (
                self.env["sale.backorder"]
                .sudo()
                .search([("partner_id", "child_of", customers.ids), ("state", "in", OPEN_STATES)])
            )
            waiting.sale_order_id._follow_shipping()
        return result


class ResCompany(models.Model):
    _name = "res.company"
    _inherit = ["res.company", "backorder.shipping.mixin"]

    backorder_hold_days = fields.Integer(
        string="May hold goods after (days)",
        help="An order that waits to be complete, or to reach its minimum, holds nothing until it "
        "can ship. When it has waited so many days it keeps what it gets, so that smaller orders "
        "do not pass it for ever. Empty: never.",
    )

    def write(self, vals):
        result = super().write(vals)
        if SHIPPING_FIELDS & vals.keys():
            # too many orders to look at now
            self.env.ref("backorder_management.ir_cron_refresh").sudo()._trigger()
        if (SHIPPING_FIELDS | {"backorder_hold_days"}) & vals.keys():
            self.env["backorder.allocator"]._postpone_waiting(self)
        return result


class SaleOrder(models.Model):
    _name = "sale.order"
    _inherit = ["sale.order", "backorder.shipping.mixin"]

    def _get_backorder_shipping_level(self):
        """:return: the order, customer or company whose rule counts; None where Odoo's own
        *Shipping policy* of the order says that it ships whole"""
        if self.picking_policy == "one" and not self.backorder_shipping:
            return None
        levels = (self, self.partner_id.commercial_partner_id, self.company_id)
        return next((x for x in levels if x.backorder_shipping), self.company_id)

    def _get_backorder_shipping(self):
        """The rule that counts for this order, and how often it shipped already."""
        self.ensure_one()
        level = self._get_backorder_shipping_level()
        if not level:
            return {**self._get_backorder_shipping_vals(), "rule": "whole", "shipped": 0}
        shipped = self.picking_ids.filtered(
            lambda p: p.state == "done" and p.location_dest_id.usage == "customer"
        )
        return {**level._get_backorder_shipping_vals(), "shipped": len(shipped)}

    def write(self, vals):
        if not SHIPPING_FIELDS & vals.keys():
            return super().write(vals)
        with self.env["backorder.tracker"]._flow():
            result = super().write(vals)
            self._follow_shipping()
        return result

    def _follow_shipping(self):
        """How these orders ship has changed: what may leave now, and what they may hold."""
        self.env["backorder.allocator"]._touch_orders(self.ids)
        waiting = self.filtered("backorder_qty_open")
        self.env["backorder.tracker"]._touch(waiting.order_line.ids)

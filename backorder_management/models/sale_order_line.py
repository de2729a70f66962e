from odoo import fields, models

from .backorder_tracker import settles
from .sale_backorder import OPEN_STATES


class SaleOrderLine(models.Model):
    _inherit = "sale.order.line"

    backorder_line_ids = fields.One2many("sale.backorder.line", "sale_line_id", string="Backorder items")

    def write(self, vals):
        if "product_uom_qty" not in vals:
            return super().write(vals)
        with self.env["backorder.tracker"]._flow(origin="change", cancel_origin="lowered"):
            return super().write(vals)

    @settles(origin="change", cancel_origin="lowered")
    def _action_launch_stock_rule(self, *, previous_product_uom_qty=False):
        return super()._action_launch_stock_rule(previous_product_uom_qty=previous_product_uom_qty)

    # === PRICE LOCK === #

    def _is_price_locked(self):
        """Something of this line is owed at the price that was agreed."""
        self.ensure_one()
        return self.state == "sale" and any(
            x.state in OPEN_STATES for x in self.sudo().backorder_line_ids
        )

    def _compute_price_unit(self):
        free = self.filtered(lambda x: not (x._origin and x._origin._is_price_locked()))
        return super(SaleOrderLine, free)._compute_price_unit()

    def _compute_discount(self):
        free = self.filtered(lambda x: not (x._origin and x._origin._is_price_locked()))
        return super(SaleOrderLine, free)._compute_discount()

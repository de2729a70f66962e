from odoo import fields, models

from .backorder_tracker import settles
from .sale_backorder import OPEN_STATES


class SaleOrderLine(models.Model):
    _inherit = "sale.order.line"

    backorder_line_ids = fields.One2many(
        "sale.backorder.line", "sale_line_id", string="Backorder items"
    )

    def write(self, vals):
        if "product_uom_qty" not in vals:
            return super().write(vals)
        with self.env["backorder.tracker"]._flow(origin="change", cancel_origin="lowered"):
            apart = self._price_added_part(vals)
            if apart:
                rest = {k: v for k, v in vals.items() if k != "product_uom_qty"}
                super(SaleOrderLine, apart).write(rest)
            return super(SaleOrderLine, self - apart).write(vals)

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

    def _price_added_part(self, vals):
        """What is owed keeps its price. When today's price differs, the part that is added goes to
        a line of its own, at today's price.

        :return: the lines whose added part went to a new line
        """
        apart = self.browse()
        if "price_unit" in vals or "discount" in vals:
            return apart
        for line in self:
            added = vals["product_uom_qty"] - line.product_uom_qty
            if line.product_uom_id.compare(added, 0.0) > 0 and line._is_price_outdated(added):
                line._add_line_at_current_price(added)
                apart |= line
        return apart

    def _is_price_outdated(self, added):
        """Today's price for the added part is another one. A price that a person typed stays."""
        if not self._is_price_locked():
            return False
        currency = self.currency_id
        if currency.compare_amounts(self.price_unit, self.technical_price_unit):
            return False
        today = self._get_line_at_current_price(added)
        return bool(
            currency.compare_amounts(today.price_unit, self.price_unit)
            or currency.compare_amounts(today.discount, self.discount)
        )

    def _get_line_at_current_price(self, quantity):
        """A line that exists in memory only, priced by the order's price list of today."""
        return self.new(
            {
                "order_id": self.order_id.id,
                "product_id": self.product_id.id,
                "product_uom_id": self.product_uom_id.id,
                "product_uom_qty": quantity,
            }
        )

    def _add_line_at_current_price(self, quantity):
        line = self.create(
            {
                "order_id": self.order_id.id,
                "product_id": self.product_id.id,
                "product_uom_id": self.product_uom_id.id,
                "product_uom_qty": quantity,
                "sequence": self.sequence,
            }
        )
        text = self.env._(
            "%(product)s: what is owed keeps its price, the added quantity has today's price.",
            product=self.product_id.display_name,
        )
        self.order_id._message_log(body=text)
        return line

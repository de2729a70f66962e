from odoo import fields, models

from .sale_backorder import OPEN_STATES


class ProductProduct(models.Model):
    _inherit = "product.product"

    backorder_qty = fields.Float(
        string="On backorder",
        digits="Product Unit",
        compute="_compute_backorder_qty",
        help="Open on backorders, in the product's unit.",
    )
    backorder_customer_count = fields.Integer(
        string="Customers waiting", compute="_compute_backorder_qty"
    )

    def _compute_backorder_qty(self):
        groups = self.env["sale.backorder.line"]._read_group(
            [("product_id", "in", self.ids), ("state", "in", OPEN_STATES)],
            ["product_id"],
            ["qty_open:sum", "partner_id:count_distinct"],
        )
        found = {product: (quantity, customers) for product, quantity, customers in groups}
        for product in self:
            product.backorder_qty, product.backorder_customer_count = found.get(product, (0.0, 0))

    def action_view_backorder_items(self):
        """The open items of these products: who waits, and since when."""
        action = self.env["ir.actions.actions"]._for_xml_id(
            "backorder_management.sale_backorder_line_action"
        )
        name = self.display_name if len(self) == 1 else self.product_tmpl_id.display_name
        action["display_name"] = self.env._("On backorder: %s", name)
        action["domain"] = [("product_id", "in", self.ids)]
        return action

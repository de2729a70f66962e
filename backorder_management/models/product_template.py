from odoo import api, fields, models


class ProductTemplate(models.Model):
    _inherit = "product.template"

    backorder_qty = fields.Float(
        string="On backorder",
        digits="Product Unit",
        compute="_compute_backorder_qty",
        help="Open on backorders, in the product's unit.",
    )

    @api.depends("product_variant_ids")
    def _compute_backorder_qty(self):
        products = self.with_context(active_test=False)
        for template, variants in zip(self, products, strict=True):
            template.backorder_qty = sum(variants.product_variant_ids.mapped("backorder_qty"))

    def action_view_backorder_items(self):
        self.ensure_one()
        variants = self.with_context(active_test=False).product_variant_ids
        return variants.action_view_backorder_items()

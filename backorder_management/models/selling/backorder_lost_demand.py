from odoo import fields, models

from ..sale_backorder_line import PRICE_GROUPS


class BackorderLostDemand(models.Model):
    """What customers wanted and were not sold, because it was not there in time."""

    _name = "backorder.lost.demand"
    _description = "Lost Demand"
    _order = "id desc"
    _rec_name = "product_id"

    product_id = fields.Many2one("product.product", required=True, readonly=True, index=True)
    partner_id = fields.Many2one("res.partner", string="Customer", readonly=True, index=True)
    sale_order_id = fields.Many2one(
        "sale.order", string="Quotation", readonly=True, ondelete="set null"
    )
    user_id = fields.Many2one("res.users", string="Salesperson", readonly=True)
    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True)
    warehouse_id = fields.Many2one("stock.warehouse", readonly=True)
    quantity = fields.Float(digits="Product Unit", readonly=True, help="In the product's unit.")
    product_uom_id = fields.Many2one(related="product_id.uom_id", string="Unit")
    currency_id = fields.Many2one(related="company_id.currency_id")
    amount = fields.Monetary(
        string="Value", readonly=True, groups=PRICE_GROUPS, help="At the price of the quotation."
    )
    reason = fields.Char(string="Why", readonly=True)

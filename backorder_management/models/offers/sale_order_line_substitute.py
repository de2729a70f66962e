from odoo import fields, models


class SaleOrderLine(models.Model):
    _inherit = "sale.order.line"

    substitute_of_line_id = fields.Many2one(
        "sale.order.line",
        string="Replaces",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
        help="The customer took it instead of what is open on this line.",
    )
    substitute_line_ids = fields.One2many(
        "sale.order.line",
        "substitute_of_line_id",
        string="Replaced by",
        help="What the customer took instead of some of this line.",
    )

    def _is_price_locked(self):
        """The customer agreed to the price of a substitute, whether it is there or not."""
        agreed = self.state == "sale" and self.substitute_of_line_id
        return bool(agreed) or super()._is_price_locked()


class BackorderLostDemand(models.Model):
    _inherit = "backorder.lost.demand"

    kind = fields.Selection(
        [("lost", "Not sold"), ("substituted", "Replaced by another product")],
        required=True,
        readonly=True,
        default="lost",
        index=True,
        help="Not sold: the order rules let it not through. Replaced: the customer took a "
        "substitute, but this is what he wanted.",
    )
    offer_id = fields.Many2one(
        "backorder.offer", readonly=True, index="btree_not_null", ondelete="set null"
    )
    substitute_id = fields.Many2one(
        related="offer_id.product_id", string="Taken instead", store=True
    )

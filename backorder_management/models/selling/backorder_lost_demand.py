from odoo import api, fields, models

from ...engine.gate import EPS
from ..sale_backorder_line import PRICE_GROUPS

EVENTS = [
    ("reduced", "Reduced to what the rules allow"),
    ("lowered", "Lowered or deleted"),
    ("cancelled", "Quotation cancelled"),
]


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
    sale_line_id = fields.Many2one(
        "sale.order.line",
        string="Quotation line",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
    )
    ended_by = fields.Selection(
        EVENTS, string="How", readonly=True, help="What became of the line that was refused."
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

    @api.model
    def _keep(self, event, rows):
        """Of one line there is one row for each event; what is lost of it later is added.

        :param rows: values, see :meth:`sale.order.line._prepare_lost_demand`
        """
        fresh = []
        for row in rows:
            known = self._find_kept(row["sale_line_id"], row["product_id"], event)
            if not known:
                fresh.append({**row, "ended_by": event})
                continue
            known.write(
                {
                    "quantity": known.quantity + row["quantity"],
                    "amount": known.amount + row["amount"],
                    "reason": row["reason"],
                }
            )
        return self.create(fresh)

    @api.model
    def _take_back(self, line, quantity):
        """So much is asked for again.

        :param quantity: in the unit of the product
        """
        for row in self._find_kept(line.id, line.product_id.id):
            left = row.quantity - quantity
            quantity -= row.quantity
            if left > EPS:
                row.write({"quantity": left, "amount": row.amount * left / row.quantity})
                return
            row.unlink()

    @api.model
    def _find_kept(self, line_id, product_id, event=None):
        if not line_id:
            return self.browse()
        domain = [("sale_line_id", "=", line_id), ("product_id", "=", product_id)]
        return self.search(domain + ([("ended_by", "=", event)] if event else []))

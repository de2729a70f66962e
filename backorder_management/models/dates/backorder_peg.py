from odoo import fields, models

from ..overview.backorder_sql import leave_room

KINDS = [
    ("stock", "Stock"),
    ("receipt", "Receipt"),
    ("production", "Production"),
    ("transfer", "Transfer"),
    ("ordered", "Ordered for this customer"),
    ("lead_time", "Lead time"),
]
CONFIDENCES = [
    ("in_stock", "In stock"),
    ("scheduled", "Scheduled"),
    ("estimated", "Estimated by lead time"),
    ("late", "Late supply"),
    ("unknown", "No date"),
]


class BackorderPeg(models.Model):
    """Which supply is planned to serve an open backorder line, how much and when. Computed anew
    whenever supply or rank changes; a promise never depends on it."""

    _name = "backorder.peg"
    _description = "Planned Supply of a Backorder Item"
    _order = "date, id"
    _log_access = False
    _rec_name = "line_id"

    line_id = fields.Many2one(
        "sale.backorder.line", string="Item", required=True, index=True, ondelete="cascade"
    )
    backorder_id = fields.Many2one(related="line_id.backorder_id")
    product_id = fields.Many2one(related="line_id.product_id")
    product_uom_id = fields.Many2one(related="line_id.product_uom_id", string="Unit")
    kind = fields.Selection(KINDS, string="Supply", required=True)
    move_id = fields.Many2one(
        "stock.move",
        string="Stock move",
        index="btree_not_null",
        ondelete="set null",
        help="What brings the goods; empty for stock on hand.",
    )
    picking_id = fields.Many2one(related="move_id.picking_id", string="Transfer")
    origin = fields.Char(related="move_id.origin", string="Source")
    quantity = fields.Float(digits="Product Unit")
    date = fields.Date(string="Expected to ship", help="In the time zone of the warehouse.")
    late = fields.Boolean(
        help="The goods should have come already. The date is the earliest that is possible."
    )

    def init(self):
        leave_room(self)
        return super().init()

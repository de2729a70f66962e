from odoo import api, models
from odoo.tools import SQL


class BackorderCauseFinder(models.AbstractModel):
    """Receipts of purchases: what the vendor promised first, and when they were ordered."""

    _inherit = "backorder.cause.finder"

    @api.model
    def _get_receipt_joins(self):
        return SQL(
            """%s
            LEFT JOIN purchase_order_line pol ON pol.id = m.purchase_line_id
            LEFT JOIN purchase_order po ON po.id = pol.order_id
            """,
            super()._get_receipt_joins(),
        )

    @api.model
    def _get_receipt_name(self):
        return SQL("COALESCE(po.name, %s)", super()._get_receipt_name())

    @api.model
    def _get_first_date(self):
        return SQL("COALESCE(pol.backorder_first_date, %s)", super()._get_first_date())

    @api.model
    def _get_placed_date(self):
        return SQL("COALESCE(po.date_approve, %s)", super()._get_placed_date())

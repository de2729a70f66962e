from odoo import api, models
from odoo.tools import SQL


class BackorderFlow(models.AbstractModel):
    _inherit = "backorder.flow"

    @api.model
    def _get_move_columns(self):
        return [*super()._get_move_columns(), "purchase_line_id"]

    @api.model
    def _get_order_joins(self):
        return SQL(
            """%s
            LEFT JOIN purchase_order_line pol ON pol.id = f.purchase_line_id
            LEFT JOIN purchase_order po ON po.id = pol.order_id
            """,
            super()._get_order_joins(),
        )

    @api.model
    def _get_lead_days(self):
        """Of purchases from the day of the order, whatever came in how many parts."""
        return SQL(
            "CASE WHEN po.date_approve IS NOT NULL THEN %s - %s ELSE %s END",
            self._get_local_date(SQL("f.date")),
            self._get_local_date(SQL("po.date_approve")),
            super()._get_lead_days(),
        )

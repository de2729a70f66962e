from odoo import models


class BackorderAlertRule(models.Model):
    _inherit = "backorder.alert.rule"

    def _get_buyer(self, backorder):
        """Of the purchase that comes last of those that are waited for."""
        moves = backorder.line_ids.peg_ids.sorted("date", reverse=True).move_id
        buyer = moves.purchase_line_id.order_id.user_id[:1]
        return buyer or super()._get_buyer(backorder)

from odoo import api, models


class StockMoveLine(models.Model):
    _inherit = "stock.move.line"

    @api.model_create_multi
    def create(self, vals_list):
        lines = super().create(vals_list)
        lines.move_id._touch_backorders()
        return lines

    def write(self, vals):
        if not {"quantity", "move_id", "state"} & vals.keys():
            return super().write(vals)
        self.move_id._touch_backorders()
        with self.env["backorder.tracker"]._by_hand(True):
            result = super().write(vals)
        self.move_id._touch_backorders()
        return result

    def unlink(self):
        self.move_id._touch_backorders()
        with self.env["backorder.tracker"]._by_hand(True):
            return super().unlink()

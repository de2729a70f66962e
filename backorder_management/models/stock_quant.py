from odoo import models


class StockQuant(models.Model):
    _inherit = "stock.quant"

    def _apply_inventory(self, date=None):
        with self.env["backorder.tracker"]._flow(origin="inventory"):
            result = super()._apply_inventory(date=date)
            self.env["sale.backorder.line"]._clear_doubt(
                self.product_id.ids, self.location_id.warehouse_id.ids
            )
        return result

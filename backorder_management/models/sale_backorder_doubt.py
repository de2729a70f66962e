"""Stock in doubt: the system shows goods that nobody found."""

from odoo import api, fields, models


class SaleBackorderLine(models.Model):
    _inherit = "sale.backorder.line"

    def _request_count(self):
        """Core's count request for the locations that should have the goods."""
        quants = self.env["stock.quant"].search(
            [
                ("product_id", "in", self.product_id.ids),
                ("location_id", "child_of", self.warehouse_id.lot_stock_id.ids),
                ("quantity", ">", 0),
            ]
        )
        # what the count request window writes, without the window
        quants.with_context(inventory_mode=True).write(
            {"inventory_date": fields.Date.context_today(self)}
        )

    @api.model
    def _clear_doubt(self, product_ids, warehouse_ids):
        """Somebody counted these products there, or new stock came: nothing is in doubt."""
        if not product_ids or not warehouse_ids:
            return
        lines = self.sudo().search(
            [
                ("check_stock", "=", True),
                ("product_id", "in", list(product_ids)),
                ("warehouse_id", "in", list(warehouse_ids)),
            ]
        )
        lines._end_doubt()

    def _end_doubt(self):
        """Sudo: whoever counts or receives ends the doubt, also without a right to edit."""
        lines = self.sudo().filtered("check_stock")
        lines.write({"check_stock": False})
        for backorder in lines.backorder_id:
            backorder.check_stock = any(backorder.line_ids.mapped("check_stock"))

    def action_stock_found(self):
        """A person looked: it is there."""
        self.check_access("write")
        self._end_doubt()
        for backorder, lines in self.grouped("backorder_id").items():
            names = ", ".join(lines.product_id.mapped("display_name"))
            # sudo: the log tells what a person confirmed, whatever rights on messages he has
            backorder.sudo()._message_log(body=self.env._("Stock confirmed: %s", names))
        return True

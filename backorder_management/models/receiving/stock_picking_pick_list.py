"""What the pick list by product and its labels print."""

from odoo import models

from ..sale_backorder import format_number


class StockPicking(models.Model):
    _inherit = "stock.picking"

    def _get_pick_list(self):
        """The reserved goods of these transfers, product by product.

        :return: list of dict ``{"product", "uom", "quantity", "rows"}``; each row is a dict
            ``{"location", "lot", "package", "quantity", "partner", "order", "picking"}``; all
            quantities in the product's unit
        """
        lines = self.move_line_ids.filtered(lambda x: x.quantity > 0 and x.state != "cancel")
        result = []
        for product, group in lines.grouped("product_id").items():
            rows = [self._prepare_pick_row(line) for line in group]
            rows.sort(key=lambda r: (r["location"].complete_name, r["picking"].name))
            result.append(
                {
                    "product": product,
                    "uom": product.uom_id,
                    "quantity": sum(r["quantity"] for r in rows),
                    "rows": rows,
                }
            )
        return sorted(result, key=lambda p: p["product"].display_name)

    def _prepare_pick_row(self, line):
        order = line.move_id.sale_line_id.order_id
        return {
            "location": line.location_id,
            "lot": line.lot_id,
            "package": line.package_id,
            "quantity": line.quantity_product_uom,
            "partner": order.partner_id or line.picking_id.partner_id,
            "order": order.name or line.picking_id.origin or "",
            "picking": line.picking_id,
        }

    def _get_pick_labels(self):
        """:return: list of dict ``{"move", "partner", "order", "reference", "picking"}``, one per
        order line and transfer, in the order of the transfers"""
        moves = self.move_ids.filtered(lambda m: m.quantity > 0 and m.state != "cancel")
        return [
            {
                "move": move,
                "partner": move.sale_line_id.order_id.partner_id or move.picking_id.partner_id,
                "order": move.sale_line_id.order_id.name or move.picking_id.origin or "",
                "reference": move.sale_line_id.order_id.client_order_ref or "",
                "picking": move.picking_id,
            }
            for move in moves.sorted(lambda m: (m.picking_id.name or "", m.id))
        ]

    def _format_pick_quantity(self, quantity):
        return format_number(quantity)

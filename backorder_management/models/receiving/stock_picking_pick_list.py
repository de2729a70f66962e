"""What the pick list by product and its labels print."""

from odoo import models

from ..backorder_reader import EPSILON
from ..sale_backorder import format_number


class StockPicking(models.Model):
    _inherit = "stock.picking"

    def _is_bringing(self):
        """Whether it brings goods from elsewhere: these are for others than its own partner."""
        return self.picking_type_code != "outgoing" and bool(self._get_incoming_pools())

    def _get_served_moves(self):
        """What holds the products that these transfers brought for customers now: a transfer that
        is not done yet serves nobody."""
        runner = self.env["backorder.runner"]
        lines = self.filtered(lambda p: p.state == "done")._get_lines_to_serve()
        moves = self.env["stock.move"].union(*map(runner._get_holding_moves, lines))
        return moves.filtered(lambda m: m.quantity > EPSILON)

    def _get_pick_list(self):
        """The goods that are reserved on these transfers, product by product; of those that brought
        goods, where these are reserved now.

        :return: list of dict ``{"product", "uom", "quantity", "rows"}``; each row is a dict
            ``{"location", "lot", "package", "quantity", "partner", "order", "picking"}``; all
            quantities in the product's unit
        """
        bringing = self.filtered(lambda p: p._is_bringing())
        lines = (self - bringing).move_line_ids | bringing._get_served_moves().move_line_ids
        lines = lines.filtered(lambda x: x.quantity > 0 and x.state != "cancel")
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
        bringing = self.filtered(lambda p: p._is_bringing())
        moves = (self - bringing).move_ids | bringing._get_served_moves()
        moves = moves.filtered(lambda m: m.quantity > 0 and m.state != "cancel")
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

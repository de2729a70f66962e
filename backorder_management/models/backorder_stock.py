"""*Stock now*: what a salesperson needs to answer a customer on the phone."""

from odoo import api, fields, models

from ..engine import positions as pos


class BackorderStock(models.AbstractModel):
    _name = "backorder.stock"
    _description = "Stock Situation of a Backorder Item"

    @api.model
    def _get_stock_now(self, line):
        """See ``sale.backorder.line.get_stock_now``."""
        location = line.warehouse_id.lot_stock_id
        on_hand, reserved = self._get_quants(line.product_id, location)
        mine = self._get_reserved_for(line)
        return {
            "on_hand": on_hand,
            "reserved_others": max(0.0, reserved - mine),
            "free": max(0.0, on_hand - reserved),
            "uom": line.product_uom_id.name,
            "next_receipt": self._get_next_receipt(line),
            "others_waiting": self._get_others_waiting(line),
        }

    @api.model
    def _get_quants(self, product, location):
        [(on_hand, reserved)] = self.env["stock.quant"]._read_group(
            [("product_id", "=", product.id), ("location_id", "child_of", location.ids)],
            aggregates=["quantity:sum", "reserved_quantity:sum"],
        )
        return on_hand or 0.0, reserved or 0.0

    @api.model
    def _get_reserved_for(self, line):
        outlines = self.env["backorder.reader"]._read_outlines(line.sale_line_id.ids)
        outline = outlines.get((line.sale_line_id.id, line.product_id.id))
        return sum(m.reserved for m in outline.roots if m.source == pos.STOCK) if outline else 0.0

    @api.model
    def _get_receipt_domain(self, line):
        warehouse = line.warehouse_id
        return [
            ("product_id", "=", line.product_id.id),
            ("state", "in", ("waiting", "confirmed", "partially_available", "assigned")),
            ("location_dest_id.warehouse_id", "=", warehouse.id),
            ("location_dest_id.usage", "=", "internal"),
            ("location_id.warehouse_id", "!=", warehouse.id),
        ]

    @api.model
    def _get_next_receipt(self, line):
        moves = self.env["stock.move"].search(self._get_receipt_domain(line))
        return self._describe_first(line, moves)

    @api.model
    def _describe_first(self, line, moves):
        """The receipt that comes first, as people see it; False when there is none."""
        if not moves:
            return False
        move = min(moves, key=lambda m: (m._get_supply_date(), m.id))
        document = move.picking_id or move
        return {
            "date": fields.Date.to_string(line.backorder_id._local_date(move._get_supply_date())),
            "quantity": move.product_qty,
            "name": move.origin or document.display_name,
            "model": document._name,
            "id": document.id,
        }

    @api.model
    def _get_others_waiting(self, line):
        others = self.env["sale.backorder.line"].search(
            [
                ("product_id", "=", line.product_id.id),
                ("warehouse_id", "=", line.warehouse_id.id),
                ("state", "in", ("open", "ready", "partial")),
                ("backorder_id", "!=", line.backorder_id.id),
            ]
        )
        return {"count": len(others.partner_id), "quantity": sum(others.mapped("qty_open"))}

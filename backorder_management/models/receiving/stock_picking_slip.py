from odoo import models

from ..sale_backorder import OPEN_STATES


class StockPicking(models.Model):
    """What the delivery slip says about backorders: which lines complete one, what is to come."""

    _inherit = "stock.picking"

    def _get_slip_moves(self):
        """:return: moves of this transfer that bring sold goods to the customer"""
        return self.move_ids.filtered(
            lambda m: m.sale_line_id and m.state != "cancel" and m._is_outgoing()
        )

    def _get_slip_backorder_lines(self, moves):
        # sudo: customers print the slip of their own delivery from the portal
        lines = self.env["sale.backorder.line"].sudo()
        return lines.search([("sale_order_id", "in", moves.sale_line_id.order_id.ids)])

    def _get_slip_notes(self):
        """:return: {move: text to print below its product}"""
        self.ensure_one()
        moves = self._get_slip_moves()
        lines = self._get_slip_backorder_lines(moves)
        notes = {}
        for move in moves:
            completed = lines.filtered(lambda x, move=move: self._completes_on_slip(move, x))
            if completed:
                names = ", ".join(completed.backorder_id.mapped("name"))
                notes[move] = self.env._("Completes %s", names)
        return notes

    def _completes_on_slip(self, move, line):
        """Whether this move brings the last of what the backorder line still owes."""
        if line.sale_line_id != move.sale_line_id or line.product_id != move.product_id:
            return False
        if move.state != "done":
            shipped = self._get_slip_quantity(line)
            outstanding = line.qty_outstanding_last
            return (
                line.state in OPEN_STATES and line.product_uom_id.compare(shipped, outstanding) >= 0
            )
        return line.state == "done" and self == self._get_last_picking(line)

    def _get_last_picking(self, line):
        """The transfer that shipped the last quantity before this backorder line was closed."""
        shipments = line.sale_line_id.move_ids.filtered(
            lambda m: (
                m.state == "done"
                and m.product_id == line.product_id
                and m._is_outgoing()
                and m.date <= line.date_closed
            )
        )
        return shipments.sorted(lambda m: (m.date, m.id))[-1:].picking_id

    def _get_slip_quantity(self, line):
        """:return: what this transfer ships of a backorder line, in the product's unit"""
        mine = self._get_slip_moves().filtered(
            lambda m: m.sale_line_id == line.sale_line_id and m.product_id == line.product_id
        )
        return sum(
            m.product_uom._compute_quantity(
                m.quantity, line.product_uom_id, rounding_method="HALF-UP"
            )
            for m in mine
        )

    def _get_slip_remaining(self):
        """What is still to come on the backorders of this order after this transfer.

        :return: list of dict ``{"sale_line", "product", "quantity", "uom", "expected_date",
            "arrival_date"}``, in the unit of the sale line; the arrival where it takes days
        """
        self.ensure_one()
        rows = []
        for line in self._get_slip_backorder_lines(self._get_slip_moves()):
            if line.state not in OPEN_STATES:
                continue
            quantity = line.qty_open
            if self.state != "done":
                left = line.qty_outstanding_last - self._get_slip_quantity(line)
                quantity = min(quantity, max(0.0, left))
            if not line.product_uom_id.is_zero(quantity):
                rows.append(self._prepare_slip_row(line, quantity))
        return rows

    def _prepare_slip_row(self, line, quantity):
        uom = line.product_uom_id
        arrival = self.company_id.backorder_slip_dates and line.expected_arrival_date
        expected = arrival and line.expected_date
        if line.sale_line_id.product_id == line.product_id:
            uom = line.sale_line_id.product_uom_id
        return {
            "sale_line": line.sale_line_id,
            "product": line.product_id,
            "quantity": line.product_uom_id._compute_quantity(
                quantity, uom, rounding_method="HALF-UP"
            ),
            "uom": uom,
            "expected_date": expected,
            "arrival_date": arrival != expected and arrival,
        }

"""What is kept for customers, while it is on its way and when it came."""

from collections import defaultdict

from odoo import api, models
from odoo.tools import SQL

from odoo.addons.backorder_management.models.policies.backorder_demand import EPSILON, WAITING
from odoo.addons.backorder_management.models.sale_backorder import OPEN_STATES, format_number


class BackorderPurchasePin(models.Model):
    _inherit = "backorder.purchase.pin"

    # === PLANNED === #

    @api.model
    def _read_kept(self, move_ids):
        """:return: as ``backorder.supply._read_kept``"""
        lacks, result = {}, defaultdict(dict)
        left, comes = {}, {}
        for receipt, comes_qty, pin, pin_left, demand, need in self._read_kept_rows(move_ids):
            quantity = min(
                comes.setdefault(receipt, comes_qty),
                left.setdefault(pin, pin_left),
                lacks.setdefault(demand, need),
            )
            if quantity > EPSILON:
                comes[receipt] -= quantity
                left[pin] -= quantity
                lacks[demand] -= quantity
                kept = result[receipt]
                kept[demand] = kept.get(demand, 0.0) + quantity
        return {receipt: tuple(kept.items()) for receipt, kept in result.items()}

    @api.model
    def _read_kept_rows(self, move_ids):
        """What comes first is kept first. From the dock to the shelf the goods are still those of
        the purchase."""
        self.flush_model()
        query = SQL(
            """
            WITH RECURSIVE chain (receipt, move) AS (
                SELECT id, id FROM stock_move WHERE id = ANY (%(moves)s)
                 UNION
                SELECT c.receipt, r.move_orig_id
                  FROM chain c JOIN stock_move_move_rel r ON r.move_dest_id = c.move
            )
            SELECT DISTINCT ON (t.moment, r.id, p.id, d.id)
                   r.id, r.product_qty::float, p.id, p.qty_left::float, d.id,
                   (d.product_qty
                    * (1 - COALESCE(d.quantity, 0) / d.product_uom_qty))::float
              FROM chain c
              JOIN stock_move o ON o.id = c.move
              JOIN stock_move r ON r.id = c.receipt
              JOIN stock_location from_ ON from_.id = r.location_id
             CROSS JOIN LATERAL (
                SELECT CASE WHEN from_.usage = 'supplier' AND r.backorder_replanned IS NOT TRUE
                            THEN COALESCE(r.date_deadline, r.date) ELSE r.date END AS moment
             ) t
              JOIN backorder_purchase_pin p ON p.purchase_line_id = o.purchase_line_id
                   AND p.state = 'open' AND p.qty_left > 0 AND p.product_id = r.product_id
              JOIN sale_backorder_line x ON x.id = p.line_id AND x.state IN %(open)s
              JOIN stock_move d ON d.sale_line_id = x.sale_line_id
                   AND d.product_id = x.product_id AND d.state IN %(waiting)s
                   AND d.procure_method = 'make_to_stock' AND d.product_uom_qty > 0
              JOIN stock_location src ON src.id = d.location_id AND src.usage = 'internal'
              JOIN stock_location dst ON dst.id = r.location_dest_id
                   AND dst.warehouse_id = src.warehouse_id
             WHERE NOT EXISTS (SELECT FROM stock_move_move_rel l WHERE l.move_dest_id = d.id)
             ORDER BY t.moment, r.id, p.id, d.id
            """,
            moves=list(move_ids),
            open=OPEN_STATES,
            waiting=WAITING,
        )
        return self.env.execute_query(query)

    # === RECEIVED === #

    @api.model
    def _serve(self, moves):
        """Reserve what these receipts brought for whom it is kept, before anybody else gets it.

        :param moves: done moves
        """
        if not moves or not self._is_used():
            return
        sources = {move: move._get_backorder_purchase_lines() for move in moves}
        lines = self.env["purchase.order.line"].concat(*sources.values())
        pins = self.search([("purchase_line_id", "in", lines.ids), ("state", "=", "open")])
        for move in moves.sorted("id"):
            rest = move.product_uom._compute_quantity(
                move.quantity, move.product_id.uom_id, round=False
            )
            mine = pins.filtered(lambda p, move=move: p.purchase_line_id in sources[move])
            for pin in mine.filtered(lambda p, move=move: p.product_id == move.product_id):
                if rest > EPSILON:
                    rest -= pin._give(rest, move.location_dest_id)
        pins._end_if_over()

    def _give(self, quantity, place):
        """:param place: stock location that the goods came to
        :return: how much of `quantity` was reserved
        """
        quantity = min(quantity, self.qty_left)
        demands = self.line_id._get_moves_to_keep_for().filtered(
            lambda m: (
                place.parent_path.startswith(m.location_id.parent_path)
                or m.location_id.parent_path.startswith(place.parent_path)
            )
        )
        caps, before = {}, demands._get_reserved()
        for demand in demands.sorted("id"):
            caps[demand.id] = min(quantity, demand.product_qty - demand._get_reserved())
            quantity -= caps[demand.id]
        # also where the customer agreed to wait: somebody decided that these goods are his
        allocator = self.env["backorder.allocator"].with_context(backorder_fulfil=True)
        allocator._reserve({move: cap for move, cap in caps.items() if cap > EPSILON})
        given = demands._get_reserved() - before
        if given > EPSILON:
            if not self.qty_received:
                self.qty_delivered_before = self.line_id.qty_delivered_last
            self.qty_received += given
            self.line_id._log({self.line_id: self._get_given_text(given)})
        return given

    def _get_given_text(self, quantity):
        return self.env._(
            "%(quantity)s %(unit)s of %(purchase)s came, and are reserved as they were kept.",
            quantity=format_number(quantity),
            unit=self.product_uom_id.name,
            purchase=self.purchase_id.name,
        )

    @api.model
    def _read_held(self, item_ids):
        """:return: {backorder line id: quantity that came for it and is not delivered yet}"""
        pins = self.search([("line_id", "in", list(item_ids)), ("qty_received", ">", 0)])
        result = defaultdict(float)
        for pin in pins:
            gone = pin.line_id.qty_delivered_last - pin.qty_delivered_before
            result[pin.line_id.id] += max(0.0, pin.qty_received - max(0.0, gone))
        return result

    # === ITS END === #

    def _end_if_over(self):
        """All came, or nothing comes any more, or nobody waits any more."""
        for pin in self.filtered(lambda p: p.state == "open"):
            if pin.product_uom_id.is_zero(pin.qty_left):
                pin.state = "done"
            elif pin._is_over():
                pin.state = "ended"

    def _is_over(self):
        return (
            self.line_id.state not in OPEN_STATES
            or self.purchase_id.state != "purchase"
            or self.purchase_line_id._get_qty_to_keep() <= EPSILON
        )

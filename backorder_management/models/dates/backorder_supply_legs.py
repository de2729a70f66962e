"""Goods that another warehouse sends: what is still to be done before they come."""

from odoo import api, models
from odoo.tools import SQL

from ..backorder_reader import EPSILON, OPEN_MOVES

LEGS = 9  # steps before the last one that are looked at


class BackorderSupply(models.AbstractModel):
    _inherit = "backorder.supply"

    @api.model
    def _apply_legs(self, rows):
        """Core moves no leg when the one before it is put off, and leaves the arrival open when
        what should have been sent is cancelled.

        :param rows: [(product id, warehouse id, quantity, date, move id, kind, ...)]
        :return: the same, with what can really come and when
        """
        legs = self._read_legs([row[4] for row in rows if row[5] == "transfer"])
        result = []
        for product, warehouse, quantity, date, move, *rest in rows:
            most, earliest = legs.get(move, (None, None))
            left = quantity if most is None else min(quantity, most)
            if left > EPSILON:
                day = max(date, earliest or date)
                result.append((product, warehouse, left, day, move, *rest))
        return result

    @api.model
    def _read_legs(self, move_ids):
        """:return: {move id: (quantity that is sent, or None where that is not known; the last
        date that is planned before it, or None)}, quantities in the unit of the product
        """
        if not move_ids:
            return {}
        query = SQL(
            """
            WITH RECURSIVE leg (arrival, id, quantity, date, level) AS (
                SELECT r.move_dest_id, o.id, o.product_qty, o.date, 1
                  FROM stock_move_move_rel r
                  JOIN stock_move o ON o.id = r.move_orig_id AND o.state IN %(states)s
                 WHERE r.move_dest_id = ANY (%(ids)s)
                 UNION
                SELECT leg.arrival, o.id, 0, o.date, leg.level + 1
                  FROM leg
                  JOIN stock_move_move_rel r ON r.move_dest_id = leg.id
                  JOIN stock_move o ON o.id = r.move_orig_id AND o.state IN %(states)s
                 WHERE leg.level < %(legs)s
            ), sent AS (
                SELECT arrival, SUM(quantity) AS quantity, MAX(date) AS date
                  FROM leg GROUP BY arrival
            )
            SELECT m.id,
                   CASE WHEN src.usage = 'transit' AND m.rule_id IS NOT NULL
                        THEN COALESCE(sent.quantity, 0) + COALESCE(
                            m.product_qty * m.quantity / NULLIF(m.product_uom_qty, 0), 0) END,
                   sent.date
              FROM stock_move m
              JOIN stock_location src ON src.id = m.location_id
              LEFT JOIN sent ON sent.arrival = m.id
             WHERE m.id = ANY (%(ids)s)
            """,
            ids=list(move_ids),
            states=OPEN_MOVES,
            legs=LEGS,
        )
        return {move: found for move, *found in self.env.execute_query(query)}

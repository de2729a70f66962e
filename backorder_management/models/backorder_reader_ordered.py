"""Supply of its own: what is made or bought to order, and earlier legs without an order line."""

from dataclasses import replace

from odoo import api, models
from odoo.tools import SQL

from ..engine import positions as pos
from ..engine import promising as prm
from .backorder_reader import EPSILON, OPEN_MOVES, SUPPLY_DATE


class BackorderReader(models.AbstractModel):
    _inherit = "backorder.reader"

    @api.model
    def _read_asked_leads(self, outlines):
        """Of what is made or bought to order, and only asked for yet: how long that takes.

        :return: {(product id, warehouse id): timedelta}
        """
        asked = {
            (move.product, move.warehouse)
            for outline in outlines.values()
            for move in outline.roots
            if move.source == pos.ORDERED and move.unreserved > EPSILON and not move.supplies
        }
        return self.env["backorder.lead.time"]._read({pool for pool in asked if all(pool)})

    @api.model
    def _get_ordered_pegs(self, move, leads, now):
        lead = leads.get((move.product, move.warehouse))
        if move.source == pos.ORDERED and not move.supplies and lead is not None:
            return (prm.Peg(move.unreserved, now + lead, kind=prm.LEAD_TIME),)
        receipts = [prm.Receipt(*supply, kind=prm.ORDERED) for supply in move.supplies]
        return prm.Queue(0.0, receipts, now).cut(0.0, move.unreserved)

    @api.model
    def _add_supply(self, moves, now):
        """Tell each open move what brings its goods, when that is not another move of its line."""
        known = {m.id: m for m in moves}
        unknown = {o for m in moves if not m.done for o in m.origins if o not in known}
        origins = self._read_origins(unknown)
        return [m if m.done else self._supply_move(m, origins, known) for m in moves]

    @api.model
    def _supply_move(self, move, origins, known):
        if move.source not in (pos.STOCK, pos.ORDERED):
            return move
        if not move.origins:
            # asked for, nothing confirmed yet
            return replace(move, supplied=move.quantity) if move.source == pos.ORDERED else move
        if any(o in known for o in move.origins):
            # a later leg: earlier legs of the same line brought the goods to where it starts
            return replace(move, source=pos.STOCK)
        mine = [origins[o] for o in move.origins if o in origins]
        outside = [o for o in mine if o["outside"]]
        if outside:
            supplies = [(o["date"], o["product_qty"], o["id"]) for o in outside]
            return replace(
                move,
                source=pos.ORDERED,
                supplied=sum(quantity for _date, quantity, _key in supplies),
                supply_date=max(date for date, _quantity, _key in supplies),
                supplies=tuple(supplies),
            )
        if mine:
            held = sum(min(o["product_qty"], o["quantity"]) for o in mine)
            reserved = min(move.quantity, move.reserved + held)
            return replace(move, source=pos.STOCK, reserved=reserved)
        return move

    @api.model
    def _read_origins(self, move_ids):
        """Open moves that precede ours and do not name an order line: receipts and productions
        made to order (``outside``), or earlier legs inside of the warehouse."""
        if not move_ids:
            return {}
        query = SQL(
            """
            SELECT m.id, m.product_qty, COALESCE(m.quantity, 0) AS quantity,
                   src.usage NOT IN ('internal', 'transit') AS outside,
                   %s AS date
              FROM stock_move m
              JOIN stock_location src ON src.id = m.location_id
             WHERE m.id IN %s AND m.state IN %s
            """,
            SUPPLY_DATE,
            tuple(move_ids),
            OPEN_MOVES,
        )
        return {row["id"]: row for row in self.env.execute_query_dict(query)}

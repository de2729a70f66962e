"""Who is served when, for dates and screens: the same rank that hands out stock."""

from collections import defaultdict

from odoo import api, fields, models
from odoo.tools import SQL

from ..engine.policies import rank
from .backorder_demand import EPSILON, HELD, WAITING


class BackorderAhead(models.AbstractModel):
    _name = "backorder.ahead"
    _description = "Order of Service"

    @api.model
    def _read_ahead(self, moves):
        """What is still to be reserved before each move, where a policy is active.

        :param moves: engine moves (:class:`positions.Move`)
        :return: {move id: quantity in the product's unit}; nothing of the other pools
        """
        pools = {(m.product, m.warehouse) for m in moves if m.warehouse}
        asked = {m.id for m in moves}
        result = {}
        for demands in self._read_ranks(pools, asked).values():
            result.update(self._accumulate(demands, asked))
        return result

    @api.model
    def _read_withheld(self, moves):
        """Free stock that is kept for segments to which a move does not belong.

        :param moves: engine moves
        :return: {move id: quantity in the product's unit}
        """
        policy = self.env["backorder.policy"]
        if not policy._is_used():
            return {}
        policies = policy._find({(m.product, m.warehouse) for m in moves if m.warehouse})
        policies = {
            pool: found
            for pool, found in policies.items()
            if any(found.segment_ids.mapped("protected_qty"))
        }
        if not policies:
            return {}
        asked = {m.id for m in moves}
        # sudo: what others are promised counts, whoever reads it
        snapshot = self.env["backorder.demand"].sudo()._read(policies, asked, held=True)
        result = {}
        for pool in snapshot.pools:
            rest = dict(pool.protected)
            for demand in pool.demands:
                if demand.segment in rest:
                    rest[demand.segment] = max(0.0, rest[demand.segment] - demand.before)
            for demand in pool.demands:
                if demand.id in asked:
                    kept = (q for segment, q in rest.items() if segment != demand.segment)
                    result[demand.id] = sum(kept)
        return result

    @api.model
    def _accumulate(self, demands, asked):
        """What is owed from a loan is served before everybody, also where its rank is behind."""
        rest = {d.id: max(0.0, d.need - d.before) for d in demands}
        claims = {d.id: min(d.claim, rest[d.id]) for d in demands}
        owed, ahead, result = sum(claims.values()), 0.0, {}
        for demand in demands:
            owed -= claims[demand.id]
            if demand.id in asked:
                result[demand.id] = ahead + owed
            ahead += rest[demand.id]
        return result

    @api.model
    def _read_ranks(self, pools, asked=(), held=False):
        """Who is served when, where a policy is active. The number of queries does not depend on
        how many pools or demands there are.

        :param pools: (product id, warehouse id) pairs
        :param asked: moves that take part whatever their operation type says
        :param held: also demand that has all it wants
        :return: {pool: engine demands, the first to be served first}
        """
        policy = self.env["backorder.policy"]
        policies = policy._find(pools) if pools and policy._is_used() else {}
        if not policies:
            return {}
        taking_part = {*asked, *self._read_later(policies)}
        # sudo: the order of service is that of all customers
        snapshot = self.env["backorder.demand"].sudo()._read(policies, taking_part, held=held)
        return {p.key: rank(p.demands, p.policy) for p in snapshot.pools if p.key in policies}

    @api.model
    def _read_later(self, pools):
        """Demand whose reservation date has not come. It is not reserved today, yet it has its
        place before what comes after it: supply that arrives later is shared with it.

        :return: ids of moves
        """
        self.env["stock.move"].flush_model()
        query = SQL(
            """
            SELECT m.id
              FROM stock_move m
              JOIN stock_location l ON l.id = m.location_id AND l.usage = 'internal'
              JOIN stock_picking_type t ON t.id = m.picking_type_id
                   AND t.reservation_method = 'by_date'
              JOIN (VALUES %(pools)s) AS k (product_id, warehouse_id)
                ON k.product_id = m.product_id AND k.warehouse_id = l.warehouse_id
             WHERE m.state IN %(waiting)s AND m.procure_method = 'make_to_stock'
               AND m.product_uom_qty > 0
               AND (m.reservation_date IS NULL OR m.reservation_date > %(today)s)
               AND NOT (COALESCE(m.backorder_wait, FALSE) AND m.date > %(now)s)
            """,
            pools=SQL(", ").join(SQL("(%s, %s)", *pool) for pool in sorted(pools)),
            waiting=WAITING,
            today=fields.Date.context_today(self),
            now=fields.Datetime.now(),
        )
        return [row[0] for row in self.env.execute_query(query)]

    # === FOR PEOPLE === #

    @api.model
    def _sort(self, moves):
        """The same moves; those of a pool with a policy in the order in which they are served, on
        the places that the moves of that pool had. What takes no part comes after the others."""
        pool_of = {m.id: (m.product_id.id, m.location_id.warehouse_id.id) for m in moves}
        held = any(m.state == "assigned" for m in moves)
        ranks = self._read_ranks({p for p in pool_of.values() if all(p)}, held=held)
        by_pool = defaultdict(list)
        for move in moves:
            by_pool[pool_of[move.id]].append(move.id)
        turns = {}
        for pool, ids in by_pool.items():
            place = {d.id: i for i, d in enumerate(ranks.get(pool, ()))}
            turns[pool] = iter(sorted(ids, key=lambda i, place=place: place.get(i, len(place))))
        return moves.browse([next(turns[pool_of[m.id]]) for m in moves])

    @api.model
    def _read_places(self, pools):
        """The place of every open demand in its line, reserved or not: by policy, or in the order
        in which core reserves.

        :return: {move id: place, from 1}
        """
        ranks = self._read_ranks(pools, held=True)
        result = {d.id: i for demands in ranks.values() for i, d in enumerate(demands, 1)}
        others = self._read_core_order(set(pools) - ranks.keys())
        for ids in others.values():
            result.update({move_id: i for i, move_id in enumerate(ids, 1)})
        return result

    @api.model
    def _read_core_order(self, pools):
        """:return: {pool: ids of moves}"""
        moves = self.env["stock.move"].sudo()
        moves = moves.search(
            [
                ("product_id", "in", [p for p, _w in pools]),
                ("location_id.warehouse_id", "in", [w for _p, w in pools]),
                ("location_id.usage", "=", "internal"),
                ("state", "in", HELD),
                ("procure_method", "=", "make_to_stock"),
                ("product_qty", ">", EPSILON),
                ("move_orig_ids", "=", False),
            ],
            order="priority desc, date, id",
        )
        result = defaultdict(list)
        for move in moves:
            pool = move.product_id.id, move.location_id.warehouse_id.id
            if pool in pools:
                result[pool].append(move.id)
        return result

"""Who is served when, for dates and screens: the same rank that hands out stock."""

from collections import defaultdict
from dataclasses import replace

from odoo import api, fields, models
from odoo.tools import SQL

from ...engine.allocation import is_simple
from ...engine.policies import rank
from ...engine.timeline import serve_over_time
from .backorder_demand import EPSILON, HELD, WAITING


class BackorderAhead(models.AbstractModel):
    _name = "backorder.ahead"
    _description = "Order of Service"

    @api.model
    def _read_shares(self, moves, receipts, now):
        """Who gets what of the supply, where a policy is active.

        :param moves: engine moves (:class:`positions.Move`)
        :param receipts: {pool: receipts}; those of pools that orders join are added
        :return: ({move id: quantity that is served before it} where rank alone decides,
            {move id: pegs} in the other pools)
        """
        policy = self.env["backorder.policy"]
        pools = {(m.product, m.warehouse) for m in moves if m.warehouse}
        policies = policy._find(pools) if pools and policy._is_used() else {}
        if not policies:
            return {}, {}
        asked = {m.id for m in moves}
        snapshot = self._read_snapshot(policies, asked)
        ahead, special = {}, []
        for pool in snapshot.pools:
            ranked = rank(pool.demands, pool.policy)
            kept = any(r.kept_for for r in receipts.get(pool.key, ()))
            if not kept and self._is_queue(pool, ranked, snapshot, now):
                ahead.update(self._accumulate(ranked, asked))
            else:
                special.append(pool)
        return ahead, self._play(special, snapshot, receipts, now, asked)

    @api.model
    def _is_queue(self, pool, ranked, snapshot, now):
        """Whether the supply is one queue and each demand owns one stretch of it."""
        rules = snapshot.shipping
        simple = is_simple(
            replace(pool, protected={}), [replace(d, claim=0.0) for d in ranked], rules
        )
        return (
            simple
            and len({d.nodes for d in ranked}) == 1
            and not any(d.step > 1 for d in ranked)
            and not any(self._is_later(snapshot.rows[d.id], now) for d in ranked)
        )

    @api.model
    def _is_later(self, row, now):
        return bool(row["due_from"] and row["due_from"] > now)

    @api.model
    def _play(self, pools, snapshot, receipts, now, asked):
        """:return: {move id: pegs} of those that are asked for"""
        if not pools:
            return {}
        reader = self.env["backorder.supply"]
        missing = {p.key for p in pools} - receipts.keys()
        receipts = {**receipts, **reader._read_receipts(missing)}
        due = {
            d.id: snapshot.rows[d.id]["due_from"]
            for pool in pools
            for d in pool.demands
            if self._is_later(snapshot.rows[d.id], now)
        }
        # what an order waits for elsewhere comes in time: dates say when stock would let it go
        rules = {o: replace(rule, blocked=False) for o, rule in snapshot.shipping.items()}
        played = serve_over_time(
            pools, rules, {p.key: receipts.get(p.key, ()) for p in pools}, now, due
        )
        return {d.id: played.get(d.id, ()) for p in pools for d in p.demands if d.id in asked}

    @api.model
    def _read_snapshot(self, policies, asked, held=False):
        """:param asked: moves that take part whatever their operation type says"""
        taking_part = {*asked, *self._read_later(policies)}
        # sudo: the order of service is that of all customers
        return self.env["backorder.demand"].sudo()._read(policies, taking_part, held=held)

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
        snapshot = self._read_snapshot(policies, asked, held)
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

"""What covers a demand: free stock, receipts on their way, and who stands before it."""

from collections import defaultdict

from odoo import api, fields, models
from odoo.tools import SQL

from ...engine import positions as pos
from ...engine import promising as prm
from ...engine.demand import Demand, Pool
from ...engine.timeline import serve_over_time
from ..backorder_reader import EPSILON, OPEN_MOVES, SUPPLY_DATE
from ..overview.backorder_sql import to_array

FEW_POOLS = 50  # of more than these some are supplied, and asking first costs more than it saves


class BackorderSupply(models.AbstractModel):
    _name = "backorder.supply"
    _description = "Backorder Supply Reader"

    @api.model
    def _read_covers(self, outlines, now):
        """:return: {move id: Cover} for every root that waits for stock"""
        roots = [
            m
            for o in outlines.values()
            for m in o.roots
            if m.source == pos.STOCK and m.unreserved > EPSILON
        ]
        pools = {(m.product, m.location) for m in roots}
        free = self._read_free(pools)
        receipts = self._read_receipts({(m.product, m.warehouse) for m in roots})
        # with nothing to share, rivals do not matter
        contested = [
            m
            for m in roots
            if free.get((m.product, m.location)) or receipts[m.product, m.warehouse]
        ]
        ahead, pegs = self._read_ahead(contested, receipts, now)
        pegs.update(
            self._play_core([m for m in contested if m.id not in pegs], free, receipts, now)
        )
        withheld = self.env["backorder.ahead"]._read_withheld(contested)
        covers = {}
        for m in roots:
            demand = prm.Demand(m.unreserved, ahead.get(m.id, 0.0), self._get_until(m, now))
            if m.id in pegs:
                covers[m.id] = prm.summarise(pegs[m.id], demand, now)
            else:
                stock = free.get((m.product, m.location), 0.0) - withheld.get(m.id, 0.0)
                covers[m.id] = prm.cover(demand, stock, receipts[m.product, m.warehouse], now)
        self._add_estimates(covers, roots, now)
        return covers

    @api.model
    def _add_estimates(self, covers, roots, now):
        """Where nothing is on its way: the lead time of what would bring it."""
        open_roots = [m for m in roots if not covers[m.id].expected]
        leads = self.env["backorder.lead.time"]._read(
            {(m.product, m.warehouse) for m in open_roots}
        )
        for m in open_roots:
            lead = leads.get((m.product, m.warehouse))
            if lead is not None:
                covers[m.id] = prm.estimate(covers[m.id], m.unreserved, now + lead)

    @api.model
    def _get_until(self, move, now):
        """Due today: only stock on hand helps. Later: what comes before its own day is in time."""
        return move.date if move.date and move.date.date() > now.date() else None

    @api.model
    def _read_free(self, pools):
        """Unreserved stock of each (product, location) and the locations below it."""
        if not pools:
            return {}
        query = SQL(
            """
            SELECT k.product_id, k.location_id, SUM(COALESCE(q.quantity, 0)
                                                      - COALESCE(q.reserved_quantity, 0))
              FROM unnest(%s, %s) AS k (product_id, location_id)
              JOIN stock_location top ON top.id = k.location_id
              JOIN stock_quant q ON q.product_id = k.product_id
              JOIN stock_location l ON l.id = q.location_id AND l.usage IN ('internal', 'transit')
                                   AND l.parent_path LIKE top.parent_path || '%%'
             GROUP BY k.product_id, k.location_id
            """,
            *map(to_array, zip(*pools, strict=True)),
        )
        self.env["stock.quant"].flush_model()
        return {(p, loc): max(0.0, qty) for p, loc, qty in self.env.execute_query(query)}

    @api.model
    def _read_receipts(self, pools):
        """Open moves into each warehouse from outside of it, and on from its dock, to quality
        control or to the shelf, once the goods are there; except those made to order for
        somebody. The locations come first: what leaves the warehouse, however much of it waits,
        is then not looked at.

        :return: {(product id, warehouse id): [Receipt]}
        """
        result = defaultdict(list)
        if len(pools) <= FEW_POOLS:
            pools = self._filter_supplied(pools)
        if not pools:
            return result
        rows = self._apply_legs(self.env.execute_query(self._get_receipts_query(pools)))
        kept = self._read_kept([move for _p, _w, _quantity, _date, move, *_rest in rows])
        for product, warehouse, quantity, date, move, *origin in rows:
            receipt = prm.Receipt(date, float(quantity), move, *origin, kept.get(move, ()))
            result[product, warehouse].append(receipt)
        return result

    @api.model
    def _get_receipts_query(self, pools):
        return SQL(
            """
            SELECT m.product_id, dst.warehouse_id, m.product_qty::float, %(date)s, m.id,
                   CASE src.usage WHEN 'supplier' THEN 'receipt'
                              WHEN 'production' THEN 'production' ELSE 'transfer' END,
                   m.location_dest_id
              FROM stock_move m
              JOIN stock_location src ON src.id = m.location_id
              JOIN stock_location dst ON dst.id = m.location_dest_id
              JOIN stock_warehouse w ON w.id = dst.warehouse_id
              JOIN stock_location shelf ON shelf.id = w.lot_stock_id
              LEFT JOIN stock_location goal ON goal.id = m.location_final_id
             WHERE m.product_id = ANY (%(products)s) AND m.state IN %(states)s AND m.product_qty > 0
               AND m.location_dest_id = ANY (ARRAY(
                   SELECT id FROM stock_location
                    WHERE usage = 'internal' AND warehouse_id IN %(warehouses)s))
               AND (src.warehouse_id IS DISTINCT FROM dst.warehouse_id
                    OR ((dst.parent_path LIKE shelf.parent_path || '%%'
                         OR goal.parent_path LIKE shelf.parent_path || '%%'
                         OR dst.id = w.wh_qc_stock_loc_id)
                        AND src.parent_path NOT LIKE shelf.parent_path || '%%'
                        AND NOT EXISTS (
                            SELECT FROM stock_move_move_rel r JOIN stock_move o
                                     ON o.id = r.move_orig_id AND o.state IN %(states)s
                             WHERE r.move_dest_id = m.id)))
               AND NOT EXISTS (
                   SELECT FROM stock_move_move_rel r JOIN stock_move d ON d.id = r.move_dest_id
                    WHERE r.move_orig_id = m.id AND d.procure_method = 'make_to_order')
            """,
            date=SUPPLY_DATE,
            products=to_array({p for p, _w in pools}),
            states=OPEN_MOVES,
            warehouses=tuple({w for _p, w in pools}),
        )

    @api.model
    def _filter_supplied(self, pools):
        """Most of what is short has nothing on its way, and that is quickly said.

        :return: those pools that open moves bring something to, or move something within
        """
        if not pools:
            return set()
        query = SQL(
            """
            SELECT DISTINCT m.product_id, l.warehouse_id
              FROM stock_move m
              JOIN stock_location l ON l.id = m.location_dest_id
             WHERE m.product_id IN %s AND m.state IN %s
               AND m.location_dest_id = ANY (ARRAY(
                   SELECT id FROM stock_location
                    WHERE usage = 'internal' AND warehouse_id IN %s))
            """,
            tuple({p for p, _w in pools}),
            OPEN_MOVES,
            tuple({w for _p, w in pools}),
        )
        found = set(pools) & set(self.env.execute_query(query))
        barren = self.env["backorder.tracker"]._state().barren
        if barren is not None:
            barren |= set(pools) - found
        return found

    @api.model
    def _read_kept(self, move_ids):
        """For addons that know whom goods on their way are kept for.

        :param move_ids: open moves that bring goods
        :return: {move id: ((move id of the demand, quantity), ...)}, the first to be served first
        """
        return {}

    @api.model
    def _read_ahead(self, moves, receipts, now):
        """What waits before each move in its pool: by the policy of the pool, else in the order in
        which core reserves.

        :return: {move id: quantity}, and {move id: pegs} where a quantity does not say it
        """
        ranked, pegs = self.env["backorder.ahead"]._read_shares(moves, receipts, now)
        rest = [m for m in moves if m.id not in ranked and m.id not in pegs]
        return {**self._read_core_ahead(rest), **ranked}, pegs

    @api.model
    def _read_core_ahead(self, moves):
        """:return: {move id: quantity}"""
        if not moves:
            return {}
        query = SQL(
            """
            SELECT id, ahead FROM (
                SELECT m.id, SUM(need.qty) OVER (
                           PARTITION BY m.product_id, l.warehouse_id
                           ORDER BY m.priority DESC, m.date, m.id) - need.qty AS ahead
                  FROM %(waiting)s
            ) waiting WHERE id IN %(ids)s
            """,
            waiting=self._get_core_waiting(moves),
            ids=tuple(m.id for m in moves),
        )
        return dict(self.env.execute_query(query))

    @api.model
    def _get_core_waiting(self, moves, more_ids=()):
        """:param more_ids: others that take part whatever their operation type says
        :return: SQL of all that waits for stock in the pools of these moves, for FROM
        """
        return SQL(
            """
                       stock_move m
                  JOIN stock_location l ON l.id = m.location_id AND l.usage = 'internal'
                  LEFT JOIN stock_picking_type t ON t.id = m.picking_type_id
                 CROSS JOIN LATERAL (
                    SELECT m.product_qty * (1 - COALESCE(m.quantity, 0) / m.product_uom_qty) AS qty
                 ) need
                 WHERE m.product_id IN %(products)s AND l.warehouse_id IN %(warehouses)s
                   AND m.state IN ('waiting', 'confirmed', 'partially_available')
                   AND m.procure_method = 'make_to_stock' AND m.product_uom_qty > 0
                   AND (m.state <> 'waiting' OR NOT EXISTS (
                        SELECT FROM stock_move_move_rel r WHERE r.move_dest_id = m.id))
                   AND (m.id IN %(ids)s OR (COALESCE(t.reservation_method, '') <> 'manual'
                        AND NOT (COALESCE(m.backorder_wait, FALSE) AND m.date > %(now)s)))
            """,
            products=tuple({m.product for m in moves}),
            warehouses=tuple({m.warehouse for m in moves}),
            ids=(*(m.id for m in moves), *more_ids),
            now=fields.Datetime.now(),
        )

    # === KEPT FOR SOMEBODY === #

    @api.model
    def _play_core(self, moves, free, receipts, now):
        """Without a policy: who gets what of pools of which a receipt is kept for somebody.

        :return: {move id: pegs}, of the moves of those pools
        """
        kept = {
            demand
            for m in moves
            for receipt in receipts[m.product, m.warehouse]
            for demand, _quantity in receipt.kept_for
        }
        if not kept:
            return {}
        moves = [m for m in moves if any(r.kept_for for r in receipts[m.product, m.warehouse])]
        queues, result = self._read_core_queues(moves, kept), {}
        for product, warehouse, place in {(m.product, m.warehouse, m.location) for m in moves}:
            pool = product, warehouse
            demands = [
                Demand(number, pool, need, nodes=(place,), step=0.0, seniority=float(turn))
                for turn, (number, need) in enumerate(queues[pool])
            ]
            supply = {place: free.get((product, place), 0.0)}
            played = serve_over_time([Pool(pool, supply, demands)], {}, {pool: receipts[pool]}, now)
            mine = [m.id for m in moves if (m.product, m.location) == (product, place)]
            result.update({move: played.get(move, ()) for move in mine})
        return result

    @api.model
    def _read_core_queues(self, moves, more_ids):
        """:return: {pool: [(move id, quantity that it lacks)]}, as core reserves"""
        query = SQL(
            """
            SELECT m.product_id, l.warehouse_id, m.id, need.qty FROM %s
             ORDER BY m.priority DESC, m.date, m.id
            """,
            self._get_core_waiting(moves, more_ids),
        )
        result = defaultdict(list)
        for product, warehouse, move, need in self.env.execute_query(query):
            result[product, warehouse].append((move, float(need)))
        return result

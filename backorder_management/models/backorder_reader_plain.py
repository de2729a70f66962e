"""Reads very many lines at once: those that wait for stock with one move, where no policy is
active. That is most of them, and nothing but their place in the queue has to be known."""

from types import MappingProxyType

from odoo import api, fields, models
from odoo.tools import SQL
from odoo.tools.gc import disabling_gc

from ..engine import promising as prm
from ..engine.positions import Outline
from .backorder_reader import EPSILON, OPEN_MOVES, Facts
from .overview.backorder_sql import to_array

NO_LEGS = MappingProxyType({})  # one for all: there are very many plain lines


class BackorderReader(models.AbstractModel):
    _inherit = "backorder.reader"

    @api.model
    def _read_open_facts(self, wanted, pools):
        """What the dates of open lines follow from.

        :param wanted: (order line id, product id) pairs
        :param pools: (product id, warehouse id) of them
        :return: {(line id, product id): Facts}; of plain ones without what only a fold needs
        """
        facts = self._read_plain_facts(wanted, self._get_plain_pools(pools))
        rest = {line for line, _product in wanted - facts.keys()}
        return {**facts, **self._read_facts(rest)} if rest else facts

    @api.model
    def _get_plain_pools(self, pools):
        """Pools in which stock is handed out in the order in which core reserves."""
        policy = self.env["backorder.policy"]
        pools = {pool for pool in pools if all(pool)}
        return pools - policy._find(pools).keys() if pools and policy._is_used() else pools

    @api.model
    def _read_plain_facts(self, wanted, pools):
        if not pools:
            return {}
        now = fields.Datetime.now()
        self.env["stock.move"].flush_model()
        rows = self.env.execute_query(self._get_plain_query(pools, now))
        lone = {}
        for row in rows:
            key = row[:2]
            # a line with several open moves is left to the full reader
            lone[key] = None if key in lone else row
        rows = [
            row
            for key, row in lone.items()
            if row and row[-1] and key in wanted and row[1:3] in pools
        ]
        supply = self.env["backorder.supply"]
        free = supply._read_free({(row[1], row[3]) for row in rows})
        receipts = supply._read_receipts({row[1:3] for row in rows})
        # what is kept for somebody does not wait in the queue
        kept = {pool for pool, coming in receipts.items() if any(r.kept_for for r in coming)}
        # tens of thousands of small objects without cycles: nothing to collect
        with disabling_gc():
            facts, unplanned = self._net_plain_rows(rows, free, receipts, kept, now)
        self._add_estimates(unplanned, now)
        self._add_lateness(facts, now)
        return facts

    @api.model
    def _net_plain_rows(self, rows, free, receipts, kept, now):
        """:return: {(line id, product id): Facts}, and those that nothing is planned for with
        their pools"""
        queues, facts, unplanned = {}, {}, []
        for line, product, warehouse, location, quantity, reserved, date, ahead, _plain in rows:
            if kept and (product, warehouse) in kept:
                continue
            queue = queues.get((product, location))
            if queue is None:
                stock, coming = free.get((product, location), 0.0), receipts[product, warehouse]
                queue = queues[product, location] = prm.Queue(stock, coming, now)
            fact = self._get_plain_facts(quantity, reserved, date, ahead, queue)
            facts[line, product] = fact
            if not fact.expected:
                unplanned.append((fact, (product, warehouse)))
        return facts, unplanned

    @api.model
    def _add_estimates(self, unplanned, now):
        leads = self.env["backorder.lead.time"]._read({pool for _fact, pool in unplanned})
        for fact, pool in unplanned:
            if pool in leads:
                date = now + leads[pool]
                rest = fact.outline.outstanding - sum(p.quantity for p in fact.pegs)
                fact.pegs.append(prm.Peg(rest, date, kind=prm.LEAD_TIME))
                fact.expected = max(p.date for p in fact.pegs)

    @api.model
    def _get_plain_facts(self, quantity, reserved, date, ahead, queue):
        """:param ahead: what is not reserved yet of those before it"""
        need, expected, incoming, pegs = quantity - reserved, queue.now, False, []
        if reserved > EPSILON:
            expected = max(expected, date)
            pegs.append(prm.Peg(reserved, expected))
        if need > EPSILON:
            coming = queue.cut(ahead, need)
            expected = prm.complete_on(coming, need, queue.now)
            incoming = expected is not None
            pegs += coming
        outline = Outline(outstanding=quantity, roots=(), legs=NO_LEGS)
        return Facts(outline, expected=expected, incoming=incoming, pegs=pegs, legs=NO_LEGS)

    @api.model
    def _get_plain_query(self, pools, now):
        """The order is that in which core reserves, as in ``_read_core_ahead``. Left to the full
        reader: a line with several open moves, and what does not reserve by itself."""
        return SQL(
            """
            SELECT sale_line_id, product_id, warehouse_id, location_id,
                   quantity, LEAST(quantity, reserved), CASE WHEN reserved > 0 THEN date END,
                   COALESCE(ahead, 0), plain
              FROM (
                SELECT m.sale_line_id, m.product_id, src.warehouse_id, m.location_id,
                       k.quantity, n.reserved, m.date,
                       n.plain AND dst.usage = 'customer' AS plain,
                       SUM(CASE WHEN n.waits THEN k.quantity - n.reserved END) OVER (
                           PARTITION BY m.product_id, src.warehouse_id
                           ORDER BY m.priority DESC, m.date, m.id
                           ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS ahead
                  FROM stock_move m
                  JOIN stock_location src ON src.id = m.location_id
                  JOIN stock_location dst ON dst.id = m.location_dest_id
                  JOIN product_product p ON p.id = m.product_id
                  JOIN product_template pt ON pt.id = p.product_tmpl_id
                  LEFT JOIN stock_picking_type t ON t.id = m.picking_type_id
                 CROSS JOIN LATERAL (
                    SELECT m.product_qty::float AS quantity,
                           src.usage = 'internal' AND pt.is_storable
                           AND m.procure_method = 'make_to_stock' AND m.product_uom_qty > 0
                           AND COALESCE(t.reservation_method, '') <> 'manual'
                           AND NOT (COALESCE(m.backorder_wait, FALSE) AND m.date > %(now)s) AS mine
                 ) k
                 CROSS JOIN LATERAL (
                    SELECT k.mine AND m.state <> 'waiting' AND m.product_qty > 0 AS plain,
                           k.mine AND m.state IN ('waiting', 'confirmed', 'partially_available')
                           AND (m.state <> 'waiting' OR NOT EXISTS (
                               SELECT FROM stock_move_move_rel r WHERE r.move_dest_id = m.id)
                           ) AS waits,
                           CASE WHEN m.quantity <> 0 AND m.product_uom_qty <> 0
                                THEN k.quantity * m.quantity::float / m.product_uom_qty::float
                                ELSE 0 END AS reserved
                 ) n
                 WHERE m.product_id = ANY(%(products)s) AND m.state IN %(states)s
              ) found
             WHERE sale_line_id IS NOT NULL
            """,
            now=now,
            products=to_array({product for product, _warehouse in pools}),
            states=OPEN_MOVES,
        )

"""Keeps the dates of open backorder lines: whoever waits for goods that changed gets a new date.

Hooks only note what was touched. A small pool is refreshed in the same transaction, a large one
seconds later by a scheduled action; every night all are folded, because days pass.
"""

import logging

import psycopg2
import pytz

from odoo import api, models
from odoo.exceptions import ConcurrencyError
from odoo.tools import SQL
from odoo.tools.gc import disabling_gc

from ...engine import promising as prm
from ...engine.dates import Dates, OpenLine, Window
from ...engine.positions import Outline
from ..backorder_reader import Facts
from ..overview.backorder_sql import get_zones, to_array
from ..sale_backorder import OPEN_STATES
from .sale_order_window import earliest_date, latest_date

_logger = logging.getLogger(__name__)

NOW_LINES = 200  # more lines than this are not refreshed while somebody waits for his click


class BackorderDates(models.AbstractModel):
    """Runs with sudo: dates follow from supply, whoever changes it."""

    _name = "backorder.dates"
    _description = "Expected Dates"

    # === EVENTS === #

    @api.model
    def _touch_supply(self, moves):
        """Goods on their way changed: day, quantity, or whether they come at all."""
        pools, lines = set(), self.env["sale.order.line"]
        for move in moves.sudo()._get_supply():
            pools.add((move.product_id.id, move.location_dest_id.warehouse_id.id))
            lines |= self._get_lines_served(move)
        if pools:
            self.env["backorder.tracker"]._queue().supplied |= pools
            self.env["backorder.tracker"]._touch(lines._ids)

    @api.model
    def _get_lines_served(self, move):
        """Order lines that these goods were bought or made for."""
        lines, seen, moves = self.env["sale.order.line"], move, move.move_dest_ids
        while moves:
            lines |= moves.sale_line_id
            seen |= moves
            moves = moves.move_dest_ids - seen
        return lines

    @api.model
    def _settle(self, queue):
        """After the fold: others who wait for the same goods. Never blocks what a person does."""
        if queue.origin in ("refresh", "existing") or not (queue.lines or queue.supplied):
            return
        found = self._find_lines(queue)
        if not found:
            return
        pools = {(p, w) for _line, p, w in found}
        if len(found) > NOW_LINES:
            self.env["backorder.pool"]._postpone_dates(pools)
            return
        self.env.flush_all()
        try:
            with self.env.cr.savepoint(flush=False):
                self._refresh([line for line, _p, _w in found])
                self.env.flush_all()
        except (psycopg2.OperationalError, ConcurrencyError):
            # A date to look at is not worth stopping whoever ships or sells: somebody else writes
            # it right now.
            _logger.info("Dates of pools %s are left for the scheduled action", sorted(pools))
        except Exception:
            _logger.exception("Dates of pools %s could not be refreshed", sorted(pools))
        else:
            return
        self.env.transaction.clear()
        self.env["backorder.pool"]._postpone_dates(pools)

    @api.model
    def _find_lines(self, queue):
        """Open lines of the pools whose supply changed, and of those where demand changed and
        something is on its way; those that were folded just now are known already.

        :return: [(backorder line id, product id, warehouse id)], not more than is worth knowing
        """
        pools = queue.supplied | self._read_demanded(queue.lines)
        if not pools:
            return []
        # nothing else: where nobody waits, what core has pending is written when core wants it
        self.env["sale.backorder.line"].flush_model()
        query = SQL(
            """
            SELECT x.id, x.product_id, x.warehouse_id
              FROM (VALUES %s) AS k (product_id, warehouse_id)
              JOIN sale_backorder_line x ON x.product_id = k.product_id
                   AND x.warehouse_id = k.warehouse_id AND x.state IN %s
             WHERE x.sale_line_id NOT IN %s
             ORDER BY x.id LIMIT %s
            """,
            SQL(", ").join(SQL("(%s, %s)", *pool) for pool in sorted(pools)),
            OPEN_STATES,
            tuple(queue.lines) or (0,),
            NOW_LINES + 1,
        )
        return self.env.execute_query(query)

    @api.model
    def _read_demanded(self, line_ids):
        """:return: the pools that these order lines ask, where something is on its way"""
        state = self.env["backorder.tracker"]._state()
        barren, fresh = state.barren or set(), state.fresh
        line_ids = [x for x in line_ids if x not in fresh or fresh[x] - barren]
        if not line_ids:
            return set()
        self.env.flush_all()
        query = SQL(
            """
            SELECT DISTINCT m.product_id, l.warehouse_id
              FROM stock_move m
              JOIN stock_location l ON l.id = m.location_id AND l.usage = 'internal'
             WHERE m.sale_line_id IN %s AND l.warehouse_id IS NOT NULL
            """,
            tuple(line_ids),
        )
        pools = set(self.env.execute_query(query)) - barren
        return self.env["backorder.supply"]._filter_supplied(pools)

    # === REFRESH === #

    @api.model
    def _refresh(self, line_ids):
        """Bring dates and planned supply of these open lines up to date. Writes what changed, in
        a number of queries that does not depend on how many lines there are.

        :return: ids of the lines whose date changed
        """
        lines = self._read_open_lines(line_ids)
        facts = self.env["backorder.reader"]._read_open_facts(
            {(x.sale_line, x.product) for x in lines},
            {(x.product, x.warehouse) for x in lines},
        )
        parts, changed, nothing = {}, [], Facts(Outline())
        with disabling_gc():  # very many small objects without cycles: nothing to collect
            for x in lines:
                fact = facts.get((x.sale_line, x.product), nothing)
                parts[x.id] = self._get_parts(fact, x.open, x.window.zone)
                new = self._get_dates(fact, x.dates.given, x.dates.first, x.promised, x.window)
                if new != x.dates:
                    changed.append((x, new))
            self._store(changed)
            self._store_parts(parts)
        self.env["backorder.date.change"]._note(
            [
                (x.id, x.dates.expected, new.expected)
                for x, new in changed
                if (x.promised or x.told_open) and self._is_news(x.dates, new)
            ]
        )
        return [x.id for x, new in changed if x.dates.expected != new.expected]

    @api.model
    def _is_news(self, known, new):
        """Another day, or goods that became late or are late no more."""
        late = [dates.confidence == prm.LATE for dates in (known, new)]
        return known.expected != new.expected or late[0] != late[1]

    @api.model
    def _read_open_lines(self, line_ids):
        self.env.flush_all()
        zone = SQL("zones.tz")
        query = SQL(
            """
            SELECT x.id, x.backorder_id, x.sale_line_id, x.product_id, x.warehouse_id, x.qty_open,
                   x.promised_date, x.told_open, %(zone)s, %(not_before)s, %(latest)s,
                   x.expected_date, x.expected_date_set, x.expected_date_first,
                   x.expected_date_p50, x.expected_date_p90, x.date_due,
                   COALESCE(x.supply_incoming, FALSE), COALESCE(x.window_missed, FALSE),
                   x.confidence
              FROM sale_backorder_line x
              JOIN sale_order so ON so.id = x.sale_order_id
              JOIN res_partner buyer ON buyer.id = so.partner_id
              JOIN res_partner customer ON customer.id = buyer.commercial_partner_id
              LEFT JOIN %(zones)s zones ON zones.id = COALESCE(x.warehouse_id, -x.company_id)
             WHERE x.id = ANY (%(ids)s) AND x.state IN %(states)s
             ORDER BY x.id
            """,
            zone=zone,
            not_before=earliest_date(zone),
            latest=latest_date(zone),
            zones=get_zones(self.env),
            ids=to_array(line_ids),
            states=OPEN_STATES,
        )
        rows = self.env.execute_query(query)
        zones = {tz: pytz.timezone(tz or self.env.user.tz or "UTC") for tz in {r[8] for r in rows}}
        return [
            OpenLine(*r[:8], Window(zones[r[8]], r[9], r[10]), Dates._make(r[11:])) for r in rows
        ]

    @api.model
    def _read_lateness(self, move_ids, now):
        """For addons that know how late supply usually is.

        :return: {stock move id: (likely, safe) UTC datetimes}, of those that are known
        """
        return {}

"""Keeps the dates of open backorder lines: whoever waits for goods that changed gets a new date.

Hooks only note what was touched. A small pool is refreshed in the same transaction, a large one
seconds later by a scheduled action; every night all are folded, because days pass.
"""

import logging
from datetime import date

import psycopg2
import pytz

from odoo import api, fields, models
from odoo.exceptions import ConcurrencyError
from odoo.tools import SQL

from ...engine import promising as prm
from ...engine.parts import parts_of_open
from ...engine.positions import Outline
from ..backorder_reader import Facts
from ..backorder_tracker import to_local_date
from ..sale_backorder import OPEN_STATES
from .sale_order_window import EARLIEST_DATE, LATEST_DATE

_logger = logging.getLogger(__name__)

UNSURE = (prm.UNKNOWN, prm.LATE)
NOW_LINES = 200  # more lines than this are not refreshed while somebody waits for his click
# what is kept of an open line, and its type in the database
STORED = {
    "expected_date": "date",
    "expected_date_set": "date",
    "expected_date_first": "date",
    "expected_date_p50": "date",
    "expected_date_p90": "date",
    "date_due": "date",
    "supply_incoming": "boolean",
    "window_missed": "boolean",
    "confidence": "varchar",
}


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
        rows = self._read_rows(line_ids)
        facts = self.env["backorder.reader"]._read_open_facts(
            {(r["sale_line_id"], r["product_id"]) for r in rows},
            {(r["product_id"], r["warehouse_id"]) for r in rows},
        )
        parts, changed = {}, []
        for row in rows:
            fact = facts.get((row["sale_line_id"], row["product_id"])) or Facts(Outline())
            parts[row["id"]] = self._get_parts(fact, row["qty_open"], row["zone"])
            vals = self._get_vals(fact, row, row["promised_date"], row)
            if any(vals[name] != (row[name] or False) for name in STORED):
                changed.append((row, vals))
        self._store(changed)
        self._store_parts(parts)
        self.env["backorder.date.change"]._note(
            [
                (row["id"], row["expected_date"], vals["expected_date"])
                for row, vals in changed
                if self._is_news(row, vals) and (row["promised_date"] or row["told_open"])
            ]
        )
        return [row["id"] for row, vals in changed if self._is_redated(row, vals)]

    @api.model
    def _is_redated(self, known, vals):
        return (known["expected_date"] or False) != vals["expected_date"]

    @api.model
    def _is_news(self, known, vals):
        """Another day, or goods that became late or are late no more."""
        late = [x["confidence"] == prm.LATE for x in (known, vals)]
        return self._is_redated(known, vals) or late[0] != late[1]

    @api.model
    def _read_rows(self, line_ids):
        self.env.flush_all()
        query = SQL(
            """
            SELECT x.id, x.backorder_id, x.sale_line_id, x.product_id, x.qty_open,
                   x.expected_date, x.expected_date_set, x.expected_date_first,
                   x.expected_date_p50, x.expected_date_p90,
                   x.warehouse_id, x.promised_date, x.told_open, x.date_due, x.supply_incoming,
                   x.confidence, x.window_missed, COALESCE(wp.tz, cp.tz) AS tz,
                   %s AS not_before, %s AS latest
              FROM sale_backorder_line x
              JOIN sale_order so ON so.id = x.sale_order_id
              JOIN res_partner buyer ON buyer.id = so.partner_id
              JOIN res_partner customer ON customer.id = buyer.commercial_partner_id
              JOIN res_company c ON c.id = x.company_id
              JOIN res_partner cp ON cp.id = c.partner_id
              LEFT JOIN stock_warehouse w ON w.id = x.warehouse_id
              LEFT JOIN res_partner wp ON wp.id = w.partner_id
             WHERE x.id = ANY (%s) AND x.state IN %s
             ORDER BY x.id
            """,
            EARLIEST_DATE,
            LATEST_DATE,
            list(line_ids),
            OPEN_STATES,
        )
        zones = {}
        rows = self.env.execute_query_dict(query)
        for row in rows:
            tz = row["tz"]
            if tz not in zones:
                zones[tz] = pytz.timezone(tz or self.env.user.tz or "UTC")
            row["zone"] = zones[tz]
        return rows

    @api.model
    def _get_vals(self, fact, known, promised, order):
        """Dates of an open line, in the time zone of its warehouse.

        :param known: what the line says now: ``expected_date_set``, ``expected_date_first``
        :param order: ``zone``, and the ship window: ``not_before`` and ``latest``, or nothing
        """
        surety = prm.confidence(fact.pegs, fact.expected)
        planned = self._to_date(fact.expected, order)
        given = self._get_given(known["expected_date_set"], surety, planned, order)
        expected = given or planned
        first = known["expected_date_first"] or expected
        return {
            "expected_date": expected,
            "expected_date_set": given,
            "expected_date_first": first,
            "expected_date_p50": self._to_date(fact.likely, order),
            "expected_date_p90": self._to_date(fact.safe, order),
            "date_due": promised or first or False,
            "supply_incoming": fact.incoming,
            "window_missed": self._misses_window(expected, order),
            # a person knows what the system does not
            "confidence": prm.SCHEDULED if given and surety in UNSURE else surety,
        }

    @api.model
    def _get_given(self, given, surety, planned, order):
        """What a person said counts where nothing better is known, and ends with a plan: with goods
        on their way, or when its day has passed. Goods that are there may well ship later."""
        if not given or surety == prm.SCHEDULED:
            return False
        if given < to_local_date(fields.Datetime.now(), order["zone"]):
            return False
        return given if surety != prm.IN_STOCK or given >= planned else False

    @api.model
    def _misses_window(self, expected, order):
        if not order["latest"]:
            return False
        today = to_local_date(fields.Datetime.now(), order["zone"])
        return max(expected or date.max, today) > order["latest"]

    @api.model
    def _to_date(self, moment, order):
        """:return: the date in the zone of the warehouse, not before the customer takes it"""
        if not moment:
            return False
        found = to_local_date(moment, order["zone"])
        return max(found, order["not_before"] or found)

    @api.model
    def _read_lateness(self, move_ids, now):
        """For addons that know how late supply usually is.

        :return: {stock move id: (likely, safe) UTC datetimes}, of those that are known
        """
        return {}

    @api.model
    def _get_parts(self, fact, qty_open, zone):
        return parts_of_open(
            fact.pegs,
            qty_open,
            fact.outline.outstanding,
            lambda moment: to_local_date(moment, zone),
        )

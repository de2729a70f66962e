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

from ..engine.parts import parts_of_open
from ..engine.positions import Outline
from ..engine.promising import confidence
from .backorder_reader import OPEN_MOVES, Facts
from .backorder_tracker import to_local_date
from .sale_backorder import OPEN_STATES

_logger = logging.getLogger(__name__)

NOW_LINES = 200  # more lines than this are not refreshed while somebody waits for his click
STORED = (
    "expected_date",
    "expected_date_first",
    "expected_date_p50",
    "expected_date_p90",
    "date_due",
    "supply_incoming",
    "confidence",
)


class BackorderDates(models.AbstractModel):
    """Runs with sudo: dates follow from supply, whoever changes it."""

    _name = "backorder.dates"
    _description = "Expected Dates"

    # === EVENTS === #

    @api.model
    def _touch_supply(self, moves):
        """Goods on their way changed: day, quantity, or whether they come at all."""
        pools, lines = set(), self.env["sale.order.line"]
        for move in moves.filtered(lambda m: m._brings_goods()):
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
            raise
        except Exception:
            _logger.exception("Dates of pools %s could not be refreshed", sorted(pools))
            self.env.transaction.clear()
            self.env["backorder.pool"]._postpone_dates(pools)

    @api.model
    def _find_lines(self, queue):
        """Open lines of the pools whose supply changed, and of those where demand changed and
        something is on its way; those that were folded just now are known already.

        :return: [(backorder line id, product id, warehouse id)], not more than is worth knowing
        """
        self.env.flush_all()
        query = SQL(
            """
            WITH supplied (product_id, warehouse_id) AS (VALUES %(supplied)s),
            demanded AS (
                SELECT DISTINCT m.product_id, l.warehouse_id
                  FROM stock_move m
                  JOIN stock_location l ON l.id = m.location_id AND l.usage = 'internal'
                 WHERE m.sale_line_id IN %(lines)s AND l.warehouse_id IS NOT NULL
            ), pools AS MATERIALIZED (
                SELECT product_id, warehouse_id FROM supplied
                 UNION
                SELECT d.product_id, d.warehouse_id FROM demanded d
                 WHERE EXISTS (
                    SELECT FROM stock_move i
                     WHERE i.product_id = d.product_id AND i.state IN %(states)s
                       AND i.location_dest_id = ANY (ARRAY(
                           SELECT id FROM stock_location
                            WHERE usage = 'internal' AND warehouse_id = d.warehouse_id)))
            )
            SELECT x.id, x.product_id, x.warehouse_id
              FROM pools k
              JOIN sale_backorder_line x ON x.product_id = k.product_id
                   AND x.warehouse_id = k.warehouse_id AND x.state IN %(open)s
             WHERE x.sale_line_id NOT IN %(lines)s
             ORDER BY x.id LIMIT %(limit)s
            """,
            supplied=SQL(", ").join(
                SQL("(%s, %s)", *pool) for pool in sorted(queue.supplied) or [(0, 0)]
            ),
            lines=tuple(queue.lines) or (0,),
            states=OPEN_MOVES,
            open=OPEN_STATES,
            limit=NOW_LINES + 1,
        )
        return self.env.execute_query(query)

    # === REFRESH === #

    @api.model
    def _refresh(self, line_ids):
        """Bring dates and planned supply of these open lines up to date. Writes what changed, in
        a number of queries that does not depend on how many lines there are.

        :return: ids of the lines whose date changed
        """
        rows = self._read_rows(line_ids)
        facts = self.env["backorder.reader"]._read_facts({r["sale_line_id"] for r in rows})
        parts, changed = {}, []
        for row in rows:
            fact = facts.get((row["sale_line_id"], row["product_id"])) or Facts(Outline())
            parts[row["id"]] = self._get_parts(fact, row["qty_open"], row["zone"])
            vals = self._get_vals(fact, row, row["promised_date"], row["zone"])
            if any(vals[name] != (row[name] or False) for name in STORED):
                changed.append((row, vals))
        self._store(changed)
        self._store_parts(parts)
        notes = [
            (row["id"], row["expected_date"], vals["expected_date"])
            for row, vals in changed
            if (row["expected_date"] or False) != vals["expected_date"]
        ]
        self.env["backorder.date.change"]._note(notes)
        return [line for line, _old, _new in notes]

    @api.model
    def _read_rows(self, line_ids):
        self.env.flush_all()
        query = SQL(
            """
            SELECT x.id, x.backorder_id, x.sale_line_id, x.product_id, x.qty_open,
                   x.expected_date, x.expected_date_set, x.expected_date_first,
                   x.expected_date_p50, x.expected_date_p90,
                   x.promised_date, x.date_due, x.supply_incoming, x.confidence,
                   COALESCE(wp.tz, cp.tz) AS tz
              FROM sale_backorder_line x
              JOIN res_company c ON c.id = x.company_id
              JOIN res_partner cp ON cp.id = c.partner_id
              LEFT JOIN stock_warehouse w ON w.id = x.warehouse_id
              LEFT JOIN res_partner wp ON wp.id = w.partner_id
             WHERE x.id = ANY (%s) AND x.state IN %s
             ORDER BY x.id
            """,
            list(line_ids),
            OPEN_STATES,
        )
        zones = {}
        rows = self.env.execute_query_dict(query)
        for row in rows:
            tz = row["tz"] or self.env.user.tz or "UTC"
            row["zone"] = zones.setdefault(tz, pytz.timezone(tz))
        return rows

    @api.model
    def _get_vals(self, fact, known, promised, zone):
        """Dates of an open line, in the time zone of its warehouse.

        :param known: what the line says now: ``expected_date_set``, ``expected_date_first``
        """
        given = known["expected_date_set"] or False
        expected = given or (to_local_date(fact.expected, zone) if fact.expected else False)
        first = known["expected_date_first"] or expected
        return {
            "expected_date": expected,
            "expected_date_first": first,
            "expected_date_p50": fact.likely and to_local_date(fact.likely, zone) or False,
            "expected_date_p90": fact.safe and to_local_date(fact.safe, zone) or False,
            "date_due": promised or first or False,
            "supply_incoming": fact.incoming,
            "confidence": self._get_confidence(fact, given),
        }

    @api.model
    def _read_lateness(self, move_ids, now):
        """For addons that know how late supply usually is.

        :return: {stock move id: (likely, safe) UTC datetimes}, of those that are known
        """
        return {}

    @api.model
    def _get_confidence(self, fact, given):
        found = confidence(fact.pegs, fact.expected)
        # a person knows what the system does not
        return "scheduled" if given and found == "unknown" else found

    @api.model
    def _get_parts(self, fact, qty_open, zone):
        return parts_of_open(
            fact.pegs,
            qty_open,
            fact.outline.outstanding,
            lambda moment: to_local_date(moment, zone),
        )

    # === STORE === #

    @api.model
    def _store(self, changed):
        """:param changed: (row, values) of lines"""
        if not changed:
            return
        columns = [SQL.identifier(name) for name in STORED]
        types = ("date", "date", "date", "date", "date", "boolean", "varchar")
        rows = [
            SQL(
                "(%s, %s)",
                row["id"],
                SQL(", ").join(
                    SQL("%s::" + kind, vals[name] or (False if kind == "boolean" else None))
                    for name, kind in zip(STORED, types, strict=True)
                ),
            )
            for row, vals in changed
        ]
        query = SQL(
            "UPDATE sale_backorder_line x SET %s FROM (VALUES %s) AS v (id, %s) WHERE x.id = v.id",
            SQL(", ").join(SQL("%s = v.%s", c, c) for c in columns),
            SQL(", ").join(rows),
            SQL(", ").join(columns),
        )
        self.env.cr.execute(query)
        lines = self.env["sale.backorder.line"].browse(row["id"] for row, _vals in changed)
        lines.invalidate_recordset(STORED, flush=False)
        self._store_totals({row["backorder_id"] for row, _vals in changed})

    @api.model
    def _store_totals(self, backorder_ids):
        """What a record says of its open lines: the last date, empty when one has none."""
        names = ("expected_date", "date_due", "supply_incoming")
        query = SQL(
            """
            UPDATE sale_backorder b
               SET expected_date = s.expected, date_due = s.due, supply_incoming = s.incoming
              FROM (SELECT backorder_id, MIN(date_due) AS due,
                           CASE WHEN BOOL_AND(expected_date IS NOT NULL)
                                THEN MAX(expected_date) END AS expected,
                           COALESCE(BOOL_OR(supply_incoming), FALSE) AS incoming
                      FROM sale_backorder_line
                     WHERE backorder_id = ANY (%s) AND state IN %s
                     GROUP BY backorder_id) s
             WHERE b.id = s.backorder_id
               AND (b.expected_date, b.date_due, b.supply_incoming)
                   IS DISTINCT FROM (s.expected, s.due, s.incoming)
            """,
            sorted(backorder_ids),
            OPEN_STATES,
        )
        self.env.cr.execute(query)
        records = self.env["sale.backorder"].browse(backorder_ids)
        records.invalidate_recordset(names, flush=False)

    @api.model
    def _store_parts(self, parts, new_ids=()):
        """:param parts: {backorder line id: parts}; :param new_ids: lines that have none yet"""
        known = self._read_parts([line for line in parts if line not in new_ids])
        stale, fresh = [], []
        for line, wanted in parts.items():
            wanted = [(p.date, p.kind, p.key, p.late, p.quantity) for p in wanted]
            if known.get(line, []) != wanted:
                stale.append(line)
                fresh += [(line, *part) for part in wanted]
        if not stale:
            return
        old = [line for line in stale if line in known]
        if old:
            self.env.cr.execute(SQL("DELETE FROM backorder_peg WHERE line_id = ANY (%s)", old))
        if fresh:
            query = SQL(
                "INSERT INTO backorder_peg (line_id, date, kind, move_id, late, quantity)"
                " VALUES %s",
                SQL(", ").join(
                    SQL("(%s, %s, %s, %s, %s, %s)", line, date, kind, key or None, late, quantity)
                    for line, date, kind, key, late, quantity in fresh
                ),
            )
            self.env.cr.execute(query)
        self.env["backorder.peg"].invalidate_model(flush=False)
        self.env["sale.backorder.line"].browse(stale).invalidate_recordset(["peg_ids"], flush=False)

    @api.model
    def _read_parts(self, line_ids):
        """:return: {line id: [(date, kind, move id, late, quantity)]} in the order of parts"""
        if not line_ids:
            return {}
        query = SQL(
            """
            SELECT line_id, date, kind, COALESCE(move_id, 0), late, quantity
              FROM backorder_peg WHERE line_id = ANY (%s)
             ORDER BY line_id, date, kind, COALESCE(move_id, 0), late, quantity
            """,
            list(line_ids),
        )
        result = {}
        for line, *part, quantity in self.env.execute_query(query):
            result.setdefault(line, []).append((*part, float(quantity)))
        return result

    # === SCHEDULED === #

    @api.model
    def _cron_refresh_dates(self):
        """The pools that were left for later, then done."""
        pools = self.env["backorder.pool"].sudo().search([("dates_dirty", "=", True)], order="id")
        cron = self.env["ir.cron"]
        cron._commit_progress(remaining=len(pools))
        for pool in pools:
            try:
                pool.dates_dirty = False
                self.env.flush_all()
                self._refresh_pool(pool.product_id.id, pool.warehouse_id.id)
            except (psycopg2.OperationalError, ConcurrencyError):
                self.env.cr.rollback()
                _logger.info("Dates of pool %s are left for the next run", pool.id)
            self.env.invalidate_all()
            if not cron._commit_progress(1):
                break

    @api.model
    def _refresh_pool(self, product_id, warehouse_id):
        lines = self.env["sale.backorder.line"].sudo()
        domain = [
            ("product_id", "=", product_id),
            ("warehouse_id", "=", warehouse_id),
            ("state", "in", OPEN_STATES),
        ]
        return self._refresh(lines.search(domain, order="id").ids)

"""Writes dates and planned supply in bulk: what changed, in few queries for any number of lines."""

from odoo import api, models
from odoo.tools import SQL

from ...engine.parts import Part
from ..overview.backorder_sql import to_array
from ..sale_backorder import OPEN_STATES

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
    _inherit = "backorder.dates"

    @api.model
    def _store(self, changed):
        """:param changed: (OpenLine, new Dates)"""
        if not changed:
            return
        before = zip(*(x.dates for x, _new in changed), strict=True)
        after = zip(*(new for _x, new in changed), strict=True)
        # what changes nowhere, as most of it, is not sent
        arrays = {
            name: to_array(new, kind)
            for (name, kind), old, new in zip(STORED.items(), before, after, strict=True)
            if old != new
        }
        columns = [SQL.identifier(name) for name in arrays]
        query = SQL(
            "UPDATE sale_backorder_line x SET %s FROM unnest(%s, %s) AS v (id, %s)"
            " WHERE x.id = v.id",
            SQL(", ").join(SQL("%s = v.%s", c, c) for c in columns),
            to_array(x.id for x, _new in changed),
            SQL(", ").join(arrays.values()),
            SQL(", ").join(columns),
        )
        self.env.cr.execute(query, log_exceptions=False)
        lines = self.env["sale.backorder.line"].browse(x.id for x, _new in changed)
        lines.invalidate_recordset(arrays, flush=False)
        self._store_totals({x.backorder for x, _new in changed})

    @api.model
    def _store_totals(self, backorder_ids):
        """What a record says of its open lines: the last date, empty when one has none."""
        names = ("expected_date", "date_due", "supply_incoming", "window_missed")
        query = SQL(
            """
            UPDATE sale_backorder b
               SET expected_date = s.expected, date_due = s.due, supply_incoming = s.incoming,
                   window_missed = s.missed
              FROM (SELECT backorder_id, MIN(date_due) AS due,
                           CASE WHEN BOOL_AND(expected_date IS NOT NULL)
                                THEN MAX(expected_date) END AS expected,
                           COALESCE(BOOL_OR(supply_incoming), FALSE) AS incoming,
                           COALESCE(BOOL_OR(window_missed), FALSE) AS missed
                      FROM sale_backorder_line
                     WHERE backorder_id = ANY (%s) AND state IN %s
                     GROUP BY backorder_id) s
             WHERE b.id = s.backorder_id
               AND (b.expected_date, b.date_due, b.supply_incoming, b.window_missed)
                   IS DISTINCT FROM (s.expected, s.due, s.incoming, s.missed)
            """,
            to_array(backorder_ids),
            OPEN_STATES,
        )
        self.env.cr.execute(query, log_exceptions=False)
        records = self.env["sale.backorder"].browse(backorder_ids)
        records.invalidate_recordset(names, flush=False)

    @api.model
    def _store_parts(self, parts, new_ids=()):
        """Rows that are there are used again: a receipt that moves changes their dates only.

        :param parts: {backorder line id: parts}; :param new_ids: lines that have none yet
        """
        known = self._read_parts([line for line in parts if line not in new_ids])
        moved, changed, stale, fresh, touched = [], [], [], [], []
        for line, wanted in parts.items():
            rows = known.get(line, [])
            if [part for _id, part in rows] == wanted:
                continue
            touched.append(line)
            for (row, part), new in zip(rows, wanted, strict=False):
                # the same supply on another day is by far the most, and costs least to write
                if self._is_moved(part, new):
                    moved.append((row, new.date, new.late))
                elif part != new:
                    changed.append((row, *new))
            stale += [row for row, _part in rows[len(wanted) :]]
            fresh += [(line, *new) for new in wanted[len(rows) :]]
        if not touched:
            return
        if stale:
            query = SQL("DELETE FROM backorder_peg WHERE id = ANY (%s)", to_array(stale))
            self.env.cr.execute(query)
        if moved:
            self._move_parts(moved)
        if changed:
            self._update_parts(changed)
        if fresh:
            self._insert_parts(fresh)
        self.env["backorder.peg"].invalidate_model(flush=False)
        lines = self.env["sale.backorder.line"].browse(touched)
        lines.invalidate_recordset(["peg_ids"], flush=False)

    @api.model
    def _is_moved(self, part, new):
        """Whether only the day is another."""
        same = (part.kind, part.key, part.quantity) == (new.kind, new.key, new.quantity)
        return same and part != new

    @api.model
    def _move_parts(self, rows):
        """:param rows: (id, date, late)"""
        query = SQL(
            """
            UPDATE backorder_peg p SET date = v.date, late = v.late
              FROM unnest(%s, %s, %s) AS v (id, date, late)
             WHERE p.id = v.id
            """,
            *self._get_arrays(rows, "int", "date", "boolean"),
        )
        self.env.cr.execute(query, log_exceptions=False)

    @api.model
    def _insert_parts(self, rows):
        """:param rows: (line id, date, kind, move id or 0, late, quantity)"""
        query = SQL(
            """
            INSERT INTO backorder_peg (line_id, date, kind, move_id, late, quantity)
            SELECT id, date, kind, NULLIF(key, 0), late, quantity FROM %s
            """,
            self._get_rows(rows),
        )
        self.env.cr.execute(query, log_exceptions=False)

    @api.model
    def _update_parts(self, rows):
        """:param rows: (id, date, kind, move id or 0, late, quantity)"""
        query = SQL(
            """
            UPDATE backorder_peg p
               SET date = v.date, kind = v.kind, move_id = NULLIF(v.key, 0), late = v.late,
                   quantity = v.quantity
              FROM %s WHERE p.id = v.id
            """,
            self._get_rows(rows),
        )
        self.env.cr.execute(query, log_exceptions=False)

    @api.model
    def _get_rows(self, rows):
        return SQL(
            "unnest(%s, %s, %s, %s, %s, %s) AS v (id, date, kind, key, late, quantity)",
            *self._get_arrays(rows, "int", "date", "varchar", "int", "boolean", "numeric"),
        )

    @api.model
    def _get_arrays(self, rows, *kinds):
        return [to_array(*column) for column in zip(zip(*rows, strict=True), kinds, strict=True)]

    @api.model
    def _read_parts(self, line_ids):
        """:return: {line id: [(id, part)]} in the order of parts"""
        if not line_ids:
            return {}
        query = SQL(
            """
            SELECT line_id, id, date, kind, COALESCE(move_id, 0), late, quantity::float
              FROM backorder_peg WHERE line_id = ANY (%s)
             ORDER BY line_id, date, kind, COALESCE(move_id, 0), late, quantity
            """,
            to_array(line_ids),
        )
        result = {}
        for line, row, *part in self.env.execute_query(query):
            result.setdefault(line, []).append((row, Part(*part)))
        return result

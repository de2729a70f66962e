"""Writes dates and planned supply in bulk: what changed, in few queries for any number of lines."""

from odoo import api, models
from odoo.tools import SQL

from .backorder_dates import STORED
from .sale_backorder import OPEN_STATES


class BackorderDates(models.AbstractModel):
    _inherit = "backorder.dates"

    @api.model
    def _store(self, changed):
        """:param changed: (row, values) of lines"""
        if not changed:
            return
        columns = [SQL.identifier(name) for name in STORED]
        rows = [
            SQL(
                "(%s, %s)",
                row["id"],
                SQL(", ").join(
                    SQL("%s::" + kind, vals[name] or (False if kind == "boolean" else None))
                    for name, kind in STORED.items()
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
        self.env.cr.execute(query, log_exceptions=False)
        lines = self.env["sale.backorder.line"].browse(row["id"] for row, _vals in changed)
        lines.invalidate_recordset(STORED, flush=False)
        self._store_totals({row["backorder_id"] for row, _vals in changed})

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
            sorted(backorder_ids),
            OPEN_STATES,
        )
        self.env.cr.execute(query, log_exceptions=False)
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
            self.env.cr.execute(query, log_exceptions=False)
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

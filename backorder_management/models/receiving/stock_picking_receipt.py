"""Receipts say who waits for their goods: *Waiting: 5 customers, 38 units*.

Kept on the transfer, so that lists show and sort by it at no cost. Hooks only note what was
touched; one query per transaction finds out whether a number has to change.
"""

import logging

import psycopg2

from odoo import api, fields, models
from odoo.tools import SQL

from ..backorder_reader import OPEN_MOVES
from ..sale_backorder import OPEN_STATES, format_number

_logger = logging.getLogger(__name__)
KEY = "backorder_waiting"

# who waits for what each transfer brings
WAITING_QUERY = SQL(
    """
    waiting AS (
        SELECT k.picking_id, k.product_id, k.warehouse_id, x.partner_id, x.qty_short
          FROM (SELECT DISTINCT picking_id, product_id, warehouse_id FROM legs WHERE brings) k
          JOIN sale_backorder_line x ON x.product_id = k.product_id
               AND x.warehouse_id = k.warehouse_id
         WHERE x.state IN %s AND x.qty_short > 0
    )
    """,
    OPEN_STATES,
)
# how much of each move is better kept at the dock: what is waited for, first move first
DOCKS_QUERY = SQL(
    """
    short AS (
        SELECT picking_id, product_id, warehouse_id, SUM(qty_short) AS qty
          FROM waiting GROUP BY 1, 2, 3
    ), docks AS (
        SELECT l.id, l.dock, GREATEST(0, LEAST(l.qty, s.qty - SUM(l.qty) OVER (
                   PARTITION BY l.picking_id, l.product_id, l.warehouse_id
                   ORDER BY l.id) + l.qty)) AS qty
          FROM legs l JOIN short s USING (picking_id, product_id, warehouse_id)
         WHERE l.brings
         UNION ALL
        SELECT l.id, l.dock, 0 FROM legs l
          LEFT JOIN short s USING (picking_id, product_id, warehouse_id)
         WHERE l.brings IS NOT TRUE OR s.qty IS NULL
    )
    """
)


class StockPicking(models.Model):
    _inherit = "stock.picking"

    backorder_waiting_qty = fields.Float(
        string="Waiting",
        digits="Product Unit",
        readonly=True,
        copy=False,
        default=0.0,  # empty ones would come first in a list that starts with the most
        help="What customers wait for of the products of this open transfer: on backorder in the "
        "warehouse that it goes to, and not reserved. It may be more than the transfer brings.",
    )
    backorder_waiting_customers = fields.Integer(
        string="Waiting customers", readonly=True, copy=False, default=0
    )
    backorder_waiting_text = fields.Char(string="Who waits", compute="_compute_waiting_text")
    backorder_serve_count = fields.Integer(
        string="Serve backorders",
        compute="_compute_serve_count",
        help="Open backorder items of the products of this receipt.",
    )

    @api.depends("backorder_waiting_qty", "backorder_waiting_customers")
    def _compute_waiting_text(self):
        for picking in self:
            picking.backorder_waiting_text = picking._get_waiting_text()

    def _get_waiting_text(self):
        """ "5 customers, 38 units", or nothing"""
        count, quantity = self.backorder_waiting_customers, self.backorder_waiting_qty
        if not count:
            return False
        customers = self.env._("1 customer") if count == 1 else self.env._("%s customers", count)
        units = (
            self.env._("1 unit")
            if quantity == 1
            else self.env._("%s units", format_number(quantity))
        )
        return self.env._("%(customers)s, %(units)s", customers=customers, units=units)

    def _compute_serve_count(self):
        for picking in self:
            count = 0
            if picking.state == "done" and picking.picking_type_code != "outgoing":
                count = len(picking._get_lines_to_serve())
            picking.backorder_serve_count = count

    def _get_incoming_pools(self):
        """:return: (product id, warehouse id) pairs that these transfers bring goods for"""
        moves = self.move_ids.filtered(lambda m: m.state != "cancel" and m._brings_goods())
        return {(m.product_id.id, m.location_dest_id.warehouse_id.id) for m in moves}

    def _get_lines_to_serve(self):
        """:return: open backorder lines of what these transfers bring, that the user sees"""
        pools = self._get_incoming_pools()
        lines = self.env["sale.backorder.line"].search(
            [
                ("state", "in", OPEN_STATES),
                ("qty_open", ">", 0),
                ("product_id", "in", [p for p, _w in pools]),
                ("warehouse_id", "in", [w for _p, w in pools]),
            ]
        )
        return lines.filtered(lambda x: (x.product_id.id, x.warehouse_id.id) in pools)

    def action_serve_backorders(self):
        return self.env["backorder.serve"]._open(self)

    def action_view_waiting(self):
        """The items that wait for what these transfers bring."""
        action = self.env["ir.actions.actions"]._for_xml_id(
            "backorder_management.sale_backorder_line_action"
        )
        domain = [("id", "in", self._get_lines_to_serve().ids), ("qty_short", ">", 0)]
        return {**action, "display_name": self.env._("Waiting"), "domain": domain}

    # === KEEP THE NUMBERS === #

    @api.model
    def _touch_waiting(self, pools=(), picking_ids=()):
        """Note that the numbers of open receipts may change: by who waits in these pools, or on
        these transfers."""
        touched = self.env.cr.cache.setdefault(KEY, (set(), set()))
        if not any(touched):
            refresh = self.env(context={}, su=True)["stock.picking"]._refresh_touched
            self.env.cr.precommit.add(refresh)
        touched[0].update(pools)
        touched[1].update(picking_ids)

    @api.model
    def _refresh_touched(self, barren=()):
        """:param barren: pools that nothing is on its way to"""
        pools, pickings = self.env.cr.cache.pop(KEY, ((), ()))
        pools = set(pools).difference(barren or ())
        if pools or pickings:
            self._refresh_waiting({p for p, _w in pools}, {w for _p, w in pools}, pickings)

    @api.model
    def _refresh_waiting(self, product_ids=None, warehouse_ids=None, picking_ids=()):
        """Bring the numbers of open receipts up to date: one query, and two more where something
        changed. Without arguments: of all open receipts.

        :param product_ids: those whose backorders changed
        :param warehouse_ids: where they changed
        :param picking_ids: transfers that changed, in whatever state they are now
        """
        self.env["stock.move"].flush_model()
        self.env["sale.backorder.line"].flush_model()
        changed = self.env.execute_query(
            self._get_waiting_query(self._get_touched(product_ids, warehouse_ids, picking_ids))
        )
        if not changed:
            return
        try:
            with self.env.cr.savepoint(flush=False):
                self._store_waiting(changed)
        except psycopg2.OperationalError:
            # A number to look at is not worth stopping whoever ships or sells: somebody else
            # writes the receipt right now. The next change or the next night corrects it.
            _logger.info("Waiting customers of some receipts are left for the next refresh")

    @api.model
    def _get_touched(self, product_ids, warehouse_ids, picking_ids):
        """:return: SQL of the ids of the transfers to look at"""
        if product_ids is None:
            return SQL(
                """
                SELECT picking_id FROM stock_move WHERE state IN %s AND picking_id IS NOT NULL
                 UNION SELECT id FROM stock_picking WHERE backorder_waiting_customers > 0
                """,
                OPEN_MOVES,
            )
        return SQL(
            """
            SELECT picking_id FROM stock_move
             WHERE product_id IN %s AND state IN %s
               AND location_dest_id = ANY (ARRAY(
                   SELECT id FROM stock_location
                    WHERE usage = 'internal' AND warehouse_id IN %s))
             UNION SELECT id FROM stock_picking WHERE id IN %s
            """,
            tuple(product_ids) or (0,),
            OPEN_MOVES,
            tuple(warehouse_ids) or (0,),
            tuple(picking_ids) or (0,),
        )

    @api.model
    def _get_waiting_query(self, touched):
        """:return: SQL of what has to change: is it a move, id, quantity, customers"""
        return SQL(
            """
            WITH touched AS MATERIALIZED (%(touched)s), %(legs)s, %(waiting)s, %(docks)s
            SELECT TRUE, id, qty, NULL FROM docks WHERE ABS(qty - dock) > 0.000001
             UNION ALL
            SELECT FALSE, p.id, COALESCE(t.qty, 0), COALESCE(t.customers, 0)
              FROM stock_picking p
              LEFT JOIN (SELECT picking_id, SUM(qty_short) AS qty,
                                COUNT(DISTINCT partner_id) AS customers
                           FROM waiting GROUP BY 1) t ON t.picking_id = p.id
             WHERE p.id IN (TABLE touched)
               AND (ABS(COALESCE(t.qty, 0) - COALESCE(p.backorder_waiting_qty, 0)) > 0.000001
                    OR COALESCE(t.customers, 0) <> COALESCE(p.backorder_waiting_customers, 0))
             ORDER BY 1, 2
            """,
            touched=touched,
            legs=self._get_legs_query(),
            waiting=WAITING_QUERY,
            docks=DOCKS_QUERY,
        )

    @api.model
    def _get_legs_query(self):
        """:return: SQL of the moves of these transfers, and which of them bring goods"""
        return SQL(
            """
            legs AS MATERIALIZED (
                SELECT m.id, m.picking_id, m.product_id, dst.warehouse_id, m.product_qty AS qty,
                       COALESCE(m.backorder_dock_qty, 0) AS dock,
                       m.state IN %s AND dst.usage = 'internal'
                       AND (src.warehouse_id IS DISTINCT FROM dst.warehouse_id
                            OR (dst.parent_path LIKE shelf.parent_path || '%%'
                                AND src.parent_path NOT LIKE shelf.parent_path || '%%')) AS brings
                  FROM stock_move m
                  JOIN stock_location src ON src.id = m.location_id
                  JOIN stock_location dst ON dst.id = m.location_dest_id
                  LEFT JOIN stock_warehouse w ON w.id = dst.warehouse_id
                  LEFT JOIN stock_location shelf ON shelf.id = w.lot_stock_id
                 WHERE m.picking_id IN (TABLE touched)
            )
            """,
            OPEN_MOVES,
        )

    @api.model
    def _store_waiting(self, changed):
        """By SQL: a remark of ours, which must not touch the transfer in any other way. What is
        being written by somebody else is not waited for."""
        moves = [(i, qty) for is_move, i, qty, _customers in changed if is_move]
        pickings = [(i, qty, count) for is_move, i, qty, count in changed if not is_move]
        self._store_values(self, pickings, "backorder_waiting_qty", "backorder_waiting_customers")
        self.invalidate_model(["backorder_waiting_text"], flush=False)
        self._store_values(self.env["stock.move"], moves, "backorder_dock_qty")

    @api.model
    def _store_values(self, model, rows, *names):
        """:param rows: (id, values of these fields)"""
        if not rows:
            return
        columns = [SQL.identifier(name) for name in names]
        query = SQL(
            """
            UPDATE %(table)s t SET %(changes)s
              FROM (VALUES %(rows)s) AS v (id, %(columns)s)
              JOIN (SELECT id FROM %(table)s WHERE id IN %(ids)s ORDER BY id
                       FOR NO KEY UPDATE SKIP LOCKED) AS mine ON mine.id = v.id
             WHERE t.id = v.id
            """,
            table=SQL.identifier(model._table),
            changes=SQL(", ").join(SQL("%s = v.%s", c, c) for c in columns),
            rows=SQL(", ").join(SQL("%s", tuple(row)) for row in rows),
            columns=SQL(", ").join(columns),
            ids=tuple(row[0] for row in rows),
        )
        self.env.cr.execute(query, log_exceptions=False)
        model.browse(row[0] for row in rows).invalidate_recordset(names, flush=False)

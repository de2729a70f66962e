"""Scheduled refresh, repair and audit."""

import logging

import psycopg2

from odoo import api, models
from odoo.tools import SQL

_logger = logging.getLogger(__name__)

REFRESH_BATCH = 500


class BackorderTracker(models.AbstractModel):
    _inherit = "backorder.tracker"

    @api.model
    def _get_refresh_order_ids(self):
        """Orders whose backorder may change by the mere passing of time: those with an open
        record, and those with demand that is not reserved (its day may have come, its supply may
        be late)."""
        self.env.flush_all()
        return [
            row[0]
            for row in self.env.execute_query(
                SQL(
                    """
            SELECT sale_order_id FROM sale_backorder WHERE state IN ('open', 'ready', 'partial')
             UNION
            SELECT sol.order_id
              FROM stock_move m
              JOIN sale_order_line sol ON sol.id = m.sale_line_id
              JOIN sale_order so ON so.id = sol.order_id AND so.state = 'sale'
             WHERE m.state IN ('waiting', 'confirmed', 'partially_available', 'assigned')
               AND (m.state <> 'assigned' OR m.procure_method = 'make_to_order'
                    OR m.picking_id IN (SELECT p.id FROM stock_picking p
                                          JOIN stock_picking_type t ON t.id = p.picking_type_id
                                         WHERE p.id = m.picking_id AND t.code NOT IN
                                               ('incoming', 'outgoing', 'internal')))
             ORDER BY 1
                    """
                )
            )
        ]

    @api.model
    def _refresh_orders(self, order_ids):
        lines = self.env["sale.order.line"].sudo().search([("order_id", "in", order_ids)])
        self._refresh_lines(lines.ids, origin="refresh")

    @api.model
    def _cron_refresh(self):
        """Nightly: what time alone changes (due demand, late supply, age), then the audit."""
        self.env["backorder.lead.time"].sudo()._refresh_stale()
        order_ids = self._get_refresh_order_ids()
        self._run_batches(order_ids, self._refresh_orders)
        self.env["backorder.dates"].sudo()._postpone_all()
        self.env["backorder.loan"].sudo()._settle()
        self.env["sale.backorder"].sudo()._refresh_ages()
        for problem in self.env["sale.backorder"].sudo().audit():
            _logger.warning("Backorder audit: %s", problem["text"])

    @api.model
    def _cron_repair(self):
        """What was interrupted, or left for a moment later: orders, and stock to be handed out."""
        orders = self.env["sale.order"].sudo().search([("backorder_dirty", "=", True)], order="id")
        self._run_batches(orders.ids, self._repair_orders)
        self.env["backorder.allocator"]._catch_up()

    @api.model
    def _repair_orders(self, order_ids):
        self.env["sale.order"].sudo().browse(order_ids).write({"backorder_dirty": False})
        self._refresh_orders(order_ids)

    @api.model
    def _run_batches(self, ids, work):
        """Do `work` in batches with a commit after each: an interruption loses one batch."""
        cron = self.env["ir.cron"]
        cron._commit_progress(remaining=len(ids))
        for start in range(0, len(ids), REFRESH_BATCH):
            batch = ids[start : start + REFRESH_BATCH]
            try:
                work(batch)
            except psycopg2.OperationalError:
                # taken by somebody else right now: the next run sees them again
                self.env.cr.rollback()
                _logger.info("Orders %s-%s are busy, left for the next run", batch[0], batch[-1])
            self.env.invalidate_all()
            if not cron._commit_progress(len(batch)):
                break

"""Finds what is owed already: at installation, and on request."""

import logging

from odoo import api, models
from odoo.exceptions import AccessError
from odoo.tools import SQL

_logger = logging.getLogger(__name__)
BATCH = 200


class BackorderFinder(models.AbstractModel):
    _name = "backorder.finder"
    _description = "Existing Backorder Finder"

    @api.model
    def _get_candidate_order_ids(self):
        """Confirmed orders with open demand and no open backorder yet."""
        self.env.flush_all()
        query = SQL(
            """
            SELECT DISTINCT sol.order_id
              FROM stock_move m
              JOIN sale_order_line sol ON sol.id = m.sale_line_id
              JOIN sale_order so ON so.id = sol.order_id AND so.state = 'sale'
             WHERE m.state IN ('waiting', 'confirmed', 'partially_available', 'assigned')
               AND NOT EXISTS (SELECT FROM sale_backorder b WHERE b.sale_order_id = so.id
                                  AND b.state IN ('open', 'ready', 'partial'))
             ORDER BY sol.order_id
            """
        )
        return [row[0] for row in self.env.execute_query(query)]

    @api.model
    def _find_existing(self, commit=None):
        """Record what is owed, batch by batch. Finding twice changes nothing.

        :param commit: called after each batch with the number of orders, False ends the work
        :return: number of backorders found
        """
        order_ids = self._get_candidate_order_ids()
        before = self.env["sale.backorder"].sudo().search_count([])
        for start in range(0, len(order_ids), BATCH):
            batch = order_ids[start : start + BATCH]
            self._find_in_orders(batch)
            self.env.flush_all()
            self.env.invalidate_all()
            _logger.info(
                "Existing backorders: %s of %s orders read", start + len(batch), len(order_ids)
            )
            if commit and not commit(len(batch)):
                break
        return self.env["sale.backorder"].sudo().search_count([]) - before

    @api.model
    def _find_in_orders(self, order_ids):
        lines = self.env["sale.order.line"].sudo().search([("order_id", "in", order_ids)])
        outlines = self.env["backorder.reader"].sudo()._read_outlines(lines.ids)
        shipped = {
            line
            for (line, _product), o in outlines.items()
            if o.delivered > 0 and o.outstanding > 0
        }
        self._mark_remainders(shipped)
        self.env["backorder.tracker"]._refresh_lines(
            lines.ids,
            origin="existing",
            short=shipped,
            undoubted=True,
            given={"date_open": self._get_shortage_dates(order_ids)},
        )

    @api.model
    def _mark_remainders(self, line_ids):
        """What is open although something was delivered remained when a transfer shipped short.
        By SQL: a remark of ours on the move, which must not touch the transfer in any other way."""
        if line_ids:
            self.env.cr.execute(
                SQL(
                    "UPDATE stock_move SET backorder_short = TRUE WHERE sale_line_id IN %s "
                    "AND state IN ('waiting', 'confirmed', 'partially_available', 'assigned')",
                    tuple(line_ids),
                )
            )
            self.env["stock.move"].invalidate_model(["backorder_short"])

    @api.model
    def _get_shortage_dates(self, order_ids):
        """:return: {order id: UTC} when the shortage arose: at the last delivery of an order that
        was partly shipped, else at its confirmation"""
        query = SQL(
            """
            SELECT so.id, COALESCE(MAX(m.date) FILTER (
                       WHERE m.state = 'done' AND l.usage = 'customer'), so.date_order)
              FROM sale_order so
              LEFT JOIN sale_order_line sol ON sol.order_id = so.id
              LEFT JOIN stock_move m ON m.sale_line_id = sol.id
              LEFT JOIN stock_location l ON l.id = m.location_dest_id
             WHERE so.id IN %s
             GROUP BY so.id
            """,
            tuple(order_ids),
        )
        return dict(self.env.execute_query(query))

    @api.model
    def _cron_find_existing(self):
        cron = self.env["ir.cron"]
        cron._commit_progress(remaining=len(self._get_candidate_order_ids()))
        self._find_existing(commit=cron._commit_progress)
        if not self._get_candidate_order_ids():
            cron._commit_progress(deactivate=True)

    @api.model
    def action_find_existing(self):
        """The button: find in the background, with progress in the scheduled action."""
        self._check_manager()
        cron = self.env.ref("backorder_management.ir_cron_find_existing").sudo()
        if self._get_candidate_order_ids():
            cron.active = True
            cron._trigger()
            text = self.env._("Searching in the background. The list fills while it runs.")
        else:
            text = self.env._("Every backorder is on record already.")
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "message": text,
                "type": "info",
                "next": {"type": "ir.actions.act_window_close"},
            },
        }

    @api.model
    def action_open_checklist(self):
        return self.env["backorder.checklist"].action_open()

    @api.model
    def _check_manager(self):
        if not self.env.user.has_group("backorder_management.group_backorder_manager"):
            raise AccessError(self.env._("Only a backorder administrator may do this."))

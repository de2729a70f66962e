"""Refreshes the dates of many pools: those left for later, and every night all of them."""

import logging

import psycopg2

from odoo import api, models
from odoo.exceptions import ConcurrencyError
from odoo.tools import SQL

from ..sale_backorder import OPEN_STATES

_logger = logging.getLogger(__name__)

BATCH_LINES = 10_000  # lines in memory at once, and written in one transaction
POSTPONED = (psycopg2.OperationalError, ConcurrencyError)


class BackorderDates(models.AbstractModel):
    _inherit = "backorder.dates"

    @api.model
    def _cron_refresh_dates(self):
        """The pools that were left for later, batch by batch with a commit after each."""
        cron = self.env["ir.cron"]
        pools = self._read_dirty()
        cron._commit_progress(remaining=len(pools))
        for batch in self._get_batches(pools):
            self._refresh_batch(batch)
            self.env.invalidate_all()
            if not cron._commit_progress(len(batch)):
                break

    @api.model
    def _postpone_all(self):
        """Days pass: every pool in which somebody waits has to be looked at again."""
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO backorder_pool AS pool (product_id, warehouse_id, version, dates_dirty)
                SELECT DISTINCT product_id, warehouse_id, 1, TRUE FROM sale_backorder_line
                 WHERE state IN %s AND warehouse_id IS NOT NULL
                 ORDER BY product_id, warehouse_id
                ON CONFLICT (product_id, warehouse_id) DO UPDATE SET dates_dirty = TRUE
                 WHERE pool.dates_dirty IS NOT TRUE
                """,
                OPEN_STATES,
            )
        )
        self.env["backorder.pool"].invalidate_model(["dates_dirty"])
        self.env.ref("backorder_management.ir_cron_dates").sudo()._trigger()

    @api.model
    def _read_dirty(self):
        """:return: [(pool id, ids of its open lines)]"""
        self.env.flush_all()
        return self.env.execute_query(
            SQL(
                """
                SELECT k.id, ARRAY_REMOVE(ARRAY_AGG(x.id ORDER BY x.id), NULL)
                  FROM backorder_pool k
                  LEFT JOIN sale_backorder_line x
                    ON x.product_id = k.product_id AND x.warehouse_id = k.warehouse_id
                       AND x.state IN %s
                 WHERE k.dates_dirty
                 GROUP BY k.id ORDER BY k.id
                """,
                OPEN_STATES,
            )
        )

    @api.model
    def _get_batches(self, pools):
        """:return: lists of pools with not more than ``BATCH_LINES`` lines, or of one pool"""
        batch, count = [], 0
        for pool in pools:
            if batch and count + len(pool[1]) > BATCH_LINES:
                yield batch
                batch, count = [], 0
            batch.append(pool)
            count += len(pool[1])
        if batch:
            yield batch

    @api.model
    def _refresh_batch(self, pools):
        """One pool that somebody else writes right now, or that fails, holds up no other."""
        if not self._try_pools(pools) and len(pools) > 1:
            for pool in pools:
                self._try_pools([pool])
                # a conflict with the next one must not take this one back
                self.env["ir.cron"]._commit_progress()

    @api.model
    def _try_pools(self, pools):
        ids = [pool for pool, _lines in pools]
        try:
            with self.env.cr.savepoint(flush=False):
                self.env["backorder.pool"]._set_dated(ids)
                self._refresh([line for _pool, lines in pools for line in lines])
                self.env.flush_all()
            return True
        except POSTPONED:
            # what the others wrote is not seen before a new transaction begins
            self.env.cr.rollback()
            _logger.info("Dates of %s pools are left for the next run", len(pools))
        except Exception:
            _logger.exception("Dates of pools %s could not be refreshed", ids[:10])
        self.env.transaction.clear()
        return False

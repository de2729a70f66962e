"""The scheduled action *Reallocate stock*."""

import logging

import psycopg2

from odoo import api, models
from odoo.exceptions import ConcurrencyError

from .backorder_demand import WAITING

_logger = logging.getLogger(__name__)

POOL_BATCH = 200


class BackorderAllocator(models.AbstractModel):
    _inherit = "backorder.allocator"

    @api.model
    def _cron_reallocate(self):
        """Catch what events missed: every pool with free stock and somebody who waits. A pool
        that fails is logged and skipped; the next run sees it again."""
        self._run_all(self._get_pools_to_run())

    @api.model
    def _catch_up(self):
        """The pools that are marked: handing out failed there, or a policy has just begun to count.
        Part of a scheduled action that is always on. Nothing is taken back for a higher rank."""
        if not self._is_switched_off():
            self.with_context(backorder_keep=True)._run_all(sorted(self._get_dirty_pools()))

    @api.model
    def _run_all(self, pools):
        cron = self.env["ir.cron"]
        cron._commit_progress(remaining=len(pools))
        for start in range(0, len(pools), POOL_BATCH):
            batch = pools[start : start + POOL_BATCH]
            self._run_batch(batch)
            self.env.invalidate_all()
            if not cron._commit_progress(len(batch)):
                break

    @api.model
    def _run_batch(self, batch):
        if self._try_batch(batch) or len(batch) == 1:
            return
        for pool in batch:
            self._try_batch([pool])

    @api.model
    def _try_batch(self, batch):
        """:return: False when it failed and was rolled back"""
        try:
            with self.env.cr.savepoint():
                with self.env["backorder.tracker"]._flow():
                    self._run_pools(batch)
                self.env["backorder.pool"].sudo()._clear_dirty(batch)
        except (psycopg2.OperationalError, ConcurrencyError):
            # taken by somebody else right now: begin with a new snapshot, the next run sees it
            self.env.cr.rollback()
            self.env["backorder.pool"].sudo()._postpone(batch)
            return True
        except Exception:
            _logger.exception("Stock of %s could not be handed out", batch)
            return False
        return True

    @api.model
    def _run_pools(self, pools):
        policies = self.env["backorder.policy"]._find(pools)
        anew = {pool for pool, policy in policies.items() if policy.reallocates}
        if self.env.context.get("backorder_keep"):
            anew = set()
        rest = set(pools) - anew
        # what is marked may have to give back, too, where nothing is free
        self._allocate_pools(rest, always=self._get_dirty_pools() & rest)
        for policy in dict.fromkeys(policies[pool] for pool in sorted(anew)):
            self._reallocate(policy, {p: policy for p in anew if policies[p] == policy})

    @api.model
    def _reallocate(self, policy, policies):
        """As `_allocate` that takes back what a lower rank holds; who gave and who got can be read.

        :param policies: {pool: policy}
        """
        plan, snapshot = self._plan(policies, keep=False)
        # sudo: a run is written by this code only
        run = self.env["backorder.run"].sudo()._store_scheduled(policy, snapshot, plan)
        self._apply(plan)
        if run:
            run._log_commit()
        self._look_again(policies)

    @api.model
    def _postpone_waiting(self, companies):
        """What orders of these companies may hold has changed: where somebody waits, all is looked
        at a moment later, also where nothing is free."""
        policies = self.env["backorder.policy"]
        if not policies._is_used():
            return
        found = policies._find(self._read_waiting_pools())
        # sudo: whoever may change the settings
        warehouses = self.env["stock.warehouse"].sudo().browse({w for _product, w in found})
        mine = set(warehouses.filtered(lambda w: w.company_id in companies).ids)
        self.env["backorder.pool"].sudo()._postpone([p for p in sorted(found) if p[1] in mine])

    @api.model
    def _get_dirty_pools(self):
        dirty = self.env["backorder.pool"].sudo().search([("dirty", "=", True)])
        return {(p.product_id.id, p.warehouse_id.id) for p in dirty}

    @api.model
    def _get_pools_to_run(self):
        """:return: pools with a policy where somebody waits and something is free (or may be taken
        back), and those that are marked"""
        policies = self.env["backorder.policy"]._find(self._read_waiting_pools())
        with_stock = self._filter_with_stock(policies)
        found = {p for p in policies if p in with_stock or policies[p].reallocates}
        return sorted(found | self._get_dirty_pools())

    @api.model
    def _read_waiting_pools(self):
        """:return: {(product id, warehouse id)} where somebody waits for stock"""
        groups = (
            self.env["stock.move"]
            .sudo()
            ._read_group(
                [
                    ("state", "in", WAITING),
                    ("procure_method", "=", "make_to_stock"),
                    ("location_id.usage", "=", "internal"),
                    ("product_id.is_storable", "=", True),
                ],
                ["product_id", "location_id"],
            )
        )
        return {
            (product.id, location.warehouse_id.id)
            for product, location in groups
            if location.warehouse_id
        }

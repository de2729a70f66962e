from odoo import api, fields, models
from odoo.tools import SQL

from ..overview.backorder_sql import to_array


class BackorderPool(models.Model):
    """One row per product and warehouse: whoever hands out stock there takes it first.

    Locking stock quants is not enough: a product that never was in stock has none, and a row that
    is only locked tells a later transaction nothing. Here the row is *changed*: a transaction
    that saw the pool before somebody else changed it fails, and is tried again.
    """

    _name = "backorder.pool"
    _description = "Allocation Pool"
    _log_access = False
    _rec_name = "product_id"

    product_id = fields.Many2one("product.product", required=True, ondelete="cascade")
    warehouse_id = fields.Many2one("stock.warehouse", required=True, index=True, ondelete="cascade")
    version = fields.Integer(default=0, help="Grows each time that stock is handed out.")
    dirty = fields.Boolean(
        default=False, help="Its stock was not handed out yet; a scheduled action is on its way."
    )

    dates_dirty = fields.Boolean(
        default=False, help="Expected dates are out of date; a scheduled action is on its way."
    )

    _pool_unique = models.UniqueIndex("(product_id, warehouse_id)")
    _pool_dirty = models.Index("(id) WHERE dirty")
    _pool_dates = models.Index("(id) WHERE dates_dirty")

    @api.model
    def _lock(self, pools):
        """Wait until nobody else hands out stock of these pools, then hold them.

        :param pools: (product id, warehouse id) pairs
        :return: {pool: version}
        :raise psycopg2.errors.SerializationFailure: somebody else did, after this transaction
            began to read: it has to start again
        """
        if not pools:
            return {}
        query = SQL(
            """
            INSERT INTO backorder_pool AS pool (product_id, warehouse_id, version)
            VALUES %s
            ON CONFLICT (product_id, warehouse_id) DO UPDATE SET version = pool.version + 1
            RETURNING product_id, warehouse_id, version
            """,
            # the same order in all transactions: no deadlock among them
            SQL(", ").join(SQL("(%s, %s, 1)", *pool) for pool in sorted(pools)),
        )
        return {(p, w): version for p, w, version in self.env.execute_query(query)}

    @api.model
    def _mark_dirty(self, pools):
        if not pools:
            return
        query = SQL(
            """
            INSERT INTO backorder_pool AS pool (product_id, warehouse_id, version, dirty)
            VALUES %s
            ON CONFLICT (product_id, warehouse_id) DO UPDATE SET dirty = TRUE
            """,
            SQL(", ").join(SQL("(%s, %s, 1, TRUE)", *pool) for pool in sorted(pools)),
        )
        self.flush_model(["dirty"])
        self.env.cr.execute(query)
        self.invalidate_model(["dirty"])

    @api.model
    def _postpone(self, pools):
        """Their stock is handed out a moment later, by a scheduled action that is always on."""
        self._mark_dirty(pools)
        if pools:
            # sudo: whoever changes stock, or activates a policy
            self.env.ref("backorder_management.ir_cron_repair").sudo()._trigger()

    @api.model
    def _postpone_dates(self, pools):
        """Too many wait there to refresh their dates now: seconds later will do."""
        query = SQL(
            """
            INSERT INTO backorder_pool AS pool (product_id, warehouse_id, version, dates_dirty)
            VALUES %s
            ON CONFLICT (product_id, warehouse_id) DO UPDATE SET dates_dirty = TRUE
             WHERE pool.dates_dirty IS NOT TRUE
            """,
            SQL(", ").join(SQL("(%s, %s, 1, TRUE)", *pool) for pool in sorted(pools)),
        )
        self.env.cr.execute(query)
        # sudo: anybody may change what others wait for
        self.env.ref("backorder_management.ir_cron_dates").sudo()._trigger()

    @api.model
    def _set_dated(self, pool_ids):
        """Their dates are refreshed in this transaction."""
        # all in one query: a nightly refresh has very many of them
        self.env.cr.execute(
            SQL(
                "UPDATE backorder_pool SET dates_dirty = FALSE WHERE id = ANY (%s)",
                to_array(pool_ids),
            )
        )
        self.invalidate_model(["dates_dirty"])

    @api.model
    def _clear_dirty(self, pools):
        keys = set(pools)
        dirty = self.search([("dirty", "=", True)])
        dirty.filtered(lambda p: (p.product_id.id, p.warehouse_id.id) in keys).dirty = False

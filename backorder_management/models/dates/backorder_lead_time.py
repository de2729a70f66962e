"""How long it takes to get more of a product: for dates where nothing is on its way yet."""

import logging
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..overview.backorder_sql import to_array
from ..sale_backorder import OPEN_STATES

_logger = logging.getLogger(__name__)

NOW_POOLS = 20  # more than this are not looked up while somebody waits for his click
BATCH = 200
SOURCES = ("buy", "manufacture")
NOT_FOUND = ("no_vendor_found_delay", "no_bom_found_delay")


class BackorderLeadTime(models.Model):
    """The lead time of the replenishment route, as Odoo's own rules say it. Kept, because rules
    are followed product by product; looked up again every night and when a vendor changes."""

    _name = "backorder.lead.time"
    _description = "Lead Time of a Product in a Warehouse"
    _log_access = False
    _rec_name = "product_id"

    product_id = fields.Many2one("product.product", required=True, ondelete="cascade")
    warehouse_id = fields.Many2one("stock.warehouse", required=True, index=True, ondelete="cascade")
    days = fields.Integer(help="Calendar days from the order to the shelf.")
    known = fields.Boolean(help="There is a route that brings it, with a vendor or a recipe.")
    checked = fields.Date(required=True)

    _pool_unique = models.UniqueIndex("(product_id, warehouse_id)")

    @api.model
    def _read(self, pools):
        """:return: {(product id, warehouse id): timedelta} of those pools that can be replenished,
        in companies that want to see it"""
        if not pools:
            return {}
        query = SQL(
            """
            SELECT k.product_id, k.warehouse_id, t.known, t.days
              FROM unnest(%s, %s) AS k (product_id, warehouse_id)
              JOIN stock_warehouse w ON w.id = k.warehouse_id
              JOIN res_company c ON c.id = w.company_id AND c.backorder_lead_dates
              LEFT JOIN backorder_lead_time t
                ON t.product_id = k.product_id AND t.warehouse_id = k.warehouse_id
            """,
            *map(to_array, zip(*pools, strict=True)),
        )
        rows = self.env.execute_query(query)
        missing = [(p, w) for p, w, known, _days in rows if known is None]
        found = {(p, w): days for p, w, known, days in rows if known}
        if 0 < len(missing) <= NOW_POOLS:
            found.update(self._look_up(missing))
        return {pool: timedelta(days=days) for pool, days in found.items()}

    @api.model
    def _look_up(self, pools):
        """Ask the rules, and keep the answers. -> {pool: days} of those that have one"""
        found = {pool: self._get_days(*pool) for pool in sorted(pools)}
        today = fields.Date.context_today(self)
        query = SQL(
            """
            INSERT INTO backorder_lead_time (product_id, warehouse_id, days, known, checked)
            VALUES %s
            ON CONFLICT (product_id, warehouse_id) DO UPDATE
               SET days = EXCLUDED.days, known = EXCLUDED.known, checked = EXCLUDED.checked
            """,
            SQL(", ").join(
                SQL("(%s, %s, %s, %s, %s)", *pool, days or 0, days is not None, today)
                for pool, days in found.items()
            ),
        )
        self.env.cr.execute(query, log_exceptions=False)
        return {pool: days for pool, days in found.items() if days is not None}

    @api.model
    def _get_days(self, product_id, warehouse_id):
        """:return: days, or None when no vendor and no recipe is known"""
        # sudo: when goods come does not depend on who asks
        warehouse = self.env["stock.warehouse"].sudo().browse(warehouse_id)
        product = self.env["product.product"].sudo().browse(product_id)
        product = product.with_company(warehouse.company_id)
        try:
            rules = product._get_rules_from_location(warehouse.lot_stock_id)
        except UserError as error:
            _logger.info("No lead time for %s: %s", product.display_name, error)
            return None
        if not any(rule.action in SOURCES for rule in rules):
            return None
        rules = rules.with_context(bypass_delay_description=True, bypass_global_horizon_days=True)
        delays, _description = rules._get_lead_days(product)
        if any(delays.get(name) for name in NOT_FOUND):
            return None
        # none entered: nobody gets it on the day on which it is ordered
        return round(delays["total_delay"]) or None

    @api.model
    def _forget(self, products):
        """Vendors or recipes changed: ask again, now for those that somebody waits for."""
        known = self.sudo().search([("product_id", "in", products.ids)])
        if known:
            pools = {(t.product_id.id, t.warehouse_id.id) for t in known}
            known.unlink()
            self.env["backorder.pool"].sudo()._postpone_dates(pools)

    @api.model
    def _get_stale(self):
        """:return: pools in which somebody waits and that were not looked up today"""
        query = SQL(
            """
            SELECT DISTINCT x.product_id, x.warehouse_id
              FROM sale_backorder_line x
              JOIN res_company c ON c.id = x.company_id AND c.backorder_lead_dates
              LEFT JOIN backorder_lead_time t
                ON t.product_id = x.product_id AND t.warehouse_id = x.warehouse_id
             WHERE x.state IN %s AND x.warehouse_id IS NOT NULL
               AND (t.checked IS NULL OR t.checked < %s)
             ORDER BY 1, 2
            """,
            OPEN_STATES,
            fields.Date.context_today(self),
        )
        self.env.flush_all()
        return self.env.execute_query(query)

    @api.model
    def _refresh_stale(self):
        """Nightly, with a commit after each batch."""
        pools, cron = self._get_stale(), self.env["ir.cron"]
        for start in range(0, len(pools), BATCH):
            batch = pools[start : start + BATCH]
            self._look_up(batch)
            self.env.invalidate_all()
            cron._commit_progress(remaining=len(pools) - start - len(batch))

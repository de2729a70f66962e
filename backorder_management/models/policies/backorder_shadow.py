"""A policy runs beside Odoo for some days: nothing changes, but it is noted what it would do."""

import logging
from collections import defaultdict
from datetime import timedelta

import psycopg2

from odoo import api, fields, models, tools
from odoo.tools import SQL

from ...engine import allocation as alc
from .backorder_demand import EPSILON

_logger = logging.getLogger(__name__)

OUTCOMES = [
    ("earlier", "Earlier"),
    ("later", "Later"),
    ("same", "At the same time"),
    ("waiting", "Still waiting"),
]
DAY = timedelta(days=1)


class BackorderShadow(models.Model):
    """One product of an order: when the policy would first have covered all that is open of it,
    and when Odoo did (reserved or shipped).

    The first look is the baseline: who is covered then is so by both, and what is reserved then
    stays with its holder. As an activation would, the trial decides about what comes later.

    This is an approximation. At each look the policy shares what is there *now* anew, those goods
    and picked ones aside; it does not live through a past of its own. Goods that Odoo shipped to
    somebody else in the meantime are gone for the policy, too, and what it would once have given
    stays noted although a later order might have taken it again. A look is taken whenever stock
    of the product moves, and once a day; what changes without that counts from the next look on.
    """

    _name = "backorder.shadow"
    _description = "Trial of an Allocation Policy"
    _order = "policy_id, outcome, order_id, id"
    _rec_name = "order_id"

    policy_id = fields.Many2one(
        "backorder.policy", required=True, readonly=True, index=True, ondelete="cascade"
    )
    sale_line_id = fields.Many2one(
        "sale.order.line",
        string="Order line",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    order_id = fields.Many2one(
        related="sale_line_id.order_id", string="Sales order", store=True, precompute=True
    )
    partner_id = fields.Many2one(
        related="order_id.partner_id", string="Customer", store=True, precompute=True
    )
    move_id = fields.Many2one(
        "stock.move", readonly=True, index="btree_not_null", ondelete="set null"
    )
    product_id = fields.Many2one(
        "product.product", required=True, readonly=True, index=True, ondelete="cascade"
    )
    warehouse_id = fields.Many2one(
        "stock.warehouse", required=True, readonly=True, ondelete="cascade"
    )
    company_id = fields.Many2one(
        related="warehouse_id.company_id", store=True, precompute=True, index=True
    )
    planned_on = fields.Datetime(
        string="By the policy", readonly=True, help="When it would first have been covered in full."
    )
    actual_on = fields.Datetime(
        string="Really", readonly=True, help="When all of it was reserved or shipped."
    )
    difference = fields.Float(
        string="Days earlier",
        compute="_compute_outcome",
        store=True,
        precompute=True,
        aggregator="avg",
        help="Below zero: the policy would have served it later. Known when both have served it.",
    )
    outcome = fields.Selection(
        OUTCOMES,
        string="The policy serves it",
        compute="_compute_outcome",
        store=True,
        precompute=True,
        index=True,
    )
    is_closed = fields.Boolean(string="Shipped", readonly=True, help="Nothing of it is open.")

    _item_unique = models.UniqueIndex("(policy_id, sale_line_id, product_id, warehouse_id)")

    @api.depends("planned_on", "actual_on")
    def _compute_outcome(self):
        """What only one of both has served, that one has served earlier."""
        for item in self:
            planned, actual = item.planned_on, item.actual_on
            item.difference = (actual - planned) / DAY if planned and actual else 0.0
            if planned == actual:
                item.outcome = "same" if planned else "waiting"
            elif planned and (not actual or planned < actual):
                item.outcome = "earlier"
            else:
                item.outcome = "later"

    def _read_group_select(self, aggregate_spec, query):
        """The average is that of what both have served: unknown days are stored as zero."""
        select = super()._read_group_select(aggregate_spec, query)
        if aggregate_spec != "difference:avg":
            return select
        planned = self._field_to_sql(self._table, "planned_on", query)
        actual = self._field_to_sql(self._table, "actual_on", query)
        return SQL("%s FILTER (WHERE %s IS NOT NULL AND %s IS NOT NULL)", select, planned, actual)

    # === LOOK === #

    @api.model
    def _is_running(self):
        """Cheap: asked at each movement of stock."""
        return bool(self._get_running())

    @api.model
    def _get_running(self):
        """:return: policies that are on trial today"""
        today = fields.Date.today()
        ids = [i for i, until in self._get_trials() if until >= today]
        return self.env["backorder.policy"].sudo().browse(ids)

    @api.model
    @tools.ormcache()
    def _get_trials(self):
        domain = [
            ("shadow_until", "!=", False),
            ("shadow_ended", "=", False),
            ("active", "=", False),
        ]
        return tuple(
            (p.id, p.shadow_until) for p in self.env["backorder.policy"].sudo().search(domain)
        )

    @api.model
    def _observe(self, pools):
        """Note what the policies on trial would do with these pools now. Changes nothing else and
        never blocks: what fails is seen at the next look.

        :param pools: (product id, warehouse id) pairs
        """
        policies = self._get_running() if pools else ()
        for policy in policies:
            self.env.flush_all()
            try:
                with self.env.cr.savepoint(flush=False):
                    self.sudo()._look(policy, policy._find(pools, candidates=policy))
                    self.env.flush_all()
            except psycopg2.Error:
                # somebody else looks at the same items right now
                self.env.transaction.clear()
            except Exception:
                _logger.exception("The trial of policy %s could not look", policy.id)
                self.env.transaction.clear()

    @api.model
    def _begin(self, policy):
        """The first look."""
        self.env.flush_all()
        # sudo: it looks at all orders, and the results are written by this code only
        policy = policy.sudo()
        pools = policy._find(policy._get_shadow_pools(), candidates=policy)
        snapshot = policy._read_pools(pools)
        policy.shadow_held = {str(d.id): d.before for d in snapshot.demands if d.before}
        self.sudo()._note(policy, pools, snapshot, lambda d: d.before)

    @api.model
    def _look(self, policy, pools):
        if not pools:
            return
        snapshot = policy._read_pools(pools)
        self._lock_held(snapshot, policy.shadow_held or {})
        results = alc.allocate(snapshot.pools, snapshot.shipping, keep=False).results
        self._note(policy, pools, snapshot, lambda d: results[d.id].after)

    @api.model
    def _lock_held(self, snapshot, held):
        """:param held: {move id as text: quantity} at the first look"""
        for demand in snapshot.demands:
            first = min(demand.before, held.get(str(demand.id), 0.0))
            demand.locked = max(demand.locked, first)

    @api.model
    def _note(self, policy, pools, snapshot, get_planned):
        """:param get_planned: what the policy gives to an engine Demand"""
        now = fields.Datetime.now()
        demands = self._group_demands(snapshot, pools)
        known = self._get_known(policy, pools)
        known.update(self._create_missing(policy, demands, known))
        planned = self._get_covered(demands, get_planned)
        actual = self._get_covered(demands, lambda d: d.before)
        self._set_moment(known, planned, "planned_on", now)
        self._set_moment(known, actual, "actual_on", now)
        gone = self.browse([i.id for key, i in known.items() if key not in demands])
        gone.filtered(lambda i: not i.is_closed)._close(now)

    @api.model
    def _group_demands(self, snapshot, pools):
        """:return: {(sale line id, product id, warehouse id): engine Demands}"""
        result = defaultdict(list)
        for pool in snapshot.pools:
            if pool.key in pools:
                for demand in pool.demands:
                    if demand.line and not demand.others:
                        result[(demand.line, *pool.key)].append(demand)
        return result

    @api.model
    def _get_covered(self, demands, get_quantity):
        return [
            key for key, those in demands.items()
            if all(get_quantity(d) >= d.need - EPSILON for d in those)
        ]  # fmt: skip

    @api.model
    def _get_known(self, policy, pools):
        items = self.search(
            [
                ("policy_id", "=", policy.id),
                ("product_id", "in", [p for p, _w in pools]),
                ("warehouse_id", "in", [w for _p, w in pools]),
            ]
        )
        keys = {(i.sale_line_id.id, i.product_id.id, i.warehouse_id.id): i for i in items}
        return {key: item for key, item in keys.items() if key[1:] in pools}

    @api.model
    def _create_missing(self, policy, demands, known):
        missing = [key for key in demands if key not in known]
        items = self.create(
            [
                {
                    "policy_id": policy.id,
                    "sale_line_id": line,
                    "product_id": product,
                    "warehouse_id": warehouse,
                    "move_id": demands[line, product, warehouse][0].id,
                }
                for line, product, warehouse in missing
            ]
        )
        return dict(zip(missing, items, strict=True))

    @api.model
    def _set_moment(self, known, keys, name, now):
        """Only the first time counts."""
        items = self.browse([known[key].id for key in keys])
        items.filtered(lambda i: not i[name]).write({name: now})

    def _close(self, now):
        """Nothing of these is open any more: shipped, or let drop."""
        shipped = self.filtered(
            lambda i: any(
                m.state == "done" and m.product_id == i.product_id for m in i.sale_line_id.move_ids
            )
        )
        shipped.is_closed = True
        shipped.filtered(lambda i: not i.actual_on).actual_on = now
        (self - shipped).unlink()

    @api.model
    def _cron_observe(self):
        """Once a day, for what changed without a movement of stock."""
        policies = self._get_running()
        cron = self.env["ir.cron"]
        cron._commit_progress(remaining=len(policies))
        for policy in policies:
            self._observe(policy._get_shadow_pools())
            if not cron._commit_progress(1):
                break

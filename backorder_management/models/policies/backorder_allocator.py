"""Hands out stock by policy. Reads the pools, asks the engine, writes through core's methods."""

import logging

import psycopg2

from odoo import SUPERUSER_ID, api, models
from odoo.exceptions import ConcurrencyError

from ...engine import allocation as alc
from .backorder_demand import EPSILON, WAITING

_logger = logging.getLogger(__name__)

# what each move may still take: {move id: quantity}; changed while core reserves
CAPS = "backorder_caps"


def _look_again(registry, pools):
    """In a transaction of its own, after the commit of the one that asked for it."""
    try:
        with registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {"backorder_looking_again": True})
            if not env["backorder.demand"]._read_pools_with_stock(pools):
                return
            with env["backorder.tracker"]._flow():
                env["backorder.allocator"]._allocate_pools(pools)
    except (psycopg2.OperationalError, ConcurrencyError):
        # somebody else is at it, and looks again when it ends
        _logger.info("Pools %s are busy", sorted(pools))
    except Exception:
        # the work itself is committed: nobody may be told that it failed
        _logger.exception("Stock of pools %s could not be handed out", sorted(pools))


class BackorderAllocator(models.AbstractModel):
    _name = "backorder.allocator"
    _description = "Stock Allocator"

    # === WHAT MAY BE TAKEN === #

    @api.model
    def _get_caps(self, moves):
        """How much of the free stock each of these moves may reserve now.

        :return: ({move id: quantity} of the moves that wait in a pool with a policy,
            {move id: quantity} of others in these pools whose turn it is)
        """
        managed = self._get_managed(moves)
        policies = self.env["backorder.policy"]._find({self._get_pool(m) for m in managed})
        managed = managed.filtered(lambda m: self._get_pool(m) in policies)
        if not managed:
            return {}, {}
        free = self._read_free_of(managed)
        caps, winners = dict.fromkeys(managed.ids, 0.0), {}
        found = managed.filtered(lambda m: free.get((m.product_id.id, m.location_id.id)))
        pools = {p: policies[p] for p in {self._get_pool(m) for m in found}}
        asked = managed.filtered(lambda m: self._get_pool(m) in pools)
        alone = self._get_alone(asked, policies, free)
        if alone is not None:
            caps.update(alone)
        else:
            plan, snapshot = self._plan(pools, extra_ids=managed.ids)
            self._give_back(plan)
            for move_id, quantity in self._get_gains(plan).items():
                (caps if move_id in caps else winners)[move_id] = quantity
            for move_id in caps.keys() & snapshot.rows.keys():
                if snapshot.rows[move_id]["others"]:
                    # asked for by a person or by core: takes what is free, as it always did
                    del caps[move_id]
        self._look_again({self._get_pool(m) for m in managed if caps.get(m.id, 1.0) <= EPSILON})
        return caps, {} if self._is_switched_off() else winners

    @api.model
    def _get_gains(self, plan):
        """:return: {move id: quantity that it gets beside what it holds}"""
        return {
            r.id: r.after - r.before for r in plan.results.values() if r.after > r.before + EPSILON
        }

    @api.model
    def _get_managed(self, moves):
        """Demand that takes from the stock of a warehouse, at the first leg of its way."""
        return moves.filtered(
            lambda m: (
                m.state in WAITING
                and not m.picked
                and m.procure_method == "make_to_stock"
                and m.product_id.is_storable
                and m.location_id.usage == "internal"
                and m.location_dest_id.usage != "inventory"
                and m.location_id.warehouse_id
                and m.product_uom_qty > 0
                and not m.move_orig_ids
                and not m.restrict_partner_id
            )
        )

    @api.model
    def _get_pool(self, move):
        return move.product_id.id, move.location_id.warehouse_id.id

    @api.model
    def _read_free_of(self, moves):
        """:return: {(product id, location id): unreserved stock}, where there is any"""
        where = {(m.product_id.id, m.location_id.id) for m in moves}
        free = self.env["backorder.demand"].sudo()._read_free(where)
        free = {place: quantity for place, quantity in free.items() if quantity > EPSILON}
        self.env["backorder.tracker"]._queue().empty |= where - free.keys()
        return free

    @api.model
    def _plan(self, policies, extra_ids=(), keep=True, apart=()):
        """Lock the pools, read them, ask the engine.

        :param apart: moves that get nothing this time
        :return: (engine Plan, Snapshot)
        """
        self.env.flush_all()
        reader = self.env["backorder.demand"].sudo()
        reader = reader.with_context(backorder_apart=frozenset(apart))
        snapshot = reader._read(policies, extra_ids, held=not keep)
        pools = {p.key for p in snapshot.pools}
        self.env["backorder.pool"].sudo()._lock(pools)
        self.env["backorder.tracker"]._queue().held.update(pools)
        return alc.allocate(snapshot.pools, snapshot.shipping, keep=keep), snapshot

    # === FREED STOCK === #

    @api.model
    def _touch(self, product, location):
        """Stock of this product became free here: others may be waiting for it."""
        self._watch(product, location)
        if (
            self.env["backorder.policy"]._is_used()
            and not self.env["backorder.tracker"]._state().by_hand
            and location.usage == "internal"
            and location.warehouse_id
        ):
            queue = self.env["backorder.tracker"]._queue()
            queue.pools.add((product.id, location.warehouse_id.id))

    @api.model
    def _watch(self, product, location):
        """A policy on trial looks at whatever goods move."""
        if self.env["backorder.shadow"]._is_running() and location.warehouse_id:
            queue = self.env["backorder.tracker"]._queue()
            queue.watched.add((product.id, location.warehouse_id.id))

    @api.model
    def _hold(self, product, location):
        """Lock the pool whose stock is about to change, once until this transaction settles."""
        self._watch(product, location)
        if (
            not self.env["backorder.policy"]._is_used()
            or location.usage != "internal"
            or not location.warehouse_id
        ):
            return
        pool = (product.id, location.warehouse_id.id)
        queue = self.env["backorder.tracker"]._queue()
        queue.empty = {place for place in queue.empty if place[0] != product.id}
        if pool not in queue.held and self.env["backorder.policy"]._find({pool}):
            self.env["backorder.pool"].sudo()._lock({pool})
        queue.held.add(pool)

    @api.model
    def _touch_orders(self, order_ids):
        """How these orders ship has changed: they may have to give back what they hold."""
        if order_ids and self.env["backorder.policy"]._is_used():
            self.env["stock.move"].flush_model()
            pools = self.env["backorder.demand"].sudo()._read_pools_of(set(order_ids))
            queue = self.env["backorder.tracker"]._queue()
            queue.pools |= pools
            queue.rules |= pools

    @api.model
    def _touch_moves(self, moves):
        """The place of these moves in the line has changed."""
        if not self.env["backorder.policy"]._is_used():
            return
        tracker = self.env["backorder.tracker"]
        for move in self._get_managed(moves.sudo()):
            self._watch(move.product_id, move.location_id)
            if not tracker._state().by_hand:
                tracker._queue().ranked.add((*self._get_pool(move), move.location_id.id))

    @api.model
    def _settle_pools(self, queue):
        """Hand out what became free since the last time. Never blocks what a person does: when it
        fails, the scheduled action tries again."""
        pools, queue.pools = queue.pools, set()
        rules, queue.rules = queue.rules, set()
        if not pools or self._is_switched_off():
            return
        self.env.flush_all()
        policies = self._get_policies_to_run(pools, always=rules)
        if not policies:
            return
        try:
            with self.env.cr.savepoint(flush=False):
                self._allocate(policies, apart=queue.apart)
                self.env.flush_all()
        except (psycopg2.OperationalError, ConcurrencyError):
            raise
        except Exception:
            _logger.exception("Stock of pools %s could not be handed out", sorted(pools))
            self.env.transaction.clear()
            self.env["backorder.pool"].sudo()._postpone(pools)

    @api.model
    def _is_switched_off(self):
        """Core's own switch: nothing is reserved by itself."""
        get_param = self.env["ir.config_parameter"].sudo().get_param
        return bool(get_param("stock.picking_no_auto_reserve"))

    @api.model
    def _allocate_pools(self, pools, keep=True, always=frozenset()):
        """Give free stock to whoever is next, in each of these pools that has a policy.

        :param pools: (product id, warehouse id) pairs
        :param keep: False also takes back what a lower rank holds
        :param always: pools that are looked at although nothing is free there
        :return: engine Plan, or None when there was nothing to do
        """
        policies = self._get_policies_to_run(pools, keep, always)
        return self._allocate(policies, keep=keep) if policies else None

    @api.model
    def _get_policies_to_run(self, pools, keep=True, always=frozenset()):
        """:param always: pools that are looked at although nothing is free there"""
        policies = self.env["backorder.policy"]._find(pools)
        if not keep:
            return policies
        forced = {pool: policies[pool] for pool in policies.keys() & always}
        return {**self._filter_with_stock(policies), **forced}

    @api.model
    def _allocate(self, policies, keep=True, apart=()):
        """:param apart: moves that just gave their reservation back and take part in a later run"""
        plan, _snapshot = self._plan(policies, keep=keep, apart=apart)
        self._apply(plan)
        self._look_again(policies)
        return plan

    @api.model
    def _look_again(self, pools):
        """Of two transactions at the same moment, one may leave stock and the other demand, and
        neither sees the other. Whichever ends last looks once more when both can be seen."""
        if pools and not self.env.context.get("backorder_looking_again"):
            registry, keys = self.env.registry, set(pools)
            self.env.cr.postcommit.add(lambda: _look_again(registry, keys))

    @api.model
    def _filter_with_stock(self, policies):
        """Pools in which something is free: in the others nothing can change."""
        free = self.env["backorder.demand"].sudo()._read_pools_with_stock(set(policies))
        return {pool: policy for pool, policy in policies.items() if pool in free}

    # === WRITE === #

    @api.model
    def _apply(self, plan):
        """Bring reservations to what the plan says: first take back, then give."""
        self._give_back(plan)
        self._reserve(self._get_gains(plan))

    @api.model
    def _reserve(self, caps):
        """:param caps: {move id: quantity that it takes of the free stock}"""
        if not caps:
            return
        # sudo: goods are handed out to all orders of the pool, whoever received them
        moves = self.env["stock.move"].sudo().browse(caps)
        # Demand from a shelf first: it cannot take from elsewhere, the others can.
        moves = moves.sorted(lambda m: (-len(m.location_id.parent_path), m.id))
        moves.with_context(**{CAPS: dict(caps)})._action_assign()

    @api.model
    def _give_back(self, plan):
        """Take back what the plan gives to others. Picked goods never."""
        less = {
            r.id: r.before - r.after for r in plan.results.values() if r.after < r.before - EPSILON
        }
        self._release(less)

    @api.model
    def _release(self, less):
        """:param less: {move id: quantity to give back, in the unit of the product}"""
        moves = self.env["stock.move"].sudo().browse(less)
        for move in moves:
            rest = less[move.id]
            for line in move.move_line_ids.filtered(lambda x: not x.picked).sorted("id", True):
                taken = min(rest, line.quantity_product_uom)
                if taken <= EPSILON:
                    continue
                rest -= taken
                if line.quantity_product_uom - taken <= EPSILON:
                    line.unlink()
                else:
                    line.quantity -= line.product_id.uom_id._compute_quantity(
                        taken, line.product_uom_id, rounding_method="HALF-UP"
                    )
        moves._recompute_state()

"""What the scheduled action takes from somebody is stored as a run: who got it, and why."""

from odoo import api, fields, models

from ...engine import allocation as alc
from ...engine.demand import COMPLETE, STOP
from ...engine.policies import sharing_of
from .backorder_demand import EPSILON, Snapshot


def get_touched(snapshot, plan):
    """:return: pools of which the plan takes something from somebody, and all that are shared
    together with them: these alone give the same result again"""
    pools = {pool.key: pool for pool in snapshot.pools}
    results = plan.results
    touched = {
        key
        for key, pool in pools.items()
        if any(results[d.id].after < results[d.id].before - EPSILON for d in pool.demands)
    }
    if touched and any(pool.policy.on_failure == STOP for pool in pools.values()):
        return list(pools.values())
    orders = {key: get_joining_orders(pool, snapshot.shipping) for key, pool in pools.items()}
    todo = list(touched)
    while todo:
        mine = orders[todo.pop()]
        more = {key for key in pools.keys() - touched if not mine.isdisjoint(orders[key])}
        touched |= more
        todo += more
    return [pool for key, pool in pools.items() if key in touched]


def get_joining_orders(pool, shipping):
    """:return: orders that join the pool with others"""
    complete = sharing_of(pool.policy) == COMPLETE
    return {d.order for d in pool.demands if d.order and (complete or d.order in shipping)}


class BackorderRun(models.Model):
    _inherit = "backorder.run"

    is_scheduled = fields.Boolean(
        string="Scheduled",
        readonly=True,
        help="Made by the scheduled action when it took from some for others; lists what changed.",
    )

    @api.model
    def _store_scheduled(self, policy, snapshot, plan):
        """Store what is about to be written, if it takes something from somebody.

        :return: the run, or none
        """
        pools = get_touched(snapshot, plan)
        if not pools:
            return self.browse()
        part = self._get_part(snapshot, pools)
        plan = alc.Plan(
            results={d.id: plan.results[d.id] for pool in pools for d in pool.demands},
            failed={pool.key: plan.failed[pool.key] for pool in pools if pool.key in plan.failed},
        )
        run = self.create(self._prepare_scheduled_vals(policy, part, plan))
        run.comparison_id = run
        Line = self.env["backorder.run.line"]
        vals_list = Line._prepare_vals_list(run, part, plan)
        changed = {r.id for r in plan.results.values() if r.is_changed}
        Line.create([vals for vals in vals_list if vals["demand_id"] in changed])
        run._count()
        return run

    @api.model
    def _get_part(self, snapshot, pools):
        orders = {d.order for pool in pools for d in pool.demands}
        return Snapshot(
            pools=pools,
            shipping={o: rule for o, rule in snapshot.shipping.items() if o in orders},
            rows=snapshot.rows,
            policies={pool.key: snapshot.policies[pool.key] for pool in pools},
        )

    @api.model
    def _prepare_scheduled_vals(self, policy, snapshot, plan):
        now = fields.Datetime.now()
        warehouse = self.env["stock.warehouse"].browse(snapshot.pools[0].key[1])
        return {
            **self._prepare_run_vals(policy, snapshot, plan, now),
            "company_id": (policy.company_id or warehouse.company_id).id,
            "is_scheduled": True,
            "state": "committed",
            "committed_by_id": self.env.uid,
            "committed_on": now,
        }

    def _get_plan(self):
        """What is not listed stays as it was."""
        plan = super()._get_plan()
        if self.is_scheduled:
            for pool in self._load()[0]:
                for d in pool.demands:
                    kept = alc.Result(d.id, d.before, d.before, 0, 0, "kept", d.need, 0.0, 0.0)
                    plan.results.setdefault(d.id, kept)
        return plan

    def _get_replayed(self):
        results = super()._get_replayed()
        if self.is_scheduled:
            return {i: result for i, result in results.items() if result.is_changed}
        return results

"""A run: what a policy would do with one snapshot of the pools, stored to be compared,
changed by hand, committed and replayed."""

import base64
import gzip
import json
from datetime import UTC, datetime, time

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from ...engine import allocation as alc
from ...engine.measures import measure

STATES = [("simulated", "Simulated"), ("committed", "Committed"), ("stale", "Out of date")]
# measure -> whether more is better
MEASURES = {
    "units_served": True,
    "value_served": True,
    "orders_closed": True,
    "lines_late": False,
    "promises_broken": False,
    "priority_fill": True,
    "fairness": True,
    "oldest_wait": False,
}
EDITABLE = {"line_ids", "changed_line_ids"}
ALIKE = 1e-6


def pack(data):
    """JSON-able data as base64 of gzip: the inputs of 10,000 demands take some 300 kB."""
    text = json.dumps(data, separators=(",", ":"))
    return base64.b64encode(gzip.compress(text.encode(), mtime=0))


def unpack(content):
    return json.loads(gzip.decompress(base64.b64decode(content)))


class BackorderRun(models.Model):
    """Stores the inputs of the engine beside its result: what was decided can be computed again
    years later, whatever has changed since."""

    _name = "backorder.run"
    _description = "Allocation Run"
    _order = "date desc, id desc"

    name = fields.Char(string="Run", required=True, readonly=True, copy=False, index="trigram")
    state = fields.Selection(STATES, required=True, readonly=True, default="simulated", index=True)
    policy_id = fields.Many2one(
        "backorder.policy", readonly=True, index="btree_not_null", ondelete="set null"
    )
    policy_name = fields.Char(
        string="Policy name", readonly=True, help="As the policy was called when the run was made."
    )
    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    date = fields.Datetime(
        required=True,
        readonly=True,
        default=fields.Datetime.now,
        help="When stock and orders were read.",
    )
    user_id = fields.Many2one(
        "res.users", string="Made by", readonly=True, default=lambda self: self.env.user
    )
    committed_by_id = fields.Many2one("res.users", string="Committed by", readonly=True)
    committed_on = fields.Datetime(string="Committed on", readonly=True)
    comparison_id = fields.Many2one(
        "backorder.run",
        string="Compared with",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
        help="Runs with the same entry were made from the same stock and orders.",
    )
    inputs = fields.Binary(attachment=True, readonly=True, copy=False)
    is_trimmed = fields.Boolean(
        string="Only numbers", readonly=True, help="Its items were deleted because of their age."
    )
    line_ids = fields.One2many("backorder.run.line", "run_id", string="Items")
    changed_line_ids = fields.One2many(
        "backorder.run.line", "run_id", string="Changes", domain=[("change", "!=", 0)]
    )

    units_served = fields.Float(string="Units served", digits="Product Unit", readonly=True)
    value_served = fields.Monetary(string="Value served", readonly=True)
    orders_closed = fields.Integer(
        string="Orders complete", readonly=True, help="Orders that could ship all that is open."
    )
    lines_late = fields.Integer(
        string="Late items",
        readonly=True,
        help="Past their promised date and still not covered in full.",
    )
    promises_broken = fields.Integer(
        string="Promises broken",
        readonly=True,
        help="Covered in full before, and not any more after this run.",
    )
    priority_fill = fields.Float(
        string="Key orders served",
        readonly=True,
        aggregator="avg",
        help="What starred orders and key customers get of what they need.",
    )
    fairness = fields.Float(
        readonly=True,
        aggregator="avg",
        help="1 when every customer gets the same part of what he needs (Jain's index).",
    )
    oldest_wait = fields.Float(
        string="Longest wait (days)",
        readonly=True,
        aggregator="max",
        help="Since the order was confirmed, of what is still not covered.",
    )
    shipments = fields.Integer(readonly=True, help="Orders of which something can ship.")
    line_count = fields.Integer(string="Number of items", readonly=True)
    changed_count = fields.Integer(string="Number of changes", readonly=True)
    failed_count = fields.Integer(
        string="Broken guarantees",
        readonly=True,
        help="Products of which there is not enough to keep the guarantees of the policy.",
    )
    failed = fields.Json(readonly=True)
    failed_text = fields.Text(string="What cannot be kept", compute="_compute_failed_text")
    best = fields.Char(
        compute="_compute_best", help="Numbers in which no other run of the comparison is better."
    )

    # === COMPUTE === #

    @api.depends("failed")
    @api.depends_context("lang")
    def _compute_failed_text(self):
        for run in self:
            run.failed_text = "\n".join(run._describe_failure(f) for f in run.failed or [])

    @api.depends("comparison_id", *MEASURES)
    def _compute_best(self):
        groups = dict(
            self._read_group(
                [("comparison_id", "in", self.comparison_id.ids)],
                ["comparison_id"],
                ["id:recordset"],
            )
        )
        for run in self:
            rivals = groups.get(run.comparison_id, self.browse())
            run.best = " ".join(name for name in MEASURES if run._is_best(name, rivals))

    def _is_best(self, name, rivals):
        """Whether none of `rivals` is better, and at least one is worse."""
        values = rivals.mapped(name)
        if not values or max(values) - min(values) <= ALIKE:
            return False
        best = max(values) if MEASURES[name] else min(values)
        return abs(self[name] - best) <= ALIKE

    # === STORE === #

    @api.model
    def _store(self, snapshots):
        """Allocate and store.

        :param snapshots: [(policy, Snapshot)], all read in one transaction
        :return: one run per policy, in that order
        """
        now = fields.Datetime.now()
        plans = [alc.allocate(s.pools, s.shipping, keep=False) for _policy, s in snapshots]
        # sudo: a run is written by this code only
        runs = self.sudo().create(
            [
                self._prepare_run_vals(policy, snapshot, plan, now)
                for (policy, snapshot), plan in zip(snapshots, plans, strict=True)
            ]
        )
        runs.comparison_id = runs[:1]
        Line = self.env["backorder.run.line"].sudo()
        vals_list = []
        for run, (_policy, snapshot), plan in zip(runs, snapshots, plans, strict=True):
            vals_list += Line._prepare_vals_list(run, snapshot, plan)
        Line.create(vals_list)
        for run in runs:
            run._count()
        return runs.with_env(self.env)

    @api.model
    def _prepare_run_vals(self, policy, snapshot, plan, now):
        data = alc.to_json(snapshot.pools, snapshot.shipping, keep=False)
        data["policies"] = [[*pool, found.id] for pool, found in snapshot.policies.items()]
        return {
            "name": self.env["ir.sequence"].sudo().next_by_code("backorder.run"),
            "policy_id": policy.id,
            "policy_name": policy.name,
            "company_id": (policy.company_id or self.env.company).id,
            "date": now,
            "user_id": self.env.uid,
            "inputs": pack(data),
            "failed": self._get_failures(snapshot, plan),
            "failed_count": len(plan.failed),
            **self._get_measures(snapshot.pools, plan, snapshot.shipping, now),
        }

    @api.model
    def _get_failures(self, snapshot, plan):
        return [
            {
                "product_id": product,
                "warehouse_id": warehouse,
                "missing": failure["missing"],
                "fallback": failure["fallback"],
                "order_ids": sorted(
                    {snapshot.rows[i]["order_id"] for i in failure["demands"]} - {None}
                ),
            }
            for (product, warehouse), failure in plan.failed.items()
        ]

    @api.model
    def _get_measures(self, pools, plan, shipping, now):
        moment = now.replace(tzinfo=UTC).timestamp()
        values = measure(pools, plan, shipping, moment, self._get_today(now))
        values["fairness"] = values.pop("jain")
        return {name: value for name, value in values.items() if name in self._fields}

    @api.model
    def _get_today(self, now):
        """:return: midnight of the day of `now` in the company, in seconds since 1970"""
        warehouse = self.env["stock.warehouse"]
        company = self.company_id[:1] or self.env.company
        day = self.env["backorder.tracker"]._local_date(now, warehouse, company)
        return datetime.combine(day, time.min, UTC).timestamp()

    def _count(self):
        self.line_count = len(self.line_ids)
        self.changed_count = len(self.line_ids.filtered("change"))

    # === INPUTS === #

    def _load(self):
        """:return: (engine pools, shipping, {pool: policy id}) as they were read for this run"""
        self.ensure_one()
        # sudo: attachments are for who may read the record
        content = self.sudo().with_context(bin_size=False).inputs
        if not content:
            raise UserError(
                self.env._("The details of %s were deleted; only its numbers are kept.", self.name)
            )
        data = unpack(content)
        pools, shipping, _keep = alc.from_json(data)
        return pools, shipping, {(p, w): policy for p, w, policy in data["policies"]}

    def _get_plan(self):
        """:return: engine Plan of what the lines say, with what was changed by hand"""
        return alc.Plan(
            results={
                line.demand_id: alc.Result(
                    id=line.demand_id,
                    before=line.qty_before,
                    after=line.qty_after,
                    rank=line.rank,
                    of=line.of,
                    reason=line.reason,
                    **{name: line.numbers[name] for name in ("need", "free", "ahead")},
                )
                for line in self.sudo().line_ids
            }
        )

    def _refresh_measures(self):
        """The numbers follow what a planner changes by hand."""
        for run in self.sudo():
            pools, shipping, _policies = run._load()
            run.write(run._get_measures(pools, run._get_plan(), shipping, run.date))
            run._count()

    # === GUARDS === #

    def write(self, vals):
        if not self.env.su and vals.keys() - EDITABLE:
            raise AccessError(
                self.env._("Of a run only the quantities of its items can be changed.")
            )
        return super().write(vals)

    def _check_planner(self):
        self.check_access("read")
        if not (
            self.env.su or self.env.user.has_group("backorder_management.group_backorder_planner")
        ):
            raise AccessError(self.env._("Only a planner may move stock between customers."))

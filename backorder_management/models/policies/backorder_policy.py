"""Who gets the stock when there is not enough: the rule of a pool."""

from dataclasses import replace
from math import inf

from odoo import api, fields, models
from odoo.exceptions import AccessError, ValidationError
from odoo.fields import Command, Domain

from ...engine import allocation as alc

METHODS = [
    ("fifo", "First confirmed, first served"),
    ("promised_date", "Earliest promised date"),
    ("priority", "Starred orders"),
    ("tier", "Customer tier"),
    ("order_value", "Most valuable order"),
    ("largest", "Largest need"),
    ("smallest", "Smallest need"),
    ("weighted", "Weighted score"),
    ("proportional", "Everybody in proportion"),
    ("even", "One each, in turn"),
    ("complete_orders", "Orders that can be completed"),
]
SHARING = [
    ("rank", "In that order, each in full"),
    ("proportional", "In proportion to the need"),
    ("even", "Evenly, one each in turn"),
    ("complete", "Complete orders first"),
]
DEFAULT_WEIGHTS = (("age", 1.0), ("promised", 1.0), ("priority", 1.0), ("value", 0.5))
FAILURES = [("skip_pool", "Leave the product as it is"), ("stop", "Stop the whole run")]
FALLBACKS = [("none", "Nothing"), ("unrestricted", "Share again without guarantees")]


class BackorderPolicy(models.Model):
    _name = "backorder.policy"
    _description = "Allocation Policy"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    active = fields.Boolean(
        default=True, help="While no policy is active, stock is reserved as Odoo does it."
    )
    sequence = fields.Integer(default=10)
    company_id = fields.Many2one(
        "res.company",
        default=lambda self: self.env.company,
        help="Empty: for all companies.",
    )
    warehouse_ids = fields.Many2many(
        "stock.warehouse", string="Warehouses", help="Empty: all warehouses."
    )
    product_categ_ids = fields.Many2many(
        "product.category",
        string="Product categories",
        help="With the categories below them. Empty: all products.",
    )
    method = fields.Selection(
        METHODS,
        string="Who comes first",
        required=True,
        default="fifo",
        help="Ties go to the order that was confirmed first.",
    )
    sharing = fields.Selection(
        SHARING,
        string="When there is not enough",
        required=True,
        default="rank",
        help="How a shortage is shared among those who wait.",
    )
    whole_packs = fields.Boolean(
        string="Only whole packs",
        help="Hand out in the unit of the order line: an order in dozens gets whole dozens.",
    )
    weight_ids = fields.One2many(
        "backorder.policy.weight", "policy_id", string="Criteria", copy=True
    )
    segment_ids = fields.One2many(
        "backorder.segment",
        "policy_id",
        string="Segments",
        copy=True,
        help="Customers, orders or products with more or fewer rights than the others.",
    )
    on_failure = fields.Selection(
        FAILURES,
        string="When a guarantee cannot be kept",
        required=True,
        default="skip_pool",
    )
    fallback = fields.Selection(FALLBACKS, string="And then", required=True, default="none")
    compete_components = fields.Boolean(
        string="Components compete",
        help="Components of manufacturing orders stand in the same line as customers. "
        "Otherwise customers come first when goods arrive.",
    )
    compete_transfers = fields.Boolean(
        string="Internal transfers compete",
        help="Internal transfers stand in the same line as customers. "
        "Otherwise customers come first when goods arrive.",
    )
    reallocates = fields.Boolean(
        string="Scheduled run may take back",
        help="The scheduled action may take reserved goods from a lower rank for a higher one; "
        "otherwise it only hands out free stock. Picked goods are never taken.",
    )
    note = fields.Html(string="Internal note")
    preceding_text = fields.Char(string="Preceding policy", compute="_compute_preceding_text")

    @api.depends("sequence", "company_id", "warehouse_ids", "product_categ_ids")
    @api.depends_context("lang")
    def _compute_preceding_text(self):
        """Of active policies with the same scope only the first counts."""
        for policy in self:
            other = policy._get_preceding()
            text = self.env._("Another policy, %s, comes before this one.", other.name)
            policy.preceding_text = text if other else False

    def _get_preceding(self):
        """:return: the policy that is used instead of this one, if any"""
        self.ensure_one()
        own = self._get_scopes()[0]
        for scope in self._get_active_scopes():
            if replace(scope, policy_id=own.policy_id) == own:
                # sudo: it has the same company
                other = self.sudo().browse(scope.policy_id)
                return other if other._get_place() < self._get_place() else other.browse()
        return self.browse()

    def _get_place(self):
        """A new one stands behind those with the same sequence."""
        return self.sequence, self._origin.id or inf

    def _completes_orders(self):
        self.ensure_one()
        return self.method == "complete_orders" or self.sharing == "complete"

    # === ENGINE === #

    def _get_engine_policy(self):
        """:return: this policy as the engine sees it"""
        self.ensure_one()
        return alc.Policy(
            method=self.method,
            sharing=self.sharing,
            weights=tuple((w.criterion, w.weight) for w in self.weight_ids),
            on_failure=self.on_failure,
            fallback=self.fallback,
        )

    # === GUARDS === #

    def _add_default_weights(self):
        """A weighted score without weights would rank by age alone: begin with something useful."""
        for policy in self:
            if policy.method == "weighted" and not policy.weight_ids:
                policy.weight_ids = [
                    Command.create({"criterion": criterion, "weight": weight})
                    for criterion, weight in DEFAULT_WEIGHTS
                ]

    @api.constrains("on_failure", "fallback")
    def _check_fallback(self):
        for policy in self:
            if policy.on_failure == "stop" and policy.fallback not in ("none", "unrestricted"):
                raise ValidationError(
                    self.env._("A run that stops completely can only be shared again as a whole.")
                )

    @api.model_create_multi
    def create(self, vals_list):
        policies = super().create(vals_list)
        policies._add_default_weights()
        policies._forget_lookup()
        policies.filtered("active")._begin_to_count()
        return policies

    def write(self, vals):
        activated = self.filtered(lambda p: not p.active) if vals.get("active") else self.browse()
        result = super().write(vals)
        if "method" in vals:
            self._add_default_weights()
        self._forget_lookup()
        if activated:
            activated._begin_to_count()
        return result

    def unlink(self):
        result = super().unlink()
        self._forget_lookup()
        return result

    def _forget_lookup(self):
        self.env.registry.clear_cache()

    # === BUTTONS === #

    def action_activate(self):
        """From now on stock is handed out by this policy."""
        self.action_unarchive()
        return True

    def action_deactivate(self):
        self.action_archive()
        return True

    def action_unarchive(self):
        self._check_administrator()
        return super().action_unarchive()

    def action_archive(self):
        self._check_administrator()
        return super().action_archive()

    def _begin_to_count(self):
        """However it was activated: what is free goes to those who wait, a moment later. Nothing
        that is reserved is taken from anybody."""
        allocator = self.env["backorder.allocator"]
        waiting = self.env["backorder.policy"]._find(allocator._read_waiting_pools())
        mine = {pool: policy for pool, policy in waiting.items() if policy in self}
        self.env["backorder.pool"].sudo()._postpone(allocator._filter_with_stock(mine).keys())

    def _check_administrator(self):
        if not self.env.user.has_group("backorder_management.group_backorder_manager"):
            raise AccessError(
                self.env._("Only a backorder administrator may change who gets the stock.")
            )

    def _get_pool_domain(self):
        """Moves that stand in the pools of this policy, for its preview."""
        self.ensure_one()
        domain = Domain("location_id.usage", "=", "internal")
        if self.company_id:
            domain &= Domain("company_id", "=", self.company_id.id)
        if self.warehouse_ids:
            domain &= Domain("location_id.warehouse_id", "in", self.warehouse_ids.ids)
        if self.product_categ_ids:
            domain &= Domain("product_id.categ_id", "child_of", self.product_categ_ids.ids)
        return domain

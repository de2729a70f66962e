"""Trying a policy beside Odoo before it counts."""

from odoo import api, fields, models
from odoo.exceptions import UserError

from .backorder_shadow import DAY


class BackorderPolicy(models.Model):
    _inherit = "backorder.policy"

    shadow_since = fields.Datetime(string="On trial since", readonly=True, copy=False)
    shadow_until = fields.Date(
        string="On trial until",
        copy=False,
        help="Until then it is noted what the policy would do. Nothing is reserved by it.",
    )
    shadow_ended = fields.Datetime(
        string="Trial ended on",
        readonly=True,
        copy=False,
        help="When it was stopped, or the policy activated.",
    )
    shadow_held = fields.Json(
        copy=False,
        prefetch=False,
        help="What stock moves held when the trial began: {move id as text: quantity}.",
    )
    shadow_days = fields.Integer(string="Days of a trial", default=14, copy=False)
    shadow_ids = fields.One2many("backorder.shadow", "policy_id", copy=False)
    is_on_trial = fields.Boolean(compute="_compute_is_on_trial")
    shadow_earlier_count = fields.Integer(string="Orders earlier", compute="_compute_shadow_counts")
    shadow_later_count = fields.Integer(string="Orders later", compute="_compute_shadow_counts")
    shadow_text = fields.Char(string="Result of the trial", compute="_compute_shadow_counts")

    @api.depends("shadow_until", "shadow_ended", "active")
    def _compute_is_on_trial(self):
        today = fields.Date.today()
        for policy in self:
            until = not policy.shadow_ended and policy.shadow_until
            policy.is_on_trial = bool(until) and until >= today and not policy.active

    @api.depends("shadow_ids.outcome")
    @api.depends_context("lang")
    def _compute_shadow_counts(self):
        groups = self.env["backorder.shadow"]._read_group(
            [("policy_id", "in", self.ids), ("outcome", "in", ("earlier", "later"))],
            ["policy_id", "outcome"],
            ["order_id:count_distinct"],
        )
        counts = {(policy.id, outcome): count for policy, outcome, count in groups}
        for policy in self:
            earlier = counts.get((policy.id, "earlier"), 0)
            later = counts.get((policy.id, "later"), 0)
            policy.shadow_earlier_count, policy.shadow_later_count = earlier, later
            policy.shadow_text = self._get_shadow_text(earlier, later)

    @api.model
    def _get_shadow_text(self, earlier, later):
        if earlier == 1:
            return self.env._("It would have served 1 order earlier and %s later.", later)
        return self.env._(
            "It would have served %(earlier)s orders earlier and %(later)s later.",
            earlier=earlier,
            later=later,
        )

    def _get_shadow_pools(self):
        """:return: all pools with open demand, of the companies that the policy is for"""
        self.ensure_one()
        companies = self.company_id or self.env["res.company"].sudo().search(
            [("active", "=", True)]
        )
        # sudo: the policy counts in all of them, whoever starts the trial
        policy = self.sudo().with_context(allowed_company_ids=companies.ids)
        return policy._get_pools_in_scope()

    # === BUTTONS === #

    def action_start_shadow(self):
        """Note from now on what the policy would do. A former trial is forgotten."""
        self._check_administrator()
        for policy in self:
            if policy.active:
                raise UserError(self.env._("%s is active: there is nothing to try.", policy.name))
            # sudo: the results are written by this code only
            policy.sudo().shadow_ids.unlink()
            days = max(1, policy.shadow_days)
            policy.write(
                {
                    "shadow_since": fields.Datetime.now(),
                    "shadow_until": fields.Date.today() + days * DAY,
                    "shadow_ended": False,
                }
            )
            policy.shadow_ids._begin(policy)
        return True

    def action_stop_shadow(self):
        self._check_administrator()
        self._end_shadow()
        return True

    def _end_shadow(self):
        """What was found stays."""
        today = fields.Date.today()
        running = self.filtered(
            lambda p: p.shadow_until and p.shadow_until >= today and not p.shadow_ended
        )
        running.shadow_ended = fields.Datetime.now()

    def _begin_to_count(self):
        """There is nothing to try any more, also after a later deactivation."""
        result = super()._begin_to_count()
        self._end_shadow()
        return result

    def action_view_shadow(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "backorder_management.backorder_shadow_action"
        )
        return {**action, "domain": [("policy_id", "=", self.id)]}

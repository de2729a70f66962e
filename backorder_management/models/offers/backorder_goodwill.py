"""What a customer gets because he had to wait: proposed by a rule, granted once."""

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import formatLang

from ..overview.backorder_sql import SLIPS
from ..sale_backorder import OPEN_STATES
from ..sale_backorder_line import PRICE_GROUPS

STATES = [
    ("proposed", "To approve"),
    ("granted", "Granted"),
    ("refused", "Refused"),
    ("expired", "Not needed any more"),
]
ACTIVITY = "backorder_management.mail_activity_type_goodwill"


class BackorderGoodwill(models.Model):
    """One row for each backorder that a rule fitted, whatever became of it. Closed to editing."""

    _name = "backorder.goodwill"
    _description = "Goodwill for a Backorder"
    _order = "id desc"
    _check_company_auto = True

    backorder_id = fields.Many2one(
        "sale.backorder", required=True, readonly=True, ondelete="cascade"
    )
    rule_id = fields.Many2one(
        "backorder.goodwill.rule", required=True, readonly=True, index=True, ondelete="restrict"
    )
    sale_order_id = fields.Many2one(related="backorder_id.sale_order_id", string="Order")
    partner_id = fields.Many2one(related="backorder_id.partner_id", string="Customer", store=True)
    user_id = fields.Many2one(related="backorder_id.user_id", string="Salesperson", store=True)
    company_id = fields.Many2one(related="backorder_id.company_id", store=True)
    currency_id = fields.Many2one(related="backorder_id.currency_id", store=True)
    amount = fields.Monetary(readonly=True, groups=PRICE_GROUPS, help="Without taxes.")
    company_currency_id = fields.Many2one(
        related="company_id.currency_id", string="Currency of the company"
    )
    amount_company = fields.Monetary(
        string="Of the budget",
        currency_field="company_currency_id",
        readonly=True,
        groups=PRICE_GROUPS,
        help="Without taxes, in the currency of the company.",
    )
    reason = fields.Char(readonly=True, help="How long, and how often.")
    state = fields.Selection(
        STATES, string="Status", required=True, readonly=True, default="proposed", index=True
    )
    grant_date = fields.Date(
        string="Granted on", readonly=True, index="btree_not_null", help="Its month pays for it."
    )
    decided_by_id = fields.Many2one("res.users", string="Decided by", readonly=True)
    note = fields.Char(readonly=True, help="Why it was refused.")
    sale_line_ids = fields.One2many(
        "sale.order.line", "backorder_goodwill_id", string="Discount lines", readonly=True
    )
    move_id = fields.Many2one(
        "account.move",
        string="Credit note",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
    )

    _once = models.UniqueIndex("(backorder_id)", "This backorder got its goodwill already.")

    @api.depends("backorder_id.name", "amount")
    def _compute_display_name(self):
        for row in self:
            # sudo: the name has no price for who may not see it
            row.display_name = self.env._("Goodwill for %s", row.sudo().backorder_id.name)

    # === DECISIONS === #

    def approve(self):
        """Grant it, within what is left of the month's budget. A second call changes nothing.

        :return: True
        :raise UserError: the budget is used up, or nothing is open any more
        :raise AccessError: the user may not approve it
        """
        self._check_may_decide()
        for row in self.sudo():  # sudo: whoever may approve grants, on whosever order
            row.rule_id._lock()
            row.invalidate_recordset(["state"])
            if row.state == "granted":
                continue
            problem = row._get_problem()
            if problem:
                raise UserError(problem)
            with self.env.cr.savepoint():
                row._grant()
        return True

    def refuse(self, reason=""):
        """It is not proposed again. A second call changes nothing.

        :return: True
        :raise UserError: it was granted already
        :raise AccessError: the user may not decide
        """
        self._check_may_decide()
        for row in self.sudo():  # sudo: as above
            row.rule_id._lock()
            row.invalidate_recordset(["state"])
            if row.state == "granted":
                raise UserError(self.env._("This was granted already."))
            if row.state == "proposed":
                row._end("refused", str(reason or "").strip())
        return True

    def action_approve(self):
        return self.approve()

    def action_refuse(self):
        return self.refuse()

    def _check_may_decide(self):
        self.check_access("read")
        if self.env.su or self.env.user.has_group("backorder_management.group_backorder_planner"):
            return
        # sudo: who leads the team and whom the rule names
        if any(self.env.user not in row._get_approvers() for row in self.sudo()):
            raise AccessError(self.env._("A planner or the leader of the sales team decides this."))

    def _get_approvers(self):
        """Whom the rule asks, and the leader of the team: never the salesperson himself, unless
        the rule names him."""
        return self.rule_id.approver_id | self.sale_order_id.team_id.user_id

    def _get_problem(self):
        """:return: a sentence that says why it cannot be granted, or None"""
        order = self.sale_order_id
        if self.state == "refused":
            return self.env._("This was refused.")
        if self.state == "expired" or self.backorder_id.state not in OPEN_STATES:
            return self.env._("Nothing is open any more on %s.", self.backorder_id.name)
        if order.state != "sale":
            return self.env._("%s is not confirmed any more.", order.name)
        if order.locked and self.rule_id.form == "order_line":
            return self.env._("%s is locked: unlock it first.", order.name)
        left, currency = self.rule_id._get_left(), self.company_currency_id
        if currency.compare_amounts(self.amount_company, left) > 0:
            return self.env._(
                "The budget of this month is used up: %(left)s are left, this takes %(amount)s.",
                left=formatLang(self.env, max(0.0, left), currency_obj=currency),
                amount=formatLang(self.env, self.amount_company, currency_obj=currency),
            )
        return None

    def _end(self, state, note=""):
        self.write({"state": state, "note": note or False, "decided_by_id": self.env.uid})
        self.backorder_id.activity_ids.filtered(
            lambda a: a.activity_type_id == self.env.ref(ACTIVITY, raise_if_not_found=False)
        ).unlink()

    # === PROPOSALS === #

    @api.model
    def _propose(self, rule, backorder):
        """:return: the proposal, with an activity for whom the rule asks"""
        amount = rule._get_amount(backorder)
        order = backorder.sale_order_id
        row = self.create(
            {
                "backorder_id": backorder.id,
                "rule_id": rule.id,
                "amount": amount,
                "amount_company": rule.currency_id.round(amount / (order.currency_rate or 1.0)),
                "reason": rule._get_reason(backorder),
            }
        )
        if not rule.automatic:
            row._ask()
        return row

    def _ask(self):
        approver = self._get_approvers()[:1] or self.rule_id.create_uid
        self.backorder_id.activity_schedule(
            ACTIVITY, user_id=approver.id, summary=self._get_text(), note=self.reason
        )

    def _get_text(self):
        amount = formatLang(self.env, self.amount, currency_obj=self.currency_id)
        order = self.sale_order_id.name
        return self.env._("Goodwill of %(amount)s for %(order)s", amount=amount, order=order)


class BackorderGoodwillRule(models.Model):
    _inherit = "backorder.goodwill.rule"

    def _get_reason(self, backorder):
        """How long it waits and how often it slipped, for who decides."""
        counts = self.env["backorder.date.change"]._read_group(
            [("line_id", "in", backorder.line_ids.ids), ("kind", "in", SLIPS)],
            ["line_id"],
            ["__count"],
        )
        slips = max((count for _line, count in counts), default=0)
        text = self.env._("%s days waiting", backorder.age_days)
        if slips:
            text = self.env._("%(waiting)s, %(slips)s times later", waiting=text, slips=slips)
        return text

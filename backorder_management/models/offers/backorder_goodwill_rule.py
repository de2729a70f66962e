"""After which wait a customer gets something back, how much, and out of which budget."""

from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain
from odoo.tools import SQL

from ..overview.backorder_sql import SLIPS
from ..sale_backorder import OPEN_STATES
from ..sale_backorder_line import PRICE_GROUPS

METHODS = [("percent", "Percent of what is open"), ("fixed", "Fixed amount")]
FORMS = [("order_line", "Discount line on the order"), ("credit_note", "Draft credit note")]


class BackorderGoodwillRule(models.Model):
    """Archived until a company wants it."""

    _name = "backorder.goodwill.rule"
    _description = "Goodwill Rule"
    _order = "sequence, id"
    _check_company_auto = True

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10, help="The first rule that fits a backorder counts.")
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company, index=True
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    days_waiting = fields.Integer(
        string="Days waiting", default=30, help="Open for so many days. 0: does not count."
    )
    slips = fields.Integer(
        string="Times later",
        help="An item slipped so often past its promised date. 0: not counted.",
    )
    min_amount = fields.Monetary(string="Orders of at least", help="Without taxes. 0: every order.")
    method = fields.Selection(METHODS, string="Grant", required=True, default="percent")
    percent = fields.Float(default=5.0, help="Of the open value, without taxes.")
    amount = fields.Monetary(help="Without taxes, never more than the open value.")
    form = fields.Selection(
        FORMS,
        string="Given as",
        required=True,
        default="order_line",
        help="A discount line is settled with the next invoice of the order. A draft credit note "
        "waits for accounting. The prices of the order are never changed.",
    )
    budget = fields.Monetary(
        string="Budget per month",
        required=True,
        help="What this rule grants in a calendar month, without taxes. Nothing goes beyond it.",
    )
    spent = fields.Monetary(
        string="Spent this month",
        compute="_compute_spent",
        help="Of the budget, without taxes.",
    )
    automatic = fields.Boolean(
        string="Without approval",
        help="Granted by the scheduled action, as far as the budget goes.",
    )
    approver_id = fields.Many2one(
        "res.users",
        string="Asked to approve",
        domain=[("share", "=", False)],
        help="Empty: the leader of the sales team, without one whoever made the rule. Planners may "
        "always approve.",
    )
    version = fields.Integer(default=0, readonly=True, help="Grants by this rule, one at a time.")

    _waits = models.Constraint(
        "CHECK (days_waiting >= 0 AND slips >= 0 AND days_waiting + slips > 0)",
        "Say after how many days, or after how many delays.",
    )
    _numbers = models.Constraint(
        "CHECK (percent >= 0 AND percent <= 100 AND amount >= 0 AND min_amount >= 0"
        " AND budget >= 0)",
        "Percentages are between 0 and 100, amounts not below zero.",
    )

    @api.constrains("method", "percent", "amount")
    def _check_amount(self):
        for rule in self:
            if not (rule.percent if rule.method == "percent" else rule.amount):
                raise ValidationError(self.env._("%s: say how much is granted.", rule.name))

    def _compute_spent(self):
        # sudo: all that was granted counts, whoever may see it
        grants = self.env["backorder.goodwill"].sudo()
        start = fields.Date.context_today(self).replace(day=1)
        spent = dict(
            grants._read_group(
                [
                    ("rule_id", "in", self.ids),
                    ("state", "=", "granted"),
                    ("grant_date", ">=", start),
                ],
                ["rule_id"],
                ["amount_company:sum"],
            )
        )
        for rule in self:
            rule.spent = spent.get(rule, 0.0)

    def _lock(self):
        """One grant at a time: whoever comes second fails to serialize, is tried again, and then
        sees what is left. A lock alone would let it go on with what it saw before."""
        self.flush_recordset()
        self.env.cr.execute(
            SQL(
                "UPDATE backorder_goodwill_rule SET version = COALESCE(version, 0) + 1"
                " WHERE id = %s",
                self.id,
            )
        )
        self.invalidate_recordset(["version", "spent"])

    def _get_left(self):
        self.ensure_one()
        return self.budget - self.spent

    # === WHO GETS IT === #

    def _find_backorders(self):
        """:return: open backorders that this rule fits and that got nothing yet, oldest first"""
        self.ensure_one()
        waiting = Domain.OR([self._get_age_domain(), self._get_slip_domain()])
        records = self.env["sale.backorder"].search(
            [
                ("company_id", "=", self.company_id.id),
                ("state", "in", OPEN_STATES),
                ("released", "=", True),
                ("goodwill_ids", "=", False),
                *waiting,
            ],
            order="date_open, id",
        )
        return records.filtered(lambda b: b._get_order_value() >= self.min_amount)

    def _get_age_domain(self):
        if not self.days_waiting:
            return Domain.FALSE
        return Domain("date_open", "<=", fields.Datetime.now() - timedelta(days=self.days_waiting))

    def _get_slip_domain(self):
        """An item that slipped often enough: many items that slip at once are one delay."""
        if not self.slips:
            return Domain.FALSE
        groups = self.env["backorder.date.change"]._read_group(
            [
                ("company_id", "=", self.company_id.id),
                ("kind", "in", SLIPS),
                ("line_id.state", "in", OPEN_STATES),
            ],
            ["line_id"],
            having=[("__count", ">=", self.slips)],
        )
        return Domain("id", "in", [line.backorder_id.id for (line,) in groups])

    def _get_amount(self, backorder):
        """:return: what the rule grants, in the currency of the order, without taxes"""
        order, currency = backorder.sale_order_id, backorder.currency_id
        if self.method == "percent":
            amount = backorder.amount_open * self.percent / 100
        else:
            amount = min(backorder.amount_open, self.amount * (order.currency_rate or 1.0))
        return currency.round(amount)


class SaleBackorder(models.Model):
    _inherit = "sale.backorder"

    goodwill_ids = fields.One2many(
        "backorder.goodwill", "backorder_id", groups=PRICE_GROUPS, help="At most once."
    )

    def _get_order_value(self):
        """Without taxes, in the currency of the company."""
        order = self.sale_order_id
        return order.amount_untaxed / (order.currency_rate or 1.0)

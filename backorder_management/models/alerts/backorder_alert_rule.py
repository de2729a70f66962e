"""When somebody is told of a backorder that needs him, and whom."""

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import format_amount, groupby

PEOPLE = [
    ("salesperson", "Salesperson"),
    ("buyer", "Buyer"),
    ("team", "Team leader"),
    ("user", "A named person"),
]
TIERS = [
    ("1", "Key customers"),
    ("2", "Key and preferred customers"),
    ("3", "Standard customers"),
]
KINDS = [
    ("age", "Open for some days"),
    ("overdue", "Overdue by some days"),
    ("slips", "Promised date slipped some times"),
    ("contact", "No contact for some days"),
    ("supply", "No supply planned"),
    ("value", "Open value above a limit"),
    ("unaccepted", "New date not answered for some days"),
    ("mto", "Make to order is stuck"),
    ("ready", "Ready but not shipped for some days"),
    ("count", "Stock in doubt not counted for some days"),
    ("shortage", "Shortage ahead"),
]


class BackorderAlertRule(models.Model):
    """One cause, some conditions, and what happens. An active rule is looked at every working day;
    what it finds is kept as `backorder.alert`."""

    _name = "backorder.alert.rule"
    _description = "Alert Rule"
    _order = "sequence, id"
    _check_company_auto = True

    name = fields.Char(required=True, translate=True)
    active = fields.Boolean(default=True)
    sequence = fields.Integer(default=10)
    company_id = fields.Many2one(
        "res.company", default=lambda self: self.env.company, help="Empty: all companies."
    )
    kind = fields.Selection(KINDS, string="Alert when", required=True, default="age")
    days = fields.Integer(default=7)
    slips = fields.Integer(
        string="Times",
        default=2,
        help="How many times the expected date moved past the date that the customer was told, or "
        "was lost. Another date that he is told is no slip by itself.",
    )
    amount = fields.Float(
        string="Above", help="Without taxes, in the currency of the company of the backorder."
    )

    tier = fields.Selection(TIERS, string="Customers", help="Empty: all customers.")
    product_categ_ids = fields.Many2many(
        "product.category",
        string="Product categories",
        help="With the categories below them. Empty: all products.",
    )
    warehouse_ids = fields.Many2many(
        "stock.warehouse",
        string="Warehouses",
        check_company=True,
        help="Empty: all warehouses.",
    )
    amount_minimum = fields.Float(
        string="Open value from",
        help="Backorders worth less are left alone. Without taxes, in the currency of the company "
        "of the backorder.",
    )

    responsible = fields.Selection(
        PEOPLE,
        string="Who is told",
        required=True,
        default="salesperson",
        help="Buyer: of the purchase that is waited for, else who is responsible for the product.",
    )
    user_id = fields.Many2one(
        "res.users",
        string="Person",
        domain=[("share", "=", False)],
        help="Is told, also where nobody else is found.",
    )
    activity_type_id = fields.Many2one(
        "mail.activity.type",
        string="Activity",
        domain=[("res_model", "in", ["sale.backorder", False])],
        default=lambda self: self.env.ref("backorder_management.mail_activity_type_alert", False),
        ondelete="restrict",
        required=True,
    )
    deadline_days = fields.Integer(
        string="Due in", help="Working days until the activity is due; 0: the same day."
    )
    escalation_days = fields.Integer(
        string="Escalate after",
        help="Working days without the activity being done until another person gets one, too. "
        "0: never.",
    )
    escalation_responsible = fields.Selection(
        [("team", "Team leader"), ("user", "A named person")],
        string="Escalate to",
        default="team",
    )
    escalation_user_id = fields.Many2one(
        "res.users",
        string="Escalation to",
        domain=[("share", "=", False)],
        help="Gets the second activity, also where there is no team leader.",
    )
    repeat_days = fields.Integer(
        string="Repeat after",
        help="Days after the activity was done until it comes again, when the cause is still "
        "there. 0: only when the cause went away and came back.",
    )
    raise_priority = fields.Boolean(string="Raise the priority", help="The backorder gets a star.")
    propose_cancel = fields.Boolean(
        string="Propose cancellation", help="The activity asks whether to cancel what is open."
    )
    alert_ids = fields.One2many("backorder.alert", "rule_id", string="Alerts")
    open_count = fields.Integer(string="Open alerts", compute="_compute_open_count")
    last_error = fields.Char(
        readonly=True, copy=False, help="Why the last run of this rule failed."
    )
    sentence = fields.Char(string="In words", compute="_compute_sentence")

    @api.constrains("days", "slips", "deadline_days", "escalation_days", "repeat_days")
    def _check_numbers(self):
        names = ("days", "slips", "deadline_days", "escalation_days", "repeat_days")
        if any(rule[name] < 0 for rule in self for name in names):
            raise ValidationError(self.env._("Days must not be negative."))

    @api.constrains("responsible", "user_id")
    def _check_user(self):
        if any(rule.responsible == "user" and not rule.user_id for rule in self):
            raise ValidationError(self.env._("Choose the person who is told."))

    @api.depends("alert_ids.state")
    def _compute_open_count(self):
        counts = dict(
            self.env["backorder.alert"]._read_group(
                [("rule_id", "in", self.ids), ("state", "=", "open")], ["rule_id"], ["__count"]
            )
        )
        for rule in self:
            rule.open_count = counts.get(rule._origin, 0)

    def write(self, vals):
        """A rule that is switched off takes its alerts with it, also in one company."""
        result = super().write(vals)
        # sudo: alerts are closed to editing
        alerts = self.sudo().alert_ids
        if vals.get("active") is False:
            alerts._close(self.env._("The alert rule was switched off."))
        elif vals.get("company_id"):
            elsewhere = alerts.filtered(lambda a: a.company_id != a.rule_id.company_id)
            elsewhere._close_elsewhere()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_close_alerts(self):
        # sudo: as above
        self.sudo().alert_ids._close(self.env._("The alert rule was deleted."))

    # === IN WORDS === #

    @api.depends(
        "kind",
        "days",
        "slips",
        "amount",
        "tier",
        "product_categ_ids",
        "warehouse_ids",
        "amount_minimum",
        "responsible",
        "user_id",
        "deadline_days",
        "escalation_days",
        "escalation_responsible",
        "escalation_user_id",
        "raise_priority",
        "propose_cancel",
        "repeat_days",
    )
    @api.depends_context("lang")
    def _compute_sentence(self):
        for rule in self:
            rule.sentence = " ".join(filter(None, (rule._get_when_text(), *rule._get_then_texts())))

    def _get_when_text(self):
        cause = getattr(self, f"_get_{self.kind}_words")() if self.kind else ""
        conditions = ", ".join(self._get_condition_texts())
        return f"{cause} ({conditions})." if conditions else f"{cause}."

    def _get_condition_texts(self):
        texts = []
        if self.tier:
            texts.append(dict(self._fields["tier"]._description_selection(self.env))[self.tier])
        if self.product_categ_ids:
            texts.append(", ".join(self.product_categ_ids.mapped("display_name")))
        if self.warehouse_ids:
            texts.append(", ".join(self.warehouse_ids.mapped("name")))
        if self.amount_minimum:
            texts.append(self.env._("from %s", self._format_amount(self.amount_minimum)))
        return texts

    def _format_amount(self, amount):
        return format_amount(self.env, amount, (self.company_id or self.env.company).currency_id)

    def _get_then_texts(self):
        person = self._get_person_text(self.responsible, self.user_id)
        texts = [self._get_deadline_text(person)]
        if self.propose_cancel:
            texts.append(self.env._("It proposes to cancel what is open."))
        if self.escalation_days:
            boss = self._get_person_text(self.escalation_responsible, self.escalation_user_id)
            texts.append(
                self.env._(
                    "Not done for %(days)s working days: also for %(person)s.",
                    days=self.escalation_days,
                    person=boss,
                )
            )
        if self.raise_priority:
            texts.append(self.env._("The backorder gets a star."))
        if self.repeat_days:
            texts.append(self.env._("It comes again %s days after it was done.", self.repeat_days))
        return texts

    def _get_deadline_text(self, person):
        if not self.deadline_days:
            return self.env._("Activity for %s, due the same day.", person)
        if self.deadline_days == 1:
            return self.env._("Activity for %s, due on the next working day.", person)
        return self.env._(
            "Activity for %(person)s, due in %(days)s working days.",
            person=person,
            days=self.deadline_days,
        )

    @api.model
    def _get_person_text(self, choice, user):
        texts = {
            "salesperson": self.env._("the salesperson"),
            "buyer": self.env._("the buyer"),
            "team": self.env._("the team leader"),
        }
        return texts.get(choice) or user.name or self.env._("a named person")

    # === BUTTONS === #

    def action_view_alerts(self):
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "backorder_management.backorder_alert_action"
        )
        return {**action, "domain": [("rule_id", "in", self.ids)]}

    def _get_activity_type(self, model):
        """Types for backorders only do not fit a product."""
        kind = self.activity_type_id
        if kind.res_model in (False, model):
            return kind
        return self.env.ref("mail.mail_activity_data_todo")

    def action_view_matches(self):
        """What the rule would find now, whether somebody was told or not."""
        self.ensure_one()
        companies = self._get_companies() & self.env.companies
        found = [row for company in companies for row in self._read_causes(company)]
        field, model = self._get_target()
        ids = [key for key, _rows in groupby(found, lambda row: row[field])]
        return {
            "type": "ir.actions.act_window",
            "name": self.name,
            "res_model": model,
            "view_mode": "list,form",
            "domain": [("id", "in", ids)],
        }

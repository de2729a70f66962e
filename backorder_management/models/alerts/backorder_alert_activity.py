"""Alerts are activities: who gets which."""

from markupsafe import Markup, escape

from odoo import fields, models


class BackorderAlert(models.Model):
    _inherit = "backorder.alert"

    def _schedule(self, deadline):
        """An activity for each, for whoever was told."""
        self._create_activities({alert: (alert.user_id, alert.summary) for alert in self}, deadline)

    def _escalate(self, deadline):
        """A second activity, for somebody else; the first stays where it is."""
        rule, tasks = self.rule_id, {}
        field, _model = rule._get_target()
        people = rule._find_people(
            rule.escalation_responsible or "team", rule.escalation_user_id, self[field]
        )
        for alert in self:
            user = people[alert[field]]
            if user == alert.user_id and rule._is_present(rule.escalation_user_id):
                # he is told already
                user = rule.escalation_user_id
            if user and user != alert.user_id:
                env = self.with_context(lang=user.lang).env
                name = alert.user_id.name or env._("Nobody")
                tasks[alert] = (
                    user,
                    env._("Not done by %(name)s: %(alert)s", name=name, alert=alert.summary),
                )
                alert.escalation_user_id = user
        self.browse(a.id for a in tasks)._create_activities(tasks, deadline)
        self.write({"date_escalated": fields.Datetime.now()})

    def _create_activities(self, tasks, deadline):
        """:param tasks: {alert: (user, summary)}"""
        if not tasks:
            return
        rule = self.rule_id
        field, model = rule._get_target()
        kind = rule._get_activity_type(model)
        # core asks for the names one by one: then they are known already
        self[field].mapped("display_name")
        self.env["mail.activity"].create(
            [
                {
                    "res_model_id": self.env["ir.model"]._get_id(model),
                    "res_id": alert[field].id,
                    "activity_type_id": kind.id,
                    "summary": summary,
                    "note": alert._get_note(user),
                    "user_id": user.id,
                    "date_deadline": deadline,
                    "automated": True,
                    "backorder_alert_id": alert.id,
                }
                for alert, (user, summary) in tasks.items()
            ]
        )

    def _get_note(self, user):
        alert = self.with_context(lang=user.lang or self.env.lang)
        parts = [alert._get_subject()]
        if self.rule_id.propose_cancel and self.backorder_id:
            parts.append(
                alert.env._("Ask the customer whether he still wants it; else cancel the rest.")
            )
        return Markup("<br/>").join(parts)

    def _get_subject(self):
        """What it is about, in a line."""
        if self.backorder_id:
            return escape(f"{self.partner_id.name}: {self.backorder_id.product_summary}")
        names = ", ".join(self.customer_ids.mapped("display_name"))
        place = self.warehouse_id.name
        return escape(
            self.env._("%(place)s. Customers hit: %(names)s", place=place, names=names)
            if names
            else place
        )


class SaleBackorder(models.Model):
    _inherit = "sale.backorder"

    def _raise_priority(self, rule):
        low = self.filtered(lambda b: b.priority != "1")
        if low:
            low.write({"priority": "1"})
            text = self.env._("Priority raised by the alert %s", rule.name)
            low._message_log_batch(bodies={record.id: text for record in low})

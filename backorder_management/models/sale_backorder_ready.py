"""Tells salespeople what is ready: in Odoo, one line a day."""

from markupsafe import Markup

from odoo import api, fields, models


class SaleBackorder(models.Model):
    _inherit = "sale.backorder"

    @api.model
    def _get_ready_to_tell_domain(self):
        """Ready, not told yet, not in doubt, and found by somebody who is still here."""
        return [
            ("state", "=", "ready"),
            ("ready_told", "=", False),
            ("check_stock", "=", False),
            ("released", "=", True),
            ("user_id.active", "=", True),
        ]

    @api.model
    def _cron_tell_ready(self):
        """One activity per salesperson and day, on the oldest of what became ready. Whoever was
        told today hears of the rest tomorrow."""
        waiting = self.search(self._get_ready_to_tell_domain(), order="date_ready, id")
        for user, backorders in waiting.grouped("user_id").items():
            if not self._was_told_today(user):
                backorders._tell_ready(user)

    @api.model
    def _was_told_today(self, user):
        activity_type = self.env.ref("backorder_management.mail_activity_type_ready")
        # done activities are archived, and count too
        return bool(
            self.env["mail.activity"]
            .with_context(active_test=False)
            .search_count(
                [
                    ("activity_type_id", "=", activity_type.id),
                    ("user_id", "=", user.id),
                    ("create_date", ">=", fields.Date.today()),
                ],
                limit=1,
            )
        )

    def _tell_ready(self, user):
        backorders = self.with_context(lang=user.lang, mail_activity_quick_update=True)
        links = [
            Markup("%s, %s") % (b._get_html_link(title=b.name), b.partner_id.display_name)
            for b in backorders
        ]
        backorders[0].activity_schedule(
            "backorder_management.mail_activity_type_ready",
            summary=self.env._("%s backorders are ready to ship", len(self)),
            note=Markup("<br/>").join(links),
            user_id=user.id,
        )
        self.write({"ready_told": True})

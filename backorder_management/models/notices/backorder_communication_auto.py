"""Nobody enters anything twice: messages and calls write their own rows."""

from odoo import api, models
from odoo.tools import html2plaintext

from ..sale_backorder import OPEN_STATES

SUMMARY_LENGTH = 300
SPOKEN = {"comment": "email", "email": "email", "email_outgoing": "email", "sms": "sms"}


class BackorderCommunication(models.Model):
    _inherit = "backorder.communication"

    @api.model
    def _log_message(self, message, backorders, summary=None):
        """A message that the customer reads, or wrote. The same message is logged once.

        :param summary: what it said, where that is shorter than its text
        """
        method = SPOKEN.get(message.message_type)
        if not method or message.is_internal:
            return
        incoming = self._is_from_customer(message)
        if incoming and message.message_type == "comment":
            method = "portal"
        logged = backorders.communication_ids.filtered(lambda x: x.mail_message_id == message)
        self.create(
            [
                {
                    "backorder_id": backorder.id,
                    "date": message.date,
                    "method": method,
                    "direction": "in" if incoming else "out",
                    "summary": summary or self._get_summary(message),
                    "user_id": False if incoming else message.author_id.user_ids[:1].id,
                    "mail_message_id": message.id,
                }
                for backorder in backorders - logged.backorder_id
            ]
        )

    @api.model
    def _is_from_customer(self, message):
        return not message.author_id or message.author_id.partner_share

    @api.model
    def _get_summary(self, message):
        text = html2plaintext(message.body or "").strip() or message.subject or message.display_name
        return text if len(text) <= SUMMARY_LENGTH else text[: SUMMARY_LENGTH - 1] + "…"

    @api.model
    def _log_call(self, activity, feedback, backorders):
        self.create(
            [
                {
                    "backorder_id": backorder.id,
                    "method": "phone",
                    "direction": "out",
                    "summary": feedback or activity.summary or activity.activity_type_id.name,
                    "user_id": self.env.uid,
                }
                for backorder in backorders
            ]
        )


class SaleOrder(models.Model):
    _inherit = "sale.order"

    def _message_post_after_hook(self, message, msg_vals):
        if message.message_type in SPOKEN and self.backorder_qty_open:
            # sudo: customers write to their order, too
            open_ones = self.sudo().backorder_ids.filtered(lambda b: b.state in OPEN_STATES)
            self.env["backorder.communication"].sudo()._log_message(message.sudo(), open_ones)
        return super()._message_post_after_hook(message, msg_vals)


class SaleBackorder(models.Model):
    _inherit = "sale.backorder"

    def _message_post_after_hook(self, message, msg_vals):
        # sudo: as above
        self.env["backorder.communication"].sudo()._log_message(message.sudo(), self.sudo())
        return super()._message_post_after_hook(message, msg_vals)


class MailActivity(models.Model):
    _inherit = "mail.activity"

    def _action_done(self, feedback=False, attachment_ids=None):
        """A call that was made is a contact."""
        calls = self.filtered(lambda a: a.activity_type_id.category == "phonecall")
        log = self.env["backorder.communication"].sudo()
        for call in calls:
            backorders = call._get_called_backorders()
            if backorders:
                log._log_call(call, feedback, backorders)
        if calls:
            self.env["backorder.notice"]._confirm_calls(calls)
        followups = self._get_followed_backorders()
        result = super()._action_done(feedback=feedback, attachment_ids=attachment_ids)
        followups._plan_followup(False)
        return result

    def unlink(self):
        followups = self._get_followed_backorders()
        result = super().unlink()
        if not self.env.context.get("backorder_followup"):
            followups.exists()._plan_followup(False)
        return result

    def _get_called_backorders(self):
        """:return: the open backorders that this call is about"""
        self.ensure_one()
        records = self.env["sale.backorder"].sudo()
        # sudo: doing the call needs no right on the message
        notice = (
            self.env["backorder.notice"].sudo().search([("activity_id", "=", self.id)], limit=1)
        )
        if notice:
            return notice.item_ids.backorder_id
        if self.res_model == "sale.backorder":
            records = records.browse(self.res_id).exists()
        elif self.res_model == "sale.order":
            records = self.env["sale.order"].sudo().browse(self.res_id).exists().backorder_ids
        return records.filtered(lambda b: b.state in OPEN_STATES)

    def _get_followed_backorders(self):
        mine = self.filtered(lambda a: a.res_model == "sale.backorder")
        if not mine:
            return self.env["sale.backorder"]
        kind = self.env.ref("backorder_management.mail_activity_type_followup", False)
        # sudo: doing the call needs no right on the backorder
        return (
            self.env["sale.backorder"]
            .sudo()
            .browse(mine.filtered(lambda a: a.activity_type_id == kind).mapped("res_id"))
            .exists()
        )

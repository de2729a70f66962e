"""Consent to a delay, as consumer rules in some countries ask for it: the first short delay may
take silence as a yes, any other one needs an answer, or ends. Off by default; no legal advice."""

import logging
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_date

from ..sale_backorder import OPEN_STATES

_logger = logging.getLogger(__name__)

SHORT_DELAY = 30  # days
DELAYS = ("later", "no_date")
ANSWERS = ("wait", "new_date", "partial", "substitute")
SILENT, EXPLICIT = "silence", "explicit"
STATES = [("asked", "Waits for an answer"), ("given", "Agreed"), ("missing", "No answer")]


class ResCompany(models.Model):
    _inherit = "res.company"

    backorder_consent = fields.Boolean(
        string="Consent to delays",
        help="Notices ask customers to agree to a delay. For the first one of up to 30 days with a "
        "new date, no answer is a yes. A longer one, a second one, or one without a date needs an "
        "answer.",
    )
    backorder_consent_days = fields.Integer(
        string="Days to agree", default=14, help="Until when customers are asked to answer."
    )
    backorder_consent_cancel = fields.Boolean(
        string="Cancel without an answer",
        help="What nobody agreed to is cancelled after that day, and the customer is written to. "
        "Otherwise the salesperson is asked.",
    )


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    backorder_consent = fields.Boolean(related="company_id.backorder_consent", readonly=False)
    backorder_consent_days = fields.Integer(
        related="company_id.backorder_consent_days", readonly=False
    )
    backorder_consent_cancel = fields.Boolean(
        related="company_id.backorder_consent_cancel", readonly=False
    )


class BackorderNoticeItem(models.Model):
    _inherit = "backorder.notice.item"

    def _get_consent(self):
        """:return: what silence means for a delay that is told: ``silence`` (a yes),
        ``explicit`` (an answer is needed), or False"""
        self.ensure_one()
        if self.kind not in DELAYS or not self.company_id.backorder_consent:
            return False
        earlier = self.search_count(
            [
                ("line_id", "=", self.line_id.id),
                ("kind", "in", DELAYS),
                ("state", "=", "told"),
                ("id", "!=", self.id),
            ],
            limit=1,
        )
        new = self.new_date or self.line_id._get_told_date()
        old = self.old_date or self.line_id.promised_date
        short = new and old and new - old <= timedelta(days=SHORT_DELAY)
        return SILENT if short and not earlier else EXPLICIT


class BackorderNotice(models.Model):
    _inherit = "backorder.notice"

    def _get_consent_block(self, record, items):
        """Read by the template.

        :return: dict ``kind``, ``date`` until which an answer is asked (``day`` as people read it),
            ``ends`` (without one what waits is cancelled); False where nothing is asked
        """
        kinds = {item._get_consent() for item in items}
        if not kinds & {SILENT, EXPLICIT}:
            return False
        day = record._today() + timedelta(days=record.company_id.backorder_consent_days)
        return {
            "kind": EXPLICIT if EXPLICIT in kinds else SILENT,
            "date": day,
            "day": format_date(self.env, day),
            "ends": record.company_id.backorder_consent_cancel,
        }

    def _keep_told(self, items):
        asked = [
            (record, block["date"])
            for record, mine in items.grouped("backorder_id").items()
            if (block := self._get_consent_block(record, mine)) and block["kind"] == EXPLICIT
        ]
        result = super()._keep_told(items)
        for record, day in asked:
            record.write({"consent_state": "asked", "consent_date": day})
        return result


class BackorderCommunication(models.Model):
    _inherit = "backorder.communication"

    def _follow_up(self):
        """Whoever decided has answered."""
        result = super()._follow_up()
        if self.decision in ANSWERS and self.backorder_id.consent_state:
            # sudo: the field is closed to editing
            self.backorder_id.sudo().consent_state = "given"
        return result


class SaleBackorder(models.Model):
    _inherit = "sale.backorder"

    consent_state = fields.Selection(
        STATES,
        string="Consent",
        readonly=True,
        help="Whether the customer has agreed to the last delay that needs an answer.",
    )
    consent_date = fields.Date(string="Answer until", readonly=True)

    _consent_due = models.Index("(consent_date) WHERE consent_state = 'asked'")

    @api.model
    def _cron_consent(self):
        """Delays that nobody agreed to in time."""
        due = self.search(
            [
                ("consent_state", "=", "asked"),
                ("consent_date", "<", fields.Date.today()),
                ("state", "in", OPEN_STATES),
            ]
        )
        cron = self.env["ir.cron"]
        cron._commit_progress(remaining=len(due))
        for record in due:
            record._end_without_consent()
            if not cron._commit_progress(1):
                break

    def _end_without_consent(self):
        self.consent_state = "missing"
        reason = self.env.ref("backorder_management.cancel_reason_delay", raise_if_not_found=False)
        if self.company_id.backorder_consent_cancel and reason and not self.check_stock:
            try:
                with self.env.cr.savepoint():
                    note = self.env._("No answer to the delay.")
                    self.cancel_open(reason.id, note=note, notify=True)
                return
            except UserError as error:
                # what is picked already cannot be cancelled: a person decides
                _logger.info("%s is not cancelled: %s", self.name, error)
        self.activity_schedule(
            "mail.mail_activity_data_todo",
            summary=self.env._("%s did not answer: wait or cancel?", self.partner_id.display_name),
            user_id=(self.user_id.filtered("active") or self.env.user).id,
        )

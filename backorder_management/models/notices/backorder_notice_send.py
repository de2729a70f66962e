"""Sending: each message once, with what is true at that moment, and nothing lost when it fails."""

import logging
from datetime import timedelta

import psycopg2

from odoo import api, fields, models
from odoo.exceptions import ConcurrencyError, UserError
from odoo.tools import SQL

from ..sale_backorder import OPEN_STATES
from .backorder_notice import TEMPLATE
from .backorder_notice_item import MOVED

_logger = logging.getLogger(__name__)

AT_ONCE = 50
MAX_ATTEMPTS = 3
# hours until the next attempt, by how often it failed
PAUSES = {1: 1, 2: 6}
DAYS_WATCHED = 7


class BackorderNotice(models.Model):
    _inherit = "backorder.notice"

    @api.model
    def _get_waiting_domain(self):
        return [
            "|",
            ("state", "=", "queued"),
            "&",
            ("state", "=", "failed"),
            ("date_retry", "<=", fields.Datetime.now()),
            "|",
            ("explicit", "=", True),
            ("company_id.backorder_notice_mode", "!=", "off"),
        ]

    @api.model
    def _send_waiting(self):
        """Messages and what follows from them are written in one transaction for each batch: after
        a crash the rest goes out, and nothing twice."""
        cron = self.env["ir.cron"]
        cron._commit_progress(remaining=self.search_count(self._get_waiting_domain()))
        seen = self.browse()
        while batch := self._next_batch(seen):
            batch._send()
            seen += batch
            if not cron._commit_progress(len(batch)):
                break

    @api.model
    def _next_batch(self, seen):
        domain = [*self._get_waiting_domain(), ("id", "not in", seen.ids)]
        return self.search(domain, order="id", limit=AT_ONCE)

    def _send(self):
        """Send those of these messages that nobody else is sending."""
        mine = self._lock()
        for notice in mine:
            try:
                with self.env.cr.savepoint():
                    notice._send_one()
            except (psycopg2.OperationalError, ConcurrencyError):
                raise
            except UserError as error:
                notice._fail(str(error))
            except Exception as error:  # pylint: disable=broad-except
                # one message that cannot be rendered does not hold up the others
                _logger.exception("Backorder notice %s was not sent", notice.id)
                notice._fail(str(error))

    def _lock(self):
        query = SQL(
            "SELECT id FROM backorder_notice WHERE id = ANY (%s) AND state IN ('queued', 'failed')"
            " ORDER BY id FOR UPDATE SKIP LOCKED",
            self.ids,
        )
        self.flush_recordset(["state"])
        notices = self.browse(row[0] for row in self.env.execute_query(query))
        notices.invalidate_recordset(["state"], flush=False)
        return notices

    def _send_one(self):
        if self.mail_message_id:
            self._resend()
            return
        items = self.item_ids.filtered(lambda i: i.state == "new")._drop_stale()
        if not items:
            self.state = "skipped"
            return
        if self.channel == "phone":
            self._plan_call()
        else:
            self._write_email()
            self._keep_told(items)
        self.write(
            {
                "state": "sent",
                "date_sent": fields.Datetime.now(),
                "error": False,
                "date_retry": False,
            }
        )

    # === BY E-MAIL === #

    def _write_email(self):
        if not self.partner_id.email_normalized:
            raise UserError(self.env._("The customer has no valid e-mail address."))
        template = self.env.ref(TEMPLATE)
        content = self._render(template)[self.id]
        author = self._get_authors()[:1]
        message = self.with_context(
            mail_notify_force_send=self.explicit, mail_post_autofollow=False
        ).message_post(
            body=content["body_html"],
            subject=content["subject"],
            message_type="comment",
            subtype_xmlid="mail.mt_comment",
            partner_ids=self.partner_id.ids,
            author_id=(author.partner_id or self.company_id.partner_id).id,
            email_from=author.email_formatted or self.company_id.email_formatted,
            email_layout_xmlid="mail.mail_notification_light",
        )
        self.mail_message_id = message
        # the salesperson hears of the answer
        self._message_subscribe(partner_ids=self._get_authors().partner_id.ids)

    def _get_authors(self):
        """:return: the salespeople of these orders who are still here"""
        return self.item_ids.user_id.filtered("active")

    # === BY PHONE === #

    def _plan_call(self):
        """A call on the backorder that waits longest; who did it has told the customer."""
        record = self.item_ids.backorder_id.sorted("date_open")[:1]
        user = record.user_id.filtered("active") or self.env.user
        lang = self.with_context(lang=user.lang)
        activity = record.activity_schedule(
            "mail.mail_activity_data_call",
            summary=lang.env._("Tell %s about backorders", self.partner_id.display_name),
            note=self._get_talking_points(),
            user_id=user.id,
        )
        self.activity_id = activity

    @api.model
    def _confirm_calls(self, activities):
        """Calls that were made: the customer knows now."""
        notices = self.sudo().search(
            [("activity_id", "in", activities.ids), ("state", "=", "sent")]
        )
        for notice in notices:
            notice._keep_told(notice.item_ids.filtered(lambda i: i.state == "new"))

    # === WHAT THE CUSTOMER KNOWS NOW === #

    def _keep_told(self, items):
        """Dates that were told are promises, and their changes are told."""
        # a date that a person promised stays as it is
        news = items.filtered(lambda i: i.kind not in MOVED and not i.new_date)
        records = items.backorder_id
        records.write({"last_notice_date": fields.Datetime.now()})
        lines = records.line_ids.filtered(lambda x: x.state in OPEN_STATES)
        (items - news).write({"state": "told"})
        for item in news:
            dates = [x._get_told_date() for x in item.line_id or item.backorder_id.line_ids & lines]
            item.write(
                {
                    "state": "told",
                    "old_date": (item.line_id or item.backorder_id).promised_date,
                    "new_date": max(dates) if dates and all(dates) else False,
                }
            )
        told = news.backorder_id.line_ids & lines
        self._promise(told)
        open_lines = told.filtered(lambda x: not x._get_told_date())
        open_lines.told_open = True
        (told - open_lines).told_open = False

    @api.model
    def _promise(self, lines):
        """What waits was told with its date."""
        changes = self.env["backorder.date.change"]
        changes.search([("line_id", "in", lines.ids), ("state", "=", "new")]).state = "told"
        moved = [
            (line, line.promised_date, date)
            for line in lines
            if (date := line._get_told_date()) and date != line.promised_date
        ]
        if not moved:
            return
        with self.env["backorder.tracker"]._flow():
            for line, _old, date in moved:
                line.write({"promised_date": date, "date_due": date})
            told = [(line, old) for line, old, _date in moved]
            self.env["backorder.promise"]._record(told, "notice")
            for record in lines.browse(x.id for x, _old in told).backorder_id:
                dates = record.line_ids.filtered(lambda x: x.state in OPEN_STATES)
                record._follow_promise(max(filter(None, dates.mapped("promised_date"))))

    # === WHEN IT FAILS === #

    def _fail(self, error):
        self.attempts += 1
        pause = PAUSES.get(self.attempts)
        later = pause and fields.Datetime.now() + timedelta(hours=pause)
        self.write({"state": "failed", "error": error, "date_retry": later})
        if not later:
            self._ask_for_help()

    def _ask_for_help(self):
        """After the last attempt somebody has to look."""
        record = self.item_ids.backorder_id[:1]
        user = record.user_id.filtered("active") or self.env.user
        record.activity_schedule(
            "mail.mail_activity_data_warning",
            summary=self.env._("A notice did not reach %s", self.partner_id.display_name),
            note=self.error,
            user_id=user.id,
        )

    def _retry(self):
        self.write({"attempts": 0, "error": False})
        unsent = self.filtered(lambda x: not x.mail_message_id)
        unsent.write({"state": "queued"})
        unsent._send()
        (self - unsent)._resend()

    def _resend(self):
        """The message exists, only its delivery failed: the same one goes out again."""
        for notice in self:
            failed = notice._get_failed_deliveries()
            failed.mail_mail_id.mark_outgoing()
            failed.write({"notification_status": "ready", "failure_reason": False})
        self.write({"state": "sent", "date_retry": False})

    def _get_failed_deliveries(self):
        return self.mail_message_id.notification_ids.filtered(
            lambda n: n.notification_status in ("exception", "bounce")
        )

    @api.model
    def _check_delivery(self):
        """Messages that the mail server refused are failures, too."""
        since = fields.Datetime.now() - timedelta(days=DAYS_WATCHED)
        refused = self.search(
            [
                ("state", "=", "sent"),
                ("date_sent", ">=", since),
                (
                    "mail_message_id.notification_ids",
                    "any",
                    [("notification_status", "in", ("exception", "bounce"))],
                ),
            ]
        )
        for notice in refused:
            delivery = notice._get_failed_deliveries()[:1]
            notice._fail(delivery.failure_reason or delivery.failure_type or "")

"""The door through which customers come: who sees which backorder, and how an answer is taken."""

import logging
from datetime import timedelta

from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import UserError

from ..sale_backorder import OPEN_STATES
from .sale_backorder_portal import ANSWER_HOURS, ANSWER_SCOPE

MOST_ANSWERS = 20  # of one customer about one backorder in a day
MOST_WORDS = 1000
MAX_ID = 2**31 - 1
_logger = logging.getLogger(__name__)


class NotTaken(Exception):
    """An answer that is not taken; what was written for it is rolled back.

    code: what the customer reads, a key of ``OUTCOMES``"""

    def __init__(self, code):
        super().__init__(code)
        self.code = code


class BackorderPortal(models.AbstractModel):
    """Customers have no right on any of our models. `_open` is the one place where what they may
    see is read with more than their own rights, after the link or the login was checked; an answer
    calls the methods that a user's buttons call, on the record that `_open` gave."""

    _name = "backorder.portal"
    _description = "Backorders for Customers"

    # === WHO SEES IT === #

    @api.model
    def _open(self, backorder_id, token=None):
        """:return: (backorder, viewer): the record with all rights, in the reader's language, and
        "link", "login" or "staff"; (None, None) for whoever may not see it"""
        if not 0 < backorder_id <= MAX_ID:
            return None, None
        # sudo: customers have no right on backorders; everything below decides whether they see it
        record = self.env["sale.backorder"].with_user(SUPERUSER_ID).browse(backorder_id).exists()
        viewer = record and self._get_viewer(record, token)
        if not viewer:
            return None, None
        partner = record.partner_id
        lang = self.env.user.lang if viewer == "login" else partner.lang
        record = record.with_company(record.company_id).with_context(
            lang=self._get_active_lang(lang), tz=partner.tz or record.company_id.partner_id.tz
        )
        return record, viewer

    @api.model
    def _get_viewer(self, record, token):
        if self._is_staff(record):
            return "staff"
        if record._is_customer_token(token):
            return "link"
        user = self.env.user
        if user._is_public() or user._is_internal():
            return None
        mine = self.env["sale.backorder"]._get_portal_domain(user.partner_id)
        return "login" if record.filtered_domain(mine) else None

    @api.model
    def _is_staff(self, record):
        """Colleagues who may read it with its prices see what the customer sees."""
        user = self.env.user
        knows_prices = user.has_group("sales_team.group_sale_salesman") or user.has_group(
            "backorder_management.group_backorder_planner"
        )
        return knows_prices and record.with_env(self.env).has_access("read")

    @api.model
    def _get_active_lang(self, code):
        active = dict(self.env["res.lang"].get_installed())
        return code if code in active else self.env.lang or "en_US"

    @api.model
    def _get_author(self, record):
        """The person who is logged in, if of this customer; else the customer himself."""
        partner = self.env.user.partner_id
        same = partner.commercial_partner_id == record.partner_id.commercial_partner_id
        return partner if same and not self.env.user._is_public() else record.partner_id

    # === WHAT HE ANSWERS === #

    @api.model
    def _sign_answer(self, record, code, target):
        """:return: what makes the form of this choice good for one answer, as long as all that
        it shows still holds"""
        values = [code, target, record.portal_round, self._get_terms(record, code, target)]
        return record._sign_for_customer(ANSWER_SCOPE, values, timedelta(hours=ANSWER_HOURS))

    @api.model
    def _answer(self, record, code, target, token, form):
        """Take an answer, once, or write nothing.

        :param record: as `_open` gave it
        :param code: one of the choices
        :param target: id of the item or offer that it is about; 0 for the whole backorder
        :param token: from `_sign_answer`
        :param form: dict ``words``, ``date``, as they came
        :return: key of ``OUTCOMES``
        """
        if self.env.user._is_internal():
            return "preview"
        signed = record._read_signed(ANSWER_SCOPE, token)
        if not signed or signed[:2] != [code, target]:
            return "expired"
        try:
            with self.env.cr.savepoint():
                return self._take(record, code, target, signed, form)
        except NotTaken as error:
            return error.code
        except UserError as error:
            _logger.info("%s: the customer could not choose %s: %s", record.name, code, error)
            return "refused"

    @api.model
    def _take(self, record, code, target, signed, form):
        if signed[2] != record.portal_round:
            raise NotTaken("used")
        # whoever answers at the same time waits here, tries again, and finds the page used
        record.portal_round += 1
        record.flush_recordset(["portal_round"])
        if record.state not in OPEN_STATES:
            raise NotTaken("closed")
        if self._get_terms(record, code, target) != signed[3]:
            raise NotTaken("changed")
        form = self._clean_form(record, code, form)
        asked = self._wants_person(record, code, target, form)
        summary = self._summarize(record, code, target, form)
        self._check_not_repeated(record, summary)
        values = {} if asked else self._apply(record, code, target, form)
        self._log(record, code, summary, asked, values)
        return "asked" if asked else "done"

    @api.model
    def _clean_form(self, record, code, form):
        words = " ".join(str(form.get("words") or "").split())[:MOST_WORDS]
        date = self._parse_wish(record, form.get("date")) if code == "date" else None
        return {"words": words, "date": date}

    @api.model
    def _parse_wish(self, record, text):
        """:return: the day of shipping that brings the goods on the day that the customer wants"""
        try:
            wish = fields.Date.to_date(str(text or "")[:10])
        except ValueError:
            wish = None
        today = record._today()
        if not wish or not today <= wish <= today + timedelta(days=3 * 365):
            raise NotTaken("date")
        return max(today, wish - record.sale_order_id._get_backorder_transit())

    @api.model
    def _check_not_repeated(self, record, summary):
        """Whoever says the same twice is heard once, and nobody floods a colleague."""
        since = fields.Datetime.now() - timedelta(days=1)
        recent = record.communication_ids.filtered(
            lambda x: x.method == "portal" and x.direction == "in" and x.date >= since
        )
        if any(x.summary == summary for x in recent):
            raise NotTaken("already")
        if len(recent) >= MOST_ANSWERS:
            raise NotTaken("often")

    # === WHO HAS TO KNOW === #

    @api.model
    def _log(self, record, code, summary, asked, values):
        author = self._get_author(record)
        record = record.with_context(lang=self._get_colleague_lang(record))
        self.env["backorder.communication"].with_env(record.env).create(
            {
                "backorder_id": record.id,
                "method": "portal",
                "direction": "in",
                "summary": summary,
                "decision": self._get_decision(code),
                "user_id": False,
                "portal_state": "asked" if asked else "done",
                **values,
            }
        )
        if asked:
            record._message_log(body=summary, author_id=author.id)
            self._ask_colleague(record, summary)
        else:
            record.message_post(
                body=summary,
                author_id=author.id,
                email_from=author.email_formatted or record.company_id.email_formatted,
                message_type="notification",
                subtype_xmlid="mail.mt_note",
                partner_ids=record.user_id.filtered("active").partner_id.ids,
            )

    @api.model
    def _ask_colleague(self, record, summary):
        record.activity_schedule(
            "backorder_management.mail_activity_type_customer_request",
            summary=record.env._("The customer asks"),
            note=summary,
            user_id=self._get_colleague(record).id,
        )

    @api.model
    def _get_colleague(self, record):
        """Who answers a request: the salesperson, else the leader of the team, else who made the
        order, if he works here."""
        order = record.sale_order_id
        candidates = record.user_id, record.team_id.user_id, order.create_uid
        return next(
            (u for u in candidates if u and u.active and not u.share), self.env["res.users"]
        )

    @api.model
    def _get_colleague_lang(self, record):
        lang = self._get_colleague(record).lang or record.company_id.partner_id.lang
        return self._get_active_lang(lang)

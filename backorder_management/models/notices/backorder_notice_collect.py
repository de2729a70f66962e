"""From news to messages: one for each customer, not more often than he likes."""

from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from ..sale_backorder import OPEN_STATES

CUSTOMERS_AT_ONCE = 200
RECORDS_AT_ONCE = 1000


class BackorderNotice(models.Model):
    _inherit = "backorder.notice"

    @api.model
    def _cron_notices(self):
        """Make messages of the news, send what may be sent, look after what failed. Each batch is
        committed; what was sent in it is part of the same transaction."""
        cron = self.env["ir.cron"]
        companies = self.env["res.company"].search([("backorder_notice_mode", "!=", "off")])
        self._forget(companies)
        for company in companies:
            self._note_status(company)
            cron._commit_progress()
            last_id = 0
            while partners := self._get_partners_to_tell(company, last_id):
                self._collect(company, partners)
                last_id = partners[-1].id
                if not cron._commit_progress(len(partners)):
                    return
        self._check_delivery()
        cron._commit_progress()
        self._send_waiting()

    @api.model
    def _forget(self, companies):
        """What nobody may be told any more, because notices were switched off."""
        items = self.env["backorder.notice.item"].search(
            [
                ("notice_id", "=", False),
                ("state", "=", "new"),
                ("company_id", "not in", companies.ids),
            ]
        )
        items.write({"state": "dropped"})

    @api.model
    def _get_items_domain(self, company):
        # Odoo's now is cut to seconds, the day of creation is not
        now = fields.Datetime.now() + timedelta(seconds=1)
        collected = now - timedelta(minutes=company.backorder_notice_delay)
        return [
            ("notice_id", "=", False),
            ("state", "=", "new"),
            ("company_id", "=", company.id),
            ("create_date", "<=", collected),
        ]

    @api.model
    def _get_partners_to_tell(self, company, last_id):
        """:return: the next customers with news that have been collected long enough"""
        items = self.env["backorder.notice.item"]._search(self._get_items_domain(company))
        query = SQL(
            "SELECT DISTINCT partner_id FROM backorder_notice_item WHERE id IN %s"
            " AND partner_id > %s ORDER BY partner_id LIMIT %s",
            items.subselect(),
            last_id,
            CUSTOMERS_AT_ONCE,
        )
        rows = self.env.execute_query(query)
        return self.env["res.partner"].browse(partner for (partner,) in rows)

    @api.model
    def _collect(self, company, partners):
        """:return: the messages that got news"""
        domain = [*self._get_items_domain(company), ("partner_id", "in", partners.ids)]
        items = self.env["backorder.notice.item"].search(domain)
        types = self.env["backorder.notice.type"]._get_types()
        last = self._read_last_sent(company, partners)
        now = fields.Datetime.now()
        news = []
        for partner, mine in items.grouped("partner_id").items():
            since = last.get(partner)
            if since and since + timedelta(days=partner._get_backorder_notice_days()) > now:
                continue
            if wanted := self._choose(company, partner, mine._drop_stale(), types):
                news.append(wanted)
        return self._join_or_make(company, news)

    @api.model
    def _choose(self, company, partner, items, types):
        """:return: (customer, channel, state of the message, what it is to say) or None"""
        modes = {
            item: types.get(item.kind, self.env["backorder.notice.type"])._get_mode(company)
            for item in items
        }
        channel = partner._get_backorder_channel()
        unwanted = items.filtered(lambda i: channel == "none" or modes[i] == "off")
        unwanted.write({"state": "dropped"})
        items -= unwanted
        if not items:
            return None
        state = "draft" if any(modes[i] == "approve" for i in items) else "queued"
        return partner, channel, state, items

    @api.model
    def _join_or_make(self, company, news):
        """:param news: (customer, channel, state, items)"""
        waiting = self.search(
            [
                ("company_id", "=", company.id),
                ("partner_id", "in", [partner.id for partner, *_rest in news]),
                ("state", "in", ("draft", "queued")),
            ]
        ).grouped("partner_id")
        fresh = [row for row in news if row[0] not in waiting]
        made = self._make(
            {
                "company_id": company.id,
                "partner_id": partner.id,
                "channel": channel,
                "state": state,
            }
            for partner, channel, state, _items in fresh
        )
        for notice, (_partner, _channel, _state, items) in zip(made, fresh, strict=True):
            items.notice_id = notice
        for partner, _channel, state, items in news:
            if partner in waiting:
                waiting[partner][:1]._join(items, state)
                made += waiting[partner][:1]
        return made

    @api.model
    def _make(self, vals_list):
        quiet = self.with_context(
            mail_create_nosubscribe=True, mail_create_nolog=True, tracking_disable=True
        )
        return self.browse(quiet.create(list(vals_list)).ids)

    def _join(self, items, state):
        """More news before the message was approved or sent."""
        items.notice_id = self
        self.item_ids.filtered(lambda i: i.state == "new")._drop_stale()
        if state == "draft":
            self.state = "draft"

    @api.model
    def _read_last_sent(self, company, partners):
        """:return: {customer: when the last message went out}"""
        return dict(
            self._read_group(
                [
                    ("company_id", "=", company.id),
                    ("partner_id", "in", partners.ids),
                    ("state", "=", "sent"),
                    ("explicit", "=", False),
                ],
                ["partner_id"],
                ["date_sent:max"],
            )
        )

    # === LONG WAITS === #

    @api.model
    def _note_status(self, company):
        """Customers of long backorders hear from us also when nothing has changed."""
        days = company.backorder_status_days
        if not days:
            return
        limit = fields.Datetime.now() - timedelta(days=days)
        # what was dismissed, or is not wanted, is not found again at every run
        recent = Domain("kind", "=", "status") & Domain("create_date", ">=", limit)
        told_or_asked = Domain("state", "=", "new") | recent
        records = self.env["sale.backorder"].search(
            [
                ("company_id", "=", company.id),
                ("state", "in", OPEN_STATES),
                ("released", "=", True),
                ("date_open", "<", limit),
                ("notice_item_ids", "not any", told_or_asked),
                "|",
                ("last_notice_date", "=", False),
                ("last_notice_date", "<", limit),
            ],
            order="id",
            limit=RECORDS_AT_ONCE,
        )
        items = [{"backorder_id": record.id, "kind": "status"} for record in records]
        self.env["backorder.notice.item"].create(items)

"""What customers are told: once, in one message, and true when they read it."""

from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged
from odoo.tools import format_date

from odoo.addons.mail.tests.common import MailCase

from .common import BackorderCommon


class NoticeCommon(BackorderCommon, MailCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.today = fields.Date.today()
        cls.company.write({"backorder_notice_mode": "auto", "backorder_notice_delay": 0})
        cls.customer.email = "baker@example.com"
        cls.seller = new_test_user(
            cls.env, "seller", groups="sales_team.group_sale_salesman", name="Sally Seller"
        )
        cls.seller.partner_id.phone = "+32 11 22 33"
        cls.notices = cls.env["backorder.notice"]

    def _day(self, days):
        return self.today + timedelta(days=days)

    def _run(self):
        """The scheduled action, without its commits."""

        def flush(*_args, **_kwargs):
            self.env.flush_all()
            return 1

        flush()
        with patch.object(self.registry["ir.cron"], "_commit_progress", side_effect=flush):
            self.notices._cron_notices()

    def _owe(self, quantity=4, receipt=None, **values):
        """:param receipt: days until a receipt of all of it"""
        values = {"user_id": self.seller.id, **values}
        incoming = receipt and self._announce(self.desk, quantity, receipt)
        order = self._sell((self.desk, quantity), **values)
        self.env["backorder.tracker"]._drain()
        return order, incoming

    def _announce(self, product, quantity, days):
        """A receipt that comes in so many days."""
        incoming = self._receive(product, quantity, done=False)
        self._move(incoming, days)
        return incoming

    def _pass(self, days):
        """Time passes since the last message."""
        for notice in self._mine().filtered("date_sent"):
            notice.date_sent -= timedelta(days=days)

    def _move(self, incoming, days):
        incoming.move_ids.date = fields.Datetime.now() + timedelta(days=days)
        self.env["backorder.tracker"]._drain()

    def _mine(self, partner=None):
        return self.notices.search([("partner_id", "=", (partner or self.customer).id)], order="id")

    def _kinds(self):
        return [x.item_ids.mapped("kind") for x in self._mine() if x.state == "sent"]


@tagged("post_install", "-at_install")
class TestNotices(NoticeCommon):
    # === ONE MESSAGE === #

    def test_off(self):
        """As shipped: nobody is told anything, and nothing is written for later."""
        self.company.backorder_notice_mode = "off"
        self._owe()
        self.assertFalse(self.env["backorder.notice.item"].search([]))
        self.company.backorder_notice_mode = "auto"
        self._run()
        self.assertFalse(self._mine())

    def test_opened(self):
        order, _incoming = self._owe(receipt=10)
        with self.mock_mail_gateway():
            self._run()
        self.assertEqual(len(self._new_mails), 1)
        mail = self._new_mails
        self.assertEqual(mail.recipient_ids, self.customer)
        self.assertEqual(mail.email_from, self.seller.email_formatted)
        self.assertIn(order.name, mail.subject)
        line = order.backorder_ids.line_ids
        for text in (
            "Part of your order has to wait",
            "Desk",
            "4 Units",
            "Sally Seller",
            "+32 11 22 33",
            "A backorder is the part of an order",
            line.env["ir.qweb.field.date"].value_to_html(line.expected_date, {}),
        ):
            self.assertIn(text, mail.body_html)
        self.assertEqual(line.promised_date, line.expected_date)
        promise = line.backorder_id.promise_ids
        self.assertEqual((promise.source, promise.new_date), ("notice", line.expected_date))
        contact = line.backorder_id.communication_ids
        self.assertEqual((contact.method, contact.direction), ("email", "out"))
        self.assertEqual(contact.summary, "Notice: Backorder opened")
        self.assertEqual(contact.mail_message_id, self._mine().mail_message_id)
        self._assert_sound()

    def test_what_ships_now(self):
        """20 ordered, 15 in stock: 15 ship now, 5 wait; three days on the road."""
        self._stock(self.desk, 15)
        self.company.backorder_transit_days = 3
        order, _incoming = self._owe(20)
        self._announce(self.desk, 5, 10)
        self._run()
        line = order.backorder_ids.line_ids
        self.assertEqual(line.expected_date, self._day(10))
        body = self._mine().mail_message_id.body
        arrival = line.env["ir.qweb.field.date"].value_to_html(self._day(13), {})
        for text in ("15 of 20 Units ship now", "5 Units", "With you on", arrival):
            self.assertIn(text, body)

    def test_choices(self):
        """What the customer can do online is named, and the link is there."""
        self.company.write({"backorder_portal_wait": "now", "backorder_portal_cancel": "ask"})
        order, _incoming = self._owe()
        self._run()
        body = self._mine().mail_message_id.body
        self.assertIn("You can choose: Wait, Cancel the rest. One click", " ".join(body.split()))
        self.assertIn(f"/my/backorders/{order.backorder_ids.id}?access_token=", body)

    def test_a_second_run_sends_nothing(self):
        self._owe()
        self._run()
        with self.mock_mail_gateway():
            self._run()
        self.assertFalse(self._new_mails)
        self.assertEqual(len(self._mine()), 1)

    def test_one_message_for_all_orders_of_a_customer(self):
        other = self.env["res.partner"].create({"name": "Cook", "email": "cook@example.com"})
        first, second = self._owe()[0], self._owe()[0]
        third = self._owe(partner_id=other.id)[0]
        with self.mock_mail_gateway():
            self._run()
        self.assertEqual(len(self._new_mails), 2)
        mail = self._new_mails.filtered(lambda m: m.recipient_ids == self.customer)
        self.assertIn(first.name, mail.body_html)
        self.assertIn(second.name, mail.body_html)
        self.assertNotIn(third.name, mail.body_html)

    def test_collected_for_a_while(self):
        self.company.backorder_notice_delay = 60
        self._owe()
        self._run()
        self.assertFalse(self._mine())

    def test_not_twice_a_day(self):
        self._owe()
        self._run()
        self._owe()
        self._run()
        self.assertEqual(len(self._mine()), 1)
        self._pass(1)
        self._run()
        self.assertEqual(len(self._mine()), 2)
        self.assertNotIn("A backorder is the part", self._mine()[-1].mail_message_id.body)
        self._owe()
        self.customer.backorder_frequency = "weekly"
        self._pass(2)
        self._run()
        self.assertEqual(len(self._mine()), 2)
        self._pass(5)
        self._run()
        self.assertEqual(len(self._mine()), 3)

    def test_language(self):
        self.env["res.lang"]._activate_lang("fr_FR")
        kind = self.env.ref("backorder_management.notice_type_created")
        kind.with_context(lang="fr_FR").name = "Une partie doit attendre"
        self.customer.lang = "fr_FR"
        self._owe()
        self._run()
        self.assertIn("Une partie doit attendre", self._mine().mail_message_id.body)

    def test_script_is_text(self):
        self.desk.name = "<script>alert(1)</script>"
        self.customer.name = "<b>Bold</b>"
        self._owe(client_order_ref="<img src=x onerror=alert(1)>")
        self._run()
        body = self._mine().mail_message_id.body
        for text in ("<script", "<b>Bold", "<img"):
            self.assertNotIn(text, body)

    def test_a_substitute(self):
        """4 desks wait; 4 tables at 12 each are offered, and the customer reads it."""
        table = self._create_product("Table", list_price=12.0)
        self.env["product.substitute"].create(
            {"product_tmpl_id": self.desk.product_tmpl_id.id, "substitute_id": table.id}
        )
        self._stock(table, 10)
        order, _incoming = self._owe()
        self._run()
        self._pass(1)
        line = order.backorder_ids.line_ids
        line.offer_substitute(table.id)._follow_proposal()
        self._run()
        body = self._mine()[-1].mail_message_id.body
        for text in ("Something else instead?", "Table", "instead of 4 Units Desk", "12.00"):
            self.assertIn(text, body)
        self._pass(1)
        offer = line.offer_substitute(table.id, price_unit=9)
        offer._follow_proposal()
        offer.decline()
        self._run()
        self.assertEqual(len(self._mine()), 2)

    def test_found_at_installation(self):
        order, _incoming = self._owe()
        self.env["backorder.notice.item"].search([]).unlink()
        order.backorder_ids.released = False
        self._receive(self.desk, 4)
        self._run()
        self.assertFalse(self._mine())

    # === WHAT IS TOLD === #

    def test_later(self):
        order, incoming = self._owe(receipt=10)
        self._run()
        record = order.backorder_ids
        self._pass(1)
        self._move(incoming, 20)
        self.assertEqual(record.line_ids.promised_date, self._day(10))
        self._run()
        self.assertEqual(self._kinds(), [["created"], ["later"]])
        item = self._mine()[-1].item_ids
        self.assertEqual((item.old_date, item.new_date), (self._day(10), self._day(20)))
        self.assertEqual(record.line_ids.promised_date, self._day(20))
        change = self.env["backorder.date.change"].search([("backorder_id", "=", record.id)])
        self.assertEqual(change.mapped("state"), ["told"])
        self._assert_sound()

    def test_overdue_supply_is_no_date(self):
        """Told day 3. The day has passed and the goods have not come: no date, never "today", and
        once. A new day of the vendor is told."""
        order, incoming = self._owe(receipt=3)
        self._run()
        line = order.backorder_ids.line_ids
        self.assertEqual(line.promised_date, self._day(3))
        # as it is seven days later
        line.write({"promised_date": self._day(-4), "date_due": self._day(-4)})
        self._pass(7)
        self._move(incoming, -4)
        self._run()
        self.assertEqual(self._kinds(), [["created"], ["no_date"]])
        body = self._mine()[-1].mail_message_id.body
        self.assertIn("no date yet", body)
        self.assertNotIn(format_date(self.env, self.today), body)
        self.assertEqual((line.promised_date, line.told_open), (self._day(-4), True))
        # another two nights
        for _night in range(2):
            line.write({"expected_date": self._day(-1)})
            self._pass(1)
            self.env["backorder.tracker"]._refresh_orders(order.ids)
            self._run()
        self.assertEqual(len(self._kinds()), 2)
        self._move(incoming, 6)
        self._run()
        self.assertEqual(self._kinds()[2:], [["later"]])
        self.assertEqual(line.promised_date, self._day(6))

    def test_on_time_again_before_it_was_told(self):
        _order, incoming = self._owe(receipt=10)
        self._run()
        self._pass(1)
        self._move(incoming, 20)
        self._move(incoming, 10)
        self._run()
        self.assertEqual(self._kinds(), [["created"]])

    def test_no_date_then_a_date(self):
        order, incoming = self._owe(receipt=10)
        line = order.backorder_ids.line_ids
        self._run()
        self._pass(1)
        incoming.action_cancel()
        self.env["backorder.tracker"]._drain()
        self.company.backorder_status_days = 14
        self._run()
        self.assertEqual(self._kinds()[-1], ["no_date"])
        self.assertIn("no date yet", self._mine()[-1].mail_message_id.body)
        self.assertIn("We write to you again by", self._mine()[-1].mail_message_id.body)
        self.assertTrue(line.told_open)

    def test_a_date_at_last(self):
        order, _none = self._owe()
        line = order.backorder_ids.line_ids
        self._run()
        self.assertTrue(line.told_open)
        self.assertIn("as soon as we know a date", self._mine().mail_message_id.body)
        self._pass(1)
        self._announce(self.desk, 4, 9)
        self._run()
        self.assertEqual(self._kinds(), [["created"], ["known"]])
        self.assertEqual(line.promised_date, self._day(9))
        self.assertFalse(line.told_open)

    def test_ready_early_then_shipped(self):
        order, incoming = self._owe(receipt=10)
        self._run()
        self._pass(1)
        incoming.move_ids.write({"quantity": 4, "picked": True})
        incoming.button_validate()
        self.env["backorder.tracker"]._drain()
        self._run()
        self.assertEqual(self._kinds(), [["created"], ["earlier"]])
        self._pass(1)
        order.backorder_ids.fulfil(validate=True)
        self._run()
        self.assertEqual(self._kinds()[-1], ["shipped"])
        body = self._mine()[-1].mail_message_id.body
        self.assertIn("On its way to you", body)
        self.assertIn("4 Units", body)

    def test_ready_and_shipped_before_it_was_told(self):
        """Only the end counts."""
        order, _incoming = self._owe()
        self._receive(self.desk, 4)
        order.backorder_ids.fulfil(validate=True)
        self._run()
        sent = self._mine()
        told = sent.item_ids.filtered(lambda i: i.state == "told")
        self.assertEqual(told.mapped("kind"), ["shipped"])

    def test_the_public_words_of_the_cause(self):
        order, _incoming = self._owe()
        cause = self.env.ref("backorder_management.cause_vendor_late")
        cause.public_text = "The maker has no steel."
        order.backorder_ids.cause_id = cause
        self._run()
        body = self._mine().mail_message_id.body
        self.assertIn("The maker has no steel.", body)
        self.assertNotIn(cause.name, body)

    def test_long_waits(self):
        self.company.backorder_status_days = 7
        order, _incoming = self._owe()
        self._run()
        self.assertEqual(self._kinds(), [["created"]])
        record = order.backorder_ids
        record.date_open -= timedelta(days=8)
        record.last_notice_date -= timedelta(days=8)
        self._pass(8)
        self._run()
        self._run()
        self.assertEqual(self._kinds(), [["created"], ["status"]])

    def test_regular_news_that_nobody_wants(self):
        """Switched off or dismissed: they do not come back with every run."""
        self.company.backorder_status_days = 7
        kind = self.env.ref("backorder_management.notice_type_status")
        order, _incoming = self._owe()
        self._run()
        record = order.backorder_ids
        record.date_open -= timedelta(days=8)
        for mode in ("off", "approve"):
            kind.mode = mode
            record.notice_item_ids.filtered(lambda i: i.kind == "status").unlink()
            record.last_notice_date = fields.Datetime.now() - timedelta(days=8)
            self._pass(8)
            self._run()
            self._mine().filtered(lambda x: x.state == "draft").action_dismiss()
            for _again in range(3):
                self._run()
            news = record.notice_item_ids.filtered(lambda i: i.kind == "status")
            with self.subTest(mode=mode):
                self.assertEqual(news.mapped("state"), ["dropped"])

    # === ASKED FOR BY A PERSON === #

    def test_cancelled(self):
        self.company.backorder_notice_mode = "off"
        order, _incoming = self._owe()
        reason = self.env["backorder.cancel.reason"].search([("needs_note", "=", False)], limit=1)
        with self.mock_mail_gateway():
            order.backorder_ids.cancel_open(reason.id, notify=True)
        self.assertEqual(self._new_mails.recipient_ids, self.customer)
        self.assertIn("Cancelled", self._new_mails.body_html)
        self.assertIn("4 Units", self._new_mails.body_html)

    def test_rescheduled(self):
        order, _incoming = self._owe(receipt=10)
        self._run()
        record = order.backorder_ids
        record.reschedule(self._day(30), reason="The ship is late", notify=True)
        item = self._mine()[-1].item_ids
        self.assertEqual((item.kind, item.old_date), ("later", self._day(10)))
        self.assertIn("The ship is late", self._mine()[-1].mail_message_id.body)
        self.assertEqual(record.line_ids.promised_date, self._day(30))

    # === APPROVAL === #

    def test_approve_first(self):
        self.company.backorder_notice_mode = "approve"
        self._owe()
        with self.mock_mail_gateway():
            self._run()
        self.assertFalse(self._new_mails)
        notice = self._mine()
        self.assertEqual(notice.state, "draft")
        self.assertIn("Part of your order has to wait", notice.preview)
        other = new_test_user(self.env, "other", groups="sales_team.group_sale_salesman")
        stock = new_test_user(self.env, "stock", groups="stock.group_stock_user")
        for user in (other, stock):
            with self.assertRaises(AccessError):
                notice.with_user(user).action_approve()
        mine = notice.with_user(self.seller)
        mine.note = "Dear Mr Baker, so sorry!"
        with self.mock_mail_gateway():
            mine.action_approve()
            mine.action_approve()
        self.assertEqual(len(self._new_mails), 1)
        self.assertIn("Dear Mr Baker, so sorry!", self._new_mails.body_html)
        with self.assertRaises(AccessError):
            mine.note = "Too late"
        with self.assertRaises(AccessError):
            notice.with_user(self.seller).partner_id = self.seller.partner_id

    def test_one_kind_only_after_approval(self):
        self.env.ref("backorder_management.notice_type_created").mode = "approve"
        self.env.ref("backorder_management.notice_type_ready").mode = "off"
        order, _incoming = self._owe()
        self._run()
        self.assertEqual(self._mine().state, "draft")
        self._mine().action_dismiss()
        self._receive(self.desk, 4)
        self._run()
        self.assertEqual(self._mine().mapped("state"), ["dismissed"])
        order.backorder_ids.fulfil(validate=True)
        self._run()
        self.assertEqual(self._kinds(), [["shipped"]])

    def test_news_before_approval_join(self):
        self.company.backorder_notice_mode = "approve"
        order, _incoming = self._owe()
        self._run()
        second = self._owe()[0]
        self._run()
        notice = self._mine()
        self.assertEqual(len(notice), 1)
        self.assertEqual(notice.backorder_ids, (order | second).backorder_ids)

    def test_settled_while_it_waited_for_approval(self):
        self.company.backorder_notice_mode = "approve"
        order, _incoming = self._owe()
        self._run()
        order.action_cancel()
        self._mine().action_approve()
        self.assertEqual(self._mine().state, "skipped")

    # === WHAT THE CUSTOMER PREFERS === #

    def test_by_phone(self):
        self.customer.backorder_channel = "phone"
        order, _incoming = self._owe(receipt=10)
        with self.mock_mail_gateway():
            self._run()
        self.assertNotIn(self.customer, self._new_mails.recipient_ids)
        record = order.backorder_ids
        call = record.activity_ids
        self.assertEqual(call.user_id, self.seller)
        self.assertIn("Desk", call.note)
        self.assertFalse(record.line_ids.promised_date)
        call.with_user(self.seller).action_feedback(feedback="Fine with him")
        self.assertEqual(record.line_ids.promised_date, self._day(10))
        self.assertEqual(record.communication_ids.mapped("summary"), ["Fine with him"])

    def test_no_messages(self):
        company = self.env["res.partner"].create(
            {"name": "Quiet", "is_company": True, "backorder_channel": "none"}
        )
        person = self.env["res.partner"].create({"name": "Q", "parent_id": company.id})
        self._owe(partner_id=person.id)
        self._run()
        self.assertFalse(self._mine(person))

    # === FAILURES === #

    def test_no_address(self):
        self.customer.email = False
        order, _incoming = self._owe(receipt=10)
        self._run()
        notice = self._mine()
        self.assertEqual(notice.state, "failed")
        self.assertIn("e-mail address", notice.error)
        self.assertFalse(order.backorder_ids.line_ids.promised_date)
        for _again in range(2):
            notice.date_retry = fields.Datetime.now()
            self._run()
        self.assertEqual(notice.attempts, 3)
        self.assertFalse(notice.date_retry)
        self.assertEqual(order.backorder_ids.activity_ids.user_id, self.seller)
        self.customer.email = "baker@example.com"
        notice.with_user(self.seller).action_retry()
        self.assertEqual(notice.state, "sent")
        self.assertEqual(order.backorder_ids.line_ids.promised_date, self._day(10))

    def test_refused_by_the_mail_server(self):
        self._owe()
        self._run()
        notice = self._mine()
        message = notice.mail_message_id
        delivery = message.notification_ids
        delivery.write({"notification_status": "exception", "failure_reason": "Mailbox full"})
        self._run()
        self.assertEqual((notice.state, notice.error), ("failed", "Mailbox full"))
        notice.date_retry = fields.Datetime.now()
        self._run()
        self.assertEqual(notice.state, "sent")
        self.assertEqual(notice.mail_message_id, message)
        self.assertEqual(delivery.notification_status, "ready")

    def test_the_customer_answers(self):
        order, _incoming = self._owe()
        self._run()
        notice = self._mine()
        self.assertIn(self.seller.partner_id, notice.message_partner_ids)
        notice.message_post(
            body="I can wait",
            message_type="email",
            author_id=self.customer.id,
            subtype_xmlid="mail.mt_comment",
        )
        row = order.backorder_ids.communication_ids.sorted("id")[-1]
        self.assertEqual((row.direction, row.summary), ("in", "I can wait"))

    # === MANY === #

    def test_many_lines_at_once(self):
        """A changed receipt of many customers: the news take no query for each of them."""

        def count(customers):
            product = self._create_product("Chair")
            incoming = self._announce(product, customers, 10)
            for number in range(customers):
                partner = self.env["res.partner"].create({"name": f"C{number}"})
                self._sell((product, 1), partner_id=partner.id)
            self.env["backorder.tracker"]._drain()
            lines = self.env["sale.backorder.line"].search([("product_id", "=", product.id)])
            lines.write({"promised_date": self._day(10), "date_due": self._day(10)})
            self.env["backorder.notice.item"].search([]).unlink()
            self.env.flush_all()
            before = self.cr.sql_log_count
            self._move(incoming, 30)
            self.env.flush_all()
            queries = self.cr.sql_log_count - before
            items = self.env["backorder.notice.item"].search([("kind", "=", "later")])
            self.assertEqual(len(items), customers)
            return queries

        few, many = count(5), count(40)
        self.assertLess(many - few, 10)

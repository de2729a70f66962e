"""The log of what was said: most of it writes itself."""

from datetime import datetime, timedelta

from markupsafe import Markup
from psycopg2 import IntegrityError

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from .common import BackorderCommon


@tagged("post_install", "-at_install")
class TestCommunication(BackorderCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.today = fields.Date.today()
        cls.seller = new_test_user(cls.env, "seller", groups="sales_team.group_sale_salesman")
        cls.order = cls._sell((cls.desk, 4))
        cls.order.user_id = cls.seller
        cls.record = cls.order.backorder_ids
        cls.log = cls.env["backorder.communication"]

    def _rows(self):
        names = ("method", "direction", "summary")
        return [tuple(x[n] for n in names) for x in self.record.communication_ids.sorted("id")]

    def _log(self, **values):
        values = {"backorder_id": self.record.id, "summary": "Spoke", **values}
        return self.log.with_user(self.seller).create(values)

    # === BY ITSELF === #

    def test_messages(self):
        """To the customer, from the customer, in the portal, a text; an internal note is none."""
        partner = self.order.partner_id
        options = {"subtype_xmlid": "mail.mt_comment"}
        as_seller = self.order.with_user(self.seller)
        as_seller.message_post(body="Two weeks more", message_type="comment", **options)
        self.order.message_post(
            body=Markup("<p>Too late!</p>"), message_type="email", author_id=partner.id, **options
        )
        self.order.message_post(
            body="And now?", message_type="comment", author_id=partner.id, **options
        )
        self.record.message_post(body="On the way", message_type="comment", **options)
        as_seller.message_post(body="He shouts", subtype_xmlid="mail.mt_note")
        self.assertEqual(
            self._rows(),
            [
                ("email", "out", "Two weeks more"),
                ("email", "in", "Too late!"),
                ("portal", "in", "And now?"),
                ("email", "out", "On the way"),
            ],
        )
        first, second = self.record.communication_ids.sorted("id")[:2]
        self.assertEqual(first.user_id, self.seller)
        self.assertFalse(second.user_id)
        self.assertEqual(
            self.record.last_contact_date, max(self.record.communication_ids.mapped("date"))
        )

    def test_a_message_is_logged_once(self):
        message = self.order.message_post(
            body="Hello", message_type="comment", subtype_xmlid="mail.mt_comment"
        )
        self.log._log_message(message, self.record)
        self.assertEqual(len(self.record.communication_ids), 1)
        row = {"backorder_id": self.record.id, "summary": "x", "mail_message_id": message.id}
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError), self.cr.savepoint():
            self.log.sudo().create(row)

    def test_a_call_that_was_made(self):
        """On the order or on the backorder; other activities say nothing to the customer."""
        for document in (self.order, self.record):
            call = document.activity_schedule(
                "mail.mail_activity_data_call", summary="Ring", user_id=self.seller.id
            )
            call.with_user(self.seller).action_feedback(feedback="He waits until May")
        self.record.activity_schedule("mail.mail_activity_data_todo").action_feedback("Done")
        self.assertEqual(self._rows(), [("phone", "out", "He waits until May")] * 2)
        self.assertEqual(self.record.communication_ids.user_id, self.seller)

    def test_closed_backorders_hear_nothing(self):
        self._receive(self.desk, 4)
        self.record.fulfil(validate=True)
        self.order.message_post(
            body="Thanks", message_type="comment", subtype_xmlid="mail.mt_comment"
        )
        self.assertFalse(self.record.communication_ids)

    def test_a_customer_on_one_page(self):
        """What was said with any person of the company counts for the company."""
        company = self.env["res.partner"].create({"name": "Family", "is_company": True})
        person = self.env["res.partner"].create({"name": "Ann", "parent_id": company.id})
        for partner in (company, person):
            self.order = self._sell((self.desk, 1), partner_id=partner.id)
            self.log.create({"backorder_id": self.order.backorder_ids.id, "summary": "Hello"})
        self.assertEqual((company | person).mapped("backorder_contact_count"), [2, 1])
        action = company.action_view_backorder_contacts()
        self.assertEqual(self.log.search_count(action["domain"]), 2)

    # === TYPED === #

    def test_agreement(self):
        """The agreed date becomes the promise; the next call is planned."""
        day = self.today + timedelta(days=20)
        row = self._log(
            method="in_person",
            decision="new_date",
            agreed_date=day,
            next_followup_date=self.today + timedelta(days=7),
            satisfaction="2",
        )
        self.assertEqual(self.record.promised_date, day)
        self.assertEqual(self.record.promise_ids.reason, "Spoke")
        self.assertEqual(row.user_id, self.seller)
        self.assertEqual(self.record.last_contact_date, row.date)
        call = self.record.activity_ids
        self.assertEqual(call.date_deadline, self.today + timedelta(days=7))
        self.assertEqual(call.user_id, self.seller)

    def test_a_date_for_who_cancels(self):
        with self.assertRaises(UserError):
            self._log(decision="cancel", agreed_date=self.today + timedelta(days=3))
        self.assertFalse(self.record.communication_ids)

    def test_follow_up_moves_and_ends(self):
        """One planned call, whoever moves it: here, in the activity, or by another contact."""
        days = [self.today + timedelta(days=n) for n in (3, 5, 8)]
        row = self._log(next_followup_date=days[0])
        self._log(next_followup_date=days[1])
        self.assertEqual(self.record.next_followup_date, days[1])
        self.assertEqual(self.record.activity_ids.mapped("date_deadline"), [days[1]])
        row.next_followup_date = days[2]
        self.assertEqual(self.record.activity_ids.mapped("date_deadline"), [days[2]])
        self.record.activity_ids.action_feedback(feedback="Reached him")
        self.assertFalse(self.record.next_followup_date)
        self.assertFalse(self.record.activity_ids)
        self.assertEqual(self._rows()[-1], ("phone", "out", "Reached him"))
        self.record.next_followup_date = days[0]
        self.record.next_followup_date = False
        self.assertFalse(self.record.activity_ids)
        self.record.next_followup_date = days[0]
        self.record.activity_ids.unlink()
        self.assertFalse(self.record.next_followup_date)

    def test_an_older_contact_is_not_the_last_one(self):
        row = self._log()
        self._log(date=datetime(2020, 1, 1))
        self.assertEqual(self.record.last_contact_date, row.date)

    # === RIGHTS === #

    def test_who_may(self):
        other = new_test_user(self.env, "other", groups="sales_team.group_sale_salesman")
        stock = new_test_user(self.env, "stock", groups="stock.group_stock_user")
        row = self._log()
        vals = {"backorder_id": self.record.id, "summary": "I was here"}
        for user in (other, stock):
            with self.assertRaises(AccessError):
                self.log.with_user(user).create(vals)
            with self.assertRaises(AccessError):
                row.with_user(user).summary = "Mine"
        self.assertFalse(self.log.with_user(other).search([]))
        self.assertEqual(row.with_user(stock).summary, "Spoke")
        with self.assertRaises(AccessError):
            row.with_user(self.seller).unlink()
        with self.assertRaises(AccessError):
            row.with_user(self.seller).mail_message_id = self.order.message_ids[0]

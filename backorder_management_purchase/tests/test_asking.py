"""Asking vendors for a date, and telling the buyer when none comes."""

from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged

from .common import PurchaseCommon


@tagged("post_install", "-at_install")
class TestAsking(PurchaseCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.vendor.email = "timber@example.com"
        cls.buyer = new_test_user(cls.env, "buyer", groups="purchase.group_purchase_user")
        cls.company.backorder_answer_days = 3

    def _wait_for(self, quantity=5, days=7, vendor=None, **values):
        """A purchase that one customer waits for."""
        product = self._create_product("Lamp")
        self._sell((product, quantity))
        purchase = self._buy((product, quantity), days=days, vendor=vendor)
        purchase.write({"user_id": self.buyer.id, **values})
        self.env["backorder.tracker"]._drain()
        self.env.flush_all()
        return purchase

    def _ask(self, purchases, user=None):
        action = purchases.with_user(user or self.buyer).action_ask_for_date()
        return action["params"]["message"]

    def _get_requests(self, purchase):
        return purchase.message_ids.filtered(
            lambda m: "Could you please confirm it will be delivered on time" in str(m.body)
        )

    def _ago(self, purchase, days):
        purchase.backorder_asked_date = fields.Datetime.now() - timedelta(days=days)

    def _run(self):
        self.env["purchase.order"]._cron_tell_no_answer()

    def _get_activities(self, purchase):
        return purchase.activity_ids.filtered(lambda a: "No answer from" in (a.summary or ""))

    # === ASK === #

    def test_core_mail_is_sent(self):
        purchase = self._wait_for()
        text = self._ask(purchase)
        self.assertEqual(text, f"Asked for a date: {purchase.name} (Timber & Co).")
        mail = self._get_requests(purchase)
        self.assertEqual(len(mail), 1)
        self.assertIn(self.vendor, mail.notified_partner_ids)
        self.assertIn("acknowledge=True", str(mail.body))
        self.assertEqual(purchase.backorder_asked_by_id, self.buyer)
        self.assertTrue(purchase.backorder_asked_date)

    def test_twice_a_day_says_so(self):
        purchase = self._wait_for()
        self._ask(purchase)
        self.assertEqual(self._ask(purchase), f"Already asked today: {purchase.name}.")
        self.assertEqual(len(self._get_requests(purchase)), 1)
        self._ago(purchase, 1)
        self._ask(purchase)
        self.assertEqual(len(self._get_requests(purchase)), 2)

    def test_several(self):
        """One is asked, one was asked today, nobody waits for the third."""
        first, second = self._wait_for(), self._wait_for()
        third = self._buy((self.desk, 4), days=3)
        self._ask(second)
        text = self._ask(first | second | third)
        self.assertEqual(
            text,
            f"Asked for a date: {first.name} (Timber & Co). Already asked today: {second.name}. "
            f"No backorder waits for: {third.name}.",
        )
        self.assertFalse(self._get_requests(third))
        self.assertFalse(third.backorder_asked_date)

    def test_from_the_report(self):
        purchase = self._wait_for()
        rows = self.env["backorder.purchase.report"].search([("purchase_id", "=", purchase.id)])
        action = self.env.ref("backorder_management_purchase.backorder_purchase_report_action_ask")
        action.with_user(self.buyer).with_context(
            active_model=rows._name, active_ids=rows.ids
        ).run()
        self.assertEqual(len(self._get_requests(purchase)), 1)

    def test_no_address(self):
        """All vendors without an address are named, and nobody is asked."""
        mute = self.env["res.partner"].create({"name": "Mute"})
        wrong = self.env["res.partner"].create({"name": "Wrong", "email": "at home"})
        good, *bad = self._wait_for(), self._wait_for(vendor=mute), self._wait_for(vendor=wrong)
        with self.assertRaises(UserError) as refused, self.env.cr.savepoint():
            self._ask(good | bad[0] | bad[1])
        self.assertIn("Mute, Wrong", refused.exception.args[0])
        self.assertNotIn("Timber", refused.exception.args[0])
        self.assertFalse((good | bad[0] | bad[1]).filtered("backorder_asked_date"))
        self.assertFalse(self._get_requests(good))

    def test_rights(self):
        purchase = self._wait_for()
        keeper = new_test_user(self.env, "keeper", groups="stock.group_stock_user")
        with self.assertRaises(AccessError):
            self._ask(purchase, keeper)

    # === NO ANSWER === #

    def test_told_once(self):
        """Asked two days ago: not yet. Three days: one activity, also when the job runs again,
        and when the buyer has ticked it off."""
        purchase = self._wait_for()
        self._ask(purchase)
        self._ago(purchase, 2)
        self._run()
        self.assertFalse(self._get_activities(purchase))
        self._ago(purchase, 3)
        self._run()
        self._run()
        [activity] = self._get_activities(purchase)
        self.assertEqual(
            activity.summary,
            f"No answer from Timber & Co on the date of {purchase.name}: 1 backorder waits",
        )
        self.assertEqual(activity.user_id, self.buyer)
        self.assertEqual(activity.activity_type_id, self.env.ref("mail.mail_activity_data_todo"))
        activity.with_user(self.buyer).action_feedback()
        self._run()
        self.assertFalse(self._get_activities(purchase))

    def test_asking_again_counts_anew(self):
        purchase = self._wait_for()
        self._ask(purchase)
        self._ago(purchase, 4)
        self._run()
        self._ask(purchase)
        self.assertFalse(self._get_activities(purchase), "the old one is closed")
        self._run()
        self.assertFalse(self._get_activities(purchase))
        self._ago(purchase, 4)
        self._run()
        self.assertEqual(len(self._get_activities(purchase)), 1)

    def test_without_a_buyer(self):
        """Who asked is told."""
        purchase = self._wait_for(user_id=False)
        self._ask(purchase)
        self._ago(purchase, 4)
        self._run()
        self.assertEqual(self._get_activities(purchase).user_id, self.buyer)

    def test_two_backorders_wait(self):
        self._sell((self.desk, 2))
        self._sell((self.desk, 3))
        purchase = self._buy((self.desk, 5), days=7)
        self.env["backorder.tracker"]._drain()
        self._ask(purchase)
        self._ago(purchase, 3)
        self._run()
        self.assertIn(": 2 backorders wait", self._get_activities(purchase).summary)

    def test_switched_off(self):
        self.company.backorder_answer_days = 0
        purchase = self._wait_for()
        self._ask(purchase)
        self._ago(purchase, 9)
        self._run()
        self.assertFalse(self._get_activities(purchase))

    def test_answered_in_time(self):
        """Three ways to answer: acknowledge, a new date, the dates confirmed in the portal."""
        ways = (
            lambda o: o.action_acknowledge(),
            lambda o: o.order_line.write({"date_planned": self._moment(12)}),
            lambda o: o._update_date_planned_for_lines([(o.order_line, o.order_line.date_planned)]),
        )
        for answer in ways:
            purchase = self._wait_for()
            self._ask(purchase)
            self._ago(purchase, 4)
            self.assertFalse(purchase.backorder_answer_date)
            answer(purchase)
            self.assertTrue(purchase.backorder_answer_date)
            self._run()
            self.assertFalse(self._get_activities(purchase))

    def test_the_same_date_written_is_no_answer(self):
        purchase = self._wait_for()
        self._ask(purchase)
        purchase.order_line.date_planned = purchase.order_line.date_planned
        self.assertFalse(purchase.backorder_answer_date)

    def test_an_old_answer_does_not_count(self):
        """Acknowledged, then asked: the vendor has to acknowledge once more."""
        purchase = self._wait_for()
        purchase.action_acknowledge()
        self._ask(purchase)
        self.assertFalse(purchase.backorder_answer_date)
        purchase.action_acknowledge()
        self.assertTrue(purchase.backorder_answer_date)

    # === CLOSED === #

    def _wait_in_vain(self):
        purchase = self._wait_for()
        self._ask(purchase)
        self._ago(purchase, 4)
        self._run()
        self.assertTrue(self._get_activities(purchase))
        return purchase

    def test_closed_by_the_answer(self):
        purchase = self._wait_in_vain()
        public = self.env.ref("base.public_user")
        purchase.with_user(public).sudo().action_acknowledge()
        self.assertFalse(self._get_activities(purchase))
        self.assertIn("The vendor answered.", str(purchase.message_ids[0:3].mapped("body")))

    def test_closed_by_a_cancellation(self):
        purchase = self._wait_in_vain()
        purchase.button_cancel()
        self.assertFalse(self._get_activities(purchase))

    def test_closed_by_the_receipt(self):
        """Not by a part of it."""
        purchase = self._wait_in_vain()
        product = purchase.order_line.product_id
        self._ship(purchase.picking_ids, {product: 2})
        self.assertTrue(self._get_activities(purchase))
        rest = purchase.picking_ids.filtered(lambda p: p.state != "done")
        self._ship(rest, {product: 3})
        self.assertFalse(self._get_activities(purchase))

"""A delay that the customer agreed to, by a word or by silence, and one that nobody agreed to."""

from unittest.mock import patch

from odoo.tests import tagged

from .test_notices import NoticeCommon


@tagged("post_install", "-at_install")
class TestConsent(NoticeCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.write({"backorder_consent": True, "backorder_consent_cancel": True})

    def _late(self, *days):
        """A backorder promised for day 10 whose receipt then moves, and is told each time."""
        order, incoming = self._owe(receipt=10)
        self._run()
        for day in days:
            self._pass(1)
            self._move(incoming, day)
            self._run()
        return order.backorder_ids

    def _end(self, record):
        """The day after the last one to answer."""
        record.consent_date = self._day(-1)
        with patch.object(self.registry["ir.cron"], "_commit_progress", return_value=1):
            record._cron_consent()

    def _body(self):
        return self._mine()[-1].mail_message_id.body

    def test_off(self):
        self.company.backorder_consent = False
        record = self._late(45)
        self.assertFalse(record.consent_state)
        self.assertNotIn("please tell us", self._body())

    def test_silence_is_a_yes_once(self):
        """30 days more with a date: 10 to 40."""
        record = self._late(40)
        self.assertFalse(record.consent_state)
        self.assertIn("If we hear nothing, we keep it for you", self._body())
        self.assertEqual(record.line_ids.promised_date, self._day(40))

    def test_31_days_need_an_answer(self):
        record = self._late(41)
        self.assertEqual((record.consent_state, record.consent_date), ("asked", self._day(14)))
        self.assertIn("Without an answer we cancel", self._body())

    def test_the_second_delay_needs_an_answer(self):
        record = self._late(15, 20)
        self.assertEqual(record.consent_state, "asked")

    def test_no_date_needs_an_answer(self):
        order, incoming = self._owe(receipt=10)
        self._run()
        self._pass(1)
        incoming.action_cancel()
        self.env["backorder.tracker"]._drain()
        self._run()
        self.assertEqual(order.backorder_ids.consent_state, "asked")

    def test_an_answer(self):
        record = self._late(41)
        self.env["backorder.communication"].create(
            {"backorder_id": record.id, "summary": "Fine", "decision": "wait", "direction": "in"}
        )
        self.assertEqual(record.consent_state, "given")
        self._end(record)
        self.assertEqual(record.line_ids.qty_open, 4)

    def test_no_answer_ends_it_and_is_told(self):
        record = self._late(41)
        record.consent_date = self._day(0)
        with patch.object(self.registry["ir.cron"], "_commit_progress", return_value=1):
            record._cron_consent()
        self.assertEqual(record.state, "open")
        self._end(record)
        self.assertEqual(record.state, "cancel")
        self.assertEqual(record.cancel_reason_id.code, "delay")
        self.assertEqual(self._mine()[-1].item_ids.kind, "cancelled")
        self.assertEqual(self._mine()[-1].state, "sent")
        self._assert_sound()

    def test_no_answer_is_for_a_person(self):
        """As shipped nothing is cancelled by itself."""
        self.company.backorder_consent_cancel = False
        record = self._late(41)
        self.assertNotIn("Without an answer we cancel", self._body())
        self._end(record)
        self._end(record)
        self.assertEqual((record.state, record.consent_state), ("open", "missing"))
        self.assertEqual(record.activity_ids.user_id, self.seller)
        self.assertEqual(len(record.activity_ids), 1)

"""Whom to call, and the weekly review."""

from datetime import date, datetime, timedelta

from odoo import Command
from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged

from ..hooks import post_init_hook
from .alert_case import AlertCase


class QueueCase(AlertCase):
    def _search(self, name, user=None):
        self.env["backorder.tracker"]._drain()
        records = self.env["sale.backorder"].with_user(user or self.env.user)
        return records.search([(name, "=", True)]).with_env(self.env)

    def _log(self, record, **values):
        values = {"backorder_id": record.id, "summary": "Spoke", "date": datetime.now(), **values}
        return self.env["backorder.communication"].create(values)


@tagged("post_install", "-at_install")
class TestOutreach(QueueCase):
    # === WHO === #

    def test_known_from_the_first_day(self):
        """An installation leaves nobody at zero until the night."""
        record = self._owe(days=14)
        self.assertEqual(record.outreach_score, 0)
        post_init_hook(self.env)
        self.assertGreater(record.outreach_score, 0)

    def test_silence(self):
        """Listed after seven days without contact; a contact ends it for seven days."""
        record = self._owe(days=6)
        self.assertFalse(self._search("is_to_call"))
        self._wait(1)
        self.assertEqual(self._search("is_to_call"), record)
        self.assertTrue(record.is_to_call)
        self._log(record)
        self.assertFalse(self._search("is_to_call"))
        self.assertFalse(record.is_to_call)
        self._wait(6)
        self.assertFalse(self._search("is_to_call"))
        self._wait(1)
        self.assertEqual(self._search("is_to_call"), record)
        self.company.backorder_call_days = 0
        self.assertFalse(self._search("is_to_call"))

    def test_agreed_call(self):
        """Quiet until the day that was agreed; on it, until somebody spoke with him."""
        record = self._owe(days=1)
        self._log(record, next_followup_date=date(2031, 3, 13))
        self._wait(9)  # nine days later, but a call is planned
        self.assertFalse(self._search("is_to_call"))
        self._wait(1)
        self.assertEqual(self._search("is_to_call"), record)
        self._log(record)
        self.assertFalse(self._search("is_to_call"))

    def test_untold_slip(self):
        """Listed at once; speaking with him or promising anew ends it."""
        record = self._owe(commitment_date="2031-03-04 12:00:00")
        change = self.env["backorder.date.change"].create(
            {"line_id": record.line_ids.id, "kind": "slip", "state": "new"}
        )
        self.env.flush_all()
        # the clock of the database does not stand still
        self.env.cr.execute(
            "UPDATE backorder_date_change SET create_date = %s WHERE id = %s",
            [datetime.now(), change.id],
        )
        self.assertEqual(self._search("is_to_call"), record)
        self.assertEqual(
            record.outreach_reason,
            "Does not know that the date slipped, the date slipped once",
        )
        self._wait(0.1)
        self._log(record)
        self.assertFalse(self._search("is_to_call"))

    def test_not_in_the_queue(self):
        record = self._owe(days=30)
        record.released = False
        self.assertFalse(self._search("is_to_call"))
        record.released = True
        self.assertEqual(self._search("is_to_call"), record)
        self.assertFalse(record.search([("id", "=", record.id), ("is_to_call", "=", False)]))
        self._receive(self.desk, 4)
        record.fulfil(validate=True)
        self.assertFalse(self._search("is_to_call"))

    # === THE SCORE === #

    def test_score(self):
        """14 days old: 15. Never spoken with, 14 days: 20 x 14/21 = 13.3. 40 open with a usual
        value of 40: 10. A key customer: 10. In all 48.3."""
        self.company.backorder_call_value = 40.0
        self.customer.backorder_tier = "1"
        record = self._owe(4, days=14)
        self.env["sale.backorder"]._refresh_outreach(record.ids)
        self.assertEqual(record.outreach_score, 48.3)
        self.assertEqual(
            record.outreach_reason,
            "Waits 14 days, no contact yet, $\xa040.00 open",
        )
        self._log(record)
        self.assertEqual(record.outreach_score, 35.0)
        record.reschedule(date(2031, 3, 10))
        self.assertEqual(record.outreach_score, 35.0)  # a promise is no slip
        changes = self.env["backorder.date.change"]
        changes._note([(record.line_ids.id, date(2031, 3, 9), date(2031, 3, 12))])
        record.reschedule(date(2031, 3, 12))
        self.assertEqual(record.outreach_score, 45.0)
        self.assertEqual(
            record.outreach_reason,
            "Waits 14 days, the date slipped once, $\xa040.00 open",
        )

    def test_every_night(self):
        """The longest wait comes first; a second run writes nothing."""
        young, old = self._owe(days=8), self._owe(days=30)
        ids = (young | old).ids
        self.env["sale.backorder"]._refresh_outreach(ids)
        found = young.search([("is_to_call", "=", True)], order="outreach_score desc")
        self.assertEqual(found, old | young)
        start = self.env.cr.sql_log_count
        self.env["sale.backorder"]._refresh_outreach(ids)
        self.assertEqual(self.env.cr.sql_log_count, start + 1)

    def test_queries(self):
        """Scores, sentences and membership of 40 cost as many queries as of 4."""
        line = Command.create({"product_id": self.desk.id, "product_uom_qty": 1})
        vals = {
            "partner_id": self.customer.id,
            "warehouse_id": self.warehouse.id,
            "order_line": [line],
        }
        counts = []
        for number in (4, 40):
            orders = self.env["sale.order"].create([vals] * number)
            orders.action_confirm()
            records = self.env["sale.backorder"].browse(orders.backorder_ids.ids)
            self.env["backorder.tracker"]._drain()
            self.env.flush_all()
            self.env.invalidate_all()
            start = self.env.cr.sql_log_count
            records._refresh_outreach(records.ids)
            records.mapped("outreach_reason")
            records.mapped("is_to_call")
            counts.append(self.env.cr.sql_log_count - start)
        self.assertEqual(counts[0], counts[1])

    # === WHAT TO SAY === #

    def test_talking_points(self):
        record = self._owe(days=10, commitment_date="2031-03-12 12:00:00")
        self._log(record, summary="<b>Angry</b>", decision="wait", agreed_plan="Call on Friday")
        text = record.talking_points
        for part in (
            "<li><b>What:</b> Of your order",
            "we still owe you 4 Units Desk",
            "02/21/2031 (10 days)",
            "Promised: 03/12/2031",
            "&lt;b&gt;Angry&lt;/b&gt; Waits. Agreed: Call on Friday",
        ):
            self.assertIn(part, text)

    def test_call(self):
        """The call is planned for today, for the salesperson; making it is the contact."""
        record = self._owe(days=10)
        record.with_user(self.seller).action_call()
        self.assertEqual(self._activities(record), [(self.seller, self._day(3))])
        self.assertEqual(self._search("is_to_call"), record)
        record.activity_ids.with_user(self.seller).action_feedback(feedback="He waits")
        self.assertEqual(record.communication_ids.summary, "He waits")
        self.assertFalse(self._search("is_to_call"))

    def test_rights(self):
        """A salesperson sees his own; the warehouse sees neither score nor value."""
        mine, other = self._owe(days=10), self._owe(days=10, user_id=self.leader.id)
        self.assertEqual(self._search("is_to_call", self.seller), mine)
        self.assertEqual(self._search("is_to_call", self.leader), mine | other)
        stock = new_test_user(self.env, "queue_stock", groups="stock.group_stock_user")
        for name in ("outreach_score", "outreach_reason", "talking_points"):
            with self.assertRaises(AccessError):
                mine.with_user(stock)[name]
        with self.assertRaises(AccessError):
            other.with_user(self.seller).action_call()


@tagged("post_install", "-at_install")
class TestReview(QueueCase):
    def test_seven_days(self):
        record = self._owe(days=6)
        self.assertFalse(self._search("needs_review"))
        self._wait(1)
        self.assertEqual(self._search("needs_review"), record)
        self.assertTrue(record.needs_review)
        record.with_user(self.seller).action_keep()
        self.assertEqual(
            (record.date_reviewed, record.reviewed_by_id), (datetime.now(), self.seller)
        )
        self.assertFalse(self._search("needs_review"))
        self._wait(7)
        self.assertEqual(self._search("needs_review"), record)

    def test_whatever_is_decided(self):
        """Each decision takes its row off the list; what a program does is no review."""
        records = [self._owe(days=10) for _n in range(4)]
        dated, called, cancelled, kept = (record.with_user(self.seller) for record in records)
        self.assertEqual(len(self._search("needs_review")), 4)
        dated.reschedule(date(2031, 3, 20))
        called.action_call()
        line = cancelled.line_ids
        reason = self.env["backorder.cancel.reason"].search([], limit=1)
        cancelled.cancel_open(reason.id, quantities={line.id: 1})
        self.assertEqual(cancelled.state, "open")
        kept.sudo().reschedule(date(2031, 3, 20))
        self.assertEqual(self._search("needs_review"), kept.with_env(self.env))

    def test_rights(self):
        other = self._owe(days=10, user_id=self.leader.id)
        with self.assertRaises(AccessError):
            other.with_user(self.seller).action_keep()
        with self.assertRaises(AccessError):
            other.with_user(self.leader).date_reviewed = datetime.now()


@tagged("post_install", "-at_install")
class TestDigest(QueueCase):
    def setUp(self):
        super().setUp()
        self.env["sale.backorder"].search([]).unlink()
        self.digest = self.env["digest.digest"].create({"name": "Week"})

    def _kpi(self, name, start, end, user=None):
        digest = self.digest.with_user(user or self.leader).with_context(
            start_datetime=start, end_datetime=end
        )
        digest.invalidate_recordset()
        return digest[f"kpi_backorder_{name}_value"]

    def test_numbers(self):
        """Open 40 and 20; one overdue; two of four orders of the week were short; the oldest has
        waited 12 days, and 5 days a week ago."""
        now, week = datetime.now(), timedelta(days=7)
        self._owe(4, days=12)
        self._owe(2, days=3, commitment_date="2031-03-02 12:00:00")
        lamp = self._create_product("Lamp")
        self._stock(lamp, 10)
        for _n in range(2):
            self._sell((lamp, 1))
        self.env["backorder.tracker"]._drain()
        self.env["sale.order"].search([("warehouse_id", "!=", self.warehouse.id)]).write(
            {"date_order": now - 30 * week}
        )
        self.env["sale.order"].search([("warehouse_id", "=", self.warehouse.id)]).write(
            {"date_order": now - week / 7}
        )
        for name, value, before in (
            ("value", 60.0, 0.0),
            ("overdue", 1, 0),
            ("rate", 50.0, 0.0),
            ("oldest", 12, 5),
        ):
            with self.subTest(name=name):
                self.assertEqual(self._kpi(name, now - week, now), value)
                self.assertEqual(self._kpi(name, now - 2 * week, now - week), before)

    def test_who_reads_it(self):
        now = datetime.now()
        for name in ("value", "overdue", "rate", "oldest"):
            with self.assertRaises(AccessError):
                self._kpi(name, now - timedelta(days=7), now, self.seller)

    def test_in_the_mail(self):
        """Odoo shows what is switched on; a salesperson's mail leaves it out."""
        self._owe(4, days=12)
        self.digest.kpi_backorder_oldest = True
        [kpi] = [
            k
            for k in self.digest._compute_kpis(self.company, self.leader)
            if k["kpi_name"] == "kpi_backorder_oldest"
        ]
        self.assertEqual(kpi["kpi_col1"]["value"], 12)
        self.assertIn("sale_backorder_action", kpi["kpi_action"])
        names = [k["kpi_name"] for k in self.digest._compute_kpis(self.company, self.seller)]
        self.assertNotIn("kpi_backorder_oldest", names)

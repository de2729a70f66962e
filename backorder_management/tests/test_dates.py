"""Expected dates, the supply behind them, and what happens to a promise when supply changes."""

from datetime import datetime, time, timedelta
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import new_test_user, tagged

from ..models.dates import backorder_dates
from .common import BackorderCommon

NOON = time(12)


class DatesCommon(BackorderCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.today = fields.Date.today()
        cls.company.backorder_date_tolerance = 1
        cls.warehouse.partner_id.tz = "UTC"

    def _day(self, days):
        return self.today + timedelta(days=days)

    def _moment(self, days):
        return datetime.combine(self._day(days), NOON)

    def _announce(self, quantity, days, product=None):
        """A receipt that comes in so many days. -> its transfer"""
        return self._announce_at(quantity, self._moment(days), product or self.desk)

    def _announce_at(self, quantity, moment, product):
        places = {
            "location_id": self.supplier_location.id,
            "location_dest_id": self.stock.id,
        }
        move = {"product_id": product.id, "product_uom_qty": quantity, "date": moment, **places}
        receipt = self.env["stock.picking"].create(
            {
                "picking_type_id": self.warehouse.in_type_id.id,
                "scheduled_date": moment,
                "move_ids": [Command.create(move)],
                **places,
            }
        )
        receipt.action_confirm()
        return receipt

    def _move_to(self, receipt, days):
        """The vendor names another day, as a purchase tells it to its receipt."""
        receipt.move_ids.date_deadline = self._moment(days)
        self.env["backorder.tracker"]._drain()

    def _pass_a_night(self, order):
        """What the scheduled action does with it."""
        self.env["backorder.tracker"]._refresh_orders(order.ids)

    def _take_in(self, receipt):
        receipt.move_ids.picked = True
        receipt.button_validate()

    def _parts(self, order):
        """[(quantity, days from now, name of the receipt or None)] of its only item"""
        self.env["backorder.tracker"]._drain()
        return [
            (peg.quantity, (peg.date - self.today).days, peg.picking_id.name or None)
            for peg in order.backorder_ids.line_ids.peg_ids
        ]

    def _expected(self, order):
        """Days from now, None without a date."""
        self.env["backorder.tracker"]._drain()
        [record] = order.backorder_ids
        self.assertEqual(record.expected_date, record.line_ids.expected_date)
        return record.expected_date and (record.expected_date - self.today).days or None

    def _changes(self, order):
        self.env["backorder.tracker"]._drain()
        changes = self.env["backorder.date.change"].search(
            [("sale_order_id", "=", order.id)], order="id"
        )
        return [(c.kind, c.days, c.state) for c in changes]


@tagged("post_install", "-at_install")
class TestWorkedExample(DatesCommon):
    def test_three_orders_two_purchases(self):
        """The example of the documentation: A wants 4, B 6, C 5, in this order; P brings 8 on day
        5, Q brings 7 on day 10.

        A has 4 of P. B has the other 4 of P and 2 of Q. C has the last 5 of Q. P slips to day 12:
        now Q comes first, A and 3 of B are served by it, the rest of B and C by P. Then Q is
        cancelled: P has 8, A takes 4, B 4; 2 of B and all of C have no date. A new purchase R of
        7 on day 20 covers them.
        """
        self.env["backorder.policy"].create({"name": "By order", "method": "fifo"})
        p, q = self._announce(8, 5), self._announce(7, 10)
        a = self._sell((self.desk, 4), commitment_date=self._moment(6))
        b = self._sell((self.desk, 6), commitment_date=self._moment(11))
        c = self._sell((self.desk, 5))
        for order in a | b | c:
            if not order.backorder_ids:  # covered in time: no backorder by itself
                order.create_backorder({order.order_line.id: order.order_line.product_uom_qty})
        self.assertEqual(self._parts(a), [(4, 5, p.name)])
        self.assertEqual(self._parts(b), [(4, 5, p.name), (2, 10, q.name)])
        self.assertEqual(self._parts(c), [(5, 10, q.name)])
        self.assertEqual([self._expected(o) for o in (a, b, c)], [5, 10, 10])
        self.assertEqual(b.backorder_ids.line_ids.confidence, "scheduled")

        self._move_to(p, 12)
        self.assertEqual(self._parts(a), [(4, 10, q.name)])
        self.assertEqual(self._parts(b), [(3, 10, q.name), (3, 12, p.name)])
        self.assertEqual(self._parts(c), [(5, 12, p.name)])
        # A was promised day 6: 4 days late. B day 11: within the one day that is tolerated
        self.assertEqual(self._changes(a), [("slip", 4, "new")])
        self.assertEqual(self._changes(b), [])
        self.assertEqual(self._changes(c), [], "nothing was promised")

        q.action_cancel()
        self.assertEqual(self._parts(a), [(4, 12, p.name)])
        self.assertEqual(self._parts(b), [(4, 12, p.name)])
        self.assertEqual(self._parts(c), [])
        self.assertEqual([self._expected(o) for o in (a, b, c)], [12, None, None])
        self.assertEqual(self._changes(a), [("slip", 6, "new")])
        self.assertEqual(self._changes(b), [("no_date", 0, "new")])
        self.assertEqual(b.backorder_ids.line_ids.confidence, "unknown")

        r = self._announce(7, 20)
        self.assertEqual(self._parts(b), [(4, 12, p.name), (2, 20, r.name)])
        self.assertEqual(self._parts(c), [(5, 20, r.name)])
        self.assertEqual(self._changes(b), [("slip", 9, "new")])

        # all comes: who was named for P has it
        self._take_in(p)
        self.assertEqual(self._reserved(a, b, c), [4, 4, 0])
        self._take_in(r)
        self.assertEqual(self._reserved(a, b, c), [4, 6, 5])
        self.assertEqual(c.backorder_ids.line_ids.confidence, "in_stock")
        self.assertEqual(self.env["sale.backorder"].audit(), [])


@tagged("post_install", "-at_install")
class TestDates(DatesCommon):
    def test_receipt_is_created_later(self):
        """Somebody waits without a date; then a receipt is announced, moved, shortened."""
        order = self._sell((self.desk, 5))
        self.assertIsNone(self._expected(order))
        receipt = self._announce(5, 7)
        self.assertEqual(self._expected(order), 7)
        receipt.move_ids.date = receipt.move_ids.date_deadline = self._moment(9)
        self.assertEqual(self._expected(order), 9)
        receipt.move_ids.product_uom_qty = 3
        self.assertIsNone(self._expected(order))
        self.assertEqual(self._parts(order), [(3, 9, receipt.name)])

    def test_a_better_rank_takes_the_date(self):
        """A star pushes the second order before the first: both get the other's date."""
        self.env["backorder.policy"].create({"name": "Star", "method": "priority"})
        first, second = self._sell((self.desk, 5)), self._sell((self.desk, 5))
        self._announce(5, 3)
        self._announce(5, 8)
        self.assertEqual([self._expected(o) for o in (first, second)], [3, 8])
        second.picking_ids.move_ids.priority = "1"
        self.assertEqual([self._expected(o) for o in (first, second)], [8, 3])

    def test_overdue_supply_is_late(self):
        """It is not gone, and it is not on time: today at the earliest."""
        order = self._sell((self.desk, 5))
        self._announce(5, -4)
        line = order.backorder_ids.line_ids
        self.assertEqual(line.expected_date, self.today)
        self.assertEqual(line.confidence, "late")
        self.assertTrue(line.peg_ids.late)

    def test_partly_shipped(self):
        """Of 20 ordered 15 are there: the part that is told is of the 5 that are owed."""
        self._stock(self.desk, 15)
        order = self._sell((self.desk, 20))
        receipt = self._announce(3, 4)
        self.assertEqual(self._parts(order), [(3, 4, receipt.name)])
        self._ship(order.picking_ids)
        self.assertEqual(self._parts(order), [(3, 4, receipt.name)])
        self._take_in(receipt)
        self.assertEqual(self._parts(order), [(3, 0, None)])
        self.assertEqual(order.backorder_ids.line_ids.confidence, "unknown", "2 have no date")

    def test_closed_items_have_no_planned_supply(self):
        order = self._sell((self.desk, 5))
        self._announce(5, 4)
        self.assertTrue(self._parts(order))
        order._action_cancel()
        self.assertEqual(self._parts(order), [])

    def test_goods_at_the_dock_are_not_lost(self):
        """Two-step reception: between the dock and the shelf the goods keep their date."""
        self.warehouse.reception_steps = "two_steps"
        order = self._sell((self.desk, 5))
        self._receive(self.desk, 5, location=self.warehouse.wh_input_stock_loc_id)
        line = order.backorder_ids.line_ids
        self.env["backorder.tracker"]._drain()
        self.assertEqual(line.expected_date, self.today)
        self.assertEqual(line.peg_ids.mapped("kind"), ["transfer"])

    def test_zone_of_the_warehouse(self):
        """23:30 UTC is the next day in Auckland and the same day in Los Angeles."""
        for zone, later in (("Pacific/Auckland", 1), ("America/Los_Angeles", 0)):
            with self.subTest(zone):
                self.warehouse.partner_id.tz = zone
                product = self._create_product(zone)
                order = self._sell((product, 2))
                date = datetime.combine(self._day(5), time(23, 30))
                self._announce_at(2, date, product)
                self.assertEqual(self._expected(order), 5 + later)

    def test_dozens(self):
        """One dozen is ordered, 18 come in two receipts."""
        dozen = self.env.ref("uom.product_uom_dozen")
        order = self._sell((self.desk, 2, dozen))
        first, second = self._announce(18, 3), self._announce(6, 6)
        self.assertEqual(self._parts(order), [(18, 3, first.name), (6, 6, second.name)])

    def test_large_pools_are_refreshed_later(self):
        """Too many wait to refresh them at once: the scheduled action does it."""
        orders = [self._sell((self.desk, 1)) for _number in range(3)]
        with patch.object(backorder_dates, "NOW_LINES", 2):
            self._announce(3, 5)
            self.env["backorder.tracker"]._drain()
        self.assertEqual([self._expected(o) for o in orders], [None] * 3)
        domain = [("dates_dirty", "=", True), ("product_id", "=", self.desk.id)]
        pool = self.env["backorder.pool"].search(domain)
        self.assertEqual(len(pool), 1)
        with patch.object(self.registry["ir.cron"], "_commit_progress", lambda *_a, **_k: 1):
            self.env["backorder.dates"]._cron_refresh_dates()
        self.assertEqual([self._expected(o) for o in orders], [5] * 3)
        self.assertFalse(pool.dates_dirty)

    def test_a_pool_that_fails_holds_up_no_other(self):
        """At night all pools are refreshed; the one that fails is tried again next time."""
        lamp = self._create_product("Lamp")
        orders = [self._sell((self.desk, 1)), self._sell((lamp, 1))]
        for product in (self.desk, lamp):
            receipt = self._announce(1, 5, product)
            self.env["backorder.tracker"]._drain()
            # behind the back of all hooks
            self.env.cr.execute(
                "UPDATE stock_move SET date = date + interval '2 days' WHERE picking_id = %s",
                [receipt.id],
            )
        self.env.invalidate_all()
        dates, bad = self.registry["backorder.dates"], orders[0].backorder_ids.line_ids.id
        refresh = dates._refresh

        def fail(model, line_ids):
            if bad in line_ids:
                raise ValueError("no date for this one")
            return refresh(model, line_ids)

        self.env["backorder.dates"]._postpone_all()
        with (
            patch.object(self.registry["ir.cron"], "_commit_progress", lambda *_a, **_k: 1),
            patch.object(dates, "_refresh", fail),
            self.assertLogs("odoo.addons.backorder_management.models.dates.backorder_dates_cron"),
        ):
            self.env["backorder.dates"]._cron_refresh_dates()
        self.assertEqual([self._expected(o) for o in orders], [5, 7])
        pools = self.env["backorder.pool"].search([("dates_dirty", "=", True)])
        self.assertEqual(pools.product_id, self.desk)

    def test_refresh_twice_writes_nothing(self):
        orders = [self._sell((self.desk, 2)) for _number in range(4)]
        self._announce(5, 5)
        self.env["backorder.tracker"]._drain()
        lines = self.env["sale.order"].concat(*orders).backorder_ids.line_ids
        pegs = lines.peg_ids
        dates = self.env["backorder.dates"]
        self.env.invalidate_all()
        self.assertEqual(dates._refresh(lines.ids), [])
        self.assertEqual(lines.peg_ids, pegs)
        # one that is served in part, one that nothing is on its way for
        few, many = self._count_queries(lines[2:]), self._count_queries(lines)
        self.assertEqual(few, many)

    def _count_queries(self, lines):
        dates = self.env["backorder.dates"]
        self.env.flush_all()
        before = self.env.cr.sql_log_count
        dates._refresh(lines.ids)
        return self.env.cr.sql_log_count - before


@tagged("post_install", "-at_install")
class TestPromises(DatesCommon):
    def _history(self, order):
        rows = order.backorder_ids.promise_ids.sorted("id")
        return [(self._days(r.old_date), self._days(r.new_date), r.source) for r in rows]

    def _days(self, date):
        return date and (date - self.today).days

    def test_delivery_date_is_a_promise(self):
        order = self._sell((self.desk, 5), commitment_date=self._moment(6))
        self.assertEqual(self._history(order), [(False, 6, "order")])
        order.commitment_date = self._moment(9)
        self.assertEqual(self._history(order), [(False, 6, "order"), (6, 9, "order")])

    def test_reschedule(self):
        """The whole order gets a new date: its delivery date follows, the change is told."""
        order = self._sell((self.desk, 5), commitment_date=self._moment(6))
        self._announce(5, 10)
        self.assertEqual(self._changes(order), [("slip", 4, "new")])
        record = order.backorder_ids
        self.assertTrue(record.reschedule(str(self._day(11)), reason="The vendor is late"))
        self.assertEqual(record.promised_date, self._day(11))
        self.assertEqual(order.commitment_date.date(), self._day(11))
        self.assertEqual(self._history(order), [(False, 6, "order"), (6, 11, "reschedule")])
        self.assertEqual(self._changes(order), [("slip", 4, "told")])
        promise = record.promise_ids.sorted("id")[-1]
        self.assertEqual((promise.reason, promise.user_id), ("The vendor is late", self.env.user))
        self.assertTrue(promise.told_date)
        # the same again, and a night: nothing changes
        record.reschedule(self._day(11))
        self._pass_a_night(order)
        self.assertEqual(len(self._history(order)), 2)
        self.assertEqual(self._changes(order), [("slip", 4, "told")])

    def test_reschedule_one_item(self):
        """The delivery date of the order stays; the item keeps its own until that date changes."""
        lamp = self._create_product("Lamp")
        order = self._sell((self.desk, 5), (lamp, 2), commitment_date=self._moment(6))
        record = order.backorder_ids
        line = record.line_ids.filtered(lambda x: x.product_id == lamp)
        record.reschedule(self._day(20), line_ids=line.ids)
        self._pass_a_night(order)
        self.assertEqual(line.promised_date, self._day(20))
        self.assertEqual(order.commitment_date.date(), self._day(6))
        self.assertEqual(record.promised_date, self._day(20))
        order.commitment_date = self._moment(8)
        self.assertEqual(set(record.line_ids.mapped("promised_date")), {self._day(8)})

    def test_refusals(self):
        order = self._sell((self.desk, 5), commitment_date=self._moment(6))
        other = self._sell((self.desk, 5))
        record = order.backorder_ids
        for date, values in (
            ("soon", {}),
            (False, {}),
            (self._day(-1), {}),
            (self._day(3), {"line_ids": other.backorder_ids.line_ids.ids}),
        ):
            with self.subTest(date=date), self.assertRaises(UserError):
                record.reschedule(date, **values)
        self.assertEqual(len(self._history(order)), 1)
        picker = new_test_user(self.env, "picker", groups="stock.group_stock_user")
        with self.assertRaises(AccessError):
            record.with_user(picker).reschedule(self._day(8))
        order._action_cancel()
        with self.assertRaises(UserError):
            record.reschedule(self._day(8))

    def test_the_customer_is_written_to(self):
        self.customer.email = "baker@example.com"
        order = self._sell((self.desk, 5))
        order.backorder_ids.reschedule(self._day(8), reason="Strike at the port", notify=True)
        message = order.backorder_ids.communication_ids.mail_message_id
        self.assertIn("Strike at the port", message.body)
        self.assertEqual(message.partner_ids, self.customer)

    def test_on_time_again(self):
        """What recovers before anybody was told leaves the list by itself."""
        order = self._sell((self.desk, 5), commitment_date=self._moment(6))
        receipt = self._announce(5, 6)
        self.assertEqual(self._changes(order), [])
        self._move_to(receipt, 9)
        self.assertEqual(self._changes(order), [("slip", 3, "new")])
        self._move_to(receipt, 7)
        self.assertEqual(self._changes(order), [("slip", 3, "recovered")])

    def test_earlier(self):
        order = self._sell((self.desk, 5), commitment_date=self._moment(20))
        receipt = self._announce(5, 20)
        self._move_to(receipt, 8)
        self.assertEqual(self._changes(order), [("pull_in", -12, "new")])
        change = self.env["backorder.date.change"].search([("sale_order_id", "=", order.id)])
        self.assertEqual(change.picking_id, receipt)
        self.assertEqual(change.amount_open, 50)
        change.action_dismiss()
        self.assertEqual(self._changes(order), [("pull_in", -12, "dismissed")])

    def test_cancelled_needs_no_date(self):
        order = self._sell((self.desk, 5), commitment_date=self._moment(3))
        self._announce(5, 9)
        self.assertEqual(self._changes(order), [("slip", 6, "new")])
        order._action_cancel()
        self.assertEqual(self._changes(order), [("slip", 6, "closed")])

    def test_found_at_installation_stays_quiet(self):
        order = self._sell((self.desk, 5), commitment_date=self._moment(6))
        order.backorder_ids.sudo().released = False
        self._announce(5, 12)
        self.assertEqual(self._changes(order), [])


@tagged("post_install", "-at_install")
class TestWindow(DatesCommon):
    def test_not_before(self):
        """The goods come on day 4, the customer takes them from day 9 on."""
        order = self._sell((self.desk, 5), backorder_not_before=self._day(9))
        self._announce(5, 4)
        self.assertEqual(self._expected(order), 9)
        order.backorder_not_before = False
        self.assertEqual(self._expected(order), 4)

    def test_cancel_after(self):
        """Wanted until day 6: without a date it cannot be met, on day 5 it can, on day 8 not."""
        order = self._sell((self.desk, 5), backorder_cancel_after=self._day(6))
        record = order.backorder_ids
        self.assertTrue(record.window_missed)
        receipt = self._announce(5, 5)
        self.env["backorder.tracker"]._drain()
        self.assertFalse(record.window_missed)
        self.assertFalse(record.line_ids.window_missed)
        self._move_to(receipt, 8)
        self.assertTrue(record.window_missed)
        order.backorder_cancel_after = self._day(8)
        self.assertFalse(record.window_missed)

    def test_as_the_customer_says(self):
        """Six days after the order, where the order says nothing."""
        self.customer.backorder_cancel_after_days = 6
        self._announce(5, 7)
        order = self._sell((self.desk, 5))
        self.assertTrue(order.backorder_ids.window_missed)
        order.backorder_cancel_after = self._day(7)
        self.assertFalse(order.backorder_ids.window_missed)

    def test_the_day_of_the_order_is_a_day_there(self):
        """Ordered at 20:00 UTC: in Auckland it is 08:00 of the next day. Six days later is the
        seventh from now in UTC; what comes then is in time, and a day later is not."""
        self.warehouse.partner_id.tz = "Pacific/Auckland"
        self.customer.backorder_cancel_after_days = 6
        self.customer.backorder_not_before_days = 2
        order = self._sell((self.desk, 5))
        order.date_order = datetime.combine(self.today, time(20))
        self._pass_a_night(order)
        self.assertEqual(order._get_backorder_latest(), self._day(7))
        receipt = self._announce_at(5, datetime.combine(self._day(1), time(1)), self.desk)
        self.env["backorder.tracker"]._drain()
        record = order.backorder_ids
        self.assertEqual(record.expected_date, self._day(3))
        receipt.move_ids.date_deadline = datetime.combine(self._day(7), time(1))
        self.env["backorder.tracker"]._drain()
        self.assertEqual(record.expected_date, self._day(7))
        self.assertFalse(record.window_missed)
        receipt.move_ids.date_deadline = datetime.combine(self._day(8), time(1))
        self.env["backorder.tracker"]._drain()
        self.assertTrue(record.window_missed)

    def test_not_before_as_the_customer_says(self):
        """On day 5 there, taken from day 8 on; what the order says counts first."""
        self.customer.backorder_not_before_days = 8
        self._announce(5, 5)
        order = self._sell((self.desk, 5))
        self.assertEqual(order.backorder_ids.expected_date, self._day(8))
        lines = order.backorder_ids.line_ids
        self.assertEqual(self.env["backorder.dates"]._refresh(lines.ids), [])
        order.backorder_not_before = self._day(6)
        self.assertEqual(order.backorder_ids.expected_date, self._day(6))
        with self.assertRaises(ValidationError):
            self.customer.backorder_cancel_after_days = 7

    def test_warned_before_the_order(self):
        self._announce(5, 7)
        order = self._sell((self.desk, 5), confirm=False, backorder_cancel_after=self._day(6))
        self.assertIn("Desk: not certain before", order.backorder_warning)
        order.backorder_cancel_after = self._day(7)
        self.assertFalse(order.backorder_warning)

    def test_ends_before_it_begins(self):
        with self.assertRaises(ValidationError):
            self._sell(
                (self.desk, 5),
                backorder_not_before=self._day(9),
                backorder_cancel_after=self._day(6),
            )

from unittest.mock import patch

from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from .common import BackorderCommon

TRACKER = "odoo.addons.backorder_management.models.backorder_tracker"


@tagged("post_install", "-at_install")
class TestScheduled(BackorderCommon):
    def _make_ready(self, user, quantity=2):
        product = self._create_product(f"Product {quantity}")
        order = self._sell((product, quantity), user_id=user.id)
        self._receive(product, quantity)
        self.assertEqual(order.backorder_ids.state, "ready")
        return order.backorder_ids

    def test_ready_is_told_once_a_day(self):
        """Two become ready: one activity that names both. A third on the same day waits."""
        user = new_test_user(self.env, "rep", "sales_team.group_sale_salesman")
        first, second = self._make_ready(user, 2), self._make_ready(user, 3)
        self.env["sale.backorder"]._cron_tell_ready()
        activity = (first | second).activity_ids
        self.assertEqual(len(activity), 1)
        self.assertIn(first.name, activity.note)
        self.assertIn(second.name, activity.note)
        self.assertIn("<br>", activity.note)
        third = self._make_ready(user, 4)
        self.env["sale.backorder"]._cron_tell_ready()
        self.assertFalse(third.activity_ids)
        self.assertFalse(third.ready_told)

    def test_a_bookkeeping_error_never_blocks_a_shipment(self):
        """The fold fails while goods ship: they ship, the order is marked, the repair mends it."""
        self._stock(self.desk, 6)
        order = self._sell((self.desk, 10))
        writer = type(self.env["backorder.writer"])
        with (
            patch.object(writer, "_write_lines", side_effect=ValueError("broken")),
            mute_logger(TRACKER),
        ):
            self._ship(self._get_open_pickings(order), {self.desk: 6})
        self.assertEqual(order.order_line.qty_delivered, 6)
        order.invalidate_recordset()
        self.assertTrue(order.backorder_dirty)
        self.env["backorder.tracker"]._repair_orders(order.ids)
        self.assertFalse(order.backorder_dirty)
        self._assert_line(order, backordered=4, open=4, fulfilled=0)

    def test_time_alone_opens_a_backorder(self):
        """Reserved by date: nothing is short until the day comes."""
        self.warehouse.out_type_id.write(
            {"reservation_method": "by_date", "reservation_days_before": 1}
        )
        order = self._sell((self.desk, 3), commitment_date="2031-01-10 12:00:00")
        self.assertFalse(order.backorder_ids)
        order.picking_ids.move_ids.write({"reservation_date": "2020-01-01", "date": "2020-01-02"})
        self.assertIn(order.id, self.env["backorder.tracker"]._get_refresh_order_ids())
        self.env["backorder.tracker"]._refresh_orders(order.ids)
        self._assert_line(order, backordered=3, open=3)

    def test_age_moves_with_the_days(self):
        order = self._sell((self.desk, 3))
        backorder = order.backorder_ids
        self.assertEqual((backorder.age_days, backorder.age_bucket), (0, "1-7"))
        backorder.date_open = "2020-01-01 12:00:00"
        self.assertEqual(backorder.age_bucket, "30+")
        self.assertEqual(backorder.line_ids.age_bucket, "30+")

    def test_overdue_and_promised(self):
        order = self._sell((self.desk, 3), commitment_date="2020-05-03 12:00:00")
        backorder = order.backorder_ids
        self.assertEqual(str(backorder.promised_date), "2020-05-03")
        self.assertTrue(backorder.is_overdue)
        self.assertIn(backorder, backorder.search([("is_overdue", "=", True)]))
        order.commitment_date = "2031-05-03 12:00:00"
        self.assertFalse(backorder.is_overdue)
        self.assertNotIn(backorder, backorder.search([("is_overdue", "=", True)]))

    def test_expected_from_the_next_receipts(self):
        """4 and 6 come on two days; two orders of 5: the first by the second receipt, as core
        reserves by date and number."""
        for quantity, day in ((4, "2031-03-01 12:00:00"), (6, "2031-03-09 12:00:00")):
            receipt = self._receive(self.desk, quantity, done=False)
            receipt.move_ids.write({"date": day, "date_deadline": day})
        first, second = self._sell((self.desk, 4)), self._sell((self.desk, 5))
        self.assertEqual(str(first.backorder_ids.expected_date), "2031-03-01")
        self.assertEqual(str(second.backorder_ids.expected_date), "2031-03-09")
        third = self._sell((self.desk, 2))
        self.assertFalse(third.backorder_ids.expected_date)
        self.assertTrue(second.backorder_ids.supply_incoming)

    def test_covered_order_for_next_month_is_not_a_backorder(self):
        receipt = self._receive(self.desk, 5, done=False)
        receipt.move_ids.write({"date": "2031-03-01", "date_deadline": "2031-03-01"})
        order = self._sell((self.desk, 5), commitment_date="2031-03-05 12:00:00")
        self.assertFalse(order.backorder_ids)
        self.assertEqual(order.explain_no_backorder()["code"], "covered")
        late = self._sell((self.desk, 1), commitment_date="2031-03-05 12:00:00")
        self._assert_line(late, backordered=1)


@tagged("post_install", "-at_install")
class TestExisting(BackorderCommon):
    """What a live company owed before the addon came."""

    def setUp(self):
        super().setUp()
        self._stock(self.desk, 4)
        self.order = self._sell((self.desk, 10))
        self._ship(self._get_open_pickings(self.order), {self.desk: 4})
        chair = self._create_product("Chair")
        self.short = self._sell((chair, 3))
        # as if nothing had been recorded
        records = (self.order | self.short).backorder_ids
        records.unlink()
        (self.order | self.short).write({"backorder_count": 0, "backorder_qty_open": 0})
        self.order.picking_ids.move_ids.write({"backorder_short": False})
        self.messages = len(self.order.message_ids)

    def test_found_once_and_silently(self):
        finder = self.env["backorder.finder"]
        finder._find_existing()
        self._assert_line(self.order, backordered=6, open=6, fulfilled=0)
        self._assert_line(self.short, backordered=3, open=3)
        backorder = self.order.backorder_ids
        self.assertEqual(backorder.origin, "existing")
        self.assertFalse(backorder.released)
        self.assertEqual(len(self.order.message_ids), self.messages)
        shipped = self.order.picking_ids.filtered(lambda p: p.state == "done")
        self.assertEqual(backorder.date_open, shipped.move_ids.date)
        self.assertEqual(self.short.backorder_ids.date_open, self.short.date_order)
        self.assertEqual(finder._find_existing(), 0)

    def test_nobody_is_told_before_the_release(self):
        self.env["backorder.finder"]._find_existing()
        backorder = self.short.backorder_ids
        self._receive(backorder.line_ids.product_id, 3)
        self.assertEqual(backorder.state, "ready")
        self.env["sale.backorder"]._cron_tell_ready()
        self.assertFalse(backorder.activity_ids)
        backorder.action_release()
        self.assertTrue(backorder.released)

    def test_price_and_salesperson_stay_related(self):
        user = new_test_user(self.env, "rep2", "sales_team.group_sale_salesman")
        self.env["backorder.finder"]._find_existing()
        self.short.user_id = user
        self.assertEqual(self.short.backorder_ids.user_id, user)
        self.assertEqual(self.short.backorder_ids.line_ids.user_id, user)

    def test_settings_decide_when_one_is_born(self):
        for setting, at_confirmation, after_shipping in (
            ("delivery", False, True),
            ("manual", False, False),
        ):
            with self.subTest(setting=setting):
                self.company.backorder_creation = setting
                product = self._create_product(f"Lamp {setting}")
                self._stock(product, 2)
                order = self._sell((product, 5))
                self.assertEqual(bool(order.backorder_ids), at_confirmation)
                self.assertEqual(order.explain_no_backorder()["code"], "setting")
                self._ship(self._get_open_pickings(order), {product: 2})
                self.assertEqual(bool(order.backorder_ids), after_shipping)

    def test_one_item_of_two_by_hand(self):
        lamp = self._create_product("Lamp")
        self._stock(lamp, 5)
        self._stock(self.desk, 5)
        order = self._sell((lamp, 5), (self.desk, 5))
        order.create_backorder({order.order_line[0].id: 5})
        self._assert_line(order, lamp, backordered=5, open=5)
        self.assertEqual(order.backorder_ids.line_ids.product_id, lamp)

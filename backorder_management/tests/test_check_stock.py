from odoo.tests import new_test_user, tagged

from .common import BackorderCommon


@tagged("post_install", "-at_install")
class TestCheckStock(BackorderCommon):
    """The system has the goods, the picker had not: 20 ordered, 20 on the shelf, 15 found."""

    def setUp(self):
        super().setUp()
        self._stock(self.desk, 20)
        self.order = self._sell((self.desk, 20))
        self.assertFalse(self.order.backorder_ids)

    def _ship_short(self, **answers):
        self._ship(self._get_open_pickings(self.order), {self.desk: 15}, **answers)
        return self._assert_line(self.order, backordered=5, open=5)

    def test_marked_and_counted(self):
        line = self._ship_short()
        self.assertTrue(line.check_stock)
        self.assertTrue(line.backorder_id.check_stock)
        quant = self.env["stock.quant"]._gather(self.desk, self.stock)
        self.assertEqual(quant.inventory_date, self.env.cr.now().date())

    def test_a_cause_that_explains_it(self):
        cause = self.env.ref("backorder_management.cause_truck_full")
        line = self._ship_short(backorder_cause_id=cause.id)
        self.assertFalse(line.check_stock)
        self.assertEqual((line.cause_id, line.backorder_id.cause_id), (cause, cause))

    def test_a_cause_said_after_the_backorder_was_opened(self):
        order = self._sell((self.desk, 3))
        self.assertFalse(order.backorder_ids.cause_id)
        self._receive(self.desk, 2)
        cause = self.env.ref("backorder_management.cause_truck_full")
        self._ship(self._get_open_pickings(order), {self.desk: 1}, backorder_cause_id=cause.id)
        self.assertEqual(order.backorder_ids.cause_id, cause)

    def test_a_cause_that_doubts_it(self):
        cause = self.env.ref("backorder_management.cause_not_found")
        line = self._ship_short(backorder_cause_id=cause.id, backorder_expected_date="2031-02-03")
        self.assertTrue(line.check_stock)
        self.assertEqual(str(line.backorder_id.expected_date), "2031-02-03")

    def test_counting_ends_the_doubt(self):
        line = self._ship_short()
        quant = self.env["stock.quant"]._gather(self.desk, self.stock)
        quant.with_context(inventory_mode=True).inventory_quantity = 2
        quant.action_apply_inventory()
        self.assertFalse(line.check_stock)
        self._assert_line(self.order, open=5, ready=2)

    def test_new_stock_ends_the_doubt(self):
        line = self._ship_short()
        self._receive(self.desk, 1)
        self.assertFalse(line.check_stock)

    def test_a_person_ends_the_doubt(self):
        line = self._ship_short()
        line.backorder_id.action_stock_found()
        self.assertFalse(line.check_stock)
        self.assertFalse(line.backorder_id.check_stock)

    def test_nobody_is_told_while_in_doubt(self):
        line = self._ship_short()
        backorder = line.backorder_id
        user = new_test_user(self.env, "rep", "sales_team.group_sale_salesman")
        self.order.user_id = user
        self.env["sale.backorder"]._cron_tell_ready()
        self.assertFalse(backorder.activity_ids)
        line.action_stock_found()
        self.env["sale.backorder"]._cron_tell_ready()
        self.assertEqual(backorder.activity_ids.user_id, user)

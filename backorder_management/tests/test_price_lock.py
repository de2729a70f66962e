from odoo.tests import tagged

from .common import BackorderCommon


@tagged("post_install", "-at_install")
class TestPriceLock(BackorderCommon):
    """What is owed keeps the price at which it was sold."""

    def setUp(self):
        super().setUp()
        self.order = self._sell((self.desk, 20))
        self.line = self.order.order_line
        self.assertEqual(self.line.price_unit, 10.0)
        self.desk.list_price = 12.0

    def test_update_prices_leaves_what_is_owed(self):
        self.order.action_update_prices()
        self.assertEqual(self.line.price_unit, 10.0)
        self._assert_line(self.order, open=20)
        self.assertEqual(self.order.backorder_ids.amount_open, 200.0)

    def test_raise_prices_only_the_added_part(self):
        self.line.product_uom_qty = 30
        added = self.order.order_line - self.line
        self.assertEqual((self.line.product_uom_qty, self.line.price_unit), (20.0, 10.0))
        self.assertEqual((added.product_uom_qty, added.price_unit), (10.0, 12.0))
        # 20 at 10 and 10 at 12 are owed
        self.assertEqual(self.order.backorder_ids.amount_open, 320.0)
        self._assert_sound()

    def test_raise_at_the_same_price_stays_one_line(self):
        self.desk.list_price = 10.0
        self.line.product_uom_qty = 30
        self.assertEqual(self.order.order_line, self.line)
        self.assertEqual((self.line.product_uom_qty, self.line.price_unit), (30.0, 10.0))

    def test_raise_at_a_typed_price_keeps_it(self):
        self.line.price_unit = 9.0
        self.line.product_uom_qty = 30
        self.assertEqual(self.order.order_line, self.line)
        self.assertEqual((self.line.product_uom_qty, self.line.price_unit), (30.0, 9.0))

    def test_closed_backorder_locks_nothing(self):
        self._get_open_pickings(self.order).action_cancel()
        self.line.product_uom_qty = 25
        self.assertEqual(self.order.order_line, self.line)
        self.assertEqual(self.line.price_unit, 12.0)

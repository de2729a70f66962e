from odoo.tests import tagged

from .common import BackorderCommon


@tagged("post_install", "-at_install")
class TestFlowBasics(BackorderCommon):
    def test_worked_example(self):
        """20 ordered, 15 in stock; ship 15, receive 3, ship 3, close the rest."""
        self._stock(self.desk, 15)
        order = self._sell((self.desk, 20))
        self._assert_line(order, backordered=5, open=5, ready=0, state="open")
        self._ship(self._get_open_pickings(order), {self.desk: 15})
        self._assert_line(order, backordered=5, open=5, fulfilled=0, state="open")
        self._receive(self.desk, 3)
        self._assert_line(order, open=5, ready=3, state="ready")
        self._ship(self._get_open_pickings(order), {self.desk: 3})
        self._assert_line(order, fulfilled=3, open=2, ready=0, state="partial")
        self._get_open_pickings(order).action_cancel()
        self._assert_line(order, fulfilled=3, cancelled=2, open=0, state="done")
        self.assertEqual(order.backorder_status, "2 cancelled")

    def test_raise_and_lower(self):
        self._stock(self.desk, 2)
        order = self._sell((self.desk, 5))
        self._assert_line(order, backordered=3)
        order.order_line.product_uom_qty = 9
        self._assert_line(order, backordered=7, open=7)
        order.order_line.product_uom_qty = 6
        self._assert_line(order, backordered=7, open=4, cancelled=3)

    def test_nothing_short_nothing_made(self):
        self._stock(self.desk, 10)
        order = self._sell((self.desk, 10))
        self.assertFalse(order.backorder_ids)
        self._ship(self._get_open_pickings(order))
        self.assertFalse(order.backorder_ids)

    def test_notes(self):
        """A backorder is noted on its order when it opens and when it closes; its own notes say
        what was short, and what became of it."""
        order = self._sell((self.desk, 5))
        self.assertIn(f"{order.backorder_ids.name}</a> was opened.", self._get_bodies(order))
        self.assertIn("Desk: 5 Units backordered", self._get_bodies(order.backorder_ids))
        self._stock(self.desk, 3)
        later = self._sell((self.desk, 3))
        self.assertNotIn("was opened", self._get_bodies(later))
        self._ship(self._get_open_pickings(later), {self.desk: 2})
        self.assertIn(f"{later.backorder_ids.name}</a> was opened.", self._get_bodies(later))
        self.assertIn("Desk: 1 Units backordered", self._get_bodies(later.backorder_ids))
        self._ship(self._get_open_pickings(later))
        self.assertIn("</a> was closed: 1 shipped.", self._get_bodies(later))

    def _get_bodies(self, records):
        self.env["backorder.tracker"]._drain()
        return " ".join(records.message_ids.mapped("body"))

    def test_no_backorder_leaves_a_trace(self):
        self._stock(self.desk, 10)
        order = self._sell((self.desk, 10))
        self._ship(self._get_open_pickings(order), {self.desk: 4}, backorder=False)
        self._assert_line(order, backordered=6, cancelled=6, open=0, state="cancel")
        self.assertEqual(order.delivery_status, "full")
        self.assertEqual(order.backorder_status, "6 cancelled")
        self.assertEqual(order.explain_no_backorder()["code"], "closed")

    def test_create_by_hand_gives_stock_back(self):
        self._stock(self.desk, 10)
        order = self._sell((self.desk, 10))
        record = order.create_backorder({str(order.order_line.id): 4}, expected_date="2030-05-03")
        self._assert_line(order, backordered=4, open=4, ready=0, state="open")
        self.assertEqual(record.origin, "manual")
        apart = self._get_open_pickings(order).filtered(lambda p: p.scheduled_date.year == 2030)
        self.assertEqual(apart.move_ids.product_uom_qty, 4)
        self.assertEqual(self.desk.with_context(warehouse_id=self.warehouse.id).free_qty, 4)

    def test_fulfil_and_ship(self):
        order = self._sell((self.desk, 5))
        record = order.backorder_ids
        self._receive(self.desk, 3)
        record.fulfil(validate=True)
        self._assert_line(order, fulfilled=3, open=2, state="partial")
        self._receive(self.desk, 2)
        record.fulfil(validate=True)
        self._assert_line(order, fulfilled=5, open=0, state="done")

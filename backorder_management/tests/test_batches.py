"""Where batches are in use and core puts each ready transfer of a customer in one by itself."""

from datetime import timedelta

from odoo import fields
from odoo.tests import new_test_user, tagged

from .common import BackorderCommon


class BatchCommon(BackorderCommon):
    delivery_steps = "ship_only"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.warehouse.delivery_steps = cls.delivery_steps
        cls.chair = cls._create_product("Chair")

    def setUp(self):
        super().setUp()
        # the addon works with and without them and does not depend on the module
        if "stock.picking.batch" not in self.env:
            self.skipTest("stock_picking_batch is not installed")
        # as core sets it up for a new warehouse
        self.assertTrue(self.warehouse.out_type_id.auto_batch)
        self.assertTrue(self.warehouse.out_type_id.batch_group_by_partner)

    def _sell_chair(self):
        """Another order of the customer, which is ready all the time and stays where it is."""
        self._stock(self.chair, 1)
        return self._sell((self.chair, 1))

    def _get_delivery(self, order):
        return self._get_open_pickings(order).filtered(lambda p: p.picking_type_code == "outgoing")

    def _assert_batch(self, batch, *orders, state="in_progress"):
        """Only open deliveries of these orders are in the batch."""
        self.assertEqual(batch.state, state)
        self.assertEqual(len(batch), 1)
        pickings = self.env["stock.picking"].concat(*(self._get_delivery(o) for o in orders))
        self.assertEqual(batch.picking_ids, pickings)


@tagged("post_install", "-at_install")
class TestBatches(BatchCommon):
    def _sell_in_two_transfers(self):
        """5 ordered and none there: 2 came and were split off, then 3 came. Core takes a transfer
        that is split out of its batch; a person puts both in one."""
        order = self._sell((self.desk, 5))
        self._receive(self.desk, 2)
        order.picking_ids.action_split_transfer()
        self._receive(self.desk, 3)
        self.assertEqual(order.picking_ids.mapped("state"), ["assigned"] * 2)
        self._assert_line(order, backordered=5, open=5, ready=5, state="ready")
        order.picking_ids.batch_id = order.picking_ids.batch_id
        return order

    def test_fulfil_a_part_of_two_transfers(self):
        """Both transfers, of 2 and 3, are in one batch with another order. 4 ship: one transfer
        whole, one in part. The last piece is reserved and joins the batch of the other order."""
        other = self._sell_chair()
        order = self._sell_in_two_transfers()
        batch = other.picking_ids.batch_id
        self._assert_batch(batch, other, order)
        record = order.backorder_ids
        record.fulfil(quantities={record.line_ids.id: 4}, validate=True)
        self._assert_line(order, backordered=5, open=1, ready=1, fulfilled=4, state="ready")
        self._assert_batch(batch, other, order)
        record.fulfil(validate=True)
        self._assert_line(order, open=0, fulfilled=5, state="done")
        self._assert_batch(batch, other)

    def test_fulfil_a_whole_batch(self):
        """Nothing else is in the batch: the batch is done with both transfers."""
        order = self._sell_in_two_transfers()
        batch = order.picking_ids.batch_id
        order.backorder_ids.fulfil(validate=True)
        self._assert_line(order, backordered=5, open=0, fulfilled=5, state="done")
        self.assertEqual(batch.state, "done")
        self.assertEqual(batch.picking_ids, order.picking_ids)

    def test_prepare_leaves_the_batch_alone(self):
        """Fulfil without shipping fills the transfers: they stay in their batch, and the batch
        ships them."""
        other = self._sell_chair()
        order = self._sell_in_two_transfers()
        batch = other.picking_ids.batch_id
        order.backorder_ids.fulfil()
        self._assert_batch(batch, other, order)
        batch.picking_ids.move_ids.picked = True
        batch.action_done()
        self.assertEqual(batch.state, "done")
        self._assert_line(order, backordered=5, open=0, fulfilled=5, state="done")

    def test_end_of_the_open_quantity(self):
        """5 ordered, 3 there. Lowered to 4, one of two is cancelled; then the transfer is
        cancelled, and with it the other one. The other order stays in the batch."""
        other = self._sell_chair()
        self._stock(self.desk, 3)
        order = self._sell((self.desk, 5), picking_policy="direct")
        batch = other.picking_ids.batch_id
        self._assert_batch(batch, other, order)
        self._assert_line(order, backordered=2, open=2, ready=0)
        order.order_line.product_uom_qty = 4
        self._assert_line(order, backordered=2, open=1, cancelled=1)
        order.picking_ids.action_cancel()
        self.env.cr.flush()
        self._assert_line(order, backordered=5, open=0, cancelled=5, state="cancel")
        self._assert_batch(batch, other)

    def test_salesperson(self):
        """5 ordered, 3 there. Who may not read batches lowers 5 to 4, and sets 3 apart for next
        month: the 1 that waits anyway and 2 of the 3 there. The third stays reserved."""
        seller = new_test_user(self.env, "batch_seller", groups="sales_team.group_sale_salesman")
        self._stock(self.desk, 3)
        order = self._sell((self.desk, 5), picking_policy="direct", user_id=seller.id)
        self.env.flush_all()
        self.env.invalidate_all()
        mine = order.with_user(seller)
        mine.order_line.product_uom_qty = 4
        self._assert_line(order, backordered=2, open=1, ready=0, cancelled=1)
        day = fields.Date.today() + timedelta(days=30)
        mine.create_backorder({str(order.order_line.id): 3}, expected_date=day)
        self._assert_line(order, backordered=5, open=4, ready=1, cancelled=1)

    def test_close_the_rest_when_shipping(self):
        """5 ordered, 3 there: these ship, no backorder for the other two."""
        other = self._sell_chair()
        self._stock(self.desk, 3)
        order = self._sell((self.desk, 5))
        self._ship(order.picking_ids, {self.desk: 3}, backorder=False)
        self.env.cr.flush()
        self._assert_line(order, backordered=2, open=0, cancelled=2, state="cancel")
        self._assert_batch(other.picking_ids.batch_id, other)


@tagged("post_install", "-at_install")
class TestBatchesTwoSteps(BatchCommon):
    delivery_steps = "pick_ship"

    def test_fulfil_both_steps(self):
        """5 ordered: 3 were picked, 2 came later and are still on the shelf. Fulfil ships the 3,
        picks the 2 and ships them; the other order of the customer stays in the batch."""
        other = self._sell_chair()
        self._ship(other.picking_ids)
        self._stock(self.desk, 3)
        order = self._sell((self.desk, 5))
        self._assert_line(order, backordered=2, open=2, ready=0)
        self._ship(order.picking_ids, {self.desk: 3})
        self._receive(self.desk, 2)
        self._assert_line(order, backordered=2, open=2, ready=2, state="ready")
        batch = self._get_delivery(other).batch_id
        self._assert_batch(batch, other, order)
        order.backorder_ids.fulfil(validate=True)
        self._assert_line(order, backordered=2, open=0, fulfilled=2, state="done")
        self.assertEqual(order.order_line.qty_delivered, 5)
        self._assert_batch(batch, other)

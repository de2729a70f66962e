"""What planners decide by hand: pin, give now, borrow, ship together."""

from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, new_test_user, tagged

from .common import BackorderCommon


@tagged("post_install", "-at_install")
class TestPolicyByHand(BackorderCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.policy = cls.env["backorder.policy"].create({"name": "First", "method": "fifo"})
        cls.planner = new_test_user(
            cls.env,
            "planner",
            groups="backorder_management.group_backorder_planner,stock.group_stock_user",
        )
        cls.seller = new_test_user(cls.env, "seller", groups="sales_team.group_sale_salesman")

    def _item(self, order):
        return order.backorder_ids.line_ids.with_user(self.planner)

    # === GIVE NOW === #

    def test_give_takes_what_is_free_then_from_the_last(self):
        self._stock(self.desk, 9)
        first = self._sell((self.desk, 4))
        second = self._sell((self.desk, 3))
        third = self._sell((self.desk, 6))
        self.assertEqual(self._reserved(first, second, third), [4, 3, 2])
        result = self._item(third).give_now(3)
        self.assertEqual(result["given"], 3)
        self.assertEqual([t["order"] for t in result["taken"]], [second.name])
        self.assertEqual(self._reserved(first, second, third), [4, 0, 5])
        self._assert_sound()
        gave = " ".join(second.picking_ids.message_ids.mapped("body"))
        self.assertIn(f"gave 3 Units to {third.name}", gave)
        got = " ".join(third.backorder_ids.message_ids.mapped("body"))
        self.assertIn(f"Taken from {second.name}", got)

    def test_quantities_as_programs_give_them(self):
        self._stock(self.desk, 5)
        first, second = self._sell((self.desk, 5)), self._sell((self.desk, 4))
        item = self._item(second)
        for bad in ("many", "nan", float("nan"), float("inf"), 0, -1, "-1", [1], False):
            with self.assertRaisesRegex(UserError, "above zero"):
                item.give_now(bad)
        self.assertEqual(item.give_now("3")["given"], 3)
        self.assertEqual(self._reserved(first, second), [2, 3])
        self.company.backorder_borrowing = True
        for bad in ("many", float("nan"), 0, -1):
            with self.assertRaisesRegex(UserError, "above zero"):
                item.borrow(bad)

    def test_gift_is_not_taken_back_by_the_next_event(self):
        self._stock(self.desk, 4)
        first = self._sell((self.desk, 4))
        second = self._sell((self.desk, 4))
        self._item(second).give_now()
        self.assertEqual(self._reserved(first, second), [0, 4])
        self._receive(self.desk, 1)
        self.assertEqual(self._reserved(first, second), [1, 4])

    def test_picked_goods_are_never_taken(self):
        self._stock(self.desk, 4)
        first = self._sell((self.desk, 4))
        first.picking_ids.move_ids.picked = True
        second = self._sell((self.desk, 4))
        with self.assertRaisesRegex(UserError, "nothing to give"):
            self._item(second).give_now()
        self.assertEqual(self._reserved(first, second), [4, 0])

    def test_pinned_items_do_not_give(self):
        self._stock(self.desk, 4)
        first = self._sell((self.desk, 6))
        self._item(first).action_pin()
        second = self._sell((self.desk, 4))
        with self.assertRaises(UserError):
            self._item(second).give_now()
        self._item(first).action_unpin()
        self.assertEqual(self._item(second).give_now(2)["given"], 2)
        self.assertEqual(self._reserved(first, second), [2, 2])

    def test_only_planners_give(self):
        self._stock(self.desk, 4)
        self._sell((self.desk, 4))
        order = self._sell((self.desk, 4), user_id=self.seller.id)
        item = order.backorder_ids.line_ids.with_user(self.seller)
        for method in ("give_now", "action_pin", "borrow"):
            with self.assertRaises(AccessError):
                getattr(item, method)()

    def test_window_shows_who_gives(self):
        self._stock(self.desk, 5)
        first = self._sell((self.desk, 4))
        second = self._sell((self.desk, 4))
        item = self._item(second)
        wizard = Form(
            self.env["backorder.give"].with_user(self.planner).with_context(default_line_id=item.id)
        )
        self.assertEqual((wizard.quantity, wizard.free, wizard.found), (3, 0, 3))
        record = wizard.save()
        self.assertEqual(record.donor_ids.order_id, first)
        record.action_give()
        self.assertEqual(self._reserved(first, second), [1, 4])

    def test_works_without_an_active_policy(self):
        self.policy.active = False
        self._stock(self.desk, 4)
        first = self._sell((self.desk, 4))
        second = self._sell((self.desk, 4))
        self._item(second).give_now(1)
        self.assertEqual(self._reserved(first, second), [3, 1])

    # === BORROW === #

    def test_borrow_and_repay(self):
        self.company.backorder_borrowing = True
        self._stock(self.desk, 4)
        soon, later = (fields.Datetime.now() + timedelta(days=d) for d in (5, 30))
        lender = self._sell((self.desk, 4), commitment_date=later)
        urgent = self._sell((self.desk, 3))
        item = self._item(urgent)
        with self.assertRaisesRegex(UserError, "Nobody can lend"):
            item.borrow()
        receipt = self._receive(self.desk, 10, done=False, date=soon)
        receipt.move_ids.date = soon
        result = item.borrow()
        self.assertEqual(result["given"], 3)
        self.assertEqual(self._reserved(lender, urgent), [1, 3])
        newer = self._sell((self.desk, 9))
        self.policy.method = "smallest"
        receipt.move_ids.write({"quantity": 10, "picked": True})
        receipt.button_validate()
        self.assertEqual(self._reserved(lender, urgent, newer), [4, 3, 7])
        loan = self.env["backorder.loan"].search([("lender_order_id", "=", lender.id)])
        self.assertEqual((loan.qty, loan.qty_repaid, loan.state), (3, 3, "repaid"))

    def test_borrowing_is_off_by_default(self):
        order = self._sell((self.desk, 3))
        with self.assertRaisesRegex(UserError, "switched off"):
            self._item(order).borrow()

    # === ANOTHER WAREHOUSE === #

    def test_slack_of_another_warehouse_is_proposed_not_taken(self):
        north, south = self.env["stock.warehouse"].create(
            [{"name": "North", "code": "NOR"}, {"name": "South", "code": "SOU"}]
        )
        order = self._sell((self.desk, 6))
        item = self._item(order)
        self.planner.group_ids |= self.env.ref("stock.group_stock_multi_warehouses")
        with self.assertRaisesRegex(UserError, "No other warehouse"):
            item.propose_transfer()
        self._stock(self.desk, 7, location=north.lot_stock_id)
        self._stock(self.desk, 5, location=south.lot_stock_id)
        # four of the seven are owed in North: three are left
        theirs = self._sell((self.desk, 4), warehouse_id=north.id)
        self.assertEqual(self._reserved(theirs), [4])
        transfer = item.propose_transfer()
        self.assertEqual(transfer.state, "draft")
        self.assertEqual(transfer.location_id, south.lot_stock_id)
        self.assertEqual(transfer.move_ids.product_uom_qty, 5)
        self.assertEqual(self._reserved(order), [0])
        self.assertEqual(item.propose_transfer(), transfer)

    # === SHIP TOGETHER === #

    def test_ready_transfers_of_one_customer_ship_together(self):
        self._stock(self.desk, 10)
        orders = [self._sell((self.desk, 2)) for _ in range(2)]
        other = self.env["res.partner"].create({"name": "Carter"})
        stranger = self._sell((self.desk, 2), partner_id=other.id)
        pickings = orders[0].picking_ids | orders[1].picking_ids | stranger.picking_ids
        pickings.action_ship_together()
        self.assertTrue(orders[0].picking_ids.backorder_shipment)
        self.assertEqual(
            orders[0].picking_ids.backorder_shipment, orders[1].picking_ids.backorder_shipment
        )
        self.assertFalse(stranger.picking_ids.backorder_shipment)
        before = orders[0].picking_ids.backorder_shipment
        pickings.action_ship_together()
        self.assertEqual(orders[0].picking_ids.backorder_shipment, before)

    def test_customer_who_wants_one_shipment_gets_it(self):
        self.customer.backorder_consolidate = True
        orders = [self._sell((self.desk, 2)) for _ in range(2)]
        self._receive(self.desk, 4)
        orders[0].backorder_ids.fulfil()
        self.assertEqual(orders[0].picking_ids.backorder_shipment_count, 2)

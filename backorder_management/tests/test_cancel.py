"""Ending what the customer does not want any more: who may, why, and who has to know."""

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, new_test_user, tagged

from .common import BackorderCommon


@tagged("post_install", "-at_install")
class TestCancel(BackorderCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.reason = cls.env.ref("backorder_management.cancel_reason_customer")
        cls.other = cls.env.ref("backorder_management.cancel_reason_other")

    def _short(self, ordered=10, there=6):
        self._stock(self.desk, there)
        return self._sell((self.desk, ordered)).backorder_ids

    def test_reason_and_note_are_kept(self):
        record = self._short()
        record.cancel_open(self.other.id, note="Moved to Spain")
        self.assertEqual((record.state, record.line_ids.qty_cancelled), ("cancel", 4))
        self.assertEqual(
            (record.cancel_reason_id, record.cancel_note), (self.other, "Moved to Spain")
        )
        self.assertEqual(record.line_ids.cancel_reason_id, self.other)
        self.assertEqual(record.line_ids.cancel_origin, "person")
        self.assertIn("Moved to Spain", "".join(record.message_ids.mapped("body")))
        self.assertEqual(record.sale_order_id.order_line.product_uom_qty, 10)
        self.assertEqual(record.sale_order_id.backorder_qty_cancelled, 4)

    def test_other_wants_a_note(self):
        record = self._short()
        for note in ("", "   "):
            with self.assertRaisesRegex(UserError, "note"):
                record.cancel_open(self.other.id, note=note)
        for wrong in (None, 0, 999_999, "x"):
            with self.assertRaisesRegex(UserError, "reason"):
                record.cancel_open(wrong)
        self.assertEqual(record.line_ids.qty_open, 4)

    def test_all_problems_in_one_message(self):
        """Two items, both asked too much: nothing is written, and both are named."""
        lamp = self._create_product("Lamp")
        record = self._sell((self.desk, 3), (lamp, 2)).backorder_ids
        desk_line, lamp_line = record.line_ids
        with self.assertRaises(UserError) as caught:
            record.cancel_open(
                self.reason.id, quantities={str(desk_line.id): 4, str(lamp_line.id): -1, "x": 1}
            )
        for word in ("only 3", "negative", "x: 1"):
            self.assertIn(word, str(caught.exception))
        self.assertEqual(record.line_ids.mapped("qty_open"), [3, 2])
        record.cancel_open(self.reason.id, quantities={str(desk_line.id): 1})
        self.assertEqual(record.line_ids.mapped("qty_open"), [2, 2])
        record.cancel_open(self.reason.id, line_ids=[lamp_line.id])
        self.assertEqual(record.line_ids.mapped("qty_open"), [2, 0])
        self.assertEqual((record.state, lamp_line.state), ("open", "cancel"))

    def test_what_is_picked_stays(self):
        """All ten are there and picked, four of them are the backorder."""
        record = self._short()
        self._stock(self.desk, 4)
        picking = record.picking_ids
        picking.action_assign()
        picking.move_ids.picked = True
        with self.assertRaisesRegex(UserError, "4 Units .* picked already"):
            record.cancel_open(self.reason.id)
        self.assertEqual(record.line_ids.qty_open, 4)
        picking.move_ids.picked = False
        record.cancel_open(self.reason.id)
        self.assertEqual(record.line_ids.qty_open, 0)

    def test_the_next_one_gets_it(self):
        """Without a policy, too: three are freed, the second order waits for two."""
        first = self._sell((self.desk, 3))
        second = self._sell((self.desk, 2))
        self._receive(self.desk, 3)
        self.assertEqual(self._reserved(first, second), [3, 0])
        first.backorder_ids.cancel_open(self.reason.id)
        self.assertEqual(self._reserved(second), [2])
        self.assertEqual(second.backorder_ids.state, "ready")

    def test_who_may(self):
        record = self._short()
        order = record.sale_order_id
        stock = new_test_user(self.env, "stock", groups="stock.group_stock_user")
        stranger = new_test_user(self.env, "stranger", groups="sales_team.group_sale_salesman")
        mine = new_test_user(self.env, "mine", groups="sales_team.group_sale_salesman")
        order.user_id = mine
        for user in (stock, stranger):
            with self.assertRaises(AccessError):
                record.with_user(user).cancel_open(self.reason.id)
        self.assertEqual(record.line_ids.qty_open, 4)
        record.with_user(mine).cancel_open(self.reason.id)
        self.assertEqual(record.line_ids.qty_open, 0)

    def test_the_customer_reads_what_but_not_why(self):
        self.customer.email = "baker@example.com"
        record = self._short()
        record.cancel_open(self.other.id, note="Talks too much", notify=True)
        message = record.communication_ids.mail_message_id
        self.assertEqual(message.partner_ids, self.customer)
        self.assertIn("4 Units", message.body)
        self.assertNotIn("Talks too much", message.body)

    def test_window(self):
        record = self._short()
        action = record.action_cancel_open()
        wizard = self.env["sale.backorder.cancel"].browse(action["res_id"])
        self.assertEqual(wizard.line_ids.quantity, 4)
        self.assertIn("cannot be taken back", wizard.consequences)
        with Form(wizard) as form:
            form.reason_id = self.other
            form.note = "Half of it"
            with form.line_ids.edit(0) as line:
                line.quantity = 3
        wizard.action_cancel()
        self.assertEqual((record.line_ids.qty_open, record.line_ids.qty_cancelled), (1, 3))

    def test_buyer_is_told(self):
        """Bought for this order only: the purchase names what is not needed any more."""
        if "purchase.order" not in self.env:
            self.skipTest("purchase_stock is not installed")
        vendor = self.env["res.partner"].create({"name": "Vendor"})
        self.desk.seller_ids = [(0, 0, {"partner_id": vendor.id, "delay": 3})]
        routes = (
            self.env.ref("purchase_stock.route_warehouse0_buy")
            | self.warehouse.mto_pull_id.route_id
        )
        routes.active = True
        self.desk.route_ids = routes
        order = self._sell((self.desk, 5))
        purchase = self.env["purchase.order"].search([("partner_id", "=", vendor.id)])
        purchase.button_confirm()
        record = order.create_backorder({order.order_line.id: 5})
        record.cancel_open(self.reason.id, quantities={record.line_ids.id: 2})
        self.assertEqual(record.line_ids.qty_open, 3)
        activity = purchase.activity_ids.filtered(lambda a: a.summary == "Not needed any more")
        self.assertIn("2 Units", activity.note)
        self.assertIn(order.name, activity.note)
        receipt = purchase.picking_ids.move_ids
        self.assertEqual((receipt.state, receipt.product_uom_qty), ("assigned", 5))
        self._assert_sound()

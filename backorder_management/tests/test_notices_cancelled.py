"""What will not come any more: customers hear of it, however it was cancelled."""

from odoo.tests import tagged

from .test_notices import NoticeCommon


@tagged("post_install", "-at_install")
class TestNoticesCancelled(NoticeCommon):
    def test_cancelled_on_the_order_or_the_transfer(self):
        """Also who lowers, cancels or closes in Odoo's own screens tells the customer."""
        self._stock(self.desk, 1)
        lowered, _incoming = self._owe(5)  # one is there
        lowered.order_line.product_uom_qty = 3
        cancelled, _incoming = self._owe(6)
        cancelled._action_cancel()
        closed, _incoming = self._owe(7)
        closed.picking_ids.action_cancel()
        self.env["backorder.tracker"]._drain()
        self._run()
        told = self._mine().item_ids.filtered(lambda i: i.kind == "cancelled" and i.state == "told")
        self.assertEqual(
            {i.sale_order_id: i.quantity for i in told}, {lowered: 2, cancelled: 6, closed: 7}
        )
        body = self._mine().mail_message_id.body
        self.assertIn("We have cancelled the following", body)
        self._run()
        self.assertEqual(len(self._mine()), 1)
        self._assert_sound()

    def test_closed_as_no_backorder(self):
        self._stock(self.desk, 3)
        order, _incoming = self._owe(5)
        self._ship(order.picking_ids, backorder=False)
        self.env["backorder.tracker"]._drain()
        self._run()
        items = self._mine().item_ids.filtered(lambda i: i.state == "told")
        self.assertEqual([(i.kind, i.quantity) for i in items], [("cancelled", 2)])

    def test_cancelled_by_hand_without_a_word(self):
        order, _incoming = self._owe()
        reason = self.env["backorder.cancel.reason"].search([("needs_note", "=", False)], limit=1)
        order.backorder_ids.cancel_open(reason.id)
        self._run()
        self.assertFalse(self._mine())

    def test_cancelled_and_ordered_again(self):
        """Before anybody was told."""
        order, _incoming = self._owe()
        order._action_cancel()
        self.env["backorder.tracker"]._drain()
        order.action_draft()
        order.action_confirm()
        self.env["backorder.tracker"]._drain()
        self._run()
        self.assertEqual(self._kinds(), [["created"]])

    def test_cancellations_are_told_when_wanted(self):
        kind = self.env.ref("backorder_management.notice_type_cancelled")
        kind.mode = "off"
        order, _incoming = self._owe()
        order._action_cancel()
        self.env["backorder.tracker"]._drain()
        self._run()
        self.assertFalse(self._mine())

    def test_lowered_by_mistake(self):
        """Five are short; two, and five again before the customer heard of it."""
        order, _incoming = self._owe(5)
        self._run()
        self._pass(2)
        for quantity in (2, 5):
            order.order_line.product_uom_qty = quantity
            self.env["backorder.tracker"]._drain()
        self._run()
        self.assertEqual(self._kinds(), [["created"]])

    def test_lowered_and_raised_in_part(self):
        """Nine, three, then four: five are gone. What is asked again is not in the message."""
        order, _incoming = self._owe(9)
        self._run()
        self._pass(2)
        for quantity in (3, 4):
            order.order_line.product_uom_qty = quantity
            self.env["backorder.tracker"]._drain()
        self._run()
        [item] = self._mine()[-1].item_ids.filtered(lambda i: i.state == "told")
        self.assertEqual((item.kind, item.quantity), ("cancelled", 5))

    def test_cancelled_and_served_from_elsewhere(self):
        """Owed again, and not short there: nothing to tell."""
        other = self.env["stock.warehouse"].create({"name": "Annex", "code": "ANX"})
        self._stock(self.desk, 9, other.lot_stock_id)
        order, _incoming = self._owe(4)
        order._action_cancel()
        order.action_draft()
        order.warehouse_id = other
        order.action_confirm()
        self.env["backorder.tracker"]._drain()
        self._run()
        self.assertEqual(self._reserved(order), [4])
        self.assertFalse(self._mine())

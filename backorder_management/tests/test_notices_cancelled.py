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

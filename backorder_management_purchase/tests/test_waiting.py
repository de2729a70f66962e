"""Who waits for which purchase."""

from odoo.exceptions import AccessError
from odoo.tests import Form, new_test_user, tagged

from .common import PurchaseCommon


@tagged("post_install", "-at_install")
class TestWaiting(PurchaseCommon):
    def _describe(self, purchase):
        self.env["backorder.tracker"]._drain()
        self.env.flush_all()
        purchase.invalidate_recordset()
        return (
            purchase.backorder_customer_count,
            purchase.backorder_item_count,
            purchase.backorder_amount,
            purchase.backorder_broken_count,
        )

    def test_two_customers(self):
        """5 and 3 desks at 10 each wait for a purchase of 6: the first has 5, the second 1. The
        second was promised day 4, the goods come on day 7."""
        other = self.env["res.partner"].create({"name": "Carpenter"})
        self._sell((self.desk, 5))
        self._sell((self.desk, 3), partner_id=other.id, commitment_date=self._moment(4))
        self.env["backorder.policy"].create({"name": "By order", "method": "fifo"})
        purchase = self._buy((self.desk, 6), days=7)
        self.assertEqual(self._describe(purchase), (2, 2, 60, 1))
        later = self._buy((self.desk, 9), days=9)
        self.assertEqual(self._describe(later), (1, 1, 20, 1))
        action = purchase.action_view_backorder_waiting()
        rows = self.env["backorder.purchase.report"].search(action["domain"])
        self.assertEqual(rows.mapped("quantity"), [5, 1])
        self.assertEqual(rows.mapped("days_late"), [0, 3])

    def test_replanned_after_a_partial_receipt(self):
        """3 of 8 come; the vendor moves the rest: only the rest has the new date."""
        order = self._sell((self.desk, 8), commitment_date=self._moment(9))
        purchase = self._buy((self.desk, 8), days=6)
        line = order.backorder_ids.line_ids
        self.assertEqual(self._days(line.expected_date), 6)
        receipt = purchase.picking_ids
        self._ship(receipt, {self.desk: 3})
        self._replan(purchase, 15)
        self.assertEqual(line.qty_ready, 3)
        self.assertEqual(self._days(line.expected_date), 15)
        parts = [(p.quantity, p.kind) for p in line.peg_ids]
        self.assertEqual(parts, [(3, "stock"), (5, "receipt")])
        change = self.env["backorder.date.change"].search([("line_id", "=", line.id)])
        self.assertEqual((change.kind, change.days), ("slip", 6))
        self.assertEqual(change.origin, purchase.name)

    def test_cancelled(self):
        order = self._sell((self.desk, 8))
        purchase = self._buy((self.desk, 8), days=6)
        line = order.backorder_ids.line_ids
        self.assertEqual(self._days(line.expected_date), 6)
        purchase.button_cancel()
        self.env["backorder.tracker"]._drain()
        self.assertFalse(line.expected_date)
        self.assertFalse(line.peg_ids)
        self.assertEqual(self._describe(purchase), (0, 0, 0, 0))

    def test_bought_to_order(self):
        """Its own purchase moves: the line that it was bought for has the new date."""
        route = self.env.ref("stock.route_warehouse0_mto")
        route.active = True
        buy = self.warehouse.buy_pull_id.route_id
        product = self._create_product(
            "Special",
            route_ids=[(6, 0, (route | buy).ids)],
            seller_ids=[(0, 0, {"partner_id": self.vendor.id, "delay": 3})],
        )
        order = self._sell((product, 4), commitment_date=self._moment(9))
        purchase = self.env["purchase.order"].search([("partner_id", "=", self.vendor.id)])
        purchase.button_confirm()
        order.create_backorder({order.order_line.id: 4})
        line = order.backorder_ids.line_ids
        self._replan(purchase, 14)
        self.assertEqual(self._days(line.expected_date), 14)
        self.assertEqual(line.peg_ids.kind, "ordered")
        self.assertEqual(self._describe(purchase)[:2], (1, 1))

    def test_buyers_read_and_do_not_write(self):
        order = self._sell((self.desk, 5))
        purchase = self._buy((self.desk, 5), days=7)
        self.env["backorder.tracker"]._drain()
        buyer = new_test_user(self.env, "buyer", groups="purchase.group_purchase_user")
        record = order.backorder_ids.with_user(buyer)
        self.assertEqual(record.read(["name"])[0]["name"], order.backorder_ids.name)
        self.assertEqual(purchase.with_user(buyer).backorder_item_count, 1)
        self.assertTrue(record.line_ids.peg_ids.read(["quantity"]))
        self.assertTrue(Form(record).name)  # the whole form, with all that hangs on it
        self.assertFalse(record.communication_ids.read(["summary"]))
        with self.assertRaises(AccessError):
            record.note = "mine"

"""Not received: the claim, and the goods that go out again without charge."""

from unittest.mock import patch

from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged

from .common import BackorderCommon

PIXEL = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg"
    "=="
)


@tagged("post_install", "-at_install")
class TestNotReceived(BackorderCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.desk.invoice_policy = "delivery"

    def _ship_all(self, order):
        while pickings := self._get_open_pickings(order).filtered(lambda p: p.state == "assigned"):
            for picking in pickings:
                self._ship(picking)

    def _close(self, quantity=4):
        """:return: a closed backorder of which all was shipped"""
        order = self._sell((self.desk, quantity))
        self._receive(self.desk, quantity)
        self._ship_all(order)
        self.assertEqual(order.backorder_ids.state, "done")
        return order.backorder_ids

    def _get_books(self, record):
        line = record.line_ids
        sale_line = record.sale_order_id.order_line
        return {
            "record": (record.state, line.qty_fulfilled, line.qty_open, line.qty_cancelled),
            "order": (sale_line.product_uom_qty, sale_line.qty_delivered, sale_line.qty_to_invoice),
            "records": len(record.sale_order_id.backorder_ids),
            "lines": len(record.sale_order_id.order_line),
        }

    def test_replacement(self):
        """Three of four did not arrive and two are in stock: the transfer waits for the third."""
        record = self._close()
        order, before = record.sale_order_id, self._get_books(record)
        self.assertEqual(before["order"], (4, 4, 4))
        self._stock(self.desk, 2)
        claim = record.log_not_received({str(record.line_ids.id): 3}, note="Empty box")
        self.assertEqual((claim.state, claim.line_ids.quantity), ("open", 3))
        picking = claim.picking_ids
        self.assertEqual(
            (picking.picking_type_code, picking.move_ids.product_uom_qty), ("outgoing", 3)
        )
        self.assertEqual(picking.partner_id, order.partner_shipping_id)
        self.assertFalse(picking.sale_id or picking.move_ids.sale_line_id)
        self.assertEqual(
            (picking.move_ids.state, picking.move_ids.quantity), ("partially_available", 2)
        )
        self.assertEqual(order.backorder_claim_count, 1)
        self.assertEqual(record.log_not_received(), claim)
        self.assertEqual(record.action_not_received()["res_id"], claim.id)
        self.assertEqual(self._get_books(record), before)
        self._receive(self.desk, 1)
        self._ship(picking)
        self.assertEqual((picking.state, claim.state), ("done", "settled"))
        self.assertTrue(claim.date_settled)
        self.assertEqual(self._get_books(record), before)
        self.assertEqual(order._create_invoices().invoice_line_ids.quantity, 4)
        self._assert_sound()

    def test_each_number_of_steps(self):
        for steps, count in (("pick_ship", 2), ("pick_pack_ship", 3)):
            with self.subTest(steps=steps):
                self.warehouse.delivery_steps = steps
                record = self._close()
                before = self._get_books(record)
                self._stock(self.desk, 4)
                claim = record.log_not_received()
                for _step in range(count):
                    self.assertEqual(claim.state, "open")
                    picking = claim.picking_ids.filtered(lambda p: p.state == "assigned")
                    self._ship(picking)
                self.assertEqual((claim.state, len(claim.picking_ids)), ("settled", count))
                self.assertEqual(self._get_books(record), before)
                self._assert_sound()

    def test_wrong_wishes(self):
        record = self._close()
        line = record.line_ids
        for wrong in ({line.id: 5}, {line.id: -1}, {line.id: "x"}, {0: 1}, {}, [1], {line.id: 0}):
            with self.assertRaises(UserError):
                record.log_not_received(wrong)
        self.assertFalse(record.claim_ids)
        waiting = self._sell((self.desk, 2)).backorder_ids
        for call in (waiting.log_not_received, waiting.action_not_received):
            self.assertRaises(UserError, call)

    def test_without_replacement_and_again(self):
        """First only the claim; then it is sent, cancelled and sent once more."""
        record = self._close()
        claim = record.log_not_received(replace=False)
        self.assertFalse(claim.picking_ids)
        claim.action_replace()
        first = claim.picking_ids
        claim.action_replace()
        self.assertEqual(claim.picking_ids, first)
        first.action_cancel()
        self.assertEqual(claim.state, "open")
        claim.action_replace()
        self.assertEqual(len(claim.picking_ids), 2)
        claim.action_settle()
        self.assertEqual(claim.state, "settled")
        self.assertNotEqual(record.log_not_received(replace=False), claim)

    def test_window(self):
        record = self._close()
        picking = record.picking_ids
        picking.signature = PIXEL
        self.customer.street = "Mill Lane 3"
        wizard = self.env["backorder.not.received"].browse(record.action_not_received()["res_id"])
        self.assertEqual(wizard.transfer_ids.picking_id, picking)
        self.assertTrue(wizard.transfer_ids.signature)
        self.assertIn("Mill Lane 3", wizard.shipping_address)
        self.assertEqual(wizard.line_ids.quantity, 4)
        wizard.line_ids.quantity = 1
        claim = self.env["backorder.claim"].browse(wizard.action_confirm()["res_id"])
        self.assertEqual(claim.picking_ids.move_ids.product_uom_qty, 1)
        self.assertEqual(claim.user_id, self.env.user)

    def test_carrier(self):
        """Carriers exist with the delivery module only: without it there is nothing to show."""
        record = self._close()
        picking = record.picking_ids
        self.assertEqual(picking._get_backorder_carrier(), ("", ""))
        facts = patch.object(
            self.registry["stock.picking"], "_get_backorder_carrier", lambda _self: ("Snail", "S-1")
        )
        with facts:
            wizard = self.env["backorder.not.received"].browse(
                record.action_not_received()["res_id"]
            )
            found = wizard.transfer_ids
            self.assertEqual((found.carrier, found.tracking), ("Snail", "S-1"))
            self.assertTrue(wizard.has_carrier)

    def test_who_may(self):
        record = self._close()
        seller = new_test_user(self.env, "seller", groups="sales_team.group_sale_salesman")
        stranger = new_test_user(self.env, "stranger", groups="sales_team.group_sale_salesman")
        worker = new_test_user(self.env, "worker", groups="stock.group_stock_user")
        record.sale_order_id.user_id = seller
        with self.assertRaises(AccessError):
            record.with_user(stranger).log_not_received()
        claim = record.with_user(seller).log_not_received()
        self.assertEqual(
            (claim.user_id, claim.with_user(seller).picking_ids.state), (seller, "confirmed")
        )
        self.assertEqual(record.with_user(worker).log_not_received(), claim)
        for vals in ({"state": "settled"}, {"backorder_id": False}):
            with self.assertRaises(AccessError):
                claim.with_user(seller).write(vals)
        claim.with_user(seller).note = "Found at the neighbour"
        claim.with_user(worker).action_settle()
        self.assertFalse(self.env["backorder.claim"].with_user(stranger).search([]))

    def test_closed_stays_closed(self):
        """Nobody writes the status, and new demand opens a new record."""
        record = self._close()
        with self.assertRaises(AccessError):
            record.with_user(self.env.ref("base.user_admin")).write({"state": "open"})
        record.sale_order_id.order_line.product_uom_qty = 5
        self.env["backorder.tracker"]._drain()
        self.assertEqual(record.state, "done")
        self.assertEqual(len(record.sale_order_id.backorder_ids), 2)
        self._assert_sound()

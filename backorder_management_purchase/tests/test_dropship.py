"""The open part goes from the vendor to the customer, at the same price."""

import unittest

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import new_test_user, tagged

from .common import PurchaseCommon


@tagged("post_install", "-at_install")
class TestDropship(PurchaseCommon):
    """Ten desks at 10.0, six are there: the vendor sends four."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        if not cls.env.ref("stock_dropshipping.route_drop_shipping", raise_if_not_found=False):
            raise unittest.SkipTest("needs stock_dropshipping")
        cls.desk.seller_ids = [Command.create({"partner_id": cls.vendor.id, "price": 4.0})]

    def _wait(self, ordered=10, there=6, *unit, **values):
        self._stock(self.desk, there)
        return self._sell((self.desk, ordered, *unit), **values).backorder_ids.line_ids

    def _find_purchase(self):
        return self.env["purchase.order"].search([("partner_id", "=", self.vendor.id)])

    def test_the_vendor_sends_it(self):
        item = self._wait()
        order, old = item.sale_order_id, item.sale_line_id
        old.price_unit = 9.5
        self.desk.list_price = 99
        line = item.ship_by_vendor()
        self.assertEqual((item.state, item.qty_cancelled), ("cancel", 4))
        self.assertEqual(item.cancel_reason_id.name, "Shipped by the vendor")
        self.assertEqual((line.product_id, line.product_uom_qty), (self.desk, 4))
        self.assertEqual((line.price_unit, line.substitute_of_line_id), (9.5, old))
        self.assertEqual(old.move_ids.filtered(lambda m: m.state != "cancel").product_uom_qty, 6)
        purchase = self._find_purchase()
        self.assertEqual(purchase.order_line.product_qty, 4)
        self.assertEqual(purchase.dest_address_id, order.partner_shipping_id)
        self._assert_sound()
        purchase.button_confirm()
        shipment = purchase.picking_ids
        self.assertEqual(shipment.location_dest_id.usage, "customer")
        shipment.move_ids.write({"quantity": 4, "picked": True})
        shipment.button_validate()
        self._ship(self._get_open_pickings(order))
        self.assertEqual((old.qty_delivered, line.qty_delivered), (6, 4))
        self._assert_sound()

    def test_a_part(self):
        item = self._wait()
        item.ship_by_vendor(3)
        self._assert_line(item.sale_order_id, open=1, cancelled=3, backordered=4)

    def test_dozens(self):
        """Two dozen at 120.0, fifteen there: nine are 0.75 dozen; seven are 7 pieces at 10.0."""
        dozen = self.env.ref("uom.product_uom_dozen")
        item = self._wait(2, 15, dozen)
        item.sale_line_id.price_unit = 120
        self.assertEqual(item._get_dropship_unit(9), (dozen, 120, 0.75))
        self.assertEqual(item._get_dropship_unit(7), (self.desk.uom_id, 10, 7))
        line = item.ship_by_vendor(7)
        self.assertEqual((line.price_subtotal, item.qty_open), (70, 2))
        self.assertEqual(self._find_purchase().order_line.product_qty, 7)
        self._assert_sound()

    def test_refused(self):
        item = self._wait()
        order = item.sale_order_id
        self.desk.seller_ids.unlink()
        item.invalidate_recordset(["may_dropship"])
        with self.assertRaisesRegex(UserError, "a vendor"):
            item.ship_by_vendor()
        self.desk.seller_ids = [Command.create({"partner_id": self.vendor.id})]
        item.invalidate_recordset(["may_dropship"])
        order.locked = True
        with self.assertRaisesRegex(UserError, "locked"):
            item.ship_by_vendor()
        order.locked = False
        self._receive(self.desk, 4)
        item.sale_line_id.move_ids.picked = True
        with self.assertRaisesRegex(UserError, "picked already"):
            item.ship_by_vendor()
        self.assertEqual((len(order.order_line), item.qty_open), (1, 4))
        self.assertFalse(self._find_purchase())
        self._assert_sound()

    def test_who_may(self):
        item = self._wait()
        mine, stranger = (
            new_test_user(self.env, name, groups="sales_team.group_sale_salesman")
            for name in ("drop_mine", "drop_stranger")
        )
        worker = new_test_user(self.env, "drop_stock", groups="stock.group_stock_user")
        item.sale_order_id.user_id = mine
        for user in (stranger, worker):
            with self.assertRaises(AccessError):
                item.with_user(user).ship_by_vendor()
        self.assertTrue(item.with_user(mine).may_dropship)
        item.with_user(mine).action_ship_by_vendor()
        self.assertEqual(self._find_purchase().order_line.product_qty, 4)
        self._assert_sound()

    def test_another_vendor_is_no_news_for_the_customer(self):
        """The purchase is cancelled, the debt is not."""
        self.company.backorder_notice_mode = "auto"
        self.desk.route_ids = self.env.ref("stock_dropshipping.route_drop_shipping")
        order = self._sell((self.desk, 4))
        purchase = self._find_purchase()
        purchase.button_confirm()
        purchase.button_cancel()
        self.env["backorder.tracker"]._drain()
        news = self.env["backorder.notice.item"].search([("sale_order_id", "=", order.id)])
        self.assertNotIn("cancelled", news.mapped("kind"))
        self.assertIn(order.backorder_ids.line_ids.cancel_origin, (False, "supply"))

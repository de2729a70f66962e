"""Buying for backorders: the right vendor, one request each, never twice."""

from unittest.mock import patch

from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged

from .common import PurchaseCommon


@tagged("post_install", "-at_install")
class TestProcure(PurchaseCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.fast = cls.env["res.partner"].create({"name": "Fast"})
        cls.cheap = cls.env["res.partner"].create({"name": "Cheap"})
        cls._offer(cls.desk, cls.fast, delay=2, price=9.0)
        cls._offer(cls.desk, cls.cheap, delay=20, price=4.0, min_qty=10)

    @classmethod
    def _offer(cls, product, vendor, **values):
        offer = {"partner_id": vendor.id, "product_tmpl_id": product.product_tmpl_id.id}
        return cls.env["product.supplierinfo"].create({**offer, **values})

    def _open(self, product):
        action = self.env["backorder.procure"].action_open(product.ids)
        return self.env["backorder.procure"].browse(action["res_id"])

    def _create(self, wizard):
        return self.env["purchase.order"].search(wizard.action_create()["domain"])

    def test_fastest_and_cheapest(self):
        """7 are missing: the fast vendor sells 7, the cheap one 10 at least."""
        self._sell((self.desk, 7))
        wizard = self._open(self.desk)
        [line] = wizard.line_ids
        self.assertEqual((line.qty_needed, line.qty_requested), (7, 0))
        self.assertEqual((line.seller_id.partner_id, line.qty), (self.fast, 7))
        self.assertFalse(line.is_single)
        wizard.prefer = "price"
        wizard._onchange_prefer()
        self.assertEqual((line.seller_id.partner_id, line.qty), (self.cheap, 10))
        order = self._create(wizard)
        self.assertEqual((order.partner_id, order.state), (self.cheap, "draft"))
        self.assertEqual(order.picking_type_id.warehouse_id, self.warehouse)
        self.assertEqual(order.order_line.product_qty, 10)
        self.assertEqual(order.order_line.price_unit, 4)

    def test_never_twice(self):
        self._sell((self.desk, 7))
        first, second = self._open(self.desk), self._open(self.desk)
        self._create(first)
        with self.assertRaises(UserError):
            second.action_create()
        again = self._open(self.desk)
        self.assertEqual((again.line_ids.qty_requested, again.line_ids.qty), (7, 0))
        with self.assertRaises(UserError):
            again.action_create()

    def test_confirmed_purchases_are_supply(self):
        """5 of 7 are bought: 2 are missing; when the request is confirmed, none."""
        self._sell((self.desk, 7))
        self._buy((self.desk, 5), days=9)
        wizard = self._open(self.desk)
        self.assertEqual(wizard.line_ids.qty_needed, 2)
        self._create(wizard).button_confirm()
        self.assertFalse(self._open(self.desk).line_ids)

    def test_one_request_per_vendor(self):
        lamp, shelf = self._create_product("Lamp"), self._create_product("Shelf")
        self._offer(lamp, self.fast)
        self._offer(shelf, self.cheap)
        self._sell((self.desk, 1), (lamp, 2), (shelf, 3))
        orders = self._create(self._open(self.desk | lamp | shelf))
        found = {o.partner_id: sorted(o.order_line.mapped("product_qty")) for o in orders}
        self.assertEqual(found, {self.fast: [1, 2], self.cheap: [3]})

    def test_no_vendor(self):
        lamp = self._create_product("Lamp")
        self._sell((lamp, 2))
        wizard = self._open(lamp)
        with self.assertRaises(UserError) as refused:
            wizard.action_create()
        self.assertIn("Lamp", refused.exception.args[0])

    def test_dozens(self):
        """The vendor sells dozens: 30 are three of them."""
        lamp = self._create_product("Lamp")
        dozen = self.env.ref("uom.product_uom_dozen")
        self._offer(lamp, self.fast, product_uom_id=dozen.id)
        self._sell((lamp, 30))
        order = self._create(self._open(lamp))
        self.assertEqual(order.order_line.product_uom_id, dozen)
        self.assertEqual(order.order_line.product_qty, 3)

    def test_rights(self):
        self._sell((self.desk, 7))
        buyer = new_test_user(self.env, "buyer", groups="purchase.group_purchase_user")
        wizard = self.env["backorder.procure"].with_user(buyer)
        action = wizard.action_open(self.desk.ids)
        self.assertEqual(wizard.browse(action["res_id"]).line_ids.qty, 7)
        seller = new_test_user(self.env, "seller", groups="sales_team.group_sale_salesman")
        with self.assertRaises(AccessError):
            self.env["backorder.procure"].with_user(seller).action_open()

    def test_single_vendor(self):
        lamp = self._create_product("Lamp")
        self._offer(lamp, self.fast)
        self._sell((lamp, 2))
        self.assertTrue(self._open(lamp).line_ids.is_single)

    def test_single_vendor_of_purchases(self):
        """The lamp has one vendor, and another one only last year; the desk has two."""
        lamp = self._create_product("Lamp")
        self._offer(lamp, self.fast)
        self._offer(lamp, self.cheap, date_end="2020-12-31")
        self._sell((self.desk, 2), (lamp, 2))
        self._buy((self.desk, 2), (lamp, 2), days=5, vendor=self.fast)
        self.env["backorder.tracker"]._drain()
        self.env.flush_all()
        report = self.env["backorder.purchase.report"]
        rows = report.search([("product_id", "in", (lamp | self.desk).ids)])
        found = {row.product_id: row.single_vendor for row in rows}
        self.assertEqual(found, {lamp: True, self.desk: False})
        for value, product in ((True, lamp), (False, self.desk)):
            domain = [("single_vendor", "=", value), ("id", "in", rows.ids)]
            self.assertEqual(report.search(domain).product_id, product)

    def test_the_need_is_held_before_it_is_checked(self):
        """Two buyers press at the same moment: the pool is changed before the need is read."""
        self._sell((self.desk, 7))
        wizard, calls = self._open(self.desk), []
        pool, need = self.registry["backorder.pool"], self.registry["backorder.need"]
        lock, read = pool._lock, need._read

        def note_lock(model, pools):
            calls.append(pools)
            return lock(model, pools)

        def note_read(model, product_ids=None):
            calls.append(product_ids)
            return read(model, product_ids)

        with patch.object(pool, "_lock", note_lock), patch.object(need, "_read", note_read):
            self._create(wizard)
        self.assertEqual(calls[:2], [{(self.desk.id, self.warehouse.id)}, self.desk.ids])

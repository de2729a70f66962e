"""Dates where nothing is on its way."""

from unittest import SkipTest
from unittest.mock import patch

from odoo.tests import tagged

from .test_dates import DatesCommon


@tagged("post_install", "-at_install")
class TestLeadTime(DatesCommon):
    """Nothing is on its way: when would it come if it were ordered today?"""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        if "buy" not in cls.env["stock.rule"]._fields["action"].get_values(cls.env):
            raise SkipTest("nothing can be bought: purchase_stock is not installed")
        cls.vendor = cls.env["res.partner"].create({"name": "Vendor"})
        cls.company.days_to_purchase = 0
        cls.desk.route_ids = cls.env.ref("purchase_stock.route_warehouse0_buy")

    def _offer(self, days):
        return self.env["product.supplierinfo"].create(
            {
                "partner_id": self.vendor.id,
                "product_tmpl_id": self.desk.product_tmpl_id.id,
                "delay": days,
            }
        )

    def _line(self, order):
        self.env["backorder.tracker"]._drain()
        return order.backorder_ids.line_ids

    def _refresh_postponed(self):
        with patch.object(self.registry["ir.cron"], "_commit_progress", lambda *_a, **_k: 1):
            self.env["backorder.dates"]._cron_refresh_dates()

    def test_estimate(self):
        """Six come in 4 days, ten are wanted, the vendor needs 12 days."""
        self._offer(12)
        order = self._sell((self.desk, 10))
        line = self._line(order)
        self.assertEqual(line.confidence, "estimated")
        self.assertEqual(self._expected(order), 12)
        self.assertFalse(line.supply_incoming)
        self._announce(6, 4)
        self.assertEqual(
            [(p.quantity, p.kind) for p in line.peg_ids], [(6, "receipt"), (4, "lead_time")]
        )
        self.assertEqual((self._expected(order), line.confidence), (12, "estimated"))
        self._announce(4, 5)
        self.assertEqual((self._expected(order), line.confidence), (5, "scheduled"))

    def test_asked_for_by_the_order(self):
        """Bought to order: while the request is a draft it takes as long as the vendor needs, then
        the purchase says when."""
        self._offer(12)
        mto = self.env.ref("stock.route_warehouse0_mto")
        mto.active = True
        self.desk.route_ids |= mto
        order = self._sell((self.desk, 3))
        order.create_backorder({order.order_line.id: 3})
        line = self._line(order)
        self.assertEqual((self._expected(order), line.confidence), (12, "estimated"))
        self.assertEqual([(p.quantity, p.kind) for p in line.peg_ids], [(3, "lead_time")])
        self.assertFalse(line.supply_incoming)
        purchase = self.env["purchase.order"].search([("partner_id", "=", self.vendor.id)])
        purchase.button_confirm()
        purchase.picking_ids.move_ids.date_deadline = self._moment(5)
        self.env["backorder.tracker"]._drain()
        self.assertEqual((self._expected(order), line.confidence), (5, "scheduled"))
        self.assertEqual([(p.quantity, p.kind) for p in line.peg_ids], [(3, "ordered")])

    def test_no_vendor_no_date(self):
        order = self._sell((self.desk, 2))
        line = self._line(order)
        self.assertEqual((line.expected_date, line.confidence), (False, "unknown"))

    def test_a_vendor_is_found(self):
        """The date follows when somebody enters a vendor, and when his lead time changes."""
        order = self._sell((self.desk, 2))
        self._line(order)
        offer = self._offer(9)
        self._refresh_postponed()
        self.assertEqual(self._expected(order), 9)
        offer.delay = 20
        self._refresh_postponed()
        self.assertEqual(self._expected(order), 20)
        offer.unlink()
        self._refresh_postponed()
        self.assertEqual(self._expected(order), None)

    def test_switched_off(self):
        self.company.backorder_lead_dates = False
        self._offer(12)
        order = self._sell((self.desk, 10))
        self.assertEqual(self._line(order).confidence, "unknown")

    def test_quotation(self):
        """Out of stock stays out of stock, with a hint."""
        self._offer(12)
        order = self.env["sale.order"].create(
            {
                "partner_id": self.customer.id,
                "order_line": [(0, 0, {"product_id": self.desk.id, "product_uom_qty": 3})],
            }
        )
        line = order.order_line
        self.assertEqual((line.backorder_outlook, line.backorder_outlook_date), ("no_date", False))
        self.assertIn("by lead time", line.backorder_outlook_text)

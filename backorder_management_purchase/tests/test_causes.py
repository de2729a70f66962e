"""What purchases say about a cause, and who was hurried."""

from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.fields import Command
from odoo.tests import new_test_user, tagged

from .common import PurchaseCommon


@tagged("post_install", "-at_install")
class TestPurchaseCauses(PurchaseCommon):
    def _find(self):
        self.env["backorder.tracker"]._drain()
        with patch.object(self.registry["ir.cron"], "_commit_progress", lambda *_a, **_k: 1):
            self.env["sale.backorder.line"].sudo()._find_causes()

    def _say(self, days):
        return (self.today + timedelta(days=days)).strftime("%b %-d, %Y")

    def test_the_first_promise_counts(self):
        """Promised for yesterday; moved twice, and still that is what it was."""
        purchase = self._buy((self.desk, 10), days=-1)
        line = self._sell((self.desk, 10)).backorder_ids.line_ids
        self._replan(purchase, 3)
        self._replan(purchase, 8)
        self._find()
        self.assertEqual(line.cause_id, self.env.ref("backorder_management.cause_vendor_late"))
        self.assertEqual(
            line.cause_evidence,
            f"{purchase.name}: promised {self._say(-1)}, now {self._say(8)}",
        )

    def test_on_time(self):
        self._buy((self.desk, 10), days=6)
        line = self._sell((self.desk, 10)).backorder_ids.line_ids
        self._find()
        self.assertFalse(line.cause_id)

    def test_the_vendor_ships_to_the_customer(self):
        """Late for this customer, not for others who wait for the product."""
        route = self.env.ref("stock_dropshipping.route_drop_shipping", raise_if_not_found=False)
        if not route:
            self.skipTest("needs stock_dropshipping")
        seller = Command.create({"partner_id": self.vendor.id, "price": 4.0})
        lamp = self._create_product("Lamp", seller_ids=[seller], route_ids=[Command.set(route.ids)])
        order = self._sell((lamp, 5))
        purchase = self.env["purchase.order"].search([("partner_id", "=", self.vendor.id)])
        purchase.order_line.date_planned = self._moment(-2)
        purchase.button_confirm()
        self.env["backorder.tracker"]._refresh_lines(order.order_line.ids, origin="refresh")
        lamp.route_ids = False
        other = self._sell((lamp, 1)).backorder_ids.line_ids
        line = order.backorder_ids.line_ids
        self.assertTrue(line)
        self._find()
        self.assertEqual(
            line.cause_evidence, f"{purchase.name}: promised {self._say(-2)}, not received yet"
        )
        self.assertFalse(other.cause_id)

    def test_asking_is_an_expedite(self):
        """Two wait for the first purchase, one for the second: a half each, and a whole one. Asked
        twice on a day is asked once."""
        self.company.backorder_cost_expedite = 8.0
        self.vendor.email = "timber@example.com"
        buyer = new_test_user(self.env, "expediter", groups="purchase.group_purchase_user")
        lamp = self._create_product("Lamp")
        first, second = (self._sell((self.desk, 5)).backorder_ids for _number in range(2))
        third = self._sell((lamp, 2)).backorder_ids
        purchases = self._buy((self.desk, 10), days=4) | self._buy((lamp, 2), days=4)
        self.env["backorder.tracker"]._drain()
        self.env.flush_all()
        for _time in range(2):
            purchases.with_user(buyer).action_ask_for_date()
        self.env.invalidate_all()
        self.assertEqual([b.cost for b in (first, second, third)], [4.0, 4.0, 8.0])
        row = third.expedite_ids
        self.assertEqual((row.user_id, row.purchase_id, row.share), (buyer, purchases[1], 1.0))
        self.assertEqual(row.summary, f"Timber & Co was asked for the date of {purchases[1].name}")
        purchases[0].backorder_asked_date = fields.Datetime.now() - timedelta(days=2)
        purchases[0].with_user(buyer).action_ask_for_date()
        self.env.invalidate_all()
        self.assertEqual([b.cost for b in (first, second, third)], [8.0, 8.0, 8.0])

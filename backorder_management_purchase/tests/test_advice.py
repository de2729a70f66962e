"""Lead times of purchases, and buyers who read the advice."""

from datetime import timedelta

from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged

from .common import PurchaseCommon


@tagged("post_install", "-at_install")
class TestPurchaseAdvice(PurchaseCommon):
    def _receive_parts(self, ordered, *parts):
        """:param ordered: days ago; parts: (days ago, quantity)"""
        purchase = self._buy((self.desk, sum(q for _ago, q in parts)), days=3)
        purchase.date_approve = self._moment(-ordered)
        for ago, quantity in parts:
            picking = purchase.picking_ids.filtered(lambda p: p.state not in ("done", "cancel"))
            picking.move_ids.quantity = quantity
            picking.move_ids.picked = True
            self._ship(picking)
            picking.move_ids.date = self._moment(-ago)

    def _compute(self):
        self.env["backorder.tracker"]._drain()
        self.company.partner_id.tz = "UTC"
        list(self.env["backorder.advice"]._compute_company(self.company))
        self.env.invalidate_all()
        return self.env["backorder.advice"].search([("product_id", "=", self.desk.id)])

    def test_lead_time_from_the_order(self):
        """Ordered 40 days ago: 3 after 4 days, 5 after 10; ordered and received on one day."""
        self._receive_parts(40, (36, 3), (30, 5))
        self._receive_parts(20, (20, 2))
        for ago in range(50, 0, -10):
            self._sell((self.desk, 4)).date_order = self._moment(-ago)
        self._sell((self.desk, 9))
        row = self._compute()
        self.assertEqual((row.lead_count, row.lead_source), (3, "receipts"))
        self.assertAlmostEqual(row.lead_mean, 14 / 3, 5)
        self.assertAlmostEqual(row.lead_deviation, (76 / 3) ** 0.5, 5)
        self.assertEqual(row.lot, 4)
        self.assertEqual(row.date_from, self.today - timedelta(days=50))

    def test_turnover_report(self):
        """Receipts 36, 30 and 20 days ago: 6 and 10 days between them."""
        self._receive_parts(40, (36, 3), (30, 5))
        self._receive_parts(20, (20, 2))
        self.env.flush_all()
        self.env.invalidate_all()
        [values] = self.env["backorder.turnover.report"]._read_group(
            [("product_id", "=", self.desk.id)],
            [],
            ["receipt_count:sum", "cycle_days:avg", "lead_days:avg"],
        )
        self.assertEqual(values[0], 3)
        self.assertAlmostEqual(values[1], 8)
        self.assertAlmostEqual(values[2], 14 / 3)

    def test_buyers(self):
        """Read it without cost; a rule is for who may write rules."""
        self._sell((self.desk, 9))
        row = self._compute()
        buyer = new_test_user(self.env, "advice_buyer", groups="purchase.group_purchase_user")
        mine = row.with_user(buyer)
        self.assertEqual(mine.read(["backorder_count"])[0]["backorder_count"], 1)
        self.assertNotIn("extra_value", mine.fields_get())
        self.assertFalse(mine.may_apply)
        with self.assertRaises(AccessError):
            mine.apply(1, 2)
        action = mine.action_open()
        self.assertEqual(action["res_model"], "backorder.advice")
        for kind in ("list", "form"):
            self.assertNotIn('"extra_value', mine.get_view(view_type=kind)["arch"])
        report = self.env["backorder.turnover.report"].with_user(buyer)
        report.search([])
        self.assertNotIn("turnover_value", report.fields_get())

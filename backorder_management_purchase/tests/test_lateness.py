"""How late vendors are is learnt from their receipts, and widens the date that may be promised."""

from odoo.tests import tagged

from .common import PurchaseCommon


@tagged("post_install", "-at_install")
class TestLateness(PurchaseCommon):
    def _teach(self, delays, vendor=None, product=None):
        """Receipts that came so many days after the first promised date."""
        for number, late in enumerate(delays):
            purchase = self._buy((product or self.desk, 1), days=-60, vendor=vendor)
            move = purchase.picking_ids.move_ids
            # a vendor who moves his date does not become punctual
            purchase.order_line.date_planned = self._moment(late - 60)
            move.quantity = 1
            move.picked = True
            purchase.picking_ids.button_validate()
            # received then, in this order
            move.date = self._moment(late - 60).replace(minute=number)
        self.env["backorder.lateness"]._cron_learn()

    def test_learned_by_hand(self):
        """Twelve receipts, sorted 0 0 1 1 2 2 3 3 4 5 6 9: of 13 times 0.9 the 12th is 9, of 13
        times 0.5 the 7th is 3."""
        self._teach([3, 0, 9, 1, 2, 0, 5, 1, 3, 6, 2, 4])
        row = self.env["backorder.lateness"].search([("partner_id", "=", self.vendor.id)])
        self.assertEqual((row.samples, row.p50, row.p90), (12, 3, 9))
        order = self._sell((self.desk, 50))
        self._buy((self.desk, 50), days=10)
        line = order.backorder_ids.line_ids
        self.assertEqual(self._days(line.expected_date), 10, "the plain date stays")
        self.assertEqual(self._days(line.expected_date_p50), 13)
        self.assertEqual(self._days(line.expected_date_p90), 19)
        # learning again changes nothing
        self.env["backorder.lateness"]._cron_learn()
        self.assertTrue(row.exists())

    def test_too_few(self):
        self._teach([3, 4, 5])
        self.assertFalse(
            self.env["backorder.lateness"].search(
                [("company_id", "=", self.company.id), ("partner_id", "=", self.vendor.id)]
            )
        )
        order = self._sell((self.desk, 5))
        self._buy((self.desk, 5), days=10)
        self.assertFalse(order.backorder_ids.line_ids.expected_date_p90)

    def test_a_new_vendor_is_like_the_others(self):
        """Nothing is known of him: what is known of the category counts."""
        self._teach([2] * 11)
        order = self._sell((self.desk, 50))
        self._buy((self.desk, 50), days=10, vendor=self.customer)
        self.assertEqual(self._days(order.backorder_ids.line_ids.expected_date_p90), 12)

    def test_first_date_stays(self):
        purchase = self._buy((self.desk, 5), days=10)
        self._replan(purchase, 20)
        self.assertEqual(purchase.order_line.backorder_first_date, self._moment(10))
        self.assertFalse(
            self._buy((self.desk, 1), days=3, confirm=False).order_line.backorder_first_date
        )

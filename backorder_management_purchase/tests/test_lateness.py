"""How late vendors are is learnt from their receipts, and widens the date that may be promised."""

from odoo.tests import new_test_user, tagged

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

    def _wait_overdue(self, days):
        """Of twenty receipts ten came on the day and ten 20 days later. -> the item"""
        self._teach([0] * 10 + [20] * 10)
        line = self._wait(days=-days)
        self.assertEqual((line.confidence, line.expected_date), ("late", self.today))
        self.assertFalse(line._get_firm_date())
        return line

    def test_overdue_as_others_were(self):
        """Three days late: those that were, came after 20. All ten of them: day 17."""
        line = self._wait_overdue(3)
        self.assertEqual(self._days(line.expected_date_p90), 17)
        self.assertEqual(self._days(line._get_safe_date()), 17)

    def test_later_than_all_others(self):
        """30 days late, and none ever was: nothing is known, least of all that it comes today."""
        line = self._wait_overdue(30)
        self.assertFalse(line.expected_date_p90)
        self.assertFalse(line._get_safe_date())

    def test_overdue_beside_what_is_known(self):
        """Ten come on day 10 as usual; of the ten overdue ones nothing is known."""
        self._teach([0] * 12, product=self._create_product("Stool"))
        order = self._sell((self.desk, 20))
        self._buy((self.desk, 10), days=10)
        late = self._receive(self.desk, 10, done=False)
        late.move_ids.write({"date": self._moment(-2), "date_deadline": self._moment(-2)})
        self.env["backorder.tracker"]._drain()
        line = order.backorder_ids.line_ids
        self.assertEqual((line.confidence, self._days(line.expected_date)), ("late", 10))
        self.assertFalse(line.expected_date_p90)
        self.assertFalse(line._get_safe_date())

    # === HOW OFTEN IT HELD === #

    def _wait(self, quantity=50, days=10, **kwargs):
        order = self._sell((self.desk, quantity))
        self._buy((self.desk, quantity), days=days, **kwargs)
        return order.backorder_ids.line_ids

    def test_hit_rate_beside_the_safe_date(self):
        """Ten on time teach. The next three are on time as foretold, the last one is not: 3 of 4.
        Of 15 times 0.9 the 14th is 5 days."""
        self._teach([0] * 13 + [5])
        line = self._wait()
        self.assertEqual(self._days(line.expected_date_p90), 15)
        self.assertEqual(line.safe_date_text, "Held in 75 % of 4 receipts of this vendor.")
        seller = new_test_user(
            self.env, "seller", groups="sales_team.group_sale_salesman_all_leads"
        )
        [values] = line.with_user(seller).read(["safe_date_text"])
        self.assertIn("75 % of 4", values["safe_date_text"])

    def test_hit_rate_of_the_others(self):
        """Of a new vendor nothing is known: whose receipts it is from is said. 2 of 2."""
        self.desk.categ_id = self.env["product.category"].create({"name": "Tables"})
        self._teach([2] * 12)
        line = self._wait(vendor=self.customer)
        self.assertEqual(
            line.safe_date_text, "Held in 100 % of 2 receipts of this product category."
        )

    def test_not_tried(self):
        """Ten receipts teach, and none is left to try it."""
        self._teach([1] * 10)
        self.assertEqual(
            self._wait().safe_date_text, "From 10 receipts of this vendor, not tried yet."
        )

    def test_no_hit_rate(self):
        """Not where too little is known, and not where other supply decides: what is bought is
        safe on day 10, the rest comes on day 40."""
        plain = self._wait(5)
        self.assertFalse(plain.safe_date_text)
        self._teach([0] * 12, product=self._create_product("Stool"))
        self.env["backorder.dates"]._refresh(plain.ids)
        self.env.invalidate_all()
        self.assertTrue(plain.safe_date_text)
        order = self._sell((self.desk, 50))
        self._buy((self.desk, 20), days=10)
        rest = self._receive(self.desk, 30, done=False)
        rest.move_ids.write({"date": self._moment(40), "date_deadline": self._moment(40)})
        self.env["backorder.tracker"]._drain()
        line = order.backorder_ids.line_ids
        self.assertEqual(self._days(line.expected_date_p90), 40)
        self.assertFalse(line.safe_date_text)

    def test_hit_rate_costs_the_same_for_many(self):
        self._teach([0] * 12, product=self._create_product("Stool"))
        lines = self._wait(3)
        self.assertTrue(lines.safe_date_text)
        for days in (11, 12, 13, 14):
            lines += self._wait(3, days=days)
        self.env.flush_all()

        def count(lines):
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.assertTrue(all(lines.mapped("safe_date_text")))
            return self.env.cr.sql_log_count - before

        self.assertEqual(count(lines), count(lines[:1]))

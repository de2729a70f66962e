"""Dates that a person gives, and supply that should have come already."""

from odoo.tests import tagged

from .test_dates_flows import DatesFlowCommon


@tagged("post_install", "-at_install")
class TestGiven(DatesFlowCommon):
    """What a person says about five desks that nothing is on its way for."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.backorder_creation = "delivery"

    def _give(self, days, **values):
        order = self._sell((self.desk, 5), **values)
        order.create_backorder({order.order_line.id: 5}, expected_date=str(self._day(days)))
        return order

    def _get_given(self, order):
        line = self._get_lines(order)
        return line.expected_date_set and (line.expected_date_set - self.today).days

    def test_nothing_better_is_known(self):
        order = self._give(10)
        self._assert_date(order, 10)
        self.assertEqual(self._get_lines(order).confidence, "scheduled")
        self.assertEqual(self._get_given(order), 10)

    def test_a_receipt_slips(self):
        """Promised and expected on day 10. The receipt is for day 10, then for day 30: so is the
        item, and the promise is 20 days late."""
        order = self._give(10, commitment_date=self._moment(10))
        receipt = self._announce(5, 10)
        self._assert_date(order, 10)
        self.assertEqual(self._changes(order), [])
        self._move_to(receipt, 30)
        self.assertEqual(self._parts(order), [(5, 30, receipt.name)])
        self._assert_date(order, 30)
        self.assertEqual(self._changes(order), [("slip", 20, "new")])

    def test_never_in_the_past(self):
        """Its day has passed and nothing came: no date."""
        order = self._give(10)
        self._get_lines(order).expected_date_set = self._day(-1)
        self._pass_a_night(order)
        self._assert_date(order, None)
        self.assertFalse(self._get_given(order))

    def test_the_customer_waits(self):
        """He wants it on day 10; it comes on day 4: it ships on day 10."""
        order = self._give(10)
        receipt = self._announce(5, 4)
        self.assertEqual(self._parts(order), [(5, 4, receipt.name)])
        self._assert_date(order, 10)

    def test_a_guess_ends_with_a_plan(self):
        """Shipped short, the rest is hoped for on day 20. It is bought for day 8, and comes."""
        self._stock(self.desk, 2)
        order = self._sell((self.desk, 5))
        self._ship(order.picking_ids, backorder_expected_date=str(self._day(20)))
        self._assert_date(order, 20)
        receipt = self._announce(3, 8)
        self._assert_date(order, 8)
        self._validate(receipt)
        self._assert_date(order, 0)

    def test_goods_that_are_there_may_ship_later(self):
        """The truck was full: the other three go with the next one, on day 6."""
        self._stock(self.desk, 5)
        order = self._sell((self.desk, 5))
        cause = self.env.ref("backorder_management.cause_truck_full")
        answers = {
            "backorder_cause_id": cause.id,
            "backorder_expected_date": str(self._day(6)),
        }
        self._ship(order.picking_ids, {self.desk: 2}, **answers)
        self._assert_date(order, 6)
        self.assertEqual(self._get_lines(order).confidence, "in_stock")


@tagged("post_install", "-at_install")
class TestOverduePromise(DatesFlowCommon):
    """Five desks should have come four days ago, and nobody knows when they will."""

    def _wait(self, promised):
        order = self._sell((self.desk, 5), commitment_date=self._moment(promised))
        self.receipt = self._announce(5, -4)
        self._assert_date(order, 0)
        self.assertEqual(self._get_lines(order).confidence, "late")
        return order

    def _pass_a_day(self, order):
        """Yesterday the earliest day was yesterday."""
        self._get_lines(order).write({"expected_date": self._day(-1)})
        self._pass_a_night(order)

    def test_the_promise_is_broken_once(self):
        """Promised three days ago, one day is tolerated. Dismissed, it does not come back every
        night; with a new day of the vendor it is known how late."""
        order = self._wait(-3)
        self.assertEqual(self._changes(order), [("no_date", 0, "new")])
        change = self.env["backorder.date.change"].search([("sale_order_id", "=", order.id)])
        self.assertFalse(change.new_date)
        change.action_dismiss()
        self._pass_a_day(order)
        self.assertEqual(self._changes(order), [("no_date", 0, "dismissed")])
        self._move_to(self.receipt, 6)
        self.assertEqual(self._changes(order)[1:], [("slip", 9, "new")])

    def test_today_is_no_pull_in(self):
        """Promised for day 10: overdue goods are not early."""
        order = self._wait(10)
        self.assertEqual(self._changes(order), [])
        self._pass_a_day(order)
        self.assertEqual(self._changes(order), [])

    def test_late_and_not_late_on_the_same_day(self):
        """Due in a moment and told so; the moment passes; then it is there."""
        order = self._sell((self.desk, 5), commitment_date=self._moment(-3))
        receipt = self._announce(5, 0)
        self._move_to(receipt, 1)
        self.assertEqual(self._changes(order), [("slip", 4, "new")])
        self._move_to(receipt, -1)
        self.assertEqual(self._changes(order), [("no_date", 0, "new")])
        self._validate(receipt)
        self.assertEqual(self._changes(order), [("slip", 3, "new")])

    def test_a_person_knows_when_late_goods_come(self):
        order = self._sell((self.desk, 5))
        self._announce(5, -4)
        self._assert_date(order, 0)
        line = self._get_lines(order)
        line.expected_date_set = self._day(3)
        self._pass_a_night(order)
        self._assert_date(order, 3)
        self.assertEqual(line.confidence, "scheduled")

    def test_no_date_is_safe(self):
        order = self._wait(-3)
        line, record = self._get_lines(order), order.backorder_ids
        self.assertFalse(line._get_safe_date())
        self.assertFalse(line._get_firm_date())
        action = record.action_reschedule()
        wizard = self.env[action["res_model"]].browse(action["res_id"])
        self.assertFalse(wizard.safe_date)
        self.assertTrue(wizard.promised_too_early)

    def test_customers_read_no_date(self):
        order = self._wait(-3)
        record = order.backorder_ids
        self.assertFalse(record.expected_arrival_date)
        self.assertIn("do not have a date yet", record._get_date_sentence())
        portal = self.env["backorder.portal"]
        self.company.backorder_portal_accept = "now"
        self.company.backorder_portal_date = "now"
        self.assertFalse(portal._is_offered(record, "accept"))
        self.assertTrue(portal._wants_person(record, "date", 0, {"date": self._day(5)}))
        self._move_to(self.receipt, 4)
        # he opens the page again
        self.env.invalidate_all()
        self.assertEqual(record.expected_arrival_date, self._day(4))
        self.assertTrue(portal._is_offered(record, "accept"))
        self.assertFalse(portal._wants_person(record, "date", 0, {"date": self._day(5)}))

"""Borrowed stock: when it may be borrowed, who gives it back, and how a loan ends."""

from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged

from .common import BackorderCommon


@tagged("post_install", "-at_install")
class TestLoans(BackorderCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.backorder_borrowing = True
        cls.policy = cls.env["backorder.policy"].create({"name": "First", "method": "fifo"})
        cls.planner = new_test_user(
            cls.env,
            "planner",
            groups="backorder_management.group_backorder_planner,stock.group_stock_user",
        )
        cls.seller = new_test_user(
            cls.env, "seller", groups="sales_team.group_sale_salesman_all_leads"
        )
        cls.soon, cls.later = (fields.Datetime.now() + timedelta(days=d) for d in (5, 30))

    def _item(self, order):
        self.env["backorder.tracker"]._drain()
        return order.backorder_ids.line_ids.with_user(self.planner)

    def _announce(self):
        receipt = self._receive(self.desk, 10, done=False)
        receipt.move_ids.date = self.soon
        return receipt

    def _lend(self, held=4, wanted=4, borrowed=3):
        """An order for later lends to an urgent one, and ten more are on their way.

        :return: (loan, lender, borrower, receipt)
        """
        self._stock(self.desk, held)
        lender = self._sell((self.desk, wanted), commitment_date=self.later)
        urgent = self._sell((self.desk, borrowed))
        receipt = self._announce()
        self._item(urgent).borrow()
        self.assertEqual(self._reserved(lender, urgent), [held - borrowed, borrowed])
        loan = self.env["backorder.loan"].search([("lender_order_id", "=", lender.id)])
        self.assertEqual((loan.qty, loan.qty_repaid, loan.state), (borrowed, 0, "open"))
        return loan, lender, urgent, receipt

    def _end(self, loan):
        self.env["backorder.tracker"]._drain()
        return loan.qty_repaid, loan.state

    def _assign(self, order):
        order.picking_ids.action_assign()

    # === MAY IT BORROW === #

    def test_nothing_is_borrowed_without_a_policy(self):
        self.policy.active = False
        self._stock(self.desk, 4)
        self._sell((self.desk, 4), commitment_date=self.later)
        urgent = self._sell((self.desk, 3))
        self._announce()
        item = self._item(urgent)
        self.assertFalse(item.may_borrow)
        with self.assertRaisesRegex(UserError, "needs an active allocation policy"):
            item.action_borrow()
        self.policy.active = True
        item.invalidate_recordset(["may_borrow"])
        self.assertTrue(item.may_borrow)
        self.assertEqual(item.borrow()["given"], 3)

    def test_policy_of_another_warehouse_does_not_count(self):
        other = self.env["stock.warehouse"].create({"name": "North", "code": "NOR"})
        self.policy.warehouse_ids = other
        item = self._item(self._sell((self.desk, 3)))
        self.assertFalse(item.may_borrow)
        with self.assertRaisesRegex(UserError, "needs an active allocation policy in Depot"):
            item.borrow()

    def test_nothing_short_is_an_error(self):
        self.company.backorder_creation = "delivery"
        order = self._sell((self.desk, 3))
        order.create_backorder({order.order_line.id: 3})
        self._stock(self.desk, 3)
        self._assign(order)
        item = self._item(order)
        self.assertEqual((item.qty_short, item.state), (0, "ready"))
        with self.assertRaisesRegex(UserError, r"^Nothing of Desk is short here[^.]*\.$"):
            item.action_borrow()
        self.assertFalse(self.env["backorder.loan"].search([]))

    def test_borrow_above_zero(self):
        item = self._item(self._sell((self.desk, 3)))
        with self.assertRaisesRegex(UserError, "above zero"):
            item.borrow(0)

    def test_text_says_whom_it_borrowed_from(self):
        self._stock(self.desk, 4)
        lender = self._sell((self.desk, 4), commitment_date=self.later)
        urgent = self._sell((self.desk, 3))
        self._announce()
        message = self._item(urgent).action_borrow()["params"]["message"]
        self.assertRegex(message, rf"^Borrowed 3 from {lender.name} \(back on .+\)\.$")

    def test_text_says_what_was_free_anyway(self):
        self._stock(self.desk, 4)
        lender = self._sell((self.desk, 4), commitment_date=self.later)
        urgent = self._sell((self.desk, 3))
        self._announce()
        item = self._item(urgent)
        # core's switch: nothing is reserved by itself
        self.env["ir.config_parameter"].set_param("stock.picking_no_auto_reserve", "1")
        self._stock(self.desk, 1)
        message = item.action_borrow()["params"]["message"]
        self.assertRegex(
            message, rf"^Borrowed 2 from {lender.name} \(.+\)\. Reserved 1 that nobody held\.$"
        )

    # === GIVEN BACK === #

    def test_given_back_by_odoo_itself(self):
        """No policy is active any more: core gives it to whoever is asked for."""
        loan, lender, _urgent, _receipt = self._lend()
        self.policy.active = False
        self._stock(self.desk, 2)
        self._assign(lender)
        self.assertEqual(self._end(loan), (2, "open"))
        self._stock(self.desk, 1)
        self._assign(lender)
        self.assertEqual(self._end(loan), (3, "repaid"))

    def test_lender_who_never_had_all_gets_no_more_than_he_lent(self):
        """6 wanted, 4 held, 3 lent: with 3 more it is even, though 2 are short."""
        loan, lender, _urgent, _receipt = self._lend(wanted=6)
        self.policy.active = False
        self._stock(self.desk, 3)
        self._assign(lender)
        self.assertEqual(self._end(loan), (3, "repaid"))
        self.assertEqual(self._reserved(lender), [4])

    def test_dead_claim_does_not_jump_the_line(self):
        loan, lender, _urgent, receipt = self._lend(wanted=6)
        self.policy.active = False
        self._stock(self.desk, 3)
        self._assign(lender)
        self.assertEqual(self._reserved(lender), [4])
        # as if nobody had noted it
        loan.write({"qty_repaid": 0, "state": "open"})
        self.policy.write({"method": "smallest", "active": True})
        newer = self._sell((self.desk, 1))
        self._receive(self.desk, 1)
        self.assertEqual(self._reserved(lender, newer), [4, 1])
        self.assertEqual(receipt.state, "assigned")

    def test_claim_is_no_more_than_the_lender_lacks(self):
        """The lender wants less now: what it still lacks comes first, not what it lent."""
        loan, lender, _urgent, _receipt = self._lend()
        lender.order_line.product_uom_qty = 2
        self.env["backorder.tracker"]._drain()
        owed = self.env["backorder.loan"]._read_open(lender.order_line.ids)
        self.assertEqual(owed, {(lender.order_line.id, self.desk.id): 1})
        self._stock(self.desk, 1)
        self._assign(lender)
        self.assertEqual(self._end(loan), (1, "closed"))

    def test_unreserving_gives_nothing_back(self):
        loan, lender, _urgent, _receipt = self._lend()
        lender.picking_ids.do_unreserve()
        self.assertEqual(self._end(loan), (0, "open"))
        self._assign(lender)
        self.assertEqual(self._end(loan), (0, "open"))

    def test_two_loans_of_one_lender(self):
        """What comes back is counted once."""
        loan, lender, _urgent, _receipt = self._lend(borrowed=1)
        second = self._sell((self.desk, 2))
        self._item(second).borrow()
        loans = self.env["backorder.loan"].search([("lender_order_id", "=", lender.id)])
        self.assertEqual(sorted(loans.mapped("qty")), [1, 2])
        self.policy.active = False
        self._stock(self.desk, 2)
        self._assign(lender)
        self.env["backorder.tracker"]._drain()
        self.assertEqual(sum(loans.mapped("qty_repaid")), 2)
        self._stock(self.desk, 1)
        self._assign(lender)
        self.assertEqual(self._end(loan), (1, "repaid"))
        self.assertEqual(set(loans.mapped("state")), {"repaid"})

    # === THE LENDER ENDS === #

    def test_lender_is_cancelled(self):
        loan, lender, _urgent, _receipt = self._lend()
        lender._action_cancel()
        self.assertEqual(self._end(loan), (0, "closed"))

    def test_lender_ships_all(self):
        loan, lender, _urgent, _receipt = self._lend()
        self._stock(self.desk, 5)
        self._ship(lender.picking_ids, {self.desk: 4})
        self.assertEqual(self._end(loan), (3, "repaid"))

    def test_lender_ships_what_it_has_and_wants_no_more(self):
        loan, lender, _urgent, _receipt = self._lend()
        self._ship(lender.picking_ids, {self.desk: 1}, backorder=False)
        self.assertEqual(self._end(loan), (0, "closed"))

    def test_lender_ships_a_part(self):
        """What it ships, it had: the rest is still owed to the transfer that is left."""
        loan, lender, urgent, receipt = self._lend()
        self._ship(lender.picking_ids, {self.desk: 1})
        self.assertEqual(self._end(loan), (0, "open"))
        self.policy.method = "smallest"
        newer = self._sell((self.desk, 1))
        receipt.move_ids.write({"quantity": 3, "picked": True})
        receipt.with_context(skip_backorder=True).button_validate()
        self.assertEqual(self._reserved(urgent, newer), [3, 0])
        self.assertEqual(self._end(loan), (3, "repaid"))

    def test_nightly_refresh_settles_what_nobody_saw(self):
        loan, lender, _urgent, _receipt = self._lend()
        lender.order_line.move_ids._action_cancel()
        self.env["backorder.tracker"]._drain()
        loan.state = "open"
        self.env["backorder.loan"]._settle()
        self.assertEqual(loan.state, "closed")

    # === SETTLED BY HAND === #

    def test_planner_settles(self):
        loan, lender, urgent, _receipt = self._lend()
        lender.create_backorder({lender.order_line.id: 3})
        loan.with_user(self.planner).action_settle()
        self.assertEqual(self._end(loan), (0, "closed"))
        self.assertEqual(self.env["backorder.loan"]._read_open(lender.order_line.ids), {})
        for order in (lender, urgent):
            notes = " ".join(order.backorder_ids.message_ids.mapped("body"))
            self.assertIn(f"settled what {urgent.name} borrowed from {lender.name}", notes)
            self.assertIn("3 Units are not given back", notes)
        # a second time says nothing more
        count = len(urgent.backorder_ids.message_ids)
        loan.with_user(self.planner).action_settle()
        self.assertEqual(len(urgent.backorder_ids.message_ids), count)

    def test_lender_without_a_backorder_has_the_note_on_its_order(self):
        loan, lender, urgent, _receipt = self._lend()
        self.assertFalse(lender.backorder_ids)
        loan.with_user(self.planner).action_settle()
        notes = " ".join(lender.message_ids.mapped("body"))
        self.assertIn(f"settled what {urgent.name} borrowed", notes)

    def test_only_planners_settle(self):
        loan, _lender, _urgent, _receipt = self._lend()
        with self.assertRaises(AccessError):
            loan.with_user(self.seller).action_settle()
        self.assertEqual(loan.state, "open")

"""What may be sold before it is there: each rule with each outcome."""

from datetime import date, timedelta
from unittest import TestCase

import pytz

from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import new_test_user, tagged

from ..engine.gate import Outlook, Rule, judge
from ..models.backorder_tracker import to_local_date
from .test_dates import DatesCommon

TODAY = date(2026, 3, 2)


class TestJudge(TestCase):
    def test_by_hand(self):
        """Ten are wanted, 4 are there, 3 come in 5 days, 2 in 20."""
        parts = ((TODAY + timedelta(days=5), 3), (TODAY + timedelta(days=20), 2))
        outlook = Outlook(10, 4, parts)
        for rule, owed, expected in (
            (Rule("accept"), 0, ("accept", 10)),
            (Rule("warn"), 0, ("warn", 10)),
            (Rule("planned", days=4), 0, ("refuse", 4)),
            (Rule("planned", days=5), 0, ("refuse", 7)),
            (Rule("planned", days=20), 0, ("refuse", 9)),
            (Rule("maximum", maximum=5), 0, ("refuse", 9)),
            (Rule("maximum", maximum=6), 0, ("accept", 10)),
            (Rule("maximum", maximum=6), 2, ("refuse", 8)),
            (Rule("maximum", maximum=1), 2, ("refuse", 4)),
            (Rule("refuse"), 0, ("refuse", 4)),
        ):
            with self.subTest(rule=rule, owed=owed):
                verdict = judge(rule, outlook, TODAY, owed)
                self.assertEqual((verdict.outcome, verdict.accepted), expected)

    def test_in_stock_is_always_accepted(self):
        for action in ("accept", "warn", "planned", "maximum", "refuse"):
            self.assertEqual(judge(Rule(action), Outlook(4, 4), TODAY).outcome, "accept")

    def test_backorder_and_out_of_stock(self):
        """With a date, and without."""
        soon = TODAY + timedelta(days=5)
        self.assertEqual(Outlook(4, 4).status, "in_stock")
        expected = Outlook(4, 1, ((soon, 3),))
        self.assertEqual((expected.status, expected.date), ("expected", soon))
        self.assertEqual(Outlook(4, 1, ((soon, 2),)).status, "no_date")
        self.assertEqual(Outlook(4, 0).status, "no_date")


@tagged("post_install", "-at_install")
class TestAcceptance(DatesCommon):
    def _rule(self, action, **values):
        return self.env["backorder.acceptance.rule"].create(
            {"name": action, "action": action, **values}
        )

    def _quote(self, quantity, product=None, **values):
        return self._sell((product or self.desk, quantity), confirm=False, **values)

    def _assert_refused(self, order, text):
        with self.assertRaises(UserError) as refused:
            order.action_confirm()
        self.assertIn(text, refused.exception.args[0])
        self.assertEqual(order.state, "draft")

    def test_outlook(self):
        """4 are there, 2 of them are wanted by nobody, 5 come on day 6."""
        self._stock(self.desk, 4)
        self._sell((self.desk, 2))
        self._announce(5, 6)
        for quantity, expected in (
            (2, ("in_stock", None, "In stock")),
            (7, ("expected", 6, None)),
            (8, ("no_date", None, "2 Units now, no date for the rest")),
        ):
            with self.subTest(quantity):
                line = self._quote(quantity).order_line
                day = line.backorder_outlook_date
                day = day and (day - self.today).days or None
                self.assertEqual((line.backorder_outlook, day), expected[:2])
                if expected[2]:
                    self.assertEqual(line.backorder_outlook_text, expected[2])

    def test_two_lines_share_the_stock(self):
        self._stock(self.desk, 4)
        order = self._sell((self.desk, 3), (self.desk, 3), confirm=False)
        self.assertEqual(order.order_line.mapped("backorder_outlook"), ["in_stock", "no_date"])

    def test_who_waits_comes_first(self):
        self._sell((self.desk, 5))
        self._announce(6, 6)
        self.assertEqual(self._quote(1).order_line.backorder_outlook, "expected")
        self.assertEqual(self._quote(2).order_line.backorder_outlook, "no_date")

    def test_no_rule(self):
        order = self._quote(5)
        self.assertFalse(order.backorder_warning)
        order.action_confirm()
        self.assertEqual(order.state, "sale")

    def test_warn(self):
        self._rule("warn")
        self._stock(self.desk, 2)
        order = self._quote(5)
        self.assertIn("Only 2 Units of 5 Units are in stock", order.backorder_warning)
        order.action_confirm()
        self.assertEqual(order.state, "sale")
        self.assertFalse(self._quote(2, self._create_in_stock(2)).backorder_warning)

    def _create_in_stock(self, quantity):
        product = self._create_product("Lamp")
        self._stock(product, quantity)
        return product

    def test_refuse(self):
        self._rule("refuse")
        self._stock(self.desk, 2)
        self._assert_refused(self._quote(5), "Desk: Only 2 Units of 5 Units are in stock.")
        order = self._quote(2)
        order.action_confirm()
        self.assertEqual(order.state, "sale")

    def test_planned(self):
        self._rule("planned", days=10)
        self._announce(5, 9)
        self._announce(5, 11)
        self._assert_refused(self._quote(6), "Only 5 Units of 6 Units are there or planned")
        order = self._quote(5)
        order.action_confirm()
        self.assertEqual(order.state, "sale")

    def test_maximum(self):
        """At most 6 desks may be on backorder: 4 are, so 2 more are accepted."""
        self._rule("maximum", maximum=6)
        self._sell((self.desk, 4))
        self._assert_refused(self._quote(3), "Only 2 Units of 3 Units may be sold")
        order = self._quote(2)
        order.action_confirm()
        self.assertEqual(order.backorder_ids.qty_open, 2)

    def test_most_specific_rule(self):
        """Product before customer before category before everything."""
        lamp = self._create_product("Lamp")
        self._rule("refuse")
        self._rule("warn", partner_ids=[Command.set(self.customer.ids)])
        self._rule("accept", product_ids=[Command.set(lamp.ids)])
        other = self.env["res.partner"].create({"name": "Other"})
        contact = self.env["res.partner"].create({"name": "Ann", "parent_id": self.customer.id})
        self.assertTrue(self._quote(1).backorder_warning)
        self._quote(1, partner_id=contact.id).action_confirm()
        self.assertFalse(self._quote(1, lamp, partner_id=other.id).backorder_warning)
        self._assert_refused(self._quote(1, partner_id=other.id), "Desk")

    def test_reduce(self):
        """Two of five are there: two are sold, three are kept as lost demand."""
        self._rule("refuse")
        self._stock(self.desk, 2)
        order = self._quote(5)
        order.reduce_to_acceptable()
        order.action_confirm()
        self.assertEqual(order.order_line.product_uom_qty, 2)
        lost = self.env["backorder.lost.demand"].search([("sale_order_id", "=", order.id)])
        self.assertEqual((lost.quantity, lost.amount, lost.partner_id), (3, 30, self.customer))
        self.assertIn("in stock", lost.reason)
        order.reduce_to_acceptable()
        self.assertEqual(len(lost.search([("sale_order_id", "=", order.id)])), 1)

    def test_accept_anyway(self):
        self._rule("refuse")
        order = self._quote(5)
        seller = new_test_user(self.env, "seller", groups="sales_team.group_sale_salesman")
        manager = new_test_user(self.env, "boss", groups="sales_team.group_sale_manager")
        order.user_id = seller
        with self.assertRaises(UserError):
            order.with_user(seller).accept_anyway("I like him")
        with self.assertRaises(UserError):
            order.with_user(manager).accept_anyway(" ")
        order.with_user(manager).accept_anyway("Confirmed by phone")
        order.with_user(manager).action_confirm()
        self.assertEqual(order.state, "sale")
        self.assertEqual(order.backorder_acceptance_user_id, manager)
        self.assertIn("Confirmed by phone", " ".join(order.message_ids.mapped("body")))
        self.assertFalse(order.copy().backorder_acceptance_reason)

    def test_accepted_is_what_the_manager_saw(self):
        """Five were accepted. Six are refused, four are not; another product and another line are,
        too; a cancelled order is looked at anew."""
        lamp = self._create_product("Lamp")
        self._rule("refuse")
        order = self._quote(5)
        line = order.order_line
        order.accept_anyway("Confirmed by phone")
        line.product_uom_qty = 6
        self._assert_refused(order, "Desk")
        line.product_uom_qty = 4
        line.product_id = lamp
        self._assert_refused(order, "Lamp")
        line.write({"product_id": self.desk.id, "product_uom_qty": 5})
        order.order_line = [Command.create({"product_id": lamp.id, "product_uom_qty": 1})]
        self._assert_refused(order, "Lamp")
        (order.order_line - line).unlink()
        order.action_confirm()
        order._action_cancel()
        order.action_draft()
        self.assertFalse(order.backorder_acceptance_user_id)
        line.product_uom_qty = 500
        self._assert_refused(order, "Desk")

    def test_accepted_by_nobody_else(self):
        """A salesperson says of no order that it was accepted, not by RPC either."""
        self._rule("refuse")
        order = self._quote(5)
        seller = new_test_user(self.env, "seller", groups="sales_team.group_sale_salesman")
        order.user_id = seller
        only = "Only a sales administrator"
        accepted = {str(order.order_line.id): [self.desk.id, 5.0]}
        for vals in (
            {"backorder_acceptance_user_id": self.env.uid},
            {"backorder_acceptance_reason": "I like him"},
            {"backorder_accepted": accepted},
        ):
            with self.subTest(vals=vals), self.assertRaisesRegex(UserError, only):
                order.with_user(seller).write(vals)
            with self.subTest(vals=vals), self.assertRaisesRegex(UserError, only):
                order.with_user(seller).create({"partner_id": self.customer.id, **vals})
            defaults = {f"default_{name}": value for name, value in vals.items()}
            with self.subTest(vals=vals), self.assertRaisesRegex(UserError, only):
                own = order.with_user(seller).with_context(**defaults)
                own.create({"partner_id": self.customer.id})

    def test_paid_online(self):
        """The customer closed the browser after he paid: a scheduled action confirms his order."""
        self._rule("refuse")
        paid, unpaid = self._quote(5), self._quote(5)
        transaction = self._pay(paid)
        self.assertEqual(transaction._check_amount_and_confirm_order(), paid)
        self.assertEqual(paid.state, "sale")
        self._assert_refused(unpaid, "Desk")

    def test_paid_does_not_open_the_gate_for_others(self):
        """An order with a payment that a salesperson confirms himself is asked about."""
        self._rule("refuse")
        order = self._quote(5)
        self._pay(order)
        seller = new_test_user(self.env, "seller", groups="sales_team.group_sale_salesman")
        order.user_id = seller
        self._assert_refused(order.with_user(seller), "Desk")

    def _pay(self, order):
        provider = self.env["payment.provider"].search([], limit=1)
        method = self.env["payment.method"].with_context(active_test=False).search([], limit=1)
        return self.env["payment.transaction"].create(
            {
                "amount": order.amount_total,
                "currency_id": order.currency_id.id,
                "partner_id": order.partner_id.id,
                "provider_id": provider.id,
                "payment_method_id": method.id,
                "reference": f"Paid {order.name}",
                "state": "done",
                "sale_order_ids": [Command.set(order.ids)],
            }
        )

    def test_all_reasons_at_once(self):
        lamp = self._create_product("Lamp")
        self._rule("refuse")
        order = self._sell((self.desk, 1), (lamp, 1), confirm=False)
        self._assert_refused(order, "Desk: Only 0")
        self._assert_refused(order, "Lamp: Only 0")

    def test_forecast_widget_shows_our_date(self):
        order = self._sell((self.desk, 5))
        self._announce(5, 8)
        self.env["backorder.tracker"]._drain()
        line = order.order_line
        self.assertEqual(line.forecast_expected_date.date(), self._day(8))
        self.assertEqual(line.free_qty_today, 5)

    def test_forecast_widget_ranks_as_we_do(self):
        """The larger order came later and is served first: the eight of day 4 are its. Core would
        say that they are the first one's; of its six two are on their way."""
        policy = {"name": "Largest first", "method": "largest"}
        self.env["backorder.policy"].create(policy)
        self.company.backorder_creation = "manual"
        first, second = self._sell((self.desk, 6)), self._sell((self.desk, 8))
        for order in first | second:
            order.create_backorder({order.order_line.id: order.order_line.product_uom_qty})
        self._announce(8, 4)
        self._announce(2, 9)
        self.env["backorder.tracker"]._drain()
        self.assertEqual(second.order_line.free_qty_today, 8)
        self.assertEqual(second.order_line.forecast_expected_date.date(), self._day(4))
        self.assertEqual(first.order_line.free_qty_today, 2)
        self.assertEqual(first.order_line.forecast_expected_date.date(), self._day(9))

    def test_forecast_widget_in_the_west(self):
        """Eight hours behind: the day stays the day."""
        zone = "Etc/GMT+8"
        self.warehouse.partner_id.tz = zone
        order = self._sell((self.desk, 5))
        self._announce(5, 8)
        self.env["backorder.tracker"]._drain()
        moment = order.order_line.forecast_expected_date
        local = to_local_date(moment, pytz.timezone(zone))
        self.assertEqual(local, order.backorder_ids.expected_date)

    def test_dates_on_quotations(self):
        """Nothing until the company wants it; then on paper and online, only while it is one."""
        self._announce(5, 6)
        order = self._quote(5)
        self.assertNotIn("backorder_outlook", self._print(order))
        self.company.backorder_quotation_dates = True
        text = order.order_line.backorder_outlook_text
        self.assertTrue(text.startswith("Expected"))
        self.assertIn(text, self._print(order))
        order.action_confirm()
        self.assertNotIn(text, self._print(order))

    def _print(self, order):
        report = self.env["ir.actions.report"]
        html, _kind = report._render_qweb_html("sale.report_saleorder", order.ids)
        return html.decode()

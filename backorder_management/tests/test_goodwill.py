"""Goodwill: by rule, within a budget, once. Ten desks at 10.0 are sold, six are there: four wait,
which are worth 40.0."""

from datetime import timedelta
from unittest.mock import patch

from odoo import Command, fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import new_test_user, tagged

from .common import BackorderCommon

GROUPS = {
    "planner": "backorder_management.group_backorder_planner",
    "stock": "stock.group_stock_user",
    "seller": "sales_team.group_sale_salesman",
    "leader": "sales_team.group_sale_salesman_all_leads",
}


@tagged("post_install", "-at_install")
class TestGoodwill(BackorderCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.rules = cls.env["backorder.goodwill.rule"]
        cls.rules.search([]).active = False
        # what is in the database already would eat the budget
        cls.env["sale.backorder"].sudo().search([]).released = False
        cls.grants = cls.env["backorder.goodwill"]

    def _rule(self, **values):
        """5 % after 30 days, out of 100.0 a month."""
        return self.rules.create(
            {"name": "A month", "days_waiting": 30, "percent": 5, "budget": 100, **values}
        )

    def _wait(self, days=31, ordered=10, there=6, product=None, **values):
        product = product or self._create_product("Chair")
        if there:
            self._stock(product, there)
        order = self._sell((product, ordered), **values)
        order.backorder_ids.sudo().date_open = fields.Datetime.now() - timedelta(days=days)
        return order.backorder_ids

    def _run(self):
        with patch.object(self.registry["ir.cron"], "_commit_progress", lambda *_a, **_k: 1):
            self.grants._cron_propose()

    def _get_discount(self, record):
        return record.sale_order_id.order_line.filtered("backorder_goodwill_id")

    # === RULES === #

    def test_off_by_default(self):
        rule = self.env.ref("backorder_management.goodwill_rule_month")
        self.assertFalse(rule.active)
        record = self._wait(days=400)
        self._run()
        self.assertFalse(record.goodwill_ids)

    def test_who_waited_long_enough(self):
        self._rule()
        long, short = self._wait(31), self._wait(29)
        quiet = self._wait(90)
        quiet.sudo().released = False
        self._run()
        row = long.goodwill_ids
        self.assertEqual((row.state, row.amount, row.amount_company), ("proposed", 2, 2))
        self.assertIn("31 days", row.reason)
        self.assertFalse((short | quiet).goodwill_ids)
        self.assertEqual(self._get_discount(long), self.env["sale.order.line"])
        self._run()
        self.assertEqual(long.goodwill_ids, row)

    def test_orders_of_at_least(self):
        """The order is worth 100.0, not what is open of it."""
        rule = self._rule(min_amount=100.01)
        record = self._wait()
        self._run()
        self.assertFalse(record.goodwill_ids)
        rule.min_amount = 100
        self._run()
        self.assertTrue(record.goodwill_ids)

    def test_how_often_it_slipped(self):
        """Two items that slip once are one delay; one that slips twice is two."""
        self._rule(days_waiting=0, slips=2)
        once, twice = self._wait(1), self._wait(1)
        lamp = self._create_product("Lamp")
        both = self._sell((self.desk, 1), (lamp, 1)).backorder_ids
        for line in once.line_ids | twice.line_ids | twice.line_ids | both.line_ids:
            self._slip(line)
        # a lost date is a delay as well
        self._slip(twice.line_ids, "no_date")
        self._run()
        self.assertTrue(twice.goodwill_ids)
        self.assertFalse((once | both).goodwill_ids)
        self.assertIn(", 2 times later", twice.goodwill_ids.reason)

    def _slip(self, line, kind="slip"):
        self.env["backorder.date.change"].sudo().create(
            {"line_id": line.id, "kind": kind, "state": "told"}
        )

    def test_wrong_rules(self):
        for values in ({"percent": 0}, {"method": "fixed", "amount": 0}):
            with self.subTest(values), self.assertRaises(ValidationError):
                self._rule(**values)

    # === GRANTS === #

    def test_discount_line(self):
        """5 % of 40.0 is 2.0; the price of what is owed stays 10.0, and so does its value."""
        self._rule()
        record = self._wait()
        self._run()
        row = record.goodwill_ids
        row.approve()
        row.approve()
        line = self._get_discount(record)
        self.assertEqual((len(line), line.price_unit, line.price_subtotal), (1, -2, -2))
        self.assertIn(record.name, line.name)
        self.assertEqual(record.line_ids.price_unit, 10)
        self.assertEqual((record.amount_open, record.sale_order_id.amount_untaxed), (40, 98))
        self.assertEqual((row.state, row.decided_by_id), ("granted", self.env.user))
        self.assertEqual((row.rule_id.spent, row.rule_id._get_left()), (2, 98))
        self.assertFalse(record.activity_ids)
        contact = record.communication_ids
        self.assertEqual((contact.decision, contact.direction), (False, "out"))
        record.sale_order_id._recompute_prices()
        self.assertEqual(line.price_unit, -2)
        copy = record.sale_order_id.copy()
        self.assertEqual(copy.order_line.product_id, record.line_ids.product_id)
        with self.assertRaisesRegex(UserError, "granted already"):
            row.refuse()
        self._assert_sound()

    def test_fixed(self):
        """15.0, but never more than the 10.0 that are open."""
        self._rule(method="fixed", amount=15)
        large, small = self._wait(), self._wait(ordered=1, there=0)
        self._run()
        self.assertEqual((large.goodwill_ids.amount, small.goodwill_ids.amount), (15, 10))

    def test_taxes(self):
        """Of 40.0 at 10 % and 20.0 at none, 5 % is 2.0 and 1.0: 3.2 with taxes."""
        tax = self.env["account.tax"].create({"name": "Ten", "amount": 10})
        taxed = self._create_product("Taxed", taxes_id=tax.ids)
        free = self._create_product("Free", taxes_id=[Command.clear()])
        record = self._sell((taxed, 4), (free, 2)).backorder_ids
        record.sudo().date_open = fields.Datetime.now() - timedelta(days=40)
        self._rule()
        self._run()
        record.goodwill_ids.approve()
        lines = self._get_discount(record).sorted("price_unit")
        self.assertEqual(lines.mapped("price_unit"), [-2, -1])
        self.assertEqual(lines[0].tax_ids, tax)
        self.assertEqual(round(sum(lines.mapped("price_total")), 2), -3.2)

    def test_taxes_in_the_price(self):
        """4 x 11.0 with 10 % in it is 40.0 without: 5 % is 2.0, on paper 2.2."""
        tax = self.env["account.tax"].create(
            {"name": "In it", "amount": 10, "price_include_override": "tax_included"}
        )
        product = self._create_product("Gross", taxes_id=tax.ids, list_price=11)
        record = self._wait(product=product)
        self._rule()
        self._run()
        record.goodwill_ids.approve()
        line = self._get_discount(record)
        self.assertEqual((line.price_unit, line.price_subtotal, line.price_total), (-2.2, -2, -2.2))

    def test_another_currency(self):
        """One of ours is two of theirs: 40 open are 20 of ours, 5 % is 2 of theirs, 1 of ours."""
        currency = self.env["res.currency"].create(
            {"name": "TWO", "symbol": "2", "rate_ids": [Command.create({"rate": 2})]}
        )
        pricelist = self.env["product.pricelist"].create(
            {"name": "Twos", "currency_id": currency.id}
        )
        product = self._create_product("Abroad", list_price=5)
        record = self._wait(product=product, pricelist_id=pricelist.id)
        self.assertEqual((record.currency_id, record.amount_open), (currency, 40))
        rule = self._rule()
        self._run()
        row = record.goodwill_ids
        self.assertEqual((row.amount, row.amount_company), (2, 1))
        row.approve()
        self.assertEqual(rule.spent, 1)

    def test_draft_credit_note(self):
        tax = self.env["account.tax"].create({"name": "Ten", "amount": 10})
        record = self._wait(product=self._create_product("Taxed", taxes_id=tax.ids))
        self._rule(form="credit_note")
        self._run()
        row = record.goodwill_ids
        planner = new_test_user(self.env, "gw_planner", groups=GROUPS["planner"])
        row.with_user(planner).approve()
        move = row.move_id
        self.assertEqual((move.state, move.move_type), ("draft", "out_refund"))
        self.assertEqual((move.amount_untaxed, move.amount_total), (2, 2.2))
        self.assertEqual(move.partner_id, record.sale_order_id.partner_invoice_id)
        self.assertEqual(move.invoice_origin, record.sale_order_id.name)
        self.assertFalse(self._get_discount(record))
        self.assertEqual(row.decided_by_id, planner)

    def test_nothing_is_open_any_more(self):
        self._rule()
        record, locked = self._wait(), self._wait()
        self._run()
        self._receive(record.line_ids.product_id, 4)
        self._ship(self._get_open_pickings(record.sale_order_id))
        self.assertEqual(record.state, "done")
        with self.assertRaisesRegex(UserError, "Nothing is open"):
            record.goodwill_ids.approve()
        locked.sale_order_id.locked = True
        with self.assertRaisesRegex(UserError, "is locked"):
            locked.goodwill_ids.approve()
        self._run()
        self.assertEqual(record.goodwill_ids.state, "expired")
        self.assertFalse(record.activity_ids)
        self.assertEqual(locked.goodwill_ids.state, "proposed")

    # === BUDGET === #

    def test_budget(self):
        """5.0 pay for two grants of 2.0; who waits longest is first."""
        rule = self._rule(budget=5)
        records = [self._wait(days) for days in (31, 60, 45)]
        self._run()
        self.assertEqual([bool(r.goodwill_ids) for r in records], [False, True, True])
        records[1].goodwill_ids.approve()
        rule.budget = 3
        with self.assertRaisesRegex(UserError, "used up: .*1.00.* left, this takes .*2.00"):
            records[2].goodwill_ids.approve()
        self.assertFalse(self._get_discount(records[2]))
        # next month it is there again
        records[1].goodwill_ids.sudo().grant_date -= timedelta(days=31)
        rule.invalidate_recordset(["spent"])
        self.assertEqual(rule.spent, 0)
        records[2].goodwill_ids.approve()
        self.assertEqual(rule.spent, 2)

    def test_one_that_is_too_much_stops_nobody(self):
        """50.0 are open: 2.5 never fit into 2.0."""
        self._rule(budget=2)
        large = self._wait(90, ordered=11)
        small = self._wait(31)
        self._run()
        self.assertFalse(large.goodwill_ids)
        self.assertTrue(small.goodwill_ids)

    def test_automatic(self):
        """Two of three are granted, what the locked order needs is left to a person."""
        rule = self._rule(budget=5, automatic=True)
        records = [self._wait(days) for days in (60, 45, 31)]
        records[0].sale_order_id.locked = True
        self._run()
        states = [r.goodwill_ids.state for r in records]
        self.assertEqual(states, ["proposed", "granted", False])
        self.assertTrue(records[0].activity_ids)
        self.assertEqual(rule.spent, 2)
        self._run()
        self.assertEqual(len(self._get_discount(records[1])), 1)
        self._assert_sound()

    # === WHO === #

    def test_who_may(self):
        users = {k: new_test_user(self.env, f"gw_{k}", groups=v) for k, v in GROUPS.items()}
        team = self.env["crm.team"].create({"name": "East", "user_id": users["leader"].id})
        self._rule()
        record = self._wait(user_id=users["seller"].id, team_id=team.id)
        self._run()
        row = record.goodwill_ids
        self.assertEqual(record.activity_ids.user_id, users["leader"])
        for name in ("stock", "seller"):
            for method in ("approve", "refuse"):
                with self.subTest(name, method=method), self.assertRaises(AccessError):
                    getattr(row.with_user(users[name]), method)()
            with self.subTest(name), self.assertRaises(AccessError):
                row.with_user(users[name]).write({"amount": 99})
        self.assertEqual(row.with_user(users["seller"]).amount, 2)
        row.with_user(users["leader"]).refuse("Paid late himself")
        self.assertEqual((row.state, row.note), ("refused", "Paid late himself"))
        self.assertFalse(record.activity_ids)
        with self.assertRaisesRegex(UserError, "refused"):
            row.with_user(users["planner"]).approve()
        self._run()
        self.assertEqual(record.goodwill_ids, row)

    def test_another_company(self):
        self._rule()
        record = self._wait()
        self._run()
        other = self.env["res.company"].create({"name": "Elsewhere"})
        user = new_test_user(
            self.env,
            "gw_elsewhere",
            groups=GROUPS["planner"],
            company_id=other.id,
            company_ids=other.ids,
        )
        row = record.goodwill_ids.with_user(user).with_context(allowed_company_ids=other.ids)
        with self.assertRaises(AccessError):
            row.approve()

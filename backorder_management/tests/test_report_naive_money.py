"""Payments, risk, value and fill rates against a plain count in Python over all that the database
holds."""

from collections import defaultdict
from datetime import timedelta

from odoo import Command, fields
from odoo.tests import tagged

from odoo.addons.backorder_management.models.sale_backorder import OPEN_STATES

from .test_report_naive import NaiveCase


class MoneyCase(NaiveCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        term = cls.env["account.payment.term"].create(
            {
                "name": "Part now, part later",
                "line_ids": [
                    Command.create({"value": "percent", "value_amount": 30, "nb_days": 0}),
                    Command.create({"value": "percent", "value_amount": 70, "nb_days": 45}),
                ],
            }
        )
        orders = cls.env["sale.backorder"].search([]).sale_order_id
        orders.filtered(lambda o: o.id % 2).payment_term_id = term

    def _get_due(self, item):
        """Open, with taxes, in company currency."""
        line = item.sale_line_id
        taxed = line.price_total / line.price_subtotal if line.price_subtotal else 1.0
        amount = item.currency_id.round(self._get_open(item) * self._get_price(item)) * taxed
        return self._convert(amount, item.sale_order_id)

    def _get_instalments(self, item, day, due):
        term, company = item.sale_order_id.payment_term_id, self.env.company
        if not day or not term:
            return [(day, due)]
        figures = {"tax_amount": 0, "tax_amount_currency": 0, "sign": 1}
        untaxed = {"untaxed_amount": due, "untaxed_amount_currency": due}
        parts = term._compute_terms(day, company.currency_id, company, **figures, **untaxed)
        return [(part["date"], part["company_amount"]) for part in parts["line_ids"]]


@tagged("post_install", "-at_install")
class TestMoneyNaive(MoneyCase):
    def test_payments(self):
        """Each instalment in the week in which core says that it is due; nothing is prepaid."""
        expected = defaultdict(float)
        today = max(self.today, fields.Date.context_today(self.env["backorder.money.week"]))
        for item in self.waiting:
            due, day = self._get_due(item), item.expected_date_p50 or item.expected_date
            for date, amount in self._get_instalments(item, day and max(day, today), due):
                expected[date and date - timedelta(days=date.weekday())] += amount
        rows = self.env["backorder.money.week"]._prepare_rows()
        found = {r["date_start"]: r["cash"] for r in rows if r.get("cash")}
        self.assertFalse([r for r in rows if r["kind"] == "prepaid"])
        self.assertEqual(set(found), {k for k, v in expected.items() if v})
        for monday, value in found.items():
            self.assertAlmostEqual(value, expected[monday], 1, monday)
        self.assertAlmostEqual(sum(found.values()), sum(map(self._get_due, self.waiting)), 1)

    def test_risk_shares(self):
        ended = [x for x in self.items if x.state in ("done", "cancel")]
        rows = self.env["backorder.money.risk"]._prepare_rows()
        self.assertTrue(any(row["share"] for row in rows))
        for row, least in zip(rows, (0, 8, 15, 31), strict=True):
            sample = [x for x in ended if self._naive(x)["days_waited"] >= least]
            lost, kept = (
                sum(self._convert(x[name] * self._get_price(x), x.sale_order_id) for x in sample)
                for name in ("qty_cancelled", "qty_fulfilled")
            )
            share = lost / (lost + kept) if sample else 0.0
            self.assertAlmostEqual(row["share"], share, 6)
            waiting = [x for x in self.items if x.state in OPEN_STATES]
            value = sum(
                self._get_value(x)
                for x in waiting
                if self._naive(x)["age_bucket"] == row["age_bucket"]
            )
            self.assertAlmostEqual(row["value_risk"], value * share, 2)


@tagged("post_install", "-at_install")
class TestRatesNaive(NaiveCase):
    def setUp(self):
        super().setUp()
        lines = self.env["sale.order.line"].search(
            [
                ("company_id", "in", self.env.companies.ids),
                ("state", "=", "sale"),
                ("product_id.type", "=", "consu"),
                ("product_uom_qty", ">", 0),
            ]
        )
        self.lines = lines.filtered(lambda x: not x.backorder_line_ids.kit_id)
        self.lines = self.lines.filtered(lambda x: x.move_ids.product_id <= x.product_id)
        self.domain = [("line_id", "in", self.lines.ids)]
        self.report = self.env["backorder.rate.report"]

    def _to_product(self, line, quantity):
        return line.product_uom_id._compute_quantity(quantity, line.product_id.uom_id, round=False)

    def test_value(self):
        ordered = short = 0.0
        for line in self.lines:
            price = line.price_subtotal / self._to_product(line, line.product_uom_qty)
            asked = self._get_ordered(line)
            owed = min(asked, sum(line.backorder_line_ids.mapped("qty_backordered")))
            ordered += self._convert(asked * price, line.order_id)
            short += self._convert(owed * price, line.order_id)
        self.assertGreater(short, 0)
        specs = ["value_ordered:sum", "value_backordered:sum", "rate_value:avg"]
        [found] = self.report._read_group(self.domain, [], specs)
        self.assertAlmostEqual(found[0], ordered, 1)
        self.assertAlmostEqual(found[1], short, 1)
        self.assertAlmostEqual(found[2], short / ordered, 6)

    def test_fill(self):
        """Complete with the first transfer that went to the customer."""
        begun = [(self._get_ordered(x), self._get_first(x)) for x in self.lines]
        begun = [(asked, first) for asked, first in begun if first]
        self.assertTrue(begun)
        specs = ["fill_lines:avg", "fill_units:avg"]
        [(by_lines, by_units)] = self.report._read_group(self.domain, [], specs)
        whole = sum(first >= asked - 1e-6 for asked, first in begun)
        self.assertAlmostEqual(by_lines, whole / len(begun), 6)
        units = sum(min(first, asked) for asked, first in begun)
        self.assertAlmostEqual(by_units, units / sum(asked for asked, _first in begun), 6)

    def _get_first(self, line):
        moves = line.move_ids.filtered(
            lambda m: (
                m.state == "done"
                and m.quantity
                and m.location_dest_id.usage == "customer"
                and m.location_id.usage != "customer"
            )
        )
        moves = moves.sorted(lambda m: (m.date, m.picking_id.id))
        return sum(
            m.product_uom._compute_quantity(m.quantity, m.product_id.uom_id, round=False)
            for m in moves
            if m.picking_id == moves[0].picking_id
        )

"""Stock turnover and replenishment cycle: by hand, and against a count day by day."""

import random
from collections import defaultdict
from datetime import date, timedelta
from unittest.mock import patch

from dateutil.relativedelta import relativedelta

from odoo.tests import new_test_user, tagged

from .advice_case import AdviceCase


@tagged("post_install", "-at_install")
class TestTurnover(AdviceCase):
    def setUp(self):
        super().setUp()
        self.report = self.env["backorder.turnover.report"]
        self.env.user.tz = "UTC"

    def _group(self, product, groups=(), specs=(), domain=()):
        self.env.flush_all()
        self.env.invalidate_all()
        return self.report._read_group(
            [("product_id", "=", product.id), *domain], list(groups), list(specs)
        )

    def _shift(self, day):
        """:return: days from a day until today"""
        return (self.today - day).days

    def test_by_hand(self):
        """30 came on the first of last month, after 6 days; 10 are shipped on the 11th. 30 on each
        of the first 10 days and 20 on the others: with 30 days 300 + 400 = 700 unit days, 10 went
        out: turnover 10 / (700 / 365). Five more came on the 21st, after 2 days: 5 a day more for
        the rest of the month."""
        first = (self.today - relativedelta(months=1)).replace(day=1)
        self._receive_ago(self._shift(first), self.desk, 30, lead=6)
        order = self._sell_ago(self._shift(first), self.desk, 10)
        self._ship_ago(self._shift(first + timedelta(days=10)), order)
        self._receive_ago(self._shift(first + timedelta(days=20)), self.desk, 5, lead=2)
        length = (first + relativedelta(months=1) - first).days
        unit_days = 30 * 10 + 20 * (length - 10) + 5 * (length - 20)
        self.env.flush_all()
        row = self.report.search([("product_id", "=", self.desk.id), ("date", "=", first)])
        self.assertEqual((row.qty_out, row.unit_days), (10, unit_days))
        self.assertAlmostEqual(row.qty_average, unit_days / length)
        self.assertAlmostEqual(row.turnover, 10 / (unit_days / 365))
        self.assertAlmostEqual(row.days_in_stock, unit_days / 10)
        self.assertEqual((row.receipt_count, row.cycle_days, row.lead_days), (2, 20, 4))

    def test_losses_are_no_turnover(self):
        """Ten came 40 days ago; two were found missing 20 days ago."""
        self._receive_ago(40, self.desk, 10)
        self._count_ago(20, self.desk, -2)
        [(out, days)] = self._group(self.desk, specs=["qty_out:sum", "unit_days:sum"])
        self.assertEqual((out, days), (0, 10 * 20 + 8 * 21))

    def test_came_and_went_at_once(self):
        """Five came 40 days ago and were lost on that day: a receipt, and nothing else. That row is
        there whether or not receipts are asked for."""
        self._receive_ago(40, self.desk, 5)
        self._count_ago(40, self.desk, -5)
        [(count, receipts, days)] = self._group(
            self.desk, specs=["__count", "receipt_count:sum", "unit_days:sum"]
        )
        self.assertEqual((count, receipts, days), (1, 1, 0))
        self.assertEqual(self._group(self.desk, specs=["__count"]), [(1,)])

    def test_other_unit(self):
        """Two dozen came 40 days ago, one left 20 days ago: 24 for 20 days, 12 for 21."""
        dozen = self.env.ref("uom.product_uom_dozen")
        picking = self._receive_ago(40, self.desk, 24)
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE stock_move SET product_uom = %s, quantity = 2 WHERE id = %s",
            (dozen.id, picking.move_ids.id),
        )
        order = self._sell_ago(20, self.desk, 12)
        self._ship_ago(20, order)
        [(out, days)] = self._group(self.desk, specs=["qty_out:sum", "unit_days:sum"])
        self.assertEqual((out, days), (12, 24 * 20 + 12 * 21))

    def test_generated(self):
        """Each day on its own: what was there at its end, what went out, what came."""
        products = [self._create_product(f"Part {i}", standard_price=i + 2.0) for i in range(2)]
        for index, product in enumerate(products):
            self._generate(product, random.Random(index))
        self.env.flush_all()
        for product in products:
            naive = self._naive_months(product)
            rows = self.report.search([("product_id", "=", product.id)])
            self.assertEqual({r.date for r in rows}, {m for m, v in naive.items() if any(v[:2])})
            for row in rows:
                days, out, gaps, leads = naive[row.date]
                self.assertAlmostEqual(row.unit_days, days)
                self.assertAlmostEqual(row.qty_out, out)
                self.assertAlmostEqual(row.value_out, out * product.standard_price)
                self.assertEqual((row.gap_days, row.gap_count), (sum(gaps), len(gaps)))
                self.assertEqual((row.lead_sum, row.lead_count), (sum(leads), len(leads)))
        self._assert_groups(products, {p: self._naive_months(p) for p in products})

    def _assert_groups(self, products, naive):
        """A group is a sum over a sum."""
        specs = ["turnover:avg", "turnover_value:avg", "days_in_stock:avg", "cycle_days:avg"]
        [found] = self.report._read_group(
            [("product_id", "in", [p.id for p in products])], [], specs
        )
        months = [(p.standard_price, *v) for p in products for v in naive[p].values()]
        days, out = (sum(m[i] for m in months) for i in (1, 2))
        gaps = [gap for m in months for gap in m[3]]
        expected = (
            out / (days / 365),
            sum(m[0] * m[2] for m in months) / (sum(m[0] * m[1] for m in months) / 365),
            days / out,
            sum(gaps) / len(gaps),
        )
        for value, wanted in zip(found, expected, strict=True):
            self.assertAlmostEqual(value, wanted)

    def _naive_months(self, product):
        """:return: {first of month: (unit days, went out, days between receipts, lead times)}"""
        net, out, came = defaultdict(float), defaultdict(float), defaultdict(list)
        domain = [("product_id", "=", product.id), ("state", "=", "done")]
        for move in self.env["stock.move"].search(domain):
            day = move.date.date()
            if move.location_dest_id == self.stock:
                net[day] += move.quantity
                if move.location_id == self.supplier_location:
                    lead = (day - move.picking_id.create_date.date()).days
                    came[day] += [lead] if lead else []
            else:
                net[day] -= move.quantity
                if move.location_dest_id == self.customer_location:
                    out[day] += move.quantity
        result = defaultdict(lambda: [0.0, 0.0, [], []])
        level = product.with_context(warehouse_id=self.warehouse.id).qty_available
        for ago in range(120):
            day = self.today - timedelta(days=ago)
            month = result[day.replace(day=1)]
            month[0] += level
            month[1] += out[day]
            level -= net[day]
        receipts = sorted(came)
        for before, day in zip([None, *receipts], receipts, strict=False):
            month = result[day.replace(day=1)]
            month[2] += [(day - before).days] if before else []
            month[3] += came[day]
        return result

    def test_stock_of_today_without_moves(self):
        """It has lain there for all thirteen months."""
        self._stock(self.desk, 4)
        with patch.object(type(self.report), "_get_today", lambda _self: date(2026, 3, 10)):
            [(days, out, turnover)] = self._group(
                self.desk, specs=["unit_days:sum", "qty_out:sum", "turnover:avg"]
            )
        self.assertEqual((days, out, turnover), (4 * (365 + 9 + 1), 0, 0))

    def test_rights(self):
        worker = new_test_user(self.env, "turnover_worker", groups="stock.group_stock_user")
        report = self.report.with_user(worker)
        self._stock(self.desk, 4)
        self.env.flush_all()
        self.assertTrue(report.search([("product_id", "=", self.desk.id)], limit=1))
        self.assertNotIn("value_out", report.fields_get())
        for kind in ("pivot", "graph", "list", "search"):
            self.assertNotIn('"value_', report.get_view(view_type=kind)["arch"])

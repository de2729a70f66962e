"""The analysis and the report by product against a count by hand over the records."""

from collections import defaultdict
from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.tests import new_test_user, tagged

from odoo.addons.backorder_management.models.sale_backorder import OPEN_STATES

from .report_case import ReportCase

SUMS = [
    *(f"qty_{n}" for n in ("backordered", "open", "ready", "short", "fulfilled", "cancelled")),
    *(f"value_{n}" for n in ("open", "backordered", "fulfilled", "cancelled")),
]
GROUPS = [
    *("partner_id", "product_categ_id", "warehouse_id", "company_id", "cause_id"),
    *("age_bucket", "state"),
]


@tagged("post_install", "-at_install")
class TestReportGenerated(ReportCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._generate(60)
        cls.env = cls.env(context={"allowed_company_ids": [cls.company.id, cls.other_company.id]})
        cls.report = cls.env["backorder.report"]

    def setUp(self):
        super().setUp()
        self.lines = self.env["sale.backorder.line"].search(
            [("product_id", "in", self.products.ids)]
        )
        self.domain = [("product_id", "in", self.products.ids)]

    def test_the_set_has_all(self):
        self.assertLessEqual({"open", "done", "cancel"}, set(self.lines.mapped("state")))
        self.assertEqual(len(self.lines.company_id), 2)
        self.assertEqual(len(self.lines.currency_id), 2)
        self.assertGreater(len(set(self.lines.backorder_id.mapped("age_bucket"))), 3)

    def test_rows(self):
        rows = {r.line_id: r for r in self.report.search(self.domain)}
        self.assertEqual(set(rows), set(self.lines))
        for line in self.lines:
            self._assert_row(rows[line], self._naive(line))

    def _assert_row(self, row, expected):
        for name, value in expected.items():
            found = row[name]
            message = f"{name} of {row.line_id.display_name} ({row.state})"
            if isinstance(value, float):
                self.assertAlmostEqual(found, value, 4, message)
            else:
                self.assertEqual(found, value, message)

    def test_age_is_that_of_the_record(self):
        for row in self.report.search(self.domain):
            self.assertEqual(row.age_days, row.backorder_id.age_days)

    def test_groups(self):
        naive = {line: self._naive(line) for line in self.lines}
        for group in GROUPS:
            sums = defaultdict(lambda: dict.fromkeys(SUMS, 0.0))
            for values in naive.values():
                for name in SUMS:
                    sums[values[group] or False][name] += values[name]
            found = self.report._read_group(self.domain, [group], [f"{n}:sum" for n in SUMS])
            self.assertEqual({key or False for key, *_ in found}, set(sums))
            for key, *values in found:
                for name, value in zip(SUMS, values, strict=True):
                    self.assertAlmostEqual(value, sums[key or False][name], 3, (group, name))

    def test_rates_at_every_level(self):
        specs = ["cancel_rate:avg", "kept_first:avg", "days_to_fulfil:avg", "days_median:avg"]
        for groups in ([], ["warehouse_id"], ["partner_id", "product_categ_id"]):
            for *keys, cancelled, kept, mean, median in self.report._read_group(
                self.domain, groups, specs
            ):
                names = dict(zip(groups, keys, strict=True))
                rows = [
                    v
                    for v in map(self._naive, self.lines)
                    if all(v[n] == key for n, key in names.items())
                ]
                self._assert_rates(rows, cancelled, kept, mean, median)

    def _assert_rates(self, rows, cancelled, kept, mean, median):
        ended = sum(r["qty_cancelled"] + r["qty_fulfilled"] for r in rows)
        lost = sum(r["qty_cancelled"] for r in rows)
        self.assertAlmostEqual(cancelled or 0.0, lost / ended if ended else 0.0)
        done = [r for r in rows if r["state"] == "done"]
        promised = [r["kept_first"] for r in done if r["promised_date_first"]]
        self.assertAlmostEqual(kept or 0.0, sum(promised) / len(promised) if promised else 0.0)
        days = sorted(r["days_to_fulfil"] for r in done)
        self.assertAlmostEqual(float(mean or 0), sum(days) / len(days) if days else 0.0)
        self.assertEqual(median or 0, days[(len(days) - 1) // 2] if days else 0)

    def test_products(self):
        rows = self.env["backorder.product.report"].search(self.domain)
        wanted = defaultdict(self.env["sale.backorder.line"].browse)
        for line in self.lines.filtered(lambda x: x.state in OPEN_STATES):
            wanted[line.product_id, line.warehouse_id] |= line
        self.assertEqual({(r.product_id, r.warehouse_id) for r in rows}, set(wanted))
        for row in rows:
            lines = wanted[row.product_id, row.warehouse_id]
            product = row.product_id.with_company(row.company_id).with_context(
                warehouse_id=row.warehouse_id.id, allowed_company_ids=row.company_id.ids
            )
            oldest = min(self._day(x.date_open, x) for x in lines)
            today = self._day(fields.Datetime.now(), lines[0])
            self._assert_product(
                row,
                {
                    "qty_open": sum(lines.mapped("qty_open")),
                    "qty_ready": sum(lines.mapped("qty_ready")),
                    "qty_short": sum(x.qty_open - x.qty_ready for x in lines),
                    "customer_count": len(lines.partner_id),
                    "order_count": len(lines.sale_order_id),
                    "item_count": len(lines),
                    "value_open": sum(self._convert(x.amount_open, x.sale_order_id) for x in lines),
                    "qty_on_hand": product.qty_available,
                    "qty_free": product.free_qty,
                    "date_open": oldest,
                    "days_waited": (today - oldest).days,
                },
            )
            action = row.action_open_items()
            behind = self.env["sale.backorder.line"].search(
                [*action["domain"], ("state", "in", OPEN_STATES)]
            )
            self.assertEqual(behind, lines)

    def _assert_product(self, row, expected):
        for name, value in expected.items():
            if isinstance(value, float):
                self.assertAlmostEqual(row[name], value, 3, name)
            else:
                self.assertEqual(row[name], value, name)


@tagged("post_install", "-at_install")
class TestReport(ReportCase):
    """By hand."""

    def _row(self, order):
        self.env["backorder.tracker"]._drain()
        self.env.invalidate_all()
        return self.env["backorder.report"].search([("sale_order_id", "=", order.id)])

    def test_value_at_the_rate_of_the_order(self):
        """10 at 8.0 foreign with 4 in stock: 48.0 open; 2 foreign for 1 of ours before February."""
        self._stock(self.desk, 4)
        order = self._order(self.west, [(self.desk, 10, 8.0)], currency=self.foreign)
        self._date_order(order, fields.Datetime.to_datetime("2026-01-15 12:00:00"))
        row = self._row(order)
        self.assertEqual((row.qty_backordered, row.amount_open, row.value_open), (6, 48.0, 24.0))
        self._date_order(order, fields.Datetime.to_datetime("2026-02-15 12:00:00"))
        self.assertEqual(self._row(order).value_open, 12.0)

    def test_quantities_in_units_of_the_product(self):
        """2 dozen at 60.0: 24 pieces at 5.0, of which 9 are there."""
        self._stock(self.desk, 9)
        order = self._order(self.west, [(self.desk, 2, 60.0, self.dozen)])
        row = self._row(order)
        self.assertEqual((row.qty_open, row.value_open), (15, 75.0))
        self.assertEqual(row.value_backordered, 75.0)

    def test_cancelled_keeps_its_value(self):
        self._stock(self.desk, 4)
        order = self._order(self.west, [(self.desk, 10, 8.0)])
        order.backorder_ids.cancel_open(self.reason.id)
        row = self._row(order)
        self.assertEqual((row.qty_cancelled, row.value_cancelled, row.value_open), (6, 48.0, 0))
        self.assertEqual((row.state, row.cancel_reason_id), ("cancel", self.reason))
        self.assertEqual(row.cancel_rate, 1.0)

    def test_days_in_the_zone_of_the_warehouse(self):
        """Opened on 1 March 20:00 UTC, looked at on 8 March 10:00 UTC: in Auckland on the 2nd and
        the 8th, in Los Angeles on the 1st and the 8th."""
        found = {}
        for warehouse in (self.west, self.east):
            order = self._order(warehouse, [(self.desk, 3, 8.0)])
            record = order.backorder_ids
            moment = fields.Datetime.to_datetime("2026-03-01 20:00:00")
            self._date_back(record, date_open=moment)
            self._date_back(record.line_ids, date_open=moment)
            now = fields.Datetime.to_datetime("2026-03-08 10:00:00")
            with patch.object(fields.Datetime, "now", lambda now=now: now):
                row = self._row(order)
                found[warehouse] = (row.date_open.day, row.age_days, row.days_waited)
        self.assertEqual(found, {self.west: (1, 7, 7), self.east: (2, 6, 6)})

    def test_restock_is_the_next_receipt(self):
        order = self._order(self.west, [(self.desk, 3, 8.0)])
        report = self.env["backorder.product.report"]
        row = report.search([("product_id", "=", self.desk.id)])
        self.assertFalse(row.restock_date)
        moment = fields.Datetime.to_datetime("2030-05-02 03:00:00")
        for days, quantity in ((9, 5), (0, 2)):
            receipt = self._receive(self.desk, quantity, done=False)
            receipt.move_ids.date = moment + timedelta(days=days)
        self.env["backorder.tracker"]._drain()
        self.env.invalidate_all()
        row = report.search([("product_id", "=", self.desk.id)])
        self.assertEqual(str(row.restock_date), "2030-05-01")
        self.assertEqual((row.qty_incoming, row.qty_short), (7, 3))
        self.assertEqual(order.backorder_ids.line_ids.qty_short, 3)

    def test_rights(self):
        mine, colleague = (
            new_test_user(self.env, f"report_{n}", groups="sales_team.group_sale_salesman")
            for n in ("mine", "colleague")
        )
        stock = new_test_user(self.env, "report_stock", groups="stock.group_stock_user")
        orders = [
            self._order(self.west, [(self.desk, n, 8.0)], user_id=user.id)
            for n, user in ((3, mine), (4, colleague))
        ]
        orders.append(self._order(self.west, [(self.desk, 5, 8.0)], user_id=False))
        self._order(self.east, [(self.desk, 6, 8.0)], user_id=mine.id)
        self.env["backorder.tracker"]._drain()
        domain = [("product_id", "=", self.desk.id)]
        for user, total in ((mine, 8), (colleague, 9), (stock, 12)):
            for name in ("backorder.report", "backorder.product.report"):
                report = (
                    self.env[name]
                    .with_user(user)
                    .with_context(allowed_company_ids=self.company.ids)
                )
                rows = report._read_group(domain, [], ["qty_open:sum"])
                self.assertEqual(rows, [(total,)], (user.login, name))
        stock_report = self.env["backorder.report"].with_user(stock)
        prices = {"value_open", "value_backordered", "value_cancelled", "amount_open"}
        self.assertFalse(prices & set(stock_report.fields_get()))
        self.assertNotIn(
            "value_open", self.env["backorder.product.report"].with_user(stock).fields_get()
        )

    def test_views(self):
        for name in ("backorder_report", "backorder_product_report"):
            action = self.env.ref(f"backorder_management.{name}_action")
            views = [(False, mode) for mode in action.view_mode.split(",")]
            self.env[action.res_model].get_views([*views, (False, "search")])

    def test_lines_open(self):
        order = self._order(self.west, [(self.desk, 3, 8.0)])
        row = self._row(order)
        self.assertEqual(row.action_open_line()["res_id"], order.backorder_ids.line_ids.id)

"""Each number of the cockpit is the number of rows behind it, and agrees with a second count."""

from datetime import datetime, timedelta

from odoo import fields
from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged

from .common import BackorderCommon
from .report_case import ReportCase


@tagged("post_install", "-at_install")
class TestCockpit(BackorderCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.chair = cls._create_product("Chair", list_price=4.0)
        cls.other = cls.env["res.partner"].create({"name": "Cook"})
        cls.seller = new_test_user(cls.env, "seller", groups="sales_team.group_sale_salesman")
        # 4 desks at 10 and 5 chairs at 4 for one, 3 chairs at 4 for the other
        cls.first = cls._sell((cls.desk, 4), (cls.chair, 5), user_id=cls.seller.id)
        cls.second = cls._sell((cls.chair, 3), partner_id=cls.other.id)
        cls.env["backorder.tracker"]._drain()
        cls.record = cls.first.backorder_ids

    def _get(self, **kwargs):
        self.env.flush_all()
        kwargs.setdefault("warehouse_ids", [self.warehouse.id])
        return self.env["backorder.cockpit"].get_data(**kwargs)

    def _counts(self, rows):
        return {row["code"]: row["count"] for row in rows if row["count"]}

    def _assert_opens(self, data):
        """The list behind a number has so many rows."""
        names = ("tiles", "ages", "timeline", "products", "customers", "vendors")
        for name in names:
            for row in data[name]:
                with self.subTest(part=name, row=row["label"]):
                    found = self.env[row["model"]].search_count(row["domain"])
                    self.assertEqual(found, row["count"])

    def test_totals(self):
        data = self._get()
        self.assertEqual(
            data["totals"],
            {"backorders": 2, "items": 3, "customers": 2, "quantity": 12, "value": 72},
        )
        self._assert_opens(data)

    def test_first_by_value(self):
        data = self._get()
        products = [(x["label"], x["count"], x["value"]) for x in data["products"]]
        self.assertEqual(products, [("Desk", 1, 40), ("Chair", 2, 32)])
        customers = [(x["code"], x["count"], x["value"]) for x in data["customers"]]
        self.assertEqual(customers, [(self.customer.id, 2, 60), (self.other.id, 1, 12)])

    def test_tiles(self):
        self._receive(self.chair, 8)
        self.record.reschedule(fields.Date.today() + timedelta(days=3))
        self.env["backorder.tracker"]._drain()
        self.record.line_ids.date_due = fields.Date.today() - timedelta(days=2)
        self.record.date_due = fields.Date.today() - timedelta(days=2)
        data = self._get()
        tiles = self._counts(data["tiles"])
        self.assertEqual((tiles["overdue"], tiles["ready"]), (1, 2))
        self._assert_opens(data)

    def test_each_backorder_is_in_one_part(self):
        today = fields.Date.today()
        for days in (0, 3, 8, 20, 45, None):
            order = self._sell((self.desk, 1))
            date = today + timedelta(days=days) if days is not None else False
            order.backorder_ids.expected_date = date
        self.env.flush_all()
        data = self._get()
        self.assertEqual(sum(x["count"] for x in data["timeline"]), 8)
        self.assertEqual(sum(x["count"] for x in data["ages"]), 8)
        self.assertEqual(self._counts(data["timeline"])["no_date"], 3)
        self._assert_opens(data)

    def test_ages_of_now(self):
        """Eight days old since this morning: the stored age, that of last night, says seven."""
        opened = fields.Datetime.now() - timedelta(days=8)
        self.record.date_open = opened
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE sale_backorder SET age_bucket = '1-7' WHERE id = %s", [self.record.id]
        )
        self.env.invalidate_all()
        data = self._get()
        self.assertEqual(self._counts(data["ages"]), {"1-7": 1, "8-14": 1})
        self._assert_opens(data)
        paper = self.env["report.backorder_management.report_aging"]._get_aging(self.company)
        [row] = [row for row in paper["rows"] if row["partner"] == self.customer]
        self.assertEqual(row["buckets"]["8-14"]["value"], 60)

    def test_queries(self):
        """As many of 12 backorders as of 2."""
        counts = []
        for _round in range(2):
            self._get()
            self.env.invalidate_all()
            start = self.env.cr.sql_log_count
            self._get()
            counts.append(self.env.cr.sql_log_count - start)
            for _n in range(10):
                self._sell((self.desk, 1))
            self.env["backorder.tracker"]._drain()
        self.assertEqual(counts[0], counts[1])

    def test_filters(self):
        data = self._get(user_ids=[self.seller.id])
        self.assertEqual((data["totals"]["items"], data["totals"]["value"]), (2, 60))
        self._assert_opens(data)
        self.assertIn(
            (self.warehouse.id, self.warehouse.display_name), data["filters"]["warehouses"]
        )

    def test_rate(self):
        """Two of three orders of this month."""
        self._stock(self.desk, 10)
        self._sell((self._create_product("Lamp", is_storable=False), 1))
        lamp = self._create_product("Shelf")
        self._stock(lamp, 5)
        self._sell((lamp, 2))
        trend = self._get(months=6)["trend"]
        self.assertEqual(len(trend), 6)
        orders = self.env["sale.order"].search(
            [("warehouse_id", "=", self.warehouse.id), ("state", "=", "sale")]
        )
        self.assertEqual(trend[-1]["orders"], len(orders))
        self.assertAlmostEqual(trend[-1]["rate"], 2 / len(orders))
        behind = self.env[trend[-1]["model"]].search(trend[-1]["domain"])
        self.assertEqual(behind.order_id, orders)
        self.assertEqual(len(behind.backordered_order_id), 2)

    def test_lists_of_the_totals(self):
        data = self._get()
        for name in ("backorders", "items"):
            found = data["lists"][name]
            self.assertEqual(
                self.env[found["model"]].search_count(found["domain"]), data["totals"][name]
            )

    def test_rights(self):
        """A salesperson counts his own; the warehouse sees no values."""
        mine = self.env["backorder.cockpit"].with_user(self.seller)
        data = mine.get_data(warehouse_ids=[self.warehouse.id])
        self.assertEqual(data["totals"]["items"], 2)
        stock = new_test_user(self.env, "stock", groups="stock.group_stock_user")
        with self.assertRaises(AccessError):
            mine.with_user(stock).get_data()


@tagged("post_install", "-at_install")
class TestCockpitForeign(ReportCase):
    def test_values_open_what_adds_up_to_them(self):
        """48 foreign are 24 at 2 for 1, the rate of the order's date; at today's they would be 12,
        which is what a list of amounts in order currency says below."""
        order = self._order(self.west, [(self.desk, 6, 8.0)], currency=self.foreign)
        self._date_order(order, datetime(2026, 1, 10))
        self.env["backorder.tracker"]._drain()
        self.env.flush_all()
        self.assertEqual(order.backorder_ids.amount_open, 48.0)
        data = self.env["backorder.cockpit"].get_data(warehouse_ids=self.west.ids)
        total = {**data["lists"]["value"], "value": data["totals"]["value"]}
        for row in (total, *data["products"], *data["customers"]):
            self.assertAlmostEqual(row["value"], 24.0)
            found = self.env[row["model"]].search(row["domain"])
            self.assertAlmostEqual(sum(found.mapped("value_open")), 24.0)
            self.assertEqual(found.currency_id.id, data["currency_id"])
        # the sum below the list, as core adds it up
        arch = self.env[total["model"]].get_view(view_type="list")["arch"]
        self.assertRegex(arch, '<field name="value_open" [^>]*sum=')

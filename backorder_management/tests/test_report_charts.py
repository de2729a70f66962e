"""What pivots and graphs make of the tables: every thing counted once, shares as sums over sums."""

from datetime import date, datetime, timedelta

from odoo import Command, fields
from odoo.tests import new_test_user, tagged

from .report_case import ReportCase


class ChartCase(ReportCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # a company of its own: what the database holds besides does not count
        cls.env = cls.env(context={"allowed_company_ids": cls.other_company.ids})
        cls.user = cls._create_user("charts", "sales_team.group_sale_salesman_all_leads")
        cls.wood, cls.metal = (
            cls._create_product(name, categ_id=category.id)
            for name, category in zip(("Plank", "Nail"), cls.categories, strict=True)
        )

    @classmethod
    def _create_user(cls, login, groups):
        return new_test_user(
            cls.env,
            login,
            groups=groups,
            company_id=cls.other_company.id,
            company_ids=[Command.set(cls.other_company.ids)],
        )

    def _read(self, model, groups, specs, domain=()):
        """As a pivot does: the total, and each group.

        :return: (total, {first group: values}) with values as lists
        """
        report = self.env[model].with_user(self.user)
        [total], rows = report.formatted_read_grouping_sets(list(domain), [[], groups], specs)
        by_group = {self._get_key(row[groups[0]]): [row[s] for s in specs] for row in rows}
        return [total[s] for s in specs], by_group

    def _get_key(self, value):
        return value[1] if isinstance(value, (list, tuple)) else value


@tagged("post_install", "-at_install")
class TestRateChart(ChartCase):
    """January: one of two orders, 4 of 6 units at 5.0. February: two of three, 3 of 6 units."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._stock(cls.metal, 5, cls.east.lot_stock_id)
        for month, lines in ((1, ((cls.wood, 4), (cls.metal, 2))), (2, ((cls.wood, 1),))):
            for product, quantity in lines:
                cls._confirm(month, product, quantity)
        cls._confirm(2, cls.wood, 2)
        cls._confirm(2, cls.metal, 3)
        cls.env["backorder.tracker"]._drain()
        cls.env.flush_all()

    @classmethod
    def _confirm(cls, month, product, quantity):
        order = cls._order(cls.east, [(product, quantity, 5.0)])
        cls._date_order(order, datetime(2026, month, 15))

    SPECS = ["order_count:sum", "backordered_count:sum", "rate_orders:avg", "rate_units:avg"]

    def test_by_month(self):
        total, rows = self._read("backorder.rate.period", ["date_start:month"], self.SPECS)
        self.assertEqual(total, [5, 3, 0.6, 7 / 12])
        january, february = rows.values()
        self.assertEqual((january, february), ([2, 1, 0.5, 4 / 6], [3, 2, 2 / 3, 0.5]))

    def test_by_kind(self):
        """Each of the three says the same, and the total is not three times as much."""
        total, rows = self._read("backorder.rate.period", ["kind"], self.SPECS)
        self.assertEqual(total, [5, 3, 0.6, 7 / 12])
        self.assertEqual(rows, dict.fromkeys(("month", "quarter", "year"), total))

    def test_quarters(self):
        total, rows = self._read(
            "backorder.rate.period",
            ["date_start:quarter"],
            self.SPECS,
            [("kind", "=", "quarter")],
        )
        self.assertEqual([total], list(rows.values()))

    def test_other_rates(self):
        specs = ["line_count:sum", "backordered_line_count:sum", "rate_lines:avg"]
        specs += ["value_ordered:sum", "value_backordered:sum", "rate_value:avg"]
        total, _rows = self._read("backorder.rate.period", ["kind"], specs)
        self.assertEqual(total, [5, 3, 0.6, 60, 35, 35 / 60])

    def test_rights(self):
        """A warehouse worker draws no values."""
        worker = self._create_user("chart_worker", "stock.group_stock_user")
        arch = self.env["backorder.rate.period"].with_user(worker).get_view(view_type="pivot")
        self.assertIn("rate_units", arch["arch"])
        self.assertNotIn("rate_value", arch["arch"])


@tagged("post_install", "-at_install")
class TestFulfilmentChart(ChartCase):
    """Wood: fulfilled after 3 and after 6 days. Metal: after 12 days, and one waits for 5."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for product, days in ((cls.wood, 3), (cls.wood, 6), (cls.metal, 12)):
            order = cls._owe(product, days)
            cls._stock(product, 1, cls.east.lot_stock_id)
            order.picking_ids.action_assign()
            cls._ship(order.picking_ids)
        cls._owe(cls.metal, 5)
        cls.env["backorder.tracker"]._drain()
        cls.action = cls.env["backorder.fulfilment"].with_user(cls.user).action_open()

    @classmethod
    def _owe(cls, product, days):
        order = cls._order(cls.east, [(product, 1, 5.0)])
        cls.env["backorder.tracker"]._drain()
        moment = fields.Datetime.now() - timedelta(days=days)
        cls._date_back(order.backorder_ids, date_open=moment)
        cls._date_back(order.backorder_ids.line_ids, date_open=moment)
        return order

    SPECS = ["item_count:sum", "fulfilled_count:sum", "mean:avg", "open_count:sum", "open_age:avg"]
    ALL = [4, 3, 7.0, 1, 5.0]

    def _read_rows(self, groups, *kinds):
        domain = [*self.action["domain"], ("kind", "in", kinds)]
        return self._read("backorder.fulfilment", groups, self.SPECS, domain)

    def test_categories(self):
        """The mean of all is 21 / 3, not the mean of 4.5 and 12."""
        total, rows = self._read_rows(["name"], "category")
        self.assertEqual(total, self.ALL)
        self.assertEqual(rows, {"Wood": [2, 2, 4.5, 0, False], "Metal": [2, 1, 12.0, 1, 5.0]})

    def test_several_kinds(self):
        """Four items, however often the table says so."""
        for kinds in (("all", "category"), ("month", "vendor", "warehouse")):
            total, rows = self._read_rows(["kind"], *kinds)
            self.assertEqual(total, self.ALL)
            self.assertEqual(rows, dict.fromkeys(kinds, self.ALL))

    def test_order(self):
        """Months follow the calendar, not the alphabet."""
        names = ("January 2026", "February 2026", "March 2026", "April 2026")
        rows = (
            self.env["backorder.fulfilment"]
            .with_user(self.user)
            .create(
                [{"kind": "month", "sequence": n, "name": name} for n, name in enumerate(names)]
            )
        )
        _total, found = self._read(
            "backorder.fulfilment", ["name"], self.SPECS, [("id", "in", rows.ids)]
        )
        self.assertEqual(tuple(found), names)

    def test_no_medians(self):
        """They do not add up: neither pivot nor graph offers them."""
        for name in ("median", "p90", "true_median", "true_p90"):
            self.assertFalse(self.env["backorder.fulfilment"]._fields[name].aggregator, name)


@tagged("post_install", "-at_install")
class TestMoneyChart(ChartCase):
    def test_risk(self):
        """100.0 of which a half is cancelled, 50.0 of which all is: 100 of 150."""
        values = (("1-7", 100, 0.5), ("8-14", 0, 1), ("15-30", 50, 1), ("30+", 0, 1))
        rows = (
            self.env["backorder.money.risk"]
            .with_user(self.user)
            .create(
                [
                    {"age_bucket": bucket, "value_open": value, "share": x, "value_risk": value * x}
                    for bucket, value, x in values
                ]
            )
        )
        specs = ["value_open:sum", "value_risk:sum", "share:avg"]
        domain = [("id", "in", rows.ids)]
        total, found = self._read("backorder.money.risk", ["age_bucket"], specs, domain)
        self.assertEqual(total, [150, 100, 100 / 150])
        self.assertEqual(list(found), ["1-7", "8-14", "15-30", "30+"])
        self.assertEqual(found["15-30"], [50, 50, 1])
        self.assertEqual(found["8-14"], [0, 0, False], "there is nothing of which to have a share")

    def test_payments(self):
        """Two weeks, what has no date, and what is paid already: all that is owed."""
        monday = date(2026, 3, 2)
        weeks = ((monday, 40), (monday + timedelta(days=7), 30))
        vals = [{"kind": "week", "date_start": day, "cash": cash} for day, cash in weeks]
        vals += [{"kind": "no_date", "cash": 20}, {"kind": "prepaid", "cash": 10}]
        rows = (
            self.env["backorder.money.week"]
            .with_user(self.user)
            .create([{**v, "sequence": n} for n, v in enumerate(vals)])
        )
        domain = [("id", "in", rows.ids)]
        total, found = self._read("backorder.money.week", ["kind"], ["cash:sum"], domain)
        self.assertEqual(total, [100])
        self.assertEqual(
            list(found.items()), [("week", [70]), ("no_date", [20]), ("prepaid", [10])]
        )

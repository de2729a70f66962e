"""Rates against a count by hand, at every level of grouping."""

from collections import defaultdict
from datetime import date

from odoo.tests import tagged
from odoo.tools import SQL

from .report_case import ReportCase


@tagged("post_install", "-at_install")
class TestRatesGenerated(ReportCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._generate(50)
        cls.env = cls.env(context={"allowed_company_ids": [cls.company.id, cls.other_company.id]})

    def setUp(self):
        super().setUp()
        self.domain = [("product_id", "in", self.products.ids)]
        self.sale_lines = self.env["sale.order.line"].search(
            [("product_id", "in", self.products.ids), ("state", "in", ("sale", "cancel"))]
        )

    def _naive_sale_line(self, line):
        items = line.backorder_line_ids
        ordered = line.product_uom_id._compute_quantity(
            line.product_uom_qty, line.product_id.uom_id, round=False
        )
        ordered = max(ordered, *items.mapped("qty_ordered"), 0.0)
        short = sum(items.mapped("qty_backordered"))
        price = line.price_unit / line.product_uom_id.factor
        return {
            "order": line.order_id,
            "date": self._day(line.order_id.date_order, line.order_id),
            "ordered": ordered,
            "short": short,
            "value_ordered": self._convert(ordered * price, line.order_id),
            "value_short": self._convert(short * price, line.order_id),
            "product_categ_id": line.product_id.categ_id,
            "company_id": line.company_id,
            "partner_id": line.order_id.partner_id,
            **self._naive_first_delivery(line),
        }

    def _naive_first_delivery(self, line):
        moves = line.move_ids.filtered(
            lambda m: m.state == "done" and m.location_dest_id.usage == "customer"
        ).sorted(lambda m: (m.date, m.picking_id.id))
        first = moves.filtered(lambda m: m.picking_id == moves[0].picking_id)
        return {"first": sum(first.mapped("quantity")) if moves else None}

    def _naive_rates(self, rows):
        orders = {r["order"] for r in rows}
        hit = {r["order"] for r in rows if r["short"]}
        begun = [r for r in rows if r["first"] is not None]

        def ratio(top, bottom):
            return sum(top) / sum(bottom) if sum(bottom) else 0.0

        return [
            len(hit) / len(orders),
            ratio([bool(r["short"]) for r in rows], [1 for r in rows]),
            ratio([r["short"] for r in rows], [r["ordered"] for r in rows]),
            ratio([r["value_short"] for r in rows], [r["value_ordered"] for r in rows]),
            ratio([r["first"] >= r["ordered"] for r in begun], [1 for r in begun]),
            ratio([min(r["first"], r["ordered"]) for r in begun], [r["ordered"] for r in begun]),
        ]

    def test_rates_at_every_level(self):
        naive = [self._naive_sale_line(x) for x in self.sale_lines]
        names = [
            "rate_orders",
            "rate_lines",
            "rate_units",
            "rate_value",
            "fill_lines",
            "fill_units",
        ]
        specs = [f"{n}:avg" for n in names]
        report = self.env["backorder.rate.report"]
        for groups in ([], ["company_id"], ["partner_id", "product_categ_id"], ["date:month"]):
            found = report._read_group(self.domain, groups, specs)
            seen = 0
            for row in found:
                keys = dict(zip(groups, row[: len(groups)], strict=True))
                rows = [v for v in naive if all(self._is_in(v, g, k) for g, k in keys.items())]
                seen += len(rows)
                for name, value, expected in zip(
                    names, row[len(groups) :], self._naive_rates(rows), strict=True
                ):
                    self.assertAlmostEqual(value or 0.0, expected, 6, (keys, name))
            self.assertEqual(seen, len(naive))

    def _is_in(self, values, group, key):
        if group == "date:month":
            return values["date"].replace(day=1) == key
        return values[group] == key

    def test_periods(self):
        naive = defaultdict(list)
        # what the database holds besides counts as well
        lines = self.env["sale.order.line"].search(
            [("id", "in", self.env["backorder.rate.report"].search([]).ids)]
        )
        for line in lines:
            values = self._naive_period(line)
            month = values["date"].replace(day=1)
            quarter = month.replace(month=(month.month - 1) // 3 * 3 + 1)
            for kind, start in (
                ("month", month),
                ("quarter", quarter),
                ("year", month.replace(month=1)),
            ):
                naive[kind, start, line.company_id].append(values)
        rows = self.env["backorder.rate.period"].search([])
        found = {(r.kind, r.date_start, r.company_id): r for r in rows}
        self.assertEqual(set(found), set(naive))
        for key, row in found.items():
            orders = {v["order"] for v in naive[key]}
            hit = {v["order"] for v in naive[key] if v["short"]}
            self.assertEqual((row.order_count, row.backordered_count), (len(orders), len(hit)))
            self.assertAlmostEqual(row.rate_orders, len(hit) / len(orders))
            before = naive.get((key[0], self._before(*key[:2]), key[2]))
            expected = 0.0
            if before:
                expected = len({v["order"] for v in before if v["short"]}) / len(
                    {v["order"] for v in before}
                )
                self.assertAlmostEqual(row.change_orders, row.rate_orders - expected)
            self.assertAlmostEqual(row.rate_orders_before, expected)
            action = row.action_open_rates()
            behind = self.env["backorder.rate.report"].search(action["domain"])
            # the report's own first filter, the last 365 days, would hide older periods
            self.assertFalse(action["context"])
            self.assertEqual(behind.order_id, self.env["sale.order"].union(*orders))

    def _naive_period(self, line):
        order = line.order_id
        tracker = self.env["backorder.tracker"]
        return {
            "order": order,
            "short": sum(line.backorder_line_ids.mapped("qty_backordered")),
            "date": tracker._local_date(order.date_order, order.warehouse_id, order.company_id),
        }

    def _before(self, kind, start):
        months = {"month": 1, "quarter": 3, "year": 12}[kind]
        place = start.year * 12 + start.month - 1 - months
        return date(place // 12, place % 12 + 1, 1)


@tagged("post_install", "-at_install")
class TestRates(ReportCase):
    def _copy(self, table, source, count, **columns):
        """Rows like this one, straight into the table.

        :param columns: {name: SQL, in which `n` counts from 1}
        """
        pairs = SQL(", ").join(
            SQL("%s, %s", SQL("%s::text", name), value) for name, value in columns.items()
        )
        query = SQL(
            """INSERT INTO %(table)s SELECT (JSONB_POPULATE_RECORD(t, JSONB_BUILD_OBJECT(
                   'id', NEXTVAL(%(sequence)s), %(pairs)s))).*
                 FROM %(table)s t, GENERATE_SERIES(1, %(count)s) n WHERE t.id = %(id)s
            RETURNING id""",
            table=SQL.identifier(table),
            sequence=f"{table}_id_seq",
            pairs=pairs,
            count=count,
            id=source,
        )
        return [row[0] for row in self.env.execute_query(query)]

    def test_seed_example(self):
        """120 of 2,000 orders are 6%."""
        covered = self._create_product("Covered")
        self._stock(covered, 10)
        plain = self._order(self.west, [(covered, 4, 5.0), (covered, 1, 5.0)])
        short = self._order(self.west, [(self.desk, 4, 5.0)])
        self.env["backorder.tracker"]._drain()
        self.env.flush_all()
        domain = [("product_id", "in", (covered | self.desk).ids)]
        for order, count in ((plain, 1879), (short, 119)):
            ids = self._copy("sale_order", order.id, count, name=SQL("'X' || n"))
            for line in order.order_line:
                order_id = SQL("(%s::int[])[n]", ids)
                lines = self._copy("sale_order_line", line.id, count, order_id=order_id)
                for item in line.backorder_line_ids:
                    record = self._copy(
                        "sale_backorder", item.backorder_id.id, count, sale_order_id=order_id
                    )
                    self._copy(
                        "sale_backorder_line",
                        item.id,
                        count,
                        sale_order_id=order_id,
                        sale_line_id=SQL("(%s::int[])[n]", lines),
                        backorder_id=SQL("(%s::int[])[n]", record),
                    )
        self.env.invalidate_all()
        report = self.env["backorder.rate.report"]
        specs = ["order_id:count_distinct", "backordered_order_id:count_distinct"]
        specs += ["rate_orders:avg", "rate_lines:avg", "rate_units:avg"]
        [(orders, hit, by_order, by_line, by_unit)] = report._read_group(domain, [], specs)
        self.assertEqual((orders, hit), (2000, 120))
        self.assertAlmostEqual(by_order, 0.06)
        self.assertAlmostEqual(by_line, 120 / (1880 * 2 + 120))
        self.assertAlmostEqual(by_unit, 480 / (1880 * 5 + 480))

    def test_cancelled_orders_count(self):
        """A third order was confirmed and cancelled; a quotation never was."""
        product = self._create_product("Rare")
        self._stock(product, 5)
        for quantity in (5, 2):
            self._order(self.west, [(product, quantity, 5.0)])
        self._order(self.west, [(product, 1, 5.0)])._action_cancel()
        self._sell((product, 9), confirm=False)
        self._sell((product, 9), confirm=False)._action_cancel()
        self.env["backorder.tracker"]._drain()
        [(orders, hit, units)] = self.env["backorder.rate.report"]._read_group(
            [("product_id", "=", product.id)],
            [],
            ["order_id:count_distinct", "backordered_order_id:count_distinct", "qty_ordered:sum"],
        )
        self.assertEqual((orders, hit, units), (3, 2, 8.0))

    def test_what_was_ordered_before_the_rest_was_cancelled(self):
        product = self._create_product("Rare")
        self._stock(product, 6)
        order = self._order(self.west, [(product, 10, 5.0)])
        order.backorder_ids.cancel_open(self.reason.id)
        self.env["backorder.tracker"]._drain()
        [(ordered, short, rate, value)] = self.env["backorder.rate.report"]._read_group(
            [("product_id", "=", product.id)],
            [],
            ["qty_ordered:sum", "qty_backordered:sum", "rate_units:avg", "value_ordered:sum"],
        )
        self.assertEqual((ordered, short, value), (10, 4, 50.0))
        self.assertAlmostEqual(rate, 0.4)

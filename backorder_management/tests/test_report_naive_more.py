"""What the other naive counts leave out: last promises and slips in days, what was lost, rates of
the period before, the digest, a team's cockpit, prepaid and safe payments."""

import random
from collections import defaultdict
from datetime import datetime, timedelta

from dateutil.relativedelta import relativedelta

from odoo import Command, fields
from odoo.tests import new_test_user, tagged

from odoo.addons.backorder_management.models.sale_backorder import OPEN_STATES

from .test_report_naive import NaiveCase
from .test_report_naive_money import MoneyCase


@tagged("post_install", "-at_install")
class TestPromisesNaive(NaiveCase):
    def _get_shipped(self, item):
        """The last delivery while it was open."""
        dates = [
            m.date
            for m in self._get_moves(item)
            if m.state == "done"
            and m.location_dest_id.usage == "customer"
            and m.date >= item.date_open
            and (not item.date_closed or m.date <= item.date_closed)
        ]
        last = max(dates, default=None) if item.qty_fulfilled else None
        return self._day(last or item.date_closed or item.write_date, item)

    def _get_first(self, item):
        return item.promise_ids.sorted("id")[:1].new_date or item.promised_date

    def test_promises(self):
        report = self.env["backorder.report"]
        specs = ["kept_first:avg", "kept_last:avg", "days_slipped:avg", "days_p90:avg"]
        for name in (None, "warehouse_id", "partner_id"):
            groups = self.items.grouped(name) if name else {None: self.items}
            for key, items in groups.items():
                domain = [("line_id", "in", items.ids)]
                [found] = report._read_group(domain, [], specs)
                for spec, value, wanted in zip(specs, found, self._count(items), strict=True):
                    with self.subTest(by=name, key=key, spec=spec):
                        self.assertAlmostEqual(float(value or 0), wanted, 6)

    def _count(self, items):
        done = items.filtered(lambda x: x.state == "done")
        by_first = [self._get_shipped(x) <= self._get_first(x) for x in done if self._get_first(x)]
        by_last = [self._get_shipped(x) <= x.promised_date for x in done if x.promised_date]
        slipped = [(x.promised_date - self._get_first(x)).days for x in items if x.promised_date]
        days = sorted(max(0, (self._get_shipped(x) - self._day(x.date_open, x)).days) for x in done)
        # the day within which nine of ten are
        p90 = days[-(-9 * len(days) // 10) - 1] if days else 0
        means = [sum(x) / len(x) if x else 0.0 for x in (by_first, by_last, slipped)]
        return [*means, p90]

    def test_lost(self):
        """What was cancelled, and a call at 8 that the items of a backorder share."""
        for company in self.env.companies:  # one by one: their currencies differ
            company.backorder_cost_shipment = company.backorder_cost_expedite = 0
            company.backorder_cost_call = 8
        calls = defaultdict(int)
        for place, record in enumerate(self.items.backorder_id.sorted("id")):
            for _n in range(place % 3):
                self.env["backorder.communication"].create(
                    {"backorder_id": record.id, "method": "phone", "summary": "Called"}
                )
            calls[record] = len(record.communication_ids.filtered(lambda c: c.method == "phone"))
        self.env.flush_all()
        rows = self.env["backorder.report"].search([("line_id", "in", self.items.ids)])
        for row in rows.filtered(lambda r: r.backorder_id not in self._get_gifted()):
            item, record = row.line_id, row.backorder_id
            company = record.company_id.currency_id
            call = company._convert(
                8.0 * calls[record] / len(record.line_ids),
                self.env.company.currency_id,
                self.env.company,
                fields.Date.today(),
                round=False,
            )
            price = self._get_price(item) if item.qty_cancelled else 0.0
            lost = self._convert(item.qty_cancelled * price, item.sale_order_id)
            self.assertAlmostEqual(row.value_lost, lost + call, 2, item.display_name)

    def _get_gifted(self):
        return self.env["backorder.goodwill"].search([("state", "=", "granted")]).backorder_id


@tagged("post_install", "-at_install")
class TestPeriodsNaive(NaiveCase):
    def test_the_period_before(self):
        lines = self.env["sale.order.line"].search(
            [
                ("company_id", "=", self.other_company.id),
                ("state", "in", ("sale", "cancel")),
                ("product_id.type", "=", "consu"),
            ]
        )
        sums = defaultdict(lambda: [0.0] * 6)
        for line in lines.filtered(self._was_confirmed):
            day = self._day(line.order_id.date_order, line.order_id).replace(day=1)
            for kind, start in (
                ("month", day),
                ("quarter", day.replace(month=(day.month - 1) // 3 * 3 + 1)),
                ("year", day.replace(month=1)),
            ):
                for place, value in enumerate(self._count(line)):
                    sums[kind, start][place] += value
        rows = self.env["backorder.rate.period"].search(
            [("company_id", "=", self.other_company.id)]
        )
        self.assertEqual({(r.kind, r.date_start) for r in rows}, set(sums))
        self.assertGreater(len(rows.filtered("has_before")), 3)
        months = {"month": 1, "quarter": 3, "year": 12}
        for row in rows:
            before = row.date_start - relativedelta(months=months[row.kind])
            self._assert_rates(row, "", sums[row.kind, row.date_start])
            self.assertEqual(row.has_before, (row.kind, before) in sums)
            if row.has_before:
                self._assert_rates(row, "_before", sums[row.kind, before])

    def _assert_rates(self, row, suffix, sums):
        for place, name in enumerate(("lines", "units", "value")):
            short, all_of_it = sums[2 * place], sums[2 * place + 1]
            found = row[f"rate_{name}{suffix}"]
            self.assertAlmostEqual(found, short / all_of_it, 6, (row.kind, row.date_start, name))

    def _count(self, line):
        """:return: hit, line, units short, units, value short, value"""
        items, ordered = line.backorder_line_ids, self._get_ordered(line)
        short = min(sum(items.mapped("qty_backordered")), ordered)
        one = line.product_uom_id._compute_quantity(1, line.product_id.uom_id, round=False)
        price = line.price_unit * (1 - line.discount / 100) / one
        values = (self._convert(x * price, line.order_id) for x in (short, ordered))
        return (bool(short), 1, short, ordered, *values)


@tagged("post_install", "-at_install")
class TestDigestNaive(NaiveCase):
    def _kpi(self, company, name, start, end):
        user = new_test_user(
            self.env,
            f"digest_{company.id}_{name}",
            groups="sales_team.group_sale_manager",
            company_id=company.id,
            company_ids=[Command.set(company.ids)],
        )
        digest = self.env["digest.digest"].create({"name": "Week", "company_id": company.id})
        digest = digest.with_user(user).with_context(
            allowed_company_ids=company.ids, start_datetime=start, end_datetime=end
        )
        return digest[f"kpi_backorder_{name}_value"]

    def test_now(self):
        now = fields.Datetime.now()
        for company in self.env.companies:
            waiting = self.waiting.filtered(lambda x, company=company: x.company_id == company)
            records = waiting.backorder_id
            value = sum(
                item.currency_id._convert(
                    item.currency_id.round(self._get_open(item) * self._get_price(item)),
                    company.currency_id,
                    company,
                    item.sale_order_id.date_order,
                    round=False,
                )
                for item in waiting
            )
            overdue = records.filtered(
                lambda r: r.date_due and r.date_due < self._day(fields.Datetime.now(), r)
            )
            oldest = max(map(self._get_age, records))
            for name, wanted in (("value", value), ("overdue", len(overdue)), ("oldest", oldest)):
                with self.subTest(company=company.name, name=name):
                    found = self._kpi(company, name, now - timedelta(days=7), now)
                    self.assertAlmostEqual(found, wanted, 2)

    def test_rate(self):
        start, end = datetime(2026, 1, 15), datetime(2026, 3, 1)
        for company in self.env.companies:
            orders = self.env["sale.order"].search(
                [
                    ("company_id", "=", company.id),
                    ("state", "in", ("sale", "cancel")),
                    ("date_order", ">=", start),
                    ("date_order", "<", end),
                ]
            )
            orders = orders.filtered(self._has_goods)
            hit = orders.filtered(lambda o: any(o.backorder_ids.line_ids.mapped("qty_backordered")))
            self.assertTrue(hit)
            found = self._kpi(company, "rate", start, end)
            self.assertAlmostEqual(found, 100 * len(hit) / len(orders))


@tagged("post_install", "-at_install")
class TestTeamNaive(NaiveCase):
    def test_team(self):
        teams = self.env["crm.team"].create([{"name": "North"}, {"name": "South"}])
        teams.company_id = False
        for place, order in enumerate(self.waiting.sale_order_id.sorted("id")):
            order.team_id = teams[place % 3] if place % 3 < 2 else False
        self.env.flush_all()
        for team in (*teams, teams):
            data = self.env["backorder.cockpit"].get_data(team_ids=team.ids)
            mine = self.waiting.filtered(lambda x, team=team: x.sale_order_id.team_id in team)
            self.assertTrue(mine)
            totals, records = data["totals"], mine.backorder_id
            self.assertEqual((totals["items"], totals["backorders"]), (len(mine), len(records)))
            self.assertAlmostEqual(totals["value"], sum(map(self._get_value, mine)), 2)
            now = fields.Datetime.now()
            overdue = records.filtered(
                lambda r, now=now: r.date_due and r.date_due < self._day(now, r)
            )
            tiles = {row["code"]: row["count"] for row in data["tiles"]}
            self.assertEqual(tiles["overdue"], len(overdue))
            self.assertEqual(sum(row["count"] for row in data["ages"]), len(records))
            self.assertEqual(sum(row["count"] for row in data["timeline"]), len(records))


@tagged("post_install", "-at_install")
class TestPrepaidNaive(MoneyCase):
    """Half of the orders were paid online, some of it was refunded."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        rng = random.Random(14)
        cls.provider = cls.env["payment.provider"].create({"name": "Till", "code": "none"})
        cls.paid = defaultdict(float)
        records = cls.env["sale.backorder"].search([("state", "in", OPEN_STATES)])
        for order in records.sale_order_id.sorted("id"):
            if rng.random() < 0.5:
                cls._pay(order, order.currency_id.round(order.amount_total * rng.random()))
            if rng.random() < 0.2:
                paid = cls._pay(order, order.currency_id.round(order.amount_total * 0.5))
                back = order.currency_id.round(paid.amount * 0.4)
                paid._create_child_transaction(back, is_refund=True)._set_done()
                cls.paid[order] -= back
        for line in records.line_ids:
            late = rng.choice((0, 5, 30))
            if line.expected_date:
                cls._date_back(line, expected_date_p90=line.expected_date + timedelta(days=late))
            else:
                day = fields.Date.today() + timedelta(days=rng.randint(1, 60))
                cls._date_back(
                    line,
                    expected_date=day,
                    expected_date_p50=day,
                    expected_date_p90=day + timedelta(days=late) if late else None,
                )
        cls.env.flush_all()
        cls.env.invalidate_all()

    @classmethod
    def _pay(cls, order, amount):
        cls.paid[order] += amount
        return cls.env["payment.transaction"].create(
            {
                "provider_id": cls.provider.id,
                "payment_method_id": cls.env.ref("payment.payment_method_unknown").id,
                "reference": f"{order.id}-{len(order.transaction_ids)}",
                "amount": amount,
                "currency_id": order.currency_id.id,
                "partner_id": order.partner_id.id,
                "operation": "online_direct",
                "state": "done",
                "sale_order_ids": [Command.set(order.ids)],
            }
        )

    def _get_prepaid(self, item):
        """Its share of what was paid beyond all that is not open, in company currency."""
        order = item.sale_order_id
        owed = sum(self._get_due(x) for x in self.waiting if x.sale_order_id == order)
        total = self._convert(order.amount_total, order)
        beyond = self._convert(self.paid[order], order) - total + owed
        return self._get_due(item) * min(1.0, max(0.0, beyond / owed)) if owed else 0.0

    def test_prepaid(self):
        naive = {item: self._get_prepaid(item) for item in self.waiting}
        self.assertTrue(any(naive.values()))
        rows = self.env["backorder.report"].search([("line_id", "in", self.waiting.ids)])
        for row in rows:
            self.assertAlmostEqual(row.value_prepaid, naive[row.line_id], 1)
        found = self.env["backorder.money.week"]._prepare_rows()
        [prepaid] = [row["cash"] for row in found if row["kind"] == "prepaid"]
        self.assertAlmostEqual(prepaid, sum(naive.values()), 1)

    def test_safe(self):
        """By the date that is safe to promise, where one is known."""
        wanted = {"revenue_p90": defaultdict(float), "cash_p90": defaultdict(float)}
        today = max(self.today, fields.Date.context_today(self.env["backorder.money.week"]))
        for item in self.waiting:
            day = item.expected_date_p90 or item.expected_date_p50 or item.expected_date
            day = day and max(day, today)
            wanted["revenue_p90"][self._get_monday(day)] += self._get_value(item)
            due = self._get_due(item) - self._get_prepaid(item)
            for date, amount in self._get_instalments(item, day, due):
                wanted["cash_p90"][self._get_monday(date)] += amount
        rows = self.env["backorder.money.week"]._prepare_rows()
        for name, weeks in wanted.items():
            found = {r["date_start"]: r.get(name, 0.0) for r in rows if r["kind"] != "prepaid"}
            for monday in weeks.keys() | found.keys():
                self.assertAlmostEqual(found.get(monday, 0.0), weeks[monday], 1, (name, monday))

    def _get_monday(self, day):
        return day and day - timedelta(days=day.weekday())

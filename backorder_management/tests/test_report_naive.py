"""Every number of the overview and the totals of every report against a plain count in Python,
over all that the database holds: the demo data, where it is loaded, and orders at random.

Quantities come from stock moves, values from order lines: neither from what the app stored nor
from its SQL. How much was short when an item was opened is nowhere but on the item."""

from collections import defaultdict
from datetime import timedelta

import pytz
from dateutil.relativedelta import relativedelta

from odoo import fields
from odoo.tests import tagged
from odoo.tools.float_utils import float_round

from odoo.addons.backorder_management.models.sale_backorder import OPEN_STATES

from .report_case import ReportCase

SUMS = [
    *(f"qty_{n}" for n in ("backordered", "open", "ready", "short", "fulfilled", "cancelled")),
    *("value_open", "overdue_count", "slip_count"),
]


class NaiveCase(ReportCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._generate(40)
        companies = cls.company | cls.other_company
        cls.env = cls.env(context={"allowed_company_ids": companies.ids})

    def setUp(self):
        super().setUp()
        self.items = self.env["sale.backorder.line"].search(
            [("company_id", "in", self.env.companies.ids)]
        )
        self.waiting = self.items.filtered(lambda x: x.state in OPEN_STATES)
        self.today = fields.Date.context_today(self.env.user)

    def _zone(self, record):
        place = record.warehouse_id.partner_id.tz or record.company_id.partner_id.tz
        return pytz.timezone(place or self.env.user.tz or "UTC")

    # === PLAIN === #

    def _get_moves(self, item):
        """On the way to the customer, by however many steps."""
        return item.sale_line_id.move_ids.filtered(
            lambda m: (
                m.product_id == item.product_id
                and "customer" in (m.location_dest_id.usage, m.location_final_id.usage)
                and m.location_id.usage != "customer"
            )
        )

    def _get_open(self, item):
        """What is still to be shipped, but for what was covered from the beginning: that ships
        first."""
        if item.state not in OPEN_STATES:
            return 0.0
        moves = self._get_moves(item)
        left = moves.filtered(lambda m: m.state not in ("done", "cancel"))
        left -= left.move_orig_ids  # the last step that there is yet
        shipped = sum(
            m.product_uom._compute_quantity(m.quantity, m.product_id.uom_id)
            for m in moves
            if m.state == "done" and m.location_dest_id.usage == "customer"
        )
        covered = max(0.0, item.qty_ordered - item.qty_backordered - shipped)
        return sum(left.mapped("product_qty")) - covered

    def _get_price(self, item):
        """Of one of the product's unit, without taxes, in company currency."""
        line = item.sale_line_id
        if item.kit_id:
            parts = len(line.move_ids.filtered(lambda m: m.product_id != item.kit_id).product_id)
            return line.price_subtotal / (item.qty_ordered * parts)
        ordered = line.product_uom_id._compute_quantity(
            line.product_uom_qty, item.product_id.uom_id, round=False
        )
        if not ordered:
            one = line.product_uom_id._compute_quantity(1, item.product_id.uom_id, round=False)
            return line.price_unit * (1 - line.discount / 100) / one
        return line.price_subtotal / ordered

    def _get_value(self, item):
        amount = item.currency_id.round(self._get_open(item) * self._get_price(item))
        return self._convert(amount, item.sale_order_id)

    def _has_goods(self, order):
        """A cancelled order was confirmed if it has cancelled transfers."""
        return any(
            line.product_id.type == "consu" and self._was_confirmed(line)
            for line in order.order_line
        )

    def _was_confirmed(self, line):
        if not (line.product_uom_qty > 0 or line.backorder_line_ids):
            return False
        return line.state == "sale" or any(m.state == "cancel" for m in line.move_ids)

    def _get_ordered(self, line):
        ordered = line.product_uom_id._compute_quantity(
            line.product_uom_qty, line.product_id.uom_id, round=False
        )
        return max(ordered, *line.backorder_line_ids.mapped("qty_ordered"), 0.0)

    def _get_age(self, record):
        opened = self._day(record.date_open, record)
        return (self._day(fields.Datetime.now(), record) - opened).days


@tagged("post_install", "-at_install")
class TestCockpitNaive(NaiveCase):
    def setUp(self):
        super().setUp()
        self.records = self.waiting.backorder_id
        self.env.flush_all()
        self.data = self.env["backorder.cockpit"].get_data()

    def _counts(self, part):
        return {row["code"]: row["count"] for row in self.data[part] if row["count"]}

    def test_totals(self):
        totals = self.data["totals"]
        self.assertEqual(totals["items"], len(self.waiting))
        self.assertEqual(totals["backorders"], len(self.records))
        self.assertEqual(totals["customers"], len(self.records.sale_order_id.partner_id))
        self.assertAlmostEqual(totals["quantity"], sum(map(self._get_open, self.waiting)), 4)
        self.assertAlmostEqual(totals["value"], sum(map(self._get_value, self.waiting)), 2)

    def test_tiles(self):
        expected = {
            "overdue": self._count(self._is_overdue),
            "ready": self._count(lambda r: r.state == "ready" and not r.check_stock),
            "no_date": self._count(lambda r: not r.expected_date),
            "to_call": self._count(self._is_to_call),
            "to_approve": self._count_drafts(),
        }
        found = {row["code"]: row["count"] for row in self.data["tiles"]}
        self.assertEqual(found, expected)

    def _is_overdue(self, record):
        """By the day of the warehouse, whoever looks."""
        return record.date_due and record.date_due < self._day(fields.Datetime.now(), record)

    def _count(self, condition):
        return len(self.records.filtered(condition))

    def _is_to_call(self, record):
        """A follow-up is due, a slip was not told, or silence was too long."""
        if not record.released:
            return False
        today = self._day(fields.Datetime.now(), record)
        spoken, planned = record.last_contact_date, record.next_followup_date
        due = planned and planned <= today
        if due and (not spoken or self._day(spoken, record) < planned):
            return True
        changes = self.env["backorder.date.change"].search([("backorder_id", "=", record.id)])
        if any(
            c.state == "new"
            and c.kind in ("slip", "no_date")
            and (not spoken or c.create_date > spoken)
            for c in changes
        ):
            return True
        limit = record.company_id.backorder_call_days
        silence = (today - self._day(spoken or record.date_open, record)).days
        return bool(limit) and (not planned or due) and silence >= limit

    def _count_drafts(self):
        notices = self.env["backorder.notice"].search([("state", "=", "draft")])
        companies = self.env.companies
        return len(notices.filtered(lambda n: n.item_ids.backorder_id.company_id & companies))

    def test_ages(self):
        expected = defaultdict(int)
        for record in self.records:
            expected[self._bucket(self._get_age(record))] += 1
        self.assertEqual(self._counts("ages"), dict(expected))

    def test_timeline(self):
        expected = defaultdict(int)
        for record in self.records:
            expected[self._get_part(record)] += 1
        self.assertEqual(self._counts("timeline"), dict(expected))

    def _get_part(self, record):
        """By the weeks of the warehouse."""
        day, today = record.expected_date, self._day(fields.Datetime.now(), record)
        sunday = today + timedelta(days=6 - today.weekday())
        month = today + relativedelta(day=31)
        if self._is_overdue(record):
            return "overdue"
        if not day:
            return "no_date"
        if day <= sunday:
            return "this_week"
        if day <= sunday + timedelta(days=7):
            return "next_week"
        return "this_month" if day <= month else "later"

    def test_first_by_value(self):
        vendors = self.env["product.supplierinfo"]
        groups = {
            "products": lambda x: x.product_id,
            "customers": lambda x: x.sale_order_id.partner_id,
            "vendors": lambda x: (
                vendors.search(
                    [
                        ("product_tmpl_id", "=", x.product_id.product_tmpl_id.id),
                        ("company_id", "in", (False, x.company_id.id)),
                    ],
                    order="sequence, min_qty, id",
                    limit=1,
                ).partner_id
            ),
        }
        for part, group in groups.items():
            sums = defaultdict(lambda: [0.0, 0])
            for item in self.waiting:
                key = group(item).id
                sums[key][0] += self._get_value(item)
                sums[key][1] += 1
            sums.pop(False, None)
            best = sorted((round(value, 2) for value, _count in sums.values()), reverse=True)[:5]
            rows = self.data[part]
            for row, value in zip(rows, best, strict=True):
                self.assertAlmostEqual(row["value"], value, 2, part)
                self.assertAlmostEqual(row["value"], sums[row["code"]][0], 2, part)
                self.assertEqual(row["count"], sums[row["code"]][1], part)

    def test_trend(self):
        """Orders of which anything ever waited, by month."""
        orders = self.env["sale.order"].search(
            [("company_id", "in", self.env.companies.ids), ("state", "in", ("sale", "cancel"))]
        )
        months = defaultdict(lambda: [0, 0])
        for order in orders.filtered(self._has_goods):
            day = self._day(order.date_order, order).replace(day=1)
            months[day][0] += 1
            months[day][1] += any(order.backorder_ids.line_ids.mapped("qty_backordered"))
        first = self.today.replace(day=1) - relativedelta(months=11)
        for place, row in enumerate(self.data["trend"]):
            count, hit = months[first + relativedelta(months=place)]
            self.assertEqual(row["orders"], count, row["label"])
            self.assertAlmostEqual(row["rate"], hit / count if count else 0.0)

    def test_each_number_opens_as_many_rows(self):
        for part in ("tiles", "ages", "timeline", "products", "customers", "vendors"):
            for row in self.data[part]:
                with self.subTest(part=part, row=row["label"]):
                    found = self.env[row["model"]].search_count(row["domain"])
                    self.assertEqual(found, row["count"])


@tagged("post_install", "-at_install")
class TestReportsNaive(NaiveCase):
    def test_open_is_what_moves_say(self):
        for item in self.waiting:
            self.assertAlmostEqual(
                item.qty_open, self._get_open(item), 4, item.sale_order_id.display_name
            )
            self.assertAlmostEqual(
                self._convert(item.amount_open, item.sale_order_id), self._get_value(item), 2
            )

    def test_analysis(self):
        """By status, and all in all."""
        naive = {item: self._get_sums(item) for item in self.items}
        report = self.env["backorder.report"]
        for groups in ([], ["state"], ["product_id", "partner_id"]):
            expected = defaultdict(lambda: dict.fromkeys(SUMS, 0.0))
            for item, values in naive.items():
                key = tuple(item[name] for name in groups)
                for name in SUMS:
                    expected[key][name] += values[name]
            rows = report._read_group(
                [("company_id", "in", self.env.companies.ids)],
                groups,
                [f"{name}:sum" for name in SUMS],
            )
            self.assertEqual({row[: len(groups)] for row in rows}, set(expected))
            for row in rows:
                wanted = expected[row[: len(groups)]]
                for name, value in zip(SUMS, row[len(groups) :], strict=True):
                    self.assertAlmostEqual(value, wanted[name], 2, (groups, name))

    def _get_sums(self, item):
        naive = self._naive_plain(item)
        slips = self.env["backorder.date.change"].search_count(
            [("line_id", "=", item.id), ("kind", "in", ("slip", "no_date"))]
        )
        due = item.date_due and item.date_due < self._day(fields.Datetime.now(), item)
        return {
            **naive,
            "overdue_count": int(bool(due) and item.state in OPEN_STATES),
            "slip_count": slips,
        }

    def _naive_plain(self, item):
        quantity = self._get_open(item)
        return {
            "qty_open": quantity,
            "qty_ready": item.qty_ready,
            "qty_short": quantity - item.qty_ready,
            "qty_backordered": item.qty_fulfilled + item.qty_cancelled + quantity,
            "qty_fulfilled": item.qty_fulfilled,
            "qty_cancelled": item.qty_cancelled,
            "value_open": self._get_value(item),
        }

    def test_products(self):
        """What is on its way, and when the next of it comes."""
        for row in self.env["backorder.product.report"].search(
            [("company_id", "in", self.env.companies.ids)]
        ):
            moves = self.env["stock.move"].search(
                [
                    ("product_id", "=", row.product_id.id),
                    ("company_id", "=", row.company_id.id),
                    ("state", "in", ("waiting", "confirmed", "partially_available", "assigned")),
                ]
            )
            coming = moves.filtered(
                lambda m, row=row: (
                    m.location_dest_id.usage == "internal"
                    and m.location_dest_id.warehouse_id == row.warehouse_id
                    and m.location_id.warehouse_id != row.warehouse_id
                )
            )
            name = row.product_id.display_name
            self.assertAlmostEqual(row.qty_incoming, sum(coming.mapped("product_qty")), 4, name)
            if coming:
                day = min(self._day(m.date, row) for m in coming)
                self.assertEqual(row.restock_date, day, name)

    def test_rates(self):
        """Orders, lines, units and value, all in all."""
        lines = (
            self.env["sale.order.line"]
            .search(
                [
                    ("company_id", "in", self.env.companies.ids),
                    ("state", "in", ("sale", "cancel")),
                    ("product_id.type", "=", "consu"),
                ]
            )
            .filtered(self._was_confirmed)
        )
        hit = lines.filtered(lambda x: any(x.backorder_line_ids.mapped("qty_backordered")))
        plain = lines.filtered(lambda x: not x.backorder_line_ids.kit_id)
        specs = ["order_id:count_distinct", "line_count:sum", "backordered_count:sum"]
        report = self.env["backorder.rate.report"]
        domain = [("company_id", "in", self.env.companies.ids)]
        [(orders, count, found, by_order)] = report._read_group(
            domain, [], [*specs, "rate_orders:avg"]
        )
        self.assertEqual((orders, count, found), (len(lines.order_id), len(lines), len(hit)))
        self.assertAlmostEqual(by_order, len(hit.order_id) / len(lines.order_id))
        [(ordered, short)] = report._read_group(
            [*domain, ("line_id", "in", plain.ids)], [], ["qty_ordered:sum", "qty_backordered:sum"]
        )
        self.assertAlmostEqual(ordered, sum(map(self._get_ordered, plain)), 3)
        wanted = sum(
            min(sum(x.backorder_line_ids.mapped("qty_backordered")), self._get_ordered(x))
            for x in plain
        )
        self.assertAlmostEqual(short, wanted, 3)

    def test_fulfilment_time(self):
        waits = [(v["days_waited"], v["state"]) for v in map(self._naive, self.items)]
        done = sorted(days for days, state in waits if state == "done")
        waiting = [days for days, state in waits if state in OPEN_STATES]
        [row] = self.env["backorder.fulfilment"]._prepare_rows("all")
        self.assertEqual(
            (row["item_count"], row["fulfilled_count"], row["open_count"]),
            (len(waits), len(done), len(waiting)),
        )
        self.assertAlmostEqual(row["mean"], sum(done) / len(done))
        self.assertAlmostEqual(row["open_age"], sum(waiting) / len(waiting))
        self.assertEqual(row["median"], done[(len(done) - 1) // 2])
        self.assertEqual(row["p90"], done[-(-9 * len(done) // 10) - 1])
        for name, share in (("true_median", 0.5), ("true_p90", 0.9)):
            self.assertEqual(row[name], self._get_survival(waits, share), name)

    def _get_survival(self, waits, share):
        """The day by which that share is fulfilled, by Kaplan and Meier."""
        left = 1.0
        for day in sorted({days for days, state in waits if state == "done"}):
            at_risk = sum(days >= day for days, _state in waits)
            ended = sum(days == day and state == "done" for days, state in waits)
            left *= 1 - ended / at_risk
            if float_round(1 - left, 9) >= share:
                return day
        return None

    def test_expected_revenue(self):
        """All weeks together are all that is open; each item is in the week of its date."""
        expected = defaultdict(float)
        today = max(self.today, fields.Date.context_today(self.env["backorder.money.week"]))
        for item in self.waiting:
            day = item.expected_date_p50 or item.expected_date
            day = day and max(day, today)
            monday = day and day - timedelta(days=day.weekday())
            expected[monday] += self._get_value(item)
        rows = self.env["backorder.money.week"]._prepare_rows()
        found = {r["date_start"]: r.get("revenue", 0.0) for r in rows if r.get("revenue")}
        self.assertEqual(set(found), {k for k, v in expected.items() if v})
        for monday, value in found.items():
            self.assertAlmostEqual(value, expected[monday], 2, monday)

    def test_risk(self):
        naive = [self._naive(item) for item in self.items]
        ended = [v for v in naive if v["state"] in ("done", "cancel")]
        rows = self.env["backorder.money.risk"]._prepare_rows()
        for row, least in zip(rows, (0, 8, 15, 31), strict=True):
            bucket = [v for v in naive if v["state"] in OPEN_STATES]
            bucket = [v for v in bucket if v["age_bucket"] == row["age_bucket"]]
            self.assertEqual(row["open_count"], len(bucket))
            self.assertAlmostEqual(row["value_open"], sum(v["value_open"] for v in bucket), 2)
            sample = [v for v in ended if v["days_waited"] >= least]
            self.assertEqual(row["sample_count"], len(sample))

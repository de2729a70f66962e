"""What backorders cost, by hand: a further shipment 4.0, a call 2.5, an expedite 10.0."""

from ast import literal_eval
from datetime import timedelta
from math import ceil

from lxml import etree
from psycopg2.errors import CheckViolation

from odoo import Command, fields
from odoo.exceptions import AccessError, ValidationError
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from odoo.addons.backorder_management.models.sale_backorder import OPEN_STATES

from .common import BackorderCommon
from .report_case import ReportCase

COSTS = {
    "backorder_cost_shipment": 4.0,
    "backorder_cost_call": 2.5,
    "backorder_cost_expedite": 10.0,
}


class CostCase(BackorderCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.reason = cls.env.ref("backorder_management.cancel_reason_customer")

    def _bring(self, order, quantity, product=None):
        """Receive and ship it."""
        self._receive(product or self.desk, quantity)
        self._ship(self._get_open_pickings(order))
        self.env["backorder.tracker"]._drain()

    def _call(self, record, method="phone"):
        return self.env["backorder.communication"].create(
            {"backorder_id": record.id, "method": method, "summary": "Spoke about the date"}
        )

    def _read(self, record):
        record.invalidate_recordset()
        return (
            record.extra_shipment_count,
            record.call_count,
            record.expedite_count,
            record.goodwill_amount,
            record.cost,
        )

    def _row(self, record):
        self.env.flush_all()
        self.env.invalidate_all()
        return self.env["backorder.report"].search([("backorder_id", "=", record.id)])


@tagged("post_install", "-at_install")
class TestCosts(CostCase):
    def setUp(self):
        super().setUp()
        self.company.write(COSTS)

    def test_off_by_default(self):
        company = self.env["res.company"].create({"name": "New"})
        self.assertEqual([company[name] for name in COSTS], [0.0] * 3)
        self.company.write(dict.fromkeys(COSTS, 0.0))
        order = self._sell((self.desk, 5))
        self._bring(order, 2)
        self._bring(order, 3)
        self._call(order.backorder_ids)
        self.assertEqual(self._read(order.backorder_ids), (1, 1, 0.0, 0.0, 0.0))
        self.assertEqual(self._row(order.backorder_ids).cost, 0.0)

    def test_shipments(self):
        """5 wait: 2, 2 and 1 leave. The first is no further shipment."""
        order = self._sell((self.desk, 5))
        record = order.backorder_ids
        self.assertEqual(self._read(record), (0, 0, 0.0, 0.0, 0.0))
        for quantity, count in ((2, 0), (2, 1), (1, 2)):
            self._bring(order, quantity)
            self.assertEqual(self._read(record), (count, 0, 0.0, 0.0, 4.0 * count))
        self.assertEqual(record.state, "done")
        self.assertEqual(self._row(record).cost, 8.0)

    def test_shipped_what_was_there(self):
        """15 of 20 leave at once, the rest once more: one further shipment."""
        self._stock(self.desk, 15)
        order = self._sell((self.desk, 20))
        self._ship(order.picking_ids)
        self.env["backorder.tracker"]._drain()
        self._bring(order, 5)
        self.assertEqual(self._read(order.backorder_ids)[0], 1)

    def test_after_it_was_closed(self):
        """What leaves when the backorder is closed belongs to no backorder."""
        order = self._sell((self.desk, 5))
        self._bring(order, 3)
        record = order.backorder_ids
        record.cancel_open(self.reason.id)
        past = fields.Datetime.now() - timedelta(hours=1)
        self.env.cr.execute(
            "UPDATE sale_backorder SET date_closed = %s WHERE id = %s", [past, record.id]
        )
        self._stock(self.desk, 4)
        order.order_line.product_uom_qty += 4
        self._ship(self._get_open_pickings(order))
        self.env["backorder.tracker"]._drain()
        self.assertEqual(self._read(record)[0], 0)

    def test_returns_and_other_orders(self):
        order, other = self._sell((self.desk, 5)), self._sell((self.desk, 1))
        self._bring(order, 5)
        self._bring(other, 1)
        picking = order.picking_ids
        wizard = (
            self.env["stock.return.picking"]
            .with_context(active_id=picking.id, active_model="stock.picking")
            .create({})
        )
        wizard.product_return_moves.quantity = 1
        back = self.env["stock.picking"].browse(wizard.action_create_returns()["res_id"])
        back.move_ids.picked = True
        back.button_validate()
        self.assertEqual(self._read(order.backorder_ids)[0], 0)

    def test_calls(self):
        """Three calls; a mail and a visit are none."""
        record = self._sell((self.desk, 5)).backorder_ids
        for method in ("phone", "email", "phone", "in_person", "phone"):
            self._call(record, method)
        self.assertEqual(self._read(record), (0, 3, 0.0, 0.0, 7.5))
        self.assertEqual(record.cost_text, "calls: 3")

    def test_expedites(self):
        """One alone, one shared by four."""
        record = self._sell((self.desk, 5)).backorder_ids
        others = [self._sell((self.desk, 1)).backorder_ids for _number in range(3)]
        log = self.env["backorder.expedite"]
        log._log("Air freight", record, self.env.user)
        log._log("Asked the vendor", record.union(*others), self.env.user)
        self.assertEqual(self._read(record), (0, 0, 1.25, 0.0, 12.5))
        self.assertEqual(self._read(others[0]), (0, 0, 0.25, 0.0, 2.5))
        with self.assertRaises(ValidationError):
            log.create({"backorder_id": record.id, "summary": "Twice", "share": 2.0})

    def test_goodwill(self):
        """5% of 50.0, when it was granted."""
        rule = self.env["backorder.goodwill.rule"].create(
            {"name": "Soon", "days_waiting": 1, "percent": 5, "budget": 100}
        )
        record = self._sell((self.desk, 5)).backorder_ids
        proposal = self.env["backorder.goodwill"].sudo()._propose(rule, record)
        self.assertEqual(self._read(record)[3:], (0.0, 0.0))
        proposal.approve()
        self.assertEqual(self._read(record)[3:], (2.5, 2.5))
        self.assertEqual(self._row(record).cost, 2.5)
        self.assertEqual(record.cost_text, "goodwill: $ 2.50".replace("$ ", "$\xa0"))

    def test_items_share_it(self):
        """Two items, a call and a further shipment: 6.5, 3.25 each."""
        lamp = self._create_product("Lamp")
        order = self._sell((self.desk, 2), (lamp, 2))
        self._bring(order, 2)
        self._bring(order, 2, lamp)
        self._call(order.backorder_ids)
        self.assertEqual(self._read(order.backorder_ids), (1, 1, 0.0, 0.0, 6.5))
        self.assertEqual(self._row(order.backorder_ids).mapped("cost"), [3.25, 3.25])
        self.assertEqual(order.backorder_ids.cost_text, "further shipments: 1, calls: 1")

    def test_only_what_has_a_cost(self):
        """A call at 2.5; a further shipment is not counted where it costs nothing anywhere."""
        self.company.backorder_cost_shipment = 0.0
        order = self._sell((self.desk, 5))
        self._bring(order, 2)
        self._bring(order, 3)
        self._call(order.backorder_ids)
        self.assertEqual(self._row(order.backorder_ids).cost, 2.5)
        report = self.env["backorder.report"].with_company(self.company)
        report = report.with_user(self.env.ref("base.user_admin")).with_context(
            allowed_company_ids=self.company.ids
        )
        self.assertNotIn("ship.count", report._get_cost().code)
        self.company.backorder_cost_shipment = 4.0
        self.assertIn("ship.count", report._get_cost().code)
        self.assertEqual(self._row(order.backorder_ids).cost, 6.5)

    def test_opened_in_the_last_year(self):
        """What the actions show at first: opened 364 days ago, but not 366."""
        records = [self._sell((self.desk, 5)).backorder_ids for _index in range(2)]
        for record, days in zip(records, (364, 366), strict=True):
            record.line_ids.date_open = fields.Datetime.now() - timedelta(days=days)
        self.env.flush_all()
        arch = etree.fromstring(self.env["backorder.report"].get_view(view_type="search")["arch"])
        for name in ("cause", "reason"):
            action = self.env.ref(f"backorder_management.backorder_report_action_{name}")
            self.assertIn("'search_default_last_year': 1", action.context)
        [node] = arch.xpath("//filter[@name='last_year']")
        found = self.env["backorder.report"].search(literal_eval(node.get("domain")))
        self.assertIn(records[0], found.backorder_id)
        self.assertNotIn(records[1], found.backorder_id)

    def test_by_cause_and_reason(self):
        """What two causes cost. A: 3 of 5 cancelled at 10.0, and a call. B: a call and two
        shipments, nothing cancelled."""
        causes = self.env["backorder.cause"].create([{"name": "A"}, {"name": "B"}])
        first, second = self._sell((self.desk, 5)), self._sell((self.desk, 6))
        for order, cause in zip((first, second), causes, strict=True):
            order.backorder_ids.line_ids.cause_id = cause
            self._call(order.backorder_ids)
        self._receive(self.desk, 2)
        self._ship(self._get_open_pickings(first))
        self.env["backorder.tracker"]._drain()
        first.backorder_ids.cancel_open(self.reason.id)
        for quantity in (3, 3):
            self._bring(second, quantity)
        self.env.flush_all()
        report, names = self.env["backorder.report"], ("value_cancelled", "cost", "value_lost")
        measures = ["__count", *(f"{name}:sum" for name in names)]
        rows = report._read_group([("cause_id", "in", causes.ids)], ["cause_id"], measures)
        self.assertEqual(
            {row[0]: row[1:] for row in rows},
            {causes[0]: (1, 30.0, 2.5, 32.5), causes[1]: (1, 0.0, 6.5, 6.5)},
        )
        rows = report._read_group(
            [("cause_id", "in", causes.ids), ("qty_cancelled", ">", 0)],
            ["cancel_reason_id"],
            measures,
        )
        self.assertEqual(rows, [(self.reason, 1, 30.0, 2.5, 32.5)])

    @mute_logger("odoo.sql_db")
    def test_settings_are_not_negative(self):
        with self.assertRaises(CheckViolation), self.cr.savepoint():
            self.company.backorder_cost_call = -1
            self.env.flush_all()

    def test_rights(self):
        """The warehouse sees what happened, not what it costs; planners log expedites."""
        record = self._sell((self.desk, 5)).backorder_ids
        self._call(record)
        stock = new_test_user(self.env, "costs_stock", groups="stock.group_stock_user")
        planner = new_test_user(
            self.env, "costs_planner", groups="backorder_management.group_backorder_planner"
        )
        self.assertEqual(record.with_user(stock).call_count, 1)
        for name in ("cost", "goodwill_amount", "cost_text"):
            with self.subTest(name=name), self.assertRaises(AccessError):
                record.with_user(stock).read([name])
        for name in ("cost", "value_lost"):
            with self.subTest(name=name), self.assertRaises(AccessError):
                self.env["backorder.report"].with_user(stock).search([]).read([name])
        self.assertEqual(record.with_user(planner).cost, 2.5)
        vals = {"backorder_id": record.id, "summary": "Air freight"}
        self.env["backorder.expedite"].with_user(planner).create(vals)
        with self.assertRaises(AccessError):
            self.env["backorder.expedite"].with_user(stock).create(vals)


@tagged("post_install", "-at_install")
class TestCostsGenerated(ReportCase):
    """Two companies with different currencies, against a count by hand."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.write(COSTS)
        cls.other_company.write({name: 3 * value for name, value in COSTS.items()})
        cls._generate(30)
        cls.env = cls.env(context={"allowed_company_ids": [cls.company.id, cls.other_company.id]})
        cls.records = cls.env["sale.backorder"].search(
            [("line_ids.product_id", "in", cls.products.ids)]
        )
        for record in cls.records.filtered(lambda b: b.state in OPEN_STATES)[:12]:
            cls._bring_rest(record)
        for record in cls.records:
            for _number in range(cls.rng.randint(0, 2)):
                cls.env["backorder.communication"].create(
                    {
                        "backorder_id": record.id,
                        "method": cls.rng.choice(["phone", "email"]),
                        "summary": "x",
                    }
                )
        log = cls.env["backorder.expedite"]
        for _number in range(5):
            log._log(
                "x",
                cls.env["sale.backorder"].concat(*cls.rng.sample(list(cls.records), 3)),
                cls.env.user,
            )
        cls.env.flush_all()
        cls.env.invalidate_all()

    @classmethod
    def _bring_rest(cls, record):
        """A half of it, then the rest."""
        order = record.sale_order_id
        for share in (0.5, 1.0):
            for line in record.line_ids.filtered("qty_short"):
                quantity = ceil(line.qty_short * share)
                cls._stock(line.product_id, quantity, order.warehouse_id.lot_stock_id)
            order.picking_ids.action_assign()
            for picking in cls._get_open_pickings(order):
                if any(picking.move_ids.mapped("quantity")):
                    cls._ship(picking)
            cls.env["backorder.tracker"]._drain()

    def _naive(self, record):
        order = record.sale_order_id
        pickings = order.order_line.move_ids.filtered(
            lambda m: m.state == "done" and m.location_dest_id.usage == "customer"
        ).picking_id
        left = sorted((max(p.move_ids.filtered("quantity").mapped("date")), p.id) for p in pickings)
        extra = [
            moment
            for moment, _picking in left[1:]
            if moment >= record.date_open
            and (not record.date_closed or moment <= record.date_closed)
        ]
        calls = record.communication_ids.filtered(lambda x: x.method == "phone")
        shares = self.env["backorder.expedite"].search([("backorder_id", "=", record.id)])
        company = record.company_id
        return (
            len(extra) * company.backorder_cost_shipment
            + len(calls) * company.backorder_cost_call
            + sum(shares.mapped("share")) * company.backorder_cost_expedite
        ), len(extra)

    def test_all(self):
        home = self.env.company.currency_id
        total, several = 0.0, 0
        for record in self.records:
            wanted, extra = self._naive(record)
            several += extra > 0
            self.assertAlmostEqual(record.cost, record.company_currency_id.round(wanted))
            value = record.company_currency_id._convert(
                wanted, home, self.env.company, fields.Date.today(), round=False
            )
            rows = self.env["backorder.report"].search([("backorder_id", "=", record.id)])
            self.assertAlmostEqual(sum(rows.mapped("cost")), value, places=4)
            total += value
        self.assertGreater(several, 0)
        self.assertGreater(len(self.records.company_id), 1)
        [[found]] = self.env["backorder.report"]._read_group(
            [("backorder_id", "in", self.records.ids)], [], ["cost:sum"]
        )
        self.assertAlmostEqual(found, total, places=3)

    def test_queries(self):
        """As many for all as for one."""
        counts = []
        for records in (self.records[:1], self.records):
            self.env.flush_all()
            before = self.cr.sql_log_count
            records._read_costs()
            counts.append(self.cr.sql_log_count - before)
        self.assertEqual(counts, [1, 1])


@tagged("post_install", "-at_install")
class TestSegments(ReportCase):
    """Orders of three tiers: 1 of 2 of key customers were short, 1 of 1 of preferred ones, 0 of 3
    of those without a tier."""

    def test_rate_by_tier(self):
        self._stock(self.desk, 100, self.west.lot_stock_id)
        key, preferred = (
            self.env["res.partner"].create({"name": name, "is_company": True, "backorder_tier": t})
            for name, t in (("Key", "1"), ("Preferred", "2"))
        )
        contact = self.env["res.partner"].create({"name": "Contact", "parent_id": key.id})
        team, south = self.env["crm.team"].create([{"name": "North"}, {"name": "South"}])
        orders = self.env["sale.order"].concat(
            self._order(self.west, [(self.desk, 1, 5.0)], partner_id=key.id, team_id=south.id),
            self._order(
                self.west, [(self.products[0], 2, 5.0)], partner_id=contact.id, team_id=south.id
            ),
            self._order(
                self.west, [(self.products[1], 2, 5.0)], partner_id=preferred.id, team_id=team.id
            ),
            *(
                self._order(self.west, [(self.desk, 1, 5.0)], team_id=south.id)
                for _number in range(3)
            ),
        )
        self.env["backorder.tracker"]._drain()
        self.env.flush_all()
        report, domain = self.env["backorder.rate.report"], [("order_id", "in", orders.ids)]
        rows = report._read_group(domain, ["tier"], ["order_id:count_distinct", "rate_orders:avg"])
        self.assertEqual(rows, [("1", 2, 0.5), ("2", 1, 1.0), ("3", 3, 0.0)])
        rows = report._read_group(domain, ["commercial_partner_id"], ["rate_orders:avg"])
        self.assertEqual(dict(rows), {key: 0.5, preferred: 1.0, self.customer: 0.0})
        others = {
            "product_categ_id": {
                self.desk.categ_id: 0.0,
                self.categories[0]: 1.0,
                self.categories[1]: 1.0,
            },
            "warehouse_id": {self.west: 2 / 6},
            "team_id": {team: 1.0, south: 1 / 5},
        }
        for name, wanted in others.items():
            with self.subTest(group=name):
                self.assertEqual(
                    dict(report._read_group(domain, [name], ["rate_orders:avg"])), wanted
                )
        rows = self.env["backorder.report"]._read_group(
            [("sale_order_id", "in", orders.ids)], ["tier"], ["qty_backordered:sum"]
        )
        self.assertEqual(rows, [("1", 2.0), ("2", 2.0)])


@tagged("post_install", "-at_install")
class TestForeignMoney(ReportCase):
    """100.0 pounds at the rate of the order's date, 2 for one of ours: 50.0; rates changed since to
    4. Half is due at once, half after 30 days."""

    def test_expected_payments(self):
        term = self.env["account.payment.term"].create(
            {
                "name": "Half and half",
                "line_ids": [
                    Command.clear(),
                    Command.create({"value": "percent", "value_amount": 50, "nb_days": 0}),
                    Command.create({"value": "percent", "value_amount": 50, "nb_days": 30}),
                ],
            }
        )
        company = self.env["res.company"].create(
            {"name": "Alone", "currency_id": self.home.id, "backorder_creation": "confirmation"}
        )
        self.env.user.company_ids |= company
        self.env = self.env(context={"allowed_company_ids": company.ids})
        warehouse = self.env["stock.warehouse"].search([("company_id", "=", company.id)], limit=1)
        order = self._order(
            warehouse, [(self.desk, 10, 10.0)], currency=self.foreign, payment_term_id=term.id
        )
        self._date_order(order, "2020-06-01 12:00:00")
        self.env["backorder.tracker"]._drain()
        today = fields.Date.context_today(self.env.user)
        line = order.backorder_ids.line_ids
        for name in ("expected_date", "expected_date_p50"):
            self._date_back(line, **{name: today + timedelta(days=10)})
        self.assertEqual((line.amount_open, order.currency_rate), (100.0, 2.0))
        seller = new_test_user(
            self.env,
            "foreign_seller",
            groups="sales_team.group_sale_salesman_all_leads",
            company_id=company.id,
            company_ids=[Command.set(company.ids)],
        )
        model = self.env["backorder.money.week"].with_user(seller)
        rows = model.search(model.action_open()["domain"])
        self.assertEqual(set(rows.currency_id), {self.home})
        found = {
            row.date_start: (row.revenue, row.cash)
            for row in rows
            if row.kind == "week" and (row.revenue or row.cash)
        }
        first, second = (self._monday(today + timedelta(days=days)) for days in (10, 40))
        self.assertEqual(found, {first: (50.0, 25.0), second: (0.0, 25.0)})
        risk = self.env["backorder.money.risk"].with_user(seller)
        [row] = risk.search([*risk.action_open()["domain"], ("open_count", ">", 0)])
        self.assertEqual((row.value_open, row.currency_id), (50.0, self.home))

    def _monday(self, day):
        return day - timedelta(days=day.weekday())

"""Causes that rules find in the database: one scenario for each, and the demand of generated
orders against a count by hand."""

from collections import defaultdict
from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged
from odoo.tools import SQL

from .common import BackorderCommon
from .report_case import ReportCase


class CauseCase(BackorderCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.warehouse.partner_id.tz = "UTC"
        cls.lines = cls.env["sale.backorder.line"]
        cls.now = fields.Datetime.now()
        cls.by_code = {
            code: cls.env.ref(f"backorder_management.cause_{code}")
            for code in ("vendor_late", "demand_spike", "record_error", "reorder_low", "customer")
        }

    def _owe(self, quantity=10, days=0, product=None, **values):
        """Opened so many days ago."""
        order = self._sell((product or self.desk, quantity), **values)
        self.env["backorder.tracker"]._drain()
        if days:
            moment = self.now - timedelta(days=days)
            order.date_order = moment
            self._date_back(order.backorder_ids, "date_open", moment)
            self._date_back(order.backorder_ids.line_ids, "date_open", moment)
        return order.backorder_ids.line_ids

    def _date_back(self, records, name, moment):
        records.env.flush_all()
        records.env.cr.execute(
            SQL(
                "UPDATE %s SET %s = %s WHERE id IN %s",
                SQL.identifier(records._table),
                SQL.identifier(name),
                moment,
                tuple(records.ids),
            )
        )
        records.invalidate_recordset([name])

    def _find(self, due=False):
        self.env["backorder.tracker"]._drain()
        with patch.object(self.registry["ir.cron"], "_commit_progress", lambda *_a, **_k: 1):
            self.lines.sudo()._find_causes(due)

    def _announce(self, quantity, first, planned=None, ordered=None):
        """A receipt that was promised for one day, and is planned for another."""
        picking = self._receive(self.desk, quantity, done=False)
        move = picking.move_ids
        moment = self.now + timedelta(days=first)
        move.write({"date": moment, "date_deadline": moment})
        if planned is not None:
            moment = self.now + timedelta(days=planned)
            move.write({"date": moment, "backorder_replanned": True})
        if ordered is not None:
            self._date_back(move, "create_date", self.now - timedelta(days=ordered))
        return picking

    def _sell_weekly(self, quantities, product=None):
        """One order in each week before the last, all of them delivered."""
        for week, quantity in enumerate(quantities, start=1):
            if not quantity:
                continue
            product = product or self.desk
            self._stock(product, quantity)
            order = self._sell((product, quantity))
            self._ship(order.picking_ids)
            order.date_order = self.now - timedelta(days=7 * week + 1)


@tagged("post_install", "-at_install")
class TestCauses(CauseCase):
    def _assert_cause(self, line, code, text=None):
        self._find()
        self.assertEqual(line.cause_id, self.by_code[code] if code else line.cause_id.browse())
        self.assertEqual(line.cause_source, "rule" if code else False)
        if text:
            self.assertEqual(line.cause_evidence, text)

    def _say(self, days):
        return (self.now + timedelta(days=days)).strftime("%b %-d, %Y")

    def test_nothing_is_known(self):
        line = self._owe()
        self._assert_cause(line, None)
        self.assertFalse(line.cause_evidence)
        self.assertFalse(line.backorder_id.cause_evidence)

    def test_vendor_late(self):
        line = self._owe(days=2)
        picking = self._announce(10, first=-5, planned=4)
        name, promised = picking.name, self._say(-5)
        text = f"{name}: promised {promised}, now {self._say(4)}"
        self._assert_cause(line, "vendor_late", text)
        self.assertEqual(line.backorder_id.cause_evidence, f"Vendor late. {text}")

    def test_evidence_follows_the_vendor(self):
        """And the cause stays when the goods have come."""
        line = self._owe(days=2)
        picking = self._announce(4, first=-5, planned=4)
        self._find()
        picking.move_ids.date = self.now + timedelta(days=9)
        text = f"{picking.name}: promised {self._say(-5)}, now {self._say(9)}"
        self._assert_cause(line, "vendor_late", text)
        picking.move_ids.quantity = 4
        picking.move_ids.picked = True
        picking.button_validate()
        text = f"{picking.name}: promised {self._say(-5)}, received {self._say(0)}"
        self._assert_cause(line, "vendor_late", text)

    def test_not_received_yet(self):
        line = self._owe()
        picking = self._announce(10, first=-3)
        text = f"{picking.name}: promised {self._say(-3)}, not received yet"
        self._assert_cause(line, "vendor_late", text)

    def test_vendor_on_time(self):
        line = self._owe()
        self._announce(10, first=6)
        self._assert_cause(line, None)

    def test_late_elsewhere(self):
        """Another warehouse waits for it."""
        line = self._owe()
        other = self.env["stock.warehouse"].create({"name": "North", "code": "NOR"})
        picking = self._announce(10, first=-3)
        picking.move_ids.location_dest_id = other.lot_stock_id
        self._assert_cause(line, None)

    def test_count(self):
        """8 are shown, 12 ordered; a count finds 3 of the 8."""
        self._stock(self.desk, 8)
        line = self._owe(12)
        quant = self.env["stock.quant"]._gather(self.desk, self.stock)
        quant.with_context(inventory_mode=True).inventory_quantity = 3
        quant.action_apply_inventory()
        text = f"A count on {self._say(0)} took 5 Units off the stock"
        self._assert_cause(line, "record_error", text)
        self.assertEqual(line.qty_backordered, 9)

    def test_shipped_short(self):
        self._stock(self.desk, 20)
        order = self._sell((self.desk, 20))
        self._ship(order.picking_ids, {self.desk: 15})
        self.env["backorder.tracker"]._drain()
        line = order.backorder_ids.line_ids
        self._assert_cause(line, "record_error", "Shipped short while the system showed the goods")

    def test_demand_spike(self):
        """8 and 12 by turns: mean 10, limit 10 + 2 x sqrt(16 / 3) = 14.62. 20 now."""
        self._sell_weekly([8, 12, 8, 12])
        line = self._owe(20)
        text = "20 Units ordered in 7 days; 10 in a usual week, seldom more than 14.62"
        self._assert_cause(line, "demand_spike", text)

    def test_no_spike(self):
        self._sell_weekly([8, 12, 8, 12])
        self._assert_cause(self._owe(14), None)

    def test_cancelled_orders_are_no_demand(self):
        self._sell_weekly([8, 12, 8, 12])
        self._sell((self.desk, 30))._action_cancel()
        self._assert_cause(self._owe(14), None)

    def test_components_of_orders_count(self):
        """In dozens: 24 pieces."""
        self._sell_weekly([8, 12, 8, 12])
        order = self._sell((self.desk, 2, self.env.ref("uom.product_uom_dozen")))
        self.env["backorder.tracker"]._drain()
        self._assert_cause(order.backorder_ids.line_ids, "demand_spike")

    def test_reorder_point(self):
        """14 a week, 20 in the 10 days that the vendor takes; ordered again at 15."""
        self._sell_weekly([14, 14, 14, 14])
        self.env["stock.warehouse.orderpoint"].create(
            {
                "product_id": self.desk.id,
                "warehouse_id": self.warehouse.id,
                "location_id": self.stock.id,
                "product_min_qty": 15,
                "product_max_qty": 30,
                "trigger": "manual",
            }
        )
        line = self._owe(14)
        self.assertFalse(self.lines.browse(line.id).cause_id)
        self._assert_cause(line, None)
        self._announce(30, first=5, ordered=5)
        text = "Reordered at 15 Units, but about 20 are sold in the 10 days until more comes"
        self._assert_cause(line, "reorder_low", text)

    # === WHO SAYS IT === #

    def test_a_person_wins(self):
        line = self._owe(days=2)
        line.cause_id = self.by_code["customer"]
        self._announce(10, first=-5)
        self._find()
        self.assertEqual((line.cause_id, line.cause_source), (self.by_code["customer"], "person"))

    def test_a_person_overrules(self):
        line = self._owe(days=2)
        self._announce(10, first=-5)
        self._find()
        seller = new_test_user(
            self.env, "causes", groups="sales_team.group_sale_salesman_all_leads"
        )
        line.with_user(seller).cause_id = self.by_code["customer"]
        self._find()
        self.assertEqual((line.cause_id, line.cause_source), (self.by_code["customer"], "person"))
        self.assertFalse(line.cause_evidence)
        with self.assertRaises(AccessError):
            line.with_user(seller).cause_source = "rule"

    def test_no_cause_is_a_choice(self):
        line = self._owe(days=2)
        self._announce(10, first=-5)
        self._find()
        line.cause_id = False
        self._find()
        self.assertFalse(line.cause_id)

    def test_said_of_the_whole_backorder(self):
        """What is said later counts more than what was found before."""
        line = self._owe(days=2)
        record = line.backorder_id
        self._announce(10, first=-5)
        self._find()
        report = self.env["backorder.report"].search([("line_id", "=", line.id)])
        self.assertEqual(
            (report.cause_id, report.cause_source), (self.by_code["vendor_late"], "rule")
        )
        record.cause_id = self.by_code["customer"]
        self.env.flush_all()
        report.invalidate_recordset()
        self.assertEqual(
            (report.cause_id, report.cause_source), (self.by_code["customer"], "person")
        )
        self.assertFalse(record.cause_evidence)
        second = self._owe(days=1)
        second.backorder_id.cause_id = self.by_code["customer"]
        self._find()
        self.assertFalse(second.cause_id)

    def test_said_when_it_was_opened(self):
        order = self._sell((self.desk, 5))
        order.backorder_ids.sudo().unlink()
        order.create_backorder({order.order_line.id: 5}, cause_id=self.by_code["customer"].id)
        self._announce(10, first=-5)
        self._find()
        line = order.backorder_ids.line_ids
        self.assertEqual((line.cause_id, line.cause_source), (self.by_code["customer"], "person"))

    def test_switched_off(self):
        self.company.backorder_find_causes = False
        self._announce(10, first=-5)
        self._assert_cause(self._owe(days=2), None)

    def test_closed_items_stay(self):
        line = self._owe(days=2)
        line.backorder_id.cancel_open(
            self.env.ref("backorder_management.cancel_reason_other").id, "x"
        )
        self._announce(10, first=-5)
        self._assert_cause(line, None)

    def test_archived_cause(self):
        self.by_code["vendor_late"].active = False
        self._announce(10, first=-5)
        self._assert_cause(self._owe(days=2), None)

    def test_once_a_day(self):
        """What is new is looked at within the hour, everything again on the next day."""
        old = self._owe(days=9)
        self._find(due=True)
        self.assertFalse(old.cause_id)
        self._announce(10, first=-15)
        new = self._owe(days=1)
        self._find(due=True)
        self.assertFalse(old.cause_id)
        self.assertEqual(new.cause_id, self.by_code["vendor_late"])
        (old + new).write({"cause_checked_on": self.now.date() - timedelta(days=1)})
        self._find(due=True)
        self.assertEqual(old.cause_id, self.by_code["vendor_late"])
        self.assertEqual(old.cause_checked_on, self.now.date())

    def test_demand_of_several_steps_counts_once(self):
        """Also while only its first step is there."""
        for steps in ("pick_ship", "pick_pack_ship"):
            self.warehouse.delivery_steps = steps
            self._assert_counted_once()

    def test_demand_of_pulled_steps_counts_once(self):
        self._pull_in_two_steps()
        self._assert_counted_once()

    def _assert_counted_once(self):
        finder = self.env["backorder.cause.finder"].sudo()
        before, later = self._owe(), self._owe(7)
        weeks = [finder._read_facts(x.ids)[x.id].weeks[0] for x in (before, later)]
        self.assertEqual(weeks[0], weeks[1])  # of the same day
        more = self._owe(7)
        self.assertAlmostEqual(finder._read_facts(more.ids)[more.id].weeks[0] - weeks[0], 7)

    def test_customers_are_not_told(self):
        """Before a person says so."""
        self.by_code["vendor_late"].public_text = "Our vendor is late"
        line = self._owe(days=2)
        self._announce(10, first=-5)
        self._find()
        self.assertFalse(line._get_told_cause())
        line.cause_id = self.by_code["vendor_late"]
        self.assertEqual(line._get_told_cause().public_text, "Our vendor is late")

    def test_queries(self):
        """As many for thirty items as for three."""
        self._announce(10, first=-5)
        lines = self.lines.concat(*(self._owe(1) for _number in range(30)))
        finder = self.env["backorder.cause.finder"].sudo()
        counts = []
        for some in (lines[:3], lines):
            self.env.flush_all()
            before = self.cr.sql_log_count
            finder._read_facts(some.ids)
            counts.append(self.cr.sql_log_count - before)
        self.assertEqual(counts[0], counts[1])
        self.assertLessEqual(counts[1], 6)


@tagged("post_install", "-at_install")
class TestDemandGenerated(ReportCase):
    """What was ordered in each week, in two companies, units and time zones."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._generate(40)
        now = fields.Datetime.now()
        orders = (
            cls.env["sale.order.line"].search([("product_id", "in", cls.products.ids)]).order_id
        )
        for order in orders:
            cls._date_order(order, now - timedelta(hours=cls.rng.randint(0, 100 * 24)))

    def test_weeks(self):
        items = self.env["sale.backorder.line"].search([("product_id", "in", self.products.ids)])
        self.assertGreater(len(items), 20)
        facts = self.env["backorder.cause.finder"].sudo()._read_facts(items.ids)
        sold = self._get_sold()
        several = 0
        for item in items:
            opened = self._day(item.date_open, item)
            self.assertEqual(facts[item.id].opened, opened)
            wanted = [0.0] * 13
            for day, quantity in sold[item.product_id, item.warehouse_id]:
                days = (opened - day).days
                if 0 <= days < 91:
                    wanted[days // 7] += quantity
            found = list(facts[item.id].weeks) or [0.0] * 13
            several += sum(map(bool, found)) > 3
            for week, (one, two) in enumerate(zip(found, wanted, strict=True)):
                self.assertAlmostEqual(one, two, msg=f"{item.display_name}, week {week}")
        self.assertGreater(several, 5)

    def _get_sold(self):
        """From the transfers, one order line at a time."""
        sold = defaultdict(list)
        for line in self.env["sale.order.line"].search([("product_id", "in", self.products.ids)]):
            order = line.order_id
            moves = line.move_ids.filtered(
                lambda m: m.state != "cancel" and m.location_dest_id.usage == "customer"
            )
            quantity = sum(
                m.product_uom._compute_quantity(m.product_uom_qty, line.product_id.uom_id)
                for m in moves
            )
            if order.state == "sale":
                day = self._day(order.date_order, order)
                sold[line.product_id, order.warehouse_id].append((day, quantity))
        return sold

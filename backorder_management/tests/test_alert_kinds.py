"""Each cause of an alert, on the day before it holds and on the day itself."""

from datetime import date, datetime, timedelta

from odoo import Command
from odoo.tests import tagged

from .alert_case import AlertCase


@tagged("post_install", "-at_install")
class TestAlertKinds(AlertCase):
    def _assert_from(self, rule, record, days):
        """The rule finds the record after so many days, and not before."""
        self._wait(days - 1)
        self.assertFalse(self._found(rule))
        self._wait(1)
        self.assertEqual(self._found(rule), record)

    def _text(self, rule):
        self._run(rule)
        return rule.alert_ids.summary

    def test_age(self):
        rule = self._rule("age", days=4)
        self._assert_from(rule, self._owe(), 4)
        self.assertEqual(self._text(rule), "Open for 4 days")

    def test_age_where_the_goods_are(self):
        """Opened at 11:30 in Auckland, which is 22:30 of the day before in UTC."""
        self.warehouse.partner_id.tz = "Pacific/Auckland"
        record, rule = self._owe(), self._rule("age", days=2)
        record.date_open = datetime(2031, 3, 1, 22, 30)  # there: 2 March
        self.clock.move_to(datetime(2031, 3, 3, 10, 59))  # there: 3 March, 23:59
        self.assertFalse(self._found(rule))
        self.clock.move_to(datetime(2031, 3, 3, 11, 1))
        self.assertEqual(self._found(rule), record)

    def test_overdue(self):
        """Promised for Tuesday: overdue by two days on Thursday."""
        record = self._owe(commitment_date="2031-03-04 12:00:00")
        rule = self._rule("overdue", days=2)
        self._assert_from(rule, record, 3)
        self.assertEqual(self._text(rule), "Overdue by 2 days")

    def test_slips(self):
        """The expected date moved past the promised one, or was lost. A new date for the customer
        is no slip, nor is an earlier one; what is expected anew before he knows is the same slip.
        The analysis counts the same."""
        record = self._owe(commitment_date="2031-03-04 12:00:00")
        line, changes = record.line_ids, self.env["backorder.date.change"]
        rules = [self._rule("slips", slips=n) for n in (1, 2, 3)]
        march = self._day
        steps = (
            (0, lambda: record.reschedule(march(10))),
            (0, lambda: changes._note([(line.id, march(9), march(5))])),
            (1, lambda: changes._note([(line.id, march(5), march(12))])),
            (1, lambda: changes._note([(line.id, march(12), march(15))])),
            (1, lambda: record.reschedule(march(15))),
            (2, lambda: changes._note([(line.id, march(15), march(20))])),
            (2, lambda: changes._note([(line.id, march(20), march(15))])),
            (3, lambda: changes._note([(line.id, march(15), False)])),
        )
        for step, (count, happen) in enumerate(steps):
            with self.subTest(step=step):
                happen()
                found = [bool(self._found(rule)) for rule in rules]
                self.assertEqual(found, [count >= n for n in (1, 2, 3)])
                self.env.invalidate_all()
                row = self.env["backorder.report"].search([("line_id", "=", line.id)])
                self.assertEqual(row.slip_count, count)
                self.assertEqual(record._read_outreach(record.ids)[0]["situation"].slips, count)
        self.assertEqual(self._text(rules[2]), "The promised date slipped 3 times or more")

    def test_contact(self):
        """Three days after the last word; before the first, since it was opened."""
        record, rule = self._owe(days=1), self._rule("contact", days=3)
        self._assert_from(rule, record, 2)
        self.env["backorder.communication"].create(
            {"backorder_id": record.id, "summary": "Spoke", "date": datetime.now()}
        )
        self._assert_from(rule, record, 3)

    def test_no_supply(self):
        """An estimate is no supply; a receipt is."""
        record, rule = self._owe(), self._rule("supply", days=1)
        self._assert_from(rule, record, 1)
        self.assertEqual(self._text(rule), "Nothing is on its way for some of it")
        self._receive(self.desk, 4, done=False)
        self.env["backorder.dates"]._refresh(record.line_ids.ids)
        self.assertFalse(self._found(rule))

    def test_value(self):
        record = self._owe(5)
        self.assertEqual(self._found(self._rule("value", amount=50.0)), record)
        rule = self._rule("value", amount=50.0)
        self.assertNotIn("50", self._text(rule))
        self.assertFalse(self._found(self._rule("value", amount=50.01)))

    def test_a_new_date_without_an_answer(self):
        """Told on Monday; he decides on Wednesday. Told again, he agreed to the date himself."""
        record = self._owe(commitment_date="2031-03-04 12:00:00")
        rule = self._rule("unaccepted", days=2)
        self._wait(2)
        self.assertFalse(self._found(rule))  # the date of the order is what he wanted
        record.reschedule(date(2031, 3, 10))
        self._assert_from(rule, record, 2)
        log = self.env["backorder.communication"]
        row = log.create({"backorder_id": record.id, "summary": "Hm", "date": datetime.now()})
        self.assertEqual(self._found(rule), record)
        row.decision = "wait"
        self.assertFalse(self._found(rule))
        self._wait(1)
        log.create(
            {
                "backorder_id": record.id,
                "summary": "Friday then",
                "decision": "new_date",
                "agreed_date": date(2031, 3, 14),
                "date": datetime.now() - timedelta(hours=1),
            }
        )
        self.assertEqual(record.promised_date, date(2031, 3, 14))
        self._wait(5)
        self.assertFalse(self._found(rule))

    def test_ready_and_not_shipped(self):
        record, rule = self._owe(), self._rule("ready", days=2)
        self._wait(1)
        self._receive(self.desk, 4)
        self.assertEqual(record.state, "ready")
        self._assert_from(rule, record, 2)
        self.assertEqual(self._text(rule), "Ready and not shipped for 2 days")
        record.fulfil(validate=True)
        self._run(rule)
        self.assertEqual(rule.alert_ids.state, "closed")
        self.assertFalse(record.activity_ids)

    def test_stock_in_doubt(self):
        """Four there, one shipped: in doubt since then, until somebody says that it is there."""
        self._stock(self.desk, 4)
        order = self._sell((self.desk, 4), user_id=self.seller.id)
        rule = self._rule("count", days=2)
        self._ship(self._get_open_pickings(order), {self.desk: 1})
        record = order.backorder_ids
        self.assertTrue(record.check_stock)
        self.assertEqual(record.line_ids.check_stock_date, datetime.now())
        self._assert_from(rule, record, 2)
        record.action_stock_found()
        self.assertFalse(self._found(rule))

    def test_stuck_make_to_order(self):
        """Bought to order, nothing ordered: stuck after two days. With a receipt it is late two
        days after the day of that receipt."""
        self.warehouse.mto_pull_id.route_id.active = True
        supply = self.env["stock.warehouse"].create({"name": "Far", "code": "FAR"})
        self.warehouse.resupply_wh_ids = supply
        routes = self.warehouse.mto_pull_id.route_id | self.warehouse.resupply_route_ids
        product = self._create_product("Made", route_ids=[Command.set(routes.ids)])
        order = self._sell((product, 3), user_id=self.seller.id)
        record = order.backorder_ids or order.create_backorder({order.order_line.id: 3})
        move = order.order_line.move_ids.filtered(
            lambda m: m.procure_method == "make_to_order" and m.product_id == product
        )
        self.assertTrue(move.move_orig_ids)
        incoming = move.move_orig_ids.filtered(lambda m: m.state not in ("done", "cancel"))
        incoming.date = datetime(2031, 3, 5, 12)
        incoming.sale_line_id = False
        rule = self._rule("mto", days=2)
        self._assert_from(rule, record, 4)
        incoming.date = datetime(2031, 3, 20, 12)
        self.assertFalse(self._found(rule))
        move.move_orig_ids = False
        self.assertEqual(self._found(rule), record)
        self.assertEqual(self._text(rule), "What was ordered for it is missing or late")


@tagged("post_install", "-at_install")
class TestShortageAhead(AlertCase):
    def setUp(self):
        super().setUp()
        self.category = self.env["product.category"].create({"name": "Lamps"})
        self.lamp = self._create_product("Lamp", categ_id=self.category.id)

    def _find(self, days):
        rule = self._rule("shortage", days=days, product_categ_ids=[Command.set(self.category.ids)])
        self.env["backorder.tracker"]._drain()
        return {
            (row["product_id"], row["warehouse_id"]): float(row["number"])
            for row in rule._read_causes(self.company)
        }

    def _sell_for(self, quantity, day, **values):
        order = self._sell(
            (self.lamp, quantity), commitment_date=f"2031-03-{day:02} 12:00:00", **values
        )
        order.picking_ids.move_ids.date = datetime(2031, 3, day, 12)
        return order

    def test_numbers(self):
        """10 there. 6 go out on the 5th, 7 on the 8th; 2 come on the 7th and 5 on the 12th. Day by
        day 4, 6, -1 and 4: one is short from the 8th on, though the 12th makes up for it."""
        self._stock(self.lamp, 10)
        self._sell_for(6, 5)
        self._sell_for(7, 8)
        for quantity, day in ((2, 7), (5, 12)):
            receipt = self._receive(self.lamp, quantity, done=False)
            receipt.move_ids.date = datetime(2031, 3, day, 12)
        pool = (self.lamp.id, self.warehouse.id)
        for days, expected in ((3, {}), (7, {pool: 1.0}), (10, {pool: 1.0})):
            with self.subTest(days=days):
                self.assertEqual(self._find(days), expected)

    def test_goods_of_the_same_day(self):
        """What comes in the evening serves the morning, by the days of the warehouse: in Auckland
        (+13) 13:00 UTC is the next day."""
        self.warehouse.partner_id.tz = "Pacific/Auckland"
        self._sell_for(3, 8)  # 12:00 UTC: the 9th at 1:00
        receipt = self._receive(self.lamp, 3, done=False)
        for moment, expected in (
            (datetime(2031, 3, 9, 10, 59), {}),  # the 9th at 23:59
            (datetime(2031, 3, 9, 11, 1), {(self.lamp.id, self.warehouse.id): 3.0}),
            (datetime(2031, 3, 1), {}),  # late: may come today
        ):
            receipt.move_ids.date = moment
            with self.subTest(moment=moment):
                self.assertEqual(self._find(10), expected)

    def test_alert_of_a_product(self):
        """The buyer is told once for the product, with the customers whose goods are missing."""
        other = self.env["res.partner"].create({"name": "Miller"})
        self._stock(self.lamp, 4)
        self._sell_for(4, 5)
        self._sell_for(3, 6, partner_id=other.id)
        self.lamp.responsible_id = self.leader
        rule = self._rule(
            "shortage",
            days=5,
            responsible="buyer",
            product_categ_ids=[Command.set(self.category.ids)],
        )
        for _again in range(2):
            self._run(rule)
            alert = rule.alert_ids
            self.assertEqual(alert.product_id, self.lamp)
            self.assertEqual(alert.customer_ids, other)
            self.assertEqual(alert.summary, "3 short within 5 days")
            activity = self.lamp.activity_ids
            self.assertEqual((activity.user_id, len(activity)), (self.leader, 1))
            self.assertIn("Miller", activity.note)
        self.assertFalse(alert.with_user(self.seller).search([("rule_id", "=", rule.id)]))
        self._receive(self.lamp, 3)
        self._run(rule)
        self.assertEqual(alert.state, "closed")
        self.assertFalse(self.lamp.activity_ids)

    def test_two_steps(self):
        """Picked goods at the output are still owed; the steps are one demand, not two."""
        self.warehouse.delivery_steps = "pick_ship"
        self._stock(self.lamp, 4)
        order = self._sell_for(6, 5)
        pool = (self.lamp.id, self.warehouse.id)
        self.assertEqual(self._find(5), {pool: 2.0})
        pick = self._get_open_pickings(order).filtered(lambda p: p.state == "assigned")
        self._ship(pick)
        self.env.flush_all()
        self._get_open_pickings(order).move_ids.date = datetime(2031, 3, 5, 12)
        self.assertEqual(self._find(5), {pool: 2.0})

"""One alert for each rule and backorder: raised, done, gone, back, escalated."""

from datetime import datetime
from unittest.mock import patch

from psycopg2 import IntegrityError

from odoo import Command
from odoo.exceptions import AccessError, ValidationError
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from .alert_case import AlertCase

RUN = "odoo.addons.backorder_management.models.alerts.backorder_alert_run"


@tagged("post_install", "-at_install")
class TestAlerts(AlertCase):
    def test_raised_once(self):
        """Ten days old on Monday; a second run writes nothing at all."""
        record, fresh = self._owe(days=10), self._owe(days=9)
        rule = self._rule(days=10)
        self._run(rule)
        alert = rule.alert_ids
        self.assertEqual((alert.backorder_id, alert.state), (record, "open"))
        self.assertEqual(alert.summary, "Open for 10 days")
        self.assertEqual(self._activities(record), [(self.seller, self._day(3))])
        self.assertFalse(fresh.activity_ids)
        self.assertEqual(record.search([("alert_ids.state", "=", "open")]), record)
        self.assertEqual(record.alert_count, 1)
        before = self._get_traces(record)
        self._wait(0.1)
        self._run(rule)
        self.assertEqual(self._get_traces(record), before)

    def _get_traces(self, record):
        """What a run could have written."""
        self.env.flush_all()
        self.env.cr.execute(
            """
            SELECT (SELECT ARRAY_AGG((id, write_date) ORDER BY id) FROM backorder_alert),
                   (SELECT ARRAY_AGG((id, write_date) ORDER BY id) FROM backorder_alert_rule),
                   (SELECT ARRAY_AGG((id, write_date) ORDER BY id) FROM mail_activity),
                   (SELECT write_date FROM sale_backorder WHERE id = %s),
                   (SELECT MAX(id) FROM mail_message), (SELECT MAX(id) FROM mail_followers)
            """,
            [record.id],
        )
        return self.env.cr.fetchall()

    def test_one_for_each_rule_and_backorder(self):
        record, rule = self._owe(days=10), self._rule(days=10)
        self._run(rule)
        row = {
            "rule_id": rule.id,
            "backorder_id": record.id,
            "company_id": self.company.id,
            "state": "acknowledged",
        }
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError), self.cr.savepoint():
            rule.alert_ids.create(row)
        rule.alert_ids.create({**row, "state": "closed"})

    def test_gone_and_back(self):
        """A contact ends the alert and its activity; silence brings a new one."""
        record, rule = self._owe(days=10), self._rule("contact", days=5)
        self._run(rule)
        first, activity = rule.alert_ids, record.activity_ids
        self.env["backorder.communication"].create(
            {"backorder_id": record.id, "summary": "Spoke", "date": datetime.now()}
        )
        self._run(rule)
        self.assertEqual((first.state, first.date_closed), ("closed", datetime.now()))
        self.assertFalse(activity.active)
        self.assertEqual(activity.feedback, "What caused the alert is gone.")
        self.assertFalse(record.activity_ids)
        self._wait(4)  # Friday
        self._run(rule)
        self.assertFalse(self._live(rule))
        self._wait(3)  # Monday, a week later
        self._run(rule)
        self.assertEqual(self._live(rule).summary, "No contact with the customer for 7 days")
        self.assertEqual(self._activities(record), [(self.seller, self._day(10))])

    def test_done_is_not_asked_again(self):
        """Done: quiet while the cause lasts. Gone and back: told anew."""
        record, rule = self._owe(days=10), self._rule(days=10)
        self._run(rule)
        record.activity_ids.with_user(self.seller).action_feedback(feedback="He waits")
        alert = rule.alert_ids
        self.assertEqual((alert.state, alert.feedback), ("acknowledged", "He waits"))
        self.assertEqual(alert.acknowledged_by_id, self.seller)
        self._wait(7)
        self._run(rule)
        self.assertFalse(record.activity_ids)
        rule.days = 100
        self._run(rule)
        self.assertEqual(alert.state, "closed")
        rule.days = 10
        self._run(rule)
        self.assertEqual(len(rule.alert_ids), 2)
        self.assertEqual(len(self._activities(record)), 1)

    def test_taken_away_is_an_answer(self):
        record, rule = self._owe(days=10), self._rule(days=10)
        self._run(rule)
        record.activity_ids.with_user(self.seller).unlink()
        self.assertEqual(rule.alert_ids.state, "acknowledged")
        self._run(rule)
        self.assertFalse(record.activity_ids)

    def test_button(self):
        record, rule = self._owe(days=10), self._rule(days=10)
        self._run(rule)
        rule.alert_ids.with_user(self.seller).action_acknowledge()
        self.assertEqual(rule.alert_ids.state, "acknowledged")
        self.assertEqual(rule.alert_ids.acknowledged_by_id, self.seller)
        self.assertFalse(record.activity_ids)

    def test_repeat(self):
        """Done on Monday, again after 7 days: the Monday after."""
        record, rule = self._owe(days=10), self._rule(days=10, repeat_days=7)
        self._run(rule)
        record.activity_ids.action_done()
        for days, count in ((4, 0), (3, 1), (0, 1)):
            self._wait(days)
            self._run(rule)
            self.assertEqual(len(self._activities(record)), count)
        self.assertEqual(rule.alert_ids.state, "open")

    # === DAYS === #

    def test_quiet_days(self):
        """Saturday and a holiday on Monday: told on Tuesday. Closed on any day."""
        record, rule = self._owe(days=6), self._rule(days=10, deadline_days=1)
        self.env["resource.calendar.leaves"].create(
            {
                "name": "Holiday",
                "calendar_id": self.company.resource_calendar_id.id,
                "company_id": self.company.id,
                "date_from": datetime(2031, 3, 10),
                "date_to": datetime(2031, 3, 10, 23, 59),
            }
        )
        for days in (5, 2):  # Saturday, Monday
            self._wait(days)
            self.assertEqual(self._found(rule), record)
            self._run(rule)
            self.assertFalse(rule.alert_ids)
        self._wait(1)
        self._run(rule)
        self.assertEqual(self._activities(record), [(self.seller, self._day(12))])
        self._wait(4)  # Saturday
        rule.days = 100
        self._run(rule)
        self.assertEqual(rule.alert_ids.state, "closed")

    def test_escalation(self):
        """Told on Friday, not done after two working days, Monday and Tuesday."""
        record = self._owe(days=10)
        rule = self._rule(days=10, escalation_days=2)
        self._wait(4)
        self._run(rule)
        self._wait(3)
        self._run(rule)
        self.assertEqual(self._activities(record), [(self.seller, self._day(7))])
        self._wait(1)
        for _again in range(2):
            self._run(rule)
            self.assertEqual(
                self._activities(record),
                [(self.seller, self._day(7)), (self.leader, self._day(11))],
            )
        alert = rule.alert_ids
        self.assertEqual(alert.escalation_user_id, self.leader)
        self.assertEqual(
            record.activity_ids.sorted("id")[1].summary,
            f"Not done by {self.seller.name}: Open for 14 days",
        )
        record.activity_ids.sorted("id")[1].with_user(self.leader).action_feedback(feedback="Mine")
        self.assertEqual(alert.state, "acknowledged")
        self.assertFalse(record.activity_ids)

    def test_nobody_above(self):
        """The team leader is told himself: there is nobody to escalate to."""
        record = self._owe(days=10, user_id=self.leader.id)
        rule = self._rule(days=10, escalation_days=1)
        self._run(rule)
        self._wait(1)
        self._run(rule)
        self.assertEqual(self._activities(record), [(self.leader, self._day(3))])
        self.assertTrue(rule.alert_ids.date_escalated)

    def test_the_leader_is_told_already(self):
        """Then the person who is named for it is told, and only where there is one."""
        record = self._owe(days=10)
        boss = new_test_user(self.env, "alert_boss", groups="sales_team.group_sale_manager")
        rule = self._rule(
            days=10, responsible="team", escalation_days=1, escalation_user_id=boss.id
        )
        self._run(rule)
        self._wait(1)
        self._run(rule)
        self.assertEqual(rule.alert_ids.escalation_user_id, boss)
        self.assertEqual(
            self._activities(record), [(self.leader, self._day(3)), (boss, self._day(4))]
        )
        self.assertEqual(
            record.activity_ids.sorted("id")[1].summary,
            f"Not done by {self.leader.name}: Open for 10 days",
        )

    # === WHO === #

    def test_people(self):
        record = self._owe(days=10)
        self.desk.responsible_id = self.leader
        named = self.env.ref("base.user_admin")
        for choice, values, person in (
            ("salesperson", {}, self.seller),
            ("buyer", {}, self.leader),
            ("team", {}, self.leader),
            ("user", {"user_id": named.id}, named),
        ):
            with self.subTest(choice=choice):
                rule = self._rule(days=10, responsible=choice, **values)
                self._run(rule)
                self.assertEqual(rule.alert_ids.user_id, person)
        self.desk.responsible_id = False
        rule = self._rule(days=10, responsible="buyer", user_id=named.id)
        self.assertEqual(rule._find_people("buyer", named, record), {record: named})
        self.seller.active = False
        nobody = named.browse()
        self.assertEqual(rule._find_people("salesperson", nobody, record), {record: self.leader})
        with self.assertRaises(ValidationError):
            self._rule(responsible="user")

    def test_priority_and_cancellation(self):
        record = self._owe(days=10)
        rule = self._rule(days=10, raise_priority=True, propose_cancel=True)
        self._run(rule)
        self.assertEqual(record.priority, "1")
        self.assertIn("Desk<br>Ask the customer", record.activity_ids.note)
        self.assertIn("Priority raised", record.message_ids[0].body)

    # === RULES === #

    def test_conditions(self):
        """Customer tier, category with those below it, warehouse, open value."""
        parent = self.env["product.category"].create({"name": "Wood"})
        child = self.env["product.category"].create({"name": "Oak", "parent_id": parent.id})
        oak = self._create_product("Table", categ_id=child.id)
        key = self.env["res.partner"].create({"name": "Key", "is_company": True})
        key.backorder_tier = "1"
        person = self.env["res.partner"].create({"name": "Ann", "parent_id": key.id})
        other = self.env["stock.warehouse"].create({"name": "Other", "code": "OTH"})
        other.partner_id.tz = "UTC"
        plain = self._owe(4, days=10)
        mine = self._owe(5, days=10, partner_id=person.id)
        wooden = self._owe(6, oak, days=10)
        far = self._owe(7, days=10, warehouse_id=other.id)
        for values, records in (
            ({}, plain | mine | wooden | far),
            ({"tier": "1"}, mine),
            ({"tier": "2"}, mine),
            ({"tier": "3"}, plain | wooden | far),
            ({"product_categ_ids": [Command.set(parent.ids)]}, wooden),
            ({"warehouse_ids": [Command.set(other.ids)]}, far),
            ({"amount_minimum": 60.0}, wooden | far),
        ):
            with self.subTest(values=values):
                self.assertEqual(self._found(self._rule(days=10, **values)), records)

    def test_value_in_another_currency(self):
        """100 of a currency of which two are worth one: 50."""
        currency = self.env["res.currency"].create({"name": "XTW", "symbol": "X"})
        self.env["res.currency.rate"].create(
            {"currency_id": currency.id, "rate": 2.0, "name": "2031-01-01"}
        )
        pricelist = self.env["product.pricelist"].create(
            {"name": "Foreign", "currency_id": currency.id}
        )
        record = self._owe(5, pricelist_id=pricelist.id)
        record.sale_order_id.order_line.price_unit = 20.0
        self.assertEqual(record.amount_open, 100.0)
        self.assertEqual(self._found(self._rule("value", amount=50.0)), record)
        self.assertFalse(self._found(self._rule("value", amount=50.01)))

    def test_unreleased_are_quiet(self):
        record = self._owe(days=10)
        record.released = False
        self.assertFalse(self._found(self._rule(days=10)))

    def test_switched_off(self):
        record, rule = self._owe(days=10), self._rule(days=10)
        self._run(rule)
        rule.active = False
        self.assertEqual(rule.alert_ids.state, "closed")
        self.assertFalse(record.activity_ids)
        other = self._rule(days=10)
        self._run(other)
        other.unlink()
        self.assertFalse(record.activity_ids)

    def test_shipped_rules_are_off(self):
        rules = self.env["backorder.alert.rule"].with_context(active_test=False).search([])
        self.assertEqual(len(set(rules.mapped("kind"))), 11)
        self.assertFalse(rules.filtered("active"))

    def test_in_words(self):
        rule = self._rule(days=10, tier="1", escalation_days=2, raise_priority=True)
        self.assertEqual(
            rule.sentence,
            "A backorder has been open for 10 days or more (Key customers). Activity for the "
            "salesperson, due the same day. Not done for 2 working days: also for the team leader. "
            "The backorder gets a star.",
        )

    # === THE RUN === #

    def test_a_failing_rule_stops_no_other(self):
        record = self._owe(days=10)
        broken, rule = self._rule("overdue", sequence=1), self._rule(days=10, sequence=2)
        owner = type(rule)
        with (
            patch.object(owner, "_get_overdue_cause", side_effect=ValueError("broken")),
            mute_logger(RUN),
            self.enter_registry_test_mode(),
        ):
            self.env.ref("backorder_management.ir_cron_alerts").method_direct_trigger()
        self.assertEqual(broken.last_error, "broken")
        self.assertEqual(rule.alert_ids.backorder_id, record)
        self._run(broken)
        with self.enter_registry_test_mode():
            self.env.ref("backorder_management.ir_cron_alerts").method_direct_trigger()
        self.assertFalse(broken.last_error)

    def test_goes_on_where_it_stopped(self):
        """Five alerts in batches of two; the time is over after the first."""
        records = [self._owe(days=10) for _n in range(5)]
        rule = self._rule(days=10)
        with patch(f"{RUN}.BATCH", 2):
            left = iter((1, 0))
            self.assertFalse(rule._run(self.company, lambda: next(left)))
            self.assertEqual(len(rule.alert_ids), 2)
            self.assertTrue(rule._run(self.company))
        self.assertEqual(rule.alert_ids.backorder_id, self.env["sale.backorder"].concat(*records))
        self.assertEqual(len(rule.alert_ids), 5)

    def test_queries_do_not_grow_with_what_waits(self):
        rules = self.env["backorder.alert.rule"].with_context(active_test=False).search([])
        rules.write({"active": True, "days": 400, "amount": 1e9, "slips": 400})
        rules = rules.filtered(lambda r: r.kind != "supply")
        self._owe(1)
        self._count_queries(rules)
        counts = []
        for number in (9, 90):
            line = Command.create({"product_id": self.desk.id, "product_uom_qty": 1})
            vals = {
                "partner_id": self.customer.id,
                "warehouse_id": self.warehouse.id,
                "order_line": [line],
            }
            self.env["sale.order"].create([vals] * number).action_confirm()
            counts.append(self._count_queries(rules))
        self.assertEqual(counts[0], counts[1])
        # reading rule and calendar, closing, raising; repeating and escalating where they are set
        self.assertLess(counts[0], 15 * len(rules))

    def test_queries_of_what_is_raised(self):
        """Twenty alerts about as many products cost few queries more than two."""
        counts = []
        for number in (2, 2, 20):
            for n in range(number):
                self._owe(days=10, product=self._create_product(f"Product {number} {n}"))
            rule = self._rule("contact", days=5)
            counts.append(self._count_queries(rule))
            self.assertGreaterEqual(len(rule.alert_ids), number)
        self.assertLessEqual(counts[2], counts[1] + 20)

    def _count_queries(self, rules):
        self.env["backorder.tracker"]._drain()
        self.env.flush_all()
        self.env.invalidate_all()
        start = self.env.cr.sql_log_count
        for rule in rules:
            rule._run(self.company)
        self.env.flush_all()
        return self.env.cr.sql_log_count - start

    # === RIGHTS === #

    def test_who_sees_what(self):
        mine, other = self._owe(days=10), self._owe(days=10, user_id=self.leader.id)
        rule = self._rule(days=10)
        self._run(rule)
        as_seller = rule.alert_ids.with_user(self.seller)
        self.assertEqual(as_seller.search([("rule_id", "=", rule.id)]).backorder_id, mine)
        as_leader = rule.alert_ids.with_user(self.leader)
        self.assertEqual(
            as_leader.search([("rule_id", "=", rule.id)]).backorder_id.sorted("id"), mine | other
        )
        self.assertFalse(rule.with_user(self.seller).has_access("write"))
        self.assertFalse(as_seller.has_access("write"))
        theirs = rule.alert_ids.filtered(lambda a: a.backorder_id == other)
        with self.assertRaises(AccessError):
            theirs.with_user(self.seller).action_acknowledge()
        self.assertEqual(theirs.state, "open")

    def test_another_company(self):
        rule = self._rule(days=10, company_id=False)
        record = self._owe(days=10)
        other = self.env["res.company"].create({"name": "Elsewhere"})
        rule._run(other)
        self.assertFalse(rule.alert_ids)
        self._run(rule)
        self.assertEqual(rule.alert_ids.backorder_id, record)
        rule._run(other)
        self.assertEqual(rule.alert_ids.state, "open")

    def test_limited_to_a_company(self):
        """What another company was told of ends when the rule leaves it; what was left there by an
        earlier change ends with the next run."""
        mine, rule = self._owe(days=10), self._rule(days=10, company_id=False)
        self._run(rule)
        elsewhere = self.env["res.company"].create({"name": "Elsewhere"})
        rule.company_id = elsewhere
        self.assertEqual(rule.alert_ids.state, "closed")
        self.assertFalse(mine.activity_ids)
        rule.company_id = False
        self._run(rule)
        alert = self._live(rule)
        self.assertTrue(mine.activity_ids)
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE backorder_alert_rule SET company_id = %s WHERE id = %s", [elsewhere.id, rule.id]
        )
        self.env.invalidate_all()
        with self.enter_registry_test_mode():
            self.env.ref("backorder_management.ir_cron_alerts").method_direct_trigger()
        self.assertEqual(alert.state, "closed")
        self.assertEqual(alert.backorder_id, mine)
        self.assertFalse(mine.activity_ids)
        rule.company_id = self.company
        self._run(rule)
        self.assertEqual(self._live(rule).backorder_id, mine)

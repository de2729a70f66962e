"""Alert rules on a clock that stands still: Monday, 3 March 2031, noon, in a company that works
from Monday to Friday."""

from datetime import date, datetime, timedelta

from freezegun import freeze_time

from odoo.tests import new_test_user

from .common import BackorderCommon

MONDAY = datetime(2031, 3, 3, 12)


class AlertCase(BackorderCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # what the database has already is not looked at
        cls.env["sale.backorder"].search([]).released = False
        cls.warehouse.partner_id.tz = cls.company.partner_id.tz = "UTC"
        cls.company.resource_calendar_id = cls.env["resource.calendar"].create(
            {"name": "Five days", "tz": "UTC", "company_id": cls.company.id}
        )
        cls.seller = new_test_user(
            cls.env, "alert_seller", groups="sales_team.group_sale_salesman", tz="UTC"
        )
        cls.leader = new_test_user(
            cls.env, "alert_leader", groups="sales_team.group_sale_manager", tz="UTC"
        )
        cls.team = cls.env["crm.team"].create({"name": "North", "user_id": cls.leader.id})

    def setUp(self):
        super().setUp()
        clock = freeze_time(MONDAY)
        self.clock = clock.start()
        self.addCleanup(clock.stop)

    # === BUILDERS === #

    def _owe(self, quantity=4, product=None, days=0, **values):
        """A backorder that was opened so many days ago."""
        values = {"user_id": self.seller.id, "team_id": self.team.id, **values}
        order = self._sell((product or self.desk, quantity), **values)
        record = order.backorder_ids
        opened = datetime.now() - timedelta(days=days)
        record.date_open = record.line_ids.date_open = opened
        return record

    def _rule(self, kind="age", **values):
        return self.env["backorder.alert.rule"].create({"name": kind, "kind": kind, **values})

    # === ACTIONS === #

    def _run(self, *rules):
        self.env["backorder.tracker"]._drain()
        for rule in rules:
            rule._run(self.company)

    def _wait(self, days):
        self.clock.tick(timedelta(days=days))

    def _found(self, rule):
        """The backorders that the rule finds, whoever was told."""
        self.env["backorder.tracker"]._drain()
        rows = rule._read_causes(self.company)
        return self.env["sale.backorder"].browse(row["backorder_id"] for row in rows)

    def _live(self, rule):
        return rule.alert_ids.filtered(lambda a: a.state != "closed")

    def _activities(self, record):
        """(person, due on) of what is to be done"""
        return [(a.user_id, a.date_deadline) for a in record.activity_ids.sorted("id") if a.active]

    def _day(self, day):
        return date(2031, 3, day)

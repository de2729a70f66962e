"""Promised days and running periods are those of the warehouse."""

from datetime import datetime, timedelta

from odoo import fields
from odoo.fields import Command
from odoo.tests import freeze_time, tagged

from .common import BackorderCommon


@tagged("post_install", "-at_install")
class TestPromisedDay(BackorderCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.policy = cls.env["backorder.policy"].create(
            {"name": "Promised", "method": "promised_date"}
        )

    def _sell_for(self, moment):
        order = self._sell((self.desk, 4), commitment_date=moment)
        self.env["backorder.tracker"]._drain()
        return order

    def _forget_item(self, order):
        """As for an order that was not short when it was confirmed."""
        order.backorder_ids.unlink()

    def test_a_day_with_and_without_an_item(self):
        """Both were told 3 May. The first was confirmed first, and has no item on backorder: it is
        served first, although its hour is 15:00 and an item has none."""
        first = self._sell_for("2031-05-03 15:00:00")
        second = self._sell_for("2031-05-03 09:00:00")
        self._forget_item(first)
        self.assertEqual(second.backorder_ids.line_ids.promised_date, datetime(2031, 5, 3).date())
        self._receive(self.desk, 5)
        self.assertEqual(self._reserved(first, second), [4, 1])

    def test_day_of_the_warehouse(self):
        """20:00 UTC of 3 May is 4 May in Auckland; 09:00 is still 3 May."""
        self.warehouse.partner_id.tz = "Pacific/Auckland"
        later = self._sell_for("2031-05-03 20:00:00")
        sooner = self._sell_for("2031-05-03 09:00:00")
        self._forget_item(later)
        self._forget_item(sooner)
        self._receive(self.desk, 5)
        self.assertEqual(self._reserved(later, sooner), [1, 4])

    def test_another_day(self):
        second = self._sell_for("2031-05-04 01:00:00")
        first = self._sell_for("2031-05-03 23:00:00")
        self._receive(self.desk, 5)
        self.assertEqual(self._reserved(first, second), [4, 1])

    def test_late_after_its_day(self):
        """Promised for today is not late, for yesterday it is."""
        today = fields.Datetime.now()
        self._sell_for(today)
        run = self.policy.simulate([self.desk.id], [self.warehouse.id])
        self.assertEqual(run.lines_late, 0)
        self._sell_for(today - timedelta(days=1))
        run = self.policy.simulate([self.desk.id], [self.warehouse.id])
        self.assertEqual(run.lines_late, 1)


@tagged("post_install", "-at_install")
class TestPeriods(BackorderCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.policy = cls.env["backorder.policy"].create({"name": "First", "method": "fifo"})
        cls.policy.segment_ids = [
            Command.create(
                {
                    "name": "Key accounts",
                    "partner_domain": f"[('id', '=', {cls.customer.id})]",
                    "protected_qty": 5,
                    "protected_period": "week",
                }
            )
        ]
        cls.segment = cls.policy.segment_ids
        cls.pool = (cls.desk.id, cls.warehouse.id)

    def _ship_at(self, moment):
        self._stock(self.desk, 2)
        order = self._sell((self.desk, 2))
        self._ship(order.picking_ids, {self.desk: 2})
        order.picking_ids.move_ids.date = moment
        self.env.flush_all()

    def test_week_of_the_warehouse(self):
        """2031-05-05 is a Monday. In Auckland (12 hours ahead) the week begins on Sunday 12:00
        UTC, in Los Angeles (7 behind) on Monday 07:00. 2 were shipped on Sunday 18:00 UTC."""
        self._ship_at("2031-05-04 18:00:00")
        for zone, rest in (("Pacific/Auckland", 3), ("UTC", 5), ("America/Los_Angeles", 5)):
            self.warehouse.partner_id.tz = zone
            with freeze_time("2031-05-07 12:00:00"):
                self.assertEqual(self.segment._get_protected([self.pool]), {self.pool: rest}, zone)
        with freeze_time("2031-05-05 03:00:00"):
            # in Los Angeles it is still Sunday
            self.assertEqual(self.segment._get_protected([self.pool]), {self.pool: 3})

    def test_month_of_the_warehouse(self):
        """1 May begins on 30 April 12:00 UTC in Auckland."""
        self.segment.protected_period = "month"
        self._ship_at("2031-04-30 18:00:00")
        for zone, rest in (("Pacific/Auckland", 3), ("UTC", 5)):
            self.warehouse.partner_id.tz = zone
            with freeze_time("2031-05-07 12:00:00"):
                self.assertEqual(self.segment._get_protected([self.pool]), {self.pool: rest}, zone)

    def test_always(self):
        self.segment.protected_period = "always"
        self._ship_at("2031-05-07 08:00:00")
        self.assertEqual(self.segment._get_protected([self.pool]), {self.pool: 5})

"""Overdue and age are those of the place where the goods are, also in searches: Auckland is 13
hours before UTC in March, Los Angeles 8 hours after it."""

from datetime import date, datetime

from freezegun import freeze_time

from odoo.tests import tagged

from .common import BackorderCommon

EAST, WEST = "Pacific/Auckland", "America/Los_Angeles"
OPERATORS = {
    "=": lambda age, days: age == days,
    "!=": lambda age, days: age != days,
    "<": lambda age, days: age < days,
    "<=": lambda age, days: age <= days,
    ">": lambda age, days: age > days,
    ">=": lambda age, days: age >= days,
}


@tagged("post_install", "-at_install")
class TestLocalDay(BackorderCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env.user.tz = "UTC"
        cls.warehouse.partner_id = cls.env["res.partner"].create({"name": "Yard", "tz": EAST})
        cls.record = cls._sell((cls.desk, 3)).backorder_ids
        cls.env["backorder.tracker"]._drain()

    def _set_clock(self, *moment):
        clock = freeze_time(datetime(*moment))
        clock.start()
        self.addCleanup(clock.stop)
        self.env.invalidate_all()

    def _find(self, *condition, model="sale.backorder"):
        return self.env[model].search([("warehouse_id", "=", self.warehouse.id), condition])

    # === AGE === #

    def _assert_age(self, record, age):
        self.assertEqual(record.age_days, age)
        for operator, compare in OPERATORS.items():
            for days in (0, age - 1, age, age + 1, age + 400):
                with self.subTest(operator=operator, days=days):
                    found = self._find("age_days", operator, days) & record
                    self.assertEqual(bool(found), compare(age, days))
        self.assertIn(record, self._find("age_days", "in", (2000, age)))
        self.assertNotIn(record, self._find("age_days", "in", (2000, age + 1)))
        self.assertNotIn(record, self._find("age_days", "not in", (2000, age)))

    def test_age(self):
        """Opened on 2 March at 9:00 there, and it is the 8th at 23:00: six days."""
        self.record.date_open = datetime(2031, 3, 1, 20)
        self._set_clock(2031, 3, 8, 10)
        self._assert_age(self.record, 6)
        lines = self._find("age_days", "=", 6, model="sale.backorder.line")
        self.assertEqual(lines, self.record.line_ids)

    def test_age_of_what_was_opened_before_midnight(self):
        """Ten minutes, and a day."""
        self.record.date_open = datetime(2031, 3, 8, 10, 55)
        self._set_clock(2031, 3, 8, 11, 5)
        self._assert_age(self.record, 1)

    def test_age_of_today(self):
        self._set_clock(2031, 3, 8, 10)
        self.record.date_open = datetime(2031, 3, 8, 9, 59)
        self._assert_age(self.record, 0)

    def test_age_when_closed(self):
        """From the 2nd to the 9th there, for ever."""
        self.record.write(
            {
                "state": "cancel",
                "date_open": datetime(2031, 3, 1, 20),
                "date_closed": datetime(2031, 3, 8, 11, 1),
            }
        )
        self._set_clock(2031, 6, 1, 10)
        self._assert_age(self.record, 7)

    def test_age_over_summer_time(self):
        """The night of 6 April has an hour more in Auckland."""
        self.record.date_open = datetime(2031, 4, 5, 11, 30)  # the 6th at 0:30
        self._set_clock(2031, 4, 12, 12, 30)  # the 13th at 0:30
        self._assert_age(self.record, 7)

    # === OVERDUE === #

    def _assert_overdue(self, overdue):
        self.env.invalidate_all()  # rows of the report do not follow what is written
        for model, record in (
            ("sale.backorder", self.record),
            ("sale.backorder.line", self.record.line_ids),
        ):
            with self.subTest(model=model, overdue=overdue):
                self.assertEqual(record.is_overdue, overdue)
                self.assertEqual(bool(self._find("is_overdue", "=", True, model=model)), overdue)
                found = self._find("is_overdue", "=", False, model=model)
                self.assertEqual(bool(found), not overdue)
        row = self._find("backorder_id", "=", self.record.id, model="backorder.report")
        self.assertEqual(bool(row.overdue_count), overdue)

    def _set_due(self, day):
        self.record.date_due = self.record.line_ids.date_due = day

    def test_overdue(self):
        """Due on the 8th: that is over at 11:00 UTC in Auckland."""
        self._set_due(date(2031, 3, 8))
        self._set_clock(2031, 3, 8, 10, 59)
        self._assert_overdue(False)
        self._set_clock(2031, 3, 8, 11, 1)
        self._assert_overdue(True)

    def test_overdue_in_the_west(self):
        """And not before the 9th at 8:00 UTC in Los Angeles."""
        self.warehouse.partner_id.tz = WEST
        self._set_due(date(2031, 3, 8))
        self._set_clock(2031, 3, 9, 7, 59)
        self._assert_overdue(False)
        self._set_clock(2031, 3, 9, 8, 1)
        self._assert_overdue(True)

    def test_not_overdue(self):
        """Without a date, or closed."""
        self._set_due(False)
        self._set_clock(2031, 3, 8, 11, 1)
        self._assert_overdue(False)
        self._set_due(date(2031, 1, 1))
        self._assert_overdue(True)
        self.record.write({"state": "cancel", "date_closed": datetime(2031, 3, 8)})
        self.record.line_ids.write({"state": "cancel", "date_closed": datetime(2031, 3, 8)})
        self._assert_overdue(False)

    def test_weeks(self):
        """Sunday, 9 March 2031, at 12:00 UTC is Monday in Auckland: Sunday the 16th is in this week
        there, and in the next one for a warehouse in Los Angeles."""
        west = self.env["stock.warehouse"].create({"name": "Pier", "code": "PIE"})
        west.partner_id = self.env["res.partner"].create({"name": "Pier", "tz": WEST})
        there = self._sell((self.desk, 1), warehouse_id=west.id).backorder_ids
        self.env["backorder.tracker"]._drain()
        (self.record | there).write({"expected_date": date(2031, 3, 16), "date_due": False})
        self.env.flush_all()
        self._set_clock(2031, 3, 9, 12)
        ids = (self.warehouse | west).ids
        data = self.env["backorder.cockpit"].get_data(warehouse_ids=ids)
        found = {row["code"]: row for row in data["timeline"] if row["count"]}
        for code, record in (("this_week", self.record), ("next_week", there)):
            row = found.pop(code)
            self.assertEqual(self.env[row["model"]].search(row["domain"]), record)
        self.assertFalse(found)

    # === BOTH === #

    def test_queries(self):
        """One for the search, whatever waits; two conditions of one search share the zones."""
        for _n in range(3):
            self._sell((self.desk, 1))
        self.env["backorder.tracker"]._drain()
        self.env.flush_all()
        domain = [
            ("is_overdue", "=", False),
            ("age_days", "<=", 7),
            ("warehouse_id", "=", self.warehouse.id),
        ]
        self.env["sale.backorder"].search(domain)
        with self.assertQueryCount(1):
            found = self.env["sale.backorder"].search(domain)
        self.assertEqual(len(found), 4)

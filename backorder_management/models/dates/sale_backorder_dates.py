"""Age, overdue, and the days of the place where the goods are."""

from math import ceil, floor

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from ..overview.backorder_sql import leave_room
from ..sale_backorder import AGE_RANGES, OPEN_STATES
from .backorder_local_day import DAY, is_same_quarter


def age_bucket(days):
    """Bucket of an age in days; day 0 counts in the first."""
    return next(key for key, (_least, most) in AGE_RANGES.items() if most is None or days <= most)


class SaleBackorder(models.Model):
    _name = "sale.backorder"
    _inherit = ["sale.backorder", "backorder.local.day"]

    def init(self):
        leave_room(self)
        return super().init()

    @api.depends("date_open", "date_closed")
    def _compute_age_days(self):
        now = fields.Datetime.now()
        for backorder in self:
            start, end = backorder.date_open or now, backorder.date_closed or now
            if is_same_quarter(start, end):
                # just opened: no need to know the time zone
                backorder.age_days = 0
                continue
            days = backorder._local_date(end) - backorder._local_date(start)
            backorder.age_days = max(0, days.days)

    @api.depends("date_open", "date_closed")
    def _compute_age_bucket(self):
        for backorder in self:
            backorder.age_bucket = age_bucket(backorder.age_days)

    @api.model
    def _search_age_days(self, operator, value):
        """All comparisons, by calendar days; a closed backorder has the age at which it closed."""
        if operator == "in":
            ages = {int(age) for age in value if age == int(age)}
            return Domain.OR(self._get_age_domain(a) & ~self._get_age_domain(a + 1) for a in ages)
        if operator not in (">", ">=", "<", "<=") or not isinstance(value, (int, float)):
            return NotImplemented
        least = floor(value) + 1 if operator in (">", "<=") else ceil(value)
        domain = self._get_age_domain(least)
        return domain if operator in (">", ">=") else ~domain

    @api.model
    def _get_age_domain(self, days):
        """:return: domain of what is so many days old, or older"""
        if days <= 0:
            return Domain.TRUE
        now = fields.Datetime.now()

        def condition(column, day):
            opened, end = column("date_open"), SQL("COALESCE(%s, %s)", column("date_closed"), now)
            return SQL(
                "%(end)s - %(opened)s > %(surely)s OR %(last)s - %(first)s >= %(days)s",
                end=end,
                opened=opened,
                surely=(days + 2) * DAY,
                last=day(end),
                first=day(opened),
                days=days,
            )

        # a day has 24 hours, or one or two more or less
        return Domain("date_open", "<", now - (days - 2) * DAY) & self._get_local_domain(condition)

    @api.depends("date_due", "state")
    def _compute_is_overdue(self):
        for backorder in self:
            due = backorder.date_due
            backorder.is_overdue = bool(
                due and backorder.state in OPEN_STATES and due < backorder._today()
            )

    def _today(self):
        """Today where the goods are: in the time zone of the warehouse, else of the company."""
        return self._local_date(fields.Datetime.now())

    def _local_date(self, moment):
        """:param moment: naive UTC datetime; :return: the date there, or False"""
        return self.env["backorder.tracker"]._local_date(
            moment, self.warehouse_id[:1], self.company_id[:1]
        )

    @api.model
    def _refresh_ages(self):
        """The age bucket of open backorders moves with the days."""
        backorders = self.search([("state", "in", OPEN_STATES)])
        self.env.add_to_compute(self._fields["age_bucket"], backorders)
        self.flush_model(["age_bucket"])

"""Age, overdue, and the days of the place where the goods are."""

from math import ceil, floor

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from ..backorder_tracker import to_local_date
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
        spans = {b: (b.date_open or now, b.date_closed or now) for b in self}
        # just opened: no need to know the time zone
        fresh = self.filtered(lambda b: is_same_quarter(*spans[b]))
        fresh.age_days = 0
        for zone, backorders in (self - fresh)._by_zone():
            for backorder in backorders:
                first, last = (to_local_date(moment, zone) for moment in spans[backorder])
                backorder.age_days = max(0, (last - first).days)

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
        now = fields.Datetime.now()
        for zone, backorders in self._by_zone():
            today = to_local_date(now, zone)
            for backorder in backorders:
                due = backorder.date_due
                backorder.is_overdue = bool(due and backorder.state in OPEN_STATES and due < today)

    def _by_zone(self):
        """:return: [(time zone of the warehouse, backorders)]"""
        tracker = self.env["backorder.tracker"]
        places = self.grouped(lambda b: (b.warehouse_id[:1], b.company_id[:1]))
        return [(tracker._get_timezone(*place), found) for place, found in places.items()]

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

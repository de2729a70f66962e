"""Age, overdue, and the days of the place where the goods are."""

from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Domain

from ..sale_backorder import OPEN_STATES


def age_bucket(days):
    """Bucket of an age in days; day 0 counts in the first."""
    return next(
        (key for key, limit in (("1-7", 7), ("8-14", 14), ("15-30", 30)) if days <= limit), "30+"
    )


class SaleBackorder(models.Model):
    _inherit = "sale.backorder"

    @api.depends("date_open", "date_closed")
    def _compute_age_days(self):
        now = fields.Datetime.now()
        for backorder in self:
            start, end = backorder.date_open or now, backorder.date_closed or now
            if (end - start).total_seconds() < 60:
                # just opened: no need to know the time zone
                backorder.age_days = 0
                continue
            days = backorder._local_date(end) - backorder._local_date(start)
            backorder.age_days = max(0, days.days)

    @api.depends("date_open", "date_closed")
    def _compute_age_bucket(self):
        for backorder in self:
            backorder.age_bucket = age_bucket(backorder.age_days)

    def _search_age_days(self, operator, value):
        """Of open backorders, by calendar days: older than N days means opened before that day."""
        if not isinstance(value, int):
            return NotImplemented
        day = fields.Date.context_today(self) - timedelta(days=value)
        after = day + timedelta(days=1)
        bounds = {">": ("<", day), ">=": ("<", after), "<": (">=", after), "<=": (">=", day)}
        if operator not in bounds:
            return NotImplemented
        return [("date_closed", "=", False), ("date_open", *bounds[operator])]

    @api.depends("date_due", "state")
    def _compute_is_overdue(self):
        for backorder in self:
            due = backorder.date_due
            backorder.is_overdue = bool(
                due and backorder.state in OPEN_STATES and due < backorder._today()
            )

    def _search_is_overdue(self, operator, value):
        if operator != "in":
            return NotImplemented
        overdue = Domain("state", "in", OPEN_STATES) & Domain(
            "date_due", "<", fields.Date.context_today(self)
        )
        return overdue if True in value else ~overdue

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

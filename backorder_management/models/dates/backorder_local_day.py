"""Searches by the day in the place where the goods are, as the fields count it."""

from datetime import datetime, timedelta

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from ..overview.backorder_sql import get_zones
from ..sale_backorder import OPEN_STATES

DAY = timedelta(days=1)
QUARTER = timedelta(minutes=15)


def is_same_quarter(first, second):
    """Whether two moments are in the same quarter of an hour: then they are on the same day in
    every zone."""
    return (first - datetime.min) // QUARTER == (second - datetime.min) // QUARTER


class BackorderLocalDay(models.AbstractModel):
    """For what has a state, a due date, a company and a warehouse. Far from midnight a plain
    comparison says it; only what is near is put into its zone."""

    _name = "backorder.local.day"
    _description = "Days Where the Goods Are"

    @api.model
    def _get_local_domain(self, condition):
        """:param condition: gives SQL for a function that gives the column of a field, and the
        function of a UTC timestamp that gives its day where the goods are"""

        def to_sql(model, alias, query):
            def column(name):
                return model._field_to_sql(alias, name, query)

            zones = query.make_alias(alias, "zone")
            on = SQL(
                "%s = COALESCE(%s, -%s)",
                SQL.identifier(zones, "id"),
                column("warehouse_id"),
                column("company_id"),
            )
            query.add_join("LEFT JOIN", zones, get_zones(model.env), on)
            tz = SQL("COALESCE(%s, %s)", SQL.identifier(zones, "tz"), model.env.user.tz or "UTC")

            def day(moment):
                return SQL("(%s AT TIME ZONE 'UTC' AT TIME ZONE %s)::date", moment, tz)

            return SQL("(%s) IS TRUE", condition(column, day))

        return Domain.custom(to_sql=to_sql)

    @api.model
    def _search_is_overdue(self, operator, value):
        if operator != "in":
            return NotImplemented
        now = fields.Datetime.now()

        def condition(column, day):
            return SQL(
                "%(due)s < %(surely)s OR %(due)s < %(today)s",
                due=column("date_due"),
                surely=now.date() - DAY,
                today=day(SQL("%s::timestamp", now)),
            )

        # nowhere is it later than tomorrow
        overdue = (
            Domain("state", "in", OPEN_STATES)
            & Domain("date_due", "<=", now.date())
            & self._get_local_domain(condition)
        )
        return overdue if True in value else ~overdue

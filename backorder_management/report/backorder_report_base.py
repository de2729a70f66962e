"""What the reports of the app have in common."""

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from ..models.overview.backorder_sql import get_zones


class BackorderReportBase(models.AbstractModel):
    """A report that reads one query: columns and joins are hooks, so that other addons add theirs.

    All joins but the first are outer ones to a unique key: PostgreSQL leaves out those of which no
    column is asked for, so that a report with many columns costs what is shown of it."""

    _name = "backorder.report.base"
    _description = "Backorder Report"
    _auto = False
    _abstract = True

    # {rate: (numerator, denominator, how both are aggregated: "sum" or "distinct")}
    _rates = {}
    # {field: (column, share)}: the day within which that share of the rows is
    _quantiles = {}

    @property
    def _table_query(self):
        columns = SQL(", ").join(
            SQL("%s AS %s", expression, SQL.identifier(name))
            for name, expression in self._get_columns().items()
        )
        return SQL("SELECT %s FROM %s WHERE %s", columns, self._get_from(), self._get_where())

    @api.model
    def _get_columns(self):
        """:return: {name of the field: SQL}"""
        return {}

    @api.model
    def _get_from(self):
        """:return: SQL; other addons append their joins"""
        return SQL()

    @api.model
    def _get_where(self):
        return SQL("TRUE")

    # === PIECES === #

    @api.model
    def _get_local_date(self, moment):
        """The day of a UTC timestamp where the goods are: as `backorder.tracker` has it.

        :param moment: SQL; needs the joins of `_get_zone_joins`
        """
        return SQL("(%s AT TIME ZONE 'UTC' AT TIME ZONE %s)::date", moment, self._get_zone())

    @api.model
    def _get_zone(self):
        return SQL("COALESCE(zones.tz, %s)", self.env.user.tz or "UTC")

    @api.model
    def _get_zone_joins(self, alias, place=None):
        """The zone of each warehouse, else of the company: those under their negative ids.

        :param alias: of the table that has the company
        :param place: of the one that has the warehouse, if that is another
        """
        return SQL(
            "LEFT JOIN %(zones)s zones ON zones.id = COALESCE(%(warehouse)s, -%(company)s)",
            zones=get_zones(self.env),
            warehouse=SQL.identifier(place or alias, "warehouse_id"),
            company=SQL.identifier(alias, "company_id"),
        )

    @api.model
    def _get_companies(self):
        """Those whose rows can be in the report: sudo reads rows of all."""
        return self.env["res.company"].search(Domain.TRUE) if self.env.su else self.env.companies

    @api.model
    def _get_currency_join(self, alias):
        """Of today's rates from each company's currency to the one of the present company: all 1
        unless companies with different currencies are shown together. Core's own table of such
        rates is not used: it knows no rates that companies share."""
        companies = self._get_companies()
        target, today = self.env.company.currency_id, fields.Date.context_today(self)
        rates = {
            currency: currency._get_conversion_rate(currency, target, self.env.company, today)
            for currency in companies.currency_id
        }
        return SQL(
            # grouped: of bare values PostgreSQL does not know that they are unique
            "LEFT JOIN (SELECT company_id, MIN(rate) AS rate FROM (VALUES %s) v (company_id, rate)"
            " GROUP BY company_id) rates ON rates.company_id = %s",
            SQL(", ").join(
                SQL("(%s, %s::float8)", company.id, rates[company.currency_id])
                for company in companies
            ),
            SQL.identifier(alias, "company_id"),
        )

    @api.model
    def _get_company_value(self, amount):
        """An amount of an order in company currency: at the rate of the order, which was fixed at
        its date, as in the sales analysis.

        :param amount: SQL; needs `so` and the join of `_get_currency_join`
        """
        return SQL(
            "%s / COALESCE(NULLIF(so.currency_rate, 0), 1) * COALESCE(rates.rate, 1)",
            amount,
        )

    @api.model
    def _get_currency(self, alias):
        """The one of the present company, as a column: a bare constant in a grouping with several
        sets makes PostgreSQL read all joins, asked for or not."""
        return SQL(
            "CASE WHEN %s IS NOT NULL THEN %s END",
            SQL.identifier(alias, "id"),
            self.env.company.currency_id.id,
        )

    @api.model
    def _get_to_customer(self):
        """Of moves `m`: what goes to customers. Places are few: with their ids PostgreSQL knows
        how many moves to expect, which a join does not tell it."""
        # sudo: what the user may see is decided by the rows of the report
        places = self.env["stock.location"].sudo().with_context(active_test=False)
        ids = places.search([("usage", "=", "customer")]).ids
        return SQL(
            "m.location_dest_id = ANY(%(ids)s) AND m.location_id <> ALL(%(ids)s)",
            ids=ids,
        )

    # === AGGREGATES === #

    def _read_group_select(self, aggregate_spec, query):
        """The rate of a group is the sum over the sum, never the mean of rates; the median of a
        group is that of its rows."""
        name = aggregate_spec.partition(":")[0]
        if name in self._rates:
            self._check_field_access(self._fields[name], "read")
            upper, lower, how = self._rates[name]
            function = "COUNT(DISTINCT %s)" if how == "distinct" else "SUM(%s)"
            top, bottom = (
                SQL(function, self._field_to_sql(self._table, column, query))
                for column in (upper, lower)
            )
            return SQL("%s::float8 / NULLIF(%s, 0)::float8", top, bottom)
        if name in self._quantiles:
            self._check_field_access(self._fields[name], "read")
            column, share = self._quantiles[name]
            return SQL(
                "PERCENTILE_DISC(%s) WITHIN GROUP (ORDER BY %s)",
                share,
                self._field_to_sql(self._table, column, query),
            )
        return super()._read_group_select(aggregate_spec, query)

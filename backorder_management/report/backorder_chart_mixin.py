"""For tables that are also drawn: what a group of their rows amounts to."""

from odoo import api, models
from odoo.tools import SQL


class BackorderChartMixin(models.AbstractModel):
    """A table of ready figures. A share of a group is a sum over a sum, never a mean of shares; and
    where rows of several kinds count the same things, a sum counts them once."""

    _name = "backorder.chart.mixin"
    _description = "Figures of a Table That Add Up"

    # Values of `kind`: of a group that has rows of several, only those of the first are added up.
    _kinds = ()
    # {field: (numerator, denominator)}, both stored fields
    _shares = {}
    # {grouped field: aggregate by which its groups are ordered}
    _places = {}

    @api.model
    def _read_group_select(self, aggregate_spec, query):
        name, _colon, function = aggregate_spec.partition(":")
        if name in self._shares:
            self._check_field_access(self._fields[name], "read")
            top, bottom = (
                self._get_group_sum(self._field_to_sql(self._table, column, query))
                for column in self._shares[name]
            )
            return SQL("%s::float8 / NULLIF(%s, 0)::float8", top, bottom)
        if function == "sum":
            self._check_field_access(self._fields[name], "read")
            return self._get_group_sum(self._field_to_sql(self._table, name, query))
        return super()._read_group_select(aggregate_spec, query)

    @api.model
    def _get_group_sum(self, column):
        """:param column: SQL"""
        kind = SQL.identifier(self._table, "kind")
        sums = [
            SQL("SUM(COALESCE(%s, 0)) FILTER (WHERE %s = %s)", column, kind, k) for k in self._kinds
        ]
        return SQL("COALESCE(%s)", SQL(", ").join([*sums, SQL("SUM(%s)", column)]))

    @api.model
    def _read_group_orderby(self, order, groupby_terms, query):
        """In the order of the table, not of the alphabet."""
        terms = [term.strip() for term in order.split(",")] if order else list(groupby_terms)
        if set(terms) <= groupby_terms.keys() and self._places.keys() & set(terms):
            places = [self._places.get(term, term) for term in terms]
            order = ",".join([*places, *(term for term in terms if term in self._places)])
        return super()._read_group_orderby(order, groupby_terms, query)

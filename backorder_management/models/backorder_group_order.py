from odoo import api, models
from odoo.tools import SQL

ORDERED_FIELDS = ("state", "age_bucket")


class BackorderGroupOrder(models.AbstractModel):
    """Groups of statuses and ages in their own order, where core takes that of the alphabet: else
    8-14 days would come after 15-30 days in pivots, graphs and columns."""

    _name = "backorder.group.order"
    _description = "Backorder Group Order"

    @api.model
    def _read_group_orderby(self, order, groupby_terms, query):
        terms = {spec: self._get_group_position(spec, sql) for spec, sql in groupby_terms.items()}
        result = super()._read_group_orderby(order, terms, query)
        for spec, sql in terms.items():
            if spec not in ORDERED_FIELDS:
                # core adds what it orders many2ones by
                groupby_terms[spec] = sql
        return result

    @api.model
    def _get_group_position(self, spec, sql):
        """:return: the place of a value in its selection, as SQL"""
        if spec not in ORDERED_FIELDS:
            return sql
        values = [
            value for value, _label in self._fields[spec].get_description(self.env)["selection"]
        ]
        return SQL("array_position(%s::varchar[], %s)", values, sql)

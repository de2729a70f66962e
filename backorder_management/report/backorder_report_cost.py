"""What waiting costs, and which cause it had."""

from odoo import api, fields, models
from odoo.tools import SQL

from ..models.sale_backorder_line import PRICE_GROUPS

# {cost in the settings: SQL of how many times}
COUNTS = {
    "backorder_cost_shipment": SQL("ship.count"),
    "backorder_cost_call": SQL("phone.count"),
    "backorder_cost_expedite": SQL("hurry.share"),
}


class BackorderReport(models.Model):
    _inherit = "backorder.report"
    _depends = {
        "sale.backorder": ["cause_id", "line_count"],
        "sale.backorder.line": ["cause_id", "cause_source"],
        "backorder.communication": ["backorder_id", "method"],
        "backorder.expedite": ["backorder_id", "share"],
        "backorder.goodwill": ["amount_company", "backorder_id", "state"],
        "res.company": [
            "backorder_cost_shipment",
            "backorder_cost_call",
            "backorder_cost_expedite",
        ],
    }

    cost = fields.Monetary(
        readonly=True,
        groups=PRICE_GROUPS,
        help="Further shipments, calls and expedites at the costs in the settings, and the "
        "goodwill that was granted. The items of a backorder share it in equal parts.",
    )
    value_lost = fields.Monetary(
        string="Lost",
        readonly=True,
        groups=PRICE_GROUPS,
        help="Cancelled value and cost together.",
    )
    cause_source = fields.Selection(
        [("rule", "Found by rule"), ("person", "Set by a person")],
        string="Cause from",
        readonly=True,
    )

    @api.model
    def _get_columns(self):
        columns = super()._get_columns()
        cost = self._get_cost()
        by_rule = SQL("x.cause_source = 'rule' AND b.cause_id IS NULL")
        return {
            **columns,
            # what a person said of the backorder is worth more than what a rule found
            "cause_id": SQL(
                "CASE WHEN x.cause_source = 'rule' THEN COALESCE(b.cause_id, x.cause_id)"
                " ELSE COALESCE(x.cause_id, b.cause_id) END"
            ),
            "cause_source": SQL(
                "CASE WHEN %s THEN 'rule' WHEN COALESCE(x.cause_id, b.cause_id) IS NOT NULL"
                " THEN 'person' END",
                by_rule,
            ),
            "cost": cost,
            "value_lost": SQL(
                "COALESCE(%s, 0) + COALESCE(%s, 0)", columns["value_cancelled"], cost
            ),
        }

    @api.model
    def _get_cost(self):
        """In the currency of the present company, of one item. What no company has a cost for is
        not counted: so nobody asks for its join."""
        companies = self._get_companies().sudo()  # sudo: what a call costs is a setting
        parts = [
            SQL("COALESCE(%s, 0) * COALESCE(%s, 0)", count, SQL.identifier("payer", name))
            for name, count in COUNTS.items()
            if any(companies.mapped(name))
        ]
        return SQL(
            "((%s)::float8 / COALESCE(NULLIF(b.line_count, 0), 1) * COALESCE(rates.rate, 1))",
            SQL(" + ").join([*parts, SQL("COALESCE(gift.amount, 0)")]),
        )

    @api.model
    def _get_from(self):
        return SQL(
            "%s LEFT JOIN res_company payer ON payer.id = x.company_id %s",
            super()._get_from(),
            self.env["sale.backorder"]._get_cost_joins(
                SQL.identifier("x", "backorder_id"), SQL("IS NOT NULL")
            ),
        )

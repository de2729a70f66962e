"""What customers will pay for what is open, and what of it they paid already."""

from odoo import api, fields, models
from odoo.tools import SQL

from ..models.sale_backorder import OPEN_STATES
from ..models.sale_backorder_line import PRICE_GROUPS


class BackorderReport(models.Model):
    _inherit = "backorder.report"

    payment_term_id = fields.Many2one("account.payment.term", string="Payment terms", readonly=True)
    expected_date_p50 = fields.Date(
        string="Likely", readonly=True, help="The expected date, as late as vendors usually are."
    )
    expected_date_late = fields.Date(
        string="Likely at the latest",
        readonly=True,
        help="The date that is safe to promise; the likely one where no lateness is known.",
    )
    value_due = fields.Monetary(string="Open value with taxes", readonly=True, groups=PRICE_GROUPS)
    value_prepaid = fields.Monetary(
        string="Prepaid",
        readonly=True,
        groups=PRICE_GROUPS,
        help="What the customer paid for the order beyond all of it that is not open on "
        "backorder, at most the open value with taxes. Each open item has its share.",
    )

    @api.model
    def _get_columns(self):
        due = SQL("(x.amount_open * %s)", self._get_tax_factor())
        return {
            **super()._get_columns(),
            "payment_term_id": SQL("so.payment_term_id"),
            "expected_date_p50": SQL("COALESCE(x.expected_date_p50, x.expected_date)"),
            "expected_date_late": SQL(
                "COALESCE(x.expected_date_p90, x.expected_date_p50, x.expected_date)"
            ),
            "value_due": self._get_company_value(due),
            "value_prepaid": self._get_company_value(
                SQL(
                    """%s * COALESCE(LEAST(1, GREATEST(0,
                        (paid.amount - so.amount_total + owed.amount)
                        / NULLIF(owed.amount, 0))), 0)""",
                    due,
                )
            ),
        }

    @api.model
    def _get_tax_factor(self):
        return SQL("COALESCE(sol.price_total / NULLIF(sol.price_subtotal, 0), 1)")

    @api.model
    def _get_from(self):
        return SQL(
            """%s
            LEFT JOIN (%s) owed ON owed.sale_order_id = x.sale_order_id
            LEFT JOIN (%s) paid ON paid.order_id = x.sale_order_id""",
            super()._get_from(),
            self._get_owed_query(),
            self._get_paid_query(),
        )

    @api.model
    def _get_owed_query(self):
        """Open on backorder of each order, with taxes, in order currency."""
        return SQL(
            """
            SELECT x.sale_order_id, SUM(x.amount_open * %s) AS amount
              FROM sale_backorder_line x
              JOIN sale_order_line sol ON sol.id = x.sale_line_id
             WHERE x.state IN %s
             GROUP BY x.sale_order_id
            """,
            self._get_tax_factor(),
            OPEN_STATES,
        )

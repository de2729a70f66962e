"""By customer tier and customer company."""

from odoo import api, fields, models
from odoo.tools import SQL

TIERS = [("1", "Key customer"), ("2", "Preferred"), ("3", "Standard")]


class BackorderReport(models.Model):
    _inherit = "backorder.report"
    _depends = {"res.partner": ["backorder_tier"]}

    tier = fields.Selection(
        TIERS, string="Customer tier", readonly=True, help="As the customer has it today."
    )

    @api.model
    def _get_columns(self):
        return {**super()._get_columns(), "tier": SQL("COALESCE(buyer.backorder_tier, '3')")}

    @api.model
    def _get_from(self):
        return SQL(
            "%s LEFT JOIN res_partner buyer ON buyer.id = partner.commercial_partner_id",
            super()._get_from(),
        )


class BackorderRateReport(models.Model):
    _inherit = "backorder.rate.report"
    _depends = {"res.partner": ["backorder_tier", "commercial_partner_id"]}

    commercial_partner_id = fields.Many2one("res.partner", string="Customer company", readonly=True)
    tier = fields.Selection(
        TIERS, string="Customer tier", readonly=True, help="As the customer has it today."
    )

    @api.model
    def _get_columns(self):
        return {
            **super()._get_columns(),
            "commercial_partner_id": SQL("partner.commercial_partner_id"),
            "tier": SQL("COALESCE(buyer.backorder_tier, '3')"),
        }

    @api.model
    def _get_from(self):
        return SQL(
            "%s LEFT JOIN res_partner buyer ON buyer.id = partner.commercial_partner_id",
            super()._get_from(),
        )

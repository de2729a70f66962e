"""What a backorder costs, and whether rules look for its cause."""

from odoo import fields, models


class ResCompany(models.Model):
    _inherit = "res.company"

    backorder_cost_shipment = fields.Monetary(
        string="Cost of a further shipment",
        help="Picking, packing and freight of a shipment that an order needs beyond its first. "
        "0: not counted.",
    )
    backorder_cost_call = fields.Monetary(
        string="Cost of a call",
        help="Of each call about a backorder that is in the log of contacts. 0: not counted.",
    )
    backorder_cost_expedite = fields.Monetary(
        string="Cost of an expedite",
        help="Of asking a vendor when goods come that customers wait for. The backorders that wait "
        "for the same purchase share it. 0: not counted.",
    )
    backorder_find_causes = fields.Boolean(
        string="Find causes",
        default=True,
        help="Rules look for the cause of what no person gave one: vendor late, record error, "
        "demand spike, reorder point too low. Customers are never told what a rule found.",
    )

    _backorder_costs_positive = models.Constraint(
        "CHECK (COALESCE(backorder_cost_shipment, 0) >= 0 AND COALESCE(backorder_cost_call, 0) >= 0"
        " AND COALESCE(backorder_cost_expedite, 0) >= 0)",
        "What a shipment, a call or hurrying a vendor costs is not below zero.",
    )


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    backorder_cost_shipment = fields.Monetary(
        related="company_id.backorder_cost_shipment", readonly=False
    )
    backorder_cost_call = fields.Monetary(related="company_id.backorder_cost_call", readonly=False)
    backorder_cost_expedite = fields.Monetary(
        related="company_id.backorder_cost_expedite", readonly=False
    )
    backorder_find_causes = fields.Boolean(
        related="company_id.backorder_find_causes", readonly=False
    )

from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    backorder_answer_days = fields.Integer(
        related="company_id.backorder_answer_days", readonly=False
    )

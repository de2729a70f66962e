from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    backorder_creation = fields.Selection(
        related="company_id.backorder_creation", readonly=False, required=True
    )
    backorder_slip_dates = fields.Boolean(related="company_id.backorder_slip_dates", readonly=False)

    def action_backorder_checklist(self):
        return self.env["backorder.finder"].action_open_checklist()

    def action_backorder_find_existing(self):
        return self.env["backorder.finder"].action_find_existing()

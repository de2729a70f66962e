from odoo import api, fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    backorder_creation = fields.Selection(
        related="company_id.backorder_creation", readonly=False, required=True
    )
    backorder_slip_dates = fields.Boolean(related="company_id.backorder_slip_dates", readonly=False)
    backorder_quotation_dates = fields.Boolean(
        related="company_id.backorder_quotation_dates", readonly=False
    )
    backorder_lead_dates = fields.Boolean(related="company_id.backorder_lead_dates", readonly=False)
    backorder_date_tolerance = fields.Integer(
        related="company_id.backorder_date_tolerance", readonly=False
    )
    backorder_shipping = fields.Selection(related="company_id.backorder_shipping", readonly=False)
    backorder_max_shipments = fields.Integer(
        related="company_id.backorder_max_shipments", readonly=False
    )
    backorder_minimum = fields.Float(related="company_id.backorder_minimum", readonly=False)
    backorder_minimum_measure = fields.Selection(
        related="company_id.backorder_minimum_measure", readonly=False
    )
    backorder_hold_days = fields.Integer(related="company_id.backorder_hold_days", readonly=False)
    backorder_borrowing = fields.Boolean(related="company_id.backorder_borrowing", readonly=False)
    backorder_borrow_days = fields.Integer(
        related="company_id.backorder_borrow_days", readonly=False
    )
    backorder_reallocation = fields.Boolean(string="Reallocate stock every hour")

    @api.model
    def get_values(self):
        cron = self.env.ref("backorder_management.ir_cron_reallocate", raise_if_not_found=False)
        # sudo: a settings user need not have the right to read scheduled actions
        return {**super().get_values(), "backorder_reallocation": bool(cron and cron.sudo().active)}

    def set_values(self):
        result = super().set_values()
        cron = self.env.ref("backorder_management.ir_cron_reallocate", raise_if_not_found=False)
        if cron and cron.sudo().active != self.backorder_reallocation:
            cron.sudo().active = self.backorder_reallocation
        return result

    def action_backorder_checklist(self):
        return self.env["backorder.finder"].action_open_checklist()

    def action_backorder_find_existing(self):
        return self.env["backorder.finder"].action_find_existing()

from odoo import api, fields, models
from odoo.exceptions import ValidationError


class ResCompany(models.Model):
    _inherit = "res.company"

    backorder_advice_days = fields.Integer(
        string="Days looked at",
        default=365,
        help="Reorder advice looks at the demand of so many days.",
    )
    backorder_advice_level = fields.Float(
        string="Service level",
        default=0.95,
        help="The share of replenishments that shall come before the stock is used up. The higher, "
        "the more safety stock.",
    )

    @api.constrains("backorder_advice_days", "backorder_advice_level")
    def _check_backorder_advice(self):
        for company in self:
            if not 28 <= company.backorder_advice_days <= 1095:
                raise ValidationError(
                    self.env._("Reorder advice looks at 28 days at least and at 1095 at most.")
                )
            if not 0.5 <= company.backorder_advice_level <= 0.999:
                raise ValidationError(self.env._("The service level lies between 50% and 99.9%."))


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    backorder_advice_days = fields.Integer(
        related="company_id.backorder_advice_days", readonly=False
    )
    backorder_advice_level = fields.Float(
        related="company_id.backorder_advice_level", readonly=False
    )

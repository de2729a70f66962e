from odoo import fields, models


class ResCompany(models.Model):
    _inherit = "res.company"

    backorder_call_days = fields.Integer(
        string="Days without contact",
        default=7,
        help="After so many days without contact a customer is listed under To call. 0: only who "
        "is to be called on a day that was agreed, or does not know that his date slipped.",
    )
    backorder_call_value = fields.Float(
        string="Usual value",
        default=1000.0,
        help="An open value that matters: it gets half of the points for value, in the currency "
        "of the company.",
    )
    backorder_review_days = fields.Integer(
        string="Days between reviews",
        default=7,
        help="An open backorder that nobody looked at for so many days is listed under To review.",
    )


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    backorder_call_days = fields.Integer(related="company_id.backorder_call_days", readonly=False)
    backorder_call_value = fields.Float(related="company_id.backorder_call_value", readonly=False)
    backorder_review_days = fields.Integer(
        related="company_id.backorder_review_days", readonly=False
    )

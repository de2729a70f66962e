from odoo import fields, models


class ResCompany(models.Model):
    _inherit = "res.company"

    backorder_answer_days = fields.Integer(
        string="Days to answer",
        default=3,
        help="A vendor who was asked for a date has so many days to answer. Then the buyer is "
        "told. 0: the buyer is not told.",
    )

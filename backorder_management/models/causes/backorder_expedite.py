"""Each time that somebody hurried what customers wait for."""

from odoo import api, fields, models
from odoo.exceptions import ValidationError


class BackorderExpedite(models.Model):
    """A vendor was asked when the goods come, or a person says what was done. The purchase addon
    writes the first kind."""

    _name = "backorder.expedite"
    _description = "Expedited Backorder"
    _order = "date desc, id desc"
    _rec_name = "backorder_id"

    backorder_id = fields.Many2one("sale.backorder", required=True, index=True, ondelete="cascade")
    partner_id = fields.Many2one(related="backorder_id.partner_id", string="Customer", store=True)
    company_id = fields.Many2one(related="backorder_id.company_id", store=True)
    salesperson_id = fields.Many2one(
        related="backorder_id.user_id", string="Salesperson", store=True
    )
    date = fields.Datetime(required=True, default=fields.Datetime.now)
    user_id = fields.Many2one(
        "res.users", string="By", required=True, default=lambda self: self.env.user
    )
    summary = fields.Char(required=True, help="What was done.")
    share = fields.Float(
        required=True,
        default=1.0,
        help="Its part of the cost: several backorders that wait for the same purchase share it.",
    )

    @api.constrains("share")
    def _check_share(self):
        if any(not 0 < row.share <= 1 for row in self):
            raise ValidationError(self.env._("A share of the cost is more than 0, at most 1."))

    @api.model
    def _log(self, purpose, backorders, user):
        """Once for each of these backorders, which share the cost.

        :param purpose: what was done, in a few words
        """
        return self.create(
            [
                {
                    "backorder_id": backorder.id,
                    "summary": purpose,
                    "user_id": user.id,
                    "share": 1 / len(backorders),
                }
                for backorder in backorders
            ]
        )

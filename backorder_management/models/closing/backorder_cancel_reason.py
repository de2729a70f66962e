from odoo import fields, models


class BackorderCancelReason(models.Model):
    _name = "backorder.cancel.reason"
    _description = "Backorder Cancellation Reason"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    code = fields.Char(help="Technical name, for integrations.")
    needs_note = fields.Boolean(
        string="Ask for a note", help="Whoever chooses this reason has to say more."
    )

    _code_unique = models.UniqueIndex(
        "(code) WHERE code IS NOT NULL", "Another reason already has this code."
    )

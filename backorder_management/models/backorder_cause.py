from odoo import fields, models


class BackorderCause(models.Model):
    """Why the customer has to wait. The public text is what customers read; the name is ours."""

    _name = "backorder.cause"
    _description = "Backorder Cause"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    code = fields.Char(help="Technical name, for integrations.")
    public_text = fields.Char(
        string="Text for customers",
        translate=True,
        help="What a customer may read as the reason. Leave empty to say nothing.",
    )
    at_shipping = fields.Boolean(
        string="Offered when shipping short",
        default=True,
        help="Show this cause in the dialog that asks whether to create a backorder.",
    )
    check_stock = fields.Boolean(
        string="Stock in doubt",
        help="The system shows goods that nobody found. The line asks for a count, and nobody is "
        "told that it is ready until somebody has looked.",
    )

    _code_unique = models.UniqueIndex(
        "(code) WHERE code IS NOT NULL", "Another cause already has this code."
    )

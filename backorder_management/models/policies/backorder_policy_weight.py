from odoo import fields, models

CRITERIA = [
    ("age", "Waiting time"),
    ("promised", "Promised date"),
    ("priority", "Star"),
    ("tier", "Customer tier"),
    ("value", "Order value"),
    ("quantity", "Quantity"),
]


class BackorderPolicyWeight(models.Model):
    """One criterion of a weighted score, brought to 0..1 within each pool."""

    _name = "backorder.policy.weight"
    _description = "Allocation Criterion"
    _order = "weight desc, id"

    policy_id = fields.Many2one("backorder.policy", required=True, index=True, ondelete="cascade")
    criterion = fields.Selection(CRITERIA, required=True)
    weight = fields.Float(
        default=1.0,
        required=True,
        help="How much it counts beside the others; below zero turns it round.",
    )

    _criterion_once = models.Constraint(
        "UNIQUE (policy_id, criterion)", "Each criterion can be weighted once in a policy."
    )

from odoo import fields, models


class BackorderCompare(models.TransientModel):
    """Which policies are to be simulated, and on what."""

    _name = "backorder.compare"
    _description = "Simulate Allocation Policies"

    def _default_policy_ids(self):
        return (
            self.env["backorder.policy"]
            .with_context(active_test=False)
            .search([("company_id", "in", [False, *self.env.companies.ids])])
        )

    policy_ids = fields.Many2many(
        "backorder.policy",
        string="Policies",
        required=True,
        default=lambda self: self._default_policy_ids(),
        context={"active_test": False},
    )
    product_ids = fields.Many2many(
        "product.product", string="Products", domain=[("is_storable", "=", True)]
    )
    warehouse_ids = fields.Many2many("stock.warehouse", string="Warehouses")

    def action_simulate(self):
        self.ensure_one()
        runs = self.policy_ids.simulate(self.product_ids.ids, self.warehouse_ids.ids)
        return runs._get_comparison_action()

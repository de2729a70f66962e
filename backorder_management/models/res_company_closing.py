"""Settings of how backorders end, and of what is invoiced of them."""

from odoo import fields, models

INVOICING = "account.group_account_invoice"


class ResCompany(models.Model):
    _inherit = "res.company"

    backorder_accounting_user_id = fields.Many2one(
        "res.users",
        string="Accounting contact",
        domain=lambda self: [("all_group_ids", "in", self.env.ref(INVOICING).ids)],
        help="Is asked to check and post what a cancelled backorder gives back. Without one it is "
        "the salesperson.",
    )


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    backorder_accounting_user_id = fields.Many2one(
        related="company_id.backorder_accounting_user_id",
        readonly=False,
        domain=lambda self: [("all_group_ids", "in", self.env.ref(INVOICING).ids)],
    )

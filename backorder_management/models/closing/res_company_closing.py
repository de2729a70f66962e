"""Settings of how backorders end, and of what is invoiced of them."""

from odoo import api, fields, models

INVOICING = "account.group_account_invoice"
INVOICES = [("none", "When somebody invoices"), ("each", "A draft for each backorder shipment")]


class ResCompany(models.Model):
    _inherit = "res.company"

    backorder_accounting_user_id = fields.Many2one(
        "res.users",
        string="Accounting contact",
        domain=lambda self: [("all_group_ids", "in", self.env.ref(INVOICING).ids)],
        help="Is asked to check and post what a cancelled backorder gives back. Without one it is "
        "the salesperson.",
    )
    backorder_invoicing = fields.Selection(
        INVOICES,
        string="Invoices of backorders",
        required=True,
        default="none",
        help="Whether a transfer that ships something of a backorder drafts the invoice of what it "
        "brought. Concerns products that are invoiced as delivered.",
    )


class ResPartner(models.Model):
    _inherit = "res.partner"

    backorder_invoicing = fields.Selection(
        INVOICES,
        string="Invoices of backorders",
        help="Leave empty to do as the company settings say.",
    )

    @api.model
    def _commercial_fields(self):
        return [*super()._commercial_fields(), "backorder_invoicing"]


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    backorder_accounting_user_id = fields.Many2one(
        related="company_id.backorder_accounting_user_id",
        readonly=False,
        domain=lambda self: [("all_group_ids", "in", self.env.ref(INVOICING).ids)],
    )
    backorder_invoicing = fields.Selection(
        related="company_id.backorder_invoicing", readonly=False, required=True
    )

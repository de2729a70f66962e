from odoo import fields, models


class ResPartner(models.Model):
    _inherit = "res.partner"

    backorder_lateness_text = fields.Char(
        string="Usual delay", compute="_compute_backorder_lateness_text"
    )

    def _compute_backorder_lateness_text(self):
        """How late this vendor is, counted from the first date that he promised."""
        rows = self.env["backorder.lateness"].search(
            [
                ("partner_id", "in", self.commercial_partner_id.ids),
                ("company_id", "=", self.env.company.id),
            ]
        )
        texts = {row.partner_id: row._get_text() for row in rows}
        for partner in self:
            partner.backorder_lateness_text = texts.get(partner.commercial_partner_id, False)

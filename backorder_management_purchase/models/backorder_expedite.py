"""Asking a vendor for a date is an expedite of every backorder that waits for the purchase."""

from odoo import fields, models


class BackorderExpedite(models.Model):
    _inherit = "backorder.expedite"

    purchase_id = fields.Many2one(
        "purchase.order",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
    )


class PurchaseOrder(models.Model):
    _inherit = "purchase.order"

    def _note_asked(self):
        result = super()._note_asked()
        self._log_expedites()
        return result

    def _log_expedites(self):
        """Of each purchase once for each backorder that waits for it."""
        # sudo: a buyer need not be allowed to see whom it is for
        waiting = self.env["backorder.purchase.report"].sudo()
        groups = waiting._read_group(
            [("purchase_id", "in", self.ids)], ["purchase_id"], ["backorder_id:recordset"]
        )
        log = self.env["backorder.expedite"].sudo()
        for purchase, backorders in groups:
            purpose = self.env._(
                "%(vendor)s was asked for the date of %(purchase)s",
                vendor=purchase.partner_id.display_name,
                purchase=purchase.name,
            )
            log._log(purpose, backorders, self.env.user).purchase_id = purchase

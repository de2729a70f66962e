"""*Write to the customer*: a person cancels or promises, and the customer reads of it at once."""

from odoo import api, models


class BackorderNotice(models.Model):
    _inherit = "backorder.notice"

    @api.model
    def _tell_now(self, vals_list):
        """Write by e-mail, whatever the settings say: a person asked for it. A customer without an
        address leaves a message that failed, and that is seen.

        :param vals_list: values of ``backorder.notice.item``
        """
        # sudo: messages are closed to editing; the caller has checked the right on the order
        items = self.env["backorder.notice.item"].sudo().create(vals_list)
        for (company, partner), mine in items.grouped(
            lambda i: (i.company_id, i.partner_id)
        ).items():
            vals = {"company_id": company.id, "partner_id": partner.id, "explicit": True}
            notice = self.sudo()._make([vals])
            mine.notice_id = notice
            notice._send()


class SaleBackorder(models.Model):
    _inherit = "sale.backorder"

    def _write_promise(self, changes, date, reason):
        """:param changes: (backorder line, promised date before)"""
        self.env["backorder.notice"]._tell_now(
            [
                {
                    "backorder_id": line.backorder_id.id,
                    "line_id": line.id,
                    "kind": "later" if old and date > old else "known",
                    "old_date": old,
                    "new_date": date,
                    "reason": reason,
                }
                for line, old in changes
            ]
        )

    def _write_cancelled(self, items):
        """:param items: {backorder line: cancelled quantity}"""
        self.env["backorder.notice"]._tell_now(
            [
                {
                    "backorder_id": line.backorder_id.id,
                    "line_id": line.id,
                    "kind": "cancelled",
                    "quantity": quantity,
                }
                for line, quantity in items.items()
            ]
        )

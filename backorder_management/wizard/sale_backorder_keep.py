from datetime import timedelta

from odoo import fields, models
from odoo.exceptions import UserError
from odoo.fields import Command

from ..models.sale_backorder import OPEN_STATES


class SaleBackorderKeep(models.TransientModel):
    """Keeps backorders that wait longer than their limit allows."""

    _name = "sale.backorder.keep"
    _description = "Keep a Backorder Until a Day"

    backorder_ids = fields.Many2many(
        "sale.backorder", "backorder_keep_record_rel", string="Backorders", required=True
    )
    keep_until = fields.Date(string="Keep until", required=True)
    # required by the method: the window opens without it
    reason = fields.Char(help="For colleagues. The customer does not read it.")

    def action_keep(self):
        self.ensure_one()
        self.backorder_ids.keep_until_day(self.keep_until, self.reason)
        return {"type": "ir.actions.act_window_close"}


class SaleBackorder(models.Model):
    _inherit = "sale.backorder"

    def action_keep_until(self):
        records = self.filtered(lambda b: b.state in OPEN_STATES)
        if not records:
            raise UserError(self.env._("Nothing is open any more."))
        wizard = self.env["sale.backorder.keep"].create(
            {
                "backorder_ids": [Command.set(records.ids)],
                "keep_until": records[0]._today() + timedelta(days=14),
            }
        )
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Keep until"),
            "res_model": wizard._name,
            "res_id": wizard.id,
            "view_mode": "form",
            "views": [(False, "form")],
            "target": "new",
        }

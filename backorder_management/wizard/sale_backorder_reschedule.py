from odoo import api, fields, models
from odoo.fields import Command

from ..models.sale_backorder import OPEN_STATES


class SaleBackorderReschedule(models.TransientModel):
    """Promise a new date for some or all open items of backorders."""

    _name = "sale.backorder.reschedule"
    _description = "Promise a New Date"

    line_ids = fields.Many2many(
        "sale.backorder.line", "backorder_reschedule_line_rel", string="Items", required=True
    )
    promised_date = fields.Date(string="New date", required=True)
    safe_date = fields.Date(
        string="Safe to promise",
        compute="_compute_safe_date",
        help="When the last of these items is expected, as late as its vendor usually is where "
        "that is known. Empty when one of them has no date.",
    )
    reason = fields.Char(help="The customer reads it when you write to him now.")
    notify = fields.Boolean(string="Write to the customer")
    promised_too_early = fields.Boolean(compute="_compute_promised_too_early")

    @api.depends("line_ids")
    def _compute_safe_date(self):
        for wizard in self:
            dates = [x._get_safe_date() for x in wizard.line_ids]
            wizard.safe_date = max(dates) if dates and all(dates) else False

    @api.depends("promised_date", "safe_date")
    def _compute_promised_too_early(self):
        for wizard in self:
            wizard.promised_too_early = bool(
                wizard.promised_date
                and (not wizard.safe_date or wizard.promised_date < wizard.safe_date)
            )

    @api.model
    def _open(self, lines):
        """:return: action that shows the window for these items"""
        dates = [d for x in lines if (d := x._get_safe_date())]
        wizard = self.create(
            {
                "line_ids": [Command.set(lines.ids)],
                "promised_date": max(dates, default=fields.Date.context_today(self)),
            }
        )
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Promise a new date"),
            "res_model": self._name,
            "res_id": wizard.id,
            "view_mode": "form",
            "views": [(False, "form")],
            "target": "new",
        }

    def action_reschedule(self):
        self.ensure_one()
        for backorder, lines in self.line_ids.grouped("backorder_id").items():
            backorder.reschedule(
                self.promised_date, self.reason or "", self.notify, line_ids=lines.ids
            )
        return {"type": "ir.actions.act_window_close"}


class SaleBackorder(models.Model):
    _inherit = "sale.backorder"

    def action_reschedule(self):
        lines = self.line_ids.filtered(lambda x: x.state in OPEN_STATES)
        return self.env["sale.backorder.reschedule"]._open(lines)


class SaleBackorderLine(models.Model):
    _inherit = "sale.backorder.line"

    def _get_safe_date(self):
        """What may be promised; empty without a date, or when nobody knows how late it will be."""
        self.ensure_one()
        if self.confidence == "late" and not self.expected_date_p90:
            return False
        return self.expected_date and max(
            self.expected_date, self.expected_date_p90 or self.expected_date
        )

    def action_reschedule(self):
        lines = self.filtered(lambda x: x.state in OPEN_STATES)
        return self.env["sale.backorder.reschedule"]._open(lines)

from odoo import fields, models
from odoo.exceptions import UserError


class SaleBackorderUpdate(models.TransientModel):
    """Changes several backorders at once. What is left empty stays as it is; nothing is sent."""

    _name = "sale.backorder.update"
    _description = "Update Backorders"

    backorder_ids = fields.Many2many(
        "sale.backorder",
        required=True,
        default=lambda self: self.env.context.get("active_ids"),
    )
    count = fields.Integer(compute="_compute_count")
    priority = fields.Selection([("0", "Normal"), ("1", "High")])
    cause_id = fields.Many2one("backorder.cause")
    next_followup_date = fields.Date(string="Next follow-up")
    note = fields.Text(string="Add to the note")

    def _compute_count(self):
        for wizard in self:
            wizard.count = len(wizard.backorder_ids)

    def _prepare_backorder_vals(self):
        """:return: {field: new value}, of what was filled in"""
        names = ("priority", "cause_id", "next_followup_date")
        return {
            name: self._fields[name].convert_to_write(self[name], self)
            for name in names
            if self[name]
        }

    def action_update(self):
        self.ensure_one()
        vals = self._prepare_backorder_vals()
        if not vals and not self.note:
            raise UserError(self.env._("Fill in what you want to change."))
        if vals:
            self.backorder_ids.write(vals)
        if self.note:
            for backorder in self.backorder_ids:
                backorder.note = "\n".join(filter(None, (backorder.note, self.note)))
        return {"type": "ir.actions.act_window_close"}

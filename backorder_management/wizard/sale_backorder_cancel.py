from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command

from ..models.sale_backorder import OPEN_STATES


class SaleBackorderCancel(models.TransientModel):
    """Ends what a customer does not want any more, and shows before what that does."""

    _name = "sale.backorder.cancel"
    _description = "Cancel Open Quantities"

    line_ids = fields.One2many("sale.backorder.cancel.line", "wizard_id", string="Items")
    reason_id = fields.Many2one("backorder.cancel.reason", required=True)
    needs_note = fields.Boolean(related="reason_id.needs_note")
    note = fields.Text(help="For colleagues. The customer does not read it.")
    notify = fields.Boolean(string="Write to the customer")
    consequences = fields.Text(string="What will happen", compute="_compute_consequences")

    @api.depends("line_ids.quantity")
    def _compute_consequences(self):
        for wizard in self:
            wanted = {x.backorder_line_id: x.quantity for x in wizard.line_ids if x.quantity > 0}
            # sudo: transfers and purchases are only named
            canceller = self.env["backorder.canceller"].sudo()
            wizard.consequences = "\n".join(
                canceller._foresee({x.sudo(): q for x, q in wanted.items()})
            )

    @api.model
    def _open(self, lines):
        """:return: action that shows the window for these items"""
        if not lines:
            raise UserError(self.env._("Nothing is open any more."))
        wizard = self.create(
            {
                "reason_id": self.env["backorder.cancel.reason"].search([], limit=1).id,
                "line_ids": [
                    Command.create({"backorder_line_id": x.id, "quantity": x.qty_open})
                    for x in lines
                ],
            }
        )
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Cancel open quantities"),
            "res_model": self._name,
            "res_id": wizard.id,
            "view_mode": "form",
            "views": [(False, "form")],
            "target": "new",
        }

    def action_cancel(self):
        self.ensure_one()
        lines = self.line_ids.filtered(lambda x: x.quantity)
        if not lines:
            raise UserError(self.env._("Enter a quantity for at least one item."))
        # all or none: what is picked already in one of them stops all
        with self.env.cr.savepoint():
            for backorder, items in lines.grouped(
                lambda x: x.backorder_line_id.backorder_id
            ).items():
                backorder.cancel_open(
                    self.reason_id.id,
                    note=self.note or "",
                    quantities={x.backorder_line_id.id: x.quantity for x in items},
                    notify=self.notify,
                )
        return {"type": "ir.actions.act_window_close"}


class SaleBackorderCancelLine(models.TransientModel):
    _name = "sale.backorder.cancel.line"
    _description = "Cancel Open Quantity of an Item"

    wizard_id = fields.Many2one("sale.backorder.cancel", required=True, ondelete="cascade")
    backorder_line_id = fields.Many2one("sale.backorder.line", required=True, readonly=True)
    sale_order_id = fields.Many2one(related="backorder_line_id.sale_order_id", string="Order")
    product_id = fields.Many2one(related="backorder_line_id.product_id")
    product_uom_id = fields.Many2one(related="backorder_line_id.product_uom_id", string="Unit")
    qty_open = fields.Float(related="backorder_line_id.qty_open", string="Open")
    qty_ready = fields.Float(related="backorder_line_id.qty_ready", string="Ready")
    quantity = fields.Float(string="To cancel", digits="Product Unit")


class SaleBackorder(models.Model):
    _inherit = "sale.backorder"

    def action_cancel_open(self):
        lines = self.line_ids.filtered(lambda x: x.state in OPEN_STATES)
        return self.env["sale.backorder.cancel"]._open(lines)


class SaleBackorderLine(models.Model):
    _inherit = "sale.backorder.line"

    def action_cancel_open(self):
        lines = self.filtered(lambda x: x.state in OPEN_STATES)
        return self.env["sale.backorder.cancel"]._open(lines)

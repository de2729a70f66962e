from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command


class BackorderNotReceived(models.TransientModel):
    """Shows what is known of the shipments of a closed backorder, and logs what did not arrive."""

    _name = "backorder.not.received"
    _description = "Not Received"

    backorder_id = fields.Many2one("sale.backorder", required=True, readonly=True)
    shipping_address = fields.Text(string="Shipped to", compute="_compute_shipping_address")
    transfer_ids = fields.One2many(
        "backorder.not.received.transfer", "wizard_id", string="Shipments"
    )
    has_carrier = fields.Boolean(compute="_compute_has_carrier")
    line_ids = fields.One2many("backorder.not.received.line", "wizard_id", string="Items")
    note = fields.Text(help="For colleagues. The customer does not read it.")
    replace = fields.Boolean(
        string="Send again without charge",
        default=True,
        help="A new transfer is made. It is not invoiced and the order does not count it as "
        "delivered. If stock is short it waits as any other.",
    )

    @api.depends("backorder_id")
    def _compute_shipping_address(self):
        for wizard in self:
            addresses = wizard.transfer_ids.picking_id.partner_id
            addresses = addresses or wizard.backorder_id.partner_shipping_id
            # sudo: where it went is no secret to who may log that it did not arrive
            wizard.shipping_address = "\n\n".join(self._format_address(x) for x in addresses.sudo())

    @api.depends("transfer_ids")
    def _compute_has_carrier(self):
        for wizard in self:
            wizard.has_carrier = any(x.carrier or x.tracking for x in wizard.transfer_ids)

    @api.model
    def _format_address(self, partner):
        lines = [partner.name or "", *partner._display_address(without_company=True).split("\n")]
        return "\n".join(line.strip() for line in lines if line.strip())

    @api.model
    def _open(self, backorder):
        """:return: action that shows the window"""
        lines = backorder.line_ids.filtered(lambda x: x.qty_fulfilled > 0)
        if backorder.state != "done" or not lines:
            raise UserError(
                self.env._("Only what was shipped can be missing: the backorder is not closed.")
            )
        # sudo: a salesperson sees what the warehouse knows of the shipment
        shipped = backorder.sudo().picking_ids.filtered(
            lambda p: p.state == "done" and any(m._is_outgoing() for m in p.move_ids)
        )
        wizard = self.create(
            {
                "backorder_id": backorder.id,
                "transfer_ids": [Command.create({"picking_id": x.id}) for x in shipped],
                "line_ids": [
                    Command.create({"backorder_line_id": x.id, "quantity": x.qty_fulfilled})
                    for x in lines
                ],
            }
        )
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Not received"),
            "res_model": self._name,
            "res_id": wizard.id,
            "view_mode": "form",
            "views": [(False, "form")],
            "target": "new",
        }

    def action_confirm(self):
        self.ensure_one()
        claim = self.backorder_id.log_not_received(
            {x.backorder_line_id.id: x.quantity for x in self.line_ids if x.quantity},
            note=self.note or "",
            replace=self.replace,
        )
        return claim._get_form_action()


class BackorderNotReceivedTransfer(models.TransientModel):
    _name = "backorder.not.received.transfer"
    _description = "Shipment That Was Not Received"

    wizard_id = fields.Many2one("backorder.not.received", required=True, ondelete="cascade")
    picking_id = fields.Many2one("stock.picking", string="Transfer", required=True, readonly=True)
    date_done = fields.Datetime(related="picking_id.date_done", string="Shipped on")
    carrier = fields.Char(compute="_compute_carrier", compute_sudo=True)
    tracking = fields.Char(
        string="Tracking reference", compute="_compute_carrier", compute_sudo=True
    )
    signature = fields.Image(related="picking_id.signature", string="Signed")

    @api.depends("picking_id")
    def _compute_carrier(self):
        for line in self:
            line.carrier, line.tracking = line.picking_id._get_backorder_carrier()


class BackorderNotReceivedLine(models.TransientModel):
    _name = "backorder.not.received.line"
    _description = "Item That Was Not Received"

    wizard_id = fields.Many2one("backorder.not.received", required=True, ondelete="cascade")
    backorder_line_id = fields.Many2one("sale.backorder.line", required=True, readonly=True)
    product_id = fields.Many2one(related="backorder_line_id.product_id")
    product_uom_id = fields.Many2one(related="backorder_line_id.product_uom_id", string="Unit")
    qty_fulfilled = fields.Float(related="backorder_line_id.qty_fulfilled", string="Shipped")
    quantity = fields.Float(string="Not received", digits="Product Unit")


class BackorderClaim(models.Model):
    _inherit = "backorder.claim"

    def _get_form_action(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.name,
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "views": [(False, "form")],
        }


class SaleBackorder(models.Model):
    _inherit = "sale.backorder"

    def action_not_received(self):
        """The window, or the claim that is open already."""
        self.ensure_one()
        self._check_may_claim()
        claim = self.claim_ids.filtered(lambda c: c.state == "open")
        if claim:
            return claim._get_form_action()
        return self.env["backorder.not.received"]._open(self)

from odoo import api, fields, models
from odoo.exceptions import UserError

from .backorder_tracker import settles
from .sale_backorder import OPEN_STATES, format_number

# what changes the dates of a backorder
DATED = {
    "commitment_date", "picking_policy", "backorder_not_before", "backorder_cancel_after",
}  # fmt: skip


class SaleOrder(models.Model):
    _inherit = "sale.order"

    backorder_ids = fields.One2many("sale.backorder", "sale_order_id", string="Backorders")
    backorder_count = fields.Integer(string="Backorder count", readonly=True, copy=False)
    backorder_qty_open = fields.Float(
        string="Waiting",
        digits="Product Unit",
        readonly=True,
        copy=False,
        help="Open on the backorder of this order; kits count as whole kits.",
    )
    backorder_qty_cancelled = fields.Float(
        string="Cancelled on backorder", digits="Product Unit", readonly=True, copy=False
    )
    backorder_status = fields.Char(string="Backorder", compute="_compute_backorder_status")
    backorder_dirty = fields.Boolean(
        readonly=True,
        copy=False,
        help="The backorder could not be updated and will be repaired.",
        groups="base.group_user",
    )

    _backorder_dirty = models.Index("(id) WHERE backorder_dirty")
    _backorder_open = models.Index("(id) WHERE backorder_qty_open > 0")

    @api.depends("backorder_qty_open", "backorder_qty_cancelled")
    def _compute_backorder_status(self):
        for order in self:
            parts = []
            if order.backorder_qty_open:
                parts.append(self.env._("%s waiting", format_number(order.backorder_qty_open)))
            if order.backorder_qty_cancelled:
                parts.append(
                    self.env._("%s cancelled", format_number(order.backorder_qty_cancelled))
                )
            order.backorder_status = ", ".join(parts) or False

    def write(self, vals):
        if not DATED & vals.keys():
            return super().write(vals)
        with self.env["backorder.tracker"]._flow():
            result = super().write(vals)
            orders = self.filtered("backorder_qty_open")
            self.env["backorder.tracker"]._touch(orders.order_line.ids)
        return result

    def _message_post_after_hook(self, message, msg_vals):
        self._note_customer_contact(message)
        return super()._message_post_after_hook(message, msg_vals)

    def _note_customer_contact(self, message):
        """A message that the customer reads, or wrote, is the last contact of the backorder."""
        spoken = message.message_type in ("comment", "email", "email_outgoing")
        if spoken and not message.is_internal and self.backorder_qty_open:
            # sudo: who may write to the customer need not have the right to edit the backorder
            self.sudo().backorder_ids._set_last_contact(message.date)

    @settles(origin="confirmation")
    def _action_confirm(self):
        return super()._action_confirm()

    @settles(cancel_origin="order")
    def _action_cancel(self):
        return super()._action_cancel()

    @api.ondelete(at_uninstall=False)
    def _unlink_except_open_backorder(self):
        if self.sudo().backorder_ids.filtered(lambda b: b.state in OPEN_STATES):
            raise UserError(self.env._("Cancel the order first: something of it is still owed."))

    def _get_update_prices_lines(self):
        """The price of what is on backorder stays as it was agreed."""
        return super()._get_update_prices_lines().filtered(lambda x: not x._is_price_locked())

    def action_view_backorders(self):
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "backorder_management.sale_backorder_action"
        )
        if len(self.backorder_ids) == 1:
            return {
                **action,
                "views": [(False, "form")],
                "res_id": self.backorder_ids.id,
                "context": {},
            }
        return {**action, "domain": [("sale_order_id", "in", self.ids)], "context": {}}

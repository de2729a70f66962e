from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command


class SaleBackorderFulfil(models.TransientModel):
    """Chooses what ships now; the transfer opens with these quantities filled in."""

    _name = "sale.backorder.fulfil"
    _description = "Fulfil Backorder"

    backorder_id = fields.Many2one("sale.backorder", required=True, readonly=True)
    partner_id = fields.Many2one(related="backorder_id.partner_id")
    sale_order_id = fields.Many2one(related="backorder_id.sale_order_id")
    check_stock = fields.Boolean(related="backorder_id.check_stock")
    line_ids = fields.One2many("sale.backorder.fulfil.line", "wizard_id", string="Items")

    @api.model
    def default_get(self, fields_list):
        vals = super().default_get(fields_list)
        backorder = self._get_default_backorder(vals)
        vals["backorder_id"] = backorder.id
        vals["line_ids"] = [
            Command.create(
                {
                    "backorder_line_id": item["line_id"],
                    # not what waits to ship complete
                    "quantity": min(item["qty_ready"], item["qty_available"]),
                }
            )
            for item in backorder._get_fulfil_proposal()
        ]
        return vals

    @api.model
    def _get_default_backorder(self, vals):
        backorder_id = vals.get("backorder_id")
        if not backorder_id and self.env.context.get("active_model") == "sale.backorder":
            backorder_id = self.env.context.get("active_id")
        backorder = self.env["sale.backorder"].browse(backorder_id).exists()
        if not backorder:
            raise UserError(self.env._("Open a backorder first."))
        return backorder

    def action_fulfil(self):
        self.ensure_one()
        quantities = {x.backorder_line_id.id: x.quantity for x in self.line_ids if x.quantity}
        if not quantities:
            text = self.env._("Enter a quantity for at least one item.")
            raise UserError(" ".join([text, *self.backorder_id._get_rule_texts()]))
        # refuses more than is available, in one message for all items
        pickings = self.backorder_id.fulfil(quantities=quantities)
        return self._get_pickings_action(pickings)

    def _get_pickings_action(self, pickings):
        action = {"type": "ir.actions.act_window", "res_model": "stock.picking"}
        if len(pickings) == 1:
            return {**action, "view_mode": "form", "res_id": pickings.id}
        return {
            **action,
            "name": self.env._("Transfers"),
            "view_mode": "list,kanban,form",
            "domain": [("id", "in", pickings.ids)],
        }


class SaleBackorderFulfilLine(models.TransientModel):
    _name = "sale.backorder.fulfil.line"
    _description = "Fulfil Backorder Item"

    wizard_id = fields.Many2one("sale.backorder.fulfil", required=True, ondelete="cascade")
    backorder_line_id = fields.Many2one("sale.backorder.line", required=True)
    product_id = fields.Many2one(related="backorder_line_id.product_id")
    product_uom_id = fields.Many2one(related="backorder_line_id.product_uom_id", string="Unit")
    check_stock = fields.Boolean(related="backorder_line_id.check_stock")
    qty_open = fields.Float(string="Open", digits="Product Unit", compute="_compute_quantities")
    qty_ready = fields.Float(
        string="Ready",
        digits="Product Unit",
        compute="_compute_quantities",
        help="Reserved for this backorder now.",
    )
    qty_available = fields.Float(
        string="Available",
        digits="Product Unit",
        compute="_compute_quantities",
        help="What can ship now.",
    )
    quantity = fields.Float(string="To ship", digits="Product Unit")

    @api.depends("backorder_line_id")
    def _compute_quantities(self):
        backorders = self.backorder_line_id.backorder_id
        proposal = {item["line_id"]: item for b in backorders for item in b._get_fulfil_proposal()}
        for line in self:
            item = proposal.get(line.backorder_line_id.id, {})
            line.qty_open = item.get("qty_open", 0.0)
            line.qty_ready = item.get("qty_ready", 0.0)
            line.qty_available = item.get("qty_available", 0.0)

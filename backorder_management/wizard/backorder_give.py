from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command


class BackorderGive(models.TransientModel):
    """Shows who would give what before a planner gives stock to an item by hand."""

    _name = "backorder.give"
    _description = "Give Stock Now"

    line_id = fields.Many2one("sale.backorder.line", required=True, readonly=True)
    product_id = fields.Many2one(related="line_id.product_id")
    sale_order_id = fields.Many2one(related="line_id.sale_order_id", string="Order")
    partner_id = fields.Many2one(related="line_id.partner_id")
    qty_short = fields.Float(related="line_id.qty_short")
    product_uom_id = fields.Many2one(related="line_id.product_uom_id")
    quantity = fields.Float(string="Give", digits="Product Unit", required=True)
    free = fields.Float(string="From free stock", digits="Product Unit", compute="_compute_free")
    found = fields.Float(string="It gets", digits="Product Unit", compute="_compute_found")
    donor_ids = fields.One2many("backorder.give.donor", "wizard_id", string="Taken from")

    @api.model
    def default_get(self, fields_list):
        vals = super().default_get(fields_list)
        item = self.env["sale.backorder.line"].browse(vals.get("line_id")).exists()
        if not item:
            raise UserError(self.env._("Open an item first."))
        item._check_planner()
        vals["quantity"] = item.qty_short
        gifts, snapshot = item._find_gifts(item.qty_short or None)
        vals["donor_ids"] = [
            Command.create({"sale_line_id": snapshot.rows[donor]["line_id"], "quantity": taken})
            for gift in gifts.values()
            for donor, taken in gift.takes.items()
            if snapshot.rows[donor]["line_id"]
        ]
        return vals

    @api.depends("line_id", "quantity")
    def _compute_free(self):
        for wizard in self:
            gifts = (
                wizard.line_id._find_gifts(wizard.quantity, [])[0] if wizard.quantity > 0 else {}
            )
            wizard.free = sum(gift.free for gift in gifts.values())

    @api.depends("free", "donor_ids.quantity", "donor_ids.selected")
    def _compute_found(self):
        for wizard in self:
            chosen = wizard.donor_ids.filtered("selected")
            wizard.found = min(wizard.quantity, wizard.free + sum(chosen.mapped("quantity")))

    def action_give(self):
        self.ensure_one()
        donors = self.donor_ids.filtered("selected").sale_line_id.ids
        self.line_id.give_now(self.quantity, donors)
        return {"type": "ir.actions.act_window_close"}


class BackorderGiveDonor(models.TransientModel):
    _name = "backorder.give.donor"
    _description = "Who Gives"

    wizard_id = fields.Many2one("backorder.give", required=True, ondelete="cascade")
    sale_line_id = fields.Many2one("sale.order.line", required=True, readonly=True)
    order_id = fields.Many2one(related="sale_line_id.order_id")
    partner_id = fields.Many2one(related="sale_line_id.order_id.partner_id")
    commitment_date = fields.Datetime(related="sale_line_id.order_id.commitment_date")
    quantity = fields.Float(string="Gives", digits="Product Unit", readonly=True)
    selected = fields.Boolean(string="Take", default=True)

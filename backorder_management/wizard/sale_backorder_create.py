from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command


class SaleBackorderCreate(models.TransientModel):
    """Creates a backorder by hand, or first says why there is none."""

    _name = "sale.backorder.create"
    _description = "Create Backorder"

    order_id = fields.Many2one("sale.order", string="Sales order", required=True, readonly=True)
    partner_id = fields.Many2one(related="order_id.partner_id")
    company_id = fields.Many2one(related="order_id.company_id")
    explanation = fields.Text(readonly=True)
    step = fields.Selection(
        [("explain", "Why no backorder"), ("create", "Create backorder")],
        default="create",
        required=True,
    )
    expected_date = fields.Date(
        string="Expected to ship",
        help="The quantities below move to a transfer of their own on this date.",
    )
    cause_id = fields.Many2one("backorder.cause")
    note = fields.Text(help="For colleagues. Customers never see it.")
    line_ids = fields.One2many("sale.backorder.create.line", "wizard_id", string="Items")

    @api.model
    def default_get(self, fields_list):
        vals = super().default_get(fields_list)
        order = self._get_default_order(vals)
        vals["order_id"] = order.id
        vals["line_ids"] = [
            Command.create(self._prepare_line_vals(item)) for item in self._get_proposal(order)
        ]
        if vals.get("step") == "explain":
            vals["explanation"] = order.explain_no_backorder()["text"]
        return vals

    @api.model
    def _get_default_order(self, vals):
        order_id = vals.get("order_id")
        if not order_id and self.env.context.get("active_model") == "sale.order":
            order_id = self.env.context.get("active_id")
        order = self.env["sale.order"].browse(order_id).exists()
        if not order:
            raise UserError(self.env._("Open a sales order first."))
        return order

    @api.model
    def _get_proposal(self, order):
        return order.get_backorder_proposal() if order.state == "sale" else []

    @api.model
    def _prepare_line_vals(self, item):
        """Propose what nothing is reserved for; only a person gives a reservation back."""
        short = item["outstanding"] - item["open"] - item["ready"]
        return {"sale_line_id": item["sale_line_id"], "quantity": max(0.0, short)}

    def action_show_items(self):
        """From the explanation to the form that creates a backorder."""
        self.step = "create"
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "backorder_management.sale_backorder_create_action"
        )
        return {**action, "res_id": self.id}

    def action_create_backorder(self):
        self.ensure_one()
        quantities = {x.sale_line_id.id: x.quantity for x in self.line_ids if x.quantity}
        if not quantities:
            raise UserError(self.env._("Enter a quantity for at least one item."))
        backorder = self.order_id.create_backorder(
            quantities,
            expected_date=self.expected_date or None,
            cause_id=self.cause_id.id or None,
            note=self.note or "",
        )
        return backorder.get_formview_action()


class SaleBackorderCreateLine(models.TransientModel):
    _name = "sale.backorder.create.line"
    _description = "Create Backorder Item"

    wizard_id = fields.Many2one("sale.backorder.create", required=True, ondelete="cascade")
    sale_line_id = fields.Many2one("sale.order.line", required=True, string="Order line")
    product_id = fields.Many2one(related="sale_line_id.product_id")
    product_uom_id = fields.Many2one(related="sale_line_id.product_uom_id", string="Unit")
    qty_outstanding = fields.Float(
        string="To deliver",
        digits="Product Unit",
        compute="_compute_quantities",
        help="What the customer is still owed.",
    )
    qty_ready = fields.Float(
        string="Reserved", digits="Product Unit", compute="_compute_quantities"
    )
    qty_open = fields.Float(
        string="On backorder", digits="Product Unit", compute="_compute_quantities"
    )
    quantity = fields.Float(
        string="To backorder",
        digits="Product Unit",
        help="How much of it the customer will wait for.",
    )

    @api.depends("sale_line_id")
    def _compute_quantities(self):
        orders = self.sale_line_id.order_id
        proposal = {
            item["sale_line_id"]: item
            for order in orders
            for item in order.get_backorder_proposal()
        }
        for line in self:
            item = proposal.get(line.sale_line_id.id, {})
            line.qty_outstanding = item.get("outstanding", 0.0)
            line.qty_ready = item.get("ready", 0.0)
            line.qty_open = item.get("open", 0.0)

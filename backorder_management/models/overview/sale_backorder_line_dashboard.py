from odoo import api, fields, models

from ..sale_backorder import OPEN_STATES, format_number


class SaleBackorderLine(models.Model):
    """What people see of an item, and where its numbers lead."""

    _name = "sale.backorder.line"
    _inherit = ["sale.backorder.line", "backorder.group.order"]

    state_label = fields.Char(
        string="Progress",
        compute="_compute_state_label",
        help="The status with its quantities, for example: Ready 3 of 5.",
    )

    @api.depends("state", "check_stock", "qty_open", "qty_ready")
    @api.depends_context("lang")
    def _compute_state_label(self):
        labels = dict(self._fields["state"]._description_selection(self.env))
        for line in self:
            line.state_label = line._get_count_label() or labels[line.state]

    def _get_count_label(self):
        """Goods in doubt are neither ready nor waiting: somebody has to look."""
        if self.state not in OPEN_STATES:
            return False
        if self.check_stock:
            return self.env._("Check stock")
        if not self.product_id.uom_id.is_zero(self.qty_ready):
            return self.env._(
                "Ready %(ready)s of %(open)s",
                ready=format_number(self.qty_ready),
                open=format_number(self.qty_open),
            )
        return False

    @api.depends_context("backorder_with_customer")
    def _compute_display_name(self):
        """Calendars say who waits, and for what."""
        if not self.env.context.get("backorder_with_customer"):
            return super()._compute_display_name()
        for line in self:
            line.display_name = f"{line.partner_id.name}, {line.product_id.display_name}"

    def action_view_backorder(self):
        self.ensure_one()
        return self.backorder_id.get_formview_action()

    def action_open_quants(self):
        """On hand, and what is free of it: the stock of the warehouse of the backorder."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("On hand: %s", self.product_id.display_name),
            "res_model": "stock.quant",
            "view_mode": "list",
            "views": [(self.env.ref("stock.view_stock_quant_tree_simple").id, "list")],
            "domain": self._get_location_domain(),
        }

    def action_open_reserved(self):
        """What is reserved for others than this item."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Reserved for others: %s", self.product_id.display_name),
            "res_model": "stock.move.line",
            "view_mode": "list,form",
            "views": [(self.env.ref("stock.view_move_line_tree").id, "list"), (False, "form")],
            "domain": [
                *self._get_location_domain(),
                ("quantity", ">", 0),
                ("state", "in", ("assigned", "partially_available", "confirmed", "waiting")),
                "|",
                ("move_id.sale_line_id", "=", False),
                ("move_id.sale_line_id", "!=", self.sale_line_id.id),
            ],
            "context": {"create": False, "edit": False},
        }

    def action_open_rivals(self):
        """Other customers who wait for the same product."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "backorder_management.sale_backorder_line_action"
        )
        return {
            **action,
            "display_name": self.env._("Waiting for %s", self.product_id.display_name),
            "domain": self._get_rivals_domain(),
            "context": {},
        }

    def _get_location_domain(self):
        location = self.warehouse_id.lot_stock_id
        return [("product_id", "=", self.product_id.id), ("location_id", "child_of", location.ids)]

    def _get_rivals_domain(self):
        return [
            ("product_id", "=", self.product_id.id),
            ("warehouse_id", "=", self.warehouse_id.id),
            ("state", "in", OPEN_STATES),
            ("backorder_id", "!=", self.backorder_id.id),
        ]

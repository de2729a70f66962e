from collections import defaultdict

from odoo import fields, models


class PurchaseOrder(models.Model):
    _inherit = "purchase.order"

    backorder_customer_count = fields.Integer(
        string="Waiting customers", compute="_compute_backorder_waiting"
    )
    backorder_item_count = fields.Integer(
        string="Waiting items", compute="_compute_backorder_waiting"
    )
    backorder_amount = fields.Monetary(
        string="Waiting value",
        currency_field="company_currency_id",
        compute="_compute_backorder_waiting",
        help="Open value of what customers wait for and this purchase is planned to bring.",
    )
    backorder_broken_count = fields.Integer(
        string="Broken promises",
        compute="_compute_backorder_waiting",
        help="Items that were promised for a day before these goods can ship.",
    )

    def _compute_backorder_waiting(self):
        found = defaultdict(lambda: (0, 0, 0.0, 0))
        groups = self.env["backorder.purchase.report"]._read_group(
            [("purchase_id", "in", self.ids)],
            ["purchase_id"],
            ["partner_id:count_distinct", "line_id:count_distinct", "amount:sum", "broken:sum"],
        )
        found.update({order.id: tuple(totals) for order, *totals in groups})
        for order in self:
            customers, items, amount, broken = found[order.id]
            order.backorder_customer_count = customers
            order.backorder_item_count = items
            order.backorder_amount = amount
            order.backorder_broken_count = broken

    def _create_picking(self):
        """The first date is there before the receipt, whose date says who can be served when."""
        self.order_line._keep_first_date()
        return super()._create_picking()

    def action_view_backorder_waiting(self):
        """Who waits for these purchases."""
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "backorder_management_purchase.backorder_purchase_report_action"
        )
        return {
            **action,
            "domain": [("purchase_id", "in", self.ids)],
            "context": {"search_default_group_partner": 1},
            "view_mode": "list,pivot",
            "views": [(False, "list"), (False, "pivot")],
        }

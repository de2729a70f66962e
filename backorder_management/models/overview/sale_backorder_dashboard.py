from ast import literal_eval

from markupsafe import Markup

from odoo import api, fields, models
from odoo.fields import Domain

from ..sale_backorder import OPEN_STATES

SALES_GROUPS = "sales_team.group_sale_salesman,backorder_management.group_backorder_planner"
PRODUCTS_SHOWN = 2


class SaleBackorder(models.Model):
    """What people see of a backorder: summaries for lists and forms, tiles and entry points."""

    _name = "sale.backorder"
    _inherit = ["sale.backorder", "backorder.group.order"]

    product_summary = fields.Char(
        string="Products", compute="_compute_product_summary", help="What the customer waits for."
    )
    payment_term_id = fields.Many2one(
        related="sale_order_id.payment_term_id", string="Payment terms"
    )
    invoice_status = fields.Selection(
        related="sale_order_id.invoice_status", string="Invoice status", groups=SALES_GROUPS
    )
    amount_order = fields.Monetary(
        related="sale_order_id.amount_total", string="Order total", groups=SALES_GROUPS
    )
    amount_invoiced = fields.Monetary(
        compute="_compute_invoiced", compute_sudo=True, string="Invoiced", groups=SALES_GROUPS
    )
    amount_paid = fields.Monetary(
        compute="_compute_invoiced", compute_sudo=True, string="Paid", groups=SALES_GROUPS
    )

    @api.depends("line_ids.product_id", "line_ids.state")
    @api.depends_context("lang")
    def _compute_product_summary(self):
        products = {backorder: backorder._get_summary_products() for backorder in self}
        shown = self.env["product.product"].union(*(p[:PRODUCTS_SHOWN] for p in products.values()))
        # all names at once, and of no product that is not shown
        shown = shown.with_context(display_default_code=False)
        names = dict(zip(shown.ids, shown.mapped("display_name"), strict=True))
        for backorder, wanted in products.items():
            summary = ", ".join(names[i] for i in wanted[:PRODUCTS_SHOWN].ids)
            more = len(wanted) - PRODUCTS_SHOWN
            if more > 0:
                summary = self.env._(
                    "%(products)s and %(count)s more", products=summary, count=more
                )
            backorder.product_summary = summary

    def _get_summary_products(self):
        """What is open; when nothing is, all."""
        lines = self.line_ids
        return (lines.filtered(lambda x: x.state in OPEN_STATES) or lines).product_id

    @api.depends_context("backorder_with_customer")
    def _compute_display_name(self):
        """Calendars and breadcrumbs of the app say who waits."""
        if not self.env.context.get("backorder_with_customer"):
            return super()._compute_display_name()
        for backorder in self:
            backorder.display_name = f"{backorder.partner_id.name}, {backorder.name}"

    @api.depends("check_stock")
    def _compute_state_label(self):
        return super()._compute_state_label()

    def _get_count_label(self):
        """Goods in doubt are neither ready nor waiting: somebody has to look."""
        if self.check_stock and self.state in OPEN_STATES:
            return self.env._("Check stock")
        return super()._get_count_label()

    @api.depends("sale_order_id.invoice_ids.amount_residual", "sale_order_id.invoice_ids.state")
    def _compute_invoiced(self):
        """The order's part of its invoices, as the expected payments have it."""
        self.env.flush_all()
        query = self.env["backorder.report"]._get_billed_query(self.sale_order_id)
        rows = {order: amounts for order, *amounts in self.env.execute_query(query)}
        for backorder in self:
            amounts = rows.get(backorder.sale_order_id.id, (0.0, 0.0))
            backorder.amount_invoiced, backorder.amount_paid = (float(x or 0) for x in amounts)

    # === TILES === #

    @api.model
    def _get_dashboard_domains(self):
        """:return: {name of the search filter: domain}. The tiles count what the filters show."""
        is_open = Domain("state", "in", OPEN_STATES)
        return {
            "ready": Domain("state", "=", "ready") & Domain("check_stock", "=", False),
            "overdue": Domain("is_overdue", "=", True),
            "no_date": is_open & Domain("expected_date", "=", False),
            "check_stock": is_open & Domain("check_stock", "=", True),
        }

    @api.model
    @api.readonly
    def retrieve_dashboard(self):
        """:return: {"all": {tile: count}, "my": {tile: count}}, of what the user may see"""
        result = {"all": {}, "my": {}}
        for name, domain in self._get_dashboard_domains().items():
            counts = dict(self._read_group(domain, ["user_id"], ["__count"]))
            result["all"][name] = sum(counts.values())
            result["my"][name] = counts.get(self.env.user, 0)
        return result

    # === ENTRY POINTS === #

    @api.model
    def action_open_app(self):
        """Who only sells lands on his own open backorders, who only ships on those that are ready;
        all others see every open one."""
        action = self.env["ir.actions.actions"]._for_xml_id(
            "backorder_management.sale_backorder_action"
        )
        if self._is_only_salesperson():
            action["context"] = {**literal_eval(action["context"]), "search_default_my": 1}
        elif self._is_only_stock_user():
            action["context"] = {**literal_eval(action["context"]), "search_default_ready": 1}
        return action

    @api.model
    def _is_only_stock_user(self):
        user = self.env.user
        return user.has_group("stock.group_stock_user") and not (
            user.has_group("backorder_management.group_backorder_planner")
            or user.has_group("sales_team.group_sale_salesman")
        )

    @api.model
    def _is_only_salesperson(self):
        user = self.env.user
        return user.has_group("sales_team.group_sale_salesman") and not (
            user.has_group("backorder_management.group_backorder_planner")
            or user.has_group("stock.group_stock_user")
        )

    @api.model
    def get_empty_list_help(self, help_message):
        """Without open backorders the empty list is good news; else the filters hide them."""
        if self.search_count([("state", "in", OPEN_STATES)], limit=1):
            return self._get_no_match_help()
        return super().get_empty_list_help(help_message)

    @api.model
    def _get_no_match_help(self):
        return Markup("<p class='o_view_nocontent_empty_folder'>%s</p><p>%s</p>") % (
            self.env._("No backorder matches"),
            self.env._("There are open backorders, but the filters above hide them."),
        )

    def action_view_order(self):
        self.ensure_one()
        return self.sale_order_id.get_formview_action()

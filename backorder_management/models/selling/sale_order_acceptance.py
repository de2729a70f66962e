"""Before an order is accepted: what can be had, and what the company's rules say to it."""

import logging
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import RedirectWarning, UserError
from odoo.http import request
from odoo.tools import format_date

from ...engine import gate

PAID = {"pending", "authorized", "done"}
STATUSES = [("in_stock", "In stock"), ("expected", "Expected"), ("no_date", "No date")]


class SaleOrder(models.Model):
    _inherit = "sale.order"

    backorder_warning = fields.Text(
        string="Availability",
        compute="_compute_backorder_warning",
        compute_sudo=False,
        groups="base.group_user",
    )

    @api.depends(
        "order_line.product_id",
        "order_line.product_uom_qty",
        "state",
        "warehouse_id",
        "partner_id",
        "backorder_cancel_after",
    )
    def _compute_backorder_warning(self):
        for order in self:
            quoting = order.state in ("draft", "sent") and order.order_line
            problems = order._get_acceptance_problems() if quoting else []
            texts = [text for _line, _verdict, text in problems]
            texts += order._get_window_warnings() if quoting else []
            order.backorder_warning = "\n".join(texts)

    def action_confirm(self):
        self.filtered(lambda o: o._is_gated())._check_acceptance()
        return super().action_confirm()

    def _is_gated(self):
        """Customers who sign or pay have been sent the quotation: it is ours to keep. What they
        paid is confirmed by a scheduled action when they close the browser too early."""
        if self.state not in ("draft", "sent") or self.env.user.share:
            return False
        return not (self.env.su and PAID & set(self.transaction_ids.mapped("state")))

    def _check_acceptance(self):
        """All refused lines of all orders, in one message.

        :raise UserError: in the browser a RedirectWarning, with a button to the window that
            solves it
        """
        refused, problems = self.browse(), []
        for order in self:
            found = order._get_refused_problems()
            if found:
                refused |= order
                problems += [text for _line, _verdict, text in found]
        if not refused:
            return
        message = "\n".join([self.env._("This order cannot be accepted as it is:"), *problems])
        if not (request and request.httprequest.path.startswith("/web/")):
            # a program wants an answer, not a window
            raise UserError(message)
        action = self.env.ref("backorder_management.backorder_acceptance_action")
        context = {"default_order_id": refused[:1].id}
        refusal = RedirectWarning(message, action.id, self.env._("Solve it"), context)
        # an answer to the user, no fault of the server
        refusal.loglevel = logging.INFO
        raise refusal

    def _get_acceptance_problems(self):
        """:return: [(order line, Verdict, text)] of lines that are warned of or refused"""
        self.ensure_one()
        rules = self.env["backorder.acceptance.rule"]
        if not rules._has_rules():
            # every confirmation passes here, and few companies have any
            return []
        lines = self.order_line.filtered(lambda x: x._is_checked_before_sale())
        rules = rules._find(lines)
        if not rules:
            return []
        outlooks = self.env["backorder.outlook"]._read(lines)
        owed = self._read_owed(rules)
        result = []
        for line, outlook in outlooks.items():
            rule = rules.get(line)
            if not rule:
                continue
            today = self.env["backorder.tracker"]._local_date(
                fields.Datetime.now(), line.warehouse_id, line.company_id
            )
            verdict = gate.judge(
                rule._get_engine_rule(), outlook, today, owed.get(line.product_id.id, 0.0)
            )
            if verdict.outcome != gate.ACCEPT:
                unit = line.product_id.uom_id.name
                text = f"{line.product_id.display_name}: {rule._get_text(verdict, outlook, unit)}"
                result.append((line, verdict, text))
        return result

    def _read_owed(self, rules):
        """:return: {product id: quantity on backorder now}, where a rule asks for it"""
        products = self.env["product.product"].union(
            *(x.product_id for x, rule in rules.items() if rule.action == "maximum")
        )
        if not products:
            return {}
        # sudo: what is owed to all customers counts
        groups = (
            self.env["sale.backorder.line"]
            .sudo()
            ._read_group(
                [
                    ("product_id", "in", products.ids),
                    ("state", "in", ("open", "ready", "partial")),
                    ("company_id", "=", self.company_id.id),
                ],
                ["product_id"],
                ["qty_open:sum"],
            )
        )
        kits = self.env["backorder.kit"].sudo()._read_owed(products, self.company_id)
        return {**{product.id: quantity for product, quantity in groups}, **kits}


class SaleOrderLine(models.Model):
    _inherit = "sale.order.line"

    backorder_outlook = fields.Selection(
        STATUSES,
        string="Availability",
        compute="_compute_backorder_outlook",
        compute_sudo=False,
        groups="base.group_user",
    )
    backorder_outlook_date = fields.Date(
        string="Available on",
        compute="_compute_backorder_outlook",
        compute_sudo=False,
        groups="base.group_user",
    )
    backorder_outlook_text = fields.Char(
        string="Available",
        compute="_compute_backorder_outlook",
        compute_sudo=False,
        groups="base.group_user",
    )
    backorder_outlook_customer = fields.Char(
        string="Available, for the customer",
        compute="_compute_backorder_outlook",
        compute_sudo=False,
        groups="base.group_user",
        help="With the days on which the goods are at the customer.",
    )

    def _is_checked_before_sale(self):
        """Goods that may be taken from the stock of a warehouse; what is not counted drops out
        when the outlook is read."""
        return (
            not self.display_type
            and self.product_id.type == "consu"
            and self.warehouse_id
            and self.product_uom_qty > 0
        )

    def _get_backorder_need(self):
        return self.product_uom_id._compute_quantity(
            self.product_uom_qty, self.product_id.uom_id, round=False
        )

    @api.depends(
        "product_id",
        "product_uom_qty",
        "product_uom_id",
        "warehouse_id",
        "state",
        "order_id.partner_shipping_id",
    )
    def _compute_backorder_outlook(self):
        quoted = self.filtered(
            lambda x: x.state in ("draft", "sent") and x._is_checked_before_sale()
        )
        outlooks = self.env["backorder.outlook"]._read(quoted)
        for line in self:
            outlook = outlooks.get(line)
            line.backorder_outlook = outlook.status if outlook else False
            line.backorder_outlook_date = outlook.date if outlook else False
            line.backorder_outlook_text = line._get_outlook_text(outlook) if outlook else False
            transit = line.order_id._get_backorder_transit() if outlook else None
            line.backorder_outlook_customer = (
                line._get_outlook_text(outlook, transit) if outlook else False
            )

    def _get_outlook_text(self, outlook, transit=timedelta()):
        """:param transit: how long it takes to whom it is told"""
        if outlook.status == gate.IN_STOCK:
            return self.env._("In stock")
        unit = self.product_id.uom_id.name
        values = {
            "now": f"{outlook.on_hand:g} {unit}",
            "date": outlook.date and format_date(self.env, outlook.date + transit),
            "usual": outlook.by_lead_time and format_date(self.env, outlook.by_lead_time + transit),
        }
        if outlook.status == gate.NO_DATE:
            return self._get_no_date_text(outlook, values)
        if outlook.on_hand:
            return self.env._("%(now)s now, the rest %(date)s", **values)
        return self.env._("Expected %(date)s", **values)

    def _get_no_date_text(self, outlook, values):
        """Nothing is on its way: at best, when it would come if it were ordered today."""
        if outlook.on_hand and outlook.by_lead_time:
            return self.env._("%(now)s now, the rest about %(usual)s by lead time", **values)
        if outlook.on_hand:
            return self.env._("%(now)s now, no date for the rest", **values)
        if outlook.by_lead_time:
            return self.env._("No date, about %(usual)s by lead time", **values)
        return self.env._("No date")

    def _get_customer_outlook(self):
        """What a quotation tells the customer, where the company wants that; else nothing."""
        self.ensure_one()
        # sudo: customers read no stock
        line = self.sudo()
        if not line.company_id.backorder_quotation_dates:
            return False
        return line.backorder_outlook_customer

"""How goodwill is given: a discount line on the order, or a draft credit note. The price of what is
owed is never changed: it was agreed, and the open value is counted with it."""

import logging

import psycopg2
from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import ConcurrencyError, UserError
from odoo.fields import Command

from ..sale_backorder import OPEN_STATES

_logger = logging.getLogger(__name__)

BATCH = 100


class BackorderGoodwill(models.Model):
    _inherit = "backorder.goodwill"

    def _grant(self):
        """Inside a savepoint, with the rule locked."""
        self.grant_date = fields.Date.context_today(self)
        if self.rule_id.form == "credit_note":
            self.move_id = self._create_credit_note()
        else:
            self._create_discount_lines()
        self._end("granted")
        self.rule_id.invalidate_recordset(["spent"])
        self._log_grant()

    def _split_by_taxes(self):
        """The discount has the taxes of what is open, each in its share.

        :return: [(taxes, amount without taxes, price on a line with these taxes)]
        """
        lines = self.backorder_id.line_ids.filtered(lambda x: x.state in OPEN_STATES)
        groups = list(lines.grouped(lambda x: x.sale_line_id.tax_ids).items())
        total, left = sum(lines.mapped("amount_open")), self.amount
        result = []
        for index, (taxes, items) in enumerate(groups):
            share = sum(items.mapped("amount_open")) / total if total else 0.0
            last = index == len(groups) - 1
            amount = left if last else self.currency_id.round(self.amount * share)
            left -= amount
            if amount:
                price = amount * self._get_included_factor(items.sale_line_id, taxes)
                result.append((taxes, amount, price))
        return result

    def _get_included_factor(self, sale_lines, taxes):
        """What is paid for one without taxes, where prices have them in it."""
        if not any(taxes.flatten_taxes_hierarchy().mapped("price_include")):
            return 1.0
        net = sum(sale_lines.mapped("price_subtotal"))
        paid = sum(x.price_unit * x.product_uom_qty * (1 - x.discount / 100) for x in sale_lines)
        return paid / net if net else 1.0

    def _get_discount_product(self):
        wizard = self.env["sale.order.discount"].create({"sale_order_id": self.sale_order_id.id})
        return wizard.with_company(self.company_id)._get_discount_product()

    def _get_customer_text(self):
        """On the customer's papers: never the internal cause."""
        return self.env._("Goodwill for waiting, %s", self.backorder_id.name)

    def _create_discount_lines(self):
        order = self.sale_order_id.with_company(self.company_id)
        text = self.with_context(lang=self.partner_id.lang)._get_customer_text()
        self.env["sale.order.line"].with_company(self.company_id).with_context(
            sale_no_log_for_new_lines=True
        ).create(
            [
                {
                    "order_id": order.id,
                    "product_id": self._get_discount_product().id,
                    "name": text,
                    "product_uom_qty": 1,
                    "price_unit": -price,
                    "discount": 0.0,
                    "tax_ids": [Command.set(taxes.ids)],
                    "sequence": 999,
                    "backorder_goodwill_id": self.id,
                }
                for taxes, _amount, price in self._split_by_taxes()
            ]
        )

    def _create_credit_note(self):
        order = self.sale_order_id.with_company(self.company_id)
        text = self.with_context(lang=self.partner_id.lang)._get_customer_text()
        product = self._get_discount_product()
        vals = {
            **order._prepare_invoice(),
            "move_type": "out_refund",
            "ref": text,
            "payment_reference": False,
            "transaction_ids": [],
            "invoice_payment_term_id": False,
            "invoice_line_ids": [
                Command.create(
                    {
                        "product_id": product.id,
                        "name": text,
                        "quantity": 1,
                        "price_unit": price,
                        "tax_ids": [Command.set(taxes.ids)],
                    }
                )
                for taxes, _amount, price in self._split_by_taxes()
            ],
        }
        return self.env["account.move"].with_company(self.company_id).create(vals)

    def _log_grant(self):
        text = self._get_text()
        inside = Markup("%s<br/>%s") % (text, self.reason or "")
        for record in (self.backorder_id, self.sale_order_id):
            record._message_log(body=inside)
        self.env["backorder.communication"].create(
            {
                "backorder_id": self.backorder_id.id,
                "method": "other",
                "direction": "out",
                "summary": text,
                "user_id": self.env.uid,
            }
        )

    def action_view_credit_note(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "account.move",
            "res_id": self.move_id.id,
            "view_mode": "form",
        }

    # === SCHEDULED === #

    @api.model
    def _cron_propose(self):
        """What the active rules propose, or grant without approval. A second run finds nothing."""
        self._expire()
        cron = self.env["ir.cron"]
        for rule in self.env["backorder.goodwill.rule"].search([("active", "=", True)]):
            backorders = rule._find_backorders()
            for start in range(0, len(backorders), BATCH):
                batch = backorders[start : start + BATCH]
                budget_left = self._propose_batch(rule, batch)
                if not cron._commit_progress(len(batch)) or not budget_left:
                    break

    @api.model
    def _propose_batch(self, rule, backorders):
        """Who waits longest first, until the budget of the month is used up: nobody is told of
        what cannot be granted.

        :return: False when it is used up
        """
        rule._lock()
        left = rule._get_left() - rule._get_proposed()
        for backorder in backorders:
            amount = rule._get_amount(backorder)
            value = rule.currency_id.round(amount / (backorder.sale_order_id.currency_rate or 1.0))
            if rule.currency_id.is_zero(value) or value > rule.budget:
                continue
            if rule.currency_id.compare_amounts(value, left) > 0:
                return False
            left -= value
            self._try_propose(rule, backorder)
        return True

    @api.model
    def _try_propose(self, rule, backorder):
        """One that fails does not stop the others; the next run tries it again."""
        try:
            with self.env.cr.savepoint():
                row = self._propose(rule, backorder)
                if rule.automatic:
                    row._grant_or_ask()
        except (psycopg2.OperationalError, ConcurrencyError):
            raise
        except Exception:
            _logger.exception("Goodwill for %s could not be proposed", backorder.name)

    def _grant_or_ask(self):
        """What a locked order does not allow is left to a person."""
        try:
            self.approve()
        except UserError as error:
            _logger.info("%s is left to a person: %s", self.display_name, error)
            self._ask()

    @api.model
    def _expire(self):
        rows = self.search(
            [("state", "=", "proposed"), ("backorder_id.state", "in", ("done", "cancel"))]
        )
        for row in rows:
            row._end("expired")


class BackorderGoodwillRule(models.Model):
    _inherit = "backorder.goodwill.rule"

    def _get_proposed(self):
        """What waits for approval may be granted this month."""
        domain = [("rule_id", "=", self.id), ("state", "=", "proposed")]
        [[total]] = self.env["backorder.goodwill"]._read_group(
            domain, aggregates=["amount_company:sum"]
        )
        return total or 0.0


class SaleOrder(models.Model):
    _inherit = "sale.order"

    def _get_copiable_order_lines(self):
        """Goodwill is given once."""
        lines = super()._get_copiable_order_lines()
        return lines.filtered(lambda x: not x.backorder_goodwill_id)


class SaleOrderLine(models.Model):
    _inherit = "sale.order.line"

    backorder_goodwill_id = fields.Many2one(
        "backorder.goodwill",
        string="Goodwill",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
    )

    def _is_price_locked(self):
        return bool(self.backorder_goodwill_id) or super()._is_price_locked()

"""What was invoiced and will not ship is credited: a draft, which accounting checks and posts."""

from collections import defaultdict
from dataclasses import dataclass, field

from odoo import api, models
from odoo.fields import Command

from ..backorder_reader import EPSILON
from ..sale_backorder import format_number


@dataclass
class Credit:
    """What a cancellation takes back from what is invoiced; quantities in units of order lines."""

    # (posted invoice line, order line, quantity)
    posted: list = field(default_factory=list)
    # draft invoice -> [(order line, quantity)] that it holds too much
    drafts: dict = field(default_factory=lambda: defaultdict(list))
    # order -> what was paid ahead and is not covered by what remains, without taxes
    ahead: dict = field(default_factory=dict)
    # order -> what was paid online and nothing needs any more, with taxes
    prepaid: dict = field(default_factory=dict)


class BackorderCrediting(models.AbstractModel):
    """Runs with sudo: as in core, a salesperson who may change the order makes invoices of it
    without the right to make any other. Nothing is posted and no draft of others is changed."""

    _name = "backorder.crediting"
    _description = "Credit of Cancelled Backorders"

    # === PLAN === #

    @api.model
    def _plan(self, wanted):
        """Call it before the cancellation.

        :param wanted: {backorder line: quantity in the product's unit}
        :return: Credit
        """
        credit, ended = Credit(), {}
        for sale_line in self._get_sale_lines(wanted):
            before = sale_line._get_qty_ended()
            ended[sale_line] = sale_line._get_qty_ended(wanted)
            # what is invoiced beyond what remains, at most what is cancelled now
            beyond = sale_line.qty_invoiced - sale_line._get_qty_still_sold(ended[sale_line])
            quantity = min(ended[sale_line] - before, beyond)
            if sale_line.product_uom_id.compare(quantity, 0.0) > 0:
                self._spread(credit, sale_line, quantity)
        for order in self._get_sale_lines(wanted).order_id:
            surplus = self._get_paid_ahead(order, ended)
            if order.currency_id.compare_amounts(surplus, 0.0) > 0:
                credit.ahead[order] = surplus
        return credit

    @api.model
    def _get_sale_lines(self, wanted):
        return self.env["sale.backorder.line"].concat(*wanted).sale_line_id.sorted("id")

    @api.model
    def _spread(self, credit, sale_line, quantity):
        """Drafts first, then the newest posted invoice."""
        lines = sale_line.invoice_lines.filtered(
            lambda x: x.move_id.move_type == "out_invoice" and x.quantity > 0
        )
        lines = lines.sorted(lambda x: (x.parent_state != "draft", -x.date.toordinal(), -x.id))
        for line in lines.filtered(lambda x: x.parent_state in ("draft", "posted")):
            share = min(quantity, self._get_uncredited(line, sale_line))
            if share <= EPSILON:
                continue
            quantity -= share
            if line.parent_state == "draft":
                credit.drafts[line.move_id].append((sale_line, share))
            else:
                credit.posted.append((line, sale_line, share))

    @api.model
    def _get_uncredited(self, line, sale_line):
        """What of an invoice line no credit note of its invoice took back, in the sale unit."""
        credited = sale_line.invoice_lines.filtered(
            lambda x: (
                x.move_id.move_type == "out_refund"
                and x.parent_state != "cancel"
                and x.move_id.reversed_entry_id == line.move_id
            )
        )
        unit = sale_line.product_uom_id
        return sum(
            sign * x.product_uom_id._compute_quantity(x.quantity, unit, round=False)
            for x, sign in [(line, 1), *((x, -1) for x in credited)]
        )

    @api.model
    def _get_paid_ahead(self, order, ended):
        """:return: down payments minus what remains to be invoiced, without taxes"""
        paid = sum(self._get_down_payments(order).mapped("untaxed_amount_invoiced"))
        if not paid:
            return 0.0
        return paid - sum(
            self._get_rest(x, ended.get(x)) * x.price_subtotal / x.product_uom_qty
            for x in order.order_line
            if x.product_uom_qty and not (x.display_type or x.is_downpayment)
        )

    @api.model
    def _get_down_payments(self, order):
        return order.order_line.filtered(
            lambda x: x.is_downpayment and not x.display_type and x.qty_invoiced > 0
        )

    @api.model
    def _get_rest(self, sale_line, ended=None):
        """What is still to be invoiced of an order line, now or when it has shipped."""
        return max(0.0, sale_line._get_qty_still_sold(ended) - sale_line.qty_invoiced)

    # === APPLY === #

    @api.model
    def _apply(self, wanted, credit):
        """Call it after the cancellation: from now on the rest is not invoiced any more."""
        for line, quantity in wanted.items():
            line.qty_ended += quantity
        for sale_line in self._get_sale_lines(wanted):
            sale_line.backorder_qty_ended = sale_line._get_qty_ended()
        for invoice, items in self._group_by_invoice(credit).items():
            self._draft_credit_note(invoice, items)
        for invoice, items in credit.drafts.items():
            self._ask_to_lower(invoice, items)
        for order, surplus in credit.ahead.items():
            self._settle_down_payments(order, surplus)

    @api.model
    def _group_by_invoice(self, credit):
        """:return: {invoice: [(posted invoice line, order line, quantity)]}"""
        by_invoice = defaultdict(list)
        for line, sale_line, quantity in credit.posted:
            by_invoice[line.move_id].append((line, sale_line, quantity))
        return by_invoice

    @api.model
    def _draft_credit_note(self, invoice, items):
        order = items[0][1].order_id.with_company(invoice.company_id)
        note = (
            self.env["account.move"]
            .with_company(invoice.company_id)
            .with_context(default_move_type="out_refund")
            .create(self._prepare_credit_note_vals(order, invoice, items))
        )
        note.message_post_with_source(
            "mail.message_origin_link",
            render_values={"self": note, "origin": order},
            subtype_xmlid="mail.mt_note",
        )
        text = self.env._("Cancelled of %(order)s and invoiced on %(invoice)s: %(items)s.")
        self._ask_accounting(
            note,
            order,
            self.env._("Check and post the credit note"),
            text
            % {
                "order": order.name,
                "invoice": invoice.name,
                "items": self._list_items((s, q) for _line, s, q in items),
            },
        )
        return note

    @api.model
    def _prepare_credit_note_vals(self, order, invoice, items):
        """As core invoices the order, with what was true of the invoice."""
        return {
            **order._prepare_invoice(),
            "move_type": "out_refund",
            "partner_id": invoice.partner_id.id,
            "partner_shipping_id": invoice.partner_shipping_id.id,
            "currency_id": invoice.currency_id.id,
            "fiscal_position_id": invoice.fiscal_position_id.id,
            "journal_id": invoice.journal_id.id,
            "reversed_entry_id": invoice.id,
            "ref": self.env._("Cancelled of %(order)s", order=order.name),
            "invoice_payment_term_id": False,
            "transaction_ids": False,
            "invoice_line_ids": [
                Command.create(self._prepare_credit_line_vals(line, sale_line, quantity))
                for line, sale_line, quantity in items
            ],
        }

    @api.model
    def _prepare_credit_line_vals(self, line, sale_line, quantity):
        return {
            "name": line.name,
            "product_id": line.product_id.id,
            "product_uom_id": line.product_uom_id.id,
            "quantity": sale_line.product_uom_id._compute_quantity(
                quantity, line.product_uom_id, rounding_method="HALF-UP"
            ),
            "price_unit": line.price_unit,
            "discount": line.discount,
            "tax_ids": [Command.set(line.tax_ids.ids)],
            "account_id": line.account_id.id,
            "analytic_distribution": line.analytic_distribution,
            "sale_line_ids": [Command.link(sale_line.id)],
        }

    @api.model
    def _settle_down_payments(self, order, surplus):
        """Core's own final invoice gives back what was paid ahead, as a credit note, once all that
        remains can be invoiced."""
        if not self._get_down_payments(order):
            return
        lines = order.order_line.filtered(lambda x: not (x.display_type or x.is_downpayment))
        if any(self._get_rest(x) > x.qty_to_invoice + EPSILON for x in lines):
            document = order
            summary = self.env._("Paid ahead more than what remains")
        else:
            order = order.with_context(raise_if_nothing_to_invoice=False)
            document = order._create_invoices(final=True) or order
            summary = self.env._("Check and post the credit note")
        text = self.env._(
            "The rest of %(order)s was cancelled. Down payments exceed what remains by "
            "%(amount)s without taxes.",
            order=order.name,
            amount=order.currency_id.format(surplus),
        )
        self._ask_accounting(document[:1], order, summary, text)

    @api.model
    def _ask_to_lower(self, invoice, items):
        self._ask_accounting(
            invoice,
            items[0][0].order_id,
            self.env._("Lower the draft invoice"),
            self.env._(
                "Cancelled of %(order)s and still on this draft: %(items)s.",
                order=items[0][0].order_id.name,
                items=self._list_items(items),
            ),
        )

    @api.model
    def _list_items(self, items):
        return ", ".join(
            f"{format_number(quantity)} {x.product_uom_id.name} {x.product_id.display_name}"
            for x, quantity in items
        )

    # === WHO IS ASKED === #

    @api.model
    def _get_accountant(self, order):
        """Whom the company named, else the salesperson."""
        user = order.company_id.backorder_accounting_user_id
        return user if user.active else order.user_id or self.env.user

    @api.model
    def _ask_accounting(self, document, order, summary, note):
        user = self._get_accountant(order)
        # an activity on what one cannot open helps nobody
        if not document.with_user(user).has_access("read"):
            document = order
        document.activity_schedule(
            "mail.mail_activity_data_todo", user_id=user.id, summary=summary, note=note
        )

    # === BEFORE === #

    @api.model
    def _foresee(self, wanted):
        """What cancelling would do to invoices, in sentences. Writes nothing."""
        credit, texts = self._plan(wanted), []
        for invoice, items in self._group_by_invoice(credit).items():
            texts.append(
                self.env._(
                    "A credit note for %(items)s of %(invoice)s is drafted; %(user)s is asked to "
                    "check and post it.",
                    items=self._list_items((x, q) for _line, x, q in items),
                    invoice=invoice.name,
                    user=self._get_accountant(items[0][1].order_id).name,
                )
            )
        for items in credit.drafts.values():
            texts.append(
                self.env._(
                    "%(user)s is asked to take %(items)s off the draft invoice.",
                    items=self._list_items(items),
                    user=self._get_accountant(items[0][0].order_id).name,
                )
            )
        for order, surplus in credit.ahead.items():
            texts.append(
                self.env._(
                    "%(order)s: down payments exceed what remains by %(amount)s without taxes; "
                    "%(user)s is asked to give it back.",
                    order=order.name,
                    amount=order.currency_id.format(surplus),
                    user=self._get_accountant(order).name,
                )
            )
        return texts

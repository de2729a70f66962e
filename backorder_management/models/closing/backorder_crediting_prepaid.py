"""Money that came in before there was an invoice: what is not needed for it any more goes back.

A credit note would be wrong: nothing was invoiced, and the payment already stands on the account of
the customer. What gives it back is a refund of the payment, or an outgoing one: a draft, which
accounting checks and posts."""

from odoo import api, models

RECEIVED = ("authorized", "done")


class BackorderCrediting(models.AbstractModel):
    _inherit = "backorder.crediting"

    # === HOW MUCH === #

    @api.model
    def _get_unused_payment(self, order, ended=None):
        """What was paid online beyond all that is invoiced, or still will be. What credit notes
        give back is not counted again: it was invoiced.

        :param ended: {order line: cancelled quantity}, default what is recorded
        :return: amount with taxes, in the currency of the order
        """
        paid = sum(self._get_received(order, tx) for tx in self._get_transactions(order))
        if not paid:
            return 0.0
        return max(0.0, order.currency_id.round(paid - self._get_amount_needed(order, ended)))

    @api.model
    def _get_transactions(self, order):
        return order.transaction_ids.filtered(lambda x: x.state in RECEIVED)

    @api.model
    def _get_received(self, order, transaction):
        """Of one transaction, without what was voided or refunded and what other orders need of
        it. What is captured by hand, in parts or as a whole, is refunded from the captures."""
        parts = transaction.child_transaction_ids.filtered(lambda x: x.operation != "refund")
        voided = parts.filtered(lambda x: x.state == "cancel")
        refunds = (transaction | parts).child_transaction_ids.filtered(
            lambda x: x.operation == "refund" and x.state == "done"
        )
        amount = transaction.amount - sum(abs(x.amount) for x in voided | refunds)
        others = sum((transaction.sale_order_ids - order).mapped("amount_total"))
        return transaction.currency_id._convert(
            max(0.0, amount - others), order.currency_id, order.company_id, order.date_order
        )

    @api.model
    def _get_amount_needed(self, order, ended=None):
        """:return: what is invoiced and what still will be, with taxes; what is paid ahead by
        invoice pays for the rest"""
        ended = ended or {}
        invoiced = ahead = 0.0
        for line in order.order_line.invoice_lines:
            down = any(line.sale_line_ids.mapped("is_downpayment"))
            amount = self._get_sign(line, down) * self._get_amount(order, line)
            invoiced += amount
            ahead += amount if down else 0.0
        lines = order.order_line.filtered(
            lambda x: x.product_uom_qty and not (x.display_type or x.is_downpayment)
        )
        rest = sum(
            max(0.0, x._get_qty_still_sold(ended.get(x)) - x.qty_invoiced_posted)
            * x.price_total
            / x.product_uom_qty
            for x in lines
        )
        again = sum(self._get_amount_reversed(x) for x in lines)
        return invoiced - again + max(0.0, rest - ahead)

    @api.model
    def _get_sign(self, line, down):
        """How an invoice line counts: 1, -1 or not at all.

        :param down: whether it is of a down payment
        """
        if line.move_id.move_type == "out_invoice":
            # a draft of what was ordered may be lowered yet, one of a down payment is as good as
            # posted: its own final invoice gives back what is too much
            return int(line.parent_state == "posted" or down and line.parent_state == "draft")
        return -int(down and self._is_reversal(line))

    @api.model
    def _is_reversal(self, line):
        """A final invoice that gives back a down payment reverses none."""
        move = line.move_id
        return bool(
            move.move_type == "out_refund" and move.state == "posted" and move.reversed_entry_id
        )

    @api.model
    def _get_amount(self, order, line):
        """:return: of an invoice line, with taxes, in the currency of the order"""
        day = line.move_id.invoice_date or order.date_order
        return line.currency_id._convert(line.price_total, order.currency_id, order.company_id, day)

    @api.model
    def _get_amount_reversed(self, sale_line):
        """What was invoiced, reversed, and is still sold: it is invoiced once more. What was
        reversed because it was cancelled went back by its credit note, and stays needed."""
        notes, unit = sale_line.invoice_lines.filtered(self._is_reversal), sale_line.product_uom_id
        credited = sum(
            x.product_uom_id._compute_quantity(x.quantity, unit, round=False) for x in notes
        )
        if unit.compare(credited, 0.0) <= 0:
            return 0.0
        share = max(0.0, 1 - sale_line.backorder_qty_ended / credited)
        return share * sum(self._get_amount(sale_line.order_id, x) for x in notes)

    # === WHEN SOMETHING IS CANCELLED === #

    @api.model
    def _plan(self, wanted):
        credit = super()._plan(wanted)
        # what replaces it is not on the order yet
        if not self.env.context.get("backorder_moves_on"):
            ended = {x: x._get_qty_ended(wanted) for x in self._get_sale_lines(wanted)}
            for order in self._get_sale_lines(wanted).order_id:
                now, then = (self._get_unused_payment(order, x) for x in (None, ended))
                if order.currency_id.compare_amounts(then, now) > 0:
                    credit.prepaid[order] = then - now
        return credit

    @api.model
    def _apply(self, wanted, credit):
        result = super()._apply(wanted, credit)
        for order, amount in credit.prepaid.items():
            self._give_back(order, amount)
        return result

    @api.model
    def _foresee(self, wanted):
        prepaid = self._plan(wanted).prepaid
        return super()._foresee(wanted) + [
            self.env._(
                "%(order)s: %(amount)s paid online is not needed any more; %(user)s is asked to "
                "give it back.",
                order=order.name,
                amount=order.currency_id.format(amount),
                user=self._get_accountant(order).name,
            )
            for order, amount in prepaid.items()
        ]

    @api.model
    def _settle_move(self, order, before):
        """After what was cancelled has been replaced by another line.

        :param before: what was unused before
        """
        more = self._get_unused_payment(order) - before
        if order.currency_id.compare_amounts(more, 0.0) > 0:
            self._give_back(order, more)

    # === GIVING BACK === #

    @api.model
    def _give_back(self, order, amount):
        """Nothing is paid by itself: accounting is asked, with what it takes."""
        payments = self._get_payments(order)
        if able := payments.filtered(lambda x: self._may_refund(x, order.currency_id, amount)):
            document, how = able[:1], self.env._("Press Refund on the payment.")
        elif draft := self._draft_payment(order, payments[:1], amount):
            document, how = draft, self.env._("The outgoing payment is drafted: check and post it.")
        else:
            document, how = order, self.env._("Refund it where it was paid, or capture less.")
        text = self.env._(
            "Paid online: %(payments)s. The rest of %(order)s was cancelled, and %(amount)s is not "
            "needed any more; %(needed)s is still invoiced or will be. %(how)s",
            payments=self._list_transactions(order),
            order=order.name,
            amount=order.currency_id.format(amount),
            needed=order.currency_id.format(self._get_amount_needed(order)),
            how=how,
        )
        self._ask_accounting(document, order, self.env._("Give back what was paid online"), text)

    @api.model
    def _get_payments(self, order):
        """What is captured by hand is booked on the captures."""
        transactions = self._get_transactions(order)
        parts = transactions.child_transaction_ids.filtered(
            lambda x: x.operation != "refund" and x.state == "done"
        )
        return (transactions | parts).payment_id.with_company(order.company_id)

    @api.model
    def _may_refund(self, payment, currency, amount):
        """Whether the button of the payment gives back so much: some providers and methods refund
        all or nothing."""
        wizard = self.env["payment.refund.wizard"].new({"payment_id": payment.id})
        compared = currency.compare_amounts(payment.amount_available_for_refund, amount)
        return payment.currency_id == currency and (
            compared == 0 or compared > 0 and wizard.support_refund == "partial"
        )

    @api.model
    def _draft_payment(self, order, payment, amount):
        """:return: the draft, or None when this money is not booked or its journal pays nothing"""
        if payment.state not in ("in_process", "paid"):
            return None
        if not payment.journal_id.outbound_payment_method_line_ids:
            return None
        return payment.create(
            {
                "payment_type": "outbound",
                "partner_type": "customer",
                "partner_id": payment.partner_id.id,
                "amount": amount,
                "currency_id": order.currency_id.id,
                "journal_id": payment.journal_id.id,
                "memo": self.env._("Cancelled of %(order)s", order=order.name),
            }
        )

    @api.model
    def _list_transactions(self, order):
        transactions = self._get_transactions(order)
        states = dict(transactions._fields["state"]._description_selection(self.env))
        return ", ".join(
            f"{x.reference} ({x.currency_id.format(x.amount)}, {states[x.state]})"
            for x in transactions
        )

"""Paid online and not invoiced, by hand: ten desks at 10, with 10% off and 15% tax, are 103.50."""

from odoo import Command
from odoo.tests import new_test_user, tagged

from .credit_case import CreditCase


@tagged("post_install", "-at_install")
class TestPrepaid(CreditCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.clerk = new_test_user(cls.env, "clerk", groups="account.group_account_invoice")
        cls.company.backorder_accounting_user_id = cls.clerk
        cls.provider = cls.env["payment.provider"].create({"name": "Snail Pay", "state": "test"})
        cls.method = cls.env.ref("payment.payment_method_unknown")
        cls.bank = cls.env["account.journal"].search(
            [("type", "=", "bank"), ("company_id", "=", cls.company.id)], limit=1
        )

    def _pay(self, order, amount, book=True, state="done", **values):
        """As the portal does it; `book`: the money is on the customer's account."""
        transaction = self.env["payment.transaction"].create(
            {
                "provider_id": self.provider.id,
                "payment_method_id": self.method.id,
                "reference": f"{order.name}-{len(order.transaction_ids) + 1}",
                "amount": amount,
                "currency_id": order.currency_id.id,
                "partner_id": order.partner_id.id,
                "operation": "online_direct",
                "sale_order_ids": [Command.set(order.ids)],
                "state": state,
                **values,
            }
        )
        if book:
            self._book(transaction, amount)
        return transaction

    def _book(self, transaction, amount):
        transaction.payment_id = self.env["account.payment"].create(
            {
                "payment_type": "inbound",
                "partner_type": "customer",
                "partner_id": transaction.partner_id.id,
                "amount": amount,
                "journal_id": self.bank.id,
                "payment_transaction_id": transaction.id,
            }
        )
        transaction.payment_id.action_post()

    def _get_drafts(self, order):
        domain = [("payment_type", "=", "outbound"), ("memo", "=", f"Cancelled of {order.name}")]
        return self.env["account.payment"].search(domain, order="id")

    def test_the_rest_is_given_back(self):
        """Four of ten: 41.40, as a draft; 62.10 stay. Never twice."""
        order = self._sell_short()
        self._pay(order, 103.5)
        wizard = self.env["sale.backorder.cancel"].browse(
            order.backorder_ids.action_cancel_open()["res_id"]
        )
        self.assertIn("41.40 paid online is not needed", wizard.consequences)
        self.assertFalse(self._get_drafts(order))
        self._cancel(order)
        draft = self._get_drafts(order)
        self.assertEqual((draft.state, draft.partner_id), ("draft", order.partner_id))
        self.assertAlmostEqual(draft.amount, 41.4)
        self.assertEqual(draft.activity_ids.user_id, self.clerk)
        for words in (f"{order.name}-1", "103.50", "41.40", "62.10"):
            self.assertIn(words, draft.activity_ids.note)
        # nothing was invoiced: there is nothing to credit
        self.assertFalse(order.invoice_ids)
        self._cancel(order)
        self.assertEqual(self._get_drafts(order), draft)
        # the invoice of what remains is paid by what remains of the payment
        self.assertAlmostEqual(self._invoice(order).amount_total, 62.1)

    def test_each_cancellation_once(self):
        """One desk, then three: 10.35 and 31.05."""
        order = self._sell_short()
        self._pay(order, 103.5)
        self._cancel(order, 1)
        self._cancel(order)
        self.assertEqual(
            [round(x, 2) for x in self._get_drafts(order).mapped("amount")], [10.35, 31.05]
        )

    def test_paid_in_part(self):
        """80 of 103.50 are paid, 62.10 remain: 17.90 go back. 50 would all be needed."""
        for paid, back in ((80, [17.9]), (50, [])):
            self.desk = self._create_product("Desk", taxes_id=[Command.set(self.tax.ids)])
            order = self._sell_short()
            self._pay(order, paid)
            self._cancel(order)
            with self.subTest(paid=paid):
                self.assertEqual([round(x.amount, 2) for x in self._get_drafts(order)], back)

    def test_shipped_and_invoiced_in_part(self):
        """Six are shipped and invoiced, four are cancelled: their 41.40 were never needed."""
        self.desk.invoice_policy = "delivery"
        order = self._sell_short()
        self._pay(order, 103.5)
        self._ship(order.picking_ids)
        self._invoice(order)
        self._cancel(order)
        self.assertAlmostEqual(self._get_drafts(order).amount, 41.4)
        self.assertFalse(self._get_notes(order))

    def test_invoiced_is_credited_only(self):
        """All ten are on an invoice: the credit note gives back what the payment paid for."""
        order = self._sell_short()
        self._pay(order, 103.5)
        self._invoice(order)
        self._cancel(order)
        self.assertAlmostEqual(self._get_notes(order).amount_total, 41.4)
        self.assertFalse(self._get_drafts(order))

    def test_down_payment_is_credited_only(self):
        """50% are invoiced ahead and paid, 51.75. With eight cancelled 20.70 remain: 27.00
        without tax are credited, and nothing is drafted beside."""
        order = self._sell_short(there=2)
        self._pay(order, 51.75)
        self.env["sale.advance.payment.inv"].with_context(
            active_model="sale.order", active_ids=order.ids
        ).create({"advance_payment_method": "percentage", "amount": 50}).create_invoices()
        order.invoice_ids.action_post()
        self._cancel(order)
        self.assertEqual(self._get_notes(order).amount_untaxed, 27)
        self.assertFalse(self._get_drafts(order))

    def test_credited_is_not_given_back_again(self):
        """All ten are invoiced; the 41.40 of four went back by credit note. Two lamps at 9 (20.70
        with tax), ordered later and never paid, are cancelled: nothing goes back."""
        order = self._sell_short()
        self._pay(order, 103.5)
        self._invoice(order)
        self._cancel(order)
        self._get_notes(order).action_post()
        lamp = self._create_product("Lamp", invoice_policy="order")
        order.order_line = [
            Command.create(
                {
                    "product_id": lamp.id,
                    "product_uom_qty": 2,
                    "price_unit": 9,
                    "tax_ids": [Command.set(self.tax.ids)],
                }
            )
        ]
        crediting, ended = self.env["backorder.crediting"], {order.order_line[-1]: 2}
        self.assertAlmostEqual(crediting._get_amount_needed(order), 124.2)
        self.assertAlmostEqual(crediting._get_amount_needed(order, ended), 103.5)

    def test_refunded_before(self):
        """41.40 were refunded already: nothing is left to be given back."""
        order = self._sell_short()
        paid = self._pay(order, 103.5)
        self._pay(
            order,
            -41.4,
            book=False,
            operation="refund",
            source_transaction_id=paid.id,
            sale_order_ids=False,
            reference="R-1",
        )
        self._cancel(order)
        self.assertFalse(self._get_drafts(order))

    def test_voided_in_part(self):
        """Of 103.50 authorized 62.10 were captured and 41.40 voided: the 41.40 never came in. With
        two more of the six cancelled 20.70 did, and what is booked is the capture."""
        self._let_provider(support_manual_capture="partial", support_refund="none")
        order = self._sell_short(there=4)
        source = self._pay(order, 103.5, book=False, state="authorized")
        capture, void = (source._create_child_transaction(x) for x in (62.1, 41.4))
        capture._set_done()
        void._set_canceled()
        self.assertEqual((source.state, source.amount), ("done", 103.5))
        self._book(capture, 62.1)
        self._cancel(order, 4)
        self.assertFalse(self._get_drafts(order))
        self.assertFalse(order.activity_ids.filtered(lambda x: x.user_id == self.clerk))
        self._cancel(order)
        self.assertAlmostEqual(self._get_drafts(order).amount, 20.7)

    def test_reversed_invoice(self):
        """All ten were invoiced and reversed (wrong address), in dollars, two for a euro: 207.00
        there, 103.50 here. Four cancelled are 41.40. The invoice of the six is reversed as well,
        and two more are 20.70."""
        dollars = self.env["res.currency"].create({"name": "BKO", "symbol": "B"})
        self.env["res.currency.rate"].create({"currency_id": dollars.id, "rate": 2.0})
        order = self._sell_short(there=4)
        self._pay(order, 103.5)
        for cancelled, back in ((4, [41.4]), (2, [41.4, 20.7])):
            invoice = self._invoice(order, post=False)
            invoice.currency_id = dollars
            for line in invoice.invoice_line_ids:
                line.price_unit = 20
            invoice.action_post()
            invoice._reverse_moves(cancel=True)
            self._cancel(order, cancelled)
            with self.subTest(cancelled=cancelled):
                self.assertEqual([round(x.amount, 2) for x in self._get_drafts(order)], back)

    def _let_provider(self, **features):
        names = ("support_manual_capture", "support_refund", "support_express_checkout")
        off = {**dict.fromkeys(names), "support_tokenization": False}
        self.patch(
            self.registry["payment.provider"],
            "_compute_feature_support_fields",
            lambda providers: providers.update({**off, **features}),
        )

    def test_refund_by_the_provider(self):
        """A provider that refunds is asked to: nothing is drafted beside."""
        self._let_provider(support_refund="partial")
        self.method.support_refund = "partial"
        order = self._sell_short()
        payment = self._pay(order, 103.5).payment_id
        self.assertEqual(payment.amount_available_for_refund, 103.5)
        self._cancel(order)
        self.assertFalse(self._get_drafts(order))
        self.assertIn("Press Refund", payment.activity_ids.note)
        self.assertIn("41.40", payment.activity_ids.note)

    def test_refund_of_all_or_nothing(self):
        """A provider that refunds 103.50 or nothing cannot give back 41.40. Of two payments, 62.10
        and 41.40, it can refund the second."""
        self._let_provider(support_refund="full_only")
        self.method.support_refund = "full_only"
        order = self._sell_short()
        payment = self._pay(order, 103.5).payment_id
        self._cancel(order)
        self.assertFalse(payment.activity_ids)
        self.assertAlmostEqual(self._get_drafts(order).amount, 41.4)
        self.desk = self._create_product("Desk", taxes_id=[Command.set(self.tax.ids)])
        order = self._sell_short()
        first, second = (self._pay(order, x).payment_id for x in (62.1, 41.4))
        self._cancel(order)
        self.assertFalse(self._get_drafts(order) | first.filtered("activity_ids"))
        self.assertIn("Press Refund", second.activity_ids.note)

    def test_not_booked_or_not_captured(self):
        """Without a payment in the books the activity is on the order."""
        self._let_provider(support_manual_capture="partial")
        for state in ("done", "authorized"):
            self.desk = self._create_product("Desk", taxes_id=[Command.set(self.tax.ids)])
            order = self._sell_short()
            self._pay(order, 103.5, book=False, state=state)
            self._cancel(order)
            asked = order.activity_ids.filtered(lambda x: x.user_id == self.clerk)
            with self.subTest(state=state):
                self.assertIn("41.40", asked.note)
                self.assertIn("capture less", asked.note)

    def test_not_paid_or_refused(self):
        order = self._sell_short()
        self._pay(order, 103.5, book=False, state="cancel")
        self._cancel(order)
        self.assertFalse(order.activity_ids.filtered(lambda x: x.user_id == self.clerk))

    def test_replaced_by_a_substitute(self):
        """One of five desks is there. Four (41.40) become four tables at 12 (55.20 with tax), or
        at 5 (23.00): then 18.40 go back."""
        for price, back in ((12, []), (5, [18.4])):
            table = self._create_product("Table", taxes_id=[Command.set(self.tax.ids)])
            self.env["product.substitute"].create(
                {"product_tmpl_id": self.desk.product_tmpl_id.id, "substitute_id": table.id}
            )
            order = self._sell_short(there=1, ordered=5)
            self._pay(order, 51.75)
            order.backorder_ids.line_ids.offer_substitute(table.id, price_unit=price).accept()
            with self.subTest(price=price):
                self.assertEqual([round(x.amount, 2) for x in self._get_drafts(order)], back)

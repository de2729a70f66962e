"""What was invoiced and will not ship, by hand: ten desks at 10, with 10% off and 15% tax."""

from odoo.tests import new_test_user, tagged

from .credit_case import CreditCase


@tagged("post_install", "-at_install")
class TestCreditNote(CreditCase):
    def test_invoiced_as_ordered(self):
        order = self._sell_short()
        invoice = self._invoice(order)
        self._cancel(order)
        note = self._get_notes(order)
        line = note.invoice_line_ids
        self.assertEqual((note.state, note.reversed_entry_id), ("draft", invoice))
        self.assertEqual((line.quantity, line.price_unit, line.discount), (4, 10, 10))
        # 4 x 9.00 = 36.00, tax 5.40
        self.assertEqual((note.amount_untaxed, note.amount_total), (36.0, 41.4))
        self._assert_billing(order, 6, 0, "invoiced")
        self.assertEqual(order.invoice_status, "invoiced")
        self._cancel(order)
        self.assertEqual(self._get_notes(order), note)
        note.action_post()
        line = order.order_line
        self.assertEqual((line.qty_invoiced_posted, line.amount_to_invoice), (6, 0))
        self.assertEqual(line.untaxed_amount_to_invoice, 0)
        self.assertEqual(line.product_uom_qty, 10)
        # 103.50 were invoiced, 41.40 of them are credited
        self.assertAlmostEqual(invoice.amount_residual, 62.1)
        self._ship(order.picking_ids.filtered(lambda p: p.state == "assigned"))
        self._assert_billing(order, 6, 0, "invoiced")
        self._assert_sound()

    def test_each_number_of_steps(self):
        for steps in ("ship_only", "pick_ship", "pick_pack_ship"):
            with self.subTest(steps=steps):
                self.warehouse.delivery_steps = steps
                self.desk = self._create_product(f"Desk {steps}", invoice_policy="order")
                order = self._sell_short()
                self._invoice(order)
                self._cancel(order, 1)
                self._cancel(order)
                self.assertEqual(
                    sorted(self._get_notes(order).invoice_line_ids.mapped("quantity")), [1, 3]
                )
                self._assert_billing(order, 6, 0, "invoiced")

    def test_not_invoiced_yet(self):
        """Core would invoice ten: six are left to be sold."""
        order = self._sell_short()
        self._cancel(order)
        self.assertFalse(order.invoice_ids)
        self._assert_billing(order, 0, 6, "to invoice")
        # 6 x 9.00, and 62.10 with tax
        self.assertAlmostEqual(order.order_line.untaxed_amount_to_invoice, 54.0)
        self.assertAlmostEqual(order.amount_to_invoice, 62.1)
        self.assertEqual(self._invoice(order).invoice_line_ids.quantity, 6)
        self._assert_billing(order, 6, 0, "invoiced")
        self.assertEqual(order.amount_to_invoice, 0)

    def test_invoiced_in_part(self):
        """Eight of ten are invoiced, six remain: two are credited."""
        order = self._sell_short()
        self._invoice(order, quantity=8)
        self._cancel(order)
        self.assertEqual(self._get_notes(order).invoice_line_ids.quantity, 2)
        self._assert_billing(order, 6, 0, "invoiced")

    def test_several_invoices(self):
        """Seven, then three at another price: of four, the newer three go first."""
        order = self._sell_short()
        first = self._invoice(order, quantity=7)
        second = self._invoice(order, post=False)
        second.invoice_line_ids.price_unit = 12
        second.action_post()
        self._cancel(order)
        notes = self._get_notes(order)
        found = {
            n.reversed_entry_id: (n.invoice_line_ids.quantity, n.amount_untaxed) for n in notes
        }
        # 3 x 12 x 0.9 = 32.40 and 1 x 10 x 0.9 = 9.00
        self.assertEqual(found, {second: (3, 32.4), first: (1, 9.0)})
        self._assert_billing(order, 6, 0, "invoiced")

    def test_prepaid_but_invoiced_as_delivered(self):
        self.desk.invoice_policy = "delivery"
        order = self._sell_short()
        order.order_line.qty_to_invoice = 10
        self._invoice(order)
        self._cancel(order)
        self.assertEqual(self._get_notes(order).invoice_line_ids.quantity, 4)
        self._ship(order.picking_ids.filtered(lambda p: p.state == "assigned"))
        self._assert_billing(order, 6, 0, "invoiced")

    def test_invoiced_as_delivered(self):
        self.desk.invoice_policy = "delivery"
        order = self._sell_short()
        self._ship(order.picking_ids)
        self._invoice(order)
        self._cancel(order)
        self.assertFalse(self._get_notes(order))
        self._assert_billing(order, 6, 0, "invoiced")

    def test_draft_invoice_is_not_credited(self):
        order = self._sell_short()
        invoice = self._invoice(order, post=False)
        self._cancel(order)
        self.assertFalse(self._get_notes(order))
        self.assertEqual(invoice.invoice_line_ids.quantity, 10)
        self.assertIn("4 Units Desk", invoice.activity_ids.note)
        invoice.invoice_line_ids.quantity = 6
        self._assert_billing(order, 6, 0, "invoiced")

    def test_other_unit(self):
        """Three dozen sold, one in stock: 24 pieces are cancelled, two dozen are credited."""
        dozen = self.env.ref("uom.product_uom_dozen")
        self._stock(self.desk, 12)
        order = self._sell((self.desk, 3, dozen))
        self._invoice(order)
        self._cancel(order)
        line = self._get_notes(order).invoice_line_ids
        self.assertEqual((line.quantity, line.product_uom_id), (2, dozen))
        self._assert_billing(order, 1, 0, "invoiced")

    def test_other_currency(self):
        currency = self.env["res.currency"].create({"name": "BKO", "symbol": "B"})
        self.env["res.currency.rate"].create({"currency_id": currency.id, "rate": 2.0})
        prices = self.env["product.pricelist"].create({"name": "B", "currency_id": currency.id})
        order = self._sell_short(pricelist_id=prices.id)
        self._invoice(order)
        self._cancel(order)
        note = self._get_notes(order)
        self.assertEqual(note.currency_id, currency)
        # the price is 20 there: 4 x 20 x 0.9
        self.assertEqual(note.amount_untaxed, 72.0)

    def test_down_payment(self):
        """Half of 90 is paid ahead. With eight cancelled 18 remain: 27 go back."""
        order = self._sell_short(there=2)
        self.env["sale.advance.payment.inv"].with_context(
            active_model="sale.order", active_ids=order.ids
        ).create({"advance_payment_method": "percentage", "amount": 50}).create_invoices()
        order.invoice_ids.action_post()
        self.assertEqual(order.invoice_ids.amount_untaxed, 45)
        wizard = self.env["sale.backorder.cancel"].browse(
            order.backorder_ids.action_cancel_open()["res_id"]
        )
        self.assertIn("27.00", wizard.consequences)
        self._cancel(order)
        note = self._get_notes(order)
        self.assertEqual((note.state, note.amount_untaxed), ("draft", 27))
        self.assertEqual(order.invoice_status, "invoiced")
        self._cancel(order)
        self.assertEqual(self._get_notes(order), note)

    def test_down_payment_that_is_covered(self):
        """Half of 90 is paid ahead, 54 remain: nothing goes back."""
        order = self._sell_short()
        self.env["sale.advance.payment.inv"].with_context(
            active_model="sale.order", active_ids=order.ids
        ).create({"advance_payment_method": "percentage", "amount": 50}).create_invoices()
        order.invoice_ids.action_post()
        self._cancel(order)
        self.assertFalse(self._get_notes(order))
        self.assertEqual(order._create_invoices(final=True).amount_untaxed, 9)

    def test_who_is_asked(self):
        """A salesperson who may not invoice cancels; accounting is asked."""
        seller = new_test_user(self.env, "seller", groups="sales_team.group_sale_salesman")
        clerk = new_test_user(self.env, "clerk", groups="account.group_account_invoice")
        for contact, asked in ((clerk, clerk), (clerk.browse(), seller)):
            self.company.backorder_accounting_user_id = contact
            self.desk = self._create_product("Desk", invoice_policy="order")
            order = self._sell_short(user_id=seller.id)
            self._invoice(order)
            record = order.backorder_ids.with_user(seller)
            wizard = record.env["sale.backorder.cancel"].browse(
                record.action_cancel_open()["res_id"]
            )
            self.assertIn(f"{asked.name} is asked to check and post it", wizard.consequences)
            wizard.reason_id = self.reason
            wizard.action_cancel()
            self.assertEqual(self._get_notes(order).activity_ids.user_id, asked)
            self._assert_sound()

    def test_replaced_by_a_substitute(self):
        """Four of ten desks are replaced by four tables at 12: six desks and four tables are
        invoiced. What was invoiced before is credited."""
        table = self._create_product("Table", list_price=12.0, invoice_policy="order")
        self.env["product.substitute"].create(
            {"product_tmpl_id": self.desk.product_tmpl_id.id, "substitute_id": table.id}
        )
        self._stock(table, 10)
        for invoiced_before in (False, True):
            order = self._sell_short()
            if invoiced_before:
                self._invoice(order)
            offer = order.backorder_ids.line_ids.offer_substitute(table.id, price_unit=12)
            offer.accept()
            with self.subTest(invoiced_before=invoiced_before):
                if invoiced_before:
                    self._assert_billing(order, 6, 0, "invoiced")
                else:
                    self._assert_billing(order, 0, 6, "to invoice")
                self.assertEqual(offer.sale_line_id.qty_to_invoice, 4)
                credited = self._get_notes(order).invoice_line_ids
                self.assertEqual(credited.mapped("quantity"), [4.0] if invoiced_before else [])
                self._assert_sound()

"""Ten desks at 10, with 10% off and 15% tax: 9.00 each, and 10.35 with tax."""

from odoo import Command

from .common import BackorderCommon


class CreditCase(BackorderCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.reason = cls.env.ref("backorder_management.cancel_reason_customer")
        cls.tax = cls.env["account.tax"].create(
            {
                "name": "Tax of these tests",
                "amount": 15,
                "type_tax_use": "sale",
                "price_include_override": "tax_excluded",
            }
        )
        cls.desk.write({"invoice_policy": "order", "taxes_id": [Command.set(cls.tax.ids)]})

    def _sell_short(self, there=6, ordered=10, **values):
        self._stock(self.desk, there)
        order = self._sell((self.desk, ordered), **values)
        order.order_line.discount = 10
        return order

    def _invoice(self, order, post=True, quantity=None):
        invoice = order._create_invoices()
        if quantity is not None:
            invoice.invoice_line_ids.quantity = quantity
        if post:
            invoice.action_post()
        return invoice

    def _cancel(self, order, quantity=None):
        record = order.backorder_ids
        quantities = None if quantity is None else {record.line_ids.id: quantity}
        record.cancel_open(self.reason.id, quantities=quantities)
        self._assert_sound()

    def _get_notes(self, order):
        return order.invoice_ids.filtered(lambda m: m.move_type == "out_refund")

    def _assert_billing(self, order, invoiced, to_invoice, status):
        line = order.order_line.filtered(lambda x: x.product_id == self.desk)
        self.assertEqual(
            (line.qty_invoiced, line.qty_to_invoice, line.invoice_status),
            (invoiced, to_invoice, status),
        )

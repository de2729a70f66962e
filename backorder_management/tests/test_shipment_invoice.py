"""A draft invoice for each shipment of a backorder: ten desks at 10, six of them in stock."""

from unittest.mock import patch

from odoo.tests import new_test_user, tagged

from .common import BackorderCommon


@tagged("post_install", "-at_install")
class TestShipmentInvoice(BackorderCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.backorder_invoicing = "each"
        cls.desk.write({"invoice_policy": "delivery", "taxes_id": False})

    def _sell_short(self, *lines, there=6):
        if there:
            self._stock(self.desk, there)
        return self._sell((self.desk, 10), *lines)

    def _get_quantities(self, order):
        invoices = order.invoice_ids.sorted("id")
        return [sorted(x.invoice_line_ids.mapped("quantity")) for x in invoices]

    def _ship_next(self, order, quantity=None, **options):
        picking = self._get_open_pickings(order).filtered(lambda p: p.state == "assigned")
        self._ship(picking, quantity and {self.desk: quantity}, **options)
        self._assert_sound()
        return picking

    def test_each_backorder_shipment(self):
        """The first six are no backorder; then three and one."""
        order = self._sell_short()
        first = self._ship_next(order)
        self.assertFalse(order.invoice_ids or first.backorder_invoice_ids)
        self._receive(self.desk, 4)
        order.order_line.qty_to_invoice = 0  # somebody invoices the first six in another way
        second = self._ship_next(order, 3)
        self.assertEqual(self._get_quantities(order), [[3]])
        self.assertEqual(order.invoice_ids.state, "draft")
        self.assertEqual(second.backorder_invoice_ids, order.invoice_ids)
        third = self._ship_next(order)
        self.assertEqual(self._get_quantities(order), [[3], [1]])
        self.assertEqual(third.backorder_invoice_ids, order.invoice_ids.sorted("id")[-1])
        self.assertEqual(order.order_line.qty_to_invoice, 6)
        second._invoice_backorders(set(order.order_line.ids))
        self.assertEqual(len(order.invoice_ids), 2)

    def test_steps(self):
        """Only the transfer that reaches the customer is invoiced."""
        self.warehouse.delivery_steps = "pick_ship"
        order = self._sell_short()
        self._receive(self.desk, 4)
        self._ship_next(order)
        self.assertFalse(order.invoice_ids)
        last = self._ship_next(order)
        self.assertEqual(self._get_quantities(order), [[10]])
        self.assertEqual(last.backorder_invoice_ids, order.invoice_ids)

    def test_off_by_default_and_by_customer(self):
        self.assertEqual(
            self.env["res.company"].default_get(["backorder_invoicing"]),
            {"backorder_invoicing": "none"},
        )
        for company, customer, drafts in (
            ("none", False, 0),
            ("none", "each", 1),
            ("each", "none", 0),
            ("each", False, 1),
        ):
            with self.subTest(company=company, customer=customer):
                self.company.backorder_invoicing = company
                self.customer.backorder_invoicing = customer
                self.desk = self._create_product("Desk", invoice_policy="delivery")
                order = self._sell((self.desk, 2))
                self._receive(self.desk, 2)
                self._ship_next(order)
                self.assertEqual(len(order.invoice_ids), drafts)

    def test_only_what_is_invoiced_as_delivered(self):
        """The lamp is invoiced as ordered, and the desk is invoiced already."""
        lamp = self._create_product("Lamp", invoice_policy="order")
        order = self._sell_short((lamp, 2), there=0)
        desk_line = order.order_line[0]
        desk_line.qty_to_invoice = 10
        order.order_line[1].qty_to_invoice = 0
        order._create_invoices()
        self._receive(self.desk, 10)
        self._receive(lamp, 2)
        self._ship_next(order)
        self.assertEqual(self._get_quantities(order), [[10]])

    def test_the_last_deducts_what_was_paid_ahead(self):
        order = self._sell_short(there=0)
        self.env["sale.advance.payment.inv"].with_context(
            active_model="sale.order", active_ids=order.ids
        ).create({"advance_payment_method": "percentage", "amount": 50}).create_invoices()
        order.invoice_ids.action_post()
        self._receive(self.desk, 10)
        self._ship_next(order, 4)
        self._ship_next(order)
        amounts = order.invoice_ids.sorted("id").mapped("amount_untaxed")
        # 50 ahead, 4 x 10, 6 x 10 - 50
        self.assertEqual(amounts, [50, 40, 10])

    def test_warehouse_ships_and_a_problem_does_not_stop_it(self):
        worker = new_test_user(self.env, "worker", groups="stock.group_stock_user")
        order = self._sell_short(there=0)
        self._receive(self.desk, 10)
        picking = self._get_open_pickings(order)
        picking.move_ids.write({"quantity": 4, "picked": True})
        self._ship(picking.with_user(worker))
        self.assertEqual(self._get_quantities(order), [[4]])
        rest = self._get_open_pickings(order)
        broken = patch.object(
            type(rest), "_get_shipped_to_invoice", side_effect=ValueError("no journal")
        )
        with broken, self.assertLogs("odoo.addons.backorder_management", "ERROR"):
            self._ship(rest.with_user(worker))
        self.assertEqual(rest.state, "done")
        self.assertIn("no journal", "".join(rest.message_ids.mapped("body")))
        self._assert_sound()

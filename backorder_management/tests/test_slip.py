"""The delivery slip says which lines complete a backorder, and what is still to come."""

from odoo.tests import tagged

from .common import BackorderCommon

REPORT = "stock.action_report_delivery"


@tagged("post_install", "-at_install")
class TestSlip(BackorderCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.backorder_slip_dates = False

    def _deliver(self, order, quantity):
        """:return: the transfer that shipped this quantity, in the product's unit"""
        picking = self._get_open_pickings(order)
        self._ship(picking, {self.desk: quantity})
        return picking

    def _print(self, picking):
        html, _type = self.env["ir.actions.report"]._render_qweb_html(REPORT, picking.ids)
        return " ".join(html.decode().split())

    def test_completes(self):
        """Only the last delivery completes the backorder; the first says what is to come."""
        self._stock(self.desk, 2)
        order = self._sell((self.desk, 5))
        first = self._deliver(order, 2)
        self.assertNotIn("Completes", self._print(first))
        self.assertEqual([row["quantity"] for row in first._get_slip_remaining()], [3])
        self.assertIn("Remaining quantities not yet delivered", self._print(first))
        self._stock(self.desk, 3)
        last = self._deliver(order, 3)
        name = order.backorder_ids.name
        self.assertIn(f"Completes {name}", self._print(last))
        self.assertFalse(last._get_slip_remaining())
        self.assertNotIn("Remaining quantities", self._print(last))
        self.assertNotIn("Completes", self._print(first))

    def test_before_shipping(self):
        """Printed before it ships, the slip says the same."""
        order = self._sell((self.desk, 5))
        self._stock(self.desk, 5)
        order.picking_ids.action_assign()
        slip = self._print(order.picking_ids)
        self.assertIn(f"Completes {order.backorder_ids.name}", slip)
        self.assertNotIn("Remaining quantities", slip)

    def test_no_second_number(self):
        """What is on backorder is printed once, not once by core and once by us."""
        self._stock(self.desk, 2)
        order = self._sell((self.desk, 5))
        slip = self._print(self._deliver(order, 2))
        remaining = slip.split("Remaining quantities")[1]
        self.assertEqual(remaining.count("Desk"), 1)

    def test_dates_are_off(self):
        """Customers' paper shows no date until the company says so."""
        self._stock(self.desk, 2)
        order = self._sell((self.desk, 5))
        picking = self._deliver(order, 2)
        order.backorder_ids.line_ids.sudo().expected_date = "2030-05-20"
        self.assertNotIn("Expected to ship", self._print(picking))
        self.company.backorder_slip_dates = True
        self.assertIn("Expected to ship", self._print(picking))
        self.assertIn("05/20/2030", self._print(picking))

    def test_dozens(self):
        """What is to come is in the unit of the order."""
        dozen = self.env.ref("uom.product_uom_dozen")
        self._stock(self.desk, 12)
        order = self._sell((self.desk, 3, dozen))
        picking = self._deliver(order, 12)
        [row] = picking._get_slip_remaining()
        self.assertEqual((row["quantity"], row["uom"]), (2, dozen))

    def test_plain_delivery(self):
        """Without a backorder the slip is core's."""
        self._stock(self.desk, 5)
        order = self._sell((self.desk, 5))
        slip = self._print(self._deliver(order, 5))
        self.assertNotIn("Completes", slip)
        self.assertNotIn("Remaining", slip)

"""What may ship, by the shipment rule of the order: also where no policy hands out the stock."""

from odoo.exceptions import UserError
from odoo.tests import Form, tagged

from .common import BackorderCommon


@tagged("post_install", "-at_install")
class TestReadiness(BackorderCommon):
    """Core reserves the desks that come, the chairs are missing; no policy is active."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.chair = cls._create_product("Chair")

    def _owe(self, **values):
        return self._sell((self.desk, 4), (self.chair, 2), **values)

    def _assert_waits(self, order, text):
        record = order.backorder_ids
        self.assertEqual(record.state, "open")
        moves = order.order_line.move_ids
        before = [(m.state, m.quantity, m.picked) for m in moves]
        for validate in (True, False):
            with self.assertRaises(UserError) as caught:
                record.fulfil(validate=validate)
            self.assertEqual(
                str(caught.exception), f"Nothing of {record.name} is ready to ship. {text}"
            )
        self.assertEqual([(m.state, m.quantity, m.picked) for m in moves], before)
        self._assert_sound()

    def test_customer_takes_complete_orders_only(self):
        self.customer.backorder_shipping = "whole"
        order = self._owe()
        self._receive(self.desk, 4)
        self._assert_line(order, self.desk, open=4, ready=4, state="open")
        text = f"{order.name} ships only when it is complete. Still missing: 2 Units Chair."
        self._assert_waits(order, text)
        line = order.backorder_ids.line_ids[0]
        with self.assertRaisesRegex(UserError, "Nothing of .+ 2 Units Chair"):
            order.backorder_ids.fulfil({line.id: 4})
        self._receive(self.chair, 2)
        self._assert_line(order, self.desk, open=4, ready=4, state="ready")
        order.backorder_ids.fulfil(validate=True)
        self.assertEqual(order.backorder_ids.state, "done")

    def test_company_takes_complete_orders_only(self):
        """The order says otherwise: somebody decided."""
        self.company.backorder_shipping = "whole"
        order, other = self._owe(), self._owe(backorder_shipping="as_available")
        self._receive(self.desk, 8)
        self.assertEqual((order | other).backorder_ids.mapped("state"), ["open", "ready"])
        self.assertEqual(order.backorder_ids.state_label, "Ready, waiting to ship complete")
        other.backorder_ids.fulfil(validate=True)
        self.assertEqual(other.order_line.mapped("qty_delivered"), [4, 0])

    def test_complete_lines_only(self):
        """3 of 4 desks are no line, 2 of 2 chairs are one."""
        order = self._owe(backorder_shipping="lines")
        self._receive(self.desk, 3)
        self._assert_line(order, self.desk, open=4, ready=3, state="open")
        self._assert_waits(
            order,
            f"{order.name} ships only complete items. Still missing: 1 Units Desk, 2 Units Chair.",
        )
        self._receive(self.chair, 2)
        self._assert_line(order, self.chair, open=2, ready=2, state="ready")
        order.backorder_ids.fulfil(validate=True)
        self.assertEqual(order.order_line.mapped("qty_delivered"), [0, 2])

    def test_last_of_two_shipments(self):
        order = self._owe(backorder_shipping="capped", backorder_max_shipments=2)
        self._receive(self.desk, 1)
        self._assert_line(order, self.desk, open=4, ready=1, state="ready")
        order.backorder_ids.fulfil(validate=True)
        self._receive(self.desk, 3)
        self._assert_line(order, self.desk, open=3, ready=3, state="partial")
        with self.assertRaisesRegex(UserError, "2 deliveries at most.+missing: 2 Units Chair"):
            order.backorder_ids.fulfil(validate=True)
        self._receive(self.chair, 2)
        self._assert_line(order, self.desk, open=3, ready=3, state="ready")

    def test_minimum(self):
        """4 of 6 are 67 %; 4 desks of 10.0 are 40.0, with a chair 50.0."""
        order = self._owe(
            backorder_shipping="minimum", backorder_minimum=5, backorder_minimum_measure="quantity"
        )
        self._receive(self.desk, 4)
        self._assert_waits(order, f"{order.name} ships from 5 on, and only 4 could be had now.")
        order.write({"backorder_minimum": 70, "backorder_minimum_measure": "share"})
        self._assert_line(order, self.desk, ready=4, state="open")
        order.backorder_minimum = 66
        self._assert_line(order, self.desk, ready=4, state="ready")
        order.write({"backorder_minimum": 50, "backorder_minimum_measure": "value"})
        self._assert_line(order, self.desk, ready=4, state="open")
        self._receive(self.chair, 1)
        self._assert_line(order, self.desk, ready=4, state="ready")

    def test_rule_of_the_customer_changes(self):
        order = self._owe()
        self._receive(self.desk, 4)
        self.assertEqual(order.backorder_ids.state, "ready")
        self.customer.backorder_shipping = "whole"
        self.env["backorder.tracker"]._drain()
        self.assertEqual(order.backorder_ids.state, "open")
        order.backorder_shipping = "as_available"
        self.assertEqual(order.backorder_ids.state, "ready")

    def test_explained(self):
        """The desks are reserved: what they wait for is the chair."""
        order = self._owe(backorder_shipping="whole")
        self._receive(self.desk, 4)
        answer = order.backorder_ids.line_ids[0].explain()
        self.assertEqual(
            answer["text"],
            "Everything is reserved and ships when the order is complete. Missing: 2 Units Chair.",
        )

    def test_window(self):
        """It offers what may ship: nothing, and says why."""
        order = self._owe(backorder_shipping="whole")
        self._receive(self.desk, 4)
        wizard = self.env["sale.backorder.fulfil"].with_context(
            active_model="sale.backorder", active_id=order.backorder_ids.id
        )
        window = Form(wizard).save()
        self.assertEqual(window.line_ids.mapped("qty_ready"), [4, 0])
        self.assertEqual(window.line_ids.mapped("quantity"), [0, 0])
        with self.assertRaisesRegex(UserError, "ships only when it is complete"):
            window.action_fulfil()

    def test_orders_without_a_rule_cost_nothing(self):
        readiness = self.env["backorder.readiness"]
        order = self._owe()
        self.env.flush_all()
        with self.assertQueryCount(0):
            self.assertEqual(readiness._read_rules({order.id: "as_available"}), {})

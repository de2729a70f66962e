"""What the order rules refuse and is then given up is kept as lost demand, once."""

from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import new_test_user, tagged

from .common import BackorderCommon


@tagged("post_install", "-at_install")
class TestLostDemand(BackorderCommon):
    """Two of five desks are there, at 10 each: three are refused."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.rule = cls.env["backorder.acceptance.rule"].create(
            {"name": "In stock", "action": "refuse"}
        )
        cls._stock(cls.desk, 2)

    def setUp(self):
        super().setUp()
        self.order = self._sell((self.desk, 5), confirm=False)
        self.line = self.order.order_line

    def _lost(self, order=None):
        """[(quantity, amount, how)], the first kept first"""
        rows = self.env["backorder.lost.demand"].search(
            [("sale_order_id", "=", (order or self.order).id)], order="id"
        )
        return [(r.quantity, r.amount, r.ended_by) for r in rows]

    def _reason(self):
        return self.env["backorder.lost.demand"].search([("product_id", "=", self.desk.id)]).reason

    # === CANCELLED === #

    def test_cancelled(self):
        with self.assertRaises(UserError):
            self.order.action_confirm()
        self.order.action_cancel()
        self.assertEqual(self._lost(), [(3, 30, "cancelled")])
        self.assertEqual(
            self._reason(),
            "Desk: Only 2 Units of 5 Units are in stock. The quotation was cancelled.",
        )
        self.order.action_cancel()
        self.assertEqual(len(self._lost()), 1)

    def test_cancelled_by_who_sells(self):
        seller = new_test_user(self.env, "seller", groups="sales_team.group_sale_salesman")
        order = self._sell((self.desk, 5), user_id=seller.id, confirm=False)
        order.with_user(seller).action_cancel()
        self.assertEqual(self._lost(order), [(3, 30, "cancelled")])

    def test_set_back_and_confirmed_later(self):
        """It was not lost after all."""
        self.order.action_cancel()
        self.order.action_draft()
        self.assertEqual(self._lost(), [])
        self._stock(self.desk, 3)
        self.order.action_confirm()
        self.assertEqual((self.order.state, self._lost()), ("sale", []))
        self.order._action_cancel()
        self.assertEqual(self._lost(), [], "an order is no quotation")

    def test_set_back_and_cancelled_again(self):
        self.order.action_cancel()
        self.order.action_draft()
        self._stock(self.desk, 1)
        self.order.action_cancel()
        self.assertEqual(self._lost(), [(2, 20, "cancelled")])

    def test_never_refused(self):
        """In stock, without a rule, with one that only warns, accepted by a manager, declined by
        the customer, who may sign what he was sent."""
        covered = self._sell((self.desk, 2), confirm=False)
        accepted = self._sell((self.desk, 5), confirm=False)
        accepted.accept_anyway("Confirmed by phone")
        declined = self._sell((self.desk, 5), confirm=False)
        customer = new_test_user(self.env, "customer", groups="base.group_portal")
        declined.with_user(customer).sudo()._action_cancel()
        (covered | accepted).action_cancel()
        self.rule.action = "warn"
        self.order.action_cancel()
        self.rule.active = False
        free = self._sell((self.desk, 5), confirm=False)
        free.action_cancel()
        for order in (covered, accepted, declined, self.order, free):
            self.assertEqual((order.state, self._lost(order)), ("cancel", []))

    def test_all_at_once(self):
        """Two quotations of 5 and 4: each is judged as the last in line, so 3 and 2."""
        other = self._sell((self.desk, 4), confirm=False)
        (self.order | other)._action_cancel()
        self.assertEqual(self._lost(), [(3, 30, "cancelled")])
        self.assertEqual(self._lost(other), [(2, 20, "cancelled")])

    # === LOWERED OR DELETED === #

    def test_lowered(self):
        self.line.product_uom_qty = 2
        self.assertEqual(self._lost(), [(3, 30, "lowered")])
        self.assertEqual(
            self._reason(), "Desk: Only 2 Units of 5 Units are in stock. The line was lowered."
        )
        self.order.action_confirm()
        self.assertEqual((self.order.state, self._lost()), ("sale", [(3, 30, "lowered")]))

    def test_lowered_step_by_step(self):
        """One less, then all that is refused and one more: three are lost, not four."""
        self.line.product_uom_qty = 4
        self.assertEqual(self._lost(), [(1, 10, "lowered")])
        self.line.product_uom_qty = 1
        self.assertEqual(self._lost(), [(3, 30, "lowered")])
        self.order.action_cancel()
        self.assertEqual(self._lost(), [(3, 30, "lowered")])

    def test_lowered_then_cancelled(self):
        """One by one, the other two with the quotation."""
        self.line.product_uom_qty = 4
        self.order.action_cancel()
        self.assertEqual(self._lost(), [(1, 10, "lowered"), (2, 20, "cancelled")])
        self.order.action_draft()
        self.assertEqual(self._lost(), [(1, 10, "lowered")])

    def test_raised_again(self):
        """What is asked for again is not lost: 3, then 1 of them, then none."""
        self.line.product_uom_qty = 2
        self.line.product_uom_qty = 4
        self.assertEqual(self._lost(), [(1, 10, "lowered")])
        self.line.product_uom_qty = 9
        self.assertEqual(self._lost(), [])

    def test_reduced_then_raised(self):
        self.order.reduce_to_acceptable()
        self.assertEqual(self._lost(), [(3, 30, "reduced")])
        self.assertEqual(self._reason(), "Desk: Only 2 Units of 5 Units are in stock.")
        self.line.product_uom_qty = 5
        self.assertEqual(self._lost(), [])
        self.order.action_cancel()
        self.assertEqual(self._lost(), [(3, 30, "cancelled")])

    def test_deleted(self):
        self.line.unlink()
        self.assertEqual(self._lost(), [(3, 30, "lowered")])
        self.assertIn("The line was deleted.", self._reason())
        self.order.action_cancel()
        self.assertEqual(len(self._lost()), 1)

    def test_another_product(self):
        """Three desks are lost; nothing of the lamp, which is there."""
        lamp = self._create_product("Lamp")
        self._stock(lamp, 9)
        self.line.product_id = lamp
        self.assertEqual(self._lost(), [(3, 30, "lowered")])
        self.line.product_id = self.desk
        self.assertEqual(self._lost(), [])

    def test_as_the_form_saves_it(self):
        """Two lines share the stock: the first has its 2, of the second's 5 all are refused."""
        order = self._sell((self.desk, 2), (self.desk, 5), confirm=False)
        first, second = order.order_line
        order.write(
            {
                "order_line": [
                    Command.update(first.id, {"name": "Desk, black"}),
                    Command.update(second.id, {"product_uom_qty": 3}),
                ]
            }
        )
        self.assertEqual(self._lost(order), [(2, 20, "lowered")])
        order.write({"order_line": [Command.delete(second.id)]})
        self.assertEqual(self._lost(order), [(2, 20, "lowered"), (3, 30, "lowered")])

    def test_other_units(self):
        """A dozen at 120, two desks are there: ten are lost."""
        dozen = self.env.ref("uom.product_uom_dozen")
        order = self._sell((self.desk, 1, dozen), confirm=False)
        order.order_line.price_unit = 120
        order.action_cancel()
        self.assertEqual(self._lost(order), [(10, 100, "cancelled")])

    def test_not_refused_any_more(self):
        """The goods have come in the meantime."""
        self._stock(self.desk, 3)
        self.line.product_uom_qty = 1
        self.assertEqual(self._lost(), [])

    def test_confirmed_order_is_lowered(self):
        self._stock(self.desk, 3)
        self.order.action_confirm()
        self.line.product_uom_qty = 1
        self.assertEqual(self._lost(), [])

"""Why not me? Reasons that follow from shipment rules, segments and the way stock is shared."""

from odoo.fields import Command
from odoo.tests import tagged

from .test_explain import ExplainCase


@tagged("post_install", "-at_install")
class TestExplainRules(ExplainCase):
    def test_waits_to_be_whole(self):
        """5 desks are there, no chair: the order could have its 4 desks."""
        chair = self._create_product("Chair")
        order = self._sell((self.desk, 4), (chair, 2), backorder_shipping="whole")
        self._receive(self.desk, 5)
        answer = self._explain(order, self.desk)
        self.assertEqual(answer["reason"], "waits_whole")
        self.assertEqual(
            answer["text"],
            f"{order.name} ships only when it is complete. Still missing: 2 Units Chair.",
        )
        self.assertEqual(
            answer["unblock"]["text"], "Ship with 4 of 4 instead of waiting to be whole"
        )
        # for the chair itself the rule is not what is in its way
        self.assertEqual(self._explain(order, chair)["reason"], "no_supply")

    def test_waits_to_be_whole_while_others_take(self):
        chair = self._create_product("Chair")
        whole, _other = self._orders(4, 3)
        whole.backorder_shipping = "whole"
        whole.write(
            {"order_line": [Command.create({"product_id": chair.id, "product_uom_qty": 2})]}
        )
        self._receive(self.desk, 5)
        answer = self._explain(whole, self.desk)
        # 5 - 3 of the other one leave 2 of 4
        self.assertEqual(answer["reason"], "waits_whole")
        self.assertIn("2 Units Desk, 2 Units Chair", answer["text"])
        self.assertIn("reserved_for_other", self._codes(answer))
        self.assertEqual(answer["unblock"]["quantity"], 2)

    def test_waits_for_its_line(self):
        (order,) = self._orders(5, backorder_shipping="lines")
        self._receive(self.desk, 3)
        answer = self._explain(order)
        self.assertEqual(answer["reason"], "waits_line")
        self.assertEqual(
            answer["text"],
            "This item ships only when it is complete: 3 of 5 Units could be had now, missing: 2.",
        )
        self.assertEqual(
            answer["unblock"]["text"], "Ship with 3 of 5 instead of waiting to be whole"
        )

    def test_below_minimum(self):
        """50 % of 10 are 5; 4 are there. At 10.0 each, 60.0 are 6 units."""
        (order,) = self._orders(
            10,
            backorder_shipping="minimum",
            backorder_minimum=50,
            backorder_minimum_measure="share",
        )
        self._receive(self.desk, 4)
        answer = self._explain(order)
        self.assertEqual(answer["reason"], "below_minimum")
        self.assertEqual(
            answer["text"], f"{order.name} ships from 50 % on, and only 40 % could be had now."
        )
        order.write({"backorder_minimum": 6, "backorder_minimum_measure": "quantity"})
        self.assertIn("from 6 on, and only 4", self._explain(order)["text"])
        order.write({"backorder_minimum": 60, "backorder_minimum_measure": "value"})
        self.assertRegex(self._explain(order)["text"], r"60\.00.+40\.00")

    def test_last_of_two_shipments(self):
        (order,) = self._orders(6, backorder_shipping="capped", backorder_max_shipments=2)
        self._receive(self.desk, 2)
        self._ship(order.picking_ids, {self.desk: 2})
        self._receive(self.desk, 3)
        answer = self._explain(order)
        self.assertEqual(answer["reason"], "capped")
        self.assertEqual(
            answer["text"],
            f"{order.name} ships in 2 deliveries at most. This is the last one, and it waits until "
            "it is complete. Still missing: 1 Units Desk.",
        )
        self.assertEqual(answer["unblock"]["quantity"], 3)

    def test_protected(self):
        """Of 6, 3 are kept for key accounts: 3 of 5 are left for the others."""
        carter = self.env["res.partner"].create({"name": "Carter"})
        self.policy.segment_ids = [
            Command.create(
                {
                    "name": "Key accounts",
                    "partner_domain": f"[('id', '=', {carter.id})]",
                    "protected_qty": 3,
                }
            )
        ]
        (order,) = self._orders(5)
        self._receive(self.desk, 6)
        answer = self._explain(order)
        self.assertEqual(answer["reason"], "protected")
        self.assertEqual(answer["text"], "3 Units on hand are kept for Key accounts.")
        self.assertEqual(answer["unblock"]["quantity"], 2)

    def test_share(self):
        """4 shared evenly between 3 and 5: two each."""
        self.policy.sharing = "even"
        _first, second = self._orders(3, 5)
        self._receive(self.desk, 4)
        answer = self._explain(second)
        self.assertEqual(answer["reason"], "share")
        self.assertEqual(answer["text"], "4 Units are shared evenly among 2: its share is 2.")
        self.assertEqual(answer["quantity"], 3)

    def test_share_in_proportion(self):
        self.policy.sharing = "proportional"
        first, _second = self._orders(6, 2)
        self._receive(self.desk, 4)
        self.assertEqual(
            self._explain(first)["text"],
            "4 Units are shared among 2 in proportion to what they need: its share is 3.",
        )

    def test_reserved_for_a_lower_rank(self):
        self._stock(self.desk, 3)
        first, second = self._orders(4, 3)
        second.picking_ids.do_unreserve()
        first.picking_ids.do_unreserve()
        second.order_line.move_ids.with_context(backorder_caps={})._action_assign()
        answer = self._explain(first)
        self.assertEqual(self._codes(answer)[0], "reserved_for_other", answer)
        self.assertEqual(
            answer["text"],
            f"3 Units are reserved for {second.name}, which comes after it. "
            "A planner may move them.",
        )
        self.assertEqual(answer["unblock"]["text"], f"Move 3 from {second.name}")

    def test_picked_for_a_lower_rank(self):
        first, second = self._orders(4, 3)
        self._stock(self.desk, 3)
        second.picking_ids.move_ids.write({"quantity": 3, "picked": True})
        answer = self._explain(first)
        self.assertEqual(answer["reason"], "picked_for_other")
        self.assertEqual(answer["text"], f"3 Units are already picked for {second.name}.")
        self.assertNotIn("reserved_for_other", self._codes(answer))

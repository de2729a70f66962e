"""Why not me? Rank, who is ahead, and the reasons that follow from policies and shipment rules."""

from odoo.fields import Command
from odoo.tests import new_test_user, tagged

from .common import BackorderCommon

KEYS = {
    "line_id", "product", "uom", "quantity", "rank", "of", "policy", "reason", "text", "also",
    "ahead", "ahead_count", "ahead_qty", "supply", "unblock",
}  # fmt: skip


class ExplainCase(BackorderCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.policy = cls.env["backorder.policy"].create({"name": "First", "method": "fifo"})

    def _orders(self, *quantities, product=None, **values):
        """One order a day, the first one first."""
        orders = [self._sell((product or self.desk, q), **values) for q in quantities]
        for age, order in enumerate(reversed(orders)):
            moment = order.date_order.replace(year=2026, month=1, day=20 - age)
            order.date_order = moment
            order.order_line.move_ids.backorder_seniority = moment
        return orders

    def _explain(self, order, product=None):
        self.env["backorder.tracker"]._drain()
        lines = order.backorder_ids.line_ids
        if product:
            lines = lines.filtered(lambda x: x.product_id == product)
        answer = lines.explain()
        self.assertEqual(set(answer), KEYS)
        self._assert_readable(answer)
        return answer

    def _assert_readable(self, answer):
        """A sentence with a capital and a full stop, without the code of a reason."""
        texts = [answer["text"], *(also["text"] for also in answer["also"])]
        for text in texts:
            self.assertRegex(text, r"^[^a-z].+\.$")
            for code in [answer["reason"], *(also["code"] for also in answer["also"])]:
                if "_" in code:
                    self.assertNotIn(code, text)

    def _codes(self, answer):
        return [answer["reason"], *(also["code"] for also in answer["also"])]


@tagged("post_install", "-at_install")
class TestExplainRank(ExplainCase):
    def test_rank_counts_all_open_demand(self):
        """5 in stock: 4 for the first, 1 of 3 for the second, none of 2 for the third."""
        first, second, third = self._orders(4, 3, 2)
        self._receive(self.desk, 5)
        answer = self._explain(third)
        self.assertEqual((answer["rank"], answer["of"], answer["policy"]), (3, 3, "First"))
        self.assertEqual(answer["quantity"], 2)
        self.assertEqual((answer["ahead_count"], answer["ahead_qty"]), (2, 2))
        self.assertEqual(
            [(a["order"], a["quantity"], a["reserved"]) for a in answer["ahead"]],
            [(first.name, 0, 4), (second.name, 2, 1)],
        )
        self.assertEqual(answer["reason"], "outranked")
        self.assertEqual(
            answer["text"],
            "It is number 3 of 3. The 2 orders before it hold 5 Units and wait for 2 Units.",
        )
        self.assertEqual(answer["unblock"]["text"], f"Give priority above {first.name}")
        answer = self._explain(first)
        self.assertEqual((answer["reason"], answer["rank"], answer["of"]), ("ready", 1, 3))
        self.assertFalse(answer["unblock"])

    def test_nothing_there_and_nothing_coming(self):
        first, second = self._orders(4, 3)
        answer = self._explain(second)
        self.assertEqual((answer["reason"], answer["rank"]), ("no_supply", 2))
        self.assertEqual(answer["text"], "3 Units are short, and none is on its way.")
        self.assertEqual(
            (answer["unblock"]["code"], answer["unblock"]["quantity"]), ("more_stock", 7)
        )
        self.assertEqual(self._explain(first)["unblock"]["quantity"], 4)

    def test_receipt_goes_to_those_before(self):
        """6 come: 4 for the first, 2 of 3 for the second."""
        first, second = self._orders(4, 3)
        self._receive(self.desk, 6, done=False).scheduled_date = "2099-05-12 12:00:00"
        answer = self._explain(second)
        self.assertEqual(answer["reason"], "outranked")
        self.assertEqual(
            answer["text"], f"It is number 2 of 2. Before it, {first.name} waits for 4 Units."
        )
        self.assertEqual(answer["supply"]["quantity"], 6)
        self.assertEqual(answer["supply"]["date"], "2099-05-12")
        answer = self._explain(first)
        self.assertEqual(answer["reason"], "waiting")
        self.assertEqual(answer["unblock"]["code"], "wait")

    def test_without_a_policy_stars_come_first(self):
        self.policy.active = False
        first, second, third = self._orders(4, 3, 2)
        third.picking_ids.priority = "1"
        self.assertEqual([self._explain(o)["rank"] for o in (first, second, third)], [2, 3, 1])
        answer = self._explain(second)
        self.assertEqual(answer["policy"], "Odoo's own order")
        self.assertEqual([a["order"] for a in answer["ahead"]], [third.name, first.name])

    def test_closed(self):
        (order,) = self._orders(4)
        order._action_cancel()
        answer = self._explain(order)
        self.assertEqual((answer["reason"], answer["rank"], answer["of"]), ("closed", 0, 0))

    def test_pinned(self):
        _first, second = self._orders(4, 3)
        second.backorder_ids.line_ids.sudo().pinned = True
        self._receive(self.desk, 7)
        answer = self._explain(second)
        self.assertEqual((answer["reason"], answer["unblock"]["code"]), ("pinned", "unpin"))
        self.assertIn("3 Units", answer["text"])

    def test_ten_are_named_all_are_counted(self):
        *others, last = self._orders(*[1] * 12, 5)
        answer = self._explain(last)
        self.assertEqual([a["order"] for a in answer["ahead"]], [o.name for o in others[:10]])
        self.assertEqual((answer["ahead_count"], answer["ahead_qty"]), (12, 12))

    def test_number_of_queries(self):
        """Ten times as many lines, of as many orders and products, cost no more queries."""
        chairs = [self._create_product(f"Chair {n}") for n in range(44)]
        rules = {
            "backorder_shipping": "minimum",
            "backorder_minimum": 90,
            "backorder_minimum_measure": "share",
        }
        orders = [self._sell((p, 2), (self.desk, 2), **rules) for p in chairs]
        for product in chairs:
            self._stock(product, 1)
        self.env["backorder.tracker"]._drain()
        items = [
            o.backorder_ids.line_ids.filtered(lambda x: x.product_id in chairs) for o in orders
        ]
        few, many = items[0].concat(*items[:4]), items[4].concat(*items[4:])
        self._count_queries(few)
        counts = [self._count_queries(lines) for lines in (few, many)]
        self.assertLessEqual(counts[1], counts[0] + 5)

    def _count_queries(self, lines):
        self.env.invalidate_all()
        start = self.env.cr.sql_log_count
        answers = lines._explain()
        count = self.env.cr.sql_log_count - start
        self.assertEqual({a["reason"] for a in answers}, {"below_minimum"})
        self.assertEqual([a["line_id"] for a in answers], lines.ids)
        return count


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


@tagged("post_install", "-at_install")
class TestExplainRights(ExplainCase):
    def test_own_documents_only(self):
        """A salesperson learns that others are before him, not who they are."""
        mine, other = (
            new_test_user(self.env, f"explain_{name}", groups="sales_team.group_sale_salesman")
            for name in ("mine", "other")
        )
        first, second = self._orders(4, 3)
        first.user_id, second.user_id = other, mine
        self._receive(self.desk, 4)
        self.env.flush_all()
        line = second.backorder_ids.line_ids.with_user(mine)
        answer = line.explain()
        self.assertEqual(answer["rank"], 2)
        self.assertEqual(answer["ahead"][0]["order"], "another order")
        self.assertFalse(answer["ahead"][0]["partner"])
        self.assertNotIn(first.name, str(answer))
        self.assertIn("another order holds 4 Units", answer["text"])
        self.assertEqual(second.order_line.with_user(mine).explain_backorder(), [answer])
        for group in ("sales_team.group_sale_salesman_all_leads", "stock.group_stock_user"):
            user = new_test_user(self.env, f"explain_{group[-5:]}", groups=group)
            answer = second.backorder_ids.line_ids.with_user(user).explain()
            self.assertEqual(answer["ahead"][0]["order"], first.name)
            self.assertEqual(answer["ahead"][0]["partner"], "Baker & Sons")

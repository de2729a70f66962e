"""Why not me? Rank, who is ahead, and the reasons that follow from policies and shipment rules."""

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
            "The 2 orders before it hold 5 Units and wait for 2 Units.",
        )
        self.assertEqual(answer["unblock"]["text"], f"Give priority above {first.name}")
        answer = self._explain(first)
        self.assertEqual((answer["reason"], answer["rank"], answer["of"]), ("ready", 1, 3))
        self.assertFalse(answer["unblock"])

    def test_rank_counts_demand_that_is_not_due(self):
        """The first is reserved by date, in years: it stands in the line, takes nothing today, and
        what serves backorders says the same."""
        self.warehouse.out_type_id.write(
            {"reservation_method": "by_date", "reservation_days_before": 1}
        )
        later, due = self._orders(4, 3)
        later.order_line.move_ids.write({"reservation_date": "2099-01-01"})
        due.order_line.move_ids.write({"reservation_date": "2020-01-01"})
        self.env["backorder.tracker"]._refresh_orders(due.ids)
        answer = self._explain(due)
        self.assertEqual((answer["rank"], answer["of"], answer["ahead_qty"]), (2, 2, 4))
        self.assertEqual([a["order"] for a in answer["ahead"]], [later.name])
        places = self.env["backorder.serve"]._read_ranks(due.backorder_ids.line_ids)
        self.assertEqual(places, {due.backorder_ids.line_ids: 2})
        self._receive(self.desk, 3)
        self.assertEqual(self._reserved(later, due), [0, 3])
        answer = self._explain(due)
        self.assertEqual((answer["reason"], answer["rank"], answer["of"]), ("ready", 2, 2))

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
        self._receive(self.desk, 6, done=False).scheduled_date = "2099-05-12 12:00:00"
        first, second = self._orders(4, 3)
        answer = self._explain(second)
        self.assertEqual(answer["reason"], "outranked")
        self.assertEqual(answer["text"], f"Before it, {first.name} waits for 4 Units.")
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
        self.assertEqual(answer["text"], "Before it, another order holds 4 Units.")
        self.assertEqual(second.order_line.with_user(mine).explain_backorder(), [answer])
        for group in ("sales_team.group_sale_salesman_all_leads", "stock.group_stock_user"):
            user = new_test_user(self.env, f"explain_{group[-5:]}", groups=group)
            answer = second.backorder_ids.line_ids.with_user(user).explain()
            self.assertEqual(answer["ahead"][0]["order"], first.name)
            self.assertEqual(answer["ahead"][0]["partner"], "Baker & Sons")

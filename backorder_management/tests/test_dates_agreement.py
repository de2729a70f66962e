"""The date that is named is the date on which the stock is had, when all supply comes on time."""

from odoo.tests import tagged

from .rank_case import RankCase

METHODS = (
    "fifo", "promised_date", "priority", "tier", "order_value", "largest", "smallest", "weighted",
    "proportional", "even", "complete_orders",
)  # fmt: skip
POOLS = 19  # of each method: 209 in all


@tagged("post_install", "-at_install")
class TestDatesAgreement(RankCase):
    def test_random_pools(self):
        """209 pools, eleven ways to share, some orders ship whole: who is named for a receipt, how
        much and when, gets just that."""
        for method in METHODS:
            with self.subTest(method):
                self.policy.method = method
                self._check_pools(method)

    def _check_pools(self, method):
        products = [self._create_product(f"{method} {n}") for n in range(POOLS)]
        orders = self._create_orders(products)
        for order in self.random.sample(list(orders), 1):
            order.backorder_shipping = "whole"
        receipts = self._create_receipts(products)
        named, named_last = self._get_named(orders)
        self.assertTrue(named)
        given, complete = {}, {}
        moves = orders.order_line.move_ids
        for date, receipt in receipts:
            before = self._get_reserved(moves)
            self._take_in(receipt)
            for move_id, quantity in self._get_reserved(moves).items():
                if quantity > before[move_id]:
                    given[move_id, date] = quantity - before[move_id]
        for move in moves:
            if move.quantity == move.product_uom_qty:
                complete[move.id] = max(d for i, d in given if i == move.id)
        self.assertEqual(named, given)
        self.assertEqual(named_last, complete)

    def _get_named(self, orders):
        """:return: {(move, date): quantity}, and {move: when its last unit comes}"""
        self.env.flush_all()
        facts = self.env["backorder.reader"]._read_facts(orders.order_line.ids)
        parts, last = {}, {}
        for fact in facts.values():
            [root] = fact.outline.roots
            for peg in fact.pegs:
                key = root.id, peg.date
                parts[key] = parts.get(key, 0.0) + peg.quantity
            if fact.expected:
                last[root.id] = fact.expected
        return parts, last

"""Dates, the reception report and real reservations follow one order."""

from datetime import timedelta

from odoo.tests import tagged

from .rank_case import RankCase

METHODS = ("fifo", "promised_date", "priority", "tier", "order_value", "largest", "smallest")
POOLS = 8


@tagged("post_install", "-at_install")
class TestSameRank(RankCase):
    # === TESTS === #

    def test_random_pools(self):
        """56 pools: who is named for a receipt, by date and by the report, does get it."""
        for method in METHODS:
            with self.subTest(method):
                self.policy.method = method
                self._check_pools(method)

    def _check_pools(self, method):
        products = [self._create_product(f"{method} {n}") for n in range(POOLS)]
        orders = self._create_orders(products)
        receipts = self._create_receipts(products)
        moves = orders.order_line.move_ids
        expected = self._get_expected(orders)
        self.assertEqual(len(expected), len(moves))
        complete = dict.fromkeys(moves.ids)
        for date, receipt in receipts:
            before = self._get_reserved(moves)
            offered = self._get_offered(receipt)
            self._take_in(receipt)
            after = self._get_reserved(moves)
            given = {i: q - before[i] for i, q in after.items() if q > before[i]}
            self.assertEqual(offered, given)
            for move in moves:
                if after[move.id] == move.product_uom_qty:
                    complete[move.id] = complete[move.id] or date
        self.assertTrue(any(complete.values()))
        self.assertEqual(expected, complete)

    def test_largest_by_hand(self):
        """Two of 3 and 5 wait. A receipt of 6 on Monday, of 2 on Friday: the largest is complete on
        Monday, the other on Friday; the report offers 5 and 1. By age it would be the reverse."""
        self.policy.method = "largest"
        small, large = self._sell((self.desk, 3)), self._sell((self.desk, 5))
        monday, friday = (self.now + timedelta(days=d) for d in (3, 7))
        receipt = self._announce(monday, {self.desk: 6})
        self._announce(friday, {self.desk: 2})
        expected = self._get_expected(small | large)
        first, second = large.order_line.move_ids, small.order_line.move_ids
        self.assertEqual(expected, {first.id: monday, second.id: friday})
        self.assertEqual(self._get_offered(receipt), {first.id: 5, second.id: 1})
        self.policy.method = "fifo"
        expected = self._get_expected(small | large)
        self.assertEqual(expected, {first.id: friday, second.id: monday})
        self.assertEqual(self._get_offered(receipt), {second.id: 3, first.id: 3})

    def test_later_reservation_keeps_its_place(self):
        """Demand that is reserved by date is not due: what comes before its day goes to the next,
        and no unit is promised twice. Without a policy the date is the careful one."""
        first = self._sell((self.desk, 4))
        first.picking_ids.picking_type_id.reservation_method = "by_date"
        first.order_line.move_ids.reservation_date = self.now + timedelta(days=20)
        second = self._sell((self.desk, 4))
        second.order_line.move_ids.reservation_date = self.now.date()
        monday, friday = (self.now + timedelta(days=d) for d in (3, 7))
        self._announce(monday, {self.desk: 4})
        self._announce(friday, {self.desk: 4})
        move = second.order_line.move_ids.id
        self.policy.active = False
        self.assertEqual(self._get_expected(second), {move: friday})
        self.policy.active = True
        self.assertEqual(self._get_expected(second), {move: monday})
        # reserved by hand only: takes no part unless it is asked for
        first.picking_ids.picking_type_id.reservation_method = "manual"
        for active in (False, True):
            self.policy.active = active
            self.assertEqual(self._get_expected(first | second)[move], friday)
            self.assertEqual(self._get_expected(second), {move: monday})

    def test_customers_before_transfers(self):
        """Internal transfers do not compete: they come after customers, also when they are older
        and starred. Core serves the star first."""
        transfer = self.env["stock.move"].create(
            {
                "product_id": self.desk.id,
                "product_uom_qty": 4,
                "location_id": self.stock.id,
                "location_dest_id": self.warehouse.wh_pack_stock_loc_id.id,
                "picking_type_id": self.warehouse.int_type_id.id,
                "priority": "1",
            }
        )
        transfer._action_confirm()
        order = self._sell((self.desk, 4))
        monday = self.now + timedelta(days=3)
        self._announce(monday, {self.desk: 4})
        move = order.order_line.move_ids.id
        self.assertEqual(self._get_expected(order), {move: monday})
        self.policy.active = False
        self.assertEqual(self._get_expected(order), {move: None})

    def test_no_policy_no_query(self):
        """Without an active policy the dates cost what they cost before; with one, the number of
        queries does not depend on how many wait."""
        self.policy.active = False
        orders = self._sell((self.desk, 2)) | self._sell((self.desk, 2))
        self._announce(self.now + timedelta(days=3), {self.desk: 4})
        outlines = self.env["backorder.reader"]._read_outlines(orders.order_line.ids)
        roots = [m for o in outlines.values() for m in o.roots]
        supply = self.env["backorder.supply"]
        supply._read_ahead(roots, {}, self.now)
        with self.assertQueryCount(1):
            supply._read_ahead(roots, {}, self.now)
        self.policy.active = True
        supply._read_ahead(roots, {}, self.now)
        with self.assertQueryCount(4):
            supply._read_ahead(roots, {}, self.now)
        more = orders.concat(*(self._sell((self.desk, 2)) for _i in range(5)))
        outlines = self.env["backorder.reader"]._read_outlines(more.order_line.ids)
        roots = [m for o in outlines.values() for m in o.roots]
        self.env.flush_all()
        with self.assertQueryCount(4):
            supply._read_ahead(roots, {}, self.now)

"""Dates, the reception report and real reservations follow one order."""

import random
from datetime import timedelta

from odoo import fields
from odoo.fields import Command
from odoo.tests import tagged

from .common import BackorderCommon

METHODS = ("fifo", "promised_date", "priority", "tier", "order_value", "largest", "smallest")
POOLS, ORDERS, RECEIPTS = 8, 5, 3


@tagged("post_install", "-at_install")
class TestSameRank(BackorderCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.random = random.Random(20260117)
        cls.policy = cls.env["backorder.policy"].create({"name": "Rank", "method": "fifo"})
        cls.now = fields.Datetime.now()

    # === BUILDERS === #

    def _create_orders(self, products):
        """Orders of different age, value, date, star and customer, confirmed in any order."""
        orders = self.env["sale.order"]
        for number in range(ORDERS):
            tier = self.random.choice("123")
            customer = self.env["res.partner"].create(
                {"name": f"Customer {number}", "backorder_tier": tier}
            )
            wanted = [(p, self.random.randint(1, 9)) for p in products]
            orders |= self._sell(
                *self.random.sample(wanted, self.random.randint(2, len(wanted))),
                partner_id=customer.id,
                commitment_date=self.now + timedelta(days=self.random.randint(-9, 40)),
            )
        for order in orders:
            since = self.now - timedelta(days=self.random.randint(0, 5))
            order.date_order = since
            order.order_line.move_ids.write({"backorder_seniority": since})
            order.picking_ids.priority = self.random.choice("01")
        return orders

    def _create_receipts(self, products):
        """:return: list of (date, receipt), the first to come first"""
        result = []
        for day in sorted(self.random.sample(range(1, 60), RECEIPTS)):
            date = self.now + timedelta(days=day)
            receipt = self._announce(date, {p: self.random.randint(1, 9) for p in products})
            result.append((date, receipt))
        return result

    def _announce(self, date, quantities):
        places = {
            "location_id": self.supplier_location.id,
            "location_dest_id": self.stock.id,
        }
        receipt = self.env["stock.picking"].create(
            {
                "picking_type_id": self.warehouse.in_type_id.id,
                **places,
                "move_ids": [
                    Command.create(
                        {"product_id": p.id, "product_uom_qty": q, "date": date, **places}
                    )
                    for p, q in quantities.items()
                ],
            }
        )
        receipt.action_confirm()
        receipt.move_ids.date = date
        return receipt

    def _take_in(self, receipt):
        receipt.move_ids.picked = True
        receipt.button_validate()

    # === WHAT IS SAID, AND WHAT IS DONE === #

    def _get_expected(self, orders):
        """:return: {move id: when its last unit is expected}"""
        self.env.flush_all()
        facts = self.env["backorder.reader"]._read_facts(orders.order_line.ids)
        return {f.outline.roots[0].id: f.expected for f in facts.values()}

    def _get_offered(self, receipt):
        """:return: {move id: quantity} that the reception report offers"""
        report = self.env["report.stock.report_reception"]
        values = report._get_report_values(receipt.ids)
        return {
            line["move_out"].id: line["quantity"]
            for lines in values["sources_to_lines"].values()
            for line in lines
        }

    def _get_reserved(self, moves):
        self.env["backorder.tracker"]._drain()
        return {m.id: m.quantity for m in moves}

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

"""Demand that competes with nobody needs no plan, and gets what a plan would give it."""

import random
from contextlib import contextmanager
from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.tests import tagged

from .common import BackorderCommon


@tagged("post_install", "-at_install")
class TestPolicyAlone(BackorderCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.policy = cls.env["backorder.policy"].create({"name": "First", "method": "fifo"})
        cls.chair = cls._create_product("Chair")

    @contextmanager
    def _count_plans(self):
        allocator = self.env.registry["backorder.allocator"]
        plan, plans = allocator._plan, []

        def count(self, *args, **kwargs):
            plans.append(args)
            return plan(self, *args, **kwargs)

        with patch.object(allocator, "_plan", count):
            yield plans

    def _get_reserved(self, *orders):
        return [list(o.order_line.move_ids.mapped("quantity")) for o in orders]

    def test_goods_for_all_of_it(self):
        """Five desks and two chairs: an order of three and two, then one of twice one desk."""
        self._stock(self.desk, 5)
        self._stock(self.chair, 2)
        with self._count_plans() as plans:
            order = self._sell((self.desk, 3), (self.chair, 2))
        self.assertEqual((self._get_reserved(order), plans), ([[3, 2]], []))
        with self._count_plans() as plans:
            two_lines = self._sell((self.desk, 1), (self.desk, 1))
        self.assertEqual((self._get_reserved(two_lines), plans), ([[1, 1]], []))
        self.assertFalse((order | two_lines).backorder_ids)

    def test_too_little(self):
        self._stock(self.desk, 2)
        with self._count_plans() as plans:
            order = self._sell((self.desk, 3))
        self.assertEqual((self._get_reserved(order), len(plans)), ([[2]], 1))

    def test_somebody_waits_who_is_not_due(self):
        """The first order is to be reserved in nine days: the goods that are there go to the
        second, after a look at both."""
        self.warehouse.out_type_id.write(
            {"reservation_method": "by_date", "reservation_days_before": 1}
        )
        later = fields.Datetime.now() + timedelta(days=10)
        first = self._sell((self.desk, 4), commitment_date=later)
        self._stock(self.desk, 5)
        with self._count_plans() as plans:
            second = self._sell((self.desk, 3))
        self.assertEqual(self._get_reserved(first, second), [[0], [3]])
        self.assertTrue(plans)

    def test_complete_order_only(self):
        """Three desks are there, its chair is not: it holds nothing."""
        self._stock(self.desk, 3)
        self.customer.backorder_shipping = "whole"
        order = self._sell((self.desk, 3), (self.chair, 1))
        self.assertEqual(self._get_reserved(order), [[0, 0]])

    def test_nobody_waits_for_what_came(self):
        with self._count_plans() as plans:
            self._receive(self.desk, 5)
        self.assertEqual(plans, [])

    def test_same_as_a_plan(self):
        """Orders of random size over random stock, served with and without the short way."""
        rng = random.Random(19)
        for number in range(12):
            products = [self._create_product(f"Part {number}.{i}") for i in range(3)]
            for product in products:
                self._stock(product, rng.randint(1, 6))
            wanted = [
                [(rng.choice(products), rng.randint(1, 3)) for _line in range(rng.randint(1, 4))]
                for _order in range(3)
            ]
            self.assertEqual(self._serve(wanted, short=True), self._serve(wanted, short=False))

    def _serve(self, wanted, short):
        allocator = self.env.registry["backorder.allocator"]
        way = allocator._get_alone if short else lambda *args: None
        with self.env.cr.savepoint() as savepoint, patch.object(allocator, "_get_alone", way):
            found = self._get_reserved(*(self._sell(*lines) for lines in wanted))
            savepoint.rollback()
        self.env.invalidate_all()
        return found

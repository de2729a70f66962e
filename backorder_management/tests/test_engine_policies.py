"""Orders of service: who comes first."""

import itertools
import random
from dataclasses import replace
from math import inf
from unittest import TestCase

from ..engine.demand import RIGHTS, Demand, Policy
from ..engine.policies import AGE_DAYS, AGE_LEAST, RANKS, rank, sharing_of

POOL = (1, 1)


def order_of(demands, method="fifo", **policy):
    return [d.id for d in rank(demands, Policy(method, **policy))]


class TestMethods(TestCase):
    def setUp(self):
        super().setUp()
        old, new = {"seniority": 1.0, "age": 20.0}, {"seniority": 2.0, "age": 10.0}
        self.demands = [
            Demand(1, POOL, 5.0, order=10, **new, promised=40.0, value=90.0),
            Demand(2, POOL, 1.0, order=11, **old, promised=50.0, value=10.0, tier=1),
            Demand(3, POOL, 9.0, order=12, **new, promised=inf, value=50.0, priority=1),
            Demand(4, POOL, 5.0, order=12, **new, promised=30.0, value=50.0, priority=1, line=-1),
        ]

    def test_each_method(self):
        expected = {
            "fifo": [2, 1, 4, 3],
            "promised_date": [4, 1, 2, 3],
            "priority": [4, 3, 2, 1],
            "tier": [2, 1, 4, 3],
            "order_value": [1, 4, 3, 2],
            "largest": [3, 1, 4, 2],
            "smallest": [2, 1, 4, 3],
            "proportional": [2, 1, 4, 3],
            "even": [2, 1, 4, 3],
            "complete_orders": [2, 1, 4, 3],
        }
        self.assertEqual(set(expected), set(RANKS))
        for method, ids in expected.items():
            with self.subTest(method=method):
                self.assertEqual(order_of(self.demands, method), ids)

    def test_the_order_of_reading_does_not_matter(self):
        weights = (("promised", 1.0), ("value", 2.0))
        for method in (*RANKS, "weighted"):
            expected = order_of(self.demands, method, weights=weights)
            for mixed in itertools.permutations(self.demands):
                self.assertEqual(order_of(mixed, method, weights=weights), expected)

    def test_ties_end_with_order_line_and_id(self):
        same = [Demand(n, POOL, 1.0, order=o, line=p) for n, o, p in ((4, 1, 2), (2, 1, 2))]
        same += [Demand(3, POOL, 1.0, order=1, line=1), Demand(5, POOL, 1.0, order=0, line=9)]
        for method in (*RANKS, "weighted"):
            self.assertEqual(order_of(same, method), [5, 3, 2, 4], method)

    def test_unknown_names(self):
        with self.assertRaises(KeyError):
            order_of(self.demands, "lottery")
        with self.assertRaises(KeyError):
            order_of(self.demands, "weighted", weights=(("charm", 1.0),))

    def test_input_is_not_changed(self):
        before = list(self.demands)
        order_of(self.demands, "largest")
        self.assertEqual(self.demands, before)

    def test_shortcuts(self):
        self.assertEqual(sharing_of(Policy("even")), "even")
        self.assertEqual(sharing_of(Policy("proportional")), "proportional")
        self.assertEqual(sharing_of(Policy("complete_orders")), "complete")
        self.assertEqual(sharing_of(Policy("tier")), "rank")
        self.assertEqual(sharing_of(Policy("tier", sharing="even")), "even")


class TestGroups(TestCase):
    def test_rights_come_before_the_method(self):
        demands = [
            Demand(n, POOL, 1.0, seniority=float(-n), right=right)
            for n, right in enumerate(RIGHTS, 1)
        ]
        self.assertEqual(order_of(demands), [1, 2, 3, 4, 5, 6, 7])
        without = rank(demands, Policy(), by_right=False)
        self.assertEqual([d.id for d in without], [7, 6, 5, 4, 3, 2, 1])

    def test_those_that_do_not_compete_come_last(self):
        """In the order of Odoo: priority, date, id."""
        demands = [
            Demand(1, POOL, 1.0, others=True, promised=5.0),
            Demand(2, POOL, 1.0, others=True, promised=1.0, right="win"),
            Demand(3, POOL, 1.0, others=True, promised=9.0, priority=1),
            Demand(4, POOL, 1.0, others=True, promised=5.0, seniority=-1.0),
            Demand(5, POOL, 1.0, seniority=100.0),
        ]
        for method in (*RANKS, "weighted"):
            self.assertEqual(order_of(demands, method), [5, 3, 2, 1, 4], method)


class TestWeighted(TestCase):
    def _rank(self, demands, *weights):
        return order_of(demands, "weighted", weights=weights)

    def test_each_criterion(self):
        worse = Demand(1, POOL, 2.0, promised=9.0, priority=0, tier=3, value=10.0, age=5.0)
        better = {
            "promised": {"promised": 1.0},
            "priority": {"priority": 1},
            "tier": {"tier": 1},
            "value": {"value": 11.0},
            "quantity": {"need": 3.0},
            "age": {"age": 6.0},
            "seniority": {"age": 6.0},
        }
        for criterion, values in better.items():
            demands = [worse, replace(worse, id=2, **values)]
            self.assertEqual(self._rank(demands, (criterion, 1.0)), [2, 1], criterion)

    def test_weights_decide(self):
        demands = [
            Demand(1, POOL, 1.0, value=100.0, promised=9.0),
            Demand(2, POOL, 1.0, value=90.0, promised=1.0),
            Demand(3, POOL, 1.0, value=0.0, promised=5.0),
        ]
        self.assertEqual(self._rank(demands, ("value", 3.0), ("promised", 1.0)), [2, 1, 3])
        self.assertEqual(self._rank(demands, ("value", 99.0), ("promised", 1.0)), [1, 2, 3])
        self.assertEqual(self._rank(demands, ("value", -3.0), ("promised", 1.0)), [3, 2, 1])

    def test_units_of_a_criterion_do_not_matter(self):
        """Values are normalised in the pool: cents instead of euros rank the same."""
        rng = random.Random(5)
        demands = [
            Demand(n, POOL, 1.0, value=rng.uniform(0, 9), promised=rng.uniform(0, 9))
            for n in range(20)
        ]
        cents = [replace(d, value=d.value * 100) for d in demands]
        weights = ("value", 2.0), ("promised", 1.0)
        self.assertEqual(self._rank(demands, *weights), self._rank(cents, *weights))

    def test_no_date_is_the_worst_date(self):
        demands = [Demand(1, POOL, 1.0, promised=inf), Demand(2, POOL, 1.0, promised=9e9)]
        demands.append(Demand(3, POOL, 1.0, promised=8e9))
        self.assertEqual(self._rank(demands, ("promised", 1.0)), [3, 1, 2])
        self.assertEqual(self._rank(demands[:1], ("promised", 1.0)), [1])

    def test_nobody_starves(self):
        """Whatever the weights, a demand passes any other that is younger by long enough."""
        for weights in (
            (("value", 5.0), ("tier", 1.0)),
            (("value", 5.0), ("tier", 1.0), ("age", 2.0)),
            (("value", 5.0), ("tier", 1.0), ("age", -2.0)),
        ):
            rest = 6.0
            weight = max(dict(weights).get("age", 0.0), rest * AGE_LEAST)
            days = AGE_DAYS * rest / weight
            old = Demand(1, POOL, 1.0, tier=3, value=0.0, age=days + 1.0)
            rivals = [Demand(n, POOL, 1.0, tier=1, value=9.0, age=n / 9.0) for n in range(2, 9)]
            self.assertEqual(self._rank([old, *rivals], *weights)[0], 1)
            young = replace(old, age=days - 1.0)
            self.assertEqual(self._rank([young, *rivals], *weights)[-1], 1)

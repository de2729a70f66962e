"""Who gets the stock: worked examples of every way to share, right, rule and reason."""

import json
from dataclasses import replace
from math import inf
from unittest import TestCase

from ..engine.allocation import (
    Demand,
    Policy,
    Pool,
    Shipping,
    allocate,
    from_json,
    plan_to_json,
    to_json,
)
from ..engine.ledger import Stake
from ..engine.levels import level

POOL = (1, 1)
STOCK, SHELF, OTHER = 8, 9, 10


def want(place, need, **values):
    """A demand of an order of its own; the lower its number, the older it is."""
    values = {"nodes": (STOCK,), "order": place, "seniority": float(place), **values}
    return Demand(place, values.pop("pool", POOL), need, **values)


class AllocationCase(TestCase):
    def share(self, supply, demands, shipping=None, keep=False, protected=(), **policy):
        """Allocate one pool. -> {id: after}"""
        supply = supply if isinstance(supply, dict) else {STOCK: supply}
        pool = Pool(POOL, supply, demands, Policy(**policy), dict(protected))
        return self.run_pools([pool], shipping, keep)

    def run_pools(self, pools, shipping=None, keep=False):
        self.plan = allocate(pools, shipping, keep)
        return {key: result.after for key, result in sorted(self.plan.results.items())}

    def reason(self, place):
        return self.plan.results[place].reason

    def numbers(self, place):
        return self.plan.results[place].numbers


class TestSharing(AllocationCase):
    def test_rank(self):
        found = self.share(5.0, [want(3, 2), want(1, 2), want(2, 2), want(4, 2)])
        self.assertEqual(found, {1: 2, 2: 2, 3: 1, 4: 0})
        self.assertEqual(list(self.plan.results), [1, 2, 3, 4])
        self.assertEqual([self.reason(n) for n in (1, 3, 4)], ["served", "part", "outranked"])
        self.assertEqual(
            self.numbers(4),
            {"need": 2, "before": 0, "after": 0, "missing": 2, "free": 5, "ahead": 6},
        )
        self.assertEqual((self.plan.results[4].rank, self.plan.results[4].of), (4, 4))

    def test_one_each(self):
        """Three in stock, A wants three, B and C one: each gets one."""
        demands = [want(1, 3), want(2, 1), want(3, 1)]
        self.assertEqual(self.share(3.0, demands, method="even"), {1: 1, 2: 1, 3: 1})
        self.assertEqual(self.reason(1), "share")
        self.assertEqual(self.numbers(1)["quota"], 1)
        self.assertEqual(self.share(4.0, demands, sharing="even"), {1: 2, 2: 1, 3: 1})
        self.assertEqual(self.share(2.0, demands, sharing="even"), {1: 1, 2: 1, 3: 0})

    def test_even_looks_at_what_is_held(self):
        """Over many receipts everyone ends with the same."""
        demands = [want(1, 5, before=3.0), want(2, 5, before=1.0), want(3, 5)]
        found = self.share(5.0, demands, keep=True, sharing="even")
        self.assertEqual(found, {1: 3, 2: 3, 3: 3})

    def test_proportional(self):
        """Largest remainder: of 10 for 8, 4 and 3 the exact quotas are 5.33, 2.67 and 2."""
        demands = [want(1, 8), want(2, 4), want(3, 3)]
        found = self.share(10.0, demands, method="proportional")
        self.assertEqual(found, {1: 5, 2: 3, 3: 2})
        self.assertEqual(self.numbers(2)["quota"], 2.666667)

    def test_packs(self):
        """Dozens of one, units of another; a rest below a dozen only completes."""
        demands = [want(1, 30, step=12.0), want(2, 30)]
        self.assertEqual(self.share(29.0, demands), {1: 24, 2: 5})
        self.assertEqual(self.share(30.0, demands), {1: 30, 2: 0})
        self.assertEqual(self.share(11.0, demands[:1]), {1: 0})
        self.assertEqual((self.reason(1), self.numbers(1)["step"]), ("no_stock", 12.0))

    def test_a_rounding_left_less_than_nothing(self):
        stake = Stake(want(1, 3, before=1.0), 1)
        stake.goal = 3.0
        found = [level([stake], supply, lambda d: 2.0) for supply in (-1e-6, 0.0, 1.0, 2.0)]
        self.assertEqual(found, [0.5, 0.5, 1.0, inf])

    def test_weight(self):
        demands = [want(1, 1 / 3, step=0.01), want(2, 1.0, step=0.01)]
        self.assertEqual(self.share(0.7, demands), {1: round(1 / 3, 6), 2: 0.36})

    def test_complete_orders(self):
        """The large order that is first in line would leave the other three open."""
        demands = [want(1, 9), want(2, 4), want(3, 3), want(4, 2)]
        found = self.share(10.0, demands, method="complete_orders")
        self.assertEqual(found, {1: 1, 2: 4, 3: 3, 4: 2})

    def test_complete_orders_over_pools(self):
        """An order that needs both products is closed or does not stand in the way."""
        second = (2, 1)
        policy = Policy(sharing="complete")
        first = Pool(POOL, {STOCK: 3.0}, [want(1, 1), want(2, 2), want(3, 2)], policy)
        other = Pool(second, {STOCK: 2.0}, [want(4, 3, order=1, pool=second)], policy)
        self.assertEqual(self.run_pools([first, other]), {1: 1, 2: 2, 3: 0, 4: 2})


class TestPlaces(AllocationCase):
    def test_what_lies_elsewhere(self):
        """A shelf has its own stock; who may take from anywhere can empty it."""
        supply = {STOCK: 5.0, SHELF: 2.0, OTHER: 3.0}
        shelf, other = (SHELF, STOCK), (OTHER, STOCK)
        demands = [want(1, 4, nodes=shelf), want(2, 4, nodes=other), want(3, 4)]
        self.assertEqual(self.share(supply, demands), {1: 2, 2: 3, 3: 0})
        demands = [replace(d, seniority=-d.seniority) for d in demands]
        self.assertEqual(self.share(supply, demands), {1: 0, 2: 1, 3: 4})
        self.assertEqual(self.share(supply, demands, sharing="even"), {1: 1, 2: 2, 3: 2})

    def test_no_place(self):
        self.assertEqual(self.share(5.0, [want(1, 1, nodes=())]), {1: 0})
        self.assertEqual(self.reason(1), "no_stock")

    def test_negative_stock(self):
        self.assertEqual(self.share(-2.0, [want(1, 1)], keep=True), {1: 0})
        self.assertEqual(self.share(-2.0, [want(1, 9), want(2, 5, before=5.0)]), {1: 3, 2: 0})


class TestEvents(AllocationCase):
    def test_only_free_stock(self):
        demands = [want(1, 5), want(2, 5, before=5.0), want(3, 5, before=2.0)]
        self.assertEqual(self.share(3.0, demands, keep=True), {1: 3, 2: 5, 3: 2})
        self.assertEqual([self.reason(n) for n in (1, 2, 3)], ["part", "kept", "outranked"])
        self.assertEqual(self.share(3.0, demands), {1: 5, 2: 5, 3: 0})
        self.assertEqual(self.reason(3), "lowered")

    def test_locked_is_never_taken(self):
        demands = [want(1, 5), want(2, 5, before=4.0, locked=3.0)]
        self.assertEqual(self.share(1.0, demands), {1: 2, 2: 3})

    def test_those_that_do_not_compete(self):
        demands = [want(1, 2, others=True, order=0), want(2, 2)]
        self.assertEqual(self.share(3.0, demands), {1: 1, 2: 2})

    def test_claim_first(self):
        """What was borrowed is repaid before everybody."""
        demands = [want(1, 4), want(2, 4, claim=2.0)]
        self.assertEqual(self.share(3.0, demands, keep=True), {1: 1, 2: 2})


class TestSnapshot(AllocationCase):
    def test_there_and_back(self):
        """Infinity, tuples, numbers as keys and names that look like numbers."""
        policy = Policy("weighted", weights=(("value", 2.0), ("age", 1)))
        demands = (want(1, 3, nodes=(SHELF, STOCK)), want(2, 3.0, promised=9.5, segment="inf"))
        pool = Pool(POOL, {STOCK: inf, SHELF: 2}, demands, policy, {"inf": 1.5})
        shipping = {7: Shipping("minimum", inf, "share")}
        text = json.dumps(to_json([pool], shipping, True), allow_nan=False)
        self.assertEqual(from_json(json.loads(text)), ([pool], shipping, True))
        again = json.dumps(to_json(*from_json(json.loads(text))), allow_nan=False)
        self.assertEqual(again, text)

    def test_plan(self):
        self.share(3.0, [want(2, 2, right="win"), want(1, 2), want(3, 2)])
        data = json.loads(json.dumps(plan_to_json(self.plan), allow_nan=False))
        self.assertEqual([row["id"] for row in data["results"]], [1, 2, 3])
        self.assertEqual(data["results"][0]["numbers"], self.numbers(1))
        self.share(1.0, [want(2, 2, right="win")])
        failure = {"missing": 1, "demands": [2], "fallback": False}
        self.assertEqual(plan_to_json(self.plan)["failed"], [[[1, 1], failure]])

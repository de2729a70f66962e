"""What a plan is worth."""

from math import inf
from unittest import TestCase

from ..engine.allocation import Demand, Plan, Policy, Pool, Result, Shipping, allocate
from ..engine.measures import DAY, find_broken, jain, measure

NOW = 100 * DAY
PLACE = {"nodes": (8,)}


class TestMeasure(TestCase):
    def setUp(self):
        super().setUp()
        self.demands = [
            Demand(1, (1, 1), 4.0, order=1, seniority=90 * DAY, price=2.0, customer=1, **PLACE),
            Demand(2, (1, 1), 4.0, order=2, seniority=91 * DAY, price=3.0, customer=2, **PLACE),
            Demand(3, (1, 1), 4.0, order=3, seniority=92.5 * DAY, customer=2, tier=1, **PLACE),
        ]
        self.pool = Pool((1, 1), {8: 6.0}, self.demands)

    def _measure(self, shipping=None, keep=False):
        plan = allocate([self.pool], shipping, keep)
        return measure([self.pool], plan, shipping, NOW)

    def test_all_numbers(self):
        self.assertEqual(
            self._measure(),
            {
                "units_served": 6.0,
                "value_served": 4 * 2.0 + 2 * 3.0,
                "orders_closed": 1,
                "lines_late": 0,
                "promises_broken": 0,
                "priority_fill": 0.0,
                "jain": round(1.25**2 / (2 * (1 + 0.25**2)), 6),
                "oldest_wait": 9.0,
                "shipments": 2,
            },
        )

    def test_late(self):
        """Late is what was promised before now and is not covered."""
        for demand, promised in zip(self.demands, (1.0, NOW - 1, NOW + 1), strict=True):
            demand.promised = promised
        self.assertEqual(self._measure()["lines_late"], 1)

    def test_promise_broken(self):
        """Who had all that was promised, and has not any more."""
        self.demands[1].before = 4.0
        self.assertEqual(self._measure()["promises_broken"], 0, "nothing was promised")
        self.demands[1].promised = NOW + DAY
        self.pool.supply = {8: 2.0}
        self.assertEqual(self._measure()["promises_broken"], 1)
        self.assertEqual(self._measure(keep=True)["promises_broken"], 0)
        self.demands[0].before, self.demands[0].promised = 4.0, NOW + 2 * DAY
        after = {1: 3.0, 2: 0.0, 3: 4.0}
        plan = Plan(
            {i: Result(i, 4.0, q, i, 3, "lowered", 4.0, 2.0, 0.0) for i, q in after.items()}
        )
        self.assertEqual([d.id for d in find_broken([self.pool], plan)], [2, 1], "soonest first")
        self.demands[0].before = self.demands[1].before = 2.0
        self.assertEqual(self._measure()["promises_broken"], 0, "it was never covered")

    def test_priority(self):
        """Stars and the best tier."""
        self.demands[0].priority = 1
        self.assertEqual(self._measure()["priority_fill"], 0.5)
        for demand in self.demands:
            demand.tier, demand.priority = 2, 0
        self.assertEqual(self._measure()["priority_fill"], 1.0, "there are none")

    def test_closed(self):
        """An order is closed when all of it is covered, also what is not in the snapshot."""
        self.demands[1].order = 1
        self.assertEqual(self._measure()["orders_closed"], 0)
        self.pool.supply = {8: 8.0}
        self.assertEqual(self._measure()["orders_closed"], 1)
        blocked = {1: Shipping("lines", blocked=True)}
        self.assertEqual(self._measure(blocked)["orders_closed"], 0)

    def test_components_do_not_count(self):
        for demand in self.demands:
            demand.others = True
        numbers = self._measure()
        self.assertEqual((numbers["units_served"], numbers["oldest_wait"]), (0.0, 0.0))
        self.assertEqual((numbers["jain"], numbers["shipments"]), (1.0, 0))

    def test_even_is_fairer_than_rank(self):
        fair = {}
        for sharing in ("rank", "even", "proportional"):
            self.pool.policy = Policy("fifo", sharing)
            fair[sharing] = self._measure()["jain"]
        self.assertLess(fair["rank"], fair["even"])
        self.assertLess(fair["rank"], fair["proportional"])

    def test_order_of_reading_does_not_matter(self):
        for n, demand in enumerate(self.demands):
            demand.need, demand.price = 1 / 3 + n, 0.1
        first = self._measure()
        self.pool.demands = self.demands[::-1]
        self.assertEqual(self._measure(), first)


class TestJain(TestCase):
    def test_bounds(self):
        self.assertEqual(jain([]), 1.0)
        self.assertEqual(jain([0.0, 0.0]), 1.0)
        self.assertEqual(jain([0.5, 0.5, 0.5]), 1.0)
        self.assertEqual(jain([1.0, 0.0, 0.0, 0.0]), 0.25)

    def test_no_date_is_never_late(self):
        demand = Demand(1, (1, 1), 1.0, before=1.0, promised=inf, **PLACE)
        pool = Pool((1, 1), {8: 0.0}, [demand])
        self.assertEqual(measure([pool], allocate([pool]), None, NOW)["lines_late"], 0)

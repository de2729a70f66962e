"""Who gets the stock: rights of segments, protected minimums, and rules of orders."""

from dataclasses import replace

from ..engine.allocation import Pool, Shipping
from ..engine.demand import Policy
from .test_engine_allocation import POOL, STOCK, AllocationCase, want

WHOLE = Shipping("whole")


class TestRights(AllocationCase):
    def setUp(self):
        super().setUp()
        self.low = want(1, 8000, before=8000, right="fill")
        self.regular = want(2, 4000, before=4000, right="gain")
        self.premium = want(3, 8000, right="win")
        self.demands = [self.low, self.regular, self.premium]

    def test_worked_case(self):
        """12,000 on hand, a premium order comes: 8,000 / 4,000 / 0."""
        self.assertEqual(self.share(0, self.demands), {1: 0, 2: 4000, 3: 8000})
        self.assertEqual([self.reason(n) for n in (1, 2, 3)], ["lowered", "kept", "served"])
        self.assertEqual(self.plan.failed, {})

    def test_failure(self):
        """Had premium asked for 9,000, win and gain need 13,000: nothing is changed."""
        self.premium.need = 9000
        self.assertEqual(self.share(0, self.demands), {1: 8000, 2: 4000, 3: 0})
        failure = {"missing": 1000, "demands": [2], "fallback": False}
        self.assertEqual(self.plan.failed, {POOL: failure})
        self.assertEqual({r.reason for r in self.plan.results.values()}, {"exception"})

    def test_fallback(self):
        """Without rights the oldest comes first."""
        self.premium.need = 9000
        found = self.share(0, self.demands, fallback="unrestricted")
        self.assertEqual(found, {1: 8000, 2: 4000, 3: 0})
        self.assertTrue(self.plan.failed[POOL]["fallback"])
        self.assertEqual(self.reason(3), "outranked")
        self.assertEqual(self.plan.results[3].rank, 3)

    def _two_pools(self, **policy):
        self.premium.need = 9000
        policy, key = Policy(**policy), (2, 1)
        other = [want(4, 2, pool=key), want(5, 2, pool=key, right="improve", before=1.0)]
        pools = [Pool(POOL, {}, self.demands, policy), Pool(key, {STOCK: 1.0}, other, policy)]
        return self.run_pools(pools)

    def test_a_failure_is_of_its_pool(self):
        untouched = {1: 8000, 2: 4000, 3: 0}
        self.assertEqual(self._two_pools(), {**untouched, 4: 0, 5: 2})

    def test_stop(self):
        """All pools stay as they are, or all are computed without rights."""
        untouched = {1: 8000, 2: 4000, 3: 0, 4: 0, 5: 1}
        self.assertEqual(self._two_pools(on_failure="stop"), untouched)
        self.assertEqual({r.reason for r in self.plan.results.values()}, {"exception"})
        found = self._two_pools(on_failure="stop", fallback="unrestricted")
        self.assertEqual(found, {1: 8000, 2: 4000, 3: 0, 4: 2, 5: 0})
        self.assertEqual(list(self.plan.failed), [POOL])

    def test_floors_come_before_the_first_in_line(self):
        """Serving win to the full first must not break what gain was promised; what is over goes
        to win, gain and improve before the rest."""
        demands = [
            want(1, 5),
            want(2, 5, before=3.0, right="gain"),
            want(3, 5, before=2.0, right="improve"),
            want(4, 5, right="win"),
        ]
        self.assertEqual(self.share(3.0, demands), {1: 0, 2: 3, 3: 0, 4: 5})
        self.assertEqual(self.share(6.0, demands), {1: 0, 2: 5, 3: 1, 4: 5})
        self.assertEqual(self.share(11.0, demands), {1: 1, 2: 5, 3: 5, 4: 5})
        self.assertEqual([self.plan.results[n].rank for n in (4, 2, 3, 1)], [1, 2, 3, 4])

    def test_improve_keeps_before_it_gets(self):
        demands = [want(1, 5, right="improve"), want(2, 5, right="improve", before=4.0)]
        self.assertEqual(self.share(1.0, demands), {1: 1, 2: 4})

    def test_lose_fill_and_skip(self):
        demands = [
            want(1, 5, before=4.0, locked=1.0, right="lose"),
            want(2, 5, before=2.0, right="fill"),
            want(3, 5, before=2.0, right="skip"),
            want(4, 5),
        ]
        self.assertEqual(self.share(9.0, demands), {1: 1, 2: 2, 3: 2, 4: 5})
        self.assertEqual([self.reason(n) for n in (1, 2, 3)], ["loses", "fill_cap", "pinned"])
        self.assertEqual(self.share(9.0, demands, keep=True), {1: 4, 2: 2, 3: 2, 4: 5})

    def test_a_share_within_a_right(self):
        """Improve is served in full before the others share evenly."""
        demands = [want(n, 3) for n in (1, 2, 3)] + [want(4, 3, right="improve")]
        self.assertEqual(self.share(6.0, demands, sharing="even"), {1: 1, 2: 1, 3: 1, 4: 3})


class TestProtected(AllocationCase):
    def test_withheld_from_others(self):
        """Also when nobody of the segment waits: the next order of the segment may come."""
        demands = [want(1, 8), want(2, 3, segment="shop")]
        minimums = {"shop": 5.0}
        self.assertEqual(self.share(10.0, demands, protected=minimums), {1: 5, 2: 3})
        self.assertEqual(self.reason(1), "part")
        self.assertEqual(self.share(4.0, demands, protected=minimums), {1: 0, 2: 3})
        self.assertEqual((self.reason(1), self.numbers(1)["protected"]), ("protected", 1))
        self.assertEqual(self.share(4.0, demands[:1], protected=minimums), {1: 0})

    def test_what_the_segment_holds_counts(self):
        demands = [want(1, 8), want(2, 6, segment="shop", before=4.0)]
        found = self.share(3.0, demands, keep=True, protected={"shop": 5.0})
        self.assertEqual(found, {1: 2, 2: 5})

    def test_the_segment_may_get_more(self):
        demands = [want(1, 8, segment="shop"), want(2, 3)]
        self.assertEqual(self.share(9.0, demands, protected={"shop": 2.0}), {1: 8, 2: 1})
        for sharing in ("even", "proportional"):
            with self.subTest(sharing=sharing):
                demands = [want(1, 4, segment="shop"), want(2, 4)]
                options = {"sharing": sharing, "protected": {"shop": 3.0}}
                self.assertEqual(self.share(6.0, demands, **options), {1: 3, 2: 3})
                self.assertEqual(self.share(4.0, demands, **options), {1: 3, 2: 1})

    def test_too_little_for_two_segments(self):
        """The one with the best ranked demand comes first; nothing idles."""
        demands = [want(1, 9, segment="b"), want(2, 9, segment="a")]
        minimums = {"a": 4.0, "b": 4.0}
        self.assertEqual(self.share(6.0, demands, protected=minimums), {1: 4, 2: 2})

    def test_win_comes_before_protection(self):
        demands = [want(1, 4, right="win"), want(2, 4, segment="shop")]
        self.assertEqual(self.share(5.0, demands, protected={"shop": 3.0}), {1: 4, 2: 1})


class TestShipping(AllocationCase):
    def test_whole_holds_nothing(self):
        """What a senior can not use yet goes to the next."""
        demands = [want(1, 5), want(2, 3), want(3, 2)]
        self.assertEqual(self.share(4.0, demands, {1: WHOLE}), {1: 0, 2: 3, 3: 1})
        self.assertEqual((self.reason(1), self.numbers(1)["waits_for"]), ("waits_whole", [1]))
        self.assertEqual(self.share(5.0, demands, {1: WHOLE}), {1: 5, 2: 0, 3: 0})

    def test_whole_over_pools(self):
        """One product is there, the other is not: the first is left to others."""
        second = (2, 1)
        pools = [
            Pool(POOL, {STOCK: 3.0}, [want(1, 3), want(2, 2), want(3, 3)]),
            Pool(second, {STOCK: 1.0}, [want(4, 2, pool=second, order=1)]),
        ]
        found = self.run_pools(pools, {1: WHOLE, 3: WHOLE})
        self.assertEqual(found, {1: 0, 2: 2, 3: 0, 4: 0})
        self.assertEqual(self.numbers(1)["waits_for"], [4])
        pools[1].supply = {STOCK: 2.0}
        self.assertEqual(self.run_pools(pools, {1: WHOLE, 3: WHOLE}), {1: 3, 2: 0, 3: 0, 4: 2})

    def test_a_junior_is_not_lost_with_a_senior(self):
        """Both wait for what the senior can not use after all."""
        demands = [want(1, 5), want(2, 4), want(3, 4)]
        rules = dict.fromkeys((1, 2, 3), WHOLE)
        self.assertEqual(self.share(4.0, demands, rules), {1: 0, 2: 4, 3: 0})

    def test_in_each_others_way(self):
        """Each holds half of what the other needs: the senior gets it."""
        demands = [want(1, 4, before=2.0), want(2, 4, before=2.0), want(3, 4)]
        found = self.share(0.0, demands, {1: WHOLE, 2: WHOLE}, keep=True)
        self.assertEqual(found, {1: 4, 2: 0, 3: 0})
        self.assertEqual([self.reason(1), self.reason(2)], ["served", "waits_whole"])

    def test_pools_of_two_opinions(self):
        """Each comes first in one pool: the one that is older overall survives."""
        second = (2, 1)
        pools = [
            Pool(POOL, {STOCK: 2.0}, [want(1, 2), want(2, 2)]),
            Pool(
                second,
                {STOCK: 2.0},
                [want(3, 2, order=1, pool=second), want(4, 2, order=2, pool=second, priority=1)],
                Policy("priority"),
            ),
        ]
        found = self.run_pools(pools, {1: WHOLE, 2: WHOLE})
        self.assertEqual(found, {1: 2, 2: 0, 3: 2, 4: 0})

    def test_blocked(self):
        """Something of the order that is not here can not come now."""
        demands = [want(1, 2), want(2, 2)]
        self.assertEqual(self.share(3.0, demands, {1: Shipping("whole", blocked=True)})[1], 0)
        self.assertEqual((self.reason(1), self.numbers(1)["blocked"]), ("waits_whole", True))
        rule = Shipping("minimum", 2.0, "quantity", blocked=True)
        self.assertEqual(self.share(3.0, demands, {1: rule})[1], 2)
        self.assertEqual(self.share(3.0, demands, {1: replace(rule, minimum=3.0)})[1], 0)

    def test_lines(self):
        demands = [want(1, 5), want(2, 2, order=1), want(3, 2)]
        self.assertEqual(self.share(4.0, demands, {1: Shipping("lines")}), {1: 0, 2: 2, 3: 2})
        self.assertEqual(self.reason(1), "waits_line")

    def test_minimum(self):
        demands = [want(1, 4, price=10.0), want(2, 4, price=10.0), want(3, 4)]
        for rule, reached, failed in (
            (Shipping("minimum", 20.0, "value"), 2.0, 1.0),
            (Shipping("minimum", 3.0, "quantity"), 3.0, 2.0),
            (Shipping("minimum", 0.5, "share"), 2.0, 1.0),
            (Shipping("minimum", 99.0, "value"), 4.0, 3.0),
        ):
            with self.subTest(rule=rule):
                self.assertEqual(self.share(reached, demands, {1: rule})[1], reached)
                self.assertEqual(self.share(failed, demands, {1: rule}), {1: 0, 2: failed, 3: 0})
                self.assertEqual(self.reason(1), "below_minimum")
                self.assertEqual(self.numbers(1)["minimum"], rule.minimum)

    def test_let_in_again(self):
        """It holds 3 of 6, no pack of 4 fits into the one that is free, and 3 is too little to
        ship. What it gives back makes a pack, and that is enough."""
        demands = [want(1, 6, before=3.0, step=4.0)]
        rule = {1: Shipping("minimum", 4.0, "quantity")}
        self.assertEqual(self.share(1.0, demands, rule, keep=True), {1: 4})
        self.assertEqual(self.share(0.0, demands, rule, keep=True), {1: 0})

    def test_a_rule_goes_before_a_right(self):
        """Who waits by a rule of his own does not stop the run of the pool; who can not get what
        was guaranteed because there is too little does."""
        second = (2, 1)
        first = Pool(POOL, {STOCK: 3.0}, [want(1, 3, right="win"), want(2, 2)])
        other = Pool(second, {}, [want(3, 1, order=1, pool=second)])
        self.assertEqual(self.run_pools([first, other], {1: WHOLE}), {1: 0, 2: 2, 3: 0})
        self.assertEqual(self.plan.failed, {})
        self.share(2.0, [want(1, 3, right="win"), want(2, 2)], {1: WHOLE})
        self.assertEqual(list(self.plan.failed), [POOL])
        for rule in (WHOLE, Shipping("lines")):
            held = [want(1, 3, before=2.0, right="gain"), want(2, 2)]
            self.assertEqual(self.share(0.0, held, {1: rule}), {1: 0, 2: 2})
            self.assertEqual(self.plan.failed, {})

    def test_with_shares(self):
        """A quota never cuts what must be whole: the worst ranked go without."""
        demands = [want(1, 2), want(2, 2), want(3, 2), want(4, 2)]
        rules = dict.fromkeys((2, 3), WHOLE)
        for sharing in ("even", "proportional"):
            found = self.share(5.0, demands, rules, sharing=sharing)
            self.assertEqual(found, {1: 2, 2: 0, 3: 0, 4: 2}, sharing)
        self.assertEqual(self.share(6.0, demands, rules, sharing="even"), {1: 2, 2: 2, 3: 0, 4: 2})

    def test_thousands_that_ship_whole(self):
        demands = [want(n, 5) for n in range(1, 3001)]
        found = self.share(53.0, demands, dict.fromkeys(range(1, 3001), WHOLE))
        self.assertEqual([n for n, after in found.items() if after], list(range(1, 11)))

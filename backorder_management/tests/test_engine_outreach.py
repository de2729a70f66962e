"""The score of a call: worked examples, bounds, and more is never less."""

from dataclasses import replace
from datetime import date, timedelta
from unittest import TestCase

from hypothesis import given, settings
from hypothesis import strategies as st

from ..engine.outreach import WEIGHTS, Situation, points, score
from ..engine.workdays import after, before

HALF_VALUE = 1000.0
numbers = st.floats(0, 1e9) | st.integers(0, 1000).map(float)
situations = st.builds(
    Situation,
    wait=numbers,
    slips=st.integers(0, 50),
    silence=numbers,
    value=numbers,
    tier=st.integers(1, 3),
)
steady = settings(derandomize=True, deadline=None, database=None, max_examples=300)


class TestOutreach(TestCase):
    def test_by_hand(self):
        """14 days: 30 x 14/28 = 15; one slip: 20 x 1/2 = 10; 7 days silent: 10; 3,000 open:
        20 x 3000/4000 = 15; a preferred customer: 5. In all 55."""
        case = Situation(wait=14, slips=1, silence=7, value=3000.0, tier=2)
        self.assertEqual(
            points(case, HALF_VALUE),
            {"wait": 15.0, "slips": 10.0, "silence": 10.0, "value": 15.0, "tier": 5.0},
        )
        self.assertEqual(score(case, HALF_VALUE), 55.0)
        self.assertEqual(score(Situation(), HALF_VALUE), 0.0)

    def test_weights(self):
        self.assertEqual(sum(WEIGHTS.values()), 100.0)

    @steady
    @given(situations, numbers)
    def test_bounded(self, case, half):
        for name, value in points(case, half).items():
            self.assertGreaterEqual(value, 0.0)
            self.assertLessEqual(value, WEIGHTS[name])
        self.assertLessEqual(0.0, score(case, half))
        self.assertLessEqual(score(case, half), 100.0)

    @steady
    @given(situations, st.sampled_from(["wait", "slips", "silence", "value"]), numbers)
    def test_more_is_never_less(self, case, name, more):
        higher = replace(case, **{name: getattr(case, name) + more})
        self.assertLessEqual(score(case, HALF_VALUE), score(higher, HALF_VALUE))

    @steady
    @given(situations, st.integers(1, 3))
    def test_a_better_tier_is_never_less(self, case, tier):
        better = replace(case, tier=min(case.tier, tier))
        self.assertLessEqual(score(case, HALF_VALUE), score(better, HALF_VALUE))

    def test_less_than_nothing_is_nothing(self):
        self.assertEqual(score(Situation(wait=-3, value=-5.0), HALF_VALUE), 0.0)


class TestWorkdays(TestCase):
    """A week that ends on Friday, 7 March 2031, and a holiday on Monday, the 10th."""

    def setUp(self):
        super().setUp()

        self.day = lambda n: date(2031, 3, n)
        self.off = {self.day(n) for n in (1, 2, 8, 9, 10, 15, 16)}

    def test_after(self):
        for day, count, result in ((6, 0, 6), (6, 1, 7), (7, 1, 11), (7, 2, 12), (8, 0, 11)):
            with self.subTest(day=day, count=count):
                self.assertEqual(after(self.day(day), count, self.off), self.day(result))

    def test_before(self):
        """On Wednesday the 12th two days have passed since Friday, and since the days off."""
        for day, count, result in ((12, 1, 11), (12, 2, 10), (12, 3, 6), (7, 1, 6)):
            with self.subTest(day=day, count=count):
                self.assertEqual(before(self.day(day), count, self.off), self.day(result))

    @steady
    @given(st.integers(0, 20), st.integers(0, 27))
    def test_there_and_back(self, count, start):

        start = date(2031, 3, 3) + timedelta(days=start)
        if start not in self.off:
            end = after(start, count, self.off)
            self.assertGreaterEqual(before(end, count, self.off), start)

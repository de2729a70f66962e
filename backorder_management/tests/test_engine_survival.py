"""The product-limit estimate against examples worked out by hand, and a second way to count."""

import unittest
from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st

from odoo.addons.backorder_management.engine.survival import (
    Wait,
    curve,
    summarize,
    within,
)

steady = settings(derandomize=True, deadline=None, database=None, max_examples=200)
waits = st.lists(
    st.builds(Wait, days=st.integers(0, 12), ended=st.booleans(), weight=st.integers(1, 3)),
    max_size=25,
)


def naive_share(rows, day):
    """The share that waits longer than ``day``, in exact fractions, day by day."""
    share = Fraction(1)
    for t in range(day + 1):
        present = sum(w.weight for w in rows if w.days >= t)
        ended = sum(w.weight for w in rows if w.days == t and w.ended)
        if present:
            share *= 1 - Fraction(ended, present)
    return share


class TestSurvival(unittest.TestCase):
    def test_worked_example(self):
        """Six: 6, 6, 6 fulfilled and one still waiting after 6; then 7 fulfilled and 10 waiting.
        After day 6: 1 - 3/6 = 1/2; after day 7: 1/2 * (1 - 1/2) = 1/4."""
        rows = [Wait(6, True)] * 3 + [Wait(6, False), Wait(7, True), Wait(10, False)]
        self.assertEqual(curve(rows), [(6, 0.5), (7, 0.25)])
        self.assertEqual((within(rows, 0.5), within(rows, 0.75), within(rows, 0.9)), (6, 7, None))

    def test_closed_ones_only_flatter(self):
        """Two were served in 1 and 2 days; three others still wait after 30."""
        rows = [Wait(1, True), Wait(2, True)] + [Wait(30, False)] * 3
        found = summarize(rows)
        self.assertEqual((found.mean, found.median, found.p90), (1.5, 1, 2))
        self.assertEqual((found.true_median, found.true_p90), (None, None))
        self.assertEqual((found.ended, found.waiting), (2, 3))

    def test_nothing(self):
        found = summarize([])
        self.assertEqual((found.mean, found.median, found.true_median), (None, None, None))
        found = summarize([Wait(4, False)])
        self.assertEqual((found.mean, found.true_median, found.waiting), (None, None, 1))

    @steady
    @given(waits)
    def test_agrees_with_exact_fractions(self, rows):
        for day, share in curve(rows):
            self.assertAlmostEqual(share, float(naive_share(rows, day)), 9)

    @steady
    @given(waits)
    def test_falls(self, rows):
        shares = [1.0, *(share for _day, share in curve(rows))]
        self.assertEqual(shares, sorted(shares, reverse=True))
        self.assertGreaterEqual(shares[-1], 0.0)

    @steady
    @given(waits)
    def test_without_open_ones_it_is_the_quantile(self, rows):
        days = sorted(w.days for w in rows if w.ended for _ in range(w.weight))
        done = [w for w in rows if w.ended]
        for q, expected in ((0.5, (len(days) + 1) // 2), (0.9, -(-len(days) * 9 // 10))):
            self.assertEqual(within(done, q), days[expected - 1] if days else None)

    @steady
    @given(waits, st.integers(0, 12))
    def test_who_still_waits_makes_it_no_shorter(self, rows, days):
        before = within(rows, 0.5)
        after = within([*rows, Wait(days, False)], 0.5)
        if before is not None and after is not None:
            self.assertGreaterEqual(after, before)
        self.assertFalse(before is None and after is not None)

    @steady
    @given(waits)
    def test_a_weight_is_so_many_rows(self, rows):
        apart = [Wait(w.days, w.ended) for w in rows for _ in range(w.weight)]
        for (day, share), (other, same) in zip(curve(rows), curve(apart), strict=True):
            self.assertEqual(day, other)
            self.assertAlmostEqual(share, same, 9)

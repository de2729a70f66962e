"""Reorder advice against numbers worked out by hand, and a second way to count."""

import unittest
from dataclasses import replace as copy
from math import sqrt
from statistics import fmean, stdev

from hypothesis import given, settings
from hypothesis import strategies as st

from odoo.addons.backorder_management.engine import advice as adv

steady = settings(derandomize=True, deadline=None, database=None, max_examples=200)
DAYS = 40
amounts = st.dictionaries(st.integers(0, DAYS - 1), st.integers(1, 9), max_size=12)
levels = st.sampled_from([0.6, 0.8, 0.9, 0.95, 0.99])


@st.composite
def histories(draw):
    served, gone = draw(amounts), draw(amounts)
    wanted = {d: served.get(d, 0) + gone.get(d, 0) for d in {*served, *gone}}
    low = draw(st.integers(0, 20))
    return adv.History(
        days=DAYS,
        wanted=wanted,
        served=served,
        gone=gone,
        supply=draw(amounts),
        level=draw(st.integers(-30, 60)),
        receipts=tuple(draw(st.lists(st.integers(0, 30), max_size=6))),
        rules_lead=draw(st.none() | st.integers(1, 30)),
        present=(low, low + draw(st.integers(0, 20))),
        lot=draw(st.integers(0, 30)),
    )


def naive_shortage(history, extra):
    """Each unit on its own: units in stock are tokens, and who finds none waits for the next."""
    start = history.level + sum(history.served.values()) - sum(history.supply.values()) + extra
    stock, queue = max(0, start), max(0, -start)
    short_days = units = 0
    for day in range(history.days):
        for _ in range(history.supply.get(day, 0)):
            queue, stock = (queue - 1, stock) if queue else (queue, stock + 1)
        waiting_before = queue
        for _ in range(history.served.get(day, 0)):
            if stock:
                stock -= 1
            else:
                queue += 1
        lost = max(0, history.gone.get(day, 0) - stock)
        units += queue - waiting_before + lost
        short_days += bool(queue or lost)
    return short_days, units


class TestAdvice(unittest.TestCase):
    def test_spread_counts_days_without_demand(self):
        """4 on each of 2 of 8 days: mean 1, squares 2 x 9 + 6 x 1 = 24, 24 / 7."""
        found = adv.daily({1: 4, 5: 4}, 8)
        self.assertEqual((found.mean, found.count), (1.0, 8))
        self.assertAlmostEqual(found.deviation, sqrt(24 / 7))

    def test_worked_example(self):
        """10 on every fourth of 40 days: d = 2.5, sd_d^2 = 40 * (0.25 * 7.5^2 + 0.75 * 2.5^2) / 39
        = 750 / 39. Receipts after 8, 10 and 12 days: L = 10, sd_L = 2.
        z(95%) = 1.6449: safety 1.6449 * sqrt(10 * 750 / 39 + 2.5^2 * 2^2) = 1.6449 * sqrt(217.31)
        = 24.25; 25 + 24.25 = 49.25, rounded up to 50. It is 20 now: 30 more."""
        history = adv.History(
            days=40,
            wanted={d: 10 for d in range(0, 40, 4)},
            served={d: 10 for d in range(0, 40, 4)},
            supply={0: 10, 16: 40, 36: 20},
            level=-30,
            receipts=(8, 10, 12),
            present=(20.0, 60.0),
        )
        found = adv.advise(history, 0.95)
        self.assertEqual(found.status, adv.RAISE)
        self.assertAlmostEqual(found.lead_demand, 25)
        self.assertAlmostEqual(found.safety, 24.2478, 3)
        self.assertEqual((found.minimum, found.maximum, found.lot), (50, 90, 40))
        # it began with 0: 0 after day 0, -30 on day 12, 0 on day 16, -40 on day 32, -30 on day 36
        self.assertEqual(found.happened, adv.Shortage(12 + 20, 30 + 50))
        # 30 more: 0 on day 12, 30 on day 16, 0 on day 28, -10 on day 32 and 0 on day 36
        self.assertEqual(adv.replay(history, 30), adv.Shortage(4, 10))
        self.assertEqual(found.avoided, adv.Shortage(28, 70))

    def test_lost_demand_takes_nothing(self):
        """Five are there. Seven wanted on day 1 are lost, two on day 2 are served at once."""
        history = adv.History(days=3, served={2: 2}, gone={1: 7}, level=3)
        self.assertEqual(adv.replay(history), adv.Shortage(1, 2))
        self.assertEqual(adv.replay(history, 2), adv.Shortage(0, 0))

    def test_thin(self):
        few = adv.History(days=40, wanted={1: 5, 2: 5, 3: 5, 4: 5}, receipts=(5, 5, 5))
        self.assertEqual(adv.advise(few, 0.95).status, adv.THIN_DEMAND)
        enough = copy(few, wanted={**few.wanted, 5: 5})
        self.assertEqual(adv.advise(enough, 0.95).status, adv.RAISE)
        self.assertEqual(adv.advise(copy(enough, days=27), 0.95).status, adv.THIN_DEMAND)
        no_lead = copy(enough, receipts=(5, 5))
        self.assertEqual(adv.advise(no_lead, 0.95).status, adv.THIN_LEAD)
        ruled = adv.advise(copy(no_lead, rules_lead=6), 0.95)
        self.assertEqual((ruled.status, ruled.lead_source), (adv.RAISE, adv.RULES))
        self.assertEqual((ruled.lead.mean, ruled.lead.deviation), (6, 0))

    def test_lot(self):
        history = adv.History(days=40, lot=12.3)
        self.assertEqual(adv.get_lot(history, 7.5), 13)
        self.assertEqual(adv.get_lot(copy(history, present=(5, 9)), 7.5), 4)
        self.assertEqual(adv.get_lot(copy(history, lot=0), 7.5), 8)

    def test_round_up(self):
        self.assertEqual(adv.round_up(12.0000001, 1), 12)
        self.assertEqual(adv.round_up(12.1, 1), 13)
        self.assertEqual(adv.round_up(12.123, 0.01), 12.13)

    @steady
    @given(amounts)
    def test_daily_agrees_with_the_full_list(self, found):
        values = [found.get(d, 0) for d in range(DAYS)]
        result = adv.daily(found, DAYS)
        self.assertAlmostEqual(result.mean, fmean(values), 9)
        self.assertAlmostEqual(result.deviation, stdev(values), 9)

    @steady
    @given(histories(), st.integers(0, 40))
    def test_replay_agrees_unit_by_unit(self, history, extra):
        found = adv.replay(history, extra)
        self.assertEqual((found.days, found.units), naive_shortage(history, extra))

    @steady
    @given(histories(), st.integers(0, 40), st.integers(0, 40))
    def test_more_stock_never_hurts(self, history, extra, more):
        one, two = adv.replay(history, extra), adv.replay(history, extra + more)
        self.assertLessEqual((two.days, two.units), (one.days, one.units))
        self.assertLessEqual(two.units, one.units)

    @steady
    @given(histories(), levels, levels)
    def test_a_higher_level_asks_for_more(self, history, one, two):
        low, high = sorted((one, two))
        first, second = adv.advise(history, low), adv.advise(history, high)
        self.assertLessEqual(first.minimum, second.minimum)
        self.assertLessEqual(first.avoided.units, second.avoided.units)

    @steady
    @given(histories(), levels)
    def test_the_proposal(self, history, level):
        found = adv.advise(history, level)
        self.assertLessEqual(found.avoided.units, found.happened.units)
        self.assertLessEqual(found.avoided.days, found.happened.days)
        if found.status in (adv.THIN_DEMAND, adv.THIN_LEAD):
            self.assertEqual((found.minimum, found.maximum), (0, 0))
            return
        self.assertEqual(found.status == adv.RAISE, found.minimum > history.present[0])
        self.assertGreaterEqual(found.minimum, found.lead_demand - 1e-5)
        self.assertGreaterEqual(found.minimum + 1e-5, found.lead_demand + found.safety)
        self.assertLess(found.minimum, found.lead_demand + found.safety + 1)
        self.assertGreaterEqual(found.maximum, found.minimum)

    @steady
    @given(histories(), levels)
    def test_applied_it_asks_for_nothing_more(self, history, level):
        found = adv.advise(history, level)
        if found.status == adv.RAISE:
            after = adv.advise(copy(history, present=(found.minimum, found.maximum)), level)
            self.assertEqual((after.status, after.minimum), (adv.ENOUGH, found.minimum))
            self.assertEqual(after.maximum, found.maximum)

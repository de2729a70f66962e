"""How late vendors are: by hand, and against receipts that were held out."""

import random
from unittest import TestCase

from ..engine.calibration import LEAST, Lateness, hit_rate, pool, upper


class TestCalibration(TestCase):
    def test_by_hand(self):
        """Of 9 receipts the 9th smallest is within reach of one in ten; of 8 nothing can be said.
        The middle one of 9 is the 5th."""
        days = [0, 1, 1, 2, 3, 5, 8, 9, 12]
        self.assertEqual(upper(days, 0.9), 12)
        self.assertEqual(upper(days, 0.5), 3)
        self.assertIsNone(upper(days[:8], 0.9))
        self.assertIsNone(upper([], 0.5))

    def test_already_late(self):
        """Five days late already: only those that were at least as late count."""
        late = Lateness((0, 0, 1, 2, 5, 6, 6, 7, 8, 9, 9, 9, 10, 14)).after(5)
        self.assertEqual(late.days, (5, 6, 6, 7, 8, 9, 9, 9, 10, 14))
        self.assertEqual((late.p50, late.p90), (9, 14))

    def test_few_receipts_are_pooled(self):
        groups = {"vendor": [1] * 3, "category": [2] * LEAST, "company": [3] * 99}
        self.assertEqual(pool(groups, ["vendor", "category", "company"]).p90, 2)
        self.assertEqual(pool(groups, ["unknown", "company"]).p90, 3)
        self.assertIsNone(pool(groups, ["vendor"]))

    def test_held_out_receipts(self):
        """Vendors of different habits: what is said for nine in ten holds for 85 to 95 of 100."""
        rng = random.Random(7)
        habits = {
            "steady": lambda: rng.choice([0, 0, 0, 1, 2]),
            "slow": lambda: round(rng.gauss(6, 4)),
            "wild": lambda: round(rng.expovariate(1 / 9)) - 2,
        }
        for name, habit in habits.items():
            with self.subTest(name):
                hits, tried = hit_rate([habit() for _receipt in range(600)])
                self.assertEqual(tried, 600 - LEAST)
                # a coarse habit can only be held more often, never less
                self.assertGreaterEqual(hits / tried, 0.85)
                if name != "steady":
                    self.assertLessEqual(hits / tried, 0.95)

"""Whole kits, from their components."""

from unittest import TestCase

from hypothesis import given, settings
from hypothesis import strategies as st

from ..engine.kits import Component, whole_kits

SHARES = st.integers(0, 10)
steady = settings(derandomize=True, deadline=None, database=None, max_examples=200)


class TestEngineKits(TestCase):
    def test_one_scarce_component(self):
        """Five sets of two cabinets: eight cabinets are owed, so four sets wait. Three of the
        cabinets are here: one set."""
        self.assertEqual(whole_kits([Component(2, 8, 0)]), (4, 0))
        self.assertEqual(whole_kits([Component(2, 8, 3)]), (4, 1))
        self.assertEqual(whole_kits([Component(2, 8, 8)]), (4, 4))
        self.assertEqual(whole_kits([Component(2, 0, 0)]), (0, 0))

    def test_two_components(self):
        """A for two of five sets, B for three; with what is ready A for five and B for four."""
        self.assertEqual(whole_kits([Component(1, 3, 3), Component(2, 4, 2)]), (3, 2))

    @steady
    @given(
        st.integers(1, 40),
        st.lists(st.tuples(st.integers(1, 6), SHARES, SHARES), min_size=1, max_size=4),
    )
    def test_counted_kit_by_kit(self, kits, parts):
        components, covered, then = [], [], []
        for each, share_open, share_ready in parts:
            ordered = kits * each
            owed = ordered * share_open // 10
            ready = owed * share_ready // 10
            components.append(Component(each, owed, ready))
            covered.append((ordered - owed) // each)
            then.append((ordered - owed + ready) // each)
        now = kits - min(covered)
        self.assertEqual(whole_kits(components), (now, min(then) - min(covered)))

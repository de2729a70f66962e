"""The fold, without a database."""

import random
from unittest import TestCase

from ..engine.quantities import Position, Tally, advance, ready


class TestAdvance(TestCase):
    def test_worked_example(self):
        tally = Tally.born(Position(0, 20, 15, 5))
        tally = advance(tally, Position(0, 20, 15, 5))
        self.assertEqual((tally.backordered, tally.open), (5, 5))
        tally = advance(tally, Position(15, 5, 0, 5))
        self.assertEqual((tally.fulfilled, tally.open), (0, 5))
        self.assertEqual(ready(tally, Position(15, 5, 3, 2)), 3)
        tally = advance(tally, Position(18, 2, 0, 2))
        self.assertEqual((tally.fulfilled, tally.open), (3, 2))
        tally = advance(tally, Position(18, 0, 0, 0))
        self.assertEqual((tally.cancelled, tally.open), (2, 0))

    def test_random_sequences_hold(self):
        rng = random.Random(7)
        for _ in range(2000):
            tally = Tally()
            for _step in range(12):
                delivered = tally.delivered + rng.choice([0, 0, 1, 3])
                outstanding = rng.randrange(12)
                reserved = rng.randrange(outstanding + 1)
                position = Position(
                    delivered, outstanding, reserved, rng.randrange(outstanding + 1)
                )
                new = advance(tally, position)
                self.assertEqual(advance(new, position), new)
                self.assertGreaterEqual(new.backordered, tally.backordered)
                self.assertGreaterEqual(new.fulfilled, tally.fulfilled)
                self.assertGreaterEqual(new.cancelled, tally.cancelled)
                self.assertTrue(0 <= ready(new, position) <= new.open <= outstanding)
                tally = new

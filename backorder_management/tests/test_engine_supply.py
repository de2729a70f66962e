"""What holds for every supply and every set of moves: covering ranked demand, chains of moves."""

from collections import Counter
from datetime import datetime, timedelta
from unittest import TestCase

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from ..engine.positions import DIRECT, ORDERED, UNCOUNTED, Move, outline, without_supply
from ..engine.promising import (
    LATE,
    RECEIPT,
    Cover,
    Demand,
    Peg,
    Receipt,
    confidence,
    cover,
    latest,
)

NOW = datetime(2026, 3, 2, 9)
DAY = timedelta(days=1)
TINY = 1e-5

steady = settings(derandomize=True, deadline=None, database=None, max_examples=150)

amounts = st.integers(0, 30).map(float) | st.integers(0, 300).map(lambda n: n / 10)
some = st.integers(1, 30).map(float) | st.integers(1, 300).map(lambda n: n / 10)
dates = st.integers(-10, 40).map(lambda days: NOW + timedelta(days=days))
receipts = st.lists(st.builds(Receipt, date=dates, quantity=amounts), max_size=6)
demands = st.lists(st.tuples(amounts, st.none() | dates), min_size=1, max_size=6)


def in_rank_order(wishes, free, supply):
    """Cover ranked rivals: each stands behind what all before it need."""
    ahead, covers = 0.0, []
    for need, until in wishes:
        covers.append(cover(Demand(need, ahead, until), free, supply, NOW))
        ahead += need
    return covers


class TestCoverProperties(TestCase):
    @steady
    @given(demands, amounts, receipts)
    def test_rivals_share_the_supply(self, wishes, free, supply):
        covers = in_rank_order(wishes, free, supply)
        coming = sum(r.quantity for r in supply)
        self.assertLessEqual(sum(c.on_hand for c in covers), free + TINY)
        self.assertLessEqual(sum(c.in_time for c in covers), coming + TINY)
        for (need, until), found in zip(wishes, covers, strict=True):
            self.assertGreaterEqual(min(found.on_hand, found.in_time), 0)
            self.assertLessEqual(found.on_hand + found.in_time, need + TINY)
            if until is None:
                self.assertEqual(found.in_time, 0)

    @steady
    @given(demands, amounts, receipts)
    def test_stock_goes_in_rank_order(self, wishes, free, supply):
        left = free
        for (need, _until), found in zip(wishes, in_rank_order(wishes, free, supply), strict=True):
            self.assertAlmostEqual(found.on_hand, min(need, left), delta=TINY)
            left = max(0.0, left - need)

    @steady
    @given(demands, amounts, receipts)
    def test_dates_are_known_while_supply_lasts(self, wishes, free, supply):
        total, ahead = free + sum(r.quantity for r in supply), 0.0
        previous = NOW
        for (need, _until), found in zip(wishes, in_rank_order(wishes, free, supply), strict=True):
            ahead += need
            assume(abs(total - ahead) > TINY or total == ahead)
            if not need:
                continue
            self.assertEqual(found.expected is not None, ahead <= total + 1e-9)
            if found.expected:
                self.assertGreaterEqual(found.expected, previous, "who is ahead ships first")
                previous = found.expected

    @steady
    @given(demands, amounts, receipts, st.builds(Receipt, date=dates, quantity=amounts), amounts)
    def test_more_supply_is_never_later(self, wishes, free, supply, extra, more):
        before = in_rank_order(wishes, free, supply)
        after = in_rank_order(wishes, free + more, [*supply, extra])
        for old, new in zip(before, after, strict=True):
            self.assertGreaterEqual(new.on_hand, old.on_hand - TINY)
            if old.expected:
                self.assertIsNotNone(new.expected)
                self.assertLessEqual(new.expected, old.expected)

    @steady
    @given(amounts, amounts, receipts, dates)
    def test_a_later_date_is_easier(self, need, free, supply, until):
        soon = cover(Demand(need, 0.0, until), free, supply, NOW)
        later = cover(Demand(need, 0.0, until + timedelta(days=5)), free, supply, NOW)
        self.assertLessEqual(later.short(need), soon.short(need) + TINY)

    def test_by_hand(self):
        """2 free and 3 come in a day, 5 in a week: 4 units behind 1 other."""
        day, week = NOW + timedelta(days=1), NOW + timedelta(days=7)
        supply = [Receipt(week, 5), Receipt(day, 3)]
        stock, first, second = Peg(1, NOW), Peg(3, day, kind=RECEIPT), Peg(1, week, kind=RECEIPT)
        pegs = (stock, first)
        self.assertEqual(cover(Demand(4, 1, day), 2, supply, NOW), Cover(1, 3, day, pegs))
        pegs = (stock, first, second)
        self.assertEqual(cover(Demand(5, 1, day), 2, supply, NOW), Cover(1, 3, week, pegs))
        pegs = (second._replace(quantity=4),)
        self.assertEqual(cover(Demand(5, 6, week), 2, supply, NOW), Cover(0, 4, None, pegs))

    def test_overdue_receipt(self):
        late = [Receipt(NOW - timedelta(days=3), 5)]
        found = cover(Demand(5, 0, NOW + timedelta(days=1)), 0, late, NOW)
        self.assertEqual(found, Cover(0, 0, NOW, (Peg(5, NOW, kind=RECEIPT, late=True),)))
        self.assertEqual(confidence(found.pegs, found.expected), LATE)

    @steady
    @given(demands, amounts, receipts)
    def test_pegs_are_what_there_is(self, wishes, free, supply):
        """No supply is pegged twice, no demand more than it needs."""
        supply = [r._replace(key=number) for number, r in enumerate(supply, 1)]
        covers = in_rank_order(wishes, free, supply)
        used = Counter()
        for (need, _until), found in zip(wishes, covers, strict=True):
            self.assertLessEqual(sum(p.quantity for p in found.pegs), need + TINY)
            for peg in found.pegs:
                used[peg.key] += peg.quantity
        limits = {0: free, **{r.key: r.quantity for r in supply}}
        for key, quantity in used.items():
            self.assertLessEqual(quantity, limits[key] + TINY)

    @steady
    @given(st.lists(st.none() | dates))
    def test_latest(self, given_dates):
        known = [d for d in given_dates if d]
        complete = known and len(known) == len(given_dates)
        self.assertEqual(latest(given_dates), max(known) if complete else None)


@st.composite
def chains(draw, line=1):
    """Pick, pack and ship the same goods; some steps are done already.

    :return: (moves, what is owed, what was delivered)
    """
    moves, owed, delivered, number = [], 0.0, 0.0, line * 1000
    for _ in range(draw(st.integers(1, 4))):
        quantity, steps = draw(some), draw(st.integers(1, 3))
        done = draw(st.integers(0, steps))
        origins = frozenset()
        for step in range(steps):
            number += 1
            last = step == steps - 1
            values = {"done": step < done, "outgoing": last, "step": step, "origins": origins}
            moves.append(Move(number, line, 7, quantity, **values))
            origins = frozenset([number])
        owed += quantity if done < steps else 0.0
        delivered += quantity if done == steps else 0.0
    return draw(st.permutations(moves)), owed, delivered


class TestOutlineProperties(TestCase):
    @steady
    @given(chains())
    def test_a_chain_counts_once(self, drawn):
        moves, owed, delivered = drawn
        found = outline(moves)[1, 7]
        self.assertAlmostEqual(found.outstanding, owed, delta=TINY)
        self.assertAlmostEqual(found.delivered, delivered, delta=TINY)
        self.assertAlmostEqual(found.unreserved, owed, delta=TINY)
        self.assertAlmostEqual(sum(m.quantity for m in found.roots), owed, delta=TINY)

    @steady
    @given(chains(1), chains(2))
    def test_lines_do_not_mix(self, one, two):
        together = outline([*one[0], *two[0]])
        self.assertEqual(set(together), {(1, 7), (2, 7)})
        for line, drawn in ((1, one), (2, two)):
            self.assertAlmostEqual(together[line, 7].outstanding, drawn[1], delta=TINY)

    def test_by_hand(self):
        """Of 10 sold 4 are packed and 6 wait to be picked, 2 of them reserved."""
        moves = [
            Move(1, 1, 7, 4, done=True, step=0),
            Move(2, 1, 7, 4, reserved=4, outgoing=True, step=1, origins=frozenset([1])),
            Move(3, 1, 7, 6, reserved=2, step=0),
            Move(4, 1, 7, 6, outgoing=True, step=1, origins=frozenset([3])),
        ]
        found = outline(moves)[1, 7]
        self.assertEqual((found.outstanding, found.reserved, found.unreserved), (10, 6, 4))
        self.assertEqual([m.id for m in found.roots], [2, 3])

    def test_push(self):
        """Picked 4 of 10: the ship move of the 4 was pushed and knows no move that is open."""
        moves = [Move(1, 1, 7, 6), Move(2, 1, 7, 4, reserved=4, outgoing=True, step=1)]
        found = outline(moves)[1, 7]
        self.assertEqual((found.outstanding, found.reserved), (10, 4))

    def test_returns(self):
        """A delivery counts gross: what comes back with a refund is not owed again."""
        moves = [Move(1, 1, 7, 5, done=True, outgoing=True), Move(2, 1, 7, 2, done=True, back=True)]
        found = outline(moves)[1, 7]
        self.assertEqual((found.delivered, found.outstanding), (5, 0))

    def test_shipped_short_steps(self):
        """Three are short in both steps: the same three."""
        moves = [
            Move(1, 1, 7, 3, shipped_short=True, step=0),
            Move(2, 1, 7, 3, shipped_short=True, step=1, outgoing=True, origins=frozenset([1])),
        ]
        self.assertEqual(outline(moves)[1, 7].shipped_short, 3)

    def test_sources(self):
        """Nothing to reserve: uncounted goods are in hand, direct ones never are."""
        for source, unreserved in ((UNCOUNTED, 0), (DIRECT, 5)):
            move = Move(1, 1, 7, 5, outgoing=True, source=source)
            self.assertEqual(outline([move])[1, 7].unreserved, unreserved)

    def test_without_supply(self):
        """Made to order, due in three days: (on its way, supply date) -> short."""
        due = NOW + 3 * DAY
        cases = ((5, due, 0), (5, due + DAY, 5), (3, due, 2), (0, None, 5), (5, NOW - DAY, 5))
        for supplied, supply_date, short in cases:
            with self.subTest(supplied=supplied, supply_date=supply_date):
                move = Move(
                    1, 1, 7, 5, date=due, source=ORDERED, supplied=supplied, supply_date=supply_date
                )
                self.assertEqual(without_supply(move, NOW), short)

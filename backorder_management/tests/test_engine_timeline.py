"""Supply handed out over time: the same as one queue where rank decides, and by hand elsewhere."""

from collections import Counter
from datetime import datetime, timedelta
from unittest import TestCase

from hypothesis import given, settings
from hypothesis import strategies as st

from ..engine.demand import Demand, Policy, Pool, Shipping
from ..engine.policies import rank
from ..engine.promising import RECEIPT, STOCK, Peg, Queue, Receipt, by_date
from ..engine.timeline import serve_over_time

NOW = datetime(2026, 3, 2, 9)
DAY = timedelta(days=1)
DESK, LAMP = (1, 1), (2, 1)
SHELF = 8

steady = settings(derandomize=True, deadline=None, database=None, max_examples=300)


def demand(number, need, pool=DESK, **values):
    values = {"nodes": (SHELF,), "seniority": float(number), "order": number, **values}
    return Demand(number, pool, float(need), **values)


def make_pool(demands, free=0.0, key=DESK, **values):
    return Pool(key, {SHELF: float(free)}, demands, **values)


receipts = st.lists(
    # not `Receipt` itself: of a NamedTuple all fields are made up, also whom it is kept for
    st.builds(
        lambda date, quantity: Receipt(date, quantity),
        date=st.integers(-5, 9).map(lambda days: NOW + days * DAY),
        quantity=st.integers(1, 9).map(float),
    ),
    max_size=5,
).map(lambda found: [r._replace(key=number) for number, r in enumerate(found, 1)])
demands = st.lists(st.tuples(st.integers(1, 9), st.integers(0, 3)), min_size=1, max_size=6).map(
    lambda found: [demand(n, need, seniority=float(s)) for n, (need, s) in enumerate(found, 1)]
)
sharings = st.sampled_from(["rank", "proportional", "even", "complete"])


class TestTimeline(TestCase):
    @steady
    @given(demands, st.integers(0, 9), receipts)
    def test_rank_alone_is_one_queue(self, wishes, free, coming):
        """Played receipt by receipt, or cut out of one queue: the same pegs."""
        pool = make_pool(wishes, free)
        found = serve_over_time([pool], {}, {DESK: coming}, NOW)
        ahead, queue = 0.0, Queue(free, coming, NOW)
        for d in rank(wishes, pool.policy):
            self.assertEqual(found.get(d.id, ()), queue.cut(ahead, d.need))
            ahead += d.need

    @steady
    @given(demands, st.integers(0, 9), receipts, sharings, st.sets(st.integers(1, 6)))
    def test_no_unit_twice(self, wishes, free, coming, sharing, whole):
        pool = make_pool(wishes, free, policy=Policy(sharing=sharing))
        rules = {order: Shipping("whole") for order in whole}
        found = serve_over_time([pool], rules, {DESK: coming}, NOW)
        needs, used = {d.id: d.need for d in wishes}, Counter()
        for number, pegs in found.items():
            self.assertLessEqual(sum(p.quantity for p in pegs), needs[number])
            for peg in pegs:
                used[peg.key] += peg.quantity
                self.assertGreaterEqual(peg.date, NOW)
            if number in whole:
                self.assertEqual(sum(p.quantity for p in pegs), needs[number])
                self.assertEqual(len({p.date for p in pegs}), 1)
        limits = {0: free, **{r.key: r.quantity for r in coming}}
        for key, quantity in used.items():
            self.assertLessEqual(quantity, limits[key])

    def test_one_each(self):
        """3 come on day 1 and 2 on day 2; A wants 3, B and C one: one each, the rest is A's."""
        pool = make_pool([demand(1, 3), demand(2, 1), demand(3, 1)], policy=Policy(sharing="even"))
        coming = [Receipt(NOW + DAY, 3.0, 11), Receipt(NOW + 2 * DAY, 2.0, 12)]
        found = serve_over_time([pool], {}, {DESK: coming}, NOW)
        first = Peg(1.0, NOW + DAY, 11, RECEIPT)
        self.assertEqual(found[1], (first, Peg(2.0, NOW + 2 * DAY, 12, RECEIPT)))
        self.assertEqual(found[2], (first,))
        self.assertEqual(found[3], (first,))

    def test_whole_order_waits_for_its_other_product(self):
        """A desk is on the shelf, the lamp of the same order comes on day 3: both leave then. The
        next order, which needs no lamp, takes the desk of day 1 before that one... which was
        free all the time, because whole orders hold nothing."""
        desks = make_pool([demand(1, 1, order=7), demand(2, 1, order=8)], free=1)
        lamps = make_pool([demand(3, 1, pool=LAMP, order=7)], key=LAMP)
        coming = {
            DESK: [Receipt(NOW + DAY, 1.0, 11)],
            LAMP: [Receipt(NOW + 3 * DAY, 1.0, 12)],
        }
        found = serve_over_time([desks, lamps], {7: Shipping("whole")}, coming, NOW)
        self.assertEqual(found[2], (Peg(1.0, NOW, 0, STOCK),))
        self.assertEqual(found[1], (Peg(1.0, NOW + 3 * DAY, 11, RECEIPT),))
        self.assertEqual(found[3], (Peg(1.0, NOW + 3 * DAY, 12, RECEIPT),))

    def test_not_due_yet(self):
        """The older demand takes part from day 5 on: the receipt of day 1 goes to the younger."""
        pool = make_pool([demand(1, 4), demand(2, 4)])
        coming = [Receipt(NOW + DAY, 4.0, 11), Receipt(NOW + 2 * DAY, 4.0, 12)]
        found = serve_over_time([pool], {}, {DESK: coming}, NOW, due={1: NOW + 5 * DAY})
        self.assertEqual(found[2], (Peg(4.0, NOW + DAY, 11, RECEIPT),))
        self.assertEqual(found[1], (Peg(4.0, NOW + 5 * DAY, 12, RECEIPT),))


def keep(coming, wishes):
    """Receipts, each kept for some of the demands: [(place of the demand, quantity), ...]"""
    return [
        r._replace(kept_for=tuple((1 + place % 6, float(q)) for place, q in kept))
        for r, kept in zip(coming, wishes, strict=False)
    ] + coming[len(wishes) :]


keepings = st.lists(
    st.lists(st.tuples(st.integers(0, 5), st.integers(1, 9)), max_size=3), max_size=5
)


class TestKept(TestCase):
    @steady
    @given(demands, st.integers(0, 9), receipts, keepings)
    def test_kept_first_then_rank(self, wishes, free, coming, kept):
        """Compared with a naive hand: of each moment's receipts what is kept goes to whom it is
        kept for, as far as he lacks it; all that is left goes by rank."""
        coming = keep(coming, kept)
        pool = make_pool(wishes, free)
        found = serve_over_time([pool], {}, {DESK: coming}, NOW)
        lacks = {d.id: d.need for d in rank(wishes, pool.policy)}
        got, stock = Counter(), float(free)

        def give(number, moment, quantity):
            quantity = min(quantity, lacks.get(number, 0.0))
            if quantity > 0:
                lacks[number] -= quantity
                got[number, moment] += quantity
            return max(0.0, quantity)

        for moment in sorted({NOW} | {max(NOW, r.date) for r in coming}):
            if moment == NOW:  # what lies there is handed out before anything comes
                for number in lacks:
                    stock -= give(number, moment, stock)
            for receipt in sorted(coming, key=by_date):
                if max(NOW, receipt.date) != moment:
                    continue
                rest = receipt.quantity
                for number, quantity in receipt.kept_for:
                    rest -= give(number, moment, min(quantity, rest))
                stock += rest
            for number in lacks:
                stock -= give(number, moment, stock)
        named = Counter()
        for number, pegs in found.items():
            for peg in pegs:
                named[number, peg.date] += peg.quantity
        self.assertEqual(named, got)

    @steady
    @given(demands, st.integers(0, 9), receipts, keepings, sharings)
    def test_named_and_never_more_than_supply(self, wishes, free, coming, kept, sharing):
        """Whatever the rule: of each receipt, whom it is kept for is named for all that is kept
        for him, or has all that he needs by then; and no unit is named twice."""
        coming = keep(coming, kept)
        pool = make_pool(wishes, free, policy=Policy(sharing=sharing))
        found = serve_over_time([pool], {}, {DESK: coming}, NOW)
        needs, used = {d.id: d.need for d in wishes}, Counter()
        for number, pegs in found.items():
            self.assertLessEqual(sum(p.quantity for p in pegs), needs[number])
            for peg in pegs:
                used[peg.key] += peg.quantity
        limits = {0: free, **{r.key: r.quantity for r in coming}}
        for key, quantity in used.items():
            self.assertLessEqual(quantity, limits[key])
        for receipt in coming:
            rest, asked = receipt.quantity, Counter()
            for number, quantity in receipt.kept_for:
                if number in needs:
                    asked[number] += min(quantity, rest)
                    rest -= min(quantity, rest)
            for number, quantity in asked.items():
                moment, pegs = max(NOW, receipt.date), found.get(number, ())
                named = sum(p.quantity for p in pegs if p.key == receipt.key)
                had = sum(p.quantity for p in pegs if p.date <= moment)
                self.assertTrue(named >= quantity or had == needs[number])

    def test_kept_for_the_second(self):
        """A wants 10, B 6; 4 of the 10 that come on day 1 are kept for B: A has 6. Of 5 on day 2
        A has 4 and B the last one."""
        pool = make_pool([demand(1, 10), demand(2, 6)])
        coming = [
            Receipt(NOW + DAY, 10.0, 11, kept_for=((2, 4.0),)),
            Receipt(NOW + 2 * DAY, 5.0, 12),
        ]
        found = serve_over_time([pool], {}, {DESK: coming}, NOW)
        self.assertEqual([(p.quantity, p.key) for p in found[1]], [(6, 11), (4, 12)])
        self.assertEqual([(p.quantity, p.key) for p in found[2]], [(4, 11), (1, 12)])

    def test_kept_for_who_has_it_already(self):
        """B was served from the shelf: what is kept for him goes to A."""
        pool = make_pool([demand(1, 9, seniority=2.0), demand(2, 4, seniority=1.0)], free=4)
        coming = [Receipt(NOW + DAY, 4.0, 11, kept_for=((2, 4.0),))]
        found = serve_over_time([pool], {}, {DESK: coming}, NOW)
        self.assertEqual(found[2], (Peg(4.0, NOW, 0, STOCK),))
        self.assertEqual(found[1], (Peg(4.0, NOW + DAY, 11, RECEIPT),))

    def test_kept_before_his_day(self):
        """B takes part from day 5 on; what is kept for him is his on day 1."""
        pool = make_pool([demand(1, 9), demand(2, 4)])
        coming = [Receipt(NOW + DAY, 6.0, 11, kept_for=((2, 4.0),))]
        found = serve_over_time([pool], {}, {DESK: coming}, NOW, due={2: NOW + 5 * DAY})
        self.assertEqual(found[2], (Peg(4.0, NOW + DAY, 11, RECEIPT),))
        self.assertEqual(found[1], (Peg(2.0, NOW + DAY, 11, RECEIPT),))

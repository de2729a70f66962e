"""The allocation of small cases against programs that are too simple to be wrong."""

from dataclasses import replace
from unittest import TestCase

from hypothesis import given
from hypothesis import strategies as st

from ..engine.allocation import Policy, Pool, Shipping, allocate, plan_to_json
from .allocation_cases import (
    BIN,
    NUMBER,
    NUMBERS,
    OTHER,
    RANKED,
    RULES,
    SHELF,
    STOCK,
    Digits,
    cases,
    is_full,
    make_alike,
    make_plain,
    reaches,
)


def make_coupled(numbers, number):
    """Orders with rules over up to three pools, all of one opinion about who comes first.

    :return: (pools, shipping)
    """
    digits = Digits(number)
    shipping = {order: digits.pick(Shipping(), *RULES) for order in range(1, 6)}
    demands = []
    for place, drawn in enumerate(numbers, 1):
        d = make_plain(place, drawn)
        order = d.order or 10 + place
        demands.append(replace(d, order=order, seniority=float(order % 4), before=0.0))
    pools = []
    for key in sorted({d.pool for d in demands}):
        stock = digits.pick(*range(13))
        supply = {STOCK: stock, SHELF: stock // 2, BIN: 1, OTHER: 2}
        pools.append(Pool(key, supply, [d for d in demands if d.pool == key]))
    return pools, shipping


class TestNaive(TestCase):
    @cases(1500)
    @given(NUMBERS, NUMBER)
    def test_one_after_the_other(self, numbers, number):
        """Rank: order by order, each takes what it can and keeps it if its rule agrees."""
        pools, shipping = make_coupled(numbers, number)
        plan = allocate(pools, shipping)
        left = {pool.key: dict(pool.supply) for pool in pools}
        demands = [d for pool in pools for d in pool.demands]
        for _seniority, order in sorted({(d.seniority, d.order) for d in demands}):
            mine = [d for d in demands if d.order == order]
            got = self._take(mine, left, shipping.get(order, Shipping()))
            for d in mine:
                self.assertEqual(plan.results[d.id].after, got[d.id])

    def _take(self, demands, left, rule):
        """:return: {demand id: quantity}"""
        undo, got = {key: dict(nodes) for key, nodes in left.items()}, {}
        for d in demands:
            nodes = left[d.pool]
            got[d.id] = min(d.need, *[nodes[node] for node in d.nodes])
            if rule.rule == "lines" and got[d.id] < d.need:
                got[d.id] = 0.0
            for node in d.nodes:
                nodes[node] -= got[d.id]
        if self._agrees(rule, demands, got):
            return got
        left.update(undo)
        return dict.fromkeys(got, 0.0)

    def _agrees(self, rule, demands, got):
        if rule.rule in ("as_available", "lines"):
            return True
        if not rule.blocked and all(got[d.id] >= d.need for d in demands):
            return True
        return rule.rule == "minimum" and reaches(rule, demands, got)

    @cases(700)
    @given(NUMBERS, st.integers(0, 20))
    def test_most_orders_closed(self, numbers, supply):
        """Complete orders: no larger set of orders could be closed."""
        demands = [replace(d, order=d.order or 10 + d.id) for d in make_alike(numbers)]
        plan = allocate([Pool((1, 1), {STOCK: supply}, demands, Policy(sharing="complete"))])
        sizes, waiting = dict.fromkeys((d.order for d in demands), 0.0), set()
        for d in demands:
            sizes[d.order] += d.need
            if not is_full(d, plan):
                waiting.add(d.order)
        self.assertEqual(len(sizes) - len(waiting), self._count_most(sizes.values(), supply))

    def _count_most(self, sizes, supply):
        counts = []
        for chosen in range(2 ** len(sizes)):
            picked = [size for n, size in enumerate(sizes) if chosen >> n & 1]
            counts.append(len(picked) if sum(picked) <= supply else 0)
        return max(counts)

    @cases(700)
    @given(RANKED)
    def test_both_ways_agree(self, case):
        """The quick pass over a simple pool gives what the books of any pool give."""
        pools, keep = case
        quick = allocate(pools, keep=keep)
        slow = allocate([replace(p, protected={"nobody": 1e-9}) for p in pools], keep=keep)
        self.assertEqual(plan_to_json(quick), plan_to_json(slow))

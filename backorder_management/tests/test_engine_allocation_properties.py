"""What holds for every allocation. With :mod:`test_engine_allocation_naive` over 10,000 cases."""

import json
import random
from dataclasses import replace
from unittest import TestCase

from hypothesis import given
from hypothesis import strategies as st

from ..engine.allocation import Policy, Pool, allocate, from_json, plan_to_json, to_json
from ..engine.policies import rank
from .allocation_cases import (
    ANYTHING,
    CHAINS,
    METHODS,
    NUMBERS,
    RANKED,
    RULES,
    SHARINGS,
    SIMPLE,
    STOCK,
    TINY,
    Digits,
    cases,
    is_full,
    left_of,
    make_alike,
    make_any,
    make_pools,
    reaches,
)

BY_RULE = ("waits_whole", "below_minimum", "waits_line")


class TestAnyAllocation(TestCase):
    """Whatever the policy, the rights, the rules of orders, the places and the units."""

    @cases(2000)
    @given(ANYTHING)
    def test_bounds(self, case):
        """Never more than the supply of any location or than the need; never what is locked."""
        plan = allocate(*case)
        self.assertEqual(len(plan.results), sum(len(pool.demands) for pool in case[0]))
        for pool in case[0]:
            self.assertGreaterEqual(min(left_of(pool, plan).values()), -TINY)
            for d in pool.demands:
                after = plan.results[d.id].after
                self.assertLessEqual(after, d.need + TINY)
                self.assertGreaterEqual(after, d.locked - TINY)
                if d.right == "skip":
                    self.assertEqual(after, d.before)

    @cases(900)
    @given(ANYTHING)
    def test_events_lower_nobody(self, case):
        """Only an order that must be whole, or reach a minimum, gives back. One that then reaches
        its minimum in whole steps can hold less of a line than the part of a step it held."""
        pools, shipping, _keep = case
        plan = allocate(pools, shipping, keep=True)
        self.assertFalse(plan.failed)
        for pool in pools:
            for d in pool.demands:
                rule = None if d.others else shipping.get(d.order)
                result = plan.results[d.id]
                whole = rule and rule.rule == "whole" and result.reason == "waits_whole"
                if not whole and not (rule and rule.rule == "minimum"):
                    self.assertGreaterEqual(result.after, d.before - TINY)

    @cases(900)
    @given(ANYTHING, st.integers(0, 2**32))
    def test_same_input_same_bytes(self, case, seed):
        """In whatever order pools, demands, locations and orders are read."""
        pools, shipping, keep = case
        rng = random.Random(seed)
        first = allocate(pools, shipping, keep)
        mixed = []
        for pool in rng.sample(pools, len(pools)):
            demands = rng.sample(pool.demands, len(pool.demands))
            supply = dict(rng.sample(list(pool.supply.items()), len(pool.supply)))
            mixed.append(replace(pool, demands=demands, supply=supply))
        shipping = dict(rng.sample(list(shipping.items()), len(shipping)))
        second = allocate(mixed, shipping, keep)
        self.assertEqual(list(first.results), list(second.results))
        text = json.dumps(plan_to_json(first), allow_nan=False)
        self.assertEqual(text, json.dumps(plan_to_json(second), allow_nan=False))

    @cases(400)
    @given(ANYTHING)
    def test_replay(self, case):
        """A snapshot survives JSON, and gives the same plan."""
        again = from_json(json.loads(json.dumps(to_json(*case), allow_nan=False)))
        self.assertEqual(again, case)
        self.assertEqual(allocate(*again), allocate(*case))

    @cases(1200)
    @given(ANYTHING)
    def test_rules_of_orders(self, case):
        """No order that ships whole holds a part, none is below its minimum, no line is cut."""
        pools, shipping, keep = case
        plan = allocate(*case)
        ruled = [d for p in pools for d in p.demands if d.order in shipping and not d.others]
        left_alone = {d.order for d in ruled if plan.results[d.id].reason == "exception"}
        for d in ruled:
            rule = shipping[d.order]
            if d.order in left_alone or d.right == "skip" or is_full(d, plan):
                continue
            result = plan.results[d.id]
            if rule.rule == "lines":
                self.assertAlmostEqual(result.after, d.before if keep else d.locked, delta=TINY)
            elif rule.rule == "whole" or result.reason == "below_minimum":
                self.assertEqual(result.after, d.locked)
            else:
                order = [other for other in ruled if other.order == d.order]
                held = {other.id: plan.results[other.id].after for other in order}
                self.assertTrue(reaches(rule, order, held))

    @cases(900)
    @given(ANYTHING)
    def test_floors(self, case):
        """*Win* and *gain* are kept, or the pool is in ``failed``. Then all of it stays as it is,
        unless there is a fallback; *stop* stops all pools. Who waits by a rule of his own is no
        failure."""
        pools, shipping, _keep = case
        plan = allocate(pools, shipping)
        policy = pools[0].policy
        for pool in pools:
            failed = pool.key in plan.failed or (plan.failed and policy.on_failure == "stop")
            for d in pool.demands:
                result = plan.results[d.id]
                if failed and policy.fallback == "none":
                    self.assertEqual(result.after, d.before)
                elif not failed and not d.others and result.reason not in BY_RULE:
                    if d.right == "win":
                        self.assertTrue(is_full(d, plan))
                    if d.right == "gain":
                        self.assertGreaterEqual(result.after, d.before - TINY)

    def test_hundreds_at_once(self):
        """The bounds again, where many orders stand in each other's way."""
        for seed in range(6):
            rng = random.Random(seed)
            drawn = [make_any(n, rng.getrandbits(60)) for n in range(1, 301)]
            demands = [replace(d, order=rng.randrange(1, 150)) for d in drawn]
            policy = Policy(rng.choice(METHODS), rng.choice(SHARINGS))
            pools = make_pools(demands, Digits(rng.getrandbits(60)), policy=policy)
            for pool in pools:
                pool.supply = {node: 20.0 * quantity for node, quantity in pool.supply.items()}
            orders = {order: rng.choice(RULES) for order in range(1, 150)}
            plan = allocate(pools, orders, keep=bool(seed % 2))
            for pool in pools:
                self.assertGreaterEqual(min(left_of(pool, plan).values()), -TINY)


class TestSharing(TestCase):
    """Whole units and no rights: what each way of sharing promises."""

    @cases(900)
    @given(RANKED)
    def test_no_envy(self, case):
        """Who got something new left nothing that a better rank could have used."""
        pools, keep = case
        plan = allocate(pools, keep=keep)
        for pool in pools:
            for place, b in enumerate(ranked := rank(pool.demands, pool.policy)):
                if plan.results[b.id].after - (b.before if keep else b.locked) > TINY:
                    better = [a for a in ranked[:place] if set(a.nodes) <= set(b.nodes)]
                    self.assertTrue(all(is_full(a, plan) for a in better))

    @cases(700)
    @given(SIMPLE)
    def test_nothing_idles(self, case):
        """Stock is left only where nobody who may take it wants more."""
        pools, keep = case
        plan = allocate(pools, keep=keep)
        for pool in pools:
            left = left_of(pool, plan)
            for d in pool.demands:
                if not is_full(d, plan):
                    self.assertLess(min(left[node] for node in d.nodes), 1 - TINY)

    @cases(900)
    @given(RANKED, st.sampled_from(CHAINS), st.integers(1, 4))
    def test_more_supply_takes_from_nobody(self, case, chain, more):
        """In a location, and so in all that it lies in."""
        pools, keep = case
        plan = allocate(pools, keep=keep)
        for pool in pools:
            pool.supply = {n: q + more * (n in chain) for n, q in pool.supply.items()}
        grown = allocate(pools, keep=keep)
        for key, result in plan.results.items():
            self.assertGreaterEqual(grown.results[key].after, result.after)

    @cases(900)
    @given(NUMBERS, st.integers(0, 40), st.sampled_from((1.0, 2.0, 0.5)))
    def test_within_one_step_of_the_quota(self, drawn, supply, step):
        demands = [replace(d, step=step) for d in make_alike(drawn)]
        part = min(1.0, supply / sum(d.need for d in demands))
        height = self._get_height([d.need for d in demands], supply)
        for sharing in ("proportional", "even"):
            plan = allocate([Pool((1, 1), {STOCK: supply}, demands, Policy("fifo", sharing))])
            for d in demands:
                quota = d.need * part if sharing == "proportional" else min(d.need, height)
                self.assertLess(abs(plan.results[d.id].after - quota), step + TINY)

    def _get_height(self, needs, supply):
        """Up to where all are filled, found by halving."""
        low, high = 0.0, max(needs)
        for _ in range(50):
            middle = (low + high) / 2
            enough = sum(min(need, middle) for need in needs) <= supply
            low, high = (middle, high) if enough else (low, middle)
        return high

"""What holds for every allocation. Every test draws its own cases, over 10,000 in all."""

import json
import random
from dataclasses import replace
from unittest import TestCase

from hypothesis import given, settings
from hypothesis import strategies as st

from ..engine.allocation import (
    Demand,
    Policy,
    Pool,
    Shipping,
    allocate,
    from_json,
    plan_to_json,
    to_json,
)
from ..engine.demand import EPS, RIGHTS
from ..engine.policies import RANKS, rank, sharing_of

TINY = 1e-5
STOCK, SHELF, BIN, OTHER = 1, 2, 3, 4
CHAINS = ((STOCK,), (SHELF, STOCK), (BIN, SHELF, STOCK), (OTHER, STOCK))
METHODS = tuple(RANKS)
SHARINGS = ("rank", "proportional", "even", "complete")
WEIGHTS = (("promised", 2.0), ("value", 1.0), ("quantity", -1.0))
RULES = (
    Shipping("whole"),
    Shipping("lines"),
    Shipping("minimum", 3.0, "quantity"),
    Shipping("minimum", 0.6, "share"),
    Shipping("minimum", 12.0, "value"),
    Shipping("whole", blocked=True),
)


def cases(count):
    return settings(derandomize=True, deadline=None, database=None, max_examples=count)


class Digits:
    """Reads choices from one number: drawing one number is quicker than drawing each choice, and
    a number near zero still means the simplest case."""

    def __init__(self, number):
        self.number = number

    def pick(self, *options):
        self.number, place = divmod(self.number, len(options))
        return options[place]


def make_demand(place, number, full):
    """:param full: also fractions, steps, holdings, rights and the like"""
    digits = Digits(number)
    key = (digits.pick(1, 1, 2, 3), 1)
    need = digits.pick(1.0, 2.0, 3.0, 5.0, 8.0)
    values = {
        "nodes": digits.pick(*CHAINS),
        "order": digits.pick(0, 1, 2, 3, 4, 5),
        "seniority": digits.pick(5.0, 1.0, 3.0),
        "promised": digits.pick(float("inf"), 2.0, 4.0),
        "priority": digits.pick(0, 1),
        "tier": digits.pick(3, 1),
        "value": digits.pick(10.0, 90.0),
        "price": digits.pick(2.0, 7.0),
        "age": digits.pick(0.0, 40.0),
        "before": need * digits.pick(0, 0, 1),
    }
    if full:
        need *= digits.pick(1, 1, 0.3, 1 / 3)
        before = round(need * digits.pick(0, 0, 0.5, 1), 3)
        values |= {
            "before": min(need, before),
            "locked": before * digits.pick(0, 0, 0, 0.5),
            "step": digits.pick(1.0, 1.0, 2.0, 0.1),
            "segment": digits.pick("", "a", "b"),
            "right": digits.pick("redistribute", "redistribute", *RIGHTS),
            "claim": digits.pick(0.0, 0.0, 0.0, 2.0),
            "others": digits.pick(False, False, False, True),
        }
    return Demand(place, key, need, **values)


def make_pools(numbers, supply, policy, full=True, protected=()):
    demands = [make_demand(n, number, full) for n, number in enumerate(numbers, 1)]
    digits = Digits(supply)
    pools = []
    for key in sorted({d.pool for d in demands}):
        of_bin, shelf, other, rest = (digits.pick(0, 1, 2, 4, 9) for _ in range(4))
        stock = {BIN: of_bin, SHELF: of_bin + shelf, OTHER: other}
        stock[STOCK] = stock[SHELF] + other + rest
        mine = tuple(d for d in demands if d.pool == key)
        pools.append(Pool(key, stock, mine, policy, dict(protected)))
    return pools


numbers = st.lists(st.integers(0, 2**48), min_size=1, max_size=9)
amount = st.integers(0, 2**24)
policies = st.builds(
    Policy,
    method=st.sampled_from((*METHODS, "weighted")),
    sharing=st.sampled_from(SHARINGS),
    weights=st.just(WEIGHTS),
    on_failure=st.sampled_from(("skip_pool", "stop")),
    fallback=st.sampled_from(("none", "unrestricted")),
)
protections = st.sampled_from(((), (("a", 3.0),), (("b", 2.0), ("a", 4.0))))
anything = st.builds(make_pools, numbers, amount, policies, protected=protections)
rules = st.dictionaries(st.integers(1, 5), st.sampled_from(RULES), max_size=5)


def simple_pools(*sharings, **values):
    """Whole units, and nothing but rank and sharing decides."""
    policy = st.builds(Policy, st.sampled_from(METHODS[:7]), st.sampled_from(sharings))
    return st.builds(make_pools, numbers, amount, policy, full=st.just(False), **values)


def left_of(pool, plan):
    """{location: what nobody got}"""
    left = dict(pool.supply)
    for d in pool.demands:
        for node in d.nodes:
            left[node] -= plan.results[d.id].after - d.before
    return left


def is_full(demand, plan):
    return plan.results[demand.id].after >= demand.need - EPS


class TestAnyAllocation(TestCase):
    """Whatever the policy, the rights, the rules of orders, the places and the units."""

    @cases(2500)
    @given(anything, rules, st.booleans())
    def test_bounds(self, pools, shipping, keep):
        """Never more than the supply of any location or than the need; never what is locked."""
        plan = allocate(pools, shipping, keep)
        self.assertEqual(len(plan.results), sum(len(pool.demands) for pool in pools))
        for pool in pools:
            self.assertGreaterEqual(min(left_of(pool, plan).values()), -TINY)
            for d in pool.demands:
                after = plan.results[d.id].after
                self.assertLessEqual(after, max(d.need, d.before) + TINY)
                self.assertGreaterEqual(after, d.locked - TINY)
                if after > d.before + TINY:
                    self.assertLessEqual(after, d.need + TINY)
                if d.right == "skip":
                    self.assertEqual(after, d.before)

    @cases(1500)
    @given(anything, rules)
    def test_events_lower_nobody(self, pools, shipping):
        plan = allocate(pools, shipping, keep=True)
        self.assertFalse(plan.failed)
        for pool in pools:
            for d in pool.demands:
                result = plan.results[d.id]
                if result.reason not in ("waits_whole", "below_minimum"):
                    self.assertGreaterEqual(result.after, d.before - TINY)

    @cases(1500)
    @given(anything, rules, st.booleans(), st.randoms(use_true_random=False))
    def test_same_input_same_bytes(self, pools, shipping, keep, rng):
        first = allocate(pools, shipping, keep)
        mixed = []
        for pool in rng.sample(pools, len(pools)):
            demands = rng.sample(pool.demands, len(pool.demands))
            supply = dict(rng.sample(list(pool.supply.items()), len(pool.supply)))
            mixed.append(replace(pool, demands=demands, supply=supply))
        shuffled = dict(rng.sample(list(shipping.items()), len(shipping)))
        second = allocate(mixed, shuffled, keep)
        self.assertEqual(list(first.results), list(second.results))
        text = json.dumps(plan_to_json(first), allow_nan=False)
        self.assertEqual(text, json.dumps(plan_to_json(second), allow_nan=False))

    @cases(600)
    @given(anything, rules, st.booleans())
    def test_replay(self, pools, shipping, keep):
        """A snapshot survives JSON, and gives the same plan."""
        text = json.dumps(to_json(pools, shipping, keep), allow_nan=False)
        again = from_json(json.loads(text))
        self.assertEqual(again, (pools, shipping, keep))
        self.assertEqual(allocate(*again), allocate(pools, shipping, keep))

    @cases(1500)
    @given(anything, rules, st.booleans())
    def test_rules_of_orders(self, pools, shipping, keep):
        """No order that ships whole holds a part, none is below its minimum, no line is cut."""
        plan = allocate(pools, shipping, keep)
        frozen = {k for k, failure in plan.failed.items() if not failure["fallback"]}
        if any(plan.results[d.id].reason == "exception" for p in pools for d in p.demands):
            frozen = {pool.key for pool in pools}
        ruled = [d for p in pools for d in p.demands if d.order in shipping and not d.others]
        for d in ruled:
            rule = shipping[d.order]
            result = plan.results[d.id]
            if d.pool in frozen or d.right == "skip" or is_full(d, plan):
                continue
            if rule.rule == "lines":
                self.assertAlmostEqual(result.after, d.before if keep else d.locked, delta=TINY)
            elif rule.rule == "whole" or result.reason == "below_minimum":
                self.assertEqual(result.after, d.locked)
            else:
                order = [other for other in ruled if other.order == d.order]
                self.assertTrue(self._reaches(order, plan, rule))

    def _reaches(self, demands, plan, rule):
        held = {d.id: plan.results[d.id].after for d in demands}
        quantity = sum(held.values())
        reached = {
            "quantity": quantity,
            "share": quantity / sum(d.need for d in demands),
            "value": sum(held[d.id] * d.price for d in demands),
        }
        return reached[rule.measure] >= rule.minimum - TINY

    @cases(1500)
    @given(anything, rules)
    def test_floors(self, pools, shipping):
        """*Win* and *gain* are kept, or the pool is in ``failed``."""
        plan = allocate(pools, shipping)
        stopped = any(p.policy.on_failure == "stop" for p in pools if p.key in plan.failed)
        for pool in pools:
            if pool.key in plan.failed or stopped:
                continue
            for d in pool.demands:
                result = plan.results[d.id]
                if d.others or result.reason in ("waits_whole", "below_minimum", "waits_line"):
                    continue
                if d.right == "win":
                    self.assertTrue(is_full(d, plan))
                if d.right == "gain":
                    self.assertGreaterEqual(result.after, min(d.before, d.need) - TINY)

    @cases(1000)
    @given(anything, rules)
    def test_failures(self, pools, shipping):
        """A failed pool is left alone, unless its policy has a fallback; *stop* stops all."""
        plan = allocate(pools, shipping)
        for pool in pools:
            fallback = pool.policy.fallback == "unrestricted"
            stopped = plan.failed and pool.policy.on_failure == "stop"
            if (pool.key in plan.failed or stopped) and not fallback:
                for d in pool.demands:
                    self.assertEqual(plan.results[d.id].after, d.before)


class TestSharing(TestCase):
    """Whole units and no rights: what each way of sharing promises."""

    @cases(1000)
    @given(simple_pools("rank"), st.booleans())
    def test_no_envy(self, pools, keep):
        """Who got something new left nothing that a better rank could have used."""
        plan = allocate(pools, keep=keep)
        for pool in pools:
            ranked = rank(pool.demands, pool.policy)
            new = {d.id: plan.results[d.id].after - (d.before if keep else 0) for d in ranked}
            for n, a in enumerate(ranked):
                for b in ranked[n:]:
                    if set(b.nodes) <= set(a.nodes) or a.nodes == b.nodes:
                        pass
                    if a.nodes == b.nodes and new[b.id] > TINY and b is not a:
                        self.assertTrue(is_full(a, plan))

    @cases(1000)
    @given(simple_pools(*SHARINGS), st.booleans())
    def test_nothing_idles(self, pools, keep):
        """Stock is left only where nobody who may take it wants more."""
        plan = allocate(pools, keep=keep)
        for pool in pools:
            left = left_of(pool, plan)
            for d in pool.demands:
                if not is_full(d, plan):
                    self.assertLess(min(left[node] for node in d.nodes), 1 - TINY)

    @cases(1000)
    @given(simple_pools("rank"), st.booleans(), st.sampled_from(CHAINS), st.integers(1, 4))
    def test_more_supply_takes_from_nobody(self, pools, keep, chain, more):
        plan = allocate(pools, keep=keep)
        richer = [
            replace(p, supply={n: q + more * (n in chain) for n, q in p.supply.items()})
            for p in pools
        ]
        grown = allocate(richer, keep=keep)
        for key, result in plan.results.items():
            self.assertGreaterEqual(grown.results[key].after, result.after)

    @cases(1000)
    @given(numbers, st.integers(0, 40), st.sampled_from((1.0, 2.0, 0.5)))
    def test_within_one_step_of_the_quota(self, drawn, supply, step):
        demands = [
            replace(make_demand(n, number, False), pool=(1, 1), nodes=(STOCK,), before=0.0)
            for n, number in enumerate(drawn, 1)
        ]
        demands = [replace(d, step=step) for d in demands]
        total = sum(d.need for d in demands)
        part = min(1.0, supply / total)
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


class TestNaive(TestCase):
    """Small cases against programs that are too simple to be wrong."""

    def _get_pools(self, drawn, supply, **policy):
        demands = []
        for n, number in enumerate(drawn, 1):
            d = replace(make_demand(n, number, False), before=0.0)
            # one order, one seniority: then all pools agree who comes first
            order = d.order or 10 + n
            demands.append(replace(d, order=order, seniority=float(order % 4)))
        keys = sorted({d.pool for d in demands})
        digits = Digits(supply)
        return [
            Pool(
                key,
                {STOCK: (stock := digits.pick(*range(13))), SHELF: stock // 2, BIN: 1, OTHER: 2},
                [d for d in demands if d.pool == key],
                Policy(**policy),
            )
            for key in keys
        ]

    @cases(2000)
    @given(numbers, amount, rules)
    def test_one_after_the_other(self, drawn, supply, shipping):
        """Rank: order by order, each takes what it can and keeps it if its rule agrees."""
        pools = self._get_pools(drawn, supply)
        plan = allocate(pools, shipping)
        left = {pool.key: dict(pool.supply) for pool in pools}
        demands = [d for pool in pools for d in pool.demands]
        orders = sorted({(d.seniority, d.order) for d in demands})
        for _seniority, order in orders:
            mine = sorted((d for d in demands if d.order == order), key=lambda d: (d.line, d.id))
            got = self._take(mine, left, shipping.get(order, Shipping()))
            for d in mine:
                self.assertEqual(plan.results[d.id].after, got[d.id], (order, d.id))

    def _take(self, demands, left, rule):
        undo = {key: dict(nodes) for key, nodes in left.items()}
        got = {}
        for d in demands:
            room = min(left[d.pool][node] for node in d.nodes)
            got[d.id] = min(d.need, room)
            if rule.rule == "lines" and room < d.need:
                got[d.id] = 0.0
            for node in d.nodes:
                left[d.pool][node] -= got[d.id]
        complete = all(got[d.id] >= d.need for d in demands) and not rule.blocked
        fine = {
            "as_available": True,
            "lines": True,
            "whole": complete,
            "minimum": complete or self._reaches(demands, got, rule),
        }
        if not fine[rule.rule]:
            left.update(undo)
            return dict.fromkeys(got, 0.0)
        return got

    def _reaches(self, demands, got, rule):
        quantity = sum(got.values())
        reached = {
            "quantity": quantity,
            "share": quantity / sum(d.need for d in demands),
            "value": sum(got[d.id] * d.price for d in demands),
        }
        return reached[rule.measure] >= rule.minimum - EPS

    @cases(1000)
    @given(numbers, st.integers(0, 20))
    def test_most_orders_closed(self, drawn, supply):
        """Complete orders: no set of orders that could be closed is larger."""
        demands = [
            replace(make_demand(n, number, False), pool=(1, 1), nodes=(STOCK,), before=0.0)
            for n, number in enumerate(drawn, 1)
        ]
        demands = [replace(d, order=d.order or 10 + d.id) for d in demands]
        pool = Pool((1, 1), {STOCK: supply}, demands, Policy(sharing="complete"))
        plan = allocate([pool])
        sizes = {d.order: 0.0 for d in demands}
        open_orders = set()
        for d in demands:
            sizes[d.order] += d.need
            if not is_full(d, plan):
                open_orders.add(d.order)
        self.assertEqual(len(sizes) - len(open_orders), self._count_most(sizes, supply))

    def _count_most(self, sizes, supply):
        best = 0
        for chosen in range(2 ** len(sizes)):
            picked = [size for n, size in enumerate(sizes.values()) if chosen >> n & 1]
            if sum(picked) <= supply:
                best = max(best, len(picked))
        return best

    @cases(1000)
    @given(simple_pools("rank"), st.booleans())
    def test_both_paths_agree(self, pools, keep):
        """The quick pass over a simple pool gives what the books of any pool give."""
        quick = allocate(pools, keep=keep)
        slow = allocate([replace(p, protected={"nobody": 1e-9}) for p in pools], keep=keep)
        self.assertEqual(plan_to_json(quick), plan_to_json(slow))


class TestManyAtOnce(TestCase):
    def test_big_random_pools(self):
        """The same bounds with hundreds of demands and every rule."""
        for seed in range(6):
            rng = random.Random(seed)
            drawn = [rng.getrandbits(48) for _ in range(300)]
            policy = Policy(rng.choice(METHODS), rng.choice(SHARINGS))
            pools = make_pools(drawn, rng.getrandbits(24), policy)
            pools = [replace(p, supply={n: q * 20 for n, q in p.supply.items()}) for p in pools]
            orders = {n: rng.choice(RULES) for n in range(1, 150)}
            demands = {d.id: rng.randrange(1, 200) for p in pools for d in p.demands}
            for pool in pools:
                pool.demands = [replace(d, order=demands[d.id]) for d in pool.demands]
            plan = allocate(pools, orders, keep=bool(seed % 2))
            for pool in pools:
                self.assertGreaterEqual(min(left_of(pool, plan).values()), -TINY)


del sharing_of  # noqa

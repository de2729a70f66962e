"""Pools, policies and rules of orders for the property tests of the allocation."""

from dataclasses import replace

from hypothesis import settings
from hypothesis import strategies as st

from ..engine.allocation import Demand, Policy, Pool, Shipping
from ..engine.demand import EPS, RIGHTS
from ..engine.policies import RANKS

TINY = 1e-5
STOCK, SHELF, BIN, OTHER = 1, 2, 3, 4
CHAINS = ((STOCK,), (SHELF, STOCK), (BIN, SHELF, STOCK), (OTHER, STOCK))
METHODS = (*RANKS, "weighted")
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
PROTECTED = ({}, {}, {"a": 3.0}, {"b": 2.0, "a": 4.0})


def cases(count):
    return settings(derandomize=True, deadline=None, database=None, max_examples=count)


class Digits:
    """Reads choices from one number. To draw one number is much quicker than to draw each choice,
    and a number near zero still means the simplest case."""

    def __init__(self, number):
        self.number = number

    def pick(self, *options):
        self.number, place = divmod(self.number, len(options))
        return options[place]


def make_plain(place, number):
    """A demand of whole units, without rights, claims, steps and the like."""
    digits = Digits(number)
    need = digits.pick(1.0, 2.0, 3.0, 5.0, 8.0)
    return Demand(
        id=place,
        pool=(digits.pick(1, 1, 2, 3), 1),
        need=need,
        nodes=digits.pick(*CHAINS),
        order=digits.pick(0, 1, 2, 3, 4, 5),
        seniority=digits.pick(5.0, 1.0, 3.0),
        before=need * digits.pick(0, 0, 1),
        promised=digits.pick(float("inf"), 2.0, 4.0),
        priority=digits.pick(0, 1),
        tier=digits.pick(3, 1),
        value=digits.pick(10.0, 90.0),
        price=digits.pick(2.0, 7.0),
        age=digits.pick(0.0, 40.0),
    )


def make_any(place, number):
    """A demand with everything: fractions, parts held or locked, steps, rights, claims."""
    number, more = divmod(number, 2**32)
    plain, digits = make_plain(place, number), Digits(more)
    need = plain.need * digits.pick(1, 1, 0.3, 1 / 3)
    before = min(need, round(need * digits.pick(0, 0, 0.5, 1), 3))
    return replace(
        plain,
        need=need,
        before=before,
        locked=before * digits.pick(0, 0, 0, 0.5),
        right=digits.pick("redistribute", "redistribute", *RIGHTS),
        step=digits.pick(1.0, 1.0, 2.0, 0.1),
        segment=digits.pick("", "a", "b"),
        claim=digits.pick(0.0, 0.0, 0.0, 2.0),
        others=digits.pick(False, False, False, True),
    )


def make_pools(demands, digits, **values):
    """:param values: of the pools: policy, protected"""
    pools = []
    for key in sorted({d.pool for d in demands}):
        in_bin, shelf, other, rest = (digits.pick(0, 1, 2, 4, 9) for _ in range(4))
        supply = {BIN: in_bin, SHELF: in_bin + shelf, OTHER: other}
        supply[STOCK] = supply[SHELF] + other + rest
        pools.append(Pool(key, supply, tuple(d for d in demands if d.pool == key), **values))
    return pools


def make_anything(numbers, number):
    """:return: (pools, shipping, keep)"""
    digits = Digits(number)
    policy = Policy(
        method=digits.pick(*METHODS),
        sharing=digits.pick(*SHARINGS),
        weights=WEIGHTS,
        on_failure=digits.pick("skip_pool", "stop"),
        fallback=digits.pick("none", "unrestricted"),
    )
    protected, keep = digits.pick(*PROTECTED), digits.pick(False, True)
    shipping = {order: digits.pick(None, None, *RULES) for order in range(1, 6)}
    demands = [make_any(place, n) for place, n in enumerate(numbers, 1)]
    pools = make_pools(demands, digits, policy=policy, protected=protected)
    return pools, {order: rule for order, rule in shipping.items() if rule}, keep


def make_simple(numbers, number, sharings=SHARINGS):
    """:return: (pools, keep): whole units, and nothing but rank and sharing decides"""
    digits = Digits(number)
    policy = Policy(digits.pick(*METHODS[:7]), digits.pick(*sharings))
    keep = digits.pick(False, True)
    demands = [make_plain(place, n) for place, n in enumerate(numbers, 1)]
    return make_pools(demands, digits, policy=policy), keep


def make_alike(numbers):
    """:return: demands of one place that hold nothing yet"""
    drawn = (make_plain(place, n) for place, n in enumerate(numbers, 1))
    return [replace(d, pool=(1, 1), nodes=(STOCK,), before=0.0) for d in drawn]


# as bytes: of large integers mostly small ones are drawn
NUMBER = st.binary(min_size=8, max_size=8).map(lambda drawn: int.from_bytes(drawn, "little"))
NUMBERS = st.lists(NUMBER, min_size=1, max_size=8)
ANYTHING = st.builds(make_anything, NUMBERS, NUMBER)
SIMPLE = st.builds(make_simple, NUMBERS, NUMBER)
RANKED = st.builds(make_simple, NUMBERS, NUMBER, st.just(("rank",)))


def left_of(pool, plan):
    """{location: what nobody got}"""
    left = dict(pool.supply)
    for d in pool.demands:
        for node in d.nodes:
            left[node] -= plan.results[d.id].after - d.before
    return left


def is_full(demand, plan):
    return plan.results[demand.id].after >= demand.need - EPS


def reaches(rule, demands, held):
    """Whether an order that holds this reaches its minimum.

    :param held: {demand id: quantity}
    """
    quantity = sum(held[d.id] for d in demands)
    reached = {
        "quantity": quantity,
        "share": quantity / sum(d.need for d in demands),
        "value": sum(held[d.id] * d.price for d in demands),
    }
    return reached[rule.measure] >= rule.minimum - TINY

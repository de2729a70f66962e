"""Orders of service: who comes first.

A key function maps a demand to a tuple; the smallest comes first. Each ends in seniority, order,
line and id, so that no two demands are equal and the order of the input does not matter.
"""

from collections.abc import Callable, Iterable, Sequence
from math import inf
from operator import attrgetter

from .demand import COMPLETE, EVEN, PROPORTIONAL, REDISTRIBUTE, RIGHTS, Demand, Policy

AGE_DAYS = 30.0  # so many days weigh as much as the best of another criterion
AGE_LEAST = 0.1  # least weight of age, as a part of all other weights

SHORTCUTS = {"proportional": PROPORTIONAL, "even": EVEN, "complete_orders": COMPLETE}

fifo = attrgetter("seniority", "order", "line", "id")
others = attrgetter("promised", "id")
_RIGHT = {right: place for place, right in enumerate(RIGHTS)}


def _priority(d):
    return -d.priority, d.seniority, d.order, d.line, d.id


def _order_value(d):
    return -d.value, d.seniority, d.order, d.line, d.id


def _largest(d):
    return -d.need, d.seniority, d.order, d.line, d.id


RANKS: dict[str, Callable[[Demand], tuple]] = {
    "fifo": fifo,
    "promised_date": attrgetter("promised", "seniority", "order", "line", "id"),
    "priority": _priority,
    "tier": attrgetter("tier", "seniority", "order", "line", "id"),
    "order_value": _order_value,
    "largest": _largest,
    "smallest": attrgetter("need", "seniority", "order", "line", "id"),
    **dict.fromkeys(SHORTCUTS, fifo),
}

# criterion of a weighted score -> what is normalised; more is better
CRITERIA: dict[str, Callable[[Demand], float]] = {
    "promised": lambda d: -d.promised,
    "priority": attrgetter("priority"),
    "tier": lambda d: -d.tier,
    "value": attrgetter("value"),
    "quantity": attrgetter("need"),
}
AGE = ("age", "seniority")  # two names of one criterion


def sharing_of(policy: Policy) -> str:
    """The way a shortage is shared: ``rank``, ``proportional``, ``even`` or ``complete``."""
    return SHORTCUTS.get(policy.method, policy.sharing)


def rank(demands: Iterable[Demand], policy: Policy, by_right: bool = True) -> list[Demand]:
    """The demands of one pool, the first to be served first.

    Better rights come before worse ones; within one right the method decides. Those that do not
    compete come last, in the order of Odoo: priority, date, id.

    :param by_right: False when rights do not count
    :raise KeyError: unknown method, right or criterion
    """
    demands = list(demands)
    demands.sort(key=key_of(policy, demands))
    if by_right and {d.right for d in demands} - {REDISTRIBUTE}:
        demands.sort(key=lambda d: _RIGHT[d.right])
    if True in {d.others for d in demands}:
        last = sorted((d for d in demands if d.others), key=others)
        last.sort(key=attrgetter("priority"), reverse=True)
        demands = [d for d in demands if not d.others] + last
    return demands


def key_of(policy: Policy, demands: Sequence[Demand]) -> Callable[[Demand], tuple]:
    """The key function of a policy; ``demands`` are those that a score is normalised over."""
    if policy.method == "weighted":
        return weighted([d for d in demands if not d.others], policy.weights)
    return RANKS[policy.method]


def weighted(
    demands: Sequence[Demand], weights: Iterable[tuple[str, float]]
) -> Callable[[Demand], tuple]:
    """Key function of a weighted score: the sum of weight times value over the criteria.

    Each value is normalised within the pool: 0 is the worst of ``demands``, 1 the best. Age is
    not: it counts one for each ``AGE_DAYS`` days, without bound, and always weighs at least
    ``AGE_LEAST`` of all other weights. All else is worth at most the sum of the weights, so a
    demand that is older by ``AGE_DAYS * sum / weight of age`` days passes any newer one: nobody
    starves. A negative weight turns a criterion around, but never age.
    """
    totals: dict[str, float] = {}
    for name, weight in weights:
        name = "age" if name in AGE else name
        totals[name] = totals.get(name, 0.0) + weight
    age = totals.pop("age", 0.0)
    rest = sum(abs(weight) for weight in totals.values())
    age = max(age, AGE_LEAST * rest) / AGE_DAYS
    terms = [_term(CRITERIA[name], weight, demands) for name, weight in totals.items()]

    def key(d):
        score = age * d.age if d.age > 0.0 else 0.0
        for value, low, scale in terms:
            number = value(d)
            if number != -inf:  # no date is the worst date
                score += scale * (number - low)
        return round(-score, 9), d.seniority, d.order, d.line, d.id

    return key


def _term(value, weight, demands):
    """:return: (what is normalised, its least finite value, weight per unit above that)"""
    values = [v for v in map(value, demands) if v != -inf]
    low = min(values, default=0.0)
    width = max(values, default=0.0) - low
    return value, low, weight / width if width else 0.0

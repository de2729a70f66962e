"""Who gets the stock: :func:`allocate` turns a snapshot of pools into a plan.

Pure: the same pools give the same plan, to the byte, in whatever order they are read.
"""

from collections.abc import Iterable, Mapping, Sequence

from .demand import (
    AS_AVAILABLE,
    COMPLETE,
    DIGITS,
    EPS,
    NONE,
    RANK,
    REDISTRIBUTE,
    STOP,
    Demand,
    Plan,
    Policy,
    Pool,
    Result,
    Shipping,
)
from .ledger import fit, reach, roots_of
from .policies import rank, sharing_of
from .reasons import write_results
from .rights import Case
from .shipping import settle
from .snapshot import from_json, plan_to_json, to_json

__all__ = [
    "Demand",
    "Plan",
    "Policy",
    "Pool",
    "Result",
    "Shipping",
    "allocate",
    "from_json",
    "is_simple",
    "plan_to_json",
    "to_json",
]


def allocate(
    pools: Iterable[Pool], shipping: Mapping[int, Shipping] | None = None, keep: bool = False
) -> Plan:
    """Decide for each demand of ``pools`` what it holds from now on.

    :param shipping: {order: what must be true before it may hold stock}
    :param keep: only free stock is handed out and everyone keeps what he holds (an event: a
        receipt, a confirmation); else all that is not locked is handed out again (a run)
    """
    rules = {o: rule for o, rule in (shipping or {}).items() if rule.rule != AS_AVAILABLE}
    ranked = [(pool, rank(pool.demands, pool.policy)) for pool in sorted(pools, key=_key)]
    cases = {
        pool.key: Case(pool, demands, rules, keep)
        for pool, demands in ranked
        if not is_simple(pool, demands, rules)
    }
    dropped, stopped = _settle_all(list(cases.values()))
    failed = {key: case.failed for key, case in cases.items() if case.failed}
    if stopped:
        cases = {pool.key: _untouched(pool, demands, keep) for pool, demands in ranked}
    plan = Plan(failed=failed)
    for pool, demands in ranked:
        if pool.key in cases:
            write_results(cases[pool.key], dropped, plan.results)
        else:
            _in_one_pass(pool, demands, keep, plan.results)
    return plan


def _key(pool):
    return pool.key


def _untouched(pool, demands, keep):
    case = Case(pool, demands, {}, keep)
    case.frozen = True
    case.open(())
    return case


def _settle_all(cases):
    """Allocate all pools that rank alone does not decide.

    :return: ({order: bundle} of those that may not hold anything yet, whether all has to stop)
    """
    dropped = _settle(cases)
    stopping = [c.pool.policy for c in cases if c.failed and c.pool.policy.on_failure == STOP]
    if any(policy.fallback == NONE for policy in stopping):
        return {}, True
    if stopping:
        for case in cases:
            case.lift()
        dropped = _settle(cases)
    return dropped, False


def _settle(cases):
    dropped = {}
    for component in components(cases):
        dropped.update(settle(component))
    return dropped


def components(cases: Sequence[Case]) -> list[list[Case]]:
    """Pools that have to be allocated together: an order with a rule of its own has demands in
    them, or one that is to be closed."""
    parent = {case: case for case in cases}

    def top(case):
        while parent[case] is not case:
            parent[case] = case = parent[parent[case]]
        return case

    first: dict[int, Case] = {}
    for case in cases:
        for stake in case.stakes:
            order = stake.d.order if case.sharing == COMPLETE else stake.order
            if order:
                parent[top(case)] = top(first.setdefault(order, case))
    grouped = {}
    for case in cases:
        grouped.setdefault(top(case), []).append(case)
    return list(grouped.values())


def is_simple(pool, demands, rules):
    """Whether rank alone decides: one pass is enough."""
    return (
        sharing_of(pool.policy) == RANK
        and not any(pool.protected.values())
        and not {d.right for d in demands} - {REDISTRIBUTE}
        and not {d.claim for d in demands} - {0.0}
        and not (rules and not rules.keys().isdisjoint([d.order for d in demands]))
    )


def _in_one_pass(pool, demands, keep, results):
    """Serve a simple pool: the first takes what it wants, the next what is left.

    The same as a :class:`Case` does, without its books. Runs are mostly made of such pools, and
    most demands get nothing: the loop is written to do as little as possible for those.
    """
    left, total = _supply(pool, demands, keep)
    stocked = {nodes: reach(left, nodes) > EPS for nodes in {d.nodes for d in demands}}
    of, free, ahead = len(demands), total, 0.0
    for place, d in enumerate(demands, 1):
        need, before, nodes = d.need, d.before, d.nodes
        after = before if keep else d.locked
        want, details = need - after, None
        if want > EPS and total > EPS:
            got = fit(want, reach(left, nodes), d.step)
            if got > EPS:
                after = round(after + got, DIGITS)
                total = round(total - got, DIGITS)
                for node in nodes:
                    left[node] = round(left[node] - got, DIGITS)
        if after > before + EPS:
            reason = "served" if after >= need - EPS else "part"
        elif after >= need - EPS:
            reason = "kept"
        elif after < before - EPS:
            reason = "lowered"
        elif stocked[nodes] and (ahead > EPS or reach(left, nodes) <= EPS):
            reason = "outranked"
        else:
            reason = "no_stock"
            details = {"step": d.step} if stocked[nodes] else None
        results[d.id] = Result(d.id, before, after, place, of, reason, need, free, ahead, details)
        if want > 0.0:
            ahead += want


def _supply(pool, demands, keep):
    """What a simple pool hands out.

    :return: ({location: quantity}, quantity in all)
    """
    left = dict(pool.supply)
    if not keep:
        for d in demands:
            if d.before != d.locked:
                for node in d.nodes:
                    left[node] = left.get(node, 0.0) + d.before - d.locked
    left = {node: max(0.0, round(quantity, DIGITS)) for node, quantity in left.items()}
    return left, round(sum([left.get(node, 0.0) for node in roots_of(demands)]), DIGITS)

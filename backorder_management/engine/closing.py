"""Complete orders first: which orders can be closed with what there is, over several pools.

With one pool, closing those that miss least first closes as many as possible. With several that
is hard (a knapsack with many dimensions); the usual good greedy measures what an order takes of
each pool as a part of what the pool has, so that scarce goods count more.
"""

from collections import defaultdict
from collections.abc import Sequence

from .demand import EPS
from .rights import OTHERS, Case, checkpoint


def close_orders(cases: Sequence[Case], tier: str) -> None:
    """Serve in full the demands of as many orders as possible, as far as their demands in
    ``cases`` are of this tier or served already."""
    orders = _orders_of(cases, tier)
    if not orders:
        return
    unserved = _count_unserved(cases, orders)
    ranked = []
    for order, parts in orders.items():
        if unserved[order] == len(parts) and all(s.goal >= s.d.need - EPS for _c, s in parts):
            cost = sum(stake.want / case.ledger.total for case, stake in parts)
            best = min(stake.place for _case, stake in parts)
            ranked.append((round(cost, 9), best, order))
    for _cost, _best, order in sorted(ranked):
        _close(orders[order])


def _orders_of(cases, tier):
    """{order: [(pool at work, demand at work)]} of what is still wanted in the tier"""
    orders = defaultdict(list)
    if tier != OTHERS:
        for case in cases:
            for stake in case.tier(tier):
                if stake.d.order:
                    orders[stake.d.order].append((case, stake))
    return orders


def _count_unserved(cases, orders):
    counts = defaultdict(int)
    for case in cases:
        for stake in case.stakes:
            if stake.d.order in orders and not stake.d.others and not stake.full:
                counts[stake.d.order] += 1
    return counts


def _close(parts):
    """Take all that is wanted, or nothing."""
    if not all(_fits(part) for part in parts):
        return
    undo = checkpoint(parts)
    for case, stake in parts:
        if not _fits((case, stake)):
            undo()
            return
        case.ledger.take(stake, stake.want)


def _fits(part):
    case, stake = part
    return case.ledger.room(stake.d) >= stake.want - EPS

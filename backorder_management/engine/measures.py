"""What a plan is worth: the numbers by which policies are compared."""

from collections import defaultdict
from collections.abc import Iterable, Mapping

from .demand import EPS, Demand, Plan, Pool, Shipping

DAY = 86400.0
TOP_TIER = 1


def measure(
    pools: Iterable[Pool],
    plan: Plan,
    shipping: Mapping[int, Shipping] | None,
    now: float,
    today: float | None = None,
) -> dict[str, float]:
    """Demands that do not compete (components, transfers) do not count.

    :param now: seconds since 1970 (UTC)
    :param today: midnight of the day on which that is, as ``promised`` is given
    :return: {name: number}

        units_served: sum of ``after``, in each product's unit
        value_served: sum of ``after * price``, in the currency of the company
        orders_closed: orders of which every demand in the snapshot is covered and nothing else is
            missing (``blocked``)
        lines_late: demands promised for a day before ``today`` that are not covered
        promises_broken: demands with a promised date that were covered before and are not after
        priority_fill: sum of ``after`` / sum of ``need`` of demands with a star or of the best
            tier; 1 when there are none
        jain: fairness between customers, ``(sum x)² / (n * sum x²)`` where ``x`` is what a
            customer holds of all that he needs: 1 when all have the same part, 1/n when one has
            all
        oldest_wait: days since the seniority of the oldest demand that is not covered, else 0
        shipments: orders that hold something that can ship
    """
    rows = _get_rows(pools, plan)
    short = _get_short(rows)
    oldest = max((now - d.seniority for d in short), default=0.0)
    today = now if today is None else today
    return {
        "units_served": _tidy(sum(after for _d, after in rows)),
        "value_served": _tidy(sum(after * d.price for d, after in rows)),
        "orders_closed": _count_closed(rows, short, shipping or {}),
        "lines_late": sum(d.promised < today for d in short),
        "promises_broken": sum(_is_broken(d) for d in short),
        "priority_fill": _tidy(_fill(row for row in rows if _is_priority(row[0]))),
        "jain": _tidy(jain(_parts_by_customer(rows))),
        "oldest_wait": _tidy(max(0.0, oldest) / DAY),
        "shipments": len({d.order for d, after in rows if d.order and after > EPS}),
    }


def find_broken(pools: Iterable[Pool], plan: Plan) -> list[Demand]:
    """The demands that ``promises_broken`` counts, the one promised first first."""
    short = _get_short(_get_rows(pools, plan))
    return sorted(filter(_is_broken, short), key=lambda d: (d.promised, d.id))


def jain(parts: Iterable[float]) -> float:
    """Jain's index of fairness; 1 when there is nobody, or nobody has anything."""
    parts = list(parts)
    squares = sum(x * x for x in parts)
    return sum(parts) ** 2 / (len(parts) * squares) if squares else 1.0


def _get_rows(pools, plan):
    """:return: [(demand, what it holds)] of those who compete; sums of them do not depend on the
    order of the input"""
    rows = [
        (d, min(plan.results[d.id].after, d.need))
        for pool in pools
        for d in pool.demands
        if not d.others and d.need > EPS
    ]
    return sorted(rows, key=lambda row: row[0].id)


def _get_short(rows):
    return [d for d, after in rows if after < d.need - EPS]


def _is_broken(demand):
    return demand.promised != float("inf") and demand.before >= demand.need - EPS


def _is_priority(demand):
    return demand.priority > 0 or demand.tier <= TOP_TIER


def _count_closed(rows, short, shipping):
    waiting = {d.order for d in short}
    waiting.update(order for order, rule in shipping.items() if rule.blocked)
    return len({d.order for d, _after in rows if d.order} - waiting)


def _fill(rows):
    """The part of the need that is covered."""
    need = covered = 0.0
    for demand, after in rows:
        need += demand.need
        covered += after
    return covered / need if need else 1.0


def _parts_by_customer(rows):
    grouped = defaultdict(list)
    for row in rows:
        grouped[row[0].customer].append(row)
    return [_fill(grouped[customer]) for customer in sorted(grouped)]


def _tidy(number):
    return round(float(number), 6)

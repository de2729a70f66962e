"""Why a customer has to wait: rules over what is known about a backorder item.

Facts in, findings out: each cause that holds, the likeliest first, with the numbers that prove it.
The first rule looks at the records, the next ones at supply and demand as they were when the item
was opened, the last one at what happened since."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from statistics import fmean, stdev

RECORD_ERROR, VENDOR_LATE = "record_error", "vendor_late"
DEMAND_SPIKE, REORDER_LOW = "demand_spike", "reorder_low"

WEEKS = 12  # before the last seven days, to which those are compared
LEAST_WEEKS = 4  # fewer weeks with sales behind them say nothing about what is usual
DEVIATIONS = 2.0  # above the mean; one week in forty of a normal demand
LEAST_RISE = 1.5  # times the mean: a steady product has a deviation of nearly nothing
EXPLAINED = 0.5  # a count that took off less of what is short than this does not explain it
COUNT_DAYS = 7  # before the opening, in which a count matters
PLACED_DAYS = 1  # after the opening: the same order made the reordering rule buy
EPSILON = 1e-6


@dataclass(frozen=True)
class Receipt:
    """Goods from a vendor. `first`: the day that he promised first; `planned`: the one that holds
    now, or on which they came; `placed`: when they were ordered."""

    name: str
    first: date
    planned: date
    placed: date
    quantity: float = 0.0
    done: bool = False


@dataclass(frozen=True)
class Facts:
    """What is known of an item. Quantities are in the product's unit.

    `weeks`: ordered in each seven days up to the opening, the latest first.
    `counts`: what inventory counts took off the stock, the oldest first; negative: added.
    `not_found`: it was shipped short while the system had the goods.
    """

    opened: date
    today: date
    short: float
    receipts: Sequence[Receipt] = ()
    counts: Sequence[tuple[date, float]] = ()
    not_found: bool = False
    weeks: Sequence[float] = ()
    lead_days: int | None = None
    reorder_point: float | None = None


@dataclass(frozen=True)
class Finding:
    """`code`: of the cause; `kind`: which sentence says it; `values`: JSON-able, for the words"""

    code: str
    kind: str
    values: dict = field(default_factory=dict)


def find_causes(facts: Facts) -> list[Finding]:
    """All causes that hold, the likeliest first, at most one finding for each."""
    found = {}
    for rule in RULES:
        finding = rule(facts)
        if finding:
            found.setdefault(finding.code, finding)
    return list(found.values())


def choose(findings: Sequence[Finding], present: str | None = None) -> Finding | None:
    """The cause that was found first stays as long as it holds: later events explain why the
    customer still waits, not why he had to.

    :param present: code that was found earlier
    """
    same = [f for f in findings if f.code == present]
    return next(iter(same or findings), None)


# === RULES === #


def record_error(facts: Facts) -> Finding | None:
    """The system showed goods that were not there."""
    if facts.not_found:
        return Finding(RECORD_ERROR, "not_found")
    lowered, day = 0.0, None
    for counted, quantity in facts.counts:
        lowered = max(0.0, lowered + quantity)
        day = counted if quantity > 0 else day
    if lowered <= EPSILON or lowered < EXPLAINED * facts.short - EPSILON:
        return None
    return Finding(RECORD_ERROR, "counted", {"quantity": lowered, "date": day.isoformat()})


def vendor_late(facts: Facts) -> Finding | None:
    """It would have been there, had the vendor kept his first promise."""
    return _get_late(facts, [r for r in facts.receipts if r.first <= facts.opened])


def vendor_late_since(facts: Facts) -> Finding | None:
    """It would not have been there, but the vendor makes the wait longer."""
    return _get_late(facts, facts.receipts)


def _get_late(facts, receipts):
    late = [r for r in receipts if _is_late(r, facts)]
    if not late:
        return None
    worst = max(late, key=lambda r: (r.quantity, r.name))
    if worst.done:
        kind = "received"
    else:
        kind = "overdue" if worst.planned < facts.today else "moved"
    values = {"name": worst.name, "first": worst.first.isoformat()}
    return Finding(VENDOR_LATE, kind, {**values, "date": worst.planned.isoformat()})


def _is_late(receipt, facts):
    """What came on the day on which the item was opened kept nobody waiting."""
    if receipt.done:
        return receipt.planned > max(receipt.first, facts.opened)
    return max(receipt.planned, facts.today) > receipt.first


def demand_spike(facts: Facts) -> Finding | None:
    """Far more was ordered than usual."""
    usual = _get_usual(facts)
    if not usual:
        return None
    mean, limit = fmean(usual), fmean(usual) + DEVIATIONS * stdev(usual)
    latest = facts.weeks[0]
    if latest <= limit + EPSILON or latest < LEAST_RISE * mean:
        return None
    values = {"quantity": latest, "mean": mean, "limit": limit, "weeks": len(usual)}
    return Finding(DEMAND_SPIKE, "spike", values)


def reorder_low(facts: Facts) -> Finding | None:
    """Replenishment was under way in time, but more was sold until it comes than the reordering
    rule kept back."""
    usual = _get_usual(facts)
    on_its_way = [r for r in facts.receipts if (r.placed - facts.opened).days <= PLACED_DAYS]
    if facts.reorder_point is None or not usual or not on_its_way:
        return None
    days = facts.lead_days
    if days is None:
        days = max((r.first - r.placed).days for r in on_its_way)
    needed = fmean(usual) / 7 * days
    if needed <= facts.reorder_point + EPSILON:
        return None
    return Finding(
        REORDER_LOW,
        "reorder",
        {"point": facts.reorder_point, "needed": needed, "days": days},
    )


RULES = (record_error, vendor_late, demand_spike, reorder_low, vendor_late_since)


def _get_usual(facts):
    """What was ordered in the weeks before the last one, since the product sells; nothing when
    these are too few to say."""
    weeks = list(facts.weeks[1 : WEEKS + 1])
    while weeks and weeks[-1] <= EPSILON:
        weeks.pop()
    return weeks if len(weeks) >= LEAST_WEEKS else []

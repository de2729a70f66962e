"""Net supply against ranked demand: what covers a demand, and when.

Supply of a pool is a queue: what is free now, then the receipts by date. Ranked demand takes from
its head. The demand that has ``ahead`` units before it therefore owns the stretch
``[ahead, ahead + need)`` of that queue, and nothing else has to be known about its rivals.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Receipt:
    """Supply on its way: when it comes (UTC) and how much, in the unit of the product."""

    date: datetime
    quantity: float


@dataclass(frozen=True)
class Demand:
    """What is not reserved yet of one demand, and how much stands before it in the pool.

    until: receipts up to then are in time; None when only stock on hand counts (due today)
    """

    need: float
    ahead: float = 0.0
    until: datetime | None = None


@dataclass(frozen=True)
class Cover:
    """What serves a demand.

    on_hand: from free stock
    in_time: from receipts that come before the demand is due
    expected: when the last unit comes; None when some of it is not on its way
    """

    on_hand: float
    in_time: float
    expected: datetime | None

    def short(self, need: float) -> float:
        return max(0.0, need - self.on_hand - self.in_time)


def cover(demand: Demand, free: float, receipts: Iterable[Receipt], now: datetime) -> Cover:
    """Cut the stretch of ``demand`` out of the supply queue.

    :param free: unreserved stock that this pool may use; a negative quantity counts as none
    :param receipts: in any order; one that is overdue can come at ``now`` at the earliest and is
        never in time
    """
    free = max(0.0, free)
    start, end = demand.ahead, demand.ahead + demand.need
    on_hand = _overlap(start, end, 0.0, free)
    in_time, position, expected = 0.0, free, now
    for receipt in sorted(receipts, key=lambda r: r.date):
        taken = _overlap(start, end, position, position + receipt.quantity)
        position += receipt.quantity
        if taken:
            expected = max(now, receipt.date)
            if demand.until is not None and now <= receipt.date <= demand.until:
                in_time += taken
    return Cover(on_hand, in_time, expected if position >= end - 1e-9 else None)


def latest(dates: Sequence[datetime | None]) -> datetime | None:
    """The last of ``dates``, or None when one of them (or all) is unknown."""
    return max(dates) if dates and all(dates) else None


def _overlap(a: float, b: float, c: float, d: float) -> float:
    return max(0.0, min(b, d) - max(a, c))

"""Net supply against ranked demand: what covers a demand, and when.

Supply of a pool is a queue: what is free now, then the receipts by date. Ranked demand takes from
its head. The demand that has ``ahead`` units before it therefore owns the stretch
``[ahead, ahead + need)`` of that queue, and nothing else has to be known about its rivals.
Where a shortage is not shared by rank alone, :mod:`timeline` plays the receipts one by one.
"""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import accumulate
from typing import NamedTuple

EPS = 1e-9

STOCK, RECEIPT, PRODUCTION, TRANSFER = "stock", "receipt", "production", "transfer"
ORDERED = "ordered"  # supply of its own: made or bought to order
LEAD_TIME = "lead_time"  # nothing is on its way: when it would come if it were ordered today
IN_STOCK, SCHEDULED, LATE, UNKNOWN = "in_stock", "scheduled", "late", "unknown"
ESTIMATED = "estimated"


class Receipt(NamedTuple):
    """Supply on its way: when it comes (UTC) and how much, in the unit of the product.

    key: the stock move that brings it
    kind: ``receipt``, ``production`` or ``transfer``
    place: the stock location that it comes to
    kept_for: ((demand, quantity), ...) of those who are served from it before everybody else, the
        first first; what they do not need then goes to the others
    """

    date: datetime
    quantity: float
    key: int = 0
    kind: str = RECEIPT
    place: int = 0
    kept_for: tuple[tuple[int, float], ...] = ()


class Peg(NamedTuple):
    """Which supply is planned to serve a demand, how much and when (UTC).

    key: the stock move that brings it; 0: stock on hand
    late: its day has passed and it has not come; ``date`` is now, the earliest that is possible
    """

    quantity: float
    date: datetime
    key: int = 0
    kind: str = STOCK
    late: bool = False


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
    pegs: tuple[Peg, ...] = ()

    def short(self, need: float) -> float:
        return max(0.0, need - self.on_hand - self.in_time)


def cover(demand: Demand, free: float, receipts: Iterable[Receipt], now: datetime) -> Cover:
    """Cut the stretch of ``demand`` out of the supply queue.

    :param free: unreserved stock that this pool may use; a negative quantity counts as none
    :param receipts: in any order; one that is overdue can come at ``now`` at the earliest and is
        never in time
    """
    queue = Queue(free, receipts, now)
    return summarise(queue.cut(demand.ahead, demand.need), demand, now)


def by_date(receipt: Receipt) -> tuple:
    return receipt.date, receipt.key


class Queue:
    """The supply of a pool in the order in which it comes, ready to be cut many times.

    :param free: unreserved stock; a negative quantity counts as none
    :param receipts: in any order
    """

    def __init__(self, free: float, receipts: Iterable[Receipt], now: datetime):
        self.now = now
        self.free = max(0.0, free)
        receipts = sorted(receipts, key=by_date)
        # what a peg says of each, worked out once for all who wait for it
        self.supplies = [_supply(r, now) for r in receipts]
        # where each receipt begins in the queue, and where the last one ends
        self.bounds = list(accumulate((r.quantity for r in receipts), initial=self.free))

    def cut(self, ahead: float, need: float) -> tuple[Peg, ...]:
        """The pegs of the stretch ``[ahead, ahead + need)``."""
        end, pegs = ahead + need, []
        first = max(1, bisect_right(self.bounds, ahead))
        room = self.bounds[first] - ahead if first < len(self.bounds) else 0.0
        if self.free <= ahead and EPS < need <= room:
            # the whole stretch is in one receipt, as it mostly is
            return (Peg(need, *self.supplies[first - 1]),)
        if ahead < self.free and need > 0:
            pegs.append(Peg(min(end, self.free) - ahead, self.now))
        for index in range(first, len(self.bounds)):
            start = self.bounds[index - 1]
            if start >= end - EPS:
                break
            taken = min(end, self.bounds[index]) - max(ahead, start)
            if taken > EPS:
                pegs.append(Peg(taken, *self.supplies[index - 1]))
        return tuple(pegs)


def peg(receipt: Receipt, quantity: float, now: datetime) -> Peg:
    return Peg(quantity, *_supply(receipt, now))


def _supply(receipt, now):
    # what comes in the course of today is not late yet
    late = receipt.date.date() < now.date()
    return max(now, receipt.date), receipt.key, receipt.kind, late


def summarise(pegs: Sequence[Peg], demand: Demand, now: datetime) -> Cover:
    """What the pegs mean for the demand."""
    on_hand = sum(p.quantity for p in pegs if p.kind == STOCK and p.date <= now)
    in_time = sum(
        p.quantity
        for p in pegs
        if (p.kind != STOCK or p.date > now)
        and not p.late
        and demand.until is not None
        and p.date <= demand.until
    )
    return Cover(on_hand, in_time, complete_on(pegs, demand.need, now), tuple(pegs))


def estimate(cover: Cover, need: float, date: datetime) -> Cover:
    """The same cover; what nothing is planned for comes on ``date``, by lead time."""
    rest = need - sum(p.quantity for p in cover.pegs)
    pegs = (*cover.pegs, Peg(rest, date, kind=LEAD_TIME))
    return replace(cover, pegs=pegs, expected=max(p.date for p in pegs))


def is_planned(pegs: Iterable[Peg]) -> bool:
    """Whether all of it is there or on its way."""
    return all(p.kind != LEAD_TIME for p in pegs)


def complete_on(pegs: Sequence[Peg], need: float, now: datetime) -> datetime | None:
    """When the last unit of ``need`` comes, None when some of it is not on its way."""
    if len(pegs) == 1:  # as it mostly is
        return max(now, pegs[0].date) if pegs[0].quantity >= need - 1e-6 else None
    total, last = 0.0, now
    for found in pegs:
        total += found.quantity
        last = max(last, found.date)
    return last if total >= need - 1e-6 else None


def confidence(pegs: Iterable[Peg], expected: datetime | None) -> str:
    """How sure a date is: the weakest of its parts."""
    if expected is None:
        return UNKNOWN
    found = IN_STOCK
    for part in pegs:
        if part.late:
            return LATE
        if part.kind == LEAD_TIME:
            found = ESTIMATED
        elif part.kind != STOCK and found == IN_STOCK:
            found = SCHEDULED
    return found


def latest(dates: Sequence[datetime | None]) -> datetime | None:
    """The last of ``dates``, or None when one of them (or all) is unknown."""
    return max(dates) if dates and all(dates) else None

"""From the moves of order lines to positions: the leaf/root algorithm.

A chain of moves (pick, pack, ship; another warehouse; a purchase) carries the same goods several
times. What the customer is owed is counted at the *leaves* (moves that no open move of the chain
follows), what is in hand at the *roots* (moves that no open move precedes).
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

STOCK, UNCOUNTED, ORDERED, DIRECT = "stock", "uncounted", "ordered", "direct"


@dataclass(frozen=True)
class Move:
    """One stock move of an order line. Quantities in the product's unit, dates in UTC.

    source: where a root takes its goods from
        - ``stock``: from a warehouse, has to be reserved
        - ``uncounted``: goods that are not counted, always in hand
        - ``ordered``: made to order, waits for its own supply
        - ``direct``: straight from the vendor to the customer
    done, back, outgoing: delivered or open; on its way back; to the customer
    due: it is to be reserved now
    supply_date: for ``ordered`` and ``direct``: when the last of its own supply comes, if known
    supplied: for ``ordered``: how much of it is still on its way
    supplies: for ``ordered`` and ``direct``: (date, quantity, stock move that brings it)
    not_before: the customer waits until then
    """

    id: int
    line: int
    product: int
    quantity: float
    reserved: float = 0.0
    date: datetime | None = None
    done: bool = False
    back: bool = False
    bogus_return: bool = False
    outgoing: bool = False
    source: str = STOCK
    due: bool = True
    shipped_short: bool = False
    location: int = 0
    warehouse: int = 0
    step: int = 0
    supply_date: datetime | None = None
    supplied: float = 0.0
    supplies: tuple = ()
    not_before: datetime | None = None
    origins: frozenset = frozenset()

    @property
    def unreserved(self) -> float:
        if self.source == UNCOUNTED:
            return 0.0
        if self.source == DIRECT:
            return self.quantity
        return max(0.0, self.quantity - self.reserved)


@dataclass(slots=True)
class Outline:
    """The moves of one line and product, sorted: totals, and the roots.

    legs: {root: time from it to the last leg of its chain, as planned}
    """

    delivered: float = 0.0
    outstanding: float = 0.0
    unreserved: float = 0.0
    shipped_short: float = 0.0
    doubtful: float = 0.0
    roots: list = field(default_factory=list)
    last_date: datetime | None = None
    legs: dict = field(default_factory=dict)

    @property
    def reserved(self) -> float:
        return max(0.0, self.outstanding - self.unreserved)


def outline(moves: Iterable[Move]) -> Mapping[tuple[int, int], Outline]:
    """Sort all moves of all lines in one pass.

    :return: {(line, product): Outline}
    """
    grouped = defaultdict(list)
    for move in moves:
        grouped[move.line, move.product].append(move)
    return {key: _outline(group) for key, group in grouped.items()}


def _outline(moves):
    result = Outline()
    result.delivered = sum(m.quantity for m in moves if m.done and m.outgoing and not m.back)
    forward = {m.id: m for m in moves if not m.done and not m.back}
    preceded = {m.id for m in forward.values() if any(o in forward for o in m.origins)}
    followed = {o for m in forward.values() for o in m.origins if o in forward}
    leaves = [m for m in forward.values() if m.id not in followed]
    result.roots = [m for m in forward.values() if m.id not in preceded]
    returning = sum(m.quantity for m in moves if m.bogus_return)
    result.outstanding = max(0.0, sum(m.quantity for m in leaves) - returning)
    result.unreserved = min(result.outstanding, sum(m.unreserved for m in result.roots))
    result.shipped_short = min(result.outstanding, _by_step(forward.values(), "quantity"))
    result.doubtful = _by_step((m for m in forward.values() if m.source == STOCK), "reserved")
    result.last_date = max((m.date for m in leaves if m.date), default=None)
    result.legs = {
        m.id: max(timedelta(), result.last_date - m.date)
        for m in result.roots
        if m.id in followed and m.date and result.last_date
    }
    return result


def _by_step(moves, attribute):
    """The steps of a chain carry the same goods: take the step with the most, not the sum."""
    totals = defaultdict(float)
    for move in moves:
        if move.shipped_short:
            totals[move.step] += getattr(move, attribute)
    return max(totals.values(), default=0.0)


def without_supply(move: Move, now: datetime) -> float:
    """What is short of a made-to-order or direct move: its supply was cancelled, came short, or
    is late. Supply that was only asked for is late once the move's own day has passed.

    :return: quantity in the product's unit
    """
    if move.source == ORDERED and move.supplies:
        dates = [(date, quantity) for date, quantity, _key in move.supplies]
    else:
        covered = move.supplied if move.source == ORDERED else move.unreserved
        dates = [(move.supply_date or move.date, covered)]
    in_time = sum(quantity for date, quantity in dates if not _is_late(move, date, now))
    return max(0.0, move.unreserved - in_time)


def _is_late(move, date, now):
    return date and (date.date() < now.date() or (move.date and date.date() > move.date.date()))

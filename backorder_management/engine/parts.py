"""From the pegs of a line to the parts that are told: 6 on 3 May, 4 on 20 May."""

from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import NamedTuple

from .promising import EPS, Peg

DIGITS = 6


class Part(NamedTuple):
    """key: the stock move that brings it, 0 for stock; quantity in the unit of the product"""

    date: date
    kind: str
    key: int
    late: bool
    quantity: float


def parts_of_open(
    pegs: Sequence[Peg],
    open_quantity: float,
    outstanding: float,
    to_date: Callable[[datetime], date],
) -> list[Part]:
    """What serves the open part of a line. What comes first serves what is not backordered.

    :param pegs: of what is outstanding, reserved or not
    :param to_date: brings a UTC datetime to the date in the zone of the warehouse
    :return: by date, one part for each date and supply
    """
    if len(pegs) == 1:  # as it mostly is
        (peg,) = pegs
        taken = min(open_quantity - max(0.0, outstanding - peg.quantity), peg.quantity)
        day, quantity = to_date(peg.date), round(taken, DIGITS)
        return [Part(day, peg.kind, peg.key, peg.late, quantity)] if taken > EPS else []
    if not pegs:
        return []
    pegs = sorted(pegs, key=lambda p: (p.date, p.key))
    planned = sum(peg.quantity for peg in pegs)
    # what nothing is planned for is the last of the open part
    rest = open_quantity - max(0.0, outstanding - planned)
    totals: dict[tuple, float] = {}
    for peg in reversed(pegs):
        taken = min(rest, peg.quantity)
        if taken <= EPS:
            continue
        rest -= taken
        key = to_date(peg.date), peg.kind, peg.key, peg.late
        totals[key] = totals.get(key, 0.0) + taken
    return sorted(Part(*key, round(quantity, DIGITS)) for key, quantity in totals.items())

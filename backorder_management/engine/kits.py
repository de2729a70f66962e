"""How many whole kits wait, and how many of them can ship, seen from their components."""

from collections.abc import Iterable
from math import ceil
from typing import NamedTuple

EPS = 1e-6


class Component(NamedTuple):
    """In the unit of the component.

    each: of one kit; open: what is owed; ready: what of it is reserved
    """

    each: float
    open: float
    ready: float


def whole_kits(components: Iterable[Component]) -> tuple[int, int]:
    """A kit is whole when each of its components is there for it. Components that do not wait need
    not be named.

    :return: (kits that wait for something, those of them that can ship whole now)
    """
    shares = [(c.open / c.each, (c.open - c.ready) / c.each) for c in components if c.each > EPS]
    waiting = ceil(max((share for share, _short in shares), default=0.0) - EPS)
    short = ceil(max((short for _share, short in shares), default=0.0) - EPS)
    return max(0, waiting), max(0, waiting - short)

"""How late a vendor really is: quantiles of past lateness, and how often they held.

Lateness is counted in days after the *first* promised date: a vendor who moves his date does not
become punctual. The quantile of ``n`` past receipts is the ``ceil((n + 1) q)``-th smallest, the
rule of split conformal prediction: the next receipt, drawn like the others, is within it with a
probability of at least ``q``.
"""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from math import ceil

LEAST = 10  # fewer receipts than this say nothing about one in ten
P50, P90 = 0.5, 0.9


@dataclass(frozen=True)
class Lateness:
    """days: of past receipts, the smallest first; negative ones were early"""

    days: tuple[int, ...]

    @property
    def samples(self) -> int:
        return len(self.days)

    @property
    def p50(self) -> int | None:
        return upper(self.days, P50)

    @property
    def p90(self) -> int | None:
        return upper(self.days, P90)

    def after(self, elapsed: int) -> "Lateness":
        """What is left to expect of a receipt that is ``elapsed`` days late already."""
        return Lateness(tuple(d for d in self.days if d >= elapsed))


def upper(days: Sequence[int], q: float) -> int | None:
    """:return: days after which a receipt has come with probability ``q``; None: too few to say"""
    place = ceil((len(days) + 1) * q)
    return sorted(days)[place - 1] if 0 < place <= len(days) else None


def pool(groups: Mapping[Hashable, Sequence[int]], keys: Sequence[Hashable]) -> Lateness | None:
    """The lateness of the first of ``keys`` that has enough receipts.

    :param groups: {key: lateness in days}
    :param keys: from the narrowest (vendor) to the widest (company)
    """
    key = pick(groups, keys)
    return None if key is None else Lateness(tuple(sorted(groups[key])))


def pick(groups: Mapping[Hashable, Sequence[int]], keys: Sequence[Hashable]) -> Hashable | None:
    """:return: the first of ``keys`` that has enough receipts, else None"""
    return next((key for key in keys if len(groups.get(key, ())) >= LEAST), None)


def hit_rate(days: Sequence[int], q: float = P90) -> tuple[int, int]:
    """Each receipt is held out and foretold from those before it.

    :param days: lateness in the order in which the receipts came
    :return: (how many came in time, how many were foretold)
    """
    hits = tried = 0
    for place in range(LEAST, len(days)):
        limit = upper(days[:place], q)
        if limit is not None:
            tried += 1
            hits += days[place] <= limit
    return hits, tried

"""How long backorders last, when some have not ended yet.

The mean of what has ended flatters: what waits longest has not ended. The product-limit estimate
(Kaplan and Meier, 1958) counts those who still wait as long as they waited: at each day on which
some ended, the share that lasts longer falls by those who ended / those who were still waiting.
Who was cancelled waited so long, and was not served: he counts as those who still wait.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

EPS = 1e-12
P50, P90 = 0.5, 0.9


@dataclass(frozen=True)
class Wait:
    """days: 0 or more; ended: it was fulfilled on that day, else it waited at least so long;
    weight: how many such there are, or their quantity; more than 0"""

    days: int
    ended: bool
    weight: float = 1.0


@dataclass(frozen=True)
class Summary:
    """mean, median, p90: of those that ended, None when none has; true_median, true_p90: days
    within which half (nine of ten) are fulfilled when all are counted, None when so many were not
    fulfilled yet that it cannot be said"""

    ended: float
    waiting: float
    mean: float | None
    median: int | None
    p90: int | None
    true_median: int | None
    true_p90: int | None


def curve(waits: Iterable[Wait]) -> list[tuple[int, float]]:
    """:return: (day, share that waits longer than it), at each day on which some ended, by day"""
    ended, leaving = defaultdict(float), defaultdict(float)
    for wait in waits:
        leaving[wait.days] += wait.weight
        if wait.ended:
            ended[wait.days] += wait.weight
    present, share, steps = sum(leaving.values()), 1.0, []
    for day in sorted(leaving):
        if ended[day]:
            # who stopped being watched on a day was there on it
            share *= max(0.0, 1.0 - ended[day] / present)
            steps.append((day, share))
        present -= leaving[day]
    return steps


def within(waits: Iterable[Wait], q: float) -> int | None:
    """:return: the first day by which a share of at least ``q`` is fulfilled; None: not known"""
    return next((day for day, share in curve(waits) if share <= 1.0 - q + EPS), None)


def summarize(waits: Iterable[Wait]) -> Summary:
    waits = list(waits)
    done = [w for w in waits if w.ended]
    weight = sum(w.weight for w in done)
    return Summary(
        ended=weight,
        waiting=sum(w.weight for w in waits if not w.ended),
        mean=sum(w.days * w.weight for w in done) / weight if done else None,
        median=within(done, P50),
        p90=within(done, P90),
        true_median=within(waits, P50),
        true_p90=within(waits, P90),
    )

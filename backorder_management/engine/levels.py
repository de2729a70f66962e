"""Fair levels: how far a supply raises demands that are all entitled to the same."""

from collections.abc import Callable, Mapping, Sequence
from math import inf

from .demand import EPS, Demand
from .ledger import Stake

Weigh = Callable[[Demand], float]


def exact_quotas(
    stakes: Sequence[Stake], left: Mapping[int, float], limit: float, weigh: Weigh
) -> dict[Stake, float]:
    """What each would hold if goods could be cut at will: ``weight * level``, not less than it
    holds and not more than its goal, at the highest level that the supply allows.

    A location that is too short for that has a lower level of its own: the scarcest is settled
    first, and the others share what it leaves.

    :param left: {location: supply in it and below}
    :param limit: supply in all
    :return: {stake: quantity, with what it holds}
    """
    members = {None: list(stakes)}  # None: the whole
    for stake in stakes:
        for node in stake.d.nodes:
            members.setdefault(node, []).append(stake)
    left = {node: left.get(node, limit) for node in members}
    quotas = {s: s.base + s.got for s in stakes if not s.d.nodes}
    while len(quotas) < len(stakes):
        levels = {}
        for node, those in members.items():
            those[:] = [s for s in those if s not in quotas]
            if those:
                levels[node] = level(those, left[node], weigh)
        scarcest = min(levels, key=levels.get)
        for stake in members[scarcest]:
            held = stake.base + stake.got
            quota = max(held, min(stake.goal, levels[scarcest] * weigh(stake.d)))
            quotas[stake] = quota
            for node in (None, *stake.d.nodes):
                left[node] -= quota - held
    return quotas


def level(stakes: Sequence[Stake], supply: float, weigh: Weigh) -> float:
    """The level to which ``supply`` raises ``stakes``; infinite when there is enough for all.

    Like water in vessels: each fills from ``held / weight`` to ``goal / weight`` and is as wide
    as its weight. One sort of these marks and one sweep over them.
    """
    supply = max(0.0, supply)  # what fits but for a rounding may have left less than nothing
    marks = []
    for stake in stakes:
        weight = weigh(stake.d)
        marks.append(((stake.base + stake.got) / weight, weight))
        marks.append((stake.goal / weight, -weight))
    marks.sort()
    filled, width, last = 0.0, 0.0, marks[0][0]
    for mark, change in marks:
        rise = width * (mark - last)
        if filled + rise > supply + EPS / 10:
            return last + max(0.0, supply - filled) / width
        filled += rise
        width += change
        last = mark
    return inf

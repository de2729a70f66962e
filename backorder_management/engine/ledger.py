"""The books of one pool while it is allocated: what is left, and what each demand has so far."""

from collections.abc import Iterable, Mapping
from math import floor, inf

from .demand import DIGITS, EPS, Demand


def fit(want: float, room: float, step: float) -> float:
    """How much of ``want`` goes into ``room``: all of it, or else whole steps."""
    if room >= want - EPS:
        return want
    if room <= EPS:
        return 0.0
    return floor(room / step + EPS) * step if step > EPS else room


def reach(left: Mapping[int, float], nodes: tuple[int, ...]) -> float:
    """What ``left`` has for a demand that the supply of all ``nodes`` limits."""
    if len(nodes) == 1:
        return left.get(nodes[0], 0.0)
    return min([left.get(node, 0.0) for node in nodes], default=0.0)


class Stake:
    """One demand at work. It holds ``base + got``.

    base: what is not up for allocation: all it holds at an event, what is locked in a run
    cap: the most it may ever hold
    goal: the most that the tier that is served now may give it
    first: the part of ``got`` that came from a claim or a floor, before anyone was ranked
    atomic: it gets all of its need or nothing
    order: its order when that has a rule over several demands, else 0
    out: that order may not hold anything now but what is locked
    quota: its exact share, before it was cut to whole steps
    """

    __slots__ = (
        "atomic",
        "base",
        "cap",
        "d",
        "first",
        "goal",
        "got",
        "order",
        "out",
        "place",
        "quota",
    )

    def __init__(self, demand: Demand, place: int, atomic: bool = False, order: int = 0):
        self.d = demand
        self.place = place
        self.atomic = atomic
        self.order = order
        self.reset(demand.before, demand.before)

    def reset(self, base: float, cap: float, out: bool = False) -> None:
        self.base = self.goal = base
        self.cap = max(base, cap)
        self.out = out
        self.got = self.first = 0.0
        self.quota = None

    @property
    def held(self) -> float:
        return round(self.base + self.got, DIGITS) if self.got else self.base

    @property
    def want(self) -> float:
        return self.goal - self.base - self.got

    @property
    def full(self) -> bool:
        return self.base + self.got >= self.d.need - EPS


class Ledger:
    """What is left of the supply of one pool.

    left: {location: quantity in it and below}
    total: of the pool; start: what it was
    pots: {segment: quantity that is kept for it}
    """

    def __init__(self, supply: Mapping[int, float], roots: Iterable[int]):
        self.left = {node: max(0.0, round(qty, DIGITS)) for node, qty in supply.items()}
        self.total = self.start = round(sum(self.left.get(n, 0.0) for n in roots), DIGITS)
        self.pots: dict[str, float] = {}

    def clone(self) -> "Ledger":
        other = Ledger(self.left, ())
        other.total, other.start, other.pots = self.total, self.start, dict(self.pots)
        return other

    def reach(self, demand: Demand) -> float:
        """What is left where the demand may take it, whoever it is kept for."""
        return reach(self.left, demand.nodes)

    def room(self, demand: Demand) -> float:
        room = self.reach(demand)
        return min(room, self.total - self.withheld(demand)) if self.pots else room

    def withheld(self, demand: Demand) -> float:
        """What is kept for segments that the demand is not in."""
        return sum(qty for segment, qty in self.pots.items() if segment != demand.segment)

    def free(self) -> float:
        """What is kept for nobody."""
        return max(0.0, self.total - sum(self.pots.values()))

    def take(self, stake: Stake, quantity: float) -> None:
        """Hand ``quantity`` to ``stake``."""
        stake.got = round(stake.got + quantity, DIGITS)
        self.spend(stake.d, quantity)
        pot = self.pots.get(stake.d.segment)
        if pot:
            self.pots[stake.d.segment] = max(0.0, round(pot - quantity, DIGITS))

    def spend(self, demand: Demand, quantity: float) -> None:
        for node in demand.nodes:
            self.left[node] = round(self.left.get(node, 0.0) - quantity, DIGITS)
        self.total = round(self.total - quantity, DIGITS)

    def protect(self, minimums: Mapping[str, float], stakes: Iterable[Stake]) -> None:
        """Keep for each segment what it still lacks of its minimum.

        What its demands hold counts. When there is too little for all minimums, the segment with
        the best ranked demand comes first, and those without any demand last, by name.
        """
        held, best = dict.fromkeys(minimums, 0.0), {}
        for stake in stakes:
            segment = stake.d.segment
            if segment in held:
                held[segment] += stake.held
                best.setdefault(segment, stake.place)
        rest = self.total
        for segment in sorted(minimums, key=lambda s: (best.get(s, inf), s)):
            lacks = max(0.0, round(minimums[segment] - held[segment], DIGITS))
            self.pots[segment] = min(max(0.0, rest), lacks)
            rest = round(rest - lacks, DIGITS)


def roots_of(demands: Iterable[Demand]) -> list[int]:
    """The widest locations of a pool: those that no demand names before another one."""
    nodes, inner = set(), set()
    for chain in {d.nodes for d in demands}:
        nodes.update(chain)
        inner.update(chain[:-1])
    return sorted(nodes - inner)

"""What the allocation reads and what it answers. Quantities are in the unit of the product, times
in seconds since 1970 (UTC), values in the currency of the company.

The classes are not frozen: a snapshot has 100,000 of them, and a frozen one costs four times as
much to make. Nothing in the engine changes one that it was given.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import inf

DIGITS = 6  # decimals that are kept
EPS = 1e-6

RANK, PROPORTIONAL, EVEN, COMPLETE = "rank", "proportional", "even", "complete"
AS_AVAILABLE, WHOLE, LINES, MINIMUM = "as_available", "whole", "lines", "minimum"
WIN, GAIN, IMPROVE, REDISTRIBUTE = "win", "gain", "improve", "redistribute"
FILL, LOSE, SKIP = "fill", "lose", "skip"
SKIP_POOL, STOP = "skip_pool", "stop"
NONE, UNRESTRICTED = "none", "unrestricted"
RIGHTS = (WIN, GAIN, IMPROVE, REDISTRIBUTE, FILL, LOSE, SKIP)  # best first


@dataclass(slots=True)
class Demand:
    """One open stock move that wants stock of a pool.

    id: stock move
    pool: (product, warehouse)
    need: all that it wants, with what it holds
    before: reserved now, with ``locked``
    locked: picked or otherwise untouchable, never taken away
    nodes: stock locations whose supply limits it, the narrowest first, up to the widest of the
        pool; none: no stock can reach it
    step: stock is handed out in multiples of this (one, a pack, 0.01 kg); a rest of the need below
        one step only when that completes the demand
    order, line: of the sale, 0 when there is none
    seniority: when the order was confirmed
    promised: the day on which it is to ship, from its midnight on
    priority: the star, more is better
    tier: of the customer, 1 is best
    value: of the whole order
    price: value of one unit
    age: days since ``seniority``
    segment, right: see :mod:`rights`
    claim: first claim, served before everybody (repays what was borrowed)
    others: does not compete (components, transfers): served after all who do
    """

    id: int
    pool: tuple[int, int]
    need: float
    before: float = 0.0
    locked: float = 0.0
    nodes: tuple[int, ...] = ()
    step: float = 1.0
    order: int = 0
    line: int = 0
    seniority: float = 0.0
    promised: float = inf
    priority: int = 0
    tier: int = 3
    value: float = 0.0
    price: float = 0.0
    age: float = 0.0
    customer: int = 0
    segment: str = ""
    right: str = REDISTRIBUTE
    claim: float = 0.0
    others: bool = False


@dataclass(frozen=True, slots=True)
class Shipping:
    """What must be true of an order before it may hold stock.

    rule: ``as_available`` nothing; ``whole`` all demands of the order are covered; ``lines`` a
        demand is covered or holds nothing; ``minimum`` the order reaches ``minimum`` or is covered
    minimum, measure: a ``value``, a ``quantity``, or a ``share`` (0 to 1) of the need
    blocked: something of the order that is not in the snapshot can not come now
    """

    rule: str = AS_AVAILABLE
    minimum: float = 0.0
    measure: str = "value"
    blocked: bool = False


@dataclass(frozen=True, slots=True)
class Policy:
    """Who comes first and how a shortage is shared.

    method: order of service, see :mod:`policies`; ``proportional``, ``even`` and
        ``complete_orders`` are short for that sharing with ``fifo``
    sharing: ``rank``, ``proportional``, ``even``, ``complete``
    weights: ((criterion, weight), ...) for ``weighted``
    on_failure: when a *win* or *gain* can not be kept: ``skip_pool`` leaves that pool as it is,
        ``stop`` leaves all pools as they are
    fallback: ``none``, or ``unrestricted``: compute what was left again, without rights
    """

    method: str = "fifo"
    sharing: str = RANK
    weights: tuple[tuple[str, float], ...] = ()
    on_failure: str = SKIP_POOL
    fallback: str = NONE


@dataclass(slots=True)
class Pool:
    """The stock of one product in one warehouse, and all who want it.

    supply: {location: free quantity in it and below}
    protected: {segment: quantity that only demands of the segment may use}
    """

    key: tuple[int, int]
    supply: Mapping[int, float]
    demands: Sequence[Demand] = ()
    policy: Policy = Policy()
    protected: Mapping[str, float] = field(default_factory=dict)


@dataclass(slots=True)
class Result:
    """What is decided for one demand.

    before, after: what it holds
    rank, of: its place among all demands of the pool, from 1
    reason: code, see :mod:`reasons`
    need: all that it wants
    free: supply of the pool that was handed out
    ahead: units given or owed to better ranks
    details: further numbers, where they decided
    """

    id: int
    before: float
    after: float
    rank: int
    of: int
    reason: str
    need: float
    free: float
    ahead: float
    details: dict | None = None

    @property
    def missing(self) -> float:
        return max(0.0, round(self.need - self.after, DIGITS))

    @property
    def is_changed(self) -> bool:
        return abs(self.after - self.before) > EPS

    @property
    def numbers(self) -> dict:
        """What stands behind the reason, JSON-able. Made when it is asked for: most never are."""
        return {
            "need": self.need,
            "before": self.before,
            "after": self.after,
            "missing": self.missing,
            "free": self.free,
            "ahead": round(self.ahead, DIGITS),
            **(self.details or {}),
        }


@dataclass(slots=True)
class Plan:
    """Of all demands, pool by pool in the order of their keys, best rank first.

    failed: {pool: {"missing": quantity, "demands": [ids], "fallback": bool}} where a *win* or a
        *gain* could not be kept
    """

    results: dict[int, Result] = field(default_factory=dict)
    failed: dict[tuple[int, int], dict] = field(default_factory=dict)

"""One pool in which more than rank decides: claims, rights of segments, protected minimums.

Rights, as bounds on what a demand holds after a run (``need`` it wants, ``before`` it held):

============  ==============================================================
win           all that it needs, or the pool has failed
gain          never less than before, or the pool has failed; may get more
improve       not less than before as long as there is stock; may get more
redistribute  a new share by rank
fill          keeps what it has if stock remains; never more
lose          gives back all that is not locked
skip          is not touched; its stock is not part of the supply
============  ==============================================================

A run serves claims, then reserves the floors of *win* and *gain* (without this, serving *win* to
the full first can break what *gain* was promised), then keeps the protected minimums, then serves
tier by tier. At an event only free stock is handed out: nobody can lose, so there are no floors
and no failures. The rule of an order (:mod:`shipping`) is its own wish and goes before its right.
"""

from collections.abc import Callable, Container, Mapping, Sequence

from .demand import (
    DIGITS,
    EPS,
    FILL,
    GAIN,
    IMPROVE,
    LINES,
    LOSE,
    MINIMUM,
    REDISTRIBUTE,
    SKIP,
    UNRESTRICTED,
    WHOLE,
    WIN,
    Demand,
    Pool,
    Shipping,
)
from .ledger import Ledger, Stake, fit, reach, roots_of
from .policies import rank, sharing_of
from .sharing import SHARES, in_rank_order

RESTORE = "restore"  # the first tier of improve: what it held
OTHERS = "others"  # those that do not compete
TIERS = (WIN, GAIN, RESTORE, IMPROVE, REDISTRIBUTE, FILL, OTHERS)


class Case:
    """A pool at work.

    stakes: best rank first
    restricted: rights count (not after a fallback)
    frozen: everyone keeps what he has
    failed: what the plan says of a failure, or None
    """

    def __init__(
        self, pool: Pool, ranked: Sequence[Demand], rules: Mapping[int, Shipping], keep: bool
    ):
        self.pool, self.rules, self.keep = pool, rules, keep
        self.sharing = sharing_of(pool.policy)
        self.roots = roots_of(ranked)
        self.restricted, self.frozen, self.failed = True, False, None
        self._seat_all(ranked)

    def _seat_all(self, ranked):
        self.stakes = [self._enter(d, n) for n, d in enumerate(ranked, 1)]
        self.tiers = {tier: [] for tier in TIERS}
        for stake in self.stakes:
            right = self.right(stake)
            if stake.d.others:
                right = right if right == SKIP else OTHERS
            for tier in (RESTORE, IMPROVE) if right == IMPROVE else (right,):
                self.tiers.setdefault(tier, []).append(stake)

    def _enter(self, demand, place):
        rule = None if demand.others else self.rules.get(demand.order)
        kind = rule and rule.rule
        order = demand.order if kind in (WHOLE, MINIMUM) else 0
        return Stake(demand, place, kind in (WHOLE, LINES), order)

    def lift(self) -> None:
        """Compute again without rights."""
        self.restricted, self.frozen = False, False
        self._seat_all(rank(self.pool.demands, self.pool.policy, by_right=False))

    # what a demand is entitled to

    def right(self, stake: Stake) -> str:
        right = stake.d.right
        return right if self.restricted or right == SKIP else REDISTRIBUTE

    def touchable(self, stake: Stake) -> bool:
        return not self.frozen and stake.d.right != SKIP

    def floor(self, stake: Stake) -> float:
        """What it must hold after a run. No part of a need is a floor of an atomic demand."""
        if self.keep or self.frozen or stake.d.others:
            return 0.0
        need, right = stake.d.need, self.right(stake)
        floor = need if right == WIN else min(need, stake.d.before) if right == GAIN else 0.0
        return 0.0 if stake.atomic and floor < need - EPS else floor

    def cap(self, stake: Stake) -> float:
        right = self.right(stake)
        if right == LOSE:
            return 0.0
        return min(stake.d.need, stake.d.before) if right == FILL else stake.d.need

    def start_of(self, stake: Stake) -> float:
        """What there was to hand out where the demand may take it."""
        return reach(self.start, stake.d.nodes)

    # the phases

    def open(self, dropped: Container[int]) -> None:
        """Start again: count the supply, serve claims and floors, keep the minimums.

        :param dropped: orders that may not hold anything but what is locked
        """
        supply = dict(self.pool.supply)
        for stake in self.stakes:
            self._seat(stake, stake.order in dropped, supply)
        self.ledger = Ledger(supply, self.roots)
        self.start = dict(self.ledger.left)
        if self.frozen:
            return
        self._serve_claims()
        self._serve_floors()
        for stake in self.stakes:
            stake.first = stake.got
        if self.pool.protected:
            self.ledger.protect(self.pool.protected, self.stakes)

    def _seat(self, stake, out, supply):
        d = stake.d
        if not self.touchable(stake):
            stake.reset(d.before, d.before)
            return
        base = d.before if self.keep and not out else d.locked
        stake.reset(base, base if out else self.cap(stake), out)
        if d.before != base:
            for node in d.nodes:
                supply[node] = supply.get(node, 0.0) + d.before - base

    def _serve_claims(self):
        claims = [s for s in self.stakes if s.d.claim > EPS and not s.out and self.touchable(s)]
        for stake in claims:
            rest = stake.d.need - stake.base
            claim = rest if stake.atomic else fit(rest, stake.d.claim, stake.d.step)
            stake.goal = stake.base + claim
            stake.cap = max(stake.cap, stake.goal)
        in_rank_order(claims, self.ledger)

    def _serve_floors(self):
        for right in (WIN, GAIN):
            stakes = [s for s in self.tiers[right] if not s.out]
            for stake in stakes:
                stake.goal = self.floor(stake)
            in_rank_order(stakes, self.ledger)

    def tier(self, tier: str) -> list[Stake]:
        """The stakes of a tier that still want something, their goals set, best rank first."""
        if self.frozen or self.ledger.total <= EPS:
            return []
        return [s for s in self.tiers[tier] if self._set_goal(s, tier)]

    def _set_goal(self, stake, tier):
        goal = min(stake.cap, stake.d.before) if tier == RESTORE else stake.cap
        if stake.atomic and goal < stake.d.need - EPS:
            return False
        stake.goal = goal
        return stake.want > EPS

    def serve(self, tier: str) -> None:
        stakes = self.tier(tier)
        if stakes:
            share = in_rank_order if tier == OTHERS else SHARES[self.sharing]
            share(stakes, self.ledger)

    # failures

    def check(self, lacking: Container[Stake]) -> bool:
        """Whether a floor could not be kept. Then the pool is frozen, or computed again without
        rights, as its policy says.

        :param lacking: demands of dropped orders that this pool could not cover
        """
        missing = {}
        for stake in self.stakes:
            gap = self.floor(stake) - stake.held
            if gap > EPS and (not stake.out or stake in lacking):
                missing[stake.d.id] = gap
        if not missing:
            return False
        total = round(sum(missing.values()), DIGITS)
        again = self.pool.policy.fallback == UNRESTRICTED
        self.failed = {"missing": total, "demands": sorted(missing), "fallback": again}
        if again:
            self.lift()
        else:
            self.frozen = True
        return True


def checkpoint(parts: Sequence[tuple[Case, Stake]]) -> Callable[[], None]:
    """:return: function that takes back what ``parts`` were given since"""
    saved = [(case, case.ledger.clone(), stake, stake.got) for case, stake in parts]

    def undo():
        for case, ledger, stake, got in saved:
            case.ledger, stake.got = ledger, got

    return undo

"""Rules of orders that span several demands, and so couple pools.

An order that must ship whole holds nothing until all of it can be covered. So: allocate as if all
could be covered, drop the orders that are not, and repeat until nothing changes; an order only
drops out, and what it would have taken goes to the next in rank.

Which of several failing orders drops first decides who survives. Two steps:

- *hopeless* orders go at once: those that would fail even if no other failing order took
  anything. The most senior failing order of a pool is judged without its juniors, so no senior
  is lost because of a junior, nor a junior because of a senior who fails himself.
- When none is hopeless, orders stand in each other's way: the worst ranked drop, so that the best
  ranked survive.

At the end, an order that dropped is let in again if what nobody else can use covers it.
"""

from collections.abc import Iterable, Sequence

from .closing import close_orders
from .demand import COMPLETE, EPS, MINIMUM, RANK, WHOLE, Shipping
from .ledger import Ledger, Stake, fit
from .rights import TIERS, Case, checkpoint
from .sharing import offer

CHUNK = 16  # of so many orders that stand in each other's way, one drops at a time


class Bundle:
    """An order with a rule, and all its demands.

    parts: [(pool at work, demand at work)]
    lacking: the demands that could not be covered when it dropped
    """

    def __init__(self, order: int, rule: Shipping):
        self.order, self.rule = order, rule
        self.parts: list[tuple[Case, Stake]] = []
        self.lacking: list[Stake] = []

    def seniority(self):
        best = min(self.parts, key=lambda part: part[1].place)[1]
        return best.place, best.d.seniority, self.order

    def satisfied(self, held: dict[Stake, float] | None = None) -> bool:
        """:param held: what its demands hold, when that is not what they hold now"""
        stakes = [stake for _case, stake in self.parts]
        held = held or {stake: stake.held for stake in stakes}
        if not self.rule.blocked and all(held[s] >= s.d.need - EPS for s in stakes):
            return True
        return self.rule.rule == MINIMUM and self._reached(held) >= self.rule.minimum - EPS

    def _reached(self, held):
        if self.rule.measure == "value":
            return sum(quantity * s.d.price for s, quantity in held.items())
        quantity = sum(held.values())
        if self.rule.measure == "share":
            need = sum(s.d.need for s in held)
            return quantity / need if need else 1.0
        return quantity

    def short(self, held: dict[Stake, float] | None = None) -> list[Stake]:
        quantity = held or {s: s.held for _case, s in self.parts}
        return [s for _case, s in self.parts if quantity[s] < s.d.need - EPS]


def bundles_of(cases: Iterable[Case]) -> dict[int, Bundle]:
    bundles: dict[int, Bundle] = {}
    for case in cases:
        for stake in case.stakes:
            if stake.order:
                if stake.order not in bundles:
                    bundles[stake.order] = Bundle(stake.order, case.rules[stake.order])
                bundles[stake.order].parts.append((case, stake))
    return bundles


def settle(cases: Sequence[Case]) -> dict[int, Bundle]:
    """Allocate pools that share orders, until every order has what its rule asks or nothing and
    every floor is kept or its pool has failed.

    :return: {order: bundle} of those that hold nothing
    """
    while True:
        dropped = _drop_until_stable(cases)
        lacking = {stake for bundle in dropped.values() for stake in bundle.lacking}
        if not [case for case in cases if case.check(lacking)]:
            return dropped


def _drop_until_stable(cases):
    bundles = bundles_of(cases)
    dropped = {o: b for o, b in bundles.items() if b.rule.rule == WHOLE and b.rule.blocked}
    dirty = cases
    while True:
        _compute(dirty, dropped)
        failing = [b for o, b in bundles.items() if o not in dropped and not b.satisfied()]
        if not failing:
            break
        gone = _hopeless(failing) or _worst(failing)
        dropped.update((bundle.order, bundle) for bundle in gone)
        dirty = _touched(cases, gone)
    for bundle in sorted(dropped.values(), key=Bundle.seniority):
        if not bundle.rule.blocked and _let_in(bundle):
            del dropped[bundle.order]
    return dropped


def _compute(cases, dropped):
    for case in cases:
        case.open(dropped)
    closing = [case for case in cases if case.sharing == COMPLETE]
    for tier in TIERS:
        close_orders(closing, tier)
        for case in cases:
            case.serve(tier)


def _touched(cases, bundles):
    """The pools to compute again. Those that close orders together are computed together."""
    touched = {case for bundle in bundles for case, _stake in bundle.parts}
    together = any(case.sharing == COMPLETE for case in touched)
    return [c for c in cases if c in touched or (together and c.sharing == COMPLETE)]


def _hopeless(failing):
    best: dict[Stake, float] = {}
    orders = {bundle.order for bundle in failing}
    for case in sorted({c for b in failing for c, _s in b.parts}, key=lambda c: c.pool.key):
        best.update(_at_best(case, orders))
    gone = []
    for bundle in failing:
        held = {stake: best[stake] for _case, stake in bundle.parts}
        if not bundle.satisfied(held):
            bundle.lacking = bundle.short(held)
            gone.append(bundle)
    return gone


def _at_best(case, orders):
    """{stake: what it would hold} of ``orders`` at the very most: each order alone with those who
    do not fail, and with what all failing orders would give back."""
    ledger = Ledger(case.start, case.roots)
    ledger.pots = dict(case.ledger.pots)
    for stake in case.stakes:
        if stake.order not in orders:
            ledger.spend(stake.d, stake.first)
        elif case.touchable(stake):
            ledger.spend(stake.d, stake.d.locked - stake.base)
    best, alone = {}, {}
    for stake in case.stakes:
        if stake.order in orders:
            own = alone.setdefault(stake.order, [])
            best[stake] = stake.base + _fit_alone(stake, own, ledger)
        elif case.sharing == RANK:
            ledger.spend(stake.d, stake.got - stake.first)
    return best


def _fit_alone(stake, own, ledger):
    """:param own: [(demand, quantity)] that its order took from the ledger before; not booked,
    since the other orders are judged without it"""
    for demand, quantity in own:
        ledger.spend(demand, quantity)
    room = ledger.room(stake.d)
    for demand, quantity in own:
        ledger.spend(demand, -quantity)
    got = max(0.0, fit(stake.cap - stake.base, room, stake.d.step))
    if got:
        own.append((stake.d, got))
    return got


def _worst(failing):
    failing = sorted(failing, key=Bundle.seniority)
    gone = failing[-(1 + len(failing) // CHUNK) :]
    for bundle in gone:
        bundle.lacking = bundle.short()
    return gone


def _let_in(bundle):
    """Give a dropped order what is left over, if that is what its rule asks. What it gave back at
    an event counts as left over: in other steps than it held, that can reach its minimum."""
    parts = [(c, s) for c, s in bundle.parts if c.touchable(s)]
    if all(case.ledger.total <= EPS for case, _stake in parts):
        return False
    undo = checkpoint(parts)
    for case, stake in parts:
        held = min(stake.d.before, stake.d.need) if case.keep else 0.0
        stake.goal = max(case.cap(stake), held)
        if stake.want > EPS:
            offer(stake, case.ledger)
    if not bundle.satisfied():
        undo()
        return False
    for _case, stake in parts:
        stake.out = False
    return True

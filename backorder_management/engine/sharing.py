"""Ways to share a shortage among the demands of one tier, best rank first.

Each takes the stakes of a tier with their ``goal`` set, and the ledger of the pool. A demand that
is *atomic* ends with all that it wants or with nothing more.
"""

from collections.abc import Callable, Sequence

from .demand import COMPLETE, DIGITS, EPS, EVEN, PROPORTIONAL, RANK
from .ledger import Ledger, Stake, fit
from .levels import exact_quotas

CHUNK = 8  # of so many that can not be served whole, one is given up at a time


def in_rank_order(stakes: Sequence[Stake], ledger: Ledger) -> None:
    """The first takes what it wants, the next what is left."""
    for stake in stakes:
        if ledger.total <= EPS:
            return
        if stake.want > EPS:
            offer(stake, ledger)


def offer(stake: Stake, ledger: Ledger) -> None:
    """Hand out all that ``stake`` wants, or whole steps, or to an atomic demand nothing."""
    want, room = stake.want, ledger.room(stake.d)
    if room >= want - EPS:
        ledger.take(stake, want)
    elif not stake.atomic:
        _give(stake, room, ledger)


def in_proportion(stakes: Sequence[Stake], ledger: Ledger) -> None:
    """Everyone ends with the same part of his need, rounded to steps by largest remainder."""
    _level_out(stakes, ledger, lambda d: d.need, by_remainder=True)


def evenly(stakes: Sequence[Stake], ledger: Ledger) -> None:
    """Everyone ends with the same quantity, or with all that he needs: one each, then a second
    each, in rank order, until nothing is left (computed at once, not unit by unit)."""
    _level_out(stakes, ledger, lambda d: 1.0, by_remainder=False)


def lines_first(stakes: Sequence[Stake], ledger: Ledger) -> None:
    """Complete as many demands as possible, those that miss least first; the rest by rank. Which
    orders can be closed was decided before, over all pools: :mod:`closing`."""
    for stake in sorted(stakes, key=lambda s: (s.want, s.place)):
        if stake.want > EPS and ledger.room(stake.d) >= stake.want - EPS:
            ledger.take(stake, stake.want)
    in_rank_order(stakes, ledger)


SHARES: dict[str, Callable[[Sequence[Stake], Ledger], None]] = {
    RANK: in_rank_order,
    PROPORTIONAL: in_proportion,
    EVEN: evenly,
    COMPLETE: lines_first,
}
QUOTAS = frozenset({PROPORTIONAL, EVEN})  # the share, not the rank, decides who gets how much


def _level_out(stakes, ledger, weigh, by_remainder):
    """Raise all to one level, first from what is kept for their segment, then from the rest."""
    stakes = [s for s in stakes if s.want > EPS]
    for stake in stakes:
        stake.quota = stake.held
    for segment in sorted(s for s, pot in ledger.pots.items() if pot > EPS):
        members = [s for s in stakes if s.d.segment == segment]
        _share(members, ledger, ledger.pots[segment], weigh, by_remainder)
    given_up = _share(stakes, ledger, ledger.free(), weigh, by_remainder)
    in_rank_order(sorted(given_up, key=lambda s: s.place), ledger)


def _share(stakes, ledger, limit, weigh, by_remainder):
    """Hand out at most ``limit``, each share within one step of its quota.

    :return: atomic demands that the quota did not cover. The worst are given up first, so that
        the best have a chance to be covered.
    """
    given_up, quotas = [], {}
    while stakes and limit > EPS:
        quotas = exact_quotas(stakes, ledger.left, limit, weigh)
        failing = [s for s in stakes if s.atomic and quotas[s] < s.goal - EPS]
        if not failing:
            _round_to_steps(stakes, quotas, ledger, limit, by_remainder)
            break
        worst = set(failing[-(1 + len(failing) // CHUNK) :])
        given_up += worst
        stakes = [s for s in stakes if s not in worst]
    return given_up


def _round_to_steps(stakes, quotas, ledger, limit, by_remainder):
    """The whole steps of each quota, then one more step each while there are some. What is left
    then (no step fits into it) goes out by rank, to nobody more than the largest step too much."""
    end = ledger.total - limit
    rests = []
    for stake in stakes:
        stake.quota = round(quotas[stake], DIGITS)
        _give(stake, stake.quota - stake.held, ledger)
        rest = round(stake.quota - stake.held, DIGITS)
        if rest > EPS:
            rests.append((-rest if by_remainder else 0.0, stake.place, stake))
    for _rest, _place, stake in sorted(rests, key=lambda r: r[:2]):
        _give(stake, min(stake.d.step, ledger.total - end), ledger)
    most = max(s.d.step for s in stakes)
    for stake in stakes:
        _give(stake, min(stake.quota + most - stake.held, ledger.total - end), ledger)


def _give(stake, most, ledger):
    """Hand out what fits into ``most`` and into what is left."""
    quantity = fit(stake.want, min(most, ledger.room(stake.d)), stake.d.step)
    if quantity > EPS:
        ledger.take(stake, quantity)

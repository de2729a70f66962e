"""Why a demand got what it got: a code, and the numbers behind it.

=============  ==================================================================
served         gets more, and now has all that it needs
part           gets more, not all: the stock ended with it
kept           has all that it needs, as before
lowered        better ranks took some of what it held
outranked      there was stock, and better ranks took it
no_stock       there was none where it may take from (or less than one ``step``)
share          its quota (``quota``) gives it this much
protected      what is left is kept for other segments (``protected``)
fill_cap       its segment may not get more than it held
loses          its segment gives back what it held
pinned         no run may touch it
waits_whole    its order ships whole: ``waits_for`` could not be covered, or ``blocked``
waits_line     it ships complete, and could not be covered
below_minimum  its order is below what it must reach (``minimum``, ``measure``)
exception      a guarantee of its pool could not be kept; nothing was changed
=============  ==================================================================
"""

from collections.abc import Mapping

from .demand import DIGITS, EPS, FILL, LOSE, MINIMUM, SKIP, Result
from .ledger import Ledger, Stake
from .rights import Case
from .sharing import QUOTAS
from .shipping import Bundle


def write_results(case: Case, dropped: Mapping[int, Bundle], results: dict[int, Result]) -> None:
    """Add the results of a pool to ``results``, best rank first."""
    of, free, ahead = len(case.stakes), case.ledger.start, 0.0
    for stake in case.stakes:
        d, bundle = stake.d, dropped.get(stake.order)
        reason = _reason(case, stake, bundle, ahead)
        details = _details(case, stake, bundle, reason)
        results[d.id] = Result(
            d.id, d.before, stake.held, stake.place, of, reason, d.need, free, ahead, details
        )
        ahead += max(0.0, stake.got, stake.cap - stake.base)


def _reason(case: Case, stake: Stake, bundle: Bundle | None, ahead: float) -> str:
    d, held, right = stake.d, stake.held, case.right(stake)
    more, less = held > d.before + EPS, held < d.before - EPS
    if right == SKIP:
        return "pinned"
    if case.frozen:
        return "exception"
    if stake.full:
        return "served" if more else "kept"
    if bundle:
        return "below_minimum" if bundle.rule.rule == MINIMUM else "waits_whole"
    if right == LOSE:
        return "loses"
    if right == FILL and not less:
        return "fill_cap"
    scarce = _why_nothing(case, stake, ahead)
    if stake.atomic and (less or scarce == "outranked"):
        return "waits_line"
    if stake.quota is not None and not less:
        return "share" if scarce == "outranked" else scarce
    if more or less:
        return "part" if more else "lowered"
    return "protected" if _is_withheld(case.ledger, stake) else scarce


def _why_nothing(case, stake, ahead):
    """Why rank alone leaves a demand without more."""
    if case.start_of(stake) <= EPS:
        return "no_stock"
    idle = ahead <= EPS < case.ledger.reach(stake.d)  # less than one step
    return "no_stock" if idle else "outranked"


def _is_withheld(ledger: Ledger, stake: Stake) -> bool:
    return ledger.room(stake.d) + EPS < min(ledger.reach(stake.d), stake.d.need - stake.held)


def _details(case, stake, bundle, reason):
    """The numbers that decided."""
    numbers = {}
    if stake.quota is not None and case.sharing in QUOTAS:
        numbers["quota"] = stake.quota
    if reason == "protected":
        numbers["protected"] = round(case.ledger.withheld(stake.d), DIGITS)
    if reason == "no_stock" and case.ledger.reach(stake.d) > EPS:
        numbers["step"] = stake.d.step
    if bundle:
        numbers["waits_for"] = sorted(s.d.id for s in bundle.lacking)
        numbers["blocked"] = bundle.rule.blocked
        if reason == "below_minimum":
            numbers["minimum"], numbers["measure"] = bundle.rule.minimum, bundle.rule.measure
    return numbers

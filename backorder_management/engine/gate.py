"""Whether a quotation line may be accepted: what is there, what is planned, what the rule says."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from math import floor

EPS = 1e-6

ACCEPT, WARN, PLANNED, MAXIMUM, REFUSE = "accept", "warn", "planned", "maximum", "refuse"
IN_STOCK, EXPECTED, NO_DATE = "in_stock", "expected", "no_date"


@dataclass(frozen=True)
class Rule:
    """What a company accepts.

    action: ``accept`` all; ``warn`` when short; ``planned`` only what supply is planned for within
        ``days``; ``maximum`` only while not more than ``maximum`` of the product is on backorder;
        ``refuse`` what is not in stock
    """

    action: str = ACCEPT
    days: int = 0
    maximum: float = 0.0


@dataclass(frozen=True)
class Outlook:
    """What is known of a line before it is accepted. Quantities in the product's unit.

    on_hand: what of it free stock covers now
    parts: ((date, quantity)) of what is on its way and would be left for it
    by_lead_time: when the rest would come if it were ordered today, where that is known
    """

    need: float
    on_hand: float = 0.0
    parts: Sequence[tuple[date, float]] = ()
    by_lead_time: date | None = None

    @property
    def short(self) -> float:
        return max(0.0, self.need - self.on_hand)

    @property
    def status(self) -> str:
        """A backorder has a date; out of stock is what nothing is planned for."""
        if self.short <= EPS:
            return IN_STOCK
        return EXPECTED if self.date else NO_DATE

    def had_by(self, day: date) -> float:
        """How much of it is there on that day."""
        return self.on_hand + sum(q for d, q in self.parts if d <= day)

    @property
    def date(self) -> date | None:
        """When the last unit comes; None in stock, or when some of it is not planned."""
        if self.short <= EPS or sum(q for _d, q in self.parts) < self.short - EPS:
            return None
        return max(d for d, _q in self.parts)


def combine(need: float, components: Sequence[Outlook]) -> Outlook:
    """The outlook of a kit: so many whole kits as the scarcest of its components allows.

    :param need: how many kits
    :param components: of each, what all of these kits need of it
    """

    def count(shares):
        share = min(shares)
        return need if share >= 1 - EPS else float(floor(need * share + EPS))

    had = on_hand = count(c.on_hand / c.need for c in components)
    parts = []
    for day in sorted({d for c in components for d, _quantity in c.parts}):
        more = count(c.had_by(day) / c.need for c in components) - had
        if more > EPS:
            parts.append((day, more))
            had += more
    return Outlook(need, on_hand, tuple(parts), _usual_date(components))


def _usual_date(components):
    """When the last component would come if what is not planned were ordered today."""
    days = [
        c.by_lead_time if c.status == NO_DATE else c.date
        for c in components
        if c.status != IN_STOCK
    ]
    return max(days) if days and all(days) else None


@dataclass(frozen=True)
class Verdict:
    """outcome: ``accept``, ``warn`` or ``refuse``
    accepted: how much of the need the rule lets through
    reason: the action of the rule that decided, empty when nothing is short
    """

    outcome: str
    accepted: float
    reason: str = ""


def judge(rule: Rule, outlook: Outlook, today: date, owed: float = 0.0) -> Verdict:
    """:param owed: of the product on backorder already, for whomever the rule counts"""
    if outlook.short <= EPS:
        return Verdict(ACCEPT, outlook.need)
    if rule.action in (ACCEPT, WARN):
        return Verdict(rule.action, outlook.need, rule.action)
    allowed = _allowed(rule, outlook, today, owed)
    if allowed >= outlook.short - EPS:
        return Verdict(ACCEPT, outlook.need, rule.action)
    return Verdict(REFUSE, min(outlook.need, outlook.on_hand + allowed), rule.action)


def _allowed(rule, outlook, today, owed):
    """How much of what is short the rule lets through."""
    if rule.action == PLANNED:
        limit = today + timedelta(days=rule.days)
        return sum(quantity for day, quantity in outlook.parts if day <= limit)
    if rule.action == MAXIMUM:
        return max(0.0, rule.maximum - owed)
    if rule.action == REFUSE:
        return 0.0
    raise KeyError(rule.action)

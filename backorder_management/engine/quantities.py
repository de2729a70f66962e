"""The position of a line and the one fold that keeps its tally.

Stock moves are the only ledger. They tell what was delivered, what is still outstanding and what
is reserved. What was *backordered*, *fulfilled* and *cancelled* depends on the path that led
there, so it is kept by folding each new position into the tally of the line: :func:`advance`.

All quantities are in the unit of measure of the product.
"""

from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Position:
    """What the moves of one sale line say about one product, now.

    delivered: gross quantity that reached the customer; returns do not lower it
    outstanding: what the customer is still owed by open moves
    reserved: the part of ``outstanding`` that is in hand (reserved or already on its way out)
    want: the part of ``outstanding`` that is short now and should count as backordered
    """

    delivered: float = 0.0
    outstanding: float = 0.0
    reserved: float = 0.0
    want: float = 0.0


@dataclass(frozen=True)
class Tally:
    """What is remembered of a line. The first three only grow; the last two are the position
    that was folded last."""

    backordered: float = 0.0
    fulfilled: float = 0.0
    cancelled: float = 0.0
    delivered: float = 0.0
    outstanding: float = 0.0

    @property
    def open(self) -> float:
        return self.backordered - self.fulfilled - self.cancelled

    @classmethod
    def born(cls, position: Position) -> "Tally":
        """A line that starts now: nothing backordered yet."""
        return cls(delivered=position.delivered, outstanding=position.outstanding)


def advance(
    tally: Tally,
    position: Position,
    *,
    added: float = 0.0,
    dropped: bool = False,
    digits: int = 6,
) -> Tally:
    """Fold ``position`` into ``tally`` and return the new tally.

    Folding the same position twice changes nothing (``added`` is a wish that is granted once).

    - New demand (a raised order, an exchange) is served before the backordered part.
    - A delivery serves first what is not backordered, then the backorder.
    - Demand that disappears without a delivery is cancelled. It is taken from the open backorder.
      When a person let it drop (``dropped``: "no backorder", a cancelled transfer) the part that
      was not backordered counts too, as backordered and cancelled at once, so that no demand ends
      without a trace.
    - ``position.want`` is what is short; the backorder grows up to it, plus ``added`` by hand, and
      is never more than what is outstanding.

    :param added: quantity that a person adds to the open backorder
    :param digits: decimals that are kept, to stop binary noise from accumulating
    """
    before = tally.delivered + tally.outstanding
    after = position.delivered + position.outstanding
    backordered, fulfilled, cancelled = tally.backordered, tally.fulfilled, tally.cancelled
    open_ = tally.open

    unlisted = max(0.0, tally.outstanding - open_) + max(0.0, after - before)
    delivered = max(0.0, position.delivered - tally.delivered)
    served = min(open_, delivered - min(unlisted, delivered))
    fulfilled += served
    open_ -= served

    lost = max(0.0, before - after)
    gone = min(open_, lost)
    cancelled += gone
    open_ -= gone
    if dropped and lost > gone:
        backordered += lost - gone
        cancelled += lost - gone

    want = min(position.outstanding, max(position.want, open_) + added)
    grown = max(0.0, want - open_)
    backordered += grown
    return replace(
        tally,
        backordered=round(backordered, digits),
        fulfilled=round(fulfilled, digits),
        cancelled=round(cancelled, digits),
        delivered=position.delivered,
        outstanding=position.outstanding,
    )


def ready(tally: Tally, position: Position) -> float:
    """The part of the open backorder that is in hand; what is not backordered is served first."""
    unlisted = position.outstanding - tally.open
    return min(tally.open, max(0.0, position.reserved - unlisted))

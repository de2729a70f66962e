"""Giving stock to one demand by hand: from what is free, then from those at the end of the line."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from .demand import EPS, SKIP, Demand

DIGITS = 6


@dataclass(slots=True)
class Gift:
    """What one demand gets: from free stock, and {demand id: quantity} from others."""

    free: float = 0.0
    takes: dict[int, float] = field(default_factory=dict)

    @property
    def total(self) -> float:
        return round(self.free + sum(self.takes.values()), DIGITS)


def give(
    target: Demand,
    ranked: Sequence[Demand],
    supply: Mapping[int, float],
    quantity: float,
    donors: Collection[int] | None = None,
) -> Gift:
    """Find `quantity` for `target`: free stock first, then from the last in rank upwards.

    :param ranked: all demands of the pool, best rank first
    :param supply: {location: free stock in it and below}
    :param donors: ids of those who may be asked; None: everybody. Nobody gives what is picked or
        pinned, and stock that may lie where `target` cannot take from is left alone.
    """
    wanted = min(quantity, target.need - target.before)
    free = max(0.0, min((supply.get(n, 0.0) for n in target.nodes), default=0.0))
    gift = Gift(round(max(0.0, min(wanted, free)), DIGITS))
    rest = wanted - gift.free
    for donor in reversed(ranked):
        if rest <= EPS:
            break
        spare = donor.before - donor.locked
        if (
            donor.id == target.id
            or donor.right == SKIP
            or spare <= EPS
            or (donors is not None and donor.id not in donors)
            or not (target.nodes and target.nodes[0] in donor.nodes)
        ):
            continue
        gift.takes[donor.id] = round(min(rest, spare), DIGITS)
        rest -= gift.takes[donor.id]
    return gift

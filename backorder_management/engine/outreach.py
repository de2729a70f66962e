"""Whom to call first: points for what makes a call worth while.

Each criterion is worth its weight when it is endless, and half of it at its half-way mark:
``weight * x / (x + half)``. More of anything never lowers the score, and no single thing drowns the
rest. The weights follow what is known of backorders: a call to a customer who waits long, or was
told one date after the other, keeps more of him than any other; what he is worth comes next.
"""

from collections.abc import Mapping
from dataclasses import dataclass

WEIGHTS = {"wait": 30.0, "slips": 20.0, "silence": 20.0, "value": 20.0, "tier": 10.0}
HALF = {"wait": 14.0, "slips": 1.0, "silence": 7.0}  # days, times, days
BEST_TIER = 1
TIER_SHARE = {BEST_TIER: 1.0, 2: 0.5}  # key and preferred customers


@dataclass(frozen=True)
class Situation:
    """What is known of one backorder.

    wait: days since it was opened
    slips: how often the promised date was moved to a later day, or broke untold
    silence: days since somebody spoke with the customer
    value: open value, in the currency of the company
    tier: of the customer, 1 is best
    """

    wait: float = 0.0
    slips: float = 0.0
    silence: float = 0.0
    value: float = 0.0
    tier: int = 3


def points(situation: Situation, half_value: float) -> Mapping[str, float]:
    """Points of each criterion, between 0 and its weight.

    :param half_value: the open value that gets half of the points for value
    """
    halves = {**HALF, "value": half_value}
    result = {
        name: WEIGHTS[name] * _saturate(getattr(situation, name), half)
        for name, half in halves.items()
    }
    result["tier"] = WEIGHTS["tier"] * TIER_SHARE.get(situation.tier, 0.0)
    return result


def score(situation: Situation, half_value: float) -> float:
    """Sum of the points: 0 to 100, to one tenth."""
    return round(sum(points(situation, half_value).values()), 1)


def _saturate(amount, half):
    """0 for nothing, a half at ``half``, towards 1 beyond."""
    amount = max(0.0, amount)
    return amount / (amount + max(half, 1e-9)) if amount else 0.0

"""Which moves of an order line end when a quantity is cancelled: the same goods at every step.

What is least on its way goes first. Of a chain (pick, pack, ship) each step gives up what has not
passed it yet, so that nothing is left open upstream and nothing comes back by itself.
"""

from collections.abc import Collection, Iterable, Mapping

from .positions import Move

EPS = 1e-6


def plan_cancel(
    moves: Iterable[Move], quantity: float, picked: Collection[int] = ()
) -> tuple[Mapping[int, float], float]:
    """Spread a quantity over the open moves of one order line and product.

    :param picked: moves that somebody has in his hands: these are never cancelled
    :return: {move: quantity that it gives up}, and what could not be placed because it is picked
    """
    forward = {m.id: m for m in moves if not m.done and not m.back}
    followed = {o for m in forward.values() for o in m.origins if o in forward}
    leaves = [m for m in forward.values() if m.id not in followed]
    plan: dict[int, float] = {}
    for leaf in sorted(leaves, key=lambda m: (_in_hand(m, forward), -m.id)):
        share = min(quantity, leaf.quantity - _picked(leaf, forward, picked))
        if share > EPS:
            quantity -= share
            _give_up(leaf, share, forward, picked, plan)
    return plan, max(0.0, quantity)


def _before(move, forward):
    return [forward[o] for o in sorted(move.origins) if o in forward]


def _in_hand(move, forward):
    """What of it is reserved somewhere in its chain, or on its way already."""
    before = _before(move, forward)
    if not before:
        return move.reserved
    waiting = sum(m.quantity - _in_hand(m, forward) for m in before)
    return max(0.0, move.quantity - waiting)


def _picked(move, forward, picked):
    if move.id in picked:
        return move.quantity
    return min(move.quantity, sum(_picked(m, forward, picked) for m in _before(move, forward)))


def _give_up(move, share, forward, picked, plan):
    plan[move.id] = plan.get(move.id, 0.0) + share
    before = sorted(_before(move, forward), key=lambda m: (_in_hand(m, forward), -m.id))
    for earlier in before:
        left = earlier.quantity - plan.get(earlier.id, 0.0) - _picked(earlier, forward, picked)
        taken = min(share, left)
        if taken > EPS:
            share -= taken
            _give_up(earlier, taken, forward, picked, plan)

"""Supply over time, handed out receipt by receipt by the engine that hands out stock.

Needed where rank alone does not say who gets what: shortages that are shared, orders that ship
whole, rights of segments, shelves, demand whose day has not come, supply that is kept for
somebody. What it names is what happens when every receipt comes on its day, because it is the same
function that decides then.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime

from .allocation import allocate
from .demand import EPS, Pool, Shipping
from .promising import STOCK, Peg, Receipt, by_date, peg

Key = tuple[int, int]


def serve_over_time(
    pools: Iterable[Pool],
    shipping: Mapping[int, Shipping],
    receipts: Mapping[Key, Iterable[Receipt]],
    now: datetime,
    due: Mapping[int, datetime] | None = None,
) -> dict[int, tuple[Peg, ...]]:
    """Hand out what is free, then each receipt on its day.

    :param pools: as they stand now; together with those that they share orders with
    :param receipts: {pool: what is on its way}
    :param due: {demand: from when on it takes part}, of those whose day has not come
    :return: {demand: pegs}
    """
    play = _Play(pools, shipping, now, due or {})
    play.step(now)
    for moment, arriving in _by_moment(receipts, play.due, now):
        play.receive(arriving)
        play.step(moment)
    return {d: tuple(pegs) for d, pegs in play.pegs.items()}


def _by_moment(receipts, due, now):
    """[(moment, [(pool, receipt)])] in order, with the moments at which demand becomes due."""
    arriving = {moment: [] for moment in due.values() if moment > now}
    for pool, coming in receipts.items():
        for receipt in sorted(coming, key=by_date):
            arriving.setdefault(max(now, receipt.date), []).append((pool, receipt))
    return sorted(arriving.items())


class _Play:
    """Pools as they change. A queue of supply per pool says which of it is handed out first."""

    def __init__(self, pools, shipping, now, due):
        self.pools = {pool.key: pool for pool in pools}
        self.shipping, self.now, self.due = shipping, now, due
        self.pegs = defaultdict(list)
        self.queues = {key: [[_free(pool), None]] for key, pool in self.pools.items()}

    def receive(self, arriving):
        for key, receipt in arriving:
            if key not in self.pools:
                continue
            rest = receipt.quantity - self._serve_kept(key, receipt)
            pool = self.pools[key]
            supply = dict(pool.supply)
            for node in _nodes_of(pool, receipt.place):
                supply[node] = max(0.0, supply.get(node, 0.0)) + rest
            self.pools[key] = replace(pool, supply=supply)
            self.queues[key].append([rest, receipt])

    def _serve_kept(self, key, receipt):
        """Whoever the receipt is kept for comes before every rank, due or not.

        :return: how much of it that takes
        """
        pool, rest = self.pools[key], receipt.quantity
        lacks = {d.id: d.need - d.before for d in pool.demands} if receipt.kept_for else {}
        gains = defaultdict(float)
        for demand, quantity in receipt.kept_for:
            gain = min(quantity, rest, lacks.get(demand, 0.0) - gains[demand])
            if gain > EPS:
                gains[demand] += gain
                rest -= gain
        for demand, gain in gains.items():
            if gain > EPS:
                self.pegs[demand].append(peg(receipt, gain, self.now))
        if gains:
            demands = [_hold(d, gains.get(d.id, 0.0)) for d in pool.demands]
            self.pools[key] = replace(pool, demands=demands)
        return receipt.quantity - rest

    def step(self, moment):
        active = [self._active(pool, moment) for pool in self.pools.values()]
        results = allocate(active, self.shipping, keep=True).results
        for pool in active:
            self._book(self.pools[pool.key], results, moment)

    def _active(self, pool, moment):
        if not self.due:
            return pool
        demands = [d for d in pool.demands if self.due.get(d.id, moment) <= moment]
        return replace(pool, demands=demands)

    def _book(self, pool, results, moment):
        """Note who got what, and take it from the supply."""
        supply = dict(pool.supply)
        served = sorted(
            (d for d in pool.demands if d.id in results), key=lambda d: results[d.id].rank
        )
        gains = {d.id: gain for d in served if (gain := results[d.id].after - d.before) > EPS}
        for d in served:
            if d.id in gains:
                self.pegs[d.id] += self._take(pool.key, gains[d.id], moment)
                for node in d.nodes:
                    supply[node] = supply.get(node, 0.0) - gains[d.id]
        if gains:
            demands = [
                replace(d, before=d.before + gains[d.id]) if d.id in gains else d
                for d in pool.demands
            ]
            self.pools[pool.key] = replace(pool, supply=supply, demands=demands)

    def _take(self, key, quantity, moment):
        """Pegs from the head of the queue. Goods that lay there are handed out at ``moment``."""
        pegs = []
        for entry in self.queues[key]:
            taken = min(entry[0], quantity)
            if taken <= EPS:
                continue
            entry[0] -= taken
            quantity -= taken
            if entry[1] is None:
                pegs.append(Peg(taken, moment, kind=STOCK))
            else:
                pegs.append(peg(entry[1], taken, self.now)._replace(date=moment))
            if quantity <= EPS:
                break
        return pegs


def _hold(demand, gain):
    """What was kept for somebody nobody takes back, also where his order ships whole."""
    return replace(demand, before=demand.before + gain, locked=demand.locked + gain)


def _free(pool):
    """What the widest locations of the demand have free."""
    roots = {d.nodes[-1] for d in pool.demands if d.nodes}
    return sum(max(0.0, pool.supply.get(node, 0.0)) for node in roots)


def _nodes_of(pool, place):
    """The locations of demand that see goods in this place: it and those around it, or else the
    widest ones, because what arrives at the dock is put away to where it is wanted."""
    for d in pool.demands:
        if place in d.nodes:
            return d.nodes[d.nodes.index(place) :]
    return tuple(dict.fromkeys(d.nodes[-1] for d in pool.demands if d.nodes))[:1]

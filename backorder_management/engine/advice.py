"""When to reorder a product that keeps running out.

The reorder point covers what is wanted while more is on its way, and a safety stock for what
varies:

    reorder point = d * L + safety stock,   safety stock = z * sqrt(L * sd_d^2 + d^2 * sd_L^2)

d, sd_d: mean and standard deviation of the demand of a day, days without any counted; L, sd_L: of
the lead time in days; z: the quantile of the normal distribution for the share of replenishments
that shall bring no gap (Silver, Pyke and Thomas, Inventory and Production Management, 2017, ch. 6).

What a higher reorder point would have avoided is seen by a replay of what happened: the same
orders, and the same receipts on the same days, with the difference more in stock all the time. That
is what a higher reorder point does, as long as each order is as large as before.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import ceil, sqrt
from statistics import NormalDist, fmean, stdev

EPS = 1e-6
LEAST_DEMANDS = 5  # days with demand: fewer say nothing about how it varies
LEAST_DAYS = 28
LEAST_RECEIPTS = 3

RAISE, ENOUGH, THIN_DEMAND, THIN_LEAD = "raise", "enough", "thin_demand", "thin_lead"
RECEIPTS, RULES = "receipts", "rules"


@dataclass(frozen=True)
class Spread:
    """mean, deviation: sample standard deviation, 0 for a single value; count: of values"""

    mean: float = 0.0
    deviation: float = 0.0
    count: int = 0


@dataclass(frozen=True)
class History:
    """Of one product in one warehouse; quantities by day, the first day of the period is 0.

    days: length of the period
    wanted: demand, with what was lost or went to a substitute
    served: demand that took or will take goods out of the stock
    gone: demand that was lost, cancelled while it waited, or went to a substitute
    supply: what came in, less what went out otherwise (losses, returns to the vendor)
    level: stock less what was owed, at the end of the period
    receipts: lead times in days; rules_lead: that of the rules, where there is one
    present: reorder point and maximum now; none: 0, more is ordered when less than nothing is left
    lot: what usually comes at once
    """

    days: int
    wanted: Mapping[int, float] = field(default_factory=dict)
    served: Mapping[int, float] = field(default_factory=dict)
    gone: Mapping[int, float] = field(default_factory=dict)
    supply: Mapping[int, float] = field(default_factory=dict)
    level: float = 0.0
    receipts: Sequence[float] = ()
    rules_lead: float | None = None
    present: tuple[float, float] = (0.0, 0.0)
    lot: float = 0.0
    step: float = 1.0


@dataclass(frozen=True)
class Shortage:
    """days: at the end of which something was owed or had been lost; units: that had to wait or
    were lost"""

    days: int = 0
    units: float = 0.0


@dataclass(frozen=True)
class Advice:
    """status: RAISE, ENOUGH, or why there is none; minimum, maximum, safety: the proposal; lot: how
    far the maximum is above the minimum; happened: what the replay finds; avoided: of it"""

    status: str
    demand: Spread
    lead: Spread
    lead_source: str | None
    factor: float = 0.0
    lead_demand: float = 0.0
    safety: float = 0.0
    minimum: float = 0.0
    maximum: float = 0.0
    lot: float = 0.0
    happened: Shortage = Shortage()
    avoided: Shortage = Shortage()


def spread(values: Iterable[float]) -> Spread:
    values = list(values)
    if not values:
        return Spread()
    return Spread(fmean(values), stdev(values) if len(values) > 1 else 0.0, len(values))


def daily(amounts: Mapping[int, float], days: int) -> Spread:
    """Of all days of the period, those without demand as well.

    :param amounts: {day: quantity}, days without any left out
    """
    if days < 1:
        return Spread()
    mean = sum(amounts.values()) / days
    squares = sum((q - mean) ** 2 for q in amounts.values()) + (days - len(amounts)) * mean**2
    return Spread(mean, sqrt(squares / (days - 1)) if days > 1 else 0.0, days)


def lead_time(history: History) -> tuple[Spread, str | None]:
    """Observed where enough was received, else what the rules say, without any spread."""
    if len(history.receipts) >= LEAST_RECEIPTS:
        return spread(history.receipts), RECEIPTS
    if history.rules_lead is not None:
        return Spread(history.rules_lead), RULES
    return Spread(), None


def factor(level: float) -> float:
    """:param level: share of replenishments without a gap, above 0.5 and below 1"""
    return NormalDist().inv_cdf(level)


def safety_stock(demand: Spread, lead: Spread, z: float) -> float:
    return z * sqrt(lead.mean * demand.deviation**2 + demand.mean**2 * lead.deviation**2)


def round_up(quantity: float, step: float) -> float:
    return round(ceil(quantity / step - EPS) * step, 6)


def replay(history: History, extra: float = 0.0) -> Shortage:
    """:param extra: so much more is in stock all the time"""
    took, came = sum(history.served.values()), sum(history.supply.values())
    level = history.level - came + took + extra
    short_days, units = 0, 0.0
    for day in range(history.days):
        served, gone = history.served.get(day, 0.0), history.gone.get(day, 0.0)
        level += history.supply.get(day, 0.0) - served
        # what was lost that day wanted goods, too, but took none
        missing = max(0.0, gone - level)
        if missing > EPS:
            short_days += 1
            units += min(served + gone, missing)
    return Shortage(short_days, round(units, 6))


def is_thin(history: History) -> bool:
    return len(history.wanted) < LEAST_DEMANDS or history.days < LEAST_DAYS


def advise(history: History, level: float) -> Advice:
    """:param level: share of replenishments without a gap, above 0.5 and below 1"""
    demand, (lead, source) = daily(history.wanted, history.days), lead_time(history)
    happened = replay(history)
    if is_thin(history) or source is None:
        status = THIN_DEMAND if is_thin(history) else THIN_LEAD
        return Advice(status, demand, lead, source, happened=happened)
    z = factor(level)
    safety, lead_demand = safety_stock(demand, lead, z), demand.mean * lead.mean
    minimum = round_up(lead_demand + safety, history.step)
    lot = get_lot(history, lead_demand)
    extra = max(0.0, minimum - history.present[0])
    left = replay(history, extra)
    return Advice(
        status=RAISE if extra > EPS else ENOUGH,
        demand=demand,
        lead=lead,
        lead_source=source,
        factor=z,
        lead_demand=lead_demand,
        safety=safety,
        minimum=minimum,
        maximum=round(minimum + lot, 6),
        lot=lot,
        happened=happened,
        avoided=Shortage(happened.days - left.days, round(happened.units - left.units, 6)),
    )


def get_lot(history: History, lead_demand: float) -> float:
    """As much above the minimum as now, else what usually comes at once, else what is wanted while
    more is on its way: the advice is about when to order, not how much."""
    low, high = history.present
    return round_up(max(0.0, high - low) or history.lot or lead_demand, history.step)

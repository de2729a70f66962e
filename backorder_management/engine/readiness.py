"""What of an order may ship now, by its shipment rule.

The allocation asks the same of what it is about to hand out (:mod:`shipping`); this asks it of what
is reserved, whoever reserved it: Odoo itself, a person, or a policy.
"""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass

from .demand import EPS, LINES, MINIMUM, WHOLE, Shipping


@dataclass(slots=True)
class Item:
    """One line of the order and product. Quantities in the product's unit, the price per unit in
    the currency of the company."""

    outstanding: float
    reserved: float
    price: float = 0.0

    @property
    def missing(self) -> float:
        return max(0.0, self.outstanding - self.reserved)

    @property
    def is_complete(self) -> bool:
        return self.missing <= EPS


def get_shippable(items: Mapping[Hashable, Item], rule: Shipping) -> set:
    """:return: the keys of the items of one order of which something may ship now"""
    there = {key for key, item in items.items() if item.reserved > EPS}
    if rule.rule == LINES:
        return {key for key in there if items[key].is_complete}
    if rule.rule in (WHOLE, MINIMUM) and not all(item.is_complete for item in items.values()):
        reached = rule.rule == MINIMUM and get_reached(items, rule) >= rule.minimum - EPS
        return there if reached else set()
    return there


def get_reached(items: Mapping[Hashable, Item], rule: Shipping) -> float:
    """:return: what is reserved of the order, in the measure of its minimum"""
    if rule.measure == "value":
        return sum(item.reserved * item.price for item in items.values())
    quantity = sum(item.reserved for item in items.values())
    if rule.measure == "share":
        wanted = sum(item.outstanding for item in items.values())
        return quantity / wanted if wanted else 1.0
    return quantity

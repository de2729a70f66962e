"""Snapshots and plans as JSON, to store a run and to replay it.

What has its default value is left out; infinity, which JSON does not know, is ``{"float": "inf"}``;
pairs stand for mappings whose keys are not text. All comes back as it was.
"""

from collections.abc import Iterable, Mapping
from dataclasses import fields
from math import isfinite

from .demand import Demand, Plan, Policy, Pool, Shipping


def to_json(pools: Iterable[Pool], shipping: Mapping[int, Shipping] | None, keep: bool) -> dict:
    """The arguments of :func:`allocation.allocate` as JSON."""
    return {
        "pools": [_pool_to_json(pool) for pool in pools],
        "shipping": [[order, _pack(rule)] for order, rule in (shipping or {}).items()],
        "keep": keep,
    }


def from_json(data: Mapping) -> tuple[list[Pool], dict[int, Shipping], bool]:
    """:return: (pools, shipping, keep), as they were given to :func:`to_json`"""
    pools = [_pool_from_json(pool) for pool in data["pools"]]
    shipping = {order: Shipping(**_unpack(rule)) for order, rule in data["shipping"]}
    return pools, shipping, data["keep"]


def plan_to_json(plan: Plan) -> dict:
    """A plan as JSON, in a fixed order: equal plans give equal text."""
    return {
        "results": [
            {
                "id": r.id,
                "before": r.before,
                "after": r.after,
                "rank": r.rank,
                "of": r.of,
                "reason": r.reason,
                "numbers": {name: _number(r.numbers[name]) for name in sorted(r.numbers)},
            }
            for _id, r in sorted(plan.results.items())
        ],
        "failed": [[list(key), failure] for key, failure in sorted(plan.failed.items())],
    }


def _pool_to_json(pool):
    return {
        "key": list(pool.key),
        "supply": [[node, _number(quantity)] for node, quantity in pool.supply.items()],
        "policy": _pack(pool.policy),
        "protected": [[name, _number(quantity)] for name, quantity in pool.protected.items()],
        "demands": [_pack(demand, leave="pool") for demand in pool.demands],
    }


def _pool_from_json(data):
    key = tuple(data["key"])
    return Pool(
        key=key,
        supply={node: _value(quantity) for node, quantity in data["supply"]},
        demands=tuple(Demand(pool=key, **_unpack(demand)) for demand in data["demands"]),
        policy=Policy(**_unpack(data["policy"])),
        protected={name: _value(quantity) for name, quantity in data["protected"]},
    )


def _pack(record, leave=None):
    """{field: value} of what is not the default; 1 is not the same text as 1.0"""
    values = {}
    for field in fields(record):
        value, default = getattr(record, field.name), field.default
        if field.name != leave and (value != default or type(value) is not type(default)):
            values[field.name] = _number(value)
    return values


def _unpack(values):
    return {name: _value(value) for name, value in values.items()}


def _number(value):
    if isinstance(value, float) and not isfinite(value):
        return {"float": str(value)}
    if isinstance(value, tuple):
        return [_number(item) for item in value]
    return value


def _value(value):
    if isinstance(value, list):
        return tuple(_value(item) for item in value)
    return float(value["float"]) if isinstance(value, dict) else value

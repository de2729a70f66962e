"""Reads who wants what in pools of stock: the input of the allocation engine.

The number of queries depends on neither how many pools are read nor how many orders wait.
"""

from collections import defaultdict
from dataclasses import dataclass, field

from odoo import api, models

from ...engine import allocation as alc

WAITING = ("waiting", "confirmed", "partially_available")
HELD = (*WAITING, "assigned")
EPSILON = 1e-6


@dataclass
class Snapshot:
    """Pools as the engine takes them, and what is known of each demand beside that.

    rows: {move id: dict of what was read}
    policies: {pool: backorder.policy}
    """

    pools: list = field(default_factory=list)
    shipping: dict = field(default_factory=dict)
    rows: dict = field(default_factory=dict)
    policies: dict = field(default_factory=dict)

    @property
    def demands(self):
        return [d for pool in self.pools for d in pool.demands]


class BackorderDemand(models.AbstractModel):
    _name = "backorder.demand"
    _description = "Allocation Demand Reader"

    @api.model
    def _read(self, policies, extra_ids=(), held=False):
        """Read the pools, and those that orders which must ship together join to them.

        :param policies: {(product id, warehouse id): backorder.policy}
        :param extra_ids: moves that are asked for now, whatever their reservation date says
        :param held: also those that have all they want; a run may share it anew
        :return: Snapshot
        """
        rows = self._read_rows(policies, extra_ids, held)
        rules = self._read_shipping(rows)
        if self._get_coupled(rules, rows, policies):
            policies, rows, rules = self._join(policies, rows, rules, extra_ids, held)
        snapshot = Snapshot(rows={r["id"]: r for r in rows}, policies=policies)
        snapshot.shipping = self._build_shipping(rules, rows)
        snapshot.pools = self._build_pools(policies, rows)
        return snapshot

    # === POOLS === #

    @api.model
    def _build_pools(self, policies, rows):
        by_pool = defaultdict(list)
        for row in rows:
            by_pool[row["product_id"], row["warehouse_id"]].append(row)
        free = self._read_free({(r["product_id"], r["location_id"]) for r in rows})
        segments = self._get_segments(policies, by_pool)
        protected = self._get_protected(policies)
        pools = []
        for pool in sorted(by_pool):
            policy = policies[pool]
            nodes = self._get_nodes(by_pool[pool])
            supply = {n: free.get((pool[0], n), 0.0) for n in nodes}
            whole = self._is_whole(by_pool[pool], supply)
            pools.append(
                alc.Pool(
                    key=pool,
                    supply=supply,
                    demands=tuple(
                        self._get_demand(r, pool, nodes, segments.get(r["id"]), policy, whole)
                        for r in by_pool[pool]
                    ),
                    policy=policy._get_engine_policy(),
                    protected=protected.get(pool, {}),
                )
            )
        return pools

    @api.model
    def _get_nodes(self, rows):
        """:return: {location id: locations of demand that it lies in, itself first}"""
        paths = {r["location_id"]: r["path"] for r in rows}
        return {
            loc: tuple(
                sorted(
                    (other for other, top in paths.items() if path.startswith(top)),
                    key=lambda other: -len(paths[other]),
                )
            )
            for loc, path in paths.items()
        }

    @api.model
    def _is_whole(self, rows, supply):
        """Goods that everybody counts in whole units are not handed out in fractions. What lies
        there, or is held, in fractions is not counted so. In dozens, 5 pieces are 0.42: what is
        held in another unit says nothing."""
        held = (r["held"] for r in rows if not r["converted"])
        numbers = [*(r["need"] for r in rows), *held, *supply.values()]
        return all(abs(n - round(n)) < EPSILON for n in numbers)

    @api.model
    def _get_demand(self, row, pool, nodes, segment, policy, whole):
        pack = max(row["full_pack"], row["pack"] if policy.whole_packs else 0.0)
        return alc.Demand(
            id=row["id"],
            pool=pool,
            need=round(row["need"], 6),
            before=round(row["held"], 6),
            # what does not compete is not taken from either
            locked=round(row["held"] if row["others"] else row["locked"], 6),
            nodes=nodes[row["location_id"]],
            step=row["atom"] or pack or (1.0 if whole else row["rounding"]),
            order=row["order_id"] or 0,
            line=row["line_id"] or 0,
            seniority=row["seniority"],
            promised=row["planned"] if row["others"] else row["promised"],
            priority=int(row["priority"] or 0),
            tier=int(row["tier"] or 3),
            value=row["value"],
            price=row["price"],
            age=row["age"],
            customer=row["partner_id"] or 0,
            segment=str(segment.id) if segment else "",
            right="skip" if row["pinned"] else segment.right if segment else "redistribute",
            claim=row["claim"],
            others=row["others"],
        )

    @api.model
    def _get_segments(self, policies, by_pool):
        """:return: {move id: segment}"""
        rows_of = defaultdict(list)
        for pool, rows in by_pool.items():
            if policies[pool].segment_ids:
                rows_of[policies[pool]] += [r for r in rows if not r["others"]]
        result = {}
        for policy, rows in rows_of.items():
            result.update(policy.segment_ids._classify(rows))
        return result

    @api.model
    def _get_protected(self, policies):
        """:return: {pool: {segment: quantity that nobody else gets}}"""
        pools_of = defaultdict(list)
        for pool, policy in policies.items():
            pools_of[policy].append(pool)
        result = defaultdict(dict)
        for policy, pools in pools_of.items():
            for segment in policy.segment_ids:
                for pool, quantity in segment._get_protected(pools).items():
                    result[pool][str(segment.id)] = quantity
        return result

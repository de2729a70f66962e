"""Reads who wants what in pools of stock: the input of the allocation engine.

The number of queries depends on neither how many pools are read nor how many orders wait.
"""

from collections import defaultdict
from dataclasses import dataclass, field

from odoo import api, fields, models
from odoo.tools import SQL

from ..engine import allocation as alc

WAITING = ("waiting", "confirmed", "partially_available")
HELD = (*WAITING, "assigned")
COUPLING = ("whole", "capped", "minimum")
EPSILON = 1e-6
# a component whose orders couple more pools than this is shared as if they did not
MAX_ROUNDS = 20


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
        coupled = {o for o, rule in rules.items() if rule["rule"] in COUPLING}
        if coupled:
            policies, rows, rules = self._join(policies, rows, rules, extra_ids, held)
        snapshot = Snapshot(rows={r["id"]: r for r in rows}, policies=policies)
        snapshot.shipping = {
            order: alc.Shipping(**self._get_shipping(order, rule, rows))
            for order, rule in rules.items()
            if rule["rule"] != "as_available"
        }
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
            whole = self._is_whole(by_pool[pool], free)
            pools.append(
                alc.Pool(
                    key=pool,
                    supply={n: free.get((pool[0], n), 0.0) for n in nodes},
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
    def _is_whole(self, rows, free):
        """Goods that everybody counts in whole units are not handed out in fractions."""
        numbers = [r["need"] for r in rows]
        return all(abs(n - round(n)) < EPSILON for n in numbers)

    @api.model
    def _get_demand(self, row, pool, nodes, segment, policy, whole):
        pack = row["pack"] if policy.whole_packs else 0.0
        return alc.Demand(
            id=row["id"],
            pool=pool,
            need=round(row["need"], 6),
            before=round(row["held"], 6),
            locked=round(row["locked"], 6),
            nodes=nodes[row["location_id"]],
            step=pack or (1.0 if whole else row["rounding"]),
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

    # === ORDERS THAT SHIP TOGETHER === #

    @api.model
    def _join(self, policies, rows, rules, extra_ids, held):
        """Add the pools that orders which ship together stand in, until none is missing."""
        policies = dict(policies)
        for _round in range(MAX_ROUNDS):
            coupled = {o for o, rule in rules.items() if rule["rule"] in COUPLING}
            missing = self._read_pools_of(coupled) - policies.keys()
            found = self.env["backorder.policy"]._find(missing)
            if not found:
                break
            policies.update(found)
            rows = self._read_rows(policies, extra_ids, held)
            rules = self._read_shipping(rows)
        if not held:
            # what these orders hold already counts as theirs
            known = {r["id"] for r in rows}
            coupled = [o for o, rule in rules.items() if rule["rule"] in COUPLING]
            mine = self._read_rows(policies, extra_ids, True, order_ids=coupled)
            rows += [r for r in mine if r["id"] not in known]
        return policies, rows, rules

    @api.model
    def _read_pools_of(self, order_ids):
        if not order_ids:
            return set()
        query = SQL(
            """
            SELECT DISTINCT m.product_id, l.warehouse_id
              FROM sale_order_line sol
              JOIN stock_move m ON m.sale_line_id = sol.id
              JOIN stock_location l ON l.id = m.location_id AND l.usage = 'internal'
             WHERE sol.order_id IN %s AND m.state IN %s AND l.warehouse_id IS NOT NULL
               AND m.procure_method = 'make_to_stock'
               AND NOT EXISTS (SELECT FROM stock_move_move_rel r WHERE r.move_dest_id = m.id)
            """,
            tuple(order_ids),
            HELD,
        )
        return set(self.env.execute_query(query))

    @api.model
    def _read_shipping(self, rows):
        """:return: {order id: dict ``rule``, ``minimum``, ``measure``, ``max_shipments``}"""
        rules = {}
        for row in rows:
            if row["order_id"] and row["shipping"] != "as_available":
                rules[row["order_id"]] = {"rule": row["shipping"]}
        special = [o for o, rule in rules.items() if rule["rule"] in ("capped", "minimum")]
        for order in self.env["sale.order"].sudo().browse(special):
            rules[order.id] = order._get_backorder_shipping()
        return rules

    @api.model
    def _get_shipping(self, order, rule, rows):
        """A capped order ships as it can until its last shipment, which has to be whole."""
        name = rule["rule"]
        if name == "capped":
            last = rule["shipped"] + 1 >= max(1, rule["max_shipments"])
            name = "whole" if last else "as_available"
        return {
            "rule": name,
            "minimum": rule.get("minimum", 0.0),
            "measure": rule.get("measure", "quantity"),
            "blocked": name == "whole" and order in self._read_blocked({order}, rows),
        }

    @api.model
    def _read_blocked(self, order_ids, rows):
        """Orders of which something cannot come from the pools now: made to order, not due,
        in a pool without a policy."""
        query = SQL(
            """
            SELECT DISTINCT sol.order_id
              FROM sale_order_line sol
              JOIN stock_move m ON m.sale_line_id = sol.id
              JOIN stock_location src ON src.id = m.location_id
              JOIN stock_location dst ON dst.id = m.location_dest_id
             WHERE sol.order_id IN %s AND m.id NOT IN %s AND m.product_uom_qty > 0
               AND m.state IN ('waiting', 'confirmed', 'partially_available')
               AND src.usage <> 'customer' AND dst.usage <> 'inventory'
               AND NOT EXISTS (SELECT FROM stock_move_move_rel r
                                 JOIN stock_move o ON o.id = r.move_orig_id
                                WHERE r.move_dest_id = m.id
                                  AND o.state NOT IN ('done', 'cancel')
                                  AND o.sale_line_id = m.sale_line_id)
            """,
            tuple(order_ids),
            tuple(r["id"] for r in rows) or (0,),
        )
        return {row[0] for row in self.env.execute_query(query)}

    # === SQL === #

    @api.model
    def _read_free(self, pools):
        """Unreserved stock of each (product, location), with the locations below it.
        What belongs to somebody else is not ours to give away."""
        if not pools:
            return {}
        query = SQL(
            """
            SELECT product_id, location_id, SUM(GREATEST(0, free)) FROM (
                SELECT k.product_id, k.location_id,
                       SUM(q.quantity - COALESCE(q.reserved_quantity, 0)) AS free
                  FROM (VALUES %s) AS k (product_id, location_id)
                  JOIN stock_location top ON top.id = k.location_id
                  JOIN product_product p ON p.id = k.product_id
                  JOIN product_template pt ON pt.id = p.product_tmpl_id
                  JOIN stock_quant q ON q.product_id = k.product_id
                  JOIN stock_location l ON l.id = q.location_id AND l.usage IN ('internal', 'transit')
                                       AND l.parent_path LIKE top.parent_path || '%%'
                  LEFT JOIN res_company c ON c.id = q.company_id
                 WHERE q.owner_id IS NULL OR q.owner_id = c.partner_id
                 GROUP BY k.product_id, k.location_id,
                          CASE WHEN pt.tracking <> 'none' THEN COALESCE(q.lot_id, 0) END
            ) lots GROUP BY product_id, location_id
            """,
            SQL(", ").join(SQL("(%s, %s)", *pool) for pool in sorted(pools)),
        )
        self.env["stock.quant"].flush_model()
        return {(p, loc): round(qty, 6) for p, loc, qty in self.env.execute_query(query)}

    @api.model
    def _read_rows(self, policies, extra_ids=(), held=False, order_ids=None):
        """One dict per open root move of these pools that is to be reserved now."""
        if not policies:
            return []
        self.env.flush_all()
        rows = self.env.execute_query_dict(
            self._get_rows_query(tuple(policies), tuple(extra_ids), held, order_ids)
        )
        claims = self._read_claims(rows)
        for row in rows:
            policy = policies[row["product_id"], row["warehouse_id"]]
            competes = {
                "customer": True,
                "component": policy.compete_components,
                "transfer": policy.compete_transfers,
            }
            row["others"] = not competes[row["kind"]]
            row["claim"] = claims.get(row["id"], 0.0)
            if row["picked"]:
                # core reserves nothing for what is being picked, and nobody takes it away
                row["need"] = row["locked"] = row["held"]
        apart = self.env.context.get("backorder_apart", ())
        return [r for r in rows if r["need"] > EPSILON and r["id"] not in apart]

    @api.model
    def _read_claims(self, rows):
        """:return: {move id: quantity that comes before every rank, to repay a loan}"""
        if not self.env["backorder.loan"]._is_used():
            return {}
        lent = self.env["backorder.loan"].sudo()._read_open({r["line_id"] for r in rows} - {None})
        return {
            r["id"]: lent[r["line_id"], r["product_id"]]
            for r in rows
            if (r["line_id"], r["product_id"]) in lent
        }

    @api.model
    def _get_rows_query(self, pools, extra_ids, held, order_ids):
        now = fields.Datetime.now()
        return SQL(
            """
            SELECT m.id, m.product_id, src.warehouse_id, m.location_id, src.parent_path AS path,
                   m.product_qty AS need, m.priority, m.sale_line_id AS line_id, m.picking_id,
                   m.state, m.picked,
                   LEAST(m.product_qty, COALESCE(m.quantity, 0) * mu.factor / pu.factor) AS held,
                   CASE WHEN m.quantity > 0 THEN COALESCE((
                       SELECT SUM(ml.quantity_product_uom) FROM stock_move_line ml
                        WHERE ml.move_id = m.id AND ml.picked), 0) ELSE 0 END AS locked,
                   %(rounding)s AS rounding,
                   CASE WHEN sol.product_id = m.product_id AND su.factor > pu.factor
                        THEN su.factor / pu.factor ELSE 0 END AS pack,
                   so.id AS order_id, so.partner_id,
                   EXTRACT(EPOCH FROM COALESCE(
                       m.backorder_seniority, so.date_order, m.create_date))::float AS seniority,
                   EXTRACT(EPOCH FROM COALESCE(
                       bl.promised_date, so.commitment_date, m.date))::float AS promised,
                   EXTRACT(EPOCH FROM m.date)::float AS planned,
                   EXTRACT(EPOCH FROM %(now)s - COALESCE(
                       m.backorder_seniority, so.date_order, m.create_date))::float / 86400 AS age,
                   cp.backorder_tier AS tier,
                   COALESCE(so.amount_untaxed / NULLIF(so.currency_rate, 0), 0)::float AS value,
                   COALESCE(CASE WHEN sol.product_id = m.product_id
                        THEN sol.price_subtotal / NULLIF(sol.product_uom_qty, 0)
                             * pu.factor / su.factor
                        ELSE bl.amount_open / NULLIF(bl.qty_open, 0) END
                        / NULLIF(so.currency_rate, 0), 0)::float AS price,
                   COALESCE(bl.pinned, FALSE) AS pinned, bl.id AS item_id,
                   COALESCE(so.backorder_shipping,
                            CASE WHEN so.picking_policy = 'one' THEN 'whole' END,
                            cp.backorder_shipping, company.backorder_shipping,
                            'as_available') AS shipping,
                   CASE WHEN m.sale_line_id IS NOT NULL OR dst.usage = 'customer'
                             OR final.usage = 'customer' THEN 'customer'
                        WHEN dst.usage = 'production' THEN 'component'
                        ELSE 'transfer' END AS kind
              FROM stock_move m
              JOIN stock_location src ON src.id = m.location_id AND src.usage = 'internal'
              JOIN stock_location dst ON dst.id = m.location_dest_id
              JOIN (VALUES %(pools)s) AS k (product_id, warehouse_id)
                ON k.product_id = m.product_id AND k.warehouse_id = src.warehouse_id
              JOIN product_product p ON p.id = m.product_id
              JOIN product_template pt ON pt.id = p.product_tmpl_id AND pt.is_storable
              JOIN uom_uom mu ON mu.id = m.product_uom
              JOIN uom_uom pu ON pu.id = pt.uom_id
              LEFT JOIN stock_location final ON final.id = m.location_final_id
              LEFT JOIN stock_picking_type type ON type.id = m.picking_type_id
              LEFT JOIN sale_order_line sol ON sol.id = m.sale_line_id
              LEFT JOIN uom_uom su ON su.id = sol.product_uom_id
              LEFT JOIN sale_order so ON so.id = sol.order_id
              LEFT JOIN res_partner partner ON partner.id = so.partner_id
              LEFT JOIN res_partner cp ON cp.id = partner.commercial_partner_id
              LEFT JOIN res_company company ON company.id = m.company_id
              LEFT JOIN sale_backorder_line bl ON bl.sale_line_id = m.sale_line_id
                    AND bl.product_id = m.product_id AND bl.state IN ('open', 'ready', 'partial')
             WHERE m.state IN %(states)s AND m.procure_method = 'make_to_stock'
               AND m.product_uom_qty > 0 AND m.restrict_partner_id IS NULL
               AND dst.usage <> 'inventory'
               AND (m.id IN %(extra)s
                    OR (%(held)s AND m.quantity > 0)
                    OR (m.reservation_date <= %(today)s
                        OR COALESCE(type.reservation_method, 'at_confirm') = 'at_confirm')
                       AND COALESCE(type.reservation_method, '') <> 'manual'
                       AND NOT (COALESCE(m.backorder_wait, FALSE) AND m.date > %(now)s))
               AND (%(orders)s IS NULL OR so.id = ANY (%(orders)s))
               AND NOT EXISTS (SELECT FROM stock_move_move_rel r WHERE r.move_dest_id = m.id)
             ORDER BY m.id
            """,
            rounding=10 ** -self.env["decimal.precision"].precision_get("Product Unit"),
            now=now,
            today=fields.Date.context_today(self),
            pools=SQL(", ").join(SQL("(%s, %s)", *pool) for pool in sorted(pools)),
            states=HELD if held else WAITING,
            extra=extra_ids or (0,),
            held=held,
            orders=order_ids,
        )

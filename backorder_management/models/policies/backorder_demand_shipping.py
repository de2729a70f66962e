"""Orders that have to ship whole join the pools they stand in: those are read together."""

from odoo import api, models
from odoo.tools import SQL

from ...engine import allocation as alc
from .backorder_demand import HELD

COUPLING = ("whole", "capped", "minimum")
# a component whose orders couple more pools than this is shared as if they did not
MAX_ROUNDS = 20


class BackorderDemand(models.AbstractModel):
    _inherit = "backorder.demand"

    @api.model
    def _get_coupled(self, rules, rows, policies):
        """Orders whose other products matter, too: they ship whole, or the policy is to complete
        as many orders as possible."""
        coupled = {o for o, rule in rules.items() if rule["rule"] in COUPLING}
        closing = {pool for pool, policy in policies.items() if policy._completes_orders()}
        if closing:
            coupled |= {
                r["order_id"]
                for r in rows
                if r["order_id"] and (r["product_id"], r["warehouse_id"]) in closing
            }
        return coupled

    @api.model
    def _join(self, policies, rows, rules, extra_ids, held):
        """Add the pools that orders which ship together stand in, until none is missing."""
        policies = dict(policies)
        for _round in range(MAX_ROUNDS):
            missing = (
                self._read_pools_of(self._get_coupled(rules, rows, policies)) - policies.keys()
            )
            found = self.env["backorder.policy"]._find(missing)
            if not found:
                break
            policies.update(found)
            rows = self._read_rows(policies, extra_ids, held)
            rules = self._read_shipping(rows)
        if not held:
            # what these orders hold already counts as theirs
            known = {r["id"] for r in rows}
            coupled = sorted(self._get_coupled(rules, rows, policies))
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
        """:return: {order id: dict ``rule``, ``minimum``, ``measure``, ``max_shipments``} of those
        that may not hold what they cannot ship"""
        rules = {}
        for row in rows:
            if (
                row["order_id"]
                and row["shipping"] != "as_available"
                and not self._has_waited_enough(row)
            ):
                rules[row["order_id"]] = {"rule": row["shipping"]}
        special = [o for o, rule in rules.items() if rule["rule"] in ("capped", "minimum")]
        for order in self.env["sale.order"].sudo().browse(special):
            rules[order.id] = order._get_backorder_shipping()
        return rules

    @api.model
    def _has_waited_enough(self, row):
        """From some day on it collects what it gets, or smaller orders would pass it for ever."""
        return 0 < row["hold_days"] <= row["age"]

    @api.model
    def _build_shipping(self, rules, rows):
        names = {order: self._get_rule_now(rule) for order, rule in rules.items()}
        whole = [order for order, name in names.items() if name == "whole"]
        blocked = self._read_blocked(whole, rows) if whole else set()
        return {
            order: alc.Shipping(
                rule=names[order],
                minimum=rule.get("minimum", 0.0),
                measure=rule.get("measure", "quantity"),
                blocked=order in blocked,
            )
            for order, rule in rules.items()
            if names[order] != "as_available"
        }

    @api.model
    def _get_rule_now(self, rule):
        """A capped order ships as it can until its last shipment, which has to be whole."""
        if rule["rule"] != "capped":
            return rule["rule"]
        last = rule["shipped"] + 1 >= max(1, rule["max_shipments"])
        return "whole" if last else "as_available"

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
                                 JOIN stock_location os ON os.id = o.location_id
                                WHERE r.move_dest_id = m.id
                                  AND o.state NOT IN ('done', 'cancel')
                                  AND os.usage = 'internal')
            """,
            tuple(order_ids),
            tuple(r["id"] for r in rows) or (0,),
        )
        return {row[0] for row in self.env.execute_query(query)}

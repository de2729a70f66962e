"""Most of what is ordered is there, and nobody else waits for it: that needs no plan."""

from collections import defaultdict

from odoo import api, models
from odoo.tools import SQL

from .backorder_demand import EPSILON, WAITING


class BackorderAllocator(models.AbstractModel):
    _inherit = "backorder.allocator"

    @api.model
    def _get_alone(self, moves, policies, free):
        """What the engine would give to moves that compete with nobody, and find all they need.

        :param moves: demand in pools with a policy
        :param free: {(product id, location id): unreserved stock}
        :return: {move id: quantity}; None when somebody else waits, something is missing, or a rule
            has a say: then a plan is needed
        """
        if not moves:
            return {}
        needs = defaultdict(float)
        for move in moves:
            if not self._is_plain(move, policies[self._get_pool(move)]):
                return None
            needs[move.product_id.id, move.location_id.id] += move.product_qty
        pools = {self._get_pool(m) for m in moves}
        if len(needs) > len(pools):  # places that may lie in each other
            return None
        if any(free.get(place, 0.0) < need - EPSILON for place, need in needs.items()):
            return None
        if self._has_rivals(moves, pools):
            return None
        self.env["backorder.pool"].sudo()._lock(pools)
        self.env["backorder.tracker"]._queue().held.update(pools)
        return {m.id: m.product_qty for m in moves}

    @api.model
    def _is_plain(self, move, policy):
        """A new demand of a customer that no rule on segments, packs or shipments looks at."""
        # sudo: whoever works in the warehouse may not see orders
        order = move.sudo().sale_line_id.order_id
        if not order or order.backorder_count:
            return False
        level = order._get_backorder_shipping_level()
        return (
            bool(level)
            and level.backorder_shipping in (False, "as_available")
            and move.picking_id.move_type != "one"
            and move.state == "confirmed"
            and not move.quantity
            and move.product_id.categ_id.packaging_reserve_method != "full"
            and not policy.whole_packs
            and not policy.segment_ids
        )

    @api.model
    def _has_rivals(self, moves, pools):
        """Whether anything else waits for these products there, due or not."""
        self.env["stock.move"].flush_model(["state", "product_id", "location_id"])
        query = SQL(
            """
            SELECT 1
              FROM stock_move m
              JOIN stock_location l ON l.id = m.location_id
             WHERE m.product_id IN %s AND l.warehouse_id IN %s AND m.state IN %s
               AND m.id NOT IN %s
             LIMIT 1
            """,
            tuple({product for product, _warehouse in pools}),
            tuple({warehouse for _product, warehouse in pools}),
            WAITING,
            moves._ids,
        )
        return bool(self.env.execute_query(query))

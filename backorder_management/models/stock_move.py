from odoo import api, fields, models

from .backorder_tracker import settles
from .policies.backorder_allocator import CAPS
from .policies.backorder_demand import EPSILON

# what may change the position of an order line
WATCHED = {
    "state", "product_uom_qty", "quantity", "sale_line_id", "product_id", "location_id",
    "location_dest_id", "move_orig_ids", "procure_method", "date",
}  # fmt: skip
# what may change whose turn it is
RANKED = {"priority", "date", "reservation_date"}
# reservations that a person types
BY_HAND = {"quantity", "move_line_ids", "lot_ids"}


class StockMove(models.Model):
    _inherit = "stock.move"

    backorder_short = fields.Boolean(
        string="Shipped short",
        readonly=True,
        help="What remained when its transfer was shipped short.",
    )
    backorder_wait = fields.Boolean(
        string="Customer waits",
        readonly=True,
        help="The customer agreed to wait: not reserved before the scheduled date.",
    )

    backorder_prepared = fields.Boolean(
        readonly=True,
        copy=False,
        help="Its quantity was chosen when its backorder was fulfilled.",
    )

    backorder_seniority = fields.Datetime(
        string="In line since",
        readonly=True,
        help="When its order was confirmed; kept through every split and partial shipment.",
    )

    def _touch_backorders(self):
        lines = self.sale_line_id
        if lines:
            self.env["backorder.tracker"]._touch(lines._ids)

    @api.model_create_multi
    def create(self, vals_list):
        self._add_backorder_seniority(vals_list)
        moves = super().create(vals_list)
        moves._touch_backorders()
        return moves

    @api.model
    def _add_backorder_seniority(self, vals_list):
        """A place in the line is given once, and copied by splits and later legs."""
        new = [v for v in vals_list if v.get("sale_line_id") and not v.get("backorder_seniority")]
        lines = self.env["sale.order.line"].sudo().browse({v["sale_line_id"] for v in new})
        since = {line.id: line.order_id.date_order for line in lines}
        for vals in new:
            vals["backorder_seniority"] = since[vals["sale_line_id"]]

    def write(self, vals):
        if not (WATCHED | RANKED | BY_HAND) & vals.keys():
            return super().write(vals)
        if "sale_line_id" in vals:
            self._touch_backorders()
        # only queued: a split lowers one move before it makes the other
        tracker = self.env["backorder.tracker"]
        with tracker._flow(settle=False), tracker._by_hand(BY_HAND & vals.keys(), level=1):
            result = super().write(vals)
            self._touch_backorders()
            if RANKED & vals.keys():
                self.env["backorder.allocator"]._touch_moves(self)
        return result

    def unlink(self):
        self._touch_backorders()
        return super().unlink()

    def _action_confirm(self, merge=True, merge_into=False, create_proc=True):
        with self.env["backorder.tracker"]._flow():
            return super()._action_confirm(
                merge=merge, merge_into=merge_into, create_proc=create_proc
            )

    @settles()
    def _action_assign(self, force_qty=False):
        """Where a customer agreed to wait, nothing is reserved before the date of the transfer."""
        if self.env.context.get("backorder_set_apart"):
            # these just gave their reservation back; without a date the next run may take them
            return None
        moves = self - self.filtered(lambda m: m._is_waiting_for_date())
        if force_qty or CAPS in self.env.context or not self.env["backorder.policy"]._is_used():
            return super(StockMove, moves)._action_assign(force_qty=force_qty)
        allocator = self.env["backorder.allocator"]
        caps, winners = allocator._get_caps(moves)
        denied = moves.filtered(lambda m: caps.get(m.id, 1.0) <= EPSILON)
        # those whose turn it is before those that stand in no line
        served = (moves - denied).sorted(lambda m: m.id not in caps)
        result = super(StockMove, served.with_context(**{CAPS: caps}))._action_assign()
        # make to order without a supplier: from now on it waits for stock like the others
        denied.filtered(lambda m: m.state == "waiting")._recompute_state()
        # what these may not have goes to others at once
        allocator._reserve(winners)
        return result

    def _update_reserved_quantity(
        self, need, location_id, lot_id=None, package_id=None, owner_id=None, strict=True
    ):
        """Not more than the policy of the pool allows, and nothing that belongs to others."""
        caps = self.env.context.get(CAPS)
        if not caps or self.id not in caps:
            return super()._update_reserved_quantity(
                need, location_id, lot_id, package_id, owner_id, strict
            )
        need = min(need, caps[self.id])
        if need <= EPSILON:
            return 0.0
        owners = (False, self.company_id.partner_id.id)
        move = self.with_context(**{CAPS: None, "backorder_owners": owners})
        taken = super(StockMove, move)._update_reserved_quantity(
            need, location_id, lot_id, package_id, owner_id, strict
        )
        caps[self.id] -= taken
        return taken

    def _trigger_assign(self):
        """Where a policy is active, stock that came in is handed out when the flow has settled."""
        policy = self.env["backorder.policy"]
        if not policy._is_used():
            return super()._trigger_assign()
        pools = {
            m: (m.product_id.id, m.location_dest_id.warehouse_id.id)
            for m in self
            if m.location_dest_id.warehouse_id
        }
        managed = policy._find(set(pools.values()))
        rest = self.filtered(lambda m: pools.get(m) not in managed)
        return super(StockMove, rest)._trigger_assign()

    def _is_waiting_for_date(self):
        self.ensure_one()
        return (
            self.backorder_wait
            and self.date > fields.Datetime.now()
            and not self.env.context.get("backorder_fulfil")
        )

    def _do_unreserve(self):
        """What a person frees is for others: these moves take part again in the next run."""
        if not self:
            return super()._do_unreserve()
        tracker = self.env["backorder.tracker"]
        with tracker._flow() as is_outermost:
            if is_outermost:
                tracker._queue().apart.update(self.ids)
            return super()._do_unreserve()

    def _action_cancel(self):
        if not self:
            return super()._action_cancel()
        # straight from the vendor: not the debt ends, but what was to serve it
        supplied = all(m.location_id.usage == "supplier" for m in self)
        origin = "supply" if supplied else "transfer"
        with self.env["backorder.tracker"]._flow(cancel_origin=origin) as is_outermost:
            if is_outermost:
                self._remember_backorder_demand()
            return super()._action_cancel()

    def _action_done(self, cancel_backorder=False):
        origin = "delivery" if self.sale_line_id else None
        with self.env["backorder.tracker"]._flow(origin, "no_backorder"):
            if cancel_backorder:
                self._remember_backorder_demand()
            moves = super()._action_done(cancel_backorder=cancel_backorder)
            moves._end_backorder_doubt()
        return moves

    @api.model
    def _prepare_merge_moves_distinct_fields(self):
        """What a customer agreed to wait for is not mixed with what is due."""
        return [*super()._prepare_merge_moves_distinct_fields(), "backorder_wait"]

    def _search_picking_for_assignation_domain(self):
        """New demand does not join a transfer that was set apart for later."""
        domain = super()._search_picking_for_assignation_domain()
        return [*domain, ("move_ids", "not any", [("backorder_wait", "=", True)])]

    def _remember_backorder_demand(self):
        """A person is about to let demand drop: afterwards nothing would tell how much it was."""
        if self.sale_line_id:
            self.env["backorder.tracker"]._remember_demand(self.sale_line_id.ids)

    def _end_backorder_doubt(self):
        """New stock of a product came into a warehouse: what was in doubt there is replenished."""
        incoming = self.filtered(
            lambda m: (
                m.state == "done"
                and m.location_dest_id.usage == "internal"
                and m.location_id.usage != "internal"
                and not m.is_inventory
            )
        )
        if incoming:
            self.env["sale.backorder.line"]._clear_doubt(
                incoming.product_id.ids, incoming.location_dest_id.warehouse_id.ids
            )

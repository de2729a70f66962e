from odoo import api, fields, models

from .backorder_tracker import settles

# what may change the position of an order line
WATCHED = {
    "state", "product_uom_qty", "quantity", "sale_line_id", "product_id", "location_id",
    "location_dest_id", "move_orig_ids", "procure_method", "date",
}  # fmt: skip


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

    def _touch_backorders(self):
        lines = self.sale_line_id
        if lines:
            self.env["backorder.tracker"]._touch(lines._ids)

    @api.model_create_multi
    def create(self, vals_list):
        moves = super().create(vals_list)
        moves._touch_backorders()
        return moves

    def write(self, vals):
        if not WATCHED & vals.keys():
            return super().write(vals)
        if "sale_line_id" in vals:
            self._touch_backorders()
        # only queued: a split lowers one move before it makes the other
        result = super().write(vals)
        self._touch_backorders()
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
        waiting = self.filtered(lambda m: m._is_waiting_for_date())
        return super(StockMove, self - waiting)._action_assign(force_qty=force_qty)

    def _is_waiting_for_date(self):
        self.ensure_one()
        return (
            self.backorder_wait
            and self.date > fields.Datetime.now()
            and not self.env.context.get("backorder_fulfil")
        )

    @settles()
    def _do_unreserve(self):
        return super()._do_unreserve()

    def _action_cancel(self):
        if not self:
            return super()._action_cancel()
        with self.env["backorder.tracker"]._flow(cancel_origin="transfer") as is_outermost:
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

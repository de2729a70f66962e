"""What to keep at the dock, and what touches the numbers of who waits for a receipt. Nothing is
computed here: see ``stock.picking._refresh_waiting``."""

from odoo import api, fields, models

# what may change which open moves bring goods, and how much
WATCHED = {
    "state",
    "product_uom_qty",
    "product_id",
    "picking_id",
    "location_id",
    "location_dest_id",
}
# what may change when they come
DATED = {"date", "date_deadline"}
COUNTED = {"qty_open", "qty_ready", "state"}


class StockMove(models.Model):
    _inherit = "stock.move"

    backorder_dock_qty = fields.Float(
        string="Keep at the dock",
        digits="Product Unit",
        readonly=True,
        copy=False,
        help="So many are for customers who wait: no need to put them away. In the unit of the "
        "product.",
    )

    def write(self, vals):
        if not (WATCHED | DATED) & vals.keys():
            return super().write(vals)
        if "picking_id" in vals:
            self._touch_waiting()
        result = super().write(vals)
        if WATCHED & vals.keys():
            self._touch_waiting()
        self.env["backorder.dates"]._touch_supply(self)
        return result

    def _touch_waiting(self):
        # sudo: only where the goods go, and core read that already
        moves = self.sudo()
        pickings = {m.picking_id.id for m in moves if m.picking_id and m._brings_goods()}
        if pickings:
            self.env["stock.picking"]._touch_waiting(picking_ids=pickings)

    def _brings_goods(self):
        """Whether it brings goods into a warehouse, or within one to where they are stored."""
        source, target = self.location_id, self.location_dest_id
        if target.usage != "internal" or not target.warehouse_id:
            return False
        if source.warehouse_id != target.warehouse_id:
            return True
        shelf = target.warehouse_id.lot_stock_id.parent_path or ""
        return target.parent_path.startswith(shelf) and not source.parent_path.startswith(shelf)


class SaleBackorderLine(models.Model):
    _inherit = "sale.backorder.line"

    @api.model_create_multi
    def create(self, vals_list):
        lines = super().create(vals_list)
        lines._touch_waiting()
        return lines

    def write(self, vals):
        result = super().write(vals)
        if COUNTED & vals.keys():
            self._touch_waiting()
        return result

    def _touch_waiting(self):
        pools = {(x.product_id.id, x.warehouse_id.id) for x in self}
        self.env["stock.picking"]._touch_waiting(pools)


class BackorderTracker(models.AbstractModel):
    _inherit = "backorder.tracker"

    @api.model
    def _settle(self, queue=None):
        """Receipts come last: they count what was folded."""
        state = self._state()
        state.barren = set()
        try:
            result = super()._settle(queue)
            self.env["stock.picking"]._refresh_touched(state.barren)
        finally:
            state.barren = None
        return result

    @api.model
    def _cron_refresh(self):
        result = super()._cron_refresh()
        self.env["stock.picking"].sudo()._refresh_waiting()
        return result

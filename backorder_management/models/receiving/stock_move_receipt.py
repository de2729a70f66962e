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
# what may change when they come, or whether anything is sent
DATED = {"date", "date_deadline", "procure_method", "move_orig_ids"}
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

    backorder_replanned = fields.Boolean(
        readonly=True,
        help="The warehouse planned this receipt anew after the vendor had named his date.",
    )

    def write(self, vals):
        if not (WATCHED | DATED) & vals.keys():
            return super().write(vals)
        if "picking_id" in vals:
            self._touch_waiting()
        replanned = self._get_replanned(vals)
        if "date_deadline" in vals:
            vals = {**vals, "backorder_replanned": False}
        result = super().write(vals)
        replanned.backorder_replanned = True
        if WATCHED & vals.keys():
            self._touch_waiting()
        self.env["backorder.dates"]._touch_supply(self)
        return result

    def _get_replanned(self, vals):
        """:return: receipts that the warehouse plans for another day by this"""
        if "date" not in vals or "date_deadline" in vals or "state" in vals:
            return self.browse()
        date = fields.Datetime.to_datetime(vals["date"])
        return self.filtered(
            lambda m: (
                m.date_deadline
                and m.date != date
                and m.state not in ("done", "cancel")
                and m.location_id.usage == "supplier"
            )
        )

    def _get_supply_date(self):
        """When it brings its goods, as ``backorder_reader.SUPPLY_DATE``."""
        self.ensure_one()
        if self.location_id.usage == "supplier" and not self.backorder_replanned:
            return self.date_deadline or self.date
        return self.date

    def _touch_waiting(self):
        # sudo: only where the goods go, and core read that already
        moves = self.sudo().filtered(lambda m: m.picking_id and not m._leaves_to_customer())
        pickings = {m.picking_id.id for m in moves if m._brings_goods()}
        if pickings:
            self.env["stock.picking"]._touch_waiting(picking_ids=pickings)

    def _leaves_to_customer(self):
        """A sold good on its last step. Asked before anything else: where it goes is not looked at,
        because core may still have to compute that, and would do so once more for each question."""
        return (
            bool(self.sale_line_id)
            and self.picking_type_id.code == "outgoing"
            and self.location_id.usage == "internal"
            and self.location_final_id.usage == "customer"
        )

    def _brings_goods(self):
        """Whether it brings goods into a warehouse, or within one to where they are stored."""
        source, target = self.location_id, self.location_dest_id
        if target.usage != "internal" or not target.warehouse_id:
            return False
        if source.warehouse_id != target.warehouse_id:
            return True
        shelf = target.warehouse_id.lot_stock_id.parent_path or ""
        return target.parent_path.startswith(shelf) and not source.parent_path.startswith(shelf)

    def _get_supply(self):
        """:return: what counts as supply of a warehouse and depends on these moves: they bring
        goods, take them to quality control, or send them to another warehouse"""
        moves = self.filtered(lambda m: not m._leaves_to_customer())
        found = moves.filtered(lambda m: m._brings_goods() or m._goes_to_control())
        seen = sent = (moves - found).filtered(lambda m: m._is_sent_elsewhere())
        while sent:
            sent = sent.move_dest_ids - found - seen
            seen |= sent
            found |= sent.filtered(lambda m: m._brings_goods())
            sent -= found
        return found

    def _goes_to_control(self):
        """From the dock of a warehouse to a place from which it is put on the shelf."""
        source, target = self.location_id, self.location_dest_id
        warehouse = target.warehouse_id
        if target.usage != "internal" or not warehouse or source.warehouse_id != warehouse:
            return False
        shelf = warehouse.lot_stock_id.parent_path or ""
        goal = self.location_final_id.parent_path or ""
        return (
            goal.startswith(shelf) or target == warehouse.wh_qc_stock_loc_id
        ) and not source.parent_path.startswith(shelf)

    def _is_sent_elsewhere(self):
        """Whether it may be a step on the way to another warehouse."""
        target, goal = self.location_dest_id, self.location_final_id
        return (
            not self.sale_line_id
            and target.usage in ("internal", "transit")
            and goal.usage != "customer"
        )


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
            state.barren, state.fresh = None, {}
        return result

    @api.model
    def _cron_refresh(self):
        result = super()._cron_refresh()
        self.env["stock.picking"].sudo()._refresh_waiting()
        return result

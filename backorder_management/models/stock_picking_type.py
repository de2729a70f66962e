from odoo import fields, models


class StockPickingType(models.Model):
    _inherit = "stock.picking.type"

    count_backorder_ready = fields.Integer(
        string="Backorders ready", compute="_compute_count_backorder_ready"
    )

    def _compute_count_backorder_ready(self):
        """Backorders that a transfer of this type can serve now. Goods in doubt do not count."""
        groups = self.env["stock.picking"]._read_group(
            self._get_backorder_ready_domain(), ["picking_type_id"], ["id:recordset"]
        )
        counts = {t: len(pickings.backorder_record_ids) for t, pickings in groups}
        for picking_type in self:
            picking_type.count_backorder_ready = counts.get(picking_type, 0)

    def _get_backorder_ready_domain(self):
        return [
            ("picking_type_id", "in", self.ids),
            ("state", "in", ("assigned", "confirmed", "waiting")),
            ("backorder_is_ready", "=", True),
        ]

    def action_view_backorders_ready(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("stock.action_picking_tree_all")
        action["domain"] = self._get_backorder_ready_domain()
        action["context"] = {"create": False}
        action["display_name"] = self.env._("Backorders ready: %s", self.name)
        return action

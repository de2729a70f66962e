"""Several transfers to one customer and address on one day: one shipment."""

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..backorder_tracker import to_local_date


class ResPartner(models.Model):
    _inherit = "res.partner"

    backorder_consolidate = fields.Boolean(
        string="Ship backorders together",
        help="What is ready for this customer and address on one day leaves in one shipment.",
    )

    @api.model
    def _commercial_fields(self):
        return [*super()._commercial_fields(), "backorder_consolidate"]


class StockPicking(models.Model):
    _inherit = "stock.picking"

    backorder_shipment = fields.Char(
        string="Shipment",
        copy=False,
        index="btree_not_null",
        help="Transfers with the same shipment leave together.",
    )
    backorder_shipment_count = fields.Integer(compute="_compute_backorder_shipment_count")

    @api.depends("backorder_shipment", "picking_type_id")
    def _compute_backorder_shipment_count(self):
        groups = self._read_group(
            [("backorder_shipment", "in", [s for s in self.mapped("backorder_shipment") if s])],
            ["backorder_shipment", "picking_type_id"],
            ["__count"],
        )
        counts = {(name, kind.id): count for name, kind, count in groups}
        for picking in self:
            # what was picked for the same shipment is another step of it
            key = picking.backorder_shipment, picking.picking_type_id.id
            picking.backorder_shipment_count = counts.get(key, 0)

    def action_ship_together(self):
        """Group these deliveries by operation, customer, address and day; each group becomes one
        shipment (a batch where batches are in use). A second click changes nothing.

        :return: the transfers, as an action
        :raise UserError: when no two of them go to the same place on the same day
        """
        open_ones = self.filtered(lambda p: p.state not in ("done", "cancel", "draft"))
        groups = [g for g in open_ones.grouped(lambda p: p._get_shipment_key()).values()]
        groups = [g for g in groups if len(g) > 1]
        if not groups:
            raise UserError(
                self.env._(
                    "Nothing to ship together: choose transfers of one customer, address and day."
                )
            )
        for group in groups:
            group._ship_together()
        joined = self.browse().concat(*groups)
        action = self.env["ir.actions.act_window"]._for_xml_id("stock.action_picking_tree_all")
        return {**action, "domain": [("id", "in", joined.ids)], "context": {}}

    def _get_shipment_key(self):
        self.ensure_one()
        warehouse = self.picking_type_id.warehouse_id
        zone = self.env["backorder.tracker"]._get_timezone(warehouse, self.company_id)
        day = to_local_date(self.scheduled_date, zone) if self.scheduled_date else False
        return (
            self.picking_type_id.id,
            self.partner_id.commercial_partner_id.id,
            self.partner_id.id,
            max(day, fields.Date.today()) if day else fields.Date.today(),
        )

    def _ship_together(self):
        """:return: which of them did not leave with the others before"""
        names = [s for s in self.mapped("backorder_shipment") if s]
        name = names[0] if names else self.env["ir.sequence"].next_by_code("backorder.shipment")
        changed = self.filtered(lambda p: p.backorder_shipment != name)
        changed.write({"backorder_shipment": name})
        if "batch_id" in self._fields and changed:
            batch = self.batch_id[:1] or self.env["stock.picking.batch"].create(
                {"picking_type_id": self.picking_type_id.id, "company_id": self.company_id.id}
            )
            self.filtered(lambda p: not p.batch_id).batch_id = batch
        return changed

    def _join_ready_shipments(self):
        """Customers who want it so get what is ready in one shipment."""
        mine = self.filtered(
            lambda p: p.partner_id.commercial_partner_id.backorder_consolidate and p.sale_id
        )
        if not mine:
            return
        candidates = self.search(
            [
                ("state", "=", "assigned"),
                ("picking_type_id", "in", mine.picking_type_id.ids),
                ("partner_id", "in", mine.partner_id.ids),
            ]
        )
        for group in (mine | candidates).grouped(lambda p: p._get_shipment_key()).values():
            if len(group) > 1 and group & mine:
                group._ship_together()

    def action_view_shipment(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("stock.action_picking_tree_all")
        domain = [
            ("backorder_shipment", "=", self.backorder_shipment),
            ("picking_type_id", "=", self.picking_type_id.id),
        ]
        return {**action, "domain": domain, "context": {}}

from odoo import api, fields, models

from ..engine.kits import Component, whole_kits


class SaleBackorderLine(models.Model):
    _inherit = "sale.backorder.line"

    # the web client reads no name of a column that it does not show
    kit_name = fields.Char(related="kit_id.display_name", string="Name of the kit")
    kit_summary = fields.Char(
        string="Kits",
        compute="_compute_kit_summary",
        # who sees the backorder need not see the order
        compute_sudo=True,
        help="How many kits wait for a component, and how many of those can ship whole.",
    )

    @api.depends("kit_id", "qty_open", "qty_ready", "sale_line_id.product_uom_qty")
    def _compute_kit_summary(self):
        self.kit_summary = False
        for record, mine in self.filtered("kit_id").grouped("backorder_id").items():
            kits = record.line_ids.filtered("kit_id").grouped("sale_line_id")
            for line in mine.sale_line_id:
                (kits[line] & mine).kit_summary = kits[line]._get_kit_summary()

    def _get_kit_summary(self):
        """:return: of the components of one order line"""
        waiting, ready = whole_kits(self._get_components())
        if not waiting:
            return False
        return self.env._("%(ready)s of %(waiting)s can ship", ready=ready, waiting=waiting)

    def _get_components(self):
        """:return: what of the kit, in its own unit, each of these waits for and has"""
        each = self._get_quantities_of_one()
        unit, kit = self.sale_line_id.product_uom_id, self.kit_id[:1].uom_id
        one = unit._compute_quantity(1.0, kit, round=False)
        return [Component(each[x] / one, x.qty_open, x.qty_ready) for x in self if each[x]]

    def _get_quantities_of_one(self):
        """As the kit is made of them today; what is in it no more, as it was ordered.

        :return: {component: quantity in its unit for one of the unit of the order line}
        """
        line = self.sale_line_id
        needs = self.env["backorder.kit"]._read_needs(line).get(line, {})
        kits = line.product_uom_qty or 1.0
        return {x: (needs.get(x.product_id) or x.qty_ordered) / kits for x in self}

from odoo import api, fields, models

from ..sale_backorder import OPEN_STATES


class SaleOrderLine(models.Model):
    _inherit = "sale.order.line"

    backorder_qty_short = fields.Float(
        string="Short on backorder",
        digits="Product Unit",
        compute="_compute_backorder_qty_short",
        compute_sudo=True,
        help="Backordered, and not reserved; in the unit of the product.",
    )

    @api.depends("backorder_line_ids.qty_short", "backorder_line_ids.state")
    def _compute_backorder_qty_short(self):
        for line in self:
            waiting = line.backorder_line_ids.filtered(lambda x: x.state in OPEN_STATES)
            line.backorder_qty_short = sum(waiting.mapped("qty_short"))

    def explain_backorder(self):
        """Why what is open of these order lines waits.

        :return: list of dicts, one per open backorder line (a kit has one per component), see
            ``sale.backorder.line.explain``
        """
        self.check_access("read")
        lines = self.backorder_line_ids.filtered(lambda x: x.state in OPEN_STATES)
        return lines._explain()

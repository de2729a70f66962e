"""The forecast that core shows on order lines, as the order in which we serve has it."""

from odoo import api, models

from ..sale_backorder import OPEN_STATES


class SaleOrderLine(models.Model):
    _inherit = "sale.order.line"

    @api.depends(
        "backorder_line_ids.expected_date",
        "backorder_line_ids.state",
        "backorder_line_ids.qty_open",
        "backorder_line_ids.peg_ids.quantity",
        "backorder_line_ids.peg_ids.date",
    )
    def _compute_qty_at_date(self):
        """What is on backorder has one date: ours. Core ranks by its own order: it would call in
        stock what a policy gives to others, and missing what it gives to this line."""
        result = super()._compute_qty_at_date()
        for line in self.filtered("backorder_line_ids"):
            # sudo: whoever sees the order line may read when it comes
            items = line.sudo().backorder_line_ids.filtered(lambda x: x.state in OPEN_STATES)
            if items:
                line.forecast_expected_date = items._get_forecast_moment()
                if items.product_id == line.product_id:
                    line.free_qty_today = line.qty_to_deliver - items._get_unplanned(line)
        return result


class SaleBackorderLine(models.Model):
    _inherit = "sale.backorder.line"

    def _get_forecast_moment(self):
        """:return: naive UTC datetime within the day on which the last of it is expected, of what
        is planned where some has no date; or False"""
        dates = self.mapped("expected_date")
        if not all(dates):
            dates = self.peg_ids.filtered(lambda p: p.kind not in ("stock", "lead_time")).mapped(
                "date"
            )
        return bool(dates) and self.backorder_id[:1]._get_noon(max(dates))

    def _get_unplanned(self, sale_line):
        """:return: what is neither there nor on its way, in the unit of the order line"""
        unplanned = sum(
            max(0.0, x.qty_open - sum(p.quantity for p in x.peg_ids if p.kind != "lead_time"))
            for x in self
        )
        return sale_line.product_id.uom_id._compute_quantity(
            unplanned, sale_line.product_uom_id, round=False
        )

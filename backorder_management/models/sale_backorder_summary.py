"""What a record says about its lines."""

from odoo import models

from ..engine.promising import latest
from .sale_backorder import format_number, is_changed


class SaleBackorder(models.Model):
    _inherit = "sale.backorder"

    def _is_changed(self, name, value):
        return is_changed(self, name, value)

    def _prepare_summary_vals(self):
        """What the record says about its lines."""
        self.ensure_one()
        lines = self.line_ids
        waiting = lines.filtered(lambda x: not x.product_id.uom_id.is_zero(x.qty_open))
        vals = {
            "line_count": len(lines),
            "check_stock": any(waiting.mapped("check_stock")),
            "supply_incoming": any(waiting.mapped("supply_incoming")),
            "window_missed": any(waiting.mapped("window_missed")),
        }
        for name in ("qty_open", "qty_ready", "qty_backordered", "qty_fulfilled", "qty_cancelled"):
            vals[name] = sum(lines.mapped(name))
        if waiting:
            for name in ("expected_date", "promised_date"):
                vals[name] = latest(waiting.mapped(name)) or False
            # overdue as soon as one item is
            vals["date_due"] = min(filter(None, waiting.mapped("date_due")), default=False)
        return vals

    def _get_outcome_text(self):
        """For example: 3 shipped, 2 cancelled."""
        self.ensure_one()
        parts = []
        if self.qty_fulfilled:
            parts.append(self.env._("%s shipped", format_number(self.qty_fulfilled)))
        if self.qty_cancelled:
            parts.append(self.env._("%s cancelled", format_number(self.qty_cancelled)))
        return ", ".join(parts) or self.env._("nothing open")

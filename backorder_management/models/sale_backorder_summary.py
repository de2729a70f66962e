"""What a record says about its lines."""

from odoo import models

from ..engine.promising import latest
from .sale_backorder import format_number, is_changed

QUANTITIES = ("qty_open", "qty_ready", "qty_backordered", "qty_fulfilled", "qty_cancelled")
FLAGS = ("check_stock", "supply_incoming", "window_missed")
DATES = ("expected_date", "promised_date")


class SaleBackorder(models.Model):
    _inherit = "sale.backorder"

    def _is_changed(self, name, value):
        return is_changed(self, name, value)

    def _prepare_summary_vals(self):
        self.ensure_one()
        names = (*QUANTITIES, *FLAGS, *DATES, "date_due")
        lines = [
            {"product_id": line.product_id.id, **{name: line[name] for name in names}}
            for line in self.line_ids
        ]
        return self._summarise(lines)

    def _summarise(self, lines):
        """What a record says about its lines.

        :param lines: their values, as dictionaries; what is missing is empty
        """
        products = self.env["product.product"]
        waiting = [
            x for x in lines if not products.browse(x["product_id"]).uom_id.is_zero(x["qty_open"])
        ]
        vals = {"line_count": len(lines)}
        for name in FLAGS:
            vals[name] = any(x.get(name) for x in waiting)
        for name in QUANTITIES:
            vals[name] = sum(x[name] for x in lines)
        if waiting:
            for name in DATES:
                vals[name] = latest([x.get(name) for x in waiting]) or False
            # overdue as soon as one item is
            due = [x["date_due"] for x in waiting if x.get("date_due")]
            vals["date_due"] = min(due, default=False)
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

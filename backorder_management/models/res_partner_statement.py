"""What a customer still waits for, as it is printed for him."""

from odoo import models

from .sale_backorder import OPEN_STATES, format_number


class ResPartner(models.Model):
    _inherit = "res.partner"

    def _get_backorder_statement(self):
        """The open items of this customer and his contacts that the user may see, by order.

        :return: list of dict ``{"order", "backorder", "rows"}``, the oldest first; each row is a
            dict ``{"product", "unit", "ordered", "delivered", "open", "since", "date", "told",
            "passed"}``; quantities in the product's unit, dates where the goods are
        """
        self.ensure_one()
        lines = self.env["sale.backorder.line"].search(
            [
                ("partner_id", "child_of", self.commercial_partner_id.id),
                ("state", "in", OPEN_STATES),
            ],
            order="date_open, id",
        )
        return [
            {
                "order": record.sale_order_id,
                "backorder": record,
                "rows": [self._prepare_statement_row(line) for line in items],
            }
            for record, items in lines.grouped("backorder_id").items()
        ]

    def _prepare_statement_row(self, line):
        """A date that was told is printed; our own estimate only where the company puts such dates
        on paper for customers."""
        estimated = (
            line.company_id.backorder_slip_dates
            and line.expected_arrival_date
            and line.expected_date
        )
        date = line.promised_date or estimated or False
        return {
            "product": line.product_id,
            "unit": line.product_uom_id,
            "ordered": format_number(line.qty_ordered),
            "delivered": format_number(line.qty_delivered_last),
            "open": format_number(line.qty_open),
            "since": line.backorder_id._local_date(line.date_open),
            "date": date,
            "told": bool(line.promised_date),
            "passed": bool(date) and date < line.backorder_id._today(),
        }

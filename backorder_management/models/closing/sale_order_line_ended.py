"""What *Cancel the rest* ended is not invoiced any more, although it was ordered."""

from math import ceil

from odoo import api, fields, models


class SaleBackorderLine(models.Model):
    _inherit = "sale.backorder.line"

    qty_ended = fields.Float(
        string="Cancelled with the rest",
        digits="Product Unit",
        readonly=True,
        copy=False,
        help="What was cancelled with Cancel the rest, of all that was cancelled.",
    )


class SaleOrderLine(models.Model):
    _inherit = "sale.order.line"

    # written when something is cancelled: a stored compute would be asked for every order line
    backorder_qty_ended = fields.Float(
        string="Cancelled with the rest",
        digits="Product Unit",
        readonly=True,
        copy=False,
        help="Ordered, and cancelled with Cancel the rest of the backorder. It is not invoiced.",
    )

    def _get_qty_ended(self, more=None):
        """:param more: {backorder line: quantity in the product's unit} about to be cancelled
        :return: what was cancelled with the rest, in the unit of the line; kits count whole
        """
        self.ensure_one()
        more, by_product = more or {}, {}
        for product, lines in self.backorder_line_ids.sorted("id").grouped("product_id").items():
            ended = sum(x.qty_ended + more.get(x, 0.0) for x in lines)
            if product == self.product_id:
                return product.uom_id._compute_quantity(
                    ended, self.product_uom_id, rounding_method="HALF-UP"
                )
            # what earlier records cancelled is not in the last one any more
            ordered = lines[-1].qty_ordered + sum(lines[:-1].mapped("qty_cancelled"))
            by_product[product] = min(1.0, ended / ordered) if ordered else 0.0
        share = max(by_product.values(), default=0.0)
        return float(ceil(round(share * self.product_uom_qty, 6)))

    def _get_qty_still_sold(self, ended=None):
        """What remains of the ordered quantity to be invoiced in the end.

        :param ended: what is cancelled, default what is recorded
        """
        self.ensure_one()
        ended = self.backorder_qty_ended if ended is None else ended
        # who lowers the ordered quantity as well does not cancel twice what is with the customer
        kept = min(self.product_uom_qty, self.qty_delivered)
        return max(self.product_uom_qty - ended, kept, 0.0)

    def _get_ended_lines(self):
        """Lines of which something was cancelled, that core would invoice as ordered."""
        return self.filtered(
            lambda x: (
                x.backorder_qty_ended
                and x.state == "sale"
                and not x.display_type
                and x.product_id.type != "combo"
            )
        )

    @api.depends("backorder_qty_ended")
    def _compute_qty_to_invoice(self):
        result = super()._compute_qty_to_invoice()
        for line in self._get_ended_lines():
            if line.product_id.invoice_policy == "order":
                line.qty_to_invoice = line._get_qty_still_sold() - line.qty_invoiced
        return result

    @api.depends("backorder_qty_ended")
    def _compute_invoice_status(self):
        result = super()._compute_invoice_status()
        for line in self._get_ended_lines():
            sold = line._get_qty_still_sold()
            if (
                line.invoice_status == "no"
                and line.product_uom_id.compare(line.qty_invoiced, sold) >= 0
            ):
                line.invoice_status = "invoiced"
        return result

    @api.depends("backorder_qty_ended")
    def _compute_amount_to_invoice(self):
        result = super()._compute_amount_to_invoice()
        for line in self._get_ended_lines():
            if line.product_id.invoice_policy == "order" and line.product_uom_qty:
                share = line._get_qty_still_sold() - line.qty_invoiced_posted
                line.amount_to_invoice = line.price_total / line.product_uom_qty * share
        return result

    @api.depends("backorder_qty_ended")
    def _compute_untaxed_amount_to_invoice(self):
        result = super()._compute_untaxed_amount_to_invoice()
        for line in self._get_ended_lines():
            if line.product_id.invoice_policy == "order" and line.product_uom_qty:
                gone = line.product_uom_qty - line._get_qty_still_sold()
                price = line.price_subtotal / line.product_uom_qty
                line.untaxed_amount_to_invoice -= gone * price
        return result

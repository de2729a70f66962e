"""A draft invoice for each shipment of a backorder, where company or customer want that."""

import logging

import psycopg2

from odoo import api, fields, models
from odoo.exceptions import ConcurrencyError

from ..backorder_reader import EPSILON
from ..backorder_tracker import settles

_logger = logging.getLogger(__name__)

# {order line id: quantity to invoice in its unit}: what one shipment brought
SHIPPED = "backorder_invoice_shipped"


class StockPicking(models.Model):
    _inherit = "stock.picking"

    backorder_invoice_ids = fields.Many2many(
        "account.move",
        "backorder_picking_invoice_rel",
        "picking_id",
        "invoice_id",
        string="Invoices of the backorder",
        readonly=True,
        copy=False,
        groups="account.group_account_invoice,sales_team.group_sale_salesman",
        help="Drafted when this transfer shipped something of a backorder.",
    )

    @settles()
    def _action_done(self):
        result = super()._action_done()
        # sudo: settings decide, whoever ships
        wanted = self.sudo().filtered(lambda p: p.state == "done" and p._wants_backorder_invoice())
        if wanted:
            self.env["backorder.tracker"]._queue().shipped.update(wanted.ids)
        return result

    def _wants_backorder_invoice(self):
        """What the customer asks for wins over the setting of the company."""
        self.ensure_one()
        orders = self.move_ids.filtered(lambda m: m._is_outgoing()).sale_line_id.order_id
        return any(
            (
                x.partner_id.commercial_partner_id.backorder_invoicing
                or x.company_id.backorder_invoicing
            )
            == "each"
            for x in orders
        )

    def _invoice_backorders(self, fulfilled_ids):
        """Draft the invoice of these transfers, once. A problem with it never stops a shipment.

        :param fulfilled_ids: ids of order lines of which something backordered shipped
        """
        for picking in self.filtered(lambda p: not p.backorder_invoice_ids):
            if fulfilled_ids.isdisjoint(picking.move_ids.sale_line_id.ids):
                continue
            try:
                with self.env.cr.savepoint():
                    picking.backorder_invoice_ids = picking._draft_backorder_invoices()
            except (psycopg2.OperationalError, ConcurrencyError):
                raise
            except Exception as error:
                _logger.exception("The invoice of %s could not be drafted", picking.name)
                picking._message_log(
                    body=self.env._("The invoice could not be drafted: %s", str(error))
                )

    def _draft_backorder_invoices(self):
        invoices = self.env["account.move"]
        shipped = self._get_shipped_to_invoice()
        lines = self.env["sale.order.line"].browse(shipped)
        for order in lines.order_id.sorted("id"):
            order = order.with_company(order.company_id).with_context(
                **{SHIPPED: shipped, "raise_if_nothing_to_invoice": False}
            )
            # the last shipment deducts what was paid ahead
            invoices |= order._create_invoices(final=not order._has_open_moves())
        return invoices

    def _get_shipped_to_invoice(self):
        """:return: {order line id: what this transfer brought and is not invoiced, in its unit}"""
        result = {}
        moves = self.move_ids.filtered(lambda m: m.state == "done" and m._is_outgoing())
        for line, mine in moves.grouped("sale_line_id").items():
            if line.product_id.invoice_policy != "delivery":
                continue
            quantity = line.qty_to_invoice
            if mine.product_id == line.product_id:
                unit = line.product_uom_id
                shipped = sum(m.product_uom._compute_quantity(m.quantity, unit) for m in mine)
                quantity = min(quantity, shipped)
            if quantity > EPSILON:
                result[line.id] = quantity
        return result


class SaleOrder(models.Model):
    _inherit = "sale.order"

    def _has_open_moves(self):
        self.ensure_one()
        return any(m.state not in ("done", "cancel") for m in self.order_line.move_ids)

    def _get_invoiceable_lines(self, final=False):
        lines = super()._get_invoiceable_lines(final)
        shipped = self.env.context.get(SHIPPED)
        if shipped is None:
            return lines
        return lines.filtered(lambda x: x.id in shipped or x.is_downpayment)


class SaleOrderLine(models.Model):
    _inherit = "sale.order.line"

    def _prepare_invoice_line(self, **optional_values):
        shipped = self.env.context.get(SHIPPED) or {}
        if self.id in shipped:
            optional_values.setdefault("quantity", shipped[self.id])
        return super()._prepare_invoice_line(**optional_values)


class BackorderPublisher(models.AbstractModel):
    _inherit = "backorder.publisher"

    @api.model
    def _refresh(self, records, facts, queue, orders, changes):
        queue.fulfilled.update(
            line.sale_line_id.id
            for line, (old, new) in changes.items()
            if new.fulfilled - old.fulfilled > EPSILON
        )
        return super()._refresh(records, facts, queue, orders, changes)


class BackorderTracker(models.AbstractModel):
    _inherit = "backorder.tracker"

    @api.model
    def _invoice_shipments(self, queue):
        if queue.shipped and queue.fulfilled:
            # sudo: whoever ships need not have the right to invoice
            pickings = self.env["stock.picking"].sudo().browse(sorted(queue.shipped))
            pickings._invoice_backorders(queue.fulfilled)

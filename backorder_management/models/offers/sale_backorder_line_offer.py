"""What could be offered to a customer instead of an item that is not there."""

import math
from datetime import date

from odoo import fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import float_round

from ...engine import gate
from ..sale_backorder import OPEN_STATES, format_number

LARGEST = 1e12  # of quantities and prices


class SaleBackorderLine(models.Model):
    _inherit = "sale.backorder.line"

    offer_ids = fields.One2many("backorder.offer", "line_id", string="Offers")

    def get_substitutes(self, replaced_quantity=None):
        """What may replace this item: what is in stock for all of it first, then by date.

        :param replaced_quantity: in the unit of the item; None: what is short
        :return: list of dicts ``{"product_id", "name", "quantity", "unit", "free", "date",
            "available", "price_unit", "currency", "keep_price", "note"}``; quantity and free in
            the unit of the substitute, date as text or False, available is a sentence
        :raise AccessError: the user may not change the order
        """
        self.ensure_one()
        self._check_may_offer()
        replaced = self._get_replaced_quantity(replaced_quantity)
        return [
            {
                "product_id": row.substitute_id.id,
                "name": row.substitute_id.display_name,
                "quantity": line.product_uom_qty,
                "unit": line.product_uom_id.name,
                "free": outlook.on_hand if outlook else 0.0,
                "date": fields.Date.to_string(outlook.date) if outlook else False,
                "available": line._get_outlook_text(outlook) if outlook else "",
                "price_unit": self._get_substitute_price(row, line),
                "currency": line.currency_id.name,
                "keep_price": row.keep_price,
                "note": row.note or "",
            }
            for row, line, outlook in self._read_substitutes(replaced)
        ]

    def offer_substitute(
        self,
        product_id,
        replaced_quantity=None,
        quantity=None,
        price_unit=None,
        note=None,
        valid_until=None,
    ):
        """Offer the customer something else. The answer is given by ``accept`` or ``decline``.

        :param product_id: one of the product's substitutes
        :param replaced_quantity: so much of the open part, in its unit; None: what is short
        :param quantity: of the substitute, in its own unit; None: by its ratio, in whole units
        :param price_unit: None: as the substitute says, by the price list or as agreed before
        :param valid_until: date, or text as 2026-12-31; None: a week
        :return: the ``backorder.offer``
        :raise UserError: nothing to offer, or a quantity that is not open
        :raise AccessError: the user may not change the order
        """
        self.ensure_one()
        self._check_may_offer()
        self.env["backorder.tracker"]._drain()
        row = self._find_substitute(product_id)
        replaced = self._get_replaced_quantity(replaced_quantity)
        if quantity is None:
            quantity = row._get_quantity(replaced)
        else:
            quantity = self._parse_offer_number(quantity)
        if row.substitute_id.uom_id.compare(quantity, 0.0) <= 0:
            raise UserError(self.env._("Offer a quantity above zero."))
        if price_unit is None:
            line = self._get_substitute_line(row, quantity)
            price_unit = self._get_substitute_price(row, line)
        vals = {
            **self._prepare_offer_vals(row),
            "quantity": quantity,
            "replaced_quantity": replaced,
            "price_unit": self._parse_offer_number(price_unit),
            "valid_until": self._parse_offer_date(valid_until),
        }
        if note is not None:
            vals["note"] = note or False
        with self.env.cr.savepoint():
            # sudo: an offer is closed to editing
            offer = self.env["backorder.offer"].sudo().create(vals)
            problem = offer._get_problem()
            if problem:
                raise UserError(problem)
            offer._end_earlier()
        return offer.sudo(self.env.su)

    def _prepare_offer_vals(self, row):
        """:param row: the ``product.substitute`` that is offered"""
        return {
            "line_id": self.id,
            "product_id": row.substitute_id.id,
            "product_uom_id": row.substitute_id.uom_id.id,
            "currency_id": self.currency_id.id,
            "note": row.note or False,
        }

    # === CHECKS === #

    def _check_may_offer(self):
        self.check_access("read")
        sells = self.env.su or self.env.user.has_group("sales_team.group_sale_salesman")
        if not (sells and self.sale_order_id.has_access("write")):
            raise AccessError(self.env._("Only who may change the order offers something else."))
        if self.kit_id:
            raise UserError(
                self.env._(
                    "%(product)s is a part of %(kit)s, which is sold as a whole: cancel the rest "
                    "of the kit and add another line to the order.",
                    product=self.product_id.display_name,
                    kit=self.kit_id.display_name,
                )
            )
        if self.state not in OPEN_STATES:
            raise UserError(self.env._("Nothing is open any more."))

    def _find_substitute(self, product_id):
        rows = self.env["product.substitute"]._find(self.product_id, self.company_id)
        row = rows.filtered(lambda r: str(r.substitute_id.id) == str(product_id))
        if not row:
            raise UserError(
                self.env._("Choose one of the substitutes of %s.", self.product_id.display_name)
            )
        return row

    def _parse_offer_number(self, value):
        try:
            number = float(value)
        except (TypeError, ValueError, OverflowError):
            number = math.nan
        if not 0 <= number < LARGEST:
            raise UserError(self.env._("%s is not a quantity or price.", str(value)[:40]))
        return number

    def _parse_offer_date(self, value):
        if not value:
            return self.env["backorder.offer"]._get_default_valid_until()
        try:
            return fields.Date.to_date(value)
        except (TypeError, ValueError, AttributeError) as error:
            text = self.env._("%s is not a date: write it as 2026-12-31.", value)
            raise UserError(text) from error

    def _get_replaced_quantity(self, quantity):
        """What waits, not what is reserved already: that ships."""
        if quantity is None:
            quantity = self.qty_short or self.qty_open
        quantity = self._parse_offer_number(quantity)
        unit = self.product_uom_id
        if unit.compare(quantity, 0.0) <= 0 or unit.compare(quantity, self.qty_open) > 0:
            raise UserError(
                self.env._(
                    "%(product)s: only %(open)s %(unit)s are open.",
                    product=self.product_id.display_name,
                    open=format_number(self.qty_open),
                    unit=unit.name,
                )
            )
        return quantity

    # === CANDIDATES === #

    def _read_substitutes(self, replaced):
        """:return: [(substitute, order line in memory, Outlook or None)], the best first"""
        rows = self.env["product.substitute"]._find(self.product_id, self.company_id)
        lines = {r: self._get_substitute_line(r, r._get_quantity(replaced)) for r in rows}
        lines_only = self.env["sale.order.line"].concat(*lines.values())
        outlooks = self.env["backorder.outlook"]._read(lines_only)
        found = [(row, line, outlooks.get(line)) for row, line in lines.items()]
        return sorted(found, key=lambda x: (*self._get_outlook_key(x[2]), x[0].sequence, x[0].id))

    def _get_outlook_key(self, outlook):
        if not outlook or outlook.status == gate.IN_STOCK:
            # what is not counted is always there
            return (0, date.min, 0.0)
        return (1, outlook.date or date.max, -outlook.on_hand)

    def _get_substitute_line(self, row, quantity):
        """A line in memory on a copy of the order in memory: the order itself shows nothing."""
        order = self.sale_order_id
        return self.env["sale.order.line"].new(
            {
                "order_id": order.new(origin=order).id,
                "product_id": row.substitute_id.id,
                "product_uom_id": row.substitute_id.uom_id.id,
                "product_uom_qty": quantity,
            }
        )

    def _get_substitute_price(self, row, line):
        """:param line: as `_get_substitute_line` gives it
        :return: what one costs, after discount, in the currency of the order"""
        if row.keep_price:
            price = self._get_kept_price(row, line)
        else:
            price = line.price_unit * (1 - line.discount / 100)
        digits = self.env["decimal.precision"].precision_get("Product Price")
        return float_round(price, precision_digits=digits)

    def _get_kept_price(self, row, line):
        """What the customer pays for one of the original, spread over what replaces it."""
        old = self.sale_line_id
        price = old.product_uom_id._compute_price(old.price_unit, self.product_uom_id)
        price *= (1 - old.discount / 100) / row.ratio
        # the same price with other taxes, where they are a part of it
        return row.substitute_id._get_tax_included_unit_price_from_price(
            price, old.tax_ids, product_taxes_after_fp=line.tax_ids._origin
        )

    # === MOVING THE OPEN PART === #

    def _move_to_new_line(self, quantity, reason, note, vals):
        """End so much of the open part and put a new line on the order in its place. Call it inside
        a savepoint and a flow: all or nothing.

        :param quantity: in the unit of the item
        :param reason: external id of a cancellation reason that nobody chooses by hand
        :param vals: of the new line: product, unit, quantity, price, discount
        :return: the new order line, linked to the old one
        """
        old = self.sale_line_id
        # sudo: what is paid for the order is no business of who may only sell
        crediting = self.env["backorder.crediting"].sudo()
        unused = crediting._get_unused_payment(old.order_id.sudo())
        self.backorder_id.with_context(backorder_moves_on=True).cancel_open(
            self._get_automatic_reason(reason).id, note=note, quantities={self.id: quantity}
        )
        new = (
            self.env["sale.order.line"]
            .with_company(self.company_id)
            .create(
                {
                    "order_id": old.order_id.id,
                    "sequence": old.sequence,
                    "substitute_of_line_id": old.id,
                    **vals,
                }
            )
        )
        crediting._settle_move(old.order_id.sudo(), unused)
        return new

    def _get_automatic_reason(self, name):
        """Such reasons are archived: nobody chooses them. One that was deleted is *Other*."""
        for xmlid in (name, "backorder_management.cancel_reason_other"):
            reason = self.env.ref(xmlid, raise_if_not_found=False)
            if reason:
                return reason
        return self.env["backorder.cancel.reason"].search([], limit=1)

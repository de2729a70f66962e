"""What people and programs do with a backorder."""

import math

from odoo import models
from odoo.exceptions import AccessError, UserError
from odoo.tools import format_date

from .backorder_reader import EPSILON
from .sale_backorder import OPEN_STATES, format_number


class SaleBackorder(models.Model):
    _inherit = "sale.backorder"

    # === FULFIL === #

    def fulfil(self, quantities=None, validate=False):
        """Reserve and prepare what is ready, or ship it.

        :param quantities: {backorder line id: quantity in the product's unit}, default all that is
            ready; keys may be strings
        :param validate: ship now, through all steps of the delivery, instead of only preparing
        :return: the transfers (``stock.picking``)
        :raise UserError: when more is asked than is available, or the order waits to ship complete
            (its shipment rule); nothing is written then
        """
        self.check_access("read")
        self._check_may_fulfil()
        tracker = self.env["backorder.tracker"]
        tracker._drain()
        runner = self.env["backorder.runner"].with_context(backorder_fulfil=True)
        # the savepoint takes back what was reserved when the wish is refused
        with tracker._flow(origin="delivery"), self.env.cr.savepoint():
            runner._reserve(self)
            wanted = self._get_fulfil_quantities(quantities)
            chosen = quantities is not None
            wanted = self._add_unlisted(wanted)
            pickings = runner._ship(wanted) if validate else runner._prepare(wanted, chosen)
        return pickings.with_context(backorder_fulfil=False)

    def _check_may_fulfil(self):
        if not (self.env.su or self.env.user.has_group("stock.group_stock_user")):
            raise AccessError(
                self.env._("Only the warehouse ships: ask for the Inventory right, or ask them.")
            )

    def _get_fulfil_quantities(self, quantities):
        """:return: {backorder line: quantity} after all checks"""
        available = {x: q for x, q in self._get_available().items() if q > EPSILON}
        if not available:
            names = ", ".join(self.mapped("name"))
            text = self.env._("Nothing of %s is ready to ship.", names)
            raise UserError(" ".join([text, *self._get_rule_texts()]))
        if quantities is None:
            return available
        if not isinstance(quantities, dict):
            raise UserError(self.env._("Give the quantities by item: {item: quantity}."))
        problems, wanted = [], {}
        lines = {x.id: x for x in self.line_ids}
        for key, value in quantities.items():
            line, quantity, problem = self._parse_fulfil_quantity(lines, key, value, available)
            if problem:
                problems.append(problem)
            elif quantity > EPSILON:
                wanted[line] = quantity
        if problems:
            raise UserError("\n".join(problems))
        if not wanted:
            raise UserError(self.env._("Say how much of which item is to ship: more than zero."))
        return wanted

    def _parse_fulfil_quantity(self, lines, key, value, available):
        """:return: (line, quantity, problem or None)"""
        try:
            line, quantity = lines.get(int(key)), float(value)
        except (TypeError, ValueError, OverflowError):
            return None, 0.0, self.env._("%s is not a quantity.", f"{key}: {value}")
        if not line:
            text = self.env._("An item does not belong to %s.", ", ".join(self.mapped("name")))
            return None, 0.0, text
        name = line.product_id.display_name
        if not math.isfinite(quantity) or quantity < 0:
            return line, 0.0, self.env._("%s: the quantity must not be negative.", name)
        if line.product_uom_id.compare(quantity, available.get(line, 0.0)) > 0:
            text = self.env._(
                "%(product)s: only %(available)s %(unit)s can ship now.",
                product=name,
                available=format_number(available.get(line, 0.0)),
                unit=line.product_uom_id.name,
            )
            return line, 0.0, " ".join([text, *line.backorder_id._get_rule_texts()])
        return line, quantity, None

    def _get_available(self):
        """:return: {backorder line: how much of it is in hand now and may ship by the shipment rule
        of its order}, in the product's unit"""
        open_lines = self.line_ids.filtered(lambda x: x.state in OPEN_STATES)
        # sudo: moves may belong to a company that the user does not see
        outlines = self.env["backorder.reader"].sudo()._read_outlines(open_lines.sale_line_id.ids)
        held = {key for _order, _rule, keys, _mine in self._read_held_back() for key in keys}
        result = {}
        for line in open_lines:
            key = (line.sale_line_id.id, line.product_id.id)
            outline = outlines.get(key)
            if outline:
                unlisted = outline.outstanding - line.qty_open
                there = min(line.qty_open, max(0.0, outline.reserved - unlisted))
                result[line] = 0.0 if key in held else there
        return result

    def _read_held_back(self):
        """What is in hand, and waits because its order ships otherwise.

        :return: list of (order, rule, {(line id, product id)} that may not ship, {key: Outline}) of
            the orders that hold something back
        """
        # sudo: as above
        readiness = self.env["backorder.readiness"].sudo()
        rules = readiness._read_rules_of(self.sale_order_id)
        orders = self.sale_order_id.sudo().filtered(lambda o: o.id in rules)
        outlines = self.env["backorder.reader"].sudo()._read_outlines(orders.order_line.ids)
        result = []
        for order in orders:
            lines = set(order.order_line.ids)
            mine = {key: outline for key, outline in outlines.items() if key[0] in lines}
            there = {key for key, outline in mine.items() if outline.reserved > EPSILON}
            held = there - readiness._get_shippable(rules[order.id], mine)
            if held:
                result.append((order, rules[order.id], held, mine))
        return result

    def _get_rule_texts(self):
        """:return: list of sentences: what these orders wait for although goods are in hand"""
        return [
            self.env["backorder.readiness"]._get_waiting_text(order, rule, outlines)
            for order, rule, _held, outlines in self._read_held_back()
        ]

    def _add_unlisted(self, wanted):
        """What is not backordered is served first, so it ships along: it is in hand too, or nothing
        of the backorder would be ready.

        :return: {backorder line: quantity to ship}
        """
        # sudo: as above
        lines = self.line_ids.sale_line_id
        outlines = self.env["backorder.reader"].sudo()._read_outlines(lines.ids)
        result = {}
        for line, quantity in wanted.items():
            outline = outlines[line.sale_line_id.id, line.product_id.id]
            result[line] = quantity + max(0.0, outline.outstanding - line.qty_open)
        return result

    def _get_fulfil_proposal(self):
        """What the Fulfil window offers, line by line."""
        available = self._get_available()
        return [
            {
                "line_id": line.id,
                "product_id": line.product_id.id,
                "qty_open": line.qty_open,
                "qty_ready": line.qty_ready,
                "qty_available": available.get(line, 0.0),
            }
            for line in self.line_ids
            if line.state in OPEN_STATES
        ]

    # === TALK ABOUT IT === #

    def explain(self):
        """:return: dict ``{"name", "text", "lines"}``, the lines as explained by themselves"""
        self.ensure_one()
        self.check_access("read")
        return {
            "name": self.name,
            "text": self.get_status_text(),
            "lines": self.line_ids._explain(),
        }

    def get_status_text(self):
        """Two sentences for the customer, in his language: what waits, and until when."""
        self.ensure_one()
        self.check_access("read")
        backorder = self.with_context(lang=self.partner_id.lang or self.env.lang)
        return f"{backorder._get_items_sentence()} {backorder._get_date_sentence()}"

    def _get_items_sentence(self):
        waiting = self.line_ids.filtered(lambda x: x.state in OPEN_STATES)
        if not waiting:
            return self.env._("Nothing of your order %s is waiting.", self.sale_order_id.name)
        items = ", ".join(
            f"{format_number(x.qty_open)} {x.product_uom_id.name} {x.product_id.name}"
            for x in waiting
        )
        return self.env._(
            "Of your order %(order)s we still owe you %(items)s.",
            order=self.sale_order_id.name,
            items=items,
        )

    def _get_date_sentence(self):
        if self.state not in OPEN_STATES:
            return self.env._("It was closed on %s.", format_date(self.env, self.date_closed))
        if self.state == "ready" and not self.check_stock and self.qty_ready < self.qty_open:
            return self.env._(
                "%(ready)s of %(open)s are ready and ship with the next delivery.",
                ready=format_number(self.qty_ready),
                open=format_number(self.qty_open),
            )
        if self.state == "ready" and not self.check_stock:
            return self.env._("It is ready and ships with the next delivery.")
        # the day of overdue supply is not known
        expected = self.expected_arrival_date and self.expected_date
        date = max(filter(None, (self.promised_date, expected)), default=None)
        if date and date >= self._today():
            arrival = self._add_transit(date)
            if arrival != date:
                return self.env._(
                    "We expect it to reach you on %s.", format_date(self.env, arrival)
                )
            return self.env._("We expect to ship it on %s.", format_date(self.env, date))
        return self.env._("We do not have a date yet and will come back to you.")

    # === BUTTONS === #

    def action_stock_found(self):
        return self.line_ids.filtered("check_stock").action_stock_found()

    def action_release(self):
        """From now on notices and alerts treat these as any other backorder."""
        self.env["backorder.finder"]._check_manager()
        # sudo: the field is closed to editing, the right was checked above
        self.sudo().write({"released": True})
        return True

    def action_view_pickings(self):
        action = self.env["ir.actions.act_window"]._for_xml_id("stock.action_picking_tree_all")
        pickings = self.picking_ids
        if len(pickings) == 1:
            return {**action, "views": [(False, "form")], "res_id": pickings.id, "context": {}}
        return {**action, "domain": [("id", "in", pickings.ids)], "context": {}}


class SaleBackorderLine(models.Model):
    _inherit = "sale.backorder.line"

    def explain(self):
        """Why this line waits, who is before it, and what would help.

        :return: dict, quantities in the product's unit

            - ``line_id``, ``product``, ``uom``, ``quantity`` (short)
            - ``rank``, ``of``: its place among all open demand of its pool, from 1; 0 where it
              stands in none; ``policy``: the name of the rule
            - ``reason`` (code), ``text`` (a sentence); ``also``: list of further ``code``, ``text``
            - ``ahead``: the first ten before it, dicts ``order``, ``partner``, ``quantity`` (still
              waits), ``reserved``, ``promised``, ``expected``; ``ahead_count`` and ``ahead_qty``
              of all of them. Orders that the user may not read are not named
            - ``supply``: the next receipt as in ``get_stock_now``
            - ``unblock``: the smallest change that would serve it, dict ``code``, ``text`` and
              numbers; False when nothing is to be done
        """
        self.ensure_one()
        return self._explain()[0]

    def _explain(self):
        self.check_access("read")
        # sudo: who is ahead decides, whether the user may read it or not; only names are withheld
        return self.env["backorder.line.explainer"].sudo()._explain(self.sudo())

    def get_stock_now(self):
        """The stock situation of this product in the warehouse of the backorder.

        :return: dict ``{"on_hand", "reserved_others", "free", "uom", "next_receipt",
            "others_waiting"}``; quantities in the product's unit, ``next_receipt`` is False or
            ``{"date", "quantity", "name", "model", "id"}``
        """
        self.ensure_one()
        self.check_access("read")
        # sudo: the numbers of the product are needed to answer a customer; documents are named, and
        # opening one checks the rights again
        return self.env["backorder.stock"].sudo()._get_stock_now(self)

"""Creating a backorder by hand, and the answer to *Why no backorder?*"""

import math

from odoo import fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import format_date

from .backorder_reader import EPSILON


class SaleOrder(models.Model):
    _inherit = "sale.order"

    # === CREATE BY HAND === #

    def create_backorder(self, lines, expected_date=None, cause_id=None, note=""):
        """Put quantities of this order on backorder: the customer will wait for them.

        They move to their own transfer, dated on the expected date, and give their reservation
        back.

        :param lines: {sale line id: quantity in the unit of the sale line}; keys may be strings.
            Kits are exploded. The quantity is added to what is open, at most what is outstanding.
        :param expected_date: date (or ISO string) on which the goods are expected to ship
        :param cause_id: id of a ``backorder.cause``
        :param note: for colleagues
        :return: the ``sale.backorder`` record
        :raise UserError: with all that is wrong, in one message; nothing is written then
        """
        self.ensure_one()
        self._check_may_create_backorder()
        tracker = self.env["backorder.tracker"]
        tracker._drain()
        with tracker._flow(origin="manual"):
            expected, cause, wanted = self._check_backorder_request(lines, expected_date, cause_id)
            queue = tracker._queue()
            queue.lines.update(line.id for line, _product in wanted)
            queue.added.update({(line.id, p.id): q for (line, p), q in wanted.items()})
            queue.undoubted = True
            given = {"cause_id": cause.id, "expected_date": expected, "note": note}
            queue.given.update({k: v for k, v in given.items() if v})
            self.env["backorder.splitter"]._set_apart(self, wanted, expected)
        return self._note_backorder(note)

    def _check_may_create_backorder(self):
        self.check_access("write")
        groups = "sales_team.group_sale_salesman,backorder_management.group_backorder_planner"
        if not (self.env.su or self.env.user.has_groups(groups)):
            raise AccessError(
                self.env._(
                    "Only sales may put items on backorder: ask the salesperson of %s.", self.name
                )
            )

    def _check_backorder_request(self, lines, expected_date, cause_id):
        """Collect everything that is wrong and say it at once.

        :return: expected date or None, cause, {(sale line, product): quantity in its unit}
        """
        expected, date_problems = self._get_backorder_date(expected_date)
        cause, cause_problems = self._get_backorder_cause(cause_id)
        wanted, problems = self._check_backorder_lines(lines)
        problems += date_problems + cause_problems
        if problems:
            raise UserError("\n".join(problems))
        return expected, cause, wanted

    def _note_backorder(self, note):
        backorder = self.backorder_ids.filtered(lambda b: not b.date_closed)
        # sudo: the caller may edit the order, that is enough to say why it waits
        if note and backorder.note != note:
            old = f"{backorder.note}\n" if backorder.note else ""
            backorder.sudo().note = f"{old}{note}"
        return backorder

    def _get_backorder_date(self, value):
        """:return: (date or None, problems)"""
        try:
            return fields.Date.to_date(value or None), []
        except (TypeError, ValueError, AttributeError):
            return None, [self.env._("%s is not a date: write it as 2026-12-31.", value)]

    def _get_backorder_cause(self, cause_id):
        """:return: (cause, problems)"""
        causes = self.env["backorder.cause"]
        is_id = isinstance(cause_id, int) and not isinstance(cause_id, bool)
        cause = causes.browse(cause_id).exists() if is_id else causes
        if cause_id and not cause:
            return cause, [self.env._("This cause does not exist: choose one from the list.")]
        return cause, []

    def _check_backorder_lines(self, lines):
        """:return: ({(sale line, product): quantity in the product's unit}, problems)"""
        problems = self._get_backorder_order_problems(lines)
        wanted = {}
        if problems:
            return wanted, problems
        parsed, problems = self._parse_backorder_lines(lines)
        outlines = self._get_backorder_outlines(parsed)
        for line, quantity in parsed.items():
            found, problem = self._explode_backorder_line(line, quantity, outlines)
            wanted.update(found)
            problems += problem
        return wanted, problems

    def _get_backorder_order_problems(self, lines):
        if self.state != "sale":
            return [self.env._("Confirm %s first: only a confirmed order can be owed.", self.name)]
        if self.locked:
            return [self.env._("Unlock %s first.", self.name)]
        if not isinstance(lines, dict) or not lines:
            return [self.env._("Say which items of %s, and how many.", self.name)]
        return []

    def _parse_backorder_lines(self, lines):
        """:return: {sale line: quantity}, and the problems found"""
        parsed, problems = {}, []
        for key, value in lines.items():
            try:
                line = self.order_line.filtered(lambda x, i=int(key): x.id == i)
                quantity = float(value)
            except (TypeError, ValueError, OverflowError):
                problems.append(self.env._("%s is not a quantity.", f"{key}: {value}"))
                continue
            problem = self._get_backorder_line_problem(line, quantity)
            if problem:
                problems.append(problem)
            else:
                parsed[line] = quantity
        return parsed, problems

    def _get_backorder_line_problem(self, line, quantity):
        if not line:
            return self.env._("An item does not belong to %s.", self.name)
        name = line.product_id.display_name or line.name
        if line.display_type or line.product_id.type != "consu":
            return self.env._("%s is not a product that is shipped.", name)
        if not math.isfinite(quantity) or line.product_uom_id.compare(quantity, 0.0) <= 0:
            return self.env._("%s: the quantity must be more than zero.", name)
        return None

    def _get_backorder_outlines(self, lines):
        ids = [line.id for line in lines]
        # sudo: moves may belong to a company or a warehouse that the salesperson does not see
        return self.env["backorder.reader"].sudo()._read_outlines(ids)

    def _explode_backorder_line(self, line, quantity, outlines):
        """Spread a quantity of a sale line over its products (components of a kit).

        :return: ({(line, product): quantity}, problems)
        """
        mine = {p: o for (i, p), o in outlines.items() if i == line.id}
        open_by_product = self._get_open_by_product(line)
        found, problems = {}, []
        for product in self.env["product.product"].browse(mine):
            outline, unit = mine[product.id], product.uom_id
            share = self._get_component_quantity(line, product, quantity, outline)
            room = outline.outstanding - open_by_product.get(product.id, 0.0)
            if unit.compare(share, room) > 0:
                problems.append(self._get_room_text(line, product, room))
            elif share > EPSILON:
                found[line, product] = share
        if not mine:
            problems.append(
                self.env._("%s: nothing is outstanding any more.", line.product_id.display_name)
            )
        return found, problems

    def _get_open_by_product(self, line):
        open_lines = line.sudo().backorder_line_ids.filtered(lambda x: not x.date_closed)
        return {x.product_id.id: x.qty_open for x in open_lines}

    def _get_component_quantity(self, line, product, quantity, outline):
        if line.product_id == product:
            return line.product_uom_id._compute_quantity(
                quantity, product.uom_id, rounding_method="HALF-UP"
            )
        total = outline.delivered + outline.outstanding
        return product.uom_id.round(total * quantity / (line.product_uom_qty or 1.0))

    def _get_room_text(self, line, product, room):
        return self.env._(
            "%(product)s: at most %(room)s %(unit)s are outstanding and not on backorder yet.",
            product=product.display_name,
            room=f"{max(0.0, room):g}",
            unit=product.uom_id.name,
        )

    def get_backorder_proposal(self):
        """What could be put on backorder, in the unit of the sale line (kits: whole kits).

        :return: list of dict ``{"sale_line_id", "product_id", "outstanding", "open", "ready"}``
        """
        self.ensure_one()
        self.check_access("read")
        self.env["backorder.tracker"]._drain()
        lines = self.order_line.filtered(lambda x: x.product_id.type == "consu")
        outlines = self._get_backorder_outlines(lines)
        rows = []
        for line in lines:
            mine = {p: o for (i, p), o in outlines.items() if i == line.id and o.outstanding > 0}
            products = self.env["product.product"].browse(mine)
            if not products:
                continue
            owed = line.sudo().backorder_line_ids.filtered(lambda x: not x.date_closed)
            row = {
                "sale_line_id": line.id,
                "product_id": line.product_id.id,
                "outstanding": min(
                    self._in_sale_unit(line, p, mine[p.id].outstanding) for p in products
                ),
                "open": max(
                    (self._in_sale_unit(line, x.product_id, x.qty_open) for x in owed), default=0.0
                ),
                "ready": min(self._in_sale_unit(line, p, mine[p.id].reserved) for p in products),
            }
            if row["outstanding"] - row["open"] > EPSILON:
                rows.append(row)
        return rows

    def _in_sale_unit(self, line, product, quantity):
        if line.product_id == product:
            return product.uom_id._compute_quantity(
                quantity, line.product_uom_id, rounding_method="HALF-UP"
            )
        per_kit = self._get_component_quantity(
            line, product, 1.0, self._get_backorder_outlines(line)[line.id, product.id]
        )
        return math.floor(round(quantity / per_kit, 6)) if per_kit else 0.0

    # === WHY NO BACKORDER === #

    def explain_no_backorder(self):
        """Why this order has no open backorder, in a sentence.

        :return: dict ``{"code", "text"}``; codes: ``has``, ``draft``, ``cancelled``,
            ``delivered``, ``closed``, ``setting``, ``covered``, ``ordered``, ``manual_type``,
            ``never``, ``reserved``
        """
        self.ensure_one()
        self.check_access("read")
        self.env["backorder.tracker"]._drain()
        return self.env["backorder.explainer"].sudo()._explain(self)

    def _format_local_date(self, moment):
        tracker = self.env["backorder.tracker"]
        return format_date(
            self.env, tracker._local_date(moment, self.warehouse_id, self.company_id)
        )

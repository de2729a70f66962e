"""The end of a backorder that will not ship."""

import math

from markupsafe import Markup

from odoo import fields, models
from odoo.exceptions import AccessError, UserError

from ..backorder_reader import EPSILON
from ..sale_backorder import OPEN_STATES, format_number


class SaleBackorder(models.Model):
    _inherit = "sale.backorder"

    def cancel_open(self, reason_id, note="", line_ids=None, quantities=None, notify=False):
        """Cancel what is still owed, through all steps of the delivery. It cannot be taken back: a
        new order is needed. What was reserved goes to whoever is next.

        :param reason_id: id of a ``backorder.cancel.reason``
        :param note: in more words; some reasons want it
        :param line_ids: ids of backorder lines, default all open ones
        :param quantities: {backorder line id: quantity in the product's unit}, default all that is
            open of these lines; keys may be strings
        :param notify: write to the customer
        :return: True, also when nothing is open any more
        :raise UserError: no reason, a quantity that is not open, or goods that are picked already;
            nothing is written then
        :raise AccessError: the user may not change the order
        """
        self._check_may_cancel()
        tracker = self.env["backorder.tracker"]
        tracker._drain()
        reason = self._get_cancel_reason(reason_id, note)
        wanted = self._get_quantities_to_cancel(line_ids, quantities)
        if not wanted:
            return True
        items = {x.sudo(): q for x, q in wanted.items()}
        # the savepoint takes back what was written when some of it cannot be cancelled
        with self.env.cr.savepoint():
            # sudo: who may change the order may end what it asks of the warehouse, and have
            # credited what was invoiced of it
            crediting = self.env["backorder.crediting"].sudo()
            credit = crediting._plan(items)
            with tracker._flow(cancel_origin="person"):
                self.env["backorder.canceller"].sudo()._cancel(items)
            crediting._apply(items, credit)
        self._keep_cancel_reason(wanted, reason, note)
        self._log_cancelled(wanted, reason, note)
        if notify:
            self._write_cancelled(wanted)
        return True

    # === CHECKS === #

    def _check_may_cancel(self):
        self.check_access("read")
        sells = self.env.su or self.env.user.has_group("sales_team.group_sale_salesman")
        if not (sells and self.sale_order_id.has_access("write")):
            raise AccessError(
                self.env._("Only who may change the order cancels what it waits for.")
            )

    def _get_cancel_reason(self, reason_id, note):
        try:
            reason = self.env["backorder.cancel.reason"].browse(int(reason_id)).exists()
        except (TypeError, ValueError):
            reason = None
        if not reason:
            raise UserError(self.env._("Choose a cancellation reason."))
        if reason.needs_note and not (note or "").strip():
            raise UserError(self.env._("%s: say in a note what happened.", reason.name))
        return reason

    def _get_quantities_to_cancel(self, line_ids, quantities):
        """:return: {open backorder line: quantity} after all checks"""
        mine = {x.id: x for x in self.line_ids}
        if quantities is not None and not isinstance(quantities, dict):
            raise UserError(self.env._("Give the quantities by item: {item: quantity}."))
        asked = dict.fromkeys(line_ids or ()) if quantities is None else quantities
        if quantities is None and line_ids is None:
            asked = dict.fromkeys(mine)
        problems, wanted = [], {}
        for key, value in asked.items():
            line, quantity, problem = self._parse_quantity_to_cancel(mine, key, value)
            if problem:
                problems.append(problem)
            elif quantity > EPSILON:
                wanted[line] = quantity
        if problems:
            raise UserError("\n".join(problems))
        return wanted

    def _parse_quantity_to_cancel(self, mine, key, value):
        """:return: (line, quantity, problem or None)"""
        try:
            line = mine.get(int(key))
            quantity = None if value is None else float(value)
        except (TypeError, ValueError, OverflowError):
            return None, 0.0, self.env._("%s is not a quantity.", f"{key}: {value}")
        if not line:
            text = self.env._("An item does not belong to %s.", ", ".join(self.mapped("name")))
            return None, 0.0, text
        if quantity is None:
            return line, line.qty_open if line.state in OPEN_STATES else 0.0, None
        name = line.product_id.display_name
        if not math.isfinite(quantity) or quantity < 0:
            return line, 0.0, self.env._("%s: the quantity must not be negative.", name)
        if line.product_uom_id.compare(quantity, line.qty_open) > 0:
            text = self.env._(
                "%(product)s: only %(open)s %(unit)s are open.",
                product=name,
                open=format_number(line.qty_open),
                unit=line.product_uom_id.name,
            )
            return line, 0.0, text
        return line, quantity, None

    # === WHAT FOLLOWS === #

    def _keep_cancel_reason(self, wanted, reason, note):
        lines = self.env["sale.backorder.line"].concat(*wanted)
        # sudo: these are closed to editing
        lines.sudo().write({"cancel_reason_id": reason.id})
        lines.backorder_id.sudo().write({"cancel_reason_id": reason.id, "cancel_note": note or ""})

    def _log_cancelled(self, wanted, reason, note):
        for record in self:
            items = {x: q for x, q in wanted.items() if x.backorder_id == record}
            if not items:
                continue
            inside = Markup("%s<br/>%s") % (record._get_cancelled_text(items), reason.name)
            if note:
                inside += Markup("<br/>%s") % note
            record.sudo()._message_log(body=inside)

    def _get_cancelled_text(self, items):
        return self.env._(
            "Cancelled of %(order)s: %(items)s.",
            order=self.sale_order_id.name,
            items=", ".join(
                f"{format_number(q)} {x.product_uom_id.name} {x.product_id.display_name}"
                for x, q in items.items()
            ),
        )


class SaleBackorderLine(models.Model):
    _inherit = "sale.backorder.line"

    cancel_reason_id = fields.Many2one(
        "backorder.cancel.reason",
        string="Cancellation reason",
        readonly=True,
        index="btree_not_null",
        help="Why some of it was cancelled, the last time.",
    )

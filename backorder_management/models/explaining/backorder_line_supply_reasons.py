"""Why a line waits: what is on its way, and what is not."""

from odoo import api, fields, models
from odoo.tools import format_date

from ...engine import positions as pos
from ..policies.backorder_demand import EPSILON
from .backorder_line_explainer import Finding


class BackorderLineExplainer(models.AbstractModel):
    _inherit = "backorder.line.explainer"

    # === MADE TO ORDER, SHIPPED BY THE VENDOR === #

    @api.model
    def _explain_own_supply(self, case, names):
        if not case.root or case.root.source not in (pos.ORDERED, pos.DIRECT):
            return None
        due = case.root.supply_date
        if not due and case.root.source == pos.ORDERED:
            text = self.env._(
                "%s are made to order, and what brings them is not confirmed yet.",
                self._amount(case, case.short),
            )
            return Finding("not_confirmed_supply", text, self._get_confirm(""))
        if due and self._is_overdue(case, due):
            return self._get_late_supply(case, due)
        text = self.env._(
            "%(quantity)s come with their own order, expected on %(date)s.",
            quantity=self._amount(case, case.short),
            date=self._day(case, due or case.root.date or fields.Datetime.now()),
        )
        return Finding("waiting", text)

    @api.model
    def _get_late_supply(self, case, due):
        name = self._get_own_document(case)
        text = self.env._(
            "%(quantity)s come with %(document)s, which was due on %(date)s and is not here yet.",
            quantity=self._amount(case, case.short),
            document=name,
            date=self._day(case, due),
        )
        return Finding("receipt_not_validated", text, self._get_validate(case, name, case.short))

    @api.model
    def _get_own_document(self, case):
        origins = case.move.move_orig_ids.filtered(lambda m: m.state not in ("done", "cancel"))
        return self._get_document(origins[:1] or case.move)

    @api.model
    def _is_overdue(self, case, moment):
        backorder = case.line.backorder_id
        return backorder._local_date(moment) < backorder._today()

    # === ON ITS WAY === #

    @api.model
    def _explain_receipt(self, case, names):
        """Goods that are there, or should be: somebody only has to say so."""
        if not self._is_stock(case):
            return None
        waiting = [m for m in case.inbound if self._is_to_validate(case, m)]
        if not waiting:
            return None
        move = min(waiting, key=lambda m: (m.date, m.id))
        values = {
            "document": self._get_document(move),
            "quantity": self._amount(case, move.product_qty),
            "date": self._day(case, move.date),
        }
        text = (
            self.env._(
                "%(document)s with %(quantity)s was due on %(date)s and is not validated yet.",
                **values,
            )
            if self._is_overdue(case, move.date)
            else self.env._("%(document)s with %(quantity)s is not validated yet.", **values)
        )
        unblock = self._get_validate(case, values["document"], move.product_qty)
        return Finding("receipt_not_validated", text, unblock)

    @api.model
    def _is_to_validate(self, case, move):
        if "make_to_order" in move.move_dest_ids.mapped("procure_method"):
            return False
        if move.location_id.warehouse_id == case.line.warehouse_id:
            return move.state == "assigned" and self._is_put_away(case, move)
        due = move._get_supply_date()
        came = move.location_id.usage in ("internal", "transit") and move.state == "assigned"
        return came or move.picked or due <= fields.Datetime.now()

    @api.model
    def _is_put_away(self, case, move):
        """From a dock or a check to where the line takes from."""
        path = case.move.location_id.parent_path
        return move.location_dest_id.parent_path.startswith(
            path
        ) and not move.location_id.parent_path.startswith(path)

    @api.model
    def _get_document(self, move):
        return move.picking_id.name or move.reference or move.origin or ""

    @api.model
    def _get_validate(self, case, name, quantity):
        text = self.env._("Validate %s", name)
        return {"code": "validate", "text": text, "picking": name, "quantity": quantity}

    # === NOT ON ITS WAY === #

    @api.model
    def _explain_unconfirmed(self, case, names):
        if not self._is_stock(case):
            return None
        asked = self._get_unconfirmed(case)
        if not asked:
            return None
        name, quantity = asked[0]
        text = self.env._(
            "%(document)s with %(quantity)s is not confirmed yet.",
            document=name,
            quantity=self._amount(case, quantity),
        )
        return Finding("not_confirmed_supply", text, self._get_confirm(name))

    @api.model
    def _get_unconfirmed(self, case):
        """Supply that was asked for and not confirmed. Other addons add quotations and the like.

        :return: list of (name of the document, quantity in the product's unit)
        """
        return [(self._get_document(m), m.product_qty) for m in case.drafts]

    @api.model
    def _get_confirm(self, name):
        text = self.env._("Confirm %s", name) if name else self.env._("Confirm its supply")
        return {"code": "confirm", "text": text}

    # === WHAT COMES === #

    @api.model
    def _explain_in_time(self, case, names):
        """Its own goods keep the promise: a substitute is better only when it covers all now."""
        day = case.line.promised_date or case.line.date_due
        expected = case.line.expected_date
        if not day or not self._is_stock(case) or (expected and expected > day):
            return None
        if not self._get_covering(case, self._get_needed(case), day):
            return None
        _product, quantity = self._get_variant(case)
        return None if quantity >= case.short - EPSILON else self._explain_supply(case, names)

    @api.model
    def _explain_supply(self, case, names):
        """What it lacks beside what it only has to reserve."""
        short = round(case.short - self._get_unreserved(case, names), 6)
        if short <= EPSILON:
            return None
        values = {"quantity": self._amount(case, short)}
        date = case.line.expected_date
        if not date and self._is_stock(case):
            receipt = self._get_covering(case, short)
            date = receipt and self._get_receipt_day(case, receipt)
        if date:
            values["date"] = format_date(self.env, date)
            text = self.env._("%(quantity)s are short, expected on %(date)s.", **values)
            return Finding("waiting", text)
        coming = sum(m.product_qty for m in self._get_receipts(case))
        if coming > EPSILON:
            values["coming"] = self._amount(case, coming)
            text = self.env._("%(quantity)s are short, and only %(coming)s on their way.", **values)
            return Finding("waiting", text)
        text = self.env._("%(quantity)s are short, and none is on its way.", **values)
        return Finding("no_supply", text)

"""Answers *Why no backorder?* in a sentence."""

from odoo import api, models

from ...engine import positions as pos
from ..backorder_reader import EPSILON
from ..sale_backorder import OPEN_STATES


class BackorderExplainer(models.AbstractModel):
    _name = "backorder.explainer"
    _description = "Why No Backorder"

    @api.model
    def _explain(self, order):
        for check in self._get_checks():
            answer = check(order)
            if answer:
                return dict(zip(("code", "text"), answer, strict=True))
        return {
            "code": "reserved",
            "text": self.env._("Everything that is outstanding is reserved."),
        }

    @api.model
    def _get_checks(self):
        """The checks in the order in which they are asked; the first answer counts."""
        return [
            self._explain_record,
            self._explain_state,
            self._explain_closed,
            self._explain_nothing_owed,
            self._explain_setting,
            self._explain_type,
            self._explain_supply,
        ]

    @api.model
    def _explain_record(self, order):
        backorder = order.backorder_ids.filtered(lambda b: b.state in OPEN_STATES)
        if backorder:
            return "has", self.env._("There is one: %s.", backorder.name)
        return None

    @api.model
    def _explain_state(self, order):
        if order.state == "cancel":
            return "cancelled", self.env._("The order is cancelled.")
        if order.state != "sale":
            return "draft", self.env._("The order is not confirmed yet.")
        return None

    @api.model
    def _explain_closed(self, order):
        outlines = self._get_outlines(order)
        if any(o.outstanding > EPSILON for o in outlines.values()):
            return None
        closed = order.backorder_ids.sorted("date_closed")[-1:]
        if closed.qty_cancelled <= EPSILON:
            return None
        values = {
            "name": closed.name,
            "user": closed.closed_by_id.name,
            "date": order._format_local_date(closed.date_closed),
        }
        if "no_backorder" in closed.line_ids.mapped("cancel_origin"):
            text = self.env._(
                "%(name)s was closed as No backorder by %(user)s on %(date)s.", **values
            )
        else:
            text = self.env._("%(name)s was cancelled by %(user)s on %(date)s.", **values)
        return "closed", text

    @api.model
    def _explain_nothing_owed(self, order):
        outlines = self._get_outlines(order)
        if any(o.outstanding > EPSILON for o in outlines.values()):
            return None
        never = order.picking_ids.picking_type_id.filtered(lambda t: t.create_backorder == "never")
        if never and self._is_delivered_short(order):
            text = self.env._(
                "%s drops what is not shipped: its setting Create Backorder is Never.",
                never[0].name,
            )
            return "never", text
        return "delivered", self.env._(
            "Nothing is outstanding: everything was delivered or settled."
        )

    @api.model
    def _is_delivered_short(self, order):
        return any(
            line.product_uom_id.compare(line.product_uom_qty, line.qty_delivered) > 0
            for line in order.order_line
            if line.product_id.type == "consu"
        )

    @api.model
    def _explain_setting(self, order):
        if order.company_id.backorder_creation == "manual":
            return "setting", self.env._("Your company creates backorders only by hand.")
        facts = self._get_facts(order)
        if order.company_id.backorder_creation == "delivery" and any(
            f.short for f in facts.values()
        ):
            return "setting", self.env._("Your company creates backorders only when shipped short.")
        return None

    @api.model
    def _explain_type(self, order):
        waiting = self._get_waiting_roots(order)
        if waiting and not any(m.due for m in waiting):
            text = self.env._(
                "Its stock is reserved by hand or at a later date, so nothing is short."
            )
            return "manual_type", text
        return None

    @api.model
    def _explain_supply(self, order):
        waiting = self._get_waiting_roots(order)
        if any(m.source in (pos.ORDERED, pos.DIRECT) for m in waiting):
            return "ordered", self.env._("It is made to order, and its supply is on time.")
        if waiting:
            latest = max(m.date for m in waiting)
            text = self.env._(
                "Stock or a receipt covers it before it is to ship on %s.",
                order._format_local_date(latest),
            )
            return "covered", text
        return None

    @api.model
    def _get_outlines(self, order):
        return self.env["backorder.reader"]._read_outlines(order.order_line.ids)

    @api.model
    def _get_facts(self, order):
        return self.env["backorder.reader"]._read_facts(order.order_line.ids)

    @api.model
    def _get_waiting_roots(self, order):
        return [
            m for o in self._get_outlines(order).values() for m in o.roots if m.unreserved > EPSILON
        ]

"""What the order rules refuse is lost demand: when it is reduced to what they allow, and also when
the quotation is cancelled, or its line lowered or deleted.

An error takes back whatever is written in its transaction, so a refusal itself cannot be noted. The
rules are asked again at the moment at which the demand goes away.
"""

from odoo import models

from ...engine import gate

ASKED = {"product_id", "product_uom_id", "product_uom_qty"}
KEPT = "backorder_lost_kept"  # context: whoever lowers the line keeps what is lost himself


class SaleOrder(models.Model):
    _inherit = "sale.order"

    def reduce_to_acceptable(self):
        """Lower each refused line to what the rules let through, and keep the rest as lost demand.

        :return: True
        """
        self.check_access("write")
        rows = []
        for order in self.filtered(lambda o: o.state in ("draft", "sent")):
            for line, verdict, text in order._get_acceptance_problems():
                if verdict.outcome == gate.REFUSE:
                    # what is lost is as judged now, also where one line makes room for the next
                    rows.append(line._prepare_lost_demand(verdict, text))
                    line.with_context(**{KEPT: True})._lower_to(verdict.accepted)
        # sudo: it is recorded, whoever sells
        self.env["backorder.lost.demand"].sudo()._keep("reduced", rows)
        return True

    def _action_cancel(self):
        """What is refused of quotations goes with them."""
        rows = [
            line._prepare_lost_part(verdict, text, self.env._("The quotation was cancelled."))
            for order in self
            for line, verdict, text in order._get_refused()
        ]
        result = super()._action_cancel()
        # sudo: it is recorded, whoever sells
        self.env["backorder.lost.demand"].sudo()._keep("cancelled", rows)
        return result

    def action_draft(self):
        """A quotation that is open again is not lost."""
        reopened = self.filtered(lambda o: o.state == "cancel")
        result = super().action_draft()
        # sudo: as it was recorded
        lost = self.env["backorder.lost.demand"].sudo()
        lost.search(
            [("sale_order_id", "in", reopened.ids), ("ended_by", "=", "cancelled")]
        ).unlink()
        return result

    def _get_refused(self):
        """As of a confirmation: customers and what a manager accepted are not asked about.

        :return: [(order line, Verdict, text)] of a quotation
        """
        self.ensure_one()
        if self.state not in ("draft", "sent") or self.env.user.share:
            return []
        return self._get_refused_problems()


class SaleOrderLine(models.Model):
    _inherit = "sale.order.line"

    def write(self, vals):
        if not vals.keys() & ASKED or self.env.context.get(KEPT):
            return super().write(vals)
        quoted = self._filter_ruled()
        needs = {line: (line.product_id, line._get_backorder_need()) for line in quoted}
        text = self.env._("The line was lowered.")
        refused = quoted.filtered(lambda x: x._is_lowered_by(vals))._read_refused(text)
        result = super().write(vals)
        for line, (product, need) in needs.items():
            line._note_lowered(product, need, refused.get(line))
        return result

    def unlink(self):
        refused = self._filter_ruled()._read_refused(self.env._("The line was deleted."))
        result = super().unlink()
        rows = [{**row, "sale_line_id": False} for row in refused.values()]
        # sudo: it is recorded, whoever sells
        self.env["backorder.lost.demand"].sudo()._keep("lowered", rows)
        return result

    def _filter_ruled(self):
        """Quoted goods, where there are rules at all."""
        if not self.env["backorder.acceptance.rule"]._has_rules():
            return self.browse()
        return self.filtered(
            lambda x: x.state in ("draft", "sent") and not x.display_type and x.product_id
        )

    def _is_lowered_by(self, vals):
        changed = {name for name in ("product_id", "product_uom_id") if name in vals}
        return (
            any(self[name].id != vals[name] for name in changed)
            or (vals.get("product_uom_qty", self.product_uom_qty) or 0.0) < self.product_uom_qty
        )

    def _read_refused(self, event):
        """:return: {order line: values of the demand that is lost if it goes away now}"""
        return {
            line: line._prepare_lost_part(verdict, text, event)
            for order in self.order_id
            for line, verdict, text in order._get_refused()
            if line in self
        }

    def _prepare_lost_demand(self, verdict, text):
        lost = self._get_backorder_need() - verdict.accepted
        share = lost / self._get_backorder_need()
        rate = self.order_id.currency_rate or 1.0
        return {
            "product_id": self.product_id.id,
            "partner_id": self.order_id.partner_id.id,
            "sale_order_id": self.order_id.id,
            "sale_line_id": self.id,
            "user_id": self.order_id.user_id.id,
            "company_id": self.company_id.id,
            "warehouse_id": self.warehouse_id.id,
            "quantity": lost,
            "amount": self.price_subtotal * share / rate,
            "reason": text,
        }

    def _lower_to(self, quantity):
        """:param quantity: in the unit of the product"""
        self.product_uom_qty = self.product_id.uom_id._compute_quantity(
            quantity, self.product_uom_id, rounding_method="DOWN"
        )

    def _prepare_lost_part(self, verdict, text, event):
        return {**self._prepare_lost_demand(verdict, text), "reason": f"{text} {event}"}

    def _note_lowered(self, product, need, refused):
        """:param product, need: what the line asked for before it was written
        :param refused: values of the lost demand, if some of it was refused
        """
        # sudo: it is recorded, whoever sells
        lost = self.env["backorder.lost.demand"].sudo()
        same = self.product_id == product
        left = self._get_backorder_need() if self.product_id else 0.0
        less = need - left if same else need
        if refused and less > gate.EPS:
            share = min(1.0, less / refused["quantity"])
            part = {name: refused[name] * share for name in ("quantity", "amount")}
            lost._keep("lowered", [{**refused, **part}])
        more = left - need if same else left
        if more > gate.EPS and lost._find_kept(self.id, self.product_id.id):
            # what the rules let through was never lost
            asked = self._read_refused("").get(self)
            lost._take_back(self, min(more, asked["quantity"] if asked else 0.0))

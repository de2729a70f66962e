"""Values of a backorder line that follow from its fold."""

from odoo import api, models

from ..engine import quantities as qty
from ..engine.positions import Outline
from .backorder_reader import EPSILON, Facts
from .backorder_tracker import to_local_date


class BackorderWriter(models.AbstractModel):
    _inherit = "backorder.writer"

    @api.model
    def _get_fold_vals(self, key, line, tallies, facts, queue, order):
        """All values of a line that follow from the fold.

        :param line: the present backorder line, None when it starts now
        """
        old, new = tallies[key]
        fact = facts.get(key) or Facts(Outline())
        held = qty.Position(outstanding=new.outstanding, reserved=fact.outline.reserved)
        unit = self.env["product.product"].browse(key[1]).uom_id
        vals = self._prepare_tally_vals(unit, old, new, qty.ready(new, held), queue)
        vals.update(self._prepare_given_vals(key, fact, old, new, queue))
        vals.update(self._prepare_date_vals(line, fact, order, vals, unit))
        return vals

    @api.model
    def _prepare_date_vals(self, line, fact, order, vals, unit):
        """Dates of an open line, in the time zone of its warehouse."""
        if unit.is_zero(vals["qty_open"]):
            return {"supply_incoming": False, "check_stock": False, "window_missed": False}
        zone, told = order["zone"], order["commitment_date"]
        asked = to_local_date(told, zone) if told else False
        # what was told later for this item stands until the order's own date changes
        stands = line and asked == line.promised_order_date
        promised = line.promised_date if stands else asked
        known = {
            "expected_date_set": vals.get("expected_date_set") or (line and line.expected_date_set),
            "expected_date_first": line and line.expected_date_first,
        }
        dates = self.env["backorder.dates"]._get_vals(fact, known, promised, order)
        return {"promised_date": promised, "promised_order_date": asked, **dates}

    @api.model
    def _prepare_tally_vals(self, unit, old, new, ready, queue):
        vals = {
            "qty_backordered": new.backordered,
            "qty_fulfilled": new.fulfilled,
            "qty_cancelled": new.cancelled,
            "qty_open": new.open,
            "qty_ready": ready,
            "qty_delivered_last": new.delivered,
            "qty_outstanding_last": new.outstanding,
            "state": self._get_line_state(unit, new, ready),
        }
        if new.cancelled - old.cancelled > EPSILON:
            vals["cancel_origin"] = queue.cancel_origin or "lowered"
        return vals

    @api.model
    def _get_line_state(self, unit, tally, ready):
        if unit.is_zero(tally.open):
            return "cancel" if unit.is_zero(tally.fulfilled) else "done"
        if not unit.is_zero(ready):
            return "ready"
        return "open" if unit.is_zero(tally.fulfilled) else "partial"

    @api.model
    def _prepare_given_vals(self, key, fact, old, new, queue):
        """What a person said about the part that was added just now, and goods in doubt."""
        vals = {}
        if new.backordered - old.backordered > EPSILON or key[0] in queue.short:
            if queue.given.get("cause_id"):
                vals["cause_id"] = queue.given["cause_id"]
            if queue.given.get("expected_date"):
                vals["expected_date_set"] = queue.given["expected_date"]
        if key[0] in queue.short and self._is_doubtful(fact, queue):
            vals["check_stock"] = True
        return vals

    @api.model
    def _is_doubtful(self, fact, queue):
        """Core reserved again at once what was not shipped: the system has it, the picker had not.
        Unless the picker says why: then the cause tells whether the stock is in doubt."""
        if queue.undoubted or fact.outline.doubtful <= EPSILON:
            return False
        cause = self.env["backorder.cause"].browse(queue.given.get("cause_id"))
        return cause.check_stock if cause else True

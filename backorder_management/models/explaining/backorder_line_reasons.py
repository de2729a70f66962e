"""Why a line waits: what its policy, its rank and the shipment rule of its order say."""

from odoo import api, models

from ...engine.policies import sharing_of
from ..policies.backorder_demand import EPSILON
from ..sale_backorder import format_number
from .backorder_line_explainer import Finding


class BackorderLineExplainer(models.AbstractModel):
    _inherit = "backorder.line.explainer"

    @api.model
    def _explain_pinned(self, case, names):
        if not case.line.pinned:
            return None
        text = self.env._(
            "It is set apart: it keeps what it has, and no run gives it any of the missing %s.",
            self._amount(case, case.short),
        )
        return Finding(
            "pinned", text, {"code": "unpin", "text": self.env._("Let it take part again")}
        )

    # === SHIPMENT RULE === #

    @api.model
    def _explain_shipment_rule(self, case, names):
        """The order could have goods, and leaves them to others until it may ship. Without a policy
        it holds what it can, as in Odoo."""
        if not case.policy or max(case.now, case.anew) <= EPSILON:
            return None
        explain = {
            "whole": self._explain_whole,
            "capped": self._explain_capped,
            "lines": self._explain_lines,
            "minimum": self._explain_minimum,
        }.get(case.rule["rule"])
        return explain and explain(case)

    @api.model
    def _explain_whole(self, case):
        text = self.env._(
            "%(order)s ships only when it is complete. Still missing: %(missing)s.",
            order=case.line.sale_order_id.name,
            missing=self._list_missing(case),
        )
        return Finding("waits_whole", text, self._get_ship_part(case)) if case.missing else None

    @api.model
    def _explain_capped(self, case):
        if not case.missing or not self._is_last_shipment(case):
            return None
        text = self.env._(
            "%(order)s ships in %(max)s deliveries at most. This is the last one, and it waits "
            "until it is complete. Still missing: %(missing)s.",
            order=case.line.sale_order_id.name,
            max=case.rule["max_shipments"],
            missing=self._list_missing(case),
        )
        return Finding("capped", text, self._get_ship_part(case))

    @api.model
    def _is_last_shipment(self, case):
        rule = case.rule
        return rule["rule"] == "capped" and rule["shipped"] + 1 >= rule["max_shipments"]

    @api.model
    def _explain_lines(self, case):
        missing = case.need - case.held - case.now
        if missing <= EPSILON:
            return None
        text = self.env._(
            "This item ships only when it is complete: %(there)s of %(need)s could be had now, "
            "missing: %(missing)s.",
            there=format_number(case.held + case.now),
            need=self._amount(case, case.need),
            missing=format_number(missing),
        )
        return Finding("waits_line", text, self._get_ship_part(case))

    @api.model
    def _explain_minimum(self, case):
        minimum, there = case.rule["minimum"], self._get_reached(case)
        if there >= minimum - EPSILON:
            return None
        text = self.env._(
            "%(order)s ships from %(minimum)s on, and only %(there)s could be had now.",
            order=case.line.sale_order_id.name,
            minimum=self._format_measure(case, minimum),
            there=self._format_measure(case, there),
        )
        return Finding("below_minimum", text, self._get_ship_part(case))

    @api.model
    def _get_reached(self, case):
        """What of the order could ship now, in the measure of its minimum."""
        quantity = sum(case.reachable.values())
        if case.rule["measure"] == "value":
            return sum(q * case.rows[move]["price"] for move, q in case.reachable.items())
        if case.rule["measure"] == "share":
            lacking = sum(missing for _product, missing in case.missing)
            return quantity / (quantity + lacking) if quantity + lacking else 1.0
        return quantity

    @api.model
    def _format_measure(self, case, value):
        if case.rule["measure"] == "value":
            return case.line.company_id.currency_id.format(value)
        if case.rule["measure"] == "share":
            return f"{format_number(100 * value)} %"
        return format_number(value)

    @api.model
    def _get_ship_part(self, case):
        """Ship without waiting for the rest; None when there is nothing to ship yet."""
        there = round(case.held + case.now, 6)
        if there <= EPSILON:
            return None
        text = self.env._(
            "Ship with %(there)s of %(need)s instead of waiting to be whole",
            there=format_number(there),
            need=format_number(case.need),
        )
        return {"code": "ship_part", "text": text, "quantity": there, "of": round(case.need, 6)}

    # === SEGMENTS === #

    @api.model
    def _explain_protected(self, case, names):
        if not case.demand or not case.pool.protected:
            return None
        free = self._get_free(case)
        for segment in case.policy.segment_ids:
            kept = case.pool.protected.get(str(segment.id), 0.0) - sum(
                d.before for d in case.ranked if d.segment == str(segment.id)
            )
            if case.demand.segment != str(segment.id) and min(kept, free) > EPSILON:
                text = self.env._(
                    "%(quantity)s on hand are kept for %(segment)s.",
                    quantity=self._amount(case, min(kept, free)),
                    segment=segment.name,
                )
                return Finding("protected", text)
        return None

    @api.model
    def _get_free(self, case):
        return min([case.pool.supply.get(node, 0.0) for node in case.demand.nodes], default=0.0)

    @api.model
    def _explain_segment(self, case, names):
        """Some segments give way to all others."""
        right = case.demand.right if case.demand else ""
        if right not in ("lose", "fill") or not case.policy:
            return None
        segment = case.policy.segment_ids.filtered(lambda s: str(s.id) == case.demand.segment)
        text = (
            self.env._("%s gives way: others come first.", segment.name)
            if right == "lose"
            else self.env._("%s keeps at most what it has.", segment.name)
        )
        return Finding("segment", text)

    # === RANK === #

    @api.model
    def _explain_outranked(self, case, names):
        if not case.demand or sharing_of(case.pool.policy) != "rank" or not case.better:
            return None
        if max(case.now, case.anew) > case.short - EPSILON:
            return None
        held = sum(d.before for d in self._get_better_holders(case))
        waiting = sum(d.need - d.before for d in case.better)
        coming = sum(m.product_qty for m in self._get_receipts(case))
        contested = coming > EPSILON and waiting + case.short > coming + EPSILON
        if held <= EPSILON and not (waiting > EPSILON and contested):
            return None
        text = self._get_before_sentence(case, names, held, waiting)
        return Finding("outranked", text, self._get_raise(case, names))

    @api.model
    def _get_better_holders(self, case):
        worse = case.worse_ids
        return [d for d in case.rivals if d.id not in worse]

    @api.model
    def _get_before_sentence(self, case, names, held, waiting):
        single, both = len(case.better) == 1, held > EPSILON and waiting > EPSILON
        values = {
            "count": len(case.better),
            "held": self._amount(case, held),
            "waiting": self._amount(case, waiting),
            "order": names[case.better[0].id]["order"],
        }
        if single and both:
            return self.env._(
                "Before it, %(order)s holds %(held)s and waits for %(waiting)s.", **values
            )
        if single and held > EPSILON:
            return self.env._("Before it, %(order)s holds %(held)s.", **values)
        if single:
            return self.env._("Before it, %(order)s waits for %(waiting)s.", **values)
        if both:
            return self.env._(
                "The %(count)s orders before it hold %(held)s and wait for %(waiting)s.", **values
            )
        if held > EPSILON:
            return self.env._("The %(count)s orders before it hold %(held)s.", **values)
        return self.env._("The %(count)s orders before it wait for %(waiting)s.", **values)

    @api.model
    def _get_raise(self, case, names):
        """One order that would have to step back; the last that would be enough. Not where a
        receipt keeps the promise."""
        promised = case.line.promised_date
        if promised and self._get_covering(case, self._get_needed(case), promised):
            return None
        for demand in reversed(self._get_better_holders(case)):
            quantity = demand.before - demand.locked
            if quantity >= case.short - EPSILON and demand.id in names:
                order = names[demand.id]["order"]
                text = self.env._("Give priority above %s", order)
                return {"code": "raise", "text": text, "order": order, "quantity": case.short}
        return None

    @api.model
    def _explain_share(self, case, names):
        sharing = sharing_of(case.pool.policy) if case.demand else "rank"
        total = self._get_shared(case) if sharing != "rank" else 0.0
        if total <= EPSILON or len(case.ranked) < 2:
            return None
        share = case.held + case.anew
        if share >= case.need - EPSILON:
            return None
        values = {
            "total": self._amount(case, total),
            "of": len(case.ranked),
            "share": format_number(share),
        }
        text = {
            "proportional": self.env._(
                "%(total)s are shared among %(of)s in proportion to what they need: "
                "its share is %(share)s.",
                **values,
            ),
            "even": self.env._(
                "%(total)s are shared evenly among %(of)s: its share is %(share)s.", **values
            ),
            "complete": self.env._(
                "%(total)s go first to orders that can be completed; this one gets %(share)s.",
                **values,
            ),
        }[sharing]
        return Finding("share", text)

    @api.model
    def _get_shared(self, case):
        return self._get_free(case) + case.held + sum(d.before for d in case.rivals)

    @api.model
    def _explain_picked(self, case, names):
        picked = [d for d in case.rivals if d.locked > EPSILON and not d.others]
        if not picked:
            return None
        text = self.env._(
            "%(quantity)s are already picked for %(order)s.",
            quantity=self._amount(case, sum(d.locked for d in picked)),
            order=self._join_names(picked, names),
        )
        return Finding("picked_for_other", text)

    @api.model
    def _explain_reserved(self, case, names):
        """Who comes later holds what this line would get if all were handed out again."""
        worse = case.worse_ids
        holders = [d for d in case.rivals if d.id in worse and d.before - d.locked > EPSILON]
        quantity = min(case.anew, sum(d.before - d.locked for d in holders), case.short)
        if quantity <= EPSILON:
            return None
        order = self._join_names(holders, names)
        text = self.env._(
            "%(quantity)s are reserved for %(order)s, which comes after it. "
            "A planner may move them.",
            order=order,
            quantity=self._amount(case, sum(d.before - d.locked for d in holders)),
        )
        move = self.env._(
            "Move %(quantity)s from %(order)s", quantity=format_number(quantity), order=order
        )
        unblock = {"code": "reallocate", "text": move, "order": order, "quantity": quantity}
        return Finding("reserved_for_other", text, unblock)

    @api.model
    def _join_names(self, demands, names):
        """The first by name, and how many more."""
        first = next((names[d.id]["order"] for d in demands if d.id in names), "")
        if len(demands) > 1:
            return self.env._("%(order)s and %(count)s more", order=first, count=len(demands) - 1)
        return first

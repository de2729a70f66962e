"""Why a line waits: where the goods are, and what keeps them from being used."""

from collections import defaultdict

from odoo import api, models
from odoo.tools import format_date

from ...engine import positions as pos
from ..policies.backorder_demand import EPSILON
from ..sale_backorder import format_number
from .backorder_line_explainer import Finding


class BackorderLineExplainer(models.AbstractModel):
    _inherit = "backorder.line.explainer"

    # === WHERE IT MAY TAKE FROM === #

    @api.model
    def _is_stock(self, case):
        """It takes its goods from a warehouse: stock that lies somewhere may help."""
        return bool(case.root and case.root.source == pos.STOCK and case.move.location_id)

    @api.model
    def _get_here(self, case):
        """Stock of the product where the line may take from, whoever it belongs to."""
        path = case.move.location_id.parent_path if self._is_stock(case) else None
        return [
            q
            for q in case.quants
            if path and q["product_id"] == case.product.id and q["path"].startswith(path)
        ]

    @api.model
    def _is_past(self, case, quant):
        return bool(quant["removal"] and quant["removal"] < case.move.date)

    @api.model
    def _sum_free(self, case, quants):
        """What can be reserved of these: a negative lot does not eat another one."""
        lots = defaultdict(float)
        for quant in quants:
            if not quant["owner"] and not self._is_past(case, quant):
                lot = quant["lot_id"] if case.product.tracking != "none" else 0
                lots[lot] += quant["free"]
        return sum(max(0.0, free) for free in lots.values())

    @api.model
    def _get_usable(self, case):
        """What the line could reserve right now: whole packs where only those are taken."""
        if not self._is_stock(case):
            return 0.0
        free = self._sum_free(case, self._get_here(case))
        pack = self._get_pack(case)
        return free - free % pack if pack and free < case.need else free

    @api.model
    def _get_pack(self, case):
        """Size of the pack that is handed out as a whole; 0 when units are."""
        if case.demand and case.policy.whole_packs and case.rows[case.demand.id]["pack"]:
            return case.rows[case.demand.id]["pack"]
        unit = case.move.packaging_uom_id
        if case.product.categ_id.packaging_reserve_method != "full" or not unit:
            return 0.0
        size = unit._compute_quantity(1, case.product.uom_id, round=False)
        return size if size > 1 else 0.0

    # === FREE, AND NOT TAKEN === #

    @api.model
    def _explain_unreserved(self, case, names):
        """Free stock that is due to it: nobody has reserved yet."""
        quantity = self._get_unreserved(case, names)
        if quantity <= EPSILON:
            return None
        text = self.env._("%s are free for it and not reserved yet.", self._amount(case, quantity))
        return Finding("unreserved", text, self._get_check_availability(case))

    @api.model
    def _get_unreserved(self, case, names):
        """What of its shortage it only has to reserve."""
        quantity = min(case.now, self._get_usable(case), case.short)
        if quantity <= EPSILON or case.line.pinned or self._explain_shipment_rule(case, names):
            return 0.0
        return quantity

    @api.model
    def _get_check_availability(self, case):
        """Reserve by hand; None where there is nothing to reserve."""
        quantity = min(self._get_usable(case), case.short)
        if quantity <= EPSILON:
            return None
        name = case.move.picking_id.name or case.move.reference
        text = self.env._("Check availability of %s", name)
        return {"code": "reserve", "text": text, "picking": name, "quantity": quantity}

    @api.model
    def _explain_held_back(self, case, names):
        """The goods are here: only its day, or a person, is missing."""
        if self._get_usable(case) <= EPSILON:
            return None
        return self._explain_not_due(case, names) or self._explain_manual_type(case, names)

    @api.model
    def _explain_not_due(self, case, names):
        if not case.root or case.root.due:
            return None
        move = case.move
        if move.backorder_wait and move.date:
            day = self._day(case, move.date)
            text = self.env._("The customer agreed to wait: it is reserved from %s on.", day)
            ask = self.env._("Ask the customer whether it may ship before %s", day)
            return Finding("not_due", text, {"code": "ask", "text": ask})
        if move.picking_type_id.reservation_method == "by_date" and move.reservation_date:
            text = self.env._(
                "It is reserved from %s on, some days before it ships.",
                format_date(self.env, move.reservation_date),
            )
            return Finding("not_due", text, self._get_check_availability(case))
        return None

    @api.model
    def _explain_manual_type(self, case, names):
        if not case.root or case.move.picking_type_id.reservation_method != "manual":
            return None
        text = self.env._(
            "%s reserves by hand only, and nobody has done so for this delivery.",
            case.move.picking_type_id.display_name,
        )
        return Finding("manual_type", text, self._get_check_availability(case))

    # === STOCK ELSEWHERE === #

    @api.model
    def _explain_warehouse(self, case, names):
        if not self._is_stock(case):
            return None
        found = defaultdict(list)
        for quant in self._get_elsewhere(case):
            in_stock = quant["stock_path"] and quant["path"].startswith(quant["stock_path"])
            if in_stock and quant["warehouse_id"] != case.root.warehouse:
                found[quant["warehouse_id"]].append(quant)
        warehouse, quantity = self._get_most(case, found)
        if not warehouse:
            return None
        values = {
            "quantity": self._amount(case, quantity),
            "warehouse": self.env["stock.warehouse"].browse(warehouse).name,
        }
        text = self.env._("%(quantity)s are free in warehouse %(warehouse)s.", **values)
        return Finding("other_warehouse", text, self._get_fetch(case, quantity, **values))

    @api.model
    def _get_fetch(self, case, free, warehouse, quantity):
        quantity = min(free, case.short)
        text = self.env._(
            "Move %(quantity)s from warehouse %(warehouse)s",
            quantity=format_number(quantity),
            warehouse=warehouse,
        )
        return {"code": "transfer", "text": text, "quantity": quantity, "warehouse": warehouse}

    @api.model
    def _get_elsewhere(self, case):
        """Stock of the product in the company, out of reach of the line."""
        path = case.move.location_id.parent_path
        return [
            q
            for q in case.quants
            if q["product_id"] == case.product.id
            and q["company_id"] == case.line.company_id.id
            and not q["path"].startswith(path)
        ]

    @api.model
    def _get_most(self, case, found):
        """:return: (key, quantity) of where most is free; (None, 0) when nothing is"""
        free = {key: self._sum_free(case, quants) for key, quants in found.items()}
        best = max(sorted(free), key=free.get, default=None)
        return (best, free[best]) if best is not None and free[best] > EPSILON else (None, 0.0)

    @api.model
    def _explain_location(self, case, names):
        if not self._is_stock(case):
            return None
        found = defaultdict(list)
        for quant in self._get_elsewhere(case):
            if quant["warehouse_id"] == case.root.warehouse:
                found[quant["location"]].append(quant)
        location, quantity = self._get_most(case, found)
        if not location:
            return None
        text = self.env._(
            "%(quantity)s are free in %(location)s, where this delivery does not take from.",
            quantity=self._amount(case, quantity),
            location=location,
        )
        move = self.env._(
            "Move %(quantity)s from %(location)s to %(stock)s",
            quantity=format_number(min(quantity, case.short)),
            location=location,
            stock=case.move.location_id.display_name,
        )
        unblock = {"code": "relocate", "text": move, "quantity": min(quantity, case.short)}
        return Finding("other_location", text, {**unblock, "location": location})

    @api.model
    def _explain_variant(self, case, names):
        product, quantity = self._get_variant(case)
        if not product:
            return None
        name = self.env["product.product"].browse(product).display_name
        values = {"quantity": self._amount(case, quantity), "product": name}
        text = self.env._("%(quantity)s of %(product)s are free.", **values)
        offer = self.env._("Offer %s to the customer", name)
        return Finding(
            "other_variant", text, {"code": "substitute", "text": offer, "product": name}
        )

    @api.model
    def _get_variant(self, case):
        """:return: (product id, quantity) of the other variant of which most is free; (None, 0)"""
        if not self._is_stock(case):
            return None, 0.0
        path = case.line.warehouse_id.lot_stock_id.parent_path
        found = defaultdict(list)
        for quant in case.quants:
            if quant["product_id"] != case.product.id and quant["path"].startswith(path):
                found[quant["product_id"]].append(quant)
        return self._get_most(case, found)

    @api.model
    def _explain_lot(self, case, names):
        past = [q for q in self._get_here(case) if q["free"] > EPSILON and self._is_past(case, q)]
        if not past:
            return None
        text = self.env._(
            "%(quantity)s are past the date until which they may be shipped: %(lots)s.",
            quantity=self._amount(case, sum(q["free"] for q in past)),
            lots=", ".join(sorted({q["lot"] for q in past})),
        )
        return Finding("other_lot", text)

    @api.model
    def _explain_owner(self, case, names):
        others = defaultdict(float)
        for quant in self._get_here(case):
            if quant["owner"]:
                others[quant["owner"]] += quant["free"]
        owner = max(sorted(others), key=others.get, default=None)
        if owner is None or others[owner] <= EPSILON:
            return None
        text = self.env._(
            "%(quantity)s are on hand but belong to %(owner)s.",
            quantity=self._amount(case, others[owner]),
            owner=owner,
        )
        quantity = min(others[owner], case.short)
        buy = self.env._(
            "Take over %(quantity)s from %(owner)s", quantity=format_number(quantity), owner=owner
        )
        return Finding("other_owner", text, {"code": "buy", "text": buy, "quantity": quantity})

    @api.model
    def _explain_package(self, case, names):
        pack = self._get_pack(case) if self._is_stock(case) else 0.0
        free = self._sum_free(case, self._get_here(case)) if pack else 0.0
        rest = free % pack if pack else 0.0
        if rest <= EPSILON or free >= case.short - EPSILON:
            return None
        text = self.env._(
            "%(rest)s are free, and only whole packs of %(pack)s are handed out.",
            rest=self._amount(case, rest),
            pack=format_number(pack),
        )
        open_text = self.env._("Open a pack, or ship %s by hand", format_number(rest))
        return Finding("in_package", text, {"code": "unpack", "text": open_text, "quantity": rest})

    @api.model
    def _explain_negative(self, case, names):
        negative = [q for q in self._get_here(case) if q["quantity"] < -EPSILON]
        if not negative:
            return None
        worst = min(negative, key=lambda q: q["quantity"])
        text = self.env._(
            "%(location)s shows %(quantity)s: less than nothing, which uses up what is on hand.",
            location=worst["location"],
            quantity=self._amount(case, worst["quantity"]),
        )
        count = self.env._("Count it in %s", worst["location"])
        unblock = {"code": "count", "text": count, "location": worst["location"]}
        return Finding("negative_quant", text, {**unblock, "quantity": -worst["quantity"]})

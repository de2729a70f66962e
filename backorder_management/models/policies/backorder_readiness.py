"""What of an order may ship now: what is reserved of it, seen through its shipment rule."""

from collections import defaultdict

from odoo import api, models

from ...engine import allocation as alc
from ...engine.readiness import Item, get_reached, get_shippable
from ..sale_backorder import format_number
from .backorder_demand import EPSILON

# rules that say more than their name
COUNTING = ("capped", "minimum")


class BackorderReadiness(models.AbstractModel):
    _name = "backorder.readiness"
    _description = "Shipment Rule of Orders"

    @api.model
    def _read_rules(self, names):
        """What counts for these orders now. Without an order that has a rule nothing is read.

        :param names: {order id: name of its rule}
        :return: {order id: dict as of `_get_backorder_shipping`}, without those that ship as
            available; ``now`` is the rule that the engine knows
        """
        plain = {o: {"rule": name} for o, name in names.items() if name not in COUNTING}
        counting = self.env["sale.order"].browse([o for o in names if o not in plain])
        return {**self._add_now(plain), **self._read_rules_of(counting)}

    @api.model
    def _read_rules_of(self, orders):
        """:return: as :meth:`_read_rules`"""
        # sudo: how an order ships does not depend on who asks
        return self._add_now({o.id: o._get_backorder_shipping() for o in orders.sudo()})

    @api.model
    def _add_now(self, rules):
        now = self.env["backorder.demand"]._get_rule_now
        found = {order: {**rule, "now": now(rule)} for order, rule in rules.items()}
        return {order: rule for order, rule in found.items() if rule["now"] != "as_available"}

    @api.model
    def _get_shippable(self, rule, outlines):
        """:param rule: of one order, of those that :meth:`_read_rules` returns
        :param outlines: {(line id, product id): Outline} of all lines of that order
        :return: keys of what may ship now
        """
        return get_shippable(self._get_items(rule, outlines), self._get_shipping(rule))

    @api.model
    def _get_shipping(self, rule):
        return alc.Shipping(
            rule=rule["now"],
            minimum=rule.get("minimum", 0.0),
            measure=rule.get("measure", "quantity"),
        )

    @api.model
    def _get_items(self, rule, outlines):
        by_value = rule["now"] == "minimum" and rule["measure"] == "value"
        prices = self._read_prices(outlines) if by_value else {}
        return {
            key: Item(outline.outstanding, outline.reserved, prices.get(key, 0.0))
            for key, outline in outlines.items()
            if outline.outstanding > EPSILON
        }

    @api.model
    def _read_prices(self, keys):
        """:return: {(line id, product id): price} per unit of the product, in the currency of the
        company; what is not sold by itself has the one of its item, as for the allocation"""
        # sudo: as above
        lines = self.env["sale.order.line"].sudo().browse({line for line, _product in keys})
        prices = {}
        for item in lines.backorder_line_ids.filtered("qty_open"):
            prices[item.sale_line_id.id, item.product_id.id] = item.amount_open / item.qty_open
        for line in lines.filtered("product_id"):
            quantity = line.product_uom_id._compute_quantity(
                line.product_uom_qty, line.product_id.uom_id, round=False
            )
            if quantity:
                prices[line.id, line.product_id.id] = line.price_subtotal / quantity
        rates = {line.id: line.order_id.currency_rate or 1.0 for line in lines}
        return {key: price / rates[key[0]] for key, price in prices.items()}

    # === IN WORDS === #

    @api.model
    def _get_waiting_text(self, order, rule, outlines):
        """:return: one sentence: what its rule waits for"""
        items = self._get_items(rule, outlines)
        if rule["now"] == "minimum":
            return self.env._(
                "%(order)s ships from %(minimum)s on, and only %(there)s could be had now.",
                order=order.name,
                minimum=self._format_measure(order, rule, rule["minimum"]),
                there=self._format_measure(
                    order, rule, get_reached(items, self._get_shipping(rule))
                ),
            )
        values = {"order": order.name, "missing": self._list_missing(items)}
        if rule["rule"] == "capped":
            return self.env._(
                "%(order)s ships in %(max)s deliveries at most. This is the last one, and it waits "
                "until it is complete. Still missing: %(missing)s.",
                max=rule["max_shipments"],
                **values,
            )
        if rule["now"] == "lines":
            return self.env._(
                "%(order)s ships only complete items. Still missing: %(missing)s.", **values
            )
        return self.env._(
            "%(order)s ships only when it is complete. Still missing: %(missing)s.", **values
        )

    @api.model
    def _list_missing(self, items):
        missing = defaultdict(float)
        for (_line, product), item in items.items():
            missing[product] += item.missing
        # sudo: names of products that the order has
        products = self.env["product.product"].sudo().browse(missing)
        return ", ".join(
            f"{format_number(missing[p.id])} {p.uom_id.name} {p.display_name}"
            for p in products
            if missing[p.id] > EPSILON
        )

    @api.model
    def _format_measure(self, order, rule, value):
        if rule["measure"] == "value":
            return order.company_id.currency_id.format(value)
        if rule["measure"] == "share":
            return f"{format_number(100 * value)} %"
        return format_number(value)

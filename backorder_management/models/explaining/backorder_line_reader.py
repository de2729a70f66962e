"""Reads all that is needed to say why backorder lines wait: the same number of queries for one
line and for hundreds."""

from collections import defaultdict
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from odoo import api, models

from ...engine import allocation as alc
from ...engine import policies
from ...engine import positions as pos
from ..policies.backorder_demand import EPSILON
from ..policies.backorder_demand_shipping import COUPLING
from ..sale_backorder import OPEN_STATES

AHEAD_SHOWN = 10  # so many demands are listed by name


@dataclass
class Case:
    """One backorder line, and all that bears on it. Quantities in the product's unit.

    line, move: the backorder line; its stock move that waits, where the goods are taken from
    root: that move as the reader of positions sees it
    short: open and not ready
    policy: of the pool; empty when Odoo's own order counts
    rows: {move id: what was read of it}, of all open demand of the pool
    ranked: demand of the pool, the first to be served first
    mine: which of it belongs to this line
    place: index in ``ranked`` of what waits; None: it stands in no pool
    now, anew: what the line would get more, its shipment rule aside: of what is free now, and if
        everything that is not picked were handed out again
    rule: shipment rule of the order
    missing: [(product, quantity)] that the order lacks to be whole
    reachable: {demand: quantity} of the order that it could hold now, its rule aside
    quants: stock of the product and its other variants, in all locations of the company
    inbound: open moves of the product into its warehouse; ``drafts``: those not confirmed
    supply: the next receipt, as the line shows it
    """

    line: Any
    root: pos.Move | None = None
    move: Any = None
    short: float = 0.0
    policy: Any = None
    rows: dict = field(default_factory=dict)
    pool: alc.Pool | None = None
    ranked: list = field(default_factory=list)
    mine: list = field(default_factory=list)
    place: int | None = None
    now: float = 0.0
    anew: float = 0.0
    rule: dict = field(default_factory=lambda: {"rule": "as_available"})
    missing: list = field(default_factory=list)
    reachable: dict = field(default_factory=dict)
    quants: list = field(default_factory=list)
    inbound: Any = None
    drafts: Any = None
    supply: Any = False

    @property
    def product(self):
        return self.line.product_id

    @property
    def demand(self):
        return None if self.place is None else self.ranked[self.place]

    @property
    def waits(self):
        return self.line.state in OPEN_STATES and not self.line.check_stock and self.short > EPSILON

    @property
    def need(self):
        return sum(d.need for d in self.mine)

    @property
    def held(self):
        return sum(d.before for d in self.mine)

    @cached_property
    def better(self):
        """Demand of others that is served before this line."""
        return [d for d in self.ranked[: self.place or 0] if d.line != self.root.line]

    @cached_property
    def worse(self):
        after = [] if self.place is None else self.ranked[self.place + 1 :]
        return [d for d in after if d.line != self.root.line]

    @cached_property
    def worse_ids(self):
        return {d.id for d in self.worse}

    @cached_property
    def rivals(self):
        """Others who hold stock that this line could use, the first in rank first."""
        nodes = set(self.demand.nodes) if self.demand else set()
        return [d for d in self.better + self.worse if d.before > EPSILON and nodes & set(d.nodes)]

    @property
    def shown(self):
        """Demand that an answer may name."""
        waiting = [d for d in self.better if d.need - d.before > EPSILON]
        return [
            *self.better[:AHEAD_SHOWN],
            *self.rivals[:AHEAD_SHOWN],
            *self.rivals[-AHEAD_SHOWN:],
            *waiting[-1:],
            *[d for d in self.rivals if d.locked][:1],
        ]


class BackorderLineReader(models.AbstractModel):
    _name = "backorder.line.reader"
    _description = "Reader for the Explanation of Backorder Items"

    @api.model
    def _read_cases(self, lines):
        """:return: list of Case, one per line, in the order of `lines`"""
        open_lines = lines.filtered(lambda x: x.state in OPEN_STATES)
        outlines = self.env["backorder.reader"]._read_outlines(open_lines.sale_line_id.ids)
        cases = [self._prepare_case(line, outlines) for line in lines]
        self._add_moves(cases)
        self._add_pools([c for c in cases if c.root and c.line.state in OPEN_STATES])
        self._add_supply(cases)
        return cases

    @api.model
    def _prepare_case(self, line, outlines):
        case = Case(line=line, policy=self.env["backorder.policy"])
        outline = outlines.get((line.sale_line_id.id, line.product_id.id))
        if outline and line.state in OPEN_STATES:
            case.short = line.qty_short
            # what waits says more than what is reserved
            case.root = max(
                outline.roots, key=lambda m: (m.unreserved > EPSILON, -m.id), default=None
            )
        return case

    @api.model
    def _add_moves(self, cases):
        ids = [c.root.id for c in cases if c.root]
        moves = {m.id: m for m in self.env["stock.move"].browse(ids)}
        for case in cases:
            case.move = moves[case.root.id] if case.root else self.env["stock.move"]

    # === RANK === #

    @api.model
    def _add_pools(self, cases):
        stock = [c for c in cases if c.root.source == pos.STOCK and c.root.warehouse]
        keys = {(c.root.product, c.root.warehouse) for c in stock}
        # it has its place before what comes after it, though it takes nothing today
        later = self.env["backorder.ahead"]._read_later(keys) if keys else []
        asked = {c.root.id for c in stock}
        found, rows = self._read_rows(keys, {*asked, *later})
        rules = self._read_rules(stock, rows)
        whole = self._read_whole_orders(rules)
        others = {(m.product, m.warehouse) for o in whole.values() for m in o.roots if m.warehouse}
        more, more_rows = self._read_rows(others - keys, [])
        found.update(more)
        rows += more_rows
        pools = {p.key: p for p in self.env["backorder.demand"]._build_pools(found, rows)}
        undue = {c.root.id for c in stock if not c.root.due} | ({*later} - asked)
        plans = self._get_plans(pools.values(), undue)
        ranked = {
            key: policies.rank(pools[key].demands, pools[key].policy) for key in keys & {*pools}
        }
        by_id = {row["id"]: row for row in rows}
        for case in stock:
            key = (case.root.product, case.root.warehouse)
            case.policy, case.rows, case.pool = found[key]._origin, by_id, pools.get(key)
            self._rank(case, ranked.get(key, []), plans)
            case.rule = rules.get(case.line.sale_order_id.id, case.rule)
        self._add_missing(stock, whole, plans)

    @api.model
    def _read_rows(self, keys, extra_ids):
        """Open demand of the pools, due or not for the moves that are asked for.

        :return: ({pool: policy}, rows); a pool without an active policy has a new one, and all
            of its demand stands in Odoo's own order
        """
        found = self.env["backorder.policy"]._find(keys)
        core = self.env["backorder.policy"].new(
            {"method": "fifo", "sharing": "rank", "on_failure": "skip_pool", "fallback": "none"}
        )
        policies_of = {key: found.get(key, core) for key in keys}
        rows = self.env["backorder.demand"]._read_rows(policies_of, extra_ids, held=True)
        for row in rows:
            row["others"] = row["others"] or (row["product_id"], row["warehouse_id"]) not in found
        return policies_of, rows

    @api.model
    def _get_plans(self, pools, undue):
        """What rank alone would give: of what is free now, and of everything.

        :param undue: moves that are not to be reserved yet: they take nothing from others
        """
        due = [replace(p, demands=[d for d in p.demands if d.id not in undue]) for p in pools]
        return [alc.allocate(due, keep=keep).results for keep in (True, False)]

    @api.model
    def _rank(self, case, ranked, plans):
        case.ranked = ranked
        case.mine = [d for d in ranked if d.line == case.root.line]
        waiting = [d for d in case.mine if d.need - d.before > EPSILON] or case.mine
        case.place = ranked.index(waiting[0]) if waiting else None
        case.now, case.anew = (self._get_gain(case.mine, plan) for plan in plans)

    @api.model
    def _get_gain(self, demands, plan):
        return sum(plan[d.id].after - d.before for d in demands if d.id in plan)

    # === ORDERS THAT SHIP TOGETHER === #

    @api.model
    def _read_rules(self, cases, rows):
        """:return: {order id: shipment rule} of the orders that have one"""
        wanted = {c.line.sale_order_id.id for c in cases}
        ruled = {
            r["order_id"]
            for r in rows
            if r["order_id"] in wanted and r["shipping"] != "as_available"
        }
        orders = self.env["sale.order"].browse(ruled)
        return {order.id: order._get_backorder_shipping() for order in orders}

    @api.model
    def _read_whole_orders(self, rules):
        """:return: {(line id, product id): Outline} of all that the orders still have to ship"""
        coupled = [order for order, rule in rules.items() if rule["rule"] in COUPLING]
        lines = self.env["sale.order"].browse(coupled).order_line
        return self.env["backorder.reader"]._read_outlines(lines.ids)

    @api.model
    def _add_missing(self, cases, outlines, plans):
        now = plans[0]
        orders = {x.id: x.order_id.id for x in self._browse_lines(outlines)}
        missing, reachable = defaultdict(list), defaultdict(dict)
        products = self.env["product.product"].browse({product for _line, product in outlines})
        by_id = {p.id: p for p in products}
        for (line, product), outline in outlines.items():
            gain = 0.0
            for result in (now[m.id] for m in outline.roots if m.id in now):
                gain += result.after - result.before
                reachable[orders[line]][result.id] = result.after
            direct = sum(m.unreserved for m in outline.roots if m.source == pos.DIRECT)
            lack = outline.unreserved - direct - gain
            if lack > EPSILON:
                missing[orders[line]].append((by_id[product], lack))
        for case in cases:
            case.missing = missing[case.line.sale_order_id.id]
            case.reachable = reachable[case.line.sale_order_id.id]

    @api.model
    def _browse_lines(self, outlines):
        return self.env["sale.order.line"].browse({line for line, _product in outlines})

    # === STOCK AND SUPPLY === #

    @api.model
    def _add_supply(self, cases):
        inbound = self._read_inbound(cases)
        quants = self.env["backorder.quant.reader"]._read_quants([c for c in cases if c.waits])
        for case in cases:
            moves = inbound[case.product.id, case.line.warehouse_id.id]
            case.drafts = [m for m in moves if m.state == "draft"]
            case.inbound = [m for m in moves if m.state != "draft"]
            coming = [
                m for m in case.inbound if m.location_id.warehouse_id != case.line.warehouse_id
            ]
            case.supply = self.env["backorder.stock"]._describe_first(case.line, coming)
            case.quants = quants.get(case.product.product_tmpl_id.id, [])

    @api.model
    def _read_inbound(self, cases):
        """:return: {(product id, warehouse id): moves into it, or within it into its stock}"""
        states = ("draft", "waiting", "confirmed", "partially_available", "assigned")
        moves = self.env["stock.move"].search(
            [
                ("product_id", "in", [c.product.id for c in cases]),
                ("state", "in", states),
                ("location_dest_id.warehouse_id", "in", [c.line.warehouse_id.id for c in cases]),
                ("location_dest_id.usage", "=", "internal"),
            ]
        )
        result = defaultdict(list)
        for move in moves:
            result[move.product_id.id, move.location_dest_id.warehouse_id.id].append(move)
        return result

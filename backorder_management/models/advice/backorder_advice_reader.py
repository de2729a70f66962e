"""What reorder advice is computed from, read for many products at once."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import timedelta

from odoo import SUPERUSER_ID, api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from ...engine.advice import History
from ..policies.backorder_demand import EPSILON

LEAD_YEARS = 2  # receipts are rare
YEAR = 364  # days: the same weekdays of the last year
MONTH, QUARTER = 28, 91
# what opening Replenishment makes, and Odoo deletes as soon as there is nothing to order
TEMPORARY = Domain("create_uid", "=", SUPERUSER_ID) & Domain("trigger", "=", "manual")


@dataclass
class Facts:
    """What is known of one product in one warehouse. Dates are days of the warehouse.

    wanted, served, gone, supply: {date: quantity}, see the engine; level: at the end of today;
    first: of the first flow ever; waits: (opened, days waited, quantity) of each item
    """

    wanted: dict = field(default_factory=lambda: defaultdict(float))
    served: dict = field(default_factory=lambda: defaultdict(float))
    sold: dict = field(default_factory=lambda: defaultdict(float))
    gone: dict = field(default_factory=lambda: defaultdict(float))
    supply: dict = field(default_factory=lambda: defaultdict(float))
    level: float = 0.0
    first: object = None
    waits: list = field(default_factory=list)
    lost: list = field(default_factory=list)
    substituted: list = field(default_factory=list)
    receipts: list = field(default_factory=list)
    leads: list = field(default_factory=list)
    rules_lead: float | None = None

    def sum(self, start, end):
        """:return: what was wanted from one day to another, both included"""
        return sum(q for day, q in self.wanted.items() if start <= day <= end)

    def get_history(self, today, days, present, step):
        """:param days: the period at most; it begins with the first flow"""
        start = today - timedelta(days=days - 1)
        start = max(start, min(self.first or today, *self.wanted, today))
        spans = {
            name: {(d - start).days: q for d, q in getattr(self, name).items() if d >= start and q}
            for name in ("wanted", "served", "gone", "supply")
        }
        return History(
            days=(today - start).days + 1,
            level=self.level,
            receipts=tuple(self.leads),
            rules_lead=self.rules_lead,
            present=present,
            lot=sum(q for _d, q in self.receipts) / len(self.receipts) if self.receipts else 0.0,
            step=step,
            **spans,
        )

    def is_whole(self):
        """Only whole units were ever wanted."""
        return all(abs(q - round(q)) < EPSILON for q in self.wanted.values())


class BackorderAdviceReader(models.AbstractModel):
    """Reads with a constant number of queries, however many products."""

    _name = "backorder.advice.reader"
    _description = "Reader of Reorder Advice"

    @api.model
    def _get_reach(self, company):
        """:return: how many days back demand is read"""
        return max(company.backorder_advice_days, YEAR + QUARTER)

    @api.model
    def _get_pools(self, company, today):
        """:return: (product id, warehouse id) pairs of what was on backorder or not sold in the
        period, in order"""
        query = SQL(
            """
            SELECT k.product_id, k.warehouse_id
              FROM (SELECT r.product_id, r.warehouse_id
                      FROM (%(items)s) r
                     WHERE r.company_id = %(company)s AND r.date_open + r.days_waited >= %(since)s
                     UNION
                    SELECT l.product_id, l.warehouse_id
                      FROM backorder_lost_demand l
                     WHERE l.company_id = %(company)s AND l.create_date >= %(since)s) k
              JOIN product_product p ON p.id = k.product_id AND p.active
              JOIN product_template t ON t.id = p.product_tmpl_id AND t.is_storable
             WHERE k.warehouse_id IS NOT NULL
             ORDER BY 1, 2
            """,
            items=self.env["backorder.report"]._table_query,
            company=company.id,
            since=today - timedelta(days=company.backorder_advice_days - 1),
        )
        return self.env.execute_query(query)

    @api.model
    def _read(self, pools, company, today):
        """:param pools: (product id, warehouse id) pairs of the company
        :return: {pool: Facts}
        """
        result = {pool: Facts() for pool in pools}
        if not result:
            return result
        products = tuple({product for product, _warehouse in result})
        since = today - timedelta(days=self._get_reach(company) - 1)
        self._add_flows(result, products, since)
        self._add_levels(result, products)
        self._add_items(result, company, products, since)
        self._add_lost(result, products, since)
        self._add_receipts(result, products, today)
        self._add_rules(result, products)
        return result

    @api.model
    def _get_rows(self, result, query):
        """:return: (Facts, rest of the row) of rows that begin with a product and a warehouse"""
        for product, warehouse, *rest in self.env.execute_query(query):
            if facts := result.get((product, warehouse)):
                yield facts, rest

    @api.model
    def _add_flows(self, result, products, since):
        flow = self.env["backorder.flow"]
        query = flow._get_flows(SQL("m.product_id IN %s", products), since)
        for facts, (kind, is_open, is_substitute, day, quantity) in self._get_rows(result, query):
            if is_open:
                facts.level -= quantity
            if kind in ("in", "loss"):
                facts.supply[day] += quantity if kind == "in" else -quantity
                continue
            facts.served[day] += quantity
            if not is_substitute:
                # who took it instead of something else did not want it
                facts.wanted[day] += quantity
                facts.sold[day] += quantity if kind == "sale" else 0.0

    @api.model
    def _add_levels(self, result, products):
        """Stock on hand; the first day on which anything moved."""
        stock = SQL(
            "SELECT q.product_id, q.warehouse_id, q.on_hand FROM (%s) q WHERE q.product_id IN %s",
            self.env["backorder.product.report"]._get_stock_query(),
            products,
        )
        for facts, (on_hand,) in self._get_rows(result, stock):
            facts.level += on_hand
        flow = self.env["backorder.flow"]
        first = SQL(
            """
            SELECT f.product_id, f.warehouse_id, MIN(%(day)s)
              FROM (SELECT x.product_id, sw.id AS warehouse_id, x.date
                      FROM (%(moves)s) x
                      JOIN stock_warehouse sw ON sw.id IN (x.from_id, x.to_id)
                     WHERE x.to_id IS DISTINCT FROM x.from_id) f
              %(zone)s
             GROUP BY 1, 2
            """,
            day=flow._get_local_date(SQL("f.date")),
            moves=flow._get_done_moves(SQL("m.product_id IN %s", products)),
            zone=flow._get_zone_joins("f"),
        )
        for facts, (day,) in self._get_rows(result, first):
            facts.first = day

    @api.model
    def _add_items(self, result, company, products, since):
        """Backorder items; what of them was cancelled was wanted, too."""
        query = SQL(
            """
            SELECT r.product_id, r.warehouse_id, r.date_open, r.days_waited, r.qty_backordered,
                   r.qty_cancelled, r.date_order
              FROM (%s) r
             WHERE r.company_id = %s AND r.product_id IN %s
               AND (r.date_order >= %s OR r.date_open + r.days_waited >= %s)
            """,
            self.env["backorder.report"]._table_query,
            company.id,
            products,
            since,
            since,
        )
        for facts, (opened, waited, quantity, cancelled, ordered) in self._get_rows(result, query):
            facts.waits.append((opened, waited, quantity))
            if cancelled and ordered and ordered >= since:
                facts.gone[ordered] += cancelled
                facts.wanted[ordered] += cancelled

    @api.model
    def _add_lost(self, result, products, since):
        """What went to a substitute was cancelled on its item, and is counted there."""
        flow = self.env["backorder.flow"]
        query = SQL(
            """
            SELECT l.product_id, l.warehouse_id, l.kind, %(day)s, l.quantity
              FROM backorder_lost_demand l
              %(zone)s
             WHERE l.product_id IN %(products)s AND %(day)s >= %(since)s
            """,
            day=flow._get_local_date(SQL("l.create_date")),
            zone=flow._get_zone_joins("l"),
            products=products,
            since=since,
        )
        for facts, (kind, day, quantity) in self._get_rows(result, query):
            if kind == "substituted":
                facts.substituted.append((day, quantity))
                continue
            facts.lost.append((day, quantity))
            facts.gone[day] += quantity
            facts.wanted[day] += quantity

    @api.model
    def _add_receipts(self, result, products, today):
        query = self.env["backorder.flow"]._get_receipts(
            SQL("m.product_id IN %s", products), today - timedelta(days=LEAD_YEARS * 365)
        )
        for facts, (day, lead, quantity) in self._get_rows(result, query):
            facts.receipts.append((day, quantity))
            if lead is not None:
                facts.leads.append(float(lead))

    @api.model
    def _add_rules(self, result, products):
        """Lead times of the rules, of what was looked up for dates."""
        query = SQL(
            "SELECT product_id, warehouse_id, days FROM backorder_lead_time"
            " WHERE known AND product_id IN %s",
            products,
        )
        for facts, (days,) in self._get_rows(result, query):
            facts.rules_lead = float(days)

    @api.model
    def _read_orderpoints(self, pools):
        """:return: {pool: orderpoint}, of several the one of the main location"""
        products, warehouses = ({p[i] for p in pools} for i in (0, 1))
        found = self.env["stock.warehouse.orderpoint"].search(
            Domain("product_id", "in", list(products))
            & Domain("warehouse_id", "in", list(warehouses))
            & ~TEMPORARY
        )
        found = found.sorted(lambda o: (o.location_id != o.warehouse_id.lot_stock_id, o.id))
        result = {}
        for orderpoint in found:
            result.setdefault((orderpoint.product_id.id, orderpoint.warehouse_id.id), orderpoint)
        return result

    @api.model
    def _get_today(self, company):
        tz = company.partner_id.tz or self.env.user.tz or "UTC"
        return fields.Date.context_today(self.with_context(tz=tz))

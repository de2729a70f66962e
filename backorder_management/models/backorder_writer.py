"""Folds positions into backorder lines and writes what changed, in batch. Nothing else ever writes
the quantities of a backorder."""

from collections import defaultdict
from dataclasses import replace

import pytz

from odoo import api, models
from odoo.tools import SQL

from ..engine import quantities as qty
from ..engine.positions import Outline
from .backorder_reader import EPSILON, OPEN_MOVES, Facts
from .dates.sale_order_window import earliest_date, latest_date
from .sale_backorder import OPEN_STATES

QUIET = {"tracking_disable": True, "mail_notrack": True, "mail_create_nosubscribe": True}


class BackorderWriter(models.AbstractModel):
    """Runs with sudo: whoever ships or sells changes the debt, also without a right to edit it."""

    _name = "backorder.writer"
    _description = "Backorder Writer"

    @api.model
    def _get_lines_to_fold(self, queue):
        """The touched lines that have anything to do with a backorder: the order has an open one,
        demand is not fully reserved, or something special happened. One cheap query, because
        most orders are never short."""
        special = queue.short | {line for line, _product in (*queue.before, *queue.added)}
        self.env["stock.move"].flush_model(["sale_line_id", "state"])
        self.env["sale.backorder"].flush_model(["sale_order_id", "state"])
        query = SQL(
            """
            SELECT sol.id
              FROM sale_order_line sol
             WHERE sol.id IN %s
               AND (EXISTS (SELECT FROM sale_backorder b
                             WHERE b.sale_order_id = sol.order_id
                               AND b.state IN ('open', 'ready', 'partial'))
                    OR EXISTS (SELECT FROM stock_move m
                                WHERE m.sale_line_id = sol.id AND %s))
            """,
            tuple(queue.lines | special),
            self._get_waiting_move_condition(queue),
        )
        found = {row[0] for row in self.env.execute_query(query)}
        return found | special

    @api.model
    def _get_waiting_move_condition(self, queue):
        """Moves that may be short. What is reserved is not, unless its supply can be late."""
        if queue.origin in ("refresh", "existing"):
            return SQL("m.state IN %s", OPEN_MOVES)
        return SQL("m.state IN ('waiting', 'confirmed', 'partially_available')")

    @api.model
    def _fold(self, line_ids, queue):
        """Fold the positions of these order lines into their backorders."""
        orders = self._read_orders(line_ids)
        line_ids = set(line_ids) | self._get_companions(orders)
        facts = self.env["backorder.reader"]._read_facts(line_ids)
        records = self._get_open_records(orders)
        lines = {(x.sale_line_id.id, x.product_id.id): x for x in records.line_ids}
        tallies, births = self._advance_all(facts, lines, queue, orders)
        if not (lines or births):
            return
        changes = self._write_lines(lines, tallies, facts, queue, orders)
        if births:
            planned = self._plan_lines(births, tallies, facts, queue, orders)
            records |= self._open_records(planned, records, queue, orders)
            changes |= self._create_lines(planned, tallies, records)
            self._remember_fresh(births, facts)
        self._write_parts(records.line_ids, facts, births, orders)
        self._request_counts(changes)
        self.env["backorder.publisher"]._refresh(records, facts, queue, orders, changes)

    # === READ === #

    @api.model
    def _read_orders(self, line_ids):
        """:return: {order id: dict} of the orders of these lines, with what decides about them"""
        self.env["sale.order"].flush_model()
        self.env["sale.order.line"].flush_model(["order_id", "product_id"])
        query = SQL(
            """
            SELECT so.id, so.state, so.commitment_date, so.backorder_count, c.backorder_creation,
                   COALESCE(so.backorder_shipping,
                            CASE WHEN so.picking_policy = 'one' THEN 'whole' END,
                            sold.shipping, c.backorder_shipping, 'as_available') AS shipping,
                   place.tz, sold.not_before, sold.latest,
                   array_agg(sol.id) AS line_ids,
                   (SELECT b.id FROM sale_backorder b WHERE b.sale_order_id = so.id
                       AND b.state IN ('open', 'ready', 'partial')) AS record_id
              FROM sale_order_line sol
              JOIN sale_order so ON so.id = sol.order_id
              JOIN res_company c ON c.id = so.company_id
             CROSS JOIN LATERAL (
                   SELECT COALESCE((SELECT p.tz FROM stock_warehouse w
                                      JOIN res_partner p ON p.id = w.partner_id
                                     WHERE w.id = so.warehouse_id),
                                   (SELECT tz FROM res_partner WHERE id = c.partner_id)) AS tz
                   OFFSET 0) place
             CROSS JOIN LATERAL (
                   SELECT %s AS not_before, %s AS latest,
                          customer.backorder_shipping AS shipping
                     FROM res_partner buyer
                     JOIN res_partner customer ON customer.id = buyer.commercial_partner_id
                    WHERE buyer.id = so.partner_id
                   OFFSET 0) sold
             WHERE sol.id IN %s
             GROUP BY so.id, c.id, place.tz, sold.not_before, sold.latest, sold.shipping
             ORDER BY so.id
            """,
            earliest_date(SQL("place.tz")),
            latest_date(SQL("place.tz")),
            tuple(line_ids),
        )
        rows = self.env.execute_query_dict(query)
        for row in rows:
            row["zone"] = pytz.timezone(row["tz"] or self.env.user.tz or "UTC")
        return {row["id"]: row for row in rows}

    @api.model
    def _get_companions(self, orders):
        """Where a shipment rule looks at the whole order, all its lines are read."""
        ruled = [o["id"] for o in orders.values() if o["shipping"] != "as_available"]
        if not ruled:
            return set()
        lines = self.env["sale.order.line"].search([("order_id", "in", ruled)])
        for order_id, order_lines in lines.grouped("order_id").items():
            orders[order_id.id]["line_ids"] = order_lines.ids
        return set(lines.ids)

    @api.model
    def _get_open_records(self, orders):
        ids = [o["record_id"] for o in orders.values() if o["record_id"]]
        return self.env["sale.backorder"].with_context(**QUIET).browse(ids)

    # === FOLD === #

    @api.model
    def _advance_all(self, facts, lines, queue, orders):
        """:return: {key: (old tally, new tally)}, and the keys that start now"""
        order_by_line = {line: o for o in orders.values() for line in o["line_ids"]}
        tallies, births = {}, []
        for key in {*facts, *queue.before, *(k for k in lines if k[0] in order_by_line)}:
            order = order_by_line.get(key[0])
            if not order:
                continue
            fact = facts.get(key) or Facts(Outline())
            line = lines.get(key)
            old = line._get_tally() if line else self._get_first_tally(key, fact, queue)
            new = qty.advance(
                old,
                self._get_position(fact, key, queue, order),
                added=queue.added.get(key, 0.0),
                dropped=key in queue.before,
            )
            if line:
                tallies[key] = old, new
            elif new.backordered > EPSILON:
                tallies[key] = old, new
                births.append(key)
        return tallies, births

    @api.model
    def _get_first_tally(self, key, fact, queue):
        delivered, outstanding = queue.before.get(
            key, (fact.outline.delivered, fact.outline.outstanding)
        )
        return qty.Tally(delivered=delivered, outstanding=outstanding)

    @api.model
    def _get_position(self, fact, key, queue, order):
        return qty.Position(
            delivered=fact.outline.delivered,
            outstanding=fact.outline.outstanding,
            reserved=fact.outline.reserved,
            want=self._get_want(fact, key, queue, order),
        )

    @api.model
    def _get_want(self, fact, key, queue, order):
        """What is short now and counts as backordered, by the company's setting."""
        when = "confirmation" if queue.origin == "existing" else order["backorder_creation"]
        if order["state"] != "sale" or when == "manual":
            return 0.0
        want = fact.outline.shipped_short if key[0] in queue.short else 0.0
        if when == "confirmation":
            want = max(want, fact.short)
        return want

    # === WRITE === #

    @api.model
    def _group_by_order(self, keys, orders):
        """:return: {order id: keys}, both in order"""
        order_of = {line: o["id"] for o in orders.values() for line in o["line_ids"]}
        grouped = defaultdict(list)
        for key in sorted(keys, key=lambda k: (order_of[k[0]], k)):
            grouped[order_of[key[0]]].append(key)
        return grouped

    @api.model
    def _write_lines(self, lines, tallies, facts, queue, orders):
        """:return: {backorder line: (old tally, new tally)} of the lines whose quantities moved"""
        moved, notes, promises = {}, [], []
        for key, line in lines.items():
            if key not in tallies:
                continue
            order = orders[line.sale_order_id.id]
            vals = self._get_fold_vals(key, line, tallies, facts, queue, order)
            changed = {k: v for k, v in vals.items() if line._is_changed(k, v)}
            if {"expected_date", "promised_date", "confidence"} & changed.keys():
                expected = changed.get("expected_date", line.expected_date)
                notes.append((line.id, line.expected_date, expected))
            if changed.get("promised_date"):
                promises.append((line, line.promised_date))
            if changed:
                line.write(changed)
            old, new = tallies[key]
            if replace(old, delivered=0, outstanding=0) != replace(new, delivered=0, outstanding=0):
                moved[line] = old, new
        self.env["backorder.promise"]._record(promises, "order")
        changes = self.env["backorder.date.change"]
        changes._note(notes)
        ended = [x.id for x in moved if x.state not in OPEN_STATES and x.promised_date]
        changes._close(self.env["sale.backorder.line"].browse(ended))
        return moved

    @api.model
    def _write_parts(self, lines, facts, births, orders):
        """What is planned to serve each folded line; nothing for what is not open any more."""
        zones = {line: o["zone"] for o in orders.values() for line in o["line_ids"]}
        dates, parts, new_ids, born = self.env["backorder.dates"], {}, set(), set(births)
        for line in lines:
            key = line.sale_line_id.id, line.product_id.id
            if key[0] not in zones:
                continue
            fact = facts.get(key) or Facts(Outline())
            parts[line.id] = dates._get_parts(fact, line.qty_open, zones[key[0]])
            if key in born:
                new_ids.add(line.id)
        dates._store_parts(parts, new_ids)

    @api.model
    def _request_counts(self, changes):
        """Ask the warehouse to count what should be there, with core's own count request."""
        lines = self.env["sale.backorder.line"].concat(*changes).filtered("check_stock")
        if lines:
            lines._request_count()

"""Checks what must always hold against the database."""

import itertools

from odoo import api, models
from odoo.tools import SQL

from .backorder_reader import EPSILON
from .sale_backorder import OPEN_STATES

AUDIT_BATCH = 1000


class SaleBackorder(models.Model):
    _inherit = "sale.backorder"

    @api.model
    def audit(self):
        """Check the quantity identity of every line and the stock of every pool.

        :return: list of dict ``{"code", "model", "id", "text"}``, empty when all holds. Codes:
            ``identity`` (backordered = fulfilled + open + cancelled), ``range`` (0 <= ready <= open
            <= outstanding), ``moves`` (the line does not say what the transfers say), ``state``
            (a status that does not fit its quantities), ``pool`` (more reserved for customers than
            on hand)
        """
        self.check_access("read")
        self.env["backorder.tracker"]._drain()
        self.env.flush_all()
        # sudo: the check compares with moves and stock that the caller may not read; only the
        # backorders that he may read are reported
        problems = [*self.sudo()._audit_lines(), *self.sudo()._audit_states()]
        concerned = [p["backorder_id"] for p in problems]
        readable = set(self.search([("id", "in", concerned)]).ids)
        problems = [p for p in problems if p.pop("backorder_id") in readable]
        return problems + self.sudo()._audit_pools()

    @api.model
    def _audit_lines(self):
        for lines in self._get_batches("sale.backorder.line"):
            open_lines = lines.filtered(lambda x: x.backorder_id.state in OPEN_STATES)
            outlines = self.env["backorder.reader"]._read_outlines(open_lines.sale_line_id.ids)
            for line in lines:
                line_outlines = outlines if line in open_lines else None
                for code, text in line._get_violations(line_outlines):
                    yield self._get_problem(code, line, line.backorder_id, text)

    @api.model
    def _get_batches(self, model):
        """All records of `model`, in recordsets of bounded size."""
        last = 0
        while records := self.env[model].search([("id", ">", last)], order="id", limit=AUDIT_BATCH):
            last = records[-1].id
            yield records

    @api.model
    def _audit_states(self):
        for backorder in itertools.chain.from_iterable(self._get_batches(self._name)):
            is_open = any(not x.product_id.uom_id.is_zero(x.qty_open) for x in backorder.line_ids)
            if is_open != (backorder.state in OPEN_STATES):
                text = self.env._(
                    "%s has a status that does not fit its quantities", backorder.name
                )
                yield self._get_problem("state", backorder, backorder, text)

    @api.model
    def _audit_pools(self):
        """Reserved for customers must not be more than what is on hand, product by warehouse."""
        query = SQL(
            """
            SELECT ml.product_id, l.warehouse_id, SUM(ml.quantity_product_uom) AS reserved,
                   COALESCE((SELECT SUM(q.quantity) FROM stock_quant q
                               JOIN stock_location ql ON ql.id = q.location_id
                              WHERE q.product_id = ml.product_id AND ql.usage = 'internal'
                                AND ql.warehouse_id = l.warehouse_id), 0) AS on_hand
              FROM stock_move_line ml
              JOIN stock_move m ON m.id = ml.move_id
              JOIN stock_location l ON l.id = ml.location_id AND l.usage = 'internal'
              JOIN product_product p ON p.id = ml.product_id
              JOIN product_template t ON t.id = p.product_tmpl_id AND t.is_storable
             WHERE m.sale_line_id IN (SELECT sale_line_id FROM sale_backorder_line
                                       WHERE date_closed IS NULL)
               AND m.state IN ('partially_available', 'assigned') AND NOT ml.picked
             GROUP BY ml.product_id, l.warehouse_id
            """
        )
        problems = []
        for row in self.env.execute_query_dict(query):
            if row["reserved"] > row["on_hand"] + EPSILON:
                product = self.env["product.product"].browse(row["product_id"])
                text = self.env._(
                    "%(product)s: %(reserved)s reserved, %(on_hand)s on hand",
                    product=product.display_name,
                    reserved=row["reserved"],
                    on_hand=row["on_hand"],
                )
                problems.append(
                    {"code": "pool", "model": product._name, "id": product.id, "text": text}
                )
        return problems

    @api.model
    def _get_problem(self, code, record, backorder, text):
        return {
            "code": code,
            "model": record._name,
            "id": record.id,
            "text": text,
            "backorder_id": backorder.id,
        }


class SaleBackorderLine(models.Model):
    _inherit = "sale.backorder.line"

    def _get_violations(self, outlines):
        """:param outlines: what the moves say, or None for a frozen line"""
        self.ensure_one()
        unit, name = self.product_id.uom_id, self.display_name
        differs = lambda a, b: not unit.is_zero(a - b)
        violations = []
        total = self.qty_fulfilled + self.qty_open + self.qty_cancelled
        if differs(self.qty_backordered, total):
            text = self.env._(
                "%(name)s: %(backordered)s backordered, but %(total)s accounted for",
                name=name,
                backordered=self.qty_backordered,
                total=total,
            )
            violations.append(("identity", text))
        bounds = [0.0, self.qty_ready, self.qty_open, self.qty_outstanding_last]
        if outlines is None:
            bounds.pop()
        if any(unit.compare(a, b) > 0 for a, b in itertools.pairwise(bounds)):
            text = self.env._(
                "%(name)s: ready %(ready)s, open %(open)s, outstanding %(outstanding)s",
                name=name,
                ready=self.qty_ready,
                open=self.qty_open,
                outstanding=self.qty_outstanding_last,
            )
            violations.append(("range", text))
        return violations + (self._get_move_violations(outlines) if outlines is not None else [])

    def _get_move_violations(self, outlines):
        """The line was folded from the position that the transfers show now."""
        unit = self.product_id.uom_id
        outline = outlines.get((self.sale_line_id.id, self.product_id.id))
        delivered = outline.delivered if outline else 0.0
        outstanding = outline.outstanding if outline else 0.0
        if unit.is_zero(delivered - self.qty_delivered_last) and unit.is_zero(
            outstanding - self.qty_outstanding_last
        ):
            return []
        text = self.env._(
            "%(name)s: the transfers say %(delivered)s delivered and %(outstanding)s outstanding",
            name=self.display_name,
            delivered=delivered,
            outstanding=outstanding,
        )
        return [("moves", text)]

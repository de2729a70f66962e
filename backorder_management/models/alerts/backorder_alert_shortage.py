"""Shortage ahead: products that run out although customers have ordered them."""

from datetime import timedelta

from odoo import fields, models
from odoo.tools import SQL

from ..backorder_reader import OPEN_MOVES, SUPPLY_DATE
from ..sale_backorder import format_number

# a move `m` from `src` to `dst` that takes goods out of the warehouse, at once or by its next
# steps, and that neither a step before it nor what is made to order for it has yet to bring
LEAVES = SQL(
    """
    src.usage = 'internal'
    AND src.warehouse_id IS DISTINCT FROM (CASE WHEN goal.id IS NULL THEN dst.warehouse_id
                                                ELSE goal.warehouse_id END)
    AND NOT EXISTS (SELECT FROM stock_move_move_rel r JOIN stock_move o ON o.id = r.move_orig_id
                     WHERE r.move_dest_id = m.id AND o.state IN %s)
    """,
    OPEN_MOVES,
)


class BackorderAlertRule(models.Model):
    _inherit = "backorder.alert.rule"

    def _get_target(self):
        """:return: (column, model) of what an alert of this rule is about"""
        if self.kind == "shortage":
            return "product_id", "product.product"
        return "backorder_id", "sale.backorder"

    def _get_key_columns(self):
        """:return: names of the columns that tell the alerts of a rule apart"""
        return ("product_id", "warehouse_id") if self.kind == "shortage" else ("backorder_id",)

    def _get_shortage_words(self):
        return self.env._(
            "On a day of the next %s days what is in stock and has come by then does not cover "
            "what goes out",
            self.days,
        )

    def _get_shortage_text(self, number):
        return self.env._(
            "%(quantity)s short within %(days)s days",
            quantity=format_number(float(number)),
            days=self.days,
        )

    def _get_cause_query(self, company):
        return (
            self._get_shortage_query(company)
            if self.kind == "shortage"
            else super()._get_cause_query(company)
        )

    def _get_shortage_query(self, company):
        """Stock of a warehouse, plus what comes into it, less what leaves it, day by day: the worst
        day counts, also where later goods make up for it. What comes on a day serves that day; what
        should have come or gone before is taken as of today. Goods made to order serve only those
        for whom they are made, and do not count."""
        report = self.env["backorder.report.base"]
        now = SQL("%s::timestamp", fields.Datetime.now())
        return SQL(
            """
            SELECT d.product_id, d.warehouse_id, -MIN(d.balance) AS number
              FROM (SELECT f.product_id, f.warehouse_id,
                           SUM(SUM(f.quantity)) OVER (
                               PARTITION BY f.product_id, f.warehouse_id ORDER BY %(day)s
                           ) AS balance
                      FROM (%(flows)s) AS f (product_id, warehouse_id, moment, quantity)
                      JOIN stock_warehouse w ON w.id = f.warehouse_id
                      JOIN product_product p ON p.id = f.product_id
                      JOIN product_template t ON t.id = p.product_tmpl_id AND t.is_storable
                      %(zone)s
                     WHERE %(conditions)s
                     GROUP BY f.product_id, f.warehouse_id, %(day)s) d
             GROUP BY d.product_id, d.warehouse_id
            HAVING MIN(d.balance) < -0.00001
            """,
            day=report._get_local_date(SQL("GREATEST(f.moment, %s)", now)),
            flows=self._get_flows(company),
            zone=report._get_zone_joins("w", "f"),
            conditions=self._get_shortage_conditions(),
        )

    def _get_flows(self, company):
        """:return: SQL of product, warehouse, moment and quantity"""
        now = fields.Datetime.now()
        return SQL(
            """
            SELECT q.product_id, l.warehouse_id, %(now)s::timestamp, q.quantity
              FROM stock_quant q
              JOIN stock_location l ON l.id = q.location_id AND l.usage = 'internal'
             WHERE l.warehouse_id IS NOT NULL AND l.company_id = %(company)s
               AND q.product_id IN (SELECT product_id FROM stock_move
                                     WHERE state IN %(states)s AND company_id = %(company)s
                                       AND date <= %(until)s)
             UNION ALL
            SELECT m.product_id, dst.warehouse_id, %(supply_date)s, m.product_qty
              FROM stock_move m
              JOIN stock_location src ON src.id = m.location_id
              JOIN stock_location dst ON dst.id = m.location_dest_id AND dst.usage = 'internal'
             WHERE dst.warehouse_id IS NOT NULL AND dst.company_id = %(company)s
               AND src.warehouse_id IS DISTINCT FROM dst.warehouse_id
               AND m.state IN %(states)s AND %(supply_date)s <= %(until)s
               AND NOT EXISTS (SELECT FROM stock_move_move_rel r
                                 JOIN stock_move d ON d.id = r.move_dest_id
                                WHERE r.move_orig_id = m.id
                                  AND d.procure_method = 'make_to_order')
             UNION ALL
            SELECT m.product_id, src.warehouse_id, m.date, -m.product_qty
              FROM stock_move m
              JOIN stock_location src ON src.id = m.location_id
              JOIN stock_location dst ON dst.id = m.location_dest_id
              LEFT JOIN stock_location goal ON goal.id = m.location_final_id
             WHERE src.warehouse_id IS NOT NULL AND src.company_id = %(company)s
               AND m.state IN %(states)s AND m.date <= %(until)s AND %(leaves)s
            """,
            leaves=LEAVES,
            supply_date=SUPPLY_DATE,
            company=company.id,
            states=OPEN_MOVES,
            now=now,
            until=now + timedelta(days=self.days),
        )

    def _get_shortage_conditions(self):
        parts = [self._get_category_condition(SQL("t.categ_id"))]
        if self.warehouse_ids:
            parts.append(SQL("f.warehouse_id IN %s", tuple(self.warehouse_ids.ids)))
        return SQL(" AND ").join(parts)

    # === WHO IS HIT === #

    def _read_hit_customers(self, rows):
        """Those of whose order something leaves the warehouse in time and is not reserved yet.

        :param rows: dicts with ``product_id`` and ``warehouse_id``
        :return: {(product id, warehouse id): [partner id]}, the oldest order first
        """
        if not rows:
            return {}
        query = SQL(
            """
            SELECT m.product_id, src.warehouse_id, so.partner_id
              FROM stock_move m
              JOIN stock_location src ON src.id = m.location_id
              JOIN stock_location dst ON dst.id = m.location_dest_id
              LEFT JOIN stock_location goal ON goal.id = m.location_final_id
              JOIN sale_order_line sol ON sol.id = m.sale_line_id
              JOIN sale_order so ON so.id = sol.order_id
              JOIN (VALUES %s) AS k (product_id, warehouse_id)
                ON k.product_id = m.product_id AND k.warehouse_id = src.warehouse_id
             WHERE m.state IN %s AND %s
               AND m.date <= %s
               AND m.product_qty > COALESCE(m.quantity, 0)
             GROUP BY m.product_id, src.warehouse_id, so.partner_id
             ORDER BY MIN(so.date_order), so.partner_id
            """,
            SQL(", ").join(SQL("(%s, %s)", r["product_id"], r["warehouse_id"]) for r in rows),
            OPEN_MOVES,
            LEAVES,
            fields.Datetime.now() + timedelta(days=self.days),
        )
        result = {}
        for product, warehouse, partner in self.env.execute_query(query):
            result.setdefault((product, warehouse), []).append(partner)
        return result

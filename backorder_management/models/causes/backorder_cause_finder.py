"""Reads what is known about backorder items, for the rules that find their cause."""

from collections import defaultdict
from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL

from ...engine import causes
from ..backorder_reader import OPEN_MOVES, SUPPLY_DATE


class BackorderCauseFinder(models.AbstractModel):
    """Runs with sudo, in a number of queries that does not depend on the number of items."""

    _name = "backorder.cause.finder"
    _description = "Backorder Cause Finder"

    @api.model
    def _read_facts(self, line_ids):
        """:return: {backorder item id: engine facts}"""
        if not line_ids:
            return {}
        self.env.flush_all()
        ids = tuple(line_ids)
        items = self._read_items(ids)
        # said in so many words: through a join the planner would read the moves of all products
        products = tuple({item[1] for item in items}) or (0,)
        receipts, counts = self._read_receipts(ids, products), self._read_counts(ids, products)
        weeks, points = self._read_weeks(ids, products), self._read_reorder_points(ids)
        return {
            line: causes.Facts(
                opened=opened,
                today=today,
                short=short,
                receipts=tuple(receipts.get(line, ())),
                counts=tuple(counts.get(line, ())),
                not_found=bool(not_found),
                weeks=tuple(weeks.get(line, ())),
                reorder_point=points.get(line, (None, None))[0],
                lead_days=points.get(line, (None, None))[1],
            )
            for line, _product, opened, today, short, not_found in items
        }

    # === PIECES === #

    @api.model
    def _get_local_date(self, moment):
        return self.env["backorder.report.base"]._get_local_date(moment)

    @api.model
    def _get_zone_joins(self, alias):
        return self.env["backorder.report.base"]._get_zone_joins(alias)

    @api.model
    def _read_items(self, ids):
        """:return: [(item, product, opened on, today, backordered, not found)]"""
        return self.env.execute_query(
            SQL(
                "SELECT x.id, x.product_id, %s, %s, x.qty_backordered, x.check_stock"
                " FROM sale_backorder_line x %s WHERE x.id IN %s",
                self._get_local_date(SQL("x.date_open")),
                self._get_local_date(SQL("%s::timestamp", fields.Datetime.now())),
                self._get_zone_joins("x"),
                ids,
            )
        )

    # === SUPPLY === #

    @api.model
    def _read_receipts(self, ids, products):
        """What was on its way when the item was opened, or is now: to the warehouse, or from the
        vendor to this customer.

        :return: {item: engine receipts}
        """
        rows = self.env.execute_query(
            SQL(
                """
                SELECT x.id, %(name)s, %(first)s, %(planned)s, %(placed)s, m.state = 'done',
                       SUM(CASE WHEN m.state = 'done' THEN m.quantity ELSE m.product_uom_qty END
                           * mu.factor / pu.factor)
                  FROM sale_backorder_line x
                  JOIN stock_move m ON m.product_id = x.product_id
                  JOIN stock_location src ON src.id = m.location_id AND src.usage = 'supplier'
                  JOIN stock_location dst ON dst.id = m.location_dest_id
                                         AND (dst.warehouse_id = x.warehouse_id
                                              OR dst.usage = 'customer'
                                                 AND m.sale_line_id = x.sale_line_id)
                  JOIN product_product p ON p.id = m.product_id
                  JOIN product_template pt ON pt.id = p.product_tmpl_id
                  JOIN uom_uom mu ON mu.id = m.product_uom
                  JOIN uom_uom pu ON pu.id = pt.uom_id
                  LEFT JOIN stock_picking k ON k.id = m.picking_id
                  %(joins)s
                  %(zone)s
                 WHERE x.id IN %(ids)s AND m.product_id IN %(products)s
                   AND (m.state IN %(open)s OR m.state = 'done' AND m.date >= x.date_open)
                 GROUP BY 1, 2, 3, 4, 5, 6
                """,
                name=self._get_receipt_name(),
                first=self._get_local_date(self._get_first_date()),
                planned=self._get_local_date(
                    SQL("CASE WHEN m.state = 'done' THEN m.date ELSE %s END", SUPPLY_DATE)
                ),
                placed=self._get_local_date(self._get_placed_date()),
                joins=self._get_receipt_joins(),
                zone=self._get_zone_joins("x"),
                ids=ids,
                products=products,
                open=OPEN_MOVES,
            )
        )
        result = defaultdict(list)
        for line, name, first, planned, placed, done, quantity in rows:
            receipt = causes.Receipt(name or "", first, planned, placed, float(quantity), done)
            result[line].append(receipt)
        return result

    @api.model
    def _get_receipt_name(self):
        return SQL("COALESCE(k.name, m.reference)")

    @api.model
    def _get_first_date(self):
        """:return: SQL; the moment that the vendor promised first"""
        return SQL("COALESCE(m.date_deadline, m.date)")

    @api.model
    def _get_placed_date(self):
        """:return: SQL; when the goods were ordered"""
        return SQL("m.create_date")

    @api.model
    def _get_receipt_joins(self):
        """:return: SQL; other addons join what they know of a receipt"""
        return SQL()

    @api.model
    def _read_counts(self, ids, products):
        """What inventory counts took off the stock around the opening.

        :return: {item: [(day, quantity)]}, negative where a count added
        """
        rows = self.env.execute_query(
            SQL(
                """
                SELECT x.id, %(day)s,
                       CASE WHEN dst.usage = 'inventory' THEN m.quantity ELSE -m.quantity END
                  FROM sale_backorder_line x
                  JOIN stock_move m ON m.product_id = x.product_id AND m.is_inventory
                                   AND m.state = 'done'
                                   AND m.date >= x.date_open - %(days)s * INTERVAL '1 day'
                                   AND m.date <= x.date_open + INTERVAL '1 day'
                  JOIN stock_location src ON src.id = m.location_id
                  JOIN stock_location dst ON dst.id = m.location_dest_id
                  %(zone)s
                 WHERE x.id IN %(ids)s AND m.product_id IN %(products)s
                   AND (dst.usage = 'inventory' AND src.warehouse_id = x.warehouse_id
                        OR src.usage = 'inventory' AND dst.warehouse_id = x.warehouse_id)
                 ORDER BY x.id, m.date, m.id
                """,
                day=self._get_local_date(SQL("m.date")),
                days=causes.COUNT_DAYS,
                zone=self._get_zone_joins("x"),
                ids=ids,
                products=products,
            )
        )
        result = defaultdict(list)
        for line, day, quantity in rows:
            result[line].append((day, float(quantity)))
        return result

    # === DEMAND === #

    @api.model
    def _read_weeks(self, ids, products):
        """What was ordered of the product in the warehouse; components of kits count, too.

        :return: {item: quantity of each seven days up to the opening, the latest first}
        """
        days = 7 * (causes.WEEKS + 1)
        rows = self.env.execute_query(
            SQL(
                """
                SELECT i.id, (i.opened - s.day) / 7, SUM(s.quantity)
                  FROM (SELECT x.id, x.product_id, x.warehouse_id, %(opened)s AS opened
                          FROM sale_backorder_line x %(zone)s WHERE x.id IN %(ids)s) i
                  JOIN (%(flows)s) s ON s.kind = 'sale' AND s.product_id = i.product_id
                                    AND s.warehouse_id = i.warehouse_id
                                    AND s.day <= i.opened AND s.day > i.opened - %(days)s
                 GROUP BY 1, 2
                """,
                opened=self._get_local_date(SQL("x.date_open")),
                zone=self._get_zone_joins("x"),
                ids=ids,
                flows=self._get_flows_before(ids, products, days),
                days=days,
            )
        )
        result = defaultdict(lambda: [0.0] * (causes.WEEKS + 1))
        for line, week, quantity in rows:
            result[line][week] = float(quantity)
        return result

    @api.model
    def _get_flows_before(self, ids, products, days):
        """:return: SQL of `backorder.flow`, from so many days before the first of these items"""
        [(opened,)] = self.env.execute_query(
            SQL("SELECT MIN(date_open)::date FROM sale_backorder_line WHERE id IN %s", ids)
        )
        since = opened - timedelta(days=days + 1)  # one more: the day there is not the one here
        # what shipped before was ordered before
        moves = SQL("m.product_id IN %s AND (m.state <> 'done' OR m.date >= %s)", products, since)
        return self.env["backorder.flow"]._get_flows(moves, since)

    @api.model
    def _read_reorder_points(self, ids):
        """:return: {item: (reorder point of the warehouse, lead time in days or None)}"""
        rows = self.env.execute_query(
            SQL(
                """
                SELECT x.id, SUM(op.product_min_qty), MAX(t.days)
                  FROM sale_backorder_line x
                  JOIN stock_warehouse_orderpoint op ON op.product_id = x.product_id
                                                    AND op.warehouse_id = x.warehouse_id
                                                    AND op.active
                  LEFT JOIN backorder_lead_time t ON t.product_id = x.product_id
                                                 AND t.warehouse_id = x.warehouse_id AND t.known
                 WHERE x.id IN %s
                 GROUP BY x.id
                """,
                ids,
            )
        )
        return {line: (float(point), days) for line, point, days in rows}

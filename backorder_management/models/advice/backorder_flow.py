"""Goods that come into a warehouse and leave it, day by day."""

from odoo import api, models
from odoo.tools import SQL

from ..backorder_reader import OPEN_MOVES
from ..overview.backorder_sql import get_zones

# what leaves a warehouse for these was not wanted by anybody
LOSSES = ("inventory", "supplier")
# what comes from these was not ordered
FINDS = ("inventory", "customer")


class BackorderFlow(models.AbstractModel):
    """SQL only. A flow is a move between the stock of a warehouse and anywhere else: steps inside
    of a warehouse are none. Quantities are in the product's unit; days are those of the warehouse.
    """

    _name = "backorder.flow"
    _description = "Goods In and Out of Warehouses"

    @api.model
    def _get_local_date(self, moment):
        return self.env["backorder.report.base"]._get_local_date(moment)

    @api.model
    def _get_zone_joins(self, alias):
        """The zone of the warehouse, which a flow always has."""
        return SQL(
            "LEFT JOIN %s zones ON zones.id = %s",
            get_zones(self.env),
            SQL.identifier(alias, "warehouse_id"),
        )

    @api.model
    def _get_moves(self, condition):
        """:param condition: SQL on `m`, the move
        :return: SQL of moves with `from_id` and `to_id`, the warehouses; the goods of a delivery in
            several steps leave with its first open step, on to where they go in the end"""
        return self._get_moves_to(
            SQL(
                "CASE WHEN m.state = 'done' THEN m.location_dest_id"
                " ELSE COALESCE(m.location_final_id, m.location_dest_id) END"
            ),
            SQL("CASE WHEN m.state = 'done' THEN m.quantity ELSE m.product_uom_qty END"),
            condition,
        )

    @api.model
    def _get_done_moves(self, condition):
        """The same, of done moves only: with bare columns PostgreSQL knows how many to expect."""
        return self._get_moves_to(
            SQL("m.location_dest_id"),
            SQL("m.quantity"),
            SQL("m.state = 'done' AND (%s)", condition),
        )

    @api.model
    def _get_moves_to(self, place, quantity, condition):
        return SQL(
            """
            SELECT %(columns)s, src.usage AS src_usage, dst.usage AS dst_usage,
                   CASE WHEN src.usage = 'internal' THEN src.warehouse_id END AS from_id,
                   CASE WHEN dst.usage = 'internal' THEN dst.warehouse_id END AS to_id,
                   (CASE WHEN m.product_uom = pt.uom_id THEN %(quantity)s
                         ELSE %(quantity)s * mu.factor / pu.factor END)::float8 AS quantity
              FROM stock_move m
              JOIN stock_location src ON src.id = m.location_id
              JOIN stock_location dst ON dst.id = %(place)s
              JOIN product_product p ON p.id = m.product_id
              JOIN product_template pt ON pt.id = p.product_tmpl_id
              LEFT JOIN uom_uom mu ON mu.id = NULLIF(m.product_uom, pt.uom_id)
              LEFT JOIN uom_uom pu
                ON pu.id = CASE WHEN m.product_uom <> pt.uom_id THEN pt.uom_id END
             WHERE pt.is_storable AND (%(condition)s)
            """,
            columns=SQL(", ").join(SQL.identifier("m", name) for name in self._get_move_columns()),
            place=place,
            quantity=quantity,
            condition=condition,
        )

    @api.model
    def _is_inside(self, side):
        """SQL: the move comes from the stock of a warehouse ("src") or goes there ("dst"). Places
        outside are few: with their ids PostgreSQL knows how many moves to expect."""
        # sudo: what the user may see is decided by the rows of the report
        places = self.env["stock.location"].sudo().with_context(active_test=False)
        column = {"src": "location_id", "dst": "location_dest_id"}[side]
        return SQL(
            "%s.usage = 'internal' AND %s.warehouse_id IS NOT NULL AND %s <> ALL(%s)",
            SQL.identifier(side),
            SQL.identifier(side),
            SQL.identifier("m", column),
            places.search([("usage", "!=", "internal")]).ids,
        )

    @api.model
    def _get_move_columns(self):
        """Other addons add theirs."""
        return ["id", "product_id", "state", "date", "create_date", "sale_line_id", "picking_id"]

    @api.model
    def _get_flows(self, condition, since):
        """Rows of a product, a warehouse and a day:

        - kind `sale`: ordered by customers, on the day of the order, shipped or not (`is_open`)
        - kind `use`: taken for production, for other warehouses or otherwise, when it was taken
        - kind `loss`: lost, scrapped, sent back to the vendor
        - kind `in`: came in from wherever

        :param condition: SQL on `m`, the move
        :param since: the first day; what is open counts from the beginning
        """
        return SQL(
            """
            SELECT f.product_id, f.warehouse_id, f.kind, f.is_open, f.is_substitute,
                   %(day)s AS day, SUM(f.quantity) AS quantity
              FROM (WITH x AS MATERIALIZED (%(moves)s)
                    SELECT x.product_id, x.from_id AS warehouse_id,
                           CASE WHEN so.id IS NOT NULL THEN 'sale'
                                WHEN x.dst_usage IN %(losses)s THEN 'loss' ELSE 'use' END AS kind,
                           x.state <> 'done' AS is_open,
                           sol.substitute_of_line_id IS NOT NULL AS is_substitute,
                           COALESCE(so.date_order, x.date) AS moment, x.quantity
                      FROM x
                      JOIN stock_warehouse sw ON sw.id = x.from_id
                      LEFT JOIN sale_order_line sol
                        ON sol.id = x.sale_line_id AND x.dst_usage NOT IN %(losses)s
                      LEFT JOIN sale_order so ON so.id = sol.order_id
                     WHERE x.to_id IS DISTINCT FROM x.from_id
                       AND (x.state = 'done'
                            OR so.id IS NOT NULL AND x.state IN %(open)s AND NOT %(later)s)
                     UNION ALL
                    SELECT x.product_id, x.to_id, 'in', FALSE, FALSE, x.date,
                           x.quantity
                      FROM x
                      JOIN stock_warehouse sw ON sw.id = x.to_id
                     WHERE x.to_id IS DISTINCT FROM x.from_id AND x.state = 'done') f
              %(zone)s
             WHERE f.is_open OR %(day)s >= %(since)s
             GROUP BY 1, 2, 3, 4, 5, 6
            """,
            moves=self._get_moves(condition),
            day=self._get_local_date(SQL("f.moment")),
            losses=LOSSES,
            open=OPEN_MOVES,
            later=self._get_later_step(),
            zone=self._get_zone_joins("f"),
            since=since,
        )

    @api.model
    def _get_later_step(self):
        """An open step before it stands for it, where that one says already that the goods go to
        the customer. Steps that pull each other do not: there the last one counts."""
        return SQL(
            """EXISTS (SELECT FROM stock_move_move_rel r
                         JOIN stock_move o ON o.id = r.move_orig_id AND o.state IN %s
                         JOIN stock_location goal ON goal.usage = 'customer' AND goal.id =
                              COALESCE(o.location_final_id, o.location_dest_id)
                        WHERE r.move_dest_id = x.id)""",
            OPEN_MOVES,
        )

    @api.model
    def _get_receipts(self, condition, since):
        """Rows of a product, a warehouse and a day on which goods came that had been ordered:
        `quantity`, and `lead_days` since they were ordered, empty where that is not known.

        :param condition: SQL on `m`, the move
        """
        return SQL(
            """
            SELECT r.product_id, r.warehouse_id, r.day,
                   CASE WHEN r.lead_days >= 0 THEN r.lead_days END AS lead_days,
                   SUM(r.quantity) AS quantity
              FROM (SELECT f.product_id, f.warehouse_id, f.quantity, %(day)s AS day,
                           %(lead)s AS lead_days
                      FROM (SELECT x.*, x.to_id AS warehouse_id
                              FROM (%(moves)s) x
                             WHERE x.to_id IS DISTINCT FROM x.from_id
                               AND x.src_usage NOT IN %(finds)s AND x.quantity > 0) f
                      %(zone)s
                      %(joins)s) r
             WHERE r.day >= %(since)s
             GROUP BY 1, 2, 3, 4
            """,
            moves=self._get_done_moves(SQL("(%s) AND %s", condition, self._is_inside("dst"))),
            day=self._get_local_date(SQL("f.date")),
            lead=self._get_lead_days(),
            finds=FINDS,
            zone=self._get_zone_joins("f"),
            joins=self._get_order_joins(),
            since=since,
        )

    @api.model
    def _get_order_joins(self):
        """The transfer, and the one that it is the rest of."""
        return SQL(
            """
            LEFT JOIN stock_picking transfer ON transfer.id = f.picking_id
            LEFT JOIN stock_picking origin ON origin.id = transfer.backorder_id
            """
        )

    @api.model
    def _get_lead_days(self):
        """From when the transfer was planned. What was entered on the day on which it came tells
        nothing."""
        return SQL(
            "NULLIF(%s - %s, 0)",
            self._get_local_date(SQL("f.date")),
            self._get_local_date(
                SQL("COALESCE(origin.create_date, transfer.create_date, f.create_date)")
            ),
        )

"""The queries behind the demand reader."""

from odoo import api, fields, models
from odoo.tools import SQL

from .backorder_demand import EPSILON, HELD, WAITING

# what the planner, the order and the customer decided
RULE_COLUMNS = SQL(
    """
    GREATEST(CASE WHEN type.reservation_method = 'by_date'
                  THEN m.reservation_date::timestamp END,
             CASE WHEN m.backorder_wait THEN m.date END) AS due_from,
    COALESCE(bl.pinned, FALSE) AS pinned, bl.id AS item_id,
    COALESCE(so.backorder_shipping,
             CASE WHEN so.picking_policy = 'one' OR picking.move_type = 'one'
                  THEN 'whole' END,
             cp.backorder_shipping, company.backorder_shipping,
             'as_available') AS shipping,
    COALESCE(company.backorder_hold_days, 0) AS hold_days,
    CASE WHEN m.sale_line_id IS NOT NULL OR dst.usage = 'customer'
              OR final.usage = 'customer' THEN 'customer'
         WHEN dst.usage = 'production' THEN 'component'
         ELSE 'transfer' END AS kind
    """
)


class BackorderDemand(models.AbstractModel):
    _inherit = "backorder.demand"

    @api.model
    def _read_free(self, pools):
        """Unreserved stock of each (product, location), with the locations below it.
        What belongs to somebody else is not ours to give away."""
        if not pools:
            return {}
        query = SQL(
            """
            SELECT product_id, location_id, SUM(GREATEST(0, free)) FROM (
                SELECT k.product_id, k.location_id,
                       SUM(COALESCE(q.quantity, 0) - COALESCE(q.reserved_quantity, 0)) AS free
                  FROM (VALUES %s) AS k (product_id, location_id)
                  JOIN stock_location top ON top.id = k.location_id
                  JOIN product_product p ON p.id = k.product_id
                  JOIN product_template pt ON pt.id = p.product_tmpl_id
                  JOIN stock_quant q ON q.product_id = k.product_id
                  JOIN stock_location l ON l.id = q.location_id
                                       AND l.usage IN ('internal', 'transit')
                                       AND l.parent_path LIKE top.parent_path || '%%'
                  LEFT JOIN res_company c ON c.id = q.company_id
                 WHERE q.owner_id IS NULL OR q.owner_id = c.partner_id
                 GROUP BY k.product_id, k.location_id,
                          CASE WHEN pt.tracking <> 'none' THEN COALESCE(q.lot_id, 0) END
            ) lots GROUP BY product_id, location_id
            """,
            SQL(", ").join(SQL("(%s, %s)", *pool) for pool in sorted(pools)),
        )
        self.env["stock.quant"].flush_model()
        return {(p, loc): round(qty, 6) for p, loc, qty in self.env.execute_query(query)}

    @api.model
    def _read_pools_with_stock(self, pools):
        """:return: those of the (product id, warehouse id) pairs in which something is free, and
        somebody waits"""
        if not pools:
            return set()
        self.env["stock.quant"].flush_model()
        self.env["stock.move"].flush_model(["state", "product_id", "location_id"])
        query = SQL(
            """
            SELECT q.product_id, l.warehouse_id
              FROM (VALUES %s) AS k (product_id, warehouse_id)
              JOIN stock_quant q ON q.product_id = k.product_id
              JOIN stock_location l ON l.id = q.location_id AND l.usage = 'internal'
                                   AND l.warehouse_id = k.warehouse_id
             WHERE q.quantity > COALESCE(q.reserved_quantity, 0)
               AND EXISTS (SELECT FROM stock_move m
                             JOIN stock_location s ON s.id = m.location_id
                            WHERE m.product_id = k.product_id AND m.state IN %s
                              AND s.warehouse_id = k.warehouse_id)
             GROUP BY q.product_id, l.warehouse_id
            """,
            SQL(", ").join(SQL("(%s, %s)", *pool) for pool in sorted(pools)),
            WAITING,
        )
        return set(self.env.execute_query(query))

    @api.model
    def _read_rows(self, policies, extra_ids=(), held=False, order_ids=None):
        """One dict per open root move of these pools that is to be reserved now."""
        if not policies:
            return []
        self.env.flush_all()
        rows = self.env.execute_query_dict(
            self._get_rows_query(tuple(policies), tuple(extra_ids), held, order_ids)
        )
        claims, atoms = self._read_claims(rows), self._read_atoms(rows)
        packs = self._read_full_packs(rows)
        untouchable = self._read_untouchable(rows)
        for row in rows:
            policy = policies[row["product_id"], row["warehouse_id"]]
            competes = {
                "customer": True,
                "component": policy.compete_components,
                "transfer": policy.compete_transfers,
            }
            row["others"] = not competes[row["kind"]]
            row["claim"] = claims.get(row["id"], 0.0)
            row["atom"] = atoms.get(row["id"], 0.0)
            row["full_pack"] = packs.get((row["product_id"], row["packaging_id"]), 0.0)
            row["locked"] = max(row["locked"], min(row["held"], untouchable.get(row["id"], 0.0)))
            if row["picked"]:
                # core reserves nothing for what is being picked, and nobody takes it away
                row["need"] = row["locked"] = row["held"]
        apart = self.env.context.get("backorder_apart", ())
        return [r for r in rows if r["need"] > EPSILON and r["id"] not in apart]

    @api.model
    def _read_untouchable(self, rows):
        """For addons that know what is reserved for good, beside what is picked.

        :return: {move id: quantity that is not taken away}
        """
        return {}

    @api.model
    def _read_atoms(self, rows):
        """Demand of transfers that reserve a line in full or not at all, by a field that OCA's
        ``stock_picking_reservation_policy`` adds.

        :return: {move id: quantity that is handed out at once}
        """
        if "reservation_policy" not in self.env["stock.picking"]._fields:
            return {}
        ids = {r["picking_id"] for r in rows if r["picking_id"]}
        pickings = self.env["stock.picking"].sudo().browse(ids)
        whole = set(pickings.filtered(lambda p: p.reservation_policy == "line").ids)
        return {r["id"]: r["need"] - r["held"] for r in rows if r["picking_id"] in whole}

    @api.model
    def _read_full_packs(self, rows):
        """Products of which Odoo reserves only full packagings, by their category: it rounds down
        what is there, and what it does not reserve for one has to go to the next.

        :return: {(product id, packaging id): size of the pack in the unit of the product}
        """
        # sudo: as the rows
        products = self.env["product.product"].sudo().browse({r["product_id"] for r in rows})
        full = products.filtered(lambda p: p.categ_id.packaging_reserve_method == "full")
        product_ids = set(full.ids)
        packs = {}
        for key in {(r["product_id"], r["packaging_id"]) for r in rows if full}:
            if key[0] in product_ids and key[1]:
                unit, product = self.env["uom.uom"].browse(key[1]), full.browse(key[0])
                size = unit._compute_quantity(1, product.uom_id, round=False)
                packs[key] = size if size > 1 else 0.0
        return packs

    @api.model
    def _read_claims(self, rows):
        """:return: {move id: quantity that comes before every rank, to repay a loan}"""
        if not self.env["backorder.loan"]._is_used():
            return {}
        lent = self.env["backorder.loan"].sudo()._read_open({r["line_id"] for r in rows} - {None})
        claims = {}
        for row in rows:
            key = (row["line_id"], row["product_id"])
            if key in lent:
                claims[row["id"]] = min(lent[key], max(0.0, row["need"] - row["held"]))
                lent[key] -= claims[row["id"]]
        return claims

    @api.model
    def _get_rows_query(self, pools, extra_ids, held, order_ids):
        now = fields.Datetime.now()
        return SQL(
            """
            SELECT %(columns)s
              FROM %(tables)s
             WHERE m.state IN %(states)s AND m.procure_method = 'make_to_stock'
               AND m.product_uom_qty > 0 AND m.restrict_partner_id IS NULL
               AND dst.usage <> 'inventory'
               AND (m.id IN %(extra)s
                    OR (%(held)s AND m.quantity > 0)
                    OR (m.reservation_date <= %(today)s
                        OR type.reservation_method = 'at_confirm')
                       AND COALESCE(type.reservation_method, '') <> 'manual'
                       AND NOT (COALESCE(m.backorder_wait, FALSE) AND m.date > %(now)s))
               AND (%(orders)s IS NULL OR so.id = ANY (%(orders)s))
               AND NOT EXISTS (SELECT FROM stock_move_move_rel r WHERE r.move_dest_id = m.id)
             ORDER BY m.id
            """,
            columns=self._get_row_columns(now),
            tables=self._get_row_tables(pools),
            now=now,
            today=fields.Date.context_today(self),
            states=HELD if held else WAITING,
            extra=extra_ids or (0,),
            held=held,
            orders=order_ids,
        )

    @api.model
    def _get_row_columns(self, now):
        """:return: SQL of what the engine has to know about a demand"""
        rounding = 10 ** -self.env["decimal.precision"].precision_get("Product Unit")
        parts = (self._get_quantity_columns(rounding), self._get_rank_columns(now), RULE_COLUMNS)
        return SQL(", ").join(parts)

    @api.model
    def _get_quantity_columns(self, rounding):
        return SQL(
            """
            m.id, m.product_id, src.warehouse_id, m.location_id, src.parent_path AS path,
            m.product_qty AS need, GREATEST(m.priority, bl.priority) AS priority,
            m.sale_line_id AS line_id, m.picking_id, m.packaging_uom_id AS packaging_id,
            m.state, m.picked, mu.id <> pu.id AS converted,
            LEAST(m.product_qty, COALESCE(m.quantity, 0) * mu.factor / pu.factor) AS held,
            CASE WHEN m.quantity > 0 THEN COALESCE((
                SELECT SUM(ml.quantity_product_uom) FROM stock_move_line ml
                 WHERE ml.move_id = m.id AND ml.picked), 0) ELSE 0 END AS locked,
            %(rounding)s AS rounding,
            CASE WHEN sol.product_id = m.product_id AND su.factor > pu.factor
                 THEN su.factor / pu.factor ELSE 0 END AS pack
            """,
            rounding=rounding,
        )

    @api.model
    def _get_rank_columns(self, now):
        """Dates in seconds, age in days, money in the currency of the company. What was promised is
        a day of the warehouse, whoever told it: its hour decides nothing."""
        return SQL(
            """
            so.id AS order_id, so.partner_id,
            EXTRACT(EPOCH FROM COALESCE(
                m.backorder_seniority, so.date_order, m.create_date))::float AS seniority,
            EXTRACT(EPOCH FROM COALESCE(
                bl.promised_date,
                (COALESCE(so.commitment_date, m.date) AT TIME ZONE 'UTC'
                 AT TIME ZONE k.zone)::date))::float AS promised,
            EXTRACT(EPOCH FROM m.date)::float AS planned,
            EXTRACT(EPOCH FROM %(now)s - COALESCE(
                m.backorder_seniority, so.date_order, m.create_date))::float / 86400 AS age,
            cp.backorder_tier AS tier,
            COALESCE(so.amount_untaxed / NULLIF(so.currency_rate, 0), 0)::float AS value,
            COALESCE(CASE WHEN sol.product_id = m.product_id
                 THEN sol.price_subtotal / NULLIF(sol.product_uom_qty, 0)
                      * pu.factor / su.factor
                 ELSE bl.amount_open / NULLIF(bl.qty_open, 0) END
                 / NULLIF(so.currency_rate, 0), 0)::float AS price
            """,
            now=now,
        )

    @api.model
    def _get_row_tables(self, pools):
        zones = self._get_zones(pools)
        return SQL(
            """
                 stock_move m
            JOIN stock_location src ON src.id = m.location_id AND src.usage = 'internal'
            JOIN stock_location dst ON dst.id = m.location_dest_id
            JOIN (VALUES %(pools)s) AS k (product_id, warehouse_id, zone)
              ON k.product_id = m.product_id AND k.warehouse_id = src.warehouse_id
            JOIN product_product p ON p.id = m.product_id
            JOIN product_template pt ON pt.id = p.product_tmpl_id AND pt.is_storable
            JOIN uom_uom mu ON mu.id = m.product_uom
            JOIN uom_uom pu ON pu.id = pt.uom_id
            LEFT JOIN stock_location final ON final.id = m.location_final_id
            LEFT JOIN stock_picking_type type ON type.id = m.picking_type_id
            LEFT JOIN stock_picking picking ON picking.id = m.picking_id
            LEFT JOIN sale_order_line sol ON sol.id = m.sale_line_id
            LEFT JOIN uom_uom su ON su.id = sol.product_uom_id
            LEFT JOIN sale_order so ON so.id = sol.order_id
            LEFT JOIN res_partner partner ON partner.id = so.partner_id
            LEFT JOIN res_partner cp ON cp.id = partner.commercial_partner_id
            LEFT JOIN res_company company ON company.id = m.company_id
            LEFT JOIN sale_backorder_line bl ON bl.sale_line_id = m.sale_line_id
                  AND bl.product_id = m.product_id AND bl.state IN ('open', 'ready', 'partial')
            """,
            pools=SQL(", ").join(SQL("(%s, %s, %s)", *p, zones[p[1]]) for p in sorted(pools)),
        )

    @api.model
    def _get_zones(self, pools):
        """:return: {warehouse id: name of its time zone}, the same for whoever reads"""
        # sudo: the addresses of warehouses
        warehouses = self.env["stock.warehouse"].sudo().browse({w for _p, w in pools})
        return {w.id: w.partner_id.tz or w.company_id.partner_id.tz or "UTC" for w in warehouses}

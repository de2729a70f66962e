"""Where a product lies, and what keeps it from being used: one query for many products."""

from collections import defaultdict

from odoo import api, models
from odoo.tools import SQL


class BackorderQuantReader(models.AbstractModel):
    _name = "backorder.quant.reader"
    _description = "Stock Reader for the Explanation of Backorder Items"

    @api.model
    def _read_quants(self, cases):
        """Stock of the products and of their other variants.

        :return: {product template id: list of dicts}; quantities in the product's unit, ``owner``
            only when it is not the company itself
        """
        result = defaultdict(list)
        templates = {c.product.product_tmpl_id.id for c in cases}
        if templates:
            self.env["stock.quant"].flush_model()
            self.env["stock.lot"].flush_model()
            companies = {c.line.company_id.id for c in cases}
            query = self._get_query(tuple(templates), tuple(companies))
            rows = self.env.execute_query_dict(query)
            self._fetch_names(rows)
            for row in rows:
                result[row["template_id"]].append(row)
        return result

    @api.model
    def _fetch_names(self, rows):
        """All at once, instead of one by one when they are told."""
        self.env["product.product"].browse({r["product_id"] for r in rows}).mapped("display_name")
        warehouses = {r["warehouse_id"] for r in rows if r["warehouse_id"]}
        self.env["stock.warehouse"].browse(warehouses).mapped("name")

    @api.model
    def _get_query(self, templates, companies):
        return SQL(
            """
            SELECT p.product_tmpl_id AS template_id, q.product_id, q.location_id, q.company_id,
                   l.complete_name AS location, l.parent_path AS path, l.warehouse_id,
                   top.parent_path AS stock_path,
                   q.lot_id, lot.name AS lot, %(removal)s AS removal,
                   q.package_id, owner.complete_name AS owner,
                   SUM(q.quantity) AS quantity,
                   SUM(q.quantity - COALESCE(q.reserved_quantity, 0)) AS free
              FROM stock_quant q
              JOIN product_product p ON p.id = q.product_id
              JOIN stock_location l ON l.id = q.location_id AND l.usage = 'internal'
              LEFT JOIN stock_warehouse w ON w.id = l.warehouse_id
              LEFT JOIN stock_location top ON top.id = w.lot_stock_id
              LEFT JOIN stock_lot lot ON lot.id = q.lot_id
              LEFT JOIN res_company company ON company.id = q.company_id
              LEFT JOIN res_partner owner
                ON owner.id = q.owner_id AND owner.id <> company.partner_id
             WHERE p.product_tmpl_id IN %(templates)s AND q.company_id IN %(companies)s
             GROUP BY p.product_tmpl_id, q.product_id, q.location_id, q.company_id, l.id,
                      top.id, q.lot_id, lot.id, q.package_id, owner.id
            HAVING SUM(q.quantity) <> 0
             ORDER BY l.complete_name, q.product_id, lot.name, q.location_id
            """,
            templates=templates,
            companies=companies,
            removal=self._get_removal_column(),
        )

    @api.model
    def _get_removal_column(self):
        """Goods past this date are not reserved; only where product_expiry is installed."""
        if "removal_date" in self.env["stock.lot"]._fields:
            return SQL("lot.removal_date")
        return SQL("NULL::timestamp")

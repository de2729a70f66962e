"""What nothing is planned for yet."""

from odoo import api, models
from odoo.tools import SQL


class BackorderNeed(models.AbstractModel):
    _name = "backorder.need"
    _description = "Backorders Without Supply"

    @api.model
    def _read(self, product_ids=None):
        """What is open and has no planned supply, less what requests for quotation bring already:
        the same need is never bought twice.

        :param product_ids: only these
        :return: [(product id, warehouse id, without supply, on requests, customers)] with
            quantities in the product's unit
        """
        self.env.flush_all()
        query = SQL(
            """
            WITH needs AS (
                SELECT x.product_id, x.warehouse_id,
                       SUM(x.qty_open - COALESCE(g.quantity, 0)) AS qty,
                       COUNT(DISTINCT x.partner_id) AS customers
                  FROM sale_backorder_line x
                  LEFT JOIN (SELECT line_id, SUM(quantity) AS quantity
                               FROM backorder_peg WHERE kind <> 'lead_time'
                              GROUP BY line_id) g ON g.line_id = x.id
                 WHERE x.state IN ('open', 'ready', 'partial') AND x.check_stock IS NOT TRUE
                   AND x.company_id IN %(companies)s AND %(products)s
                   AND x.qty_open - COALESCE(g.quantity, 0) > 0.000001
                 GROUP BY x.product_id, x.warehouse_id
            ), requests AS (
                SELECT pol.product_id, t.warehouse_id,
                       SUM(pol.product_qty * lu.factor / pu.factor) AS qty
                  FROM purchase_order_line pol
                  JOIN purchase_order po ON po.id = pol.order_id
                       AND po.state IN ('draft', 'sent', 'to approve')
                  JOIN stock_picking_type t ON t.id = po.picking_type_id
                  JOIN product_product p ON p.id = pol.product_id
                  JOIN product_template pt ON pt.id = p.product_tmpl_id
                  JOIN uom_uom lu ON lu.id = pol.product_uom_id
                  JOIN uom_uom pu ON pu.id = pt.uom_id
                 GROUP BY pol.product_id, t.warehouse_id
            )
            SELECT n.product_id, n.warehouse_id, n.qty, COALESCE(r.qty, 0), n.customers
              FROM needs n
              LEFT JOIN requests r USING (product_id, warehouse_id)
             ORDER BY n.product_id, n.warehouse_id
            """,
            companies=tuple(self.env.companies.ids),
            products=SQL("x.product_id IN %s", tuple(product_ids or (0,)))
            if product_ids is not None
            else SQL("TRUE"),
        )
        return [(p, w, float(q), float(r), c) for p, w, q, r, c in self.env.execute_query(query)]

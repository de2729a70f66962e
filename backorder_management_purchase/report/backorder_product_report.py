from odoo import api, fields, models
from odoo.tools import SQL


class BackorderProductReport(models.Model):
    _inherit = "backorder.product.report"

    qty_purchased = fields.Float(
        string="Purchased",
        digits="Product Unit",
        readonly=True,
        help="Of what is on its way: ordered from vendors and not received yet.",
    )
    qty_asked = fields.Float(
        string="In requests for quotation",
        digits="Product Unit",
        readonly=True,
        help="In requests for quotation that are not confirmed yet.",
    )

    @api.model
    def _get_columns(self):
        return {
            **super()._get_columns(),
            "qty_purchased": SQL("COALESCE(i.purchased, 0)"),
            "qty_asked": SQL("COALESCE(rfq.quantity, 0)"),
        }

    @api.model
    def _get_incoming_columns(self):
        purchased = SQL(
            "SUM(m.product_qty) FILTER (WHERE m.purchase_line_id IS NOT NULL) AS purchased"
        )
        return [*super()._get_incoming_columns(), purchased]

    @api.model
    def _get_from(self):
        return SQL(
            """%s
            LEFT JOIN (%s) rfq ON rfq.product_id = o.product_id
                AND rfq.warehouse_id = o.warehouse_id AND rfq.company_id = o.company_id""",
            super()._get_from(),
            self._get_rfq_query(),
        )

    @api.model
    def _get_rfq_query(self):
        """Requests for quotation by product and warehouse, in the product's unit."""
        return SQL(
            """
            SELECT pol.product_id, pt.warehouse_id, pol.company_id,
                   SUM(pol.product_qty * lu.factor / pu.factor) AS quantity
              FROM purchase_order_line pol
              JOIN purchase_order po ON po.id = pol.order_id
              JOIN stock_picking_type pt ON pt.id = po.picking_type_id
              JOIN uom_uom lu ON lu.id = pol.product_uom_id
              JOIN product_product pp ON pp.id = pol.product_id
              JOIN product_template tmpl ON tmpl.id = pp.product_tmpl_id
              JOIN uom_uom pu ON pu.id = tmpl.uom_id
             WHERE po.state IN ('draft', 'sent', 'to approve')
             GROUP BY pol.product_id, pt.warehouse_id, pol.company_id
            """
        )

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from odoo.addons.backorder_management.models.policies.backorder_demand import EPSILON


class BackorderPurchaseReport(models.Model):
    """Who waits for which purchase: one row for each planned supply of a backorder item."""

    _name = "backorder.purchase.report"
    _description = "Purchases That Customers Wait For"
    _auto = False
    _order = "date, id"
    _rec_name = "line_id"

    purchase_id = fields.Many2one("purchase.order", readonly=True)
    purchase_line_id = fields.Many2one("purchase.order.line", readonly=True)
    vendor_id = fields.Many2one("res.partner", readonly=True)
    buyer_id = fields.Many2one("res.users", readonly=True)
    line_id = fields.Many2one("sale.backorder.line", string="Item", readonly=True)
    backorder_id = fields.Many2one("sale.backorder", readonly=True)
    sale_order_id = fields.Many2one("sale.order", string="Order", readonly=True)
    partner_id = fields.Many2one("res.partner", string="Customer", readonly=True)
    product_id = fields.Many2one("product.product", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    currency_id = fields.Many2one("res.currency", readonly=True)
    quantity = fields.Float(digits="Product Unit", readonly=True)
    amount = fields.Monetary(
        string="Waiting value", readonly=True, help="At order prices, in company currency."
    )
    first_date = fields.Datetime(string="First promised by vendor", readonly=True)
    date = fields.Date(string="Expected to ship", readonly=True)
    promised_date = fields.Date(string="Promised", readonly=True)
    window_missed = fields.Boolean(string="Too late for the customer", readonly=True)
    late = fields.Boolean(string="Overdue", readonly=True)
    broken = fields.Integer(string="Broken promises", readonly=True)
    days_late = fields.Integer(readonly=True, aggregator="max")
    single_vendor = fields.Boolean(
        compute="_compute_single_vendor",
        search="_search_single_vendor",
        help="Nobody else sells it, by the price lists of today.",
    )

    # read for the rows that are shown: price lists are long, and few ask for it
    @api.depends("product_id", "company_id")
    def _compute_single_vendor(self):
        self.single_vendor = False
        for company, rows in self.grouped("company_id").items():
            query = self._get_single_vendor_query(company, rows.product_id.ids)
            single = {product for (product,) in self.env.execute_query(query)}
            rows.filtered(lambda r, ids=single: r.product_id.id in ids).single_vendor = True

    def _search_single_vendor(self, operator, value):
        if operator != "in":
            return NotImplemented
        single = Domain.OR(
            Domain("company_id", "=", company.id)
            & Domain("product_id", "in", self._get_single_vendor_query(company))
            for company in self.env.companies
        )
        return single if True in value else ~single

    @api.model
    def _get_single_vendor_query(self, company, product_ids=None):
        """:return: SQL of the products that just one vendor sells to this company today"""
        self.env["product.supplierinfo"].flush_model()
        return SQL(
            """
            (SELECT p.id
              FROM product_product p
              JOIN product_supplierinfo s ON s.product_tmpl_id = p.product_tmpl_id
                   AND (s.product_id IS NULL OR s.product_id = p.id)
              JOIN res_partner v ON v.id = s.partner_id AND v.active
             WHERE (s.company_id IS NULL OR s.company_id = %(company)s)
               AND COALESCE(s.date_start <= %(today)s, TRUE)
               AND COALESCE(s.date_end >= %(today)s, TRUE) AND %(products)s
             GROUP BY p.id HAVING COUNT(DISTINCT s.partner_id) = 1)
            """,
            company=company.id,
            today=fields.Date.context_today(self),
            products=SQL("TRUE") if product_ids is None else SQL("p.id = ANY (%s)", product_ids),
        )

    @property
    def _table_query(self):
        return SQL(
            """
            SELECT g.id, po.id AS purchase_id, po.partner_id AS vendor_id,
                   pol.id AS purchase_line_id, po.user_id AS buyer_id, x.id AS line_id,
                   x.backorder_id, x.sale_order_id,
                   x.partner_id, x.product_id, x.company_id, c.currency_id, g.quantity,
                   x.amount_open * g.quantity / NULLIF(x.qty_open, 0)
                   / COALESCE(NULLIF(so.currency_rate, 0), 1) AS amount,
                   pol.backorder_first_date AS first_date, g.date, x.promised_date, g.late,
                   x.window_missed,
                   CASE WHEN g.date > x.promised_date THEN 1 ELSE 0 END AS broken,
                   GREATEST(0, g.date - x.promised_date) AS days_late
              FROM backorder_peg g
              JOIN sale_backorder_line x ON x.id = g.line_id
              JOIN sale_order so ON so.id = x.sale_order_id
              JOIN res_company c ON c.id = x.company_id
              JOIN stock_move m ON m.id = g.move_id
              JOIN purchase_order_line pol ON pol.id = m.purchase_line_id
              JOIN purchase_order po ON po.id = pol.order_id
            """
        )

    def action_keep(self):
        """Keep these goods for the customers who are planned to get them: whoever comes first
        later does not take them.

        :raise ValidationError: with all reasons
        """
        pins = self.env["backorder.purchase.pin"]
        known = {(p.purchase_line_id, p.line_id): p for p in pins.search(self._get_pin_domain())}
        new, count = {}, 0
        for row in self:
            key = (row.purchase_line_id, row.line_id)
            new[key] = new.get(key, 0.0) + row.quantity
        vals_list = []
        for (purchase_line, line), quantity in new.items():
            pin = known.get((purchase_line, line))
            if pin and pin.qty_left >= quantity - EPSILON:
                continue
            count += 1
            if pin:
                pin.quantity = pin.qty_received + quantity
            else:
                vals_list.append(
                    {
                        "purchase_line_id": purchase_line.id,
                        "line_id": line.id,
                        "quantity": quantity,
                    }
                )
        pins.create(vals_list)
        return self._get_kept_notification(count)

    def _get_pin_domain(self):
        return [
            ("purchase_line_id", "in", self.purchase_line_id.ids),
            ("line_id", "in", self.line_id.ids),
            ("state", "=", "open"),
        ]

    def _get_kept_notification(self, count):
        text = self.env._("These goods are kept for their customers.")
        if not count:
            text = self.env._("These goods were kept for their customers already.")
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success" if count else "warning",
                "message": text,
                "next": {"type": "ir.actions.act_window_close"},
            },
        }

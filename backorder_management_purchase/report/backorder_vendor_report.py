from odoo import api, fields, models
from odoo.tools import SQL


class BackorderVendorReport(models.Model):
    """One row for each receipt from a vendor: when it was promised first and last, and when it
    came. A purchase line that came in two parts is two receipts. What is late and has not come is
    not in it: see Purchases waited for."""

    _name = "backorder.vendor.report"
    _inherit = ["backorder.report.base"]
    _description = "Vendors on Time"
    _auto = False
    _order = "date desc, id desc"
    _rec_name = "purchase_id"
    _depends = {
        "purchase.order": ["partner_id", "user_id"],
        "purchase.order.line": ["backorder_first_date", "date_planned"],
        "stock.move": ["date", "product_qty", "quantity", "state", "purchase_line_id"],
        "res.partner": ["commercial_partner_id", "tz"],
    }

    move_id = fields.Many2one("stock.move", string="Receipt", readonly=True)
    purchase_id = fields.Many2one("purchase.order", readonly=True)
    vendor_id = fields.Many2one("res.partner", readonly=True)
    buyer_id = fields.Many2one("res.users", readonly=True)
    product_id = fields.Many2one("product.product", readonly=True)
    product_categ_id = fields.Many2one("product.category", string="Product category", readonly=True)
    warehouse_id = fields.Many2one("stock.warehouse", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    date = fields.Date(string="Received on", readonly=True)
    first_date = fields.Date(
        string="Promised first",
        readonly=True,
        help="The date that was planned when the purchase was confirmed.",
    )
    last_date = fields.Date(
        string="Promised last", readonly=True, help="The date that is planned now."
    )
    quantity = fields.Float(digits="Product Unit", readonly=True)
    days_late = fields.Integer(
        string="Days late",
        readonly=True,
        aggregator="avg",
        help="Days after the first promised date, on average; less than 0: before.",
    )
    days_late_p90 = fields.Integer(
        string="Days late, nine of ten",
        readonly=True,
        aggregator="avg",
        help="Nine of ten receipts came within so many days after the first promised date.",
    )
    on_time = fields.Float(
        string="On time, first date",
        readonly=True,
        aggregator="avg",
        help="Receipts on or before the first promised date / receipts.",
    )
    on_time_last = fields.Float(
        string="On time, last date",
        readonly=True,
        aggregator="avg",
        help="Receipts on or before the date that was planned last / receipts.",
    )

    _quantiles = {"days_late_p90": ("days_late", 0.9)}

    @api.model
    def _get_columns(self):
        came = self._get_local_date(SQL("m.date"))
        first = self._get_local_date(SQL("pol.backorder_first_date"))
        last = self._get_local_date(SQL("pol.date_planned"))
        return {
            **super()._get_columns(),
            "id": SQL("m.id"),
            "move_id": SQL("m.id"),
            "purchase_id": SQL("pol.order_id"),
            "vendor_id": SQL("v.commercial_partner_id"),
            "buyer_id": SQL("po.user_id"),
            "product_id": SQL("m.product_id"),
            "product_categ_id": SQL("pt.categ_id"),
            "warehouse_id": SQL("dst.warehouse_id"),
            "company_id": SQL("m.company_id"),
            "date": came,
            "first_date": first,
            "last_date": last,
            "quantity": SQL("m.quantity * mu.factor / pu.factor"),
            "days_late": SQL("%s - %s", came, first),
            "days_late_p90": SQL("%s - %s", came, first),
            "on_time": SQL("(%s <= %s)::int::float8", came, first),
            "on_time_last": SQL("(%s <= %s)::int::float8", came, last),
        }

    @api.model
    def _get_from(self):
        return SQL(
            """stock_move m
            JOIN purchase_order_line pol ON pol.id = m.purchase_line_id
            JOIN stock_location src ON src.id = m.location_id AND src.usage = 'supplier'
            JOIN stock_location dst ON dst.id = m.location_dest_id
            LEFT JOIN purchase_order po ON po.id = pol.order_id
            LEFT JOIN res_partner v ON v.id = po.partner_id
            LEFT JOIN product_product p ON p.id = m.product_id
            LEFT JOIN product_template pt ON pt.id = p.product_tmpl_id
            LEFT JOIN uom_uom mu ON mu.id = m.product_uom
            LEFT JOIN uom_uom pu ON pu.id = pt.uom_id
            %s""",
            self._get_zone_joins("m", place="dst"),
        )

    @api.model
    def _get_where(self):
        return SQL("m.state = 'done' AND m.quantity > 0 AND pol.backorder_first_date IS NOT NULL")

    def action_open_purchase(self):
        self.ensure_one()
        return self.purchase_id.get_formview_action()

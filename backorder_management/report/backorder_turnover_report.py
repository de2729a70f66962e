from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.tools import SQL

from ..models.advice.backorder_flow import LOSSES
from ..models.sale_backorder_line import PRICE_GROUPS

MONTHS = 12  # before the present one
YEAR = 365.0


class BackorderTurnoverReport(models.Model):
    """One row for each product, warehouse and month, the present one and twelve before: what went
    out, what lay in stock on average of its days, and how more came. The turnover of a group is
    what went out / average stock, in times a year: a sum over a sum, never a mean of rates."""

    _name = "backorder.turnover.report"
    _inherit = ["backorder.report.base"]
    _description = "Stock Turnover"
    _auto = False
    _order = "date desc, product_id, id"
    _rec_name = "product_id"
    _depends = {
        "stock.move": ["date", "product_uom_qty", "quantity", "state"],
        "stock.quant": ["quantity"],
        "stock.picking": ["backorder_id"],
        "res.partner": ["tz"],
    }
    _rates = {
        "turnover": ("qty_out", "unit_years", "sum"),
        "turnover_value": ("value_out", "value_years", "sum"),
        "days_in_stock": ("unit_days", "qty_out", "sum"),
        "cycle_days": ("gap_days", "gap_count", "sum"),
        "lead_days": ("lead_sum", "lead_count", "sum"),
    }

    product_id = fields.Many2one("product.product", readonly=True)
    product_categ_id = fields.Many2one("product.category", string="Product category", readonly=True)
    product_uom_id = fields.Many2one("uom.uom", string="Unit", readonly=True)
    warehouse_id = fields.Many2one("stock.warehouse", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    currency_id = fields.Many2one("res.currency", readonly=True)
    date = fields.Date(string="Month", readonly=True)
    qty_out = fields.Float(
        string="Went out",
        digits="Product Unit",
        readonly=True,
        help="To customers, into production and to other warehouses. What was lost, scrapped or "
        "sent back to a vendor does not count.",
    )
    qty_average = fields.Float(
        string="In stock on average",
        digits="Product Unit",
        readonly=True,
        aggregator="avg",
        help="At the end of each day of the month. Of several rows the mean.",
    )
    unit_days = fields.Float(readonly=True, help="Units in stock at the end of each day, summed.")
    unit_years = fields.Float(readonly=True, help="Unit days / 365.")
    turnover = fields.Float(
        digits=(16, 2),
        readonly=True,
        aggregator="avg",
        help="Times a year: what went out / what was in stock on average, for a year.",
    )
    turnover_value = fields.Float(
        string="Turnover at cost",
        digits=(16, 2),
        readonly=True,
        aggregator="avg",
        groups=PRICE_GROUPS,
        help="The same, with products weighed by what they cost today.",
    )
    days_in_stock = fields.Float(
        string="Days in stock",
        digits=(16, 1),
        readonly=True,
        aggregator="avg",
        help="How long a unit lies in stock: 365 / turnover.",
    )
    value_out = fields.Monetary(
        string="Went out, at cost",
        readonly=True,
        groups=PRICE_GROUPS,
        help="At today's cost, in company currency.",
    )
    value_years = fields.Float(readonly=True, groups=PRICE_GROUPS)
    receipt_count = fields.Integer(
        string="Receipts", readonly=True, help="Days on which goods came that had been ordered."
    )
    gap_days = fields.Integer(readonly=True)
    gap_count = fields.Integer(readonly=True)
    cycle_days = fields.Float(
        string="Days between receipts",
        digits=(16, 1),
        readonly=True,
        aggregator="avg",
        help="From one receipt of the product to the next, on average.",
    )
    lead_sum = fields.Integer(readonly=True)
    lead_count = fields.Integer(readonly=True)
    lead_days = fields.Float(
        string="From order to receipt",
        digits=(16, 1),
        readonly=True,
        aggregator="avg",
        help="Days, on average of receipts.",
    )

    @api.model
    def _get_today(self):
        return fields.Date.context_today(self)

    @api.model
    def _get_start(self):
        return self._get_today().replace(day=1) - relativedelta(months=MONTHS)

    @api.model
    def _get_columns(self):
        links = "product_id warehouse_id company_id"
        cost = SQL("COALESCE((p.standard_price ->> g.company_id::text)::float8, 0)")
        cost = SQL("%s * COALESCE(rates.rate, 1)", cost)
        sums = {
            "qty_out": SQL("g.qty_out"),
            "unit_days": SQL("g.unit_days"),
            "unit_years": SQL("g.unit_days / %s", YEAR),
            "value_out": SQL("g.qty_out * %s", cost),
            "value_years": SQL("g.unit_days / %s * %s", YEAR, cost),
            "receipt_count": SQL("COALESCE(r.receipt_count, 0)"),
            "gap_days": SQL("r.gap_days"),
            "gap_count": SQL("COALESCE(r.gap_count, 0)"),
            "lead_sum": SQL("r.lead_sum"),
            "lead_count": SQL("COALESCE(r.lead_count, 0)"),
        }
        return {
            # twelve months of each product in each warehouse, always the same number
            "id": SQL(
                "((g.product_id::bigint * 65536 + g.warehouse_id) * 64 + %s)",
                SQL(
                    "(EXTRACT(YEAR FROM g.date)::int * 12 + EXTRACT(MONTH FROM g.date)::int) %% 64"
                ),
            ),
            **{name: SQL.identifier("g", name) for name in links.split()},
            "product_categ_id": SQL("pt.categ_id"),
            "product_uom_id": SQL("pt.uom_id"),
            "currency_id": SQL("%s", self.env.company.currency_id.id),
            "date": SQL("g.date"),
            "qty_average": SQL("g.unit_days / g.days"),
            **sums,
            **{
                name: SQL("%s::float8 / NULLIF(%s, 0)", sums[upper], sums[lower])
                for name, (upper, lower, _how) in self._rates.items()
            },
        }

    @api.model
    def _get_from(self):
        return SQL(
            """(%(grid)s) g
            LEFT JOIN product_product p ON p.id = g.product_id
            LEFT JOIN product_template pt ON pt.id = p.product_tmpl_id
            LEFT JOIN (%(receipts)s) r ON r.product_id = g.product_id
                AND r.warehouse_id = g.warehouse_id AND r.date = g.date
            %(currency)s""",
            grid=self._get_grid_query(),
            receipts=self._get_receipt_query(),
            currency=self._get_currency_join("g"),
        )

    @api.model
    def _get_where(self):
        return SQL("g.unit_days > 0 OR g.qty_out > 0 OR r.receipt_count > 0")

    @api.model
    def _get_grid_query(self):
        """Each month of each product: stock at its beginning is that of now less all that came
        since; what came on a day was there from it on."""
        return SQL(
            """
            WITH flows AS MATERIALIZED (%(flows)s),
                 stock AS MATERIALIZED (
                    SELECT q.product_id, q.warehouse_id, SUM(q.on_hand) AS on_hand
                      FROM (%(stock)s) q
                      JOIN product_product sp ON sp.id = q.product_id
                      JOIN product_template st ON st.id = sp.product_tmpl_id AND st.is_storable
                     WHERE q.warehouse_id IS NOT NULL GROUP BY 1, 2),
                 months AS (
                    SELECT m::date AS date, (m + interval '1 month')::date AS next,
                           LEAST((m + interval '1 month')::date - 1, %(today)s::date) AS last
                      FROM generate_series(%(start)s::timestamp, %(today)s::timestamp,
                                           interval '1 month') m)
            SELECT x.product_id, x.warehouse_id, w.company_id, x.date, x.qty_out, x.days,
                   GREATEST(0, x.begin * x.days + x.weighted)::float8 AS unit_days
              FROM (SELECT k.product_id, k.warehouse_id, m.date, m.last - m.date + 1 AS days,
                           COALESCE(n.qty_out, 0) AS qty_out, COALESCE(n.weighted, 0) AS weighted,
                           COALESCE(s.on_hand, 0) - SUM(COALESCE(n.net, 0)) OVER (
                               PARTITION BY k.product_id, k.warehouse_id ORDER BY m.date DESC
                           ) AS begin
                      FROM (SELECT product_id, warehouse_id FROM flows
                             UNION SELECT product_id, warehouse_id FROM stock
                                    WHERE on_hand <> 0) k
                     CROSS JOIN months m
                      LEFT JOIN (
                           SELECT f.product_id, f.warehouse_id, c.date, SUM(f.net) AS net,
                                  SUM(f.qty_out) AS qty_out,
                                  SUM(f.net * (c.last - f.day + 1)) AS weighted
                             FROM flows f
                             JOIN months c ON f.day >= c.date AND f.day < c.next
                            GROUP BY 1, 2, 3) n
                        ON n.product_id = k.product_id AND n.warehouse_id = k.warehouse_id
                       AND n.date = m.date
                      LEFT JOIN stock s
                        ON s.product_id = k.product_id AND s.warehouse_id = k.warehouse_id) x
              JOIN stock_warehouse w ON w.id = x.warehouse_id
            """,
            flows=self._get_flow_query(),
            stock=self.env["backorder.product.report"]._get_stock_query(),
            start=self._get_start(),
            today=self._get_today(),
        )

    @api.model
    def _get_flow_query(self):
        """What came and went on each day."""
        flow = self.env["backorder.flow"]
        start = self._get_start()
        return SQL(
            """
            SELECT f.product_id, f.warehouse_id, LEAST(%(day)s, %(today)s::date) AS day,
                   SUM(f.net) AS net, SUM(f.qty_out) AS qty_out
              FROM (WITH x AS MATERIALIZED (%(moves)s)
                    SELECT x.product_id, x.from_id AS warehouse_id, sw.company_id, x.date,
                           -x.quantity AS net,
                           CASE WHEN x.dst_usage IN %(losses)s THEN 0
                                ELSE x.quantity END AS qty_out
                      FROM x JOIN stock_warehouse sw ON sw.id = x.from_id
                     WHERE x.to_id IS DISTINCT FROM x.from_id
                     UNION ALL
                    SELECT x.product_id, x.to_id, sw.company_id, x.date, x.quantity, 0
                      FROM x JOIN stock_warehouse sw ON sw.id = x.to_id
                     WHERE x.to_id IS DISTINCT FROM x.from_id) f
              %(zone)s
             WHERE %(day)s >= %(start)s
             GROUP BY 1, 2, 3
            """,
            moves=flow._get_moves(
                SQL("m.state = 'done' AND m.date >= %s", start - relativedelta(days=1))
            ),
            day=self._get_local_date(SQL("f.date")),
            losses=LOSSES,
            zone=self._get_zone_joins("f"),
            start=start,
            today=self._get_today(),
        )

    @api.model
    def _get_receipt_query(self):
        """By month; the receipt before the first one of the year may lie a year back."""
        since = self._get_start() - relativedelta(years=1)
        receipts = self.env["backorder.flow"]._get_receipts(
            SQL("m.state = 'done' AND m.date >= %s", since - relativedelta(days=1)), since
        )
        return SQL(
            """
            SELECT d.product_id, d.warehouse_id, date_trunc('month', d.day)::date AS date,
                   COUNT(*) AS receipt_count, SUM(d.gap) AS gap_days, COUNT(d.gap) AS gap_count,
                   SUM(d.lead_sum) AS lead_sum, SUM(d.lead_count) AS lead_count
              FROM (SELECT q.product_id, q.warehouse_id, q.day, SUM(q.lead_days) AS lead_sum,
                           COUNT(q.lead_days) AS lead_count,
                           q.day - LAG(q.day) OVER (
                               PARTITION BY q.product_id, q.warehouse_id ORDER BY q.day) AS gap
                      FROM (%s) q
                     GROUP BY 1, 2, 3) d
             GROUP BY 1, 2, 3
            """,
            receipts,
        )

from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.tools import SQL

from ..models.advice.backorder_flow import FINDS, LOSSES
from ..models.overview.backorder_sql import get_zones
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
            "receipt_count": SQL("COALESCE(g.receipt_count, 0)"),
            "gap_days": SQL("g.gap_days"),
            "gap_count": SQL("COALESCE(g.gap_count, 0)"),
            "lead_sum": SQL("g.lead_sum"),
            "lead_count": SQL("COALESCE(g.lead_count, 0)"),
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
            "product_categ_id": SQL("g.categ_id"),
            "product_uom_id": SQL("g.uom_id"),
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
            %(currency)s""",
            grid=self._get_grid_query(),
            currency=self._get_currency_join("g"),
        )

    @api.model
    def _get_where(self):
        # receipts are not read for rows of which nothing is asked about them
        return SQL("g.unit_days > 0 OR g.qty_out > 0 OR g.came")

    @api.model
    def _get_grid_query(self):
        """Each month of each product. Stock at the beginning of a month is what is there now, which
        is counted with the present month, less all that came since; what came on a day was there
        from it on. Only months in which something moved are added up: the stock of those between
        two of them is that at the beginning of the later one. After the last of a product of which
        nothing is left there is nothing to tell."""
        return SQL(
            """
            SELECT x.product_id, x.warehouse_id, w.company_id, p.categ_id, p.uom_id, m.date,
                   m.last - m.date + 1 AS days, r.receipt_count, r.gap_days, r.gap_count,
                   r.lead_sum, r.lead_count, m.date = x.date AND x.came AS came,
                   CASE WHEN m.date = x.date THEN x.qty_out ELSE 0 END AS qty_out,
                   GREATEST(0, x.begin * (m.last - m.date + 1) + CASE WHEN m.date = x.date
                       THEN x.net * (m.last + 1 - %(start)s) - x.weighted ELSE 0 END) AS unit_days
              FROM (SELECT f.product_id, f.warehouse_id, f.date, SUM(f.net) AS net,
                           SUM(f.qty_out) AS qty_out, SUM(f.weighted) AS weighted,
                           BOOL_OR(f.came) AS came,
                           SUM(SUM(f.on_hand)) OVER later - SUM(SUM(f.net)) OVER later AS begin,
                           COALESCE(LEAD(f.date) OVER later, %(before)s) AS previous
                      FROM (%(flows)s
                             UNION ALL
                            SELECT q.product_id, q.warehouse_id, %(present)s, 0, 0, 0, FALSE,
                                   q.on_hand::float8
                              FROM (%(stock)s) q
                             WHERE q.warehouse_id IS NOT NULL AND q.on_hand <> 0) f
                     GROUP BY 1, 2, 3
                    WINDOW later AS (
                        PARTITION BY f.product_id, f.warehouse_id ORDER BY f.date DESC)) x
              JOIN (%(spans)s) m ON m.key = %(key)s
              JOIN (SELECT sp.id, st.categ_id, st.uom_id
                      FROM product_product sp
                      JOIN product_template st ON st.id = sp.product_tmpl_id
                     WHERE st.is_storable OFFSET 0) p ON p.id = x.product_id
              JOIN stock_warehouse w ON w.id = x.warehouse_id
              LEFT JOIN (%(receipts)s) r
                ON r.product_id = x.product_id AND r.warehouse_id = x.warehouse_id
               AND r.date = m.date
            """,
            flows=self._get_flow_query(),
            stock=self.env["backorder.product.report"]._get_stock_query(),
            spans=self._get_spans_query(),
            key=self._get_span_key(SQL("x.date"), SQL("x.previous")),
            receipts=self._get_receipt_query(),
            start=SQL("%s::date", self._get_start()),
            before=SQL("%s::date", self._get_months()[0]),
            present=SQL("%s::date", self._get_months()[-1]),
        )

    @api.model
    def _get_months(self):
        """The first days of the months, and of the one before them."""
        start = self._get_start()
        return [start + relativedelta(months=i) for i in range(-1, MONTHS + 1)]

    @api.model
    def _get_spans_query(self):
        """Each month with those since another one, for which its stock at its beginning counts.
        The dates are values: PostgreSQL knows how many there are and works none out again for each
        row that it compares with them."""
        months, today = self._get_months(), self._get_today()
        rows = [
            (self._get_span_key(month, months[first]), day, day + relativedelta(months=1, days=-1))
            for last, month in enumerate(months)
            for first in range(last)
            for day in months[first + 1 : last + 1]
        ]
        return SQL(
            "SELECT * FROM (VALUES %s) v (key, date, last)",
            SQL(", ").join(
                SQL("(%s, %s::date, %s::date)", key, day, min(last, today))
                for key, day, last in rows
            ),
        )

    @api.model
    def _get_span_key(self, month, previous):
        """One number for both: of two conditions PostgreSQL expects far too few rows."""
        return SQL(
            "(%s::date - DATE '2000-01-01') * 1000 + (%s::date - %s::date)", month, month, previous
        )

    @api.model
    def _get_flow_query(self):
        """What came and went, with its month, and weighted by its days since the start; whether
        goods came that had been ordered. Some of it may be of the month before."""
        flow = self.env["backorder.flow"]
        since = SQL("m.date >= %s", self._get_start() - relativedelta(days=1))
        return SQL(
            """
            SELECT f.product_id, f.warehouse_id,
                   date_trunc('month', f.day::timestamp)::date AS date, f.net,
                   f.qty_out, f.net * (f.day - %(start)s::date) AS weighted, f.came,
                   0::float8 AS on_hand
              FROM (SELECT x.product_id, x.from_id AS warehouse_id, %(day)s AS day,
                           -x.quantity AS net,
                           CASE WHEN x.dst_usage IN %(losses)s THEN 0
                                ELSE x.quantity END AS qty_out, FALSE AS came
                      FROM (%(left)s) x
                      LEFT JOIN %(zones)s zones ON zones.id = x.from_id
                     WHERE x.to_id IS DISTINCT FROM x.from_id
                     UNION ALL
                    SELECT x.product_id, x.to_id, %(day)s, x.quantity, 0,
                           x.src_usage NOT IN %(finds)s AND x.quantity > 0
                      FROM (%(came)s) x
                      LEFT JOIN %(zones)s zones ON zones.id = x.to_id
                     WHERE x.to_id IS DISTINCT FROM x.from_id) f
            """,
            left=flow._get_done_moves(SQL("%s AND %s", since, flow._is_inside("src"))),
            came=flow._get_done_moves(SQL("%s AND %s", since, flow._is_inside("dst"))),
            day=SQL(
                "LEAST((x.date AT TIME ZONE 'UTC' AT TIME ZONE %s)::date, %s::date)",
                self._get_zone(),
                self._get_today(),
            ),
            zones=get_zones(self.env),
            losses=LOSSES,
            finds=FINDS,
            start=self._get_start(),
        )

    @api.model
    def _get_receipt_query(self):
        """By month; the receipt before the first one of the year may lie a year back."""
        since = self._get_start() - relativedelta(years=1)
        receipts = self.env["backorder.flow"]._get_receipts(
            SQL("m.date >= %s", since - relativedelta(days=1)), since
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

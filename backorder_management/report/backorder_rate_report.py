from odoo import api, fields, models
from odoo.tools import SQL

from ..models.sale_backorder_line import PRICE_GROUPS


class BackorderRateReport(models.Model):
    """One row for each order line with goods that was confirmed, whether or not it was ever
    backordered: the base of all rates. A rate of a group is a sum over a sum (or orders over
    orders, each counted once), never a mean of rates. Quantities are in the product's unit, kits
    in whole kits. Orders that were cancelled after they were confirmed count, services do not."""

    _name = "backorder.rate.report"
    _inherit = ["backorder.report.base"]
    _description = "Backorder Rate"
    _auto = False
    _order = "date desc, id desc"
    _rec_name = "order_id"
    _depends = {
        "sale.backorder.line": ["qty_backordered", "qty_ordered", "sale_line_id", "kit_id"],
        "sale.order": ["currency_rate", "date_order", "state"],
        "sale.order.line": ["price_subtotal", "product_uom_qty", "product_id"],
        "stock.move": ["quantity", "state", "date", "sale_line_id"],
        "res.partner": ["tz", "country_id"],
    }

    line_id = fields.Many2one("sale.order.line", string="Order line", readonly=True)
    order_id = fields.Many2one("sale.order", readonly=True, aggregator="count_distinct")
    backordered_order_id = fields.Many2one(
        "sale.order",
        string="Backordered order",
        readonly=True,
        aggregator="count_distinct",
        help="The order, if something of this line was ever backordered.",
    )
    date = fields.Date(
        string="Order date", readonly=True, help="In the time zone of the warehouse."
    )
    date_order = fields.Datetime(
        string="Ordered at",
        readonly=True,
        help="The moment itself. A period of it is found faster than one of the local date.",
    )
    partner_id = fields.Many2one("res.partner", string="Customer", readonly=True)
    country_id = fields.Many2one("res.country", readonly=True)
    user_id = fields.Many2one("res.users", string="Salesperson", readonly=True)
    team_id = fields.Many2one("crm.team", string="Sales team", readonly=True)
    product_id = fields.Many2one("product.product", readonly=True)
    product_categ_id = fields.Many2one("product.category", string="Product category", readonly=True)
    warehouse_id = fields.Many2one("stock.warehouse", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    currency_id = fields.Many2one("res.currency", readonly=True)

    line_count = fields.Integer(string="Order lines", readonly=True)
    backordered_count = fields.Integer(string="Backordered lines", readonly=True)
    qty_ordered = fields.Float(string="Ordered", digits="Product Unit", readonly=True)
    qty_backordered = fields.Float(string="Backordered", digits="Product Unit", readonly=True)
    value_ordered = fields.Monetary(
        string="Ordered value",
        readonly=True,
        groups=PRICE_GROUPS,
        help="Without taxes, in company currency at the rate of the order's date.",
    )
    value_backordered = fields.Monetary(
        string="Backordered value", readonly=True, groups=PRICE_GROUPS
    )
    qty_started = fields.Float(
        string="Ordered, delivery begun",
        digits="Product Unit",
        readonly=True,
        help="Ordered on lines of which something was delivered.",
    )
    qty_first = fields.Float(
        string="First delivery",
        digits="Product Unit",
        readonly=True,
        help="At most what was ordered.",
    )

    rate_orders = fields.Float(
        string="Backorder rate, orders",
        readonly=True,
        aggregator="avg",
        help="Orders of which anything was ever backordered / confirmed orders. 120 of 2,000 "
        "orders are 6%.",
    )
    rate_lines = fields.Float(
        string="Backorder rate, lines",
        readonly=True,
        aggregator="avg",
        help="Order lines that were ever backordered / confirmed order lines.",
    )
    rate_units = fields.Float(
        string="Backorder rate, units",
        readonly=True,
        aggregator="avg",
        help="Backordered quantity / ordered quantity.",
    )
    rate_value = fields.Float(
        string="Backorder rate, value",
        readonly=True,
        aggregator="avg",
        groups=PRICE_GROUPS,
        help="Backordered value / ordered value.",
    )
    fill_lines = fields.Float(
        string="Fill rate, lines",
        readonly=True,
        aggregator="avg",
        help="Order lines that came complete with their first delivery / order lines of which "
        "something was delivered. Kits are left out.",
    )
    fill_units = fields.Float(
        string="Fill rate, units",
        readonly=True,
        aggregator="avg",
        help="Quantity that came with the first delivery / quantity ordered on lines of which "
        "something was delivered. Kits are left out.",
    )

    _rates = {
        "rate_orders": ("backordered_order_id", "order_id", "distinct"),
        "rate_lines": ("backordered_count", "line_count", "sum"),
        "rate_units": ("qty_backordered", "qty_ordered", "sum"),
        "rate_value": ("value_backordered", "value_ordered", "sum"),
        "fill_units": ("qty_first", "qty_started", "sum"),
    }

    @api.model
    def _get_columns(self):
        return {
            **super()._get_columns(),
            **self._get_link_columns(),
            **self._get_rate_columns(),
            **self._get_fill_columns(),
        }

    @api.model
    def _get_link_columns(self):
        names = "partner_id user_id team_id warehouse_id company_id"
        return {
            **{name: SQL.identifier("so", name) for name in names.split()},
            "id": SQL("l.id"),
            "line_id": SQL("l.id"),
            "order_id": SQL("l.order_id"),
            "backordered_order_id": SQL(
                "CASE WHEN bl.quantity > 0 OR bl.share > 0 THEN l.order_id END"
            ),
            "date": SQL("place.day"),
            "date_order": SQL("so.date_order"),
            "country_id": SQL("partner.country_id"),
            "product_id": SQL("l.product_id"),
            "product_categ_id": SQL("pt.categ_id"),
            "currency_id": self._get_currency("l"),
        }

    @api.model
    def _get_rate_columns(self):
        ordered, short = self._get_ordered(), self._get_backordered()
        flag = SQL("CASE WHEN bl.quantity > 0 OR bl.share > 0 THEN 1 ELSE 0 END")
        return {
            # no bare constant: see `_get_currency`
            "line_count": SQL("CASE WHEN l.id IS NOT NULL THEN 1 END"),
            "backordered_count": flag,
            "qty_ordered": ordered,
            "qty_backordered": short,
            "value_ordered": self._get_value(ordered),
            # for lines that were never short nothing is worked out
            "value_backordered": SQL(
                "CASE WHEN bl.sale_line_id IS NULL THEN 0 ELSE %s END", self._get_value(short)
            ),
            "rate_orders": SQL("(%s)::float8", flag),
            "rate_lines": SQL("(%s)::float8", flag),
            "rate_units": SQL("%s / NULLIF(%s, 0)", short, ordered),
            "rate_value": SQL("%s / NULLIF(%s, 0)", short, ordered),
        }

    @api.model
    def _get_fill_columns(self):
        ordered = self._get_ordered()
        begun = SQL("first.product_id = l.product_id")
        first = SQL("(first.quantity / pu.factor)")
        units = SQL("LEAST(%s, %s)", first, ordered)
        return {
            "qty_started": SQL("CASE WHEN %s THEN %s ELSE 0 END", begun, ordered),
            "qty_first": SQL("CASE WHEN %s THEN %s ELSE 0 END", begun, units),
            "fill_lines": SQL(
                "CASE WHEN %s THEN (%s > %s - 0.000001)::int::float8 END",
                begun,
                first,
                ordered,
            ),
            "fill_units": SQL("CASE WHEN %s THEN %s / NULLIF(%s, 0) END", begun, units, ordered),
        }

    @api.model
    def _get_ordered(self):
        """What was ordered before a rest was cancelled. Most lines need no conversion, which costs
        more than all else here; so would one to floating point."""
        return SQL(
            """GREATEST(CASE WHEN l.product_uom_id = pt.uom_id THEN l.product_uom_qty
                ELSE l.product_uom_qty * su.factor / pu.factor END,
                COALESCE(bl.ordered, 0))"""
        )

    @api.model
    def _get_backordered(self):
        """Of a kit as many as its scarcest component kept waiting."""
        return SQL(
            """CASE WHEN bl.sale_line_id IS NULL THEN 0 WHEN bl.share IS NOT NULL
                THEN CEIL(ROUND((bl.share * l.product_uom_qty)::numeric, 6))
                     * su.factor / pu.factor
                ELSE LEAST(COALESCE(bl.quantity, 0), %s) END""",
            self._get_ordered(),
        )

    @api.model
    def _get_value(self, quantity):
        """Of a quantity in the product's unit, without taxes, in company currency."""
        return SQL(
            """(%s * CASE WHEN l.product_uom_qty <> 0 THEN l.price_subtotal / l.product_uom_qty
                ELSE l.price_unit * (1 - COALESCE(l.discount, 0) / 100.0) END
                * CASE WHEN l.product_uom_id = pt.uom_id THEN 1 ELSE pu.factor / su.factor END
                )::float8 * place.rate""",
            quantity,
        )

    @api.model
    def _get_from(self):
        """Orders come first, with all that is the same for their lines: of so many tables
        PostgreSQL keeps to the order in which they are named."""
        return SQL(
            """sale_order so
            %(zone)s
            %(currency)s
            CROSS JOIN LATERAL (SELECT %(day)s AS day, %(rate)s AS rate OFFSET 0) place
            JOIN sale_order_line l ON l.order_id = so.id
            JOIN product_product p ON p.id = l.product_id
            JOIN product_template pt ON pt.id = p.product_tmpl_id
            LEFT JOIN (%(backordered)s) bl ON bl.sale_line_id = l.id
            LEFT JOIN uom_uom pu ON pu.id = pt.uom_id
            LEFT JOIN uom_uom su ON su.id = l.product_uom_id
            LEFT JOIN res_partner partner ON partner.id = so.partner_id
            LEFT JOIN (%(first)s) first ON first.sale_line_id = l.id""",
            backordered=self._get_backordered_query(),
            day=self._get_local_date(SQL("so.date_order")),
            first=self._get_first_delivery_query(),
            rate=self._get_company_value(SQL("1")),
            zone=self._get_zone_joins("so"),
            currency=self._get_currency_join("so"),
        )

    @api.model
    def _get_where(self):
        """A cancelled order was confirmed before if it has transfers."""
        return SQL(
            """pt.type = 'consu' AND (l.product_uom_qty > 0 OR bl.sale_line_id IS NOT NULL)
            AND (so.state = 'sale' OR so.state = 'cancel' AND l.id IN (
                SELECT sale_line_id FROM stock_move
                 WHERE state = 'cancel' AND sale_line_id IS NOT NULL))"""
        )

    @api.model
    def _get_backordered_query(self):
        """What was ever backordered of each order line; of kits the largest share of a
        component. A period that is in the domain does not reach in here: who asks for the orders of
        a short one says so in the context, and the others are not added up."""
        since = self.env.context.get("backorder_rates_since")
        recent = SQL("TRUE")
        if since:
            recent = SQL(
                "sale_order_id IN (SELECT id FROM sale_order WHERE date_order >= %s)",
                fields.Date.to_date(since),
            )
        return SQL(
            """
            SELECT sale_line_id,
                   SUM(qty_backordered) FILTER (WHERE kit_id IS NULL) AS quantity,
                   MAX(qty_ordered) FILTER (WHERE kit_id IS NULL) AS ordered,
                   MAX(LEAST(1, qty_backordered / COALESCE(
                       NULLIF(qty_ordered, 0), NULLIF(qty_backordered, 0))))
                       FILTER (WHERE kit_id IS NOT NULL) AS share
              FROM sale_backorder_line
             WHERE sale_line_id IS NOT NULL AND %s
             GROUP BY sale_line_id
            """,
            recent,
        )

    @api.model
    def _get_first_delivery_query(self):
        """The quantity is in reference units: the product's factor is to divide it."""
        return SQL(
            """
            SELECT sale_line_id, MIN(product_id) AS product_id, SUM(quantity) AS quantity
              FROM (SELECT m.sale_line_id, m.product_id, m.quantity * mu.factor AS quantity,
                           m.picking_id IS NOT DISTINCT FROM FIRST_VALUE(m.picking_id) OVER w
                               AS is_first
                      FROM stock_move m
                      JOIN uom_uom mu ON mu.id = m.product_uom
                     WHERE m.state = 'done' AND m.quantity > 0 AND m.sale_line_id IS NOT NULL
                       AND %s
                    WINDOW w AS (PARTITION BY m.sale_line_id ORDER BY m.date, m.picking_id)) moved
             WHERE is_first
             GROUP BY sale_line_id
            """,
            self._get_to_customer(),
        )

    def action_open_order(self):
        self.ensure_one()
        return self.order_id.get_formview_action()

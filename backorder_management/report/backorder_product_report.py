from odoo import api, fields, models
from odoo.tools import SQL

from ..models.backorder_reader import OPEN_MOVES
from ..models.sale_backorder import OPEN_STATES
from ..models.sale_backorder_line import PRICE_GROUPS


class BackorderProductReport(models.Model):
    """One row for each product and warehouse with something open: how much is owed, to how many,
    what is there, and when more comes. Counts what the user may see."""

    _name = "backorder.product.report"
    _inherit = ["backorder.report.base"]
    _description = "Open Backorders by Product"
    _auto = False
    _order = "qty_short desc, qty_open desc, id"
    _rec_name = "product_id"
    _depends = {
        "sale.backorder.line": [
            "amount_open",
            "date_open",
            "qty_open",
            "qty_ready",
            "qty_short",
            "state",
        ],
        "backorder.peg": ["line_id", "date", "kind"],
        "sale.order": ["currency_rate"],
        "stock.move": ["state", "date", "product_qty"],
        "stock.quant": ["quantity", "reserved_quantity"],
        "res.partner": ["tz"],
    }

    product_id = fields.Many2one("product.product", readonly=True)
    product_categ_id = fields.Many2one("product.category", string="Product category", readonly=True)
    product_uom_id = fields.Many2one("uom.uom", string="Unit", readonly=True)
    warehouse_id = fields.Many2one("stock.warehouse", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    currency_id = fields.Many2one("res.currency", readonly=True)
    qty_open = fields.Float(string="Open", digits="Product Unit", readonly=True)
    qty_ready = fields.Float(string="Ready", digits="Product Unit", readonly=True)
    qty_short = fields.Float(string="Short", digits="Product Unit", readonly=True)
    # customers and orders of several products are not the sum over products
    customer_count = fields.Integer(
        string="Customers",
        readonly=True,
        aggregator=None,
        help="Customers waiting, each counted once.",
    )
    order_count = fields.Integer(string="Orders", readonly=True, aggregator=None)
    item_count = fields.Integer(string="Items", readonly=True)
    value_open = fields.Monetary(
        string="Open value",
        readonly=True,
        groups=PRICE_GROUPS,
        help="At the prices of the orders without taxes, in company currency at the rates of the "
        "orders' dates.",
    )
    qty_on_hand = fields.Float(
        string="On hand", digits="Product Unit", readonly=True, help="In this warehouse."
    )
    qty_free = fields.Float(
        string="Free",
        digits="Product Unit",
        readonly=True,
        help="On hand in this warehouse and not reserved.",
    )
    qty_incoming = fields.Float(
        string="On its way",
        digits="Product Unit",
        readonly=True,
        help="Planned to come into this warehouse from elsewhere.",
    )
    restock_date = fields.Date(
        string="Next restock",
        readonly=True,
        aggregator="min",
        help="When the next goods are planned to come into the warehouse; else when the next "
        "planned supply would ship.",
    )
    date_open = fields.Date(string="Oldest since", readonly=True, aggregator="min")
    days_waited = fields.Integer(string="Oldest wait (days)", readonly=True, aggregator="max")

    @api.model
    def _get_columns(self):
        names = (
            "id product_id warehouse_id company_id qty_open qty_ready qty_short customer_count "
            "order_count item_count value_open"
        )
        opened = self._get_local_date(SQL("o.date_open"))
        today = self._get_local_date(SQL("%s::timestamp", fields.Datetime.now()))
        return {
            **super()._get_columns(),
            **{name: SQL.identifier("o", name) for name in names.split()},
            "product_categ_id": SQL("pt.categ_id"),
            "product_uom_id": SQL("pt.uom_id"),
            "currency_id": self._get_currency("o"),
            "qty_on_hand": SQL("COALESCE(q.on_hand, 0)"),
            "qty_free": SQL("COALESCE(q.free, 0)"),
            "qty_incoming": SQL("COALESCE(i.quantity, 0)"),
            "restock_date": SQL("COALESCE(%s, o.supply_date)", self._get_local_date(SQL("i.date"))),
            "date_open": opened,
            "days_waited": SQL("GREATEST(0, %s - %s)", today, opened),
        }

    @api.model
    def _get_from(self):
        return SQL(
            """(%(open)s) o
            LEFT JOIN product_product p ON p.id = o.product_id
            LEFT JOIN product_template pt ON pt.id = p.product_tmpl_id
            LEFT JOIN (%(stock)s) q ON q.product_id = o.product_id
                AND q.warehouse_id = o.warehouse_id AND q.company_id = o.company_id
            LEFT JOIN (%(incoming)s) i ON i.product_id = o.product_id
                AND i.warehouse_id = o.warehouse_id AND i.company_id = o.company_id
            %(zone)s""",
            open=self._get_open_query(),
            stock=self._get_stock_query(),
            incoming=self._get_incoming_query(),
            zone=self._get_zone_joins("o"),
        )

    @api.model
    def _get_open_query(self):
        """What is open by product and warehouse, of the items that the user may see."""
        lines = self.env["sale.backorder.line"]._search([("state", "in", OPEN_STATES)])
        return SQL(
            """
            SELECT MIN(x.id) AS id, x.product_id, x.warehouse_id, x.company_id,
                   SUM(x.qty_open) AS qty_open, SUM(x.qty_ready) AS qty_ready,
                   SUM(x.qty_short) AS qty_short,
                   COUNT(DISTINCT x.partner_id) AS customer_count,
                   COUNT(DISTINCT x.sale_order_id) AS order_count, COUNT(*) AS item_count,
                   SUM(%(value)s) AS value_open, MIN(x.date_open) AS date_open,
                   MIN(g.date) AS supply_date
              FROM sale_backorder_line x
              LEFT JOIN sale_order so ON so.id = x.sale_order_id
              LEFT JOIN (%(pegs)s) g ON g.line_id = x.id
              %(currency)s
             WHERE x.id IN %(lines)s
             GROUP BY x.product_id, x.warehouse_id, x.company_id
            """,
            value=self._get_company_value(SQL("x.amount_open")),
            pegs=SQL(
                "SELECT line_id, MIN(date) AS date FROM backorder_peg"
                " WHERE kind NOT IN ('stock', 'lead_time') GROUP BY line_id"
            ),
            currency=self._get_currency_join("x"),
            lines=lines.subselect(),
        )

    @api.model
    def _get_stock_query(self):
        """As core counts On hand and Free of a warehouse."""
        return SQL(
            """
            SELECT q.product_id, l.warehouse_id, q.company_id, SUM(q.quantity) AS on_hand,
                   SUM(q.quantity - q.reserved_quantity) AS free
              FROM stock_quant q
              JOIN stock_location l ON l.id = q.location_id AND l.usage = 'internal'
             GROUP BY q.product_id, l.warehouse_id, q.company_id
            """
        )

    @api.model
    def _get_incoming_query(self):
        """Goods that are planned to come into a warehouse from outside of it."""
        return SQL(
            """
            SELECT m.product_id, dst.warehouse_id, m.company_id, MIN(m.date) AS date,
                   %(columns)s
              FROM stock_move m
              JOIN stock_location src ON src.id = m.location_id
              JOIN stock_location dst ON dst.id = m.location_dest_id AND dst.usage = 'internal'
              %(joins)s
             WHERE m.state IN %(states)s
               AND dst.warehouse_id IS DISTINCT FROM src.warehouse_id
             GROUP BY m.product_id, dst.warehouse_id, m.company_id
            """,
            columns=SQL(", ").join(self._get_incoming_columns()),
            joins=self._get_incoming_joins(),
            states=OPEN_MOVES,
        )

    @api.model
    def _get_incoming_columns(self):
        return [SQL("SUM(m.product_qty) AS quantity")]

    @api.model
    def _get_incoming_joins(self):
        return SQL()

    def action_open_items(self):
        """The items behind the row."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "backorder_management.sale_backorder_line_action"
        )
        return {
            **action,
            "display_name": self.env._("On backorder: %s", self.product_id.display_name),
            "domain": [
                ("product_id", "=", self.product_id.id),
                ("warehouse_id", "=", self.warehouse_id.id),
                ("company_id", "=", self.company_id.id),
            ],
        }

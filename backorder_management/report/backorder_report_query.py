"""The query of the backorder analysis."""

from odoo import api, fields, models
from odoo.tools import SQL

from ..models.overview.backorder_sql import SLIPS_BY_LINE
from ..models.sale_backorder import OPEN_STATES


class BackorderReport(models.Model):
    _inherit = "backorder.report"

    @api.model
    def _get_columns(self):
        return {
            **super()._get_columns(),
            **self._get_link_columns(),
            **self._get_quantity_columns(),
            **self._get_value_columns(),
            **self._get_date_columns(),
            **self._get_promise_columns(),
        }

    @api.model
    def _get_link_columns(self):
        names = (
            "id backorder_id sale_order_id partner_id user_id team_id product_id product_categ_id "
            "warehouse_id company_id state"
        )
        return {
            **{name: SQL.identifier("x", name) for name in names.split()},
            "line_id": SQL("x.id"),
            "commercial_partner_id": SQL("partner.commercial_partner_id"),
            "country_id": SQL("partner.country_id"),
            "product_uom_id": SQL("pt.uom_id"),
            "vendor_id": SQL("vendor.partner_id"),
            "cause_id": SQL("COALESCE(x.cause_id, b.cause_id)"),
            "cancel_reason_id": SQL("x.cancel_reason_id"),
            "origin": SQL("b.origin"),
        }

    @api.model
    def _get_quantity_columns(self):
        names = "backordered open ready short fulfilled cancelled"
        return {
            **{f"qty_{n}": SQL.identifier("x", f"qty_{n}") for n in names.split()},
            "qty_ended": SQL("x.qty_fulfilled + x.qty_cancelled"),
            "cancel_rate": SQL(
                "x.qty_cancelled / NULLIF(x.qty_fulfilled + x.qty_cancelled, 0)::float8"
            ),
        }

    @api.model
    def _get_value_columns(self):
        price = self._get_unit_price()
        return {
            "order_currency_id": SQL("x.currency_id"),
            "currency_id": self._get_currency("x"),
            "amount_open": SQL("x.amount_open"),
            "value_open": self._get_company_value(SQL("x.amount_open")),
            **{
                f"value_{name}": self._get_company_value(
                    SQL("%s * %s", SQL.identifier("x", f"qty_{name}"), price)
                )
                for name in ("backordered", "fulfilled", "cancelled")
            },
        }

    @api.model
    def _get_unit_price(self):
        """In order currency, without taxes, for one of the product's unit. All components of a kit
        weigh the same, as on the records. An order line that was lowered to nothing has no subtotal
        any more: its price counts."""
        return SQL(
            """CASE
                WHEN x.kit_id IS NOT NULL
                THEN sol.price_subtotal / NULLIF(x.qty_ordered * GREATEST(kit.components, 1), 0)
                WHEN sol.product_uom_qty <> 0
                THEN sol.price_subtotal / sol.product_uom_qty * pu.factor / su.factor
                ELSE sol.price_unit * (1 - COALESCE(sol.discount, 0) / 100.0)
                     * pu.factor / su.factor
            END"""
        )

    @api.model
    def _get_date_columns(self):
        # a closed record stays as it is: it was open until it was closed
        age = SQL(
            "GREATEST(0, %s - %s)",
            self._get_local_date(SQL("COALESCE(b.date_closed, %s)", fields.Datetime.now())),
            self._get_local_date(SQL("b.date_open")),
        )
        today = self._get_local_date(SQL("%s::timestamp", fields.Datetime.now()))
        overdue = SQL("(x.state IN %s AND x.date_due < %s)", OPEN_STATES, today)
        return {
            "date_order": self._get_local_date(SQL("so.date_order")),
            "date_open": self._get_local_date(SQL("x.date_open")),
            "date_closed": self._get_local_date(SQL("x.date_closed")),
            "date_shipped": self._get_local_date(SQL("shipped.date")),
            "age_days": age,
            "age_bucket": SQL(
                "(CASE WHEN %(age)s <= 7 THEN '1-7' WHEN %(age)s <= 14 THEN '8-14'"
                " WHEN %(age)s <= 30 THEN '15-30' ELSE '30+' END)::varchar",
                age=age,
            ),
            "is_overdue": SQL("COALESCE(%s, FALSE)", overdue),
            "overdue_count": SQL("CASE WHEN %s THEN 1 ELSE 0 END", overdue),
            **self._get_duration_columns(),
        }

    @api.model
    def _get_duration_columns(self):
        """An item of an open record has no date of its own on which it was cancelled: nothing
        writes it afterwards but a person who changes its cause."""
        start = self._get_local_date(SQL("x.date_open"))
        shipped = SQL("COALESCE(shipped.date, x.date_closed, x.write_date)")
        fulfilled = SQL("GREATEST(0, %s - %s)", self._get_local_date(shipped), start)
        end = SQL(
            "CASE x.state WHEN 'done' THEN %s WHEN 'cancel'"
            " THEN COALESCE(x.date_closed, x.write_date) ELSE %s::timestamp END",
            shipped,
            fields.Datetime.now(),
        )
        done = SQL("CASE WHEN x.state = 'done' THEN %s END", fulfilled)
        return {
            "days_waited": SQL("GREATEST(0, %s - %s)", self._get_local_date(end), start),
            "days_to_fulfil": done,
            "days_median": done,
            "days_p90": done,
        }

    @api.model
    def _get_promise_columns(self):
        first = SQL("COALESCE(promise.first, x.promised_date)")
        shipped = self._get_local_date(SQL("COALESCE(shipped.date, x.date_closed, x.write_date)"))
        return {
            "expected_date_first": SQL("x.expected_date_first"),
            "expected_date": SQL("x.expected_date"),
            "expected_date_p90": SQL("x.expected_date_p90"),
            "promised_date_first": first,
            "promised_date": SQL("x.promised_date"),
            "days_slipped": SQL("x.promised_date - %s", first),
            "slip_count": SQL("COALESCE(slip.count, 0)"),
            "kept_first": self._get_kept(shipped, first),
            "kept_last": self._get_kept(shipped, SQL("x.promised_date")),
        }

    @api.model
    def _get_kept(self, shipped, promised):
        """1 or 0; nothing for what was not delivered, or never promised"""
        return SQL("CASE WHEN x.state = 'done' THEN (%s <= %s)::int::float8 END", shipped, promised)

    @api.model
    def _get_from(self):
        return SQL(
            """sale_backorder_line x
            LEFT JOIN sale_backorder b ON b.id = x.backorder_id
            LEFT JOIN sale_order so ON so.id = x.sale_order_id
            LEFT JOIN sale_order_line sol ON sol.id = x.sale_line_id
            LEFT JOIN product_product p ON p.id = x.product_id
            LEFT JOIN product_template pt ON pt.id = p.product_tmpl_id
            LEFT JOIN uom_uom pu ON pu.id = pt.uom_id
            LEFT JOIN uom_uom su ON su.id = sol.product_uom_id
            LEFT JOIN res_partner partner ON partner.id = x.partner_id
            LEFT JOIN (%(vendor)s) vendor ON vendor.product_tmpl_id = p.product_tmpl_id
                                         AND vendor.company_id = x.company_id
            LEFT JOIN (%(components)s) kit ON kit.sale_line_id = x.sale_line_id
            LEFT JOIN (%(shipped)s) shipped ON shipped.id = x.id
            LEFT JOIN (%(promise)s) promise ON promise.line_id = x.id
            LEFT JOIN (%(slip)s) slip ON slip.line_id = x.id
            %(zone)s
            %(currency)s""",
            vendor=self._get_vendor_query(),
            components=self._get_components_query(),
            shipped=self._get_shipped_query(),
            promise=SQL(
                "SELECT DISTINCT ON (line_id) line_id, new_date AS first"
                " FROM backorder_promise ORDER BY line_id, id"
            ),
            slip=SLIPS_BY_LINE,
            zone=self._get_zone_joins("x"),
            currency=self._get_currency_join("x"),
        )

    @api.model
    def _get_vendor_query(self):
        """The first vendor of each product in each company."""
        return SQL(
            """
            SELECT DISTINCT ON (s.product_tmpl_id, c.id) s.product_tmpl_id, c.id AS company_id,
                   s.partner_id
              FROM product_supplierinfo s
              JOIN res_company c ON s.company_id IS NULL OR s.company_id = c.id
             ORDER BY s.product_tmpl_id, c.id, s.sequence, s.min_qty, s.id
            """
        )

    @api.model
    def _get_components_query(self):
        """How many components each kit line has."""
        return SQL(
            """
            SELECT k.sale_line_id, COUNT(DISTINCT m.product_id) AS components
              FROM sale_backorder_line k
              JOIN stock_move m ON m.sale_line_id = k.sale_line_id AND m.product_id <> k.kit_id
             WHERE k.kit_id IS NOT NULL
             GROUP BY k.sale_line_id
            """
        )

    @api.model
    def _get_shipped_query(self):
        """When the last of each item went to the customer, while it was open."""
        return SQL(
            """
            SELECT f.id, MAX(m.date) AS date
              FROM sale_backorder_line f
              JOIN stock_move m ON m.sale_line_id = f.sale_line_id
                               AND m.product_id = f.product_id
             WHERE f.qty_fulfilled > 0 AND m.state = 'done' AND m.date >= f.date_open
               AND (f.date_closed IS NULL OR m.date <= f.date_closed) AND %s
             GROUP BY f.id
            """,
            self._get_to_customer(),
        )

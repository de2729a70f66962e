"""Very many open order lines, made in SQL from one example that Odoo made itself.

100,000 lines over 10,000 products: ten lines of one to three units for each product, in orders of
five lines, and two receipts of six units each. Nothing is on hand, so that all of them wait.
"""

COUNT = 100_000
LINES_PER_PRODUCT = 10
LINES_PER_ORDER = 5
RECEIPTS = 2


def make(env, count=COUNT):
    """:return: {"products": ids, "moves": ids of deliveries, "lines": ids of order lines}"""
    maker = _Maker(env, count)
    maker.make()
    return maker.result


class _Maker:
    def __init__(self, env, count):
        self.env, self.count = env, count
        self.products = max(1, count // LINES_PER_PRODUCT)
        self.orders = max(1, count // LINES_PER_ORDER)
        self.first = {}

    def make(self):
        order, receipt = self._example()
        line, move = order.order_line, order.order_line.move_ids
        self._copy("product_template", line.product_id.product_tmpl_id.id, self.products, {})
        self._copy(
            "product_product",
            line.product_id.id,
            self.products,
            {"product_tmpl_id": self._to("product_template")},
        )
        self._copy("sale_order", order.id, self.orders, {"name": "'B' || n"})
        per_order = f"(n / {LINES_PER_ORDER})"
        product = f"(n %% {self.products})"
        quantity = "1 + n / 7 %% 3"
        at_order = {"order_id": self._to("sale_order", per_order)}
        of_product = {"product_id": self._to("product_product", product)}
        self._copy(
            "sale_order_line",
            line.id,
            self.count,
            {**at_order, **of_product, "product_uom_qty": quantity},
        )
        of_order = {"sale_id": self._to("sale_order")}
        self._copy(
            "stock_picking", move.picking_id.id, self.orders, {"name": "'BP' || n", **of_order}
        )
        amounts = {"product_uom_qty": quantity, "product_qty": quantity, "quantity": "0"}
        self._copy(
            "stock_move",
            move.id,
            self.count,
            {
                **of_product,
                **amounts,
                "sale_line_id": self._to("sale_order_line"),
                "picking_id": self._to("stock_picking", per_order),
                "date": "now() at time zone 'utc' + n %% 997 * interval '1 minute'",
            },
        )
        if "sale.backorder" in self.env:
            self._make_records(order.backorder_ids, per_order, of_product, quantity)
        self._make_receipts(receipt.move_ids)
        self.env.cr.execute("ANALYZE")
        self.result = {
            "products": self._ids("product_product", self.products),
            "moves": self._ids("stock_move", self.count),
            "lines": self._ids("sale_order_line", self.count),
        }
        self.env.invalidate_all()

    def _example(self):
        product = self.env["product.product"].create(
            {"name": "Example", "type": "consu", "is_storable": True, "list_price": 10.0}
        )
        partner = self.env["res.partner"].create({"name": "Example"})
        values = {"product_id": product.id, "product_uom_qty": 1}
        order = self.env["sale.order"].create(
            {"partner_id": partner.id, "order_line": [(0, 0, values)]}
        )
        order.action_confirm()
        kind = order.warehouse_id.in_type_id
        source = kind.default_location_src_id or self.env.ref("stock.stock_location_suppliers")
        places = {"location_id": source.id, "location_dest_id": kind.default_location_dest_id.id}
        receipt = self.env["stock.picking"].create(
            {
                "picking_type_id": kind.id,
                **places,
                "move_ids": [(0, 0, {"product_id": product.id, "product_uom_qty": 1, **places})],
            }
        )
        receipt.action_confirm()
        self.env.flush_all()
        return order, receipt

    def _make_records(self, record, per_order, of_product, quantity):
        self._copy(
            "sale_backorder",
            record.id,
            self.orders,
            {"name": "'BB' || n", "sale_order_id": self._to("sale_order")},
        )
        amounts = dict.fromkeys(("qty_backordered", "qty_open", "qty_ordered"), quantity)
        self._copy(
            "sale_backorder_line",
            record.line_ids.id,
            self.count,
            {
                **of_product,
                **amounts,
                "backorder_id": self._to("sale_backorder", per_order),
                "sale_order_id": self._to("sale_order", per_order),
                "sale_line_id": self._to("sale_order_line"),
                "expected_date": "NULL::date",
            },
        )

    def _make_receipts(self, move):
        first = self.first["stock_move"]
        amount = dict.fromkeys(("product_uom_qty", "product_qty"), "6")
        self._copy(
            "stock_move",
            move.id,
            self.products * RECEIPTS,
            {
                "product_id": self._to("product_product", f"(n %% {self.products})"),
                **amount,
                "quantity": "0",
                "date": "now() at time zone 'utc' + (2 + n %% 60) * interval '1 day'",
                "date_deadline": "NULL::timestamp",
            },
        )
        self.first["receipt"], self.first["stock_move"] = self.first["stock_move"], first

    def _copy(self, table, example, count, changes):
        """Rows like the example; `changes`: {column: SQL expression of n, from 0}."""
        cr = self.env.cr
        cr.execute("SELECT nextval(%s)", [f"{table}_id_seq"])
        first = self.first[table] = cr.fetchone()[0] + 1
        cr.execute("SELECT setval(%s, %s)", [f"{table}_id_seq", first + count])
        values = {"id": f"{first} + n", **changes}
        columns = self._get_columns(table)
        chosen = ", ".join(
            f"({values[name]})::{kind}" if name in values else f't."{name}"'
            for name, kind in columns.items()
        )
        names = ", ".join(f'"{name}"' for name in columns)
        cr.execute(
            f"INSERT INTO {table} ({names}) SELECT {chosen}"
            f" FROM {table} t CROSS JOIN generate_series(0, %s) n WHERE t.id = %s",
            [count - 1, example],
        )

    def _get_columns(self, table):
        """-> {name: type}"""
        self.env.cr.execute(
            "SELECT attname, format_type(atttypid, atttypmod) FROM pg_attribute"
            " WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped",
            [table],
        )
        return dict(self.env.cr.fetchall())

    def _to(self, table, number="n"):
        return f"{self.first[table]} + {number}"

    def _ids(self, table, count):
        return list(range(self.first[table], self.first[table] + count))

"""Three years of sales, made in SQL from a few examples that Odoo made itself.

Half of the order lines were backordered at some time, which is much: the fewer other lines there
are, the less core's own reports have to read, against which ours are measured. Of the backordered
lines some 15% are open (most of those of the last months), 8% were cancelled, the rest is
fulfilled. Each order has five lines, and two transfers if something was backordered. Most orders
are invoiced. Vendors deliver every product again and again, some late. Products, customers and
vendors are as many with 10,000 lines as with 100,000.
"""

PRODUCTS, CUSTOMERS, VENDORS, CATEGORIES, PEOPLE = 5000, 2000, 100, 40, 8
LINES_PER_ORDER = 5
DAYS = 1095
PURCHASE_LINES = 20_000  # with 100,000 backordered lines

# One row for each order line. A number from 0 to 999 that looks random decides each question.
PLAN = """
CREATE TEMP TABLE plan ON COMMIT DROP AS
SELECT l.*,
       CASE WHEN NOT hit THEN NULL WHEN fate < open_share THEN 'open'
            WHEN fate < open_share + 80 THEN 'cancel' ELSE 'done' END AS fate_name,
       CASE WHEN hit THEN 1 + luck %% quantity ELSE 0 END AS short,
       CASE WHEN hit AND fate < open_share AND luck %% 4 = 0 THEN 1 + luck %% quantity ELSE 0 END
           AS ready
  FROM (SELECT n, k, n %% {per_order} AS place,
               (n * 7919 + k) %% {products} AS product,
               1 + (n * 31) %% 9 AS quantity,
               5 + (n * 13) %% 40 AS price,
               k %% 8 < 5 AND n %% {per_order} < 4 AS hit,
               (k * 104729::bigint) %% 1000 AS fate,
               (n * 15485863::bigint) %% 1000 AS luck,
               CASE WHEN age < 90 THEN 800 ELSE 90 END AS open_share, age,
               now() AT TIME ZONE 'utc' - (age + (k %% 24) / 48.0) * interval '1 day' AS ordered
          FROM (SELECT n, n / {per_order} AS k,
                       ({days} * (1 - power((n / {per_order} + 1.0)::float8 / {orders}, 0.8)))::int
                       + 1 AS age
                  FROM generate_series(0, {lines} - 1) n) numbered) l
"""
# One row for each order of which something was backordered.
RECORDS = """
CREATE TEMP TABLE record ON COMMIT DROP AS
SELECT row_number() OVER (ORDER BY k) - 1 AS n, k, MIN(ordered) AS ordered, MIN(age) AS age,
       CASE WHEN MIN(fate_name) = 'open' AND SUM(ready) = SUM(short) THEN 'ready'
            WHEN MIN(fate_name) = 'open' AND SUM(ready) > 0 THEN 'partial'
            ELSE MIN(fate_name) END AS state,
       MIN(fate_name) = 'open' AS is_open,
       SUM(short) AS short, SUM(ready) AS ready, SUM(short * price) AS value,
       LEAST(MIN(ordered) + (2 + MIN(luck) %% 40) * interval '1 day', now() AT TIME ZONE 'utc')
           AS ended
  FROM plan WHERE hit GROUP BY k
"""
ITEMS = """
CREATE TEMP TABLE item ON COMMIT DROP AS
SELECT row_number() OVER (ORDER BY p.n) - 1 AS i, p.*, r.n AS record, r.ended,
       CASE WHEN fate_name <> 'open' THEN fate_name WHEN p.ready = p.short THEN 'ready'
            WHEN p.ready > 0 THEN 'partial' ELSE 'open' END AS state,
       CASE fate_name WHEN 'open' THEN p.short ELSE 0 END AS left_open,
       CASE luck %% 5 WHEN 0 THEN NULL
            ELSE (p.ordered + (3 + luck %% 50) * interval '1 day')::date END AS promised
  FROM plan p JOIN record r ON r.k = p.k WHERE p.hit
"""
SHIPPED = "LEAST(n.ended - (n.luck % 20) * interval '1 hour', now() AT TIME ZONE 'utc')"
AGE = (
    "CASE WHEN n.age <= 7 THEN '1-7' WHEN n.age <= 14 THEN '8-14'"
    " WHEN n.age <= 30 THEN '15-30' ELSE '30+' END"
)


def make(env, count):
    """As many backorder lines, beside what is there already."""
    _History(env, count).make()


class _History:
    def __init__(self, env, count):
        self.env, self.cr = env, env.cr
        self.lines = -(-2 * count // 40) * 40
        self.orders = self.lines // LINES_PER_ORDER
        self.first = {}

    def make(self):
        self._find_masters()
        self._take_examples()
        numbers = {
            "per_order": LINES_PER_ORDER,
            "products": PRODUCTS,
            "days": DAYS,
            "lines": self.lines,
            "orders": self.orders,
        }
        for query in (PLAN, RECORDS, ITEMS):
            self.cr.execute(query.format(**numbers).replace("%%", "%"))
        self.cr.execute("ANALYZE plan; ANALYZE record; ANALYZE item")
        self._copy_sales()
        self._copy_moves()
        self._copy_backorders()
        self._copy_memory()
        self._copy_invoices()
        self._copy_purchases()
        self.cr.execute("ANALYZE")
        self.env.invalidate_all()

    # === WHO AND WHAT === #

    def _find_masters(self):
        """Products, customers and so on: made once."""
        found = self.env["product.product"].search([("default_code", "=", "BENCH-0")], limit=1)
        self.product = found or self._make_masters()
        self.masters = {
            "product": self._range("product_product", "default_code LIKE 'BENCH-%'"),
            "template": self._range("product_template", "default_code LIKE 'BENCH-%'"),
            "customer": self._range("res_partner", "name LIKE 'Customer of history %'"),
            "vendor": self._range("res_partner", "name LIKE 'Vendor of history %'"),
        }

    def _range(self, table, condition):
        self.cr.execute(f"SELECT MIN(id) FROM {table} WHERE {condition}")
        return self.cr.fetchone()[0]

    def _make_examples(self):
        """-> product, customer, price of a vendor: what all others are copies of"""
        env = self.env
        product = env["product.product"].create(
            {
                "name": "Example of history",
                "default_code": "EXAMPLE",
                "type": "consu",
                "is_storable": True,
                "invoice_policy": "order",
                "taxes_id": False,
                "supplier_taxes_id": False,
            }
        )
        partner = env["res.partner"].create(
            {"name": "Example of history", "country_id": env.ref("base.be").id}
        )
        vendor = env["product.supplierinfo"].create(
            {"partner_id": partner.id, "product_tmpl_id": product.product_tmpl_id.id, "price": 3.0}
        )
        env.flush_all()
        return product, partner, vendor

    def _make_masters(self):
        categories = self.env["product.category"].create(
            [{"name": f"Category {n}"} for n in range(CATEGORIES)]
        )
        product, partner, vendor = self._make_examples()
        every = "generate_series(0, {} - 1) AS n (n)"
        template = product.product_tmpl_id
        self._copy(
            "product_template",
            template.id,
            every.format(PRODUCTS),
            {
                "name": "jsonb_build_object('en_US', 'Product of history ' || n)",
                "default_code": "'BENCH-' || n",
                "categ_id": f"{categories[0].id} + n % {CATEGORIES}",
            },
        )
        self._copy(
            "product_product",
            product.id,
            every.format(PRODUCTS),
            {"product_tmpl_id": self._to("product_template"), "default_code": "'BENCH-' || n"},
        )
        self._copy_partners(partner, every.format(CUSTOMERS), "Customer of history ")
        self._copy_partners(partner, every.format(VENDORS), "Vendor of history ")
        self._copy(
            "product_supplierinfo",
            vendor.id,
            every.format(PRODUCTS),
            {
                "product_tmpl_id": self._to("product_template"),
                "partner_id": f"{self.first['res_partner']} + n % {VENDORS}",
            },
        )
        self._copy_stock(product, every.format(PRODUCTS))
        return product

    def _copy_partners(self, partner, source, name):
        self._copy(
            "res_partner",
            partner.id,
            source,
            {
                "name": f"'{name}' || n",
                "complete_name": f"'{name}' || n",
                "commercial_partner_id": "@id",
            },
        )

    def _copy_stock(self, product, source):
        """Something of each is on hand."""
        place = self._get_warehouse().lot_stock_id
        self.env["stock.quant"]._update_available_quantity(product, place, 1)
        quant = self.env["stock.quant"].search([("product_id", "=", product.id)], limit=1)
        self.env.flush_all()
        self._copy(
            "stock_quant",
            quant.id,
            source,
            {"product_id": self._to("product_product"), "quantity": "n % 7"},
        )

    def _get_warehouse(self):
        company = self.env.company
        return self.env["stock.warehouse"].search([("company_id", "=", company.id)], limit=1)

    # === EXAMPLES === #

    def _take_examples(self):
        """An order of which something is short, its invoice, and a receipt."""
        env, product = self.env, self.product
        people = env["res.users"].search([("share", "=", False)], limit=PEOPLE, order="id")
        self.people = people.ids
        partner = env["res.partner"].create({"name": "Example customer"})
        values = {"product_id": product.id, "product_uom_qty": 5, "tax_ids": False}
        self.order = env["sale.order"].create(
            {"partner_id": partner.id, "order_line": [(0, 0, values)]}
        )
        self.order.action_confirm()
        env["backorder.tracker"]._drain()
        self.invoice = self.order._create_invoices()
        self.invoice.action_post()
        self.purchase = self._buy() if "purchase.order" in env else None
        env.flush_all()

    def _buy(self):
        env, product = self.env, self.product
        vendor = env["res.partner"].search([("name", "=", "Vendor of history 0")], limit=1)
        values = {"product_id": product.id, "product_qty": 10, "price_unit": 3.0}
        order = env["purchase.order"].create(
            {"partner_id": vendor.id, "order_line": [(0, 0, values)]}
        )
        order.button_confirm()
        return order

    # === COPIES === #

    def _copy_sales(self):
        line = self.order.order_line
        customer = f"{self.masters['customer']} + (n.k * 37) % {CUSTOMERS}"
        by_order = (
            "(SELECT k, MIN(ordered) AS ordered, SUM(quantity * price) AS total, MIN(age) AS age"
            " FROM plan GROUP BY k) n"
        )
        self._copy(
            "sale_order",
            self.order.id,
            by_order,
            {
                "name": "'H' || @id",
                "date_order": "n.ordered",
                "create_date": "n.ordered",
                "partner_id": customer,
                "partner_invoice_id": customer,
                "partner_shipping_id": customer,
                "user_id": f"(ARRAY{self.people})[1 + n.k % {len(self.people)}]",
                "amount_total": "n.total",
                "amount_untaxed": "n.total",
                "access_token": "NULL",
            },
            number="n.k",
        )
        amount = "n.quantity * n.price"
        self._copy(
            "sale_order_line",
            line.id,
            "plan n",
            {
                "order_id": self._to("sale_order", "n.k"),
                "product_id": f"{self.masters['product']} + n.product",
                "order_partner_id": customer,
                "salesman_id": f"(ARRAY{self.people})[1 + n.k % {len(self.people)}]",
                "product_uom_qty": "n.quantity",
                "price_unit": "n.price",
                **dict.fromkeys(("price_subtotal", "price_total", "price_reduce_taxinc"), amount),
                "qty_delivered": "CASE WHEN n.hit AND n.fate_name <> 'done'"
                " THEN n.quantity - n.short ELSE n.quantity END",
            },
        )

    def _copy_moves(self):
        """First what was there, then what was short. A transfer for each order and time."""
        move = self.order.order_line.move_ids
        picking = move.picking_id
        of_order = {"sale_id": self._to("sale_order", "n.k"), "name": "'HP' || @id"}
        done = {"state": "'done'", "date_done": "n.ordered + interval '1 day'"}
        orders = "(SELECT k, MIN(ordered) AS ordered FROM plan GROUP BY k) n"
        self._copy("stock_picking", picking.id, orders, {**of_order, **done}, number="n.k")
        self._copy_deliveries(
            "SELECT *, quantity - short AS part FROM plan WHERE quantity > short",
            self._to("stock_picking", "n.k"),
            {"state": "'done'", "date": "n.ordered + interval '1 day'", "quantity": "n.part"},
        )
        state = "CASE WHEN n.is_open THEN 'confirmed' WHEN n.state = 'cancel' THEN 'cancel'"
        self._copy(
            "stock_picking",
            picking.id,
            "record n",
            {**of_order, "state": f"{state} ELSE 'done' END", "date_done": "n.ended"},
        )
        self._copy_deliveries(
            "SELECT *, short AS part FROM item",
            self._to("stock_picking", "n.record"),
            {
                "state": "CASE n.state WHEN 'done' THEN 'done' WHEN 'cancel' THEN 'cancel'"
                " WHEN 'ready' THEN 'assigned' WHEN 'partial' THEN 'partially_available'"
                " ELSE 'confirmed' END",
                "date": f"CASE WHEN n.state = 'done' THEN {SHIPPED} ELSE n.ordered END",
                "quantity": "CASE WHEN n.state = 'done' THEN n.short ELSE n.ready END",
            },
        )

    def _copy_deliveries(self, source, picking, changes):
        customers = self.order.partner_shipping_id.property_stock_customer
        self._copy(
            "stock_move",
            self.order.order_line.move_ids.id,
            f"(SELECT s.*, row_number() OVER (ORDER BY s.n) - 1 AS m FROM ({source}) s) n",
            {
                "product_id": f"{self.masters['product']} + n.product",
                "sale_line_id": self._to("sale_order_line", "n.n"),
                "picking_id": picking,
                "location_dest_id": str(customers.id),
                "product_uom_qty": "n.part",
                "product_qty": "n.part",
                **changes,
            },
            number="n.m",
        )

    def _copy_backorders(self):
        record = self.order.backorder_ids
        customer = f"{self.masters['customer']} + (n.k * 37) % {CUSTOMERS}"
        person = f"(ARRAY{self.people})[1 + n.k % {len(self.people)}]"
        dates = {
            "date_open": "n.ordered + interval '1 hour'",
            "create_date": "n.ordered",
            "date_closed": "CASE WHEN n.state IN ('done', 'cancel') THEN n.ended END",
            "age_bucket": AGE,
            "state": "n.state",
            "partner_id": customer,
            "user_id": person,
        }
        part = {
            name: f"CASE WHEN n.{condition} THEN n.short ELSE 0 END"
            for name, condition in (
                ("qty_open", "is_open"),
                ("qty_fulfilled", "state = 'done'"),
                ("qty_cancelled", "state = 'cancel'"),
            )
        }
        expected = "(now() + (n.k % 60 - 5) * interval '1 day')::date"
        self._copy(
            "sale_backorder",
            record.id,
            "record n",
            {
                **dates,
                **part,
                "name": "'HB' || @id",
                "sale_order_id": self._to("sale_order", "n.k"),
                "qty_backordered": "n.short",
                "qty_ready": "n.ready",
                "amount_open": "CASE WHEN n.is_open THEN n.value ELSE 0 END",
                "expected_date": f"CASE WHEN n.is_open AND n.k % 5 > 0 THEN {expected} END",
                "date_due": f"CASE WHEN n.is_open AND n.k % 5 > 0 THEN {expected} END",
                "access_token": "NULL",
            },
        )
        self._copy_items(record.line_ids, dates, expected)

    def _copy_items(self, line, dates, expected):
        causes = self.env["backorder.cause"].search([], limit=4).ids
        opened = "n.left_open > 0"
        self._copy(
            "sale_backorder_line",
            line.id,
            "item n",
            {
                **dates,
                "backorder_id": self._to("sale_backorder", "n.record"),
                "sale_order_id": self._to("sale_order", "n.k"),
                "sale_line_id": self._to("sale_order_line", "n.n"),
                "product_id": f"{self.masters['product']} + n.product",
                "product_categ_id": "(SELECT t.categ_id FROM product_template t"
                f" WHERE t.id = {self.masters['template']} + n.product)",
                "qty_backordered": "n.short",
                "qty_ordered": "n.quantity",
                "qty_open": "n.left_open",
                "qty_ready": "n.ready",
                "qty_short": "n.left_open - n.ready",
                "qty_fulfilled": "CASE WHEN n.state = 'done' THEN n.short ELSE 0 END",
                "qty_cancelled": "CASE WHEN n.state = 'cancel' THEN n.short ELSE 0 END",
                "amount_open": "n.left_open * n.price",
                "cause_id": f"(ARRAY{causes or [None]}::int[])[1 + n.luck % 6]",
                "promised_date": "n.promised",
                "date_due": f"CASE WHEN {opened} AND n.k % 5 > 0 THEN {expected} END",
                **dict.fromkeys(
                    ("expected_date", "expected_date_p50", "expected_date_first"),
                    f"CASE WHEN {opened} AND n.k % 5 > 0 THEN {expected} END",
                ),
                "expected_date_p90": f"CASE WHEN {opened} AND n.k % 3 = 0 THEN {expected} + 7 END",
            },
            number="n.i",
        )

    def _copy_memory(self):
        """Promises, slips, talks with customers, and where it comes from."""
        at_line = self._to("sale_backorder_line", "n.i")
        at_record = self._to("sale_backorder", "n.record")
        self._insert(
            "backorder_promise",
            "item n CROSS JOIN generate_series(0, 1) g",
            "n.promised IS NOT NULL AND (g = 1 OR n.luck % 4 = 0)",
            line_id=at_line,
            backorder_id=at_record,
            company_id=str(self.env.company.id),
            source="'reschedule'",
            new_date="n.promised - (1 - g) * 5",
            told_date="n.ordered",
        )
        self._insert(
            "backorder_date_change",
            "item n",
            "n.luck % 7 = 0",
            line_id=at_line,
            backorder_id=at_record,
            company_id=str(self.env.company.id),
            kind="'slip'",
            state="'done'",
            new_date="n.promised",
        )
        self._insert(
            "backorder_communication",
            "record n",
            "n.n % 8 = 0",
            backorder_id=self._to("sale_backorder", "n.n"),
            company_id=str(self.env.company.id),
            method="'phone'",
            direction="'out'",
            summary="'Called'",
            date="n.ordered + interval '3 day'",
        )
        self._insert(
            "backorder_peg",
            "item n",
            "n.left_open > 0",
            line_id=at_line,
            kind="'lead_time'",
            date="(now() + interval '9 day')::date",
            quantity="n.left_open",
        )

    def _copy_invoices(self):
        """Of two orders in three, with a line for each of theirs, and what the customer owes."""
        [line] = self.invoice.invoice_line_ids
        owed = self.invoice.line_ids - line
        orders = (
            "(SELECT k, row_number() OVER (ORDER BY k) - 1 AS n, MIN(ordered) AS ordered,"
            " SUM(quantity * price) AS total FROM plan WHERE k % 3 > 0 GROUP BY k) n"
        )
        paid = "CASE WHEN n.k % 10 = 0 THEN n.total ELSE 0 END"
        self._copy(
            "account_move",
            self.invoice.id,
            orders,
            {
                "name": "'HINV/' || @id",
                "sequence_number": "n.k",
                "partner_id": f"{self.masters['customer']} + (n.k * 37) % {CUSTOMERS}",
                "amount_total": "n.total",
                "amount_residual": paid,
                "invoice_date": "n.ordered::date",
                "date": "n.ordered::date",
                "access_token": "NULL",
            },
            number="n.n",
        )
        at_move = f"{self.first['account_move']} + n.k - n.k / 3 - 1"
        self._copy(
            "account_move_line",
            line.id,
            "(SELECT *, row_number() OVER (ORDER BY n) - 1 AS m FROM plan WHERE k % 3 > 0) n",
            {
                "move_id": at_move,
                "product_id": f"{self.masters['product']} + n.product",
                "quantity": "n.quantity",
                "price_subtotal": "n.quantity * n.price",
                "balance": "-n.quantity * n.price",
                "date": "n.ordered::date",
            },
            number="n.m",
        )
        self.cr.execute(
            "INSERT INTO sale_order_line_invoice_rel (order_line_id, invoice_line_id)"
            f" SELECT {self._to('sale_order_line', 'n.n')},"
            f" {self._to('account_move_line', 'n.m')}"
            " FROM (SELECT n, row_number() OVER (ORDER BY n) - 1 AS m FROM plan WHERE k % 3 > 0) n"
        )
        self._copy("account_move_line", owed[:1].id, orders, {"move_id": at_move}, number="n.n")

    def _copy_purchases(self):
        """Nine of ten came, one of four later than it was promised first."""
        if not self.purchase:
            return
        line = self.purchase.order_line
        count = max(10, PURCHASE_LINES * self.lines // 200_000)
        source = f"generate_series(0, {count} - 1) AS n (n)"
        came = f"now() AT TIME ZONE 'utc' - ((n * 31) % {DAYS} + 1) * interval '1 day'"
        planned = f"{came} - (CASE WHEN n % 4 = 0 THEN n % 9 ELSE 0 END) * interval '1 day'"
        coming = "now() AT TIME ZONE 'utc' + (n % 40) * interval '1 day'"
        vendor = f"{self.masters['vendor']} + n % {VENDORS}"
        self._copy(
            "purchase_order",
            self.purchase.id,
            source,
            {"name": "'HPO' || @id", "partner_id": vendor, "date_approve": planned},
        )
        product = f"{self.masters['product']} + (n * 13) % {PRODUCTS}"
        when = f"CASE WHEN n % 10 = 0 THEN {coming} ELSE {planned} END"
        self._copy(
            "purchase_order_line",
            line.id,
            source,
            {
                "order_id": self._to("purchase_order"),
                "product_id": product,
                "partner_id": vendor,
                "date_planned": when,
                "backorder_first_date": when,
            },
        )
        self._copy(
            "stock_move",
            line.move_ids.id,
            source,
            {
                "product_id": product,
                "purchase_line_id": self._to("purchase_order_line"),
                "state": "CASE WHEN n % 10 = 0 THEN 'assigned' ELSE 'done' END",
                "date": f"CASE WHEN n % 10 = 0 THEN {coming} ELSE {came} END",
                "quantity": "10",
            },
        )

    # === SQL === #

    def _copy(self, table, example, source, changes, number="n.n"):
        """Rows like the example.

        :param source: SQL of what they are made from, called n
        :param changes: {column: SQL}, in which @id is the new row's own
        :param number: SQL that counts them from 0
        """
        if "AS n (n)" in source:
            number = "n"
        self.cr.execute(f"SELECT COUNT(*) FROM {source}")
        count = self.cr.fetchone()[0]
        first = self.first[table] = self._reserve(table, count)
        columns = self._get_columns(table)
        own = f"{first} + {number}"
        values = {"id": own, **{k: v.replace("@id", f"({own})") for k, v in changes.items()}}
        chosen = ", ".join(
            f"({values[name]})::{kind}" if name in values else f't."{name}"'
            for name, kind in columns.items()
        )
        names = ", ".join(f'"{name}"' for name in columns)
        self.cr.execute(
            f"INSERT INTO {table} ({names}) SELECT {chosen} FROM {table} t, {source}"
            f" WHERE t.id = {example}"
        )

    def _insert(self, table, rows, condition, /, **values):
        names, chosen = ", ".join(values), ", ".join(values.values())
        self.cr.execute(
            f"INSERT INTO {table} ({names}) SELECT {chosen} FROM {rows} WHERE {condition}"
        )

    def _reserve(self, table, count):
        self.cr.execute("SELECT nextval(%s)", [f"{table}_id_seq"])
        first = self.cr.fetchone()[0] + 1
        self.cr.execute("SELECT setval(%s, %s)", [f"{table}_id_seq", first + count])
        return first

    def _get_columns(self, table):
        """:return: {column: type}"""
        self.cr.execute(
            "SELECT attname, format_type(atttypid, atttypmod) FROM pg_attribute"
            " WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped"
            " AND attgenerated = ''",
            [table],
        )
        return dict(self.cr.fetchall())

    def _to(self, table, number="n"):
        return f"{self.first[table]} + {number}"

"""A salesperson and a warehouse worker who do everything by RPC."""

from functools import partial

QUANTITIES = ["qty_backordered", "qty_open", "qty_ready", "qty_fulfilled", "qty_cancelled"]
# the dialogs that may come up, and the button that a person presses
DIALOGS = {"stock.backorder.confirmation": "process", "confirm.stock.sms": "dont_send_sms"}


class Desk:
    """What a person does at a desk in the office and at a desk in the warehouse, by RPC."""

    def __init__(self, client):
        self.client = client

    def model(self, name):
        return self.client.env[name]

    def read(self, model, ids, fields):
        return self.model(model).read(ids, fields)

    def find_product_in_stock(self):
        """One of Odoo's demo products that is plainly in stock and not tracked by lots."""
        products = self.model("product.product").search_read(
            [("is_storable", "=", True), ("tracking", "=", "none"), ("free_qty", ">", 3)],
            ["display_name", "free_qty", "uom_id"],
            order="id",
            limit=40,
        )
        owed = self.model("stock.move").search_read(
            [("product_id", "in", [p["id"] for p in products]), ("state", "in", ["confirmed"])],
            ["product_id"],
        )
        busy = {m["product_id"][0] for m in owed}
        return next(p for p in products if p["id"] not in busy and p["free_qty"] % 1 == 0)

    def create_product(self, name):
        vals = {"name": name, "is_storable": True, "list_price": 10.0}
        return self.model("product.product").create(vals)

    def sell(self, product_id, quantity, **vals):
        partner = self.model("res.partner").search([("is_company", "=", True)], limit=1)[0]
        line = {"product_id": product_id, "product_uom_qty": quantity}
        order = self.model("sale.order").create(
            {"partner_id": partner, "order_line": [(0, 0, line)], **vals}
        )
        self.model("sale.order").action_confirm([order])
        return order

    def reserved(self, order):
        """What the open transfers of an order hold."""
        moves = self.model("stock.move").search_read(
            [("sale_line_id.order_id", "=", order), ("state", "not in", ["done", "cancel"])],
            ["quantity"],
        )
        return sum(move["quantity"] for move in moves)

    def open_transfer(self, order):
        [picking] = self.model("stock.picking").search(
            [("sale_id", "=", order), ("state", "not in", ["done", "cancel"])]
        )
        return picking

    def ship(self, picking, quantity):
        """Type what was picked, validate, and answer the dialogs (*Create Backorder*)."""
        moves = self.model("stock.move").search(
            [("picking_id", "=", picking), ("state", "not in", ["done", "cancel"])]
        )
        self.model("stock.move").write(moves, {"quantity": quantity, "picked": True})
        answer = self.model("stock.picking").button_validate([picking])
        while isinstance(answer, dict) and answer.get("res_model") in DIALOGS:
            context = {"context": answer["context"]}
            call = partial(self.client.execute_kw, answer["res_model"])
            # another one would know nothing of the transfers, and be asked again for ever
            dialog = answer.get("res_id") or call("create", [{}], context)
            answer = call(DIALOGS[answer["res_model"]], [[dialog]], context)

    def announce(self, product_id, quantity, day=None, warehouse=None):
        """A receipt on its way, in the first warehouse if none is given. -> its id"""
        ids = [warehouse] if warehouse else self.model("stock.warehouse").search([], order="id")
        row = self.read("stock.warehouse", ids[:1], ["in_type_id", "lot_stock_id"])[0]
        places = {
            "location_id": self.client.env.ref("stock.stock_location_suppliers").id,
            "location_dest_id": row["lot_stock_id"][0],
        }
        move = {"product_id": product_id, "product_uom_qty": quantity, **places}
        dates = {}
        if day:
            move["date"] = dates["scheduled_date"] = f"{day} 12:00:00"
        picking = self.model("stock.picking").create(
            {"picking_type_id": row["in_type_id"][0], "move_ids": [(0, 0, move)], **places, **dates}
        )
        self.model("stock.picking").action_confirm([picking])
        return picking

    def move_receipt(self, picking, day):
        """The vendor names another day, as a purchase tells it to its receipt."""
        moves = self.model("stock.move").search([("picking_id", "=", picking)])
        self.model("stock.move").write(moves, {"date_deadline": f"{day} 12:00:00"})

    def receive(self, product_id, quantity, warehouse=None):
        picking = self.announce(product_id, quantity, warehouse=warehouse)
        self.ship(picking, quantity)
        assert self.read("stock.picking", [picking], ["state"])[0]["state"] == "done"

    def record(self, order):
        [row] = self.model("sale.backorder").search_read(
            [("sale_order_id", "=", order)], ["name", "state", "origin", "line_ids"]
        )
        return row

    def numbers(self, order):
        [line] = self.read("sale.backorder.line", self.record(order)["line_ids"], QUANTITIES)
        return tuple(line[name] for name in QUANTITIES)

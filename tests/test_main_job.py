"""The main job on real input: Odoo's own demo data, driven from outside by odoorpc.

Sell more than is in stock, ship part, receive, ship the rest; the record is right at every step.
"""

from functools import partial

import pytest

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

    def sell(self, product_id, quantity, **vals):
        partner = self.model("res.partner").search([("is_company", "=", True)], limit=1)[0]
        line = {"product_id": product_id, "product_uom_qty": quantity}
        order = self.model("sale.order").create(
            {"partner_id": partner, "order_line": [(0, 0, line)], **vals}
        )
        self.model("sale.order").action_confirm([order])
        return order

    def open_transfer(self, order):
        [picking] = self.model("stock.picking").search(
            [("sale_id", "=", order), ("state", "not in", ["done", "cancel"])]
        )
        return picking

    def ship(self, picking, quantity):
        """Type what was picked, validate, and answer the dialogs (*Create Backorder*)."""
        moves = self.model("stock.move").search([("picking_id", "=", picking)])
        self.model("stock.move").write(moves, {"quantity": quantity, "picked": True})
        answer = self.model("stock.picking").button_validate([picking])
        while isinstance(answer, dict) and answer.get("res_model") in DIALOGS:
            context = {"context": answer["context"]}
            call = partial(self.client.execute_kw, answer["res_model"])
            dialog = call("create", [{}], context)
            answer = call(DIALOGS[answer["res_model"]], [[dialog]], context)

    def receive(self, product_id, quantity):
        warehouse = self.model("stock.warehouse").search([], order="id", limit=1)
        [row] = self.read("stock.warehouse", warehouse, ["in_type_id", "lot_stock_id"])
        places = {
            "location_id": self.client.env.ref("stock.stock_location_suppliers").id,
            "location_dest_id": row["lot_stock_id"][0],
        }
        move = {"product_id": product_id, "product_uom_qty": quantity, **places}
        picking = self.model("stock.picking").create(
            {"picking_type_id": row["in_type_id"][0], "move_ids": [(0, 0, move)], **places}
        )
        self.model("stock.picking").action_confirm([picking])
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


@pytest.fixture(scope="module")
def desk(odoo_rpc):
    return Desk(odoo_rpc)


def test_sell_ship_part_receive_ship_the_rest(desk):
    product = desk.find_product_in_stock()
    have = product["free_qty"]
    order = desk.sell(product["id"], have + 5)
    record = desk.record(order)
    assert (record["state"], record["origin"]) == ("open", "confirmation")
    assert record["name"].startswith("BO/")
    assert desk.numbers(order) == (5, 5, 0, 0, 0)

    desk.ship(desk.open_transfer(order), have)
    assert desk.numbers(order) == (5, 5, 0, 0, 0)
    [line] = desk.model("sale.order.line").search_read(
        [("order_id", "=", order)], ["qty_delivered"]
    )
    assert line["qty_delivered"] == have

    desk.receive(product["id"], 3)
    assert desk.record(order)["state"] == "ready"
    assert desk.numbers(order) == (5, 5, 3, 0, 0)

    desk.ship(desk.open_transfer(order), 3)
    assert desk.record(order)["state"] == "partial"
    assert desk.numbers(order) == (5, 2, 0, 3, 0)

    desk.receive(product["id"], 2)
    backorder = desk.record(order)["id"]
    desk.model("sale.backorder").fulfil([backorder], validate=True)
    assert desk.record(order)["state"] == "done"
    assert desk.numbers(order) == (5, 0, 0, 5, 0)
    [row] = desk.read("sale.order", [order], ["delivery_status", "backorder_status"])
    assert (row["delivery_status"], row["backorder_status"]) == ("full", False)
    assert desk.model("sale.backorder").audit() == []


def test_every_demo_backorder_is_on_record(desk):
    """Odoo's demo data has confirmed orders that wait; installing found them, and quietly."""
    found = desk.model("sale.backorder").search_read(
        [("origin", "=", "existing")], ["sale_order_id", "released", "activity_ids", "date_open"]
    )
    assert found, "Odoo's demo data has orders that wait for stock"
    assert not any(row["released"] or row["activity_ids"] for row in found)
    orders = [row["sale_order_id"][0] for row in found]
    dates = {r["id"]: r["date_order"] for r in desk.read("sale.order", orders, ["date_order"])}
    for row in found:
        assert row["date_open"] >= dates[row["sale_order_id"][0]]


def test_create_by_hand_over_json2(desk, json2):
    """Keys of a JSON dictionary are strings; the answer is the id of the record."""
    product = desk.find_product_in_stock()
    order = desk.sell(product["id"], 3)
    [line] = desk.model("sale.order.line").search([("order_id", "=", order)])
    answer = json2(
        "sale.order",
        "create_backorder",
        ids=[order],
        lines={str(line): 2},
        expected_date="2031-05-03",
        note="Their yard is full",
    )
    [row] = json2(
        "sale.backorder", "read", ids=answer, fields=["expected_date", "origin", "note", "state"]
    )
    assert (row["expected_date"], row["origin"]) == ("2031-05-03", "manual")
    assert (row["note"], row["state"]) == ("Their yard is full", "open")
    assert desk.numbers(order) == (2, 2, 0, 0, 0)


def test_a_wrong_quantity_is_one_sentence_and_writes_nothing(desk, json2):
    product = desk.find_product_in_stock()
    order = desk.sell(product["id"], 1)
    [line] = desk.model("sale.order.line").search([("order_id", "=", order)])
    with pytest.raises(json2.error) as caught:
        json2("sale.order", "create_backorder", ids=[order], lines={str(line): -1})
    assert caught.value.status == 422
    assert "must be more than zero" in str(caught.value)
    assert not desk.model("sale.backorder").search([("sale_order_id", "=", order)])

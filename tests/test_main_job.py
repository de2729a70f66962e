"""The main job on real input: Odoo's own demo data, driven from outside by odoorpc.

Sell more than is in stock, ship part, receive, ship the rest; the record is right at every step.
"""

import pytest
from desk import Desk


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

"""Real parallel transactions against one server: at most one open record, no number lost."""

from concurrent.futures import ThreadPoolExecutor

import odoorpc
import pytest
from odoo_process import LiveServer

ORDERS = 8


def connect(live):
    client = odoorpc.ODOO("127.0.0.1", port=live.port, timeout=120)
    client.login(live.db, "admin", "admin")
    return client


@pytest.fixture(scope="module")
def clients(tmp_path_factory):
    """Two people on a server of their own: PostgreSQL makes one of two try again, which Odoo logs
    as a bad query before it retries."""
    folder = tmp_path_factory.mktemp("parallel")
    muted = ["odoo.addons.rpc.controllers.jsonrpc:ERROR", "odoo.sql_db:CRITICAL"]
    with LiveServer("parallel", folder, *(f"--log-handler={m}" for m in muted)) as server:
        yield [connect(server) for _ in range(2)]


def create_order(client, products):
    partner = client.env["res.partner"].search([("is_company", "=", True)], limit=1)[0]
    lines = [(0, 0, {"product_id": p, "product_uom_qty": 5}) for p in products]
    order = client.env["sale.order"].create({"partner_id": partner, "order_line": lines})
    client.env["sale.order"].action_confirm([order])
    return order


def create_product(client, name, stock=0):
    product = client.env["product.product"].create(
        {"name": name, "type": "consu", "is_storable": True}
    )
    if stock:
        location = client.env["stock.warehouse"].search_read(
            [], ["lot_stock_id"], limit=1, order="id"
        )
        quant = {"product_id": product, "location_id": location[0]["lot_stock_id"][0]}
        context = {"context": {"inventory_mode": True}}
        values = {**quant, "inventory_quantity": stock}
        quant_id = client.execute_kw("stock.quant", "create", [values], context)
        client.env["stock.quant"].action_apply_inventory([quant_id])
    return product


def split_in_two(client, order):
    """Two transfers of one order, so that two people can ship at the same moment."""
    pickings = client.env["stock.picking"]
    [picking] = pickings.search([("sale_id", "=", order)])
    moves = client.env["stock.move"].search([("picking_id", "=", picking)], order="id")
    client.env["stock.move"].write(moves[1:], {"quantity": 0})
    pickings.action_split_transfer([picking])
    return pickings.search([("sale_id", "=", order)], order="id")


def ship_part(client, picking):
    moves = client.env["stock.move"].search([("picking_id", "=", picking)])
    client.env["stock.move"].write(moves, {"quantity": 2, "picked": True})
    context = {"context": {"skip_backorder": True, "skip_sms": True}}
    return client.execute_kw("stock.picking", "button_validate", [[picking]], context)


def test_two_shipments_of_one_order_open_one_backorder(clients):
    first, second = clients
    products = [create_product(first, f"Parallel {i}", stock=500) for i in range(2)]
    with ThreadPoolExecutor(2) as pool:
        for _ in range(ORDERS):
            order = create_order(first, products)
            one, two = split_in_two(first, order)
            list(pool.map(ship_part, (first, second), (one, two)))
            records = first.env["sale.backorder"].search_read(
                [("sale_order_id", "=", order)], ["state", "qty_backordered", "qty_open"]
            )
            # 5 of each ordered, 2 of each shipped: 3 of each are owed, on one record
            [record] = records
            assert (record["qty_backordered"], record["qty_open"]) == (6, 6)
    assert first.env["sale.backorder"].audit() == []


def test_a_receipt_and_a_shipment_at_the_same_moment(clients):
    first, second = clients
    product = create_product(first, "Contended", stock=5)
    for _ in range(3):
        create_order(first, [product])
    order = first.env["sale.order.line"].search_read(
        [("product_id", "=", product)], ["order_id"], order="id", limit=1
    )[0]["order_id"][0]
    picking = first.env["stock.picking"].search([("sale_id", "=", order)])[0]
    with ThreadPoolExecutor(2) as pool:
        receipt = pool.submit(create_receipt, second, product, 4)
        shipment = pool.submit(ship_part, first, picking)
        receipt.result()
        shipment.result()
    assert first.env["sale.backorder"].audit() == []


def create_receipt(client, product, quantity):
    [row] = client.env["stock.warehouse"].search_read(
        [], ["in_type_id", "lot_stock_id"], limit=1, order="id"
    )
    places = {
        "location_id": client.env.ref("stock.stock_location_suppliers").id,
        "location_dest_id": row["lot_stock_id"][0],
    }
    move = {"product_id": product, "product_uom_qty": quantity, **places}
    picking = client.env["stock.picking"].create(
        {"picking_type_id": row["in_type_id"][0], "move_ids": [(0, 0, move)], **places}
    )
    client.env["stock.picking"].action_confirm([picking])
    client.env["stock.picking"].button_validate([picking])

"""Run in Odoo's shell: in each round two receipts, a confirmation and a run happen at the same
moment, in transactions of their own. Prints one JSON object: what went wrong, and how often a
transaction had to start again."""

import json
import os
import threading

import psycopg2.errors

from odoo import SUPERUSER_ID, Command, api
from odoo.exceptions import ConcurrencyError

ROUNDS = int(os.environ.get("BACKORDER_ROUNDS", "200"))
TRIES = 50
AGAIN = (
    psycopg2.errors.SerializationFailure,
    psycopg2.errors.DeadlockDetected,
    psycopg2.errors.LockNotAvailable,
    ConcurrencyError,
)
env = globals()["env"]
registry = env.registry
warehouse = env["stock.warehouse"].search([("company_id", "=", env.company.id)], limit=1)
place = {
    "location_id": env.ref("stock.stock_location_suppliers").id,
    "location_dest_id": warehouse.lot_stock_id.id,
}
pickings, orders = env["stock.picking"], env["sale.order"]
customer = env["res.partner"].create({"name": "Parallel"})


def sell(product, quantity):
    line = {"product_id": product.id, "product_uom_qty": quantity}
    return orders.create(
        {
            "partner_id": customer.id,
            "warehouse_id": warehouse.id,
            "order_line": [Command.create(line)],
        }
    )


def receive(product, quantity):
    move = {"product_id": product.id, "product_uom_qty": quantity, **place}
    picking = pickings.create(
        {
            "picking_type_id": warehouse.in_type_id.id,
            "move_ids": [Command.create(move)],
            **place,
        }
    )
    picking.action_confirm()
    picking.move_ids.write({"quantity": quantity, "picked": True})
    return picking


def prepare(number):
    """Every second product has stock (3) from the start; the others never had any."""
    product = env["product.product"].create(
        {"name": f"Parallel {number}", "type": "consu", "is_storable": True}
    )
    if number % 2:
        env["stock.quant"]._update_available_quantity(product, warehouse.lot_stock_id, 3)
    first, second, late = (sell(product, quantity) for quantity in (6, 6, 4))
    (first | second).action_confirm()
    return product.id, [o.id for o in (first, second, late)], [receive(product, 5).id for _ in "12"]


def attempt(work, counts):
    for _try in range(TRIES):
        try:
            with registry.cursor() as cr:
                work(api.Environment(cr, SUPERUSER_ID, {}))
            return
        except AGAIN:
            counts["again"] += 1
        except Exception as error:  # noqa: BLE001 (a thread has nobody to raise it to)
            counts["errors"].append(repr(error))
            return
    counts["errors"].append("gave up")


def play(product, order_ids, receipt_ids, counts):
    barrier = threading.Barrier(4)

    def validate(receipt):
        return lambda e: e["stock.picking"].browse(receipt).button_validate()

    def run(e):
        with e["backorder.tracker"]._flow():
            e["backorder.allocator"]._run_pools([(product, warehouse.id)])

    works = [validate(r) for r in receipt_ids]
    works += [lambda e: e["sale.order"].browse(order_ids[2]).action_confirm(), run]

    def start(work):
        barrier.wait()
        attempt(work, counts)

    threads = [threading.Thread(target=start, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def look(product, order_ids):
    env.cr.rollback()
    env.invalidate_all()
    quants = env["stock.quant"].search(
        [("product_id", "=", product), ("location_id", "child_of", warehouse.lot_stock_id.id)]
    )
    moves = [orders.browse(o).order_line.move_ids for o in order_ids]
    return {
        "on_hand": sum(quants.mapped("quantity")),
        "reserved": sum(quants.mapped("reserved_quantity")),
        "orders": [sum(m.mapped("quantity")) for m in moves],
    }


counts = {"again": 0, "errors": [], "rounds": ROUNDS, "wrong": []}
rounds = [prepare(number) for number in range(ROUNDS)]
env.cr.commit()
for number, (product, order_ids, receipt_ids) in enumerate(rounds):
    play(product, order_ids, receipt_ids, counts)
    found = look(product, order_ids)
    total = 13 if number % 2 else 10
    expected = {
        "on_hand": total,
        "reserved": total,
        "orders": [6, 6, 1] if number % 2 else [6, 4, 0],
    }
    if found != expected:
        counts["wrong"].append({"round": number, **found})
counts["audit"] = env["sale.backorder"].audit()
print("RESULT " + json.dumps(counts))

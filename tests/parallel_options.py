"""Run in Odoo's shell: the same offer is accepted twice, an offer is accepted while the rest is
cancelled, and goodwill for several customers is approved out of a budget that is too small, each
at the same moment in transactions of their own. Prints one JSON object."""

import json
import os
import threading

import psycopg2.errors

from odoo import SUPERUSER_ID, Command, api
from odoo.exceptions import ConcurrencyError, UserError

ROUNDS = int(os.environ.get("BACKORDER_OPTION_ROUNDS", "5"))
TRIES = 50
AGAIN = (
    psycopg2.errors.SerializationFailure,
    psycopg2.errors.DeadlockDetected,
    psycopg2.errors.LockNotAvailable,
    ConcurrencyError,
)
env = globals()["env"]
registry = env.registry
customer = env["res.partner"].create({"name": "Parallel"})
counts = {"again": 0, "refused": 0, "errors": []}
wrong = []
original, substitute = env["product.product"].create(
    [
        {"name": name, "type": "consu", "is_storable": True, "list_price": 10}
        for name in ("Original", "Substitute")
    ]
)
env["product.substitute"].create(
    {"product_tmpl_id": original.product_tmpl_id.id, "substitute_id": substitute.id}
)
env.company.backorder_creation = "confirmation"
reason = env.ref("backorder_management.cancel_reason_customer").id


def owe():
    """Four are owed, at 10.0 each."""
    line = Command.create({"product_id": original.id, "product_uom_qty": 4})
    order = env["sale.order"].create({"partner_id": customer.id, "order_line": [line]})
    order.action_confirm()
    return order.backorder_ids.line_ids


def attempt(work):
    for _try in range(TRIES):
        try:
            with registry.cursor() as cr:
                work(api.Environment(cr, SUPERUSER_ID, {}))
            return
        except AGAIN:
            counts["again"] += 1
        except UserError:
            counts["refused"] += 1
            return
        except Exception as error:  # noqa: BLE001 (a thread has nobody to raise it to)
            counts["errors"].append(repr(error))
            return
    counts["errors"].append("never got through")


def at_once(works):
    threads = [threading.Thread(target=attempt, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    env.cr.commit()
    env.invalidate_all()


def check(name, holds):
    if not holds:
        wrong.append(name)


def accept(offer):
    return lambda e: e["backorder.offer"].browse(offer).accept()


def cancel(item):
    return lambda e: (
        e["sale.backorder"]
        .search([("line_ids", "in", item)])
        .cancel_open(reason, quantities={item: 3})
    )


def twice():
    """One of the two finds it done: one new line, four cancelled."""
    item = owe()
    offer = item.offer_substitute(substitute.id)
    env.cr.commit()
    at_once([accept(offer.id)] * 2)
    order = item.sale_order_id
    check(f"{order.name} twice: lines", len(order.order_line) == 2)
    check(f"{order.name} twice: cancelled", item.qty_cancelled == 4 and offer.state == "accepted")


def against_cancel():
    """Four may be replaced or three cancelled, never both."""
    item = owe()
    offer = item.offer_substitute(substitute.id)
    env.cr.commit()
    at_once([accept(offer.id), cancel(item.id)])
    taken = offer.state == "accepted"
    order = item.sale_order_id
    check(f"{order.name} cancel: lines", len(order.order_line) == (2 if taken else 1))
    check(f"{order.name} cancel: quantity", item.qty_cancelled == (4 if taken else 3))


def budget(rule):
    """Four grants of 2.0 out of 5.0: two are granted."""
    items = [owe() for _customer in range(4)]
    rows = env["backorder.goodwill"]
    for item in items:
        rows |= rows._propose(rule, item.backorder_id)
    rule.budget = rule.spent + 5
    env.cr.commit()
    at_once([lambda e, row=row.id: e[rows._name].browse(row).approve() for row in rows])
    granted = rows.filtered(lambda r: r.state == "granted")
    check(f"{rows.ids} granted {len(granted)}", len(granted) == 2)
    check(f"{rows.ids} beyond the budget", rule.spent <= rule.budget)
    check(f"{rows.ids} lines", len(granted.sale_line_ids) == 2)


goodwill_rule = env["backorder.goodwill.rule"].create(
    {"name": "Parallel", "days_waiting": 1, "percent": 5, "budget": 1}
)
env.cr.commit()
for _round in range(ROUNDS):
    twice()
    against_cancel()
    budget(goodwill_rule)
result = {**counts, "rounds": ROUNDS, "wrong": wrong, "audit": env["sale.backorder"].audit()}
print("RESULT " + json.dumps(result))

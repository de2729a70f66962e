"""What is measured: each case prepares records and names the calls that are timed.

Every round has a product of its own, so that rounds do not see each other's demand, and every
order of a round asks for that one product: the hardest case for whatever looks at rivals.
"""

import dataclasses
import itertools
from collections.abc import Callable

serial = itertools.count(1)


@dataclasses.dataclass
class Case:
    """`prepare(env, size)` -> the records; the timed call is `method` on them, under `context`."""

    name: str
    title: str
    size: int
    target: float  # at most this many times the wall time without the addon
    prepare: Callable
    method: str
    context: dict = dataclasses.field(default_factory=dict)
    batch: bool = False  # one call for all records, instead of one call and commit for each
    rolled_back: int = 0  # this many times, undone each time: one preparation serves all rounds
    policy: str | None = None  # this policy is active on the side of the addon
    queries_of: str | None = None  # the case whose queries without the addon are the measure
    query_target: float | None = None  # at most this many times those
    per_change: bool = False  # only the addon can do it: time and queries per changed line


def _product(env, on_hand):
    product = env["product.product"].create(
        {
            "name": f"Benchmark {next(serial)}",
            "type": "consu",
            "is_storable": True,
            "list_price": 10.0,
        }
    )
    if on_hand:
        location = _warehouse(env).lot_stock_id
        env["stock.quant"]._update_available_quantity(product, location, on_hand)
    return product


def _warehouse(env):
    return env["stock.warehouse"].search([("company_id", "=", env.company.id)], limit=1)


def _orders(env, product, quantities, lines=1):
    partner = env["res.partner"].create({"name": f"Benchmark customer {next(serial)}"})
    return env["sale.order"].create(
        [
            {
                "partner_id": partner.id,
                "order_line": [
                    (0, 0, {"product_id": product.id, "product_uom_qty": quantity})
                    for _line in range(lines)
                ],
            }
            for quantity in quantities
        ]
    )


def orders_in_stock(env, size):
    return _orders(env, _product(env, on_hand=2 * size), [1] * size)


def orders_short(env, size):
    return _orders(env, _product(env, on_hand=0), [1] * size)


def partial_deliveries(env, size):
    """Ten ordered, all in stock, six picked."""
    orders = _orders(env, _product(env, on_hand=20 * size), [10] * size)
    orders.action_confirm()
    moves = orders.picking_ids.move_ids
    moves.quantity = 6
    moves.picked = True
    return orders.picking_ids


def receipt_for_waiting(env, size):
    """A receipt of 50 units, while `size` moves of one unit wait for the product."""
    product = _product(env, on_hand=0)
    per_order = min(100, size)
    _orders(env, product, [1] * (size // per_order), lines=per_order).action_confirm()
    kind = _warehouse(env).in_type_id
    source = kind.default_location_src_id or env.ref("stock.stock_location_suppliers")
    places = {"location_id": source.id, "location_dest_id": kind.default_location_dest_id.id}
    line = {"product_id": product.id, "product_uom_qty": 50, **places}
    receipt = env["stock.picking"].create(
        {"picking_type_id": kind.id, "move_ids": [(0, 0, line)], **places}
    )
    receipt.action_confirm()
    receipt.move_ids.quantity = 50
    receipt.move_ids.picked = True
    return receipt


def order_behind_waiting(env, size):
    """Twenty orders to confirm, while `size` moves of the same product wait."""
    product = _product(env, on_hand=0)
    per_order = min(100, size)
    _orders(env, product, [1] * (size // per_order), lines=per_order).action_confirm()
    return _orders(env, product, [1] * 20)


def orders_of_five_behind_waiting(env, size):
    """The same with four more lines each, of goods that are there."""
    orders = order_behind_waiting(env, size)
    others = [_product(env, on_hand=len(orders)) for _product_number in range(4)]
    lines = [(0, 0, {"product_id": product.id, "product_uom_qty": 1}) for product in others]
    for order in orders:
        order.order_line = lines
    return orders


def pools_to_reallocate(env, size):
    """Orders of five lines of two units over `size` / 5 products with six units each, which core
    gave to the orders that were confirmed last."""
    products = [_product(env, on_hand=6) for _product_number in range(max(1, size // 5))]
    partner = env["res.partner"].create({"name": f"Benchmark customer {next(serial)}"})
    lines = list(itertools.islice(itertools.cycle(products), size))
    orders = env["sale.order"].create(
        [
            {
                "partner_id": partner.id,
                "order_line": [
                    (0, 0, {"product_id": product.id, "product_uom_qty": 2}) for product in chunk
                ],
            }
            for chunk in (lines[start : start + 5] for start in range(0, len(lines), 5))
        ]
    )
    for start in range(0, len(orders), 100):
        orders[start : start + 100].action_confirm()
        env.cr.commit()
    env.flush_all()
    env.cr.execute(
        "UPDATE stock_move SET backorder_seniority = now() - id * interval '1 second'"
        " WHERE product_id IN %s",
        [tuple(product.id for product in products)],
    )
    policy = activate_policy(env, "fifo")
    policy.reallocates = True
    return policy


def read_reserved(env):
    """{move: reserved} of what waits or is reserved"""
    env.flush_all()
    env.cr.execute(
        "SELECT id, COALESCE(quantity, 0) FROM stock_move"
        " WHERE state IN ('confirmed', 'partially_available', 'assigned')"
    )
    return dict(env.cr.fetchall())


def activate_policy(env, method):
    """The addon ships its policies switched off. -> the one with this method, now the only one"""
    if "backorder.policy" not in env:
        return None
    policies = env["backorder.policy"].with_context(active_test=False)
    policies.search([]).write({"active": False, "reallocates": False})
    if not method:
        return None
    policy = policies.search([("method", "=", method)], limit=1)
    policy = policy or policies.create({"name": method, "method": method})
    policy.active = True
    return policy


CONFIRM = "action_confirm"
VALIDATE = {"method": "button_validate", "context": {"skip_backorder": True, "skip_sms": True}}
CASES = {
    case.name: case
    for case in (
        Case("in-stock", "confirm, in stock, each", 300, 1.05, orders_in_stock, CONFIRM),
        Case(
            "in-stock-batch",
            "confirm, in stock, batch",
            300,
            1.05,
            orders_in_stock,
            CONFIRM,
            batch=True,
        ),
        Case("short", "confirm, short, each", 300, 1.25, orders_short, CONFIRM),
        Case("short-batch", "confirm, short, batch", 300, 1.25, orders_short, CONFIRM, batch=True),
        Case("delivery", "deliver 6 of 10, each", 100, 1.10, partial_deliveries, **VALIDATE),
        Case(
            "delivery-batch",
            "deliver 6 of 10, batch",
            100,
            1.10,
            partial_deliveries,
            **VALIDATE,
            batch=True,
        ),
        Case(
            "receipt",
            "receive 50, 2,000 wait",
            2000,
            1.05,
            receipt_for_waiting,
            **VALIDATE,
            rolled_back=5,
        ),
        *(
            Case(
                f"rank-{size}",
                f"rank: receive 50, {size:,} wait",
                size,
                target,
                receipt_for_waiting,
                **VALIDATE,
                rolled_back=1 if size > 2000 else 3,
                policy="fifo",
                queries_of="rank-50",
                query_target=1.25,
            )
            for size, target in ((50, 1.5), (500, 1.0), (2000, 0.3), (8000, 0.08))
        ),
        *(
            Case(name, title, 8000, 1.15, prepare, CONFIRM, rolled_back=1, policy="fifo")
            for name, title, prepare in (
                ("rank-confirm", "rank: confirm, 8,000 wait", order_behind_waiting),
                (
                    "rank-confirm-five",
                    "rank: confirm five lines, one short",
                    orders_of_five_behind_waiting,
                ),
            )
        ),
        Case(
            "reallocate",
            "rank: reallocate 10,000 lines",
            10000,
            0,
            pools_to_reallocate,
            "_cron_reallocate",
            per_change=True,
        ),
    )
}

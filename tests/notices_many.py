"""Runs in Odoo's shell: 5,000 items of 500 customers wait for one receipt that is put off."""

import json
import sys
import time
from datetime import timedelta

from odoo import fields

LINES, CUSTOMERS = 5000, 500


def incoming(env, product, quantity):
    move = env["stock.move"].search(
        [("location_id.usage", "=", "supplier")], order="id desc", limit=1
    )
    picking = env["stock.picking"].create(
        {
            "picking_type_id": move.picking_type_id.id or move.picking_id.picking_type_id.id,
            "location_id": move.location_id.id,
            "location_dest_id": move.location_dest_id.id,
            "move_ids": [
                (
                    0,
                    0,
                    {
                        "product_id": product,
                        "product_uom_qty": quantity,
                        "location_id": move.location_id.id,
                        "location_dest_id": move.location_dest_id.id,
                    },
                )
            ],
        }
    )
    picking.action_confirm()
    return picking


def put_off(env, picking, days):
    picking.move_ids.date = fields.Datetime.now() + timedelta(days=days)
    env["backorder.tracker"]._drain()
    env["backorder.dates"]._cron_refresh_dates()
    env.flush_all()


def main(env, root):
    sys.path.insert(0, f"{root}/tests/bench")
    import many

    many.LINES_PER_PRODUCT, many.LINES_PER_ORDER, many.RECEIPTS = LINES, LINES // CUSTOMERS, 0
    made = many.make(env, LINES)
    [product] = made["products"]
    partners = env["res.partner"].create(
        [{"name": f"C{n}", "email": f"c{n}@example.com"} for n in range(CUSTOMERS)]
    )
    env.cr.execute(
        """
        WITH orders AS (
            SELECT DISTINCT x.sale_order_id AS id, DENSE_RANK() OVER (ORDER BY x.sale_order_id) AS n
              FROM sale_backorder_line x WHERE x.product_id = %s)
        UPDATE sale_order so SET partner_id = %s + orders.n - 1 FROM orders WHERE orders.id = so.id
        """,
        [product, partners[0].id],
    )
    env.cr.execute(
        "UPDATE sale_backorder b SET partner_id = so.partner_id FROM sale_order so"
        " WHERE so.id = b.sale_order_id"
    )
    env.invalidate_all()
    env.company.write({"backorder_notice_mode": "auto", "backorder_notice_delay": 0})
    picking = incoming(env, product, 4 * LINES)
    put_off(env, picking, 10)
    env.cr.execute(
        "UPDATE sale_backorder_line SET promised_date = expected_date WHERE product_id = %s",
        [product],
    )
    env["backorder.notice.item"].search([]).unlink()
    env.invalidate_all()
    env.cr.commit()
    before, start = env.cr.sql_log_count, time.monotonic()
    put_off(env, picking, 30)
    result = {
        "queries": env.cr.sql_log_count - before,
        "seconds": round(time.monotonic() - start, 1),
        "items": env["backorder.notice.item"].search_count([("kind", "=", "later")]),
    }
    env.cr.commit()
    print("RESULT", json.dumps(result))


main(env, ROOT)  # noqa: F821 - names of the shell and of the caller

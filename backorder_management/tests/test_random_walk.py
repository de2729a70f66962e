"""A long walk at random: whatever people do, and in whatever order, the books stay right.

``BACKORDER_WALK_STEPS`` and ``BACKORDER_WALK_SEED`` in the environment make it longer or different.
When a check fails the whole trail is printed.
"""

import os
import random

from odoo.exceptions import UserError
from odoo.tests import tagged

from .flows import FlowCommon
from .walker import ACTIONS, Walker

STEPS = int(os.environ.get("BACKORDER_WALK_STEPS", "180"))
SEED = int(os.environ.get("BACKORDER_WALK_SEED", "19"))
GROWING = ("qty_backordered", "qty_fulfilled", "qty_cancelled")


class WalkCase(Walker, FlowCommon):
    share = 1.0
    maxDiff = None

    def setUp(self):
        super().setUp()
        self.rng = random.Random(SEED)
        self.orders = self.env["sale.order"]
        self.products = [self.product, self.desk]
        self.trail = []
        self.plain = 0
        for product in self.products:
            self._stock(product, 10)

    def _walk(self):
        names = list(ACTIONS)
        weights = [ACTIONS[name][0] for name in names]
        before = self._look()
        while len(self.trail) < STEPS * self.share:
            name = self.rng.choices(names, weights)[0]
            try:
                text = self._act(name)
                if text is None:
                    continue
                self.trail.append(text)
                before = self._check(before, ACTIONS[name][1])
            except (AssertionError, UserError) as error:
                self.fail(self._tell_story(name, error))

    def _tell_story(self, name, error):
        steps = "\n".join(f"{i:4} {text}" for i, text in enumerate(self.trail, 1))
        return f"seed {SEED}, at {name} after:\n{steps}\n{error}"

    # === WHAT IS SEEN === #

    def _look(self):
        """:return: what the moves and the records say, by order line and by record"""
        self.env.cr.flush()
        # what one order takes another one misses: that is seen by night
        self.env["backorder.tracker"]._refresh_orders(self.orders.ids)
        self.env.invalidate_all()
        moves = {}
        for line in self.orders.order_line:
            delivered = self._get_delivered(line)
            moves[line.id] = (delivered, self._get_owed(line, line.product_id))
        records = self.env["sale.backorder"].search([("sale_order_id", "in", self.orders.ids)])
        return {
            "moves": moves,
            "lines": {x.id: {n: x[n] for n in (*GROWING, "qty_open")} for x in records.line_ids},
            "closed": {
                r.id: (r.state, r.date_closed, [x.read(GROWING) for x in r.line_ids.sorted("id")])
                for r in records
                if r.date_closed
            },
            "open": self._sum_by_sale_line(records, "qty_open"),
            "cancelled": self._sum_by_sale_line(records, "qty_cancelled"),
        }

    def _sum_by_sale_line(self, records, name):
        """Over all records of the order, open and closed."""
        return {
            line.id: sum(x[name] for x in records.line_ids if x.sale_line_id == line)
            for line in self.orders.order_line
        }

    def _get_delivered(self, line):
        """Gross: what went to the customer, whatever came back."""
        return sum(
            m.quantity
            for m in line.move_ids
            if m.state == "done"
            and m.location_dest_usage == "customer"
            and m.location_usage != "customer"
        )

    # === CHECKS === #

    def _check(self, before, dropped):
        now = self._look()
        self._assert_sound()
        self.assertFalse(self.orders.filtered("backorder_dirty"), "a fold failed")
        self._check_growing(before, now)
        self._check_cancelled(before, now, dropped)
        self._check_position(now)
        self._check_shortage()
        self._check_dates()
        return now

    def _check_growing(self, before, now):
        for line_id, old in before["lines"].items():
            for name in GROWING:
                self.assertGreaterEqual(now["lines"][line_id][name], old[name] - 1e-6, name)
        for record_id, old in before["closed"].items():
            self.assertEqual(now["closed"].get(record_id), old, "a closed record changed")

    def _check_cancelled(self, before, now, dropped):
        """What went away without a delivery was cancelled: all of it when a person dropped it, else
        what of it was on backorder."""
        for line_id, (delivered, owed) in before["moves"].items():
            lost = max(0.0, delivered + owed - sum(now["moves"][line_id]))
            expected = lost if dropped else min(lost, before["open"][line_id])
            found = now["cancelled"][line_id] - before["cancelled"][line_id]
            text = f"{self._name(line_id)}: lost {lost}, cancelled {found}"
            self.assertAlmostEqual(found, expected, 4, text)

    def _check_position(self, now):
        """Open lines were folded from what the moves say."""
        for record in self.orders.backorder_ids.filtered(lambda b: not b.date_closed):
            for line in record.line_ids:
                found = (line.qty_delivered_last, line.qty_outstanding_last)
                name = self._name(line.sale_line_id.id)
                self.assertEqual(found, now["moves"][line.sale_line_id.id], name)

    def _check_dates(self):
        """What is read of many plain lines at once is what the full reader finds, and stored."""
        lines = self.orders.backorder_ids.line_ids.filtered(lambda x: not x.date_closed)
        wanted = {(x.sale_line_id.id, x.product_id.id) for x in lines}
        pools = {(x.product_id.id, x.warehouse_id.id) for x in lines}
        reader = self.env["backorder.reader"]
        quick = reader._read_plain_facts(wanted, pools)
        full = reader._read_facts({line for line, _product in wanted})
        for key, fact in quick.items():
            self.assertEqual(self._tell_fact(fact), self._tell_fact(full[key]), self._name(key[0]))
        self.plain += len(quick)
        self.assertEqual(self.env["backorder.dates"]._refresh(lines.ids), [])

    def _tell_fact(self, fact):
        # days, because the clock goes on between two readings
        pegs = [(p.quantity, p.date.date(), p.key, p.kind, p.late) for p in fact.pegs]
        expected = fact.expected and fact.expected.date()
        return pegs, expected, fact.incoming, fact.outline.outstanding

    def _check_shortage(self):
        """What is due and nobody can reserve, less what is free, is on backorder."""
        for product in self.products:
            waiting = {
                line: self._get_waiting(line)
                for line in self._get_running_orders().order_line
                if line.product_id == product and self._get_waiting(line)
            }
            free = max(0.0, product.with_context(location=self.stock.id).free_qty)
            records = self.orders.backorder_ids.line_ids.filtered("qty_open")
            records = records.filtered(lambda x, p=product: x.product_id == p)
            story = (
                f"{product.name}: wait {[(x.order_id.name, q) for x, q in waiting.items()]}, "
                f"free {free}, on backorder {[(x.sale_order_id.name, x.qty_open) for x in records]}"
            )
            short = sum(waiting.values()) - free
            self.assertGreaterEqual(sum(records.mapped("qty_open")), short - 1e-6, story)

    def _get_waiting(self, line):
        """What is due and not reserved. What waits for a date that was agreed is not due."""
        moves = line.move_ids.filtered(
            lambda m: (
                m.location_id == self.stock
                and m.state in ("confirmed", "partially_available", "waiting")
                and not m.backorder_wait
            )
        )
        unreserved = sum(m.product_qty - m.quantity for m in moves)
        return min(unreserved, self._get_owed(line, line.product_id))

    def _name(self, line_id):
        line = self.env["sale.order.line"].browse(line_id)
        return f"{line.order_id.name} {line.product_id.name}"


@tagged("post_install", "-at_install")
class TestRandomWalk(WalkCase):
    def test_walk(self):
        self._walk()
        self.assertTrue(self.plain)


@tagged("post_install", "-at_install")
class TestRandomWalkTwoSteps(WalkCase):
    delivery_steps = "pick_ship"
    share = 0.4

    def test_walk(self):
        self._walk()

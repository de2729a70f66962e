"""The scheduled action takes from some for others: it can be read afterwards."""

from odoo import fields
from odoo.tests import tagged

from .run_case import ShortageCase


@tagged("post_install", "-at_install")
class TestRunsScheduled(ShortageCase):
    """5 in stock for 4 + 3 + 1: the second holds 3 and the third 1. A lamp of which nothing has to
    be taken stands beside it."""

    def setUp(self):
        super().setUp()
        self.lamp = self._create_product("Lamp")
        self.lamps = self._orders(2, product=self.lamp)[0]
        self._stock(self.lamp, 1)
        self.fifo.write({"active": True, "reallocates": True, "warehouse_ids": self.warehouse.ids})

    def _run(self):
        before = self.env["backorder.run"].search([])
        self.env["backorder.allocator"]._run_batch(
            self.env["backorder.allocator"]._get_pools_to_run()
        )
        self.env.flush_all()
        return self.env["backorder.run"].search([]) - before

    def test_who_gave_and_who_got(self):
        """The first gets the 1 that is free and 3 from the others; the second keeps 1."""
        run = self._run()
        self.assertEqual(self._reserved(*self.all), [4, 1, 0])
        self.assertRecordValues(
            run,
            [
                {
                    "state": "committed",
                    "is_scheduled": True,
                    "policy_id": self.fifo.id,
                    "company_id": self.company.id,
                    "line_count": 3,
                    "changed_count": 3,
                }
            ],
        )
        self.assertRecordValues(
            run.line_ids.sorted("rank"),
            [
                {"order_id": o.id, "qty_before": b, "qty_after": a, "qty_actual": a, "reason": r}
                for o, b, a, r in (
                    (self.first, 0, 4, "served"),
                    (self.second, 3, 1, "lowered"),
                    (self.third, 1, 0, "lowered"),
                )
            ],
        )
        self.assertTrue(run.replay())
        self.assertEqual(self._reserved(self.lamps), [1])
        notes = " ".join(self.second.backorder_ids.message_ids.mapped("body"))
        self.assertIn(f"Gave 2 back (run {run.name}: First)", notes)
        notes = " ".join(self.first.backorder_ids.message_ids.mapped("body"))
        self.assertIn(f"Got 4 (run {run.name}: First)", notes)

    def test_broken_promises(self):
        """The second and the third had all they wanted."""
        run = self._run()
        self.assertEqual(run.promises_broken, 2)
        self.assertEqual(
            {x["order"] for x in run.get_broken_promises()}, {self.second.name, self.third.name}
        )

    def test_what_does_not_change_is_not_listed(self):
        late = self._orders(7)[0]
        run = self._run()
        self.assertNotIn(late, run.line_ids.order_id)
        self.assertTrue(run.replay())
        run.line_ids.filtered(lambda x: x.order_id == self.third).unlink()
        self.assertFalse(run.replay())

    def test_nothing_taken_nothing_stored(self):
        self._run()
        self.assertFalse(self._run())
        self._hold((self.first, 0), (self.second, 0))
        self.assertFalse(self._run())
        self.assertEqual(self._reserved(*self.all), [4, 1, 0])

    def test_orders_that_ship_whole_are_replayed_with_their_pools(self):
        """The second wants 2 lamps, too, of which 1 is there: it gives its desks, and the third
        keeps its 1."""
        self.second.write(
            {
                "backorder_shipping": "whole",
                "order_line": [
                    fields.Command.create({"product_id": self.lamp.id, "product_uom_qty": 2})
                ],
            }
        )
        self.env["backorder.tracker"]._drain()
        self._hold((self.first, 0), (self.third, 0))
        move = self.second.order_line.move_ids.filtered(lambda m: m.product_id == self.desk)
        move._update_reserved_quantity(3, self.stock)
        run = self._run()
        self.assertTrue(run.replay())
        self.assertEqual(move.quantity, 0)
        self.assertEqual(self._reserved(self.first, self.third), [4, 1])

    def test_retention(self):
        run = self._run()
        run.date = "2020-01-01"
        self.assertIn(run, run.search(run._get_expired_domain()))
        run._trim_all(run)
        self.assertRecordValues(run, [{"is_trimmed": True, "line_ids": []}])

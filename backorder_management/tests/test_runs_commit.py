"""Committing a run: as it is, changed by hand, and when it is out of date."""

from datetime import timedelta

from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import tagged

from .run_case import ShortageCase


@tagged("post_install", "-at_install")
class TestRunCommit(ShortageCase):
    # === COMMIT === #

    def test_commit(self):
        run = self._simulate()
        self.assertTrue(run.commit())
        self.assertEqual(self._reserved(*self.all), [4, 1, 0])
        self.assertEqual((run.state, run.committed_by_id), ("committed", self.env.user))
        self.assertEqual([self._line(run, o).qty_actual for o in self.all], [4, 1, 0])
        notes = self.first.backorder_ids.message_ids.mapped("body")
        self.assertIn(f"Got 4 (run {run.name}: First).", notes[0])
        notes = self.second.backorder_ids.message_ids.mapped("body")
        self.assertTrue([b for b in notes if f"Gave 2 back (run {run.name}: First)." in b])
        self._assert_sound()

    def test_whoever_loses_goods_is_owed_them(self):
        """An order that had all it needs gives 2 of its 6: a backorder of 2 opens and says why."""
        chair = self._create_product("Chair")
        self._stock(chair, 6)
        had_all = self._sell((chair, 6))
        self.assertFalse(had_all.backorder_ids)
        senior = self._sell((chair, 2))
        self._set_age(senior, 5)
        run = self.fifo.simulate([chair.id], [self.warehouse.id])
        run.commit()
        self.assertEqual(self._reserved(had_all, senior), [4, 2])
        self._assert_line(had_all, chair, open=2, ready=0)
        bodies = had_all.backorder_ids.message_ids.mapped("body")
        self.assertTrue([b for b in bodies if f"Gave 2 back (run {run.name}: First)." in b])

    def test_another_protected_minimum_makes_it_out_of_date(self):
        """3 of 5 are kept for Premium Inc instead of 1."""
        self.fifo.segment_ids = [
            Command.create(
                {
                    "name": "Premium",
                    "partner_domain": f"[('id', '=', {self.premium.id})]",
                    "protected_qty": 1,
                }
            )
        ]
        run = self._simulate()
        self.fifo.segment_ids.protected_qty = 3
        with self.assertRaisesRegex(UserError, "Simulate again"):
            run.commit()
        self.assertEqual(self._reserved(*self.all), [0, 3, 1])
        self.fifo.segment_ids.protected_qty = 1
        self.assertTrue(run.commit())

    def test_second_commit_changes_nothing(self):
        run = self._simulate()
        run.commit()
        self._hold((self.first, 0), (self.second, 3))
        self.assertTrue(run.commit())
        self.assertEqual(self._reserved(*self.all), [0, 3, 0])
        bodies = self.first.backorder_ids.message_ids.mapped("body")
        self.assertEqual(len([b for b in bodies if run.name in b]), 1)

    def test_picked_goods_are_never_taken(self):
        """Of the 3 that the second holds one is picked: in order 4 and 1, but never 0."""
        self._hold((self.second, 0), (self.third, 0))
        picked = self.second.order_line.move_ids
        picked._update_reserved_quantity(3, self.stock)
        picked._recompute_state()
        self._hold((self.third, 1))
        picked.move_line_ids.picked = True
        run = self._simulate()
        self.assertEqual(self._after(run, *self.all), [2, 3, 0])
        run.commit()
        self.assertEqual(self._reserved(*self.all), [2, 3, 0])

    def test_commit_refuses_what_has_changed(self):
        run = self._simulate()
        self._hold((self.third, 0))
        with self.assertRaisesRegex(UserError, "Desk.*have changed since.*Simulate again"):
            run.commit()
        self.assertEqual(self._reserved(*self.all), [0, 3, 0])

    def test_commit_refuses_after_each_kind_of_change(self):
        def pin():
            self.first.backorder_ids.line_ids.sudo().pinned = True

        changes = {
            "stock": lambda: self._stock(self.desk, 1),
            "demand": lambda: self.first.order_line.write({"product_uom_qty": 5}),
            "new order": lambda: self._sell((self.desk, 1)),
            "pin": pin,
            "shipment": lambda: self.first.write({"backorder_shipping": "whole"}),
            "cancelled": lambda: self.third._action_cancel(),
        }
        for name, change in changes.items():
            with self.subTest(name):
                run = self._simulate()
                self.assertFalse(run._get_changed_pools())
                change()
                with self.assertRaises(UserError):
                    run.commit()

    def test_time_alone_changes_nothing(self):
        run = self._simulate()
        run.date -= timedelta(days=2)
        self._set_age(self.first, 30)
        self.assertFalse(run._get_changed_pools())
        self.assertTrue(run.commit())

    def test_outdated_run_is_marked(self):
        run = self._simulate()
        self._stock(self.desk, 1)
        action = run.action_commit()
        self.assertEqual(action["params"]["type"], "warning")
        self.assertEqual(run.state, "stale")
        self.assertEqual(self._reserved(*self.all), [0, 3, 1])
        with self.assertRaisesRegex(UserError, "out of date"):
            run.commit()

    def test_an_active_policy_does_not_undo_the_run(self):
        """Committed one each in turn; nobody gets back what he gave in the same moment."""
        self.fifo.active = True
        run = self._simulate(self.even)
        run.commit()
        self.assertEqual(self._reserved(*self.all), [2, 2, 1])

    # === BY HAND === #

    def test_change_by_hand(self):
        run = self._simulate()
        line = self._line(run, self.first)
        line.qty_after = 3
        self._line(run, self.third).qty_after = 1
        self.assertEqual(line.text, "Changed by hand from 4 to 3.")
        self.assertEqual(line.qty_planned, 4)
        self.assertEqual((run.units_served, run.promises_broken, run.orders_closed), (5, 1, 1))
        self.assertEqual(run.changed_count, 2)
        run.commit()
        self.assertEqual(self._reserved(*self.all), [3, 1, 1])
        self.assertTrue(run.replay())

    def test_change_by_hand_leaves_stock_free(self):
        self.fifo.active = True
        run = self._simulate()
        self._line(run, self.first).qty_after = 2
        run.commit()
        self.assertEqual(self._reserved(*self.all), [2, 1, 0])

    def test_change_by_hand_is_checked(self):
        """All reasons at once: more than needed, and more than there is."""
        run = self._simulate()
        self._line(run, self.second).qty_after = 9
        with self.assertRaises(UserError) as caught:
            run.commit()
        first, second = str(caught.exception).split("\n")
        self.assertEqual(first, f"{self.second.name} needs only 3 of Desk, not 9.")
        self.assertIn("Desk: the changes take 9 more from", second)
        self.assertIn("1 are free", second)
        self.assertEqual(self._reserved(*self.all), [0, 3, 1])

    def test_change_by_hand_below_what_is_picked(self):
        self.second.order_line.move_ids.move_line_ids.picked = True
        run = self._simulate()
        self._line(run, self.second).qty_after = 2
        with self.assertRaisesRegex(UserError, "keeps at least 3 of Desk"):
            run.commit()

    def test_change_by_hand_from_a_shelf(self):
        """What lies outside of the shelf is of no use to an order that takes from the shelf."""
        shelf = self.env["stock.location"].create(
            {"name": "Shelf", "location_id": self.stock.id, "usage": "internal"}
        )
        self._stock(self.desk, 2, location=shelf)
        move = self.first.order_line.move_ids
        move.location_id = shelf
        run = self._simulate()
        self.assertEqual(self._after(run, *self.all), [2, 3, 1])
        self._line(run, self.first).qty_after = 3
        with self.assertRaisesRegex(UserError, "3 more from .*Shelf, and 2 are free"):
            run.commit()

    def test_committed_run_is_closed(self):
        run = self._simulate()
        run.commit()
        with self.assertRaisesRegex(UserError, "can no longer be changed"):
            run.line_ids[:1].qty_after = 0

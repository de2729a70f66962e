"""Runs: simulate on one snapshot, compare, replay, tidy up."""

from datetime import timedelta

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import tagged

from .run_case import ShortageCase


@tagged("post_install", "-at_install")
class TestRuns(ShortageCase):
    # === SIMULATE === #

    def test_two_policies_on_one_snapshot(self):
        """4 + 3 + 1 wanted, 5 there: in order 4, 1, 0; one each in turn 2, 2, 1."""
        runs = self._simulate(self.fifo | self.even)
        self.assertEqual(runs.policy_id, self.fifo | self.even)
        self.assertEqual(runs.mapped("state"), ["simulated", "simulated"])
        self.assertEqual(self._after(runs[0], *self.all), [4, 1, 0])
        self.assertEqual(self._after(runs[1], *self.all), [2, 2, 1])
        for run in runs:
            self.assertEqual([self._line(run, o).qty_before for o in self.all], [0, 3, 1])
            self.assertEqual([self._line(run, o).rank for o in self.all], [1, 2, 3])
            self.assertEqual(set(run.line_ids.mapped("of")), {3})
        # nothing happened
        self.assertEqual(self._reserved(*self.all), [0, 3, 1])

    def test_numbers(self):
        """In order: 5 served, one order closed; two of three had all and lose it."""
        first, even = self._simulate(self.fifo | self.even)
        self.assertEqual((first.units_served, even.units_served), (5, 5))
        self.assertEqual((first.value_served, even.value_served), (50, 50))
        self.assertEqual((first.orders_closed, even.orders_closed), (1, 1))
        self.assertEqual((first.promises_broken, even.promises_broken), (2, 1))
        # all of one customer: one part, as fair as can be
        self.assertEqual((first.fairness, even.fairness), (1, 1))
        self.assertAlmostEqual(first.oldest_wait, 2, 2)
        self.assertAlmostEqual(even.oldest_wait, 3, 2)
        self.assertEqual((first.shipments, even.shipments), (2, 3))
        self.assertEqual((first.line_count, first.changed_count), (3, 3))
        self.assertEqual((even.line_count, even.changed_count), (3, 2))
        self.assertEqual(even.best, "promises_broken")
        self.assertEqual(first.best, "oldest_wait")

    def test_reasons_in_words(self):
        run = self._simulate()
        self.assertEqual(
            [(line.reason, line.text) for line in run.line_ids.sorted("rank")],
            [
                ("served", "Gets 4 more and then has all 4."),
                ("lowered", "Gives 2 to those who come first."),
                ("lowered", "Gives 1 to those who come first."),
            ],
        )

        even = self._simulate(self.even)
        self.assertEqual(
            self._line(even, self.second).text, "Its share of what there is comes to 2 of 3."
        )

    def test_string_ids_and_policies_instead_of_self(self):
        policies = [str(self.even.id), self.fifo.id]
        for target in (self.env["backorder.policy"], self.fifo):
            runs = target.simulate([str(self.desk.id)], [str(self.warehouse.id)], policies)
            self.assertEqual(runs.policy_id.ids, [self.even.id, self.fifo.id])
            self.assertEqual(runs.line_ids.product_id, self.desk)

    def test_bad_input(self):
        Policy = self.env["backorder.policy"]
        for call in (
            lambda: Policy.simulate(),
            lambda: Policy.simulate(policy_ids=[]),
            lambda: Policy.simulate(policy_ids=["x"]),
            lambda: Policy.simulate(policy_ids=[987654321]),
            lambda: self.fifo.simulate(product_ids=[987654321]),
            lambda: self.fifo.simulate(product_ids={"a": None}),
        ):
            with self.assertRaises(UserError):
                call()

    def test_scope(self):
        """Only pools that the policy is for; without arguments all with open demand."""
        chair = self._create_product("Chair")
        self._stock(chair, 1)
        order = self._sell((chair, 2))
        other = self.env["product.category"].create({"name": "Seats"})
        chair.categ_id = other
        self.even.product_categ_ids = other
        run = self.even.simulate()
        self.assertIn(order, run.line_ids.order_id)
        self.assertEqual(run.line_ids.product_id, chair)
        self.assertFalse(self._simulate(self.even).line_ids)
        self.assertLessEqual(self.desk | chair, self.fifo.simulate().line_ids.product_id)

    def test_order_that_ships_whole_joins_its_other_pools(self):
        """The chair of the whole order is missing: its desks go to the others."""
        chair = self._create_product("Chair")
        whole = self._sell((self.desk, 2), (chair, 1), backorder_shipping="whole")
        self._set_age(whole, 10)
        run = self._simulate()
        self.assertEqual(run.line_ids.product_id, self.desk | chair)
        lines = self._line(run, whole)
        self.assertEqual(lines.mapped("qty_after"), [0, 0])
        self.assertEqual(set(lines.mapped("reason")), {"waits_whole"})
        self._stock(chair, 1)
        run = self._simulate()
        self.assertEqual(self._line(run, whole).mapped("qty_after"), [2, 1])
        self.assertTrue(run.commit())
        self.assertEqual(self._reserved(whole, self.first), [3, 3])

    def test_many_lines_cost_few_queries(self):
        self._orders(*[1] * 20)
        self._simulate()
        self.env.flush_all()
        before = self.env.cr.sql_log_count
        run = self._simulate()
        self.env.flush_all()
        few = self.env.cr.sql_log_count - before
        self._orders(*[1] * 60)
        self.env.flush_all()
        before = self.env.cr.sql_log_count
        run = self._simulate()
        self.env.flush_all()
        self.assertEqual(run.line_count, 83)
        self.assertLessEqual(self.env.cr.sql_log_count - before, few + 12)

    # === REPLAY === #

    def test_replay_after_everything_changed(self):
        runs = self._simulate(self.fifo | self.even)
        runs[0].commit()
        self._receive(self.desk, 10)
        self._ship(self._get_open_pickings(self.first))
        self.second._action_cancel()
        self.fifo.method = "largest"
        self.assertTrue(runs.replay())
        self.assertTrue(runs[0].replay())

    def test_replay_sees_what_was_tampered_with(self):
        run = self._simulate()
        line = self._line(run, self.first)
        for name, value in (("qty_planned", 3), ("rank", 2), ("reason", "part")):
            old = line[name]
            line[name] = value
            self.assertFalse(run.replay(), name)
            line[name] = old
        self.assertTrue(run.replay())
        line.unlink()
        self.assertFalse(run.replay())

    def test_replay_without_its_move(self):
        run = self._simulate()
        self._line(run, self.third).move_id = False
        self.assertTrue(run.replay())

    # === RETENTION === #

    def test_retention(self):
        """Kept for 10 days: a simulated run is deleted, of a committed one the header stays."""
        self.env["ir.config_parameter"].set_param("backorder_management.run_retention_days", "10")
        old, kept = self._simulate(self.fifo | self.even)
        committed = self._simulate()
        committed.commit()
        (old | committed).date = fields.Datetime.now() - timedelta(days=11)
        kept.date = fields.Datetime.now() - timedelta(days=9)
        expired = self.env["backorder.run"].search(self.env["backorder.run"]._get_expired_domain())
        self.assertEqual(expired, old | committed)
        self.env["backorder.run"]._trim_all(expired)
        self.assertFalse(old.exists())
        self.assertTrue(kept.line_ids)
        self.assertFalse(committed.line_ids)
        self.assertEqual((committed.units_served, committed.is_trimmed), (5, True))
        self.assertTrue(kept.replay())
        with self.assertRaisesRegex(UserError, "were deleted"):
            committed.replay()

    def test_runs_of_the_last_week_stay(self):
        self.env["ir.config_parameter"].set_param("backorder_management.run_retention_days", "0")
        run = self._simulate()
        run.date = fields.Datetime.now() - timedelta(days=6)
        self.assertNotIn(run, run.search(run._get_expired_domain()))
        run.date = fields.Datetime.now() - timedelta(days=8)
        self.assertIn(run, run.search(run._get_expired_domain()))

    def test_scheduled_action(self):
        run = self._simulate()
        self._stock(self.desk, 1)
        with self.enter_registry_test_mode():
            self.env.ref("backorder_management.ir_cron_clean_runs").method_direct_trigger()
        run.invalidate_recordset()
        self.assertEqual(run.state, "stale")

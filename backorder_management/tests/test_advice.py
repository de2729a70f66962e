"""Reorder advice of what was sold, lost and received, against a count from the records."""

import random
from contextlib import contextmanager
from datetime import timedelta
from unittest.mock import call, patch

import psycopg2.errors

from odoo.exceptions import UserError, ValidationError
from odoo.tests import new_test_user, tagged

from odoo.addons.backorder_management.models.advice import (
    backorder_advice,
    backorder_advice_compute,
)

from .advice_case import AdviceCase


@tagged("post_install", "-at_install")
class TestAdvice(AdviceCase):
    def test_generated(self):
        """Three products over 96 days, all that is said of each."""
        products = [self._create_product(f"Part {i}") for i in range(3)]
        for index, product in enumerate(products):
            self._generate(product, random.Random(index))
        rows = self._compute(*products)
        for product, row in zip(products, rows, strict=True):
            for name, value in self._naive(product).items():
                self.assertAlmostEqual(row[name], value, 4, f"{name} of {product.name}")
        self.assertGreater(sum(row.avoided_units for row in rows), 0)
        self.assertGreater(sum(row.lost_count for row in rows), 0)

    def test_backorder_days(self):
        """Two overlap: 10 to 6 days ago and 8 to 3 days ago; one is still open since yesterday."""
        for opened, shipped in ((10, 6), (8, 3), (1, None)):
            order = self._sell_ago(opened, self.desk, 2)
            if shipped is not None:
                self._stock(self.desk, 2)
                order.picking_ids.action_assign()
                self._ship_ago(shipped, order)
        [row] = self._compute(self.desk)
        self.assertEqual((row.backorder_count, row.qty_backordered), (3, 6))
        self.assertEqual(row.backorder_days, 7 + 1)
        self.assertEqual(row.status, "thin_demand")
        self.assertIn("It was wanted on 3 days", row.summary)

    def test_lost_and_substituted(self):
        self._lose_ago(3, self.desk, 4)
        self._lose_ago(2, self.desk, 1)
        self._lose_ago(2, self.desk, 7, kind="substituted")
        self._lose_ago(200, self.desk, 50)
        [row] = self._compute(self.desk)
        self.assertEqual((row.lost_count, row.lost_qty), (2, 5))
        self.assertEqual((row.substituted_count, row.substituted_qty), (1, 7))
        self.assertEqual(row.demand_days, 2)

    def test_same_weeks_of_last_year(self):
        """Today is day 0. 3 on day 2 and 4 on day 30 before; a year (364 days) before day 5: 8; and
        6 in the four weeks that followed, a year before day -10."""
        for ago, quantity in ((2, 3), (30, 4), (364 + 5, 8), (364 - 10, 6), (364 + 28, 50)):
            self._sell_ago(ago, self.desk, quantity)
        self._receive_ago(500, self.desk, 1)
        [row] = self._compute(self.desk)
        self.assertEqual((row.recent_qty, row.last_year_qty, row.last_year_next_qty), (3, 8, 6))
        self.assertTrue(row.last_year_known)
        self.assertEqual(len(row.weeks), 13)
        self.assertEqual([week[1] for week in row.weeks][-5:], [4, 0, 0, 0, 3])
        self.assertEqual([week[2] for week in row.weeks][-5:], [50, 0, 0, 0, 8])
        self.assertEqual(row.weeks_table.count("<tr>"), 14)

    def test_lead_time_of_the_rules(self):
        for ago in range(60, 0, -10):
            self._sell_ago(ago, self.desk, 2)
        self._receive_ago(70, self.desk, 1, lead=2)
        [row] = self._compute(self.desk)
        self.assertEqual(row.status, "thin_lead")
        self.assertIn("how long it takes", row.summary)
        self.env["backorder.lead.time"].search([("product_id", "=", self.desk.id)]).unlink()
        self.env["backorder.lead.time"].create(
            {
                "product_id": self.desk.id,
                "warehouse_id": self.warehouse.id,
                "days": 9,
                "known": True,
                "checked": self.today,
            }
        )
        [row] = self._compute(self.desk)
        self.assertEqual((row.status, row.lead_source, row.lead_mean), ("raise", "rules", 9))

    def test_what_ends_is_gone(self):
        self._sell_ago(1, self.desk, 2)
        self.assertTrue(self._compute(self.desk)[0])
        self.desk.active = False
        self.assertFalse(self._compute(self.desk)[0])

    def test_two_steps_are_one_demand(self):
        """Ten came; four are picked of six ordered, and nothing is shipped; three more are ordered
        that are not there. 10 - 6 - 3 - 4 = -3 is what is left of the stock less what is owed."""
        self.warehouse.delivery_steps = "pick_ship"
        self._receive_ago(9, self.desk, 10)
        self._sell_ago(8, self.desk, 4)
        order = self._sell_ago(6, self.desk, 6)
        self._ship(self._get_open_pickings(order), {self.desk: 4})
        self._sell_ago(3, self.desk, 3)
        self.env["backorder.tracker"]._drain()
        self.env.flush_all()
        pool = (self.desk.id, self.warehouse.id)
        facts = self.env["backorder.advice.reader"]._read([pool], self.company, self.today)[pool]
        wanted = {(self.today - day).days: quantity for day, quantity in facts.wanted.items()}
        self.assertEqual((facts.level, wanted), (-3, {8: 4, 6: 6, 3: 3}))

    def test_pulled_steps_are_one_demand(self):
        """Ten came, six are ordered and neither picked nor shipped."""
        self._pull_in_two_steps()
        self._receive_ago(9, self.desk, 10)
        self._sell_ago(6, self.desk, 6)
        self.env["backorder.tracker"]._drain()
        self.env.flush_all()
        pool = (self.desk.id, self.warehouse.id)
        facts = self.env["backorder.advice.reader"]._read([pool], self.company, self.today)[pool]
        wanted = {(self.today - day).days: quantity for day, quantity in facts.wanted.items()}
        self.assertEqual((facts.level, wanted), (4, {6: 6}))

    def test_a_substitute_was_not_wanted(self):
        """It left the stock; but who took it wanted something else."""
        chair = self._create_product("Chair")
        order = self._sell_ago(5, chair, 3)
        order.order_line.substitute_of_line_id = self._sell_ago(5, self.desk, 2).order_line
        self.env.flush_all()
        pool = (chair.id, self.warehouse.id)
        facts = self.env["backorder.advice.reader"]._read([pool], self.company, self.today)[pool]
        self.assertEqual((sum(facts.wanted.values()), sum(facts.served.values())), (0, 3))
        self.assertEqual(facts.level, -3)

    def test_queries_do_not_grow(self):
        def count(products):
            for product in products:
                self._sell_ago(1, product, 2)
            self.env["backorder.tracker"]._drain()
            pools = [(p.id, self.warehouse.id) for p in products]
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.advice._prepare_rows(pools, self.company, self.today)
            return self.env.cr.sql_log_count - before

        few = count([self._create_product(f"Few {i}") for i in range(2)])
        many = count([self._create_product(f"Many {i}") for i in range(20)])
        self.assertLessEqual(many, few)

    def test_settings(self):
        for vals in ({"backorder_advice_days": 10}, {"backorder_advice_level": 1.0}):
            with self.subTest(vals=vals), self.assertRaises(ValidationError):
                self.company.write(vals)

    def test_nothing_to_apply(self):
        self._sell_ago(1, self.desk, 2)
        [row] = self._compute(self.desk)
        self.assertFalse(row.may_apply)
        with self.assertRaises(UserError):
            row.apply()

    def test_opens(self):
        """Computed when it is opened for the first time."""
        self._sell_ago(1, self.desk, 2)
        planner = new_test_user(
            self.env, "advice_planner", groups="backorder_management.group_backorder_planner"
        )
        advice = self.advice.with_user(planner)
        self.advice.search([]).unlink()
        action = advice.action_open()
        self.assertEqual(action["res_model"], "backorder.advice")
        self.assertTrue(advice.search([("product_id", "=", self.desk.id)]))
        for kind in ("list", "kanban", "form", "search"):
            advice.get_view(view_type=kind)
        self.assertFalse(self._open_many(advice).called)
        self.advice.search([]).unlink()
        trigger = self._open_many(advice)
        self.assertFalse(self.advice.search([]))
        cron = trigger.call_args.args[0]
        self.assertEqual(cron, self.env.ref("backorder_management.ir_cron_advice"))

    def test_opened_twice(self):
        """Somebody else writes the same rows at the same time."""
        self._sell_ago(1, self.desk, 2)
        self.advice.search([]).unlink()
        error = psycopg2.errors.UniqueViolation
        with patch.object(type(self.advice), "_write_rows", side_effect=error) as write:
            action = self.advice.action_open()
        self.assertTrue(write.called)
        self.assertEqual(action["res_model"], "backorder.advice")

    # === SCHEDULED === #

    @contextmanager
    def _cron(self, seconds):
        """Batches of one, and so much time left after each. -> mock of the progress"""
        crons = type(self.env["ir.cron"])
        with (
            patch.object(backorder_advice_compute, "BATCH", 1),
            patch.object(crons, "_commit_progress", return_value=seconds) as progress,
        ):
            yield progress

    def _compute_yesterday(self, count):
        """All is computed today but ``count`` rows. -> those"""
        products = [self._create_product(f"Part {i}") for i in range(count)]
        for product in products:
            self._sell_ago(1, product, 2)
        rows = self.advice.concat(*self._compute(*products))
        with self._cron(1):
            self.advice._cron_compute()
        rows.computed_on = self.today - timedelta(days=1)
        return rows

    def _get_ages(self, rows):
        return [(self.today - row.computed_on).days for row in rows]

    def test_cron_goes_on_where_it_ended(self):
        rows = self._compute_yesterday(3)
        for left, ages in ((3, [0, 1, 1]), (2, [0, 0, 1]), (1, [0, 0, 0])):
            with self._cron(0) as progress:
                self.advice._cron_compute()
            self.assertEqual(progress.mock_calls, [call(remaining=left), call(1)])
            self.assertEqual(self._get_ages(rows), ages)

    def test_cron_leaves_what_is_busy(self):
        """The second of three: it is not counted, so that the action runs again soon."""
        rows = self._compute_yesterday(3)
        write = type(self.advice)._write_rows

        def fail(model, pools, *args):
            result = write(model, pools, *args)
            if rows[1].product_id.id == pools[0][0]:
                raise psycopg2.errors.SerializationFailure
            return result

        with self._cron(1) as progress, patch.object(type(self.advice), "_write_rows", fail):
            self.advice._cron_compute()
        calls = [call(remaining=3), call(1), call(0), call(1)]
        self.assertEqual(progress.mock_calls, calls)
        self.assertEqual(self._get_ages(rows), [0, 1, 0])

    def _open_many(self, advice):
        """Open it as if there were too many products to wait for. -> mock of the trigger"""
        crons = type(self.env["ir.cron"])
        with (
            patch.object(backorder_advice, "NOW_POOLS", 0),
            patch.object(crons, "_trigger", autospec=True) as trigger,
        ):
            advice.action_open()
        return trigger

"""A policy on trial: what it would have done beside Odoo, and that it does nothing."""

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, freeze_time, new_test_user, tagged

from .run_case import RunCase


@tagged("post_install", "-at_install")
class TestShadow(RunCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.pool = {(cls.desk.id, cls.warehouse.id)}
        cls.Shadow = cls.env["backorder.shadow"]

    def _start(self, *orders):
        with freeze_time("2026-03-02 08:00"):
            self.fifo.action_start_shadow()
        return [self._item(order) for order in orders]

    def _look(self, moment):
        with freeze_time(moment):
            self.Shadow._observe(self.pool)

    def _item(self, order):
        return self.fifo.shadow_ids.filtered(lambda i: i.order_id == order)

    def test_earlier_and_later(self):
        """4 come. Odoo gives 3 to the second, who came later: the policy would have served the
        first at once, and the second when the next 3 come."""
        a, b, c, first = self._observe_shortage()
        came = fields.Datetime.to_datetime("2026-03-03 08:00")
        self.assertEqual((a.planned_on, a.actual_on, a.outcome), (came, False, "earlier"))
        self.assertEqual((b.planned_on, b.actual_on, b.outcome), (False, came, "later"))
        self.assertEqual(c.outcome, "waiting")
        self._stock(self.desk, 3)
        self._look("2026-03-04 08:00")
        self._hold((first, 4))
        self._look("2026-03-06 08:00")
        self.assertEqual((a.outcome, a.difference), ("earlier", 3))
        self.assertEqual((b.outcome, b.difference), ("later", -1))
        self.assertEqual((self.fifo.shadow_earlier_count, self.fifo.shadow_later_count), (1, 1))

    def _observe_shortage(self):
        first, second, third = self._orders(4, 3, 9)
        items = self._start(first, second, third)
        self._stock(self.desk, 4)
        self._hold((first, 0), (second, 3), (third, 0))
        self._look("2026-03-03 08:00")
        return *items, first

    def test_the_first_look_is_the_baseline(self):
        """What is reserved when the trial begins stays with its holder, now and later: the trial
        shares only the 4 that come then, of which the first gets all."""
        first, second = self._orders(4, 3)
        self._stock(self.desk, 4)
        self._hold((first, 0), (second, 3))
        a, b = self._start(first, second)
        started = fields.Datetime.to_datetime("2026-03-02 08:00")
        self.assertEqual((b.planned_on, b.actual_on, b.outcome), (started, started, "same"))
        self.assertEqual(a.outcome, "waiting")
        self._look("2026-03-03 08:00")
        self.assertEqual(a.outcome, "waiting")
        self._stock(self.desk, 3)
        self._look("2026-03-04 08:00")
        self.assertEqual((a.outcome, b.outcome), ("earlier", "same"))

    def test_average_without_unknown_days(self):
        """Days are known when both have served: one is 2 days later, two are open."""
        a, b, c, _first = self._observe_shortage()
        self._stock(self.desk, 3)
        self._look("2026-03-05 08:00")
        domain = [("id", "in", (a | b | c).ids)]
        groups = self.Shadow._read_group(domain, ["outcome"], ["difference:avg"], order="outcome")
        self.assertEqual(groups, [("earlier", False), ("later", -2), ("waiting", False)])

    def test_result_in_words(self):
        for earlier, later, text in (
            (0, 0, "It would have served 0 orders earlier and 0 later."),
            (1, 2, "It would have served 1 order earlier and 2 later."),
            (2, 1, "It would have served 2 orders earlier and 1 later."),
        ):
            self.assertEqual(self.fifo._get_shadow_text(earlier, later), text)

    def test_first_time_counts(self):
        (order,) = self._orders(2)
        self._stock(self.desk, 2)
        self._hold((order, 2))
        (item,) = self._start(order)
        self._hold((order, 0))
        self._look("2026-03-03 08:00")
        self.assertEqual((item.outcome, item.difference), ("same", 0))

    def test_shipped_and_cancelled(self):
        """What Odoo ships at once was served then; what is cancelled leaves the list."""
        first, second, third = self._orders(4, 3, 1)
        self._stock(self.desk, 3)
        self._hold((first, 0), (second, 0), (third, 0))
        a, b, c = self._start(first, second, third)
        self._hold((second, 3))
        self._ship(second.picking_ids)
        third._action_cancel()
        self._look("2026-03-04 08:00")
        self.assertEqual((a.outcome, b.outcome), ("waiting", "later"))
        self.assertEqual(b.actual_on, fields.Datetime.to_datetime("2026-03-04 08:00"))
        self.assertTrue(b.is_closed)
        self.assertFalse(c.exists())

    def test_it_changes_nothing(self):
        first, second = self._orders(4, 3)
        self._stock(self.desk, 3)
        self._hold((first, 0), (second, 3))
        self._start()
        self._look("2026-03-04 08:00")
        self.assertEqual(self._reserved(first, second), [0, 3])
        self.assertFalse(self.fifo.active)

    def test_it_ends(self):
        self._start()
        self.assertEqual(self.fifo.shadow_until, fields.Date.to_date("2026-03-16"))
        with freeze_time("2026-03-16 08:00"):
            self.assertTrue(self.Shadow._is_running())
        with freeze_time("2026-03-17 08:00"):
            self.assertFalse(self.Shadow._is_running())

    def test_stop_and_start_again(self):
        """Stopped on the day it began, it says when: not that it lasted until yesterday."""
        self._start()
        with freeze_time("2026-03-02 09:00"):
            self.fifo.action_stop_shadow()
            self.assertFalse(self.fifo.is_on_trial)
            self.assertFalse(self.Shadow._is_running())
        self.assertEqual(str(self.fifo.shadow_ended), "2026-03-02 09:00:00")
        self.assertEqual(self.fifo.shadow_until, fields.Date.to_date("2026-03-16"))
        with freeze_time("2026-03-20 09:00"):
            self.fifo.action_stop_shadow()
            self.assertEqual(str(self.fifo.shadow_ended), "2026-03-02 09:00:00")
            self.fifo.action_start_shadow()
            self.assertTrue(self.fifo.is_on_trial)
        self.assertFalse(self.fifo.shadow_ended)

    def test_activation_ends_it(self):
        """The result can still be read; a deactivation does not go on with the trial."""
        (order,) = self._orders(2)
        self.fifo.action_start_shadow()
        self.assertTrue(self.fifo.is_on_trial)
        self.fifo.action_activate()
        self.fifo.action_deactivate()
        self.assertFalse(self.fifo.is_on_trial)
        self.assertFalse(self.Shadow._is_running())
        self.assertTrue(self.fifo.shadow_ended)
        self.assertEqual(self._item(order).outcome, "waiting")

    def test_only_administrators_and_only_before_activation(self):
        seller = new_test_user(self.env, "trial", groups="sales_team.group_sale_manager")
        with self.assertRaises(AccessError):
            self.fifo.with_user(seller).action_start_shadow()
        self.fifo.active = True
        with self.assertRaises(UserError):
            self.fifo.action_start_shadow()

    def test_an_error_blocks_nobody(self):
        (order,) = self._orders(2)
        self._start()
        self.patch(type(self.Shadow), "_look", lambda *args: 1 / 0)
        with self.assertLogs("odoo.addons.backorder_management", "ERROR"):
            self._look("2026-03-04 08:00")
        self.assertEqual(self._reserved(order), [0])

    def test_scheduled_action(self):
        (order,) = self._orders(2)
        self.fifo.action_start_shadow()
        self._stock(self.desk, 2)
        with self.enter_registry_test_mode():
            self.env.ref("backorder_management.ir_cron_observe_trials").method_direct_trigger()
        self._item(order).invalidate_recordset()
        self.assertTrue(self._item(order).planned_on)


@tagged("post_install", "-at_install")
class TestActivation(RunCase):
    """Buttons, the gear menu and a plain write activate alike."""

    def _count_runs(self):
        self.env["ir.cron.trigger"].flush_model()
        return self.env["ir.cron.trigger"].search_count([("cron_id", "=", self.cron.id)])

    def test_a_run_catches_up(self):
        self.cron = self.env.ref("backorder_management.ir_cron_repair")
        (order,) = self._orders(4)
        self._stock(self.desk, 5)
        self._hold((order, 0))
        for activate in (
            self.fifo.action_activate,
            self.fifo.action_unarchive,
            lambda: self.fifo.write({"active": True}),
        ):
            before = self._count_runs()
            activate()
            self.assertTrue(self.fifo.active)
            self.assertEqual(self._count_runs(), before + 1)
            self.fifo.action_archive()
            self.assertFalse(self.fifo.active)
            self.assertEqual(self._count_runs(), before + 1)

    def test_only_administrators(self):
        planner = new_test_user(
            self.env, "not_admin", groups="backorder_management.group_backorder_planner"
        )
        mine = self.fifo.with_user(planner)
        # as from code that runs with more rights
        for policy in (mine, mine.sudo()):
            for call in (policy.action_unarchive, policy.action_archive):
                with self.assertRaisesRegex(AccessError, "backorder administrator"):
                    call()
        with self.assertRaises(AccessError):
            mine.active = True

    def test_which_one_comes_first(self):
        """Of two with the same scope the second says so, active or not."""
        self.fifo.active = True
        text = "Another policy, First, comes before this one."
        self.assertEqual((self.fifo.preceding_text, self.even.preceding_text), (False, text))
        self.even.active = True
        self.env.invalidate_all()
        self.assertEqual((self.fifo.preceding_text, self.even.preceding_text), (False, text))
        self.even.sequence = 1
        self.env.invalidate_all()
        self.assertFalse(self.even.preceding_text)
        self.assertIn("Even", self.fifo.preceding_text)
        category = self.env["product.category"].create({"name": "Seats"})
        self.even.product_categ_ids = category
        self.env.invalidate_all()
        self.assertFalse(self.fifo.preceding_text)
        with Form(self.fifo) as form:
            form.product_categ_ids.add(category)
            self.assertIn("Even", form.preceding_text)

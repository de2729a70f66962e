"""A policy on trial: what it would have done beside Odoo, and that it does nothing."""

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import freeze_time, new_test_user, tagged

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
        """Odoo gives the 4 to the second, who came later: the policy would have served the first
        at once, and the second when the next 3 come."""
        first, second, third = self._orders(4, 3, 9)
        self._stock(self.desk, 4)
        self._hold((first, 0), (second, 3), (third, 0))
        a, b, c = self._start(first, second, third)
        started = fields.Datetime.to_datetime("2026-03-02 08:00")
        self.assertEqual((a.planned_on, a.actual_on, a.outcome), (started, False, "earlier"))
        self.assertEqual((b.planned_on, b.actual_on, b.outcome), (False, started, "later"))
        self.assertEqual(c.outcome, "waiting")
        self._stock(self.desk, 3)
        self._look("2026-03-04 08:00")
        self._hold((first, 4))
        self._look("2026-03-05 08:00")
        self.assertEqual((a.outcome, a.difference), ("earlier", 3))
        self.assertEqual((b.outcome, b.difference), ("later", -2))
        self.assertEqual((self.fifo.shadow_earlier_count, self.fifo.shadow_later_count), (1, 1))
        self.assertEqual(
            self.fifo.shadow_text, "It would have served 1 orders earlier and 1 later."
        )

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
        with freeze_time("2026-03-10 08:00"):
            self.fifo.action_stop_shadow()
            self.assertFalse(self.Shadow._is_running())

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

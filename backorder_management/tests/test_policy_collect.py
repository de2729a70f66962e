"""Orders that ship only complete, and have waited long enough to collect what they get."""

from datetime import timedelta

from odoo import fields
from odoo.tests import tagged

from .common import BackorderCommon


@tagged("post_install", "-at_install")
class TestPolicyCollect(BackorderCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.policy = cls.env["backorder.policy"].create({"name": "First", "method": "fifo"})
        cls.company.backorder_hold_days = 5
        cls.chair = cls._create_product("Chair")

    def _sell_whole(self, days, **rule):
        """4 desks and 2 chairs, confirmed so many days ago."""
        rule = rule or {"backorder_shipping": "whole"}
        order = self._sell((self.desk, 4), (self.chair, 2), **rule)
        since = fields.Datetime.now() - timedelta(days=days)
        order.order_line.move_ids.backorder_seniority = since
        return order

    def test_old_order_collects(self):
        """5 desks for the old order of 4 and a new one of 3: it keeps 4, and ships with the
        chairs."""
        old, new = self._sell_whole(6), self._sell((self.desk, 3))
        self._receive(self.desk, 5)
        self.assertEqual(self._reserved(old, new), [4, 1])
        self.assertEqual(old.backorder_ids.state, "open")
        self._receive(self.chair, 2)
        self.assertEqual(self._reserved(old, new), [6, 1])
        self.assertEqual(old.backorder_ids.state, "ready")

    def test_says_what_it_waits_for(self):
        """The desks are its own, and wait for the chairs."""
        old = self._sell_whole(6)
        self._receive(self.desk, 5)
        desks, chairs = old.order_line.backorder_line_ids.sorted("id")
        self.assertEqual(
            desks.explain()["text"],
            "Everything is reserved and ships when the order is complete. Missing: 2 Units Chair.",
        )
        self.assertEqual(chairs.explain()["reason"], "no_supply")

    def test_younger_order_holds_nothing(self):
        young, new = self._sell_whole(4), self._sell((self.desk, 3))
        self._receive(self.desk, 5)
        self.assertEqual(self._reserved(young, new), [0, 3])

    def test_never_without_the_setting(self):
        self.company.backorder_hold_days = 0
        old, new = self._sell_whole(600), self._sell((self.desk, 3))
        self._receive(self.desk, 5)
        self.assertEqual(self._reserved(old, new), [0, 3])

    def test_every_rule_that_holds_back(self):
        """A minimum of 5 units, Odoo's own shipping policy, and complete lines."""
        rules = (
            {
                "backorder_shipping": "minimum",
                "backorder_minimum": 5,
                "backorder_minimum_measure": "quantity",
            },
            {"picking_policy": "one"},
            {"backorder_shipping": "lines"},
        )
        for rule in rules:
            with self.subTest(rule=rule):
                old, new = self._sell_whole(6, **rule), self._sell((self.desk, 3))
                self._receive(self.desk, 3)
                self.assertEqual(self._reserved(old, new), [3, 0])
                (old | new)._action_cancel()
                self.assertFalse(self._reserved(old)[0])
                self.env["stock.quant"]._update_available_quantity(self.desk, self.stock, -3)

    def test_scheduled_run_notices_that_the_day_has_come(self):
        """No event tells that an order is old enough."""
        order = self._sell_whole(4)
        self._receive(self.desk, 4)
        self.assertEqual(self._reserved(order), [0])
        since = fields.Datetime.now() - timedelta(days=6)
        self.env.cr.execute(
            "UPDATE stock_move SET backorder_seniority = %s WHERE id IN %s",
            [since, order.order_line.move_ids._ids],
        )
        with self.enter_registry_test_mode():
            self.env.ref("backorder_management.ir_cron_reallocate").method_direct_trigger()
        self.env.invalidate_all()
        self.assertEqual(self._reserved(order), [4])

    # === A CHANGED RULE OF THE COMPANY === #

    def _run_repair(self):
        self.env.flush_all()
        with self.enter_registry_test_mode():
            self.env.ref("backorder_management.ir_cron_repair").method_direct_trigger()
        self.env.invalidate_all()

    def test_company_ships_complete_from_now_on(self):
        """Nothing is free, and the first gives back what it cannot ship."""
        first = self._sell((self.desk, 4), (self.chair, 2))
        second = self._sell((self.desk, 3))
        self._receive(self.desk, 4)
        self.assertEqual(self._reserved(first, second), [4, 0])
        self.company.backorder_shipping = "whole"
        self.assertEqual(self._reserved(first, second), [4, 0])
        self._run_repair()
        self.assertEqual(self._reserved(first, second), [0, 3])
        self.company.backorder_shipping = "as_available"
        self._run_repair()
        self.assertEqual(self._reserved(first, second), [1, 3])

    def test_company_holds_no_longer(self):
        old, new = self._sell_whole(6), self._sell((self.desk, 3))
        self._receive(self.desk, 5)
        self.assertEqual(self._reserved(old, new), [4, 1])
        self.company.backorder_hold_days = 0
        self._run_repair()
        self.assertEqual(self._reserved(old, new), [0, 3])

    def test_other_company_is_left_alone(self):
        self._sell((self.desk, 3))
        other = self.env["res.company"].create({"name": "Other"})
        pools = self.env["backorder.pool"]
        pools.search([]).dirty = False
        other.backorder_shipping = "whole"
        self.assertFalse(pools.search([("dirty", "=", True)]))
        self.company.backorder_shipping = "whole"
        self.assertIn(self.desk, pools.search([("dirty", "=", True)]).product_id)

"""What events missed: a policy that has just been activated, a pool that failed."""

from unittest.mock import patch

from odoo.tests import tagged
from odoo.tools import mute_logger

from .run_case import RunCase

ALLOCATOR = "odoo.addons.backorder_management.models.policies.backorder_allocator"


@tagged("post_install", "-at_install")
class TestCatchUp(RunCase):
    """The action that reallocates is off, as it is after an installation."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.reallocate = cls.env.ref("backorder_management.ir_cron_reallocate")
        cls.repair = cls.env.ref("backorder_management.ir_cron_repair")

    def setUp(self):
        super().setUp()
        self.assertFalse(self.reallocate.active)
        self.assertTrue(self.repair.active)

    def _is_asked_for(self):
        self.env["ir.cron.trigger"].flush_model()
        return bool(self.env["ir.cron.trigger"].search_count([("cron_id", "=", self.repair.id)]))

    def _run(self):
        self.env.flush_all()
        with self.enter_registry_test_mode():
            self.repair.method_direct_trigger()
        self.env.invalidate_all()

    def _get_dirty(self):
        return self.env["backorder.pool"].search([("dirty", "=", True)]).product_id

    def _wait(self):
        """5 are free, 4 and 3 are wanted; nobody has told anybody."""
        orders = self._orders(4, 3)
        self._stock(self.desk, 5)
        self._hold(*((order, 0) for order in orders))
        return orders

    def test_activation(self):
        first, second = self._wait()
        self.env["ir.cron.trigger"].search([]).unlink()
        self.fifo.action_activate()
        self.assertTrue(self._is_asked_for())
        self.assertEqual(self._reserved(first, second), [0, 0])
        self._run()
        self.assertEqual(self._reserved(first, second), [4, 1])
        self.assertFalse(self._get_dirty() & self.desk)

    def test_created_active(self):
        first, second = self._wait()
        self.env["backorder.policy"].create({"name": "Smallest", "method": "smallest"})
        self._run()
        self.assertEqual(self._reserved(first, second), [2, 3])

    def test_activation_takes_nothing_away(self):
        """The second holds 3 of 5: the first gets 2, also where a run may take back."""
        first, second = self._orders(4, 3)
        self._stock(self.desk, 5)
        self._hold((first, 0), (second, 3))
        self.fifo.reallocates = True
        self.fifo.action_activate()
        self._run()
        self.assertEqual(self._reserved(first, second), [2, 3])

    def test_nothing_waits(self):
        self._stock(self.desk, 5)
        self.env["ir.cron.trigger"].search([]).unlink()
        self.fifo.action_activate()
        self.assertFalse(self._get_dirty() & self.desk)

    def test_switched_off_by_core(self):
        first, second = self._wait()
        self.fifo.action_activate()
        self.env["ir.config_parameter"].set_param("stock.picking_no_auto_reserve", "1")
        self._run()
        self.assertEqual(self._reserved(first, second), [0, 0])
        self.assertIn(self.desk, self._get_dirty())

    def test_failed_give_back(self):
        """4 desks are held for an order that shall now ship whole, and its chair is missing.
        Handing out fails at that moment; nothing is free, and yet the action tries again."""
        self.fifo.active = True
        chair = self._create_product("Chair")
        self._stock(self.desk, 4)
        first = self._sell((self.desk, 4), (chair, 1))
        second = self._sell((self.desk, 4))
        allocator = type(self.env["backorder.allocator"])
        with (
            patch.object(allocator, "_allocate", side_effect=ValueError("broken")),
            mute_logger(ALLOCATOR),
        ):
            first.backorder_shipping = "whole"
            self.env["backorder.tracker"]._drain()
        self.assertEqual(self._reserved(first, second), [4, 0])
        self.assertIn(self.desk, self._get_dirty())
        self.assertTrue(self._is_asked_for())
        self._run()
        self.assertEqual(self._reserved(first, second), [0, 4])
        self.assertFalse(self._get_dirty())

    def test_mark_of_a_pool_without_a_policy(self):
        pool = (self.desk.id, self.warehouse.id)
        self.env["backorder.pool"]._mark_dirty({pool})
        self._run()
        self.assertFalse(self._get_dirty())

"""What people do in the browser, and the JavaScript by itself."""

from odoo.tests import HttpCase, new_test_user, tagged

from .common import BackorderCommon

HOOT_URL = "/web/tests?headless&loglevel=2&preset=desktop&timeout=15000&id=%s"


def hoot_id(name):
    """The id that HOOT gives to a suite: a hash of its name, as JavaScript computes it."""
    number = 0
    for character in name:
        number = ((number << 5) - number + ord(character)) & 0xFFFFFFFF
    return f"{number:08x}"


@tagged("post_install", "-at_install")
class TestTours(BackorderCommon, HttpCase):
    def _start_tour(self, record, action, tour, login):
        """The first page of a run also builds the assets, which takes its time."""
        self.start_tour(f"/odoo/{action}/{record.id}", tour, login=login, timeout=180)

    def test_create_from_order(self):
        """A customer wants to wait although everything is on hand: the order's page has it all."""
        self._stock(self.desk, 10)
        order = self._sell((self.desk, 5))
        self.assertFalse(order.backorder_ids)
        self._start_tour(order, "sales", "backorder_create", "admin")
        self.assertEqual(order.backorder_ids.line_ids.qty_open, 2)
        self.assertEqual(order.backorder_ids.origin, "manual")

    def test_fulfil(self):
        """From a backorder that is ready to the validated transfer, as a warehouse worker."""
        worker = new_test_user(self.env, "warehouse_worker", groups="stock.group_stock_user")
        order = self._sell((self.desk, 3))
        self._stock(self.desk, 3)
        order.picking_ids.action_assign()
        backorder = order.backorder_ids
        self.assertEqual(backorder.state, "ready")
        self._start_tour(backorder, "backorders", "backorder_fulfil", worker.login)
        self.assertEqual(backorder.state, "done")
        self.assertEqual(order.order_line.qty_delivered, 3)


@tagged("post_install", "-at_install")
class TestHoot(HttpCase):
    def test_unit(self):
        self.browser_js(
            HOOT_URL % hoot_id("@backorder_management"),
            "",
            "",
            login="admin",
            timeout=600,
            success_signal="[HOOT] Test suite succeeded",
            error_checker=lambda message: "[HOOT]" not in message,
        )

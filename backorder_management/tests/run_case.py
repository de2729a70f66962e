"""Orders in a known place in the line, and what they hold."""

from datetime import timedelta

from odoo import fields

from .common import BackorderCommon


class RunCase(BackorderCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        Policy = cls.env["backorder.policy"]
        cls.fifo = Policy.create({"name": "First", "method": "fifo", "active": False})
        cls.even = Policy.create({"name": "Even", "method": "even", "active": False})
        cls.low = cls.env["res.partner"].create({"name": "Low & Co"})
        cls.regular = cls.env["res.partner"].create({"name": "Regular Ltd"})
        cls.premium = cls.env["res.partner"].create({"name": "Premium Inc"})

    def _orders(self, *quantities, product=None):
        """Confirmed in this order, a day apart."""
        orders = [self._sell((product or self.desk, q)) for q in quantities]
        for age, order in enumerate(reversed(orders), 1):
            self._set_age(order, age)
        return orders

    def _set_age(self, order, days):
        moment = fields.Datetime.now() - timedelta(days=days)
        order.date_order = moment
        planned = fields.Datetime.now() + timedelta(days=1)
        order.order_line.move_ids.write({"backorder_seniority": moment, "date": planned})

    def _hold(self, *orders_and_quantities):
        """Reserve by hand, whatever the rank says."""
        for order, quantity in orders_and_quantities:
            move = order.order_line.move_ids
            move.move_line_ids.unlink()
            if quantity:
                move._update_reserved_quantity(quantity, self.stock)
            move._recompute_state()

    def _reserved(self, *orders):
        self.env["backorder.tracker"]._drain()
        self.env.invalidate_all()
        return [sum(order.order_line.move_ids.mapped("quantity")) for order in orders]

    def _after(self, run, *orders):
        lines = {line.order_id: line for line in run.line_ids}
        return [lines[order].qty_after for order in orders]

    def _line(self, run, order):
        return run.line_ids.filtered(lambda x: x.order_id == order)

    def _simulate(self, policy=None, **kwargs):
        return (policy or self.fifo).simulate([self.desk.id], [self.warehouse.id], **kwargs)


class ShortageCase(RunCase):
    """5 in stock for 4 + 3 + 1, held by who came last."""

    def setUp(self):
        super().setUp()
        self._stock(self.desk, 5)
        self.first, self.second, self.third = self._orders(4, 3, 1)
        self._hold((self.first, 0), (self.second, 3), (self.third, 1))
        self.all = (self.first, self.second, self.third)

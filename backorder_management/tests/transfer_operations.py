"""How transfers are reserved, split and set apart, with the numbers that must follow.

The words and the letters are those of `shortage_operations`; ten are sold and six are in stock.
"""

from datetime import timedelta

from odoo import fields


class TransferOperations:
    """Unreserve, split, reservation methods, create by hand, fulfil."""

    def test_archived_product(self):
        order = self._start()
        self.product.active = False
        self._get(4)
        self._assert_line(order, backordered=4, open=4, ready=4, state="ready")
        self._pass(order, 10)
        self._assert_line(order, open=0, fulfilled=4, state="done")

    def test_unreserve_is_no_shortage(self):
        """Nothing reserved, but all ten are free: the backorder does not grow."""
        order = self._start()
        self._get(4)
        pickings = self._get_open_at(order, self._get_steps()[0])
        pickings.do_unreserve()
        self._assert_line(order, backordered=4, open=4, ready=0, state="open")
        pickings.action_assign()
        self._assert_line(order, backordered=4, open=4, ready=4, state="ready")

    def test_split_transfer(self):
        """A split ships nothing: what was short is what is short."""
        order = self._start()
        self._get_open_at(order, self._get_steps()[0]).action_split_transfer()
        self._assert_line(order, backordered=4, open=4, ready=0, fulfilled=0, state="open")

    def test_split_transfer_that_is_covered(self):
        order = self._start(10, 10)
        picking = self._get_open_at(order, self._get_steps()[0])
        picking.move_ids.quantity = 6
        picking.action_split_transfer()
        self._assert_nothing(order)

    def test_ship_complete(self):
        """The customer wants all at once: two of four are in hand, that is not ready yet."""
        order = self._start(picking_policy="one")
        self._get(2)
        self._assert_line(order, backordered=4, open=4, ready=2, state="open")
        self._get(2)
        self._assert_line(order, open=4, ready=4, state="ready")
        self._pass(order, 10)
        self._assert_line(order, backordered=4, open=0, fulfilled=4, state="done")

    def test_reserved_by_hand_is_never_due(self):
        """Only shipping short opens a record: four of ten remain."""
        self._get_steps()[0].reservation_method = "manual"
        order = self._start()
        self._assert_nothing(order)
        self._get_open_at(order, self._get_steps()[0]).action_assign()
        self._assert_nothing(order)
        self._pass(order, 6)
        self._assert_line(order, backordered=4, open=4, fulfilled=0, cancelled=0, state="open")

    def test_reserved_by_date(self):
        """To be reserved in three weeks: not due, not short. Once its day has come, six are free
        for it and four are short."""
        self._get_steps()[0].reservation_method = "by_date"
        self._get_steps()[0].reservation_days_before = 1
        later = fields.Datetime.now() + timedelta(days=21)
        order = self._start(commitment_date=later)
        self._assert_nothing(order)
        first = order.order_line.move_ids.filtered(
            lambda m: m.picking_type_id == self._get_steps()[0]
        )
        first.date = fields.Datetime.now()
        self._refresh_tonight(order)
        self._assert_line(order, backordered=4, open=4, ready=0)

    def test_create_by_hand(self):
        """All ten are there and the customer waits for four: these give their reservation back,
        and no receipt is reserved for them before their day."""
        order = self._start(10, 10)
        day = fields.Date.today() + timedelta(days=30)
        record = order.create_backorder({order.order_line.id: 4}, expected_date=day)
        self._assert_line(order, backordered=4, open=4, ready=0, state="open")
        self.assertEqual(record.origin, "manual")
        self._get(5)
        self._assert_line(order, backordered=4, open=4, ready=0)
        self._pass(order, 6)
        self._assert_line(order, backordered=4, open=4, fulfilled=0)
        record.fulfil(validate=True)
        self._assert_line(order, backordered=4, open=0, fulfilled=4, state="done")

    def test_fulfil(self):
        """Ship 6, receive 3: Fulfil ships three of four, whatever the number of steps."""
        order = self._start()
        self._pass(order, 6)
        self._get(3)
        order.backorder_ids.fulfil(validate=True)
        self._assert_line(order, backordered=4, open=1, ready=0, fulfilled=3, state="partial")

    def test_fulfil_before_the_rest_is_shipped(self):
        """All ten are in hand. Who fulfils the backorder sees it fulfilled."""
        order = self._start()
        self._get(4)
        order.backorder_ids.fulfil(validate=True)
        self._assert_line(order, backordered=4, open=0, fulfilled=4, state="done")

    def test_raise_beside_a_customer_who_waits(self):
        """Four wait until next month and give their stock back. Two more are sold today: they are
        due today, and four are free: they are reserved, the backorder does not change."""
        order = self._start(10, 10)
        day = fields.Date.today() + timedelta(days=30)
        order.create_backorder({order.order_line.id: 4}, expected_date=day)
        self._pass(order, 6)
        self._change(order, 12)
        self._assert_line(order, backordered=4, open=4, ready=0, fulfilled=0)
        moves = order.order_line.move_ids.filtered(lambda m: m.state == "assigned")
        self.assertEqual(sum(moves.mapped("quantity")), 2)

    def test_another_order_takes_what_was_free(self):
        """Six of the first order are not reserved but free: not short. The second order takes them:
        now the first is short of six, and the nightly refresh records it."""
        first = self._start(6, 6)
        self._get_open_at(first, self._get_steps()[0]).do_unreserve()
        self._assert_nothing(first)
        second = self._sell_lamps(6)
        self._assert_nothing(second)
        self.env["backorder.tracker"]._refresh_orders(first.ids)
        self._assert_line(first, backordered=6, open=6, ready=0, state="open")

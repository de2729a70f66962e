"""What people do to an order, with the numbers that a backorder must then show.

Written once and run in every flow that serves from stock: there the numbers are the same. Unless a
test says otherwise ten are sold and six are in stock: four are short.

B backordered, O open, R ready, F fulfilled, C cancelled: B = F + O + C.
"""

from datetime import timedelta

from odoo import fields


class ShortageOperations:
    """Confirm, receive, ship, drop."""

    def _start(self, sold=10, stock=6, **values):
        self._put(stock)
        order = self._sell_lamps(sold, **values)
        return order

    def test_confirm_short(self):
        order = self._start()
        line = self._assert_line(
            order, backordered=4, open=4, ready=0, fulfilled=0, cancelled=0, state="open"
        )
        self.assertEqual(line.backorder_id.origin, "confirmation")
        self.assertEqual(order.backorder_count, 1)

    def test_confirm_covered(self):
        order = self._start(10, 10)
        self._assert_nothing(order)
        self._pass(order, 10)
        self._assert_nothing(order)

    def test_ship_part_then_receive_and_ship_the_rest_in_two(self):
        """The second unit, the second receipt."""
        order = self._start()
        self._pass(order, 6)
        self._assert_line(order, backordered=4, open=4, ready=0, fulfilled=0, state="open")
        self._get(3)
        self._assert_line(order, backordered=4, open=4, ready=3, fulfilled=0, state="ready")
        self._pass(order, 3)
        self._assert_line(order, backordered=4, open=1, ready=0, fulfilled=3, state="partial")
        self._get(1)
        self._assert_line(order, open=1, ready=1, fulfilled=3, state="ready")
        self._pass(order, 1)
        line = self._assert_line(
            order, backordered=4, open=0, ready=0, fulfilled=4, cancelled=0, state="done"
        )
        self.assertTrue(line.backorder_id.date_closed)
        self.assertEqual(order.order_line.qty_delivered, 10)

    def test_receive_more_than_short(self):
        """Four are owed, seven come: four are ready, three stay free for others."""
        order = self._start()
        self._get(7)
        self._assert_line(order, backordered=4, open=4, ready=4, state="ready")
        self._pass(order, 10)
        self._assert_line(order, backordered=4, open=0, fulfilled=4, cancelled=0, state="done")

    def test_ship_eight_of_ten_that_are_there(self):
        """Six were never short and are served first; of the four on backorder two ship. The system
        reserves the two others again although the picker left them: their stock is in doubt."""
        order = self._start()
        self._get(4)
        self._pass(order, 8)
        line = self._assert_line(order, backordered=4, open=2, fulfilled=2, cancelled=0)
        self.assertTrue(line.check_stock)

    def test_ship_four_of_ten_that_were_never_short(self):
        """Shipped short: all six that remain are a backorder from now on, in doubt until counted."""
        order = self._start(10, 10)
        self._pass(order, 4)
        line = self._assert_line(order, backordered=6, open=6, fulfilled=0, cancelled=0)
        self.assertEqual(line.backorder_id.origin, "delivery")
        self.assertTrue(line.check_stock)
        self._pass(order, 6)
        self._assert_line(order, backordered=6, open=0, fulfilled=6, state="done")

    def test_no_backorder(self):
        """Six ship, the person answers No backorder: the four that were owed are cancelled."""
        order = self._start()
        self._pass(order, 6, backorder=False)
        self._assert_line(order, backordered=4, open=0, fulfilled=0, cancelled=4, state="cancel")
        self.assertEqual(order.backorder_qty_cancelled, 4)

    def test_no_backorder_after_a_part(self):
        """Ship 6; receive 4, ship 1 of them, drop 3."""
        order = self._start()
        self._pass(order, 6)
        self._get(4)
        self._pass(order, 1, backorder=False)
        self._assert_line(order, backordered=4, open=0, fulfilled=1, cancelled=3, state="done")

    def test_no_backorder_although_nothing_was_short(self):
        """Ten in stock, four ship, six are dropped: demand never ends without a trace."""
        order = self._start(10, 10)
        self._pass(order, 4, backorder=False)
        self._assert_line(order, backordered=6, open=0, cancelled=6, state="cancel")

    def test_cancel_the_rest(self):
        order = self._start()
        self._pass(order, 6)
        self._get_open_pickings(order).action_cancel()
        self._assert_line(order, backordered=4, open=0, fulfilled=0, cancelled=4, state="cancel")

    def test_cancel_everything_before_shipping(self):
        """The whole transfer is cancelled: nothing is owed any more, and ten were dropped."""
        order = self._start()
        self._get_open_pickings(order).action_cancel()
        self._assert_line(order, open=0, fulfilled=0, cancelled=10, state="cancel")

    def test_cancel_order(self):
        order = self._start()
        order._action_cancel()
        self._assert_line(order, backordered=4, open=0, cancelled=4, state="cancel")

    def test_cancel_order_after_a_part(self):
        """Ship 6, receive 4 and ship 1 of them, cancel the order: three are cancelled."""
        order = self._start()
        self._pass(order, 6)
        self._get(4)
        self._pass(order, 1)
        order._action_cancel()
        self._assert_line(order, backordered=4, open=0, fulfilled=1, cancelled=3, state="done")

    def test_cancel_and_confirm_again(self):
        """A closed record is never opened again: a new one starts with the same four."""
        order = self._start()
        order._action_cancel()
        first = order.backorder_ids
        order.action_draft()
        order.action_confirm()
        self._assert_line(
            order, records=2, backordered=4, open=4, ready=0, cancelled=0, state="open"
        )
        self.assertEqual(first.state, "cancel")
        self.assertEqual(first.line_ids.qty_cancelled, 4)
        self._get(4)
        self._pass(order, 10)
        self._assert_line(order, records=2, backordered=4, open=0, fulfilled=4, state="done")
        self.assertEqual(first.line_ids.qty_fulfilled, 0)

    def test_never_creates_backorders(self):
        """The operation types drop what is not shipped: the four leave a cancelled quantity."""
        for picking_type in self._get_steps():
            picking_type.create_backorder = "never"
        order = self._start()
        self._pass(order, 6)
        self._assert_line(order, backordered=4, open=0, cancelled=4, state="cancel")

    def test_always_creates_backorders(self):
        for picking_type in self._get_steps():
            picking_type.create_backorder = "always"
        order = self._start()
        self._pass(order, 6)
        self._assert_line(order, backordered=4, open=4, cancelled=0, state="open")


class ChangeOperations:
    """Raise, lower, return, exchange, count, split, create by hand."""

    def test_raise(self):
        order = self._start()
        self._change(order, 13)
        self._assert_line(order, backordered=7, open=7, ready=0, state="open")

    def test_raise_after_a_part(self):
        """Four wait in an open transfer; three more join them there (the moves are merged)."""
        order = self._start()
        self._pass(order, 6)
        self._change(order, 13)
        self._assert_line(order, backordered=7, open=7, fulfilled=0, cancelled=0)
        self._get(7)
        self._assert_line(order, open=7, ready=7, state="ready")
        self._pass(order, 7)
        self._assert_line(order, backordered=7, open=0, fulfilled=7, state="done")

    def test_raise_what_stock_covers(self):
        """Nine come: four for the backorder, five are free; two more of them are sold."""
        order = self._start()
        self._get(9)
        self._change(order, 12)
        self._assert_line(order, backordered=4, open=4, ready=4, state="ready")

    def test_raise_twice_and_lower(self):
        """10, 12, 15: nine of fifteen are short. Lowered to 11: four of them are cancelled."""
        order = self._start()
        self._change(order, 12)
        self._change(order, 15)
        self._assert_line(order, backordered=9, open=9)
        self._change(order, 11)
        self._assert_line(order, backordered=9, open=5, cancelled=4, state="open")

    def test_lower_what_is_open(self):
        order = self._start()
        self._change(order, 8)
        self._assert_line(order, backordered=4, open=2, cancelled=2, ready=0, state="open")
        self._pass(order, 6)
        self._assert_line(order, backordered=4, open=2, cancelled=2)

    def test_lower_below_what_is_reserved(self):
        """Five are wanted and six are there: nothing is short any more."""
        order = self._start()
        self._change(order, 5)
        self._assert_line(order, backordered=4, open=0, cancelled=4, state="cancel")

    def test_lower_after_a_part(self):
        """Six delivered, four open, lowered to seven: one is still owed."""
        order = self._start()
        self._pass(order, 6)
        self._change(order, 7)
        self._assert_line(order, backordered=4, open=1, fulfilled=0, cancelled=3)
        self._get(1)
        self._pass(order, 1)
        self._assert_line(order, backordered=4, open=0, fulfilled=1, cancelled=3, state="done")

    def _check_return(self, refund):
        """A return does not reopen the debt. Its two pieces are stock again: two are ready."""
        order = self._start()
        self._pass(order, 6)
        back = self._return(order, 2, refund=refund)
        self._assert_line(order, backordered=4, open=4, ready=0)
        self._take_in(back)
        self._assert_line(order, backordered=4, open=4, ready=2, fulfilled=0, state="ready")
        self._pass(order, 2)
        self._assert_line(order, backordered=4, open=2, fulfilled=2, state="partial")

    def test_return_with_refund(self):
        self._check_return(refund=True)

    def test_return_without_refund(self):
        self._check_return(refund=False)

    def test_return_when_nothing_is_open(self):
        order = self._start(10, 10)
        self._pass(order, 10)
        self._take_in(self._return(order, 4))
        self._assert_nothing(order)

    def test_exchange(self):
        """Ten delivered, four exchanged and none in stock: four are owed, after every refresh. When
        the four old ones are back on the shelf they serve the exchange."""
        order = self._start(10, 10)
        self._pass(order, 10)
        back = self._return(order, 4, exchange=True)
        self._assert_line(order, backordered=4, open=4, ready=0, fulfilled=0, state="open")
        self._take_in(back)
        self._assert_line(order, backordered=4, open=4, ready=4, state="ready")
        self._pass(order, 4)
        self._assert_line(order, backordered=4, open=0, fulfilled=4, state="done")

    def test_over_delivery(self):
        """Ten ordered, twelve shipped: all four on backorder are fulfilled, not six."""
        order = self._start()
        self._get(10)
        self._pass(order, 12)
        self._assert_line(order, backordered=4, open=0, fulfilled=4, cancelled=0, state="done")

    def test_count_takes_reserved_stock(self):
        """Ten reserved, the count finds seven: three are short, and come back with the next count."""
        order = self._start(10, 10)
        self._count(7)
        line = self._assert_line(order, backordered=3, open=3, ready=0, state="open")
        self.assertEqual(line.backorder_id.origin, "inventory")
        self._count(10)
        self._assert_line(order, backordered=3, open=3, ready=3, state="ready")

    def test_count_takes_more(self):
        order = self._start()
        self._count(2)
        self._assert_line(order, backordered=8, open=8, ready=0)

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

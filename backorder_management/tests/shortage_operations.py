"""What people do to an order, with the numbers that a backorder must then show.

Written once and run in every flow that serves from stock: there the numbers are the same. Unless a
test says otherwise ten are sold and six are in stock: four are short.

B backordered, O open, R ready, F fulfilled, C cancelled: B = F + O + C.
"""


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
        """Shipped short: all six that remain are a backorder now, in doubt until counted."""
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

"""What people change on an order and in the warehouse, with the numbers that must follow.

The words and the letters are those of `shortage_operations`; ten are sold and six are in stock.
"""


class ChangeOperations:
    """Raise, lower, return, exchange, over-deliver, count."""

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
        """Ten reserved, seven found: three are short, and come back with the next count."""
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

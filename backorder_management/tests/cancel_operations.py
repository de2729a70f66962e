"""The customer does not want the rest any more, with the numbers that must follow.

The words and the letters are those of `shortage_operations`; ten are sold and six are in stock.
"""

from .flows import OPEN


class CancelOperations:
    def _cancel(self, order, quantity=None, **options):
        record = order.backorder_ids.filtered(lambda b: not b.date_closed) or order.backorder_ids
        reason = self.env.ref("backorder_management.cancel_reason_customer")
        quantities = None
        if quantity is not None:
            quantities = {record.line_ids.id: quantity}
        record.cancel_open(reason.id, quantities=quantities, **options)
        self._assert_no_ghosts(order)
        self._assert_sound()

    def _assert_no_ghosts(self, order):
        """Nothing comes back, and no step waits for goods that no other step brings."""
        moves = order.order_line.move_ids
        self.assertFalse(moves.filtered(lambda m: m.location_usage == "customer"))
        for move in moves.filtered(lambda m: m.state in OPEN):
            before = move.move_orig_ids.filtered(lambda m: m.state != "cancel")
            if before:
                coming = sum(before.mapped("product_qty"))
                self.assertGreaterEqual(coming + 1e-6, move.product_qty, move.display_name)
            after = move.move_dest_ids.filtered(lambda m: m.state in OPEN)
            if after:
                self.assertGreaterEqual(sum(after.mapped("product_qty")) + 1e-6, move.product_qty)

    def test_cancel_all_that_is_open(self):
        order = self._start()
        self._cancel(order)
        self._assert_line(order, backordered=4, open=0, cancelled=4, state="cancel")
        self.assertEqual(self._get_owed(order.order_line, self.product), 6)
        self._pass(order, 6)
        self._assert_line(order, backordered=4, fulfilled=0, cancelled=4, state="cancel")
        self.assertFalse(order.order_line.move_ids.filtered(lambda m: m.state in OPEN))
        self.assertEqual(order.order_line.qty_delivered, 6)

    def test_cancel_a_part_of_it(self):
        """One of four; the other three come and ship."""
        order = self._start()
        self._cancel(order, 1)
        self._assert_line(order, backordered=4, open=3, cancelled=1, state="open")
        self._get(3)
        self._assert_line(order, open=3, ready=3, state="ready")
        self._pass(order, 9)
        self._assert_line(order, backordered=4, fulfilled=3, cancelled=1, state="done")

    def test_cancel_after_a_part(self):
        order = self._start()
        self._pass(order, 6)
        self._cancel(order)
        self._assert_line(order, backordered=4, open=0, cancelled=4, state="cancel")
        self.assertFalse(order.order_line.move_ids.filtered(lambda m: m.state in OPEN))

    def test_cancel_when_it_is_ready(self):
        """All ten are there and the customer takes six: four are free again."""
        order = self._start()
        self._get(4)
        self._assert_line(order, open=4, ready=4)
        self._cancel(order)
        self._assert_line(order, open=0, cancelled=4)
        self.assertEqual(self._reserved(order), [6])
        self.assertEqual(self.product.with_context(location=self.stock.id).free_qty, 4)
        self._pass(order, 6)

    def test_cancel_behind_the_first_step(self):
        """Six are at the next step already (in one step: at the customer)."""
        order = self._start()
        self._pass(order, 6, steps=self._get_steps()[:1])
        self._cancel(order, 3)
        self._assert_line(order, backordered=4, open=1, cancelled=3)
        self._cancel(order)
        self._assert_line(order, backordered=4, open=0, cancelled=4)
        if len(self._get_steps()) > 1:
            self._pass(order, 6, steps=self._get_steps()[1:])
        self.assertFalse(order.order_line.move_ids.filtered(lambda m: m.state in OPEN))

    def test_cancel_twice(self):
        order = self._start()
        self._cancel(order)
        before = order.order_line.move_ids, len(order.backorder_ids.message_ids)
        self._cancel(order)
        after = order.order_line.move_ids, len(order.backorder_ids.message_ids)
        self.assertEqual(after, before)
        self._assert_line(order, backordered=4, cancelled=4)

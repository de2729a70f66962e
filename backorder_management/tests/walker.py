"""A person who does one thing after the other, at random but repeatable.

Each ``_do_...`` method does one thing through the same methods as the buttons, and returns a text
that says what it did, or None when there was nothing to do it to.
"""

from datetime import timedelta

from odoo import fields

# what a person does, how often, and whether demand that goes away then was dropped by a person
ACTIONS = {
    "sell": (9, False),
    "receive": (9, False),
    "ship": (14, False),
    "no_backorder": (3, True),
    "return": (4, False),
    "exchange": (2, False),
    "take_in": (6, False),
    "raise": (5, False),
    "lower": (5, False),
    "cancel_transfer": (2, True),
    "cancel_order": (1, False),
    "confirm_again": (2, False),
    "count": (4, False),
    "by_hand": (3, False),
    "unreserve": (3, False),
    "check_availability": (4, False),
    "fulfil": (5, False),
    "split": (2, False),
    "cancel_open": (3, False),
    "ship_too_much": (1, False),
}
MAX_ORDERS = 6


class Walker:
    """Mixed into a test: acts on `self.orders` and `self.products` with `self.rng`."""

    def _act(self, name):
        return getattr(self, f"_do_{name}")()

    # === CHOICE === #

    def _choose(self, records):
        """Any record, the same one in every run with the same seed."""
        return records.browse(self.rng.choice(records.sorted("id").ids)) if records else records

    def _get_transfers(self, outgoing=True):
        pickings = self.orders.picking_ids.filtered(
            lambda p: p.state in ("waiting", "confirmed", "assigned")
        )
        return pickings.filtered(lambda p: (p.picking_type_id.code != "incoming") == outgoing)

    def _get_stocked_transfers(self):
        return self._get_transfers().filtered(
            lambda p: any(m.quantity > 0 for m in p.move_ids if m.state != "cancel")
        )

    def _get_open_moves(self, picking):
        return picking.move_ids.filtered(lambda m: m.state not in ("done", "cancel"))

    def _get_running_orders(self):
        return self.orders.filtered(lambda o: o.state == "sale")

    def _tell(self, text, record):
        return f"{text} {record.display_name}"

    # === SELL === #

    def _do_sell(self):
        if len(self._get_running_orders().filtered("backorder_qty_open")) >= MAX_ORDERS:
            return None
        lines = [(p, self.rng.randint(1, 12)) for p in self.products if self.rng.random() < 0.7]
        if not lines:
            return None
        order = self._sell(*lines, picking_policy=self.rng.choice(["direct", "direct", "one"]))
        self.orders |= order
        return f"sell {order.name}: {[(p.name, q) for p, q in lines]}"

    def _change_quantity(self, change):
        line = self._choose(self._get_running_orders().order_line)
        if not line:
            return None
        old = line.product_uom_qty
        new = max(old + change, line.qty_delivered, 0)
        if new == old:
            return None
        line.product_uom_qty = new
        return f"{line.order_id.name} {line.product_id.name}: {old} -> {new}"

    def _do_raise(self):
        return self._change_quantity(self.rng.randint(1, 5))

    def _do_lower(self):
        return self._change_quantity(-self.rng.randint(1, 5))

    def _do_cancel_order(self):
        order = self._choose(self._get_running_orders())
        if not order:
            return None
        order._action_cancel()
        return self._tell("cancel", order)

    def _do_confirm_again(self):
        order = self._choose(self.orders.filtered(lambda o: o.state == "cancel"))
        if not order:
            return None
        order.action_draft()
        order.action_confirm()
        return self._tell("confirm again", order)

    def _do_by_hand(self):
        order = self._choose(self._get_running_orders())
        rows = order.get_backorder_proposal() if order else []
        if not rows:
            return None
        row = self.rng.choice(rows)
        quantity = self.rng.randint(1, int(row["outstanding"] - row["open"]))
        day = self.rng.choice([None, fields.Date.today() + timedelta(days=20)])
        order.create_backorder({str(row["sale_line_id"]): quantity}, expected_date=day)
        return f"{order.name}: {quantity} on backorder by hand, expected {day}"

    # === WAREHOUSE === #

    def _do_receive(self):
        product, quantity = self.rng.choice(self.products), self.rng.randint(1, 9)
        self._receive(product, quantity)
        return f"receive {quantity} {product.name}"

    def _do_count(self):
        product = self.rng.choice(self.products)
        quants = self.env["stock.quant"].search(
            [("product_id", "=", product.id), ("location_id", "=", self.stock.id)]
        )
        if not quants:
            return None
        found = max(0, int(quants[0].quantity) + self.rng.randint(-6, 3))
        quants[0].with_context(inventory_mode=True).inventory_quantity = found
        quants[0].with_context(inventory_mode=True).action_apply_inventory()
        return f"count {found} {product.name}"

    def _set_random_quantities(self, picking):
        """Up to what is reserved, line by line; at least one piece."""
        moves, total = self._get_open_moves(picking).sorted("id"), 0
        moves.picked = False
        for move in moves:
            held = int(min(move.quantity, move.product_uom_qty))
            quantity = self.rng.randint(0, held)
            if move == moves[-1] and not total and held:
                quantity = quantity or 1
            if quantity:
                total += quantity
                if move.quantity != quantity:
                    move.quantity = quantity
                move.picked = True
        return total

    def _do_ship(self, backorder=True):
        picking = self._choose(self._get_stocked_transfers())
        total = picking and self._set_random_quantities(picking)
        if not total:
            return None
        self._ship(picking, backorder=backorder)
        return self._tell(f"ship {total}{'' if backorder else ', no backorder,'}", picking)

    def _do_no_backorder(self):
        return self._do_ship(backorder=False)

    def _do_ship_too_much(self):
        picking = self._choose(self._get_transfers())
        move = self._get_open_moves(picking)[:1]
        free = move.product_id.with_context(location=self.stock.id).free_qty
        if not move or free < 1 or move.state not in ("assigned", "partially_available"):
            return None
        self._get_open_moves(picking).picked = False
        quantity = move.product_uom_qty + 1
        move.quantity = quantity
        move.picked = True
        self._ship(picking)
        return self._tell(f"ship {quantity}, one too many,", picking)

    def _do_cancel_transfer(self):
        picking = self._choose(self._get_transfers())
        if not picking:
            return None
        picking.action_cancel()
        return self._tell("cancel transfer", picking)

    def _do_unreserve(self):
        picking = self._choose(self._get_stocked_transfers())
        if not picking:
            return None
        picking.move_ids.picked = False
        picking.do_unreserve()
        return self._tell("unreserve", picking)

    def _do_check_availability(self):
        picking = self._choose(self._get_transfers().filtered("show_check_availability"))
        if not picking:
            return None
        picking.action_assign()
        return self._tell("check availability", picking)

    def _do_split(self):
        pickings = self._get_stocked_transfers().filtered(
            lambda p: any(m.quantity < m.product_uom_qty for m in self._get_open_moves(p))
        )
        picking = self._choose(pickings)
        if not picking:
            return None
        picking.action_split_transfer()
        return self._tell("split", picking)

    def _do_return(self, exchange=False):
        deliveries = self.orders.picking_ids.filtered(
            lambda p: p.state == "done" and p.location_dest_id.usage == "customer"
        )
        picking = self._choose(deliveries)
        if not picking:
            return None
        wizard = self.env["stock.return.picking"].create({"picking_id": picking.id})
        line = self._choose(wizard.product_return_moves)
        back = line.move_id.returned_move_ids.filtered(lambda m: m.state != "cancel")
        left = int(line.move_id.quantity - sum(back.mapped("product_uom_qty")))
        if left < 1:
            return None
        refund = self.rng.random() < 0.5
        line.write({"quantity": self.rng.randint(1, left), "to_refund": refund})
        text = f"{'exchange' if exchange else 'return'} {line.quantity} (refund {refund}) of"
        if exchange:
            wizard.action_create_exchanges()
        else:
            wizard.action_create_returns()
        return self._tell(text, picking)

    def _do_exchange(self):
        return self._do_return(exchange=True)

    def _do_take_in(self):
        picking = self._choose(self._get_transfers(outgoing=False))
        if not picking:
            return None
        for move in self._get_open_moves(picking):
            move.quantity = move.product_uom_qty
            move.picked = True
        self._ship(picking)
        return self._tell("take in", picking)

    def _do_cancel_open(self):
        lines = self.orders.backorder_ids.line_ids.filtered(lambda x: x.qty_open > 0)
        line = self._choose(lines)
        if not line:
            return None
        quantity = self.rng.randint(1, max(1, int(line.qty_open)))
        quantity = min(quantity, line.qty_open)
        reason = self.env["backorder.cancel.reason"].search([("needs_note", "=", False)], limit=1)
        line.backorder_id.cancel_open(reason.id, quantities={line.id: quantity})
        return self._tell(f"cancel {quantity:g}", line.backorder_id)

    def _do_fulfil(self):
        records = self.orders.backorder_ids.filtered(lambda b: b.state == "ready")
        record = self._choose(records)
        if not record:
            return None
        validate = self.rng.random() < 0.7
        record.fulfil(validate=validate)
        return self._tell(f"fulfil{' and ship' if validate else ''}", record)

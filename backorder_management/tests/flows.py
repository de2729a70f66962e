"""Flows: the ways on which goods travel to a customer, and the operations that work in each."""

from odoo import Command
from odoo.tests import Form

from .common import BackorderCommon

OPEN = ("waiting", "confirmed", "partially_available", "assigned")


class FlowCommon(BackorderCommon):
    """One step, without tracking. Subclasses change the warehouse or the product."""

    delivery_steps = "ship_only"
    tracking = "none"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.serial_number = 0
        cls.last_record = cls.env["sale.backorder"].search([], order="id desc", limit=1).id or 0
        cls.warehouse.delivery_steps = cls.delivery_steps
        cls._set_up_flow()
        cls.product = cls._create_product("Lamp", tracking=cls.tracking)

    @classmethod
    def _set_up_flow(cls):
        """Hook: a rule, a company, a second warehouse."""

    @classmethod
    def _get_steps(cls):
        """The operation types that goods pass on their way out, in order."""
        types = {
            "ship_only": ("out_type_id",),
            "pick_ship": ("pick_type_id", "out_type_id"),
            "pick_pack_ship": ("pick_type_id", "pack_type_id", "out_type_id"),
        }
        return [cls.warehouse[name] for name in types[cls.warehouse.delivery_steps]]

    # === GOODS === #

    @classmethod
    def _split_by_lot(cls, quantity):
        """Quantities per lot: everything in one lot, or one piece per serial number."""
        if cls.tracking == "serial":
            return [1] * int(quantity)
        return [quantity]

    @classmethod
    def _next_lot_name(cls):
        cls.serial_number += 1
        return f"LOT-{cls.serial_number:05d}"

    @classmethod
    def _put(cls, quantity, product=None):
        """Stock that was always there."""
        product = product or cls.product
        if product.tracking == "none":
            return cls._stock(product, quantity)
        for part in cls._split_by_lot(quantity):
            values = {"name": cls._next_lot_name(), "product_id": product.id}
            cls._stock(product, part, lot_id=cls.env["stock.lot"].create(values))
        return None

    @classmethod
    def _get(cls, quantity, product=None):
        """A receipt from a vendor, as a whole."""
        product = product or cls.product
        if product.tracking == "none":
            return cls._receive(product, quantity)
        picking = cls._receive(product, quantity, done=False)
        move = picking.move_ids
        move.move_line_ids.unlink()
        move.move_line_ids = [
            Command.create(
                {
                    "product_id": product.id,
                    "lot_name": cls._next_lot_name(),
                    "quantity": part,
                    "location_id": move.location_id.id,
                    "location_dest_id": move.location_dest_id.id,
                    "picking_id": picking.id,
                }
            )
            for part in cls._split_by_lot(quantity)
        ]
        move.picked = True
        picking.button_validate()
        return picking

    def _count(self, quantity, product=None):
        """An inventory count that finds `quantity` in total."""
        quants = self.env["stock.quant"].search(
            [("product_id", "=", (product or self.product).id), ("location_id", "=", self.stock.id)]
        )
        difference = quantity - sum(quants.mapped("quantity"))
        if difference > 0:
            quants = quants[:1] if self.tracking != "serial" else quants
        for quant in quants.sorted("id"):
            change = max(difference, -quant.quantity) if difference < 0 else difference
            if self.tracking == "serial" and difference > 0:
                change = min(difference, 1 - quant.quantity)
            if not change:
                continue
            quant.with_context(inventory_mode=True).inventory_quantity = quant.quantity + change
            quant.with_context(inventory_mode=True).action_apply_inventory()
            difference -= change
        self.assertFalse(difference, "the count did not reach its quantity")

    # === DELIVERY === #

    def _sell_lamps(self, quantity, **values):
        return self._sell((self.product, quantity), **values)

    def _get_open_at(self, order, picking_type):
        return self._get_open_pickings(order).filtered(lambda p: p.picking_type_id == picking_type)

    def _pass(self, order, quantity, steps=None, backorder=True, check=True, **context):
        """Take a quantity through the steps of the delivery; look at the books after each."""
        for picking_type in steps or self._get_steps():
            pickings = self._get_open_at(order, picking_type)
            moves = pickings.move_ids.filtered(lambda m: m.state in OPEN)
            moves = moves.sorted(lambda m: (-m.quantity, m.id))
            self.assertTrue(moves, f"nothing to do at {picking_type.name}")
            self._pick(moves, quantity)
            for picking in moves.filtered("picked").picking_id:
                self._ship(picking, backorder=backorder, **context)
            if check:
                self._assert_sound()

    def _pick(self, moves, quantity):
        """Spread a quantity over moves; what is left over goes on the last one."""
        moves.picked = False
        left = quantity
        for move in moves:
            share = left if move == moves[-1] else min(left, move.product_uom_qty)
            if not share:
                continue
            left -= share
            if move.quantity != share:
                move.quantity = share
            move.picked = True

    def _return(self, order, quantity, refund=True, exchange=False):
        """Take back from the last delivery.

        :return: the return transfer, still open
        """
        done = order.picking_ids.filtered(
            lambda p: p.state == "done" and p.location_dest_id.usage == "customer"
        )
        picking = done.sorted("id")[-1]
        wizard = Form(
            self.env["stock.return.picking"].with_context(
                active_ids=picking.ids, active_id=picking.id, active_model="stock.picking"
            )
        ).save()
        wizard.product_return_moves[0].write({"quantity": quantity, "to_refund": refund})
        action = wizard.action_create_exchanges() if exchange else wizard.action_create_returns()
        return self.env["stock.picking"].browse(action["res_id"])

    def _take_in(self, picking):
        picking.move_ids.picked = True
        picking.button_validate()

    def _change(self, order, quantity):
        order.order_line.product_uom_qty = quantity

    def _refresh_tonight(self, order):
        """What the nightly scheduled action does for an order."""
        self.env["backorder.tracker"]._refresh_orders(order.ids)

    # === ASSERTIONS === #

    def _assert_line(self, order, product=None, records=1, **expected):
        """:param records: how many the order has, open and closed"""
        self.env.cr.flush()  # as a commit does
        line = super()._assert_line(order, product, **expected)
        self.assertEqual(len(order.backorder_ids), records)
        return line

    def _assert_nothing(self, order):
        self.env.cr.flush()
        self.assertFalse(order.backorder_ids, "a backorder although nothing is short")
        self._assert_sound()

    def _assert_sound(self):
        """The audit, the identity from our own look at the moves, and a second fold."""
        result = super()._assert_sound()
        records = self._get_records()
        for line in records.line_ids:
            self._assert_identity(line)
        for order in records.sale_order_id:
            open_records = order.backorder_ids.filtered(lambda b: not b.date_closed)
            self.assertLessEqual(len(open_records), 1)
        before = self._snapshot(records)
        self.env["backorder.tracker"]._refresh_lines(records.sale_order_id.order_line.ids)
        self.assertEqual(self._snapshot(self._get_records()), before)
        return result

    def _get_records(self):
        return self.env["sale.backorder"].search([("id", ">", self.last_record)])

    def _assert_identity(self, line):
        places = 4
        total = line.qty_fulfilled + line.qty_open + line.qty_cancelled
        self.assertAlmostEqual(line.qty_backordered, total, places)
        self.assertGreaterEqual(line.qty_ready, 0)
        self.assertGreaterEqual(line.qty_open - line.qty_ready, -1e-4)
        if not line.date_closed:
            owed = self._get_owed(line.sale_line_id, line.product_id)
            self.assertGreaterEqual(owed - line.qty_open, -1e-4, "open is more than outstanding")

    def _snapshot(self, records):
        names = ("backordered", "open", "ready", "fulfilled", "cancelled")
        return {
            (x.id, x.state, x.backorder_id.state): [round(x[f"qty_{n}"], 4) for n in names]
            for x in records.line_ids
        }

    def _get_owed(self, sale_line, product):
        """What open moves still bring to the customer: open forward moves that no other open
        forward move follows, in the product's unit. A return that returns nothing is how core
        lowers a quantity that it cannot take from one transfer: it counts against."""
        moves = sale_line.move_ids.filtered(
            lambda m: (
                m.product_id == product
                and m.state in OPEN
                and m.location_usage not in ("customer", "production", "inventory")
                and m.location_dest_usage not in ("production", "inventory", "supplier")
            )
        )
        to_stock = moves.filtered(
            lambda m: (
                m.location_dest_id._child_of(m.warehouse_id.lot_stock_id)
                if m.warehouse_id
                else False
            )
        )
        forward = moves - to_stock.filtered(lambda m: not (m.move_dest_ids & moves))
        leaves = forward.filtered(lambda m: not (m.move_dest_ids & forward))
        lowered = sale_line.move_ids.filtered(
            lambda m: (
                m.product_id == product
                and m.state in OPEN
                and m.location_usage == "customer"
                and not m.origin_returned_move_id
            )
        )
        return max(0.0, sum(leaves.mapped("product_qty")) - sum(lowered.mapped("product_qty")))

"""Goods that are bought for the order: made to order, dropshipped, or sent by another warehouse.

Such demand is short only when its supply is cancelled, received short or late.
"""

import unittest
from datetime import timedelta

from odoo import Command, fields
from odoo.tests import tagged

from .flows import FlowCommon


class BoughtCommon(FlowCommon):
    """Ordered ten days ahead from a vendor who needs two days."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        if "purchase.order" not in cls.env or "is_dropship" not in cls.env["stock.picking"]._fields:
            raise unittest.SkipTest("needs stock_dropshipping")
        cls.vendor = cls.env["res.partner"].create({"name": "Timber Mill"})
        cls.product.write(
            {
                "sale_delay": 10,
                "route_ids": [Command.set(cls._get_routes().ids)],
                "seller_ids": [
                    Command.create({"partner_id": cls.vendor.id, "delay": 2, "price": 4.0})
                ],
            }
        )

    def _sell_and_buy(self, quantity):
        order = self._sell_lamps(quantity)
        self._assert_nothing(order)
        purchase = self._get_purchase()
        purchase.button_confirm()
        self._assert_nothing(order)
        return order, purchase

    def _get_purchase(self):
        lines = self.env["purchase.order.line"].search([("product_id", "=", self.product.id)])
        return lines.order_id.filtered(lambda p: p.state != "cancel").sorted("id")[-1]

    def _take_from_vendor(self, purchase, quantity, backorder=True):
        picking = purchase.picking_ids.filtered(lambda p: p.state not in ("done", "cancel"))
        self._ship(picking, {self.product: quantity}, backorder=backorder)


@tagged("post_install", "-at_install")
class TestMatrixMadeToOrder(BoughtCommon):
    @classmethod
    def _get_routes(cls):
        route = cls.env.ref("stock.route_warehouse0_mto")
        route.active = True
        return route | cls.env.ref("purchase_stock.route_warehouse0_buy")

    def test_on_time(self):
        order, purchase = self._sell_and_buy(10)
        self._take_from_vendor(purchase, 10)
        self._assert_nothing(order)
        self._pass(order, 10)
        self._assert_nothing(order)
        self.assertEqual(order.order_line.qty_delivered, 10)

    def test_received_short_and_dropped(self):
        """Six of ten come and the rest never will: four are short."""
        order, purchase = self._sell_and_buy(10)
        self._take_from_vendor(purchase, 6, backorder=False)
        self._assert_line(order, backordered=4, open=4, ready=0, state="open")
        self._pass(order, 6)
        self._assert_line(order, backordered=4, open=4, fulfilled=0)

    def test_received_in_two_parts_on_time(self):
        """Six come, four follow in time: nothing is short as long as nothing ships short."""
        order, purchase = self._sell_and_buy(10)
        self._take_from_vendor(purchase, 6)
        self._assert_nothing(order)
        self._take_from_vendor(purchase, 4)
        self._pass(order, 10)
        self._assert_nothing(order)

    def test_shipped_before_the_rest_came(self):
        """Six come and ship: four were shipped short. They come and ship: fulfilled."""
        order, purchase = self._sell_and_buy(10)
        self._take_from_vendor(purchase, 6)
        self._pass(order, 6)
        self._assert_line(order, backordered=4, open=4, ready=0, state="open")
        self._take_from_vendor(purchase, 4)
        self._assert_line(order, backordered=4, open=4, ready=4, state="ready")
        self._pass(order, 4)
        self._assert_line(order, open=0, fulfilled=4, state="done")

    def test_purchase_cancelled(self):
        """Nothing comes any more: all ten are short."""
        order, purchase = self._sell_and_buy(10)
        purchase.button_cancel()
        self._assert_line(order, backordered=10, open=10, ready=0, state="open")

    def test_quotation_from_vendor_cancelled(self):
        order = self._sell_lamps(10)
        self._get_purchase().button_cancel()
        self._assert_line(order, backordered=10, open=10, ready=0, state="open")

    def test_purchase_late(self):
        """Promised for in ten days, the vendor comes in thirty: all ten are short until then."""
        order, purchase = self._sell_and_buy(10)
        purchase.order_line.date_planned = fields.Datetime.now() + timedelta(days=30)
        self._refresh_tonight(order)
        line = self._assert_line(order, backordered=10, open=10, ready=0, state="open")
        self.assertEqual(line.expected_date, fields.Date.today() + timedelta(days=30))
        self._take_from_vendor(purchase, 10)
        self._assert_line(order, backordered=10, open=10, ready=10, state="ready")
        # it is there, and ships on the day of its transfer
        self.assertEqual(line.confidence, "in_stock")
        self.assertEqual(line.expected_date, fields.Date.today() + timedelta(days=10))
        self._pass(order, 10)
        self._assert_line(order, open=0, fulfilled=10, state="done")

    def test_receipt_lowered(self):
        """Seven of ten come: three are short, and nothing is planned for them."""
        order, purchase = self._sell_and_buy(10)
        purchase.picking_ids.move_ids.product_uom_qty = 7
        self._refresh_tonight(order)
        line = self._assert_line(order, backordered=3, open=3, ready=0, state="open")
        self.assertFalse(line.peg_ids)
        self.assertFalse(line.expected_date)
        self.assertEqual(line.confidence, "unknown")
        if "backorder.need" in self.env:
            [need] = self.env["backorder.need"]._read(self.product.ids)
            self.assertEqual(need[2:], (3, 0, 1))

    def test_two_receipts(self):
        """Ten of thirteen come in time and three ten days later: these are short until then."""
        order, purchase = self._sell_and_buy(13)
        move = purchase.picking_ids.move_ids
        late = move.create(move._split(3))
        late._action_confirm(merge=False)
        day = fields.Datetime.now() + timedelta(days=20)
        late.date = day
        self._refresh_tonight(order)
        line = self._assert_line(order, backordered=3, open=3, ready=0, state="open")
        self.assertEqual(
            [(p.quantity, p.date, p.move_id) for p in line.peg_ids], [(3, day.date(), late)]
        )
        self.assertEqual(line.expected_date, day.date())

    def test_cancel_order(self):
        """Nothing was ever short: no record, the order says that it is cancelled."""
        order, _purchase = self._sell_and_buy(10)
        order._action_cancel()
        self._assert_sound()
        self.assertFalse(order.backorder_ids.filtered(lambda b: not b.date_closed))

    def test_raise(self):
        """Three more are bought in time."""
        order, _purchase = self._sell_and_buy(10)
        self._change(order, 13)
        self._assert_nothing(order)


@tagged("post_install", "-at_install")
class TestMatrixDropship(BoughtCommon):
    @classmethod
    def _get_routes(cls):
        return cls.env.ref("stock_dropshipping.route_drop_shipping")

    def test_on_time(self):
        order, purchase = self._sell_and_buy(10)
        self._take_from_vendor(purchase, 10)
        self._assert_nothing(order)
        self.assertEqual(order.order_line.qty_delivered, 10)

    def test_vendor_ships_part(self):
        order, purchase = self._sell_and_buy(10)
        self._take_from_vendor(purchase, 6)
        line = self._assert_line(order, backordered=4, open=4, ready=0, fulfilled=0, state="open")
        self.assertEqual(line.backorder_id.origin, "delivery")
        self.assertFalse(line.check_stock, "nothing of ours can be counted")
        self._take_from_vendor(purchase, 3)
        self._assert_line(order, backordered=4, open=1, fulfilled=3, state="partial")
        self._take_from_vendor(purchase, 1)
        self._assert_line(order, backordered=4, open=0, fulfilled=4, state="done")

    def test_vendor_drops_the_rest(self):
        order, purchase = self._sell_and_buy(10)
        self._take_from_vendor(purchase, 6, backorder=False)
        self._assert_line(order, backordered=4, open=0, cancelled=4, state="cancel")

    def test_transfer_cancelled(self):
        """Ten were sold and will not come from anywhere: ten leave a cancelled quantity."""
        order, purchase = self._sell_and_buy(10)
        purchase.picking_ids.action_cancel()
        self._assert_line(order, open=0, cancelled=10, state="cancel")

    def test_vendor_late(self):
        order, purchase = self._sell_and_buy(10)
        purchase.order_line.date_planned = fields.Datetime.now() + timedelta(days=30)
        self._refresh_tonight(order)
        self._assert_line(order, backordered=10, open=10, ready=0, state="open")
        self._take_from_vendor(purchase, 10)
        self._assert_line(order, open=0, fulfilled=10, state="done")

    def test_over_delivery(self):
        order, purchase = self._sell_and_buy(10)
        self._take_from_vendor(purchase, 6)
        self._take_from_vendor(purchase, 5)
        self._assert_line(order, backordered=4, open=0, fulfilled=4, state="done")

    def test_return_to_the_warehouse(self):
        """Taken back with refund after all was delivered: nothing is owed."""
        order, purchase = self._sell_and_buy(10)
        self._take_from_vendor(purchase, 10)
        self._take_in(self._return(order, 4))
        self._assert_nothing(order)


@tagged("post_install", "-at_install")
class TestMatrixOtherWarehouse(FlowCommon):
    """Made to order from another warehouse: Annex > transit > Depot > customer. What counts is what
    Annex can reserve."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.annex = cls.env["stock.warehouse"].create({"name": "Annex", "code": "ANX"})
        cls.warehouse.resupply_wh_ids = [Command.set(cls.annex.ids)]
        mto = cls.env.ref("stock.route_warehouse0_mto")
        mto.active = True
        cls.product.route_ids = mto | cls.warehouse.resupply_route_ids
        cls._stock(cls.product, 6, cls.annex.lot_stock_id)

    def _get_chain(self):
        return [self.annex.out_type_id, self.warehouse.in_type_id, self.warehouse.out_type_id]

    def test_short_there(self):
        order = self._sell_lamps(10)
        self._assert_line(order, backordered=4, open=4, ready=0, state="open")

    def test_ship_part_receive_and_ship_the_rest(self):
        order = self._sell_lamps(10)
        self._pass(order, 6, self._get_chain())
        self._assert_line(order, backordered=4, open=4, ready=0, fulfilled=0, state="open")
        self._stock(self.product, 4, self.annex.lot_stock_id)
        self._get_open_at(order, self.annex.out_type_id).action_assign()
        self._assert_line(order, backordered=4, open=4, ready=4, state="ready")
        self._pass(order, 4, self._get_chain())
        self._assert_line(order, backordered=4, open=0, fulfilled=4, state="done")

    def test_stock_at_the_wrong_place(self):
        """Stock at Depot does not serve what is made to order from Annex."""
        self._put(50)
        order = self._sell_lamps(10)
        self._assert_line(order, backordered=4, open=4, ready=0)

    def test_raise_and_lower(self):
        order = self._sell_lamps(10)
        self._change(order, 12)
        self._assert_line(order, backordered=6, open=6)
        self._change(order, 9)
        self._assert_line(order, backordered=6, open=3, cancelled=3)

    def test_cancel_order(self):
        order = self._sell_lamps(10)
        order._action_cancel()
        self._assert_line(order, backordered=4, open=0, cancelled=4, state="cancel")

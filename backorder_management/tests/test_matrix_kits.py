"""Kits: a table needs two legs (A) and one top (B). Components are what is short and what ships.

Five tables need ten legs and five tops. Six legs and five tops are in stock: four legs are short.
"""

import unittest

from odoo import Command
from odoo.tests import tagged

from .flows import FlowCommon


@tagged("post_install", "-at_install")
class TestMatrixKits(FlowCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        if "mrp.bom" not in cls.env or "bom_line_id" not in cls.env["stock.move"]._fields:
            raise unittest.SkipTest("needs sale_mrp")
        cls.leg = cls._create_product("Leg")
        cls.top = cls._create_product("Top")
        cls.table = cls._create_product("Table", is_storable=False)
        cls.env["mrp.bom"].create(
            {
                "product_tmpl_id": cls.table.product_tmpl_id.id,
                "type": "phantom",
                "bom_line_ids": [
                    Command.create({"product_id": cls.leg.id, "product_qty": 2}),
                    Command.create({"product_id": cls.top.id, "product_qty": 1}),
                ],
            }
        )

    def _sell_tables(self, quantity=5, legs=6, tops=5):
        self._stock(self.leg, legs)
        self._stock(self.top, tops)
        return self._sell((self.table, quantity))

    def _send(self, order, legs, tops, backorder=True):
        self._ship(self._get_open_pickings(order), {self.leg: legs, self.top: tops}, backorder)

    def test_only_the_short_component(self):
        order = self._sell_tables()
        self._assert_line(order, self.leg, backordered=4, open=4, ready=0, state="open")
        self.assertEqual(order.backorder_ids.line_ids.product_id, self.leg)
        self.assertEqual(order.backorder_ids.line_ids.kit_id, self.table)

    def test_whole_kits_that_can_ship(self):
        """Four of ten legs are missing, for two of five tables; two come."""
        line = self._sell_tables().backorder_ids.line_ids
        self.assertEqual(line.kit_summary, "0 of 2 can ship")
        self._receive(self.leg, 2)
        self.env["backorder.tracker"]._drain()
        line.invalidate_recordset()
        self.assertEqual(line.kit_summary, "1 of 2 can ship")

    def test_whole_kits_after_the_order_was_lowered(self):
        """Five tables with a single leg, then three."""
        order = self._sell_tables(legs=1)
        line = order.backorder_ids.line_ids
        self.assertEqual(line.kit_summary, "0 of 5 can ship")
        order.order_line.product_uom_qty = 3
        self.env["backorder.tracker"]._drain()
        line.invalidate_recordset()
        self.assertEqual(line.kit_summary, "0 of 3 can ship")
        self.assertEqual((order.backorder_qty_open, order.backorder_qty_cancelled), (3, 2))

    def test_waiting_counts_whole_kits(self):
        """Four legs are missing for two tables."""
        order = self._sell_tables()
        self.assertEqual(order.backorder_qty_open, 2)
        self.assertEqual(order.backorder_status, "2 waiting")

    def test_ship_receive_and_ship(self):
        order = self._sell_tables()
        self._send(order, 6, 5)
        self._assert_line(order, self.leg, backordered=4, open=4, fulfilled=0, state="open")
        self._get(4, self.leg)
        self._assert_line(order, self.leg, open=4, ready=4, state="ready")
        self._send(order, 4, 0)
        self._assert_line(order, self.leg, backordered=4, open=0, fulfilled=4, state="done")
        self.assertEqual(order.order_line.qty_delivered, 5)

    def test_ship_whole_kits(self):
        """Three tables ship: six legs, three tops. Two tops stay behind: shipped short as well."""
        order = self._sell_tables()
        self._send(order, 6, 3)
        self._assert_line(order, self.leg, backordered=4, open=4)
        self._assert_line(order, self.top, backordered=2, open=2, ready=2)
        self.assertEqual(order.backorder_qty_open, 2)

    def test_cancelled_kits_are_credited(self):
        """Five tables are invoiced; without four of ten legs two of them are not sold."""
        self.table.invoice_policy = "order"
        order = self._sell_tables()
        order._create_invoices().action_post()
        record, reason = (
            order.backorder_ids,
            self.env.ref("backorder_management.cancel_reason_delay"),
        )
        for _time in range(2):
            record.cancel_open(reason.id)
        note = order.invoice_ids.filtered(lambda m: m.move_type == "out_refund")
        self.assertEqual(note.invoice_line_ids.quantity, 2)
        self.assertEqual((order.order_line.qty_invoiced, order.order_line.qty_to_invoice), (3, 0))
        self._assert_sound()

    def test_cancel_the_rest(self):
        order = self._sell_tables()
        self._send(order, 6, 5)
        self._get_open_pickings(order).action_cancel()
        self._assert_line(order, self.leg, backordered=4, open=0, cancelled=4, state="cancel")
        self.assertEqual(order.order_line.qty_delivered, 3)
        self.assertEqual(order.backorder_qty_cancelled, 2)

    def test_no_backorder(self):
        """Three tables ship and the rest is dropped: four legs and two tops."""
        order = self._sell_tables()
        self._send(order, 6, 3, backorder=False)
        self._assert_line(order, self.leg, backordered=4, open=0, cancelled=4, state="cancel")
        self._assert_line(order, self.top, backordered=2, open=0, cancelled=2)
        self.assertEqual(order.backorder_qty_cancelled, 2)

    def test_raise(self):
        """Seven tables: 14 legs of which 6 are there, 7 tops of which 5 are there."""
        order = self._sell_tables()
        self._change(order, 7)
        self._assert_line(order, self.leg, backordered=8, open=8)
        self._assert_line(order, self.top, backordered=2, open=2)

    def test_lower(self):
        """Three tables need the six legs that are there."""
        order = self._sell_tables()
        self._change(order, 3)
        self._assert_line(order, self.leg, backordered=4, open=0, cancelled=4, state="cancel")

    def test_return_of_legs(self):
        """Two legs come back with refund: they are stock again and serve the four that wait."""
        order = self._sell_tables()
        self._send(order, 6, 5)
        done = order.picking_ids.filtered(lambda p: p.state == "done")
        wizard = self.env["stock.return.picking"].create({"picking_id": done.id})
        legs = wizard.product_return_moves.filtered(lambda x: x.product_id == self.leg)
        legs.quantity = 2
        back = self.env["stock.picking"].browse(wizard.action_create_returns()["res_id"])
        self._take_in(back)
        self._assert_line(order, self.leg, backordered=4, open=4, ready=2, state="ready")

    def test_create_by_hand_in_whole_kits(self):
        """All is there; the customer waits for two of five tables: four legs, two tops."""
        order = self._sell_tables(legs=10, tops=5)
        self._assert_nothing(order)
        order.create_backorder({order.order_line.id: 2}, expected_date="2099-05-01")
        self._assert_line(order, self.leg, backordered=4, open=4, ready=0)
        self._assert_line(order, self.top, backordered=2, open=2, ready=0)
        self.assertEqual(order.backorder_qty_open, 2)

    def test_create_by_hand_on_top_of_what_is_short(self):
        """Two tables wait for legs already; "one more" is added, not the same again."""
        order = self._sell_tables()
        order.create_backorder({order.order_line.id: 1}, expected_date="2099-05-01")
        self._assert_line(order, self.leg, backordered=6, open=6)

    def test_cancel_order_and_confirm_again(self):
        order = self._sell_tables()
        order._action_cancel()
        self._assert_line(order, self.leg, backordered=4, open=0, cancelled=4, state="cancel")
        order.action_draft()
        order.action_confirm()
        self._assert_line(
            order, self.leg, records=2, backordered=4, open=4, cancelled=0, state="open"
        )

    def test_count_takes_tops(self):
        """Three of five tops are found: two are short beside the four legs."""
        order = self._sell_tables()
        self._count(3, self.top)
        self._assert_line(order, self.top, backordered=2, open=2, ready=0)
        self._assert_line(order, self.leg, backordered=4, open=4, ready=0)

    def test_two_steps(self):
        self.warehouse.delivery_steps = "pick_ship"
        order = self._sell_tables()
        for picking_type in self._get_steps():
            picking = self._get_open_at(order, picking_type)
            self._ship(picking, {self.leg: 6, self.top: 5})
            self._assert_line(order, self.leg, backordered=4, open=4, ready=0, fulfilled=0)
        self._get(4, self.leg)
        self._assert_line(order, self.leg, backordered=4, open=4, ready=4, state="ready")

    def test_bill_of_materials_changes_after_confirmation(self):
        """From now on a table has three legs. What was sold keeps its two."""
        order = self._sell_tables()
        bom_line = self.env["mrp.bom.line"].search([("product_id", "=", self.leg.id)])
        bom_line.product_qty = 3
        self._get(4, self.leg)
        self._assert_line(order, self.leg, backordered=4, open=4, ready=4)
        self._send(order, 10, 5)
        self._assert_line(order, self.leg, backordered=4, open=0, fulfilled=4, state="done")

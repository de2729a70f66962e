"""Dates on the ways on which goods travel: several steps, and another warehouse."""

from datetime import timedelta
from itertools import pairwise
from unittest.mock import patch

from odoo import Command, fields
from odoo.tests import tagged

from ..engine.positions import Outline
from ..engine.promising import Peg
from ..models.backorder_reader import Facts
from .test_dates import DatesCommon


class DatesFlowCommon(DatesCommon):
    def _get_lines(self, order):
        self.env["backorder.tracker"]._drain()
        return order.backorder_ids.line_ids

    def _dates(self, order):
        """Days from now by product, None without a date."""
        return {
            x.product_id: x.expected_date and (x.expected_date - self.today).days or 0
            if x.expected_date
            else None
            for x in self._get_lines(order)
        }

    def _assert_date(self, order, days):
        """One item and its order; a second refresh changes nothing."""
        self.assertEqual(self._dates(order), {self.desk: days})
        self.assertEqual(self._days_of(order.backorder_ids), days)
        self._assert_stable(order)

    def _days_of(self, record):
        return (record.expected_date - self.today).days if record.expected_date else None

    def _assert_stable(self, order):
        lines = self._get_lines(order)
        before = lines.read(["expected_date", "confidence", "supply_incoming", "peg_ids"])
        self.assertEqual(self.env["backorder.dates"]._refresh(lines.ids), [])
        self.env.invalidate_all()
        after = lines.read(["expected_date", "confidence", "supply_incoming", "peg_ids"])
        self.assertEqual(before, after)
        self.assertEqual(self.env["sale.backorder"].audit(), [])

    def _reschedule(self, picking, days):
        """Somebody in the warehouse moves a transfer to another day."""
        picking.scheduled_date = self._moment(days)

    def _validate(self, picking, quantity=None, backorder=True):
        moves = picking.move_ids.filtered(lambda m: m.state not in ("done", "cancel"))
        if quantity is None:
            moves.picked = True
            return picking.button_validate()
        return self._ship(picking, {moves.product_id: quantity}, backorder=backorder)

    def _get_next(self, picking):
        """The transfer that takes the goods further."""
        found = picking.move_ids.move_dest_ids.picking_id
        self.assertEqual(len(found), 1)
        return found


@tagged("post_install", "-at_install")
class TestStepsOut(DatesFlowCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.warehouse.delivery_steps = "pick_pack_ship"

    def test_short_order(self):
        """Four of ten are there, six come on day 5 and move to day 8; then they are picked,
        packed and shipped."""
        self._stock(self.desk, 4)
        order = self._sell((self.desk, 10))
        self._assert_date(order, None)
        receipt = self._announce(6, 5)
        self._assert_date(order, 5)
        self.assertEqual(self._parts(order), [(6, 5, receipt.name)])
        self._move_to(receipt, 8)
        self._assert_date(order, 8)
        self._validate(receipt)
        self.assertEqual(self._reserved(order), [10])
        self._assert_date(order, 0)
        self.assertEqual(self._get_lines(order).confidence, "in_stock")

    def test_picked_in_part(self):
        """The four that are there are picked: the other six keep their date."""
        self._stock(self.desk, 4)
        order = self._sell((self.desk, 10))
        receipt = self._announce(6, 5)
        [pick] = self._get_open_pickings(order)
        self._ship(pick, {self.desk: 4})
        self._assert_date(order, 5)
        self.assertEqual(self._parts(order), [(6, 5, receipt.name)])
        self._validate(receipt)
        self._assert_date(order, 0)
        self.assertEqual(self._parts(order), [(6, 0, None)])

    def test_in_the_packing_zone(self):
        """Picked and on their way to the customer: there is nothing left to wait for."""
        order = self._sell((self.desk, 5))
        receipt = self._announce(5, 4)
        self._validate(receipt)
        [pick] = self._get_open_pickings(order)
        self._ship(pick, {self.desk: 5})
        self._assert_date(order, 0)
        self.assertEqual(self._get_lines(order).qty_ready, 5)

    def test_two_orders_wait(self):
        """The first has 5 of the 8 that come on day 3, the second 3 of them and 2 of day 9."""
        first, second = self._sell((self.desk, 5)), self._sell((self.desk, 5))
        p, q = self._announce(8, 3), self._announce(4, 9)
        self.assertEqual(self._parts(first), [(5, 3, p.name)])
        self.assertEqual(self._parts(second), [(3, 3, p.name), (2, 9, q.name)])
        self._validate(p)
        self.assertEqual(self._reserved(first, second), [5, 3])
        self._assert_date(second, 9)
        self._validate(q)
        self.assertEqual(self._reserved(first, second), [5, 5])
        self._assert_date(second, 0)


@tagged("post_install", "-at_install")
class TestStepsIn(DatesFlowCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.warehouse.reception_steps = "three_steps"

    def _announce_at(self, quantity, moment, product):
        """Vendor to the dock; core makes the next step when one is done."""
        places = {
            "location_id": self.supplier_location.id,
            "location_dest_id": self.warehouse.wh_input_stock_loc_id.id,
        }
        move = {
            "product_id": product.id,
            "product_uom_qty": quantity,
            "date": moment,
            "location_final_id": self.stock.id,
            **places,
        }
        receipt = self.env["stock.picking"].create(
            {
                "picking_type_id": self.warehouse.in_type_id.id,
                "scheduled_date": moment,
                "move_ids": [Command.create(move)],
                **places,
            }
        )
        receipt.action_confirm()
        return receipt

    def test_dock_control_and_stock(self):
        """Five come on day 6. They are at the dock, in quality control and on the shelf; a step
        that is put off puts off the date."""
        order = self._sell((self.desk, 5))
        receipt = self._announce(5, 6)
        self._assert_date(order, 6)
        self._validate(receipt)
        control = self._get_next(receipt)
        self.assertEqual(control.move_ids.location_dest_id, self.warehouse.wh_qc_stock_loc_id)
        self._assert_date(order, 0)
        self.assertEqual(self._parts(order), [(5, 0, control.name)])
        self._reschedule(control, 2)
        self._assert_date(order, 2)
        self._validate(control)
        store = self._get_next(control)
        self._reschedule(store, 3)
        self._assert_date(order, 3)
        self.assertEqual(self._parts(order), [(5, 3, store.name)])
        self._validate(store)
        self.assertEqual(self._reserved(order), [5])
        self._assert_date(order, 0)
        self.assertEqual(self._get_lines(order).confidence, "in_stock")

    def test_part_of_it_fails_the_control(self):
        """Two of five stay in quality control and are scrapped: nothing more is on its way."""
        order = self._sell((self.desk, 5))
        receipt = self._announce(5, 6)
        self._validate(receipt)
        control = self._get_next(receipt)
        self._validate(control, 3, backorder=False)
        store = self._get_next(control)
        self.assertEqual(self._parts(order), [(3, 0, store.name)])
        self._assert_date(order, None)
        self._validate(store)
        self.assertEqual(self._reserved(order), [3])
        self._assert_date(order, None)

    def test_only_part_has_come(self):
        """Three of five are at the dock, two follow on day 9."""
        order = self._sell((self.desk, 5))
        receipt = self._announce(5, 6)
        self._validate(receipt, 3)
        rest = receipt.backorder_ids
        control = self._get_next(receipt)
        # due in a moment: what was due a second ago is late
        control.scheduled_date = fields.Datetime.now() + timedelta(minutes=5)
        self._reschedule(rest, 9)
        self.assertEqual(self._parts(order), [(3, 0, control.name), (2, 9, rest.name)])
        self._assert_date(order, 9)

    def test_goods_are_counted_once(self):
        """Every step is known from the start: still five, not fifteen."""
        first, second = self._sell((self.desk, 5)), self._sell((self.desk, 5))
        receipt = self._announce(5, 6)
        move = receipt.move_ids
        places = self.warehouse.wh_input_stock_loc_id, self.warehouse.wh_qc_stock_loc_id, self.stock
        for source, target in pairwise(places):
            move = self.env["stock.move"].create(
                {
                    "product_id": self.desk.id,
                    "product_uom_qty": 5,
                    "location_id": source.id,
                    "location_dest_id": target.id,
                    "location_final_id": self.stock.id,
                    "picking_type_id": self.warehouse.int_type_id.id,
                    "move_orig_ids": [Command.link(move.id)],
                }
            )
            move._action_confirm()
        self._assert_date(first, 6)
        self._assert_date(second, None)
        self._validate(receipt)
        self._assert_date(first, 0)
        self._assert_date(second, None)


@tagged("post_install", "-at_install")
class TestBetweenWarehouses(DatesFlowCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.annex = cls.env["stock.warehouse"].create({"name": "Annex", "code": "ANX"})
        cls.warehouse.resupply_wh_ids = [Command.set(cls.annex.ids)]
        cls.desk.route_ids = cls.warehouse.resupply_route_ids
        cls._stock(cls.desk, 20, cls.annex.lot_stock_id)

    def _resupply(self, quantity, days):
        """What a reordering rule of Depot asks of Annex: out to transit, and in from it."""
        group = self.env["stock.reference"].create({"name": "Resupply"})
        self.env["stock.rule"].run(
            [
                self.env["stock.rule"].Procurement(
                    self.desk, quantity, self.desk.uom_id, self.stock, "Resupply", "Resupply",
                    self.company,
                    {
                        "date_planned": self._moment(days),
                        "warehouse_id": self.warehouse,
                        "reference_ids": group,
                    },
                )
            ]
        )  # fmt: skip
        moves = group.move_ids
        incoming = moves.filtered(lambda m: m.location_dest_id == self.stock)
        self.assertEqual(len(incoming), 1)
        return incoming.move_orig_ids.picking_id, incoming.picking_id

    def test_planned_moved_sent_and_had(self):
        order = self._sell((self.desk, 6))
        self._assert_date(order, None)
        outgoing, incoming = self._resupply(6, 4)
        self._assert_date(order, 4)
        self.assertEqual(self._get_lines(order).peg_ids.kind, "transfer")
        self._reschedule(incoming, 7)
        self._assert_date(order, 7)
        # it leaves later than it should arrive
        self._reschedule(outgoing, 10)
        self._assert_date(order, 10)
        self._reschedule(outgoing, 3)
        self._assert_date(order, 7)
        self._validate(outgoing)
        self._assert_date(order, 7)
        self._validate(incoming)
        self.assertEqual(self._reserved(order), [6])
        self._assert_date(order, 0)

    def test_sent_in_part(self):
        """Four of six leave; the other two follow on day 9."""
        order = self._sell((self.desk, 6))
        outgoing, incoming = self._resupply(6, 4)
        self._validate(outgoing, 4)
        self._reschedule(outgoing.backorder_ids, 9)
        self.assertEqual(sum(p[0] for p in self._parts(order)), 6)
        self._assert_date(order, 9)
        self._validate(incoming, 4)
        self.assertEqual(self._reserved(order), [4])
        self._assert_date(order, 9)

    def test_cancelled(self):
        order = self._sell((self.desk, 6))
        outgoing, _incoming = self._resupply(6, 4)
        self._assert_date(order, 4)
        outgoing.action_cancel()
        self._assert_date(order, None)
        self.assertEqual(self._parts(order), [])

    def test_the_rest_is_not_sent(self):
        """Four of six leave and the rest never will."""
        order = self._sell((self.desk, 6))
        outgoing, incoming = self._resupply(6, 4)
        self._validate(outgoing, 4, backorder=False)
        self.assertEqual(self._parts(order), [(4, 4, incoming.name)])
        self._assert_date(order, None)

    def test_picked_there_first(self):
        """Annex picks before it sends: who puts off the picking puts off all."""
        self.annex.delivery_steps = "pick_ship"
        order = self._sell((self.desk, 6))
        outgoing, _incoming = self._resupply(6, 4)
        picking = outgoing.move_ids.move_orig_ids.picking_id
        self._reschedule(picking, 8)
        self._assert_date(order, 8)

    def test_arrival_cancelled(self):
        order = self._sell((self.desk, 6))
        _outgoing, incoming = self._resupply(6, 4)
        incoming.action_cancel()
        self._assert_date(order, None)

    def test_straight_from_the_other_warehouse(self):
        """An internal transfer without transit."""
        order = self._sell((self.desk, 6))
        places = {"location_id": self.annex.lot_stock_id.id, "location_dest_id": self.stock.id}
        transfer = self.env["stock.picking"].create(
            {
                "picking_type_id": self.annex.int_type_id.id,
                "move_ids": [
                    Command.create({"product_id": self.desk.id, "product_uom_qty": 6, **places})
                ],
                **places,
            }
        )
        transfer.action_confirm()
        self._reschedule(transfer, 4)
        self._assert_date(order, 4)
        self._reschedule(transfer, 2)
        self._assert_date(order, 2)
        self._validate(transfer)
        self.assertEqual(self._reserved(order), [6])

    def test_the_sender_needs_it_himself(self):
        """Orders of Annex keep their own dates: what leaves for Depot is not theirs."""
        other = self._sell((self.desk, 20), warehouse_id=self.annex.id)
        self._assert_nothing_waits(other)
        order = self._sell((self.desk, 6))
        self._resupply(6, 4)
        self._assert_date(order, 4)
        self._assert_nothing_waits(other)

    def _assert_nothing_waits(self, order):
        self.env["backorder.tracker"]._drain()
        self.assertFalse(order.backorder_ids)


@tagged("post_install", "-at_install")
class TestUsualDelay(DatesFlowCommon):
    def test_later_steps_come_on_top(self):
        """Goods that usually come on day 9, at the latest on day 13, and ship two days after."""
        day = fields.Datetime.today
        pegs = [Peg(1.0, day() + timedelta(days=10), key=7, kind="receipt")]
        fact = Facts(Outline(), expected=pegs[0].date, pegs=pegs, legs={7: timedelta(days=2)})
        usual = {7: (day() + timedelta(days=9), day() + timedelta(days=13))}
        with patch.object(self.registry["backorder.dates"], "_read_lateness", return_value=usual):
            self.env["backorder.reader"]._add_lateness({1: fact}, day())
        found = [(moment - day()).days for moment in (fact.expected, fact.likely, fact.safe)]
        self.assertEqual(found, [10, 11, 15])

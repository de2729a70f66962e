"""Dates of kits, purchases and productions, planned and planned anew."""

from unittest import SkipTest

from odoo import Command
from odoo.tests import Form, tagged

from .test_dates_flows import DatesFlowCommon


@tagged("post_install", "-at_install")
class TestKits(DatesFlowCommon):
    """A table: two legs, one top, and a dozen screws."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        if "mrp.bom" not in cls.env or "bom_line_id" not in cls.env["stock.move"]._fields:
            raise SkipTest("needs sale_mrp")
        cls.leg, cls.top, cls.screw = map(cls._create_product, ("Leg", "Top", "Screw"))
        cls.table = cls._create_product("Table", is_storable=False)
        dozen = cls.env.ref("uom.product_uom_dozen")
        cls.env["mrp.bom"].create(
            {
                "product_tmpl_id": cls.table.product_tmpl_id.id,
                "type": "phantom",
                "bom_line_ids": [
                    Command.create({"product_id": cls.leg.id, "product_qty": 2}),
                    Command.create({"product_id": cls.top.id, "product_qty": 1}),
                    Command.create(
                        {
                            "product_id": cls.screw.id,
                            "product_qty": 1,
                            "product_uom_id": dozen.id,
                        }
                    ),
                ],
            }
        )

    def test_three_kits(self):
        """Six legs, three tops and 36 screws are needed: 4, 3 and 6 are there. Legs come on day 4,
        30 screws in two parts on day 2 and 9."""
        for product, quantity in ((self.leg, 4), (self.top, 3), (self.screw, 6)):
            self._stock(product, quantity)
        order = self._sell((self.table, 3))
        record = order.backorder_ids
        self.assertEqual(self._dates(order), {self.leg: None, self.screw: None})
        legs = self._announce(2, 4, self.leg)
        self.assertEqual(self._dates(order), {self.leg: 4, self.screw: None})
        self.assertFalse(record.expected_date)
        few, many = self._announce(18, 2, self.screw), self._announce(12, 9, self.screw)
        self.assertEqual(self._dates(order), {self.leg: 4, self.screw: 9})
        self.assertEqual(self._days_of(record), 9)
        self._move_to(many, 3)
        self.assertEqual(self._dates(order), {self.leg: 4, self.screw: 3})
        self.assertEqual(self._days_of(record), 4)
        self._assert_stable(order)
        for receipt in few, many, legs:
            self._validate(receipt)
        self.assertEqual(self._reserved(order), [6 + 3 + 36])
        self.assertEqual(self._dates(order), {self.leg: 0, self.screw: 0})
        self._assert_stable(order)

    def test_two_dozen_kits(self):
        """Sold by the dozen, twice: 24 tables need 48 legs."""
        self._stock(self.top, 24)
        self._stock(self.screw, 288)
        order = self._sell((self.table, 2, self.env.ref("uom.product_uom_dozen")))
        self._announce(47, 3, self.leg)
        self.assertEqual(self._dates(order), {self.leg: None})
        self._announce(1, 6, self.leg)
        self.assertEqual(self._dates(order), {self.leg: 6})
        self._assert_stable(order)

    def test_component_is_sold_alone_too(self):
        """One who wants two legs came first: the kit gets what comes later."""
        for product, quantity in ((self.top, 1), (self.screw, 12)):
            self._stock(product, quantity)
        alone, kit = self._sell((self.leg, 2)), self._sell((self.table, 1))
        self._announce(2, 3, self.leg)
        self._announce(2, 8, self.leg)
        self.assertEqual(self._dates(alone), {self.leg: 3})
        self.assertEqual(self._dates(kit), {self.leg: 8})
        self._assert_stable(alone | kit)


@tagged("post_install", "-at_install")
class TestReplanned(DatesFlowCommon):
    def test_the_rest_is_planned_anew(self):
        """Ten come on day 3; six did, four follow on day 8, then on day 5."""
        order = self._sell((self.desk, 10))
        receipt = self._announce(10, 3)
        self._validate(receipt, 6)
        self.assertEqual(self._reserved(order), [6])
        rest = receipt.backorder_ids
        self.assertEqual(self._parts(order), [(6, 0, None), (4, 3, rest.name)])
        self._reschedule(rest, 8)
        self._assert_date(order, 8)
        self._reschedule(rest, 5)
        self._assert_date(order, 5)
        self._validate(rest)
        self.assertEqual(self._reserved(order), [10])
        self._assert_date(order, 0)

    def test_the_rest_is_not_awaited(self):
        order = self._sell((self.desk, 10))
        receipt = self._announce(10, 3)
        self._validate(receipt, 6, backorder=False)
        self._assert_date(order, None)
        self.assertEqual(self._parts(order), [(6, 0, None)])

    def test_more_comes(self):
        """Twelve instead of ten: the next one in line has two."""
        first, second = self._sell((self.desk, 10)), self._sell((self.desk, 3))
        receipt = self._announce(10, 3)
        self._validate(receipt, 12)
        self.assertEqual(self._reserved(first, second), [10, 2])
        self._assert_date(second, None)


@tagged("post_install", "-at_install")
class TestBought(DatesFlowCommon):
    """A purchase tells its receipt a deadline; the warehouse plans the receipt itself."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        if "purchase.order" not in cls.env:
            raise SkipTest("needs purchase_stock")
        cls.vendor = cls.env["res.partner"].create({"name": "Vendor"})

    def _buy(self, quantity, days):
        purchase = self.env["purchase.order"].create(
            {
                "partner_id": self.vendor.id,
                "picking_type_id": self.warehouse.in_type_id.id,
                "order_line": [
                    Command.create(
                        {
                            "product_id": self.desk.id,
                            "product_qty": quantity,
                            "date_planned": self._moment(days),
                        }
                    )
                ],
            }
        )
        purchase.button_confirm()
        return purchase

    def test_vendor_and_warehouse(self):
        """Who spoke last is believed: the vendor says day 8, the warehouse plans day 12, then 6,
        the vendor says day 9."""
        order = self._sell((self.desk, 10))
        purchase = self._buy(10, 5)
        self._assert_date(order, 5)
        receipt = purchase.picking_ids
        purchase.order_line.date_planned = self._moment(8)
        self._assert_date(order, 8)
        self._reschedule(receipt, 12)
        self._assert_date(order, 12)
        self._reschedule(receipt, 6)
        self._assert_date(order, 6)
        purchase.order_line.date_planned = self._moment(9)
        self._assert_date(order, 9)
        self._validate(receipt)
        self.assertEqual(self._reserved(order), [10])

    def test_after_a_partial_receipt(self):
        """Six of ten came; the warehouse plans the rest for day 12; the vendor says day 9."""
        order = self._sell((self.desk, 10))
        purchase = self._buy(10, 5)
        receipt = purchase.picking_ids
        self._validate(receipt, 6)
        rest = receipt.backorder_ids
        self._assert_date(order, 5)
        self._reschedule(rest, 12)
        self._assert_date(order, 12)
        purchase.order_line.date_planned = self._moment(9)
        self._assert_date(order, 9)
        self._validate(rest)
        self.assertEqual(self._reserved(order), [10])
        self._assert_date(order, 0)

    def test_quantity_on_the_purchase(self):
        """Seven of ten are bought: three have no date. Eleven are: all have."""
        order = self._sell((self.desk, 10))
        purchase = self._buy(7, 5)
        self.assertEqual(self._parts(order), [(7, 5, purchase.picking_ids.name)])
        self._assert_date(order, None)
        purchase.order_line.product_qty = 11
        self._assert_date(order, 5)
        self._validate(purchase.picking_ids)
        self.assertEqual(self._reserved(order), [10])


@tagged("post_install", "-at_install")
class TestProduced(DatesFlowCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        if "mrp.production" not in cls.env:
            raise SkipTest("needs mrp")

    def _produce(self, quantity, days):
        production = self.env["mrp.production"].create(
            {
                "product_id": self.desk.id,
                "product_qty": quantity,
                "picking_type_id": self.warehouse.manu_type_id.id,
                "date_start": self._moment(days),
            }
        )
        production.action_confirm()
        return production

    def _make(self, production, quantity=None):
        with Form(production) as form:
            form.qty_producing = quantity or production.product_qty
        action = production.button_mark_done()
        if isinstance(action, dict) and action.get("res_model"):
            wizard = Form.from_action(self.env, action).save()
            wizard.action_backorder()

    def test_moved_and_lowered(self):
        order = self._sell((self.desk, 10))
        production = self._produce(10, 6)
        self._assert_date(order, 6)
        self.assertEqual(self._get_lines(order).peg_ids.kind, "production")
        production.date_start = self._moment(9)
        self._assert_date(order, 9)
        wizard = self.env["change.production.qty"].create(
            {"mo_id": production.id, "product_qty": 7}
        )
        wizard.change_prod_qty()
        self._assert_date(order, None)
        self.assertEqual([p[:2] for p in self._parts(order)], [(7, 9)])
        other = self._produce(3, 11)
        self._assert_date(order, 11)
        self._make(production)
        self.assertEqual(self._reserved(order), [7])
        self._assert_date(order, 11)
        self._make(other)
        self.assertEqual(self._reserved(order), [10])
        self._assert_date(order, 0)

    def test_made_in_part(self):
        """Four of ten are made; core plans the other six for today; they are moved to day 8."""
        order = self._sell((self.desk, 10))
        production = self._produce(10, 6)
        self._make(production, 4)
        self.assertEqual(self._reserved(order), [4])
        rest = production.production_group_id.production_ids - production
        self._assert_date(order, (rest.date_finished.date() - self.today).days)
        rest.date_start = self._moment(8)
        self._assert_date(order, 8)

    def test_cancelled(self):
        order = self._sell((self.desk, 10))
        production = self._produce(10, 6)
        production.action_cancel()
        self._assert_date(order, None)

    def test_stored_after_production(self):
        """Made on day 6 and put on the shelf in a step of its own."""
        self.warehouse.manufacture_steps = "pbm_sam"
        order = self._sell((self.desk, 10))
        production = self._produce(10, 6)
        self._assert_date(order, 6)
        self._make(production)
        store = production.move_finished_ids.move_dest_ids.picking_id
        self.assertEqual(store.state, "assigned")
        self._reschedule(store, 1)
        self._assert_date(order, 1)
        self._validate(store)
        self.assertEqual(self._reserved(order), [10])


@tagged("post_install", "-at_install")
class TestOverdue(DatesFlowCommon):
    def test_late_supply(self):
        """Six should have come four days ago, four come on day 5: late, and named for today. The
        late ones are planned for day 7: the others come first."""
        order = self._sell((self.desk, 6))
        late, other = self._announce(6, -4), self._announce(4, 5)
        self._assert_date(order, 0)
        line = self._get_lines(order)
        self.assertEqual((line.confidence, line.peg_ids.late), ("late", True))
        self._move_to(late, 7)
        self.assertEqual(self._parts(order), [(4, 5, other.name), (2, 7, late.name)])
        self._assert_date(order, 7)
        self.assertEqual(line.confidence, "scheduled")

    def test_it_comes_after_all(self):
        order = self._sell((self.desk, 6))
        late = self._announce(6, -4)
        self._assert_date(order, 0)
        self._validate(late)
        self.assertEqual(self._reserved(order), [6])
        self._assert_date(order, 0)
        self.assertEqual(self._get_lines(order).confidence, "in_stock")

    def test_late_transfer_from_the_dock(self):
        self.warehouse.reception_steps = "two_steps"
        order = self._sell((self.desk, 5))
        receipt = self._receive(
            self.desk,
            5,
            location=self.warehouse.wh_input_stock_loc_id,
            location_final_id=self.stock.id,
        )
        store = self._get_next(receipt)
        self._reschedule(store, -2)
        self._assert_date(order, 0)
        self.assertEqual(self._get_lines(order).confidence, "late")

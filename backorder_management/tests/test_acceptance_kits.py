"""Kits before they are sold: a table needs two legs and one top."""

from datetime import date, timedelta
from unittest import SkipTest, TestCase

from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import new_test_user, tagged

from ..engine.gate import Outlook, combine
from .test_dates import DatesCommon

TODAY = date(2026, 3, 2)
SOON, LATER = TODAY + timedelta(days=3), TODAY + timedelta(days=9)


class TestCombine(TestCase):
    def test_by_hand(self):
        """Five tables: of ten legs 6 are there, 2 come soon and 2 later; of five tops 4 are there,
        and one comes later. So three tables now, four soon, five later."""
        legs = Outlook(10, 6, ((SOON, 2), (LATER, 2)))
        tops = Outlook(5, 4, ((LATER, 1),))
        tables = combine(5, [legs, tops])
        self.assertEqual((tables.on_hand, tables.parts), (3, ((SOON, 1), (LATER, 1))))
        self.assertEqual((tables.status, tables.date), ("expected", LATER))

    def test_half_a_pair_is_no_table(self):
        """Seven legs are three tables; the eighth leg makes one more."""
        tables = combine(5, [Outlook(10, 7, ((SOON, 1),)), Outlook(5, 5)])
        self.assertEqual((tables.on_hand, tables.parts), (3, ((SOON, 1),)))
        self.assertEqual((tables.status, tables.date), ("no_date", None))

    def test_all_there(self):
        tables = combine(2.5, [Outlook(5, 5), Outlook(2.5, 2.5)])
        self.assertEqual((tables.on_hand, tables.status), (2.5, "in_stock"))

    def test_lead_time(self):
        """Legs can be ordered and come later than the planned top; what nobody sells has no day."""
        tops = Outlook(5, 0, ((SOON, 5),))
        self.assertEqual(combine(5, [Outlook(10, 0, (), LATER), tops]).by_lead_time, LATER)
        self.assertIsNone(combine(5, [Outlook(10, 0), tops]).by_lead_time)
        tops = Outlook(5, 0, ((LATER, 5),))
        self.assertEqual(combine(5, [Outlook(10, 0, (), SOON), tops]).by_lead_time, LATER)


@tagged("post_install", "-at_install")
class TestKitOutlook(DatesCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        if "mrp.bom" not in cls.env or "bom_line_id" not in cls.env["stock.move"]._fields:
            raise SkipTest("needs sale_mrp")
        cls.leg, cls.top = cls._create_product("Leg"), cls._create_product("Top")
        cls.table = cls._create_kit("Table", (cls.leg, 2), (cls.top, 1))

    @classmethod
    def _create_kit(cls, name, *parts, quantity=1, **values):
        """:param parts: (component, quantity) or (component, quantity, unit)"""
        kit = cls._create_product(name, **{"is_storable": False, **values})
        cls.env["mrp.bom"].create(
            {
                "product_tmpl_id": kit.product_tmpl_id.id,
                "product_qty": quantity,
                "type": "phantom",
                "bom_line_ids": [
                    Command.create(
                        {
                            "product_id": product.id,
                            "product_qty": needed,
                            **({"product_uom_id": unit[0].id} if unit else {}),
                        }
                    )
                    for product, needed, *unit in parts
                ],
            }
        )
        return kit

    def _quote(self, *lines, **values):
        return self._sell(*lines, confirm=False, **values)

    def _rule(self, action, **values):
        return self.env["backorder.acceptance.rule"].create(
            {"name": action, "action": action, **values}
        )

    def _outlooks(self, order):
        """[(status, kits now, days until the last, or None)]"""
        found = self.env["backorder.outlook"]._read(order.order_line)
        result = []
        for line in order.order_line:
            outlook = found[line]
            days = (outlook.date - self.today).days if outlook.date else None
            self.assertEqual(line.backorder_outlook, outlook.status)
            result.append((outlook.status, outlook.on_hand, days))
        return result

    def _put(self, legs, tops):
        for product, quantity in ((self.leg, legs), (self.top, tops)):
            if quantity:
                self._stock(product, quantity)

    def _assert_refused(self, order, text):
        with self.assertRaises(UserError) as refused:
            order.action_confirm()
        self.assertIn(text, refused.exception.args[0])

    def _create_in_stock(self):
        seat = self._create_product("Seat")
        self._stock(seat, 1)
        return seat

    # === WHAT IS SHOWN === #

    def test_scarcest_component(self):
        """Seven legs and five tops: three tables. Three more legs come on day 4."""
        self._put(7, 5)
        self._announce(3, 4, self.leg)
        for quantity, expected in (
            (3, ("in_stock", 3, None)),
            (5, ("expected", 3, 4)),
            (6, ("no_date", 3, None)),
        ):
            with self.subTest(quantity):
                self.assertEqual(self._outlooks(self._quote((self.table, quantity))), [expected])
        line = self._quote((self.table, 6)).order_line
        self.assertEqual(line.backorder_outlook_text, "3 Units now, no date for the rest")
        line = self._quote((self.table, 5)).order_line
        self.assertTrue(line.backorder_outlook_text.startswith("3 Units now, the rest "))

    def test_components_come_on_different_days(self):
        """One table needs its legs of day 3 and its top of day 8."""
        self._announce(2, 3, self.leg)
        self._announce(1, 8, self.top)
        self.assertEqual(self._outlooks(self._quote((self.table, 1))), [("expected", 0, 8)])

    def test_lines_do_not_share(self):
        """Eight legs and eight tops. Two tables and three single legs take seven legs; the second
        table line finds one."""
        self._put(8, 8)
        order = self._quote((self.table, 2), (self.leg, 3), (self.table, 1))
        self.assertEqual(
            self._outlooks(order),
            [("in_stock", 2, None), ("in_stock", 3, None), ("no_date", 0, None)],
        )

    def test_who_waits_comes_first(self):
        """Four legs come on day 5; another order waits for three of them."""
        self._put(0, 5)
        self._sell((self.leg, 3))
        self._announce(4, 5, self.leg)
        self.assertEqual(self._outlooks(self._quote((self.table, 1))), [("no_date", 0, None)])
        self._announce(1, 6, self.leg)
        self.assertEqual(self._outlooks(self._quote((self.table, 1))), [("expected", 0, 6)])

    def test_as_it_turns_out(self):
        """What the quotation says is what the order gets."""
        self._put(5, 3)
        self._announce(1, 6, self.leg)
        order = self._quote((self.table, 3))
        self.assertEqual(self._outlooks(order), [("expected", 2, 6)])
        order.action_confirm()
        self.assertEqual(self._expected(order), 6)

    def test_units(self):
        """A dozen shelves are made of 4 dozen screws and 24 boards; half a dozen is wanted."""
        dozen = self.env.ref("uom.product_uom_dozen")
        screw, board = self._create_product("Screw"), self._create_product("Board")
        shelf = self._create_kit("Shelf", (screw, 4, dozen), (board, 24), quantity=12)
        self._stock(screw, 20)
        self._stock(board, 12)
        order = self._quote((shelf, 0.5, dozen))
        # six shelves need 24 screws and 12 boards: 20 screws are five shelves
        self.assertEqual(self._outlooks(order), [("no_date", 5, None)])
        self._stock(screw, 4)
        self.env.invalidate_all()
        self.assertEqual(self._outlooks(order), [("in_stock", 6, None)])

    def test_kit_in_a_kit(self):
        """A set: one table and four chairs; chairs are goods that are not counted."""
        chair = self._create_product("Chair", is_storable=False)
        dining = self._create_kit("Dining set", (self.table, 1), (chair, 4))
        self._put(4, 1)
        self.assertEqual(self._outlooks(self._quote((dining, 2))), [("no_date", 1, None)])

    def test_storable_kit(self):
        """The kit itself may be counted: what is shipped are its components."""
        stand = self._create_kit("Stand", (self.leg, 1), is_storable=True)
        self._stock(self.leg, 2)
        self.assertEqual(self._outlooks(self._quote((stand, 3))), [("no_date", 2, None)])

    def test_nothing_is_counted(self):
        chair = self._create_product("Chair", is_storable=False)
        kit = self._create_kit("Chairs", (chair, 4))
        line = self._quote((kit, 2)).order_line
        self.assertFalse(line.backorder_outlook)
        self.assertFalse(line.backorder_outlook_text)

    def test_component_made_to_order(self):
        """Legs are bought for the order: only tops count."""
        mto = self.env.ref("stock.route_warehouse0_mto")
        mto.active = True
        self.leg.route_ids = mto
        self._put(0, 2)
        self.assertEqual(self._outlooks(self._quote((self.table, 2))), [("in_stock", 2, None)])
        self.assertEqual(self._outlooks(self._quote((self.table, 3))), [("no_date", 2, None)])

    def test_component_sent_by_the_vendor(self):
        route = self.env.ref("stock_dropshipping.route_drop_shipping", raise_if_not_found=False)
        if not route:
            raise SkipTest("needs stock_dropshipping")
        self.leg.route_ids = route
        self._put(0, 2)
        self.assertEqual(self._outlooks(self._quote((self.table, 2))), [("in_stock", 2, None)])

    def test_salesperson(self):
        """Who reads neither stock nor bills of materials sees it, too."""
        seller = new_test_user(self.env, "seller", groups="sales_team.group_sale_salesman")
        self._put(4, 1)
        order = self._quote((self.table, 2), user_id=seller.id)
        line = order.with_user(seller).order_line
        self.env.invalidate_all()
        self.assertEqual(line.backorder_outlook_text, "1 Units now, no date for the rest")

    def test_queries(self):
        """More lines of plain products cost nothing more; a kit costs what core asks for it."""
        few = self._quote(*[(self._create_product(f"A{n}"), 1) for n in range(2)], (self.table, 1))
        many = self._quote(*[(self._create_product(f"B{n}"), 1) for n in range(9)], (self.table, 1))
        kits = self._quote(*[(self.table, 1) for n in range(10)])
        counts = [self._count(order) for order in (few, many, kits)]
        self.assertEqual(counts[0], counts[1])
        self.assertLessEqual(counts[2], counts[0] + 9 * 2)

    def _count(self, order):
        self._read(order)  # lead times are looked up and kept
        self.env.flush_all()
        self.env.invalidate_all()
        order.order_line.mapped("is_mto")  # core asks line by line
        before = self.env.cr.sql_log_count
        self._read(order)
        return self.env.cr.sql_log_count - before

    def _read(self, order):
        self.env["backorder.outlook"]._read(order.order_line)

    # === ORDER RULES === #

    def test_accept_and_warn(self):
        self._put(4, 5)
        self.assertFalse(self._quote((self.table, 5)).backorder_warning)
        self._rule("warn")
        order = self._quote((self.table, 5))
        self.assertIn("Table: Only 2 Units of 5 Units are in stock.", order.backorder_warning)
        order.action_confirm()
        self.assertEqual(order.state, "sale")
        self.assertFalse(
            self._quote(
                (self._create_kit("Stool", (self._create_in_stock(), 1)), 1)
            ).backorder_warning
        )

    def test_refuse_and_reduce(self):
        """Two of five tables can be made: three are lost."""
        self._rule("refuse")
        self._put(5, 3)
        order = self._quote((self.table, 5))
        self._assert_refused(order, "Table: Only 2 Units of 5 Units are in stock.")
        order.reduce_to_acceptable()
        self.assertEqual(order.order_line.product_uom_qty, 2)
        lost = self.env["backorder.lost.demand"].search([("sale_order_id", "=", order.id)])
        self.assertEqual((lost.product_id, lost.quantity), (self.table, 3))
        order.action_confirm()
        self.assertFalse(order.backorder_ids)

    def test_planned(self):
        """One table now, two within ten days, a fourth later."""
        self._rule("planned", days=10)
        self._put(2, 9)
        self._announce(4, 9, self.leg)
        self._announce(2, 11, self.leg)
        order = self._quote((self.table, 4))
        self._assert_refused(order, "Only 3 Units of 4 Units are there or planned within 10 days.")
        self._quote((self.table, 3)).action_confirm()

    def test_maximum(self):
        """Not more than four tables may be on backorder: three are, for want of six legs."""
        self._rule("maximum", maximum=4)
        self._put(0, 9)
        first = self._quote((self.table, 3))
        first.action_confirm()
        self.assertEqual(first.backorder_ids.qty_open, 6)
        self._assert_refused(self._quote((self.table, 2)), "Only 1 Units of 2 Units may be sold")
        self._quote((self.table, 1)).action_confirm()

    def test_rule_for_the_kit(self):
        """A rule for the component says nothing about the kit."""
        self._rule("refuse", product_ids=[Command.set(self.leg.ids)])
        self._quote((self.table, 1)).action_confirm()
        self._rule("refuse", product_ids=[Command.set(self.table.ids)])
        self._assert_refused(self._quote((self.table, 1)), "Table: Only 0 Units of 1 Units")

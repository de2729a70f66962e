"""A part of a purchase that is kept for one customer: dates before, reservations after."""

from odoo.exceptions import AccessError, ValidationError
from odoo.tests import new_test_user, tagged

from .common import PurchaseCommon


@tagged("post_install", "-at_install")
class TestKept(PurchaseCommon):
    def _keep(self, purchase, order, quantity, user=None):
        pins = self.env["backorder.purchase.pin"]
        return (pins.with_user(user) if user else pins).create(
            {
                "purchase_line_id": purchase.order_line.id,
                "line_id": order.backorder_ids.line_ids.id,
                "quantity": quantity,
            }
        )

    def _get_parts(self, *orders):
        """[[(quantity, days from now)]] of what is planned for each order"""
        self.env["backorder.tracker"]._drain()
        self.env.flush_all()
        return [
            [(p.quantity, self._days(p.date)) for p in order.backorder_ids.line_ids.peg_ids]
            for order in orders
        ]

    def _take_in(self, purchase, quantity):
        receipt = purchase.picking_ids.filtered(lambda p: p.state not in ("done", "cancel"))
        self._ship(receipt, {purchase.order_line.product_id: quantity})

    def _activate(self, rank):
        """One policy with these values; None: none"""
        self.env["backorder.policy"].search([]).active = False
        if rank is not None:
            self.env["backorder.policy"].create({"name": "Mine", "method": "fifo", **rank})

    # === PLANNED AND RECEIVED === #

    def test_the_later_order_is_kept_four(self):
        """A wants 10, B 6, in this order; P brings 10 on day 7. 4 are kept for B. Without a policy
        and by rank A has the other 6. Evenly each has 5 in the end, as without keeping."""
        cases = ((None, 6, 4), ({}, 6, 4), ({"sharing": "even"}, 5, 5))
        for rank, mine, his in cases:
            with self.subTest(rank):
                self._activate(rank)
                product = self._create_product("Lamp")
                a, b = self._sell((product, 10)), self._sell((product, 6))
                purchase = self._buy((product, 10), days=7)
                if not rank:
                    self.assertEqual(self._get_parts(a, b), [[(10, 7)], []])
                pin = self._keep(purchase, b, 4)
                self.assertEqual(self._get_parts(a, b), [[(mine, 7)], [(his, 7)]])
                self._take_in(purchase, 10)
                self.assertEqual(self._reserved(a, b), [mine, his])
                self.assertEqual((pin.qty_received, pin.qty_left, pin.state), (4, 0, "done"))
                self._assert_sound()

    def test_it_may_come_earlier_by_rank(self):
        """B is first and 4 of P (day 9) are kept for him. Q brings 4 on day 3: B has them by rank,
        P is for A. The dates say so."""
        b, a = self._sell((self.desk, 4)), self._sell((self.desk, 4))
        late = self._buy((self.desk, 4), days=9)
        pin = self._keep(late, b, 4)
        self.assertEqual(self._get_parts(b, a), [[(4, 9)], []])
        soon = self._buy((self.desk, 4), days=3)
        self.assertEqual(self._get_parts(b, a), [[(4, 3)], [(4, 9)]])
        self._take_in(soon, 4)
        self.assertEqual(self._reserved(b, a), [4, 0])
        self._take_in(late, 4)
        self.assertEqual(self._reserved(b, a), [4, 4])
        self.assertEqual((pin.qty_received, pin.state), (0, "ended"))

    def test_partly_received_and_replanned(self):
        """A 10, B 6; 4 of P, 10, are for B. 3 come: all for B. The rest moves to day 20: B's last
        one of the 4 and A's 6 have that date."""
        for rank in (None, {}):
            with self.subTest(rank):
                self._activate(rank)
                self.desk = self._create_product("Shelf")
                a, b = self._sell((self.desk, 10)), self._sell((self.desk, 6))
                purchase = self._buy((self.desk, 10), days=7)
                pin = self._keep(purchase, b, 4)
                self._take_in(purchase, 3)
                self.assertEqual(self._reserved(a, b), [0, 3])
                self.assertEqual((pin.qty_received, pin.qty_left, pin.state), (3, 1, "open"))
                self._replan(purchase, 20)
                self.assertEqual(self._get_parts(a, b), [[(6, 20)], [(3, 0), (1, 20)]])
                self._take_in(purchase, 7)
                self.assertEqual(self._reserved(a, b), [6, 4])
                self.assertEqual(pin.state, "done")

    def test_cancelled_purchase(self):
        a, b = self._sell((self.desk, 10)), self._sell((self.desk, 6))
        purchase = self._buy((self.desk, 10), days=7)
        pin = self._keep(purchase, b, 4)
        purchase.button_cancel()
        self.assertEqual(pin.state, "ended")
        self.assertEqual(self._get_parts(a, b), [[], []])
        again = self._buy((self.desk, 10), days=9)
        self.assertEqual(self._get_parts(a, b), [[(10, 9)], []])
        self._take_in(again, 10)
        self.assertEqual(self._reserved(a, b), [10, 0])

    def test_received_without_the_rest(self):
        """2 come and the rest is given up: 2 of the 4 for B, and nothing is kept any more."""
        a, b = self._sell((self.desk, 10)), self._sell((self.desk, 6))
        purchase = self._buy((self.desk, 10), days=7)
        pin = self._keep(purchase, b, 4)
        self._ship(purchase.picking_ids, {self.desk: 2}, backorder=False)
        self.assertEqual(self._reserved(a, b), [0, 2])
        self.assertEqual((pin.qty_received, pin.state), (2, "ended"))

    def test_cancelled_sale(self):
        a, b = self._sell((self.desk, 10)), self._sell((self.desk, 6))
        purchase = self._buy((self.desk, 10), days=7)
        pin = self._keep(purchase, b, 4)
        b._action_cancel()
        self.assertEqual(self._get_parts(a), [[(10, 7)]])
        self.assertEqual(pin.state, "ended")
        self._take_in(purchase, 10)
        self.assertEqual(self._reserved(a), [10])

    def test_changed_and_removed(self):
        a, b = self._sell((self.desk, 10)), self._sell((self.desk, 6))
        purchase = self._buy((self.desk, 10), days=7)
        pin = self._keep(purchase, b, 4)
        pin.quantity = 6
        self.assertEqual(self._get_parts(a, b), [[(4, 7)], [(6, 7)]])
        pin.quantity = 1
        self.assertEqual(self._get_parts(a, b), [[(9, 7)], [(1, 7)]])
        pin.unlink()
        self.assertEqual(self._get_parts(a, b), [[(10, 7)], []])

    def test_nobody_takes_it_back(self):
        """B has the 4 that were kept for him. A committed run, which would give all to A, leaves
        them; shipped, they are no longer in the way: 6 of A's 10 are missing, and the run after
        gives A what B holds beside them."""
        self._activate({})
        policy = self.env["backorder.policy"].search([])
        a, b = self._sell((self.desk, 10)), self._sell((self.desk, 6))
        purchase = self._buy((self.desk, 4), days=7)
        self._keep(purchase, b, 4)
        self._take_in(purchase, 4)
        self.assertEqual(self._reserved(a, b), [0, 4])
        policy.simulate(product_ids=self.desk.ids).commit()
        self.assertEqual(self._reserved(a, b), [0, 4])
        self._ship(self._get_open_pickings(b), {self.desk: 4})
        self._stock(self.desk, 2)
        rest = self._get_open_pickings(b).move_ids
        rest.with_context(backorder_caps={rest.id: 2})._action_assign()
        self.assertEqual(self._reserved(a, b), [0, 2])
        policy.simulate(product_ids=self.desk.ids).commit()
        self.assertEqual(self._reserved(a, b), [2, 0])

    def test_an_order_that_ships_whole(self):
        """B wants all 6 at once. 4 of P are kept for it and stay with it, though it can not ship
        yet; A has 6. Of Q, 6, B has 2 because they complete it (A was served first: 4)."""
        self._activate({})
        a, b = self._sell((self.desk, 10)), self._sell((self.desk, 6))
        b.backorder_shipping = "whole"
        purchase, later = self._buy((self.desk, 10), days=7), self._buy((self.desk, 6), days=9)
        self._keep(purchase, b, 4)
        plan = [[(6, 7), (4, 9)], [(4, 7), (2, 9)]]
        self.assertEqual(self._get_parts(a, b), plan)
        self._take_in(purchase, 10)
        self.assertEqual(self._reserved(a, b), [6, 4])
        self._take_in(later, 6)
        self.assertEqual(self._reserved(a, b), [10, 6])

    def test_two_steps(self):
        """The goods lie at the dock on their way to the shelf: they are still B's."""
        self.warehouse.reception_steps = "two_steps"
        a, b = self._sell((self.desk, 10)), self._sell((self.desk, 6))
        purchase = self._buy((self.desk, 10), days=7)
        pin = self._keep(purchase, b, 4)
        self.assertEqual(self._get_parts(a, b), [[(6, 7)], [(4, 7)]])
        self._take_in(purchase, 10)
        self.assertEqual((pin.qty_received, pin.state), (0, "open"))
        self.assertEqual([sum(q for q, _d in p) for p in self._get_parts(a, b)], [6, 4])
        put = purchase.picking_ids.move_ids.move_dest_ids.picking_id
        self._ship(put, {self.desk: 10})
        self.assertEqual(self._reserved(a, b), [6, 4])
        self.assertEqual((pin.qty_received, pin.state), (4, "done"))

    def test_set_apart_for_later(self):
        """B agreed to wait for day 12. The goods come today: they are his at once."""
        a = self._sell((self.desk, 10))
        self.company.backorder_creation = "manual"
        b = self._sell((self.desk, 6))
        b.create_backorder({b.order_line.id: 6}, expected_date=self._moment(12).date())
        purchase = self._buy((self.desk, 10), days=7)
        self._keep(purchase, b, 4)
        self.assertEqual(self._get_parts(a, b), [[(6, 7)], [(4, 7)]])
        self._take_in(purchase, 10)
        self.assertEqual(self._reserved(a, b), [6, 4])

    def test_dozens(self):
        """A purchase of one dozen: 12 units, 5 of them for B."""
        dozen = self.env.ref("uom.product_uom_dozen")
        a, b = self._sell((self.desk, 12)), self._sell((self.desk, 6))
        purchase = self._buy((self.desk, 1), days=7, confirm=False)
        purchase.order_line.product_uom_id = dozen
        purchase.button_confirm()
        self._keep(purchase, b, 5)
        self.assertEqual(self._get_parts(a, b), [[(7, 7)], [(5, 7)]])
        purchase.picking_ids.move_ids.picked = True
        purchase.picking_ids.button_validate()
        self.assertEqual(self._reserved(a, b), [7, 5])

    # === RULES === #

    def test_never_more_than_comes_or_is_open(self):
        """P brings 5. For A 4 are kept; 2 more for B are too many, and B of 1 lacks only 1: both
        are said."""
        a, b = self._sell((self.desk, 10)), self._sell((self.desk, 1))
        purchase = self._buy((self.desk, 5), days=7)
        pin = self._keep(purchase, a, 4)
        with self.assertRaises(ValidationError) as refused, self.env.cr.savepoint():
            self._keep(purchase, b, 2)
        text = refused.exception.args[0]
        self.assertIn("6 would be kept, and 5 are still to be received", text)
        self.assertIn("2 would be kept, and 1 are open", text)
        self._keep(purchase, b, 1)
        with self.assertRaises(ValidationError), self.env.cr.savepoint():
            pin.quantity = 5
        for wrong in (0, -1):
            with self.assertRaises(ValidationError), self.env.cr.savepoint():
                pin.quantity = wrong
        self.assertEqual(pin.quantity, 4)

    def test_what_does_not_fit(self):
        lamp = self._create_product("Lamp")
        order = self._sell((lamp, 3))
        other = self._buy((self.desk, 5), days=7)
        with self.assertRaises(ValidationError), self.env.cr.savepoint():
            self._keep(other, order, 1)
        request = self._buy((lamp, 5), days=7, confirm=False)
        with self.assertRaises(ValidationError), self.env.cr.savepoint():
            self._keep(request, order, 1)
        self._stock(lamp, 3)
        order.picking_ids.action_assign()
        purchase = self._buy((lamp, 5), days=7)
        with self.assertRaises(ValidationError), self.env.cr.savepoint():
            self._keep(purchase, order, 1)

    def test_told_on_both(self):
        order = self._sell((self.desk, 6))
        purchase = self._buy((self.desk, 10), days=7)
        self._keep(purchase, order, 4)
        texts = str(purchase.message_ids.mapped("body"))
        self.assertIn(f"Kept for {order.name} (Baker &amp; Sons): 4 Units", texts)
        self.assertIn(purchase.name, str(order.backorder_ids.message_ids.mapped("body")))

    def test_rights(self):
        order = self._sell((self.desk, 6))
        purchase = self._buy((self.desk, 10), days=7)
        buyer = new_test_user(self.env, "buyer", groups="purchase.group_purchase_user")
        pin = self._keep(purchase, order, 4, buyer)
        self.assertEqual(pin.create_uid, buyer)
        self.env.invalidate_all()
        names = ("line_id", "sale_order_id", "partner_id", "purchase_line_id", "warehouse_id")
        shown = {name: {"fields": {"display_name": {}}} for name in names}
        [row] = pin.web_read({"display_name": {}, "date_planned": {}, **shown})
        self.assertEqual(row["display_name"], f"4 for {order.name}")
        self.assertEqual(row["sale_order_id"]["display_name"], order.name)
        seller = new_test_user(self.env, "seller", groups="sales_team.group_sale_salesman")
        with self.assertRaises(AccessError):
            self._keep(purchase, order, 1, seller)
        other = new_test_user(self.env, "other", groups="sales_team.group_sale_salesman")
        order.user_id = seller
        self.env.flush_all()
        pins = self.env["backorder.purchase.pin"].search([("id", "=", pin.id)])
        self.assertTrue(pins.with_user(seller).search([("id", "=", pin.id)]))
        self.assertFalse(pins.with_user(other).search([("id", "=", pin.id)]))
        # whoever receives sees neither
        keeper = new_test_user(self.env, "keeper", groups="stock.group_stock_user")
        receipt = purchase.picking_ids.with_user(keeper)
        receipt.move_ids.picked = True
        receipt.button_validate()
        self.assertEqual(pin.qty_received, 4)

    def test_from_the_report(self):
        """What is planned now is kept: a star for B later changes nothing about P."""
        policy = {"name": "Star", "method": "priority"}
        self.env["backorder.policy"].create(policy)
        a, b = self._sell((self.desk, 4)), self._sell((self.desk, 4))
        purchase = self._buy((self.desk, 4), days=7)
        self.assertEqual(self._get_parts(a, b), [[(4, 7)], []])
        rows = self.env["backorder.purchase.report"].search([("purchase_id", "=", purchase.id)])
        rows.action_keep()
        rows.action_keep()
        pin = purchase.order_line.backorder_pin_ids
        self.assertEqual((pin.quantity, pin.sale_order_id), (4, a))
        self.assertEqual(purchase.backorder_pin_count, 1)
        b.picking_ids.move_ids.priority = "1"
        self.assertEqual(self._get_parts(a, b), [[(4, 7)], []])
        self._take_in(purchase, 4)
        self.assertEqual(self._reserved(a, b), [4, 0])

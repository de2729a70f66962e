"""A salesperson wishes that a customer gets his deliveries together."""

from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import new_test_user, tagged

from .bad_input import BadInputCase

LABELS = "SELECT id, backorder_shipment FROM stock_picking ORDER BY id"


@tagged("post_install", "-at_install")
class TestShipTogether(BadInputCase):
    """One customer: four desks that wait and two chairs in stock of the seller, one desk of a
    colleague."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.chair = cls._create_product("Chair")
        cls._stock(cls.chair, 2)
        cls.waiting = cls._sell((cls.desk, 4), user_id=cls.seller.id)
        cls.in_stock = cls._sell((cls.chair, 2), user_id=cls.seller.id)
        cls.theirs = cls._sell((cls.desk, 1), user_id=cls.colleague.id)
        cls.record = cls.waiting.backorder_ids.with_user(cls.seller)

    def _snapshot(self):
        rows = super()._snapshot()
        self.env.cr.execute(LABELS)
        return [*rows, self.env.cr.fetchall()]

    def _shipments(self, *orders):
        return [order.picking_ids.backorder_shipment for order in orders]

    def _notes(self, order):
        texts = [str(x.body) for x in order.backorder_ids.message_ids]
        return [text for text in texts if "leave together" in text]

    def test_his_orders(self):
        """Also the one that waits for nothing; not the colleague's."""
        self.assertFalse(self.in_stock.backorder_ids)
        pickings = self.record.ship_together()
        self.assertEqual(pickings, self.waiting.picking_ids | self.in_stock.picking_ids)
        first, second, third = self._shipments(self.waiting, self.in_stock, self.theirs)
        self.assertTrue(first)
        self.assertEqual((second, third), (first, False))
        self.assertEqual(self.waiting.picking_ids.backorder_shipment_count, 2)
        # a wish: nothing is reserved or released by it
        self.assertEqual(self._reserved(self.waiting, self.in_stock, self.theirs), [0, 2, 0])
        self._assert_line(self.waiting, backordered=4, open=4, ready=0)

    def test_log(self):
        self.record.ship_together()
        [note] = self._notes(self.waiting)
        name = self.waiting.picking_ids.backorder_shipment
        for text in (
            name,
            f"{self.waiting.picking_ids.name} ({self.waiting.name})",
            f"{self.in_stock.picking_ids.name} ({self.in_stock.name})",
        ):
            self.assertIn(text, note)
        self.assertEqual(self.record.message_ids[0].author_id, self.seller.partner_id)
        self.assertFalse(self._notes(self.theirs))

    def test_twice(self):
        pickings = self.record.ship_together()
        before = self._snapshot()
        self.assertEqual(self.record.ship_together(), pickings)
        self.assertEqual(self._snapshot(), before)

    def test_one_more(self):
        self.record.ship_together()
        name = self.waiting.picking_ids.backorder_shipment
        later = self._sell((self.desk, 3), user_id=self.seller.id)
        later.backorder_ids.with_user(self.seller).ship_together()
        self.assertEqual(self._shipments(self.waiting, self.in_stock, later), [name] * 3)
        self.assertEqual([len(self._notes(x)) for x in (self.waiting, later)], [2, 1])

    def test_another_day_address_or_customer(self):
        day = fields.Datetime.now() + timedelta(days=9)
        address = self.env["res.partner"].create(
            {"name": "Shop", "type": "delivery", "parent_id": self.customer.id}
        )
        stranger = self.env["res.partner"].create({"name": "Carter"})
        apart = [
            self._sell((self.desk, 2), user_id=self.seller.id, **values)
            for values in (
                {"commitment_date": day},
                {"partner_shipping_id": address.id},
                {"partner_id": stranger.id},
            )
        ]
        self.record.ship_together()
        self.assertEqual(self._shipments(*apart), [False] * 3)
        # two of the other day make one of their own
        self._sell((self.desk, 5), user_id=self.seller.id, commitment_date=day)
        records = self.record | apart[0].backorder_ids.with_user(self.seller)
        self.assertEqual(len(records.ship_together()), 4)
        first, other = self._shipments(self.waiting, apart[0])
        self.assertTrue(first and other and first != other)

    def test_all_documents(self):
        """Who may change the colleague's order has it join."""
        group = "sales_team.group_sale_salesman_all_leads"
        leader = new_test_user(self.env, "shipment_leader", groups=group)
        self.record.with_user(leader).ship_together()
        self.assertEqual(len({*self._shipments(self.waiting, self.in_stock, self.theirs)}), 1)
        self.assertEqual(len(self._notes(self.theirs)), 1)

    def test_warehouse(self):
        self.assertEqual(len(self.record.with_user(self.picker).ship_together()), 3)

    def test_picked_stays(self):
        picked = self._sell((self.chair, 1), user_id=self.seller.id).picking_ids
        self._receive(self.chair, 1)
        picked.move_ids.write({"quantity": 1, "picked": True})
        done = self._sell((self.chair, 1), user_id=self.seller.id)
        self._receive(self.chair, 1)
        self._ship(done.picking_ids, {self.chair: 1})
        self.assertEqual((picked.state, done.picking_ids.state), ("assigned", "done"))
        self.assertEqual(len(self.record.ship_together()), 2)
        self.assertEqual((picked | done.picking_ids).mapped("backorder_shipment"), [False] * 2)

    def test_pushed_on_in_two_steps(self):
        """What was picked to leave together leaves together."""
        self.warehouse.delivery_steps = "pick_ship"
        orders = [self._sell((self.desk, q), user_id=self.seller.id) for q in (2, 3)]
        picks = orders[0].picking_ids | orders[1].picking_ids
        self.assertEqual(picks.picking_type_id, self.warehouse.pick_type_id)
        record = orders[0].backorder_ids.with_user(self.seller)
        self.assertEqual(record.ship_together(), picks)
        # four and one were sold before
        self._receive(self.desk, 10)
        self.assertEqual(self._reserved(*orders), [2, 3])
        for pick in picks:
            self._ship(pick, {self.desk: sum(pick.move_ids.mapped("product_uom_qty"))})
        ships = (orders[0].picking_ids | orders[1].picking_ids) - picks
        self.assertEqual(ships.picking_type_id, self.warehouse.out_type_id)
        self.assertEqual(set(ships.mapped("backorder_shipment")), {picks[0].backorder_shipment})
        self.assertEqual(ships.mapped("backorder_shipment_count"), [2, 2])
        self.assertEqual(self._notes(orders[0]), self._notes(orders[1]))

    # === BUTTON === #

    def test_action(self):
        """From the Actions menu, as the salesperson."""
        action = self.env.ref("backorder_management.sale_backorder_action_ship_together")
        context = {"active_model": "sale.backorder", "active_ids": self.record.ids}
        result = action.with_user(self.seller).with_context(**context).run()
        pickings = self.waiting.picking_ids | self.in_stock.picking_ids
        self.assertEqual(result["res_model"], "stock.picking")
        self.assertEqual(set(result["domain"][0][2]), set(pickings.ids))

    def test_where_it_is(self):
        for view_type in ("list", "form"):
            for user, seen in ((self.seller, True), (self.picker, True), (self.internal, False)):
                actions = self.env["ir.actions.actions"].with_user(user)
                names = [x["name"] for x in actions.get_bindings("sale.backorder").get("action", [])
                         if view_type in x["binding_view_types"]]  # fmt: skip
                with self.subTest(view=view_type, user=user.login):
                    self.assertEqual("Ship together" in names, seen)

    # === REFUSED === #

    def test_alone(self):
        """The only other one is the colleague's."""
        self.in_stock.action_cancel()
        self._assert_refused(["It takes two unpicked deliveries"], self.record.ship_together)

    def test_closed(self):
        self.record.sudo().cancel_open(
            self.env.ref("backorder_management.cancel_reason_customer").id
        )
        self._assert_refused(["It takes two unpicked deliveries"], self.record.ship_together)

    def test_not_his_order(self):
        for user in (self.colleague, self.internal, self.portal):
            with self.subTest(user=user.login):
                self._assert_forbidden(self.record.with_user(user).ship_together)
        both = self.record | self.theirs.backorder_ids.with_user(self.seller)
        self._assert_forbidden(both.ship_together)
        group = "backorder_management.group_backorder_planner"
        planner = new_test_user(self.env, "shipment_planner", groups=group)
        self._assert_forbidden(self.record.with_user(planner).ship_together)

    def test_another_company(self):
        order = self._sell_elsewhere(3)
        record = order.backorder_ids
        self.assertTrue(record)
        self._assert_forbidden(record.with_user(self.seller).ship_together)

    def test_all_or_nothing(self):
        error = UserError("Halt.")
        with patch.object(type(self.env["stock.picking"]), "_log_shipment", side_effect=error):
            self._assert_refused(["Halt"], self.record.ship_together)

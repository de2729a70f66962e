"""A salesperson asks the warehouse for goods that lie elsewhere; nothing moves by it."""

from odoo.tests import new_test_user, tagged

from .bad_input import BadInputCase

NAN, INF = float("nan"), float("inf")


@tagged("post_install", "-at_install")
class TestProposeTransfer(BadInputCase):
    """Six desks are owed in Depot. North has seven and owes four of them, South has five."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.north, cls.south = cls.env["stock.warehouse"].create(
            [{"name": "North", "code": "NOR"}, {"name": "South", "code": "SOU"}]
        )
        cls._stock(cls.desk, 7, location=cls.north.lot_stock_id)
        cls._stock(cls.desk, 5, location=cls.south.lot_stock_id)
        cls._sell((cls.desk, 4), warehouse_id=cls.north.id)
        cls.order = cls._sell((cls.desk, 6), user_id=cls.seller.id)
        cls.record = cls.order.backorder_ids
        cls.item = cls.record.line_ids.with_user(cls.seller)

    def _texts(self, record):
        return [str(x.body) for x in record.sudo().message_ids]

    def test_draft(self):
        transfer = self.item.propose_transfer()
        self.assertEqual(transfer.env.user, self.seller)
        transfer = transfer.sudo()
        self.assertEqual((transfer.state, transfer.company_id), ("draft", self.company))
        self.assertEqual(transfer.picking_type_id, self.south.int_type_id)
        self.assertEqual(
            (transfer.location_id, transfer.location_dest_id),
            (self.south.lot_stock_id, self.stock),
        )
        self.assertEqual((transfer.move_ids.product_uom_qty, transfer.move_ids.quantity), (5, 0))
        # nothing is reserved for it, neither there nor here
        quant = self.desk.stock_quant_ids.filtered(lambda q: q.location_id == transfer.location_id)
        self.assertEqual((quant.quantity, quant.reserved_quantity), (5, 0))
        self.assertEqual(self._reserved(self.order), [0])
        self._assert_line(self.order, backordered=6, open=6, ready=0)

    def test_warehouse_reads_who_asks_and_for_whom(self):
        transfer = self.item.propose_transfer().sudo()
        text = (
            f"Proposed by {self.seller.name} for Baker &amp; Sons, order {self.order.name} "
            f"({self.record.name})."
        )
        self.assertEqual(str(transfer.note), f"<p>{text}</p>")
        self.assertIn(f"<p>{text}</p>", self._texts(transfer))
        # who asks is not who moves it
        self.assertFalse(transfer.user_id)

    def test_log(self):
        transfer = self.item.propose_transfer().sudo()
        message = self.record.message_ids[0]
        self.assertEqual(message.author_id, self.seller.partner_id)
        text = f"Desk: Transfer {transfer.name} proposed: 5 Units from South."
        self.assertIn(text, str(message.body))

    def test_second_click(self):
        transfer = self.item.propose_transfer()
        before = self._snapshot()
        self.assertEqual(self.item.propose_transfer(), transfer)
        self.assertEqual(self.item.with_user(self.env.user).propose_transfer(), transfer)
        self.assertEqual(self._snapshot(), before)

    def test_until_it_is_cancelled(self):
        """Confirmed, it is on its way; cancelled, another one may be asked for."""
        transfer = self.item.propose_transfer()
        transfer.sudo().action_confirm()
        self.assertEqual(self.item.propose_transfer(), transfer)
        transfer.sudo().action_cancel()
        again = self.item.propose_transfer()
        self.assertNotEqual(again, transfer)
        self.assertEqual(again.sudo().move_ids.product_uom_qty, 5)

    def test_from_where_and_how_much(self):
        """Three of the seven in North are owed to nobody."""
        transfer = self.item.propose_transfer(warehouse_id=str(self.north.id), quantity="100")
        self.assertEqual(transfer.sudo().location_id, self.north.lot_stock_id)
        self.assertEqual(transfer.sudo().move_ids.product_uom_qty, 3)

    def test_two_items(self):
        """One draft for each."""
        chair = self._create_product("Chair")
        self._stock(chair, 1, location=self.north.lot_stock_id)
        order = self._sell((self.desk, 1), (chair, 2), user_id=self.seller.id)
        desk, other = order.backorder_ids.line_ids.with_user(self.seller)
        first, second = desk.propose_transfer(), other.propose_transfer()
        self.assertNotEqual(first, second)
        self.assertEqual((first | second).sudo().move_ids.mapped("product_uom_qty"), [1, 1])

    # === BUTTON === #

    def test_opens_in_the_warehouse(self):
        groups = "backorder_management.group_backorder_planner,stock.group_stock_user"
        planner = new_test_user(self.env, "transfer_worker", groups=groups)
        action = self.item.with_user(planner).action_propose_transfer()
        transfer = self.item.propose_transfer()
        self.assertEqual((action["res_model"], action["res_id"]), ("stock.picking", transfer.id))

    def test_says_so_in_the_office(self):
        """To a salesperson, and to a planner without the rights of sales or stock."""
        group = "backorder_management.group_backorder_planner"
        planner = new_test_user(self.env, "transfer_planner", groups=group)
        for user in (planner, self.seller):
            action = self.item.with_user(user).action_propose_transfer()
            transfer = self.item.propose_transfer().sudo()
            with self.subTest(user=user.login):
                self.assertEqual(action["tag"], "display_notification")
                self.assertEqual(
                    action["params"]["message"],
                    f"Transfer {transfer.name} was proposed: 5 Units from South. "
                    "The warehouse confirms it.",
                )

    def test_who_sees_the_button(self):
        views = self.env["sale.backorder.line"]
        for user, seen in ((self.seller, True), (self.picker, False)):
            arch = views.with_user(user).get_view(view_type="form")["arch"]
            with self.subTest(user=user.login):
                self.assertEqual("action_propose_transfer" in arch, seen)

    # === REFUSED === #

    def test_not_his_order(self):
        for user in (self.colleague, self.picker, self.internal, self.portal):
            with self.subTest(user=user.login):
                item = self.item.with_user(user)
                self._assert_forbidden(item.propose_transfer)
                self._assert_forbidden(item.action_propose_transfer)

    def test_another_company(self):
        order = self._sell_elsewhere(3)
        item = order.backorder_ids.line_ids.with_user(self.seller)
        self.assertTrue(item)
        self._assert_forbidden(item.propose_transfer)
        self._assert_forbidden(item.action_propose_transfer)

    def test_nothing_open(self):
        self.record.cancel_open(self.env.ref("backorder_management.cancel_reason_customer").id)
        self._assert_refused(["Nothing of it is open"], self.item.propose_transfer)

    def test_nothing_short(self):
        self._receive(self.desk, 6)
        self._assert_line(self.order, open=6, ready=6)
        self._assert_refused(["Nothing of it is short"], self.item.propose_transfer)

    def test_no_quantity(self):
        for value in (0, -1, "x", "", NAN, INF, 10**400, [], {}):
            with self.subTest(value=value):
                self._assert_refused(
                    ["quantity above zero"], self.item.propose_transfer, quantity=value
                )

    def test_no_such_warehouse(self):
        for value in ("x", -1, 10**9, [1], self.warehouse.id):
            with self.subTest(value=value):
                self._assert_refused(
                    ["No other warehouse has Desk"], self.item.propose_transfer, value
                )

    def test_what_is_proposed_to_one_is_not_proposed_to_another(self):
        """South has five for the first; North has three beyond its own for the second."""
        other = self._sell((self.desk, 6), user_id=self.seller.id).backorder_ids.line_ids
        first = self.item.propose_transfer().sudo()
        second = other.with_user(self.seller).propose_transfer().sudo()
        self.assertEqual(
            [(t.location_id, t.move_ids.product_uom_qty) for t in (first, second)],
            [(self.south.lot_stock_id, 5), (self.north.lot_stock_id, 3)],
        )

    def test_one_product_twice(self):
        """Each item has a transfer of its own."""
        self._stock(self.desk, 9, location=self.south.lot_stock_id)
        order = self._sell((self.desk, 2), (self.desk, 3), user_id=self.seller.id)
        items = order.backorder_ids.line_ids.with_user(self.seller).sorted("id")
        transfers = [item.propose_transfer().sudo() for item in items]
        self.assertEqual([t.move_ids.product_uom_qty for t in transfers], [2, 3])
        self.assertEqual([item.propose_transfer().sudo() for item in items], transfers)

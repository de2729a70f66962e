"""Receipts say who waits; after a receipt one click prepares the deliveries it makes possible."""

from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import new_test_user, tagged

from .common import BackorderCommon


class ServeCommon(BackorderCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.carter = cls.env["res.partner"].create({"name": "Carter"})

    def _settled(self, record):
        self.env["backorder.tracker"]._drain()
        self.env.flush_all()
        self.env["stock.picking"]._refresh_touched()
        return record

    def _assert_waiting(self, picking, customers, quantity, *docks):
        self._settled(picking)
        self.assertEqual(
            (picking.backorder_waiting_customers, picking.backorder_waiting_qty),
            (customers, quantity),
        )
        self.assertEqual(picking.move_ids.sorted("id").mapped("backorder_dock_qty"), [*docks])


@tagged("post_install", "-at_install")
class TestWaiting(ServeCommon):
    def test_receipt_says_who_waits(self):
        """Baker waits for 5 and 2, Carter for 3. A receipt of 6 keeps all 6 at the dock, one of 20
        keeps 10; both say that 2 customers wait for 10."""
        self._sell((self.desk, 5))
        self._sell((self.desk, 2))
        self._sell((self.desk, 3), partner_id=self.carter.id)
        small = self._receive(self.desk, 6, done=False)
        large = self._receive(self.desk, 20, done=False)
        self._assert_waiting(small, 2, 10, 6)
        self._assert_waiting(large, 2, 10, 10)
        self.assertEqual(small.backorder_waiting_text, "2 customers, 10 units")

    def test_orders_come_after_the_receipt(self):
        """The number follows what customers order, cancel and change."""
        receipt = self._receive(self.desk, 6, done=False)
        self._assert_waiting(receipt, 0, 0, 0)
        self.assertFalse(receipt.backorder_waiting_text)
        # five are due today, nothing is on hand
        order = self._sell((self.desk, 1))
        self._assert_waiting(receipt, 1, 1, 1)
        self.assertEqual(receipt.backorder_waiting_text, "1 customer, 1 unit")
        order.order_line.product_uom_qty = 4
        self._assert_waiting(receipt, 1, 4, 4)
        other = self._sell((self.desk, 5), partner_id=self.carter.id)
        self._assert_waiting(receipt, 2, 9, 6)
        order._action_cancel()
        self._assert_waiting(receipt, 1, 5, 5)
        # reserved is not waiting any more
        self._stock(self.desk, 2)
        other.picking_ids.action_assign()
        self._assert_waiting(receipt, 1, 3, 3)

    def test_two_products_on_one_receipt(self):
        """Customers count once, products that nobody waits for keep nothing at the dock."""
        chair, lamp = self._create_product("Chair"), self._create_product("Lamp")
        self._sell((self.desk, 5), (chair, 2))
        receipt = self._receive(self.desk, 4, done=False)
        receipt.move_ids = [
            Command.create(
                {
                    "product_id": product.id,
                    "product_uom_qty": 9,
                    "location_id": self.supplier_location.id,
                    "location_dest_id": self.stock.id,
                }
            )
            for product in (chair, lamp)
        ]
        receipt.action_confirm()
        self._assert_waiting(receipt, 1, 7, 4, 2, 0)

    def test_validated_receipt(self):
        """6 of 8 come in: 2 wait for the next receipt, the done one says nothing any more."""
        self._sell((self.desk, 5))
        self._sell((self.desk, 3), partner_id=self.carter.id)
        first = self._receive(self.desk, 6, done=False)
        second = self._receive(self.desk, 6, done=False)
        first.move_ids.write({"quantity": 6, "picked": True})
        first.button_validate()
        self._assert_waiting(first, 0, 0, 0)
        self._assert_waiting(second, 1, 2, 2)
        second.action_cancel()
        self._assert_waiting(second, 0, 0, 0)

    def test_partial_receipt(self):
        """What comes later stands on the new transfer, with its own numbers."""
        self._sell((self.desk, 5))
        receipt = self._receive(self.desk, 6, done=False)
        receipt.move_ids.write({"quantity": 2, "picked": True})
        receipt.with_context(skip_backorder=True).button_validate()
        rest = receipt.backorder_ids
        self._assert_waiting(receipt, 0, 0, 0)
        self._assert_waiting(rest, 1, 3, 3)

    def test_changed_receipt(self):
        """A lower quantity keeps less at the dock."""
        self._sell((self.desk, 5))
        receipt = self._receive(self.desk, 6, done=False)
        receipt.move_ids.product_uom_qty = 2
        self._assert_waiting(receipt, 1, 5, 2)

    def test_steps(self):
        """Goods in the input area still have to be brought to stock: that transfer says it too.
        A transfer that takes goods out of stock brings nothing."""
        self.warehouse.write({"reception_steps": "two_steps", "delivery_steps": "pick_ship"})
        order = self._sell((self.desk, 5))
        dock = self.warehouse.wh_input_stock_loc_id
        receipt = self._receive(self.desk, 6, location=dock, done=False)
        self._assert_waiting(receipt, 1, 5, 5)
        receipt.move_ids.write({"quantity": 6, "picked": True})
        receipt.button_validate()
        store = receipt.move_ids.move_dest_ids.picking_id
        self.assertTrue(store)
        self._assert_waiting(store, 1, 5, 5)
        self._assert_waiting(order.picking_ids, 0, 0, 0)

    def test_other_warehouse(self):
        north = self.env["stock.warehouse"].create({"name": "North", "code": "NOR"})
        self._sell((self.desk, 5), warehouse_id=north.id)
        self._assert_waiting(self._receive(self.desk, 6, done=False), 0, 0, 0)

    def test_cost(self):
        """One query when somebody waits and nothing is on its way; none when nothing changed."""
        pickings = self.env["stock.picking"]
        line = self._settled(self._sell((self.desk, 5)).backorder_ids.line_ids)
        line.sudo().write({"qty_ready": 0})
        self.env.flush_all()
        line._touch_waiting()
        with self.assertQueryCount(1):
            pickings._refresh_touched()
        with self.assertQueryCount(0):
            pickings._refresh_touched()
        receipts = pickings.concat(*(self._receive(self.desk, 6, done=False) for _i in range(5)))
        self._settled(receipts)
        self.env.cr.execute(
            "UPDATE stock_picking SET backorder_waiting_qty = 1 WHERE id IN %s",
            [tuple(receipts.ids)],
        )
        line._touch_waiting()
        with self.assertQueryCount(4):  # read, savepoint, update of the transfers, release
            pickings._refresh_touched()
        receipts.invalidate_recordset()
        self.assertEqual(receipts.mapped("backorder_waiting_qty"), [5] * 5)

    def test_nightly(self):
        """Whatever was missed is right again after the night."""
        self._sell((self.desk, 5))
        receipt = self._settled(self._receive(self.desk, 6, done=False))
        self.env.cr.execute(
            "UPDATE stock_picking SET backorder_waiting_qty = 99, backorder_waiting_customers = 9 "
            "WHERE id = %s",
            [receipt.id],
        )
        self.env.cr.execute(
            "UPDATE stock_move SET backorder_dock_qty = NULL WHERE picking_id = %s", [receipt.id]
        )
        self.env["stock.picking"]._refresh_waiting()
        receipt.invalidate_recordset()
        self._assert_waiting(receipt, 1, 5, 5)

    def test_sort_and_filter(self):
        self._sell((self.desk, 5))
        plain = self._receive(self._create_product("Lamp"), 1, done=False)
        receipt = self._settled(self._receive(self.desk, 6, done=False))
        found = self.env["stock.picking"].search(
            [("id", "in", (plain | receipt).ids)], order="backorder_waiting_qty desc"
        )
        self.assertEqual(found[0], receipt)
        found = found.filtered_domain([("backorder_waiting_customers", ">", 0)])
        self.assertEqual(found, receipt)


@tagged("post_install", "-at_install")
class TestServe(ServeCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.policy = cls.env["backorder.policy"].create({"name": "First", "method": "fifo"})
        cls.first = cls._sell((cls.desk, 5))
        cls.second = cls._sell((cls.desk, 3), partner_id=cls.carter.id)
        cls.second.date_order += timedelta(minutes=1)
        moment = cls.second.date_order
        cls.second.order_line.move_ids.write({"backorder_seniority": moment})

    def _open(self, receipts):
        action = receipts.action_serve_backorders()
        return self.env["backorder.serve"].browse(action["res_id"])

    def _print(self, report, pickings):
        html, _type = self.env["ir.actions.report"]._render_qweb_html(
            f"backorder_management.{report}", pickings.ids
        )
        return " ".join(html.decode().split())

    def test_who_gets_what(self):
        """6 came: 5 for Baker who is first, 1 of 3 for Carter. One click prepares both."""
        receipt = self._receive(self.desk, 6)
        self.assertEqual(receipt.backorder_serve_count, 2)
        serve = self._open(receipt)
        self.assertRecordValues(
            serve.line_ids,
            [
                {"sale_order_id": self.first.id, "rank": 1, "qty_open": 5, "qty_ready": 5},
                {"sale_order_id": self.second.id, "rank": 2, "qty_open": 3, "qty_ready": 1},
            ],
        )
        deliveries = self.first.picking_ids | self.second.picking_ids
        self.assertEqual(serve.line_ids.picking_ids, deliveries)
        action = serve.action_prepare()
        # both papers at once, then the window again
        self.assertEqual((action["type"], action["tag"]), ("ir.actions.client", "do_multi_print"))
        names = [report["report_name"] for report in action["params"]["reports"]]
        self.assertEqual(
            names,
            ["backorder_management.report_pick_list", "backorder_management.report_pick_labels"],
        )
        window = action["params"]["anotherAction"]
        self.assertEqual((window["res_model"], window["res_id"]), (serve._name, serve.id))
        self.assertEqual(serve.state, "prepared")
        self.assertEqual(serve.prepared_ids, deliveries)
        # cards, for phones
        self.assertIn("kanban", serve.action_view_deliveries()["view_mode"].split(","))
        [item] = serve.prepared_ids._get_pick_list()
        self.assertEqual((item["product"], item["quantity"]), (self.desk, 6))
        self.assertEqual([r["quantity"] for r in item["rows"]], [5, 1])
        self.assertEqual([r["partner"] for r in item["rows"]], [self.customer, self.carter])
        labels = serve.prepared_ids._get_pick_labels()
        self.assertEqual([x["move"].quantity for x in labels], [5, 1])

    def test_pick_list_of_a_receipt(self):
        """Printed from the receipt of 6 it says who gets them, not who sent them; before they are
        there, nothing. Goods of another product that is reserved are not on it."""
        vendor = self.env["res.partner"].create({"name": "Sawmill"})
        chair = self._create_product("Chair")
        self._stock(chair, 2)
        self._sell((chair, 2))
        receipt = self._receive(self.desk, 6, done=False)
        receipt.partner_id = vendor
        self.assertFalse(receipt._get_pick_list())
        self.assertFalse(receipt._get_pick_labels())
        receipt.move_ids.write({"quantity": 6, "picked": True})
        receipt.button_validate()
        self._settled(receipt)
        [item] = receipt._get_pick_list()
        self.assertEqual((item["product"], item["quantity"]), (self.desk, 6))
        self.assertEqual(
            [(r["partner"], r["quantity"], r["picking"]) for r in item["rows"]],
            [
                (self.customer, 5, self.first.picking_ids),
                (self.carter, 1, self.second.picking_ids),
            ],
        )
        labels = receipt._get_pick_labels()
        self.assertEqual([x["partner"] for x in labels], [self.customer, self.carter])
        # with the deliveries themselves nothing is printed twice
        both = receipt | self.first.picking_ids | self.second.picking_ids
        self.assertEqual(both._get_pick_list()[0]["quantity"], 6)
        paper = self._print("report_pick_list", receipt)
        self.assertIn("Carter", paper)
        self.assertNotIn("Sawmill", paper)

    def test_rank_of_core(self):
        """Without a policy the place is that in core's order: the star comes first."""
        self.policy.active = False
        self.second.picking_ids.priority = "1"
        serve = self._open(self._receive(self.desk, 6))
        self.assertEqual(serve.line_ids.sale_order_id.ids, [self.second.id, self.first.id])
        self.assertEqual(serve.line_ids.mapped("rank"), [1, 2])
        self.assertEqual(serve.line_ids.mapped("qty_ready"), [3, 3])

    def test_prepare_reserves(self):
        """Goods that nobody reserved yet go to whoever is next, not to whoever was chosen."""
        self.env["ir.config_parameter"].set_param("stock.picking_no_auto_reserve", "1")
        serve = self._open(self._receive(self.desk, 6))
        self.assertEqual(serve.line_ids.mapped("qty_ready"), [0, 0])
        self.env["ir.config_parameter"].set_param("stock.picking_no_auto_reserve", False)
        serve.line_ids[0].selected = False
        serve.action_prepare()
        self.assertEqual(serve.line_ids.mapped("qty_ready"), [5, 1])
        self.assertEqual(serve.prepared_ids, self.second.picking_ids)

    def test_nothing_to_prepare(self):
        serve = self._open(self._receive(self._create_product("Lamp"), 6))
        self.assertFalse(serve.line_ids)
        with self.assertRaisesRegex(UserError, "at least one"):
            serve.action_prepare()

    def test_ship_complete_waits(self):
        """Reserved, but its order ships whole: it is shown, and not prepared."""
        self.policy.active = False
        chair = self._create_product("Chair")
        whole = self._sell((chair, 2), (self.desk, 1), picking_policy="one")
        serve = self._open(self._receive(chair, 2))
        self.assertEqual(serve.line_ids.sale_order_id, whole)
        self.assertEqual(serve.line_ids.qty_ready, 2)
        self.assertEqual(serve.line_ids.note, "Waits to ship complete")
        with self.assertRaisesRegex(UserError, "ship complete"):
            serve.action_prepare()

    def test_several_receipts_and_products(self):
        """Product by product, over all chosen receipts."""
        chair = self._create_product("Chair")
        third = self._sell((chair, 2))
        receipts = self._receive(self.desk, 2) | self._receive(chair, 1)
        serve = self._open(receipts)
        self.assertEqual(serve.line_ids.product_id.ids, [chair.id, self.desk.id])
        serve.action_prepare()
        self.assertEqual(serve.prepared_ids, self.first.picking_ids | third.picking_ids)
        totals = {i["product"]: i["quantity"] for i in serve.prepared_ids._get_pick_list()}
        self.assertEqual(totals, {self.desk: 2, chair: 1})

    def test_menu_finds_recent_receipts(self):
        receipt = self._receive(self.desk, 6)
        old = self._receive(self.desk, 1)
        old.date_done = fields.Datetime.now() - timedelta(days=9)
        plain = self._receive(self._create_product("Lamp"), 1)
        action = self.env["backorder.serve"].action_open()
        found = self.env["backorder.serve"].browse(action["res_id"]).picking_ids
        self.assertIn(receipt, found)
        self.assertFalse(found & (old | plain))

    def test_who_may(self):
        """Stock users do, salespeople do not; no price is printed."""
        receipt = self._receive(self.desk, 6)
        worker = new_test_user(self.env, "serve-worker", groups="stock.group_stock_user")
        seller = new_test_user(
            self.env, "serve-seller", groups="sales_team.group_sale_salesman_all_leads"
        )
        with self.assertRaises(AccessError):
            receipt.with_user(seller).action_serve_backorders()
        self.env.invalidate_all()
        action = receipt.with_user(worker).action_serve_backorders()
        serve = self.env["backorder.serve"].with_user(worker).browse(action["res_id"])
        serve.line_ids.read()
        serve.action_prepare()
        self.assertEqual(len(serve.prepared_ids), 2)
        self.desk.list_price = 4711.23
        for report in ("report_pick_list", "report_pick_labels"):
            html, _type = (
                self.env["ir.actions.report"]
                .with_user(worker)
                ._render_qweb_html(f"backorder_management.{report}", serve.prepared_ids.ids)
            )
            self.assertNotIn("4711", html.decode())
            self.assertNotIn("10.00", html.decode())

    def test_paper(self):
        """The list names product, total, customers and transfers; a label stands for each line."""
        self._open(self._receive(self.desk, 6)).action_prepare()
        pickings = self.first.picking_ids | self.second.picking_ids
        paper = self._print("report_pick_list", pickings)
        for text in ("Goods arrived: who gets them", "Desk", "Baker &amp; Sons", "Carter"):
            self.assertIn(text, paper)
        for picking in pickings:
            self.assertIn(picking.name, paper)
        labels = self._print("report_pick_labels", pickings)
        self.assertEqual(labels.count('name="pick_label"'), 2)
        self.assertIn(self.second.name, labels)
        self.assertIn("Nothing is reserved", self._print("report_pick_list", pickings[:0]))

    def test_lots(self):
        """Each lot has its own row, with its location."""
        shelf = self.env["stock.location"].create(
            {"name": "Shelf 1", "location_id": self.stock.id, "usage": "internal"}
        )
        lamp = self._create_product("Lamp", tracking="lot")
        order = self._sell((lamp, 5))
        for name, place in (("L1", self.stock), ("L2", shelf)):
            lot = self.env["stock.lot"].create({"name": name, "product_id": lamp.id})
            self._stock(lamp, 3, location=place, lot_id=lot)
        self._settled(order)
        [item] = order.picking_ids._get_pick_list()
        rows = {(r["lot"].name, r["location"]): r["quantity"] for r in item["rows"]}
        self.assertEqual(sum(rows.values()), 5)
        self.assertEqual(set(rows), {("L1", self.stock), ("L2", shelf)})

    def test_batch(self):
        if "stock.picking.batch" not in self.env:
            self.skipTest("stock_picking_batch is not installed")
        deliveries = self.first.picking_ids | self.second.picking_ids
        # core makes one for each customer
        single = deliveries.batch_id
        serve = self._open(self._receive(self.desk, 6))
        serve.action_prepare()
        self.assertFalse(single.picking_ids)
        batch = serve.prepared_ids.batch_id
        self.assertEqual(len(batch), 1)
        self.assertEqual(batch.state, "in_progress")
        self.assertEqual(batch.picking_ids, deliveries)


@tagged("post_install", "-at_install")
class TestReceptionAssign(ServeCommon):
    def test_assign_does_not_mix_customers(self):
        """A receipt is assigned to Baker and to Carter. When Carter orders more, the goods go on
        his own delivery; core put them on Baker's. Without an active policy core is left alone."""
        self.env["backorder.policy"].create({"name": "First", "method": "fifo"})
        baker, carter = (
            self._sell((self.desk, 2)),
            self._sell((self.desk, 3), partner_id=self.carter.id),
        )
        receipt = self._receive(self.desk, 9, done=False)
        own = self.env["stock.reference"].create({"name": "P00042"})
        receipt.move_ids.reference_ids = own
        report = self.env["report.stock.report_reception"]
        moves = baker.order_line.move_ids | carter.order_line.move_ids
        ins = [receipt.move_ids.ids] * 2
        report.action_assign(moves.ids, [2, 3], ins)
        self.assertEqual(receipt.move_ids.move_dest_ids, moves)
        self.assertEqual(receipt.move_ids.reference_ids, own)
        self.assertFalse(baker.stock_reference_ids & carter.stock_reference_ids)
        before = baker.picking_ids
        carter.order_line.product_uom_qty = 7
        self.assertEqual(baker.picking_ids, before)
        self.assertEqual(sum(before.move_ids.mapped("product_uom_qty")), 2)
        mine = carter.order_line.move_ids.filtered(lambda m: m.state != "cancel")
        self.assertEqual(sum(mine.mapped("product_uom_qty")), 7)
        self.assertFalse(mine.picking_id & before)
        report.action_unassign(carter.order_line.move_ids[0].id, 3, receipt.move_ids.ids)
        self.assertEqual(receipt.move_ids.reference_ids, own)

    def test_where_no_policy_hands_out(self):
        """A policy of another company, or of other goods, changes nothing here: the two orders
        share their references while they are assigned, as in Odoo."""
        other = self.env["res.company"].create({"name": "Elsewhere"})
        self.env["backorder.policy"].create({"name": "First", "company_id": other.id})
        baker = self._sell((self.desk, 2))
        receipt = self._receive(self.desk, 2, done=False)
        own = self.env["stock.reference"].create({"name": "P00042"})
        receipt.move_ids.reference_ids = own
        report, move = self.env["report.stock.report_reception"], baker.order_line.move_ids
        theirs = move.reference_ids
        report.action_assign(move.ids, [2], [receipt.move_ids.ids])
        self.assertEqual(receipt.move_ids.reference_ids, own | theirs)
        report.action_unassign(move.id, 2, receipt.move_ids.ids)
        self.assertEqual(receipt.move_ids.reference_ids, own)

"""A substitute is offered at a price, and taken at that price or not at all."""

import unittest
from datetime import timedelta

from odoo import Command, fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, new_test_user, tagged

from .offer_case import OfferCase


@tagged("post_install", "-at_install")
class TestOffers(OfferCase):
    def test_accept(self):
        """Four desks are replaced by four oak desks at 15.0, of which three are there."""
        self._replace(self.oak)
        self._stock(self.oak, 3)
        item = self._wait()
        offer = item.offer_substitute(self.oak.id)
        self.assertEqual((offer.replaced_quantity, offer.quantity), (4, 4))
        self.assertEqual((offer.price_unit, offer.price_total, offer.state), (15, 60, "proposed"))
        self.assertTrue(offer.accept())
        self.assertEqual((item.qty_open, item.qty_cancelled, item.state), (0, 4, "cancel"))
        line = self._get_new_line(item)
        self.assertEqual(
            (line.product_id, line.product_uom_qty, line.price_unit), (self.oak, 4, 15)
        )
        self.assertEqual((offer.sale_line_id, offer.state), (line, "accepted"))
        self.assertEqual(line.substitute_of_line_id, item.sale_line_id)
        self.assertEqual(item.sale_line_id.substitute_line_ids, line)
        self.assertEqual(item.sale_line_id.product_uom_qty, 10)
        # in the delivery of the order, and reserved like any line
        self.assertEqual(line.move_ids.picking_id, item.sale_line_id.move_ids.picking_id)
        self.assertEqual(line.move_ids.quantity, 3)
        # the fourth one is owed now, on the same backorder
        self._assert_line(item.sale_order_id, self.oak, backordered=1, open=1, ready=0)
        self.assertEqual(len(item.sale_order_id.backorder_ids), 1)

    def test_the_record_closes(self):
        self._replace(self.oak)
        self._stock(self.oak, 4)
        item = self._wait()
        item.offer_substitute(self.oak.id).accept()
        self.assertEqual(item.backorder_id.state, "cancel")
        self.assertEqual(item.sale_order_id.backorder_ids, item.backorder_id)
        reason = self.env.ref("backorder_management.cancel_reason_substituted")
        self.assertEqual((item.cancel_reason_id, item.cancel_origin), (reason, "person"))
        self.assertNotIn(reason, reason.search([]))
        self._assert_sound()

    def test_twice(self):
        self._replace(self.oak)
        item = self._wait()
        offer = item.offer_substitute(self.oak.id)
        offer.accept()
        offer.accept()
        self.assertEqual(len(self._get_new_line(item)), 1)
        with self.assertRaisesRegex(UserError, "accepted already"):
            offer.decline()
        self.assertEqual(item.qty_cancelled, 4)
        self._assert_sound()

    def test_partly(self):
        """Three of four, twice two boards at 4.0 each: 3 x 2 = 6."""
        self._replace(self.board, 2)
        item = self._wait()
        offer = item.offer_substitute(self.board.id, replaced_quantity=3)
        self.assertEqual((offer.quantity, offer.price_total), (6, 24))
        offer.accept()
        self._assert_line(item.sale_order_id, self.desk, open=1, cancelled=3, backordered=4)
        self._assert_line(item.sale_order_id, self.board, open=6)

    def test_what_is_reserved_ships(self):
        """Three of the four came meanwhile: one is offered, six and three ship."""
        self._replace(self.oak)
        item = self._wait()
        self._receive(self.desk, 3)
        self.assertEqual(item.qty_ready, 3)
        offer = item.offer_substitute(self.oak.id)
        self.assertEqual(offer.replaced_quantity, 1)
        offer.accept()
        self._assert_line(item.sale_order_id, self.desk, open=3, ready=3, cancelled=1)
        self.assertEqual(sum(item.sale_line_id.move_ids.mapped("quantity")), 9)

    def test_rounded_up_to_whole_units(self):
        """Four halves are two; three halves are two, too; a twelfth of 24 is two, not three."""
        row = self._replace(self.oak, 0.5)
        self.assertEqual([row._get_quantity(q) for q in (4, 3, 1)], [2, 2, 1])
        row.ratio = 1 / 12
        self.assertEqual([row._get_quantity(q) for q in (24, 25, 1)], [2, 3, 1])

    # === REFUSED === #

    def test_stale(self):
        self._replace(self.oak)
        item = self._wait()
        offer = item.offer_substitute(self.oak.id)
        order = item.sale_order_id
        with self.assertRaisesRegex(UserError, "price is another one"):
            offer.accept(price_unit=14.99)
        reason = self.env.ref("backorder_management.cancel_reason_customer")
        item.backorder_id.cancel_open(reason.id, quantities={item.id: 1})
        with self.assertRaisesRegex(UserError, "Only 3 Units Desk are open any more"):
            offer.accept()
        self.assertEqual((offer.state, order.order_line), ("proposed", item.sale_line_id))
        self.env["backorder.offer"]._cron_expire()
        self.assertEqual(offer.state, "expired")
        offer = item.offer_substitute(self.oak.id)
        offer.sudo().valid_until = fields.Date.today() - timedelta(days=3)
        with self.assertRaisesRegex(UserError, "does not hold any more"):
            offer.accept()
        offer = item.offer_substitute(self.oak.id)
        self.oak.sale_ok = False
        with self.assertRaisesRegex(UserError, "not sold any more"):
            offer.accept()
        self.oak.sale_ok = True
        order.locked = True
        with self.assertRaisesRegex(UserError, "is locked"):
            offer.accept()
        order.locked = False
        order._action_cancel()
        with self.assertRaisesRegex(UserError, "not confirmed"):
            offer.accept()
        self.assertEqual((item.qty_open, order.order_line), (0, item.sale_line_id))
        self._assert_sound()

    def test_what_is_picked_stays(self):
        """All ten are picked: nothing is cancelled, and nothing added."""
        self._replace(self.oak)
        item = self._wait()
        offer = item.offer_substitute(self.oak.id)
        self._receive(self.desk, 4)
        item.sale_line_id.move_ids.picked = True
        with self.assertRaisesRegex(UserError, "picked already"):
            offer.accept()
        self.assertEqual((offer.state, item.qty_open), ("proposed", 4))
        self.assertFalse(self._get_new_line(item))
        self.assertFalse(self.env["backorder.lost.demand"].search([("offer_id", "=", offer.id)]))
        self._assert_sound()

    def test_part_of_a_kit(self):
        """A component is not sold: the kit is replaced by hand."""
        if "mrp.bom" not in self.env:
            raise unittest.SkipTest("needs mrp")
        table = self._create_product("Table", is_storable=False)
        self.env["mrp.bom"].create(
            {
                "product_tmpl_id": table.product_tmpl_id.id,
                "type": "phantom",
                "bom_line_ids": [Command.create({"product_id": self.desk.id, "product_qty": 2})],
            }
        )
        self._replace(self.oak)
        item = self._sell((table, 1)).backorder_ids.line_ids
        with self.assertRaisesRegex(UserError, "is a part of Table"):
            item.offer_substitute(self.oak.id)

    def test_a_kit_as_substitute(self):
        """Two oak desks make a set; a set replaces a desk: four sets are eight oak desks."""
        if "mrp.bom" not in self.env:
            raise unittest.SkipTest("needs mrp")
        kit = self._create_product("Set", is_storable=False, list_price=20.0)
        self.env["mrp.bom"].create(
            {
                "product_tmpl_id": kit.product_tmpl_id.id,
                "type": "phantom",
                "bom_line_ids": [Command.create({"product_id": self.oak.id, "product_qty": 2})],
            }
        )
        self._stock(self.oak, 8)
        self._replace(kit)
        item = self._wait()
        self.assertEqual(item.get_substitutes()[0]["available"], "In stock")
        item.offer_substitute(kit.id).accept()
        line = self._get_new_line(item)
        self.assertEqual((line.product_uom_qty, line.price_subtotal), (4, 80))
        self.assertEqual((line.move_ids.product_id, line.move_ids.quantity), (self.oak, 8))
        self._assert_sound()

    # === WHO === #

    def test_who_may(self):
        self._replace(self.oak)
        item = self._wait()
        offer = item.offer_substitute(self.oak.id)
        groups = {
            "stock": "stock.group_stock_user",
            "stranger": "sales_team.group_sale_salesman",
            "portal": "base.group_portal",
        }
        users = {k: new_test_user(self.env, f"offer_{k}", groups=v) for k, v in groups.items()}
        mine = new_test_user(self.env, "offer_mine", groups="sales_team.group_sale_salesman")
        item.sale_order_id.user_id = mine
        for name, user in users.items():
            for call in ("accept", "decline"):
                with self.subTest(name, call=call), self.assertRaises(AccessError):
                    getattr(offer.with_user(user), call)()
            with self.subTest(name), self.assertRaises(AccessError):
                item.with_user(user).offer_substitute(self.oak.id)
            with self.subTest(name), self.assertRaises(AccessError):
                offer.with_user(user).write({"price_unit": 1})
        self.assertNotIn("price_unit", offer.with_user(users["stock"]).read()[0])
        with self.assertRaises(AccessError):
            offer.with_user(mine).write({"price_unit": 1})
        self.assertEqual(item.with_user(mine).get_substitutes()[0]["price_unit"], 15)
        own = item.with_user(mine).offer_substitute(self.oak.id)
        own.accept()
        self.assertEqual((own.state, offer.state), ("accepted", "expired"))
        self.assertEqual(self._get_new_line(item).price_unit, 15)
        self._assert_sound()

    def test_another_company(self):
        self._replace(self.oak)
        offer = self._wait().offer_substitute(self.oak.id)
        other = self.env["res.company"].create({"name": "Elsewhere"})
        user = new_test_user(
            self.env,
            "offer_elsewhere",
            groups="sales_team.group_sale_manager",
            company_id=other.id,
            company_ids=other.ids,
        )
        offers = offer.with_user(user).with_context(allowed_company_ids=other.ids)
        self.assertFalse(offers.search([("id", "=", offer.id)]))
        with self.assertRaises(AccessError):
            offers.accept()

    def test_the_customer_takes_it(self):
        """A portal calls it with sudo, when it knows whose order it is."""
        self._replace(self.oak)
        item = self._wait()
        offer = item.offer_substitute(self.oak.id)
        user = new_test_user(self.env, "offer_portal", groups="base.group_portal")
        offer.with_user(user).sudo().accept(price_unit=15)
        self.assertEqual((offer.state, item.qty_cancelled), ("accepted", 4))
        row = item.backorder_id.communication_ids.filtered(lambda x: x.decision == "substitute")
        self.assertEqual((row.method, row.direction, row.user_id.id), ("portal", "in", False))
        self._assert_sound()

    # === WHAT IS REMEMBERED === #

    def test_what_is_remembered(self):
        """Four desks at 10.0 were wanted: a purchaser counts them as desks."""
        self._replace(self.oak)
        item = self._wait()
        item.offer_substitute(self.oak.id).accept()
        lost = self.env["backorder.lost.demand"].search([("product_id", "=", self.desk.id)])
        self.assertEqual((lost.kind, lost.quantity, lost.amount), ("substituted", 4, 40))
        self.assertEqual(lost.substitute_id, self.oak)
        row = item.backorder_id.communication_ids
        self.assertEqual(row.decision, "substitute")
        self.assertIn("4 Units Oak desk", row.summary)

    def test_offered_again(self):
        """Of one substitute only the last offer holds; offers of others stay."""
        self._replace(self.oak)
        self._replace(self.board)
        item = self._wait()
        first = item.offer_substitute(self.oak.id)
        other = item.offer_substitute(self.board.id)
        second = item.offer_substitute(self.oak.id, price_unit=14)
        self.assertEqual(
            [first.state, other.state, second.state], ["expired", "proposed", "proposed"]
        )

    def test_decline(self):
        self._replace(self.oak)
        item = self._wait()
        offer = item.offer_substitute(self.oak.id)
        offer._follow_proposal()
        activity = item.backorder_id.activity_ids
        self.assertIn("Oak desk", activity.summary)
        offer.decline("Too dark")
        offer.decline("Too dark")
        self.assertEqual((offer.state, offer.decline_reason), ("declined", "Too dark"))
        self.assertFalse(activity.exists())
        self.assertIn("Too dark", item.backorder_id.communication_ids.summary)
        with self.assertRaisesRegex(UserError, "declined"):
            offer.accept()
        self._assert_line(item.sale_order_id, open=4)

    # === WINDOW === #

    def test_window(self):
        self._replace(self.board, 3)
        self._replace(self.oak, note="Same size, other wood")
        self._stock(self.oak, 9)
        item = self._wait()
        action = item.backorder_id.action_offer_substitute()
        wizard = self.env[action["res_model"]].browse(action["res_id"])
        oak, boards = wizard.candidate_ids
        self.assertIn("Oak desk: 4 Units, In stock", oak.name)
        self.assertIn("Same size, other wood", oak.name)
        self.assertEqual(wizard.candidate_id, oak)
        with Form(wizard) as form:
            self.assertEqual((form.quantity, form.price_unit), (4, 15))
            form.candidate_id = boards
            self.assertEqual((form.quantity, form.price_unit, form.price_total), (12, 4, 48))
            form.replaced_quantity = 2
            self.assertEqual(form.quantity, 6)
            form.candidate_id = oak
            form.price_unit = 12.5
        wizard.action_propose()
        offer = item.offer_ids
        self.assertEqual((offer.state, offer.quantity, offer.price_unit), ("proposed", 2, 12.5))
        self.assertTrue(item.backorder_id.activity_ids)
        action = item.action_offer_substitute()
        self.env[action["res_model"]].browse(action["res_id"]).action_agree()
        self.assertEqual(item.qty_open, 0)
        self.assertEqual(item.offer_ids.mapped("state"), ["accepted", "expired"])
        self.assertFalse(item.backorder_id.activity_ids)
        self._assert_sound()

    def test_window_without_substitutes(self):
        with self.assertRaisesRegex(UserError, "has no substitutes yet"):
            self._wait().action_offer_substitute()

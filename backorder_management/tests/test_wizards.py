"""The windows that people work in: create, fulfil, update, and the questions of core's dialog."""

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import Form, new_test_user, tagged

from .common import BackorderCommon


@tagged("post_install", "-at_install")
class TestWizards(BackorderCommon):
    def _open_create(self, order, **context):
        return Form(
            self.env["sale.backorder.create"].with_context(
                active_model="sale.order", active_id=order.id, **context
            )
        )

    def _open_fulfil(self, backorder):
        return Form(
            self.env["sale.backorder.fulfil"].with_context(
                active_model="sale.backorder", active_id=backorder.id
            )
        )

    # === CREATE === #

    def test_create_proposes_what_is_not_reserved(self):
        """Nothing gives its reservation back unless a person says so."""
        self.company.backorder_creation = "manual"
        self._stock(self.desk, 3)
        wizard = self._open_create(self._sell((self.desk, 5)))
        with wizard.line_ids.edit(0) as line:
            self.assertEqual((line.qty_outstanding, line.qty_ready, line.quantity), (5, 3, 2))

    def test_create(self):
        """Quantity, date, cause and note reach the backorder, which opens."""
        self._stock(self.desk, 5)
        order = self._sell((self.desk, 5))
        wizard = self._open_create(order)
        wizard.expected_date = "2030-05-20"
        wizard.cause_id = self.env.ref("backorder_management.cause_customer")
        wizard.note = "After the holidays"
        with wizard.line_ids.edit(0) as line:
            line.quantity = 4
        action = wizard.save().action_create_backorder()
        backorder = order.backorder_ids
        self.assertEqual((action["res_model"], action["res_id"]), ("sale.backorder", backorder.id))
        self.assertEqual(backorder.line_ids.qty_open, 4)
        self.assertEqual(backorder.expected_date, fields.Date.to_date("2030-05-20"))
        self.assertEqual(backorder.cause_id.code, "customer")
        self.assertIn("After the holidays", backorder.note)

    def test_create_without_quantity(self):
        self._stock(self.desk, 5)
        wizard = self._open_create(self._sell((self.desk, 5))).save()
        with self.assertRaisesRegex(UserError, "at least one item"):
            wizard.action_create_backorder()

    def test_explain(self):
        """The sentence first; from there to the form that creates one."""
        self._stock(self.desk, 5)
        order = self._sell((self.desk, 5))
        form = self._open_create(order, default_step="explain")
        self.assertEqual(form.explanation, order.explain_no_backorder()["text"])
        wizard = form.save()
        action = wizard.action_show_items()
        self.assertEqual(wizard.step, "create")
        self.assertEqual(action["res_id"], wizard.id)

    def test_explain_quotation(self):
        """A quotation gets its sentence too, and nothing to create."""
        wizard = self._open_create(
            self._sell((self.desk, 5), confirm=False), default_step="explain"
        )
        self.assertTrue(wizard.explanation)
        self.assertFalse(len(wizard.line_ids))

    # === FULFIL === #

    def _make_ready(self, ordered, ready):
        order = self._sell((self.desk, ordered))
        self._stock(self.desk, ready)
        order.picking_ids.action_assign()
        return order.backorder_ids

    def test_fulfil(self):
        backorder = self._make_ready(5, 3)
        wizard = self._open_fulfil(backorder)
        with wizard.line_ids.edit(0) as line:
            self.assertEqual((line.qty_open, line.qty_ready, line.quantity), (5, 3, 3))
            line.quantity = 2
        action = wizard.save().action_fulfil()
        picking = self.env["stock.picking"].browse(action["res_id"])
        self.assertEqual(picking.move_ids.quantity, 2)
        self.assertTrue(picking.move_ids.picked)

    def test_fulfil_too_much(self):
        """More than is available is refused in one sentence, and nothing is written."""
        backorder = self._make_ready(5, 3)
        wizard = self._open_fulfil(backorder)
        with wizard.line_ids.edit(0) as line:
            line.quantity = 4
        with self.assertRaisesRegex(UserError, "only 3 Units can ship now"):
            wizard.save().action_fulfil()
        self.assertFalse(backorder.picking_ids.move_ids.picked)

    def test_fulfil_nothing(self):
        wizard = self._open_fulfil(self._make_ready(5, 3))
        with wizard.line_ids.edit(0) as line:
            line.quantity = 0
        with self.assertRaisesRegex(UserError, "at least one item"):
            wizard.save().action_fulfil()

    # === UPDATE === #

    def test_update(self):
        """What is left empty stays; the note is added; nobody is written to."""
        backorders = (self._sell((self.desk, 1)) | self._sell((self.desk, 2))).backorder_ids
        backorders[0].note = "Call first"
        messages = backorders.message_ids
        wizard = Form(self.env["sale.backorder.update"].with_context(active_ids=backorders.ids))
        wizard.priority = "1"
        wizard.note = "Fair next week"
        wizard.save().action_update()
        self.assertEqual(set(backorders.mapped("priority")), {"1"})
        self.assertEqual(backorders[0].note, "Call first\nFair next week")
        self.assertEqual(backorders[1].note, "Fair next week")
        self.assertFalse((backorders.message_ids - messages).filtered("partner_ids"))

    def test_update_nothing(self):
        backorder = self._sell((self.desk, 1)).backorder_ids
        wizard = self.env["sale.backorder.update"].with_context(active_ids=backorder.ids).create({})
        with self.assertRaisesRegex(UserError, "what you want to change"):
            wizard.action_update()

    # === CORE'S DIALOG === #

    def _ship_short(self, order, quantity):
        """:return: core's dialog, as it opens"""
        picking = order.picking_ids
        picking.move_ids.write({"quantity": quantity, "picked": True})
        action = picking.button_validate()
        self.assertEqual(action["res_model"], "stock.backorder.confirmation")
        return Form(self.env[action["res_model"]].with_context(**action["context"]))

    def test_dialog_answers(self):
        """Why and until when are asked once, and kept on the backorder."""
        self._stock(self.desk, 5)
        order = self._sell((self.desk, 5))
        dialog = self._ship_short(order, 2)
        self.assertTrue(dialog.backorder_for_customer)
        dialog.backorder_cause_id = self.env.ref("backorder_management.cause_truck_full")
        dialog.backorder_expected_date = "2030-05-20"
        dialog.save().process()
        backorder = order.backorder_ids
        self.assertEqual(backorder.line_ids.qty_open, 3)
        self.assertEqual(backorder.cause_id.code, "truck_full")
        self.assertEqual(backorder.expected_date, fields.Date.to_date("2030-05-20"))

    def test_dialog_blank(self):
        """Nothing has to be answered."""
        self._stock(self.desk, 5)
        order = self._sell((self.desk, 5))
        self._ship_short(order, 2).save().process()
        self.assertEqual(order.backorder_ids.line_ids.qty_open, 3)

    def test_dialog_receipt(self):
        """Receipts are not asked why."""
        receipt = self._receive(self.desk, 5, done=False)
        receipt.move_ids.write({"quantity": 2, "picked": True})
        action = receipt.button_validate()
        dialog = Form(self.env[action["res_model"]].with_context(**action["context"]))
        self.assertFalse(dialog.backorder_for_customer)

    def test_salesperson_may_create(self):
        """Wizards work with a salesperson's rights."""
        seller = new_test_user(self.env, "seller", groups="sales_team.group_sale_salesman")
        self._stock(self.desk, 5)
        order = self._sell((self.desk, 5), user_id=seller.id)
        wizard = Form(
            self.env["sale.backorder.create"]
            .with_user(seller)
            .with_context(active_model="sale.order", active_id=order.id)
        )
        with wizard.line_ids.edit(0) as line:
            line.quantity = 1
        wizard.save().action_create_backorder()
        self.assertEqual(order.backorder_ids.line_ids.qty_open, 1)

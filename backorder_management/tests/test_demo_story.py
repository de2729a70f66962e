from unittest import SkipTest

from odoo.tests import TransactionCase, tagged

from odoo.addons.backorder_management.models.dates.sale_backorder_dates import age_bucket
from odoo.addons.backorder_management.models.demo.backorder_demo_cast import NAMESPACE
from odoo.addons.backorder_management.models.demo.backorder_demo_catalog import CUSTOMERS, VENDORS
from odoo.addons.backorder_management.models.demo.backorder_demo_story import STORY, Sell
from odoo.addons.backorder_management.models.sale_backorder import AGE_BUCKETS, STATES


@tagged("post_install", "-at_install")
class TestDemoStory(TransactionCase):
    """The demo data shows everything that a backorder can be. It may be some days old."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        river = cls.env.ref(f"{NAMESPACE}.warehouse_river", raise_if_not_found=False)
        if not river:
            raise SkipTest("this database has no demo data")
        cls.built = river.create_date.date()
        cls.orders = cls.env["sale.order"].concat(
            *(cls._order(e.order) for e in STORY if isinstance(e, Sell))
        )
        cls.backorders = cls.orders.backorder_ids

    @classmethod
    def _order(cls, key):
        return cls.env.ref(f"{NAMESPACE}.order_{key}")

    def _get_backorder(self, key):
        return self._order(key).backorder_ids.ensure_one()

    def test_every_state_and_age(self):
        self.assertEqual(set(self.backorders.mapped("state")), {s for s, _label in STATES})
        waiting = self.backorders.filtered(lambda b: not b.date_closed)
        ages = {age_bucket((self.built - b.date_open.date()).days) for b in waiting}
        self.assertEqual(ages, {b for b, _label in AGE_BUCKETS})
        self.assertFalse(self.orders.filtered("backorder_dirty"))

    def test_every_origin_and_end(self):
        origins = {"confirmation", "delivery", "inventory", "change", "manual"}
        self.assertEqual(set(self.backorders.mapped("origin")), origins)
        ends = set(self.backorders.line_ids.mapped("cancel_origin"))
        self.assertLessEqual({"no_backorder", "order", "lowered"}, ends)

    def test_dates(self):
        waiting = self.backorders.filtered(lambda b: not b.date_closed)
        for name in ("promised_date", "expected_date", "next_followup_date", "last_contact_date"):
            with self.subTest(field=name):
                self.assertTrue(any(waiting.mapped(name)))
                self.assertFalse(all(waiting.mapped(name)))
        self.assertTrue(waiting.filtered(lambda b: not b.promised_date and not b.expected_date))
        for key in ("alder_chairs", "harbourfront_trucks", "harbourfront_bins", "larsen_shredders"):
            self.assertTrue(self._get_backorder(key).is_overdue, key)

    def test_people(self):
        self.assertEqual(len(self.orders.partner_id), len(CUSTOMERS))
        self.assertGreaterEqual(len(self.backorders.user_id), 3)
        self.assertGreaterEqual(len(self.backorders.cause_id), 4)
        self.assertEqual(set(self.backorders.mapped("priority")), {"0", "1"})
        self.assertGreater(len(self.backorders.filtered("note")), 3)
        self.assertEqual(len(self.backorders.warehouse_id), 2)

    def test_customer_waits(self):
        line = self._get_backorder("saltmarsh_reels").line_ids
        self.assertRecordValues(line, [{"qty_open": 6, "qty_ready": 0, "state": "open"}])
        self.assertTrue(line.expected_date_set)

    def test_check_stock(self):
        self.assertTrue(self._get_backorder("tanaka_drills").check_stock)

    def test_ships_complete(self):
        backorder = self._get_backorder("mensah_shelves")
        self.assertEqual(backorder.sale_order_id.picking_policy, "one")
        self.assertRecordValues(backorder, [{"state": "open", "qty_open": 25, "qty_ready": 10}])

    def test_closed_as_no_backorder(self):
        order = self._order("patel_tape")
        self.assertEqual(order.backorder_ids.state, "cancel")
        self.assertEqual(order.backorder_qty_cancelled, 420)
        self.assertEqual(order.explain_no_backorder()["code"], "closed")

    def test_kinds_of_products(self):
        glasses = self._order("vandermeer_glasses")
        self.assertNotEqual(glasses.order_line.product_uom_id, glasses.order_line.product_id.uom_id)
        self.assertEqual(glasses.backorder_ids.qty_open, 84)
        adhesive = self._get_backorder("bianchi_adhesive").line_ids
        self.assertEqual(adhesive.product_id.tracking, "lot")
        self.assertEqual(len(adhesive.sale_line_id.move_ids.lot_ids), 2)
        self.assertTrue(
            self._get_backorder("kowalski_gloves").line_ids.product_id.combination_indices
        )

    def test_reorder_advice(self):
        """Paper: 11, 5, 12, 4, 10 and 12 boxes had to wait; 9, 11 and 13 days from order to
        receipt."""
        product = self.env.ref(f"{NAMESPACE}.product_PP-80")
        company = self._order("paper_46").company_id
        list(self.env["backorder.advice"]._compute_company(company))
        [row] = self.env["backorder.advice"].search([("product_id", "=", product.id)])
        self.assertEqual((row.backorder_count, row.qty_backordered), (6, 54))
        if "picking_type_id" in self.env.get("purchase.order", {}):
            self.assertEqual(
                (row.status, row.lead_source, row.lead_mean), ("raise", "receipts", 11)
            )
            self.assertGreater(row.avoided_units, 0)

    def test_kit(self):
        line = self._get_backorder("alder_meeting").line_ids
        self.assertRecordValues(line, [{"qty_open": 8}])
        kit = self.env.ref(f"{NAMESPACE}.product_MR-SET", raise_if_not_found=False)
        self.assertEqual(line.kit_id, kit or self.env["product.product"])

    def test_covered_is_no_backorder(self):
        self.assertFalse(self._order("tanaka_lamps").backorder_ids)

    def test_nobody_was_written_to(self):
        for records in (self.orders, self.backorders, self.orders.picking_ids):
            messages = records.message_ids
            self.assertFalse(messages.notification_ids)
        for kind, rows in (("customer", CUSTOMERS), ("vendor", VENDORS)):
            for row in rows:
                email = self.env.ref(f"{NAMESPACE}.{kind}_{row.key}").email
                self.assertTrue(email.endswith(".example"), email)

    def test_first_warehouse_and_settings_are_untouched(self):
        warehouse = self._order("alder_chairs").warehouse_id
        expected = {"delivery_steps": "ship_only", "reception_steps": "one_step"}
        self.assertRecordValues(warehouse, [expected])
        for picking_type in (warehouse.out_type_id, warehouse.in_type_id):
            expected = {"reservation_method": "at_confirm", "create_backorder": "ask"}
            self.assertRecordValues(picking_type, [expected])

    def test_told_once(self):
        self.env["backorder.demo"]._build()
        names = [("module", "=", NAMESPACE), ("model", "=", "sale.order")]
        self.assertEqual(self.env["ir.model.data"].search_count(names), len(self.orders))
        self.assertEqual(self.env["stock.warehouse"].search_count([("code", "=", "RIVER")]), 1)

    def test_audit(self):
        self.assertEqual(self.env["sale.backorder"].audit(), [])

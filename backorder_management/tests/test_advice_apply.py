"""Reorder advice worked out by hand, and into the reordering rule."""

from datetime import timedelta

from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged

from .advice_case import AdviceCase


@tagged("post_install", "-at_install")
class TestAdviceStory(AdviceCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.row = cls._live()

    @classmethod
    def _live(cls):
        """60 days: 10 came on the first, ordered 8 days before. Two were ordered every 5th day.
        Ten more came 30 days ago, after 10 days, and ten 10 days ago, after 12."""
        cls._receive_ago(59, cls.desk, 10, lead=8)
        orders = []
        for ago in range(55, -1, -5):
            orders.append(cls._sell_ago(ago, cls.desk, 4))
            if ago in (30, 10):
                cls._receive_ago(ago, cls.desk, 10, lead=10 if ago == 30 else 12)
            for order in orders:
                if any(m.quantity for m in cls._get_open_pickings(order).move_ids):
                    cls._ship_ago(ago, order)
        return cls._compute(cls.desk)[0]

    def test_by_hand(self):
        """Twelve orders of 4 in 60 days: d = 0.8, sum of squares 12 * 16 - 60 * 0.64 = 153.6,
        sd_d^2 = 153.6 / 59 = 2.6034. L = 10, sd_L = 2. Safety 1.6449 * sqrt(26.034 + 0.64 * 4)
        = 1.6449 * sqrt(28.594) = 8.7955; 8 + 8.8 = 16.8, so 17; the receipts bring 10: at most 27.

        Stock less debt after the orders: 6, 2, -2, -6, -10, -4 (ten came), -8, -12, -16, -10 (ten
        came), -14, -18: 2 short, then 4 each time: 2 + 9 * 4 = 38 units, on the 45 days since
        -45. With 17 more: 15, ..., 1 after day -20, 7, 3, -1: 1 unit and 1 day."""
        row = self.row
        self.assertEqual((row.status, row.days), ("raise", 60))
        self.assertEqual(row.date_from, self.today - timedelta(days=59))
        for name, value in {
            "demand_mean": 0.8,
            "demand_deviation": 2.6034**0.5,
            "demand_week": 5.6,
            "sold_week": 5.6,
            "lead_mean": 10,
            "lead_deviation": 2,
            "proposed_safety": 8.7955,
            "present_safety": -8,
        }.items():
            self.assertAlmostEqual(row[name], value, 3, name)
        self.assertEqual((row.lead_count, row.lead_source), (3, "receipts"))
        self.assertEqual((row.present_min, row.present_max), (0, 0))
        self.assertEqual((row.proposed_min, row.proposed_max), (17, 27))
        self.assertEqual((row.short_units, row.short_days), (38, 46))
        self.assertEqual((row.avoided_units, row.avoided_days), (37, 45))
        self.assertEqual((row.extra_qty, row.extra_value), (17, 0))

    def test_words(self):
        row = self.row
        self.assertIn("37 of 38 Units", row.summary)
        self.assertIn("45 of 46 days", row.summary)
        for part in ("0.80 a day x 10.0 days = 8.0", "1.64 (for 95%", "8.0 + 8.8", "17 Units"):
            self.assertIn(part, row.formula)

    def test_cost(self):
        self.desk.standard_price = 12.5
        self.row.action_refresh()
        self.assertEqual(self.row.extra_value, 17 * 12.5)

    # === APPLY === #

    def _create_keeper(self):
        """What the superuser makes is temporary."""
        return new_test_user(self.env, "advice_keeper", groups="stock.group_stock_manager")

    def _find_rules(self):
        return self.env["stock.warehouse.orderpoint"].search(
            [("product_id", "=", self.desk.id), ("warehouse_id", "=", self.warehouse.id)]
        )

    def _open_dialog(self, row):
        action = row.action_apply()
        model = row.env[action["res_model"]].with_context(**action["context"])
        return model.create({})

    def test_apply_creates_a_rule(self):
        row = self.row.with_user(self._create_keeper())
        wizard = self._open_dialog(row)
        self.assertEqual((wizard.has_rule, wizard.old_min, wizard.new_min), (False, 0, 17))
        self.assertEqual((wizard.new_max, wizard.extra_qty), (27, 17))
        self.assertFalse(self._find_rules())
        wizard.trigger = "manual"
        wizard.action_apply()
        rule = self._find_rules()
        self.assertEqual((rule.product_min_qty, rule.product_max_qty), (17, 27))
        self.assertEqual((rule.trigger, rule.location_id), ("manual", self.stock))
        self.assertEqual((row.status, row.orderpoint_id, row.present_min), ("enough", rule, 17))
        self.assertEqual(row.applied_by_id, row.env.user)
        self.assertIn("minimum 17, maximum 27", self.desk.product_tmpl_id.message_ids[:1].body)

    def test_apply_replaces_a_temporary_rule(self):
        """Replenishment makes one, as 18 are missing; with 100 more Odoo deletes it."""
        row = self.row.with_user(self._create_keeper())
        orderpoints = self.env["stock.warehouse.orderpoint"]
        orderpoints._get_orderpoint_action()
        temporary = self._find_rules()
        self.assertEqual((temporary.trigger, temporary.location_id), ("manual", self.stock))
        row.action_refresh()
        self.assertFalse(row.orderpoint_id)
        wizard = self._open_dialog(row)
        self.assertFalse(wizard.has_rule)
        wizard.trigger = "manual"
        wizard.action_apply()
        rule = self._find_rules()
        self.assertNotEqual(rule, temporary)
        self._receive(self.desk, 100)
        self.assertEqual(rule.qty_to_order, 0)
        orderpoints._unlink_processed_orderpoints()
        self.assertEqual(self._find_rules(), rule)
        self.assertEqual((rule.product_min_qty, rule.trigger), (17, "manual"))

    def test_apply_changes_a_rule_once(self):
        rule = self.env["stock.warehouse.orderpoint"].create(
            {
                "product_id": self.desk.id,
                "warehouse_id": self.warehouse.id,
                "location_id": self.stock.id,
                "product_min_qty": 3,
                "product_max_qty": 9,
            }
        )
        row = self.row
        row.action_refresh()
        self.assertEqual((row.present_min, row.extra_qty, row.proposed_max), (3, 14, 23))
        wizard = self._open_dialog(row)
        self.assertTrue(wizard.has_rule)
        wizard.action_apply()
        messages = self.desk.product_tmpl_id.message_ids
        self.assertIn("minimum 3 → 17, maximum 9 → 23", messages[:1].body)
        applied_on = row.applied_on
        result = wizard.action_apply()
        self.assertEqual(result["params"]["type"], "warning")
        self.assertFalse(row.apply(17, 23))
        self.assertEqual(self._find_rules(), rule)
        self.assertEqual((rule.product_min_qty, rule.product_max_qty), (17, 23))
        self.assertEqual(self.desk.product_tmpl_id.message_ids, messages)
        self.assertEqual(row.applied_on, applied_on)

    def test_apply_is_refused_when_the_rule_changed(self):
        row = self.row
        wizard = self._open_dialog(row)
        row.apply(5, 6)
        with self.assertRaises(UserError):
            wizard.action_apply()
        self.assertEqual(self._find_rules().product_min_qty, 5)

    def test_apply_wakes_an_archived_rule(self):
        row = self.row
        row.apply(5, 6)
        rule = self._find_rules()
        rule.active = False
        row.apply(17, 27)
        self.assertTrue(rule.active)
        self.assertEqual((rule.product_min_qty, rule.product_max_qty), (17, 27))

    def test_a_woken_rule_orders_as_it_is_said(self):
        row = self.row.with_user(self._create_keeper())
        row.apply(5, 15, trigger="auto")
        rule = self._find_rules()
        rule.active = False
        wizard = self._open_dialog(row)
        wizard.trigger = "manual"
        wizard.action_apply()
        self.assertEqual((rule.active, rule.trigger), (True, "manual"))
        self.assertEqual((rule.product_min_qty, rule.product_max_qty), (17, 27))

    def test_apply_without_numbers_never_lowers(self):
        """17 and 27 are proposed; the rule was raised since, then less, then not at all."""
        row = self.row
        row.apply(5, 15)
        rule = self._find_rules()
        for status in ("raise", "enough"):
            row.status = status
            rule.write({"product_min_qty": 40, "product_max_qty": 80})
            self.assertFalse(row.apply())
            self.assertEqual((rule.product_min_qty, rule.product_max_qty), (40, 80))
        rule.write({"product_min_qty": 6, "product_max_qty": 80})
        self.assertTrue(row.apply())
        self.assertEqual((rule.product_min_qty, rule.product_max_qty), (17, 80))
        self.assertFalse(row.apply())
        self.assertTrue(row.apply(3, 4))
        self.assertEqual((rule.product_min_qty, rule.product_max_qty), (3, 4))

    def test_bad_numbers(self):
        row = self.row
        for numbers in ((-1, 5), (6, 5), (float("nan"), 5), ("x", 5), (1, float("inf"))):
            with self.subTest(numbers=numbers), self.assertRaises(UserError):
                row.apply(*numbers)
        with self.assertRaises(UserError):
            row.apply(1, 2, trigger="never")
        self.assertFalse(self._find_rules())

    # === RIGHTS === #

    def test_rights(self):
        """A planner without stock rights reads; who may write reordering rules applies."""
        row = self.row
        groups = {
            "sales": "sales_team.group_sale_manager",
            "stock": "stock.group_stock_manager",
            "worker": "stock.group_stock_user",
        }
        users = {n: new_test_user(self.env, f"advice_{n}", groups=g) for n, g in groups.items()}
        with self.assertRaises(AccessError):
            row.with_user(users["worker"]).read(["proposed_min"])
        seller = row.with_user(users["sales"])
        self.assertEqual((seller.proposed_min, seller.extra_qty), (17, 17))
        self.assertFalse(seller.may_apply)
        with self.assertRaises(AccessError):
            seller.apply()
        self.assertFalse(self._find_rules())
        self.assertTrue(row.with_user(users["stock"]).may_apply)
        self.assertTrue(row.with_user(users["stock"]).apply())
        self.assertEqual(row.applied_by_id, users["stock"])

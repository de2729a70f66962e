"""Reorder advice: by hand, against a count from the records, and into the reordering rule."""

import random
from datetime import timedelta

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import new_test_user, tagged

from .advice_case import AdviceCase


@tagged("post_install", "-at_install")
class TestAdvice(AdviceCase):
    def test_generated(self):
        """Three products over 96 days, all that is said of each."""
        products = [self._create_product(f"Part {i}") for i in range(3)]
        for index, product in enumerate(products):
            self._generate(product, random.Random(index))
        rows = self._compute(*products)
        for product, row in zip(products, rows, strict=True):
            for name, value in self._naive(product).items():
                self.assertAlmostEqual(row[name], value, 4, f"{name} of {product.name}")
        self.assertGreater(sum(row.avoided_units for row in rows), 0)
        self.assertGreater(sum(row.lost_count for row in rows), 0)

    def test_backorder_days(self):
        """Two overlap: 10 to 6 days ago and 8 to 3 days ago; one is still open since yesterday."""
        for opened, shipped in ((10, 6), (8, 3), (1, None)):
            order = self._sell_ago(opened, self.desk, 2)
            if shipped is not None:
                self._stock(self.desk, 2)
                order.picking_ids.action_assign()
                self._ship_ago(shipped, order)
        [row] = self._compute(self.desk)
        self.assertEqual((row.backorder_count, row.qty_backordered), (3, 6))
        self.assertEqual(row.backorder_days, 7 + 1)
        self.assertEqual(row.status, "thin_demand")
        self.assertIn("It was wanted on 3 days", row.summary)

    def test_lost_and_substituted(self):
        self._lose_ago(3, self.desk, 4)
        self._lose_ago(2, self.desk, 1)
        self._lose_ago(2, self.desk, 7, kind="substituted")
        self._lose_ago(200, self.desk, 50)
        [row] = self._compute(self.desk)
        self.assertEqual((row.lost_count, row.lost_qty), (2, 5))
        self.assertEqual((row.substituted_count, row.substituted_qty), (1, 7))
        self.assertEqual(row.demand_days, 2)

    def test_same_weeks_of_last_year(self):
        """Today is day 0. 3 on day 2 and 4 on day 30 before; a year (364 days) before day 5: 8; and
        6 in the four weeks that followed, a year before day -10."""
        for ago, quantity in ((2, 3), (30, 4), (364 + 5, 8), (364 - 10, 6), (364 + 28, 50)):
            self._sell_ago(ago, self.desk, quantity)
        self._receive_ago(500, self.desk, 1)
        [row] = self._compute(self.desk)
        self.assertEqual((row.recent_qty, row.last_year_qty, row.last_year_next_qty), (3, 8, 6))
        self.assertTrue(row.last_year_known)
        self.assertEqual(len(row.weeks), 13)
        self.assertEqual([week[1] for week in row.weeks][-5:], [4, 0, 0, 0, 3])
        self.assertEqual([week[2] for week in row.weeks][-5:], [50, 0, 0, 0, 8])
        self.assertEqual(row.weeks_table.count("<tr>"), 14)

    def test_lead_time_of_the_rules(self):
        for ago in range(60, 0, -10):
            self._sell_ago(ago, self.desk, 2)
        self._receive_ago(70, self.desk, 1, lead=2)
        [row] = self._compute(self.desk)
        self.assertEqual(row.status, "thin_lead")
        self.assertIn("how long it takes", row.summary)
        self.env["backorder.lead.time"].search([("product_id", "=", self.desk.id)]).unlink()
        self.env["backorder.lead.time"].create(
            {
                "product_id": self.desk.id,
                "warehouse_id": self.warehouse.id,
                "days": 9,
                "known": True,
                "checked": self.today,
            }
        )
        [row] = self._compute(self.desk)
        self.assertEqual((row.status, row.lead_source, row.lead_mean), ("raise", "rules", 9))

    def test_what_ends_is_gone(self):
        self._sell_ago(1, self.desk, 2)
        self.assertTrue(self._compute(self.desk)[0])
        self.desk.active = False
        self.assertFalse(self._compute(self.desk)[0])

    def test_two_steps_are_one_demand(self):
        """Ten came; four are picked of six ordered, and nothing is shipped; three more are ordered
        that are not there. 10 - 6 - 3 - 4 = -3 is what is left of the stock less what is owed."""
        self.warehouse.delivery_steps = "pick_ship"
        self._receive_ago(9, self.desk, 10)
        self._sell_ago(8, self.desk, 4)
        order = self._sell_ago(6, self.desk, 6)
        self._ship(self._get_open_pickings(order), {self.desk: 4})
        self._sell_ago(3, self.desk, 3)
        self.env["backorder.tracker"]._drain()
        self.env.flush_all()
        pool = (self.desk.id, self.warehouse.id)
        facts = self.env["backorder.advice.reader"]._read([pool], self.company, self.today)[pool]
        wanted = {(self.today - day).days: quantity for day, quantity in facts.wanted.items()}
        self.assertEqual((facts.level, wanted), (-3, {8: 4, 6: 6, 3: 3}))

    def test_a_substitute_was_not_wanted(self):
        """It left the stock; but who took it wanted something else."""
        chair = self._create_product("Chair")
        order = self._sell_ago(5, chair, 3)
        order.order_line.substitute_of_line_id = self._sell_ago(5, self.desk, 2).order_line
        self.env.flush_all()
        pool = (chair.id, self.warehouse.id)
        facts = self.env["backorder.advice.reader"]._read([pool], self.company, self.today)[pool]
        self.assertEqual((sum(facts.wanted.values()), sum(facts.served.values())), (0, 3))
        self.assertEqual(facts.level, -3)

    def test_queries_do_not_grow(self):
        def count(products):
            for product in products:
                self._sell_ago(1, product, 2)
            self.env["backorder.tracker"]._drain()
            pools = [(p.id, self.warehouse.id) for p in products]
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.advice._prepare_rows(pools, self.company, self.today)
            return self.env.cr.sql_log_count - before

        few = count([self._create_product(f"Few {i}") for i in range(2)])
        many = count([self._create_product(f"Many {i}") for i in range(20)])
        self.assertLessEqual(many, few)

    def test_settings(self):
        for vals in ({"backorder_advice_days": 10}, {"backorder_advice_level": 1.0}):
            with self.subTest(vals=vals), self.assertRaises(ValidationError):
                self.company.write(vals)

    def test_nothing_to_apply(self):
        self._sell_ago(1, self.desk, 2)
        [row] = self._compute(self.desk)
        self.assertFalse(row.may_apply)
        with self.assertRaises(UserError):
            row.apply()

    def test_opens(self):
        """Computed when it is opened for the first time."""
        self._sell_ago(1, self.desk, 2)
        planner = new_test_user(
            self.env, "advice_planner", groups="backorder_management.group_backorder_planner"
        )
        advice = self.advice.with_user(planner)
        self.advice.search([]).unlink()
        action = advice.action_open()
        self.assertEqual(action["res_model"], "backorder.advice")
        self.assertTrue(advice.search([("product_id", "=", self.desk.id)]))
        for kind in ("list", "kanban", "form", "search"):
            advice.get_view(view_type=kind)


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

    def _find_rules(self):
        return self.env["stock.warehouse.orderpoint"].search(
            [("product_id", "=", self.desk.id), ("warehouse_id", "=", self.warehouse.id)]
        )

    def _open_dialog(self, row):
        action = row.action_apply()
        model = self.env[action["res_model"]].with_context(**action["context"])
        return model.create({})

    def test_apply_creates_a_rule(self):
        row = self.row
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
        self.assertEqual(row.applied_by_id, self.env.user)
        self.assertIn("minimum 17, maximum 27", self.desk.product_tmpl_id.message_ids[:1].body)

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

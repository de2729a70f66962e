"""Runs: simulate on one snapshot, compare, change by hand, commit, replay, tidy up."""

from datetime import timedelta

from odoo import Command, fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged

from .common import BackorderCommon


class RunCase(BackorderCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        Policy = cls.env["backorder.policy"]
        cls.fifo = Policy.create({"name": "First", "method": "fifo", "active": False})
        cls.even = Policy.create({"name": "Even", "method": "even", "active": False})
        cls.low = cls.env["res.partner"].create({"name": "Low & Co"})
        cls.regular = cls.env["res.partner"].create({"name": "Regular Ltd"})
        cls.premium = cls.env["res.partner"].create({"name": "Premium Inc"})

    def _orders(self, *quantities, product=None):
        """Confirmed in this order, a day apart."""
        orders = [self._sell((product or self.desk, q)) for q in quantities]
        for age, order in enumerate(reversed(orders), 1):
            self._set_age(order, age)
        return orders

    def _set_age(self, order, days):
        moment = fields.Datetime.now() - timedelta(days=days)
        order.date_order = moment
        planned = fields.Datetime.now() + timedelta(days=1)
        order.order_line.move_ids.write({"backorder_seniority": moment, "date": planned})

    def _hold(self, *orders_and_quantities):
        """Reserve by hand, whatever the rank says."""
        for order, quantity in orders_and_quantities:
            move = order.order_line.move_ids
            move.move_line_ids.unlink()
            if quantity:
                move._update_reserved_quantity(quantity, self.stock)
            move._recompute_state()

    def _reserved(self, *orders):
        self.env["backorder.tracker"]._drain()
        self.env.invalidate_all()
        return [sum(order.order_line.move_ids.mapped("quantity")) for order in orders]

    def _after(self, run, *orders):
        lines = {line.order_id: line for line in run.line_ids}
        return [lines[order].qty_after for order in orders]

    def _line(self, run, order):
        return run.line_ids.filtered(lambda x: x.order_id == order)

    def _simulate(self, policy=None, **kwargs):
        return (policy or self.fifo).simulate([self.desk.id], [self.warehouse.id], **kwargs)


@tagged("post_install", "-at_install")
class TestRuns(RunCase):
    def setUp(self):
        super().setUp()
        # 5 in stock: held by who came last
        self._stock(self.desk, 5)
        self.first, self.second, self.third = self._orders(4, 3, 1)
        self._hold((self.first, 0), (self.second, 3), (self.third, 1))
        self.all = (self.first, self.second, self.third)

    # === SIMULATE === #

    def test_two_policies_on_one_snapshot(self):
        """4 + 3 + 1 wanted, 5 there: in order 4, 1, 0; one each in turn 2, 2, 1."""
        runs = self._simulate(self.fifo | self.even)
        self.assertEqual(runs.policy_id, self.fifo | self.even)
        self.assertEqual(runs.mapped("state"), ["simulated", "simulated"])
        self.assertEqual(self._after(runs[0], *self.all), [4, 1, 0])
        self.assertEqual(self._after(runs[1], *self.all), [2, 2, 1])
        for run in runs:
            self.assertEqual([self._line(run, o).qty_before for o in self.all], [0, 3, 1])
            self.assertEqual([self._line(run, o).rank for o in self.all], [1, 2, 3])
            self.assertEqual(set(run.line_ids.mapped("of")), {3})
        # nothing happened
        self.assertEqual(self._reserved(*self.all), [0, 3, 1])

    def test_numbers(self):
        """In order: 5 served, one order closed; two of three had all and lose it."""
        first, even = self._simulate(self.fifo | self.even)
        self.assertEqual((first.units_served, even.units_served), (5, 5))
        self.assertEqual((first.value_served, even.value_served), (50, 50))
        self.assertEqual((first.orders_closed, even.orders_closed), (1, 1))
        self.assertEqual((first.promises_broken, even.promises_broken), (2, 1))
        # all of one customer: one part, as fair as can be
        self.assertEqual((first.fairness, even.fairness), (1, 1))
        self.assertAlmostEqual(first.oldest_wait, 2, 2)
        self.assertAlmostEqual(even.oldest_wait, 3, 2)
        self.assertEqual((first.shipments, even.shipments), (2, 3))
        self.assertEqual((first.line_count, first.changed_count), (3, 3))
        self.assertEqual((even.line_count, even.changed_count), (3, 2))
        self.assertEqual(even.best, "promises_broken")
        self.assertEqual(first.best, "oldest_wait")

    def test_reasons_in_words(self):
        run = self._simulate()
        self.assertEqual(
            [(line.reason, line.text) for line in run.line_ids.sorted("rank")],
            [
                ("served", "Gets 4 more and then has all 4."),
                ("lowered", "Gives 2 to those who come first."),
                ("lowered", "Gives 1 to those who come first."),
            ],
        )

    def test_string_ids_and_policies_instead_of_self(self):
        policies = [str(self.even.id), self.fifo.id]
        for target in (self.env["backorder.policy"], self.fifo):
            runs = target.simulate([str(self.desk.id)], [str(self.warehouse.id)], policies)
            self.assertEqual(runs.policy_id.ids, [self.even.id, self.fifo.id])
            self.assertEqual(runs.line_ids.product_id, self.desk)

    def test_bad_input(self):
        Policy = self.env["backorder.policy"]
        for call in (
            lambda: Policy.simulate(),
            lambda: Policy.simulate(policy_ids=[]),
            lambda: Policy.simulate(policy_ids=["x"]),
            lambda: Policy.simulate(policy_ids=[987654321]),
            lambda: self.fifo.simulate(product_ids=[987654321]),
            lambda: self.fifo.simulate(product_ids={"a": None}),
        ):
            with self.assertRaises(UserError):
                call()

    def test_scope(self):
        """Only pools that the policy is for; without arguments all with open demand."""
        chair = self._create_product("Chair")
        self._stock(chair, 1)
        order = self._sell((chair, 2))
        other = self.env["product.category"].create({"name": "Seats"})
        chair.categ_id = other
        self.even.product_categ_ids = other
        run = self.even.simulate()
        self.assertIn(order, run.line_ids.order_id)
        self.assertEqual(run.line_ids.product_id, chair)
        self.assertFalse(self._simulate(self.even).line_ids)
        self.assertLessEqual(self.desk | chair, self.fifo.simulate().line_ids.product_id)

    def test_order_that_ships_whole_joins_its_other_pools(self):
        """The chair of the whole order is missing: its desks go to the others."""
        chair = self._create_product("Chair")
        whole = self._sell((self.desk, 2), (chair, 1), backorder_shipping="whole")
        self._set_age(whole, 10)
        run = self._simulate()
        self.assertEqual(run.line_ids.product_id, self.desk | chair)
        lines = self._line(run, whole)
        self.assertEqual(lines.mapped("qty_after"), [0, 0])
        self.assertEqual(set(lines.mapped("reason")), {"waits_whole"})
        self._stock(chair, 1)
        run = self._simulate()
        self.assertEqual(self._line(run, whole).mapped("qty_after"), [2, 1])
        self.assertTrue(run.commit())
        self.assertEqual(self._reserved(whole, self.first), [3, 3])

    def test_many_lines_cost_few_queries(self):
        self._orders(*[1] * 20)
        self._simulate()
        self.env.flush_all()
        before = self.env.cr.sql_log_count
        run = self._simulate()
        self.env.flush_all()
        few = self.env.cr.sql_log_count - before
        self._orders(*[1] * 60)
        self.env.flush_all()
        before = self.env.cr.sql_log_count
        run = self._simulate()
        self.env.flush_all()
        self.assertEqual(run.line_count, 83)
        self.assertLessEqual(self.env.cr.sql_log_count - before, few + 12)

    # === COMMIT === #

    def test_commit(self):
        run = self._simulate()
        self.assertTrue(run.commit())
        self.assertEqual(self._reserved(*self.all), [4, 1, 0])
        self.assertEqual((run.state, run.committed_by_id), ("committed", self.env.user))
        self.assertEqual([self._line(run, o).qty_actual for o in self.all], [4, 1, 0])
        notes = self.first.backorder_ids.message_ids.mapped("body")
        self.assertIn(f"Got 4 (run {run.name}: First).", notes[0])
        notes = self.second.backorder_ids.message_ids.mapped("body")
        self.assertTrue(not notes or f"Gave 2 back (run {run.name}: First)." in notes[0])
        self._assert_sound()

    def test_second_commit_changes_nothing(self):
        run = self._simulate()
        run.commit()
        self._hold((self.first, 0), (self.second, 3))
        self.assertTrue(run.commit())
        self.assertEqual(self._reserved(*self.all), [0, 3, 0])
        bodies = self.first.backorder_ids.message_ids.mapped("body")
        self.assertEqual(len([b for b in bodies if run.name in b]), 1)

    def test_picked_goods_are_never_taken(self):
        """Of the 3 that the second holds one is picked: in order 4 and 1, but never 0."""
        self._hold((self.second, 0), (self.third, 0))
        picked = self.second.order_line.move_ids
        picked._update_reserved_quantity(3, self.stock)
        picked._recompute_state()
        self._hold((self.third, 1))
        picked.move_line_ids.picked = True
        run = self._simulate()
        self.assertEqual(self._after(run, *self.all), [2, 3, 0])
        run.commit()
        self.assertEqual(self._reserved(*self.all), [2, 3, 0])

    def test_commit_refuses_what_has_changed(self):
        run = self._simulate()
        self._hold((self.third, 0))
        with self.assertRaisesRegex(UserError, "Desk.*have changed since.*Simulate again"):
            run.commit()
        self.assertEqual(self._reserved(*self.all), [0, 3, 0])

    def test_commit_refuses_after_each_kind_of_change(self):
        def pin():
            self.first.backorder_ids.line_ids.sudo().pinned = True

        changes = {
            "stock": lambda: self._stock(self.desk, 1),
            "demand": lambda: self.first.order_line.write({"product_uom_qty": 5}),
            "new order": lambda: self._sell((self.desk, 1)),
            "pin": pin,
            "shipment": lambda: self.first.write({"backorder_shipping": "whole"}),
            "cancelled": lambda: self.third._action_cancel(),
        }
        for name, change in changes.items():
            with self.subTest(name):
                run = self._simulate()
                self.assertFalse(run._get_changed_pools())
                change()
                with self.assertRaises(UserError):
                    run.commit()

    def test_time_alone_changes_nothing(self):
        run = self._simulate()
        run.date -= timedelta(days=2)
        self._set_age(self.first, 30)
        self.assertFalse(run._get_changed_pools())
        self.assertTrue(run.commit())

    def test_outdated_run_is_marked(self):
        run = self._simulate()
        self._stock(self.desk, 1)
        action = run.action_commit()
        self.assertEqual(action["params"]["type"], "warning")
        self.assertEqual(run.state, "stale")
        self.assertEqual(self._reserved(*self.all), [0, 3, 1])
        with self.assertRaisesRegex(UserError, "out of date"):
            run.commit()

    def test_an_active_policy_does_not_undo_the_run(self):
        """Committed one each in turn; nobody gets back what he gave in the same moment."""
        self.fifo.active = True
        run = self._simulate(self.even)
        run.commit()
        self.assertEqual(self._reserved(*self.all), [2, 2, 1])

    # === BY HAND === #

    def test_change_by_hand(self):
        run = self._simulate()
        line = self._line(run, self.first)
        line.qty_after = 3
        self._line(run, self.third).qty_after = 1
        self.assertEqual(line.text, "Changed by hand from 4 to 3.")
        self.assertEqual(line.qty_planned, 4)
        self.assertEqual((run.units_served, run.promises_broken, run.orders_closed), (5, 1, 1))
        self.assertEqual(run.changed_count, 2)
        run.commit()
        self.assertEqual(self._reserved(*self.all), [3, 1, 1])
        self.assertTrue(run.replay())

    def test_change_by_hand_leaves_stock_free(self):
        self.fifo.active = True
        run = self._simulate()
        self._line(run, self.first).qty_after = 2
        run.commit()
        self.assertEqual(self._reserved(*self.all), [2, 1, 0])

    def test_change_by_hand_is_checked(self):
        """All reasons at once: more than needed, and more than there is."""
        run = self._simulate()
        self._line(run, self.second).qty_after = 9
        with self.assertRaises(UserError) as caught:
            run.commit()
        first, second = str(caught.exception).split("\n")
        self.assertEqual(first, f"{self.second.name} needs only 3 of Desk, not 9.")
        self.assertIn("Desk: the changes take 9 more from", second)
        self.assertIn("1 are free", second)
        self.assertEqual(self._reserved(*self.all), [0, 3, 1])

    def test_change_by_hand_below_what_is_picked(self):
        self.second.order_line.move_ids.move_line_ids.picked = True
        run = self._simulate()
        self._line(run, self.second).qty_after = 2
        with self.assertRaisesRegex(UserError, "keeps at least 3 of Desk"):
            run.commit()

    def test_change_by_hand_from_a_shelf(self):
        """What lies outside of the shelf is of no use to an order that takes from the shelf."""
        shelf = self.env["stock.location"].create(
            {"name": "Shelf", "location_id": self.stock.id, "usage": "internal"}
        )
        self._stock(self.desk, 2, location=shelf)
        move = self.first.order_line.move_ids
        move.location_id = shelf
        run = self._simulate()
        self.assertEqual(self._after(run, *self.all), [2, 3, 1])
        self._line(run, self.first).qty_after = 3
        with self.assertRaisesRegex(UserError, "3 more from .*Shelf, and 2 are free"):
            run.commit()

    def test_committed_run_is_closed(self):
        run = self._simulate()
        run.commit()
        with self.assertRaisesRegex(UserError, "can no longer be changed"):
            run.line_ids[:1].qty_after = 0

    # === REPLAY === #

    def test_replay_after_everything_changed(self):
        runs = self._simulate(self.fifo | self.even)
        runs[0].commit()
        self._receive(self.desk, 10)
        self._ship(self._get_open_pickings(self.first))
        self.second._action_cancel()
        self.fifo.method = "largest"
        self.assertTrue(runs.replay())
        self.assertTrue(runs[0].replay())

    def test_replay_sees_what_was_tampered_with(self):
        run = self._simulate()
        line = self._line(run, self.first)
        for name, value in (("qty_planned", 3), ("rank", 2), ("reason", "part")):
            old = line[name]
            line[name] = value
            self.assertFalse(run.replay(), name)
            line[name] = old
        self.assertTrue(run.replay())
        line.unlink()
        self.assertFalse(run.replay())

    def test_replay_without_its_move(self):
        run = self._simulate()
        self._line(run, self.third).move_id = False
        self.assertTrue(run.replay())

    # === RETENTION === #

    def test_retention(self):
        """Kept for 10 days: a simulated run is deleted, of a committed one the header stays."""
        self.env["ir.config_parameter"].set_param(
            "backorder_management.run_retention_days", "10"
        )
        old, kept = self._simulate(self.fifo | self.even)
        committed = self._simulate()
        committed.commit()
        (old | committed).date = fields.Datetime.now() - timedelta(days=11)
        kept.date = fields.Datetime.now() - timedelta(days=9)
        expired = self.env["backorder.run"].search(
            self.env["backorder.run"]._get_expired_domain()
        )
        self.assertEqual(expired, old | committed)
        self.env["backorder.run"]._trim_all(expired)
        self.assertFalse(old.exists())
        self.assertTrue(kept.line_ids)
        self.assertFalse(committed.line_ids)
        self.assertEqual((committed.units_served, committed.is_trimmed), (5, True))
        self.assertTrue(kept.replay())
        with self.assertRaisesRegex(UserError, "were deleted"):
            committed.replay()

    def test_runs_of_the_last_week_stay(self):
        self.env["ir.config_parameter"].set_param("backorder_management.run_retention_days", "0")
        run = self._simulate()
        run.date = fields.Datetime.now() - timedelta(days=6)
        self.assertNotIn(run, run.search(run._get_expired_domain()))
        run.date = fields.Datetime.now() - timedelta(days=8)
        self.assertIn(run, run.search(run._get_expired_domain()))

    def test_scheduled_action(self):
        run = self._simulate()
        self._stock(self.desk, 1)
        with self.enter_registry_test_mode():
            self.env.ref("backorder_management.ir_cron_clean_runs").method_direct_trigger()
        run.invalidate_recordset()
        self.assertEqual(run.state, "stale")


@tagged("post_install", "-at_install")
class TestRunRights(RunCase):
    """12,000 on hand: a low order holds 8,000, a regular one 4,000; then a premium order comes."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        rights = {cls.premium: "win", cls.regular: "gain", cls.low: "fill"}
        cls.rights = cls.env["backorder.policy"].create(
            {
                "name": "Rights",
                "active": False,
                "segment_ids": [
                    Command.create(
                        {
                            "name": partner.name,
                            "right": right,
                            "partner_domain": f"[('id', '=', {partner.id})]",
                        }
                    )
                    for partner, right in rights.items()
                ],
            }
        )
        cls._stock(cls.desk, 12000)
        cls.order_low = cls._sell((cls.desk, 8000), partner_id=cls.low.id)
        cls.order_regular = cls._sell((cls.desk, 4000), partner_id=cls.regular.id)
        cls.env["backorder.tracker"]._drain()

    def test_premium_wins(self):
        premium = self._sell((self.desk, 8000), partner_id=self.premium.id)
        orders = (premium, self.order_regular, self.order_low)
        self.assertEqual(self._reserved(*orders), [0, 4000, 8000])
        run = self._simulate(self.rights)
        self.assertEqual(self._after(run, *orders), [8000, 4000, 0])
        self.assertFalse(run.failed_count)
        self.assertEqual(self._line(run, premium).segment_name, "Premium Inc")
        run.commit()
        self.assertEqual(self._reserved(*orders), [8000, 4000, 0])
        self._assert_sound()

    def test_guarantees_that_cannot_be_kept(self):
        """9,000 and 4,000 are guaranteed, 12,000 are there: the product is left as it is, another
        one is shared as usual."""
        chair = self._create_product("Chair")
        self._stock(chair, 1)
        seat = self._sell((chair, 1), partner_id=self.low.id)
        self._hold((seat, 0))
        premium = self._sell((self.desk, 9000), partner_id=self.premium.id)
        chairs = self._sell((chair, 1), partner_id=self.premium.id)
        self._hold((chairs, 0), (seat, 1))
        orders = (premium, self.order_regular, self.order_low, chairs, seat)
        run = self.rights.simulate([self.desk.id, chair.id], [self.warehouse.id])
        self.assertEqual(self._after(run, *orders), [0, 4000, 8000, 1, 0])
        self.assertEqual(self._line(run, premium).reason, "exception")
        self.assertEqual(run.failed_count, 1)
        self.assertIn("Desk in Depot: 1000 missing to keep what is guaranteed", run.failed_text)
        self.assertIn(self.order_regular.name, run.failed_text)
        run.commit()
        self.assertEqual(self._reserved(*orders), [0, 4000, 8000, 1, 0])

    def test_fallback_without_guarantees(self):
        self.rights.fallback = "unrestricted"
        premium = self._sell((self.desk, 9000), partner_id=self.premium.id)
        for age, order in enumerate((self.order_regular, self.order_low, premium), 1):
            self._set_age(order, age)
        run = self._simulate(self.rights)
        orders = (premium, self.order_low, self.order_regular)
        self.assertEqual(self._after(run, *orders), [9000, 3000, 0])
        self.assertIn("without guarantees", run.failed_text)


@tagged("post_install", "-at_install")
class TestRunAccess(RunCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.planner = new_test_user(
            cls.env, "run_planner", groups="backorder_management.group_backorder_planner"
        )
        cls.seller = new_test_user(cls.env, "run_seller", groups="sales_team.group_sale_salesman")
        cls._stock(cls.desk, 3)
        cls.order = cls._sell((cls.desk, 4))

    def test_planner(self):
        self._hold((self.order, 0))
        run = self._simulate(self.fifo.with_user(self.planner))
        self.assertEqual(run.user_id, self.planner)
        self.assertEqual(run.line_ids.qty_after, 3)
        run.write({"changed_line_ids": [Command.update(run.line_ids.id, {"qty_after": 2})]})
        self.assertEqual(run.changed_line_ids.qty_after, 2)
        for call in (
            lambda: run.write({"state": "committed"}),
            lambda: run.line_ids.write({"qty_planned": 2}),
            lambda: run.unlink(),
        ):
            with self.assertRaises(AccessError):
                call()
        run.commit()
        self.assertEqual(run.committed_by_id, self.planner)
        self.assertEqual(self._reserved(self.order), [2])
        self.assertTrue(run.replay())

    def test_salesperson(self):
        with self.assertRaises(AccessError):
            self._simulate(self.fifo.with_user(self.seller))
        run = self._simulate().with_user(self.seller)
        for call in (run.commit, run.replay, lambda: run.read(["name"])):
            with self.assertRaises(AccessError):
                call()

    def test_second_company(self):
        """A planner sees, simulates and commits what his companies own."""
        company = self.env["res.company"].create({"name": "Elsewhere"})
        warehouse = self.env["stock.warehouse"].search([("company_id", "=", company.id)], limit=1)
        order = self._sell((self.desk, 2), company_id=company.id, warehouse_id=warehouse.id)
        self.fifo.company_id = False
        mine = self.fifo.with_user(self.planner).simulate([self.desk.id])
        self.assertEqual(mine.line_ids.order_id, self.order)
        both = self.fifo.with_context(
            allowed_company_ids=(self.env.company | company).ids
        ).simulate([self.desk.id])
        self.assertEqual(both.line_ids.order_id, self.order | order)
        seen = both.with_user(self.planner).with_context(
            allowed_company_ids=self.env.company.ids
        )
        with self.assertRaises(AccessError):
            seen.commit()
        self.even.company_id = company
        with self.assertRaises(AccessError):
            self.even.with_user(self.planner).simulate()

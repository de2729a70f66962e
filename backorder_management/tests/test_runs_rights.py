"""Runs of policies with guarantees, and who may do what with a run."""

from odoo import Command
from odoo.exceptions import AccessError
from odoo.tests import Form, new_test_user, tagged

from .run_case import RunCase


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

    def test_screens(self):
        """A planner compares from the list of runs, opens one, changes it and commits."""
        self._hold((self.order, 0))
        Run = self.env["backorder.run"].with_user(self.planner)
        wizard = Form.from_action(Run.env, Run.action_open_compare())
        wizard.product_ids.add(self.desk)
        record = wizard.save()
        self.assertLessEqual(self.fifo | self.even, record.policy_ids)
        record.policy_ids = self.fifo | self.even
        action = record.action_simulate()
        runs = Run.search(action["domain"])
        self.assertEqual(runs.policy_id, self.fifo | self.even)
        self.assertEqual(runs[0].action_view_comparison()["domain"], [("id", "in", runs.ids[::-1])])
        with Form(runs[0]) as form, form.changed_line_ids.edit(0) as line:
            line.qty_after = 1
        self.assertEqual(runs[0].units_served, 1)
        self.assertEqual(runs[0].action_check()["params"]["type"], "success")
        self.assertEqual(runs[0].action_replay()["params"]["type"], "success")
        self.assertEqual(runs[0].action_commit()["params"]["type"], "success")
        self.assertEqual(self._reserved(self.order), [1])
        self.assertEqual(runs[1].action_check()["params"]["type"], "warning")
        again = Run.browse(runs[1].action_simulate_again()["res_id"])
        self.assertEqual((again.policy_id, again.line_ids.qty_before), (runs[1].policy_id, 1))
        self.assertEqual(again.action_view_lines()["domain"], [("run_id", "=", again.id)])
        self.assertEqual(again.action_open_policy()["res_id"], again.policy_id.id)

    def test_views_load(self):
        models = {
            "backorder.run": ("form", "list", "kanban", "pivot", "graph", "search"),
            "backorder.run.line": ("form", "list", "kanban", "pivot", "search"),
            "backorder.shadow": ("list", "kanban", "search"),
        }
        for model, types in models.items():
            for view_type in types:
                self.env[model].with_user(self.planner).get_view(view_type=view_type)
        action = (self.fifo | self.even).with_user(self.planner).action_simulate()
        self.assertEqual(action["res_model"], "backorder.run")

    def test_change_on_a_phone(self):
        """A tap on a change opens a small form; the quantity is fixed when the run is committed."""
        self._hold((self.order, 0))
        line = self._simulate(self.fifo.with_user(self.planner)).changed_line_ids
        with Form(line) as form:
            self.assertEqual((form.product_id, form.order_id), (self.desk, self.order))
            form.qty_after = 2
        self.assertEqual(line.run_id.units_served, 2)
        line.run_id.commit()
        with self.assertRaisesRegex(AssertionError, "readonly"):
            Form(line).qty_after = 1

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
        seen = both.with_user(self.planner).with_context(allowed_company_ids=self.env.company.ids)
        with self.assertRaises(AccessError):
            seen.commit()
        self.even.company_id = company
        with self.assertRaises(AccessError):
            self.even.with_user(self.planner).simulate()

"""Who sees what: entry points, tiles, badges, the checklist and the delivery slip."""

from lxml import etree

from odoo.tests import new_test_user, tagged
from odoo.tools.safe_eval import safe_eval

from .common import BackorderCommon

VIEWS = ("form", "list", "kanban", "calendar", "pivot", "graph", "search")


@tagged("post_install", "-at_install")
class TestViews(BackorderCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.seller = new_test_user(cls.env, "seller", groups="sales_team.group_sale_salesman")
        cls.worker = new_test_user(cls.env, "worker", groups="stock.group_stock_user")
        cls.order = cls._sell((cls.desk, 5), user_id=cls.seller.id)
        cls.backorder = cls.order.backorder_ids

    def _get_arch(self, model, view_type, user):
        return self.env[model].with_user(user).get_view(view_type=view_type)["arch"]

    def test_prices(self):
        """A warehouse worker sees no price in any view; a salesperson does."""
        for model in ("sale.backorder", "sale.backorder.line"):
            for view_type in VIEWS:
                with self.subTest(model=model, view_type=view_type):
                    arch = self._get_arch(model, view_type, self.worker)
                    for name in ("amount_", "price_unit", "discount", "invoice_status"):
                        self.assertNotIn(f'"{name}', arch)
        self.assertIn('"amount_open"', self._get_arch("sale.backorder", "list", self.seller))

    def test_same_filters(self):
        """Backorders and Items have the same filters."""
        names = [
            "open", "closed", "cancelled", "my", "ready", "waiting_purchase", "check_stock",
            "overdue", "this_week", "later", "no_date", "high_priority",
        ]  # fmt: skip
        for model in ("sale.backorder", "sale.backorder.line"):
            arch = self._get_arch(model, "search", self.env.user)
            for name in names:
                self.assertIn(f'<filter name="{name}"', arch, model)

    def test_filters_search(self):
        """Every filter is a domain that the database understands."""
        for model in ("sale.backorder", "sale.backorder.line"):
            tree = etree.fromstring(self._get_arch(model, "search", self.env.user))
            for node in tree.iter("filter"):
                with self.subTest(model=model, filter=node.get("name")):
                    domain = safe_eval(node.get("domain") or "[]", {"uid": self.env.uid})
                    self.env[model].search(domain)

    def test_date_filters_part_the_open(self):
        """Every open backorder is in exactly one of This week, Later and No date."""
        dates = (False, "2000-01-01", "2100-01-01")
        orders = [self._sell((self.desk, 1)) for _date in dates]
        for order, date in zip(orders, dates, strict=True):
            order.backorder_ids.sudo().expected_date = date
        week = "today =week_start +7d"
        Backorder = self.env["sale.backorder"]
        found = [
            Backorder.search([("expected_date", "=", False)]),
            Backorder.search([("expected_date", "<", week)]),
            Backorder.search([("expected_date", ">=", week)]),
        ]
        for order, backorders in zip(orders, found, strict=True):
            self.assertIn(order.backorder_ids, backorders)

    # === ENTRY POINTS === #

    def test_landing(self):
        """Who only sells lands on My open, who only ships on what is ready, others on Open."""
        for user, mine in ((self.seller, True), (self.worker, False), (self.env.user, False)):
            action = self.env["sale.backorder"].with_user(user).action_open_app()
            context = action["context"]
            self.assertEqual("search_default_my" in context, mine)
            self.assertEqual("search_default_ready" in context, user == self.worker)
            self.assertIn("search_default_open", context)

    def test_empty_list(self):
        """No open backorder is good news; filters that hide them are not."""
        Backorder = self.env["sale.backorder"]
        self.assertIn("No backorder matches", Backorder.get_empty_list_help("Good news"))
        self.env["sale.backorder"].search([]).sale_order_id._action_cancel()
        self.assertEqual(Backorder.get_empty_list_help("Good news"), "Good news")

    def test_tiles(self):
        """A tile counts what its filter shows, as the user who looks."""
        other = self._sell((self.desk, 2))
        tiles = self.env["sale.backorder"].with_user(self.seller).retrieve_dashboard()
        mine = tiles["my"]
        self.assertEqual(mine["ready"], 0)
        self._stock(self.desk, 7)
        (self.order | other).picking_ids.action_assign()
        tiles = self.env["sale.backorder"].with_user(self.seller).retrieve_dashboard()
        self.assertEqual(tiles["my"]["ready"], 1)
        tiles = self.env["sale.backorder"].with_user(self.worker).retrieve_dashboard()
        self.assertGreaterEqual(tiles["all"]["ready"], 2)
        self.assertEqual(tiles["my"]["ready"], 0)

    def test_tile_domains(self):
        """The tiles and the filters of the same name mean the same."""
        Backorder = self.env["sale.backorder"]
        tree = etree.fromstring(self._get_arch("sale.backorder", "search", self.env.user))
        for name, domain in Backorder._get_dashboard_domains().items():
            node = tree.find(f".//filter[@name='{name}']")
            expected = Backorder.search(safe_eval(node.get("domain")))
            self.assertEqual(Backorder.search(domain), expected, name)

    def test_group_order(self):
        """Ages and statuses come in their own order, in groups of every kind of view."""
        Backorder = self.env["sale.backorder"]
        for bucket in ("30+", "8-14", "15-30"):
            self._sell((self.desk, 1)).backorder_ids.sudo().age_bucket = bucket
        keys = [bucket for bucket, _count in Backorder._read_group([], ["age_bucket"], ["__count"])]
        self.assertEqual(keys, ["1-7", "8-14", "15-30", "30+"])
        [groups] = Backorder._read_grouping_sets([], [["age_bucket", "user_id"]], ["__count"])
        found = list(dict.fromkeys(group[0] for group in groups))
        self.assertEqual(found, keys)
        groups = Backorder._read_group([], ["age_bucket"], order="age_bucket DESC")
        self.assertEqual([bucket for (bucket,) in groups], keys[::-1])
        groups = Backorder._read_group([], ["user_id", "state"], order="user_id, state")
        self.assertTrue(groups)

    # === ON A PHONE === #

    def test_serve_cards(self):
        """Nothing is added, deleted or opened by a tap on a card."""
        tree = etree.fromstring(self._get_arch("backorder.serve", "form", self.worker))
        [cards] = tree.xpath("//field[@name='line_ids']/kanban")
        for name in ("create", "delete", "can_open"):
            self.assertEqual(cards.get(name), "0", name)

    def test_run_cards(self):
        """Policies can be simulated from the cards, where nothing can be selected."""
        tree = etree.fromstring(self._get_arch("backorder.run", "kanban", self.env.user))
        [button] = tree.xpath("/kanban/header/button[@name='action_open_compare']")
        self.assertEqual(button.get("display"), "always")

    # === SUMMARIES === #

    def test_product_summary(self):
        """Two products by name, the rest as a number."""
        names = ("Lamp", "Rug", "Vase")
        products = [self._create_product(name) for name in names]
        order = self._sell(*[(p, 1) for p in (self.desk, *products)])
        self.assertEqual(order.backorder_ids.product_summary, "Desk, Lamp and 2 more")
        self.assertEqual(self.backorder.product_summary, "Desk")

    def test_invoiced_and_paid(self):
        """Invoiced and paid follow the posted invoices of the order."""
        self.assertEqual((self.backorder.amount_invoiced, self.backorder.amount_paid), (0, 0))
        self.desk.invoice_policy = "order"
        self.order.order_line.invalidate_recordset()
        invoice = self.order._create_invoices(final=True)
        self.assertEqual(self.backorder.amount_invoiced, 0)
        invoice.action_post()
        self.assertEqual(self.backorder.amount_invoiced, self.order.amount_total)
        self.assertEqual(self.backorder.amount_paid, 0)
        self.env["account.payment.register"].with_context(
            active_model="account.move", active_ids=invoice.ids
        ).create({})._create_payments()
        self.assertEqual(self.backorder.amount_paid, self.order.amount_total)

    def test_stock_now_links(self):
        """Each number opens what it counts."""
        other = self._sell((self.desk, 2))
        line = self.backorder.line_ids
        action = line.action_open_rivals()
        rivals = self.env["sale.backorder.line"].search(action["domain"])
        self.assertEqual(rivals, other.backorder_ids.line_ids)
        self.assertEqual(
            sum(rivals.mapped("qty_open")), line.get_stock_now()["others_waiting"]["quantity"]
        )
        self._stock(self.desk, 2)
        other.picking_ids.action_assign()
        reserved = self.env["stock.move.line"].search(line.action_open_reserved()["domain"])
        self.assertEqual(sum(reserved.mapped("quantity")), line.get_stock_now()["reserved_others"])
        quants = self.env["stock.quant"].search(line.action_open_quants()["domain"])
        self.assertEqual(sum(quants.mapped("quantity")), line.get_stock_now()["on_hand"])

    # === CHECKLIST === #

    def test_checklist(self):
        """Each number is the length of the list that it opens."""
        action = self.env["backorder.finder"].action_open_checklist()
        checklist = self.env[action["res_model"]].browse(action["res_id"])
        self.warehouse.out_type_id.create_backorder = "never"
        for name in ("open", "old", "dropping_type", "late_receipt", "unreleased"):
            link = getattr(checklist, f"action_view_{name}")()
            found = self.env[link["res_model"]].search_count(link["domain"])
            self.assertEqual(checklist[f"{name}_count"], found, name)
        self.assertGreaterEqual(checklist.open_count, 1)
        self.assertGreaterEqual(checklist.dropping_type_count, 1)

    def test_checklist_steps(self):
        """What is done or skipped stays so, for the company."""
        step = self._open_checklist().step_ids[0]
        step.action_toggle()
        again = self._open_checklist().step_ids[0]
        self.assertEqual((again.code, again.done), (step.code, True))
        again.action_toggle()
        self.assertFalse(self._open_checklist().step_ids[0].done)
        for step in self._open_checklist().step_ids:
            self.assertIn("type", step.action_open())

    def _open_checklist(self):
        action = self.env["backorder.checklist"].action_open()
        return self.env["backorder.checklist"].browse(action["res_id"])

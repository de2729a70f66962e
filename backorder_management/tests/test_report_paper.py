"""The table of fulfilment times and what is printed, against a count by hand."""

from datetime import timedelta

from odoo import fields
from odoo.tests import new_test_user, tagged

from odoo.addons.backorder_management.models.sale_backorder import OPEN_STATES

from .report_case import ReportCase


@tagged("post_install", "-at_install")
class TestFulfilmentTime(ReportCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._generate(40)

    def _open(self, kind, label):
        action = self.env["backorder.fulfilment"].action_open()
        rows = self.env["backorder.fulfilment"].search(action["domain"])
        return rows.filtered(lambda r: r.kind == kind and r.name == label)

    def test_category(self):
        lines = self.env["sale.backorder.line"].search(
            [("product_categ_id", "=", self.categories[0].id)]
        )
        waits = [(v["days_waited"], x.state) for x, v in ((x, self._naive(x)) for x in lines)]
        row = self._open("category", self.categories[0].display_name)
        done = sorted(days for days, state in waits if state == "done")
        waiting = [days for days, state in waits if state in OPEN_STATES]
        self.assertTrue(done and waiting)
        self.assertEqual(
            (row.item_count, row.fulfilled_count, row.open_count),
            (len(waits), len(done), len(waiting)),
        )
        self.assertAlmostEqual(row.mean, sum(done) / len(done), delta=0.051)
        self.assertAlmostEqual(row.open_age, sum(waiting) / len(waiting), delta=0.051)
        self.assertEqual(row.median, done[(len(done) - 1) // 2])
        self.assertEqual(row.p90, done[-(-len(done) * 9 // 10) - 1])
        self._check_true_median(row, waits)

    def _check_true_median(self, row, waits):
        """Day by day: who is there, who is served."""
        share, found = 1.0, None
        for day in range(max(days for days, _state in waits) + 1):
            present = [w for w in waits if w[0] >= day]
            served = [w for w in present if w == (day, "done")]
            share *= 1 - len(served) / len(present)
            if share <= 0.5 + 1e-9 and found is None:
                found = day
        self.assertEqual(row.median_known, found is not None)
        self.assertEqual(row.true_median, found or 0)

    def test_once(self):
        """A second look replaces the first."""
        mine = [("create_uid", "=", self.env.uid)]
        self.env["backorder.fulfilment"].action_open()
        count = self.env["backorder.fulfilment"].search_count(mine)
        self.env["backorder.fulfilment"].action_open()
        self.assertEqual(self.env["backorder.fulfilment"].search_count(mine), count)


@tagged("post_install", "-at_install")
class TestPaper(ReportCase):
    def _render(self, xmlid, records, user=None):
        report = self.env["ir.actions.report"].with_user(user or self.env.user)
        html, _type = report._render_qweb_html(f"backorder_management.{xmlid}", records.ids)
        return html.decode()

    def test_aging(self):
        """Two customers: 3 at 8.0 for 10 days and 2 at 5.0 since today; 4 at 20.0 for 40 days."""
        company, warehouse = self.other_company, self.east
        first, second = self.customers[:2]
        for partner, quantity, price, days in (
            (first, 3, 8.0, 10),
            (first, 2, 5.0, 0),
            (second, 4, 20.0, 40),
        ):
            order = self._order(warehouse, [(self.desk, quantity, price)], partner_id=partner.id)
            self.env["backorder.tracker"]._drain()
            moment = fields.Datetime.now() - timedelta(days=days)
            self._date_back(order.backorder_ids, date_open=moment)
        paper = self.env["report.backorder_management.report_aging"].with_company(company)
        aging = paper._get_aging(company)
        found = [
            (r["partner"], r["items"], r["quantity"], r["value"], self._cells(r))
            for r in (*aging["rows"], aging["total"])
        ]
        self.assertEqual(
            found,
            [
                (second, 1, 4, 80.0, {"30+": 80.0}),
                (first, 2, 5, 34.0, {"8-14": 24.0, "1-7": 10.0}),
                (False, 3, 9, 114.0, {"30+": 80.0, "8-14": 24.0, "1-7": 10.0}),
            ],
        )

    def _cells(self, row):
        return {k: c["value"] for k, c in row["buckets"].items() if c["value"]}

    def test_aging_without_prices(self):
        self._order(self.west, [(self.desk, 3, 8888.0)], partner_id=self.customers[0].id)
        self.env["backorder.tracker"]._drain()
        user = new_test_user(self.env, "paper_stock", groups="stock.group_stock_user")
        html = self._render("action_report_backorder_aging", self.company, user)
        self.assertIn("Customer 0", html)
        self.assertNotIn("26,664", html)
        html = self._render("action_report_backorder_aging", self.company)
        self.assertIn("26,664", html)

    def test_statement(self):
        """By order; contacts of the company too; closed ones and causes not."""
        partner = self.customers[0]
        contact = self.env["res.partner"].create({"name": "Buyer", "parent_id": partner.id})
        self._stock(self.desk, 1)
        one = self._order(
            self.west, [(self.desk, 3, 8.0)], partner_id=partner.id, client_order_ref="PO 77"
        )
        two = self._order(self.west, [(self.products[0], 4, 8.0)], partner_id=contact.id)
        gone = self._order(self.west, [(self.products[1], 5, 8.0)], partner_id=partner.id)
        gone.backorder_ids.cancel_open(self.reason.id)
        one.backorder_ids.line_ids.cause_id = self.causes[0]
        day = fields.Date.today() + timedelta(days=9)
        two.backorder_ids.reschedule(day)
        self.env["backorder.tracker"]._drain()
        entries = partner._get_backorder_statement()
        self.assertEqual([e["order"] for e in entries], [one, two])
        rows = [e["rows"][0] for e in entries]
        self.assertEqual(
            [(r["product"], r["ordered"], r["delivered"], r["open"], r["date"]) for r in rows],
            [(self.desk, "3", "0", "2", False), (self.products[0], "4", "0", "4", day)],
        )
        html = self._render("action_report_backorder_statement", partner)
        self.assertIn("PO 77", html)
        self.assertNotIn(gone.name, html)
        self.assertNotIn(self.causes[0].name, html)
        self.assertIn("Date to follow", html)

    def test_a_promise_that_passed(self):
        order = self._order(self.west, [(self.desk, 3, 8.0)], partner_id=self.customers[1].id)
        order.backorder_ids.reschedule(fields.Date.today() + timedelta(days=3))
        line = order.backorder_ids.line_ids
        self._date_back(line, promised_date=fields.Date.today() - timedelta(days=3))
        [entry] = self.customers[1]._get_backorder_statement()
        self.assertTrue(entry["rows"][0]["passed"])

    def test_statement_in_the_language_of_the_customer(self):
        self.env["res.lang"]._activate_lang("fr_FR")
        partner = self.customers[2]
        partner.lang = "fr_FR"
        view = self.env.ref("backorder_management.report_statement_document")
        view.update_field_translations(
            "arch_db", {"fr_FR": {"Open backorders": "Commandes en attente"}}
        )
        html = self._render("action_report_backorder_statement", partner)
        self.assertIn("Commandes en attente", html)

    def test_statement_of_a_backorder(self):
        order = self._order(self.west, [(self.desk, 3, 8.0)])
        action = self.env.ref(
            "backorder_management.action_report_backorder_statement_customer"
        ).with_context(
            active_model="sale.backorder",
            active_ids=order.backorder_ids.ids,
            discard_logo_check=True,
        )
        result = action.run()
        self.assertEqual(result["context"]["active_ids"], self.customer.ids)

"""The numbers of the digest mail are those of the cockpit and the reports."""

from datetime import date, datetime, timedelta

from freezegun import freeze_time

from odoo import Command, fields
from odoo.tests import tagged

from .report_case import ReportCase


@tagged("post_install", "-at_install")
class TestDigestAgrees(ReportCase):
    """A company of its own, in the far east, which counts in the foreign currency."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.user = cls.env["res.users"].create(
            {
                "name": "Reader",
                "login": "digest_reader",
                "tz": "UTC",
                "company_id": cls.other_company.id,
                "company_ids": [Command.set(cls.other_company.ids)],
                "group_ids": [
                    Command.link(cls.env.ref("sales_team.group_sale_salesman_all_leads").id)
                ],
            }
        )
        cls.digest = cls.env["digest.digest"].create(
            {"name": "Week", "company_id": cls.other_company.id}
        )

    def _kpi(self, name):
        now = fields.Datetime.now()
        digest = self.digest.with_user(self.user).with_context(
            allowed_company_ids=self.other_company.ids,
            start_datetime=now - timedelta(days=7),
            end_datetime=now + timedelta(minutes=1),
        )
        digest.invalidate_recordset()
        return digest[f"kpi_backorder_{name}_value"]

    def _get_cockpit(self):
        self.env["backorder.tracker"]._drain()
        self.env.flush_all()
        cockpit = self.env["backorder.cockpit"].with_user(self.user)
        return cockpit.with_context(allowed_company_ids=self.other_company.ids).get_data()

    def test_value(self):
        """48 are 96 at 2 for 1, the rate of the order's date, and not 192, at today's."""
        order = self._order(self.east, [(self.desk, 6, 8.0)], currency=self.home)
        self._date_order(order, datetime(2026, 1, 10))
        self._order(self.east, [(self.desk, 1, 4.0)])
        self.assertAlmostEqual(self._get_cockpit()["totals"]["value"], 100.0)
        self.assertAlmostEqual(self._kpi("value"), 100.0)

    def test_rate(self):
        """Of four orders one ships, one waits, one waited and was cancelled, and a service has
        nothing that could wait: two of three."""
        service = self._create_product("Advice", type="service", is_storable=False)
        self._stock(self.desk, 1, self.east.lot_stock_id)
        shipped, waiting, cancelled, _advice = (
            self._order(self.east, [(product, quantity, 8.0)])
            for product, quantity in ((self.desk, 1), (self.desk, 2), (self.desk, 3), (service, 1))
        )
        self.env["backorder.tracker"]._drain()
        cancelled._action_cancel()
        trend = self._get_cockpit()["trend"][-1]
        self.assertEqual((trend["orders"], bool(shipped.backorder_ids)), (3, False))
        self.assertTrue(waiting.backorder_ids)
        self.assertAlmostEqual(trend["rate"], 2 / 3)
        self.assertAlmostEqual(self._kpi("rate"), 200 / 3)

    def test_overdue(self):
        """On the 8th at 11:01 UTC the 9th has begun in Auckland."""
        record = self._order(self.east, [(self.desk, 6, 8.0)]).backorder_ids
        record.date_due = record.line_ids.date_due = date(2031, 3, 8)
        for moment, overdue in (
            (datetime(2031, 3, 8, 10, 59), 0),
            (datetime(2031, 3, 8, 11, 1), 1),
        ):
            with freeze_time(moment):
                tiles = {tile["code"]: tile["count"] for tile in self._get_cockpit()["tiles"]}
                self.assertEqual((tiles["overdue"], self._kpi("overdue")), (overdue, overdue))

    def test_oldest(self):
        """Opened ten minutes before midnight there, and it is ten past: a day, as listed."""
        record = self._order(self.east, [(self.desk, 6, 8.0)]).backorder_ids
        record.date_open = datetime(2031, 3, 8, 10, 50)
        with freeze_time(datetime(2031, 3, 8, 11, 10)):
            self.env.invalidate_all()
            self.assertEqual((record.age_days, self._kpi("oldest")), (1, 1))

    def test_links(self):
        """Each number opens what has it: who follows the overdue ones sees these."""
        links = self.digest._compute_kpis_actions(self.other_company, self.user)
        actions = {
            name: self.env.ref(link.partition("?")[0])
            for name, link in links.items()
            if name.startswith("kpi_backorder_")
        }
        self.assertIn("search_default_overdue", actions["kpi_backorder_overdue"].context)
        self.assertEqual(actions["kpi_backorder_value"].res_model, "backorder.report")
        self.assertEqual(actions["kpi_backorder_rate"].res_model, "backorder.rate.report")

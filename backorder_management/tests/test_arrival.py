"""When the goods reach the customer: the day of shipping and the days to the address."""

from odoo.exceptions import ValidationError
from odoo.tests import new_test_user, tagged
from odoo.tools import format_date

from .test_dates import DatesCommon

SLIP = "stock.action_report_delivery"


@tagged("post_install", "-at_install")
class TestArrival(DatesCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.address = cls.env["res.partner"].create(
            {"name": "Yard", "parent_id": cls.customer.id, "type": "delivery"}
        )

    def _wait(self, days=5, **values):
        """An order that ships in so many days. -> its backorder"""
        values = {"partner_shipping_id": self.address.id, **values}
        order = self._sell((self.desk, 5), **values)
        if days is not None:
            self._announce(5, days)
        self.env["backorder.tracker"]._drain()
        return order.backorder_ids

    def _arrivals(self, record):
        """Days from now: of the record and of its only item."""
        found = record.expected_arrival_date, record.line_ids.expected_arrival_date
        return [date and (date - self.today).days for date in found]

    def _print(self, report, records):
        html, _type = self.env["ir.actions.report"]._render_qweb_html(report, records.ids)
        return " ".join(html.decode().split())

    def test_whose_days(self):
        """Ships on day 5. Ours are two days, those of the customer three, of the address four."""
        record = self._wait()
        self.assertEqual(self._arrivals(record), [5, 5])
        self.company.backorder_transit_days = 2
        self.assertEqual(self._arrivals(record), [7, 7])
        self.customer.backorder_transit_days = 3
        self.assertEqual(self._arrivals(record), [8, 8])
        self.address.backorder_transit_days = 4
        self.assertEqual(self._arrivals(record), [9, 9])
        self.address.backorder_transit_days = 0
        self.assertEqual(self._arrivals(record), [8, 8])

    def test_customer_and_address_stay_apart(self):
        """What a customer says is not copied to his addresses, and not back."""
        self.address.backorder_transit_days = 4
        self.customer.backorder_transit_days = 3
        self.assertEqual(self.address.backorder_transit_days, 4)
        record = self._wait(partner_shipping_id=self.customer.id)
        self.assertEqual(self._arrivals(record), [8, 8])

    def test_no_date(self):
        self.company.backorder_transit_days = 2
        self.assertEqual(self._arrivals(self._wait(days=None)), [False, False])

    def test_shipping_dates_stay(self):
        """Neither the expected date, nor a promise, nor a late item."""
        self.company.backorder_transit_days = 10
        record = self._wait(commitment_date=self._moment(5))
        line = record.line_ids
        for name in ("expected_date", "promised_date", "date_due"):
            self.assertEqual(line[name], self._day(5), name)
        self.assertEqual(self._changes(record.sale_order_id), [])
        self.assertEqual(record.sale_order_id.commitment_date, self._moment(5))

    def test_not_negative(self):
        for record in self.company, self.address:
            with self.assertRaises(ValidationError):
                record.backorder_transit_days = -1

    def test_setting(self):
        self.env["res.config.settings"].create({"backorder_transit_days": 6}).execute()
        self.assertEqual(self.company.backorder_transit_days, 6)

    def test_warehouse_worker_reads_it(self):
        self.address.backorder_transit_days = 4
        record = self._wait()
        worker = new_test_user(self.env, "worker", groups="stock.group_stock_user")
        self.env.invalidate_all()
        self.assertEqual(self._arrivals(record.with_user(worker)), [9, 9])

    def test_one_query_for_all(self):
        """Not a query per item."""
        self.company.backorder_transit_days = 2
        records = self.env["sale.backorder"].concat(*(self._wait() for _number in range(6)))
        few, many = (self._count_queries(x.line_ids) for x in (records[:2], records))
        self.assertEqual(few, many)

    def _count_queries(self, lines):
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        lines.browse(lines.ids).mapped("expected_arrival_date")
        return self.env.cr.sql_log_count - before

    # === WHAT THE CUSTOMER READS === #

    def test_slip(self):
        self.company.backorder_slip_dates = True
        self._stock(self.desk, 2)
        record = self._wait()
        picking = self._get_open_pickings(record.sale_order_id)
        self._ship(picking, {self.desk: 2})
        slip = self._print(SLIP, picking)
        self.assertIn("Expected to ship", slip)
        self.assertIn(self._day(5).strftime("%m/%d/%Y"), slip)
        self.address.backorder_transit_days = 3
        slip = self._print(SLIP, picking)
        self.assertIn("Expected to arrive", slip)
        self.assertNotIn("Expected to ship", slip)
        self.assertIn(self._day(8).strftime("%m/%d/%Y"), slip)
        self.assertNotIn(self._day(5).strftime("%m/%d/%Y"), slip)
        self.company.backorder_slip_dates = False
        self.assertNotIn("Expected to", self._print(SLIP, picking))

    def test_quotation(self):
        """Colleagues read when it ships, the customer when he has it."""
        self.company.backorder_quotation_dates = True
        self.address.backorder_transit_days = 3
        self._announce(5, 6)
        order = self._sell((self.desk, 5), confirm=False, partner_shipping_id=self.address.id)
        line = order.order_line
        ships, arrives = (format_date(self.env, self._day(n)) for n in (6, 9))
        self.assertEqual(line.backorder_outlook_text, f"Expected {ships}")
        self.assertEqual(line.backorder_outlook_date, self._day(6))
        self.assertEqual(line._get_customer_outlook(), f"Expected {arrives}")
        self.assertIn(f"Expected {arrives}", self._print("sale.report_saleorder", order))
        order.partner_shipping_id = self.customer
        self.assertEqual(line._get_customer_outlook(), f"Expected {ships}")

    def test_quotation_in_stock(self):
        self.company.backorder_quotation_dates = True
        self.company.backorder_transit_days = 3
        self._stock(self.desk, 5)
        line = self._sell((self.desk, 5), confirm=False).order_line
        self.assertEqual(line._get_customer_outlook(), "In stock")

    def test_status_text(self):
        record = self._wait()
        ships, arrives = (format_date(self.env, self._day(n)) for n in (5, 7))
        self.assertIn(f"We expect to ship it on {ships}.", record.get_status_text())
        self.company.backorder_transit_days = 2
        self.assertIn(f"We expect it to reach you on {arrives}.", record.get_status_text())

"""Expected payments and revenue at risk, counted by hand."""

from collections import defaultdict
from datetime import datetime, timedelta

from odoo import Command, fields
from odoo.tests import tagged

from odoo.addons.backorder_management.models.sale_backorder import OPEN_STATES

from .report_case import ReportCase


@tagged("post_install", "-at_install")
class TestMoney(ReportCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # a company of its own: what the database holds besides does not count
        cls.env = cls.env(context={"allowed_company_ids": cls.other_company.ids})
        cls.user = cls.env["res.users"].create(
            {
                "name": "Seller",
                "login": "money_seller",
                "company_id": cls.other_company.id,
                "company_ids": [Command.set(cls.other_company.ids)],
                "group_ids": [
                    Command.link(cls.env.ref("sales_team.group_sale_salesman_all_leads").id)
                ],
            }
        )
        cls.today = fields.Date.context_today(cls.env.user)
        cls.term = cls.env["account.payment.term"].create(
            {
                "name": "Half now, half in 30 days",
                "line_ids": [
                    Command.clear(),
                    Command.create({"value": "percent", "value_amount": 50, "nb_days": 0}),
                    Command.create({"value": "percent", "value_amount": 50, "nb_days": 30}),
                ],
            }
        )

    def _owe(self, quantity, price, days=None, p90=None, **values):
        """Expected in so many days."""
        order = self._order(self.east, [(self.desk, quantity, price)], **values)
        self.env["backorder.tracker"]._drain()
        line = order.backorder_ids.line_ids
        for name, offset in (
            ("expected_date", days),
            ("expected_date_p50", days),
            ("expected_date_p90", p90),
        ):
            date = None if offset is None else self.today + timedelta(days=offset)
            self._date_back(line, **{name: date})
        return order

    def _weeks(self):
        model = self.env["backorder.money.week"].with_user(self.user)
        rows = model.search(model.action_open()["domain"])
        return {
            (r.kind, r.date_start): (r.revenue, r.revenue_p90, r.cash, r.cash_p90) for r in rows
        }

    def _monday(self, days):
        day = self.today + timedelta(days=days)
        return day - timedelta(days=day.weekday())

    def _add(self, rows, key, **amounts):
        for place, name in enumerate(("revenue", "revenue_p90", "cash", "cash_p90")):
            rows[key][place] += amounts.get(name, 0.0)

    def test_by_week(self):
        """80.0 in 10 days (safe in 20), half of it due at once and half 30 days later; 30.0 that
        was expected 5 days ago; 50.0 without a date."""
        self._owe(10, 8.0, days=10, p90=20, payment_term_id=self.term.id)
        self._owe(3, 10.0, days=-5, payment_term_id=False)
        self._owe(5, 10.0, payment_term_id=False)
        wanted = defaultdict(lambda: [0.0] * 4)
        for days, amounts in (
            (10, {"revenue": 80.0, "cash": 40.0}),
            (20, {"revenue_p90": 80.0, "cash_p90": 40.0}),
            (40, {"cash": 40.0}),
            (50, {"cash_p90": 40.0}),
            (0, {"revenue": 30.0, "revenue_p90": 30.0, "cash": 30.0, "cash_p90": 30.0}),
        ):
            self._add(wanted, ("week", self._monday(days)), **amounts)
        wanted["no_date", False] = [50.0] * 4
        self.assertEqual(self._weeks(), {k: tuple(v) for k, v in wanted.items()})

    def test_prepaid(self):
        """100.0 ordered, 60.0 open. 70.0 paid: 40.0 for what is not open, 30.0 beyond it."""
        self._stock(self.desk, 4, self.east.lot_stock_id)
        order = self._owe(10, 10.0, days=3, payment_term_id=False)
        self._pay(order, 70.0)
        weeks = self._weeks()
        self.assertEqual(weeks["week", self._monday(3)], (60.0, 60.0, 30.0, 30.0))
        self.assertEqual(weeks["prepaid", False], (0.0, 0.0, 30.0, 30.0))

    def test_all_is_prepaid(self):
        order = self._owe(10, 10.0, days=3, payment_term_id=False)
        self._pay(order, 100.0)
        weeks = self._weeks()
        self.assertEqual(weeks["week", self._monday(3)], (100.0, 100.0, 0.0, 0.0))
        self.assertEqual(weeks["prepaid", False], (0.0, 0.0, 100.0, 100.0))

    def test_paid_less_than_what_is_not_open(self):
        self._stock(self.desk, 4, self.east.lot_stock_id)
        order = self._owe(10, 10.0, days=3, payment_term_id=False)
        self._pay(order, 40.0)
        self.assertNotIn(("prepaid", False), self._weeks())

    def _pay(self, order, amount):
        """Online."""
        provider = self.env["payment.provider"].create(
            {"name": "Till", "company_id": order.company_id.id, "code": "none"}
        )
        self.env["payment.transaction"].create(
            {
                "provider_id": provider.id,
                "payment_method_id": self.env.ref("payment.payment_method_unknown").id,
                "reference": f"{order.name}-1",
                "amount": amount,
                "currency_id": order.currency_id.id,
                "partner_id": order.partner_id.id,
                "state": "done",
                "sale_order_ids": [Command.set(order.ids)],
            }
        )

    def test_risk(self):
        """Ended: 40.0 shipped after 3 days, 30.0 cancelled after 10, 10.0 cancelled after 40.
        Of what lasted 8 days 40 of 40 was cancelled; of all, 40 of 80. Open: 100.0 for 2 days and
        50.0 for 20."""
        for quantity, days, fate in ((4, 3, "ship"), (3, 10, "cancel"), (1, 40, "cancel")):
            self._end(quantity, days, fate)
        for quantity, days in ((10, 2), (5, 20)):
            order = self._owe(quantity, 10.0)
            moment = fields.Datetime.now() - timedelta(days=days)
            self._date_back(order.backorder_ids, date_open=moment)
        model = self.env["backorder.money.risk"].with_user(self.user)
        rows = model.search(model.action_open()["domain"])
        self.assertEqual(
            [
                (r.age_bucket, r.open_count, r.value_open, r.sample_count, r.share, r.value_risk)
                for r in rows
            ],
            [
                ("1-7", 1, 100.0, 3, 0.5, 50.0),
                ("8-14", 0, 0.0, 2, 1.0, 0.0),
                ("15-30", 1, 50.0, 1, 1.0, 50.0),
                ("30+", 0, 0.0, 1, 1.0, 0.0),
            ],
        )

    def _end(self, quantity, days, fate):
        order = self._owe(quantity, 10.0)
        record = order.backorder_ids
        moment = fields.Datetime.now() - timedelta(days=days)
        self._date_back(record, date_open=moment)
        self._date_back(record.line_ids, date_open=moment)
        if fate == "cancel":
            record.cancel_open(self.reason.id)
        else:
            self._stock(self.desk, quantity, self.east.lot_stock_id)
            order.picking_ids.action_assign()
            self._ship(order.picking_ids)
        self.env["backorder.tracker"]._drain()
        self.assertNotIn(record.state, OPEN_STATES)


@tagged("post_install", "-at_install")
class TestPaidInvoices(ReportCase):
    """100.0 and 15% taxes ordered, 60.0 of it open."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.desk.invoice_policy = "order"
        cls.tax = cls.env["account.tax"].create(
            {
                "name": "Fifteen",
                "amount": 15,
                "type_tax_use": "sale",
                "price_include_override": "tax_excluded",
            }
        )
        cls._stock(cls.desk, 4)

    def _owe(self, **values):
        order = self._order(self.west, [(self.desk, 10, 10.0)], **values)
        order.order_line.tax_ids = self.tax
        self.env["backorder.tracker"]._drain()
        return order

    def _row(self, order):
        self.env.invalidate_all()
        return self.env["backorder.report"].search([("sale_order_id", "=", order.id)])

    def _pay(self, invoice, amount):
        self.env["account.payment.register"].with_context(
            active_model="account.move", active_ids=invoice.ids
        ).create({"amount": amount})._create_payments()

    def test_open_with_taxes(self):
        row = self._row(self._owe())
        self.assertEqual((row.value_open, row.value_due, row.value_prepaid), (60.0, 69.0, 0.0))

    def test_paid_in_part(self):
        """Of 115.0 with taxes 46.0 are not open: of 80.0 that were paid 34.0 are prepaid."""
        order = self._owe()
        invoice = order._create_invoices()
        invoice.action_post()
        self.assertEqual(self._row(order).value_prepaid, 0.0)
        self._pay(invoice, 80.0)
        self.assertAlmostEqual(self._row(order).value_prepaid, 34.0)

    def test_all_is_paid(self):
        order = self._owe()
        invoice = order._create_invoices()
        invoice.action_post()
        self._pay(invoice, 115.0)
        self.assertAlmostEqual(self._row(order).value_prepaid, 69.0)

    # === SHARED WITH OTHER ORDERS === #

    def _set_up_pair(self):
        """Of each 40.0 of 100.0 are delivered and invoiced, with taxes 46.0."""
        orders = []
        for name in ("Table", "Shelf"):
            self.desk = self._create_product(name, invoice_policy="delivery")
            self._stock(self.desk, 4)
            orders.append(self._owe())
            self._ship(orders[-1].picking_ids)
        invoice = (orders[0] | orders[1])._create_invoices()
        invoice.action_post()
        self.assertEqual((len(invoice), invoice.amount_total), (1, 92.0))
        return *orders, invoice

    def _form(self, order):
        record = order.backorder_ids
        record.invalidate_recordset()
        return round(record.amount_invoiced, 2), round(record.amount_paid, 2)

    def test_one_invoice_for_two_orders(self):
        """92.0 are paid, 46.0 for each of both, which is what is not open of it."""
        first, second, invoice = self._set_up_pair()
        self.assertEqual(self._form(first), (46.0, 0.0))
        self._pay(invoice, 92.0)
        for order in (first, second):
            self.assertEqual(self._row(order).value_prepaid, 0.0)
            self.assertEqual(self._form(order), (46.0, 46.0))

    def test_one_invoice_paid_in_part(self):
        first, second, invoice = self._set_up_pair()
        self._pay(invoice, 23.0)
        for order in (first, second):
            self.assertEqual(self._form(order), (46.0, 11.5))

    def test_one_of_two_is_credited(self):
        """The second's 46.0 are credited: the first's are still to be paid, by whatever comes."""
        first, second, invoice = self._set_up_pair()
        note = invoice._reverse_moves([{"invoice_date": invoice.invoice_date}])
        theirs = note.invoice_line_ids.filtered(lambda x: x.sale_line_ids.order_id == first)
        note.invoice_line_ids -= theirs
        note.action_post()
        (invoice | note).line_ids.filtered(
            lambda x: x.account_type == "asset_receivable"
        ).reconcile()
        self.assertEqual((note.amount_residual, invoice.amount_residual), (0.0, 46.0))
        self.assertEqual(self._form(first), (46.0, 0.0))
        self.assertEqual(self._form(second), (0.0, 0.0))
        self._pay(invoice, 46.0)
        self.assertEqual(self._form(first), (46.0, 46.0))
        self.assertEqual(self._form(second), (0.0, 0.0))

    def test_reversed(self):
        """115.0 were paid, and all of it was credited and paid back."""
        order = self._owe()
        invoice = order._create_invoices()
        invoice.action_post()
        self._pay(invoice, 115.0)
        note = invoice._reverse_moves([{"invoice_date": invoice.invoice_date}])
        note.action_post()
        self.assertEqual(self._form(order), (0.0, 115.0))
        self.assertAlmostEqual(self._row(order).value_prepaid, 69.0)
        self._pay(note, 115.0)
        self.assertEqual(self._form(order), (0.0, 0.0))
        self.assertEqual(self._row(order).value_prepaid, 0.0)


@tagged("post_install", "-at_install")
class TestPaidOnline(ReportCase):
    """100.0 ordered, 60.0 of it open; what is paid beyond 40.0 is prepaid."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.provider = cls.env["payment.provider"].create({"name": "Till", "code": "none"})

    def _owe(self, quantity=10, **values):
        self._stock(self.desk, 4)
        order = self._order(self.west, [(self.desk, quantity, 10.0)], **values)
        self.env["backorder.tracker"]._drain()
        return order

    def _pay(self, orders, amount, state="done", **values):
        return self.env["payment.transaction"].create(
            {
                "provider_id": self.provider.id,
                "payment_method_id": self.env.ref("payment.payment_method_unknown").id,
                "reference": f"{orders[:1].name}-{len(orders[:1].transaction_ids)}-{state}",
                "amount": amount,
                "currency_id": orders[:1].currency_id.id,
                "partner_id": self.customer.id,
                "operation": "online_direct",
                "state": state,
                "sale_order_ids": [Command.set(orders.ids)],
                **values,
            }
        )

    def _assert_prepaid(self, order, amount):
        self.env.invalidate_all()
        row = self.env["backorder.report"].search([("sale_order_id", "=", order.id)])
        self.assertEqual(row.value_open, 60.0)
        self.assertAlmostEqual(row.value_prepaid, amount)

    def test_refunded_in_part(self):
        """90.0 less 30.0 are 60.0: 20.0 more than what is not open. A failed refund is none."""
        order = self._owe()
        paid = self._pay(order, 90.0)
        self._assert_prepaid(order, 50.0)
        paid._create_child_transaction(30.0, is_refund=True)._set_done()
        paid._create_child_transaction(10.0, is_refund=True)._set_error("No")
        self._assert_prepaid(order, 20.0)

    def _let_provider_capture(self):
        names = ("support_refund", "support_express_checkout", "support_tokenization")
        features = {**dict.fromkeys(names, False), "support_manual_capture": "partial"}
        self.patch(
            self.registry["payment.provider"],
            "_compute_feature_support_fields",
            lambda providers: providers.update(features),
        )

    def test_captured_in_part(self):
        """Of 100.0 authorized nothing came in; then 70.0 were captured and 30.0 voided; 10.0 of the
        capture were refunded."""
        self._let_provider_capture()
        order = self._owe()
        source = self._pay(order, 100.0, state="authorized")
        self._assert_prepaid(order, 0.0)
        capture = source._create_child_transaction(70.0)
        capture._set_done()
        self._assert_prepaid(order, 30.0)
        source._create_child_transaction(30.0)._set_canceled()
        self.assertEqual(source.state, "done")
        self._assert_prepaid(order, 30.0)
        capture._create_child_transaction(10.0, is_refund=True)._set_done()
        self._assert_prepaid(order, 20.0)

    def test_two_orders_at_once(self):
        """100.0 and 300.0 were paid with 200.0: 50.0 and 150.0, of which 10.0 are prepaid for the
        first. Each of them had 200.0."""
        first = self._owe()
        self.desk = self._create_product("Table")
        second = self._owe(30)
        self._pay(first | second, 200.0)
        self._assert_prepaid(first, 10.0)
        row = self.env["backorder.report"].search([("sale_order_id", "=", second.id)])
        self.assertEqual((row.value_open, row.value_prepaid), (260.0, 110.0))

    def test_in_another_currency(self):
        """140 foreign are 70.0 at 2 for 1, the rate of the order's date."""
        order = self._owe()
        self._date_order(order, datetime(2026, 1, 10))
        self._pay(order, 140.0, currency_id=self.foreign.id)
        self._assert_prepaid(order, 30.0)

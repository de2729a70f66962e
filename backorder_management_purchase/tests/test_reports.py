"""Vendors on time, and what is purchased of what customers wait for."""

import random
from collections import defaultdict
from datetime import timedelta

import pytz

from odoo.tests import new_test_user, tagged

from .common import PurchaseCommon


@tagged("post_install", "-at_install")
class TestVendorReport(PurchaseCommon):
    def _come(self, purchase, days):
        """Received so many days from today, as it was planned or not."""
        picking = purchase.picking_ids.filtered(lambda p: p.state not in ("done", "cancel"))
        for move in picking.move_ids:
            move.quantity, move.picked = move.product_uom_qty, True
        picking.button_validate()
        picking.move_ids.date = self._moment(days)

    def test_on_time(self):
        """Three of one vendor: 2 days late, on the day, 5 late of which the date was moved by 5;
        one of another, 1 early."""
        other = self.env["res.partner"].create({"name": "Iron Ltd"})
        for vendor, planned, moved, came in (
            (self.vendor, -10, None, -8),
            (self.vendor, -10, None, -10),
            (self.vendor, -10, -5, -5),
            (other, -10, None, -11),
        ):
            purchase = self._buy((self.desk, 3), days=planned, vendor=vendor)
            if moved:
                self._replan(purchase, moved)
            self._come(purchase, came)
        self.env.invalidate_all()
        report = self.env["backorder.vendor.report"]
        specs = ["__count", "on_time:avg", "on_time_last:avg", "days_late:avg", "days_late_p90:avg"]
        found = {
            vendor: values
            for vendor, *values in report._read_group(
                [("product_id", "=", self.desk.id)], ["vendor_id"], specs
            )
        }
        self._assert_figures(found[self.vendor], (3, 1 / 3, 2 / 3, 7 / 3, 5))
        self._assert_figures(found[other], (1, 1, 1, -1, -1))
        [total] = report._read_group([("product_id", "=", self.desk.id)], [], specs)
        self._assert_figures(total, (4, 2 / 4, 3 / 4, 6 / 4, 5))

    def _assert_figures(self, found, expected):
        for value, wanted in zip(found, expected, strict=True):
            self.assertAlmostEqual(float(value), wanted)

    def test_every_row(self):
        """All receipts that there are, one by one, in the days of their warehouse."""
        for days in (-9, -4, -6):
            self._come(self._buy((self.desk, 2), days=-8), days)
        self.env.flush_all()
        self.env.invalidate_all()
        rows = self.env["backorder.vendor.report"].search([])
        receipts = self.env["stock.move"].search(
            [
                ("state", "=", "done"),
                ("quantity", ">", 0),
                ("location_id.usage", "=", "supplier"),
                ("purchase_line_id.backorder_first_date", "!=", False),
                ("company_id", "in", self.env.companies.ids),
            ]
        )
        self.assertEqual(set(rows.move_id.ids), set(receipts.ids))
        for row in rows:
            move, line = row.move_id, row.move_id.purchase_line_id
            came, first, last = (
                self._get_day(move, moment)
                for moment in (move.date, line.backorder_first_date, line.date_planned)
            )
            self.assertEqual((row.date, row.days_late), (came, (came - first).days))
            self.assertEqual((row.on_time, row.on_time_last), (came <= first, came <= last))

    def _get_day(self, move, moment):
        place = move.location_dest_id.warehouse_id.partner_id.tz or move.company_id.partner_id.tz
        zone = pytz.timezone(place or self.env.user.tz or "UTC")
        return pytz.utc.localize(moment).astimezone(zone).date()

    def test_agrees_with_what_dates_learn_from(self):
        """The usual delay of vendors is computed from the same receipts."""
        for days in (-9, -4, -6):
            self._come(self._buy((self.desk, 2), days=-8), days)
        self.env.flush_all()
        learned = defaultdict(list)
        for company, vendor, _category, days in self.env["backorder.lateness"]._read_receipts():
            learned[company, vendor].append(days)
        rows = self.env["backorder.vendor.report"].search([("vendor_id", "=", self.vendor.id)])
        self.assertEqual(
            sorted(rows.mapped("days_late")),
            sorted(learned[self.company.id, self.vendor.id]),
        )
        self.assertEqual(sorted(rows.mapped("days_late")), [-1, 2, 4])

    def test_purchased(self):
        """7 owed: 4 purchased, 12 in a request for quotation, and 2 come from elsewhere."""
        self._sell((self.desk, 7))
        self._buy((self.desk, 4), days=5)
        request = self._buy((self.desk, 1), days=9, confirm=False)
        request.order_line.product_uom_id = self.env.ref("uom.product_uom_dozen")
        receipt = self._receive(self.desk, 2, done=False)
        receipt.move_ids.date = self._moment(8)
        self.env["backorder.tracker"]._drain()
        self.env.invalidate_all()
        row = self.env["backorder.product.report"].search([("product_id", "=", self.desk.id)])
        self.assertEqual((row.qty_incoming, row.qty_purchased, row.qty_asked), (6, 4, 12))
        self.assertEqual(row.restock_date, self.today + timedelta(days=5))

    def test_purchased_of_each(self):
        """Purchases and requests at random, in two warehouses and two units, some received in part
        or cancelled; counted one record at a time."""
        rng, dozen = random.Random(3), self.env.ref("uom.product_uom_dozen")
        north = self.env["stock.warehouse"].create({"name": "North", "code": "NOR"})
        places = self.warehouse | north
        products = self.desk | self._create_product("Chair") | self._create_product("Lamp")
        for product in products:
            for place in places:
                self._sell((product, 900), warehouse_id=place.id)
        for _n in range(24):
            lines = [(p, rng.randint(1, 9)) for p in rng.sample(list(products), 2)]
            purchase = self._buy(*lines, days=rng.randint(1, 20), confirm=False)
            purchase.picking_type_id = rng.choice(places).in_type_id
            if rng.random() < 0.5:
                purchase.order_line[0].product_uom_id = dozen
            self._proceed(purchase, rng.choice(("ask", "order", "receive", "cancel")))
        self._receive(self.desk, 5, done=False)
        self.env["backorder.tracker"]._drain()
        self.env.flush_all()
        self.env.invalidate_all()
        rows = self.env["backorder.product.report"].search([("product_id", "in", products.ids)])
        self.assertEqual(len(rows), 6)
        for row in rows:
            found = (row.qty_asked, row.qty_purchased)
            self.assertEqual(tuple(round(x, 3) for x in found), self._count_purchased(row))

    def _proceed(self, purchase, fate):
        if fate != "ask":
            purchase.button_confirm()
        if fate == "cancel":
            purchase.button_cancel()
        if fate == "receive":
            picking = purchase.picking_ids
            picking.move_ids[0].write({"quantity": 1, "picked": True})
            picking.with_context(skip_backorder=True).button_validate()

    def _count_purchased(self, row):
        """:return: asked, purchased and not there yet"""
        lines = self.env["purchase.order.line"].search([("product_id", "=", row.product_id.id)])
        lines = lines.filtered(
            lambda x: x.order_id.picking_type_id.warehouse_id == row.warehouse_id
        )
        asked = lines.filtered(lambda x: x.order_id.state in ("draft", "sent", "to approve"))
        unit = row.product_id.uom_id
        coming = lines.move_ids.filtered(lambda m: m.state not in ("draft", "done", "cancel"))
        return (
            sum(x.product_uom_id._compute_quantity(x.product_qty, unit) for x in asked),
            sum(x.product_uom._compute_quantity(x.product_uom_qty, unit) for x in coming),
        )

    def test_buyers_read_all_without_prices(self):
        self._sell((self.desk, 7), user_id=self.env.ref("base.user_admin").id)
        self.env["backorder.tracker"]._drain()
        buyer = new_test_user(self.env, "report_buyer", groups="purchase.group_purchase_user")
        for name in ("backorder.report", "backorder.product.report"):
            report = self.env[name].with_user(buyer)
            rows = report.search([("product_id", "=", self.desk.id)])
            self.assertEqual(rows.mapped("qty_open"), [7.0])
            self.assertNotIn("value_open", report.fields_get())
        self.env["backorder.vendor.report"].with_user(buyer).search([])

"""What a customer sees with a link or a login."""

import json
from datetime import timedelta

from odoo.tests import new_test_user, tagged
from odoo.tools import format_date

from ..models.receiving.stock_picking_tracking import read_parcels
from .portal_case import PortalCase


@tagged("post_install", "-at_install")
class TestPortalPages(PortalCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.user = new_test_user(cls.env, "portal_customer", groups="base.group_portal")
        cls.user.partner_id.parent_id = cls.customer

    def _date(self, date):
        return format_date(self.env(context={"lang": "en_US"}), date)

    # === ONE BACKORDER === #

    def test_quantities(self):
        """Four ordered, one there: three wait. Two come: two ready, one waits. They ship."""
        self._stock(self.desk, 1)
        record = self._owe((self.desk, 4))
        numbers = "Ordered 4 Units Shipped {} As planned {} Ready {} Waiting {}"
        self._assert_says(self._see(record), numbers.format(0, 1, 0, 3))
        numbers = "Ordered 4 Units Shipped {} Ready {} Waiting {}"
        self._ship(record.picking_ids, {self.desk: 1})
        self._assert_says(self._see(record), numbers.format(1, 0, 3))
        self._receive(self.desk, 2)
        record.picking_ids.action_assign()
        self._assert_says(self._see(record), numbers.format(1, 2, 1))
        self._assert_says(self._see(record), "Partly ready")
        self._ship(self._get_open_pickings(record.sale_order_id), {self.desk: 2})
        text = self._text(self._see(record))
        self.assertIn(numbers.format(3, 0, 1), text)
        self.assertIn("Shipped: 2 Units Desk", text)

    def test_dates(self):
        """Promised, expected, part-dates: all are days on which the goods arrive."""
        self.company.backorder_transit_days = 2
        record = self._owe((self.desk, 4))
        line = record.line_ids
        self.assertNotIn("Promised", self._text(self._see(record)))
        record.reschedule(self._in_days(10), reason="The vendor is a mess")
        self._expect(record, 20)
        line.sudo().peg_ids = (
            [(5,)]
            + [
                (0, 0, {"kind": "receipt", "quantity": quantity, "date": self._in_days(days)})
                for quantity, days in ((1, 5), (2, 20))
            ]
            + [(0, 0, {"kind": "lead_time", "quantity": 1})]
        )
        text = self._text(self._see(record))
        self.assertIn(f"Promised for {self._date(self._in_days(12))}", text)
        self.assertIn(f"Expected on {self._date(self._in_days(22))}", text)
        self.assertIn(f"1 Units: {self._date(self._in_days(7))}", text)
        self.assertIn(f"2 Units: {self._date(self._in_days(22))}", text)
        self.assertIn("1 Units: no date yet", text)
        self.assertIn(f"Desk: we promised {self._date(self._in_days(12))}", text)
        self.assertNotIn("mess", text)

    def test_why(self):
        record = self._owe((self.desk, 4))
        cause = self.env.ref("backorder_management.cause_vendor_late")
        record.cause_id = cause
        record.note = "Never tell"
        text = self._text(self._see(record))
        self.assertNotIn("Vendor late", text)
        self.assertNotIn("Never tell", text)
        cause.public_text = "It comes a little later."
        self._assert_says(self._see(record), "It comes a little later.")

    def test_stock_in_doubt_is_not_ready(self):
        record = self._owe((self.lamp, 3))
        self._receive(self.lamp, 3)
        record.picking_ids.action_assign()
        self._assert_says(self._see(record), "Ready 3 Waiting 0")
        record.line_ids.sudo().check_stock = True
        self._assert_says(self._see(record), "Ready 0 Waiting 3")

    def test_history_says_nothing_internal(self):
        record = self._owe((self.desk, 4))
        order = record.sale_order_id
        order.message_post(
            body="Dear customer", message_type="comment", subtype_xmlid="mail.mt_comment",
            partner_ids=self.customer.ids,
        )  # fmt: skip
        order.message_post(body="Internal note", subtype_xmlid="mail.mt_note")
        record.message_post(
            body="Among colleagues", message_type="comment", subtype_xmlid="mail.mt_comment"
        )
        record.message_post(
            body="My answer", message_type="comment", subtype_xmlid="mail.mt_comment",
            author_id=self.customer.id,
        )  # fmt: skip
        self.env["backorder.communication"].create(
            {"backorder_id": record.id, "summary": "Grumpy on the phone", "method": "phone"}
        )
        text = self._text(self._see(record))
        self.assertIn("We wrote: Dear customer", text)
        self.assertIn("My answer", text)
        for word in ("Internal note", "Among colleagues", "Grumpy"):
            self.assertNotIn(word, text)

    def test_tracking_link(self):
        """Only where carriers are in use, and never a script."""
        record = self._owe((self.desk, 4))
        self._receive(self.desk, 4)
        record.fulfil(validate=True)
        shipments = self.env["backorder.portal"]._get_shipments(record)
        self.assertEqual([x["text"] for x in shipments], ["4 Units Desk"])
        links = json.dumps([["T-1", "https://a.example/1"], ["T-2", "javascript:alert(1)"]])
        for url, shown in (
            ("https://carrier.example/1", [("T", "https://carrier.example/1")]),
            ("javascript:alert(1)", [("T", False)]),
            (False, [("T", False)]),
            # several parcels
            (links, [("T-1", "https://a.example/1"), ("T-2", False)]),
            ("[broken", [("T", False)]),
        ):
            with self.subTest(url=url):
                self.assertEqual(read_parcels("T", url), shown)

    def test_closed(self):
        """It shows, and offers nothing."""
        self._set_modes("now")
        done, cancelled = self._owe((self.desk, 4)), self._owe((self.desk, 2))
        self._receive(self.desk, 4)
        done.fulfil(validate=True)
        cancelled.cancel_open(self.env.ref("backorder_management.cancel_reason_customer").id)
        self.assertEqual((done.state, cancelled.state), ("done", "cancel"))
        for record, word in ((done, "Shipped"), (cancelled, "Cancelled 2")):
            text = self._text(self._see(record))
            self.assertIn(word, text)
            self.assertNotIn("What would you like?", text)
            for code in ("wait", "accept", "date", "partial", "cancel"):
                self.assertFalse(self._get_form(record, code))

    def test_language(self):
        """Of the customer, not of the browser."""
        self.env["res.lang"]._activate_lang("fr_FR")
        self.env["ir.module.module"]._load_module_terms(["web", "portal"], ["fr_FR"])
        cause = self.env.ref("backorder_management.cause_short")
        cause.public_text = "Sold out"
        cause.with_context(lang="fr_FR").public_text = "Plus en stock"
        self.desk.with_context(lang="fr_FR").name = "Bureau"
        self.customer.lang = "fr_FR"
        record = self._owe((self.desk, 4))
        record.cause_id = cause
        self._expect(record, 40)
        response = self._see(record)
        text = self._text(response)
        self.assertIn("Bureau", text)
        self.assertIn("Plus en stock", text)
        self.assertIn(self._in_days(40).strftime("%d/%m/%Y"), text)
        self.assertIn(b'lang="fr-FR"', response.content)

    def test_queries_do_not_grow(self):
        """A page of ten items asks as often as one of three, but for what it shows of each."""
        counts = {}
        for items in (3, 10):
            products = [self._create_product(f"Thing {n}") for n in range(items)]
            record = self._owe(*((p, 1) for p in products))
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            self.env["backorder.portal"]._get_page(record.browse(record.id))
            counts[items] = self.cr.sql_log_count - before
        self.assertLessEqual(counts[10], counts[3] + 2)

    # === WITH A LOGIN === #

    def test_list(self):
        first, second = self._owe((self.desk, 4)), self._owe((self.chair, 2))
        second.sudo().date_open = first.date_open + timedelta(days=1)
        stranger = self.env["res.partner"].create({"name": "Stranger"})
        other = self._owe((self.lamp, 1), partner_id=stranger.id)
        quiet = self._owe((self.lamp, 1))
        quiet.sudo().released = False
        self.authenticate(self.user.login, self.user.login)
        text = self._text(self._get("/my/backorders"))
        self.assertLess(text.index(second.name), text.index(first.name))
        for record in (other, quiet):
            self.assertNotIn(record.name, text)
            self.assertEqual(self._get(f"/my/backorders/{record.id}").status_code, 403)
        text = self._text(self._get("/my/backorders?sortby=order"))
        self.assertLess(text.index(first.name), text.index(second.name))
        first.cancel_open(self.env.ref("backorder_management.cancel_reason_customer").id)
        self.assertNotIn(first.name, self._text(self._get("/my/backorders?sortby=x&filterby=y")))
        self.assertIn(first.name, self._text(self._get("/my/backorders?filterby=all")))
        self._assert_says(self._get(f"/my/backorders/{second.id}"), "Chair")

    def test_counter(self):
        self._owe((self.desk, 4))
        self._owe((self.chair, 2))
        self.authenticate(self.user.login, self.user.login)
        self.assertIn(b"Your backorders", self._get("/my/home").content)
        found = self.make_jsonrpc_request("/my/counters", {"counters": ["backorder_count"]})
        self.assertEqual(found, {"backorder_count": 2})

    def test_preview(self):
        """A colleague sees what the customer sees, and does not answer for him."""
        self._set_modes("now")
        record = self._owe((self.desk, 4))
        action = record.with_user(self.seller).action_customer_view()
        self.authenticate(self.seller.login, self.seller.login)
        text = self._text(self._get(action["url"]))
        self.assertIn("This is a preview", text)
        before = self._take_picture(record)
        self._assert_says(self._choose(record, "cancel"), "only the customer can choose")
        self.assertEqual(self._take_picture(record), before)

    def test_preview_rights(self):
        """Not for whoever may not read the backorder, nor for who may not see prices."""
        record = self._owe((self.desk, 4))
        for login, group in (
            ("stranger", "sales_team.group_sale_salesman"),
            ("picker", "stock.group_stock_user"),
            ("internal", "base.group_user"),
        ):
            user = new_test_user(self.env, f"portal_{login}", groups=group)
            self.authenticate(user.login, user.login)
            with self.subTest(user=login):
                response = self._get(f"/my/backorders/{record.id}")
                self.assertEqual(response.status_code, 403)

    # === LINKS === #

    def test_days_of_a_link(self):
        self.assertEqual(self.company.backorder_portal_days, 30)
        record = self._owe((self.desk, 4))
        url = record._get_customer_url()
        self.assertTrue(url.startswith(f"{record.get_base_url()}/my/backorders/{record.id}?"))
        self.assertNotIn(record.access_token, url)
        self.assertNotIn(record.access_token, record._get_share_url())
        self.assertNotIn(record.access_token, record.get_portal_url())

    def test_mails_have_the_signed_link(self):
        """The button in a message from the backorder leads to the page, too."""
        record = self._owe((self.desk, 4))
        message = record.message_post(body="Hello", partner_ids=self.customer.ids)
        groups = record._notify_get_recipients_groups(message, "Backorder")
        urls = [x[2]["button_access"]["url"] for x in groups if x[0] == "portal_customer"]
        self.assertEqual(len(urls), 1)
        self.assertIn(f"/my/backorders/{record.id}?access_token=", urls[0])
        self.assertNotIn(record.access_token, urls[0])

"""The last news of a backorder has a link, too: to what became of it, and nothing to choose."""

from datetime import timedelta
from urllib.parse import urlsplit

from lxml import html

from odoo.tests import tagged

from ..models.portal.sale_backorder_portal import LINK_SCOPE
from .portal_case import PortalCase
from .test_notices import NoticeCommon

CODES = ("wait", "accept", "date", "partial", "cancel")


@tagged("post_install", "-at_install")
class TestClosedLink(NoticeCommon, PortalCase):
    def setUp(self):
        super().setUp()
        self._set_modes("now")

    def _follow(self, body):
        """:return: the page under the link of a message"""
        link = html.fromstring(str(body)).xpath("//a[contains(@href, '/my/backorders/')]")[0]
        parts = urlsplit(link.get("href"))
        return self._get(f"{parts.path}?{parts.query}")

    def _words(self, body):
        return " ".join(html.fromstring(str(body)).text_content().split())

    def _cancel(self, record):
        record.cancel_open(
            self.env.ref("backorder_management.cancel_reason_customer").id, notify=True
        )

    def _assert_ended(self, page, *texts):
        self.assertEqual(page.status_code, 200)
        text = self._text(page)
        for part in (*texts, "nothing of it is waiting any more", "History"):
            self.assertIn(part, text)
        for part in ("What would you like?", "Ready", "Waiting", "Cancel this item"):
            self.assertNotIn(part, text)

    def test_shipped(self):
        order, _incoming = self._owe()
        record = order.backorder_ids
        form = self._get_form(record, "cancel")
        self._receive(self.desk, 4)
        record.fulfil(validate=True)
        self.assertEqual(record.state, "done")
        self._run()
        body = self._mine()[-1].mail_message_id.body
        self.assertIn("On its way to you", body)
        self.assertNotIn("You can choose", self._words(body))
        page = self._follow(body)
        self._assert_ended(page, "Ordered 4 Units Shipped 4", "Shipped: 4 Units Desk")

        # a page that was open since before, and choices by their address
        before = self._take_picture(record)
        self._assert_says(self._post(form), "nothing to choose")
        for code in CODES:
            self.assertFalse(self._get_form(record, code))
        self.assertEqual(self._take_picture(record), before)

    def test_cancelled(self):
        """Four ordered, one shipped at once, three cancelled."""
        self._stock(self.desk, 1)
        order, _incoming = self._owe()
        record = order.backorder_ids
        self._ship(order.picking_ids, {self.desk: 1})
        self._cancel(record)
        self.assertEqual(record.state, "cancel")
        body = self._mine()[-1].mail_message_id.body
        self.assertNotIn("You can choose", self._words(body))
        self._assert_ended(self._follow(body), "Ordered 4 Units Shipped 1 Cancelled 3")

    def test_shipped_in_part_then_cancelled(self):
        """What is still open can be chosen about; with the last of it the choices end."""
        order, _incoming = self._owe()
        record = order.backorder_ids
        self._receive(self.desk, 3)
        record.fulfil(validate=True)
        self.assertEqual(record.qty_open, 1)
        self._run()
        body = self._mine()[-1].mail_message_id.body
        self.assertIn("You can choose", self._words(body))
        self.assertIn("What would you like?", self._text(self._follow(body)))
        self._cancel(record)
        body = self._mine()[-1].mail_message_id.body
        self.assertNotIn("You can choose", self._words(body))
        self._assert_ended(self._follow(body), "Ordered 4 Units Shipped 3 Cancelled 1")

    def test_the_link_ends_as_any_other(self):
        order, _incoming = self._owe()
        record = order.backorder_ids
        self._cancel(record)
        body = self._mine()[-1].mail_message_id.body
        self.assertEqual(self._follow(body).status_code, 200)
        token = record._sign_for_customer(LINK_SCOPE, [], -timedelta(seconds=1))
        page = self._get(f"/my/backorders/{record.id}?access_token={token}")
        self.assertEqual(page.status_code, 403)
        record.sudo().access_token = "new"
        self.assertEqual(self._follow(body).status_code, 403)

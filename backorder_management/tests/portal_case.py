"""A customer with a link: opens pages, fills in forms, presses buttons. No JavaScript."""

from lxml import html

from odoo import fields
from odoo.tests import HttpCase, new_test_user

from .common import BackorderCommon


class PortalCase(BackorderCommon, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.seller = new_test_user(
            cls.env, "portal_seller", groups="sales_team.group_sale_salesman", lang="en_US"
        )
        cls.chair = cls._create_product("Chair")
        cls.lamp = cls._create_product("Lamp")

    def setUp(self):
        super().setUp()
        self._set_modes("off")

    @classmethod
    def _set_modes(cls, mode, *codes):
        codes = codes or ("wait", "accept", "date", "partial", "substitute", "cancel")
        cls.company.write({f"backorder_portal_{code}": mode for code in codes})

    def _owe(self, *lines, **values):
        """:return: the backorder of an order of these lines, by default 4 desks and 2 chairs"""
        order = self._sell(
            *(lines or ((self.desk, 4), (self.chair, 2))), **{"user_id": self.seller.id, **values}
        )
        self.env["backorder.tracker"]._drain()
        return order.backorder_ids

    # === THE BROWSER === #

    def _get(self, url, **kwargs):
        self.env.flush_all()
        response = self.url_open(url, **kwargs)
        self.env.invalidate_all()
        return response

    def _see(self, record, suffix=""):
        """The page of a backorder, by its link."""
        url = record._get_customer_path()
        return self._get(url.replace("?", f"{suffix}?", 1))

    def _text(self, response):
        main = html.fromstring(response.content).xpath("//main")[0]
        return " ".join(main.text_content().split())

    def _get_form(self, record, code, target=0):
        """:return: (address, {name: value}) of the form that asks for confirmation; None if the
        choice is not offered"""
        url = record._get_customer_path() + (f"&target={target}" if target else "")
        response = self._get(url.replace("?", f"/{code}?", 1))
        self.assertEqual(response.status_code, 200)
        forms = html.fromstring(response.content).xpath("//form[contains(@action, '/confirm')]")
        if not forms:
            return None
        values = {x.get("name"): x.get("value") or "" for x in forms[0].xpath(".//input[@name]")}
        return forms[0].get("action"), values

    def _post(self, form, **changes):
        """:return: the page that follows"""
        address, values = form
        return self._get(address, data={**values, **changes})

    def _choose(self, record, code, target=0, **filled):
        form = self._get_form(record, code, target)
        self.assertTrue(form, "not offered")
        return self._post(form, **filled)

    def _assert_says(self, response, text):
        self.assertEqual(response.status_code, 200)
        self.assertIn(text, self._text(response))

    # === WHAT IS WRITTEN === #

    def _get_log(self, record):
        return record.communication_ids.filtered(lambda x: x.method == "portal")

    def _get_requests(self, record):
        kind = self.env.ref("backorder_management.mail_activity_type_customer_request")
        return record.activity_ids.filtered(lambda a: a.activity_type_id == kind)

    def _take_picture(self, record):
        """All that an answer could change."""
        self.env.invalidate_all()
        order = record.sale_order_id
        moves = order.order_line.move_ids.sorted("id")
        return {
            "record": record.read(
                ["state", "qty_open", "promised_date", "portal_round", "cancel_reason_id"]
            ),
            "lines": record.line_ids.read(
                ["qty_open", "qty_ready", "qty_cancelled", "promised_date", "price_unit"]
            ),
            "order": order.read(["commitment_date", "amount_total", "order_line"]),
            "moves": moves.read(["state", "product_uom_qty", "quantity", "picked"]),
            "log": record.communication_ids.ids,
            "promises": record.promise_ids.ids,
            "activities": record.activity_ids.ids,
            "messages": (record.message_ids | order.message_ids).ids,
        }

    def _in_days(self, days):
        return fields.Date.add(fields.Date.today(), days=days)

    def _expect(self, record, days, lines=None):
        """As if supply came: the expected date of its lines."""
        self.env["backorder.tracker"]._drain()
        date = self._in_days(days)
        lines = record.line_ids if lines is None else lines
        lines.sudo().write({"expected_date": date})
        dates = record.line_ids.mapped("expected_date")
        record.sudo().write({"expected_date": max(dates) if all(dates) else False})
        return date

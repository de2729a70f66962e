"""How customers say how they want to hear of backorders."""

from lxml import html

from odoo.exceptions import UserError
from odoo.tests import tagged

from .portal_case import PortalCase


@tagged("post_install", "-at_install")
class TestPortalPreferences(PortalCase):
    """Asked once, kept on the customer, and it bites."""

    def setUp(self):
        super().setUp()
        self.record = self._owe()
        self.company.backorder_portal_preferences = True

    def _get_preferences_form(self):
        response = self._see(self.record)
        forms = html.fromstring(response.content).xpath("//form[contains(@action, '/preferences')]")
        if not forms:
            return None
        values = {x.get("name"): x.get("value") for x in forms[0].xpath(".//input[@name]")}
        for select in forms[0].xpath(".//select"):
            values[select.get("name")] = select.xpath("./option[@selected]/@value")[0]
        return forms[0].get("action"), values

    def test_off(self):
        self.company.backorder_portal_preferences = False
        self.assertIsNone(self._get_preferences_form())

    def test_kept(self):
        form = self._get_preferences_form()
        self.assertEqual(form[1]["backorder_channel"], "email")
        said = {"backorder_channel": "phone", "backorder_substitutes": "no"}
        self._assert_says(self._post(form, **said), "we will keep to it")
        self.assertEqual(self.customer.backorder_channel, "phone")
        self.assertEqual(self._get_preferences_form()[1]["backorder_channel"], "phone")
        lines = self.record.line_ids
        with self.assertRaisesRegex(UserError, "does not want substitutes"):
            lines[0].offer_substitute(self.lamp.id)

    def test_ship_what_is_ready_or_all(self):
        """Kept on the company, logged there, and counted for what waits already."""
        parent = self.env["res.partner"].create({"name": "Bakers", "is_company": True})
        self.customer.parent_id = parent
        self.assertNotIn("backorder_shipping", self._get_preferences_form()[1])
        self.company.backorder_portal_shipping = True
        form = self._get_preferences_form()
        self.assertEqual(form[1]["backorder_shipping"], "as_available")
        self._assert_says(self._post(form), "we will keep to it")
        # nothing was chosen: the company's rule goes on counting
        self.assertFalse(parent.backorder_shipping)
        self._post(form, backorder_shipping="whole")
        self.assertEqual(parent.backorder_shipping, "whole")
        self.assertEqual(self.customer.backorder_shipping, "whole")
        self.assertIn("What to ship: All of an order together", parent.message_ids[0].body)
        self.assertEqual(self.record.sale_order_id._get_backorder_shipping()["rule"], "whole")
        self.assertEqual(self._get_preferences_form()[1]["backorder_shipping"], "whole")
        self._post(form, backorder_shipping="as_available")
        self.assertFalse(parent.backorder_shipping)
        self.assertEqual(
            self.record.sale_order_id._get_backorder_shipping()["rule"], "as_available"
        )

    def test_what_was_agreed_is_not_loosened(self):
        """Neither what sales agreed on, though the customer chose it once, nor what is usual."""
        self.company.backorder_portal_shipping = True
        form = self._get_preferences_form()
        self._post(form, backorder_shipping="capped")
        self.assertFalse(self.customer.backorder_shipping)
        self._post(form, backorder_shipping="whole")
        self.assertTrue(self.customer.backorder_shipping_online)
        for rule, usual in (
            ("capped", False),
            ("lines", False),
            ("whole", False),
            (False, "whole"),
            (False, "lines"),
        ):
            self.customer.backorder_shipping = rule
            self.company.backorder_shipping = usual
            for code in ("as_available", "whole"):
                with self.subTest(rule=rule, usual=usual, code=code):
                    self.assertNotIn("backorder_shipping", self._get_preferences_form()[1])
                    self._post(form, backorder_shipping=code, backorder_channel="phone")
                    self.assertEqual(self.customer.backorder_shipping, rule)
        self.assertEqual(self.customer.backorder_channel, "phone")

    def test_logged_in_our_language(self):
        """The customer reads French, his salesperson English."""
        self.env["res.lang"]._activate_lang("fr_FR")
        self.customer.lang = "fr_FR"
        field = self.env["ir.model.fields"]._get("res.partner", "backorder_channel")
        field.with_context(lang="fr_FR").field_description = "Nouvelles"
        form = self._get_preferences_form()
        self._post(form, backorder_channel="phone")
        body = self.customer.message_ids[0].body
        self.assertIn("News about backorders: Phone call", body)

    def test_only_what_is_offered(self):
        form = self._get_preferences_form()
        before = self.customer.read(["backorder_channel", "name", "credit_limit"])
        self._post(form, backorder_channel="pigeon", name="Mine", credit_limit="1")
        self.assertEqual(self.customer.read(["backorder_channel", "name", "credit_limit"]), before)
        self.company.backorder_portal_preferences = False
        self._post(form, backorder_channel="none")
        self.assertNotEqual(self.customer.backorder_channel, "none")

    def test_another_token(self):
        address, values = self._get_preferences_form()
        other = self._owe()
        address = address.replace(str(self.record.id), str(other.id))
        response = self._get(address, data={**values, "backorder_channel": "none"})
        self.assertEqual(response.status_code, 403)
        self.assertFalse(self.customer.backorder_channel)

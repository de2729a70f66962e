"""What customers read of a parcel: with Odoo's carriers who brings it and where it is, else nothing
of it."""

from odoo.tests import tagged

from .portal_case import PortalCase
from .test_notices import NoticeCommon


@tagged("post_install", "-at_install")
class TestTracking(NoticeCommon):
    def _ship(self, tracking):
        """Four were owed and ship. -> (record, what the customer reads)"""
        order, _incoming = self._owe()
        self._run()
        self._receive(self.desk, 4)
        picking = order.picking_ids
        if "carrier_id" in picking._fields:
            picking.write(self._create_carrier(tracking))
        picking.move_ids.write({"quantity": 4, "picked": True})
        picking.button_validate()
        self._pass(2)
        self._run()
        notice = self._mine()[-1]
        self.assertIn("shipped", notice.item_ids.mapped("kind"))
        return order.backorder_ids, " ".join(notice.mail_message_id.body.split())

    def _create_carrier(self, tracking):
        product = self._create_product("Transport", type="service", is_storable=False)
        carrier = self.env["delivery.carrier"].create(
            {
                "name": "Snail Post",
                "product_id": product.id,
                "tracking_url": "https://snail.example/<shipmenttrackingnumber>",
            }
        )
        return {"carrier_id": carrier.id, "carrier_tracking_ref": tracking}

    def _assert_parcel(self, body, shown):
        if "carrier_id" in self.env["stock.picking"]._fields:
            self.assertIn(shown, body)
        else:
            self.assertNotIn("Tracking", body)

    def test_shipped_notice(self):
        record, body = self._ship("S-77")
        self._assert_parcel(body, ">Snail Post S-77</a>")
        self._assert_parcel(body, 'href="https://snail.example/S-77"')
        parcels = self.env["backorder.portal"]._get_shipments(record)[0]["parcels"]
        known = "carrier_id" in record.picking_ids._fields
        self.assertEqual(
            parcels, [("Snail Post S-77", "https://snail.example/S-77")] if known else []
        )

    def test_without_a_number(self):
        _record, body = self._ship(False)
        self.assertNotIn("Tracking", body)


@tagged("post_install", "-at_install")
class TestLanguages(NoticeCommon):
    def test_log_and_history(self):
        """Sally logs in English what Baker reads in French."""
        self.env["res.lang"]._activate_lang("fr_FR")
        self.customer.lang = "fr_FR"
        self.seller.lang = "en_US"
        field = self.env["ir.model.fields"]._get("backorder.notice.item", "kind")
        created = field.selection_ids.filtered(lambda x: x.value == "created")
        created.with_context(lang="fr_FR").name = "Reliquat ouvert"
        order, _incoming = self._owe()
        # whoever sends it
        self.notices = self.notices.with_context(lang="fr_FR")
        self._run()
        record = order.backorder_ids
        self.assertEqual(record.communication_ids.summary, f"Notice: {created.name}")
        portal = self.env["backorder.portal"]
        for lang, told in (("fr_FR", "Reliquat ouvert"), ("en_US", created.name)):
            seen = record.with_context(lang=lang)
            self.assertIn(told, [x["text"] for x in portal.with_env(seen.env)._get_told(seen)])


@tagged("post_install", "-at_install")
class TestOneName(PortalCase):
    def test_message_and_page_say_the_same(self):
        """What can be chosen is called the same in both; a substitute only while it is offered."""
        self._set_modes("now")
        record = self._owe((self.desk, 4))
        notice = self.env["backorder.notice"]
        portal = self.env["backorder.portal"]
        names = notice._get_choices(record)
        self.assertEqual(names, [name for _code, name in portal._get_page(record)["choices"]])
        self.assertIn("Wait", names)
        text = self._text(self._see(record))
        for name in names:
            self.assertIn(name, text)
        substitute = self._create_product("Other desk")
        self.env["product.substitute"].create(
            {"product_tmpl_id": self.desk.product_tmpl_id.id, "substitute_id": substitute.id}
        )
        record.line_ids.offer_substitute(substitute.id)
        self.assertEqual(notice._get_choices(record), ["Take the substitute", *names])

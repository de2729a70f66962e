"""Substitutes on the customer's page."""

from odoo.tests import tagged
from odoo.tools import mute_logger

from .portal_case import PortalCase


@tagged("post_install", "-at_install")
class TestPortalOffers(PortalCase):
    """Four desks are open; eight chairs at 12.50 are offered for them."""

    def setUp(self):
        super().setUp()
        self._set_modes("now", "substitute")
        self.record = self._owe((self.desk, 4))
        self.offer = self._offer(self.record)

    def _offer(self, record, **values):
        offer = (
            self.env["backorder.offer"]
            .sudo()
            .create(
                {
                    "line_id": record.line_ids.id,
                    "product_id": self.chair.id,
                    "quantity": 8,
                    "replaced_quantity": 4,
                    "product_uom_id": self.chair.uom_id.id,
                    "price_unit": 12.5,
                    "currency_id": record.currency_id.id,
                    "note": "Same size, other brand",
                    "valid_until": self._in_days(7),
                    **values,
                }
            )
        )
        self.env["backorder.tracker"]._drain()
        return offer

    def _get_ordered(self, record):
        """:return: {product: (quantity, price)} of the order"""
        return {
            x.product_id: (x.product_uom_qty, x.price_unit) for x in record.sale_order_id.order_line
        }

    # === WHAT IS SHOWN === #

    def test_shown(self):
        text = self._text(self._see(self.record))
        self.assertIn("We could send Chair instead", text)
        self.assertIn("8 Units, unit price $ 12.50, taxes", text.replace("\xa0", " "))
        self.assertIn("Same size, other brand", text)
        for state in ("accepted", "declined", "expired"):
            self.offer.sudo().state = state
            self.assertNotIn("We could send", self._text(self._see(self.record)))
            self.assertFalse(self._get_form(self.record, "substitute", self.offer.id))

    def test_not_offered(self):
        self._set_modes("off", "substitute")
        self.assertNotIn("We could send", self._text(self._see(self.record)))
        for code in ("substitute", "decline"):
            self.assertFalse(self._get_form(self.record, code, self.offer.id))

    def test_past_its_day(self):
        self.offer.sudo().valid_until = self._in_days(-1)
        self.assertNotIn("We could send", self._text(self._see(self.record)))

    # === ANSWERS === #

    def test_taken(self):
        response = self._choose(self.record, "substitute", self.offer.id)
        self._assert_says(response, "it is done")
        self.assertEqual(self.offer.state, "accepted")
        self.assertEqual(self._get_ordered(self.record)[self.chair], (8, 12.5))
        self.assertEqual(self._get_ordered(self.record)[self.desk], (4, 10))
        row = self._get_log(self.record)
        self.assertEqual((row.decision, row.portal_state), ("substitute", "done"))
        self.assertIn("takes 8 Units Chair at", row.summary)
        self.assertFalse(self._get_form(self.record, "substitute", self.offer.id))
        self._assert_sound()

    def test_asked(self):
        self._set_modes("ask", "substitute")
        before = self._get_ordered(self.record)
        response = self._choose(self.record, "substitute", self.offer.id)
        self._assert_says(response, "We have your request")
        self.assertEqual(self.offer.state, "proposed")
        self.assertEqual(self._get_ordered(self.record), before)
        self.assertEqual(len(self._get_requests(self.record)), 1)

    def test_declined(self):
        """Nobody has to decide that."""
        for mode in ("ask", "now"):
            self._set_modes(mode, "substitute")
            offer = self._offer(self.record)
            response = self._choose(self.record, "decline", offer.id, words=mode)
            self._assert_says(response, "it is done")
            self.assertEqual(offer.state, "declined")
        self.assertFalse(self._get_requests(self.record))
        self.assertEqual(len(self._get_log(self.record)), 2)
        self.assertFalse(any(self._get_log(self.record).mapped("decision")))

    def test_twice(self):
        form = self._get_form(self.record, "substitute", self.offer.id)
        self._post(form)
        self._assert_says(self._post(form), "Nothing more was changed")
        self.assertEqual(len(self.record.sale_order_id.order_line), 2)

    def test_changed_meanwhile(self):
        """Price, quantity and product are those that the customer saw, or nothing is done."""
        for name, value in (
            ("price_unit", 13.0),
            ("quantity", 7.0),
            ("product_id", self.lamp.id),
            ("state", "expired"),
        ):
            offer = self._offer(self.record)
            form = self._get_form(self.record, "substitute", offer.id)
            offer.sudo()[name] = value
            with self.subTest(name=name):
                before = self._take_picture(self.record)
                extra = {"price_unit": "1", "quantity": "99"}
                self._assert_says(self._post(form, **extra), "Something changed")
                self.assertEqual(self._take_picture(self.record), before)

    def test_of_another(self):
        other = self._owe((self.desk, 4))
        self.assertFalse(self._get_form(other, "substitute", self.offer.id))
        self.assertFalse(self._get_form(self.record, "substitute", self.offer.id + 1))
        self.assertFalse(self._get_form(self.record, "substitute"))

    @mute_logger("odoo.http")
    def test_refused(self):
        """The order is locked: a plain sentence, and nothing is half-written."""
        form = self._get_form(self.record, "substitute", self.offer.id)
        self.record.sale_order_id.locked = True
        before = self._take_picture(self.record)
        response = self._post(form)
        self.assertIn("Nothing was", self._text(response).replace("nothing was", "Nothing was"))
        self.assertNotIn("unlock", self._text(response))
        self.assertEqual(self._take_picture(self.record), before)
        self.assertEqual(self.offer.state, "proposed")

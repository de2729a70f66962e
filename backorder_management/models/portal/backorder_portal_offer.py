"""Substitutes that were proposed to the customer."""

from odoo import api, models
from odoo.tools import format_amount

from ..sale_backorder import format_number


class BackorderPortal(models.AbstractModel):
    _inherit = "backorder.portal"

    @api.model
    def _get_offer(self, record, target):
        """:return: the offer with this id, if it is proposed for this backorder; else empty"""
        return self._get_proposed(record).filtered(lambda x: x.id == target)

    @api.model
    def _get_proposed(self, record):
        offers = self.env["backorder.offer"].with_env(record.env)
        found = offers.search([("backorder_id", "=", record.id), ("state", "=", "proposed")])
        # what could not be accepted any more is not offered
        return found.filtered(lambda x: not x._get_problem())

    @api.model
    def _get_offers(self, record):
        """:return: list of dict: what the customer reads of each proposed substitute"""
        if not self._is_open(record, "substitute"):
            return []
        return [self._get_offer_values(x) for x in self._get_proposed(record)]

    @api.model
    def _get_offered(self, record):
        """On the page a substitute has its own place."""
        offered = super()._get_offered(record)
        return ["substitute", *offered] if self._get_offers(record) else offered

    @api.model
    def _get_offer_values(self, offer):
        return {
            "id": offer.id,
            "instead_of": offer.line_id.product_id.display_name,
            "product": offer.product_id.display_name,
            "quantity": format_number(offer.quantity),
            "unit": offer.product_uom_id.name,
            "note": offer.note,
            "price": format_amount(offer.env, offer.price_unit, offer.currency_id),
        }

    @api.model
    def _get_terms(self, record, code, target):
        if code not in ("substitute", "decline"):
            return super()._get_terms(record, code, target)
        offer = self._get_offer(record, target)
        if not offer or not self._is_open(record, "substitute"):
            return []
        return [
            offer.id,
            offer.product_id.id,
            round(offer.quantity, 6),
            offer.product_uom_id.id,
            round(offer.price_unit, 6),
            offer.currency_id.id,
        ]

    @api.model
    def _get_mode(self, record, code):
        # who does not want a substitute changes nothing: no person has to decide
        if code == "decline":
            return "now" if super()._get_mode(record, "substitute") != "off" else "off"
        return super()._get_mode(record, code)

    @api.model
    def _get_choice_items(self, record, code, target):
        if code in ("substitute", "decline"):
            return [self._get_offer_values(self._get_offer(record, target))]
        return super()._get_choice_items(record, code, target)

    @api.model
    def _get_decision(self, code):
        return "substitute" if code == "substitute" else super()._get_decision(code)

    @api.model
    def _apply_substitute(self, record, target, form):
        self._get_offer(record, target).with_context(backorder_contact_logged=True).accept()

    @api.model
    def _apply_decline(self, record, target, form):
        offer = self._get_offer(record, target).with_context(backorder_contact_logged=True)
        offer.decline(form["words"])

    @api.model
    def _get_summary_text(self, record, code, target, form):
        if code not in ("substitute", "decline"):
            return super()._get_summary_text(record, code, target, form)
        offer = self._get_offer_values(self._get_offer(record, target))
        if code == "decline":
            return self.env._(
                "The customer does not want %(product)s instead of %(instead_of)s.",
                product=offer["product"],
                instead_of=offer["instead_of"],
            )
        return self.env._(
            "The customer takes %(quantity)s %(unit)s %(product)s at %(price)s instead of "
            "%(instead_of)s.",
            **{k: offer[k] for k in ("quantity", "unit", "product", "price", "instead_of")},
        )

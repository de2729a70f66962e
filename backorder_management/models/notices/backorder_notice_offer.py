"""The customer reads of a substitute, its price, and what it stands for."""

from odoo import fields, models
from odoo.tools import formatLang


class BackorderNoticeItem(models.Model):
    _inherit = "backorder.notice.item"

    offer_id = fields.Many2one(
        "backorder.offer", readonly=True, index="btree_not_null", ondelete="cascade"
    )

    def _is_current(self):
        if self.kind == "substitute":
            return self.offer_id.state == "proposed" and not self.offer_id._get_problem()
        return super()._is_current()


class BackorderNotice(models.Model):
    _inherit = "backorder.notice"

    def _get_moved_rows(self, items):
        offers = items.filtered(lambda i: i.kind == "substitute").offer_id
        return [self._get_offer_row(x) for x in offers] or super()._get_moved_rows(items)

    def _get_offer_row(self, offer):
        line = offer.line_id
        instead = self.env._(
            "instead of %(quantity)s %(product)s",
            quantity=self._format(offer.replaced_quantity, line),
            product=line.product_id.display_name,
        )
        return {
            "product": offer.product_id.display_name,
            "served": ". ".join(filter(None, (instead, offer.note))),
            "quantity": offer._get_quantity_text(),
            "open": formatLang(
                self.env, offer.price_unit, dp="Product Price", currency_obj=offer.currency_id
            ),
            "day": offer.note or "",
        }


class BackorderOffer(models.Model):
    _inherit = "backorder.offer"

    def _follow_proposal(self):
        result = super()._follow_proposal()
        # sudo: news are written by the system
        told = self.sudo().filtered(lambda x: x.backorder_id._is_told_by_notices())
        self.env["backorder.notice.item"].sudo().create(
            [
                {
                    "backorder_id": offer.backorder_id.id,
                    "line_id": offer.line_id.id,
                    "offer_id": offer.id,
                    "kind": "substitute",
                }
                for offer in told
            ]
        )
        return result

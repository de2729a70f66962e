"""What follows when a customer was offered something else, and when he answered."""

from datetime import timedelta

from odoo import fields, models
from odoo.tools import formatLang

from ..sale_backorder import format_number

ACTIVITY = "backorder_management.mail_activity_type_offer"


class BackorderOffer(models.Model):
    _inherit = "backorder.offer"

    # === WHAT HAPPENS === #

    def _replace(self):
        """Runs as the caller, inside a savepoint."""
        line = self.line_id
        # sudo: lost demand and offers are closed to editing
        self.env["backorder.lost.demand"].sudo().create(self.sudo()._prepare_lost_demand())
        sale_line = line._move_to_new_line(
            self.replaced_quantity,
            "backorder_management.cancel_reason_substituted",
            self.env._("Replaced by %s.", self._get_substitute_text()),
            self._prepare_sale_line(),
        )
        self.sudo().write(
            {
                "state": "accepted",
                "answer_date": fields.Datetime.now(),
                "sale_line_id": sale_line.id,
            }
        )

    def _prepare_sale_line(self):
        """The price is given, so core does not look for one; taxes follow from the product and the
        fiscal position, as on any line."""
        return {
            "product_id": self.product_id.id,
            "product_uom_id": self.product_uom_id.id,
            "product_uom_qty": self.quantity,
            "price_unit": self.price_unit,
            "discount": 0.0,
        }

    def _prepare_lost_demand(self):
        line = self.line_id
        order, sale_line = line.sale_order_id, line.sale_line_id
        ordered = sale_line.product_uom_id._compute_quantity(
            sale_line.product_uom_qty, line.product_id.uom_id, round=False
        )
        share = min(1.0, self.replaced_quantity / ordered) if ordered else 0.0
        return {
            "kind": "substituted",
            "offer_id": self.id,
            "product_id": line.product_id.id,
            "partner_id": line.partner_id.id,
            "sale_order_id": order.id,
            "user_id": line.user_id.id,
            "company_id": line.company_id.id,
            "warehouse_id": line.warehouse_id.id,
            "quantity": self.replaced_quantity,
            "amount": sale_line.price_subtotal * share / (order.currency_rate or 1.0),
            "reason": self.env._("Replaced by %s.", self._get_substitute_text()),
        }

    # === WHO HAS TO KNOW === #

    def _get_substitute_text(self):
        return f"{self._get_quantity_text()} {self.product_id.display_name or ''}"

    def _get_quantity_text(self):
        return f"{format_number(self.quantity)} {self.product_uom_id.name}"

    def _get_offer_text(self):
        """:return: the offer in a sentence; with prices"""
        line = self.line_id
        return self.env._(
            "%(substitute)s at %(price)s each instead of %(quantity)s %(unit)s %(product)s",
            substitute=self._get_substitute_text(),
            price=formatLang(
                self.env, self.price_unit, dp="Product Price", currency_obj=self.currency_id
            ),
            quantity=format_number(self.replaced_quantity),
            unit=line.product_uom_id.name,
            product=line.product_id.display_name,
        )

    def _follow_proposal(self):
        """Somebody has to ask the customer, and to write down the answer."""
        tomorrow = fields.Date.context_today(self) + timedelta(days=1)
        # sudo: the log and the activity of a colleague
        for offer in self.sudo():
            text = offer._get_offer_text()
            offer.backorder_id._message_log(body=self.env._("Offered: %s.", text))
            offer.backorder_id.activity_schedule(
                ACTIVITY,
                date_deadline=min(offer.valid_until, tomorrow),
                user_id=(offer.user_id or self.env.user).id,
                summary=self.env._("Ask the customer: %s", offer._get_substitute_text()),
            )

    def _follow_answer(self):
        # sudo: as above; rival offers that do not fit any more go, too
        offer = self.sudo()
        others = offer.backorder_id.offer_ids.filtered(lambda x: x.state == "proposed")
        others.filtered(lambda x: x._get_order_problem(None)).state = "expired"
        offer.backorder_id._end_offer_activities()
        if not self.env.context.get("backorder_contact_logged"):
            self.env["backorder.communication"].sudo().create(offer._prepare_contact())

    def _prepare_contact(self):
        customer = self.env.user.share
        text = self._get_offer_text()
        accepted = self.state == "accepted"
        if accepted:
            text = self.env._("Agreed: %s.", text)
        else:
            text = self.env._("Declined: %s.", text)
        return {
            "backorder_id": self.backorder_id.id,
            "method": "portal" if customer else "phone",
            "direction": "in",
            "summary": f"{text} {self.decline_reason or ''}".strip(),
            "decision": "substitute" if accepted else False,
            "user_id": False if customer else self.env.uid,
        }


class SaleBackorder(models.Model):
    _inherit = "sale.backorder"

    offer_ids = fields.One2many(
        "backorder.offer", "backorder_id", string="Offers", help="Substitutes that were offered."
    )

    def _end_offer_activities(self):
        """When nothing is left to ask."""
        kind = self.env.ref(ACTIVITY, raise_if_not_found=False)
        asked = self.filtered(lambda b: "proposed" not in b.offer_ids.mapped("state"))
        asked.activity_ids.filtered(lambda a: a.activity_type_id == kind).unlink()

"""Links with which a customer sees his backorder without a login."""

from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools.misc import hash_sign, verify_hash_signed

LINK_SCOPE = "backorder_management.link"
ANSWER_SCOPE = "backorder_management.answer"
ANSWER_HOURS = 24  # how long a page that asks for confirmation may stay open


class SaleBackorder(models.Model):
    _inherit = "sale.backorder"

    portal_round = fields.Integer(
        readonly=True,
        copy=False,
        help="How many answers the customer gave online. A page that was made before an answer "
        "cannot be used after it.",
    )

    def _get_customer_url(self):
        """:return: absolute address with which the customer, and whoever he gives it to, sees this
        backorder. It is signed, and expires as the company says; a new `access_token` of the
        record, or another customer, ends all earlier ones."""
        self.ensure_one()
        return self.get_base_url() + self._get_customer_path()

    def _get_customer_path(self):
        days = timedelta(days=max(1, self.sudo().company_id.backorder_portal_days))
        token = self._sign_for_customer(LINK_SCOPE, [], days)
        return f"/my/backorders/{self.id}?access_token={token}"

    def _is_customer_token(self, token):
        return self._read_signed(LINK_SCOPE, token) == []

    # === SIGNATURES === #

    def _sign_for_customer(self, scope, values, expiration):
        """:param values: list that travels with the signature, in the clear
        :param expiration: timedelta from now"""
        self.ensure_one()
        # sudo: the secret belongs to the record, not to its reader
        record = self.sudo()
        record._portal_ensure_token()
        message = [record.id, record.partner_id.id, *values]
        return hash_sign(record.env, record._get_signed_scope(scope), message, expiration)

    def _read_signed(self, scope, token):
        """:return: the list that was signed for this record and its customer; None if it was not,
        or too long ago"""
        self.ensure_one()
        record = self.sudo()
        if not token or not isinstance(token, str) or not record.access_token:
            return None
        try:
            message = verify_hash_signed(record.env, record._get_signed_scope(scope), token)
        except ValueError:  # not one of ours
            return None
        if not message or message[:2] != [record.id, record.partner_id.id]:
            return None
        return message[2:]

    def _get_signed_scope(self, scope):
        """The token of the record signs and is never sent."""
        return f"{scope},{self.id},{self.access_token}"

    # === AS ODOO'S PORTAL DOES === #

    def _get_share_url(self, redirect=False, signup_partner=False, pid=None, share_token=True):
        """Never with the token itself: that one does not expire."""
        self.ensure_one()
        self.check_access("read")
        return self._get_customer_path() if share_token else self.access_url

    def get_portal_url(
        self, suffix=None, report_type=None, download=None, query_string=None, anchor=None
    ):
        self.ensure_one()
        self.check_access("read")
        path, _mark, query = self._get_customer_path().partition("?")
        end = f"#{anchor}" if anchor else ""
        return f"{path}{suffix or ''}?{query}{query_string or ''}{end}"

    def _notify_get_recipients_groups(self, message, model_description, msg_vals=False):
        groups = super()._notify_get_recipients_groups(
            message, model_description, msg_vals=msg_vals
        )
        for name, _is_member, values in groups:
            if name == "portal_customer" and len(self) == 1:
                values["button_access"] = {"url": self._get_customer_url()}
        return groups

    @api.model
    def _get_portal_domain(self, partner):
        """What a person with a login sees: the backorders of his company and its addresses, as
        with orders. What was found at installation stays quiet until it is released."""
        return Domain(
            [
                ("partner_id", "child_of", partner.commercial_partner_id.ids),
                ("company_id", "in", self.env.companies.ids),
                ("released", "=", True),
            ]
        )

    def action_customer_view(self):
        """:return: action that shows what the customer sees"""
        self.ensure_one()
        self.check_access("read")
        return {"type": "ir.actions.act_url", "target": "self", "url": self.access_url}

"""How a customer wants to hear of backorders: asked once, kept on the customer."""

from collections import defaultdict

from odoo import api, fields, models
from odoo.exceptions import UserError

SUBSTITUTES = [("yes", "May be offered"), ("no", "None, please")]
# what a customer may set by himself
NAMES = ("backorder_channel", "backorder_frequency", "backorder_substitutes", "backorder_shipping")


class ResCompany(models.Model):
    _inherit = "res.company"

    backorder_portal_preferences = fields.Boolean(
        string="Ask for preferences",
        help="Customers say on the page of a backorder how, and how often, they want to hear of "
        "it, and whether substitutes may be offered.",
    )
    backorder_portal_shipping = fields.Boolean(
        string="Ask how to ship",
        help="Among the preferences customers also choose between what is ready and all of an "
        "order together. Only where nothing stricter was agreed with them, or is usual here.",
    )


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    backorder_portal_preferences = fields.Boolean(
        related="company_id.backorder_portal_preferences", readonly=False
    )
    backorder_portal_shipping = fields.Boolean(
        related="company_id.backorder_portal_shipping", readonly=False
    )


class ResPartner(models.Model):
    _inherit = "res.partner"

    backorder_substitutes = fields.Selection(
        SUBSTITUTES, help="Whether this customer wants to be offered something else instead."
    )

    # who chose to wait for all of it may choose otherwise; what a colleague agreed stays
    backorder_shipping_online = fields.Boolean(
        string="Shipment rule chosen online", readonly=True, copy=False
    )

    def write(self, vals):
        if "backorder_shipping" in vals:
            vals = {"backorder_shipping_online": False, **vals}
        return super().write(vals)

    def _refuses_substitutes(self):
        """Of a person: what he said, else what his company says."""
        # sudo: what a customer wants does not depend on who asks
        partner = self.sudo()
        own = partner.backorder_substitutes or partner.commercial_partner_id.backorder_substitutes
        return own == "no"


class SaleBackorderLine(models.Model):
    _inherit = "sale.backorder.line"

    def _check_may_offer(self):
        result = super()._check_may_offer()
        if self.partner_id._refuses_substitutes():
            text = self.env._("%s does not want substitutes, as the customer's page says.")
            raise UserError(text % self.partner_id.display_name)
        return result


class BackorderPortal(models.AbstractModel):
    _inherit = "backorder.portal"

    @api.model
    def _get_page(self, record):
        page = super()._get_page(record)
        return {**page, "preferences": self.with_env(record.env)._get_preferences(record)}

    @api.model
    def _get_preferences(self, record):
        """:return: list of dict ``name``, ``label``, ``options`` (code, label, whether it is
        chosen); empty where customers are not asked"""
        if not record.company_id.backorder_portal_preferences:
            return []
        result = []
        for name in NAMES:
            if name == "backorder_shipping" and not self._may_choose_shipping(record):
                continue
            chosen = self._get_chosen_preference(record, name)
            field = record.partner_id._fields[name]
            label = field._description_string(record.env)
            options = field._description_selection(record.env)
            if name == "backorder_shipping":
                label, options = self._get_shipping_question()
            result.append(
                {
                    "name": name,
                    "label": label,
                    "options": [(code, text, code == chosen) for code, text in options],
                }
            )
        return result

    @api.model
    def _may_choose_shipping(self, record):
        """Nobody loosens by himself what was agreed with him, or what is usual here."""
        company = record.company_id
        owner = self._get_preference_owner(record, "backorder_shipping")
        rule = owner.backorder_shipping
        if rule == "whole" and owner.backorder_shipping_online:
            rule = False
        rule = rule or company.backorder_shipping or "as_available"
        return company.backorder_portal_shipping and rule == "as_available"

    @api.model
    def _get_shipping_question(self):
        """In words for customers.

        :return: (label, [(code, text)])
        """
        return self.env._("What to ship"), [
            ("as_available", self.env._("What is ready, without waiting for the rest")),
            ("whole", self.env._("All of an order together")),
        ]

    @api.model
    def _get_chosen_preference(self, record, name):
        partner = record.partner_id
        usual = {
            "backorder_channel": "email",
            "backorder_frequency": "daily",
            "backorder_shipping": record.company_id.backorder_shipping or "as_available",
        }
        return partner[name] or partner.commercial_partner_id[name] or usual.get(name, "yes")

    @api.model
    def _get_preference_owner(self, record, name):
        """How a customer is shipped to is kept on the company that he belongs to."""
        partner = record.partner_id
        return partner.commercial_partner_id if name == "backorder_shipping" else partner

    @api.model
    def _keep_preferences(self, record, form):
        """:return: key of ``OUTCOMES``; only what is offered is taken"""
        if self.env.user._is_internal():
            return "preview"
        asked = self.with_env(record.env)._get_preferences(record)
        codes = {x["name"]: {code for code, _label, _chosen in x["options"]} for x in asked}
        values = {n: form[n] for n in codes if form.get(n) in codes[n]}
        changed = {n: v for n, v in values.items() if self._get_preference_owner(record, n)[n] != v}
        # what is usual need not be written down
        usual = self._get_chosen_preference(record, "backorder_shipping")
        if changed.get("backorder_shipping") == usual:
            del changed["backorder_shipping"]
        if not asked:
            return "gone"
        texts = self._get_preference_texts(record, changed)
        for name, value in changed.items():
            self._get_preference_owner(record, name).write(self._get_preference_vals(name, value))
        for owner, names in self._group_by_owner(record, changed).items():
            owner._message_log(body=" ".join(texts[name] for name in names))
        return "kept"

    @api.model
    def _get_preference_vals(self, name, value):
        """Who does not wait for all of it any more needs no rule of his own: another company may
        have a stricter one."""
        if name != "backorder_shipping":
            return {name: value}
        whole = value == "whole"
        return {name: whole and value, "backorder_shipping_online": whole}

    @api.model
    def _group_by_owner(self, record, names):
        """:return: {partner: [name]}"""
        result = defaultdict(list)
        for name in names:
            result[self._get_preference_owner(record, name)].append(name)
        return result

    @api.model
    def _get_preference_texts(self, record, changed):
        """What colleagues read, in their language.

        :return: {name: text}
        """
        record = record.with_context(lang=self._get_colleague_lang(record))
        portal = self.with_env(record.env)
        return {
            x["name"]: portal.env._(
                "The customer chose online: %s.",
                f"{x['label']}: {dict(o[:2] for o in x['options'])[changed[x['name']]]}",
            )
            for x in portal._get_preferences(record)
            if x["name"] in changed
        }

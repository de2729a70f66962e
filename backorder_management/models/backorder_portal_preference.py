"""How a customer wants to hear of backorders: asked once, kept on the customer."""

from odoo import api, fields, models
from odoo.exceptions import UserError

SUBSTITUTES = [("yes", "May be offered"), ("no", "None, please")]
# what a customer may set by himself
NAMES = ("backorder_channel", "backorder_frequency", "backorder_substitutes")


class ResCompany(models.Model):
    _inherit = "res.company"

    backorder_portal_preferences = fields.Boolean(
        string="Ask for preferences",
        help="Customers say on the page of a backorder how, and how often, they want to hear of "
        "it, and whether substitutes may be offered.",
    )


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    backorder_portal_preferences = fields.Boolean(
        related="company_id.backorder_portal_preferences", readonly=False
    )


class ResPartner(models.Model):
    _inherit = "res.partner"

    backorder_substitutes = fields.Selection(
        SUBSTITUTES, help="Whether this customer wants to be offered something else instead."
    )

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
        partner = record.partner_id
        usual = {"backorder_channel": "email", "backorder_frequency": "daily"}
        result = []
        for name in NAMES:
            field = partner._fields[name]
            chosen = partner[name] or partner.commercial_partner_id[name] or usual.get(name, "yes")
            options = field._description_selection(record.env)
            result.append(
                {
                    "name": name,
                    "label": field._description_string(record.env),
                    "options": [(code, label, code == chosen) for code, label in options],
                }
            )
        return result

    @api.model
    def _keep_preferences(self, record, form):
        """:return: key of ``OUTCOMES``; only what is offered is taken"""
        if self.env.user._is_internal():
            return "preview"
        asked = self.with_env(record.env)._get_preferences(record)
        codes = {x["name"]: {code for code, _label, _chosen in x["options"]} for x in asked}
        values = {n: form[n] for n in codes if form.get(n) in codes[n]}
        partner = record.partner_id
        changed = {n: v for n, v in values.items() if partner[n] != v}
        if not asked:
            return "gone"
        if changed:
            partner.write(changed)
            labels = [
                f"{x['label']}: {dict(o[:2] for o in x['options'])[changed[x['name']]]}"
                for x in asked
                if x["name"] in changed
            ]
            text = self.env._("The customer chose online: %s.", ", ".join(labels))
            partner._message_log(body=text)
        return "kept"

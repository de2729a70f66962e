"""Who is told what: settings of the company, and what each customer prefers."""

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from .backorder_notice_type import MODES

CHANNELS = [("email", "E-mail"), ("phone", "Phone call"), ("none", "No messages")]
FREQUENCIES = [("daily", "At most once a day"), ("weekly", "At most once a week")]
DAYS = {"daily": 1, "weekly": 7}


class ResCompany(models.Model):
    _inherit = "res.company"

    backorder_notice_mode = fields.Selection(
        MODES,
        string="Notices to customers",
        required=True,
        default="off",
        help="Customers hear of their backorders: by themselves, or after somebody has approved "
        "the message. It concerns what happens from now on.",
    )
    backorder_notice_delay = fields.Integer(
        string="Minutes to collect",
        default=60,
        help="News of so many minutes go out in one message, so that a correction made right away "
        "does not reach the customer.",
    )
    backorder_status_days = fields.Integer(
        string="Days between news",
        default=0,
        help="Customers who wait longer hear from us every so many days, also when nothing has "
        "changed. 0: never.",
    )

    @api.constrains("backorder_notice_delay", "backorder_status_days")
    def _check_backorder_notices(self):
        for company in self:
            if min(company.backorder_notice_delay, company.backorder_status_days) < 0:
                raise ValidationError(self.env._("Minutes and days must not be negative."))


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    backorder_notice_mode = fields.Selection(
        related="company_id.backorder_notice_mode", readonly=False, required=True
    )
    backorder_notice_delay = fields.Integer(
        related="company_id.backorder_notice_delay", readonly=False
    )
    backorder_status_days = fields.Integer(
        related="company_id.backorder_status_days", readonly=False
    )


class ResPartner(models.Model):
    _inherit = "res.partner"

    backorder_channel = fields.Selection(
        CHANNELS,
        string="News about backorders",
        help="How this customer wants to hear of backorders. Empty: as the company it belongs to, "
        "else by e-mail.",
    )
    backorder_frequency = fields.Selection(
        FREQUENCIES,
        string="How often",
        help="Empty: as the company it belongs to, else at most once a day.",
    )

    def _get_backorder_channel(self):
        return self.backorder_channel or self.commercial_partner_id.backorder_channel or "email"

    def _get_backorder_notice_days(self):
        """:return: days between two messages"""
        own = self.backorder_frequency or self.commercial_partner_id.backorder_frequency
        return DAYS[own or "daily"]

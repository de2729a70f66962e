"""What customers may do by themselves, with a link or in the portal."""

from odoo import api, fields, models
from odoo.exceptions import ValidationError

MODES = [("off", "Not offered"), ("ask", "Ask us"), ("now", "At once")]


class ResCompany(models.Model):
    _inherit = "res.company"

    backorder_portal_days = fields.Integer(
        string="Links are valid for",
        default=30,
        help="After so many days a link to a backorder no longer opens it. With a login the "
        "customer still sees it.",
    )
    backorder_portal_wait = fields.Selection(
        MODES,
        string="Wait",
        required=True,
        default="off",
        help="The customer says that he waits. Nothing changes; the answer is in the log.",
    )
    backorder_portal_accept = fields.Selection(
        MODES,
        string="Accept the new date",
        required=True,
        default="off",
        help="At once: the expected dates that the customer sees become the promised ones.",
    )
    backorder_portal_date = fields.Selection(
        MODES,
        string="Ask for another date",
        required=True,
        default="off",
        help="At once: a day on which everything is expected to be there is promised. An earlier "
        "one is always a request.",
    )
    backorder_portal_partial = fields.Selection(
        MODES,
        string="Take a part now",
        required=True,
        default="off",
        help="At once: what is ready is prepared, and the warehouse ships it. Where the order has "
        "to ship complete it is always a request.",
    )
    backorder_portal_substitute = fields.Selection(
        MODES,
        string="Accept a substitute",
        required=True,
        default="off",
        help="At once: the substitute that was proposed is ordered at the price that the customer "
        "sees.",
    )
    backorder_portal_cancel = fields.Selection(
        MODES,
        string="Cancel the rest",
        required=True,
        default="off",
        help="At once: what is open is cancelled, all of it or one item. It cannot be taken back.",
    )

    @api.constrains("backorder_portal_days")
    def _check_backorder_portal_days(self):
        if any(company.backorder_portal_days < 1 for company in self):
            raise ValidationError(self.env._("A link has to be valid for one day at least."))


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    backorder_portal_days = fields.Integer(
        related="company_id.backorder_portal_days", readonly=False
    )
    backorder_portal_wait = fields.Selection(
        related="company_id.backorder_portal_wait", readonly=False, required=True
    )
    backorder_portal_accept = fields.Selection(
        related="company_id.backorder_portal_accept", readonly=False, required=True
    )
    backorder_portal_date = fields.Selection(
        related="company_id.backorder_portal_date", readonly=False, required=True
    )
    backorder_portal_partial = fields.Selection(
        related="company_id.backorder_portal_partial", readonly=False, required=True
    )
    backorder_portal_substitute = fields.Selection(
        related="company_id.backorder_portal_substitute", readonly=False, required=True
    )
    backorder_portal_cancel = fields.Selection(
        related="company_id.backorder_portal_cancel", readonly=False, required=True
    )

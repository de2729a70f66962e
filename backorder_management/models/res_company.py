from odoo import fields, models


class ResCompany(models.Model):
    _inherit = "res.company"

    backorder_creation = fields.Selection(
        [
            ("confirmation", "At confirmation, when short"),
            ("delivery", "Only when shipped short"),
            ("manual", "Only by hand"),
        ],
        string="Create backorders",
        required=True,
        default="confirmation",
    )
    backorder_slip_dates = fields.Boolean(
        string="Expected dates on delivery slips",
        help="Print when the rest is expected to ship on the delivery slip.",
    )
    backorder_quotation_dates = fields.Boolean(
        string="Dates on quotations",
        help="Printed quotations, and those that customers see online, say what is available and "
        "when the rest is expected.",
    )
    backorder_borrowing = fields.Boolean(
        string="Borrow from later orders",
        help="Planners may serve an urgent order with stock that a later one holds, when goods on "
        "their way reach the later one in time. They are given back first.",
    )
    backorder_borrow_days = fields.Integer(
        string="Days to spare",
        default=2,
        help="Goods that repay have to come this many days before the lender needs them.",
    )
    backorder_date_tolerance = fields.Integer(
        string="Tolerated days",
        default=1,
        help="An expected date that is so many days after the promised one, or before it, is not "
        "worth telling.",
    )
    backorder_lead_dates = fields.Boolean(
        string="Estimate by lead time",
        default=True,
        help="Where nothing is on its way, the expected date is today plus the lead time of the "
        "vendor or of the production. It is shown as an estimate.",
    )
    backorder_steps_done = fields.Char(
        help="First steps that an administrator has done or skipped, separated by commas."
    )

    def _get_backorder_steps_done(self):
        """:return: codes of the first steps that are done or skipped"""
        return set(filter(None, (self.sudo().backorder_steps_done or "").split(",")))

    def _set_backorder_step(self, code, done):
        self.ensure_one()
        codes = self._get_backorder_steps_done()
        codes = codes | {code} if done else codes - {code}
        # a backorder administrator need not be allowed to edit companies
        self.sudo().backorder_steps_done = ",".join(sorted(codes))

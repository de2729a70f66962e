"""Expected dates are days of shipping; what a customer reads is when the goods reach him."""

from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..sale_backorder import OPEN_STATES

ARRIVAL_HELP = (
    "The expected day of shipping, and the days to the customer. Empty while supply is overdue."
)


def check_transit_days(records):
    for record in records:
        if record.backorder_transit_days < 0:
            raise ValidationError(record.env._("Days to the customer must not be negative."))


class ResCompany(models.Model):
    _inherit = "res.company"

    backorder_transit_days = fields.Integer(
        string="Days to the customer",
        help="Calendar days from shipping until the goods are at the customer. Customers and "
        "delivery addresses may say another number.",
    )

    @api.constrains("backorder_transit_days")
    def _check_backorder_transit_days(self):
        check_transit_days(self)


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    backorder_transit_days = fields.Integer(
        related="company_id.backorder_transit_days", readonly=False
    )


class ResPartner(models.Model):
    _inherit = "res.partner"

    backorder_transit_days = fields.Integer(
        string="Days to this address",
        help="Calendar days from shipping until the goods are there. 0: as the customer that "
        "the address belongs to, else as the company.",
    )

    @api.constrains("backorder_transit_days")
    def _check_backorder_transit_days(self):
        check_transit_days(self)

    def _get_backorder_transit_days(self, company):
        """Of a delivery address: its own, else its customer's, else those of our company."""
        # sudo: how long it takes does not depend on who asks
        address = self.sudo()
        return (
            address.backorder_transit_days
            or address.commercial_partner_id.backorder_transit_days
            or company.sudo().backorder_transit_days
        )


class SaleOrder(models.Model):
    _inherit = "sale.order"

    def _get_backorder_transit(self):
        """:return: timedelta from shipping until the goods are at the delivery address"""
        self.ensure_one()
        days = self.partner_shipping_id._get_backorder_transit_days(self.company_id)
        return timedelta(days=days)


class SaleBackorder(models.Model):
    _inherit = "sale.backorder"

    expected_arrival_date = fields.Date(
        string="Expected at the customer",
        compute="_compute_expected_arrival_date",
        help=ARRIVAL_HELP,
    )

    @api.depends(
        "expected_date",
        "line_ids.confidence",
        "line_ids.state",
        "sale_order_id.partner_shipping_id.backorder_transit_days",
        "sale_order_id.partner_shipping_id.commercial_partner_id.backorder_transit_days",
        "company_id.backorder_transit_days",
    )
    def _compute_expected_arrival_date(self):
        for backorder in self:
            lines = backorder.line_ids.filtered(lambda x: x.state in OPEN_STATES)
            known = "late" not in lines.mapped("confidence")
            backorder.expected_arrival_date = known and backorder._add_transit(
                backorder.expected_date
            )

    def _add_transit(self, date):
        """:return: the day on which it is at the customer what ships on that day; else False"""
        # sudo: the order may belong to somebody else than the user who sees the backorder
        return date and date + self.sudo().sale_order_id._get_backorder_transit()

    def _get_transit_days(self):
        return self.sudo().sale_order_id._get_backorder_transit().days


class SaleBackorderLine(models.Model):
    _inherit = "sale.backorder.line"

    expected_arrival_date = fields.Date(
        string="Expected at the customer",
        compute="_compute_expected_arrival_date",
        help=ARRIVAL_HELP,
    )

    @api.depends(
        "expected_date",
        "confidence",
        "sale_order_id.partner_shipping_id.backorder_transit_days",
        "sale_order_id.partner_shipping_id.commercial_partner_id.backorder_transit_days",
        "company_id.backorder_transit_days",
    )
    def _compute_expected_arrival_date(self):
        for line in self:
            known = line.confidence != "late"
            line.expected_arrival_date = known and line.backorder_id._add_transit(
                line.expected_date
            )

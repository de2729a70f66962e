"""The ship window: not before a date, and not after the one from which it is of no use."""

from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import SQL, format_date


def earliest_date(zone):
    """:param zone: SQL of the time zone where the goods are
    :return: SQL of the day before which the ``customer`` does not take the goods of the order
        ``so``: that of the order, else so many days after it as the customer says
    """
    return SQL(
        """
        COALESCE(so.backorder_not_before, CASE WHEN customer.backorder_not_before_days > 0
                                               THEN %s + customer.backorder_not_before_days END)
        """,
        _order_day(zone),
    )


def latest_date(zone):
    """The day after which the goods are of no use, as ``earliest_date``."""
    return SQL(
        """
        COALESCE(so.backorder_cancel_after, CASE WHEN customer.backorder_cancel_after_days > 0
                                                 THEN %s + customer.backorder_cancel_after_days END)
        """,
        _order_day(zone),
    )


def _order_day(zone):
    return SQL("(so.date_order AT TIME ZONE 'UTC' AT TIME ZONE COALESCE(%s, 'UTC'))::date", zone)


class ResPartner(models.Model):
    _inherit = "res.partner"

    backorder_not_before_days = fields.Integer(
        string="Not before (days)",
        help="So many days after the order the customer takes goods. Empty: at once.",
    )
    backorder_cancel_after_days = fields.Integer(
        string="Latest after (days)",
        help="So many days after the order the goods are of no use any more. Empty: always wanted.",
    )

    @api.constrains("backorder_not_before_days", "backorder_cancel_after_days")
    def _check_backorder_window(self):
        for partner in self:
            start, end = partner.backorder_not_before_days, partner.backorder_cancel_after_days
            if start < 0 or end < 0 or 0 < end < start:
                raise ValidationError(
                    self.env._("The ship window ends before it begins: %s.", partner.display_name)
                )


class SaleOrder(models.Model):
    _inherit = "sale.order"

    backorder_not_before = fields.Date(
        string="Not before",
        copy=False,
        help="The customer does not take goods earlier. Empty: as said on the customer.",
    )
    backorder_cancel_after = fields.Date(
        string="Cancel after",
        copy=False,
        help="After this day the customer does not want the goods any more. Empty: as said on the "
        "customer.",
    )

    @api.constrains("backorder_not_before", "backorder_cancel_after")
    def _check_backorder_window(self):
        for order in self:
            start, end = order.backorder_not_before, order.backorder_cancel_after
            if start and end and end < start:
                raise ValidationError(
                    self.env._("The ship window ends before it begins: %s.", order.name)
                )

    def _get_backorder_latest(self):
        """:return: date, or False when the goods are always wanted"""
        self.ensure_one()
        days = self.partner_id.commercial_partner_id.backorder_cancel_after_days
        if self.backorder_cancel_after or not days:
            return self.backorder_cancel_after
        ordered = self.env["backorder.tracker"]._local_date(
            self.date_order or fields.Datetime.now(), self.warehouse_id, self.company_id
        )
        return ordered + timedelta(days=days)

    def _get_window_warnings(self):
        """Quotation lines that cannot be had before it is too late."""
        self.ensure_one()
        latest = self._get_backorder_latest()
        if not latest:
            return []
        texts = []
        for line in self.order_line:
            late = line.backorder_outlook == "expected" and line.backorder_outlook_date > latest
            if late or line.backorder_outlook == "no_date":
                text = self.env._(
                    "%(product)s: not certain before %(date)s, the last day on which it is wanted.",
                    product=line.product_id.display_name,
                    date=format_date(self.env, latest),
                )
                texts.append(text)
        return texts

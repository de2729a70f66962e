"""A new date for the customer."""

from datetime import datetime, time

import pytz
from markupsafe import Markup

from odoo import fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import format_date

from ..sale_backorder import OPEN_STATES


class SaleBackorder(models.Model):
    _inherit = "sale.backorder"

    promise_ids = fields.One2many("backorder.promise", "backorder_id", string="Promises")

    def reschedule(self, promised_date, reason="", notify=False, line_ids=None):
        """Promise the customer another date, and keep what was promised before. When all that is
        open of an order gets the date, its Delivery Date follows.

        :param promised_date: date, or text as 2026-12-31
        :param reason: why, for the history; with ``notify`` the customer reads it
        :param notify: write to the customer
        :param line_ids: ids of backorder lines, default all open ones
        :return: True
        :raise UserError: no date, a date in the past, nothing open, or an item of another backorder
        :raise AccessError: the user may not change the order
        """
        self._check_may_reschedule()
        self.env["backorder.tracker"]._drain()
        date = self._parse_promised_date(promised_date)
        lines = self._get_lines_to_reschedule(line_ids)
        # a second call with the same date changes nothing
        changes = [(line, line.promised_date) for line in lines if line.promised_date != date]
        if not changes:
            return True
        lines = lines.browse(line.id for line, _old in changes)
        with self.env["backorder.tracker"]._flow():
            # sudo: a promise is closed to editing
            lines.sudo().write({"promised_date": date, "date_due": date})
            self.env["backorder.promise"]._record(changes, "reschedule", reason or "")
            lines.backorder_id._follow_promise(date)
        lines.backorder_id._keep_promise_told(lines, date, reason or "")
        if notify:
            self._write_promise(changes, date, reason or "")
        return True

    # === CHECKS === #

    def _check_may_reschedule(self):
        self.check_access("read")
        sells = self.env.su or self.env.user.has_group("sales_team.group_sale_salesman")
        if not (sells and self.sale_order_id.has_access("write")):
            raise AccessError(
                self.env._("Only who may change the order gives its customer a new date.")
            )

    def _parse_promised_date(self, value):
        try:
            date = fields.Date.to_date(value)
        except (TypeError, ValueError):
            date = None
        if not date:
            raise UserError(self.env._("Give the new date as year-month-day."))
        if any(date < record._today() for record in self):
            text = self.env._("%s has passed: promise a date that can be kept.")
            raise UserError(text % format_date(self.env, date))
        return date

    def _get_lines_to_reschedule(self, line_ids):
        mine = self.line_ids.filtered(lambda x: x.state in OPEN_STATES)
        if line_ids is None:
            lines = mine
        else:
            wanted = {int(i) for i in line_ids}
            if wanted - set(mine.ids):
                raise UserError(
                    self.env._("An item is not open on %s.", ", ".join(self.mapped("name")))
                )
            lines = mine.filtered(lambda x: x.id in wanted)
        if not lines:
            raise UserError(self.env._("Nothing is open any more: there is no date to change."))
        return lines

    # === WHAT FOLLOWS === #

    def _follow_promise(self, date):
        """The record says the latest promise; an order whose open items all have one date has it
        as Delivery Date."""
        for record in self:
            open_lines = record.line_ids.filtered(lambda x: x.state in OPEN_STATES)
            # sudo: dates of a record are closed to editing
            record.sudo().write(
                {
                    "promised_date": max(filter(None, open_lines.mapped("promised_date")))
                    if all(open_lines.mapped("promised_date"))
                    else False,
                    "date_due": min(filter(None, open_lines.mapped("date_due")), default=False),
                }
            )
            if all(line.promised_date == date for line in open_lines):
                open_lines.sudo().write({"promised_order_date": date})
                record.sale_order_id.commitment_date = record._get_noon(date)

    def _get_noon(self, date):
        """:return: naive UTC datetime: noon of that day where the goods leave"""
        tracker = self.env["backorder.tracker"]
        zone = tracker._get_timezone(self.warehouse_id, self.company_id)
        noon = zone.localize(datetime.combine(date, time(12)))
        return noon.astimezone(pytz.utc).replace(tzinfo=None)

    def _keep_promise_told(self, lines, date, reason):
        # sudo: changes are closed to editing
        changes = self.env["backorder.date.change"].sudo()
        changes.search([("line_id", "in", lines.ids), ("state", "=", "new")]).state = "told"
        for record in self:
            mine = lines.filtered(lambda x, record=record: x.backorder_id == record)
            record.sudo()._message_log(body=record._get_promise_text(mine, date, reason))

    def _get_promise_text(self, lines, date, reason):
        products = ", ".join(lines.product_id.mapped("display_name"))
        text = self.env._(
            "%(products)s: the new date is %(date)s.",
            products=products,
            date=format_date(self.env, date),
        )
        return Markup("%s<br/>%s") % (text, reason) if reason else text

"""The weekly review: every open backorder is looked at by a person."""

from odoo import api, fields, models
from odoo.tools import SQL

from ..overview.backorder_sql import local


class SaleBackorder(models.Model):
    _inherit = "sale.backorder"

    date_reviewed = fields.Datetime(
        string="Reviewed on",
        readonly=True,
        copy=False,
        help="When somebody last decided what happens with it: keep, a new date, a call or a "
        "cancellation.",
    )
    reviewed_by_id = fields.Many2one(
        "res.users", string="Reviewed by", readonly=True, copy=False, index="btree_not_null"
    )
    needs_review = fields.Boolean(
        string="To review", compute="_compute_needs_review", search="_search_needs_review"
    )

    def _search_needs_review(self, operator, value):
        condition = SQL(
            "%s <= z.today - c.backorder_review_days",
            local(SQL("COALESCE(b.date_reviewed, b.date_open)")),
        )
        return self._get_matching_domain(condition, operator, value)

    @api.depends("state", "released", "date_reviewed", "date_open")
    def _compute_needs_review(self):
        found = self.search([("id", "in", self.ids), ("needs_review", "=", True)])
        for record in self:
            record.needs_review = record._origin in found

    def _mark_reviewed(self):
        """Not for what a program decides."""
        if not self.env.su:
            # sudo: the fields are closed to editing
            self.sudo().write(
                {"date_reviewed": fields.Datetime.now(), "reviewed_by_id": self.env.uid}
            )

    # === WHAT A PERSON DECIDES === #

    def action_keep(self):
        """It stays as it is."""
        self.check_access("write")
        self._mark_reviewed()
        return True

    def action_call(self):
        result = super().action_call()
        self._mark_reviewed()
        return result

    def reschedule(self, promised_date, reason="", notify=False, line_ids=None):
        result = super().reschedule(promised_date, reason, notify, line_ids)
        self._mark_reviewed()
        return result

    def cancel_open(self, reason_id, note="", line_ids=None, quantities=None, notify=False):
        result = super().cancel_open(reason_id, note, line_ids, quantities, notify)
        self._mark_reviewed()
        return result

"""The steps of the ladder: one scheduled action, which may be interrupted and run again."""

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import groupby

from ..sale_backorder import OPEN_STATES, format_number
from .backorder_limit import STAGES

ACTIVITY = "backorder_management.mail_activity_type_limit"
BATCH = 100  # records between two commits


class SaleBackorderLine(models.Model):
    _inherit = "sale.backorder.line"

    limit_stage = fields.Selection(
        STAGES,
        string="Limit",
        readonly=True,
        copy=False,
        help="How far the limit of age or delay has gone.",
    )
    limit_since = fields.Datetime(string="Limit since", readonly=True, copy=False)

    _limit_stage = models.Index("(limit_stage) WHERE limit_stage IS NOT NULL")

    def _leave_ladder(self):
        """The next time the ladder starts from below."""
        lines = self.filtered("limit_stage")
        lines.write({"limit_stage": False, "limit_since": False})
        records = lines.backorder_id.filtered(lambda b: not any(x.limit_stage for x in b.line_ids))
        records.activity_unlink([ACTIVITY])
        lines.backorder_id._refresh_to_cancel()

    def _list_short(self):
        return ", ".join(
            f"{format_number(x.qty_short)} {x.product_uom_id.name} {x.product_id.display_name}"
            for x in self
        )


class SaleBackorder(models.Model):
    _inherit = "sale.backorder"

    to_cancel = fields.Boolean(
        readonly=True,
        copy=False,
        help="It waits longer than its limit allows: tell the customer, and cancel the rest or "
        "keep it until a day.",
    )
    keep_until = fields.Date(
        string="Kept until",
        readonly=True,
        copy=False,
        tracking=True,
        help="Until the end of this day no limit of age or delay concerns it.",
    )
    keep_reason = fields.Char(string="Kept because", readonly=True, copy=False, tracking=True)

    _to_cancel = models.Index("(id) WHERE to_cancel")

    def keep_until_day(self, day, reason):
        """No limit of age or delay concerns these backorders until the end of this day.

        :param day: date, or text as 2026-12-31
        :param reason: why, for colleagues
        :return: True
        :raise UserError: no reason, no date, or one that has passed
        :raise AccessError: the user may not change the order
        """
        self._check_may_cancel()
        day = self._parse_keep_day(day)
        if not (reason or "").strip():
            raise UserError(self.env._("Say why it is kept."))
        # sudo: the fields are closed to editing, the right was checked above
        records = self.sudo()
        records.write({"keep_until": day, "keep_reason": reason.strip()})
        records.line_ids._leave_ladder()
        return True

    def _parse_keep_day(self, day):
        try:
            day = fields.Date.to_date(day)
        except (TypeError, ValueError):
            day = None
        if not day or any(day < record._today() for record in self):
            raise UserError(self.env._("Choose a day that has not passed."))
        return day

    def _refresh_to_cancel(self):
        for record in self:
            proposed = any(
                x.limit_stage == "proposed" and x.state in OPEN_STATES for x in record.line_ids
            )
            if record.to_cancel != proposed:
                record.to_cancel = proposed

    def _set_limit_activity(self, summary, note):
        """At most one for each record; nobody is written an e-mail for it."""
        self.ensure_one()
        self.activity_unlink([ACTIVITY])
        user = self.user_id or self.team_id.user_id
        if user:
            self.with_context(mail_activity_quick_update=True).activity_schedule(
                ACTIVITY, user_id=user.id, summary=summary, note=note
            )


class BackorderLimit(models.Model):
    _inherit = "backorder.limit"

    @api.model
    def _cron_apply(self):
        """One step for each item that is due. What was done is not done again, so an interrupted
        run goes on where it stopped."""
        cron = self.env["ir.cron"]
        self._get_recovered()._leave_ladder()
        rows = self._get_due() if self.search_count([], limit=1) else []
        by_record = [list(mine) for _id, mine in groupby(rows, lambda r: r["backorder_id"])]
        cron._commit_progress(remaining=len(by_record))
        for start in range(0, len(by_record), BATCH):
            batch = by_record[start : start + BATCH]
            for mine in batch:
                self._climb(mine)
            if not cron._commit_progress(len(batch)):
                break

    @api.model
    def _climb(self, rows):
        """:param rows: due items of one record"""
        steps = {None: self._warn, "warned": self._propose, "proposed": self._cancel_silent_ones}
        for stage, step in steps.items():
            mine = [row for row in rows if row["stage"] == stage]
            for limit_id, items in groupby(mine, lambda r: r["limit_id"]):
                lines = self.env["sale.backorder.line"].browse(r["id"] for r in items)
                step(self.browse(limit_id), lines)

    @api.model
    def _warn(self, limit, lines):
        record = lines.backorder_id
        lines.write({"limit_stage": "warned", "limit_since": fields.Datetime.now()})
        record._set_limit_activity(
            self.env._("Waits longer than allowed"),
            self.env._(
                "%(limit)s: %(items)s. In %(days)s days it is proposed to cancel this.",
                limit=limit.name,
                items=lines._list_short(),
                days=limit.propose_days,
            ),
        )

    @api.model
    def _propose(self, limit, lines):
        record = lines.backorder_id
        lines.write({"limit_stage": "proposed", "limit_since": fields.Datetime.now()})
        record._refresh_to_cancel()
        text = self.env._("%(limit)s: %(items)s.", limit=limit.name, items=lines._list_short())
        if limit.cancel:
            text += " " + self.env._(
                "Write to the customer: if nothing is answered, it is cancelled after %s days. "
                "Without a word to the customer it is not.",
                limit.cancel_days,
            )
        record._set_limit_activity(self.env._("Cancel the rest, or keep it until a day"), text)

    @api.model
    def _cancel_silent_ones(self, limit, lines):
        """The customer was told and did not answer: what is not ready ends, with a notice."""
        record = lines.backorder_id
        reason = self.env.ref("backorder_management.cancel_reason_delay")
        try:
            with self.env.cr.savepoint():
                record.cancel_open(
                    reason.id,
                    note=limit.name,
                    quantities={x.id: x.qty_short for x in lines},
                    notify=True,
                )
        except UserError as error:
            # it stays a proposal, and is tried again after as many days
            lines.write({"limit_since": fields.Datetime.now()})
            record._set_limit_activity(self.env._("Cancel the rest by hand"), str(error))
            return
        lines._leave_ladder()

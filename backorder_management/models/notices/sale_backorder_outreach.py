"""Whom to call today, and why."""

from markupsafe import Markup

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL, format_amount, format_date

from ...engine import outreach
from ..overview.backorder_sql import IS_SLIP, OPEN_VALUE, SLIP_COUNT, from_backorders, local
from ..overview.sale_backorder_dashboard import SALES_GROUPS
from ..sale_backorder import OPEN_STATES

REASONS_SHOWN = 3
LAST_CONTACT = SQL("COALESCE(b.last_contact_date, b.date_open)")
FOLLOWUP_DUE = SQL(
    """b.next_followup_date <= z.today
       AND (b.last_contact_date IS NULL OR %s < b.next_followup_date)""",
    local(SQL("b.last_contact_date")),
)
UNTOLD = SQL(
    """EXISTS (SELECT FROM backorder_date_change d
                 WHERE d.backorder_id = b.id AND d.state = 'new' AND %s
                   AND (b.last_contact_date IS NULL OR d.create_date > b.last_contact_date))""",
    IS_SLIP,
)
SILENT = SQL(
    """c.backorder_call_days > 0
       AND (b.next_followup_date IS NULL OR b.next_followup_date <= z.today)
       AND %s <= z.today - c.backorder_call_days""",
    local(LAST_CONTACT),
)
SLIPS = SQL(
    """(SELECT MAX(%s) FROM sale_backorder_line x
         WHERE x.backorder_id = b.id AND x.state IN %s)""",
    SLIP_COUNT,
    OPEN_STATES,
)


class SaleBackorder(models.Model):
    _inherit = "sale.backorder"

    outreach_score = fields.Float(
        string="Urgency",
        digits=(4, 1),
        readonly=True,
        aggregator="max",
        groups=SALES_GROUPS,
        help="From 0 to 100: long waits, slipped dates and silence count most, then value and the "
        "tier of the customer. Refreshed every night and with every contact.",
    )
    is_to_call = fields.Boolean(
        string="To call", compute="_compute_is_to_call", search="_search_is_to_call"
    )
    outreach_reason = fields.Char(
        string="Why", compute="_compute_outreach_reason", groups=SALES_GROUPS
    )
    talking_points = fields.Html(compute="_compute_talking_points", groups=SALES_GROUPS)

    # === WHO IS IN THE QUEUE === #

    @api.model
    def _get_to_call_condition(self):
        """A follow-up is due, the customer does not know of a slip, or nobody spoke with him for
        too long and no call is planned. A contact ends each of them."""
        return SQL("(%s) OR (%s) OR (%s)", FOLLOWUP_DUE, UNTOLD, SILENT)

    @api.model
    def _get_matching_domain(self, condition, operator, value):
        """A domain of the open backorders for which an SQL condition holds."""
        if operator != "in":
            return NotImplemented
        query = SQL(
            "SELECT b.id %s WHERE b.state IN %s AND b.released AND (%s)",
            from_backorders(self.env),
            OPEN_STATES,
            condition,
        )
        self.env.flush_all()
        domain = Domain("id", "in", query)
        return domain if True in value else ~domain

    def _search_is_to_call(self, operator, value):
        return self._get_matching_domain(self._get_to_call_condition(), operator, value)

    @api.depends("state", "released", "last_contact_date", "next_followup_date")
    def _compute_is_to_call(self):
        found = self.search([("id", "in", self.ids), ("is_to_call", "=", True)])
        for record in self:
            record.is_to_call = record._origin in found

    # === THE SCORE === #

    @api.model
    def _read_outreach(self, ids):
        """:return: dicts ``id``, ``score`` (as stored), ``half_value``, ``followup`` (date or
        None: not due), ``untold`` and what the engine wants to know"""
        self.env.flush_all()
        names = ("id", "score", "half_value", "followup", "untold")
        measures = ("wait", "slips", "silence", "value", "tier")
        query = SQL(
            """
            SELECT b.id, b.outreach_score, c.backorder_call_value,
                   CASE WHEN %(followup)s THEN b.next_followup_date END, %(untold)s,
                   z.today - %(opened)s, COALESCE(%(slips)s, 0), z.today - %(spoken)s,
                   COALESCE(%(value)s, 0)::float, COALESCE(cp.backorder_tier, '3')::int
              %(backorders)s
             WHERE b.id = ANY(%(ids)s) AND b.state IN %(states)s
             ORDER BY b.id
            """,
            followup=FOLLOWUP_DUE,
            untold=UNTOLD,
            opened=local(SQL("b.date_open")),
            slips=SLIPS,
            spoken=local(LAST_CONTACT),
            value=OPEN_VALUE,
            backorders=from_backorders(self.env),
            ids=list(ids),
            states=OPEN_STATES,
        )
        return [
            {
                **dict(zip(names, row[:5], strict=True)),
                "situation": outreach.Situation(**dict(zip(measures, row[5:], strict=True))),
            }
            for row in self.env.execute_query(query)
        ]

    @api.model
    def _refresh_outreach(self, ids):
        """Store the scores that changed. Written in place: a score is no news of the record."""
        changed = {}
        for row in self._read_outreach(ids):
            score = outreach.score(row["situation"], row["half_value"])
            if abs(score - float(row["score"] or 0.0)) > 0.01:
                changed[row["id"]] = score
        if changed:
            self.env.execute_query(
                SQL(
                    """
                    UPDATE sale_backorder b SET outreach_score = n.score
                      FROM UNNEST(%s::int[], %s::numeric[]) AS n (id, score)
                     WHERE b.id = n.id RETURNING b.id
                    """,
                    list(changed),
                    list(changed.values()),
                )
            )
            self.browse(changed).invalidate_recordset(["outreach_score"], flush=False)

    def _set_last_contact(self, moment):
        result = super()._set_last_contact(moment)
        self._refresh_outreach(self.ids)
        return result

    def reschedule(self, promised_date, reason="", notify=False, line_ids=None):
        result = super().reschedule(promised_date, reason, notify, line_ids)
        # sudo: scores are closed to editing
        self.sudo()._refresh_outreach(self.ids)
        return result

    # === IN WORDS === #

    @api.depends("state", "last_contact_date", "next_followup_date", "promised_date", "amount_open")
    @api.depends_context("lang", "uid")
    def _compute_outreach_reason(self):
        rows = {row["id"]: row for row in self._read_outreach(self.ids)}
        for record in self:
            row = rows.get(record.id)
            record.outreach_reason = row and record._get_reason_text(row)

    def _get_reason_text(self, row):
        """What weighs most, first."""
        texts = []
        if row["untold"]:
            texts.append(self.env._("does not know that the date slipped"))
        if row["followup"]:
            texts.append(self.env._("call agreed for %s", format_date(self.env, row["followup"])))
        weights = outreach.points(row["situation"], row["half_value"])
        for name in sorted(weights, key=weights.get, reverse=True):
            if weights[name] >= 1:
                texts.append(getattr(self, f"_get_{name}_reason")(row["situation"]))
        text = ", ".join(filter(None, texts[:REASONS_SHOWN]))
        return text[:1].upper() + text[1:]

    def _get_wait_reason(self, situation):
        return self.env._("waits %s days", situation.wait)

    def _get_slips_reason(self, situation):
        if situation.slips == 1:
            return self.env._("the date slipped once")
        return self.env._("the date slipped %s times", situation.slips)

    def _get_silence_reason(self, situation):
        if not self.last_contact_date:
            return self.env._("no contact yet")
        return self.env._("no contact for %s days", situation.silence)

    def _get_value_reason(self, situation):
        amount = format_amount(self.env, situation.value, self.company_id.currency_id)
        return self.env._("%s open", amount)

    def _get_tier_reason(self, situation):
        if situation.tier == outreach.BEST_TIER:
            return self.env._("key customer")
        return self.env._("preferred customer")

    # === WHAT TO SAY === #

    def _compute_talking_points(self):
        for record in self:
            items = record._get_talking_points() if record.state in OPEN_STATES else []
            rows = Markup().join(Markup("<li><b>%s</b> %s</li>") % item for item in items)
            record.talking_points = rows and Markup("<ul class='mb-0'>%s</ul>") % rows

    def _get_talking_points(self):
        """:return: [(heading, text)]: what, since when, next date, last words"""
        self.ensure_one()
        since = self.env._(
            "%(date)s (%(days)s days)",
            date=format_date(self.env, self._local_date(self.date_open)),
            days=self.age_days,
        )
        result = [
            (self.env._("What:"), self._get_items_sentence()),
            (self.env._("Since:"), since),
            (self.env._("Next date:"), self._get_next_date_text()),
        ]
        if last := self.communication_ids[:1]:
            result.append((self.env._("Last words:"), last._get_talk()))
        return result

    def _get_next_date_text(self):
        text = self._get_date_sentence()
        if not self.promised_date:
            return text
        promised = self.env._("Promised: %s.", format_date(self.env, self.promised_date))
        return f"{text} {promised}"

    # === BUTTONS === #

    def action_call(self):
        """A call today, for the salesperson; it is one with the next follow-up."""
        self.check_access("write")
        for record in self:
            record._plan_followup(record._today())
        return True


class BackorderCommunication(models.Model):
    _inherit = "backorder.communication"

    def _get_talk(self):
        """One contact in a line, for the next one."""
        self.ensure_one()
        labels = self.fields_get(["method", "decision"], ["selection"])
        method = dict(labels["method"]["selection"])[self.method]
        day = format_date(self.env, self.backorder_id._local_date(self.date))
        texts = [f"{day}, {method}: {self.summary}"]
        if self.decision:
            texts.append(dict(labels["decision"]["selection"])[self.decision] + ".")
        if self.agreed_plan:
            texts.append(self.env._("Agreed: %s", self.agreed_plan))
        return " ".join(texts)


class BackorderTracker(models.AbstractModel):
    _inherit = "backorder.tracker"

    @api.model
    def _cron_refresh(self):
        result = super()._cron_refresh()
        # sudo: scores of everybody
        backorders = self.env["sale.backorder"].sudo()
        ids = backorders.search([("state", "in", OPEN_STATES)], order="id").ids
        self._run_batches(ids, backorders._refresh_outreach)
        return result

"""The cause of a backorder item, found by rule where no person said one."""

import logging

import psycopg2

from odoo import api, fields, models
from odoo.tools import SQL, format_date

from ...engine import causes
from ..sale_backorder import OPEN_STATES, format_number

_logger = logging.getLogger(__name__)

SOURCES = [("rule", "Found by rule"), ("person", "Set by a person")]
BATCH = 500


class SaleBackorderLine(models.Model):
    _inherit = "sale.backorder.line"

    cause_source = fields.Selection(
        SOURCES,
        string="Cause from",
        readonly=True,
        help="What a person chose, also nothing at all, is never changed by a rule.",
    )
    cause_facts = fields.Json(readonly=True, help="What the rule found, to be said in words.")
    cause_checked_on = fields.Date(
        string="Causes looked for on", readonly=True, copy=False, help="By the rules."
    )
    cause_evidence = fields.Char(
        string="Because",
        compute="_compute_cause_evidence",
        help="What shows that this is the cause. Customers never see it.",
    )

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            if vals.get("cause_id"):
                vals.setdefault("cause_source", "person")
        return super().create(vals_list)

    def write(self, vals):
        result = super().write(vals)
        if "cause_id" in vals and "cause_source" not in vals:
            # sudo: who may choose the cause need not be allowed to write what follows from it
            self.sudo().write({"cause_source": "person", "cause_facts": False})
        return result

    @api.depends("cause_facts")
    @api.depends_context("lang")
    def _compute_cause_evidence(self):
        for line in self:
            line.cause_evidence = line._get_cause_evidence()

    def _get_told_cause(self):
        """What a person said. What a rule found is for us: nobody looked at it yet."""
        self.ensure_one()
        said = self.cause_id if self.cause_source != "rule" else self.cause_id.browse()
        return said or self.backorder_id.cause_id

    # === WORDS === #

    def _get_cause_evidence(self):
        """In the language of who reads it."""
        self.ensure_one()
        facts = self.cause_facts or {}
        text = self._get_cause_texts().get(facts.get("kind"))
        if not text:
            return False
        values = {k: self._format_fact(k, v) for k, v in facts.items() if k != "kind"}
        return text % {**values, "unit": self.product_uom_id.name}

    def _format_fact(self, name, value):
        if name in ("first", "date"):
            return format_date(self.env, value, date_format="medium")
        return format_number(value) if isinstance(value, float) else value

    @api.model
    def _get_cause_texts(self):
        return {
            "not_found": self.env._("Shipped short while the system showed the goods"),
            "counted": self.env._("A count on %(date)s took %(quantity)s %(unit)s off the stock"),
            "overdue": self.env._("%(name)s: promised %(first)s, not received yet"),
            "moved": self.env._("%(name)s: promised %(first)s, now %(date)s"),
            "received": self.env._("%(name)s: promised %(first)s, received %(date)s"),
            "spike": self.env._(
                "%(quantity)s %(unit)s ordered in 7 days; %(mean)s in a usual week, seldom more "
                "than %(limit)s"
            ),
            "reorder": self.env._(
                "Reordered at %(point)s %(unit)s, but about %(needed)s are sold in the %(days)s "
                "days until more comes"
            ),
        }

    # === FIND === #

    @api.model
    def _cron_find_causes(self):
        """Each open item once a day, new ones within the hour. A run that is broken off goes on
        where it stopped."""
        self.sudo()._find_causes(due=True)

    @api.model
    def _find_causes(self, due=False):
        """Tag what no person tagged, and keep the evidence up to date; batch by batch.

        :param due: only items that were not looked at today
        """
        ids = self._get_ids_to_tag(due)
        cron = self.env["ir.cron"]
        cron._commit_progress(remaining=len(ids))
        for start in range(0, len(ids), BATCH):
            batch, done = self.browse(ids[start : start + BATCH]).exists(), 0
            try:
                batch._tag_causes()
                batch.write({"cause_checked_on": fields.Date.today()})
                self.env.flush_all()
                done = len(batch)
            except psycopg2.OperationalError:
                # taken by somebody else right now: the next run sees them again
                self.env.cr.rollback()
                _logger.info("Items %s and more are busy, left for the next run", ids[start])
            self.env.invalidate_all()
            if not cron._commit_progress(done):
                break

    @api.model
    def _get_ids_to_tag(self, due):
        """:return: ids of open items, those of a product together: its history is read once"""
        self.env.flush_all()
        today = fields.Date.today()
        wanted = SQL("COALESCE(x.cause_checked_on < %s, TRUE)", today) if due else SQL("TRUE")
        rows = self.env.execute_query(
            SQL(
                """
                SELECT x.id
                  FROM sale_backorder_line x
                  JOIN sale_backorder b ON b.id = x.backorder_id AND b.cause_id IS NULL
                  JOIN res_company c ON c.id = x.company_id AND c.backorder_find_causes
                 WHERE x.state IN %s AND x.warehouse_id IS NOT NULL AND %s
                   AND (x.cause_source = 'rule' OR x.cause_source IS NULL AND x.cause_id IS NULL)
                 ORDER BY x.product_id, x.id
                """,
                OPEN_STATES,
                wanted,
            )
        )
        return [row[0] for row in rows]

    def _tag_causes(self):
        """Write what the rules find; what was found before and is not proved any more stays."""
        known = self.env["backorder.cause"].search([("code", "!=", False)])
        by_code = {cause.code: cause for cause in known}
        facts = self.env["backorder.cause.finder"]._read_facts(self.ids)
        for line in self:
            found = causes.find_causes(facts[line.id])
            usable = [f for f in found if f.code in by_code]
            finding = causes.choose(usable, line.cause_id.code)
            if finding and finding.code == (line.cause_id.code or finding.code):
                line._write_cause(by_code[finding.code], finding)

    def _write_cause(self, cause, finding):
        facts = {"kind": finding.kind, **finding.values}
        if cause != self.cause_id or facts != self.cause_facts:
            self.write({"cause_id": cause.id, "cause_source": "rule", "cause_facts": facts})


class SaleBackorder(models.Model):
    _inherit = "sale.backorder"

    cause_evidence = fields.Text(
        string="Found by rule",
        compute="_compute_cause_evidence",
        help="The causes of the items that no person set, and what shows them. Choose a cause to "
        "overrule them. Customers never see it.",
    )

    @api.depends("line_ids.cause_id", "line_ids.cause_facts", "line_ids.cause_source", "cause_id")
    @api.depends_context("lang")
    def _compute_cause_evidence(self):
        for backorder in self:
            lines = backorder.line_ids.filtered(lambda x: x.cause_source == "rule" and x.cause_id)
            several = len(backorder.line_ids) > 1
            backorder.cause_evidence = not backorder.cause_id and "\n".join(
                (f"{x.product_id.display_name}: " if several else "")
                + f"{x.cause_id.name}. {x.cause_evidence or ''}"
                for x in lines
            )

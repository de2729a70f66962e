"""The daily run of the alert rules."""

import logging
from datetime import datetime, time, timedelta
from functools import partial

import psycopg2
import pytz

from odoo import api, fields, models
from odoo.tools import SQL

from ...engine import workdays
from .backorder_alert import LIVE

_logger = logging.getLogger(__name__)

BATCH = 500  # alerts in one transaction


class BackorderAlertRule(models.Model):
    _inherit = "backorder.alert.rule"

    @api.model
    def _cron_run(self):
        """Every rule in every company, batch by batch with a commit after each. What was done
        is remembered by the alerts: a run that was broken off goes on where it stopped. A rule that
        fails stops no other."""
        cron = self.env["ir.cron"]
        # sudo: rules look at everything
        rules = self.sudo().search([("active", "=", True)])
        jobs = [(r, c) for r in rules for c in r._get_companies() | r._get_told_companies()]
        cron._commit_progress(remaining=len(jobs))
        for rule, company in jobs:
            if not rule._try_run(company, cron._commit_progress):
                break
            if not cron._commit_progress(1):
                break

    def _get_companies(self):
        return self.company_id or self.env["res.company"].search([("active", "=", True)])

    def _get_told_companies(self):
        """Where somebody was told: also where the rule does not look any more."""
        domain = [("rule_id", "=", self.id), ("state", "in", LIVE)]
        groups = self.env["backorder.alert"]._read_group(domain, ["company_id"])
        return self.env["res.company"].union(*(company for (company,) in groups))

    def _try_run(self, company, commit):
        """:param commit: called after each batch; returns the seconds left
        :return: False when the time is over"""
        try:
            finished, error = self._run(company, commit), False
        except psycopg2.OperationalError:
            # somebody else writes the same: the next run sees it again
            self.env.cr.rollback()
            _logger.info("Alert rule %s is left for the next run", self.id)
            return True
        except Exception as problem:
            _logger.exception("Alert rule %s failed", self.id)
            self.env.transaction.clear()
            finished, error = True, str(problem)
        if (self.last_error or False) != error:
            self.last_error = error
        return finished

    def _run(self, company, commit=lambda: 1):
        """One rule in one company. On days on which nobody works, only what is gone is closed.

        :return: whether all of it was done
        """
        rule = self.with_company(company).with_context(allowed_company_ids=company.ids)
        rule = rule.with_context(tracking_disable=True, mail_activity_quick_update=True)
        off, today = rule._get_days_off(company), rule._get_today(company)
        mine = company in rule._get_companies()
        steps = [partial(rule._close_gone if mine else rule._close_elsewhere, company)]
        if mine and today not in off:
            steps += [
                partial(rule._raise_new, company, today, off),
                partial(rule._repeat, company, today, off),
                partial(rule._escalate, company, today, off),
            ]
        for step in steps:
            while True:
                with self.env.cr.savepoint():
                    done = step()
                if not commit():
                    return False
                if done < BATCH:
                    break
        return True

    # === WORKING DAYS === #

    def _get_zone(self, company):
        tracker = self.env["backorder.tracker"]
        return tracker._get_timezone(self.env["stock.warehouse"], company)

    def _get_today(self, company):
        zone = self._get_zone(company)
        return pytz.utc.localize(fields.Datetime.now()).astimezone(zone).date()

    def _get_days_off(self, company):
        """:return: dates around today on which the company does not work"""
        calendar = company.resource_calendar_id
        if not calendar:
            return set()
        zone, today = pytz.timezone(calendar.tz or "UTC"), self._get_today(company)
        span = timedelta(days=30 + 3 * max(self.deadline_days, self.escalation_days))
        start, end = (
            zone.localize(datetime.combine(day, time.min)) for day in (today - span, today + span)
        )
        days = calendar._get_unusual_days(start, end, company)
        return {fields.Date.to_date(day) for day, off in days.items() if off}

    # === WHAT TO DO === #

    def _read_causes(self, company, condition=None, limit=None):
        """:return: dicts with the key columns and ``number``"""
        self.env.flush_all()
        columns = self._get_key_columns()
        query = SQL(
            "SELECT %(columns)s, c.number FROM (%(cause)s) AS c WHERE %(condition)s"
            " ORDER BY %(columns)s LIMIT %(limit)s",
            columns=SQL(", ").join(SQL.identifier("c", name) for name in columns),
            cause=self._get_cause_query(company),
            condition=condition or SQL("TRUE"),
            limit=SQL("%s", limit) if limit else SQL("ALL"),
        )
        rows = self.env.execute_query(query)
        return [dict(zip((*columns, "number"), row, strict=True)) for row in rows]

    def _get_live_match(self):
        """:return: SQL that joins a live alert ``a`` of this rule with a cause ``c``"""
        keys = (
            SQL("%s = %s", SQL.identifier("a", name), SQL.identifier("c", name))
            for name in self._get_key_columns()
        )
        return SQL(
            "a.rule_id = %s AND a.state IN ('open', 'acknowledged') AND %s",
            self.id,
            SQL(" AND ").join(keys),
        )

    def _close_gone(self, company):
        """Alerts whose cause is gone. :return: how many"""
        self.env.flush_all()
        query = SQL(
            """
            WITH c AS (%s)
            SELECT a.id FROM backorder_alert a
             WHERE a.rule_id = %s AND a.company_id = %s AND a.state IN ('open', 'acknowledged')
               AND NOT EXISTS (SELECT FROM c WHERE %s)
             ORDER BY a.id LIMIT %s
            """,
            self._get_cause_query(company),
            self.id,
            company.id,
            self._get_live_match(),
            BATCH,
        )
        found = self.env.execute_query(query)
        alerts = self.env["backorder.alert"].browse(row[0] for row in found)
        if alerts:
            alerts._close(self.env._("What caused the alert is gone."))
        return len(alerts)

    def _close_elsewhere(self, company):
        """Alerts of a company that the rule left. :return: how many"""
        alerts = self.env["backorder.alert"].search(
            [
                ("rule_id", "=", self.id),
                ("company_id", "=", company.id),
                ("state", "in", LIVE),
            ],
            limit=BATCH,
            order="id",
        )
        alerts._close_elsewhere()
        return len(alerts)

    def _raise_new(self, company, today, off):
        """What the rule finds and nobody was told. :return: how many"""
        condition = SQL(
            "NOT EXISTS (SELECT FROM backorder_alert a WHERE %s)", self._get_live_match()
        )
        rows = self._read_causes(company, condition, BATCH)
        if rows:
            alerts = self._create_alerts(company, rows)
            alerts._schedule(workdays.after(today, self.deadline_days, off))
        return len(rows)

    def _create_alerts(self, company, rows):
        field, model = self._get_target()
        records = self.env[model].browse(row[field] for row in rows)
        people = self._find_people(self.responsible, self.user_id, records)
        hit = self._read_hit_customers(rows) if self.kind == "shortage" else {}
        if self.raise_priority and model == "sale.backorder":
            records._raise_priority(self)
        return self.env["backorder.alert"].create(
            [
                {
                    "rule_id": self.id,
                    "company_id": company.id,
                    **{name: row[name] for name in self._get_key_columns()},
                    "user_id": people[record].id,
                    "customer_ids": hit.get((row.get("product_id"), row.get("warehouse_id")), []),
                    "summary": self._get_text(people[record], row["number"]),
                }
                for row, record in zip(rows, records, strict=True)
            ]
        )

    def _get_text(self, user, number):
        rule = self.with_context(lang=user.lang or self.env.lang)
        return getattr(rule, f"_get_{self.kind}_text")(number)

    def _repeat(self, company, today, off):
        """What was done, but did not help for too long. :return: how many"""
        if not self.repeat_days:
            return 0
        alerts = self.env["backorder.alert"].search(
            [
                ("rule_id", "=", self.id),
                ("company_id", "=", company.id),
                ("state", "=", "acknowledged"),
                (
                    "date_acknowledged",
                    "<",
                    self._get_end(company, today - timedelta(days=self.repeat_days)),
                ),
            ],
            limit=BATCH,
            order="id",
        )
        if alerts:
            alerts.write(
                {
                    "state": "open",
                    "date_open": fields.Datetime.now(),
                    "date_escalated": False,
                    "escalation_user_id": False,
                }
            )
            alerts._schedule(workdays.after(today, self.deadline_days, off))
        return len(alerts)

    def _escalate(self, company, today, off):
        """What was not done in time. :return: how many"""
        if not self.escalation_days:
            return 0
        day = workdays.before(today, self.escalation_days, off)
        alerts = self.env["backorder.alert"].search(
            [
                ("rule_id", "=", self.id),
                ("company_id", "=", company.id),
                ("state", "=", "open"),
                ("date_escalated", "=", False),
                ("date_open", "<", self._get_end(company, day)),
            ],
            limit=BATCH,
            order="id",
        )
        if alerts:
            alerts._escalate(workdays.after(today, self.deadline_days, off))
        return len(alerts)

    def _get_end(self, company, day):
        """:return: naive UTC datetime at which the day ends for the company"""
        zone = self._get_zone(company)
        end = zone.localize(datetime.combine(day + timedelta(days=1), time.min))
        return end.astimezone(pytz.utc).replace(tzinfo=None)

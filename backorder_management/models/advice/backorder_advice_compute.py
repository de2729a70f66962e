"""Reorder advice is computed: what was read goes through the engine into rows."""

import logging
from datetime import timedelta
from functools import partial

import psycopg2

from odoo import api, fields, models
from odoo.exceptions import ConcurrencyError
from odoo.fields import Domain
from odoo.tools import split_every

from ...engine import advice as adv
from .backorder_advice_reader import MONTH, QUARTER, YEAR

_logger = logging.getLogger(__name__)

BATCH = 500


class BackorderAdvice(models.Model):
    _inherit = "backorder.advice"

    @api.model
    def _cron_compute(self):
        """All companies, with a commit after each batch. What was computed today is left out: so
        an interruption, or a batch that is busy, leaves the rest to the next run."""
        cron = self.env["ir.cron"]
        companies = self.env["res.company"].search(Domain.TRUE)
        batches = [b for company in companies for b in self.sudo()._get_batches(company)]
        cron._commit_progress(remaining=sum(count for count, _work in batches))
        for count, work in batches:
            done = count if self._try_batch(work) else 0
            self.env.invalidate_all()
            if not cron._commit_progress(done):
                break

    @api.model
    def _try_batch(self, work):
        """:return: False if somebody else writes the same rows right now; nothing is kept then"""
        try:
            with self.env.cr.savepoint():
                work()
        except (psycopg2.OperationalError, psycopg2.errors.UniqueViolation, ConcurrencyError):
            _logger.info("Reorder advice is written by somebody else right now")
            return False
        return True

    @api.model
    def _compute_company(self, company):
        """Write the rows of a company, batch by batch. -> yields after each batch"""
        for count, work in self._get_batches(company, again=True):
            work()
            yield count

    @api.model
    def _get_batches(self, company, again=False):
        """:param again: also what was computed today
        :return: [(number of rows, function that writes or deletes them)]
        """
        self.env.flush_all()
        reader = self.env["backorder.advice.reader"].with_company(company)
        today = reader._get_today(company)
        pools = reader._get_pools(company, today)
        known = self.search([("company_id", "=", company.id)])
        kept = set(pools)
        ended = known.filtered(lambda r: (r.product_id.id, r.warehouse_id.id) not in kept)
        if not again:
            fresh = known.filtered(lambda r: r.computed_on and r.computed_on >= today)
            fresh = {(r.product_id.id, r.warehouse_id.id) for r in fresh}
            pools = [pool for pool in pools if pool not in fresh]
        batches = [
            (len(batch), partial(self._write_rows, batch, company, today))
            for batch in split_every(BATCH, pools)
        ]
        return [*batches, (len(ended), ended.unlink)] if ended else batches

    @api.model
    def _write_rows(self, pools, company, today):
        """:return: rows of the pools"""
        vals = self._prepare_rows(pools, company, today)
        rows = self.search(
            [
                ("product_id", "in", [product for product, _warehouse in vals]),
                ("warehouse_id", "in", [warehouse for _product, warehouse in vals]),
            ]
        )
        known = {(r.product_id.id, r.warehouse_id.id): r for r in rows}
        for pool in vals.keys() & known.keys():
            known[pool].write(vals[pool])
        new = [{**v, "product_id": p, "warehouse_id": w} for (p, w), v in vals.items()
               if (p, w) not in known]  # fmt: skip
        return self.browse(r.id for p, r in known.items() if p in vals) | self.create(new)

    @api.model
    def _prepare_rows(self, pools, company, today):
        """:return: {pool: vals}; the number of queries does not grow with the pools"""
        reader = self.env["backorder.advice.reader"].with_company(company)
        facts = reader._read(pools, company, today)
        orderpoints = reader._read_orderpoints(pools)
        products = self.env["product.product"].with_company(company)
        products = {p.id: p for p in products.browse(sorted({p for p, _w in pools}))}
        return {
            pool: self._prepare_row(
                facts[pool], orderpoints.get(pool), products[pool[0]], company, today
            )
            for pool in pools
        }

    @api.model
    def _prepare_row(self, facts, orderpoint, product, company, today):
        present = (orderpoint.product_min_qty, orderpoint.product_max_qty) if orderpoint else (0, 0)
        digits = self.env["decimal.precision"].precision_get("Product Unit")
        step = 1.0 if facts.is_whole() else 10.0**-digits
        days = company.backorder_advice_days
        history = facts.get_history(today, days, present, step)
        found = adv.advise(history, company.backorder_advice_level)
        extra = found.minimum - present[0] if found.status == adv.RAISE else 0.0
        return {
            "computed_on": today,
            "date_from": today - timedelta(days=history.days - 1),
            "days": history.days,
            "service_level": company.backorder_advice_level,
            "orderpoint_id": orderpoint.id if orderpoint else False,
            "present_min": present[0],
            "present_max": present[1],
            "extra_qty": extra,
            "extra_value": extra * product.standard_price,
            **self._prepare_events(facts, today, today - timedelta(days=days - 1)),
            **self._prepare_season(facts, today),
            **self._prepare_figures(history, found, facts, today),
        }

    @api.model
    def _prepare_figures(self, history, found, facts, today):
        start = today - timedelta(days=history.days - 1)
        sold = sum(q for day, q in facts.sold.items() if day >= start)
        return {
            "status": found.status,
            "sold_week": sold / history.days * 7,
            "demand_mean": found.demand.mean,
            "demand_deviation": found.demand.deviation,
            "demand_days": len(history.wanted),
            "lead_mean": found.lead.mean,
            "lead_deviation": found.lead.deviation,
            "lead_count": len(history.receipts),
            "lead_source": found.lead_source or False,
            "proposed_min": found.minimum,
            "proposed_max": found.maximum,
            "proposed_safety": found.safety,
            "lot": found.lot,
            "short_units": found.happened.units,
            "short_days": found.happened.days,
            "avoided_units": found.avoided.units,
            "avoided_days": found.avoided.days,
        }

    @api.model
    def _prepare_events(self, facts, today, start):
        """What is known of backorders and of what was not sold, from ``start`` on."""
        opened = [(day, quantity) for day, _days, quantity in facts.waits if day >= start]
        lost = [q for day, q in facts.lost if day >= start]
        substituted = [q for day, q in facts.substituted if day >= start]
        return {
            "backorder_count": len(opened),
            "qty_backordered": sum(quantity for _day, quantity in opened),
            "backorder_days": len(self._get_waiting_days(facts.waits, start, today)),
            "lost_count": len(lost),
            "lost_qty": sum(lost),
            "substituted_count": len(substituted),
            "substituted_qty": sum(substituted),
        }

    @api.model
    def _get_waiting_days(self, waits, start, today):
        """:return: days on which something waited, its first day included"""
        return {
            day
            for opened, waited, _quantity in waits
            for day in (opened + timedelta(days=i) for i in range(max(1, waited)))
            if start <= day <= today
        }

    @api.model
    def _prepare_season(self, facts, today):
        def back(days):
            return today - timedelta(days=days)

        weeks = []
        for ago in range(QUARTER - 7, -1, -7):
            now = facts.sum(back(ago + 6), back(ago))
            before = facts.sum(back(ago + 6 + YEAR), back(ago + YEAR))
            weeks.append([fields.Date.to_string(back(ago + 6)), round(now, 6), round(before, 6)])
        return {
            "recent_qty": facts.sum(back(MONTH - 1), today),
            "last_year_qty": facts.sum(back(MONTH - 1 + YEAR), back(YEAR)),
            "last_year_next_qty": facts.sum(back(YEAR - 1), back(YEAR - MONTH)),
            "last_year_known": bool(facts.first and facts.first <= back(MONTH - 1 + YEAR)),
            "weeks": weeks,
        }

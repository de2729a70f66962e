"""Which promises a run breaks: before it is committed to decide, afterwards to tell customers."""

from dataclasses import replace
from datetime import UTC, datetime, time

from odoo import fields, models
from odoo.tools import format_date

from ...engine.measures import find_broken
from ...engine.promising import complete_on
from ...engine.timeline import serve_over_time
from ..sale_backorder import format_number


class BackorderRun(models.Model):
    _inherit = "backorder.run"

    def get_broken_promises(self):
        """What was covered in full when the run was made and is not any more after it: as many as
        ``promises_broken`` says, of what the user may see. Changes by hand count. Nothing is
        written.

        :return: list of dict, what was promised first comes first

            - ``run_id``: the run
            - ``line_id``: the backorder item; False as long as the order is not on backorder
            - ``order``, ``customer``, ``product``: names; ``product_id``: id
            - ``promised_date``: "2026-05-20", in the time zone of the warehouse
            - ``told``: whether the customer was told that date; else it is the planned one
            - ``new_date``: when goods on their way make it complete again, or False. Of a run that
              is committed: when it is expected to ship, as it is known now
            - ``quantity``: what is missing after the run, in the unit of the product

        :raise AccessError: the user may not read runs
        :raise UserError: the details were deleted by retention
        """
        self.check_access("read")
        return [found for run in self for found in run._describe_broken()]

    def _describe_broken(self):
        broken, dates = self._find_broken()
        lines = {line.demand_id: line for line in self.line_ids}
        found = [(lines[d.id], d) for d in broken if d.id in lines]
        items = self.env["backorder.run.line"].concat(*(x for x, _d in found))._find_items()
        return [
            line._describe_broken(demand, items[line], dates.get(demand.id))
            for line, demand in found
        ]

    def _find_broken(self):
        """:return: [engine Demand], {its id: when goods on their way make it complete (UTC)}; the
        latter is known of what is not committed"""
        pools, shipping, _policies = self._load()
        plan = self._get_plan()
        broken = find_broken(pools, plan)
        if not broken or self.state == "committed":
            return broken, {}
        hit = {d.pool for d in broken}
        # orders that ship together join pools
        pools = [pool for pool in pools if shipping or pool.key in hit]
        now = fields.Datetime.now()
        pegs = self._play_after(pools, shipping, plan, now)
        dates = {
            d.id: complete_on(pegs.get(d.id, ()), d.need - plan.results[d.id].after, now)
            for d in broken
        }
        return broken, dates

    def _play_after(self, pools, shipping, plan, now):
        """What is on its way, handed out as the policy of the run would.

        :return: {demand: pegs}
        """
        # sudo: who plans need not be allowed to read receipts
        receipts = self.env["backorder.supply"].sudo()._read_receipts({p.key for p in pools})
        rules = {order: replace(rule, blocked=False) for order, rule in shipping.items()}
        return serve_over_time([self._get_after(p, plan) for p in pools], rules, receipts, now)

    def _get_after(self, pool, plan):
        """The pool as it stands when the run is committed."""
        supply, demands = dict(pool.supply), []
        for demand in pool.demands:
            after = plan.results[demand.id].after
            for node in demand.nodes:
                supply[node] = supply.get(node, 0.0) - after + demand.before
            demands.append(replace(demand, before=after))
        return replace(pool, supply=supply, demands=demands)

    def _get_broken_notes(self):
        """:return: {item of this run: sentence} for the backorders that are hit"""
        # sudo: of all that the run changes, as its other notes
        lines = {line.demand_id: line for line in self.sudo().line_ids}
        found = {lines[d.id]: d for d in find_broken(self._load()[0], self._get_plan())}
        items = self.env["backorder.run.line"].sudo().concat(*found)._find_items()
        return {line: line._get_broken_note(d, items[line]) for line, d in found.items()}


class BackorderRunLine(models.Model):
    _inherit = "backorder.run.line"

    def _find_items(self):
        """:return: {line: its open item, also one that the run has opened}, in one query"""
        # sudo: whether there is a promise; what a user may not see is not named to him
        known = (
            self.env["sale.backorder.line"]
            .sudo()
            .search(
                [
                    ("sale_line_id", "in", self.sale_line_id.ids),
                    ("product_id", "in", self.product_id.ids),
                    ("date_closed", "=", False),
                ]
            )
        )
        by_key = {(x.sale_line_id, x.product_id): x for x in known}
        return {
            line: by_key.get((line.sale_line_id, line.product_id), known.browse()) for line in self
        }

    def _describe_broken(self, demand, item, moment):
        """:param demand: engine Demand
        :param item: sudo
        :param moment: when it is complete again, of a run that is not committed
        """
        if self.run_state == "committed":
            new = item.expected_date
        else:
            new = moment and self._get_local_date(moment)
        return {
            "run_id": self.run_id.id,
            "line_id": item.with_env(self.env)._filtered_access("read").id,
            "order": self.reference or "",
            "customer": self.partner_id.display_name or "",
            "product": self.product_id.display_name,
            "product_id": self.product_id.id,
            "promised_date": fields.Date.to_string(self._get_promised_date(demand)),
            "told": self._is_told(item),
            "new_date": fields.Date.to_string(new or False),
            "quantity": round(demand.need - self.qty_after, self._digits()),
        }

    def _is_told(self, item):
        # sudo: whether there is a promise, not what else the order says
        return bool(item.promised_date or self.sudo().order_id.commitment_date)

    def _get_promised_date(self, demand):
        """The day that the run has read; a moment, in runs of earlier versions."""
        moment = datetime.fromtimestamp(demand.promised, UTC).replace(tzinfo=None)
        return moment.date() if moment.time() == time.min else self._get_local_date(moment)

    def _get_local_date(self, moment):
        # sudo: the time zone of the warehouse
        warehouse = self.sudo().warehouse_id
        return self.env["backorder.tracker"]._local_date(moment, warehouse, warehouse.company_id)

    def _get_broken_note(self, demand, item):
        values = {
            "date": format_date(self.env, self._get_promised_date(demand)),
            "quantity": format_number(round(demand.need - self.qty_after, self._digits())),
        }
        if self._is_told(item):
            return self.env._(
                "It was promised for %(date)s and covered: now %(quantity)s are missing.", **values
            )
        return self.env._(
            "It was planned for %(date)s and covered: now %(quantity)s are missing.", **values
        )

"""Committing a run: only while nothing of what it was made from has changed."""

from math import inf

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import float_compare, format_datetime

from ...engine import allocation as alc
from ..sale_backorder import OPEN_STATES, format_number
from .backorder_demand import EPSILON

NAMES = 3


def _get_day(moment):
    """:return: days since 1970, to the hour; what never comes stays so"""
    return round(moment / 86400, 1) if moment < inf else inf


def get_essence(pools, shipping):
    """What a run stands on: stock, for whom it is kept, who wants how much, who holds what, what
    may not be touched.
    Not what time alone changes (age).

    :return: {pool: comparable value}
    """
    result = {}
    for pool in pools:
        demands = sorted(
            (
                *(d.id, d.need, d.before, d.locked, d.nodes, d.right, d.others),
                *(_get_day(d.promised), d.priority, d.tier, d.value, d.segment),
            )
            for d in pool.demands
        )
        orders = {d.order for d in pool.demands}
        rules = sorted((o, repr(rule)) for o, rule in shipping.items() if o in orders)
        stock = sorted(pool.supply.items()), sorted(pool.protected.items())
        result[pool.key] = (stock, demands, rules, repr(pool.policy))
    return result


class BackorderRun(models.Model):
    _inherit = "backorder.run"

    # === PUBLIC === #

    def commit(self):
        """Bring reservations to what the run says: first give back, then reserve. Picked goods
        are never taken. What was committed before is left alone.

        :return: True
        :raise UserError: stock, orders or reservations have changed since, or a quantity that was
            changed by hand cannot be. Nothing is written then; the run is marked as out of date
            by :meth:`action_commit`, :meth:`action_check` or the nightly action, because an error
            would take the mark back.
        """
        self._check_planner()
        self._check_companies()
        for run in self.filtered(lambda r: r.state != "committed"):
            run._commit()
            run._get_siblings()._mark_stale()
        return True

    def _get_siblings(self):
        """Simulated from the same snapshot, to be compared with this one."""
        return self.search(
            [("date", "=", self.date), ("state", "=", "simulated"), ("id", "!=", self.id)]
        )

    def replay(self):
        """Compute the run again from its stored inputs.

        :return: True when that gives the stored result: the same quantities, ranks and reasons
        :raise UserError: the details were deleted by retention
        """
        self.check_access("read")
        return all(run._replay() for run in self)

    def _replay(self):
        results = self._get_replayed()
        # sudo: the run is one, also where its items are of several companies
        lines = self.sudo().line_ids
        return len(results) == len(lines) and all(
            line._is_result(results.get(line.demand_id)) for line in lines
        )

    def _get_replayed(self):
        """:return: {demand: Result} of those that the run lists"""
        pools, shipping, _policies = self._load()
        return alc.allocate(pools, shipping, keep=False).results

    # === COMMIT === #

    def _commit(self):
        tracker = self.env["backorder.tracker"]
        tracker._drain()
        with tracker._flow():
            self._hold_pools()
            self._check_current()
            self._check_quantities()
            self.env["backorder.allocator"]._apply(self._get_plan())
            # What a planner leaves free stays free until the next event.
            tracker._queue().apart.update(self.sudo().line_ids.mapped("demand_id"))
        self._log_commit()
        self.sudo().write(
            {
                "state": "committed",
                "committed_by_id": self.env.uid,
                "committed_on": fields.Datetime.now(),
            }
        )

    def _hold_pools(self):
        pools = {pool.key for pool in self._load()[0]}
        self.env["backorder.pool"].sudo()._lock(pools)
        self.env["backorder.tracker"]._queue().held.update(pools)

    # === STILL CURRENT? === #

    def _check_current(self):
        if self.state != "simulated":
            raise UserError(self.env._("%s is out of date: simulate again.", self.name))
        changed = self._get_changed_pools()
        if changed:
            raise UserError(
                self.env._(
                    "%(run)s cannot be committed: stock, orders or reservations of %(pools)s "
                    "have changed since %(date)s. Simulate again.",
                    run=self.name,
                    pools=self._name_pools(changed),
                    date=format_datetime(self.env, self.date),
                )
            )

    def _get_changed_pools(self):
        """:return: pools that are not any more as this run has read them"""
        pools, shipping, policies = self._load()
        known = self.env["backorder.policy"].browse(set(policies.values())).exists()
        if len(known) < len(set(policies.values())):
            return list(policies)
        before = get_essence(pools, shipping)
        snapshot = self.policy_id._read_pools(
            {pool: known.browse(policies[pool]) for pool in policies}
        )
        now = get_essence(snapshot.pools, snapshot.shipping)
        return sorted(p for p in before.keys() | now.keys() if before.get(p) != now.get(p))

    def _name_pools(self, pools):
        products = self.env["product.product"].sudo()
        names = list(dict.fromkeys(products.browse(p).display_name for p, _w in pools))
        if len(names) > NAMES:
            return self.env._(
                "%(names)s and %(count)s more",
                names=", ".join(names[:NAMES]),
                count=len(names) - NAMES,
            )
        return ", ".join(names)

    def _mark_stale(self):
        """:return: runs that are out of date now, marked as such"""
        stale = self.filtered(lambda r: r.state == "simulated" and r._get_changed_pools())
        stale.sudo().write({"state": "stale"})
        return stale

    # === CHANGED BY HAND === #

    def _check_quantities(self):
        """Quantities that were changed by hand obey what the engine obeys. Says all that is wrong
        at once."""
        lines = {line.demand_id: line for line in self.sudo().line_ids}
        problems = []
        for pool in self._load()[0]:
            if any(lines[d.id]._is_edited() for d in pool.demands):
                problems += filter(None, (lines[d.id]._get_problem(d) for d in pool.demands))
                problems += self._get_supply_problems(pool, lines)
        if problems:
            raise UserError("\n".join(problems))

    def _get_supply_problems(self, pool, lines):
        """One sentence per location from which more is taken than there is."""
        more = dict.fromkeys(pool.supply, 0.0)
        for demand in pool.demands:
            for node in demand.nodes:
                more[node] = more.get(node, 0.0) + lines[demand.id].change
        # sudo: names of products and places only
        product = self.env["product.product"].sudo().browse(pool.key[0])
        return [
            self.env._(
                "%(product)s: the changes take %(more)s more from %(location)s, and %(free)s "
                "are free.",
                product=product.display_name,
                more=format_number(quantity),
                location=self.env["stock.location"].sudo().browse(node).complete_name,
                free=format_number(pool.supply.get(node, 0.0)),
            )
            for node, quantity in more.items()
            if quantity > pool.supply.get(node, 0.0) + EPSILON
        ]

    # === NOTES === #

    def _log_commit(self):
        """What really happened, on the items of the run and as a note on their backorders."""
        changed = self.sudo().line_ids.filtered("change")
        for line in changed:
            line.qty_actual = line._get_held()
        notes, broken = {}, self._get_broken_notes()
        for item, lines in changed.grouped(lambda line: line._get_item()).items():
            got = sum(line.qty_actual - line.qty_before for line in lines)
            if item and abs(got) > EPSILON:
                lost = [broken[line] for line in lines if line in broken]
                notes[item] = " ".join([self._get_note(got), *lost])
        self.env["sale.backorder.line"]._log(notes)

    def _get_note(self, got):
        values = {
            "quantity": format_number(abs(got)),
            "run": self.name,
            "policy": self.policy_name,
        }
        if got > 0:
            return self.env._("Got %(quantity)s (run %(run)s: %(policy)s).", **values)
        return self.env._("Gave %(quantity)s back (run %(run)s: %(policy)s).", **values)

    # === GUARDS === #

    def _check_companies(self):
        """A run of all companies is committed by who works in all of them."""
        if self.sudo().line_ids.company_id - self.env.companies:
            raise AccessError(
                self.env._("The run moves stock of companies that you have not selected.")
            )


class BackorderRunLine(models.Model):
    _inherit = "backorder.run.line"

    def _is_result(self, result):
        return (
            result is not None
            and self.rank == result.rank
            and self.reason == result.reason
            and not float_compare(self.qty_planned, result.after, precision_digits=self._digits())
        )

    @api.model
    def _digits(self):
        return self.env["decimal.precision"].precision_get("Product Unit")

    def _get_held(self):
        """:return: what the move has reserved now, in the unit of the product"""
        move = self.move_id
        return move.product_uom._compute_quantity(
            move.quantity, move.product_id.uom_id, rounding_method="HALF-UP"
        )

    def _get_item(self):
        """:return: its item of a backorder, also one that this run has opened"""
        return self.backorder_line_id or self.sale_line_id.backorder_line_ids.filtered(
            lambda x: x.product_id == self.product_id and x.state in OPEN_STATES
        )

    def _get_problem(self, demand):
        """:param demand: engine Demand
        :return: why this quantity cannot be, or None"""
        values = {
            "name": self.reference or self.product_id.display_name,
            "product": self.product_id.display_name,
            "after": format_number(self.qty_after),
        }
        locked = self.qty_before if demand.right == "skip" else demand.locked
        if self.qty_after > demand.need + EPSILON:
            return self.env._(
                "%(name)s needs only %(need)s of %(product)s, not %(after)s.",
                need=format_number(demand.need),
                **values,
            )
        if self.qty_after >= locked - EPSILON:
            return None
        return self.env._(
            "%(name)s keeps at least %(locked)s of %(product)s, because it is picked or left "
            "alone: %(after)s is too little.",
            locked=format_number(locked),
            **values,
        )

"""Reorder advice in words, and into the reordering rule."""

from datetime import date
from math import isfinite

from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import float_compare, format_date, formatLang

from ...engine import advice as adv
from ..sale_backorder import format_number
from .backorder_advice_reader import TEMPORARY


class BackorderAdvice(models.Model):
    _inherit = "backorder.advice"

    summary = fields.Char(compute="_compute_summary")
    formula = fields.Html(compute="_compute_formula", sanitize=False)
    weeks_table = fields.Html(compute="_compute_weeks_table", sanitize=False)
    may_apply = fields.Boolean(compute="_compute_may_apply")

    @api.depends_context("uid")
    @api.depends("status")
    def _compute_may_apply(self):
        orderpoints = self.env["stock.warehouse.orderpoint"]
        allowed = orderpoints.has_access("write") and orderpoints.has_access("create")
        for row in self:
            row.may_apply = allowed and row.status == adv.RAISE

    # === WORDS === #

    @api.depends("status", "present_min", "proposed_min", "avoided_units", "avoided_days")
    def _compute_summary(self):
        for row in self:
            row.summary = row._get_summary()

    def _get_summary(self):
        if self.status == adv.THIN_DEMAND:
            return self.env._(
                "It was wanted on %(found)s days of the last %(days)s. Advice needs %(least)s days "
                "with demand, and %(period)s days of history.",
                found=self.demand_days,
                days=self.days,
                least=adv.LEAST_DEMANDS,
                period=adv.LEAST_DAYS,
            )
        if self.status == adv.THIN_LEAD:
            return self.env._(
                "Nobody knows how long it takes to get more: fewer than %s receipts of something "
                "ordered in two years, and no lead time from a vendor or a recipe.",
                adv.LEAST_RECEIPTS,
            )
        if self.status == adv.ENOUGH:
            return self.env._(
                "The reorder point of %s covers what usually varies. Look at the causes instead: "
                "late vendors, single large orders, records that are wrong.",
                self._get_amount(self.present_min),
            )
        return self._get_avoided_text()

    def _get_avoided_text(self):
        if not self.short_units:
            return self.env._(
                "By orders and receipts alone nothing was short: look whether stock was held back "
                "or miscounted before you raise the reorder point."
            )
        return self.env._(
            "With %(extra)s more in stock, %(units)s of %(all)s that were short would have been "
            "there at once, and %(days)s of %(all_days)s days without stock would not have been.",
            extra=self._get_amount(self.extra_qty),
            units=format_number(self.avoided_units),
            all=self._get_amount(self.short_units),
            days=self.avoided_days,
            all_days=self.short_days,
        )

    def _get_amount(self, quantity):
        return f"{format_number(quantity)} {self.product_uom_id.name or ''}".strip()

    @api.depends("proposed_min", "proposed_max", "proposed_safety", "service_level")
    def _compute_formula(self):
        for row in self:
            lines = row._get_formula_lines() if row.proposed_max else []
            row.formula = Markup("").join(
                Markup("<p><b>%s</b><br/>%s</p>") % line for line in lines
            )

    def _get_formula_lines(self):
        """:return: (what, how it is computed) with the numbers in it"""
        values = {
            "demand": formatLang(self.env, self.demand_mean, digits=2),
            "demand_deviation": formatLang(self.env, self.demand_deviation, digits=2),
            "lead": formatLang(self.env, self.lead_mean, digits=1),
            "lead_deviation": formatLang(self.env, self.lead_deviation, digits=1),
            "usual": formatLang(self.env, self.demand_mean * self.lead_mean, digits=1),
            "z": formatLang(self.env, adv.factor(self.service_level), digits=2),
            "level": format_number(self.service_level * 100),
            "safety": formatLang(self.env, self.proposed_safety, digits=1),
            "minimum": self._get_amount(self.proposed_min),
            "maximum": self._get_amount(self.proposed_max),
            "lot": self._get_amount(self.lot),
        }
        return [
            (
                self.env._("Wanted while more is on its way"),
                self.env._("%(demand)s a day x %(lead)s days = %(usual)s", **values),
            ),
            (
                self.env._("Safety stock"),
                self.env._(
                    "%(z)s (for %(level)s%% of replenishments without a gap) x root of "
                    "(%(lead)s days x %(demand_deviation)s² + %(demand)s² x %(lead_deviation)s²) "
                    "= %(safety)s",
                    **values,
                ),
            ),
            (
                self.env._("Reorder point"),
                self.env._("%(usual)s + %(safety)s, rounded up: %(minimum)s", **values),
            ),
            (
                self.env._("Maximum"),
                self.env._(
                    "%(minimum)s + %(lot)s, as much above it as now or as usually comes at once: "
                    "%(maximum)s",
                    **values,
                ),
            ),
        ]

    @api.depends("weeks")
    def _compute_weeks_table(self):
        for row in self:
            row.weeks_table = row._get_weeks_table()

    def _get_weeks_table(self):
        head = (self.env._("Week from"), self.env._("Demand"), self.env._("A year before"))
        rows = Markup("").join(
            Markup("<tr><td>%s</td><td class='text-end'>%s</td><td class='text-end'>%s</td></tr>")
            % (
                format_date(self.env, date.fromisoformat(day)),
                format_number(now),
                format_number(before) if self.last_year_known or before else "–",
            )
            for day, now, before in self.weeks or []
        )
        return (
            Markup(
                "<table class='table table-sm w-auto'><thead><tr><th>%s</th>"
                "<th class='text-end'>%s</th><th class='text-end'>%s</th></tr></thead>"
                "<tbody>%s</tbody></table>"
            )
            % (*head, rows)
            if rows
            else Markup("")
        )

    # === APPLY === #

    def action_apply(self):
        """Ask first: old and new numbers, and what it costs."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Change the reordering rule"),
            "res_model": "backorder.advice.apply",
            "view_mode": "form",
            "target": "new",
            "context": {"default_advice_id": self.id},
        }

    def apply(self, minimum=None, maximum=None, trigger=None):
        """Write the reordering rule of each product, or create it; the same again changes nothing.
        Without numbers no rule is lowered.

        :param minimum: another reorder point than the proposed one, of a single row
        :param maximum: likewise
        :param trigger: `auto` or `manual`, of a rule that is created, else as Odoo's default, or
            that was archived, else as it was
        :return: True when any rule was changed
        :raise UserError: nothing is proposed, or the numbers or the trigger are no such thing
        :raise AccessError: the user may not write reordering rules
        """
        self.check_access("read")
        orderpoints = self.env["stock.warehouse.orderpoint"]
        orderpoints.check_access("write")
        given = minimum is not None or maximum is not None
        if given and len(self) != 1:
            raise UserError(self.env._("Give numbers for one product at a time."))
        if trigger not in (None, False, "auto", "manual"):
            raise UserError(self.env._("A reordering rule orders by itself or by hand."))
        # sudo: rows are closed to editing; two clicks at the same time come one after the other
        self.sudo().lock_for_update()
        changed = self.browse()
        for row in self:
            numbers = row._get_numbers(minimum, maximum)
            if row._write_orderpoint(*numbers, trigger, may_lower=given):
                changed |= row
        changed.sudo().write({"applied_on": fields.Datetime.now(), "applied_by_id": self.env.uid})
        changed.action_refresh()
        return bool(changed)

    def _get_numbers(self, minimum, maximum):
        if minimum is None or maximum is None:
            if self.status not in (adv.RAISE, adv.ENOUGH):
                raise UserError(
                    self.env._("Nothing is proposed for %s.", self.product_id.display_name)
                )
            minimum = self.proposed_min if minimum is None else minimum
            maximum = max(minimum, self.proposed_max) if maximum is None else maximum
        try:
            minimum, maximum = float(minimum), float(maximum)
        except (TypeError, ValueError):
            minimum = maximum = float("nan")
        if not (isfinite(minimum) and isfinite(maximum) and 0 <= minimum <= maximum):
            raise UserError(
                self.env._("The reorder point is zero or more, and the maximum not below it.")
            )
        return minimum, maximum

    def _find_orderpoint(self):
        """The rule as it is now, an archived one as well, but none that Odoo deletes."""
        orderpoints = self.env["stock.warehouse.orderpoint"].with_context(active_test=False)
        found = orderpoints.search(
            Domain("product_id", "=", self.product_id.id)
            & Domain("warehouse_id", "=", self.warehouse_id.id)
            & ~TEMPORARY
        )
        stock = self.warehouse_id.lot_stock_id
        return found.sorted(lambda o: (not o.active, o.location_id != stock, o.id))[:1]

    def _write_orderpoint(self, minimum, maximum, trigger, may_lower):
        """As the calling user. -> whether anything changed"""
        orderpoint = self._find_orderpoint()
        old = (orderpoint.product_min_qty, orderpoint.product_max_qty) if orderpoint.active else ()
        new = (minimum, maximum)
        if old and not may_lower:
            # somebody may have raised it since the advice was computed
            new = old if old[0] >= minimum else (minimum, max(maximum, old[1]))
        digits = self.env["decimal.precision"].precision_get("Product Unit")
        if old and not any(
            float_compare(a, b, precision_digits=digits) for a, b in zip(old, new, strict=True)
        ):
            return False
        vals = {"product_min_qty": new[0], "product_max_qty": new[1]}
        wake = {"active": True, **({"trigger": trigger} if trigger else {})}
        if orderpoint:
            orderpoint.write({**vals, **({} if orderpoint.active else wake)})
        else:
            self._create_orderpoint(vals, trigger)
        self._log_change(old, new)
        return True

    def _create_orderpoint(self, vals, trigger):
        orderpoints = self.env["stock.warehouse.orderpoint"]
        orderpoints.check_access("create")
        self._drop_temporary_orderpoint()
        orderpoints.create(
            {
                **vals,
                "product_id": self.product_id.id,
                "warehouse_id": self.warehouse_id.id,
                "location_id": self.warehouse_id.lot_stock_id.id,
                "company_id": self.company_id.id,
                **({"trigger": trigger} if trigger else {}),
            }
        )

    def _drop_temporary_orderpoint(self):
        """It is in the way: a product has one rule in a location."""
        # sudo: Odoo makes and deletes it whoever looks at Replenishment
        orderpoints = self.env["stock.warehouse.orderpoint"].sudo()
        orderpoints.with_context(active_test=False).search(
            Domain("product_id", "=", self.product_id.id)
            & Domain("location_id", "=", self.warehouse_id.lot_stock_id.id)
            & Domain("company_id", "=", self.company_id.id)
            & TEMPORARY
        ).unlink()

    def _log_change(self, old, new):
        """Reordering rules have no log of their own: the product has."""
        text = self.env._(
            "Reordering rule of %(product)s in %(warehouse)s, by reorder advice: minimum %(min)s, "
            "maximum %(max)s",
            product=self.product_id.display_name,
            warehouse=self.warehouse_id.name,
            min=self._get_change(old[:1], new[0]),
            max=self._get_change(old[1:], new[1]),
        )
        # sudo: who may write rules may not edit products
        self.product_id.product_tmpl_id.sudo()._message_log(
            body=text, author_id=self.env.user.partner_id.id
        )

    def _get_change(self, old, new):
        return " → ".join(format_number(value) for value in (*old, new))

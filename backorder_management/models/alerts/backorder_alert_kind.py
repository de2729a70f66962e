"""The kinds of alerts. A new one is a choice of ``kind`` and three methods:

- ``_get_<kind>_cause``: what has to hold, in SQL; see ``Cause``
- ``_get_<kind>_words``: the rule in words
- ``_get_<kind>_text``: what happened to one backorder
"""

from dataclasses import dataclass

from odoo import models
from odoo.tools import SQL

from ..overview.backorder_sql import OPEN_VALUE, SLIP_COUNT, from_backorders, local
from ..sale_backorder import OPEN_STATES

OPEN_MOVES = ("waiting", "confirmed", "partially_available")
NO_SUPPLY = ("estimated", "unknown")
# promises that the customer has not made himself
TOLD_BY_US = ("reschedule", "notice")
ALL_OPEN_MOVES = (*OPEN_MOVES, "assigned")
TRUE, NULL = SQL("TRUE"), SQL("NULL")


@dataclass(frozen=True)
class Cause:
    """SQL in which ``b`` is a backorder, ``so`` its order, ``z.today`` the day in its warehouse and
    ``z.tz`` the zone there.

    record: what has to hold for the backorder
    line: what has to hold for one of its open items, ``x``
    number: a number for the text
    """

    record: SQL = TRUE
    line: SQL | None = None
    number: SQL = NULL


class BackorderAlertRule(models.Model):
    _inherit = "backorder.alert.rule"

    def _since(self, moment):
        """A cause that began so many days ago."""
        date = local(moment)
        return Cause(SQL("%s <= z.today - %s", date, self.days), number=SQL("z.today - %s", date))

    # === AGE === #

    def _get_age_cause(self):
        return self._since(SQL("b.date_open"))

    def _get_age_words(self):
        return self.env._("A backorder has been open for %s days or more", self.days)

    def _get_age_text(self, number):
        return self.env._("Open for %s days", number)

    # === OVERDUE === #

    def _get_overdue_cause(self):
        return Cause(
            SQL("b.date_due <= z.today - %s", max(1, self.days)),
            number=SQL("z.today - b.date_due"),
        )

    def _get_overdue_words(self):
        return self.env._("A backorder is overdue by %s days or more", max(1, self.days))

    def _get_overdue_text(self, number):
        return self.env._("Overdue by %s days", number)

    # === SLIPS === #

    def _get_slips_cause(self):
        """A slip: the expected date moved past the promised one, whether somebody said so or not;
        as in the analysis."""
        return Cause(line=SQL("%s >= %s", SLIP_COUNT, max(1, self.slips)))

    def _get_slips_words(self):
        return self.env._("The promised date slipped %s times or more", max(1, self.slips))

    def _get_slips_text(self, _number):
        return self.env._("The promised date slipped %s times or more", max(1, self.slips))

    # === CONTACT === #

    def _get_contact_cause(self):
        return self._since(SQL("COALESCE(b.last_contact_date, b.date_open)"))

    def _get_contact_words(self):
        return self.env._("Nobody spoke with the customer for %s days or more", self.days)

    def _get_contact_text(self, number):
        return self.env._("No contact with the customer for %s days", number)

    # === NO SUPPLY === #

    def _get_supply_cause(self):
        """An estimate by lead time is no supply: nothing is ordered yet."""
        return Cause(
            self._since(SQL("b.date_open")).record,
            line=SQL("x.qty_short > 0 AND COALESCE(x.confidence, 'unknown') IN %s", NO_SUPPLY),
        )

    def _get_supply_words(self):
        return self.env._("Nothing is on its way for %s days or more", self.days)

    def _get_supply_text(self, _number):
        return self.env._("Nothing is on its way for some of it")

    # === VALUE === #

    def _get_value_cause(self):
        return Cause(SQL("%s >= %s", OPEN_VALUE, self.amount))

    def _get_value_words(self):
        return self.env._("Open items are worth %s or more", self._format_amount(self.amount))

    def _get_value_text(self, _number):
        # people without prices read it, too
        return self.env._("Open value above the limit")

    # === NO ANSWER TO A NEW DATE === #

    def _get_unaccepted_cause(self):
        """The customer was told the date that counts now, and did not decide since."""
        return Cause(
            line=SQL(
                """EXISTS (
                    SELECT FROM backorder_promise p
                     WHERE p.line_id = x.id AND p.new_date = x.promised_date
                       AND p.source IN %s AND p.old_date IS DISTINCT FROM p.new_date
                       AND %s <= z.today - %s
                       AND NOT EXISTS (SELECT FROM backorder_promise later
                                        WHERE later.line_id = x.id AND later.id > p.id)
                       AND NOT EXISTS (SELECT FROM backorder_communication c
                                        WHERE c.backorder_id = b.id
                                          AND (c.agreed_date = p.new_date
                                               OR (c.decision IS NOT NULL
                                                   AND c.date >= p.told_date))))""",
                TOLD_BY_US,
                local(SQL("p.told_date")),
                self.days,
            )
        )

    def _get_unaccepted_words(self):
        return self.env._(
            "The customer was told a new date and did not decide for %s days or more", self.days
        )

    def _get_unaccepted_text(self, _number):
        return self.env._("The customer has not answered to the new date")

    # === STUCK MAKE TO ORDER === #

    def _get_mto_cause(self):
        """What should bring it was cancelled, never ordered, or is late. Steps of a delivery, which
        belong to the same order line, bring nothing new."""
        return Cause(
            line=SQL(
                """EXISTS (
                    SELECT FROM stock_move m
                     WHERE m.sale_line_id = x.sale_line_id AND m.product_id = x.product_id
                       AND m.procure_method = 'make_to_order' AND m.state IN %(open)s
                       AND ((%(opened)s <= z.today - %(days)s
                             AND NOT EXISTS (SELECT FROM stock_move_move_rel r
                                               JOIN stock_move o ON o.id = r.move_orig_id
                                              WHERE r.move_dest_id = m.id AND o.state IN %(all)s))
                            OR EXISTS (SELECT FROM stock_move_move_rel r
                                         JOIN stock_move o ON o.id = r.move_orig_id
                                        WHERE r.move_dest_id = m.id AND o.state IN %(all)s
                                          AND o.sale_line_id IS DISTINCT FROM m.sale_line_id
                                          AND %(due)s <= z.today - %(late)s)))""",
                open=OPEN_MOVES,
                all=ALL_OPEN_MOVES,
                opened=local(SQL("b.date_open")),
                due=local(SQL("o.date")),
                days=self.days,
                late=max(1, self.days),
            )
        )

    def _get_mto_words(self):
        return self.env._("Goods made or bought to order are stuck for %s days or more", self.days)

    def _get_mto_text(self, _number):
        return self.env._("What was ordered for it is missing or late")

    # === READY === #

    def _get_ready_cause(self):
        since = self._since(SQL("b.date_ready"))
        return Cause(
            SQL("b.state = 'ready' AND b.check_stock IS NOT TRUE AND %s", since.record),
            number=since.number,
        )

    def _get_ready_words(self):
        return self.env._("A backorder is ready and has not shipped for %s days", self.days)

    def _get_ready_text(self, number):
        return self.env._("Ready and not shipped for %s days", number)

    # === STOCK IN DOUBT === #

    def _get_count_cause(self):
        since = local(SQL("COALESCE(x.check_stock_date, x.date_open)"))
        return Cause(line=SQL("x.check_stock AND %s <= z.today - %s", since, self.days))

    def _get_count_words(self):
        return self.env._("Stock in doubt was not counted for %s days or more", self.days)

    def _get_count_text(self, _number):
        return self.env._("Stock in doubt has not been counted")

    # === THE QUERY === #

    def _get_cause_query(self, company):
        """:return: SQL of ``backorder_id`` and ``number`` of all backorders of the company for
        which the cause and the conditions hold"""
        self.ensure_one()
        cause = getattr(self, f"_get_{self.kind}_cause")()
        return SQL(
            """
            SELECT b.id AS backorder_id, %(number)s AS number
             %(backorders)s
             WHERE b.company_id = %(company)s AND b.state IN %(states)s AND b.released
               AND %(conditions)s AND %(cause)s
            """,
            number=cause.number,
            backorders=from_backorders(self.env),
            company=company.id,
            states=OPEN_STATES,
            conditions=self._get_conditions(),
            cause=self._get_whole_cause(cause),
        )

    def _get_whole_cause(self, cause):
        """Conditions on products count for the item that has the cause."""
        if not self.product_categ_ids and cause.line is None:
            return cause.record
        return SQL(
            """%s AND EXISTS (SELECT FROM sale_backorder_line x
                               WHERE x.backorder_id = b.id AND x.state IN %s AND %s AND %s)""",
            cause.record,
            OPEN_STATES,
            self._get_category_condition(SQL("x.product_categ_id")),
            cause.line or TRUE,
        )

    def _get_conditions(self):
        parts = []
        if self.tier:
            tiers = {"1": ("1",), "2": ("1", "2"), "3": ("3",)}[self.tier]
            parts.append(SQL("COALESCE(cp.backorder_tier, '3') IN %s", tiers))
        if self.warehouse_ids:
            parts.append(SQL("b.warehouse_id IN %s", tuple(self.warehouse_ids.ids)))
        if self.amount_minimum:
            parts.append(SQL("%s >= %s", OPEN_VALUE, self.amount_minimum))
        return SQL(" AND ").join(parts) if parts else TRUE

    def _get_category_condition(self, column):
        if not self.product_categ_ids:
            return TRUE
        below = self.env["product.category"].search(
            [("id", "child_of", self.product_categ_ids.ids)]
        )
        return SQL("%s IN %s", column, tuple(below.ids))

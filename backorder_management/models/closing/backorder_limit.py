"""How long a customer waits at most: warn, propose to cancel, then cancel if the customer knows."""

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import SQL

from ..sale_backorder import OPEN_STATES

STAGES = [("warned", "Warned"), ("proposed", "To cancel")]
# the most specific rule of a line: its customer, else the closest category, else its company
BEST_LIMIT = SQL(
    """
    SELECT r.*
      FROM backorder_limit r
      LEFT JOIN product_category rc ON rc.id = r.product_categ_id
     WHERE r.active
       AND (r.company_id IS NULL OR r.company_id = l.company_id)
       AND (r.partner_id IS NULL OR r.partner_id = buyer.commercial_partner_id)
       AND (rc.id IS NULL OR c.parent_path LIKE rc.parent_path || '%%')
     ORDER BY r.partner_id IS NULL, length(rc.parent_path) DESC NULLS LAST,
              r.company_id IS NULL, r.sequence, r.id
     LIMIT 1
    """
)


class BackorderLimit(models.Model):
    """The ladder is climbed one step at a time, by a scheduled action. Of several rules the most
    specific one counts: for the customer, then for the closest category, then for the company."""

    _name = "backorder.limit"
    _description = "Limit of Age or Delay"
    _order = "sequence, id"
    _check_company_auto = True

    name = fields.Char(required=True, translate=True)
    active = fields.Boolean(default=True)
    sequence = fields.Integer(default=10)
    company_id = fields.Many2one("res.company", default=lambda self: self.env.company)
    partner_id = fields.Many2one(
        "res.partner",
        string="Customer",
        domain="[('parent_id', '=', False)]",
        index="btree_not_null",
        ondelete="cascade",
        help="With its contacts and addresses. Empty: all customers.",
    )
    product_categ_id = fields.Many2one(
        "product.category",
        string="Product category",
        ondelete="cascade",
        help="With those below it. Empty: all categories.",
    )
    measure = fields.Selection(
        [("age", "Open since"), ("delay", "Past the promised date")],
        required=True,
        default="age",
        help="Delay counts from the date that the customer was told; without one it never starts.",
    )
    days = fields.Integer(
        string="Warn after", default=60, help="Days. The salesperson gets an activity."
    )
    propose_days = fields.Integer(
        string="Propose after",
        default=14,
        help="Days after the warning. The backorder is listed as To cancel, and the salesperson is "
        "asked to tell the customer.",
    )
    cancel = fields.Boolean(
        string="Cancel by itself",
        help="Only when the customer was told after the proposal and has not answered. Otherwise "
        "it stays a proposal.",
    )
    cancel_days = fields.Integer(
        string="Cancel after", default=14, help="Days after the proposal. The customer is written."
    )

    @api.constrains("days", "propose_days", "cancel_days")
    def _check_days(self):
        for limit in self:
            if min(limit.days, limit.propose_days, limit.cancel_days) < 1:
                raise ValidationError(self.env._("Each step takes at least one day."))

    # === WHICH ITEMS === #

    @api.model
    def _get_past_limit(self, condition):
        """Open items past their limit that nobody protects. Not: what is pinned, ready, postponed,
        or agreed for a later day; backorders that were found at installation and not released.

        :param condition: SQL on ``l`` (line), ``b`` (record), ``r`` (limit), ``z`` (``today``,
            ``since``: day of the last step)
        :return: rows ``id``, ``backorder_id``, ``limit_id``, ``stage``, in order
        """
        self.env.flush_all()
        query = SQL(
            """
            SELECT l.id, l.backorder_id, r.id AS limit_id, l.limit_stage AS stage
              FROM sale_backorder_line l
              JOIN sale_backorder b ON b.id = l.backorder_id
              JOIN res_partner buyer ON buyer.id = b.partner_id
              JOIN res_company co ON co.id = b.company_id
              JOIN res_partner cp ON cp.id = co.partner_id
              LEFT JOIN stock_warehouse w ON w.id = b.warehouse_id
              LEFT JOIN res_partner wp ON wp.id = w.partner_id
              LEFT JOIN product_category c ON c.id = l.product_categ_id
             CROSS JOIN LATERAL (SELECT COALESCE(wp.tz, cp.tz, 'UTC') AS tz) t
             CROSS JOIN LATERAL (
                   SELECT (%(now)s AT TIME ZONE 'UTC' AT TIME ZONE t.tz)::date AS today,
                          (l.date_open AT TIME ZONE 'UTC' AT TIME ZONE t.tz)::date AS opened,
                          (l.limit_since AT TIME ZONE 'UTC' AT TIME ZONE t.tz)::date AS since) z
             CROSS JOIN LATERAL (%(best)s) r
             WHERE l.state IN %(states)s
               AND b.released
               AND l.pinned IS NOT TRUE
               AND l.qty_short > 0
               AND (b.keep_until IS NULL OR b.keep_until < z.today)
               AND NOT EXISTS (SELECT FROM backorder_communication k
                                WHERE k.backorder_id = b.id
                                  AND k.decision IN ('wait', 'new_date')
                                  AND k.agreed_date >= z.today)
               AND z.today - CASE r.measure WHEN 'age' THEN z.opened ELSE l.promised_date END
                   >= r.days
               AND %(condition)s
             ORDER BY l.backorder_id, l.id
            """,
            now=fields.Datetime.now(),
            best=BEST_LIMIT,
            states=OPEN_STATES,
            condition=condition,
        )
        return self.env.execute_query_dict(query)

    @api.model
    def _get_due(self):
        """:return: rows of items whose next step is due"""
        told = self._get_contact_condition("out")
        answered = self._get_contact_condition("in")
        return self._get_past_limit(
            SQL(
                """
                CASE l.limit_stage
                WHEN 'warned' THEN z.today - z.since >= r.propose_days
                WHEN 'proposed' THEN r.cancel AND z.today - z.since >= r.cancel_days
                     AND %s AND NOT %s
                ELSE TRUE END
                """,
                told,
                answered,
            )
        )

    @api.model
    def _get_contact_condition(self, direction):
        return SQL(
            """EXISTS (SELECT FROM backorder_communication k WHERE k.backorder_id = b.id
                          AND k.direction = %s AND k.date >= l.limit_since)""",
            direction,
        )

    @api.model
    def _get_recovered(self):
        """:return: items on the ladder that are not past a limit any more"""
        lines = self.env["sale.backorder.line"]
        on_ladder = lines.search([("limit_stage", "in", [code for code, _name in STAGES])])
        if not on_ladder:
            return lines
        rows = self._get_past_limit(SQL("l.limit_stage IS NOT NULL"))
        return on_ladder - lines.browse(row["id"] for row in rows)

"""What a backorder cost so far, counted from what really happened. The pieces are SQL, which the
analysis joins, too: form and report cannot disagree."""

from odoo import api, fields, models
from odoo.tools import SQL, formatLang

from ..sale_backorder import format_number
from ..sale_backorder_line import PRICE_GROUPS


class SaleBackorder(models.Model):
    _inherit = "sale.backorder"

    company_currency_id = fields.Many2one(
        related="company_id.currency_id", string="Currency of the company"
    )
    expedite_ids = fields.One2many("backorder.expedite", "backorder_id", string="Expedites")
    extra_shipment_count = fields.Integer(
        string="Further shipments",
        compute="_compute_cost",
        help="Shipments of the order beyond its first that left while this backorder was open.",
    )
    call_count = fields.Integer(
        string="Calls", compute="_compute_cost", help="Calls in the log of contacts."
    )
    expedite_count = fields.Float(
        string="Expedited",
        compute="_compute_cost",
        help="Times that a vendor was hurried; backorders that wait for the same purchase share "
        "one.",
    )
    goodwill_amount = fields.Monetary(
        string="Goodwill granted",
        currency_field="company_currency_id",
        compute="_compute_cost",
        groups=PRICE_GROUPS,
    )
    cost = fields.Monetary(
        string="Cost so far",
        currency_field="company_currency_id",
        compute="_compute_cost",
        groups=PRICE_GROUPS,
        help="Further shipments, calls and expedites at the costs in the settings, and the "
        "goodwill that was granted.",
    )
    cost_text = fields.Char(compute="_compute_cost", groups=PRICE_GROUPS)

    @api.model
    def _get_editable_fields(self):
        return super()._get_editable_fields() | {"expedite_ids"}

    @api.depends("expedite_ids.share", "communication_ids.method", "state")
    def _compute_cost(self):
        found = self._read_costs()
        for backorder in self:
            shipments, calls, expedites, goodwill = found.get(
                backorder._origin.id, (0, 0, 0.0, 0.0)
            )
            company = backorder.company_id.sudo()  # sudo: what a call costs is a setting
            backorder.extra_shipment_count = shipments
            backorder.call_count = calls
            backorder.expedite_count = expedites
            # sudo: the fields have a group of their own
            backorder.sudo().goodwill_amount = goodwill
            backorder.sudo().cost = company.currency_id.round(
                shipments * company.backorder_cost_shipment
                + calls * company.backorder_cost_call
                + expedites * company.backorder_cost_expedite
                + goodwill
            )
            backorder.sudo().cost_text = backorder.sudo()._get_cost_text()

    def _get_cost_text(self):
        """What it consists of, only that which happened: 2 further shipments, 1 call."""
        counted = (
            (self.extra_shipment_count, self.env._("further shipments: %s")),
            (self.call_count, self.env._("calls: %s")),
            (self.expedite_count, self.env._("expedited: %s")),
        )
        texts = [text % format_number(count) for count, text in counted if count]
        if self.goodwill_amount:
            amount = formatLang(
                self.env, self.goodwill_amount, currency_obj=self.company_currency_id
            )
            texts.append(self.env._("goodwill: %s", amount))
        return ", ".join(texts)

    def _read_costs(self):
        """:return: {id: (further shipments, calls, expedites, goodwill in company currency)}"""
        if not self.ids:
            return {}
        self.env.flush_all()
        mine = SQL("IN %s", tuple(self.ids))
        rows = self.env.execute_query(
            SQL(
                """
                SELECT b.id, COALESCE(ship.count, 0), COALESCE(phone.count, 0),
                       COALESCE(hurry.share, 0), COALESCE(gift.amount, 0)
                  FROM sale_backorder b %s
                 WHERE b.id %s
                """,
                self._get_cost_joins(SQL.identifier("b", "id"), mine),
                mine,
            )
        )
        return {row[0]: (row[1], row[2], float(row[3]), float(row[4])) for row in rows}

    # === SQL === #

    @api.model
    def _get_cost_joins(self, backorder, condition):
        """Outer joins to a unique key, of which PostgreSQL leaves out what nobody asks for.

        :param backorder: SQL, id of the backorder in the query
        :param condition: SQL, which backorders are counted at all
        :return: SQL with ``ship.count``, ``phone.count``, ``hurry.share``, ``gift.amount``
        """
        return SQL(
            """
            LEFT JOIN (%(shipments)s) ship ON ship.backorder_id = %(backorder)s
            LEFT JOIN (SELECT backorder_id, COUNT(*) AS count
                         FROM backorder_communication
                        WHERE method = 'phone' AND backorder_id %(condition)s
                        GROUP BY backorder_id) phone ON phone.backorder_id = %(backorder)s
            LEFT JOIN (SELECT backorder_id, SUM(share) AS share
                         FROM backorder_expedite
                        WHERE backorder_id %(condition)s
                        GROUP BY backorder_id) hurry ON hurry.backorder_id = %(backorder)s
            LEFT JOIN (SELECT backorder_id, SUM(amount_company) AS amount
                         FROM backorder_goodwill
                        WHERE state = 'granted' AND backorder_id %(condition)s
                        GROUP BY backorder_id) gift ON gift.backorder_id = %(backorder)s
            """,
            shipments=self._get_extra_shipments_query(condition),
            backorder=backorder,
            condition=condition,
        )

    @api.model
    def _get_extra_shipments_query(self, condition):
        """The first shipment of an order is not extra, whatever it holds. What the vendor ships
        to the customer is no shipment of ours."""
        return SQL(
            """
            SELECT b.id AS backorder_id, COUNT(*) AS count
              FROM sale_backorder b
              JOIN (SELECT sol.order_id, m.picking_id, MAX(m.date) AS date,
                           ROW_NUMBER() OVER (PARTITION BY sol.order_id
                                                  ORDER BY MAX(m.date), m.picking_id) AS place
                      FROM stock_move m
                      JOIN sale_order_line sol ON sol.id = m.sale_line_id
                      JOIN stock_location src ON src.id = m.location_id
                                             AND src.usage IN ('internal', 'transit')
                      JOIN stock_location dst ON dst.id = m.location_dest_id
                                             AND dst.usage = 'customer'
                     WHERE m.state = 'done' AND m.quantity > 0 AND m.picking_id IS NOT NULL
                       AND sol.order_id IN (SELECT sale_order_id FROM sale_backorder
                                             WHERE id %(condition)s)
                     GROUP BY sol.order_id, m.picking_id) left_us
                ON left_us.order_id = b.sale_order_id AND left_us.place > 1
               AND left_us.date >= b.date_open
               AND (b.date_closed IS NULL OR left_us.date <= b.date_closed)
             WHERE b.id %(condition)s
             GROUP BY b.id
            """,
            condition=condition,
        )

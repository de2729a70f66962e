"""Products that keep running out, and when to reorder them instead."""

from datetime import timedelta

from odoo import api, fields, models

from ...engine import advice as adv
from ..sale_backorder_line import PRICE_GROUPS

DIGITS = (16, 6)  # of what is computed with; shown with fewer
NOW_POOLS = 500  # more than this are not computed while somebody waits for his click
STATUSES = [
    (adv.RAISE, "Raise"),
    (adv.ENOUGH, "High enough"),
    (adv.THIN_DEMAND, "Too little demand"),
    (adv.THIN_LEAD, "No lead time"),
]


class BackorderAdvice(models.Model):
    """One row for each product and warehouse of which something was on backorder, or not sold, in
    the period. Computed every night; nothing is written to a reordering rule before `apply`."""

    _name = "backorder.advice"
    _description = "Reorder Advice"
    _order = "avoided_units desc, short_units desc, backorder_days desc, id"
    _rec_name = "product_id"

    product_id = fields.Many2one(
        "product.product", required=True, readonly=True, index=True, ondelete="cascade"
    )
    product_categ_id = fields.Many2one(
        related="product_id.categ_id", string="Product category", store=True, precompute=True
    )
    product_uom_id = fields.Many2one(
        related="product_id.uom_id", string="Unit", help="All quantities are in this unit."
    )
    warehouse_id = fields.Many2one(
        "stock.warehouse", required=True, readonly=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(
        related="warehouse_id.company_id", store=True, precompute=True, index=True
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    status = fields.Selection(
        STATUSES,
        readonly=True,
        index=True,
        help="Raise: a higher reorder point is proposed. High enough: the present one covers what "
        "varies; look at the causes.",
    )
    computed_on = fields.Date(string="Computed on", readonly=True)
    date_from = fields.Date(
        string="Since",
        readonly=True,
        help="The first day that is looked at: of what is new, later.",
    )
    days = fields.Integer(string="Days looked at", readonly=True, aggregator=None)
    service_level = fields.Float(
        string="Service level",
        readonly=True,
        aggregator=None,
        help="The share of replenishments that shall come before the stock is used up.",
    )

    # === WHAT HAPPENED === #

    backorder_count = fields.Integer(
        string="Times short", readonly=True, help="Backorder items opened in the period."
    )
    backorder_days = fields.Integer(
        string="Backorder days",
        readonly=True,
        help="Days of the period on which a customer waited for it.",
    )
    qty_backordered = fields.Float(string="Backordered", digits="Product Unit", readonly=True)
    lost_count = fields.Integer(
        string="Not sold", readonly=True, help="Times that the order rules let it not through."
    )
    lost_qty = fields.Float(string="Quantity not sold", digits="Product Unit", readonly=True)
    substituted_count = fields.Integer(
        string="Replaced", readonly=True, help="Times that a customer took a substitute."
    )
    substituted_qty = fields.Float(string="Quantity replaced", digits="Product Unit", readonly=True)
    short_units = fields.Float(
        string="Short",
        digits="Product Unit",
        readonly=True,
        help="Units that had to wait, or were lost, by a replay of orders and receipts.",
    )
    short_days = fields.Integer(string="Days short", readonly=True)
    avoided_units = fields.Float(
        string="Avoided",
        digits="Product Unit",
        readonly=True,
        help="So many fewer units would have been short with the proposed reorder point: the same "
        "orders and receipts, with the difference more in stock all the time.",
    )
    avoided_days = fields.Integer(string="Days avoided", readonly=True)

    # === DEMAND AND LEAD TIME === #

    demand_mean = fields.Float(
        string="Demand a day",
        digits=DIGITS,
        readonly=True,
        aggregator=None,
        help="Ordered by customers, taken for other uses, not sold or replaced by something else; "
        "on average of all days.",
    )
    demand_deviation = fields.Float(
        string="Varies by",
        digits=DIGITS,
        readonly=True,
        aggregator=None,
        help="Standard deviation of the demand of a day.",
    )
    demand_week = fields.Float(
        string="Demand a week",
        digits=DIGITS,
        compute="_compute_demand_week",
        store=True,
        aggregator=None,
        help="Ordered by customers, taken for other uses, not sold or replaced by something else.",
    )
    sold_week = fields.Float(
        string="Sold a week",
        digits=DIGITS,
        readonly=True,
        aggregator=None,
        help="Of the demand: ordered by customers and not cancelled.",
    )
    demand_days = fields.Integer(string="Days with demand", readonly=True, aggregator=None)
    lead_mean = fields.Float(
        string="Lead time (days)",
        digits=DIGITS,
        readonly=True,
        aggregator=None,
        help="From the order to the receipt, of receipts of the last two years; where there are "
        "too few, that of the rules.",
    )
    lead_deviation = fields.Float(
        string="Lead time varies by", digits=DIGITS, readonly=True, aggregator=None
    )
    lead_count = fields.Integer(string="Receipts", readonly=True, aggregator=None)
    lead_source = fields.Selection(
        [(adv.RECEIPTS, "Receipts"), (adv.RULES, "Rules")], string="Lead time from", readonly=True
    )

    # === REORDERING RULE === #

    orderpoint_id = fields.Many2one(
        "stock.warehouse.orderpoint",
        string="Reordering rule",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
    )
    present_min = fields.Float(
        string="Reorder point now",
        digits="Product Unit",
        readonly=True,
        aggregator=None,
        help="Without a rule more is ordered when nothing is left: 0.",
    )
    present_max = fields.Float(
        string="Maximum now", digits="Product Unit", readonly=True, aggregator=None
    )
    present_safety = fields.Float(
        string="Safety stock now",
        digits=DIGITS,
        compute="_compute_present_safety",
        store=True,
        aggregator=None,
        help="The reorder point less what is wanted during the lead time. Below zero it does not "
        "even cover that.",
    )
    proposed_min = fields.Float(
        string="Proposed reorder point", digits="Product Unit", readonly=True, aggregator=None
    )
    proposed_max = fields.Float(
        string="Proposed maximum", digits="Product Unit", readonly=True, aggregator=None
    )
    proposed_safety = fields.Float(
        string="Proposed safety stock",
        digits=DIGITS,
        readonly=True,
        aggregator=None,
        help="z x root of (lead time x variance of the demand + square of the demand x variance of "
        "the lead time).",
    )
    lot = fields.Float(string="Usual quantity", digits="Product Unit", readonly=True)
    extra_qty = fields.Float(
        string="More in stock",
        digits="Product Unit",
        readonly=True,
        aggregator=None,
        help="The proposed reorder point less the present one: so much more lies in stock.",
    )
    extra_value = fields.Monetary(
        string="It costs",
        readonly=True,
        groups=PRICE_GROUPS,
        help="What is more in stock, at cost.",
    )
    applied_on = fields.Datetime(string="Applied on", readonly=True)
    applied_by_id = fields.Many2one("res.users", string="Applied by", readonly=True)

    # === SEASON === #

    recent_qty = fields.Float(
        string="Last 4 weeks", digits="Product Unit", readonly=True, aggregator=None
    )
    last_year_qty = fields.Float(
        string="Same weeks last year", digits="Product Unit", readonly=True, aggregator=None
    )
    last_year_next_qty = fields.Float(
        string="Next 4 weeks last year",
        digits="Product Unit",
        readonly=True,
        aggregator=None,
        help="What was wanted in the four weeks that followed.",
    )
    last_year_known = fields.Boolean(readonly=True)
    weeks = fields.Json(help="[first day, demand, demand a year before] of each week, in order.")

    _pool_unique = models.UniqueIndex("(product_id, warehouse_id)")

    @api.depends("demand_mean")
    def _compute_demand_week(self):
        for row in self:
            row.demand_week = row.demand_mean * 7

    @api.depends("present_min", "demand_mean", "lead_mean")
    def _compute_present_safety(self):
        for row in self:
            row.present_safety = row.present_min - row.demand_mean * row.lead_mean

    # === SHOW === #

    @api.model
    def action_open(self):
        """Show the advice, computed first where that was not done since yesterday."""
        self.check_access("read")
        for company in self.env.companies:
            # sudo: it follows from orders and receipts of everybody
            self.sudo()._compute_stale(company)
        return self.env["ir.actions.act_window"]._for_xml_id(
            "backorder_management.backorder_advice_action"
        )

    @api.model
    def _compute_stale(self, company):
        """At once where that is quick; else the scheduled action does it."""
        reader = self.env["backorder.advice.reader"].with_company(company)
        today = reader._get_today(company)
        yesterday = today - timedelta(days=1)
        domain = [("company_id", "=", company.id), ("computed_on", ">=", yesterday)]
        if self.search_count(domain, limit=1):
            return
        self.env.flush_all()
        if len(reader._get_pools(company, today)) > NOW_POOLS:
            self.env.ref("backorder_management.ir_cron_advice")._trigger()
            return
        # two may open it at the same time: the rows of the first are shown to both
        self._try_batch(lambda: list(self._compute_company(company)))

    def action_refresh(self):
        """Compute these rows anew."""
        self.check_access("read")
        for company, rows in self.grouped("company_id").items():
            pools = [(r.product_id.id, r.warehouse_id.id) for r in rows]
            self.env.flush_all()
            # sudo: as above
            model = self.sudo()
            today = model.env["backorder.advice.reader"]._get_today(company)
            model._write_rows(pools, company, today)
        return True

    def action_view_items(self):
        """The backorder items behind the count."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "backorder_management.sale_backorder_line_action"
        )
        return {
            **action,
            "display_name": self.env._("Short: %s", self.product_id.display_name),
            "domain": self._get_pool_domain(),
            "context": {},
        }

    def action_view_lost(self):
        """What was not sold, or replaced."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "backorder_management.backorder_lost_demand_action"
        )
        return {**action, "domain": self._get_pool_domain(), "context": {}}

    def _get_pool_domain(self):
        return [
            ("product_id", "=", self.product_id.id),
            ("warehouse_id", "=", self.warehouse_id.id),
        ]

    def action_view_orderpoint(self):
        self.ensure_one()
        return self.orderpoint_id._get_records_action()

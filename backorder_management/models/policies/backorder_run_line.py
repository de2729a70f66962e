"""One item of a run: what it holds before and after, and why."""

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import float_compare

from ..sale_backorder import format_number

REASONS = [
    ("served", "Gets all"),
    ("part", "Gets a part"),
    ("kept", "Has all"),
    ("lowered", "Gives to others"),
    ("outranked", "Others come first"),
    ("no_stock", "No stock"),
    ("share", "Its share"),
    ("protected", "Kept for others"),
    ("fill_cap", "Not more than now"),
    ("loses", "Gives way"),
    ("pinned", "Left alone"),
    ("waits_whole", "Waits for the whole order"),
    ("waits_line", "Waits for the whole item"),
    ("below_minimum", "Below the minimum to ship"),
    ("exception", "Guarantee cannot be kept"),
]


class BackorderRunLine(models.Model):
    _name = "backorder.run.line"
    _description = "Allocation Run Item"
    _order = "run_id desc, product_id, warehouse_id, rank, id"
    _rec_name = "product_id"

    run_id = fields.Many2one(
        "backorder.run", required=True, readonly=True, index=True, ondelete="cascade"
    )
    run_state = fields.Selection(related="run_id.state")
    policy_name = fields.Char(related="run_id.policy_name")
    demand_id = fields.Integer(
        readonly=True, help="Of the stock move; kept when the move is deleted."
    )
    move_id = fields.Many2one(
        "stock.move", readonly=True, index="btree_not_null", ondelete="set null"
    )
    sale_line_id = fields.Many2one(
        "sale.order.line",
        string="Order line",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
    )
    backorder_line_id = fields.Many2one(
        "sale.backorder.line",
        string="Backorder item",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
    )
    order_id = fields.Many2one(
        "sale.order",
        string="Sales order",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
    )
    reference = fields.Char(
        string="For", compute="_compute_reference", help="The order, or the transfer without one."
    )
    partner_id = fields.Many2one(
        "res.partner",
        string="Customer",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
    )
    product_id = fields.Many2one(
        "product.product", required=True, readonly=True, ondelete="cascade"
    )
    product_uom_id = fields.Many2one(related="product_id.uom_id", string="Unit")
    warehouse_id = fields.Many2one(
        "stock.warehouse", required=True, readonly=True, ondelete="cascade"
    )
    company_id = fields.Many2one(
        related="warehouse_id.company_id", store=True, precompute=True, index=True
    )

    qty_needed = fields.Float(string="Needed", digits="Product Unit", readonly=True)
    qty_before = fields.Float(string="Before", digits="Product Unit", readonly=True)
    qty_planned = fields.Float(
        string="Proposed",
        digits="Product Unit",
        readonly=True,
        help="What the policy gives; changes by hand do not touch it.",
    )
    qty_after = fields.Float(
        string="After",
        digits="Product Unit",
        help="What it will hold when the run is committed. A planner may change it until then.",
    )
    # the names of the public contract
    before = fields.Float(related="qty_before", string="Held before")
    after = fields.Float(related="qty_after", string="Holds afterwards", readonly=False)
    qty_actual = fields.Float(
        string="Really reserved",
        digits="Product Unit",
        readonly=True,
        help="What it held right after the run was committed.",
    )
    change = fields.Float(
        digits="Product Unit", compute="_compute_change", store=True, precompute=True
    )
    rank = fields.Integer(readonly=True, aggregator=None, help="Its place in the line.")
    of = fields.Integer(readonly=True, aggregator=None)
    segment_name = fields.Char(string="Segment", readonly=True)
    right = fields.Char(readonly=True, help="The right of its segment in this run.")
    reason = fields.Selection(REASONS, readonly=True, index=True)
    numbers = fields.Json(readonly=True)
    text = fields.Char(string="Why", compute="_compute_text")

    _qty_after_positive = models.Constraint(
        "CHECK (qty_after >= 0)", "Nobody can hold less than nothing."
    )

    # === COMPUTE === #

    @api.depends("qty_before", "qty_after")
    def _compute_change(self):
        for line in self:
            line.change = line.qty_after - line.qty_before

    @api.depends("order_id", "move_id")
    def _compute_reference(self):
        for line in self.sudo():
            line.reference = line.order_id.name or line.move_id.reference

    @api.depends("reason", "numbers", "qty_after", "qty_planned")
    @api.depends_context("lang")
    def _compute_text(self):
        texts = self._get_reason_texts()
        by_hand = self.env._("Changed by hand from %(planned)s to %(after)s.")
        for line in self:
            if line._is_edited():
                planned, after = format_number(line.qty_planned), format_number(line.qty_after)
                line.text = by_hand % {"planned": planned, "after": after}
            else:
                line.text = texts.get(line._get_text_key(), "") % line._get_text_values()

    def _get_text_key(self):
        """Where shares decide, whoever gets less does not give it to better ranks."""
        shared = self.reason == "lowered" and "quota" in (self.numbers or {})
        return "share" if shared else self.reason

    def _get_text_values(self):
        numbers = self.numbers or {}
        values = {
            name: format_number(value)
            for name, value in numbers.items()
            if isinstance(value, (int, float))
        }
        before, after = numbers.get("before", 0.0), numbers.get("after", 0.0)
        return {
            "protected": "0",
            **values,
            "more": format_number(max(0.0, after - before)),
            "less": format_number(max(0.0, before - after)),
        }

    @api.model
    def _get_reason_texts(self):
        """:return: {reason: sentence with the numbers of the engine as ``%(name)s``}"""
        return {
            "served": self.env._("Gets %(more)s more and then has all %(need)s."),
            "part": self.env._("Gets %(more)s more; then the stock ends, %(missing)s stay open."),
            "kept": self.env._("Has all %(need)s, as before."),
            "lowered": self.env._("Gives %(less)s to those who come first."),
            "outranked": self.env._("Those who come first take what there is (%(free)s)."),
            "no_stock": self.env._("There is no stock where it may take from."),
            "share": self.env._("Its share of what there is comes to %(after)s of %(need)s."),
            "protected": self.env._("What is left is kept for other customers (%(protected)s)."),
            "fill_cap": self.env._("Its segment gets no more than it has (%(before)s)."),
            "loses": self.env._("Its segment gives way and gives %(less)s back."),
            "pinned": self.env._("It is pinned or left alone: it keeps its %(before)s."),
            "waits_whole": self.env._(
                "Its order ships complete, and not all of it can be covered."
            ),
            "waits_line": self.env._("It ships complete, and %(missing)s are missing."),
            "below_minimum": self.env._("Its order does not reach the minimum to ship."),
            "exception": self.env._(
                "A guarantee for this product cannot be kept: nothing changes."
            ),
        }

    def _is_edited(self):
        return bool(float_compare(self.qty_after, self.qty_planned, precision_digits=6))

    # === STORE === #

    @api.model
    def _prepare_vals_list(self, run, snapshot, plan):
        """One dict per demand; those of one pool stand together, best rank first."""
        segments = {str(s.id): s.name for s in run.policy_id.segment_ids}
        rows = snapshot.rows
        return [
            {
                "run_id": run.id,
                **self._prepare_row_vals(rows[demand.id]),
                **self._prepare_result_vals(plan.results[demand.id]),
                "segment_name": segments.get(demand.segment),
                "right": demand.right,
            }
            for pool in snapshot.pools
            for demand in sorted(pool.demands, key=lambda d: plan.results[d.id].rank)
        ]

    @api.model
    def _prepare_row_vals(self, row):
        return {
            "demand_id": row["id"],
            "move_id": row["id"],
            "sale_line_id": row["line_id"],
            "backorder_line_id": row["item_id"],
            "order_id": row["order_id"],
            "partner_id": row["partner_id"],
            "product_id": row["product_id"],
            "warehouse_id": row["warehouse_id"],
        }

    @api.model
    def _prepare_result_vals(self, result):
        return {
            "qty_needed": result.numbers["need"],
            "qty_before": result.before,
            "qty_planned": result.after,
            "qty_after": result.after,
            "rank": result.rank,
            "of": result.of,
            "reason": result.reason,
            "numbers": result.numbers,
        }

    # === GUARDS === #

    def write(self, vals):
        if "qty_after" in vals:
            self._check_open()
        if not self.env.su and vals.keys() - {"qty_after", "after"}:
            raise AccessError(
                self.env._("Of a run only the quantities of its items can be changed.")
            )
        result = super().write(vals)
        if "qty_after" in vals:
            self.run_id._refresh_measures()
        return result

    def _check_open(self):
        closed = self.run_id.filtered(lambda run: run.state != "simulated")
        if closed:
            raise UserError(
                self.env._(
                    "%s can no longer be changed: it is committed or out of date.",
                    ", ".join(closed.mapped("name")),
                )
            )

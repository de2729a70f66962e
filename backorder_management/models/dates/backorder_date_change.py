"""Promises that do not hold any more, and those that could be kept earlier."""

from datetime import timedelta

from odoo import api, fields, models

from ..sale_backorder_line import PRICE_GROUPS

KINDS = [("slip", "Later"), ("no_date", "No date any more"), ("pull_in", "Earlier")]
# what follows the expected date until the customer was told
CHANGING = ("kind", "new_date", "days", "move_id", "picking_id")
STATES = [
    ("new", "To tell"),
    ("told", "Told"),
    ("recovered", "On time again"),
    ("dismissed", "Dismissed"),
    ("closed", "Shipped or cancelled"),
]


class BackorderDateChange(models.Model):
    """One open row for each item whose expected date left the date that the customer was told, by
    more than the company tolerates. What the customer is told is taken from here."""

    _name = "backorder.date.change"
    _description = "Changed Date of a Backorder Item"
    _order = "id desc"
    _rec_name = "line_id"

    line_id = fields.Many2one(
        "sale.backorder.line",
        string="Item",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    backorder_id = fields.Many2one(related="line_id.backorder_id", store=True, index=True)
    sale_order_id = fields.Many2one(related="line_id.sale_order_id", string="Order")
    partner_id = fields.Many2one(related="line_id.partner_id", string="Customer", store=True)
    user_id = fields.Many2one(related="line_id.user_id", string="Salesperson", store=True)
    product_id = fields.Many2one(related="line_id.product_id", store=True)
    company_id = fields.Many2one(related="line_id.company_id", store=True)
    currency_id = fields.Many2one(related="line_id.currency_id")
    kind = fields.Selection(KINDS, string="Change", required=True, readonly=True)
    promised_date = fields.Date(string="Promised", readonly=True)
    old_date = fields.Date(string="Expected before", readonly=True)
    new_date = fields.Date(string="Expected now", readonly=True)
    days = fields.Integer(
        readonly=True, aggregator="avg", help="Days after the promised date; less than 0: before."
    )
    qty_open = fields.Float(related="line_id.qty_open", string="Open")
    amount_open = fields.Monetary(
        string="Open value",
        currency_field="currency_id",
        readonly=True,
        groups=PRICE_GROUPS,
        help="When the change was found.",
    )
    move_id = fields.Many2one(
        "stock.move", string="Stock move", readonly=True, index="btree_not_null"
    )
    # as it was found: a related field would be looked for with every transfer that is written
    picking_id = fields.Many2one("stock.picking", string="Supply", readonly=True)
    origin = fields.Char(related="move_id.origin", string="Source")
    state = fields.Selection(STATES, required=True, readonly=True, default="new", index=True)

    _one_open = models.UniqueIndex("(line_id) WHERE state = 'new'")

    # === DETECTION === #

    @api.model
    def _note(self, changes):
        """Compare new expected dates with what was promised. Idempotent.

        :param changes: (backorder line id, expected date before, expected date now)
        """
        lines = {x.id: x for x in self.env["sale.backorder.line"].browse(c[0] for c in changes)}
        changes = [c for c in changes if lines[c[0]].promised_date]
        if not changes:
            return
        known = self._read_last([line for line, _old, _new in changes])
        supply = self._read_supply(c[0] for c in changes)
        vals_list = []
        for line_id, old, new in changes:
            vals = self._prepare_vals(lines[line_id], old, new, supply.get(line_id))
            last = known.get(line_id, self.browse())
            if last.state == "new":
                last.write(self._prepare_update_vals(vals))
            elif vals and not (last.kind == vals["kind"] and last.new_date == vals["new_date"]):
                vals_list.append(vals)
        self.create(vals_list)

    @api.model
    def _read_last(self, line_ids):
        """:return: {line id: its latest change}"""
        result = {}
        for change in self.search([("line_id", "in", line_ids)], order="id"):
            result[change.line_id.id] = change
        return result

    @api.model
    def _read_supply(self, line_ids):
        """:return: {line id: the stock move that completes it}"""
        pegs = self.env["backorder.peg"].search_fetch(
            [("line_id", "in", list(line_ids))], ["line_id", "move_id"], order="date, id"
        )
        return {peg.line_id.id: peg.move_id for peg in pegs}

    @api.model
    def _prepare_vals(self, line, old, new, move=None):
        """:return: values, or None when the promise still holds"""
        kind = self._get_kind(line, old, new)
        if not kind or not line.backorder_id.released:
            return None
        move = move or self.env["stock.move"]
        new = new if kind != "no_date" else False
        return {
            "line_id": line.id,
            "kind": kind,
            "promised_date": line.promised_date,
            "old_date": old,
            "new_date": new,
            "days": (new - line.promised_date).days if new else 0,
            "amount_open": line.amount_open,
            "move_id": move.id,
            "picking_id": move.picking_id.id,
        }

    @api.model
    def _get_kind(self, line, old, new):
        tolerance = timedelta(days=max(0, line.company_id.backorder_date_tolerance))
        if not new:
            return "no_date" if old else None
        late = line.confidence == "late"
        if new > line.promised_date + tolerance:
            # today is the earliest day, and tomorrow it will be tomorrow
            return "no_date" if late else "slip"
        return "pull_in" if new < line.promised_date - tolerance and not late else None

    @api.model
    def _prepare_update_vals(self, vals):
        """Of a change that the customer was not told of yet."""
        if not vals:
            return {"state": "recovered"}
        return {name: vals[name] for name in CHANGING}

    @api.model
    def _close(self, lines):
        """What is not open any more needs no date."""
        if lines:
            self.search([("line_id", "in", lines.ids), ("state", "=", "new")]).state = "closed"

    # === BUTTONS === #

    def action_dismiss(self):
        """The customer need not be told."""
        self.check_access("read")
        self.sale_order_id.check_access("write")
        # sudo: all else about a change is closed to editing
        self.sudo().filtered(lambda c: c.state == "new").state = "dismissed"
        return True

    def action_reschedule(self):
        """Tell the customer the new date."""
        return self.env["sale.backorder.reschedule"]._open(self.line_id)

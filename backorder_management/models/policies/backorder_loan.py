"""Borrow and repay: an urgent order uses what a later one holds, until goods on their way come."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from math import inf

from odoo import api, fields, models, tools
from odoo.exceptions import AccessError

from ..sale_backorder import format_number
from .backorder_demand import EPSILON

GONE = ("draft", "cancel")
ENDED = (*GONE, "done")


@dataclass
class Position:
    """Of one item of a lender, in the unit of the product.

    has: reserved, or taken from the stock already
    lacks: wanted and not reserved
    """

    has: float = 0.0
    lacks: float = 0.0

    def add(self, move):
        unit = move.product_id.uom_id
        has = move.product_uom._compute_quantity(move.quantity, unit, round=False)
        self.has += has
        if move.state not in ENDED:
            self.lacks += max(0.0, move.product_qty - has)


class BackorderLoan(models.Model):
    _name = "backorder.loan"
    _description = "Borrowed Stock"
    _order = "repay_date, id"
    _rec_name = "product_id"

    borrower_line_id = fields.Many2one(
        "sale.order.line", string="Borrower", required=True, index=True, ondelete="cascade"
    )
    lender_line_id = fields.Many2one(
        "sale.order.line", string="Lender", required=True, index=True, ondelete="cascade"
    )
    borrower_order_id = fields.Many2one(
        related="borrower_line_id.order_id", string="Borrowed for", store=True
    )
    lender_order_id = fields.Many2one(
        related="lender_line_id.order_id", string="Borrowed from", store=True
    )
    product_id = fields.Many2one("product.product", required=True, index=True)
    company_id = fields.Many2one("res.company", required=True)
    qty = fields.Float(string="Borrowed", digits="Product Unit")
    qty_repaid = fields.Float(string="Given back", digits="Product Unit")
    lender_qty = fields.Float(
        string="Lender had",
        digits="Product Unit",
        help="Reserved or shipped of the lender's item before it lent: with this it is even again.",
    )
    repay_date = fields.Date(string="Due back", help="When the goods that repay it are expected.")
    state = fields.Selection(
        [("open", "Open"), ("repaid", "Given back"), ("closed", "Closed")],
        default="open",
        required=True,
        index=True,
        help="Closed: the lender does not need it any more, or a planner settled it.",
    )

    @api.model
    def _find_lenders(self, item):
        """Order lines that hold this product for later than the next goods come.

        :return: {sale line id: (quantity, repay date)}, the latest first
        """
        move = item.sale_line_id.move_ids.filtered(
            lambda m: m.product_id == item.product_id and m.location_id.usage == "internal"
        )[:1]
        if not move:
            return {}
        warehouse = move.location_id.warehouse_id
        pool = (item.product_id.id, warehouse.id)
        policies = self.env["backorder.policy"]._find_or_default({pool})
        rows = self.env["backorder.demand"].sudo()._read_rows(policies, (), True)
        receipts = self.env["backorder.supply"].sudo()._read_receipts({pool})[pool]
        now = fields.Datetime.now()
        coming = sorted((r.date, r.quantity) for r in receipts if r.date >= now)
        # what waits already has a right to what is coming
        waiting = sum(r["need"] - r["held"] for r in rows if r["line_id"] != item.sale_line_id.id)
        lock = timedelta(days=item.company_id.backorder_borrow_days)
        result = {}
        held = [
            r
            for r in rows
            if r["line_id"]
            and r["line_id"] != item.sale_line_id.id
            and not r["pinned"]
            and r["held"] - r["locked"] > EPSILON
        ]
        for row in sorted(held, key=lambda r: -r["promised"]):
            until = datetime.fromtimestamp(row["promised"], UTC).replace(tzinfo=None) - lock
            spare, date = self._get_spare(coming, until, waiting)
            quantity = min(row["held"] - row["locked"], spare)
            if quantity > EPSILON:
                result[row["line_id"]] = (quantity, date.date())
                waiting += quantity
        return result

    @api.model
    def _get_spare(self, coming, until, waiting):
        """What comes by `until` beyond what is waited for, and when the last of it comes."""
        total, date = -waiting, None
        for when, quantity in coming:
            if when > until:
                break
            total += quantity
            if total > EPSILON:
                date = when
        return (total, date) if date else (0.0, None)

    @api.model_create_multi
    def create(self, vals_list):
        loans = super().create(vals_list)
        self.env.registry.clear_cache()
        return loans

    @api.model
    def _record(self, item, taken, lenders):
        """:param taken: dicts of :meth:`sale.backorder.line._apply_gifts`, just taken"""
        product = item.product_id.id
        positions = self._read_positions({t["sale_line_id"] for t in taken})
        self.create(
            [
                {
                    "borrower_line_id": item.sale_line_id.id,
                    "lender_line_id": t["sale_line_id"],
                    "product_id": product,
                    "company_id": item.company_id.id,
                    "qty": t["quantity"],
                    "lender_qty": positions[t["sale_line_id"], product].has + t["quantity"],
                    "repay_date": lenders[t["sale_line_id"]][1],
                }
                for t in taken
            ]
        )

    @api.model
    @tools.ormcache()
    def _is_used(self):
        return bool(self.sudo().search_count([("state", "=", "open")], limit=1))

    # === WHAT IS STILL OWED === #

    @api.model
    def _read_positions(self, line_ids):
        """What lenders have, whoever gave it to them: counted where they take from the stock.

        :return: {(sale line id, product id): Position}
        """
        moves = self.env["stock.move"].search(
            [
                ("sale_line_id", "in", list(line_ids)),
                ("state", "not in", GONE),
                ("location_id.usage", "=", "internal"),
                ("move_orig_ids", "=", False),
            ]
        )
        result = defaultdict(Position)
        for move in moves:
            result[move.sale_line_id.id, move.product_id.id].add(move)
        return result

    def _get_owed(self):
        """What goes back to the lenders. Computed from what they have now: it does not matter who
        gave it, a policy, core or a person.

        :return: {loan: quantity in the unit of the product}
        """
        positions = self._read_positions(self.lender_line_id.ids)
        lacking = {key: position.lacks for key, position in positions.items()}
        owed = {}
        for loan in self.sorted("id", reverse=True):
            key = (loan.lender_line_id.id, loan.product_id.id)
            rest = min(loan.qty - loan.qty_repaid, loan._get_had() - positions[key].has)
            # nobody gets back more than he can use
            owed[loan] = max(0.0, min(rest, lacking.get(key, 0.0)))
            lacking[key] = lacking.get(key, 0.0) - owed[loan]
        return owed

    def _get_had(self):
        """What the lender had before; older loans do not know: only what it lacks ends them."""
        return self.lender_qty or inf

    @api.model
    def _read_open(self, line_ids):
        """:return: {(sale line id, product id): quantity that is still to be given back}"""
        result = defaultdict(float)
        for loan, quantity in self._search_open(line_ids)._get_owed().items():
            if quantity > EPSILON:
                result[loan.lender_line_id.id, loan.product_id.id] += quantity
        return dict(result)

    @api.model
    def _search_open(self, line_ids):
        return self.search([("state", "=", "open"), ("lender_line_id", "in", list(line_ids))])

    # === ITS END === #

    @api.model
    def _settle(self, line_ids=None):
        """Note what was given back, and close the loans that nothing is owed of any more.

        :param line_ids: sale lines to which something happened; None: all that lent
        """
        if not self._is_used():
            return
        everyone = line_ids is None
        loans = self.search([("state", "=", "open")]) if everyone else self._search_open(line_ids)
        positions = self._read_positions(loans.lender_line_id.ids)
        for loan, owed in loans._get_owed().items():
            loan._note_repaid(owed, positions[loan.lender_line_id.id, loan.product_id.id])

    def _note_repaid(self, owed, position):
        """:param owed: what is still to be given back, in the unit of the product"""
        back = min(self.qty, self.qty - self._get_had() + position.has)
        back = max(back, self.qty_repaid)
        values = {}
        if back > self.qty_repaid + EPSILON:
            values["qty_repaid"] = back
        if owed <= EPSILON:
            values["state"] = "repaid" if back >= self.qty - EPSILON else "closed"
        if values:
            self.write(values)

    def action_settle(self):
        """A planner closes loans by hand: nothing is given back for them any more."""
        if not self.env.user.has_group("backorder_management.group_backorder_planner"):
            raise AccessError(self.env._("Only a planner may settle what was borrowed."))
        self.check_access("read")
        # sudo: loans are closed to editing, the right was checked above
        for loan in self.sudo().filtered(lambda x: x.state == "open"):
            owed = loan._get_owed()[loan]
            loan.state = "closed"
            loan._log_settled(owed)
        return True

    def _log_settled(self, owed):
        """On the backorders of both orders; a lender without one has a note on its order."""
        text = self.env._(
            "%(product)s: settled what %(borrower)s borrowed from %(lender)s. "
            "%(quantity)s %(unit)s are not given back.",
            product=self.product_id.display_name,
            borrower=self.borrower_order_id.name,
            lender=self.lender_order_id.name,
            quantity=format_number(owed),
            unit=self.product_id.uom_id.name,
        )
        for order in self.borrower_order_id | self.lender_order_id:
            records = order.backorder_ids
            records = records.filtered(lambda b: not b.date_closed) or records
            (records[-1:] or order)._message_log(body=text)

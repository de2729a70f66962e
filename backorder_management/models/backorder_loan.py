"""Borrow and repay: an urgent order uses what a later one holds, until goods on their way come."""

from datetime import UTC, datetime, timedelta

from odoo import api, fields, models, tools
from odoo.tools import float_compare

from .backorder_demand import EPSILON


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
    repay_date = fields.Date(string="Due back", help="When the goods that repay it are expected.")
    state = fields.Selection(
        [("open", "Open"), ("repaid", "Given back")], default="open", required=True, index=True
    )

    @api.model
    def _find_lenders(self, item):
        """Order lines that hold this product for later than the next goods come.

        :return: {sale line id: (quantity, repay date)}, the latest first
        """
        move = item.sale_line_id.move_ids.filtered(
            lambda m: m.product_id == item.product_id and m.location_id.usage == "internal"
        )[:1]
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
        self.create(
            [
                {
                    "borrower_line_id": item.sale_line_id.id,
                    "lender_line_id": t["sale_line_id"],
                    "product_id": item.product_id.id,
                    "company_id": item.company_id.id,
                    "qty": t["quantity"],
                    "repay_date": lenders[t["sale_line_id"]][1],
                }
                for t in taken
            ]
        )

    @api.model
    @tools.ormcache()
    def _is_used(self):
        return bool(self.sudo().search_count([("state", "=", "open")], limit=1))

    @api.model
    def _read_open(self, line_ids):
        """:return: {(sale line id, product id): quantity that is still to be given back}"""
        groups = self._read_group(
            [("state", "=", "open"), ("lender_line_id", "in", list(line_ids))],
            ["lender_line_id", "product_id"],
            ["qty:sum", "qty_repaid:sum"],
        )
        return {(line.id, p.id): lent - repaid for line, p, lent, repaid in groups}

    @api.model
    def _repay(self, gains):
        """:param gains: {(sale line id, product id): quantity that it just got}"""
        loans = self.search(
            [("state", "=", "open"), ("lender_line_id", "in", [line for line, _p in gains])],
            order="id",
        )
        gains = dict(gains)
        for loan in loans:
            key = (loan.lender_line_id.id, loan.product_id.id)
            back = min(gains.get(key, 0.0), loan.qty - loan.qty_repaid)
            if back > EPSILON:
                gains[key] -= back
                loan.qty_repaid += back
                if float_compare(loan.qty_repaid, loan.qty, precision_digits=6) >= 0:
                    loan.state = "repaid"

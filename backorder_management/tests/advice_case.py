"""Sales, receipts and losses spread over a year; and what advice should say of them, counted from
the records one day and one product at a time."""

from collections import defaultdict
from datetime import datetime, time, timedelta
from math import ceil, sqrt
from statistics import NormalDist, fmean, stdev

from odoo import fields

from .common import BackorderCommon


class AdviceCase(BackorderCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.warehouse.partner_id = cls.env["res.partner"].create({"name": "Depot", "tz": "UTC"})
        cls.company.partner_id.tz = "UTC"
        cls.company.write({"backorder_advice_days": 100, "backorder_advice_level": 0.95})
        cls.today = fields.Date.today()
        cls.advice = cls.env["backorder.advice"]

    # === MAKE === #

    @classmethod
    def _moment(cls, ago):
        return datetime.combine(cls.today - timedelta(days=ago), time(12))

    @classmethod
    def _sell_ago(cls, ago, product, quantity, **values):
        order = cls._sell((product, quantity), **values)
        order.date_order = cls._moment(ago)
        cls._date_items(order, ago)
        return order

    @classmethod
    def _date_items(cls, order, ago):
        cls.env["backorder.tracker"]._drain()
        lines = order.backorder_ids.line_ids
        lines.date_open = cls._moment(ago)
        lines.filtered("date_closed").date_closed = cls._moment(ago)

    @classmethod
    def _ship_ago(cls, ago, order):
        for picking in cls._get_open_pickings(order):
            cls._ship(picking)
        cls.env["backorder.tracker"]._drain()
        moves = order.order_line.move_ids.filtered(
            lambda m: m.state == "done" and m.date > cls._moment(-1) - timedelta(days=2)
        )
        moves.date = cls._moment(ago)
        lines = order.backorder_ids.line_ids.filtered("date_closed")
        lines.date_closed = cls._moment(ago)

    @classmethod
    def _receive_ago(cls, ago, product, quantity, lead=None):
        """:param lead: days that it took from the transfer to the receipt"""
        picking = cls._receive(product, quantity)
        picking.move_ids.date = cls._moment(ago)
        if lead is not None:
            cls.env.flush_all()
            cls.env.cr.execute(
                "UPDATE stock_picking SET create_date = %s WHERE id = %s",
                (cls._moment(ago + lead), picking.id),
            )
            picking.invalidate_recordset(["create_date"])
        return picking

    @classmethod
    def _lose_ago(cls, ago, product, quantity, kind="lost"):
        lost = cls.env["backorder.lost.demand"].create(
            {
                "product_id": product.id,
                "warehouse_id": cls.warehouse.id,
                "company_id": cls.company.id,
                "quantity": quantity,
                "kind": kind,
            }
        )
        cls.env.flush_all()
        cls.env.cr.execute(
            "UPDATE backorder_lost_demand SET create_date = %s WHERE id = %s",
            (cls._moment(ago), lost.id),
        )
        lost.invalidate_recordset(["create_date"])

    @classmethod
    def _compute(cls, *products):
        """:return: the row of each product"""
        cls.env["backorder.tracker"]._drain()
        list(cls.advice._compute_company(cls.company))
        cls.env.invalidate_all()
        rows = cls.advice.search([("company_id", "=", cls.company.id)])
        return [rows.filtered(lambda r, p=p: r.product_id == p) for p in products]

    @classmethod
    def _generate(cls, product, rng):
        """Ninety days of orders, receipts, losses and cancellations at random."""
        waiting = []
        cls._receive_ago(99, product, rng.randint(5, 20), lead=rng.randint(1, 9))
        for ago in range(95, -1, -1):
            fate = rng.random()
            if fate < 0.3:
                order = cls._sell_ago(ago, product, rng.randint(1, 9))
                waiting.append(order)
                if any(order.picking_ids.move_ids.mapped("quantity")):
                    cls._ship_ago(ago, order)
            elif fate < 0.4:
                cls._receive_ago(ago, product, rng.randint(3, 15), lead=rng.randint(0, 12))
                for order in waiting:
                    if any(m.quantity for m in cls._get_open_pickings(order).move_ids):
                        cls._ship_ago(ago, order)
            elif fate < 0.44:
                cls._lose_ago(ago, product, rng.randint(1, 5))
            elif fate < 0.47 and waiting:
                waiting.pop(rng.randrange(len(waiting)))._action_cancel()
            elif fate < 0.49:
                cls._count_ago(ago, product, rng.randint(-3, 3))

    @classmethod
    def _count_ago(cls, ago, product, difference):
        before = cls.env["stock.move"].search([], order="id desc", limit=1).id
        quant = cls.env["stock.quant"].search(
            [("product_id", "=", product.id), ("location_id", "=", cls.stock.id)], limit=1
        )
        if quant:
            quant.inventory_quantity = quant.quantity + difference
            quant.action_apply_inventory()
            moves = [("id", ">", before), ("product_id", "=", product.id)]
            cls.env["stock.move"].search(moves).filtered("is_inventory").date = cls._moment(ago)

    # === COUNT BY HAND === #

    def _naive(self, product):
        """All that the advice says, from records one at a time."""
        served, gone, supply, leads = (defaultdict(float) for _ in range(4))
        leads = []
        moves = self.env["stock.move"].search(
            [("product_id", "=", product.id), ("state", "not in", ("cancel", "draft"))]
        )
        owed = 0.0
        for move in moves:
            quantity = move.quantity if move.state == "done" else move.product_uom_qty
            if move.sale_line_id:
                served[move.sale_line_id.order_id.date_order.date()] += quantity
                owed += quantity if move.state != "done" else 0
            elif move.location_dest_id == self.stock:
                supply[move.date.date()] += quantity
                if move.location_id == self.supplier_location:
                    lead = (move.date.date() - move.picking_id.create_date.date()).days
                    leads += [lead] if lead else []
            else:
                supply[move.date.date()] -= quantity
        items = self.env["sale.backorder.line"].search([("product_id", "=", product.id)])
        for item in items:
            if item.qty_cancelled:
                gone[item.sale_order_id.date_order.date()] += item.qty_cancelled
        lost = self.env["backorder.lost.demand"].search([("product_id", "=", product.id)])
        for row in lost:
            gone[row.create_date.date()] += row.quantity
        first = min(m.date.date() for m in moves if m.state == "done")
        days = [first + timedelta(days=i) for i in range((self.today - first).days + 1)][-100:]
        wanted = [served[day] + gone[day] for day in days]
        d, sd = fmean(wanted), stdev(wanted)
        lead, sd_lead = fmean(leads), stdev(leads)
        safety = NormalDist().inv_cdf(0.95) * sqrt(lead * sd**2 + d**2 * sd_lead**2)
        end = product.with_context(warehouse_id=self.warehouse.id).qty_available - owed
        minimum = ceil(d * lead + safety)
        happened = self._naive_shortage(days, served, gone, supply, end)
        left = self._naive_shortage(days, served, gone, supply, end + minimum)
        return {
            "days": len(days),
            "demand_mean": d,
            "demand_deviation": sd,
            "demand_days": sum(1 for q in wanted if q),
            "lead_mean": lead,
            "lead_deviation": sd_lead,
            "lead_count": len(leads),
            "proposed_safety": safety,
            "proposed_min": minimum,
            "short_days": happened[0],
            "short_units": happened[1],
            "avoided_days": happened[0] - left[0],
            "avoided_units": happened[1] - left[1],
            "backorder_count": len(items),
            "qty_backordered": sum(items.mapped("qty_backordered")),
            "lost_count": len(lost),
            "lost_qty": sum(lost.mapped("quantity")),
        }

    def _naive_shortage(self, days, served, gone, supply, end):
        """Backwards from what is there now: stock less debt after each day."""
        short_days = units = 0
        level = end
        for day in reversed(days):
            missing = gone[day] - level
            if missing > 1e-6:
                short_days += 1
                units += min(missing, served[day] + gone[day])
            level += served[day] - supply[day]
        return short_days, units

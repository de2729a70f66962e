"""What a customer could have of something that is not ordered yet, and when."""

from collections import defaultdict

from odoo import api, fields, models
from odoo.tools import SQL

from ...engine import promising as prm
from ...engine.gate import Outlook, combine
from ..backorder_tracker import to_local_date


class BackorderOutlook(models.AbstractModel):
    _name = "backorder.outlook"
    _description = "Outlook for Quotations"

    @api.model
    def _read(self, lines):
        """The outlook of quotation lines, as if each were the last in its line: who waits already
        is served first. Lines of one order do not share the same units; kits take components.
        The number of queries does not depend on how many lines there are, but core asks for each
        kit what it is made of.

        :param lines: ``sale.order.line`` of goods that are taken from stock
        :return: {line: Outlook} with quantities in the unit of the line's product, kits as whole
            kits; of lines that take something that is counted
        """
        needs = self.env["backorder.kit"]._read_needs(lines.filtered("warehouse_id"))
        pools = {(p.id, x.warehouse_id.id) for x, parts in needs.items() for p in parts}
        supply = self.env["backorder.supply"].sudo()
        shelves = {w.id: w.lot_stock_id.id for w in lines.warehouse_id.sudo()}
        free = supply._read_free({(p, shelves[w]) for p, w in pools})
        receipts, ahead = supply._read_receipts(pools), self._read_waiting(pools)
        leads = self.env["backorder.lead.time"].sudo()._read(pools)
        now, result = fields.Datetime.now(), {}
        for line, parts in needs.items():
            found = {}
            for product, need in parts.items():
                pool = product.id, line.warehouse_id.id
                stock = free.get((pool[0], shelves[pool[1]]), 0.0)
                pegs = prm.Queue(stock, receipts[pool], now).cut(ahead[pool], need)
                ahead[pool] += need
                lead = leads.get(pool)
                found[product] = self._get_outlook(line, need, pegs, lead and now + lead)
            own = found.get(line.product_id)
            result[line] = own or combine(line._get_backorder_need(), list(found.values()))
        return result

    @api.model
    def _get_outlook(self, line, need, pegs, by_lead_time):
        tracker = self.env["backorder.tracker"]
        zone = tracker._get_timezone(line.warehouse_id, line.company_id)
        on_hand = sum(p.quantity for p in pegs if p.kind == prm.STOCK)
        parts = [(to_local_date(p.date, zone), p.quantity) for p in pegs if p.kind != prm.STOCK]
        usual = by_lead_time and to_local_date(by_lead_time, zone)
        return Outlook(need, on_hand, tuple(parts), usual)

    @api.model
    def _read_waiting(self, pools):
        """:return: {pool: what others wait for there and is not reserved}"""
        result = defaultdict(float)
        if not pools:
            return result
        self.env["stock.move"].flush_model()
        query = SQL(
            """
            SELECT m.product_id, l.warehouse_id,
                   SUM(m.product_qty * (1 - COALESCE(m.quantity, 0) / m.product_uom_qty))
              FROM stock_move m
              JOIN stock_location l ON l.id = m.location_id AND l.usage = 'internal'
              JOIN (VALUES %s) AS k (product_id, warehouse_id)
                ON k.product_id = m.product_id AND k.warehouse_id = l.warehouse_id
             WHERE m.state IN ('waiting', 'confirmed', 'partially_available')
               AND m.procure_method = 'make_to_stock' AND m.product_uom_qty > 0
               AND (m.state <> 'waiting' OR NOT EXISTS (
                    SELECT FROM stock_move_move_rel r WHERE r.move_dest_id = m.id))
             GROUP BY m.product_id, l.warehouse_id
            """,
            SQL(", ").join(SQL("(%s, %s)", *pool) for pool in sorted(pools)),
        )
        for product, warehouse, quantity in self.env.execute_query(query):
            result[product, warehouse] = float(quantity)
        return result

from odoo import api, models

RANKED = "backorder_reception_rank"


class ReportReception(models.AbstractModel):
    """The reception report offers incoming goods in the order in which they are handed out."""

    _inherit = "report.stock.report_reception"

    @api.model
    def _get_report_values(self, docids, data=None):
        if not self.env["backorder.policy"]._is_used():
            return super()._get_report_values(docids, data)
        ranked = self.with_context(**{RANKED: True})
        return super(ReportReception, ranked)._get_report_values(docids, data)

    def _action_assign(self, in_move, out_move):
        """Goods that are meant for a customer are linked by their moves. Core also makes the two
        orders share a reference; a quantity that is raised later on one of them could then join
        the delivery of the other customer."""
        if out_move.sale_line_id and self._is_handed_out(out_move):
            return None
        return super()._action_assign(in_move, out_move)

    def _action_unassign(self, in_move, out_move):
        """What was not shared is not taken away either, unless it was shared before we came."""
        shared = in_move.reference_ids & out_move.reference_ids
        if out_move.sale_line_id and not shared and self._is_handed_out(out_move):
            return None
        return super()._action_unassign(in_move, out_move)

    def _is_handed_out(self, move):
        """A policy hands out the stock that this move takes from."""
        pool = (move.product_id.id, move.location_id.warehouse_id.id)
        return bool(pool[1] and self.env["backorder.policy"]._find({pool}))


class StockMove(models.Model):
    _inherit = "stock.move"

    @api.model
    def search(self, domain, offset=0, limit=None, order=None):
        """Core's reception report looks for its candidates in an order of its own, with no method
        of its own to override; its search is known by the context of the report."""
        moves = super().search(domain, offset=offset, limit=limit, order=order)
        if not self.env.context.get(RANKED) or not (order or "").startswith("reservation_date"):
            return moves
        return self.env["backorder.ahead"]._sort(moves)

from odoo import api, fields, models


class StockBackorderConfirmation(models.TransientModel):
    """Core's dialog asks whether to create a backorder; here it also asks why and until when."""

    _inherit = "stock.backorder.confirmation"

    backorder_for_customer = fields.Boolean(compute="_compute_backorder_for_customer")
    backorder_cause_id = fields.Many2one(
        "backorder.cause",
        string="Why?",
        domain=[("at_shipping", "=", True)],
        help="Optional. Not found and Damaged ask for a count of the goods.",
    )
    backorder_expected_date = fields.Date(
        string="Expected to ship", help="Optional. When the rest can ship."
    )

    @api.depends("pick_ids")
    def _compute_backorder_for_customer(self):
        for wizard in self:
            wizard.backorder_for_customer = any(
                move.sale_line_id and not move._is_incoming() for move in wizard.pick_ids.move_ids
            )

    def _with_backorder_answers(self):
        """The answers travel in the context to the transfers, which create the backorder."""
        return self.with_context(
            backorder_cause_id=self.backorder_cause_id.id,
            backorder_expected_date=fields.Date.to_string(self.backorder_expected_date),
        )

    def process(self):
        return super(StockBackorderConfirmation, self._with_backorder_answers()).process()

    def process_cancel_backorder(self):
        return super(
            StockBackorderConfirmation, self._with_backorder_answers()
        ).process_cancel_backorder()

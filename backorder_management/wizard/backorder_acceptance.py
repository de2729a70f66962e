from odoo import api, fields, models


class BackorderAcceptance(models.TransientModel):
    """What to do with an order that the rules refuse."""

    _name = "backorder.acceptance"
    _description = "Solve a Refused Order"

    order_id = fields.Many2one("sale.order", required=True, readonly=True)
    text = fields.Text(compute="_compute_text")
    reason = fields.Char(string="Accept because")
    may_accept = fields.Boolean(compute="_compute_may_accept")

    @api.depends("order_id")
    def _compute_text(self):
        for wizard in self:
            problems = wizard.order_id._get_acceptance_problems() if wizard.order_id else []
            wizard.text = "\n".join(t for _x, verdict, t in problems if verdict.outcome == "refuse")

    @api.depends_context("uid")
    def _compute_may_accept(self):
        self.may_accept = self.env.user.has_group("sales_team.group_sale_manager")

    def action_reduce(self):
        self.order_id.reduce_to_acceptable()
        return self._open_order()

    def action_accept(self):
        self.order_id.accept_anyway(self.reason)
        self.order_id.action_confirm()
        return self._open_order()

    def _open_order(self):
        return {
            "type": "ir.actions.act_window",
            "res_model": "sale.order",
            "res_id": self.order_id.id,
            "views": [(False, "form")],
        }

"""What a manager accepted although the rules refuse it: those lines, and not more of them."""

from odoo import api, fields, models
from odoo.exceptions import UserError

from ...engine import gate

ACCEPTANCE = (
    "backorder_acceptance_reason",
    "backorder_acceptance_user_id",
    "backorder_accepted",
)


class SaleOrder(models.Model):
    _inherit = "sale.order"

    backorder_acceptance_reason = fields.Char(
        string="Accepted because",
        copy=False,
        readonly=True,
        help="Why a manager accepted more than the rules allow.",
        groups="base.group_user",
    )
    backorder_acceptance_user_id = fields.Many2one(
        "res.users", string="Accepted by", copy=False, readonly=True, groups="base.group_user"
    )
    backorder_accepted = fields.Json(
        copy=False,
        readonly=True,
        groups="base.group_user",
        help="What was accepted: product and quantity in its unit, by order line.",
    )

    @api.model_create_multi
    def create(self, vals_list):
        orders = super().create(vals_list)
        # sudo: who creates it may be a customer; also what comes by default values counts
        if any(order[name] for order in orders.sudo() for name in ACCEPTANCE):
            self._check_may_accept()
        return orders

    def write(self, vals):
        """Whoever may not accept an order says of none that it was accepted, by RPC neither."""
        if any(vals.get(name) for name in ACCEPTANCE):
            self._check_may_accept()
        return super().write(vals)

    @api.model
    def _check_may_accept(self):
        if not (self.env.su or self.env.user.has_group("sales_team.group_sale_manager")):
            raise UserError(self.env._("Only a sales administrator may accept this order."))

    def action_draft(self):
        """What is a quotation again may be changed: it is looked at anew."""
        result = super().action_draft()
        accepted = self.filtered("backorder_acceptance_user_id")
        accepted.write(dict.fromkeys(ACCEPTANCE, False))
        return result

    def accept_anyway(self, reason):
        """Accept more than the rules allow.

        :param reason: why; kept on the order and in its log
        :return: True
        :raise UserError: without a reason, or without the right
        """
        self.check_access("write")
        if not (reason or "").strip():
            raise UserError(self.env._("Say why the order is accepted."))
        self._check_may_accept()
        for order in self:
            order.write(
                {
                    "backorder_acceptance_reason": reason.strip(),
                    "backorder_acceptance_user_id": self.env.uid,
                    "backorder_accepted": {
                        str(x.id): (x.product_id.id, x._get_backorder_need())
                        for x in order.order_line
                        if x._is_checked_before_sale()
                    },
                }
            )
            text = self.env._("Accepted although the rules refuse it: %s")
            order._message_log(body=text % reason.strip())
        return True

    def _get_refused_problems(self):
        """:return: as `_get_acceptance_problems`, of what is refused and no manager accepted"""
        return [
            problem
            for problem in self._get_acceptance_problems()
            if problem[1].outcome == gate.REFUSE and not self._is_accepted(problem[0])
        ]

    def _is_accepted(self, line):
        """Not more than a manager accepted, and of the same."""
        product, quantity = (self.backorder_accepted or {}).get(str(line.id), (0, 0.0))
        return (
            bool(self.backorder_acceptance_user_id)
            and product == line.product_id.id
            and line._get_backorder_need() <= quantity + gate.EPS
        )

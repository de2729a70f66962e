from odoo import api, fields, models
from odoo.exceptions import UserError

from ..models.sale_backorder_line import PRICE_GROUPS


class BackorderAdviceApply(models.TransientModel):
    """Shows what a reordering rule becomes, and what it costs, before it is written."""

    _name = "backorder.advice.apply"
    _description = "Change a Reordering Rule"

    advice_id = fields.Many2one("backorder.advice", required=True, readonly=True)
    product_id = fields.Many2one(related="advice_id.product_id")
    warehouse_id = fields.Many2one(related="advice_id.warehouse_id")
    product_uom_id = fields.Many2one(related="advice_id.product_uom_id")
    currency_id = fields.Many2one(related="advice_id.currency_id")
    has_rule = fields.Boolean(readonly=True)
    old_min = fields.Float(string="Reorder point now", digits="Product Unit", readonly=True)
    old_max = fields.Float(string="Maximum now", digits="Product Unit", readonly=True)
    new_min = fields.Float(
        string="New reorder point",
        digits="Product Unit",
        help="More is ordered when the forecast falls below it.",
    )
    new_max = fields.Float(
        string="New maximum", digits="Product Unit", help="So much is ordered that it is reached."
    )
    trigger = fields.Selection(
        [("auto", "By itself"), ("manual", "By hand, in Replenishment")],
        string="Order",
        default="auto",
        help="Whether the scheduler orders, or a person does.",
    )
    extra_qty = fields.Float(
        string="More in stock", digits="Product Unit", compute="_compute_extra_qty"
    )
    extra_value = fields.Monetary(
        string="It costs",
        compute="_compute_extra_value",
        groups=PRICE_GROUPS,
        help="What is more in stock, at cost.",
    )

    @api.model
    def default_get(self, fields_list):
        vals = super().default_get(fields_list)
        advice = self.env["backorder.advice"].browse(vals.get("advice_id")).exists()
        if not advice:
            raise UserError(self.env._("Open an advice first."))
        self.env["stock.warehouse.orderpoint"].check_access("write")
        orderpoint = advice._find_orderpoint().filtered("active")
        return {
            **vals,
            "has_rule": bool(orderpoint),
            "old_min": orderpoint.product_min_qty,
            "old_max": orderpoint.product_max_qty,
            "new_min": advice.proposed_min,
            "new_max": advice.proposed_max,
        }

    @api.depends("old_min", "new_min")
    def _compute_extra_qty(self):
        for wizard in self:
            wizard.extra_qty = wizard.new_min - wizard.old_min

    @api.depends("extra_qty", "advice_id")
    def _compute_extra_value(self):
        for wizard in self:
            product = wizard.product_id.with_company(wizard.advice_id.company_id)
            wizard.extra_value = wizard.extra_qty * product.standard_price

    def action_apply(self):
        self.ensure_one()
        advice = self.advice_id
        orderpoint = advice._find_orderpoint().filtered("active")
        now = (orderpoint.product_min_qty, orderpoint.product_max_qty)
        if now not in ((self.old_min, self.old_max), (self.new_min, self.new_max)):
            raise UserError(
                self.env._("The rule was changed in the meantime. Open the dialog again.")
            )
        trigger = None if self.has_rule else self.trigger
        changed = advice.apply(self.new_min, self.new_max, trigger)
        text = self.env._("The reordering rule is changed.")
        if not changed:
            text = self.env._("The reordering rule says so already.")
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success" if changed else "warning",
                "message": text,
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }

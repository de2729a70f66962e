"""Moves that send again what a customer did not receive."""

from odoo import fields, models


class StockMove(models.Model):
    _inherit = "stock.move"

    backorder_claim_id = fields.Many2one(
        "backorder.claim", string="Claim", readonly=True, index="btree_not_null"
    )

    def _prepare_procurement_values(self):
        """The steps before this one belong to the same claim."""
        values = super()._prepare_procurement_values()
        if self.backorder_claim_id:
            values["backorder_claim_id"] = self.backorder_claim_id.id
        return values

    def _action_done(self, cancel_backorder=False):
        moves = super()._action_done(cancel_backorder=cancel_backorder)
        # sudo: whoever ships settles the claim
        if claims := moves.sudo().backorder_claim_id:
            claims._settle_sent()
        return moves


class StockRule(models.Model):
    _inherit = "stock.rule"

    def _get_custom_move_fields(self):
        return [*super()._get_custom_move_fields(), "backorder_claim_id"]


class StockPicking(models.Model):
    _inherit = "stock.picking"

    backorder_claim_id = fields.Many2one(
        related="move_ids.backorder_claim_id",
        string="Sends again",
        help="The claim of a customer who did not receive the goods.",
    )

    def _get_backorder_carrier(self):
        """Who carried it. Carriers exist where the delivery module is installed.

        :return: (name of the carrier, tracking reference), empty where there is none
        """
        self.ensure_one()
        if "carrier_tracking_ref" not in self._fields:
            return "", ""
        return self.carrier_id.name or "", self.carrier_tracking_ref or ""

"""What waits for a decision of a colleague, beside the messages."""

from odoo import api, models
from odoo.fields import Domain

from .backorder_cockpit import IS_OPEN

REQUEST = "backorder_management.mail_activity_type_customer_request"


class BackorderCockpit(models.AbstractModel):
    _inherit = "backorder.cockpit"

    @api.model
    def _get_tiles(self, scope):
        """No list holds messages and all the rest: each kind has its number, and its own list."""
        tiles = super()._get_tiles(scope)
        parts = [part for part in self._get_approval_parts(scope) if part["count"]]
        for tile in tiles:
            tile["parts"] = parts if tile["code"] == "to_approve" else []
            if tile["parts"]:
                tile["label"] = self.env._("Messages to approve")
        return tiles

    @api.model
    def _get_approval_parts(self, scope):
        """:return: [dict as of a tile]; other addons add theirs"""
        theirs = Domain("backorder_id", "any", scope)
        proposed = Domain("state", "=", "proposed") & theirs
        to_cancel = scope & IS_OPEN & Domain("to_cancel", "=", True)
        # nobody has dealt with them yet
        alerts = Domain("state", "=", "open") & Domain("rule_id.propose_cancel", "=", True)
        return [
            self._count("requests", self.env._("Customer requests"), self._get_asked(scope)),
            self._count("goodwill", self.env._("Goodwill"), proposed, "backorder.goodwill"),
            self._count("offers", self.env._("Open offers"), proposed, "backorder.offer"),
            self._count("to_cancel", self.env._("To cancel"), to_cancel),
            self._count(
                "alerts", self.env._("To cancel, by alerts"), alerts & theirs, "backorder.alert"
            ),
        ]

    @api.model
    def _get_asked(self, scope):
        """Backorders of which the customer asked something online, and nobody answered yet."""
        kind = self.env.ref(REQUEST, raise_if_not_found=False)
        if not kind:
            return Domain.FALSE
        return scope & Domain("activity_ids", "any", [("activity_type_id", "=", kind.id)])

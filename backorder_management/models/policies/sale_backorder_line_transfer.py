"""Another warehouse has slack: propose a transfer, never take it silently."""

import math

from markupsafe import Markup

from odoo import api, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command

from ..sale_backorder import OPEN_STATES, format_number
from .backorder_demand import EPSILON

# a transfer that may still bring the goods
ON_ITS_WAY = ("draft", "waiting", "confirmed", "assigned")


class SaleBackorderLine(models.Model):
    _inherit = "sale.backorder.line"

    def propose_transfer(self, warehouse_id=None, quantity=None):
        """Draft a transfer of what is short from a warehouse of the company that has it free and
        where nobody waits for it. A draft moves and reserves nothing: the warehouse confirms it.
        Until it is done or cancelled, a second call finds it.

        :param warehouse_id: where from; None: the warehouse with the most
        :param quantity: in the unit of the product; None: what is short, as far as it is there
        :return: the draft transfer
        :raise UserError: when nothing is short, or no other warehouse has any to spare
        :raise AccessError: for who may neither change the order nor plan
        """
        self.ensure_one()
        self._check_may_propose_transfer()
        self.env["backorder.tracker"]._drain()
        # whoever asks at the same time starts again, and finds this draft
        self.env["backorder.pool"].sudo()._lock({(self.product_id.id, self.warehouse_id.id)})
        # sudo: who may change the order may ask the warehouse for goods, who decides; whether
        # there is slack depends on whoever's orders wait there
        item = self.sudo()
        picking = item._find_proposed_transfer() or item._draft_transfer(warehouse_id, quantity)
        return picking.with_env(self.env)

    def _check_may_propose_transfer(self):
        self.check_access("read")
        user, order = self.env.user, self.sale_order_id
        sells = self.env.su or user.has_group("sales_team.group_sale_salesman")
        plans = user.has_group("backorder_management.group_backorder_planner")
        if not (plans or (sells and order.has_access("write"))):
            raise AccessError(
                self.env._(
                    "Only who may change the order, or a planner, proposes a transfer for it."
                )
            )
        if self.state not in OPEN_STATES:
            raise UserError(self.env._("Nothing of it is open any more."))

    def _find_proposed_transfer(self):
        return self.env["stock.picking"].search(
            [
                ("state", "in", ON_ITS_WAY),
                ("company_id", "=", self.company_id.id),
                ("origin", "=", self._get_transfer_origin()),
                ("product_id", "=", self.product_id.id),
            ],
            limit=1,
        )

    def _get_transfer_origin(self):
        """Also says which item, where one product stands on several."""
        origin = f"{self.sale_order_id.name} - {self.backorder_id.name}"
        same = self.backorder_id.line_ids.filtered(lambda x: x.product_id == self.product_id)
        place = sorted(same.ids).index(self.id)
        return f"{origin} ({place + 1})" if place else origin

    def _draft_transfer(self, warehouse_id, quantity):
        spare = self._get_spare_elsewhere()
        if warehouse_id:
            spare = {w: q for w, q in spare.items() if str(w.id) == str(warehouse_id)}
        if not spare:
            raise UserError(
                self.env._(
                    "No other warehouse has %s to spare.",
                    self.product_id.display_name,
                )
            )
        source = max(spare, key=lambda w: (spare[w], -w.id))
        wanted = self._get_quantity_to_transfer(quantity)
        return self._create_transfer(source, min(wanted, spare[source]))

    def _get_quantity_to_transfer(self, quantity):
        if quantity is None:
            if self.qty_short <= EPSILON:
                raise UserError(self.env._("Nothing of it is short."))
            return self.qty_short
        return self._parse_quantity(quantity, self.env._("Propose a quantity above zero."))

    @api.model
    def _parse_quantity(self, quantity, refusal):
        """:param quantity: as programs give it, also as text
        :raise UserError: with the text `refusal`, when it is no number above zero
        """
        try:
            value = float(quantity)
        except (TypeError, ValueError, OverflowError):
            value = math.nan
        if not math.isfinite(value) or value <= EPSILON:
            raise UserError(refusal)
        return value

    def _get_spare_elsewhere(self):
        """Read with all rights, as `propose_transfer` says.

        :return: {other warehouse of the company: free stock beyond what is waited for there}"""
        warehouses = self.env["stock.warehouse"].search(
            [("company_id", "=", self.company_id.id), ("id", "!=", self.warehouse_id.id)]
        )
        product = self.product_id.id
        pools = {(product, w.id) for w in warehouses}
        reader = self.env["backorder.demand"]
        free = reader._read_free({(product, w.lot_stock_id.id) for w in warehouses})
        rows = reader._read_rows(self.env["backorder.policy"]._find_or_default(pools))
        proposed = self._read_proposed(warehouses)
        result = {}
        for warehouse in warehouses:
            waiting = sum(r["need"] - r["held"] for r in rows if r["warehouse_id"] == warehouse.id)
            spare = free.get((product, warehouse.lot_stock_id.id), 0.0) - waiting
            spare -= proposed.get(warehouse, 0.0)
            if spare > EPSILON:
                result[warehouse] = spare
        return result

    def _read_proposed(self, warehouses):
        """:return: {warehouse: what drafts are to take from it}: they reserve nothing yet"""
        moves = self.env["stock.move"].search(
            [
                ("state", "=", "draft"),
                ("product_id", "=", self.product_id.id),
                ("location_id", "in", warehouses.lot_stock_id.ids),
                ("picking_type_id.code", "=", "internal"),
            ]
        )
        groups = moves.grouped(lambda m: m.location_id.warehouse_id)
        return {warehouse: sum(mine.mapped("product_qty")) for warehouse, mine in groups.items()}

    def _create_transfer(self, source, quantity):
        picking = self.env["stock.picking"].create(self._prepare_transfer(source, quantity))
        picking._message_log(body=self._get_asked_text())
        self._log(
            {
                self: self.env._(
                    "Transfer %(name)s proposed: %(quantity)s %(unit)s from %(warehouse)s.",
                    name=picking.name or self.env._("(draft)"),
                    quantity=format_number(quantity),
                    unit=self.product_uom_id.name,
                    warehouse=source.name,
                )
            }
        )
        return picking

    def _prepare_transfer(self, source, quantity):
        places = {
            "location_id": source.lot_stock_id.id,
            "location_dest_id": self.warehouse_id.lot_stock_id.id,
        }
        move = {
            "product_id": self.product_id.id,
            "product_uom_qty": quantity,
            "product_uom": self.product_uom_id.id,
        }
        return {
            "picking_type_id": source.int_type_id.id,
            "origin": self._get_transfer_origin(),
            # on paper, too
            "note": Markup("<p>%s</p>") % self._get_asked_text(),
            # who asks does not move it
            "user_id": False,
            "move_ids": [Command.create({**move, **places})],
            **places,
        }

    def _get_asked_text(self):
        """What the warehouse reads: who asks, and for whom."""
        return self.env._(
            "Proposed by %(user)s for %(customer)s, order %(order)s (%(backorder)s).",
            user=self.env.user.name,
            customer=self.partner_id.display_name,
            order=self.sale_order_id.name,
            backorder=self.backorder_id.name,
        )

    def action_propose_transfer(self):
        """:return: the draft, for who works with transfers; else a word about it: where lots are in
        use, Odoo's form of a transfer asks for rights that salespeople do not have"""
        picking = self.propose_transfer()
        if self.env.user.has_group("stock.group_stock_user"):
            return {
                "type": "ir.actions.act_window",
                "res_model": "stock.picking",
                "res_id": picking.id,
                "view_mode": "form",
            }
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                # sudo: of the transfer he reads what he asked for, and no more
                "message": self._get_proposed_text(picking.sudo()),
                "next": {"type": "ir.actions.act_window_close"},
            },
        }

    def _get_proposed_text(self, picking):
        moves = picking.move_ids.filtered(lambda m: m.product_id == self.product_id)
        return self.env._(
            "Transfer %(name)s was proposed: %(quantity)s %(unit)s from %(warehouse)s. "
            "The warehouse confirms it.",
            name=picking.name,
            quantity=format_number(sum(moves.mapped("product_qty"))),
            unit=self.product_uom_id.name,
            warehouse=picking.picking_type_id.warehouse_id.name,
        )

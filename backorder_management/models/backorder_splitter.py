"""Sets quantities apart in a transfer of their own, for the customer who waits."""

from collections import defaultdict
from datetime import datetime, time

import pytz

from odoo import api, models
from odoo.exceptions import UserError

from ..engine import positions as pos
from .backorder_reader import EPSILON


class BackorderSplitter(models.AbstractModel):
    _name = "backorder.splitter"
    _description = "Backorder Transfer Splitter"

    @api.model
    def _set_apart(self, order, wanted, expected_date):
        """Move quantities to their own transfers, dated on the expected date, unreserved.

        :param wanted: {(sale line, product): quantity in the product's unit}
        """
        outlines = order._get_backorder_outlines([line for line, _product in wanted])
        by_picking = defaultdict(dict)
        for (line, product), quantity in wanted.items():
            roots = outlines[line.id, product.id].roots
            for move, share in self._choose_moves(roots, quantity):
                by_picking[move.picking_id][move] = share
        for picking, shares in by_picking.items():
            self._split(picking, shares, self._get_moment(order, expected_date))

    @api.model
    def _choose_moves(self, roots, quantity):
        """Take from what waits anyway first, then from what is reserved, the latest first. What
        comes straight from a vendor, or is made to order, stays with its supply."""
        movable = [m for m in roots if m.source in (pos.STOCK, pos.UNCOUNTED)]
        moves = self.env["stock.move"].sudo().browse([m.id for m in movable])
        reserved = {m.id: m.reserved for m in movable}
        for move in moves.sorted(lambda m: (reserved[m.id], -m.id)):
            if move.picked or not move.picking_id:
                continue
            share = min(quantity, move.product_qty)
            if share > EPSILON:
                quantity -= share
                yield move, share

    @api.model
    def _split(self, picking, shares, moment):
        """:param shares: {move: quantity in the product's unit}"""
        moves = self.env["stock.move"].concat(*shares)
        if any(m.state in ("done", "cancel") for m in moves):
            raise UserError(self.env._("%s changed meanwhile: try again.", picking.name))
        moves._do_unreserve()
        apart = moves.browse()
        vals_list = []
        for move, share in shares.items():
            if move.product_id.uom_id.compare(share, move.product_qty) >= 0:
                apart |= move
            else:
                vals_list += move._split(share)
        created = moves.create(vals_list)
        # marked before they are confirmed, or core would reserve them at once
        self._date(apart | created, moment)
        created.with_context(backorder_set_apart=True)._action_confirm(
            merge=False, create_proc=False
        )
        apart |= created
        if picking.move_ids.filtered(lambda m: m.state not in ("done", "cancel")) - apart:
            self._give_own_picking(picking, apart)
        self._reserve_rest(moves - apart)

    @api.model
    def _date(self, moves, moment):
        if moment:
            moves.write({"backorder_wait": True, "date": moment})

    @api.model
    def _give_own_picking(self, picking, moves):
        own = picking._create_backorder_picking()
        moves.write({"picking_id": own.id, "picked": False})
        own.message_post(
            body=self.env._("The customer waits for these goods."), subtype_xmlid="mail.mt_note"
        )

    @api.model
    def _reserve_rest(self, moves):
        """What was reserved and stays in its transfer is reserved again."""
        # sudo: reserving reads batches and other things of the warehouse that sellers may not see
        moves = moves.sudo()
        moves.filtered(lambda m: m._should_assign_at_confirm())._action_assign()

    @api.model
    def _get_moment(self, order, day):
        """Noon of that day where the goods are, in UTC."""
        if not day:
            return None
        zone = self.env["backorder.tracker"]._get_timezone(order.warehouse_id, order.company_id)
        noon = zone.localize(datetime.combine(day, time(12)))
        return noon.astimezone(pytz.utc).replace(tzinfo=None)

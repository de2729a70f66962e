"""Prepares and ships what is ready, through core's own transfer methods."""

from collections import defaultdict

from odoo import api, models
from odoo.exceptions import UserError

from ..engine import positions as pos
from .backorder_reader import EPSILON

MAX_STEPS = 6


class BackorderRunner(models.AbstractModel):
    """Works as the calling user: whoever may not process transfers may not fulfil."""

    _name = "backorder.runner"
    _description = "Backorder Runner"

    @api.model
    def _reserve(self, backorders):
        """Reserve for these backorders what is free, as Check availability does."""
        roots = self._get_roots(backorders.line_ids)
        moves = self.env["stock.move"].browse([m.id for m in roots if m.unreserved > EPSILON])
        if moves:
            moves._action_assign()
            self.env.flush_all()

    @api.model
    def _get_roots(self, lines):
        # sudo: only to find the moves; they are changed as the user
        outlines = self.env["backorder.reader"].sudo()._read_outlines(lines.sale_line_id.ids)
        keys = {(x.sale_line_id.id, x.product_id.id) for x in lines}
        return [
            m
            for key in keys & outlines.keys()
            for m in outlines[key].roots
            if m.source != pos.DIRECT
        ]

    @api.model
    def _prepare(self, wanted, chosen):
        """Fill the transfers. What was chosen by quantity is marked as picked, so that validating
        the transfer ships just that; else the transfer ships all that is reserved.

        :param wanted: {backorder line: quantity}
        """
        pickings = self.env["stock.picking"]
        for line, quantity in wanted.items():
            for move, share in self._share_out(line, quantity):
                if chosen:
                    self._set_picked(move, share)
                pickings |= move.picking_id
        pickings._join_ready_shipments()
        return pickings

    @api.model
    def _ship(self, wanted):
        """Process the transfers step by step until the goods reach the customer."""
        remaining, shipped = dict(wanted), self.env["stock.picking"]
        for _step in range(MAX_STEPS):
            shares = [
                (move, share, line)
                for line, quantity in remaining.items()
                for move, share in self._share_out(line, quantity)
            ]
            if not shares:
                break
            pickings = self._process(shares)
            shipped |= pickings
            for move, share, line in shares:
                if move._is_outgoing():
                    remaining[line] -= share
            remaining = {x: q for x, q in remaining.items() if q > EPSILON}
            if not remaining:
                break
        return shipped

    @api.model
    def _process(self, shares):
        """Validate the transfers of one step; what is not chosen stays in a backorder transfer."""
        by_move = defaultdict(float)
        for move, share, _line in shares:
            by_move[move] += share
        moves = self.env["stock.move"].concat(*by_move)
        pickings, kinds = moves.picking_id, moves.grouped("picking_type_id")
        # what is furthest on its way first, and each step by itself: what a step makes available
        # must not join a transfer, or a batch, that is being validated
        for kind in sorted(kinds, key=self._get_distance):
            self._validate_step({move: by_move[move] for move in kinds[kind]})
        return pickings

    @api.model
    def _get_distance(self, kind):
        """:return: sorts operation types, that of the delivery to the customer first"""
        return kind.code != "outgoing", kind == kind.warehouse_id.pick_type_id

    @api.model
    def _validate_step(self, by_move):
        """:param by_move: {move: quantity in the product's unit}, of one operation type"""
        for move, share in by_move.items():
            self._set_picked(move, share)
        moves = self.env["stock.move"].concat(*by_move)
        pickings = moves.picking_id
        others = pickings.move_ids.filtered(lambda m: m.state not in ("done", "cancel"))
        (others - moves).picked = False
        result = pickings.with_context(skip_backorder=True, skip_sms=True).button_validate()
        if isinstance(result, dict) and result.get("res_model"):
            names = ", ".join(pickings.mapped("name"))
            raise UserError(self.env._("%s needs an answer: validate it in Inventory.", names))

    @api.model
    def _set_picked(self, move, share):
        """:param share: in the product's unit"""
        quantity = move.product_id.uom_id._compute_quantity(
            share, move.product_uom, rounding_method="HALF-UP"
        )
        if move.product_uom.compare(move.quantity, quantity):
            move.quantity = quantity
        move.write({"picked": True, "backorder_prepared": True})

    @api.model
    def _share_out(self, line, quantity):
        """:return: list of (move, quantity in the product's unit) that holds reserved goods now;
        goods that are furthest on their way to the customer come first"""
        moves = self._get_holding_moves(line)
        shares = []
        for move in moves:
            held = min(move.product_qty, self._get_held(move))
            share = min(quantity, held)
            if share > EPSILON:
                shares.append((move, share))
                quantity -= share
        return shares

    @api.model
    def _get_held(self, move):
        if not move.product_id.is_storable:
            return move.product_qty
        return move.product_uom._compute_quantity(
            move.quantity, move.product_id.uom_id, rounding_method="HALF-UP"
        )

    @api.model
    def _get_holding_moves(self, line):
        moves = line.sale_line_id.move_ids.filtered(
            lambda m: (
                m.product_id == line.product_id
                and m.state in ("assigned", "partially_available", "confirmed")
                and m.location_id.usage == "internal"
                and not m._is_incoming()
                and m.picking_id
            )
        )
        return moves.sorted(lambda m: (not m._is_outgoing(), m.id))

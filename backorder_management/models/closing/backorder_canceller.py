"""Ends demand along the whole chain of its moves: pick, pack and ship, whatever is not done."""

from collections import defaultdict

from odoo import api, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from ...engine.cancelling import plan_cancel
from ..backorder_reader import EPSILON, OPEN_MOVES
from ..sale_backorder import format_number

MOST_SERVED = 200  # moves that one cancellation offers its goods to


class BackorderCanceller(models.AbstractModel):
    """Runs with sudo: a salesperson who may change an order may end what it asks the warehouse."""

    _name = "backorder.canceller"
    _description = "Backorder Canceller"

    @api.model
    def _cancel(self, wanted):
        """:param wanted: {backorder line: quantity in the product's unit}
        :raise UserError: some of it is picked; nothing is written then
        """
        plan = self._plan(wanted)
        moves = self.env["stock.move"].browse(plan)
        left, supply = self._get_left_behind(moves), self._get_supply(moves)
        freed = {m: q for m in moves if (q := m._get_freed(plan[m.id])) > EPSILON}
        ended = self._cut(plan)
        ended._action_cancel()
        self._hand_on(freed)
        self._tell_warehouse(left, plan)
        self._tell_buyers(supply, plan)

    @api.model
    def _plan(self, wanted):
        """:return: {move id: quantity in the product's unit}"""
        by_key = defaultdict(list)
        for move in self.env["backorder.reader"]._read_moves(
            {x.sale_line_id.id for x in wanted if x.sale_line_id}
        ):
            by_key[move.line, move.product].append(move)
        ids = [m.id for moves in by_key.values() for m in moves if not m.done]
        picked = set(self.env["stock.move"].browse(ids).filtered("picked").ids)
        plan, problems = {}, []
        for line, quantity in wanted.items():
            moves = by_key[line.sale_line_id.id, line.product_id.id]
            found, rest = plan_cancel(moves, quantity, picked)
            plan.update(found)
            if rest > EPSILON:
                problems.append(self._get_picked_text(line, rest))
        if problems:
            raise UserError("\n".join(problems))
        return plan

    @api.model
    def _get_picked_text(self, line, rest):
        return self.env._(
            "%(order)s: %(quantity)s %(unit)s %(product)s are picked already. Ask the warehouse to "
            "put them back first, or let them ship.",
            order=line.sale_order_id.name,
            quantity=format_number(rest),
            unit=line.product_uom_id.name,
            product=line.product_id.display_name,
        )

    @api.model
    def _cut(self, plan):
        """Moves that end in part are split. -> the moves to cancel"""
        whole, vals_list = self.env["stock.move"], []
        for move in whole.browse(plan):
            share, unit = plan[move.id], move.product_id.uom_id
            if unit.compare(share, move.product_qty) >= 0:
                whole |= move
                continue
            rest = unit._compute_quantity(move.product_qty - share, move.product_uom, round=False)
            if move.product_uom.compare(move.quantity, rest) > 0:
                move.quantity = rest
            vals_list += move._split(share)
        return whole | whole.create(vals_list)

    @api.model
    def _hand_on(self, freed):
        """What was reserved for these is offered to whoever waits there. Where a policy is active
        the flow does that when it has settled; elsewhere core would wait for its scheduler.

        :param freed: {move that ended, or became less: quantity in the product's unit}
        """
        moves = self.env["stock.move"].concat(*freed)
        pools = {(m.product_id.id, m.location_id.warehouse_id.id) for m in moves}
        policy = self.env["backorder.policy"]
        managed = policy._find(pools) if pools and policy._is_used() else {}
        rest = moves.filtered(
            lambda m: (m.product_id.id, m.location_id.warehouse_id.id) not in managed
        )
        for (company, product), group in rest.grouped(
            lambda m: (m.company_id, m.product_id)
        ).items():
            domain = Domain(self.env["stock.rule"]._get_moves_to_assign_domain(company.id))
            domain &= Domain("product_id", "=", product.id)
            domain &= Domain("location_id", "parent_of", group.location_id.ids) | Domain(
                "location_id", "child_of", group.location_id.ids
            )
            self._serve_first(domain, sum(freed[m] for m in group))

    @api.model
    def _serve_first(self, domain, quantity):
        """The first in core's order, as many as the quantity reaches: not all who wait."""
        waiting = self.env["stock.move"].search(
            domain, order="priority desc, date, id", limit=MOST_SERVED
        )
        served = waiting.browse()
        for move in waiting:
            if quantity <= EPSILON:
                break
            served |= move
            quantity -= move.product_qty * (1 - move.quantity / move.product_uom_qty)
        served._action_assign()

    # === BEFORE === #

    @api.model
    def _foresee(self, wanted):
        """What cancelling would do, in sentences. Writes nothing."""
        wanted = {x: q for x, q in wanted.items() if q > 0}
        if not wanted:
            return []
        try:
            plan = self._plan(wanted)
        except UserError as error:
            return [str(error)]
        moves = self.env["stock.move"].browse(plan)
        texts = [self._get_release_text(moves, plan)]
        if left := self._get_left_behind(moves):
            places = ", ".join(left.location_id.mapped("display_name"))
            texts.append(
                self.env._("The warehouse is told what lies at %s and can go back.", places)
            )
        sources = {
            source.display_name
            for brings, _ended in self._get_supply(moves)
            if (source := brings._get_backorder_source())
        }
        if sources:
            names = ", ".join(sorted(sources))
            texts.append(self.env._("Whoever is responsible for %s is told.", names))
        texts += self.env["backorder.crediting"]._foresee(wanted)
        texts.append(self.env._("This cannot be taken back: a new order would be needed."))
        return texts

    @api.model
    def _get_release_text(self, moves, plan):
        names = ", ".join(moves.picking_id.sorted("id").mapped("name"))
        if any(m._get_freed(plan[m.id]) > EPSILON for m in moves):
            return self.env._(
                "%(transfers)s: lowered or cancelled. What is reserved goes to whoever is next.",
                transfers=names,
            )
        return self.env._("%s: lowered or cancelled.", names)

    # === WHO HAS TO KNOW === #

    @api.model
    def _get_left_behind(self, moves):
        """Moves of goods that were brought to the dock for this customer already."""
        return moves.filtered(lambda m: any(o.state == "done" for o in m.move_orig_ids))

    @api.model
    def _tell_warehouse(self, moves, plan):
        for move in moves:
            move.picking_id._message_log(
                body=self.env._(
                    "Cancelled by the customer: %(quantity)s %(unit)s %(product)s. What of it lies "
                    "at %(place)s can be put back.",
                    quantity=format_number(plan[move.id]),
                    unit=move.product_id.uom_id.name,
                    product=move.product_id.display_name,
                    place=move.location_id.display_name,
                )
            )

    @api.model
    def _get_supply(self, moves):
        """What was bought or made for these moves only.

        :return: [(move that brings it, move that ends)]
        """
        found, seen = [], moves
        level = [(o, m) for m in moves for o in m.move_orig_ids - moves]
        while level:
            seen |= moves.concat(*(o for o, _m in level))
            found += [
                (o, m)
                for o, m in level
                if o.state in OPEN_MOVES and o.location_id.usage in ("supplier", "production")
            ]
            level = [(o, m) for before, m in level for o in before.move_orig_ids - seen]
        found += [(m, m) for m in moves if m.location_id.usage == "supplier"]
        return found

    @api.model
    def _tell_buyers(self, supply, plan):
        """The documents behind: an activity for whoever is responsible for them."""
        for brings, ended in supply:
            document = brings._get_backorder_source()
            if not document or not hasattr(document, "activity_schedule"):
                continue
            document.activity_schedule(
                "mail.mail_activity_data_warning",
                user_id=(document.user_id or ended.sale_line_id.order_id.user_id).id
                or self.env.uid,
                summary=self.env._("Not needed any more"),
                note=self.env._(
                    "%(quantity)s %(unit)s %(product)s of this were for %(order)s, where they were "
                    "cancelled. Cancel or lower it, or keep the goods for stock.",
                    quantity=format_number(plan[ended.id]),
                    unit=ended.product_id.uom_id.name,
                    product=ended.product_id.display_name,
                    order=ended.sale_line_id.order_id.name,
                ),
            )


class StockMove(models.Model):
    _inherit = "stock.move"

    def _get_freed(self, share):
        """:return: what of it would be reserved no more if it gave up this share; all in the
        product's unit"""
        self.ensure_one()
        unit = self.product_id.uom_id
        reserved = self.product_uom._compute_quantity(self.quantity, unit, round=False)
        return max(0.0, reserved - (self.product_qty - share))

    def _get_backorder_source(self):
        """:return: the purchase or production that this move belongs to, where that is known"""
        self.ensure_one()
        if "purchase_line_id" in self._fields and self.purchase_line_id:
            return self.purchase_line_id.order_id
        if "production_id" in self._fields and self.production_id:
            return self.production_id
        return None

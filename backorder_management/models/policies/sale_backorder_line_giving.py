"""What a planner decides by hand: pin, give stock now, borrow."""

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import format_date

from ...engine.giving import give
from ...engine.policies import rank
from ..sale_backorder import OPEN_STATES, format_number
from .backorder_demand import EPSILON


class SaleBackorderLine(models.Model):
    _inherit = "sale.backorder.line"

    may_borrow = fields.Boolean(compute="_compute_may_borrow")

    # === PIN === #

    def action_pin(self):
        """No run touches these items any more: they keep what they have and get nothing more."""
        self._set_pinned(True, self.env._("Pinned: no run touches it."))
        return True

    def action_unpin(self):
        self._set_pinned(False, self.env._("Not pinned any more."))
        self.env["backorder.allocator"]._touch_moves(self.sudo().sale_line_id.move_ids)
        return True

    def _set_pinned(self, pinned, text):
        self._check_planner()
        changed = self.filtered(lambda x: x.pinned != pinned)
        # sudo: the ledger is closed to editing, the right was checked above
        changed.sudo().write({"pinned": pinned})
        changed._log({line: text for line in changed})

    # === GIVE NOW === #

    def give_now(self, quantity=None, donor_line_ids=None):
        """Reserve stock for this item at once, whoever is before it: what is free, then what
        others hold, the last in rank first. Never what is picked or pinned.

        :param quantity: in the unit of the product; None: all that is short
        :param donor_line_ids: order lines that give; None: everybody, an empty list: nobody
        :return: dict ``{"given", "free", "taken": [{"order", "sale_line_id", "quantity"}]}``
        :raise UserError: when nothing can be given
        """
        self.ensure_one()
        self._check_planner()
        self.env["backorder.tracker"]._drain()
        with self.env["backorder.tracker"]._flow():
            gifts, snapshot = self._find_gifts(quantity, donor_line_ids)
            if not any(gift.total for gift in gifts.values()):
                raise UserError(self._get_nothing_text())
            taken = self._apply_gifts(gifts, snapshot)
        return {
            "given": round(sum(g.total for g in gifts.values()), 6),
            "free": round(sum(g.free for g in gifts.values()), 6),
            "taken": taken,
        }

    def _find_gifts(self, quantity, donor_line_ids=None):
        """:return: ({engine Demand of this item: Gift}, Snapshot), with the pools locked"""
        self.ensure_one()
        allocator = self.env["backorder.allocator"]
        moves = allocator._get_managed(self.sudo().sale_line_id.move_ids).filtered(
            lambda m: m.product_id == self.product_id
        )
        pools = {allocator._get_pool(m) for m in moves}
        policies = self.env["backorder.policy"]._find_or_default(pools)
        snapshot = self.env["backorder.demand"].sudo()._read(policies, moves.ids, held=True)
        self.env["backorder.pool"].sudo()._lock(pools)
        rest = self.qty_outstanding_last if quantity is None else quantity
        rest = self._parse_quantity(rest, self.env._("Give a quantity above zero."))
        gifts = {}
        for pool in snapshot.pools:
            ranked = rank(pool.demands, pool.policy)
            donors = self._get_donors(pool, snapshot, donor_line_ids)
            for demand in [d for d in ranked if d.id in moves.ids]:
                gift = give(demand, ranked, pool.supply, rest, donors)
                rest -= gift.total
                gifts[demand.id] = gift
        return gifts, snapshot

    def _get_donors(self, pool, snapshot, donor_line_ids):
        mine = self.sale_line_id.id
        if donor_line_ids is not None:
            donor_line_ids = {int(i) for i in donor_line_ids}
        return {
            d.id
            for d in pool.demands
            if d.line != mine and (donor_line_ids is None or d.line in donor_line_ids)
        }

    def _apply_gifts(self, gifts, snapshot):
        """Write the gifts and the notes about them.

        :return: list of ``{"order", "sale_line_id", "quantity"}``, who gave
        """
        allocator = self.env["backorder.allocator"]
        less = {}
        for gift in gifts.values():
            for donor, quantity in gift.takes.items():
                less[donor] = less.get(donor, 0.0) + quantity
        allocator._release(less)
        allocator._reserve({move: g.total for move, g in gifts.items() if g.total > EPSILON})
        # whoever gave does not take it back in the same moment
        self.env["backorder.tracker"]._queue().apart.update(less)
        return self._log_gifts(gifts, less, snapshot)

    def _log_gifts(self, gifts, less, snapshot):
        """Both sides can read it: on the item that got stock, on the transfers that gave it."""
        moves = self.env["stock.move"].sudo().browse(less)
        taken, notes = [], {}
        for move in moves:
            order = move.sale_line_id.order_id
            name = order.name or move.picking_id.name or move.reference
            quantity = less[move.id]
            taken.append(
                {"order": name, "sale_line_id": move.sale_line_id.id, "quantity": quantity}
            )
            notes.setdefault(move.picking_id.id, []).append(
                self.env._(
                    "%(product)s: gave %(quantity)s %(unit)s to %(order)s.",
                    product=self.product_id.display_name,
                    quantity=format_number(quantity),
                    unit=self.product_uom_id.name,
                    order=self.sale_order_id.name,
                )
            )
        notes.pop(False, None)
        bodies = {picking: " ".join(texts) for picking, texts in notes.items()}
        self.env["stock.picking"].sudo().browse(bodies)._message_log_batch(bodies)
        self._log({self: self._get_given_text(gifts, taken)})
        return taken

    def _get_given_text(self, gifts, taken):
        text = self.env._(
            "Given by hand: %(quantity)s %(unit)s.",
            quantity=format_number(sum(g.total for g in gifts.values())),
            unit=self.product_uom_id.name,
        )
        names = ", ".join(t["order"] for t in taken)
        return f"{text} {self.env._('Taken from %s.', names)}" if names else text

    def _get_nothing_text(self):
        return self.env._(
            "There is nothing to give: no %s is free, and what others hold is picked or pinned.",
            self.product_id.display_name,
        )

    # === BORROW === #

    def borrow(self, quantity=None):
        """Reserve stock that a later order holds, when goods on their way come before that order
        needs them. The lender gets them first.

        :return: as :meth:`give_now`, with ``repay_date`` for each lender
        """
        self.ensure_one()
        self._check_planner()
        self.env["backorder.tracker"]._drain()
        rest = self._get_to_borrow(quantity)
        loans = self.env["backorder.loan"].sudo()
        with self.env["backorder.tracker"]._flow():
            lenders = loans._find_lenders(self)
            result = self._borrow_from(lenders, rest)
            if result["given"] <= EPSILON:
                raise UserError(
                    self.env._(
                        "Nobody can lend %s: no later order holds it that goods on their way would "
                        "reach in time.",
                        self.product_id.display_name,
                    )
                )
        for taken in result["taken"]:
            taken["repay_date"] = fields.Date.to_string(lenders[taken["sale_line_id"]][1])
        return result

    def _get_to_borrow(self, quantity):
        """:return: how much of `quantity` it lacks, or all that it lacks
        :raise UserError: when it lacks nothing, or may not borrow
        """
        if not self.company_id.backorder_borrowing:
            raise UserError(
                self.env._("Borrowing is switched off: an administrator allows it in the settings.")
            )
        if quantity is not None:
            refusal = self.env._("Borrow a quantity above zero.")
            quantity = self._parse_quantity(quantity, refusal)
        if self.qty_short <= EPSILON:
            raise UserError(
                self.env._(
                    "Nothing of %s is short here: there is nothing to borrow.",
                    self.product_id.display_name,
                )
            )
        if not self._has_policy():
            raise UserError(
                self.env._(
                    "Borrowing %(product)s needs an active allocation policy in %(warehouse)s, "
                    "which gives it back to the lender first.",
                    product=self.product_id.display_name,
                    warehouse=self.warehouse_id.name,
                )
            )
        return self.qty_short if quantity is None else min(quantity, self.qty_short)

    @api.depends("company_id", "product_id", "warehouse_id")
    def _compute_may_borrow(self):
        for line in self:
            line.may_borrow = line.company_id.backorder_borrowing and line._has_policy()

    def _has_policy(self):
        """Somebody has to see to it that what is borrowed goes back."""
        if not self.product_id or not self.warehouse_id:
            return False
        pool = (self.product_id.id, self.warehouse_id.id)
        return pool in self.env["backorder.policy"]._find({pool})

    def _borrow_from(self, lenders, rest):
        """:param rest: quantity that it lacks, in the unit of the product"""
        taken, free = [], 0.0
        for line_id, (can_lend, _date) in lenders.items():
            if rest <= EPSILON:
                break
            gifts, snapshot = self._find_gifts(min(rest, can_lend), [line_id])
            taken += self._apply_gifts(gifts, snapshot)
            free += sum(g.free for g in gifts.values())
            rest -= sum(g.total for g in gifts.values())
        self.env["backorder.loan"].sudo()._record(self, taken, lenders)
        given = free + sum(t["quantity"] for t in taken)
        return {"given": round(given, 6), "free": round(free, 6), "taken": taken}

    # === BUTTONS === #

    def action_give_now(self):
        self.ensure_one()
        self._check_planner()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "backorder_management.backorder_give_action"
        )
        return {**action, "context": {"default_line_id": self.id}}

    def action_borrow(self):
        result = self.borrow()
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "message": self._get_borrowed_text(result),
                "next": {"type": "ir.actions.act_window_close"},
            },
        }

    def _get_borrowed_text(self, result):
        """Whom it borrowed from, and what was free anyway."""
        names = ", ".join(
            self.env._(
                "%(order)s (back on %(date)s)",
                order=t["order"],
                date=format_date(self.env, t["repay_date"]),
            )
            for t in result["taken"]
        )
        quantity = format_number(sum(t["quantity"] for t in result["taken"]))
        free = self.env._("Reserved %s that nobody held.", format_number(result["free"]))
        if not names:
            return free
        text = self.env._("Borrowed %(quantity)s from %(names)s.", quantity=quantity, names=names)
        return f"{text} {free}" if result["free"] > EPSILON else text

    # === GUARDS === #

    def _check_planner(self):
        self.check_access("read")
        if not self.env.user.has_group("backorder_management.group_backorder_planner"):
            raise AccessError(self.env._("Only a planner may decide by hand who gets the stock."))
        if self.filtered(lambda x: x.state not in OPEN_STATES):
            raise UserError(self.env._("Nothing of it is open any more."))

    @api.model
    def _log(self, notes):
        """:param notes: {item: sentence}, as notes on their backorders, in one batch"""
        bodies = {}
        for line, text in notes.items():
            body = f"{line.product_id.display_name}: {text}"
            record = line.backorder_id
            bodies[record.id] = f"{bodies[record.id]} {body}" if record.id in bodies else body
        if bodies:
            # sudo: a planner may give stock of an order that he cannot edit
            self.env["sale.backorder"].sudo().browse(bodies)._message_log_batch(bodies)

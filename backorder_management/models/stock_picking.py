from odoo import api, fields, models
from odoo.fields import Domain

from .backorder_tracker import settles
from .sale_backorder import OPEN_STATES


class StockPicking(models.Model):
    _inherit = "stock.picking"

    backorder_record_ids = fields.Many2many(
        "sale.backorder",
        string="Backorders",
        compute="_compute_backorder_record_ids",
        search="_search_backorder_record_ids",
        help="Open backorders that this transfer serves.",
    )
    backorder_record_count = fields.Integer(compute="_compute_backorder_record_ids")
    backorder_is_ready = fields.Boolean(
        compute="_compute_backorder_is_ready", search="_search_backorder_is_ready"
    )

    @api.depends("move_ids.sale_line_id")
    def _compute_backorder_record_ids(self):
        """Order lines link a transfer to a backorder. A done one keeps those that it served."""
        lines = self.env["sale.backorder.line"].search(
            [("sale_line_id", "in", self.move_ids.sale_line_id.ids)]
        )
        for picking in self:
            mine = lines.filtered(
                lambda x, picking=picking: (
                    x.sale_line_id in picking.move_ids.sale_line_id
                    and x.product_id in picking.move_ids.product_id
                    and picking._may_serve(x)
                )
            )
            picking.backorder_record_ids = mine.backorder_id
            picking.backorder_record_count = len(mine.backorder_id)

    def _may_serve(self, line):
        if self.state != "done":
            return line.state in OPEN_STATES
        done = self.date_done
        return (
            bool(done)
            and line.date_open <= done
            and (not line.date_closed or done <= line.date_closed)
        )

    def _search_backorder_record_ids(self, operator, value):
        if operator not in ("in", "any"):
            return NotImplemented
        lines = Domain("move_ids.sale_line_id.backorder_line_ids.state", "in", OPEN_STATES)
        is_open = Domain("state", "in", ("waiting", "confirmed", "assigned", "draft"))
        if operator == "any":
            return is_open & Domain(
                "move_ids.sale_line_id.backorder_line_ids.backorder_id", "any", value
            )
        ids = [i for i in value if i]
        result = Domain.FALSE
        if ids:
            result |= Domain("move_ids.sale_line_id.backorder_line_ids.backorder_id", "in", ids)
        if False in value:
            result |= ~(lines & is_open)
        return result

    def _get_ready_line_domain(self):
        return Domain(
            "move_ids.sale_line_id.backorder_line_ids",
            "any",
            [
                ("state", "=", "ready"),
                ("check_stock", "=", False),
                ("backorder_id.state", "=", "ready"),
            ],
        )

    def _search_backorder_is_ready(self, operator, value):
        if operator != "in":
            return NotImplemented
        ready = self._get_ready_line_domain() & Domain(
            "move_ids.state", "in", ("assigned", "partially_available")
        )
        return ready if True in value else ~ready

    def _compute_backorder_is_ready(self):
        ready = self.search([("id", "in", self.ids), ("backorder_is_ready", "=", True)])
        for picking in self:
            picking.backorder_is_ready = picking in ready

    def write(self, vals):
        result = super().write(vals)
        if "priority" in vals:
            self.env["backorder.allocator"]._touch_moves(self.move_ids)
        return result

    def do_unreserve(self):
        """What a person frees is for others: these take part again in the next run."""
        tracker = self.env["backorder.tracker"]
        with tracker._flow():
            tracker._queue().apart.update(self.move_ids.ids)
            return super().do_unreserve()

    @settles()
    def button_validate(self):
        return super().button_validate()

    @settles()
    def action_split_transfer(self):
        return super().action_split_transfer()

    def _action_done(self):
        origin = "delivery" if self.move_ids.sale_line_id else None
        with self.env["backorder.tracker"]._flow(origin, "no_backorder"):
            return super()._action_done()

    def _create_backorder(self, backorder_moves=None):
        """When a transfer for a customer shipped short, what remains is a backorder. A split, or a
        transfer of which nothing shipped, is not."""
        tracker = self.env["backorder.tracker"]
        with tracker._flow(origin="delivery"):
            remaining = super()._create_backorder(backorder_moves=backorder_moves)
            if backorder_moves is None:
                remaining._mark_shipped_short()
        return remaining

    def _mark_shipped_short(self):
        shipped = self.filtered(
            lambda p: any(m.state == "done" and m.quantity for m in p.backorder_id.move_ids)
        )
        moves = shipped.move_ids.filtered(
            lambda m: (
                m.sale_line_id
                and m.state not in ("done", "cancel")
                and (m._is_outgoing() or not m._is_incoming())
            )
        )
        if not moves:
            return
        # sudo: the mark is ours, whoever ships may not have the right to edit order lines' moves
        moves.sudo().write({"backorder_short": True})
        queue = self.env["backorder.tracker"]._queue()
        queue.lines.update(moves.sale_line_id.ids)
        queue.short.update(moves.sale_line_id.ids)
        chosen = any(shipped.backorder_id.move_ids.mapped("backorder_prepared"))
        queue.undoubted = queue.undoubted or chosen
        queue.given.update(self._get_backorder_answers())

    def _get_backorder_answers(self):
        """What was answered in the dialog that asks whether to create a backorder."""
        context = self.env.context
        answers = {
            "cause_id": context.get("backorder_cause_id"),
            "expected_date": fields.Date.to_date(context.get("backorder_expected_date")),
        }
        return {key: value for key, value in answers.items() if value}

    def action_view_backorder_records(self):
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "backorder_management.sale_backorder_action"
        )
        backorders = self.backorder_record_ids
        if len(backorders) == 1:
            return {**action, "views": [(False, "form")], "res_id": backorders.id, "context": {}}
        return {**action, "domain": [("id", "in", backorders.ids)], "context": {}}

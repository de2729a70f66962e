"""Where purchases that are kept for customers meet what the base addon does."""

from odoo import api, fields, models

from odoo.addons.backorder_management.models.backorder_reader import OPEN_MOVES
from odoo.addons.backorder_management.models.policies.backorder_demand import EPSILON
from odoo.addons.backorder_management.models.sale_backorder import OPEN_STATES, format_number


class BackorderSupply(models.AbstractModel):
    _inherit = "backorder.supply"

    @api.model
    def _read_kept(self, move_ids):
        pins = self.env["backorder.purchase.pin"].sudo()
        return pins._read_kept(move_ids) if move_ids and pins._is_used() else {}


class BackorderDemand(models.AbstractModel):
    _inherit = "backorder.demand"

    @api.model
    def _read_untouchable(self, rows):
        result = super()._read_untouchable(rows)
        pins = self.env["backorder.purchase.pin"].sudo()
        held = pins._read_held({r["item_id"] for r in rows} - {None}) if pins._is_used() else {}
        for row in rows:
            quantity = min(row["held"], held.get(row["item_id"], 0.0))
            if quantity > EPSILON:
                held[row["item_id"]] -= quantity
                result[row["id"]] = result.get(row["id"], 0.0) + quantity
        return result


class SaleBackorderLine(models.Model):
    _inherit = "sale.backorder.line"
    _rec_names_search = ["backorder_id", "partner_id"]

    purchase_pin_ids = fields.One2many(
        "backorder.purchase.pin", "line_id", string="Kept of purchases"
    )

    @api.depends("partner_id", "qty_short")
    @api.depends_context("backorder_keep_for")
    def _compute_display_name(self):
        """Who chooses whom to keep goods for knows the product, and wants the customer."""
        if not self.env.context.get("backorder_keep_for"):
            return super()._compute_display_name()
        for line in self:
            line.display_name = self.env._(
                "%(backorder)s - %(customer)s: %(quantity)s short",
                backorder=line.backorder_id.name,
                customer=line.partner_id.display_name,
                quantity=format_number(line.qty_short),
            )

    def write(self, vals):
        result = super().write(vals)
        if vals.get("state", "open") not in OPEN_STATES:
            # sudo: whatever ends an item ends what was kept for it
            self.sudo().purchase_pin_ids._end_if_over()
        return result

    def _get_moves_to_keep_for(self):
        """Demand of this item that takes from stock and lacks something."""
        moves = self.sale_line_id.move_ids.filtered(lambda m: m.product_id == self.product_id)
        return self.env["backorder.allocator"]._get_managed(moves)


class PurchaseOrderLine(models.Model):
    _inherit = "purchase.order.line"

    backorder_pin_ids = fields.One2many(
        "backorder.purchase.pin", "purchase_line_id", string="Kept for customers"
    )

    def _get_qty_to_keep(self):
        """:return: what is on its way to the stock, or lies at the dock; in the product's unit"""
        moves = self.move_ids
        seen = supply = moves.browse()
        while moves:
            seen |= moves
            supply |= moves.filtered(
                lambda m: (
                    m.state in OPEN_MOVES
                    and m.product_id == self.product_id
                    and m.location_dest_id.usage == "internal"
                    and not m.sale_line_id
                    # a later leg brings nothing beside what the earlier one brings
                    and not any(o.state in OPEN_MOVES for o in m.move_orig_ids)
                )
            )
            moves = moves.move_dest_ids - seen
        return sum(supply.mapped("product_qty"))


class PurchaseOrder(models.Model):
    _inherit = "purchase.order"

    backorder_pin_count = fields.Integer(
        string="Kept for customers", compute="_compute_backorder_pin_count"
    )

    def _compute_backorder_pin_count(self):
        groups = self.env["backorder.purchase.pin"]._read_group(
            [("purchase_id", "in", self.ids), ("state", "=", "open")], ["purchase_id"], ["__count"]
        )
        counts = dict(groups)
        for order in self:
            order.backorder_pin_count = counts.get(order, 0)

    def button_cancel(self):
        result = super().button_cancel()
        # sudo: whoever cancels may not be allowed to decide who gets what
        self.sudo().order_line.backorder_pin_ids._end_if_over()
        return result

    def action_view_backorder_pins(self):
        """Whom this purchase is kept for, to read and to change."""
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "backorder_management_purchase.backorder_purchase_pin_action"
        )
        lines = self.order_line.filtered("product_id")
        return {
            **action,
            "domain": [("purchase_id", "in", self.ids)],
            "context": {
                "search_default_open": 1,
                "backorder_purchase_ids": self.ids,
                **({"default_purchase_line_id": lines.id} if len(lines) == 1 else {}),
            },
        }


class StockMove(models.Model):
    _inherit = "stock.move"

    def _trigger_assign(self):
        """Goods that came in go first to whom they are kept for."""
        # sudo: whoever receives need not see sales or purchases
        self.env["backorder.purchase.pin"].sudo()._serve(self.sudo())
        return super()._trigger_assign()

    def _get_backorder_purchase_lines(self):
        """:return: purchase lines that these goods came from, also through the dock"""
        lines, seen, moves = self.purchase_line_id, self, self
        while moves:
            moves = moves.move_orig_ids - seen
            seen |= moves
            lines |= moves.purchase_line_id
        return lines

    def _get_reserved(self):
        """:return: quantity in the unit of the product"""
        return sum(
            m.product_uom._compute_quantity(m.quantity, m.product_id.uom_id, round=False)
            for m in self
        )


class BackorderTracker(models.AbstractModel):
    _inherit = "backorder.tracker"

    @api.model
    def _cron_refresh(self):
        result = super()._cron_refresh()
        pins = self.env["backorder.purchase.pin"].sudo()
        pins.search([("state", "=", "open")])._end_if_over()
        return result

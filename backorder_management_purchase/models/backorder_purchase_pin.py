"""Whom goods on their way are kept for: a part of a purchase, before the rank of everybody."""

from collections import defaultdict

from odoo import api, fields, models, tools
from odoo.exceptions import ValidationError

from odoo.addons.backorder_management.models.policies.backorder_demand import EPSILON
from odoo.addons.backorder_management.models.sale_backorder import OPEN_STATES, format_number

STATES = [("open", "Expected"), ("done", "Received"), ("ended", "Ended")]


class BackorderPurchasePin(models.Model):
    """So much of a purchase is for this backorder item. Quantities in the product's unit."""

    _name = "backorder.purchase.pin"
    _description = "Purchase Kept for a Customer"
    _order = "id"
    _rec_name = "line_id"

    purchase_line_id = fields.Many2one(
        "purchase.order.line",
        string="Purchase line",
        required=True,
        index=True,
        ondelete="cascade",
    )
    line_id = fields.Many2one(
        "sale.backorder.line", string="Kept for", required=True, index=True, ondelete="cascade"
    )
    quantity = fields.Float(string="Kept", digits="Product Unit", required=True)
    qty_received = fields.Float(
        string="Received",
        digits="Product Unit",
        readonly=True,
        copy=False,
        help="So many came and were reserved for the customer.",
    )
    qty_delivered_before = fields.Float(
        readonly=True,
        copy=False,
        help="Delivered of the item before the first of these goods came. What is delivered later "
        "is delivered of them.",
    )
    qty_left = fields.Float(
        string="To come",
        digits="Product Unit",
        compute="_compute_qty_left",
        store=True,
        precompute=True,
    )
    state = fields.Selection(
        STATES,
        string="Status",
        default="open",
        required=True,
        readonly=True,
        copy=False,
        index=True,
        help="Received: all that was kept came. Ended: the item or the purchase ended before.",
    )
    purchase_id = fields.Many2one(
        related="purchase_line_id.order_id", string="Purchase", store=True, index=True
    )
    vendor_id = fields.Many2one(related="purchase_id.partner_id", string="Vendor")
    date_planned = fields.Datetime(related="purchase_line_id.date_planned", string="Comes on")
    company_id = fields.Many2one(related="purchase_id.company_id", store=True, index=True)
    product_id = fields.Many2one(related="purchase_line_id.product_id", store=True, index=True)
    product_uom_id = fields.Many2one(related="product_id.uom_id", string="Unit")
    warehouse_id = fields.Many2one(related="purchase_id.picking_type_id.warehouse_id")
    sale_order_id = fields.Many2one(related="line_id.sale_order_id", string="Order", store=True)
    partner_id = fields.Many2one(related="line_id.partner_id", string="Customer", store=True)

    @api.depends("quantity", "qty_received")
    def _compute_qty_left(self):
        for pin in self:
            pin.qty_left = max(0.0, pin.quantity - pin.qty_received)

    @api.depends("sale_order_id", "product_id", "quantity")
    def _compute_display_name(self):
        # sudo: a buyer sees no sales, and may know for whom he keeps
        for pin in self.sudo():
            pin.display_name = self.env._(
                "%(quantity)s for %(order)s",
                quantity=format_number(pin.quantity),
                order=pin.sale_order_id.name,
            )

    # === CHANGES === #

    @api.model_create_multi
    def create(self, vals_list):
        pins = super().create(vals_list)
        self.env.registry.clear_cache()
        pins._check_all()
        pins._touch()
        pins._log(self.env._("Kept for %(order)s (%(customer)s): %(quantity)s %(unit)s."))
        return pins

    def write(self, vals):
        if not {"quantity", "line_id", "purchase_line_id"} & vals.keys():
            return super().write(vals)
        self._touch()
        result = super().write(vals)
        self._check_all(waits=len(vals) > 1 or "quantity" not in vals)
        self._touch()
        self._log(self.env._("Now kept for %(order)s (%(customer)s): %(quantity)s %(unit)s."))
        return result

    def unlink(self):
        going = self.filtered(lambda p: p.state == "open")
        going._touch()
        going._log(self.env._("Not kept any more for %(order)s (%(customer)s): %(left)s %(unit)s."))
        return super().unlink()

    def _touch(self):
        """Who has which date may change for all who wait for the product."""
        pools = self.sudo()._get_pools()
        if pools:
            self.env["backorder.tracker"]._queue().supplied |= pools

    def _get_pools(self):
        return {(p.product_id.id, p.warehouse_id.id) for p in self if p.warehouse_id}

    @api.model
    @tools.ormcache()
    def _is_used(self):
        return bool(self.sudo().search_count([], limit=1))

    # === RULES === #

    def _check_all(self, waits=True):
        """Nothing is kept that does not come, or that nobody lacks.

        :param waits: False when it is known whom it is kept for, and only the quantity changes
        :raise ValidationError: with all reasons
        """
        # sudo: a buyer sees no sales, a planner no purchases; what others keep counts, too
        pins = self.sudo()
        # of two people who keep the same goods at the same moment, one starts again
        self.env["backorder.pool"].sudo()._lock(pins._get_pools())
        self.env.flush_all()
        reasons = [text for pin in pins for text in pin._get_own_reasons(waits)]
        if not reasons:
            reasons = [*pins._get_purchase_reasons(), *pins._get_item_reasons()]
        if reasons:
            raise ValidationError("\n".join(dict.fromkeys(reasons)))

    def _get_own_reasons(self, waits):
        purchase, line = self.purchase_line_id, self.line_id
        values = {
            "purchase": purchase.order_id.name,
            "order": line.sale_order_id.name,
            "product": line.product_id.display_name,
        }
        if self.quantity <= self.qty_received - EPSILON or self.quantity <= EPSILON:
            yield self.env._(
                "%(product)s: keep more than zero, and not less than what came for %(order)s.",
                **values,
            )
        if self.state != "open":
            yield self.env._("What was kept of %(purchase)s for %(order)s is over.", **values)
        if purchase.order_id.state != "purchase":
            yield self.env._("%(purchase)s is not a confirmed purchase.", **values)
        if line.state not in OPEN_STATES:
            yield self.env._("%(product)s of %(order)s is not open any more.", **values)
        if purchase.product_id != line.product_id or self.warehouse_id != line.warehouse_id:
            yield self.env._(
                "%(purchase)s does not bring %(product)s to the warehouse of %(order)s.", **values
            )
        elif waits and line.state in OPEN_STATES and not line._get_moves_to_keep_for():
            yield self.env._(
                "%(product)s of %(order)s does not wait for stock: it has its own supply, or all "
                "that it needs.",
                **values,
            )

    def _get_purchase_reasons(self):
        totals = self._read_totals("purchase_line_id")
        for line in self.purchase_line_id:
            comes = line._get_qty_to_keep()
            if line.product_id.uom_id.compare(totals[line], comes) > 0:
                yield self.env._(
                    "%(purchase)s, %(product)s: %(kept)s would be kept, and %(comes)s are still to "
                    "be received.",
                    purchase=line.order_id.name,
                    product=line.product_id.display_name,
                    kept=format_number(totals[line]),
                    comes=format_number(comes),
                )

    def _get_item_reasons(self):
        totals = self._read_totals("line_id")
        for line in self.line_id:
            if line.product_id.uom_id.compare(totals[line], line.qty_open) > 0:
                yield self.env._(
                    "%(order)s, %(product)s: %(kept)s would be kept, and %(open)s are open.",
                    order=line.sale_order_id.name,
                    product=line.product_id.display_name,
                    kept=format_number(totals[line]),
                    open=format_number(line.qty_open),
                )

    def _read_totals(self, name):
        groups = self._read_group(
            [(name, "in", self[name].ids), ("state", "=", "open")], [name], ["qty_left:sum"]
        )
        return defaultdict(float, groups)

    # === TELL === #

    def _log(self, text):
        """On the backorders and on the purchases.

        :param text: with places for ``order``, ``customer``, ``quantity``, ``left``, ``unit``
        """
        on_items, on_purchases = {}, defaultdict(list)
        # sudo: as in _check_all
        for pin in self.sudo():
            told = text % pin._get_log_values()
            on_purchases[pin.purchase_id.id].append(f"{pin.product_id.display_name}: {told}")
            item = f"{pin.purchase_id.name}: {told}"
            known = on_items.get(pin.line_id)
            on_items[pin.line_id] = f"{known} {item}" if known else item
        if on_items:
            self.env["sale.backorder.line"]._log(on_items)
            bodies = {purchase: " ".join(texts) for purchase, texts in on_purchases.items()}
            self.env["purchase.order"].sudo().browse(bodies)._message_log_batch(bodies)

    def _get_log_values(self):
        return {
            "order": self.sale_order_id.name,
            "customer": self.partner_id.display_name,
            "quantity": format_number(self.quantity),
            "left": format_number(self.qty_left),
            "unit": self.product_uom_id.name,
        }

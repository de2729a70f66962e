import math

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command


class BackorderProcure(models.TransientModel):
    """Buy what customers wait for and nothing is planned for: one request per vendor."""

    _name = "backorder.procure"
    _description = "Buy for Backorders"

    prefer = fields.Selection(
        [("date", "Fastest"), ("price", "Cheapest")],
        string="Vendor",
        default="date",
        required=True,
    )
    line_ids = fields.One2many("backorder.procure.line", "wizard_id", string="Products")

    @api.model
    def action_open(self, product_ids=None):
        """:param product_ids: only these; default all that lack supply"""
        self._check_may_buy()
        self.env["backorder.tracker"]._drain()
        # sudo: a buyer sees no orders of salespeople, and has to buy for all of them
        needs = self.env["backorder.need"].sudo()._read(product_ids)
        commands = [
            Command.create(
                {
                    "product_id": product,
                    "warehouse_id": warehouse,
                    "qty_needed": needed,
                    "qty_requested": requested,
                    "customer_count": customers,
                }
            )
            for product, warehouse, needed, requested, customers in needs
        ]
        wizard = self.create({"line_ids": commands})
        wizard._choose_sellers()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Buy for backorders"),
            "res_model": self._name,
            "res_id": wizard.id,
            "views": [(False, "form")],
            "target": "new",
            "context": {"dialog_size": "extra-large"},
        }

    @api.model
    def _check_may_buy(self):
        self.env["purchase.order"].check_access("create")

    @api.onchange("prefer")
    def _onchange_prefer(self):
        self._choose_sellers()

    def _choose_sellers(self):
        for line in self.line_ids:
            line.seller_id = line._find_seller(self.prefer)
            line.qty = line._get_quantity()

    def action_create(self):
        """:return: action that shows the new requests"""
        self.ensure_one()
        self._check_may_buy()
        lines = self.line_ids.filtered(lambda x: x.qty > 0)
        if not all(line.seller_id for line in lines):
            raise UserError(self._get_nothing_text())
        if not lines:
            raise UserError(self._get_nothing_text())
        lines._check_still_needed()
        groups = lines.grouped(lambda x: (x.seller_id.partner_id, x.warehouse_id))
        orders = self.env["purchase.order"].create(
            [
                mine._prepare_order_vals(vendor, warehouse)
                for (vendor, warehouse), mine in groups.items()
            ]
        )
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Requests for quotation"),
            "res_model": "purchase.order",
            "domain": [("id", "in", orders.ids)],
            "view_mode": "list,kanban,form",
        }

    def _get_nothing_text(self):
        without = self.line_ids.filtered(lambda x: not x.seller_id and x._get_missing())
        if without:
            names = ", ".join(without.product_id.mapped("display_name"))
            return self.env._("Choose a vendor for: %s.", names)
        return self.env._("Nothing is left to buy: requests are on their way.")


class BackorderProcureLine(models.TransientModel):
    _name = "backorder.procure.line"
    _description = "Buy for Backorders: Product"

    wizard_id = fields.Many2one("backorder.procure", required=True, ondelete="cascade")
    product_id = fields.Many2one("product.product", required=True, readonly=True)
    product_tmpl_id = fields.Many2one(related="product_id.product_tmpl_id")
    product_uom_id = fields.Many2one(related="product_id.uom_id", string="Unit")
    warehouse_id = fields.Many2one("stock.warehouse", required=True, readonly=True)
    customer_count = fields.Integer(string="Customers", readonly=True)
    qty_needed = fields.Float(
        string="Without supply",
        digits="Product Unit",
        readonly=True,
        help="On backorder, and nothing is planned for it.",
    )
    qty_requested = fields.Float(
        string="Requested",
        digits="Product Unit",
        readonly=True,
        help="On requests for quotation that are not confirmed yet.",
    )
    seller_id = fields.Many2one(
        "product.supplierinfo",
        string="Vendor",
        domain="[('product_tmpl_id', '=', product_tmpl_id)]",
    )
    delay = fields.Integer(related="seller_id.delay", string="Days")
    price = fields.Float(related="seller_id.price", string="Price")
    currency_id = fields.Many2one(related="seller_id.currency_id")
    is_single = fields.Boolean(string="Single vendor", compute="_compute_is_single")
    qty = fields.Float(string="Buy", digits="Product Unit", help="In the product's unit.")

    @api.depends("product_id")
    def _compute_is_single(self):
        for line in self:
            line.is_single = len(line._get_sellers().partner_id) == 1

    def _get_sellers(self):
        product = self.product_id.with_company(self.warehouse_id.company_id)
        return product._get_filtered_sellers(quantity=None)

    def _find_seller(self, prefer):
        """:return: the fastest or the cheapest price list entry; empty without any"""
        company, today = self.warehouse_id.company_id, fields.Date.context_today(self)

        def price(seller):
            own = seller.product_uom_id._compute_price(
                seller.price_discounted, self.product_id.uom_id
            )
            return seller.currency_id._convert(
                own, company.currency_id, company, today, round=False
            )

        keys = {
            "date": lambda s: (s.delay, price(s), s.sequence, s.id),
            "price": lambda s: (price(s), s.delay, s.sequence, s.id),
        }
        return self._get_sellers().sorted(keys[prefer])[:1]

    def _get_quantity(self):
        """What is missing, at least what the vendor sells at once."""
        self.ensure_one()
        missing = self._get_missing()
        if not (missing and self.seller_id):
            return 0.0
        least = self.seller_id.product_uom_id._compute_quantity(
            self.seller_id.min_qty, self.product_id.uom_id, round=False
        )
        return max(missing, least)

    def _get_missing(self):
        return max(0.0, self.qty_needed - self.qty_requested)

    @api.onchange("seller_id")
    def _onchange_seller_id(self):
        self.qty = self._get_quantity()

    def _check_still_needed(self):
        """Somebody else, or a second click, may have bought it meanwhile. Of two who do at the same
        moment, one starts again, and then sees what the other bought.

        :raise UserError: naming the products
        """
        pools = {(x.product_id.id, x.warehouse_id.id) for x in self}
        self.env["backorder.pool"].sudo()._lock(pools)
        # sudo: as in action_open
        needs = self.env["backorder.need"].sudo()._read(self.product_id.ids)
        known = {(p, w): (needed, requested) for p, w, needed, requested, _customers in needs}
        changed = self.filtered(
            lambda x: (
                known.get((x.product_id.id, x.warehouse_id.id), (0.0, 0.0))
                != (x.qty_needed, x.qty_requested)
            )
        )
        if changed:
            names = ", ".join(changed.product_id.mapped("display_name"))
            raise UserError(
                self.env._("The need has changed meanwhile, open this window again: %s.", names)
            )

    def _prepare_order_vals(self, vendor, warehouse):
        return {
            "partner_id": vendor.id,
            "company_id": warehouse.company_id.id,
            "picking_type_id": warehouse.in_type_id.id,
            "origin": self.env._("Backorders"),
            "order_line": [Command.create(line._prepare_order_line_vals()) for line in self],
        }

    def _prepare_order_line_vals(self):
        unit, quantity = self.seller_id.product_uom_id or self.product_uom_id, self.qty
        if unit != self.product_uom_id:
            # who sells by the dozen sells no half ones
            exact = self.product_uom_id._compute_quantity(quantity, unit, round=False)
            quantity = math.ceil(round(exact, 6))
        return {
            "product_id": self.product_id.id,
            "product_qty": quantity,
            "product_uom_id": unit.id,
        }

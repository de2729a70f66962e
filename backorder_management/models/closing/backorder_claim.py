"""A customer did not get what left: the claim, and what is sent again without charge."""

import math

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command

from ..backorder_reader import EPSILON
from ..sale_backorder import format_number


class BackorderClaim(models.Model):
    """Replacement moves have no order line: they neither count as delivered nor are invoiced, and
    the closed backorder stays as it is. Only the claim links them."""

    _name = "backorder.claim"
    _description = "Goods Not Received"
    _order = "date desc, id desc"

    name = fields.Char(string="Claim", required=True, readonly=True)
    backorder_id = fields.Many2one(
        "sale.backorder", required=True, readonly=True, index=True, ondelete="cascade"
    )
    sale_order_id = fields.Many2one(
        related="backorder_id.sale_order_id", string="Order", store=True, index=True
    )
    partner_id = fields.Many2one(related="backorder_id.partner_id", string="Customer", store=True)
    company_id = fields.Many2one(related="backorder_id.company_id", store=True)
    salesperson_id = fields.Many2one(
        related="backorder_id.user_id", string="Salesperson", store=True
    )
    date = fields.Datetime(
        string="Claimed on", required=True, readonly=True, default=fields.Datetime.now
    )
    user_id = fields.Many2one(
        "res.users", string="Logged by", readonly=True, default=lambda self: self.env.user
    )
    note = fields.Text(help="What the customer and the carrier say. Customers never see it.")
    state = fields.Selection(
        [("open", "Open"), ("settled", "Settled")],
        string="Status",
        required=True,
        readonly=True,
        default="open",
        help="Settled by hand, or when what is sent again has left.",
    )
    date_settled = fields.Datetime(string="Settled on", readonly=True)
    line_ids = fields.One2many("backorder.claim.line", "claim_id", string="Items", readonly=True)
    move_ids = fields.One2many("stock.move", "backorder_claim_id", string="Moves", readonly=True)
    picking_ids = fields.Many2many(
        "stock.picking",
        string="Sent again with",
        compute="_compute_picking_ids",
        compute_sudo=True,
    )
    is_replaced = fields.Boolean(compute="_compute_picking_ids", compute_sudo=True)

    _one_open_per_backorder = models.UniqueIndex(
        "(backorder_id) WHERE state = 'open'",
        "This backorder already has an open claim.",
    )

    @api.depends("move_ids.picking_id", "move_ids.state")
    def _compute_picking_ids(self):
        for claim in self:
            claim.picking_ids = claim.move_ids.picking_id
            claim.is_replaced = any(m.state != "cancel" for m in claim.move_ids)

    @api.model_create_multi
    def create(self, vals_list):
        if not self.env.su:
            raise AccessError(
                self.env._("Claims are logged from the backorder: use Not received on it.")
            )
        return super().create(vals_list)

    def write(self, vals):
        if not self.env.su:
            if vals.keys() - {"note"}:
                raise AccessError(self.env._("Only the note of a claim can be edited."))
            self.backorder_id._check_may_claim()
        return super().write(vals)

    # === BUTTONS === #

    def action_settle(self):
        self.backorder_id._check_may_claim()
        # sudo: the status is closed to editing, the right was checked above
        self.sudo()._settle()
        return True

    def action_replace(self):
        """Send the goods again without charge; nothing when they are on their way already.

        :return: action that shows the transfers
        """
        self.ensure_one()
        self.backorder_id._check_may_claim()
        # sudo: a salesperson may ask the warehouse to send what was sold
        self.sudo()._replace()
        return self.action_view_pickings()

    def action_view_pickings(self):
        action = self.env["ir.actions.act_window"]._for_xml_id("stock.action_picking_tree_all")
        pickings = self.picking_ids
        if len(pickings) == 1:
            return {**action, "views": [(False, "form")], "res_id": pickings.id, "context": {}}
        return {**action, "domain": [("id", "in", pickings.ids)], "context": {}}

    # === WHAT THEY DO === #

    def _settle(self):
        self.filtered(lambda c: c.state == "open").write(
            {"state": "settled", "date_settled": fields.Datetime.now()}
        )
        # a new one may follow at once, and the index allows one that is open
        self.flush_recordset(["state"])

    def _settle_sent(self):
        """What was sent again has left: nothing is owed any more."""
        for claim in self.filtered(lambda c: c.state == "open"):
            moves = claim.move_ids.filtered(lambda m: m.state != "cancel")
            sent = moves.filtered(lambda m: m.state == "done" and m._is_outgoing())
            if sent and all(m.state == "done" for m in moves):
                claim._settle()

    def _replace(self):
        """Ask for the goods as a sale does: through all steps, and waiting when stock is short."""
        self.ensure_one()
        if self.is_replaced:
            return
        rule = self.env["stock.rule"].with_company(self.company_id)
        reference = self.env["stock.reference"].create({"name": self.name})
        rule.run([line._prepare_procurement(rule, reference) for line in self.line_ids])
        self.move_ids.picking_id.filtered(
            lambda p: p.state not in ("done", "cancel")
        ).action_confirm()


class BackorderClaimLine(models.Model):
    _name = "backorder.claim.line"
    _description = "Item Not Received"

    claim_id = fields.Many2one("backorder.claim", required=True, index=True, ondelete="cascade")
    backorder_line_id = fields.Many2one("sale.backorder.line", required=True, ondelete="cascade")
    product_id = fields.Many2one(related="backorder_line_id.product_id", store=True)
    product_uom_id = fields.Many2one(related="backorder_line_id.product_uom_id", string="Unit")
    quantity = fields.Float(
        string="Not received", digits="Product Unit", help="In the unit of the product."
    )

    def _prepare_procurement(self, rule, reference):
        self.ensure_one()
        order = self.claim_id.sale_order_id
        return rule.Procurement(
            self.product_id,
            self.quantity,
            self.product_uom_id,
            order.partner_shipping_id.property_stock_customer,
            self.product_id.display_name,
            self.claim_id.name,
            self.claim_id.company_id,
            self._prepare_procurement_vals(order, reference),
        )

    def _prepare_procurement_vals(self, order, reference):
        now, sale_line = fields.Datetime.now(), self.backorder_line_id.sale_line_id
        return {
            "origin": self.claim_id.name,
            "reference_ids": reference,
            "backorder_claim_id": self.claim_id.id,
            "date_planned": now,
            "date_deadline": now,
            "route_ids": sale_line.route_ids,
            "warehouse_id": sale_line.warehouse_id or order.warehouse_id,
            "partner_id": order.partner_shipping_id.id,
            "location_final_id": order.partner_shipping_id.property_stock_customer,
            "company_id": order.company_id,
        }


class SaleBackorder(models.Model):
    _inherit = "sale.backorder"

    claim_ids = fields.One2many("backorder.claim", "backorder_id", string="Claims")

    def log_not_received(self, quantities=None, note="", replace=True):
        """The customer did not receive what closed this backorder. While a claim is open, nothing
        is logged or sent twice; of two clicks at the same moment, an index refuses the second.

        :param quantities: {backorder line id: quantity in the product's unit}, default all that
            was fulfilled; keys may be strings
        :param replace: send the goods again, without charge
        :return: the claim (``backorder.claim``)
        :raise UserError: the backorder is not closed, or a quantity was not shipped
        :raise AccessError: the user may neither change the order nor ship
        """
        self.ensure_one()
        self._check_may_claim()
        self.env["backorder.tracker"]._drain()
        # sudo: claims are closed to editing, the right was checked above
        claim = self.sudo().claim_ids.filtered(lambda c: c.state == "open")
        if not claim:
            wanted = self._get_quantities_not_received(quantities)
            claim = self.sudo()._create_claim(wanted, note)
            if replace:
                claim._replace()
            self._tell_not_received(claim)
        return claim.sudo(False)

    def _check_may_claim(self):
        self.check_access("read")
        user = self.env.user
        sells = user.has_group("sales_team.group_sale_salesman")
        ships = user.has_group("stock.group_stock_user")
        may_edit = sells and self.sale_order_id.has_access("write")
        if not (self.env.su or ships or may_edit):
            raise AccessError(
                self.env._("Only who may change the order, or ships, logs what did not arrive.")
            )

    def _get_quantities_not_received(self, quantities):
        """:return: {backorder line: quantity} after all checks"""
        if self.state != "done":
            raise UserError(
                self.env._("%s is not shipped completely yet: nothing can be missing.", self.name)
            )
        mine = {x.id: x for x in self.line_ids if x.qty_fulfilled > EPSILON}
        if quantities is None:
            return {x: x.qty_fulfilled for x in mine.values()}
        if not isinstance(quantities, dict):
            raise UserError(self.env._("Give the quantities by item: {item: quantity}."))
        wanted = {}
        for key, value in quantities.items():
            line, quantity = self._parse_quantity_not_received(mine, key, value)
            if quantity > EPSILON:
                wanted[line] = quantity
        if not wanted:
            raise UserError(self.env._("Enter a quantity for at least one item."))
        return wanted

    def _parse_quantity_not_received(self, mine, key, value):
        try:
            line, quantity = mine.get(int(key)), float(value)
        except (TypeError, ValueError, OverflowError):
            line, quantity = None, math.nan
        if not line or not math.isfinite(quantity) or quantity < 0:
            raise UserError(self.env._("%s is not a quantity.", f"{key}: {value}"))
        if line.product_uom_id.compare(quantity, line.qty_fulfilled) > 0:
            raise UserError(
                self.env._(
                    "%(product)s: only %(shipped)s %(unit)s were shipped.",
                    product=line.product_id.display_name,
                    shipped=format_number(line.qty_fulfilled),
                    unit=line.product_uom_id.name,
                )
            )
        return line, quantity

    def _create_claim(self, wanted, note):
        return self.env["backorder.claim"].create(
            {
                "name": self.env["ir.sequence"].next_by_code("backorder.claim"),
                "backorder_id": self.id,
                "note": note,
                "user_id": self.env.uid,
                "line_ids": [
                    Command.create({"backorder_line_id": x.id, "quantity": quantity})
                    for x, quantity in wanted.items()
                ],
            }
        )

    def _tell_not_received(self, claim):
        text = self.env._(
            "%(claim)s: not received %(items)s.",
            claim=claim.name,
            items=", ".join(
                f"{format_number(x.quantity)} {x.product_uom_id.name} {x.product_id.display_name}"
                for x in claim.line_ids
            ),
        )
        if claim.picking_ids:
            names = ", ".join(claim.picking_ids.mapped("name"))
            text += " " + self.env._("Sent again without charge: %s.", names)
        for document in (self.sudo(), self.sale_order_id.sudo()):
            document._message_log(body=text)


class SaleOrder(models.Model):
    _inherit = "sale.order"

    backorder_claim_count = fields.Integer(compute="_compute_backorder_claim_count")

    def _compute_backorder_claim_count(self):
        # sudo: a number; who opens the list sees only what he may
        counts = dict(
            self.env["backorder.claim"]
            .sudo()
            ._read_group([("sale_order_id", "in", self.ids)], ["sale_order_id"], ["__count"])
        )
        for order in self:
            order.backorder_claim_count = counts.get(order, 0)

    def action_view_backorder_claims(self):
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "backorder_management.backorder_claim_action"
        )
        return {**action, "domain": [("sale_order_id", "in", self.ids)], "context": {}}

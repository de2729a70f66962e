from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tools import formatLang

from ..models.sale_backorder import OPEN_STATES, format_number


class BackorderOfferCreate(models.TransientModel):
    """Shows what a customer could take instead, when it would be there and what it costs."""

    _name = "backorder.offer.create"
    _description = "Offer a Substitute"

    line_id = fields.Many2one("sale.backorder.line", required=True, readonly=True)
    product_id = fields.Many2one(related="line_id.product_id")
    partner_id = fields.Many2one(related="line_id.partner_id")
    qty_open = fields.Float(related="line_id.qty_open")
    qty_ready = fields.Float(related="line_id.qty_ready")
    line_uom_id = fields.Many2one(related="line_id.product_uom_id", string="Its unit")
    candidate_ids = fields.One2many("backorder.offer.candidate", "wizard_id")
    candidate_id = fields.Many2one(
        "backorder.offer.candidate",
        string="Substitute",
        domain="[('wizard_id', '=', id)]",
        help="What is in stock comes first, then what comes soonest.",
    )
    replaced_quantity = fields.Float(
        string="Replace",
        digits="Product Unit",
        required=True,
        help="So much of what is open is cancelled when the customer agrees. What is ready ships "
        "unless you replace it, too.",
    )
    quantity = fields.Float(
        string="Offer",
        digits="Product Unit",
        compute="_compute_quantity",
        store=True,
        readonly=False,
        help="By the ratio, rounded up to whole units of the substitute.",
    )
    product_uom_id = fields.Many2one(related="candidate_id.product_id.uom_id")
    price_unit = fields.Float(
        string="Unit price",
        digits="Product Price",
        compute="_compute_price_unit",
        store=True,
        readonly=False,
        help="What the customer agrees to. It is not changed by price lists any more.",
    )
    currency_id = fields.Many2one(related="line_id.currency_id")
    price_total = fields.Monetary(string="Price", compute="_compute_price_total")
    note = fields.Char(
        string="To the customer",
        compute="_compute_note",
        store=True,
        readonly=False,
        help="The customer reads it.",
    )
    valid_until = fields.Date(
        string="Valid until",
        required=True,
        default=lambda self: self.env["backorder.offer"]._get_default_valid_until(),
        help="After this day it has to be offered again.",
    )

    @api.depends("candidate_id", "replaced_quantity")
    def _compute_quantity(self):
        for wizard in self:
            row = wizard.candidate_id.substitute_id
            wizard.quantity = row._get_quantity(wizard.replaced_quantity) if row else 0.0

    @api.depends("candidate_id", "quantity")
    def _compute_price_unit(self):
        for wizard in self:
            row, item = wizard.candidate_id.substitute_id, wizard.line_id
            line = item._get_substitute_line(row, wizard.quantity) if row else None
            wizard.price_unit = item._get_substitute_price(row, line) if row else 0.0

    @api.depends("quantity", "price_unit")
    def _compute_price_total(self):
        for wizard in self:
            wizard.price_total = wizard.currency_id.round(wizard.quantity * wizard.price_unit)

    @api.depends("candidate_id")
    def _compute_note(self):
        for wizard in self:
            wizard.note = wizard.candidate_id.substitute_id.note

    @api.model
    def _open(self, line):
        """:return: action that shows the window for this item"""
        line._check_may_offer()
        wizard = self.create(
            {
                "line_id": line.id,
                "replaced_quantity": line._get_replaced_quantity(None),
            }
        )
        wizard.candidate_ids = wizard._prepare_candidates()
        if not wizard.candidate_ids:
            raise UserError(
                self.env._(
                    "%s has no substitutes yet. They are kept on the product.",
                    line.product_id.display_name,
                )
            )
        wizard.candidate_id = wizard.candidate_ids[0]
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Offer a substitute"),
            "res_model": self._name,
            "res_id": wizard.id,
            "view_mode": "form",
            "views": [(False, "form")],
            "target": "new",
        }

    def _prepare_candidates(self):
        found = self.line_id._read_substitutes(self.replaced_quantity)
        return [
            Command.create(
                {
                    "sequence": place,
                    "substitute_id": row.id,
                    "name": self._get_candidate_text(row, line, outlook),
                }
            )
            for place, (row, line, outlook) in enumerate(found)
        ]

    def _get_candidate_text(self, row, line, outlook):
        """What a salesperson reads out: what, when, at what price."""
        price = formatLang(
            self.env,
            self.line_id._get_substitute_price(row, line),
            dp="Product Price",
            currency_obj=self.currency_id,
        )
        quantity = f"{format_number(line.product_uom_qty)} {line.product_uom_id.name}"
        parts = [
            f"{row.substitute_id.display_name}: {quantity}",
            line._get_outlook_text(outlook) if outlook else self.env._("In stock"),
            self.env._("%s each", price),
        ]
        return ", ".join(parts + ([row.note] if row.note else []))

    # === BUTTONS === #

    def action_propose(self):
        self._offer()._follow_proposal()
        return {"type": "ir.actions.act_window_close"}

    def action_agree(self):
        self._offer().accept()
        return {"type": "ir.actions.act_window_close"}

    def _offer(self):
        self.ensure_one()
        if not self.candidate_id:
            raise UserError(self.env._("Choose a substitute."))
        return self.line_id.offer_substitute(
            self.candidate_id.product_id.id,
            replaced_quantity=self.replaced_quantity,
            quantity=self.quantity,
            price_unit=self.price_unit,
            note=self.note or "",
            valid_until=self.valid_until,
        )


class BackorderOfferCandidate(models.TransientModel):
    _name = "backorder.offer.candidate"
    _description = "Substitute That Could Be Offered"
    _order = "sequence, id"

    wizard_id = fields.Many2one("backorder.offer.create", required=True, ondelete="cascade")
    sequence = fields.Integer()
    name = fields.Char(readonly=True)
    substitute_id = fields.Many2one("product.substitute", readonly=True, ondelete="cascade")
    product_id = fields.Many2one(related="substitute_id.substitute_id", string="Product")


class SaleBackorder(models.Model):
    _inherit = "sale.backorder"

    def action_offer_substitute(self):
        """With one open item at once, else which one is asked first."""
        lines = self.line_ids.filtered(lambda x: x.state in OPEN_STATES)
        if len(lines) == 1:
            return self.env["backorder.offer.create"]._open(lines)
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "backorder_management.sale_backorder_line_action_offer"
        )
        return {**action, "domain": [("id", "in", lines.ids)]}


class SaleBackorderLine(models.Model):
    _inherit = "sale.backorder.line"

    def action_offer_substitute(self):
        self.ensure_one()
        return self.env["backorder.offer.create"]._open(self)

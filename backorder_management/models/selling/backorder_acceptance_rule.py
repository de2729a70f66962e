from odoo import api, fields, models, tools
from odoo.exceptions import ValidationError

from ...engine import gate

ACTIONS = [
    ("accept", "Accept"),
    ("warn", "Accept with a warning"),
    ("planned", "Accept only what is planned within some days"),
    ("maximum", "Accept up to a quantity on backorder"),
    ("refuse", "Accept only what is in stock"),
]


class BackorderAcceptanceRule(models.Model):
    """What happens when an order asks for more than there is. The most specific active rule counts:
    one for the product, then for the customer, then for the category, then for everything."""

    _name = "backorder.acceptance.rule"
    _description = "Rule for Accepting Orders"
    _order = "sequence, id"
    _check_company_auto = True

    name = fields.Char(required=True, translate=True)
    active = fields.Boolean(default=True)
    sequence = fields.Integer(default=10)
    company_id = fields.Many2one("res.company", default=lambda self: self.env.company)
    product_ids = fields.Many2many(
        "product.product", string="Products", help="Empty: all products."
    )
    product_categ_ids = fields.Many2many(
        "product.category",
        "backorder_acceptance_rule_category_rel",
        string="Categories",
        help="With those below them. Empty: all categories.",
    )
    partner_ids = fields.Many2many(
        "res.partner",
        "backorder_acceptance_rule_partner_rel",
        string="Customers",
        help="With their contacts and addresses. Empty: all customers.",
    )
    action = fields.Selection(ACTIONS, string="When not in stock", required=True, default="warn")
    days = fields.Integer(string="Within days", default=30)
    maximum = fields.Float(
        string="At most",
        digits="Product Unit",
        help="So much of a product may be on backorder altogether, in its own unit.",
    )

    @api.constrains("days", "maximum")
    def _check_numbers(self):
        for rule in self:
            if rule.days < 0 or rule.maximum < 0:
                raise ValidationError(self.env._("Days and quantities must not be negative."))

    @api.model
    @tools.ormcache()
    def _has_rules(self):
        """Asked at every confirmation."""
        return bool(self.sudo().search_count([], limit=1))

    @api.model_create_multi
    def create(self, vals_list):
        rules = super().create(vals_list)
        self.env.registry.clear_cache()
        return rules

    def write(self, vals):
        result = super().write(vals)
        self.env.registry.clear_cache()
        return result

    def unlink(self):
        result = super().unlink()
        self.env.registry.clear_cache()
        return result

    @api.model
    def _find(self, lines):
        """:return: {order line: the rule that counts}, of those that have one"""
        if not lines or not self._has_rules():
            return {}
        # sudo: rules hold for whoever sells
        rules = self.sudo().search([("company_id", "in", [*lines.company_id.ids, False])])
        result = {}
        for line in lines:
            fits = [rule for rule in rules if rule._fits(line)]
            if fits:
                # `max` keeps the first of equals: rules come by sequence
                result[line] = max(fits, key=lambda rule: rule._get_specificity())
        return result

    def _fits(self, line):
        customers = line.order_id.partner_id | line.order_id.partner_id.commercial_partner_id
        path = (line.product_id.categ_id.parent_path or "").split("/")
        return (
            (not self.company_id or self.company_id == line.company_id)
            and (not self.product_ids or line.product_id in self.product_ids)
            and (not self.partner_ids or bool(self.partner_ids & customers))
            and (
                not self.product_categ_ids or any(str(c.id) in path for c in self.product_categ_ids)
            )
        )

    def _get_specificity(self):
        return (
            bool(self.product_ids),
            bool(self.partner_ids),
            bool(self.product_categ_ids),
            bool(self.company_id),
        )

    def _get_engine_rule(self):
        self.ensure_one()
        return gate.Rule(self.action, self.days, self.maximum)

    def _get_text(self, verdict, outlook, unit):
        """Why a line is not accepted as it is, in words a salesperson understands."""
        values = {
            "open": f"{outlook.on_hand:g} {unit}",
            "need": f"{outlook.need:g} {unit}",
            "accepted": f"{verdict.accepted:g} {unit}",
            "days": self.days,
            "maximum": f"{self.maximum:g} {unit}",
        }
        texts = {
            "warn": self.env._("Only %(open)s of %(need)s are in stock."),
            "planned": self.env._(
                "Only %(accepted)s of %(need)s are there or planned within %(days)s days."
            ),
            "maximum": self.env._(
                "Only %(accepted)s of %(need)s may be sold: not more than %(maximum)s may be on "
                "backorder."
            ),
            "refuse": self.env._("Only %(open)s of %(need)s are in stock."),
        }
        return texts[verdict.reason] % values

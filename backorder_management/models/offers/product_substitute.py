"""What a customer could take instead, while something is not there."""

import math

from odoo import api, fields, models
from odoo.exceptions import ValidationError


class ProductSubstitute(models.Model):
    _name = "product.substitute"
    _description = "Substitute of a Product"
    _order = "sequence, id"
    _rec_name = "substitute_id"
    _check_company_auto = True

    sequence = fields.Integer(default=10)
    product_tmpl_id = fields.Many2one(
        "product.template",
        string="Product",
        required=True,
        index=True,
        ondelete="cascade",
        check_company=True,
    )
    product_id = fields.Many2one(
        "product.product",
        string="Variant",
        index="btree_not_null",
        ondelete="cascade",
        check_company=True,
        domain="[('product_tmpl_id', '=', product_tmpl_id)] if product_tmpl_id else []",
        help="Empty: it replaces every variant.",
    )
    substitute_id = fields.Many2one(
        "product.product",
        required=True,
        index=True,
        ondelete="cascade",
        check_company=True,
        domain=[("sale_ok", "=", True), ("type", "=", "consu")],
        help="What the customer could take instead.",
    )
    ratio = fields.Float(
        digits=(16, 6),
        required=True,
        default=1.0,
        help="How many of the substitute replace one of the product, each in its own unit. What "
        "is offered is rounded up to whole units of the substitute.",
    )
    note = fields.Char(
        translate=True, help="Told to the customer, for example: same size, other brand."
    )
    keep_price = fields.Boolean(
        string="Keep the price",
        help="The customer pays what was agreed for the original. Otherwise the price list says "
        "what the substitute costs.",
    )
    company_id = fields.Many2one(
        "res.company", index="btree_not_null", help="Empty: in all companies."
    )

    _ratio_positive = models.Constraint(
        "CHECK (ratio > 0)", "A ratio is more than zero: how many replace one."
    )
    _unique_substitute = models.UniqueIndex(
        "(product_tmpl_id, COALESCE(product_id, 0), substitute_id, COALESCE(company_id, 0))",
        "This substitute is already on the list.",
    )

    @api.constrains("product_tmpl_id", "product_id", "substitute_id")
    def _check_products(self):
        for row in self:
            if row.product_id and row.product_id.product_tmpl_id != row.product_tmpl_id:
                raise ValidationError(
                    self.env._("%s is a variant of another product.", row.product_id.display_name)
                )
            same = row.product_id or row.product_tmpl_id.product_variant_ids
            if row.substitute_id in same and len(same) == 1:
                raise ValidationError(
                    self.env._("%s cannot replace itself.", row.substitute_id.display_name)
                )

    @api.model
    def _find(self, product, company):
        """:return: what may replace the product in this company, best known first"""
        rows = self.search(
            [
                ("product_tmpl_id", "=", product.product_tmpl_id.id),
                ("product_id", "in", [product.id, False]),
                ("company_id", "in", [company.id, False]),
                ("substitute_id", "!=", product.id),
                ("substitute_id.active", "=", True),
                ("substitute_id.sale_ok", "=", True),
                ("substitute_id.company_id", "in", [company.id, False]),
            ]
        )
        # the same substitute for this variant, or in this company, goes before the general row
        best = {}
        for row in rows.sorted(lambda r: (not r.product_id, not r.company_id)):
            best.setdefault(row.substitute_id, row)
        return rows.filtered(lambda r: best[r.substitute_id] == r)

    def _get_quantity(self, replaced):
        """In whole units, rounded up: the customer never gets less than what he gives up.

        :param replaced: in the unit of the product
        :return: in the unit of the substitute
        """
        self.ensure_one()
        return float(math.ceil(self.substitute_id.uom_id.round(replaced * self.ratio)))


class ProductTemplate(models.Model):
    _inherit = "product.template"

    backorder_substitute_ids = fields.One2many(
        "product.substitute",
        "product_tmpl_id",
        string="Substitutes",
        help="What a salesperson may offer while this product is not there.",
    )

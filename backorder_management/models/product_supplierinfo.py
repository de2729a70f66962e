from odoo import api, models

# what the lead time of a product follows from
LEAD_FIELDS = {
    "delay", "partner_id", "sequence", "min_qty", "company_id", "date_start", "date_end",
    "product_id", "product_tmpl_id",
}  # fmt: skip


class ProductSupplierinfo(models.Model):
    _inherit = "product.supplierinfo"

    @api.model_create_multi
    def create(self, vals_list):
        vendors = super().create(vals_list)
        vendors._forget_lead_times()
        return vendors

    def write(self, vals):
        before = self._get_supplied() if LEAD_FIELDS & vals.keys() else None
        result = super().write(vals)
        if before is not None:
            self._forget_lead_times(before)
        return result

    def unlink(self):
        products = self._get_supplied()
        result = super().unlink()
        self.env["backorder.lead.time"]._forget(products)
        return result

    def _get_supplied(self):
        return self.product_id | self.product_tmpl_id.product_variant_ids

    def _forget_lead_times(self, products=()):
        products = self._get_supplied() | self.env["product.product"].concat(*products)
        self.env["backorder.lead.time"]._forget(products)

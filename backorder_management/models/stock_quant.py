from odoo import api, models
from odoo.fields import Domain


class StockQuant(models.Model):
    _inherit = "stock.quant"

    def _apply_inventory(self, date=None):
        with self.env["backorder.tracker"]._flow(origin="inventory"):
            result = super()._apply_inventory(date=date)
            self.env["sale.backorder.line"]._clear_doubt(
                self.product_id.ids, self.location_id.warehouse_id.ids
            )
        return result

    @api.model
    def _update_available_quantity(
        self,
        product_id,
        location_id,
        quantity=False,
        reserved_quantity=False,
        lot_id=None,
        package_id=None,
        owner_id=None,
        in_date=None,
    ):
        """Every reservation and every change of stock ends here: what became free is offered to
        those who wait, and nobody changes a pool beside those who hand out.

        Core skips a quant that another transaction holds and uses, or makes, another one: what was
        reserved on the first is then released on the second, and stays reserved for ever."""
        allocator = self.env["backorder.allocator"]
        allocator._hold(product_id, location_id)
        result = super()._update_available_quantity(
            product_id,
            location_id,
            quantity,
            reserved_quantity,
            lot_id=lot_id,
            package_id=package_id,
            owner_id=owner_id,
            in_date=in_date,
        )
        if (quantity or 0.0) - (reserved_quantity or 0.0) > 0:
            allocator._touch(product_id, location_id)
        return result

    def _get_gather_domain(
        self, product_id, location_id, lot_id=None, package_id=None, owner_id=None, strict=False
    ):
        domain = super()._get_gather_domain(
            product_id, location_id, lot_id, package_id, owner_id, strict
        )
        owners = self.env.context.get("backorder_owners")
        if owners and not strict and not owner_id:
            domain &= Domain("owner_id", "in", owners)
        return domain

    def _get_reserve_quantity(
        self,
        product_id,
        location_id,
        quantity,
        uom_id=None,
        lot_id=None,
        package_id=None,
        owner_id=None,
        strict=False,
    ):
        """What a plan hands out is counted in full packagings already, and a rest that completes
        a demand goes with them: core would leave it lying there."""
        quants = self
        if self.env.context.get("backorder_owners"):
            quants = self.with_context(packaging_uom_id=False)
        return super(StockQuant, quants)._get_reserve_quantity(
            product_id,
            location_id,
            quantity,
            uom_id=uom_id,
            lot_id=lot_id,
            package_id=package_id,
            owner_id=owner_id,
            strict=strict,
        )

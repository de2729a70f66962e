"""What a quotation line takes from stock: its product, or the components of its kit."""

from odoo import api, models


class BackorderKit(models.AbstractModel):
    """Kits are known where Manufacturing is installed; without it every product is itself."""

    _name = "backorder.kit"
    _description = "Components of Kits"

    @api.model
    def _read_needs(self, lines):
        """What would be taken from the stock of the warehouse, as core explodes a delivery. Goods
        that are not counted, or that are made to order, take nothing.

        :param lines: ``sale.order.line``
        :return: {line: {product: quantity in its own unit}}, of lines that take something
        """
        boms, result = self._find_boms(lines), {}
        for line in lines:
            bom = boms.get((line.company_id, line.product_id))
            needs = self._explode(line, bom) if bom else self._get_own_need(line)
            if needs:
                result[line] = needs
        return result

    @api.model
    def _find_boms(self, lines):
        """:return: {(company, product): bill of materials}, of those that are kits"""
        if "mrp.bom" not in self.env:
            return {}
        # sudo: what a kit is made of does not depend on who sells it
        boms, result = self.env["mrp.bom"].sudo(), {}
        for company, mine in lines.grouped("company_id").items():
            found = boms._bom_find(mine.product_id, company_id=company.id, bom_type="phantom")
            result.update({(company, product): bom for product, bom in found.items() if bom})
        return result

    @api.model
    def _get_own_need(self, line):
        if not line.product_id.is_storable or line.is_mto:
            return {}
        return {line.product_id: line._get_backorder_need()}

    @api.model
    def _explode(self, line, bom):
        factor = line.product_uom_id._compute_quantity(line.product_uom_qty, bom.product_uom_id)
        _boms, parts = bom.explode(
            line.product_id,
            factor / bom.product_qty,
            picking_type=bom.picking_type_id,
            never_attribute_values=line.product_no_variant_attribute_value_ids._origin,
        )
        needs = {}
        for bom_line, values in parts:
            product = bom_line.product_id.sudo(False)
            if values["qty"] > 0 and self._is_from_stock(line, bom_line.product_id):
                quantity = bom_line.product_uom_id._compute_quantity(
                    values["qty"], product.uom_id, round=False
                )
                needs[product] = needs.get(product, 0.0) + quantity
        return needs

    @api.model
    def _is_from_stock(self, line, product):
        """Neither made to order nor sent by the vendor: what core says of the product of a line
        (``is_mto``), but not of the components of a kit.

        :param product: with sudo; salespeople need not see routes
        """
        if not product.is_storable:
            return False
        line = line.sudo()
        routes = line.route_ids or product.route_ids | product.categ_id.total_route_ids
        sent = routes.rule_ids.picking_type_id.filtered(
            lambda t: (
                t.default_location_src_id.usage == "supplier"
                and t.default_location_dest_id.usage == "customer"
            )
        )
        return not (sent or line.warehouse_id.mto_pull_id.route_id & routes)

    @api.model
    def _read_owed(self, products, company):
        """:return: {kit id: whole kits of it on backorder now, in its own unit}"""
        kits = {}
        lines = self.env["sale.backorder.line"].search(
            [
                ("kit_id", "in", products.ids),
                ("state", "in", ("open", "ready", "partial")),
                ("company_id", "=", company.id),
            ]
        )
        for sale_line, mine in lines.grouped("sale_line_id").items():
            kit = mine.kit_id
            quantity = sale_line.product_uom_id._compute_quantity(
                mine._sum_in_sale_units("qty_open"), kit.uom_id, round=False
            )
            kits[kit.id] = kits.get(kit.id, 0.0) + quantity
        return kits

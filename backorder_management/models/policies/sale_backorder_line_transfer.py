"""Another warehouse has slack: propose a transfer, never take it silently."""

from odoo import models
from odoo.exceptions import UserError
from odoo.fields import Command

from ..sale_backorder import format_number
from .backorder_demand import EPSILON


class SaleBackorderLine(models.Model):
    _inherit = "sale.backorder.line"

    def propose_transfer(self, warehouse_id=None, quantity=None):
        """Draft a transfer of what is short from a warehouse of the company that has it free and
        where nobody waits for it. A second call finds the first draft.

        :param warehouse_id: where from; None: the warehouse with the most
        :param quantity: in the unit of the product; None: what is short, as far as it is there
        :return: the draft transfer
        :raise UserError: when no other warehouse has any to spare
        """
        self.ensure_one()
        self._check_planner()
        existing = self._find_proposed_transfer()
        if existing:
            return existing
        spare = self._get_spare_elsewhere()
        if warehouse_id:
            spare = {w: q for w, q in spare.items() if w.id == int(warehouse_id)}
        if not spare:
            raise UserError(
                self.env._(
                    "No other warehouse has %s to spare.",
                    self.product_id.display_name,
                )
            )
        source = max(spare, key=lambda w: (spare[w], -w.id))
        wanted = self.qty_short if quantity is None else quantity
        return self._create_transfer(source, min(wanted, spare[source]))

    def _find_proposed_transfer(self):
        return self.env["stock.picking"].search(
            [
                ("state", "=", "draft"),
                ("origin", "=", self._get_transfer_origin()),
                ("product_id", "=", self.product_id.id),
            ],
            limit=1,
        )

    def _get_transfer_origin(self):
        return f"{self.sale_order_id.name} - {self.backorder_id.name}"

    def _get_spare_elsewhere(self):
        """:return: {other warehouse of the company: free stock beyond what is waited for there}"""
        # sudo: whether there is slack, whoever's orders wait there
        warehouses = (
            self.env["stock.warehouse"]
            .sudo()
            .search([("company_id", "=", self.company_id.id), ("id", "!=", self.warehouse_id.id)])
        )
        product = self.product_id.id
        pools = {(product, w.id) for w in warehouses}
        reader = self.env["backorder.demand"].sudo()
        free = reader._read_free({(product, w.lot_stock_id.id) for w in warehouses})
        rows = reader._read_rows(self.env["backorder.policy"]._find_or_default(pools))
        result = {}
        for warehouse in warehouses:
            waiting = sum(r["need"] - r["held"] for r in rows if r["warehouse_id"] == warehouse.id)
            spare = free.get((product, warehouse.lot_stock_id.id), 0.0) - waiting
            if spare > EPSILON:
                result[warehouse] = spare
        return result

    def _create_transfer(self, source, quantity):
        if quantity <= EPSILON:
            raise UserError(self.env._("Nothing of it is short."))
        places = {
            "location_id": source.lot_stock_id.id,
            "location_dest_id": self.warehouse_id.lot_stock_id.id,
        }
        picking = self.env["stock.picking"].create(
            {
                "picking_type_id": source.int_type_id.id,
                "origin": self._get_transfer_origin(),
                "move_ids": [
                    Command.create(
                        {
                            "product_id": self.product_id.id,
                            "product_uom_qty": quantity,
                            "product_uom": self.product_uom_id.id,
                            **places,
                        }
                    )
                ],
                **places,
            }
        )
        self._log(
            {
                self: self.env._(
                    "Transfer %(name)s proposed: %(quantity)s %(unit)s from %(warehouse)s.",
                    name=picking.name or self.env._("(draft)"),
                    quantity=format_number(quantity),
                    unit=self.product_uom_id.name,
                    warehouse=source.name,
                )
            }
        )
        return picking

    def action_propose_transfer(self):
        picking = self.propose_transfer()
        return {
            "type": "ir.actions.act_window",
            "res_model": "stock.picking",
            "res_id": picking.id,
            "view_mode": "form",
        }

"""Scenario builders: a distributor with one warehouse, a customer, and products by name."""

from odoo import Command
from odoo.tests import Form

from odoo.addons.sale.tests.common import SaleCommon


class BackorderCommon(SaleCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company = cls.env.company
        cls.company.backorder_creation = "confirmation"
        # a day of the tests is a day of the warehouse, whatever the hour at which they run
        cls.company.partner_id.tz = cls.env.user.tz = "UTC"
        cls.warehouse = cls.env["stock.warehouse"].create({"name": "Depot", "code": "DEP"})
        cls.stock = cls.warehouse.lot_stock_id
        cls.customer = cls.env["res.partner"].create({"name": "Baker & Sons"})
        cls.supplier_location = cls.env.ref("stock.stock_location_suppliers")
        cls.customer_location = cls.env.ref("stock.stock_location_customers")
        cls.desk = cls._create_product("Desk")

    # === BUILDERS === #

    @classmethod
    def _create_product(cls, name, **values):
        return cls.env["product.product"].create(
            {"name": name, "type": "consu", "is_storable": True, "list_price": 10.0, **values}
        )

    @classmethod
    def _stock(cls, product, quantity, location=None, **kwargs):
        """Put stock on the shelf, behind the back of everybody."""
        cls.env["stock.quant"]._update_available_quantity(
            product, location or cls.stock, quantity, **kwargs
        )

    @classmethod
    def _pull_in_two_steps(cls):
        """Pick and ship as before Odoo 18: the shipment pulls the pick."""
        rule = cls.warehouse.delivery_route_id.rule_ids.ensure_one()
        output = cls.warehouse.wh_output_stock_loc_id
        output.active = True
        cls.warehouse.pick_type_id.active = True
        rule.write({"location_src_id": output.id, "procure_method": "make_to_order"})
        cls.env["stock.rule"].create(
            {
                "name": "Pick",
                "route_id": rule.route_id.id,
                "location_src_id": cls.stock.id,
                "location_dest_id": output.id,
                "action": "pull",
                "procure_method": "make_to_stock",
                "picking_type_id": cls.warehouse.pick_type_id.id,
                "warehouse_id": cls.warehouse.id,
                "propagate_carrier": False,
            }
        )

    @classmethod
    def _sell(cls, *lines, confirm=True, **values):
        """:param lines: (product, quantity) or (product, quantity, unit)"""
        order = cls.env["sale.order"].create(
            {
                "partner_id": cls.customer.id,
                "warehouse_id": cls.warehouse.id,
                "order_line": [
                    Command.create(
                        {
                            "product_id": product.id,
                            "product_uom_qty": quantity,
                            **({"product_uom_id": unit[0].id} if unit else {}),
                        }
                    )
                    for product, quantity, *unit in lines
                ],
                **values,
            }
        )
        if confirm:
            order.action_confirm()
        return order

    @classmethod
    def _receive(cls, product, quantity, location=None, done=True, **values):
        """A receipt from a vendor; core reserves what waits for it."""
        picking = cls.env["stock.picking"].create(
            {
                "picking_type_id": cls.warehouse.in_type_id.id,
                "location_id": cls.supplier_location.id,
                "location_dest_id": (location or cls.stock).id,
                "move_ids": [
                    Command.create(
                        {
                            "product_id": product.id,
                            "product_uom_qty": quantity,
                            "product_uom": product.uom_id.id,
                            "location_id": cls.supplier_location.id,
                            "location_dest_id": (location or cls.stock).id,
                            **values,
                        }
                    )
                ],
            }
        )
        picking.action_confirm()
        if done:
            picking.move_ids.quantity = quantity
            picking.move_ids.picked = True
            picking.button_validate()
        return picking

    @classmethod
    def _get_open_pickings(cls, order):
        return order.picking_ids.filtered(lambda p: p.state not in ("done", "cancel"))

    @classmethod
    def _ship(cls, picking, quantities=None, backorder=True, **answers):
        """Validate a transfer; answer the dialog as a person would.

        :param quantities: {product: quantity in the unit of the move}; None ships what is reserved
        :param answers: what is filled into the dialog
        """
        if quantities is not None:
            for move in picking.move_ids.filtered(lambda m: m.state not in ("done", "cancel")):
                quantity = quantities.get(move.product_id, 0.0)
                move.quantity = quantity
                move.picked = bool(quantity)
        result = picking.button_validate()
        if isinstance(result, dict) and result.get("res_model") == "stock.backorder.confirmation":
            wizard = Form.from_action(cls.env, result).save()
            wizard = wizard.with_context(**result["context"])
            wizard.write(answers)
            return wizard.process() if backorder else wizard.process_cancel_backorder()
        return result

    # === ASSERTIONS === #

    def _reserved(self, *orders):
        """What each order has reserved in the stock of a warehouse, after all has settled."""
        self.env["backorder.tracker"]._drain()
        return [
            sum(
                m.quantity
                for m in order.order_line.move_ids
                if m.state in ("assigned", "partially_available")
                and m.location_id.usage == "internal"
            )
            for order in orders
        ]

    def _assert_line(self, order, product=None, **expected):
        """Compare quantities of the newest backorder line of an order, given without `qty_`."""
        lines = order.backorder_ids.line_ids.sorted("id")
        if product:
            lines = lines.filtered(lambda x: x.product_id == product)
        self.assertTrue(lines, "no backorder line")
        line = lines[-1]
        names = ("backordered", "open", "ready", "fulfilled", "cancelled")
        found = {n: round(line[f"qty_{n}"], 4) for n in names if n in expected}
        wanted = {n: v for n, v in expected.items() if n in names}
        self.assertEqual(found, wanted)
        if "state" in expected:
            self.assertEqual(line.backorder_id.state, expected["state"])
        self._assert_sound()
        return line

    def _assert_sound(self):
        self.assertEqual(self.env["sale.backorder"].audit(), [])

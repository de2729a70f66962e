"""Policies beside productions, returns, chains, packages, owners and companies."""

from odoo.fields import Command
from odoo.tests import Form, tagged

from .common import BackorderCommon


@tagged("post_install", "-at_install")
class TestPolicySupply(BackorderCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.policy = cls.env["backorder.policy"].create(
            {"name": "First", "method": "fifo", "company_id": False}
        )

    def _produce(self, product, quantity, components=()):
        production = self.env["mrp.production"].create(
            {
                "product_id": product.id,
                "product_qty": quantity,
                "picking_type_id": self.warehouse.manu_type_id.id,
                "move_raw_ids": [
                    Command.create(
                        {
                            "product_id": component.id,
                            "product_uom_qty": needed,
                            "location_id": self.stock.id,
                            "location_dest_id": product.property_stock_production.id,
                        }
                    )
                    for component, needed in components
                ],
            }
        )
        production.action_confirm()
        return production

    def test_production_serves_by_rank(self):
        first, second = self._sell((self.desk, 4)), self._sell((self.desk, 4))
        second.picking_ids.priority = "1"
        board = self._create_product("Board")
        self._stock(board, 5)
        with Form(self._produce(self.desk, 5, [(board, 5)])) as form:
            form.qty_producing = 5
        production = form.record
        production.move_raw_ids.picked = True
        production.button_mark_done()
        self.assertEqual(production.state, "done")
        self.assertEqual(self._reserved(first, second), [4, 1])

    def test_components_take_what_customers_leave(self):
        table = self._create_product("Table")
        production = self._produce(table, 1, [(self.desk, 3)])
        order = self._sell((self.desk, 4))
        self._receive(self.desk, 6)
        self.assertEqual(self._reserved(order), [4])
        self.assertEqual(production.move_raw_ids.quantity, 2)

    def test_components_compete_by_a_setting(self):
        self.policy.compete_components = True
        table = self._create_product("Table")
        production = self._produce(table, 1, [(self.desk, 3)])
        order = self._sell((self.desk, 4))
        order.order_line.move_ids.backorder_seniority = "2030-01-01"
        self._receive(self.desk, 6)
        self.assertEqual(production.move_raw_ids.quantity, 3)
        self.assertEqual(self._reserved(order), [3])

    def test_returned_goods_serve_by_rank(self):
        self._stock(self.desk, 2)
        shipped = self._sell((self.desk, 2))
        first, second = self._sell((self.desk, 1)), self._sell((self.desk, 2))
        self._ship(shipped.picking_ids, {self.desk: 2})
        wizard = Form(
            self.env["stock.return.picking"].with_context(
                active_id=shipped.picking_ids.id, active_model="stock.picking"
            )
        ).save()
        wizard.product_return_moves.quantity = 2
        action = wizard.action_create_returns()
        back = self.env["stock.picking"].browse(action["res_id"])
        back.move_ids.write({"quantity": 2, "picked": True})
        back.button_validate()
        self.assertEqual(self._reserved(first, second), [1, 1])

    def test_pulled_chain_serves_its_first_leg(self):
        self._pull_in_two_steps()
        first, second = self._sell((self.desk, 4)), self._sell((self.desk, 4))
        self.assertEqual(len(first.picking_ids), 2)
        self._receive(self.desk, 5)
        self.assertEqual(self._reserved(first, second), [4, 1])

    def test_packages(self):
        package = self.env["stock.package"].create({"name": "PACK1"})
        first, second = self._sell((self.desk, 4)), self._sell((self.desk, 4))
        self._stock(self.desk, 5, package_id=package)
        self.assertEqual(self._reserved(first, second), [4, 1])

    def test_lots(self):
        product = self._create_product("Glue", tracking="lot")
        orders = [self._sell((product, 4)) for _ in range(2)]
        for name, quantity in (("A", 3), ("B", 3)):
            lot = self.env["stock.lot"].create({"name": name, "product_id": product.id})
            self._stock(product, quantity, lot_id=lot)
        self.assertEqual(self._reserved(*orders), [4, 2])

    def test_whole_packs_only(self):
        self.policy.whole_packs = True
        dozen = self.env.ref("uom.product_uom_dozen")
        orders = [self._sell((self.desk, 2, dozen)), self._sell((self.desk, 5))]
        self._receive(self.desk, 20)
        self.assertEqual(self._reserved(*orders), [12, 5])

    def test_two_companies(self):
        company = self.env["res.company"].create({"name": "Elsewhere Ltd"})
        self.env.user.company_ids |= company
        theirs = self.env["stock.warehouse"].search([("company_id", "=", company.id)], limit=1)
        mine = self._sell((self.desk, 4))
        other = (
            self.env["sale.order"]
            .with_company(company)
            .create(
                {
                    "partner_id": self.customer.id,
                    "company_id": company.id,
                    "warehouse_id": theirs.id,
                    "order_line": [
                        Command.create({"product_id": self.desk.id, "product_uom_qty": 4})
                    ],
                }
            )
        )
        other.action_confirm()
        self._stock(self.desk, 3, location=theirs.lot_stock_id)
        self.assertEqual(self._reserved(mine, other), [0, 3])
        self._receive(self.desk, 2)
        self.assertEqual(self._reserved(mine, other), [2, 3])

    def test_policy_of_another_company_says_nothing_here(self):
        company = self.env["res.company"].create({"name": "Elsewhere Ltd"})
        self.policy.company_id = company
        first, second = self._sell((self.desk, 4)), self._sell((self.desk, 4))
        second.picking_ids.priority = "1"
        self._receive(self.desk, 4)
        self.assertEqual(self._reserved(first, second), [0, 4])

    def test_reservation_by_hand_is_left_to_people(self):
        self.warehouse.out_type_id.reservation_method = "manual"
        order = self._sell((self.desk, 4))
        self._receive(self.desk, 4)
        self.assertEqual(self._reserved(order), [0])
        order.picking_ids.action_assign()
        self.assertEqual(self._reserved(order), [4])

    def test_locations_below_stock_have_their_own_demand(self):
        shelf, bay = self.env["stock.location"].create(
            [
                {"name": name, "location_id": self.stock.id, "usage": "internal"}
                for name in ("Shelf", "Bay")
            ]
        )
        wide, narrow = self._sell((self.desk, 4)), self._sell((self.desk, 4))
        narrow.order_line.move_ids.location_id = shelf
        self._receive(self.desk, 3, location=bay)
        self.assertEqual(self._reserved(wide, narrow), [3, 0])
        self._receive(self.desk, 3, location=shelf)
        self.assertEqual(self._reserved(wide, narrow), [4, 2])

"""Simulation, receipt, scheduler, Check availability and a run name the same winners."""

import random
from datetime import timedelta

from odoo import fields
from odoo.fields import Command
from odoo.tests import tagged

from ..models.policies.backorder_policy import METHODS
from .common import BackorderCommon

POOLS = 200
SEED = 20260101


@tagged("post_install", "-at_install")
class TestPolicyAgreement(BackorderCommon):
    """Every pool has a category, and so a policy, of its own method."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.dice = random.Random(SEED)
        cls.policies = cls.env["backorder.policy"]
        cls.categories = []
        for method, name in METHODS:
            category = cls.env["product.category"].create({"name": name})
            weights = [("age", 1.0), ("value", 0.5), ("priority", 2.0)]
            cls.policies |= cls.policies.create(
                {
                    "name": name,
                    "method": method,
                    "product_categ_ids": category.ids,
                    "weight_ids": [
                        Command.create({"criterion": c, "weight": w}) for c, w in weights
                    ],
                }
            )
            cls.categories.append(category)
        cls.customers = cls.env["res.partner"].create(
            [{"name": f"Customer {tier}", "backorder_tier": tier} for tier in "123"]
        )
        cls.products = cls.env["product.product"].create(
            [
                {
                    "name": f"Pool {number}",
                    "type": "consu",
                    "is_storable": True,
                    "list_price": cls.dice.randint(1, 50),
                    "categ_id": cls.categories[number % len(METHODS)].id,
                }
                for number in range(POOLS)
            ]
        )
        cls.orders = cls._create_orders()
        cls.supply = {p: cls.dice.randint(1, 12) for p in cls.products}
        cls.env["backorder.tracker"]._drain()

    @classmethod
    def _create_orders(cls):
        """Three or four demands per pool; one order in four asks for two products."""
        now = fields.Datetime.now()
        values = []
        for index, product in enumerate(cls.products):
            for _demand in range(cls.dice.randint(3, 4)):
                products = [product]
                neighbour = index + len(METHODS)  # of the same policy
                if neighbour < POOLS and cls.dice.random() < 0.25:
                    products.append(cls.products[neighbour])
                days = timedelta(days=cls.dice.randint(1, 20))
                lines = [
                    {"product_id": p.id, "product_uom_qty": cls.dice.randint(1, 8)}
                    for p in products
                ]
                values.append(
                    {
                        "partner_id": cls.dice.choice(cls.customers).id,
                        "warehouse_id": cls.warehouse.id,
                        "commitment_date": now + days,
                        "order_line": [Command.create(line) for line in lines],
                    }
                )
        orders = cls.env["sale.order"].create(values)
        orders.action_confirm()
        for order in orders:
            since = now - timedelta(days=cls.dice.randint(0, 30))
            order.order_line.move_ids.backorder_seniority = since
            if cls.dice.random() < 0.2:
                order.picking_ids.priority = "1"
        return orders

    # === PATHS === #

    def _read_reserved(self):
        self.env["backorder.tracker"]._drain()
        self.env.flush_all()
        moves = self.orders.order_line.move_ids
        return {m.id: round(m.quantity, 4) for m in moves if m.quantity}

    def _try(self, path):
        """What a path reserves; undone afterwards."""
        with self.env.cr.savepoint() as savepoint:
            path()
            reserved = self._read_reserved()
            savepoint.rollback()
        self.env.transaction.clear()
        return reserved

    def _put_stock(self):
        """Stock appears and nobody is told."""
        self.env["ir.config_parameter"].set_param("stock.picking_no_auto_reserve", "1")
        for product, quantity in self.supply.items():
            self._stock(product, quantity)
        self.env["backorder.tracker"]._drain()
        self.env["ir.config_parameter"].set_param("stock.picking_no_auto_reserve", False)

    def _receive_all(self):
        place = {
            "location_id": self.supplier_location.id,
            "location_dest_id": self.stock.id,
        }
        receipt = self.env["stock.picking"].create(
            {
                "picking_type_id": self.warehouse.in_type_id.id,
                "move_ids": [
                    Command.create({"product_id": p.id, "product_uom_qty": q, **place})
                    for p, q in self.supply.items()
                ],
                **place,
            }
        )
        receipt.action_confirm()
        receipt.move_ids.picked = True
        receipt.button_validate()

    def _check_availability(self):
        pickings = list(self.orders.picking_ids)
        self.dice.shuffle(pickings)
        for picking in pickings:
            picking.action_assign()

    def _run(self):
        allocator = self.env["backorder.allocator"]
        allocator._run_pools(allocator._get_pools_to_run())

    def _commit_simulation(self):
        for run in self._simulate():
            run.commit()

    def _simulate(self):
        return self.policies.simulate(warehouse_ids=self.warehouse.ids)

    # === TEST === #

    def test_all_paths_agree(self):
        received = self._try(self._receive_all)
        self._put_stock()
        self.assertEqual(self._read_reserved(), {})
        lines = self._simulate().line_ids
        simulated = {x.move_id.id: round(x.qty_after, 4) for x in lines if x.qty_after}
        total = sum(
            min(quantity, sum(m.product_qty for m in self._get_moves(product)))
            for product, quantity in self.supply.items()
        )
        self.assertEqual(sum(simulated.values()), total)
        self.assertEqual(received, simulated)
        for path in (
            self.env["stock.rule"].run_scheduler,
            self._run,
            self._check_availability,
            self._commit_simulation,
        ):
            with self.subTest(path=path.__name__):
                self.assertSame(self._try(path), simulated)

    def _get_moves(self, product):
        return self.orders.order_line.move_ids.filtered(lambda m: m.product_id == product)

    def assertSame(self, found, expected):
        """Name the methods whose pools differ."""
        moves = self.env["stock.move"].browse(
            [i for i in {*found, *expected} if found.get(i, 0) != expected.get(i, 0)]
        )
        methods = {m.product_id.categ_id.name for m in moves}
        self.assertFalse(moves, f"{len(moves)} of {len(expected)} differ: {methods}")

"""In what steps stock is handed out: pieces, fractions, full packagings."""

from odoo.tests import tagged

from .common import BackorderCommon


@tagged("post_install", "-at_install")
class TestPolicyPacks(BackorderCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.policy = cls.env["backorder.policy"].create({"name": "First", "method": "fifo"})
        cls.kilo = cls.env.ref("uom.product_uom_kgm")
        cls.dozen = cls.env.ref("uom.product_uom_dozen")
        cls.six = cls.env["uom.uom"].create(
            {
                "name": "Pack of 6",
                "relative_factor": 6,
                "relative_uom_id": cls.env.ref("uom.product_uom_unit").id,
            }
        )

    def test_fractions_do_not_lie_idle(self):
        """12.5 kg for 10 and 5: 10 and 2.5, not 10 and 2."""
        flour = self._create_product("Flour", uom_id=self.kilo.id)
        first, second = self._sell((flour, 10)), self._sell((flour, 5))
        self._receive(flour, 12.5)
        self.assertEqual(self._reserved(first, second), [10, 2.5])
        self._receive(flour, 1)
        self.assertEqual(self._reserved(first, second), [10, 3.5])

    def test_fractions_in_a_run(self):
        """Nothing is free, and 2.5 are held: shared anew, they stay."""
        flour = self._create_product("Flour", uom_id=self.kilo.id)
        first, second = self._sell((flour, 10)), self._sell((flour, 5))
        self._receive(flour, 12.5)
        run = self.policy.simulate([flour.id], [self.warehouse.id])
        self.assertEqual(
            [
                run.line_ids.filtered(lambda x, o=o: x.order_id == o).qty_after
                for o in (first, second)
            ],
            [10, 2.5],
        )

    def test_pieces_stay_whole(self):
        """5 for two who want 4 each, evenly: 3 and 2. So it is beside a dozen of which 5 pieces,
        0.42 dozen, are held."""
        self.policy.method = "even"
        first, second = self._sell((self.desk, 4)), self._sell((self.desk, 4))
        self._receive(self.desk, 5)
        self.assertEqual(self._reserved(first, second), [3, 2])
        lamp = self._create_product("Lamp")
        self._stock(lamp, 5)
        orders = [self._sell((lamp, 1, self.dozen)), self._sell((lamp, 4)), self._sell((lamp, 4))]
        orders[0].picking_ids.action_assign()
        self._receive(lamp, 3)
        for order in orders[1:]:
            self.assertEqual(self._reserved(order)[0] % 1, 0)

    def test_full_packagings_only(self):
        """The category reserves full packagings: with 5 there, the pack of 6 waits and the 3
        pieces of the next go. When 9 more come, 6 of 11 are a pack."""
        category = self.env["product.category"].create(
            {"name": "Boxed", "packaging_reserve_method": "full"}
        )
        tile = self._create_product("Tile", categ_id=category.id, uom_ids=self.six.ids)
        first, second = self._sell((tile, 1, self.six)), self._sell((tile, 3))
        self._receive(tile, 5)
        self.assertEqual(self._reserved(first, second), [0, 3])
        third = self._sell((tile, 9))
        self.assertEqual(self._reserved(first, second, third), [0, 3, 2])
        self._receive(tile, 9)
        # in the unit of the move
        moves = (first | second | third).order_line.move_ids
        held = [m.product_uom._compute_quantity(m.quantity, tile.uom_id) for m in moves]
        self.assertEqual(held, [6, 3, 5])

    def test_rest_that_completes_a_demand(self):
        """A pack and a half: with 9 there it is complete. Odoo alone would leave 3 lying there,
        and the plan does not give them to the next."""
        category = self.env["product.category"].create(
            {"name": "Boxed", "packaging_reserve_method": "full"}
        )
        tile = self._create_product("Tile", categ_id=category.id, uom_ids=self.six.ids)
        first, second = self._sell((tile, 1.5, self.six)), self._sell((tile, 3))
        self._receive(tile, 9)
        moves = (first | second).order_line.move_ids
        held = [m.product_uom._compute_quantity(m.quantity, tile.uom_id) for m in moves]
        self.assertEqual(held, [9, 0])
        self._receive(tile, 3)
        held = [m.product_uom._compute_quantity(m.quantity, tile.uom_id) for m in moves]
        self.assertEqual(held, [9, 3])

    def test_partial_packagings(self):
        """As Odoo does by default: the first takes what there is."""
        tile = self._create_product("Tile", uom_ids=self.six.ids)
        first, second = self._sell((tile, 1, self.six)), self._sell((tile, 3))
        self._receive(tile, 5)
        held = first.order_line.move_ids.move_line_ids.quantity_product_uom
        self.assertAlmostEqual(held, 5, delta=0.05)
        self.assertEqual(self._reserved(second), [0])

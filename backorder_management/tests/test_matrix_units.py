"""Sold in one unit, stocked in another; fractions. Backorders count in the product's unit."""

from odoo.tests import tagged

from .flows import FlowCommon


@tagged("post_install", "-at_install")
class TestMatrixDozens(FlowCommon):
    """Two dozen are sold and fifteen pieces are in stock: nine are short."""

    def setUp(self):
        super().setUp()
        self.dozen = self.env.ref("uom.product_uom_dozen")
        self._put(15)

    def _sell_dozens(self, quantity=2):
        return self._sell((self.product, quantity, self.dozen))

    def test_ship_receive_ship_and_cancel(self):
        order = self._sell_dozens()
        self._assert_line(order, backordered=9, open=9, ready=0, state="open")
        self._pass(order, 15)
        self._assert_line(order, backordered=9, open=9, fulfilled=0)
        self._get(4)
        self._assert_line(order, open=9, ready=4, state="ready")
        self._pass(order, 4)
        self._assert_line(order, open=5, fulfilled=4, state="partial")
        self._get_open_pickings(order).action_cancel()
        self._assert_line(order, backordered=9, open=0, fulfilled=4, cancelled=5, state="done")

    def test_raise_and_lower(self):
        """Three dozen: 36 - 15 = 21 short. Two again: twelve of them are cancelled."""
        order = self._sell_dozens()
        self._change(order, 3)
        self._assert_line(order, backordered=21, open=21)
        self._change(order, 2)
        self._assert_line(order, backordered=21, open=9, cancelled=12)

    def test_seven_of_twelve(self):
        """7/12 of a dozen is 0.58 for the order and must not become 6.96 pieces here."""
        order = self._sell_dozens(1)
        self._assert_nothing(order)
        self._pass(order, 7)
        self._assert_line(order, backordered=5, open=5, fulfilled=0)
        self._pass(order, 5)
        self._assert_line(order, backordered=5, open=0, fulfilled=5, state="done")

    def test_create_by_hand_in_the_unit_of_the_order(self):
        order = self._sell_dozens(1)
        order.create_backorder({str(order.order_line.id): 0.5})
        self._assert_line(order, backordered=6, open=6)

    def test_transfers_in_the_unit_of_the_order(self):
        """With the unit of the order on transfers two dozen ask for 24; 15 are reserved as 1.25
        dozen: nine are short. Four more can be reserved as 0.33 dozen: 3.96."""
        self.env["ir.config_parameter"].set_param("stock.propagate_uom", "1")
        order = self._sell_dozens()
        self.assertEqual(order.order_line.move_ids.product_uom, self.dozen)
        self._assert_line(order, backordered=9, open=9, ready=0)
        self._get(4)
        line = self._assert_line(order, backordered=9, open=9)
        self.assertAlmostEqual(line.qty_ready, 3.96, 2)
        self._pass(order, 1.25)
        line = self._assert_line(order, backordered=9, open=9, fulfilled=0)
        self._get(20)
        self._pass(order, 0.75)
        self._assert_line(order, backordered=9, open=0, ready=0, fulfilled=9, state="done")


@tagged("post_install", "-at_install")
class TestMatrixFractions(FlowCommon):
    """One third of a kilo is 0.33 kg for the system; 0.1 kg is in stock: 0.23 kg are short."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.kilo = cls.env.ref("uom.product_uom_kgm")
        cls.product = cls._create_product("Glue", uom_id=cls.kilo.id)

    def test_third_of_a_kilo(self):
        self._put(0.1)
        order = self._sell((self.product, 1 / 3))
        self._assert_line(order, backordered=0.23, open=0.23, ready=0)
        self._pass(order, 0.1)
        self._assert_line(order, backordered=0.23, open=0.23, fulfilled=0)
        self._get(0.2)
        self._assert_line(order, open=0.23, ready=0.2)
        self._pass(order, 0.2)
        self._assert_line(order, open=0.03, fulfilled=0.2)
        self._get(0.03)
        self._pass(order, 0.03)
        self._assert_line(order, backordered=0.23, open=0, fulfilled=0.23, state="done")

    def test_three_thirds(self):
        """Shipped in three parts of one third, with noise in the last digits; nothing is left."""
        order = self._sell((self.product, 1))
        for received in (1 / 3, 1 / 3, 0.34):
            self._get(received)
            self._pass(order, round(received, 2))
        self._assert_line(order, backordered=1, open=0, fulfilled=1, cancelled=0, state="done")

    def test_sold_in_grams(self):
        """250 g with 0.1 kg in stock: 0.15 kg short. Raised to 400 g: 0.3 kg."""
        self._put(0.1)
        order = self._sell((self.product, 250, self.env.ref("uom.product_uom_gram")))
        self._assert_line(order, backordered=0.15, open=0.15)
        self._change(order, 400)
        self._assert_line(order, backordered=0.3, open=0.3)
        self._change(order, 200)
        self._assert_line(order, backordered=0.3, open=0.1, cancelled=0.2)

    def test_many_small_changes_leave_no_noise(self):
        """0.1 more, ten times: 1.1 kg are short, not 1.0999."""
        order = self._sell((self.product, 0.1))
        for step in range(2, 12):
            self._change(order, step / 10)
        line = self._assert_line(order, backordered=1.1, open=1.1)
        self.assertEqual(line.qty_open, 1.1)
        order._action_cancel()
        self._assert_line(order, backordered=1.1, open=0, cancelled=1.1, state="cancel")

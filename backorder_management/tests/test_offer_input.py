"""What cannot be offered is refused with one sentence, and nothing is written."""

from odoo.tests import tagged

from .bad_input import BadInputCase

NAN, INF = float("nan"), float("inf")
NO_NUMBERS = ("three", "", "1,5", [], {}, NAN, INF, -1, 1e300, 10**400)


@tagged("post_install", "-at_install")
class TestOfferInput(BadInputCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.oak = cls._create_product("Oak desk", list_price=15.0)
        cls.board = cls._create_product("Board")
        cls.env["product.substitute"].create(
            {"product_tmpl_id": cls.desk.product_tmpl_id.id, "substitute_id": cls.oak.id}
        )
        order = cls._sell((cls.desk, 4), user_id=cls.seller.id)
        cls.item = order.backorder_ids.line_ids.with_user(cls.seller)

    def _refuse(self, pattern, **values):
        with self.subTest(**values):
            values.setdefault("product_id", self.oak.id)
            self._assert_refused([pattern], self.item.offer_substitute, **values)
            self.assertFalse(self.item.offer_ids)

    def test_no_numbers(self):
        for name in ("replaced_quantity", "quantity", "price_unit"):
            for value in NO_NUMBERS:
                self._refuse("is not a quantity or price", **{name: value})

    def test_quantities(self):
        for value in (0, "0", 4.01, 5, "5"):
            self._refuse("only 4 Units are open", replaced_quantity=value)
        for value in (0, 0.001):
            self._refuse("above zero", quantity=value)

    def test_products(self):
        for value in (self.board.id, self.desk.id, 0, None, "x", 999_999):
            self._refuse("one of the substitutes of Desk", product_id=value)

    def test_dates(self):
        for value in ("tomorrow", 5, [1]):
            self._refuse("is not a date", valid_until=value)
        self._refuse("does not hold any more", valid_until="2000-01-01")

    def test_as_json_writes_it(self):
        """Numbers as text are numbers."""
        offer = self.item.offer_substitute(
            str(self.oak.id), replaced_quantity="2", quantity="3", price_unit="12.5"
        )
        self.assertEqual((offer.replaced_quantity, offer.quantity, offer.price_unit), (2, 3, 12.5))
        self._assert_refused(["not a quantity or price"], offer.accept, price_unit="free")
        offer.accept(price_unit="12.5")
        self.assertEqual(offer.state, "accepted")
        self._assert_sound()

"""Which substitutes are offered first, and what they cost."""

from datetime import timedelta

from psycopg2 import IntegrityError

from odoo import Command, fields
from odoo.exceptions import ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .offer_case import OfferCase


@tagged("post_install", "-at_install")
class TestOfferPrices(OfferCase):
    # === PRICES === #

    def test_keep_the_price(self):
        """A desk at 10.0 less 10 % is 9.0: three boards that replace it are 3.0 each."""
        self._replace(self.board, 3, keep_price=True)
        item = self._wait()
        item.sale_line_id.discount = 10
        offer = item.offer_substitute(self.board.id)
        self.assertEqual((offer.quantity, offer.price_unit, offer.price_total), (12, 3, 36))
        offer.accept()
        line = self._get_new_line(item)
        self.assertEqual((line.price_unit, line.discount, line.price_subtotal), (3, 0, 36))

    def test_keep_the_price_of_a_dozen(self):
        """Two dozen at 120.0, fifteen there, nine short: 10.0 each, 3.33 for a third of it."""
        self._replace(self.oak, keep_price=True)
        self._replace(self.board, 3, keep_price=True)
        dozen = self.env.ref("uom.product_uom_dozen")
        self._stock(self.desk, 15)
        item = self._sell((self.desk, 2, dozen)).backorder_ids.line_ids
        self.assertEqual((item.price_unit, item.qty_open), (120, 9))
        offer = item.offer_substitute(self.oak.id)
        self.assertEqual((offer.quantity, offer.price_unit), (9, 10))
        boards = item.offer_substitute(self.board.id, replaced_quantity=4)
        self.assertEqual((boards.quantity, boards.price_unit), (12, 3.33))
        offer.accept()
        self.assertEqual(item.qty_cancelled, 9)
        self.assertEqual(self._get_new_line(item).product_uom_id, self.oak.uom_id)
        self._assert_sound()

    def test_price_list(self):
        """From five boards on 25 % less: 3.0 instead of 4.0; the discount is in the price."""
        self._replace(self.board, 3)
        pricelist = self.env["product.pricelist"].create(
            {
                "name": "Shops",
                "item_ids": [
                    Command.create(
                        {
                            "applied_on": "1_product",
                            "product_tmpl_id": self.board.product_tmpl_id.id,
                            "min_quantity": 5,
                            "compute_price": "percentage",
                            "percent_price": 25,
                        }
                    )
                ],
            }
        )
        item = self._wait(pricelist_id=pricelist.id)
        one = item.offer_substitute(self.board.id, replaced_quantity=1)
        two = item.offer_substitute(self.board.id, replaced_quantity=2)
        self.assertEqual((one.quantity, one.price_unit), (3, 4))
        self.assertEqual((two.quantity, two.price_unit), (6, 3))
        two.accept()
        line = self._get_new_line(item)
        self.assertEqual((line.price_unit, line.discount, line.price_subtotal), (3, 0, 18))

    def test_the_price_stays(self):
        """Whatever price lists say later; only what is added has today's price."""
        self._replace(self.oak)
        self._stock(self.oak, 9)
        item = self._wait()
        offer = item.offer_substitute(self.oak.id)
        self.oak.list_price = 99
        offer.accept()
        order, line = item.sale_order_id, self._get_new_line(item)
        order._recompute_prices()
        self.assertEqual(line.price_unit, 15)
        line.product_uom_qty = 3
        self.assertEqual(line.price_unit, 15)
        line.product_uom_qty = 5
        added = order.order_line - line - item.sale_line_id
        self.assertEqual((line.product_uom_qty, line.price_unit), (3, 15))
        self.assertEqual((added.product_uom_qty, added.price_unit), (2, 99))
        self._assert_sound()

    def test_a_gift(self):
        """No price is a price."""
        self._replace(self.oak)
        item = self._wait()
        offer = item.offer_substitute(self.oak.id, price_unit=0)
        offer.accept()
        item.sale_order_id._recompute_prices()
        self.assertEqual(self._get_new_line(item).price_unit, 0)

    def test_taxes(self):
        """10 % at home is nothing abroad, for the original and for what replaces it."""
        home, abroad = self.env["account.tax"].create(
            [{"name": "Home 10", "amount": 10}, {"name": "Abroad 0", "amount": 0}]
        )
        position = self.env["account.fiscal.position"].create({"name": "Abroad"})
        abroad.write({"original_tax_ids": home.ids, "fiscal_position_ids": position.ids})
        (self.desk | self.oak).taxes_id = home
        self._replace(self.oak)
        first = self._wait()
        first.offer_substitute(self.oak.id).accept()
        line = self._get_new_line(first)
        self.assertEqual((line.tax_ids, line.price_total), (home, 66))
        second = self._wait(there=0, fiscal_position_id=position.id)
        second.offer_substitute(self.oak.id, replaced_quantity=4).accept()
        line = self._get_new_line(second)
        self.assertEqual((line.tax_ids, line.price_total), (abroad, 60))

    def test_keep_a_price_with_taxes_in_it(self):
        """11.0 with 10 % in it is 10.0 without; the substitute has its tax on top."""
        inside, on_top = self.env["account.tax"].create(
            [
                {"name": "In it", "amount": 10, "price_include_override": "tax_included"},
                {"name": "On top", "amount": 10, "price_include_override": "tax_excluded"},
            ]
        )
        self.desk.write({"taxes_id": inside.ids, "list_price": 11})
        self.oak.taxes_id = on_top
        self._replace(self.oak, keep_price=True)
        item = self._wait()
        offer = item.offer_substitute(self.oak.id)
        self.assertEqual(offer.price_unit, 10)
        offer.accept()
        self.assertEqual(self._get_new_line(item).price_total, 44)

    # === CANDIDATES === #

    def test_candidates(self):
        """What is there for all four first, then by date, then what has none."""
        pine, ash, elm = (self._create_product(n, list_price=8.0) for n in ("Pine", "Ash", "Elm"))
        for product in (elm, ash, pine, self.oak):
            self._replace(product, note=f"Like {product.name}")
        self._stock(self.oak, 4)
        self._stock(elm, 1)
        days = {ash: 20, pine: 5}
        for product, day in days.items():
            receipt = self._receive(product, 9, done=False)
            receipt.scheduled_date = fields.Datetime.now() + timedelta(days=day)
        item = self._wait()
        order = item.sale_order_id
        found = item.get_substitutes()
        self.assertEqual([x["name"] for x in found], ["Oak desk", "Pine", "Ash", "Elm"])
        self.assertEqual([x["free"] for x in found], [4, 0, 0, 1])
        self.assertEqual(found[0]["available"], "In stock")
        self.assertTrue(found[1]["date"] < found[2]["date"])
        self.assertFalse(found[3]["date"])
        self.assertEqual(found[0]["price_unit"], 15)
        self.assertEqual(order.order_line, item.sale_line_id)
        self.assertEqual(order.amount_untaxed, 100)

    def test_of_the_variant_and_the_company(self):
        """A row for this variant goes before one for all."""
        other = self.env["res.company"].create({"name": "Elsewhere"})
        self._replace(self.oak, 2)
        mine = self._replace(self.oak, 3, product_id=self.desk.id)
        self._replace(self.board, 9, company_id=other.id)
        rows = self.env["product.substitute"]._find(self.desk, self.company)
        self.assertEqual(rows, mine)
        for values, error in (
            ({"ratio": 0}, IntegrityError),
            ({"substitute_id": self.desk.id}, ValidationError),
            ({"product_id": self.board.id}, ValidationError),
        ):
            with (
                self.subTest(values),
                mute_logger("odoo.sql_db"),
                self.assertRaises(error),
                self.env.cr.savepoint(),
            ):
                mine.write(values)

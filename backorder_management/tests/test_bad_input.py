"""What cannot be done is refused with one clear sentence each, and nothing is written."""

from odoo import Command
from odoo.tests import tagged

from .bad_input import BadInputCase

NAN, INF = float("nan"), float("inf")


@tagged("post_install", "-at_install")
class TestBadCreate(BadInputCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._stock(cls.desk, 8)
        cls.order = cls._sell(
            (cls.desk, 5), (cls.service_product, 1), confirm=False, user_id=cls.seller.id
        )
        cls.order.order_line = [
            Command.create({"display_type": "line_section", "name": "Furniture"})
        ]
        cls.order.action_confirm()
        cls.line, cls.service, cls.section = cls.order.order_line
        cls.foreign = cls._sell((cls.desk, 3), user_id=cls.colleague.id)

    def test_no_quantity_above_zero(self):
        values = [-1, -0.5, 0, "0", "-3", 0.000001, NAN, "nan", INF, -INF, "inf", "1e999"]
        for value in values:
            with self.subTest(value=value):
                self._assert_refused(
                    ["Desk: .*more than zero"], self.order.create_backorder, {self.line.id: value}
                )

    def test_not_a_number(self):
        for value in ("three", "", "1,5", None, [], {}, [3]):
            with self.subTest(value=value):
                self._assert_refused(
                    ["is not a quantity"], self.order.create_backorder, {self.line.id: value}
                )

    def test_number_beyond_floats(self):
        """JSON knows integers of any length."""
        self._catch(self.order.create_backorder, {self.line.id: 10**400})

    def test_too_much(self):
        for value in (5.01, 6, "6", 1e15, 1e300):
            with self.subTest(value=value):
                self._assert_refused(
                    ["Desk: at most 5 Units"], self.order.create_backorder, {self.line.id: value}
                )

    def test_too_much_of_the_rest(self):
        self.order.create_backorder({str(self.line.id): "4"})
        self._assert_refused(
            ["Desk: at most 1 Units"], self.order.create_backorder, {self.line.id: 2}
        )
        self._assert_line(self.order, backordered=4, open=4)

    def test_key_that_is_no_line(self):
        for key in ("desk", "", None, "1.5"):
            with self.subTest(key=key):
                self._assert_refused(["is not a quantity"], self.order.create_backorder, {key: 1})
        for key in (0, -1, 2**40, self.foreign.order_line.id):
            with self.subTest(key=key):
                self._assert_refused(
                    [f"does not belong to {self.order.name}"],
                    self.order.create_backorder,
                    {key: 1},
                )

    def test_not_a_dictionary(self):
        for lines in (None, {}, [], "all", 5, [(self.line.id, 1)]):
            with self.subTest(lines=lines):
                self._assert_refused(["which items"], self.order.create_backorder, lines)

    def test_nothing_to_ship(self):
        for line in (self.service, self.section):
            with self.subTest(line=line.name):
                self._assert_refused(
                    ["not a product that is shipped"], self.order.create_backorder, {line.id: 1}
                )

    def test_delivered_already(self):
        self._ship(self.order.picking_ids)
        self._assert_refused(["Desk: "], self.order.create_backorder, {self.line.id: 1})

    def test_all_problems_at_once(self):
        lines = {
            self.line.id: -1,
            self.service.id: 1,
            self.section.id: 1,
            self.foreign.order_line.id: 1,
            "x": 1,
        }
        self._assert_refused(
            ["more than zero", "not a product", "Furniture.* not a product", "not belong", "x: 1"],
            self.order.create_backorder,
            lines,
        )

    def test_good_and_bad_line(self):
        """One bad item refuses the good ones too."""
        lines = {self.line.id: 2, self.service.id: 1}
        self._assert_refused(["not a product"], self.order.create_backorder, lines)
        self.assertFalse(self.order.backorder_ids)

    def test_date(self):
        for date in ("tomorrow", "2030-13-01", "31.12.2030", "2030-02-30", 5, True, [2030, 1, 1]):
            with self.subTest(date=date):
                self._assert_refused(
                    ["is not a date"], self.order.create_backorder, {self.line.id: 1}, date
                )

    def test_cause(self):
        for cause in (2**30, -1, "customer", [2**30], 1.5):
            with self.subTest(cause=cause):
                self._assert_refused(
                    ["cause does not exist"],
                    self.order.create_backorder,
                    {self.line.id: 1},
                    cause_id=cause,
                )

    def test_date_and_cause_and_quantity(self):
        """Everything that is wrong is said at once, whatever argument it is in."""
        error = self._catch(
            self.order.create_backorder, {self.line.id: -1}, "tomorrow", cause_id=2**30
        )
        for pattern in ("more than zero", "not a date", "cause does not exist"):
            self.assertRegex(str(error), pattern)

    def test_order_not_confirmed(self):
        draft = self._sell((self.desk, 1), confirm=False)
        cancelled = self._sell((self.desk, 1))
        cancelled._action_cancel()
        for order in (draft, cancelled):
            with self.subTest(state=order.state):
                self._assert_refused(
                    [f"{order.name}.* confirmed order"],
                    order.create_backorder,
                    {order.order_line.id: 1},
                )

    def test_order_locked(self):
        self.order.action_lock()
        self._assert_refused(
            [f"Unlock {self.order.name}"], self.order.create_backorder, {self.line.id: 1}
        )

    def test_missing_right(self):
        for user in (self.portal, self.internal, self.colleague, self.picker):
            with self.subTest(user=user.login):
                order = self.order.with_user(user)
                self._assert_forbidden(order.create_backorder, {self.line.id: 1})

    def test_foreign_company(self):
        order = self._sell_elsewhere(2)
        self._assert_forbidden(
            order.with_user(self.seller).create_backorder, {order.order_line.id: 1}
        )

    def test_salesperson_may(self):
        """The counterpart: what is refused above is not refused to everybody."""
        self.order.with_user(self.seller).create_backorder({self.line.id: 5}, "2030-05-20")
        self._assert_line(self.order, backordered=5, open=5, ready=0)

    def test_reservation_is_given_back_without_a_date(self):
        """The customer waits, also when nobody knows until when yet."""
        self.order.create_backorder({self.line.id: 4})
        self._assert_line(self.order, backordered=4, open=4, ready=0)


@tagged("post_install", "-at_install")
class TestBadFulfil(BadInputCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.lamp = cls._create_product("Lamp")
        cls._stock(cls.desk, 2)
        cls.order = cls._sell((cls.desk, 5), (cls.lamp, 4), user_id=cls.seller.id)
        cls._receive(cls.desk, 3)
        cls.backorder = cls.order.backorder_ids
        cls.line, cls.lamp_line = cls.backorder.line_ids.sorted("id")
        cls.foreign = cls._sell((cls.lamp, 7)).backorder_ids

    def test_negative_or_not_finite(self):
        for value in (-1, -0.01, "-2", NAN, "nan", INF, -INF, "1e999"):
            with self.subTest(value=value):
                self._assert_refused(["Desk: "], self.backorder.fulfil, {self.line.id: value})

    def test_zero(self):
        """Three are ready, so the sentence must not say that nothing is."""
        for quantities in ({}, {self.line.id: 0}, {self.line.id: 0, self.lamp_line.id: "0"}):
            with self.subTest(quantities=quantities):
                error = self._catch(self.backorder.fulfil, quantities)
                self.assertNotRegex(str(error), "^Nothing .* is ready")

    def test_not_a_number(self):
        for key, value in ((self.line.id, "three"), (self.line.id, None), ("x", 1), (None, 1)):
            with self.subTest(key=key, value=value):
                self._assert_refused(["is not a quantity"], self.backorder.fulfil, {key: value})

    def test_number_beyond_floats(self):
        self._catch(self.backorder.fulfil, {self.line.id: 10**400})

    def test_not_a_dictionary(self):
        for quantities in ([], [self.line.id], "all", 5):
            with self.subTest(quantities=quantities):
                self._catch(self.backorder.fulfil, quantities)

    def test_more_than_available(self):
        for value in (3.01, 4, "4", 1e300):
            with self.subTest(value=value):
                for validate in (False, True):
                    self._assert_refused(
                        ["Desk: only 3 Units can ship now"],
                        self.backorder.fulfil,
                        {self.line.id: value},
                        validate=validate,
                    )
        self._assert_refused(["Lamp: only 0 Units"], self.backorder.fulfil, {self.lamp_line.id: 1})

    def test_more_than_available_with_free_stock(self):
        """What was reserved only to see how much is there is given back."""
        self.order.picking_ids.do_unreserve()
        self._assert_refused(["only 3 Units"], self.backorder.fulfil, {self.line.id: 4})

    def test_lines_of_another_backorder(self):
        self._assert_refused(
            ["does not belong"], self.backorder.fulfil, {self.foreign.line_ids.id: 1}
        )

    def test_all_problems_at_once(self):
        quantities = {self.line.id: 4, self.lamp_line.id: -1, self.foreign.line_ids.id: 1, "x": 1}
        self._assert_refused(
            ["only 3", "Lamp: ", "not belong", "x: 1"], self.backorder.fulfil, quantities
        )

    def test_nothing_ready(self):
        self._assert_refused([f"Nothing of {self.foreign.name}"], self.foreign.fulfil)

    def test_closed(self):
        self.order._action_cancel()
        self._assert_refused([self.backorder.name], self.backorder.fulfil)
        self._assert_refused([self.backorder.name], self.backorder.fulfil, {self.line.id: 1})

    def test_missing_right(self):
        for user in (self.portal, self.internal, self.seller, self.colleague):
            with self.subTest(user=user.login):
                self._assert_forbidden(self.backorder.with_user(user).fulfil)

    def test_foreign_company(self):
        backorder = self._sell_elsewhere(2).backorder_ids
        self.assertTrue(backorder)
        self._assert_forbidden(backorder.with_user(self.picker).fulfil)

    def test_stock_user_may(self):
        self.backorder.with_user(self.picker).fulfil({self.line.id: 3}, validate=True)
        self.assertEqual(self.line.qty_fulfilled, 3)
        self._assert_sound()

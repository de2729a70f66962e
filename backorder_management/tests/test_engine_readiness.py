"""What of an order may ship, worked out by hand."""

from unittest import TestCase

from ..engine.demand import LINES, MINIMUM, WHOLE, Shipping
from ..engine.readiness import Item, get_shippable


class TestEngineReadiness(TestCase):
    def test_rules(self):
        items = {"a": Item(4, 4, 10.0), "b": Item(2, 1, 5.0), "c": Item(3, 0, 1.0)}
        for rule, expected in (
            (Shipping(), {"a", "b"}),
            (Shipping(WHOLE), set()),
            (Shipping(LINES), {"a"}),
            (Shipping(MINIMUM, 45, "value"), {"a", "b"}),  # 4 * 10 + 1 * 5
            (Shipping(MINIMUM, 46, "value"), set()),
            (Shipping(MINIMUM, 5, "quantity"), {"a", "b"}),
            (Shipping(MINIMUM, 6, "quantity"), set()),
            (Shipping(MINIMUM, 0.55, "share"), {"a", "b"}),  # 5 of 9
            (Shipping(MINIMUM, 0.56, "share"), set()),
        ):
            self.assertEqual(get_shippable(items, rule), expected, rule)
        whole = {"a": Item(4, 4), "b": Item(2, 2)}
        for name in (WHOLE, LINES):
            self.assertEqual(get_shippable(whole, Shipping(name)), {"a", "b"})
        self.assertEqual(get_shippable(whole, Shipping(MINIMUM, 99, "quantity")), {"a", "b"})

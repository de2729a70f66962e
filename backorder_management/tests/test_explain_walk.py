"""Whatever people do, each open line can be explained."""

from odoo.tests import tagged

from .test_random_walk import WalkCase

# where there is nothing to wait for
SETTLED = {"closed", "ready", "check_stock"}
RULES = ["as_available", "lines", "whole", "capped", "minimum"]


class ExplainWalkCase(WalkCase):
    share = 0.15

    def _do_sell(self):
        text = super()._do_sell()
        if text:
            self.orders[-1:].write(
                {"backorder_shipping": self.rng.choice(RULES), "backorder_minimum": 30}
            )
        return text

    def _check(self, before, dropped):
        self.env["backorder.tracker"]._drain()
        lines = self.orders.backorder_ids.line_ids
        for line, answer in zip(lines, lines._explain(), strict=True):
            self._check_answer(line, answer)
        return before

    def _check_answer(self, line, answer):
        texts = [answer["text"], *(also["text"] for also in answer["also"])]
        for text in texts:
            self.assertRegex(text, r"^[^a-z].+\.$", answer)
            self.assertNotRegex(text, r"_|None|False|%\(", answer)
        self.assertLessEqual(answer["rank"], answer["of"])
        self.assertLessEqual(len(answer["ahead"]), min(10, answer["ahead_count"]))
        waits = line.date_closed is False and not line.check_stock and line.qty_short > 1e-6
        self.assertEqual(waits, answer["reason"] not in SETTLED, answer)
        if waits:
            self.assertTrue(answer["unblock"]["text"], answer)
            self.assertGreater(answer["quantity"], 0, answer)


@tagged("post_install", "-at_install")
class TestExplainWalk(ExplainWalkCase):
    def test_core_order(self):
        self._walk()

    def test_policy(self):
        self.env["backorder.policy"].create({"name": "First", "method": "fifo"})
        self._walk()

    def test_even_in_two_steps(self):
        self.warehouse.delivery_steps = "pick_ship"
        self.env["backorder.policy"].create({"name": "Even", "method": "even"})
        self._walk()

"""What is named for whom, of purchases that are partly kept for customers, is what each gets."""

import random

from odoo.tests import tagged

from .common import PurchaseCommon

RULES = (None, {}, {"method": "priority"}, {"sharing": "even"}, {"sharing": "proportional"})
POOLS, ORDERS, PURCHASES = 6, 4, 3


@tagged("post_install", "-at_install")
class TestKeptAgreement(PurchaseCommon):
    def test_random_pools(self):
        """30 pools: four orders wait for three purchases, some of each is kept for some of them,
        and some orders ship whole. Then all comes, one purchase after the other."""
        dice, kept = random.Random(20261121), 0
        for rule in RULES:
            self.env["backorder.policy"].search([]).active = False
            if rule is not None:
                self.env["backorder.policy"].create({"name": "Mine", "method": "fifo", **rule})
            for number in range(POOLS):
                with self.subTest(rule=rule, number=number):
                    kept += self._check_pool(dice)
        self.assertGreater(kept, 20, "something was received that was kept")

    def _check_pool(self, dice):
        """:return: quantity that was kept and came so"""
        product = self._create_product("Lamp")
        orders = [self._sell((product, dice.randint(1, 9))) for _number in range(ORDERS)]
        for order in orders:
            order.picking_ids.priority = dice.choice("01")
        if dice.random() < 0.4:
            # counts where a policy is active
            dice.choice(orders).backorder_shipping = "whole"
        days = sorted(dice.sample(range(1, 30), PURCHASES))
        purchases = [self._buy((product, dice.randint(1, 9)), days=day) for day in days]
        pins = self._keep_some(dice, purchases, orders)
        named, given = self._get_named(orders), []
        for purchase in purchases:
            before = self._reserved(*orders)
            purchase.picking_ids.move_ids.picked = True
            purchase.picking_ids.button_validate()
            after = self._reserved(*orders)
            given.append([new - old for old, new in zip(before, after, strict=True)])
        planned = [[named.get((day, o), 0) for o in orders] for day in days]
        self.assertEqual(planned, given)
        self.assertNotIn("open", pins.mapped("state"))
        self._assert_sound()
        return sum(pins.mapped("qty_received"))

    def _keep_some(self, dice, purchases, orders):
        pins = self.env["backorder.purchase.pin"]
        open_of = {o: o.backorder_ids.line_ids.qty_open for o in orders}
        for purchase in purchases:
            rest = purchase.order_line.product_qty
            for order in dice.sample(orders, 2):
                quantity = dice.randint(0, int(min(rest, open_of[order])))
                if quantity:
                    rest -= quantity
                    open_of[order] -= quantity
                    pins |= pins.create(
                        {
                            "purchase_line_id": purchase.order_line.id,
                            "line_id": order.backorder_ids.line_ids.id,
                            "quantity": quantity,
                        }
                    )
        return pins

    def _get_named(self, orders):
        """:return: {(days from now, order): quantity}"""
        self.env["backorder.tracker"]._drain()
        self.env.flush_all()
        result = {}
        for order in orders:
            for peg in order.backorder_ids.line_ids.peg_ids:
                key = self._days(peg.date), order
                result[key] = result.get(key, 0) + peg.quantity
        return result

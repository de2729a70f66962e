"""Random pools with receipts on their way, and what is said of them."""

import random
from datetime import timedelta

from odoo import fields
from odoo.fields import Command

from .common import BackorderCommon

ORDERS, RECEIPTS = 5, 3


class RankCase(BackorderCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.random = random.Random(20260117)
        cls.policy = cls.env["backorder.policy"].create({"name": "Rank", "method": "fifo"})
        cls.now = fields.Datetime.now()

    # === BUILDERS === #

    def _create_orders(self, products):
        """Orders of different age, value, date, star and customer, confirmed in any order."""
        orders = self.env["sale.order"]
        for number in range(ORDERS):
            tier = self.random.choice("123")
            customer = self.env["res.partner"].create(
                {"name": f"Customer {number}", "backorder_tier": tier}
            )
            wanted = [(p, self.random.randint(1, 9)) for p in products]
            orders |= self._sell(
                *self.random.sample(wanted, self.random.randint(2, len(wanted))),
                partner_id=customer.id,
                commitment_date=self.now + timedelta(days=self.random.randint(-9, 40)),
            )
        for order in orders:
            since = self.now - timedelta(days=self.random.randint(0, 5))
            order.date_order = since
            order.order_line.move_ids.write({"backorder_seniority": since})
            order.picking_ids.priority = self.random.choice("01")
        return orders

    def _create_receipts(self, products):
        """:return: list of (date, receipt), the first to come first"""
        result = []
        for day in sorted(self.random.sample(range(1, 60), RECEIPTS)):
            date = self.now + timedelta(days=day)
            receipt = self._announce(date, {p: self.random.randint(1, 9) for p in products})
            result.append((date, receipt))
        return result

    def _announce(self, date, quantities):
        places = {
            "location_id": self.supplier_location.id,
            "location_dest_id": self.stock.id,
        }
        receipt = self.env["stock.picking"].create(
            {
                "picking_type_id": self.warehouse.in_type_id.id,
                **places,
                "move_ids": [
                    Command.create(
                        {"product_id": p.id, "product_uom_qty": q, "date": date, **places}
                    )
                    for p, q in quantities.items()
                ],
            }
        )
        receipt.action_confirm()
        receipt.move_ids.date = date
        return receipt

    def _take_in(self, receipt):
        receipt.move_ids.picked = True
        receipt.button_validate()

    # === WHAT IS SAID, AND WHAT IS DONE === #

    def _get_expected(self, orders):
        """:return: {move id: when its last unit is expected}"""
        self.env.flush_all()
        facts = self.env["backorder.reader"]._read_facts(orders.order_line.ids)
        return {f.outline.roots[0].id: f.expected for f in facts.values()}

    def _get_offered(self, receipt):
        """:return: {move id: quantity} that the reception report offers"""
        report = self.env["report.stock.report_reception"]
        values = report._get_report_values(receipt.ids)
        return {
            line["move_out"].id: line["quantity"]
            for lines in values["sources_to_lines"].values()
            for line in lines
        }

    def _get_reserved(self, moves):
        self.env["backorder.tracker"]._drain()
        return {m.id: m.quantity for m in moves}

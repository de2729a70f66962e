from datetime import datetime, time, timedelta

from odoo import fields
from odoo.fields import Command

from odoo.addons.backorder_management.tests.common import BackorderCommon


class PurchaseCommon(BackorderCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.today = fields.Date.today()
        cls.warehouse.partner_id.tz = "UTC"
        cls.vendor = cls.env["res.partner"].create({"name": "Timber & Co"})

    def _moment(self, days):
        return datetime.combine(self.today + timedelta(days=days), time(12))

    def _buy(self, *lines, days, vendor=None, confirm=True):
        """:param lines: (product, quantity)"""
        purchase = self.env["purchase.order"].create(
            {
                "partner_id": (vendor or self.vendor).id,
                "picking_type_id": self.warehouse.in_type_id.id,
                "order_line": [
                    Command.create(
                        {
                            "product_id": product.id,
                            "product_qty": quantity,
                            "price_unit": 4.0,
                            "date_planned": self._moment(days),
                        }
                    )
                    for product, quantity in lines
                ],
            }
        )
        if confirm:
            purchase.button_confirm()
        return purchase

    def _replan(self, purchase, days):
        purchase.order_line.date_planned = self._moment(days)
        self.env["backorder.tracker"]._drain()

    def _days(self, date):
        return date and (date - self.today).days

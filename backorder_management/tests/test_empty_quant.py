"""A quant without quantities, as a count that is not applied yet leaves one behind."""

from odoo.tests import tagged

from .common import BackorderCommon


@tagged("post_install", "-at_install")
class TestEmptyQuant(BackorderCommon):
    def test_sell_with_an_empty_quant(self):
        quant = self.env["stock.quant"].create(
            {"product_id": self.desk.id, "location_id": self.stock.id}
        )
        self.env.cr.execute(
            "UPDATE stock_quant SET quantity = NULL WHERE id = %s",
            [quant.id],
        )
        quant.invalidate_recordset()
        order = self._sell((self.desk, 3))
        self._assert_line(order, backordered=3, open=3, ready=0, state="open")
        self.assertFalse(order.backorder_dirty)

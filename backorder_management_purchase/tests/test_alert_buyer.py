from odoo.tests import new_test_user, tagged

from .common import PurchaseCommon


@tagged("post_install", "-at_install")
class TestAlertBuyer(PurchaseCommon):
    def test_buyer_of_the_purchase(self):
        """Of two purchases the later one; without any, who is responsible for the product."""
        first, last, keeper = (
            new_test_user(self.env, name, groups="purchase.group_purchase_user")
            for name in ("buyer_first", "buyer_last", "keeper")
        )
        self.desk.responsible_id = keeper
        record = self._sell((self.desk, 5)).backorder_ids
        rule = self.env["backorder.alert.rule"].create({"name": "Old", "responsible": "buyer"})
        nobody = self.env["res.users"]
        self.assertEqual(rule._find_people("buyer", nobody, record), {record: keeper})
        for days, buyer in ((9, last), (5, first)):
            self._buy((self.desk, 3), days=days).user_id = buyer
        self.env["backorder.tracker"]._drain()
        self.assertEqual(rule._find_people("buyer", nobody, record), {record: last})

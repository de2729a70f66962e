"""Why not me? Reasons that follow from where the stock is, and from what is on its way."""

from odoo import fields
from odoo.tests import tagged
from odoo.tools import SQL

from .test_explain import ExplainCase


@tagged("post_install", "-at_install")
class TestExplainStock(ExplainCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.depot = cls.warehouse.view_location_id

    def _assert_found(self, order, reason, sentence, /, **unblock):
        answer = self._explain(order)
        self.assertEqual(answer["reason"], reason, answer)
        self.assertEqual(answer["text"], sentence)
        self.assertEqual({k: answer["unblock"][k] for k in unblock}, unblock)
        return answer

    def test_free_and_not_reserved(self):
        """Core's switch: nothing is reserved by itself."""
        self.env["ir.config_parameter"].set_param("stock.picking_no_auto_reserve", "1")
        (order,) = self._orders(4)
        self._stock(self.desk, 3)
        self._assert_found(
            order,
            "unreserved",
            "3 Units are free for it and not reserved yet.",
            code="reserve",
            quantity=3,
            text=f"Check availability of {order.picking_ids.name}",
        )

    def test_what_is_free_is_not_short(self):
        """5 wanted: first nothing is on its way for the other 2, then all 5 are free."""
        self.env["ir.config_parameter"].set_param("stock.picking_no_auto_reserve", "1")
        (order,) = self._orders(5)
        self._stock(self.desk, 3)
        also = self._explain(order)["also"]
        self.assertEqual(
            [a["text"] for a in also if a["code"] in ("no_supply", "waiting")],
            ["2 Units are short, and none is on its way."],
        )
        self._stock(self.desk, 2)
        receipt = self._receive(self.desk, 9, done=False)
        receipt.move_ids.date = "2099-05-12 12:00:00"
        answer = self._explain(order)
        self.assertEqual(answer["text"], "5 Units are free for it and not reserved yet.")
        self.assertEqual(self._codes(answer), ["unreserved"])

    def test_other_warehouse(self):
        north = self.env["stock.warehouse"].create({"name": "North", "code": "NOR"})
        south = self.env["stock.warehouse"].create({"name": "South", "code": "SOU"})
        (order,) = self._orders(4)
        self._stock(self.desk, 9, location=north.lot_stock_id)
        self._stock(self.desk, 2, location=south.lot_stock_id)
        self._assert_found(
            order,
            "other_warehouse",
            "9 Units are free in warehouse North.",
            code="transfer",
            text="Move 4 from warehouse North",
            quantity=4,
        )

    def test_other_location(self):
        """Goods at the dock, beside the stock."""
        dock = self.env["stock.location"].create(
            {"name": "Dock", "location_id": self.depot.id, "usage": "internal"}
        )
        (order,) = self._orders(4)
        self._stock(self.desk, 3, location=dock)
        self._assert_found(
            order,
            "other_location",
            "3 Units are free in DEP/Dock, where this delivery does not take from.",
            code="relocate",
            text="Move 3 from DEP/Dock to DEP/Stock",
        )

    def test_put_away_is_not_done(self):
        """Received at the dock in two steps: the way to the stock is ready."""
        self.warehouse.reception_steps = "two_steps"
        (order,) = self._orders(4)
        dock = self.warehouse.wh_input_stock_loc_id
        self._receive(self.desk, 6, location=dock)
        put_away = self.env["stock.move"].search(
            [("product_id", "=", self.desk.id), ("location_id", "=", dock.id)]
        )
        self.assertEqual(put_away.state, "assigned")
        self._assert_found(
            order,
            "receipt_not_validated",
            f"{put_away.picking_id.name} with 6 Units is not validated yet.",
            text=f"Validate {put_away.picking_id.name}",
        )

    def _create_variants(self):
        color = self.env["product.attribute"].create({"name": "Colour"})
        values = self.env["product.attribute.value"].create(
            [{"name": name, "attribute_id": color.id} for name in ("Red", "Blue")]
        )
        template = self.env["product.template"].create(
            {
                "name": "Stool",
                "is_storable": True,
                "attribute_line_ids": [
                    fields.Command.create(
                        {"attribute_id": color.id, "value_ids": [(6, 0, values.ids)]}
                    )
                ],
            }
        )
        return template.product_variant_ids

    def test_other_variant(self):
        red, blue = self._create_variants()
        (order,) = self._orders(4, product=red)
        self._stock(blue, 7)
        self._assert_found(
            order,
            "other_variant",
            "7 Units of Stool (Blue) are free.",
            code="substitute",
            text="Offer Stool (Blue) to the customer",
        )

    def test_own_receipt_in_time_before_a_part_of_another_variant(self):
        red, blue = self._create_variants()
        (order,) = self._orders(80, product=red)
        self.env["backorder.tracker"]._drain()
        line = order.backorder_ids.line_ids
        self._stock(blue, 30)
        receipt = self._receive(red, 80, done=False, date="2099-05-12 12:00:00")
        receipt.move_ids.date = "2099-05-12 12:00:00"
        line.promised_date = "2099-05-20"
        answer = self._explain(order)
        self.assertEqual(self._codes(answer), ["waiting", "other_variant"])
        self.assertEqual(answer["text"], "80 Units are short, expected on 05/12/2099.")
        self.assertEqual(answer["unblock"]["code"], "wait")
        # it comes too late
        line.promised_date = "2099-05-02"
        self.assertEqual(self._explain(order)["reason"], "other_variant")
        # all at once now
        line.promised_date = "2099-05-20"
        self._stock(blue, 50)
        self.assertEqual(self._explain(order)["reason"], "other_variant")

    def test_other_owner(self):
        owner = self.env["res.partner"].create({"name": "Vendor & Co"})
        (order,) = self._orders(4)
        self._stock(self.desk, 10, owner_id=owner)
        self._assert_found(
            order,
            "other_owner",
            "10 Units are on hand but belong to Vendor & Co.",
            code="buy",
            quantity=4,
        )

    def test_only_whole_packs(self):
        """7 are free and packs of 12 are handed out."""
        self.policy.whole_packs = True
        order = self._sell((self.desk, 1, self.env.ref("uom.product_uom_dozen")))
        self._stock(self.desk, 7)
        self._assert_found(
            order,
            "in_package",
            "7 Units are free, and only whole packs of 12 are handed out.",
            code="unpack",
            quantity=7,
        )

    def test_whole_packagings_of_the_category(self):
        self.policy.active = False
        self.desk.categ_id = self.env["product.category"].create(
            {"name": "Packed", "packaging_reserve_method": "full"}
        )
        order = self._sell((self.desk, 1, self.env.ref("uom.product_uom_dozen")))
        self._stock(self.desk, 7)
        order.picking_ids.action_assign()
        self.assertEqual(self._explain(order)["reason"], "in_package")

    def test_negative_quantity_eats_the_stock(self):
        shelf = self.env["stock.location"].create(
            {"name": "Shelf", "location_id": self.stock.id, "usage": "internal"}
        )
        (order,) = self._orders(4)
        self._stock(self.desk, -5, location=shelf)
        self._stock(self.desk, 3)
        self._assert_found(
            order,
            "negative_quant",
            "DEP/Stock/Shelf shows -5 Units: less than nothing, which uses up what is on hand.",
            code="count",
            text="Count it in DEP/Stock/Shelf",
            quantity=5,
        )

    def test_lots_past_their_date(self):
        self.env["ir.config_parameter"].set_param("stock.picking_no_auto_reserve", "1")
        # only where product_expiry is installed there is a date to read
        self.patch(
            type(self.env["backorder.quant.reader"]),
            "_get_removal_column",
            lambda self: SQL("'2026-01-01'::timestamp"),
        )
        cream = self._create_product("Cream", tracking="lot")
        (order,) = self._orders(4, product=cream)
        lot = self.env["stock.lot"].create({"name": "L1", "product_id": cream.id})
        self._stock(cream, 6, lot_id=lot)
        self._assert_found(
            order,
            "other_lot",
            "6 Units are past the date until which they may be shipped: L1.",
        )

    # === WHEN === #

    def _owe(self, quantity):
        """A backorder by hand, where nothing is short by itself."""
        order = self._sell((self.desk, quantity))
        if not order.backorder_ids:
            order.create_backorder({order.order_line.id: quantity})
        return order

    def test_reserved_later(self):
        self.warehouse.out_type_id.write(
            {"reservation_method": "by_date", "reservation_days_before": 2}
        )
        self._stock(self.desk, 10)
        order = self._sell((self.desk, 4), confirm=False)
        order.commitment_date = "2099-05-12 12:00:00"
        order.action_confirm()
        order.create_backorder({order.order_line.id: 4})
        answer = self._explain(order)
        self.assertEqual(answer["reason"], "not_due")
        self.assertRegex(answer["text"], r"^It is reserved from 05/\d+/2099 on")
        self.assertEqual((answer["rank"], answer["of"]), (1, 1))

    def test_reserved_by_hand(self):
        self.warehouse.out_type_id.reservation_method = "manual"
        self._stock(self.desk, 10)
        order = self._owe(4)
        self._assert_found(
            order,
            "manual_type",
            "Depot: Delivery Orders reserves by hand only, and nobody has done so for this "
            "delivery.",
            code="reserve",
        )

    # === ON ITS WAY === #

    def test_receipt_is_overdue(self):
        (order,) = self._orders(4)
        receipt = self._receive(self.desk, 9, done=False)
        receipt.scheduled_date = "2026-01-05 12:00:00"
        self._assert_found(
            order,
            "receipt_not_validated",
            f"{receipt.name} with 9 Units was due on 01/05/2026 and is not validated yet.",
            code="validate",
            text=f"Validate {receipt.name}",
        )

    def test_receipt_is_a_draft(self):
        (order,) = self._orders(4)
        receipt = self._receive(self.desk, 9, done=False).copy()
        self.env["stock.picking"].search([("state", "=", "assigned")]).filtered(
            lambda p: p.product_id == self.desk
        ).action_cancel()
        self.assertEqual(receipt.state, "draft")
        self._assert_found(
            order,
            "not_confirmed_supply",
            f"{receipt.name} with 9 Units is not confirmed yet.",
            text=f"Confirm {receipt.name}",
        )

    def test_made_to_order(self):
        """Asked for, and nobody has confirmed the purchase."""
        self.env.ref("stock.route_warehouse0_mto").active = True
        order = self._sell((self.desk, 4))
        order.picking_ids.move_ids.procure_method = "make_to_order"
        self.assertTrue(order.backorder_ids or order.create_backorder({order.order_line.id: 4}))
        answer = self._explain(order)
        self.assertEqual((answer["reason"], answer["rank"]), ("not_confirmed_supply", 0))

    def test_several_findings(self):
        """The first is the reason, the others are told as well."""
        north = self.env["stock.warehouse"].create({"name": "North", "code": "NOR"})
        _first, second = self._orders(4, 3)
        self._stock(self.desk, 4)
        self._stock(self.desk, 5, location=north.lot_stock_id)
        receipt = self._receive(self.desk, 2, done=False)
        self.assertEqual(
            self._codes(self._explain(second))[:3],
            ["outranked", "receipt_not_validated", "other_warehouse"],
        )
        self.assertEqual(receipt.state, "assigned")

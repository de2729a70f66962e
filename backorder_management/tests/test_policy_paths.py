"""Every path of reservation obeys the policy of the pool."""

from unittest.mock import patch

from odoo.fields import Command
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from .common import BackorderCommon


@tagged("post_install", "-at_install")
class TestPolicyPaths(BackorderCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.policy = cls.env["backorder.policy"].create({"name": "First", "method": "fifo"})
        cls.customer_b = cls.env["res.partner"].create({"name": "Carter"})

    def _orders(self, *quantities, product=None):
        """Orders in this order of confirmation, whatever their planned dates and stars say."""
        orders = [self._sell((product or self.desk, q)) for q in quantities]
        for age, order in enumerate(reversed(orders)):
            moment = order.date_order.replace(year=2026, month=1, day=20 - age)
            order.order_line.move_ids.write(
                {"backorder_seniority": moment, "date": moment.replace(day=20 + age)}
            )
        orders[-1].picking_ids.priority = "1"
        return orders

    # === RECEIPTS === #

    def test_receipt_serves_who_confirmed_first(self):
        first, second, third = self._orders(4, 4, 4)
        self._receive(self.desk, 6)
        self.assertEqual(self._reserved(first, second, third), [4, 2, 0])
        self._receive(self.desk, 6)
        self.assertEqual(self._reserved(first, second, third), [4, 4, 4])

    def test_receipt_into_a_shelf(self):
        shelf = self.env["stock.location"].create(
            {"name": "Shelf 1", "location_id": self.stock.id, "usage": "internal"}
        )
        first, second = self._orders(4, 4)
        self._receive(self.desk, 5, location=shelf)
        self.assertEqual(self._reserved(first, second), [4, 1])

    def test_receipt_for_the_reference_of_somebody_does_not_jump_the_queue(self):
        first, second = self._orders(4, 4)
        picking = self._receive(self.desk, 4, done=False)
        picking.move_ids.reference_ids = second.stock_reference_ids
        picking.move_ids.write({"quantity": 4, "picked": True})
        picking.button_validate()
        self.assertEqual(self._reserved(first, second), [4, 0])

    # === CONFIRMATION === #

    def test_new_order_does_not_jump_the_queue(self):
        (first,) = self._orders(4)
        # stock appears behind the back of everybody: nobody was served yet
        self.env.cr.execute(
            "INSERT INTO stock_quant (product_id, location_id, company_id, quantity, "
            "reserved_quantity, in_date) VALUES (%s, %s, %s, 5, 0, now())",
            (self.desk.id, self.stock.id, self.env.company.id),
        )
        self.env.invalidate_all()
        second = self._sell((self.desk, 3))
        self.assertEqual(self._reserved(first, second), [4, 1])

    def test_check_availability_does_not_jump_the_queue(self):
        first, second = self._orders(4, 4)
        self.env["ir.config_parameter"].set_param("stock.picking_no_auto_reserve", "1")
        self._receive(self.desk, 5)
        self.assertEqual(self._reserved(first, second), [0, 0])
        second.picking_ids.action_assign()
        self.assertEqual(self._reserved(first, second), [0, 1])
        self.env["ir.config_parameter"].set_param("stock.picking_no_auto_reserve", False)
        second.picking_ids.action_assign()
        self.assertEqual(self._reserved(first, second), [4, 1])

    # === FREED STOCK === #

    def test_cancelled_order_frees_for_the_next(self):
        self._stock(self.desk, 4)
        first, second, third = self._orders(4, 3, 3)
        self.assertEqual(self._reserved(first, second, third), [4, 0, 0])
        first._action_cancel()
        self.assertEqual(self._reserved(second, third), [3, 1])

    def test_lowered_quantity_frees_for_the_next(self):
        self._stock(self.desk, 10)
        first, second = self._orders(10, 5)
        first.order_line.product_uom_qty = 6
        self.assertEqual(self._reserved(first, second), [6, 4])

    def test_unreserved_goes_to_the_next_and_not_back(self):
        self._stock(self.desk, 4)
        first, second = self._orders(4, 3)
        first.picking_ids.do_unreserve()
        self.assertEqual(self._reserved(first, second), [0, 3])
        self.env["backorder.allocator"]._allocate_pools({(self.desk.id, self.warehouse.id)})
        self.assertEqual(self._reserved(first, second), [1, 3])

    def test_inventory_count_serves_the_next(self):
        first, second = self._orders(4, 4)
        quant = (
            self.env["stock.quant"]
            .with_context(inventory_mode=True)
            .create(
                {"product_id": self.desk.id, "location_id": self.stock.id, "inventory_quantity": 6}
            )
        )
        quant.action_apply_inventory()
        self.assertEqual(self._reserved(first, second), [4, 2])

    def test_short_shipment_keeps_its_place(self):
        self._stock(self.desk, 2)
        first, second = self._orders(6, 4)
        since = first.order_line.move_ids.backorder_seniority
        self._ship(first.picking_ids, {self.desk: 2})
        self._receive(self.desk, 3)
        self.assertEqual(self._reserved(first, second), [3, 0])
        rest = self._get_open_pickings(first).move_ids
        self.assertEqual(rest.backorder_seniority, since)

    def test_scheduler(self):
        first, second = self._orders(4, 4)
        self.env["ir.config_parameter"].set_param("stock.picking_no_auto_reserve", "1")
        self._receive(self.desk, 5)
        self.env["stock.rule"].run_scheduler()
        self.assertEqual(self._reserved(first, second), [4, 1])

    def test_scheduled_action(self):
        first, second = self._orders(4, 4)
        self.env["ir.config_parameter"].set_param("stock.picking_no_auto_reserve", "1")
        self._receive(self.desk, 5)
        pools = self.env["backorder.allocator"]._get_pools_to_run()
        self.assertIn((self.desk.id, self.warehouse.id), pools)
        self.env["backorder.allocator"]._run_pools(pools)
        self.assertEqual(self._reserved(first, second), [4, 1])

    def test_failing_pool_is_skipped_not_lost(self):
        chair = self._create_product("Chair")
        first, second = self._sell((self.desk, 4)), self._sell((chair, 4))
        self.env["ir.config_parameter"].set_param("stock.picking_no_auto_reserve", "1")
        self._receive(self.desk, 4)
        self._receive(chair, 4)
        allocator = self.env["backorder.allocator"]
        plan = type(allocator)._plan

        def fail_for_desks(self_, policies, **kwargs):
            if any(product == self.desk.id for product, _warehouse in policies):
                raise ValueError("broken on purpose")
            return plan(self_, policies, **kwargs)

        pools = allocator._get_pools_to_run()
        with (
            patch.object(type(allocator), "_plan", fail_for_desks),
            mute_logger(
                "odoo.addons.backorder_management.models.policies.backorder_allocator_cron"
            ),
        ):
            allocator._run_batch(pools)
        self.assertEqual(self._reserved(first, second), [0, 4])
        self.assertIn((self.desk.id, self.warehouse.id), allocator._get_pools_to_run())
        allocator._run_batch(pools)
        self.assertEqual(self._reserved(first, second), [4, 4])

    # === STEPS, OWNERS, UNITS === #

    def test_three_steps_serve_the_pick(self):
        self.warehouse.delivery_steps = "pick_pack_ship"
        first, second = self._orders(4, 4)
        self._receive(self.desk, 5)
        self.assertEqual(self._reserved(first, second), [4, 1])

    def test_consignment_is_not_given_away(self):
        owner = self.env["res.partner"].create({"name": "Vendor & Co"})
        (first,) = self._orders(4)
        self._stock(self.desk, 10, owner_id=owner)
        self._receive(self.desk, 1)
        self.assertEqual(self._reserved(first), [1])
        first.picking_ids.action_assign()
        self.assertEqual(self._reserved(first), [1])

    def test_dozens(self):
        dozen = self.env.ref("uom.product_uom_dozen")
        orders = [self._sell((self.desk, 1, dozen)), self._sell((self.desk, 5))]
        self._receive(self.desk, 14)
        self.assertEqual(self._reserved(*orders), [12, 2])

    def test_serial_numbers(self):
        product = self._create_product("Laptop", tracking="serial")
        first, second = self._orders(2, 2, product=product)
        for number in ("A", "B", "C"):
            lot = self.env["stock.lot"].create({"name": number, "product_id": product.id})
            self._stock(product, 1, lot_id=lot)
        self.assertEqual(self._reserved(first, second), [2, 1])

    def test_two_warehouses_do_not_mix(self):
        other = self.env["stock.warehouse"].create({"name": "North", "code": "NOR"})
        (first,) = self._orders(4)
        second = self._sell((self.desk, 4), warehouse_id=other.id)
        self._stock(self.desk, 3, location=other.lot_stock_id)
        self.assertEqual(self._reserved(first, second), [0, 3])

    # === SHIPMENT RULES === #

    def test_whole_order_holds_nothing_until_it_is_whole(self):
        chair = self._create_product("Chair")
        whole = self._sell((self.desk, 4), (chair, 2), backorder_shipping="whole")
        other = self._sell((self.desk, 3))
        self._receive(self.desk, 5)
        self.assertEqual(self._reserved(whole, other), [0, 3])
        self._receive(self.desk, 2)
        self.assertEqual(self._reserved(whole, other), [0, 3])
        self._receive(chair, 2)
        self.assertEqual(self._reserved(whole, other), [6, 3])

    def test_complete_lines_only(self):
        lines = self._sell((self.desk, 4), backorder_shipping="lines")
        other = self._sell((self.desk, 3))
        self._receive(self.desk, 3)
        self.assertEqual(self._reserved(lines, other), [0, 3])
        self._receive(self.desk, 4)
        self.assertEqual(self._reserved(lines, other), [4, 3])

    def test_capped_split_waits_for_its_last_shipment(self):
        capped = self._sell((self.desk, 6), backorder_shipping="capped", backorder_max_shipments=2)
        other = self._sell((self.desk, 3))
        self._receive(self.desk, 2)
        self.assertEqual(self._reserved(capped, other), [2, 0])
        self._ship(capped.picking_ids, {self.desk: 2})
        self._receive(self.desk, 3)
        self.assertEqual(self._reserved(capped, other), [0, 3])
        self._receive(self.desk, 4)
        self.assertEqual(self._reserved(capped, other), [4, 3])

    def test_minimum_share(self):
        order = self._sell(
            (self.desk, 10),
            backorder_shipping="minimum",
            backorder_minimum=50,
            backorder_minimum_measure="share",
        )
        self._receive(self.desk, 4)
        self.assertEqual(self._reserved(order), [0])
        self._receive(self.desk, 2)
        self.assertEqual(self._reserved(order), [6])

    def test_customer_rule_counts_where_the_order_says_nothing(self):
        self.customer.backorder_shipping = "lines"
        order = self._sell((self.desk, 4))
        self._receive(self.desk, 3)
        self.assertEqual(self._reserved(order), [0])
        order.backorder_shipping = "as_available"
        self.assertEqual(self._reserved(order), [3])

    # === SHARING, SEGMENTS, PINS === #

    def test_one_each(self):
        self.policy.method = "even"
        orders = self._orders(3, 1, 1)
        self._receive(self.desk, 3)
        self.assertEqual(self._reserved(*orders), [1, 1, 1])

    def test_protected_stock_is_kept(self):
        self.policy.segment_ids = [
            Command.create(
                {
                    "name": "Key accounts",
                    "partner_domain": f"[('id', '=', {self.customer_b.id})]",
                    "protected_qty": 3,
                }
            )
        ]
        first = self._sell((self.desk, 5))
        self._receive(self.desk, 6)
        self.assertEqual(self._reserved(first), [3])
        second = self._sell((self.desk, 2), partner_id=self.customer_b.id)
        self.assertEqual(self._reserved(first, second), [3, 2])

    def test_pinned_gets_nothing_by_itself(self):
        first, second = self._orders(4, 4)
        first.backorder_ids.line_ids.sudo().pinned = True
        self._receive(self.desk, 5)
        self.assertEqual(self._reserved(first, second), [0, 4])

    # === LOOKUP === #

    def test_most_specific_policy_counts(self):
        category = self.env["product.category"].create({"name": "Furniture"})
        below = self.env["product.category"].create({"name": "Desks", "parent_id": category.id})
        self.desk.categ_id = below
        Policy = self.env["backorder.policy"]
        wide = Policy.create({"name": "W", "product_categ_ids": category.ids, "sequence": 1})
        near = Policy.create({"name": "N", "product_categ_ids": below.ids, "sequence": 9})
        pool = (self.desk.id, self.warehouse.id)
        self.assertEqual(Policy._find({pool}), {pool: near})
        near.active = False
        self.assertEqual(Policy._find({pool}), {pool: wide})

    def test_without_active_policy_core_reserves(self):
        self.policy.active = False
        first, second = self._orders(4, 4)
        self._receive(self.desk, 5)
        # the star comes first
        self.assertEqual(self._reserved(first, second), [1, 4])

    # === BY HAND === #

    def test_quantity_that_a_person_lowers_is_not_reserved_again(self):
        self._stock(self.desk, 5)
        first, second = self._orders(5, 3)
        self.assertEqual(self._reserved(first, second), [5, 0])
        first.picking_ids.move_ids.quantity = 2
        self.assertEqual(self._reserved(first, second), [2, 0])
        # the next event offers it, first to whom it belonged
        self._receive(self.desk, 1)
        self.assertEqual(self._reserved(first, second), [5, 1])

    def test_typed_quantity_ships_and_the_rest_keeps_its_place(self):
        self._stock(self.desk, 10)
        first, second = self._orders(10, 5)
        self.assertEqual(self._reserved(first, second), [10, 0])
        with Form(first.picking_ids) as form, form.move_ids.edit(0) as move:
            move.quantity = 6
        self.env.cr.flush()
        self.assertEqual(first.picking_ids.move_ids.quantity, 6)
        self._ship(first.picking_ids)
        self.assertEqual(first.order_line.qty_delivered, 6)
        self.assertEqual(self._reserved(first, second), [4, 0])
        self.assertTrue(first.backorder_ids.line_ids.check_stock)

    def test_what_is_kept_for_others_is_a_shortage(self):
        self.policy.segment_ids = [
            Command.create(
                {
                    "name": "Key accounts",
                    "partner_domain": f"[('id', '=', {self.customer_b.id})]",
                    "protected_qty": 5,
                }
            )
        ]
        self._stock(self.desk, 8)
        first = self._sell((self.desk, 8))
        self.assertEqual(self._reserved(first), [3])
        self._assert_line(first, backordered=5, open=5, ready=0)
        second = self._sell((self.desk, 5), partner_id=self.customer_b.id)
        self.assertEqual(self._reserved(first, second), [3, 5])
        self.assertFalse(second.backorder_ids)

    def test_star_of_a_backorder_counts(self):
        self.policy.method = "priority"
        first, second = self._sell((self.desk, 4)), self._sell((self.desk, 4))
        second.backorder_ids.priority = "1"
        self._receive(self.desk, 4)
        self.assertEqual(self._reserved(first, second), [0, 4])

    def test_order_that_is_to_ship_whole_from_now_on_gives_back(self):
        chair = self._create_product("Chair")
        self._stock(self.desk, 4)
        first = self._sell((self.desk, 4), (chair, 1))
        second = self._sell((self.desk, 3))
        self.assertEqual(self._reserved(first, second), [4, 0])
        first.picking_policy = "one"
        self.assertEqual(self._reserved(first, second), [0, 3])

    def test_weighted_begins_with_weights(self):
        policy = self.env["backorder.policy"].create({"name": "Score", "method": "weighted"})
        self.assertTrue(policy.weight_ids)

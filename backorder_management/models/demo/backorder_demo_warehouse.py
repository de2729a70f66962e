"""What the warehouse and the vendors do in the story of the demo data."""

from odoo import Command, api, models

from .backorder_demo_story import MAIN


class BackorderDemo(models.AbstractModel):
    _inherit = "backorder.demo"

    # === WAREHOUSE === #

    @api.model
    def _play_ship(self, event):
        """As a person of the warehouse would, step by step, with the answers to core's dialog."""
        order = self._get_order(event).with_user(self._get_user("demo")).sudo()
        cause = self._get_cause(event.cause).id if event.cause else None
        for _step in range(1 if order.warehouse_id.delivery_steps == "ship_only" else 2):
            pickings = order.picking_ids.filtered(lambda p: p.state in ("assigned", "confirmed"))
            pickings = pickings.filtered(lambda p: any(m.quantity for m in p.move_ids))
            self._pick(pickings, event.quantities)
            self._validate(pickings, event.rest, backorder_cause_id=cause)

    @api.model
    def _pick(self, pickings, quantities=None):
        """:param quantities: {code: what was found}, default all that is reserved or expected"""
        for move in pickings.move_ids:
            if quantities is not None:
                move.quantity = quantities.get(move.product_id.default_code, 0.0)
            move.picked = bool(move.quantity)

    @api.model
    def _validate(self, pickings, rest=True, **context):
        pickings.with_context(
            skip_backorder=True,
            picking_ids_not_to_backorder=None if rest else pickings.ids,
            **context,
        ).button_validate()

    @api.model
    def _play_fulfil(self, event):
        self._get_backorder(self._get_order(event)).fulfil(validate=True)

    @api.model
    def _play_wait(self, event):
        order = self._get_order(event)
        lines = order.order_line.filtered(lambda x: x.product_id.default_code in event.items)
        order.create_backorder(
            {x.id: event.items[x.product_id.default_code] for x in lines},
            expected_date=self._get_day(event.until),
            cause_id=self._get_cause(event.cause).id,
            note=event.note,
        )

    @api.model
    def _play_count(self, event):
        """Somebody counts, and less is there than the system says."""
        product = self._get_product(event.code)
        location = self._get_warehouse(MAIN).lot_stock_id
        quant = self.env["stock.quant"]._gather(product, location, strict=True)
        quant = quant.with_context(inventory_mode=True)
        quant.inventory_quantity = event.quantity
        quant.action_apply_inventory()

    # === VENDORS === #

    @api.model
    def _play_buy(self, event):
        """A purchase where purchases are installed, else a receipt on its way."""
        purchases = self.env.get("purchase.order")
        # it has no receipts without purchase_stock
        can_buy = purchases is not None and "picking_type_id" in purchases
        picking = self._buy(event) if can_buy else self._expect(event)
        self._remember({f"receipt_{event.purchase}": picking})

    @api.model
    def _buy(self, event):
        vals_list = [
            {
                "product_id": product.id,
                "product_qty": quantity,
                "price_unit": product.standard_price,
                "date_planned": self._get_moment(event.arrives),
            }
            for product, quantity in self._get_bought(event)
        ]
        order = self.env["purchase.order"].create(
            {
                "partner_id": self._get(f"vendor_{event.vendor}").id,
                "picking_type_id": self._get_warehouse(event.warehouse).in_type_id.id,
                "date_order": self._get_moment(-event.days),
                "order_line": [Command.create(vals) for vals in vals_list],
            }
        )
        order.button_confirm()
        order.date_approve = self._get_moment(-event.days)
        return order.picking_ids

    @api.model
    def _get_bought(self, event):
        return [(self._get_product(code), quantity) for code, quantity in event.items.items()]

    @api.model
    def _expect(self, event):
        picking_type = self._get_warehouse(event.warehouse).in_type_id
        ends = {
            "location_id": self.env.ref("stock.stock_location_suppliers").id,
            "location_dest_id": picking_type.default_location_dest_id.id,
        }
        vals_list = [
            {
                "product_id": product.id,
                "product_uom_qty": quantity,
                **ends,
            }
            for product, quantity in self._get_bought(event)
        ]
        picking = self.env["stock.picking"].create(
            {
                "partner_id": self._get(f"vendor_{event.vendor}").id,
                "picking_type_id": picking_type.id,
                "scheduled_date": self._get_moment(event.arrives),
                "move_ids": [Command.create(vals) for vals in vals_list],
                **ends,
            }
        )
        picking.action_confirm()
        return picking

    @api.model
    def _play_receive(self, event):
        picking = self._get(f"receipt_{event.purchase}").with_user(self._get_user("demo")).sudo()
        for line in picking.move_line_ids.filtered(lambda x: x.product_id.tracking == "lot"):
            line.lot_name = "L-2611"
        self._pick(picking)
        self._validate(picking)

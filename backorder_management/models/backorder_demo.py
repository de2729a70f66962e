"""Tells the story of the demo data on real transfers, then dates it back."""

from contextlib import contextmanager
from datetime import datetime, time, timedelta

from odoo import Command, api, fields, models

from .backorder_demo_catalog import KIT, KIT_PARTS
from .backorder_demo_story import MAIN, STORY, Sell
from .sale_backorder import OPEN_STATES

OPENING_DAYS = 60
# nothing that happens here is told to anybody, by mail or in the chatter
SILENT = {
    "tracking_disable": True,
    "mail_notrack": True,
    "mail_create_nosubscribe": True,
    "mail_auto_subscribe_no_notify": True,
    "mail_activity_quick_update": True,
    "no_reset_password": True,
    "skip_sms": True,
}


class BackorderDemo(models.AbstractModel):
    """Called from demo/backorder_demo.xml. Backorders cannot simply be created: they follow from
    transfers, so orders are sold, shipped and received here as people would."""

    _name = "backorder.demo"
    _description = "Backorder Demo Data"

    @api.model
    def _build(self):
        """Tell the story once; a second call does nothing."""
        if self._get("warehouse_river"):
            return
        company = self.env.ref("base.main_company")
        demo = self.with_user(self.env.ref("base.user_admin")).sudo()
        demo = demo.with_company(company).with_context(**SILENT)
        with demo._on(OPENING_DAYS):
            demo._create_cast()
        for event in STORY:
            with demo._on(event.days):
                getattr(demo, f"_play_{type(event).__name__.lower()}")(event)
        demo._finish()

    @api.model
    def _finish(self):
        """Compute what follows from the dates, which were written behind the tracker's back."""
        orders = self.env["sale.order"]
        for event in (e for e in STORY if isinstance(e, Sell)):
            order = self._get_order(event)
            orders |= order
            if event.hoped is not None:
                lines = self._get_backorder(order).line_ids
                lines.expected_date_first = self._get_day(event.hoped)
        self.env["backorder.tracker"]._refresh_lines(orders.order_line.ids)
        self._publish_addresses()

    # === TIME === #

    @api.model
    @contextmanager
    def _on(self, days):
        """What happens inside happened so many days ago."""
        names = ("mail.message", "sale.backorder", "sale.backorder.line")
        last = {n: self.env[n].search([], order="id desc", limit=1).id for n in names}
        started = fields.Datetime.now()
        yield
        self.env["backorder.tracker"]._drain()
        moment = self._get_moment(-days)
        self._date_new(last, moment)
        self._date_changed(started, moment)

    @api.model
    def _get_moment(self, days):
        """:return: UTC, in working hours of that day, and always a bit before now"""
        now = fields.Datetime.now() - timedelta(hours=1)
        moment = datetime.combine(now.date() + timedelta(days=days), time(9, 40))
        return min(moment, now) if days <= 0 else moment

    @api.model
    def _get_day(self, days):
        return self._get_moment(days).date()

    @api.model
    def _date_new(self, last, moment):
        """:param last: {model: highest id before the event}"""
        dates = {"mail.message": "date", "sale.backorder": "date_open", "sale.backorder.line": "date_open"}
        for name, date in dates.items():
            self.env[name].search([("id", ">", last[name] or 0)]).write({date: moment})

    @api.model
    def _date_changed(self, started, moment):
        """Whatever says that it happened since the event started. Earlier events are dated back
        already, so this finds none of theirs."""
        for name, date in (
            ("sale.backorder", "date_closed"),
            ("sale.backorder.line", "date_closed"),
            ("sale.backorder", "date_ready"),
            ("stock.picking", "date_done"),
        ):
            self.env[name].search([(date, ">=", started)]).write({date: moment})
        done = [("state", "=", "done"), ("date", ">=", started)]
        self.env["stock.move"].search(done).write({"date": moment})

    # === SALES === #

    @api.model
    def _get_order(self, event):
        return self._get(f"order_{event.order}")

    @api.model
    def _get_backorder(self, order):
        return order.backorder_ids.filtered(lambda b: b.state in OPEN_STATES)

    @api.model
    def _play_sell(self, event):
        seller = self._get_user(event.seller)
        order = self.env["sale.order"].with_user(seller).sudo().create(self._prepare_order_vals(event))
        self._remember({f"order_{event.order}": order})
        order.action_confirm()
        order.date_order = self._get_moment(-event.days)
        if event.promised is None:
            # it was due when it was sold
            order.picking_ids.move_ids.write(
                {"date": order.date_order, "date_deadline": order.date_order}
            )
        self._describe_backorder(order, event)

    @api.model
    def _prepare_order_vals(self, event):
        return {
            "partner_id": self._get(f"customer_{event.customer}").id,
            "user_id": self._get_user(event.seller).id,
            "warehouse_id": self._get_warehouse(event.warehouse).id,
            "client_order_ref": event.reference,
            "date_order": self._get_moment(-event.days),
            "commitment_date": event.promised is not None and self._get_moment(event.promised),
            "picking_policy": "one" if event.whole else "direct",
            "order_line": [Command.create(vals) for vals in self._prepare_order_lines(event.items)],
        }

    @api.model
    def _prepare_order_lines(self, items):
        for code, quantity in items.items():
            quantity, unit = quantity if isinstance(quantity, tuple) else (quantity, None)
            if code == KIT.code and not self._get_product(code):
                yield from self._prepare_order_lines({c: q * quantity for c, q in KIT_PARTS.items()})
                continue
            product = self._get_product(code)
            unit = self.env.ref(unit) if unit else product.uom_id
            yield {
                "product_id": product.id,
                "product_uom_qty": quantity,
                "product_uom_id": unit.id,
            }

    @api.model
    def _describe_backorder(self, order, event):
        vals = {"priority": "1" if event.urgent else "0", "note": event.note}
        if event.cause:
            vals["cause_id"] = self._get_cause(event.cause).id
        self._get_backorder(order).write(vals)

    @api.model
    def _get_cause(self, code):
        return self.env.ref(f"backorder_management.cause_{code}")

    @api.model
    def _play_change(self, event):
        line = self._get_order(event).order_line
        line = line.filtered(lambda x: x.product_id.default_code == event.code)
        line.product_uom_qty = event.quantity

    @api.model
    def _play_cancel(self, event):
        self._get_order(event)._action_cancel()

    @api.model
    def _play_say(self, event):
        """On the order, which nobody follows: so nobody is notified."""
        order = self._get_order(event)
        author = order.partner_id if event.from_customer else order.user_id.partner_id
        order.message_post(
            body=event.text,
            author_id=author.id,
            message_type="email" if event.from_customer else "comment",
            subtype_xmlid="mail.mt_comment",
        )
        backorder = self._get_backorder(order)
        backorder.last_contact_date = self._get_moment(-event.days)
        if event.followup is not None:
            backorder.next_followup_date = self._get_day(event.followup)

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
        has_receipts = "purchase.order" in self.env and "picking_type_id" in self.env["purchase.order"]
        picking = self._buy(event) if has_receipts else self._expect(event)
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
                "date": self._get_moment(event.arrives),
                **ends,
            }
            for product, quantity in self._get_bought(event)
        ]
        picking = self.env["stock.picking"].create(
            {
                "partner_id": self._get(f"vendor_{event.vendor}").id,
                "picking_type_id": picking_type.id,
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

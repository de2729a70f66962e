"""Tells the story of the demo data on real transfers, then dates it back."""

from contextlib import contextmanager
from datetime import datetime, time, timedelta

from odoo import Command, api, fields, models

from ..sale_backorder import OPEN_STATES
from .backorder_demo_catalog import KIT, KIT_PARTS
from .backorder_demo_story import STORY, Sell

OPENING_DAYS = 60
# nobody is told of what happens here
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
            if event.urgent:
                # after the story: Odoo's own order would have given them what came in
                waiting = order.picking_ids.filtered(lambda p: p.state not in ("done", "cancel"))
                waiting.priority = "1"
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
        last = {n: self.env[n].search([], order="id desc", limit=1).id or 0 for n in names}
        started = fields.Datetime.now()
        yield
        self.env["backorder.tracker"]._drain()
        moment = self._get_moment(-days)
        self._date_new(last, moment)
        self._date_changed(started, moment)

    @api.model
    def _get_moment(self, days):
        """:return: UTC, in working hours of that day; what is not to come is before now"""
        now = fields.Datetime.now()
        moment = datetime.combine(now.date() + timedelta(days=days), time(9, 40))
        return moment if days > 0 else min(moment, now - timedelta(hours=1))

    @api.model
    def _get_day(self, days):
        return self._get_moment(days).date()

    @api.model
    def _date_new(self, last, moment):
        """:param last: {model: highest id before the event}"""
        for name, last_id in last.items():
            date = "date" if name == "mail.message" else "date_open"
            self.env[name].search([("id", ">", last_id)]).write({date: moment})

    @api.model
    def _date_changed(self, started, moment):
        """Whatever says that it happened since the event started. Earlier events are dated back
        already, so this finds none of theirs."""
        for name, date in (
            ("sale.backorder", "date_closed"),
            ("sale.backorder.line", "date_closed"),
            ("sale.backorder", "date_ready"),
        ):
            self._get_changed(name, date, started).write({date: moment})
        pickings = self._get_changed("stock.picking", "date_done", started)
        # a second step was planned for the moment when the first one was done
        pickings.filtered(lambda p: p.scheduled_date >= started).scheduled_date = moment
        pickings.date_done = moment
        moves = self._get_changed("stock.move", "date", started)
        moves.filtered(lambda m: m.state == "done").date = moment

    @api.model
    def _get_changed(self, name, date, started):
        return self.env[name].search([(date, ">=", started), (date, "<=", fields.Datetime.now())])

    # === SALES === #

    @api.model
    def _get_order(self, event):
        return self._get(f"order_{event.order}")

    @api.model
    def _get_backorder(self, order):
        return order.backorder_ids.filtered(lambda b: b.state in OPEN_STATES)

    @api.model
    def _play_sell(self, event):
        orders = self.env["sale.order"].with_user(self._get_user(event.seller)).sudo()
        order = orders.create(self._prepare_order_vals(event))
        self._remember({f"order_{event.order}": order})
        order.action_confirm()
        order.date_order = self._get_moment(-event.days)
        # its place in the line, too
        order.order_line.move_ids.backorder_seniority = order.date_order
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
                parts = {c: q * quantity for c, q in KIT_PARTS.items()}
                yield from self._prepare_order_lines(parts)
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
        backorder.communication_ids[:1].date = self._get_moment(-event.days)
        backorder.last_contact_date = self._get_moment(-event.days)
        if event.followup is not None:
            backorder.next_followup_date = self._get_day(event.followup)

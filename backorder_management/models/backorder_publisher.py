"""What follows from changed lines: the status of the record, its dates, the badges of the order and
one message that tells each change once."""

from collections import defaultdict

from markupsafe import Markup

from odoo import api, fields, models
from odoo.tools.mail import generate_tracking_message_id

from .backorder_reader import EPSILON
from .sale_backorder import OPEN_STATES


class BackorderPublisher(models.AbstractModel):
    """Runs with sudo, as the writer does."""

    _name = "backorder.publisher"
    _description = "Backorder Publisher"

    @api.model
    def _refresh(self, records, facts, queue, orders, changes):
        """:param changes: {backorder line: (old tally, new tally)} of the lines that moved"""
        opened = records.filtered(lambda r: r.id in queue.opened)
        before = {r: r.state for r in records}
        rules = self._read_rules(orders)
        for record in records:
            vals = record._prepare_summary_vals()
            vals["state"] = self._get_state(record, facts, orders, rules)
            vals.update(self._prepare_status_vals(record, vals["state"]))
            if queue.given.get("cause_id") and not record.cause_id:
                # said later than the backorder was opened: the first cause that is known stays
                vals["cause_id"] = queue.given["cause_id"]
            changed = {k: v for k, v in vals.items() if record._is_changed(k, v)}
            if changed:
                record.write(changed)
        moved = records.filtered(
            lambda r: r.state != before[r] or any(x.backorder_id == r for x in changes)
        )
        if moved:
            self._refresh_orders(moved, opened)
        if queue.origin != "existing":
            self._log(records, opened, before, changes)

    # === STATUS === #

    @api.model
    def _read_rules(self, orders):
        names = {order["id"]: order["shipping"] for order in orders.values()}
        return self.env["backorder.readiness"]._read_rules(names)

    @api.model
    def _get_state(self, record, facts, orders, rules):
        """The first that holds: nothing open, ready, partly shipped, waiting."""
        lines = record.line_ids
        if all(x.product_id.uom_id.is_zero(x.qty_open) for x in lines):
            return "done" if any(x.qty_fulfilled > EPSILON for x in lines) else "cancel"
        if self._can_ship(record, facts, orders, rules):
            return "ready"
        return "partial" if any(x.qty_fulfilled > EPSILON for x in lines) else "open"

    @api.model
    def _can_ship(self, record, facts, orders, rules):
        ready = record.line_ids.filtered(lambda x: x.qty_ready > EPSILON)
        rule = rules.get(record.sale_order_id.id)
        if not ready or not rule:
            return bool(ready)
        line_ids = set(orders[record.sale_order_id.id]["line_ids"])
        mine = {key: fact.outline for key, fact in facts.items() if key[0] in line_ids}
        keys = {(x.sale_line_id.id, x.product_id.id) for x in ready}
        return bool(keys & self.env["backorder.readiness"]._get_shippable(rule, mine))

    @api.model
    def _prepare_status_vals(self, record, state):
        if state == record.state:
            return {}
        if state == "ready":
            return {"date_ready": fields.Datetime.now(), "ready_told": False}
        if state in OPEN_STATES:
            return {"date_ready": False}
        now = fields.Datetime.now()
        record.line_ids.write({"date_closed": now})
        return {"date_closed": now, "closed_by_id": self.env.uid, "date_ready": False}

    # === THE ORDER === #

    @api.model
    def _refresh_orders(self, records, opened):
        """Keep the badge quantities of these orders. They count all records, also closed ones."""
        first = opened.filtered(lambda r: not r.sale_order_id.backorder_count)
        others = (records - first).sale_order_id
        lines = first.line_ids
        if others:
            lines |= lines.search([("sale_order_id", "in", others.ids)])
        orders = records.sale_order_id.with_context(tracking_disable=True, mail_notrack=True)
        by_order = lines.grouped("sale_order_id")
        for order in orders:
            mine = by_order.get(order, lines.browse())
            vals = {
                "backorder_count": len(mine.backorder_id),
                "backorder_qty_open": mine._sum_in_sale_units("qty_open"),
                "backorder_qty_cancelled": mine._sum_in_sale_units("qty_cancelled"),
            }
            order.write({k: v for k, v in vals.items() if order[k] != v})

    # === MESSAGES === #

    @api.model
    def _log(self, records, opened, before, changes):
        by_record = defaultdict(list)
        for line, (old, new) in changes.items():
            by_record[line.backorder_id].extend(self._get_change_texts(line, old, new))
        bodies = {}
        for record in records:
            texts = by_record[record]
            if record.state != before[record] and record.state in ("ready", "done", "cancel"):
                texts.append(self._get_state_text(record))
            if texts:
                bodies[record] = Markup("<br/>").join(texts)
        self._create_notes({**bodies, **self._get_order_notes(records, opened, before)})

    @api.model
    def _create_notes(self, bodies):
        """As `_message_log_batch` does, for records of several models at once: a confirmation that
        opens a backorder writes on both, and pays for one.

        :param bodies: {record: HTML}
        """
        if not bodies:
            return
        thread = self.env["mail.thread"]
        author_id, email_from = thread._message_compute_author()
        common = {
            "author_id": author_id,
            "email_from": email_from,
            "record_alias_domain_id": False,
            "record_company_id": False,
            "message_type": "notification",
            "is_internal": True,
            "subtype_id": self.env["ir.model.data"]._xmlid_to_res_id("mail.mt_note"),
            "email_add_signature": False,
            "reply_to": thread._notify_get_reply_to(default=email_from, author_id=author_id)[False],
        }
        thread._message_create(
            [
                {
                    **common,
                    "model": record._name,
                    "res_id": record.id,
                    "body": body,
                    "message_id": generate_tracking_message_id("message-notify"),
                }
                for record, body in bodies.items()
            ]
        )

    @api.model
    def _get_change_texts(self, line, old, new):
        name, unit = line.product_id.display_name, line.product_uom_id
        texts = (
            (
                new.backordered - old.backordered,
                self.env._("%(product)s: %(quantity)s backordered"),
            ),
            (new.fulfilled - old.fulfilled, self.env._("%(product)s: %(quantity)s shipped")),
            (new.cancelled - old.cancelled, self.env._("%(product)s: %(quantity)s cancelled")),
        )
        return [
            Markup.escape(text % {"product": name, "quantity": line._format_quantity(value, unit)})
            for value, text in texts
            if value > EPSILON
        ]

    @api.model
    def _get_state_text(self, record):
        texts = {
            "ready": self.env._("Ready to ship."),
            "done": self.env._("Closed: everything was shipped or settled."),
            "cancel": self.env._("Closed: cancelled."),
        }
        return Markup.escape(texts[record.state])

    @api.model
    def _get_order_notes(self, records, opened, before):
        """The order gets two notes: when its backorder opens, and when it closes.

        :return: {order: HTML}
        """
        bodies = defaultdict(list)
        for record in records:
            if record in opened:
                text = self.env._("Backorder %s was opened.")
                bodies[record.sale_order_id].append(Markup.escape(text) % record._get_html_link())
            if record.state not in OPEN_STATES and before[record] in OPEN_STATES:
                text = self.env._("Backorder %(name)s was closed: %(outcome)s.")
                words = {"name": record._get_html_link(), "outcome": record._get_outcome_text()}
                bodies[record.sale_order_id].append(Markup.escape(text) % words)
        return {order: Markup("<br/>").join(texts) for order, texts in bodies.items()}

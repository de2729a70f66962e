"""What the pages for customers show: plain values, so that no page can reach further."""

from collections import defaultdict

from odoo import api, models
from odoo.fields import Domain

from ..backorder_reader import EPSILON
from ..sale_backorder import OPEN_STATES, format_number

MOST_NEWS = 50


class BackorderPortal(models.AbstractModel):
    _inherit = "backorder.portal"

    # === THE LIST === #

    @api.model
    def _get_sortings(self):
        """:return: {key: (label, order)}"""
        return {
            "date": (self.env._("Newest"), "date_open desc, id desc"),
            "expected": (self.env._("Expected date"), "expected_date, id"),
            "order": (self.env._("Order"), "sale_order_id.id, id"),
        }

    @api.model
    def _get_filters(self):
        """:return: {key: (label, domain)}"""
        return {
            "open": (self.env._("Open"), Domain("state", "in", OPEN_STATES)),
            "all": (self.env._("All"), Domain.TRUE),
        }

    @api.model
    def _get_mine(self, filterby="open"):
        """:return: (sudo model, domain) of what the person who is logged in may see"""
        # sudo: customers have no right on backorders; the domain is what they may see
        records = self.env["sale.backorder"].sudo()
        mine = records.with_env(self.env)._get_portal_domain(self.env.user.partner_id)
        return records, mine & self._get_filters()[filterby][1]

    @api.model
    def _count_mine(self):
        records, mine = self._get_mine()
        return records.search_count(mine)

    @api.model
    def _get_row(self, record):
        return {
            "id": record.id,
            "name": record.name,
            "order": record.sale_order_id.name,
            "opened": record._local_date(record.date_open),
            "status": self._get_status(record),
            "is_open": record.state in OPEN_STATES,
            "expected": record.expected_arrival_date,
        }

    @api.model
    def _get_status(self, record):
        """A badge without the words of the warehouse."""
        if record.state == "done":
            return self.env._("Shipped")
        if record.state == "cancel":
            return self.env._("Cancelled")
        ready = sum(x.qty_ready for x in record.line_ids if not x.check_stock)
        if ready:
            whole = ready >= record.qty_open - EPSILON
            return self.env._("Ready to ship") if whole else self.env._("Partly ready")
        return self.env._("Partly shipped") if record.qty_fulfilled else self.env._("Waiting")

    # === ONE BACKORDER === #

    @api.model
    def _get_page(self, record):
        portal = self.with_env(record.env)
        lines = record.line_ids.sorted("id")
        return {
            **portal._get_row(record),
            "closed": record.date_closed and record._local_date(record.date_closed),
            "reference": record.client_order_ref,
            "lines": [portal._get_item(x) for x in lines],
            "choices": [
                (c, portal._get_label(c))
                for c in portal._get_codes()
                if portal._is_offered(record, c)
            ],
            "offers": portal._get_offers(record),
            "history": portal._get_history(record),
            "contact": portal._get_contact(record),
        }

    @api.model
    def _get_item(self, line):
        ready = 0.0 if line.check_stock else line.qty_ready
        is_open = line.state in OPEN_STATES
        planned = line.qty_outstanding_last - line.qty_open if is_open else 0.0
        return {
            "id": line.id,
            "product": line.product_id.display_name,
            "kit": line.kit_id.display_name,
            "unit": line.product_uom_id.name,
            "ordered": format_number(line.qty_ordered),
            # not late, and not shipped yet: the backorder is about the rest
            "planned": format_number(max(0.0, planned)),
            "waiting": format_number(max(0.0, line.qty_open - ready)),
            "ready": format_number(ready),
            "shipped": format_number(line.qty_delivered_last),
            "cancelled": format_number(line.qty_cancelled),
            "is_open": is_open,
            "why": is_open and line._get_told_cause().public_text,
            "promised": is_open and line.backorder_id._add_transit(line.promised_date),
            "expected": is_open and line.expected_arrival_date,
            "parts": self._get_parts(line) if is_open else [],
            "can_cancel": self._is_offered(line.backorder_id, "cancel", line.id),
        }

    @api.model
    def _get_parts(self, line):
        """When which part is expected; nothing when all comes on one day.

        :return: list of (quantity as text, date or False)
        """
        days = defaultdict(float)
        for peg in line.peg_ids:
            days[not peg.late and peg.date] += peg.quantity
        if len(days) < 2:
            return []
        dated = sorted((d, q) for d, q in days.items() if d)
        undated = [(False, days[False])] if False in days else []
        add_transit = line.backorder_id._add_transit
        return [(format_number(q), add_transit(d)) for d, q in dated + undated]

    @api.model
    def _get_contact(self, record):
        """Whom the customer asks: the salesperson, else the company."""
        person = record.user_id.filtered("active").partner_id or record.company_id.partner_id
        company = record.company_id
        return {
            "name": person.name,
            "phone": person.phone or company.phone,
            "email": person.email or company.email,
        }

    # === HISTORY === #

    @api.model
    def _get_history(self, record):
        """What the customer was told, answered and got: nothing that he does not know.

        :return: list of dict ``date`` (naive UTC), ``kind``, ``text``; newest first
        """
        news = [
            *self._get_opened(record),
            *self._get_told(record),
            *self._get_promises(record),
            *self._get_shipments(record),
        ]
        return sorted(news, key=lambda x: x["date"], reverse=True)[:MOST_NEWS]

    @api.model
    def _get_opened(self, record):
        first = self.env._("We could not ship all of your order; this backorder keeps the rest.")
        news = [{"date": record.date_open, "kind": "open", "text": first}]
        if record.date_closed:
            text = self.env._("Closed: nothing is open any more.")
            news.append({"date": record.date_closed, "kind": "close", "text": text})
        return news

    @api.model
    def _get_told(self, record):
        news = []
        for row in record.communication_ids:
            if row.portal_state:
                news.append({"date": row.date, "kind": "in", "text": self._get_answer_text(row)})
            elif row._is_known_to_customer():
                kind = "in" if row.direction == "in" else "out"
                news.append({"date": row.date, "kind": kind, "text": self._get_told_text(row)})
        return news

    @api.model
    def _get_told_text(self, row):
        """A notice in the words of the reader; the log has ours."""
        message = row.mail_message_id
        if message.model == "backorder.notice":
            notice = row.env["backorder.notice"].browse(message.res_id).exists()
            if notice.mail_message_id == message:
                return notice._get_news()
        return row.summary

    @api.model
    def _get_answer_text(self, row):
        if row.portal_state == "asked":
            texts = {
                "wait": self.env._("You told us that you wait."),
                "new_date": self.env._("You asked for another date."),
                "partial": self.env._("You asked for what is ready."),
                "substitute": self.env._("You asked for the substitute."),
                "cancel": self.env._("You asked us to cancel."),
            }
        else:
            texts = {
                "wait": self.env._("You wait."),
                "new_date": self.env._("You chose another date."),
                "partial": self.env._("You take now what is ready."),
                "substitute": self.env._("You took the substitute."),
                "cancel": self.env._("You cancelled."),
            }
        return texts.get(row.decision) or self.env._("You gave us an answer.")

    @api.model
    def _get_promises(self, record):
        """Dates that he was told, one entry for items that were told together. Why is for
        colleagues."""
        together = defaultdict(list)
        for row in record.promise_ids.filtered("told_date"):
            old, new = record._add_transit(row.old_date), record._add_transit(row.new_date)
            together[row.told_date, old, new].append(row.product_id.display_name)
        return [
            {
                "date": moment,
                "kind": "date",
                "text": ", ".join(products),
                "old": old,
                "new": new,
            }
            for (moment, old, new), products in together.items()
        ]

    @api.model
    def _get_shipments(self, record):
        pickings = record.picking_ids.filtered(
            lambda p: p.state == "done" and p.location_dest_id.usage == "customer"
        )
        return [
            {
                "date": picking.date_done,
                "kind": "ship",
                "text": self._get_shipped_text(picking, record),
                "parcels": picking._get_backorder_parcels(),
            }
            for picking in pickings
        ]

    @api.model
    def _get_shipped_text(self, picking, record):
        totals = defaultdict(float)
        for move in picking.move_ids.filtered(
            lambda m: m.state == "done" and m.sale_line_id in record.line_ids.sale_line_id
        ):
            totals[move.product_id.display_name, move.product_uom.name] += move.quantity
        return ", ".join(f"{format_number(q)} {unit} {name}" for (name, unit), q in totals.items())

    # === A CHOICE === #

    @api.model
    def _get_choice_page(self, record, code, target):
        """What the customer is asked to confirm; None when it is not offered to him (any more)."""
        portal = self.with_env(record.env)
        if not portal._is_offered(record, code, target):
            return None
        return {
            "code": code,
            "label": portal._get_label(code, target),
            "target": target,
            "mode": portal._get_mode(record, code),
            "items": portal._get_choice_items(record, code, target),
            "answer": portal._sign_answer(record, code, target),
            "today": record._today(),
            "name": record.name,
            "order": record.sale_order_id.name,
            "id": record.id,
        }

    @api.model
    def _get_choice_items(self, record, code, target):
        field = "qty_ready" if code == "partial" else "qty_open"
        return [
            {
                "product": x.product_id.display_name,
                "quantity": format_number(x[field]),
                "unit": x.product_uom_id.name,
                "expected": code in ("accept", "wait", "date") and x.expected_arrival_date,
                "promised": code == "accept" and record._add_transit(x.promised_date),
            }
            for x in self._get_lines(record, code, target)
        ]


class BackorderCommunication(models.Model):
    _inherit = "backorder.communication"

    def _is_known_to_customer(self):
        """Whether the customer wrote or received it. Calls and visits are in the words of a
        colleague and stay inside."""
        self.ensure_one()
        message = self.mail_message_id
        if not message or message.is_internal or message.subtype_id.internal:
            return False
        family = self.partner_id.commercial_partner_id
        if self.direction == "in":
            return message.author_id.commercial_partner_id == family
        readers = message.partner_ids | message.notified_partner_ids
        # the public messages of an order are on its own page in the portal
        return message.model == "sale.order" or family in readers.commercial_partner_id

"""What a notice says, in the language of its customer. The words around it are in the template and
in the kinds of news; here are the facts."""

from datetime import timedelta

from markupsafe import Markup

from odoo import models
from odoo.tools import format_date

from ..sale_backorder import OPEN_STATES, format_number
from .backorder_notice_item import MOVED

SECTIONS = (
    "cancelled",
    "no_date",
    "later",
    "created",
    "known",
    "earlier",
    "ready",
    "shipped",
    "substitute",
    "status",
)


class BackorderNotice(models.Model):
    _inherit = "backorder.notice"

    def _is_first(self):
        """Whether this customer never had a message about backorders before."""
        return not self.search_count(
            [("partner_id", "=", self.partner_id.id), ("state", "=", "sent")], limit=1
        )

    def _get_items_to_tell(self):
        return self.item_ids.filtered(lambda i: i.state != "dropped")

    def _get_sections(self):
        """Read by the template.

        :return: list of dicts ``title``, ``text``, ``orders``; orders as ``_get_order_block``
        """
        types = self.env["backorder.notice.type"]._get_types()
        by_kind = self._get_items_to_tell().grouped("kind")
        return [
            {
                "kind": kind,
                "title": types[kind].name,
                "text": types[kind].text or "",
                "orders": [
                    self._get_order_block(record, items)
                    for record, items in by_kind[kind].grouped("backorder_id").items()
                ],
            }
            for kind in SECTIONS
            if kind in by_kind and kind in types
        ]

    def _get_order_block(self, record, items):
        """:return: dict of texts ``order``, ``reference``, ``reason``, and of what the template
        goes through: ``rows``, ``moved`` (they say what happened), ``arrives`` (days are days at
        the customer), ``tracking``, ``undated``, ``next_day`` (when we write again), ``choices``
        (what can be done online), ``consent`` (as ``_get_consent_block``), ``url``"""
        moved = items[:1].kind in MOVED
        rows = self._get_moved_rows(items) if moved else self._get_waiting_rows(record, items)
        undated = not moved and any(not row["date"] for row in rows)
        return {
            "order": record.sale_order_id.name,
            "reference": record.client_order_ref,
            "reason": items.filtered("reason")[:1].reason or self._get_reason(record, items),
            "rows": rows,
            "moved": moved,
            "arrives": bool(record._get_transit_days()),
            "tracking": self._get_tracking(items) if items[:1].kind == "shipped" else [],
            "next_day": self._get_next_day(record) if undated else False,
            "undated": undated,
            "choices": self._get_choices(record),
            "consent": self._get_consent_block(record, items),
            # of a closed one the page shows what became of it, without choices
            "url": record._get_customer_url(),
        }

    def _get_moved_rows(self, items):
        return [
            {
                "product": item.line_id.product_id.display_name,
                "quantity": self._format(item.quantity, item.line_id),
                "open": self._format(item.line_id.qty_open, item.line_id),
            }
            for item in items
        ]

    def _get_waiting_rows(self, record, items):
        # what is written about a single item is told with the rest of its order
        by_line = items.filtered("line_id").grouped("line_id")
        return [
            self._get_waiting_row(line, by_line.get(line, items.browse())[:1])
            for line in record.line_ids
            if line.state in OPEN_STATES and line.qty_open
        ]

    def _get_waiting_row(self, line, item):
        date = item.new_date or line._get_told_date()
        # of overdue supply nobody knows when it comes
        estimate = not date and line.confidence != "late" and line.expected_date
        before = item.old_date or line.promised_date
        arrival = line.backorder_id._add_transit(date or estimate)
        return {
            "product": line.product_id.display_name,
            "served": self._get_served_text(line),
            "quantity": self._format(line.qty_open, line),
            "ready": self._format(line.qty_ready, line) if line.qty_ready else "",
            "date": date,
            "estimate": bool(estimate),
            "day": format_date(self.env, arrival) if arrival else "",
            "before": format_date(self.env, line.backorder_id._add_transit(before))
            if before and before != date
            else "",
        }

    def _get_served_text(self, line):
        """What of the order does not wait."""
        served = max(0.0, line.qty_ordered - line.qty_open)
        if line.product_uom_id.is_zero(served):
            return ""
        values = {"served": format_number(served), "ordered": self._format(line.qty_ordered, line)}
        if line.sale_line_id.qty_delivered:
            return self.env._("%(served)s of %(ordered)s shipped", **values)
        return self.env._("%(served)s of %(ordered)s ship now", **values)

    def _format(self, quantity, line):
        return f"{format_number(quantity)} {line.product_uom_id.name}"

    def _get_choices(self, record):
        """What the customer can choose under the link, as the page calls it."""
        portal = self.env["backorder.portal"]
        return [portal._get_label(code) for code in portal._get_offered(record)]

    def _get_reason(self, record, items):
        """The public words only, never the name of the cause."""
        if items[:1].kind in (*MOVED, "ready", "earlier"):
            return ""
        open_lines = record.line_ids.filtered(lambda x: x.state in OPEN_STATES)
        said = (x._get_told_cause().public_text for x in open_lines)
        return record.cause_id.public_text or " ".join(dict.fromkeys(filter(None, said)))

    def _get_tracking(self, items):
        """:return: [(reference, address or False)] of what went out with these items"""
        moves = items.line_id.sale_line_id.move_ids
        since = min(items.mapped("create_date")) - timedelta(minutes=1)
        done = moves.filtered(lambda m: m.state == "done" and m.date >= since)
        return done.picking_id._get_backorder_parcels()

    def _get_next_day(self, record):
        days = self.company_id.backorder_status_days
        return format_date(self.env, record._today() + timedelta(days=days)) if days else False

    def _get_contacts(self):
        """:return: whom the customer may ask: salespeople of these orders, else the company"""
        users = self._get_authors()
        return users.partner_id or self.company_id.partner_id

    def _get_talking_points(self):
        """:return: HTML for who calls the customer"""
        lang = self.env.lang
        notice = self.with_context(lang=lang)
        points = [
            Markup("<li>%s: %s</li>")
            % (
                f"{section['title']} ({block['order']})",
                ", ".join(
                    " ".join(filter(None, (r["quantity"], r["product"], r.get("day"))))
                    for r in block["rows"]
                ),
            )
            for section in notice._get_sections()
            for block in section["orders"]
        ]
        return Markup("<ul>%s</ul>") % Markup("").join(points)

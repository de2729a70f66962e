"""What a customer may choose, what each choice needs, and what it does."""

from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.tools import format_date

from ..sale_backorder import OPEN_STATES, format_number

DECISIONS = {"wait": "wait", "accept": "wait", "date": "new_date", "partial": "partial"}
DECISIONS["cancel"] = "cancel"
# which quantity of an item a choice is about
QUANTITIES = dict.fromkeys(("wait", "accept", "date", "cancel"), "qty_open")
QUANTITIES["partial"] = "qty_ready"


class BackorderPortal(models.AbstractModel):
    _inherit = "backorder.portal"

    # === WHAT IS OFFERED === #

    @api.model
    def _get_label(self, code, target=0):
        """What a choice is called, on the page and in messages."""
        return {
            "accept": self.env._("Accept the new date"),
            "wait": self.env._("Wait"),
            "partial": self.env._("Take now what is ready"),
            "date": self.env._("Ask for another date"),
            "substitute": self.env._("Take the substitute"),
            "decline": self.env._("Decline the substitute"),
            "cancel": self.env._("Cancel this item") if target else self.env._("Cancel the rest"),
        }[code]

    @api.model
    def _get_offered(self, record):
        """:return: the codes of the choices that this customer has now"""
        return [code for code in self._get_codes() if self._is_offered(record, code)]

    @api.model
    def _get_codes(self):
        """The choices about the whole backorder or one item, in the order in which they show."""
        return ("accept", "wait", "partial", "date", "cancel")

    @api.model
    def _get_mode(self, record, code):
        """:return: "off", "ask" or "now" """
        return record.company_id[f"backorder_portal_{code}"]

    @api.model
    def _is_offered(self, record, code, target=0):
        return bool(self._get_terms(record, code, target))

    @api.model
    def _get_terms(self, record, code, target):
        """What the customer agrees to, as the page shows it. If it is another one when he answers,
        the answer is not taken.

        :return: list of JSON values; empty when the choice is not offered
        """
        if code not in self._get_codes() or not self._is_open(record, code):
            return []
        return [
            [x.id, round(x[QUANTITIES[code]], 6), self._format_day(code, x)]
            for x in self._get_lines(record, code, target)
        ]

    @api.model
    def _is_open(self, record, code):
        order = record.sale_order_id
        return (
            record.state in OPEN_STATES
            and order.state == "sale"
            and self._get_mode(record, code) in ("ask", "now")
        )

    @api.model
    def _format_day(self, code, line):
        return fields.Date.to_string(line.expected_date) if code == "accept" else False

    @api.model
    def _get_lines(self, record, code, target=0):
        """:return: the items that a choice is about"""
        lines = record.line_ids.filtered(lambda x: x.state in OPEN_STATES)
        if target:
            return lines.filtered(lambda x: x.id == target) if code == "cancel" else lines[:0]
        if code == "accept":
            return lines.filtered(self._has_new_date)
        if code == "partial":
            return lines.filtered(lambda x: x.qty_ready > 0 and not x.check_stock)
        return lines

    @api.model
    def _has_new_date(self, line):
        """A date that can be promised, and that the customer was not told yet, or a later one."""
        date, told = line.expected_arrival_date and line.expected_date, line.promised_date
        return bool(date and date >= line.backorder_id._today() and (not told or date > told))

    # === WHAT IT DOES === #

    @api.model
    def _get_decision(self, code):
        return DECISIONS.get(code)

    @api.model
    def _wants_person(self, record, code, target, form):
        """Whether a colleague decides: the company says so, or what is asked is more than we can
        give by ourselves."""
        if self._get_mode(record, code) != "now":
            return True
        if code == "date":
            lines = self._get_lines(record, code)
            return any(not x.expected_arrival_date or x.expected_date > form["date"] for x in lines)
        if code == "partial":
            return record.sale_order_id._get_backorder_shipping()["rule"] != "as_available"
        return code == "cancel" and not self._get_cancel_reason()

    @api.model
    def _apply(self, record, code, target, form):
        """:return: dict of what else the log says of it"""
        return getattr(self, f"_apply_{code}")(record, target, form) or {}

    @api.model
    def _apply_wait(self, record, target, form):
        """Nothing changes: it is an answer."""

    @api.model
    def _apply_accept(self, record, target, form):
        lines = self._get_lines(record, "accept")
        for date, group in lines.grouped("expected_date").items():
            self._reschedule(record, date, group)
        return self._get_agreed(record)

    @api.model
    def _apply_date(self, record, target, form):
        self._reschedule(record, form["date"], self._get_lines(record, "date"))
        return self._get_agreed(record)

    @api.model
    def _reschedule(self, record, date, lines):
        reason = self.env._("Chosen by the customer")
        record.with_context(backorder_portal=True).reschedule(
            date, reason=reason, line_ids=lines.ids
        )

    @api.model
    def _get_agreed(self, record):
        """The log has one date for all that is open, or none."""
        dates = set(self._get_lines(record, "wait").mapped("promised_date"))
        return {"agreed_date": dates.pop()} if len(dates) == 1 else {}

    @api.model
    def _apply_partial(self, record, target, form):
        """Prepared, not shipped: only the warehouse knows when the goods leave."""
        lines = self._get_lines(record, "partial")
        pickings = record.fulfil(quantities={x.id: x.qty_ready for x in lines})
        for picking in pickings:
            picking._message_log(body=self.env._("The customer takes what is ready now."))

    @api.model
    def _apply_cancel(self, record, target, form):
        lines = self._get_lines(record, "cancel", target)
        reason = self._get_cancel_reason()
        record.cancel_open(reason.id, note=form["words"], line_ids=lines.ids)

    @api.model
    def _get_cancel_reason(self):
        # sudo: customers may not read reasons, and do not see this one
        reasons = self.env["backorder.cancel.reason"].sudo()
        return reasons.search([("code", "=", "customer"), ("needs_note", "=", False)], limit=1)

    # === WHAT IS SAID OF IT === #

    @api.model
    def _summarize(self, record, code, target, form):
        """What colleagues read, in their language, with the words of the customer."""
        record = record.with_context(lang=self._get_colleague_lang(record))
        portal = self.with_env(record.env)
        text = portal._get_summary_text(record, code, target, form)
        if form["words"]:
            text = portal.env._(
                "%(summary)s In his words: %(words)s", summary=text, words=form["words"]
            )
        return text

    @api.model
    def _get_summary_text(self, record, code, target, form):
        items = self._get_items_text(record, code, target)
        if code == "wait":
            return self.env._("The customer waits for %s.", items)
        if code == "accept":
            return self.env._("The customer accepts the new date: %s.", items)
        if code == "partial":
            return self.env._("The customer takes now what is ready: %s.", items)
        if code == "cancel":
            return self.env._("The customer cancels %s.", items)
        wish = format_date(self.env, record._add_transit(form["date"]))
        return self.env._("The customer wants it on %(date)s: %(items)s.", date=wish, items=items)

    @api.model
    def _get_items_text(self, record, code, target):
        texts = []
        for line in self._get_lines(record, code, target):
            quantity = format_number(line[QUANTITIES[code]])
            text = f"{quantity} {line.product_uom_id.name} {line.product_id.display_name}"
            if code == "accept":
                day = format_date(self.env, line.expected_arrival_date)
                text = self.env._("%(items)s on %(date)s", items=text, date=day)
            texts.append(text)
        return ", ".join(texts)


class BackorderPromise(models.Model):
    _inherit = "backorder.promise"

    @api.model
    def _record(self, changes, source, reason=""):
        # only the portal works with all rights and this key: a user cannot claim it
        if self.env.su and self.env.context.get("backorder_portal"):
            source = "portal"
        return super()._record(changes, source, reason)


class BackorderCommunication(models.Model):
    _inherit = "backorder.communication"

    portal_state = fields.Selection(
        [("asked", "Asks us"), ("done", "Done at once")],
        string="Online answer",
        readonly=True,
        help="What became of what the customer chose online.",
    )

    @api.model
    def _check_may_log(self, vals_list):
        if any(vals.get("portal_state") for vals in vals_list):
            raise AccessError(self.env._("What a customer chose online is not typed by hand."))
        return super()._check_may_log(vals_list)

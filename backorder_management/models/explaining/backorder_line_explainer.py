"""Answers *Why not me?* for backorder lines: rank, who is ahead, the reason, and what would help.

A check looks at one line and gives a finding or None; the first finding is the reason, the others
are told as well. New reasons are new checks.
"""

from dataclasses import dataclass

from odoo import api, fields, models
from odoo.tools import format_date

from ..policies.backorder_demand import EPSILON
from ..sale_backorder import OPEN_STATES, format_number
from .backorder_line_reader import AHEAD_SHOWN


@dataclass
class Finding:
    """Why a line waits: a code for programs, a sentence for people, and what would help.

    unblock: dict ``code``, ``text`` and numbers; None: more stock would
    """

    code: str
    text: str
    unblock: dict | None = None


class BackorderLineExplainer(models.AbstractModel):
    _name = "backorder.line.explainer"
    _description = "Why Not Me"

    @api.model
    def _explain(self, lines):
        """Explain many lines in a number of queries that does not depend on how many they are.

        :return: list of dicts, see ``sale.backorder.line.explain``
        """
        cases = self.env["backorder.line.reader"]._read_cases(lines)
        names = self._get_names(cases)
        return [self._explain_case(case, names) for case in cases]

    @api.model
    def _explain_case(self, case, names):
        findings = self._get_findings(case, names)
        ahead = case.better
        return {
            "line_id": case.line.id,
            "product": case.product.display_name,
            "uom": case.line.product_uom_id.name,
            "quantity": case.short,
            "rank": (case.place or 0) + 1 if case.demand else 0,
            "of": len(case.ranked) if case.demand else 0,
            "policy": case.policy.name or self.env._("Odoo's own order"),
            "reason": findings[0].code,
            "text": findings[0].text,
            "also": [{"code": f.code, "text": f.text} for f in findings[1:]],
            "ahead": [self._get_ahead(d, names) for d in ahead[:AHEAD_SHOWN]],
            "ahead_count": len(ahead),
            "ahead_qty": round(sum(d.need - d.before for d in ahead), 6),
            "supply": case.supply,
            "unblock": self._get_unblock(case, findings[0]),
        }

    # === FINDINGS === #

    @api.model
    def _get_findings(self, case, names):
        settled = self._explain_settled(case)
        if settled:
            return [settled]
        found = {}
        for check in self._get_checks():
            finding = check(case, names)
            if finding:
                found.setdefault(finding.code, finding)
        return list(found.values())

    @api.model
    def _get_checks(self):
        """The checks, the most useful answer first. The last one always has an answer,
        unless all that is short only has to be reserved."""
        return [
            self._explain_pinned,
            self._explain_shipment_rule,
            self._explain_protected,
            self._explain_segment,
            self._explain_own_supply,
            self._explain_unreserved,
            self._explain_held_back,
            self._explain_outranked,
            self._explain_share,
            self._explain_picked,
            self._explain_reserved,
            self._explain_receipt,
            self._explain_warehouse,
            self._explain_location,
            self._explain_in_time,
            self._explain_variant,
            self._explain_lot,
            self._explain_owner,
            self._explain_package,
            self._explain_negative,
            self._explain_not_due,
            self._explain_manual_type,
            self._explain_unconfirmed,
            self._explain_supply,
        ]

    @api.model
    def _explain_settled(self, case):
        """Lines that do not wait for stock."""
        line = case.line
        if line.state not in OPEN_STATES:
            return Finding("closed", self.env._("Nothing of it is open any more."))
        if line.check_stock:
            text = self.env._("The stock is in doubt: it has to be counted first.")
            unblock = {"code": "count", "text": self.env._("Count the stock, or say It is there")}
            return Finding("check_stock", text, unblock)
        if case.waits:
            return None
        if case.rule["rule"] == "minimum" and self._explain_minimum(case):
            return Finding("ready", self._explain_minimum(case).text)
        if case.missing and (case.rule["rule"] == "whole" or self._is_last_shipment(case)):
            text = self.env._(
                "Everything is reserved and ships when the order is complete. Missing: %s.",
                self._list_missing(case),
            )
            return Finding("ready", text)
        return Finding("ready", self.env._("Everything is reserved and can ship."))

    # === WHAT WOULD HELP === #

    @api.model
    def _get_unblock(self, case, finding):
        """The smallest change that would serve the line; False when there is nothing to do."""
        if not case.waits:
            return finding.unblock or False
        return finding.unblock or self._need_stock(case)

    @api.model
    def _need_stock(self, case):
        """What has to come, after those who stand before it had theirs."""
        line = case.line
        day = line.promised_date or line.date_due or False
        day = day if day and day >= line.backorder_id._today() else False
        quantity = self._get_needed(case)
        receipt = self._get_covering(case, quantity, day)
        if receipt:
            return self._get_wait(case, receipt)
        values = {"quantity": self._amount(case, quantity), "date": format_date(self.env, day)}
        text = (
            self.env._("%(quantity)s more by %(date)s", **values)
            if day
            else self.env._("%(quantity)s more as soon as possible", **values)
        )
        date = day and fields.Date.to_string(day)
        return {"code": "more_stock", "text": text, "quantity": quantity, "date": date}

    @api.model
    def _get_needed(self, case):
        """What it lacks, and those who stand before it."""
        return round(case.short + sum(d.need - d.before for d in case.better), 6)

    @api.model
    def _get_wait(self, case, receipt):
        date = self._get_receipt_day(case, receipt)
        text = self.env._(
            "Wait for %(document)s on %(date)s",
            document=self._get_document(receipt),
            date=format_date(self.env, date),
        )
        date = fields.Date.to_string(date)
        return {"code": "wait", "text": text, "quantity": case.short, "date": date}

    @api.model
    def _get_covering(self, case, quantity, day=False):
        """The receipt with which so much has come, if it has by that day; else None."""
        coming = sorted(
            self._get_receipts(case), key=lambda m: (self._get_receipt_day(case, m), m.id)
        )
        for receipt in coming:
            quantity -= receipt.product_qty
            if quantity <= EPSILON:
                return receipt if not day or self._get_receipt_day(case, receipt) <= day else None
        return None

    @api.model
    def _get_receipt_day(self, case, move):
        moment = move._get_supply_date()
        return case.line.backorder_id._local_date(moment)

    @api.model
    def _get_receipts(self, case):
        """What comes into the warehouse and is not made to order for somebody."""
        return [
            m
            for m in case.inbound
            if m.location_id.warehouse_id != case.line.warehouse_id
            and "make_to_order" not in m.move_dest_ids.mapped("procure_method")
        ]

    # === WORDS === #

    @api.model
    def _amount(self, case, quantity):
        return f"{format_number(quantity)} {case.line.product_uom_id.name}"

    @api.model
    def _list_missing(self, case):
        return ", ".join(
            f"{format_number(quantity)} {product.uom_id.name} {product.display_name}"
            for product, quantity in case.missing
        )

    @api.model
    def _get_ahead(self, demand, names):
        name = names[demand.id]
        return {
            "order": name["order"],
            "partner": name["partner"],
            "quantity": round(demand.need - demand.before, 6),
            "reserved": demand.before,
            "promised": name["promised"],
            "expected": name["expected"],
        }

    # === NAMES, AS FAR AS THE USER MAY KNOW THEM === #

    @api.model
    def _get_names(self, cases):
        """:return: {move id: dict ``order``, ``partner``, ``promised``, ``expected``}"""
        shown = {d.id: case.rows[d.id] for case in cases for d in case.shown}
        rows = list(shown.values())
        orders = self.env["sale.order"].browse({r["order_id"] for r in rows if r["order_id"]})
        known = self._filter_known(orders)
        items = self.env["sale.backorder.line"].browse({r["item_id"] for r in rows if r["item_id"]})
        moves = self.env["stock.move"].browse(shown)
        by_order = {order.id: order for order in orders}
        by_item = {item.id: item for item in items}
        empty = items.browse()
        return {
            move.id: self._get_name(
                move,
                shown[move.id],
                by_order.get(shown[move.id]["order_id"]),
                by_item.get(shown[move.id]["item_id"], empty),
                known,
            )
            for move in moves
        }

    @api.model
    def _filter_known(self, orders):
        """Orders that the user may know of: those he may read; the warehouse and planners all."""
        user = self.env.user
        if any(user.has_group(group) for group in self._get_knowing_groups()):
            return orders
        return orders.sudo(False)._filtered_access("read")

    @api.model
    def _get_knowing_groups(self):
        return ("stock.group_stock_user", "backorder_management.group_backorder_planner")

    @api.model
    def _get_name(self, move, row, order, item, known):
        date = {
            "promised": item.promised_date and fields.Date.to_string(item.promised_date),
            "expected": item.expected_date and fields.Date.to_string(item.expected_date),
        }
        if not order:
            return {"order": self._get_other_name(move, row), "partner": False, **date}
        if order not in known:
            return {"order": self.env._("another order"), "partner": False, **date}
        return {"order": order.name, "partner": order.partner_id.display_name, **date}

    @api.model
    def _get_other_name(self, move, row):
        if any(self.env.user.has_group(group) for group in self._get_knowing_groups()):
            return move.picking_id.name or move.reference or move.origin or self.env._("a transfer")
        names = {
            "component": self.env._("a manufacturing order"),
            "transfer": self.env._("an internal transfer"),
        }
        return names.get(row["kind"], self.env._("another delivery"))

    @api.model
    def _day(self, case, moment):
        """A moment as a day, where the goods are, as people write it."""
        return format_date(self.env, case.line.backorder_id._local_date(moment))

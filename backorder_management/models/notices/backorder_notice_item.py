"""What happened that a customer should hear of. Events only write rows here; the scheduled action
makes messages of them."""

from datetime import timedelta

from odoo import api, fields, models

from ..sale_backorder import OPEN_STATES
from .backorder_notice_type import KINDS

# of these one for each backorder is told: the first that applies says most
SITUATIONS = ("earlier", "ready", "created", "no_date", "later", "known", "status")
# these say what happened, not how an order stands
MOVED = ("shipped", "cancelled", "substitute")
STATES = [("new", "To tell"), ("told", "Told"), ("dropped", "Not needed")]


class BackorderNoticeItem(models.Model):
    _name = "backorder.notice.item"
    _description = "News for a Customer"
    _order = "id"
    _rec_name = "backorder_id"

    backorder_id = fields.Many2one(
        "sale.backorder", required=True, readonly=True, index=True, ondelete="cascade"
    )
    line_id = fields.Many2one(
        "sale.backorder.line",
        string="Item",
        readonly=True,
        index="btree_not_null",
        ondelete="cascade",
    )
    sale_order_id = fields.Many2one(related="backorder_id.sale_order_id", string="Order")
    partner_id = fields.Many2one(
        related="backorder_id.partner_id", string="Customer", store=True, index=True
    )
    user_id = fields.Many2one(
        related="backorder_id.user_id", string="Salesperson", store=True, index="btree_not_null"
    )
    company_id = fields.Many2one(related="backorder_id.company_id", store=True)
    kind = fields.Selection(KINDS, string="News", required=True, readonly=True)
    quantity = fields.Float(digits="Product Unit", readonly=True)
    asked = fields.Float(
        digits="Product Unit",
        readonly=True,
        help="What of the order line was delivered or still owed after it was cancelled.",
    )
    change_id = fields.Many2one(
        "backorder.date.change", readonly=True, index="btree_not_null", ondelete="set null"
    )
    old_date = fields.Date(string="Told before", readonly=True)
    new_date = fields.Date(string="Told now", readonly=True)
    reason = fields.Char(readonly=True, help="What the customer reads as the reason.")
    notice_id = fields.Many2one(
        "backorder.notice", readonly=True, index="btree_not_null", ondelete="set null"
    )
    state = fields.Selection(STATES, string="Status", required=True, readonly=True, default="new")

    _to_collect = models.Index("(company_id, partner_id) WHERE notice_id IS NULL AND state = 'new'")

    # === EVENTS === #

    @api.model
    def _note_refresh(self, records, opened, before, changes):
        """What changed on backorders in this transaction.

        :param opened: those that are new; :param before: {record: state before}
        :param changes: {backorder line: (old tally, new tally)}
        """
        told = {r for r in records if r._is_told_by_notices()}
        if not told:
            return
        vals_list = [
            {"backorder_id": record.id, "kind": kind}
            for record in records
            if record in told and (kind := self._get_record_kind(record, record in opened, before))
        ]
        for line, (old, new) in changes.items():
            if line.backorder_id in told:
                moved = self._get_moved(line, old, new)
                vals_list += [
                    {
                        "backorder_id": line.backorder_id.id,
                        "line_id": line.id,
                        "kind": kind,
                        "quantity": quantity,
                        "asked": new.delivered + new.outstanding,
                    }
                    for kind, quantity in moved.items()
                    if line.product_uom_id.compare(quantity, 0) > 0
                ]
        self.sudo().create(vals_list)

    @api.model
    def _get_moved(self, line, old, new):
        """:return: {kind of news: quantity}"""
        moved = {"shipped": new.fulfilled - old.fulfilled}
        # who cancels by hand says whether to write, and a substitute is told in its own words; what
        # was bought for the customer and is cancelled is still owed
        if line.cancel_origin not in ("person", "supply"):
            moved["cancelled"] = new.cancelled - old.cancelled
        return moved

    @api.model
    def _get_record_kind(self, record, is_new, before):
        if is_new:
            return "created" if record.state in OPEN_STATES else None
        return "ready" if record.state == "ready" != before[record] else None

    @api.model
    def _note_changes(self, changes):
        """Dates that do not hold any more. Earlier ones are told when the goods are in hand.

        :param changes: new ``backorder.date.change``
        """
        kinds = {"slip": "later", "no_date": "no_date"}
        self.sudo().create(
            [
                {
                    "backorder_id": change.backorder_id.id,
                    "line_id": change.line_id.id,
                    "change_id": change.id,
                    "kind": kinds[change.kind],
                }
                for change in changes
                if change.kind in kinds and change.backorder_id._is_told_by_notices()
            ]
        )

    @api.model
    def _note_known(self, lines):
        """Dates of items whose customers were told that there is none yet."""
        told = lines.filtered(lambda x: x.told_open and x.backorder_id._is_told_by_notices())
        self.sudo().create(
            [{"backorder_id": x.backorder_id.id, "line_id": x.id, "kind": "known"} for x in told]
        )

    # === IS IT STILL TRUE === #

    def _is_current(self):
        """News may be old by the time they would be sent."""
        self.ensure_one()
        record, line = self.backorder_id, self.line_id
        if self.kind in MOVED or self.new_date:
            return True
        if record.state not in OPEN_STATES or (line and line.state not in OPEN_STATES):
            return False
        if self.kind in ("ready", "earlier"):
            return record.state == "ready" and not record.check_stock
        if self.change_id:
            return self.change_id.state == "new"
        if self.kind == "known":
            return bool(line._get_firm_date()) and not line.promised_date
        return True

    def _settle_cancelled(self):
        """What was cancelled and is asked for again, before anybody was told, is no news.

        :return: those that still are, with what is gone of their order lines all in all
        """
        cancelled = self.filtered(lambda i: i.kind == "cancelled" and not i.notice_id.explicit)
        if not cancelled:
            return self
        # sudo: of the lines that these news are about, whoever sends them
        reader = self.env["backorder.reader"].sudo()
        outlines = reader._read_outlines(cancelled.line_id.sale_line_id.ids)
        gone = self.browse()
        for line, items in cancelled.sorted("id").grouped("line_id").items():
            outline = outlines.get((line.sale_line_id.id, line.product_id.id))
            now = outline.delivered + outline.outstanding if outline else 0.0
            left = items[0].asked + items[0].quantity - now
            last, left = items[-1], min(left, sum(items.mapped("quantity")))
            gone += items - last
            if line.product_uom_id.compare(left, 0) <= 0:
                gone += last
            elif line.product_uom_id.compare(left, last.quantity):
                last.write({"quantity": left, "asked": now})
        gone.write({"state": "dropped"})
        return self - gone

    def _update_kind(self):
        """A date that moved again before the customer heard of it; goods that are here early."""
        for item in self:
            kind = {"slip": "later", "no_date": "no_date", "pull_in": "known"}.get(
                item.change_id.kind, item.kind
            )
            if kind == "ready" and item._is_early():
                kind = "earlier"
            if kind != item.kind:
                item.kind = kind

    def _is_early(self):
        record = self.backorder_id
        tolerance = timedelta(days=max(0, record.company_id.backorder_date_tolerance))
        return bool(record.promised_date and record._today() + tolerance < record.promised_date)

    def _drop_stale(self):
        """:return: what is still worth telling: of each backorder the situation that says most"""
        current = self._settle_cancelled().filtered(lambda item: item._is_current())
        current._update_kind()
        for items in current.grouped("backorder_id").values():
            found = [k for k in SITUATIONS if k in items.mapped("kind")]
            if found:
                lesser = items.filtered(lambda i, kinds=found[1:]: i.kind in kinds)
                current -= lesser
        current = current._drop_repeated()
        (self - current).write({"state": "dropped"})
        return current

    def _drop_repeated(self):
        """:return: what happened to an item more than once in one way is told once"""
        once = {}
        for item in self:
            parts = item.id if item.kind in MOVED else 0
            once.setdefault((item.backorder_id, item.line_id, item.kind, parts), item.id)
        return self.browse(once.values())

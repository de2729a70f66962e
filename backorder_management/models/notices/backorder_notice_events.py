"""Where news come from. Nothing is written while notices are off."""

from odoo import api, fields, models

from ..sale_backorder_line import PRICE_GROUPS


class SaleBackorder(models.Model):
    _inherit = "sale.backorder"

    last_notice_date = fields.Datetime(
        string="Last notice", readonly=True, help="When the customer was written to by a notice."
    )

    notice_item_ids = fields.One2many(
        "backorder.notice.item", "backorder_id", string="News", groups=PRICE_GROUPS
    )

    def _is_told_by_notices(self):
        """Backorders found at installation stay quiet until they are released."""
        return self.released and self.company_id.backorder_notice_mode not in (False, "off")


class SaleBackorderLine(models.Model):
    _inherit = "sale.backorder.line"

    told_open = fields.Boolean(
        readonly=True, help="The customer was told that there is no date yet."
    )

    def _get_firm_date(self):
        """What may be promised; nothing as long as it is an estimate, or the supply overdue."""
        return self._get_safe_date() if self.confidence not in ("estimated", "late") else False

    def _get_told_date(self):
        """The date to tell: the promise as long as it holds, else the one that may be promised."""
        self.ensure_one()
        safe, promised = self._get_firm_date(), self.promised_date
        return promised if safe and promised and safe <= promised else safe


class BackorderPublisher(models.AbstractModel):
    _inherit = "backorder.publisher"

    @api.model
    def _refresh(self, records, facts, queue, orders, changes):
        opened = records.filtered(lambda r: r.id in queue.opened)
        before = {r: r.state for r in records}
        result = super()._refresh(records, facts, queue, orders, changes)
        if queue.origin != "existing":
            self.env["backorder.notice.item"]._note_refresh(records, opened, before, changes)
        return result


class BackorderDateChange(models.Model):
    _inherit = "backorder.date.change"

    @api.model_create_multi
    def create(self, vals_list):
        changes = super().create(vals_list)
        self.env["backorder.notice.item"]._note_changes(changes)
        return changes

    @api.model
    def _note(self, changes):
        """Also of what was never promised: a date that is known at last."""
        result = super()._note(changes)
        lines = self.env["sale.backorder.line"].browse(c[0] for c in changes if c[2])
        known = lines.filtered(lambda x: x.told_open and not x.promised_date and x._get_firm_date())
        if known:
            self.env["backorder.notice.item"]._note_known(known)
        return result

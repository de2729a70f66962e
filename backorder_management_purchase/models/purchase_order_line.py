from odoo import fields, models


class PurchaseOrderLine(models.Model):
    _inherit = "purchase.order.line"

    backorder_first_date = fields.Datetime(
        string="First promised",
        readonly=True,
        copy=False,
        help="The date that was planned when the purchase was confirmed. A new date does not "
        "change it: how late a vendor is counts from here.",
    )

    def write(self, vals):
        """A new date after the vendor was asked is his answer, whoever enters it."""
        if not vals.get("date_planned"):
            return super().write(vals)
        asked = self.filtered(
            lambda x: x.order_id.backorder_asked_date and not x.order_id.backorder_answer_date
        )
        dates = {line: line.date_planned for line in asked}
        result = super().write(vals)
        moved = asked.filtered(lambda x: x.date_planned != dates[x])
        moved.order_id._note_answer()
        return result

    def _create_or_update_picking(self):
        """Of lines that are added to a confirmed purchase."""
        self._keep_first_date()
        return super()._create_or_update_picking()

    def _keep_first_date(self):
        """Idempotent: a date that is known stays."""
        new = self.filtered(
            lambda x: (
                x.order_id.state == "purchase"
                and x.date_planned
                and not x.backorder_first_date
                and not x.display_type
            )
        )
        for line in new:
            line.backorder_first_date = line.date_planned

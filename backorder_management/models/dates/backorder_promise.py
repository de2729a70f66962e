from odoo import api, fields, models

SOURCES = [
    ("order", "Delivery date of the order"),
    ("reschedule", "Rescheduled"),
    ("notice", "Notice"),
    ("portal", "Customer portal"),
    ("log", "Call or visit"),
]


class BackorderPromise(models.Model):
    """What a customer was told, and when: rows are only added, never changed."""

    _name = "backorder.promise"
    _description = "Promised Date of a Backorder Item"
    _order = "id desc"
    _rec_name = "new_date"

    line_id = fields.Many2one(
        "sale.backorder.line",
        string="Item",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    backorder_id = fields.Many2one(related="line_id.backorder_id", store=True, index=True)
    product_id = fields.Many2one(related="line_id.product_id")
    partner_id = fields.Many2one(related="line_id.partner_id", string="Customer", store=True)
    company_id = fields.Many2one(related="line_id.company_id", store=True)
    old_date = fields.Date(string="Before", readonly=True)
    new_date = fields.Date(string="Promised", readonly=True)
    expected_date = fields.Date(
        string="Expected then", readonly=True, help="What we expected when the promise was made."
    )
    reason = fields.Char(readonly=True)
    source = fields.Selection(SOURCES, required=True, readonly=True)
    user_id = fields.Many2one("res.users", string="By", readonly=True)
    told_date = fields.Datetime(string="Told on", readonly=True)

    @api.model
    def _record(self, changes, source, reason=""):
        """Keep what was promised.

        :param changes: (backorder line, promised date before)
        """
        now = fields.Datetime.now()
        # sudo: promises are only ever added, by whoever may change the order
        return self.sudo().create(
            [
                {
                    "line_id": line.id,
                    "old_date": old,
                    "new_date": line.promised_date,
                    "expected_date": line.expected_date,
                    "reason": reason,
                    "source": source,
                    "user_id": self.env.uid,
                    "told_date": now,
                }
                for line, old in changes
            ]
        )

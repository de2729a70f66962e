"""What a customer may be told, in words that an administrator can edit."""

from odoo import api, fields, models

MODES = [("off", "Off"), ("approve", "Approve first"), ("auto", "Automatic")]
KINDS = [
    ("created", "Backorder opened"),
    ("later", "Later than promised"),
    ("no_date", "No date any more"),
    ("known", "A date is known"),
    ("earlier", "Ready earlier than promised"),
    ("ready", "Ready"),
    ("shipped", "Shipped"),
    ("cancelled", "Cancelled"),
    ("substitute", "A substitute is offered"),
    ("status", "Regular news of a long wait"),
]


class BackorderNoticeType(models.Model):
    """One row for each kind of news: whether customers hear of it, and the words around it."""

    _name = "backorder.notice.type"
    _description = "Kind of Customer Notice"
    _order = "sequence, id"

    code = fields.Selection(KINDS, string="News", required=True, readonly=True)
    sequence = fields.Integer(default=10)
    name = fields.Char(
        string="Heading", required=True, translate=True, help="Stands above this news."
    )
    text = fields.Html(
        translate=True,
        help="What customers read before the list of products: the apology, the good news.",
    )
    mode = fields.Selection(
        [("company", "As the company"), *MODES],
        string="Sent",
        required=True,
        default="company",
        help="Nothing is sent by itself while notices are off in the settings.",
    )

    _code_unique = models.UniqueIndex("(code)", "There is one text for each kind of news.")

    @api.model
    def _get_types(self):
        """:return: {code: type}"""
        return {kind.code: kind for kind in self.search([])}

    def _get_mode(self, company):
        """:return: ``off``, ``approve`` or ``auto``; a company that is off has the last word"""
        mode = company.backorder_notice_mode
        if mode == "off" or not self:
            return "off"
        return mode if self.mode == "company" else self.mode

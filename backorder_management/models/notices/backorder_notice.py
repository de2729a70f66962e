"""One message to one customer: all news of some hours, about all of his backorders."""

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from .backorder_notice_settings import CHANNELS

STATES = [
    ("draft", "To approve"),
    ("queued", "To send"),
    ("sent", "Sent"),
    ("failed", "Failed"),
    ("skipped", "Not needed"),
    ("dismissed", "Dismissed"),
]
TEMPLATE = "backorder_management.mail_template_notice"


class BackorderNotice(models.Model):
    _name = "backorder.notice"
    _description = "Notice to a Customer"
    _inherit = ["mail.thread"]
    _order = "id desc"
    _mail_post_access = "read"

    name = fields.Char(compute="_compute_name")
    news = fields.Char(string="What is told", compute="_compute_name")
    partner_id = fields.Many2one(
        "res.partner", string="Customer", required=True, readonly=True, index=True
    )
    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True)
    channel = fields.Selection(CHANNELS, required=True, readonly=True, default="email")
    state = fields.Selection(
        STATES, string="Status", required=True, readonly=True, default="queued", index=True
    )
    item_ids = fields.One2many("backorder.notice.item", "notice_id", string="News", readonly=True)
    backorder_ids = fields.Many2many(
        "sale.backorder", string="Backorders", compute="_compute_backorder_ids"
    )
    explicit = fields.Boolean(
        readonly=True, help="A person asked for it: it is sent whatever the settings say."
    )
    note = fields.Text(
        string="Add a word", help="Stands at the beginning of the message, as you write it."
    )
    preview = fields.Html(compute="_compute_preview", sanitize=False)
    date_sent = fields.Datetime(string="Sent on", readonly=True, index="btree_not_null")
    mail_message_id = fields.Many2one(
        "mail.message", string="Message", readonly=True, index="btree_not_null", ondelete="set null"
    )
    activity_id = fields.Many2one(
        "mail.activity", string="Call", readonly=True, index="btree_not_null", ondelete="set null"
    )
    attempts = fields.Integer(readonly=True)
    date_retry = fields.Datetime(string="Next attempt", readonly=True)
    error = fields.Char(string="What went wrong", readonly=True)

    _to_send = models.Index("(id) WHERE state IN ('queued', 'failed')")

    def write(self, vals):
        if not self.env.su:
            if vals.keys() - {"note"} or any(x.state != "draft" for x in self):
                raise AccessError(
                    self.env._("A message can be changed only as long as it is to be approved.")
                )
            self._check_may_decide()
        return super().write(vals)

    @api.depends("partner_id", "item_ids")
    def _compute_name(self):
        for notice in self:
            notice.news = notice._get_news()
            notice.name = ": ".join(filter(None, (notice.partner_id.display_name, notice.news)))

    def _get_news(self):
        """:return: the kinds of news, for people: "Later than promised, Shipped" """
        kind = self.env["backorder.notice.item"]._fields["kind"]
        labels = dict(kind._description_selection(self.env))
        items = self.item_ids.filtered(lambda i: i.state != "dropped") or self.item_ids
        return ", ".join(labels[k] for k in dict.fromkeys(items.mapped("kind")))

    @api.depends("item_ids")
    def _compute_backorder_ids(self):
        for notice in self:
            notice.backorder_ids = notice.item_ids.backorder_id

    @api.depends("item_ids", "note", "mail_message_id")
    def _compute_preview(self):
        template = self.env.ref(TEMPLATE, raise_if_not_found=False)
        for notice in self:
            # sudo: rendering reads what the customer will read
            if notice.mail_message_id:
                notice.preview = notice.mail_message_id.sudo().body
            elif template and notice.id:
                notice.preview = notice.sudo()._render(template)[notice.id]["body_html"]
            else:
                notice.preview = False

    def _render(self, template):
        """:return: {notice id: {"subject", "body_html"}} in the language of each customer"""
        return template.sudo()._generate_template(self.ids, ["subject", "body_html"])

    # === DECISIONS === #

    def _check_may_decide(self):
        """Who may change the orders says what their customer reads."""
        self.check_access("read")
        sells = self.env.su or self.env.user.has_group("sales_team.group_sale_salesman")
        # sudo: items of orders that the user may not see are checked, too
        orders = self.sudo().item_ids.backorder_id.sale_order_id.sudo(self.env.su)
        if not (sells and orders.has_access("write")):
            raise AccessError(
                self.env._("Only who may change the orders decides what their customer reads.")
            )

    def action_approve(self):
        """Send these messages now. Messages that are sent already stay as they are."""
        self._check_may_decide()
        drafts = self.filtered(lambda x: x.state == "draft")
        # sudo: all but the added words is closed to editing
        drafts.sudo().write({"state": "queued"})
        drafts.sudo()._send()
        return True

    def action_dismiss(self):
        """The customer need not hear of it."""
        self._check_may_decide()
        # sudo: as above
        mine = self.sudo().filtered(lambda x: x.state in ("draft", "queued", "failed"))
        mine.write({"state": "dismissed"})
        mine.item_ids.write({"state": "dropped"})
        mine.item_ids.change_id.filtered(lambda c: c.state == "new").state = "dismissed"
        return True

    def action_retry(self):
        """Try again what could not be sent."""
        self._check_may_decide()
        failed = self.sudo().filtered(lambda x: x.state == "failed")
        if not failed:
            raise UserError(self.env._("Only messages that failed are sent again."))
        failed._retry()
        return True

    def action_view_backorders(self):
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "backorder_management.sale_backorder_action"
        )
        return {**action, "domain": [("id", "in", self.backorder_ids.ids)], "context": {}}

    # === ANSWERS === #

    def _get_log_text(self):
        """What was told, for the log: in the language of the salesperson, whoever sends it."""
        record = self.item_ids.backorder_id[:1]
        lang = self.env["backorder.portal"]._get_colleague_lang(record)
        notice = self.with_context(lang=lang)
        return notice.env._("Notice: %s", notice._get_news())

    def _message_post_after_hook(self, message, msg_vals):
        """What the customer reads, and what he answers, is a contact of each backorder."""
        # sudo: customers answer, too
        notice = self.sudo()
        log = self.env["backorder.communication"].sudo()
        ours = not log._is_from_customer(message.sudo())
        # what is written under it later is told in its own words
        is_notice = ours and not notice.mail_message_id
        summary = notice._get_log_text() if is_notice else None
        log._log_message(message.sudo(), notice.item_ids.backorder_id, summary)
        return super()._message_post_after_hook(message, msg_vals)

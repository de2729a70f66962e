"""Ask the vendor for a date: core's own reminder mail, and who tells the buyer that none came."""

from datetime import timedelta

from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain
from odoo.tools import email_normalize

TODO = "mail.mail_activity_data_todo"


class PurchaseOrder(models.Model):
    _inherit = "purchase.order"

    backorder_asked_date = fields.Datetime(
        string="Asked for a date",
        readonly=True,
        copy=False,
        help="When the vendor was last asked for a date, because customers wait.",
    )
    backorder_asked_by_id = fields.Many2one(
        "res.users", string="Asked by", readonly=True, copy=False
    )
    backorder_answer_date = fields.Datetime(
        string="Vendor answered",
        readonly=True,
        copy=False,
        help="When the vendor acknowledged, or a date was changed, after he was asked.",
    )
    backorder_no_answer_told = fields.Boolean(
        readonly=True, copy=False, help="The buyer was told that no answer came."
    )
    backorder_no_answer_activity_id = fields.Many2one(
        "mail.activity", readonly=True, copy=False, ondelete="set null"
    )

    # === ASK === #

    def action_ask_for_date(self):
        """Send the vendors of these purchases core's receipt reminder, once a day at most.

        :return: a notification that says who was asked, and why others were not
        :raise UserError: naming all vendors without an email address; then nobody is asked
        """
        self._check_may_ask()
        # what a person did so far counts: a sale that was cancelled just now waits no more
        self.env["backorder.tracker"]._drain()
        self.env.flush_all()
        waiting = self.filtered("backorder_item_count")
        today = waiting.filtered(lambda o: o._was_asked_today())
        asked = waiting - today
        asked._check_email()
        # written first: of two clicks at the same moment the second starts again, and sends nothing
        asked._note_asked()
        self.env.flush_all()
        asked._send_date_request()
        return self._get_asked_notification(asked, today, self - waiting)

    def _check_may_ask(self):
        if not self.env.user.has_group("purchase.group_purchase_user"):
            raise AccessError(self.env._("Only buyers may ask a vendor for a date."))
        self.check_access("write")

    def _check_email(self):
        vendors = self.partner_id.filtered(lambda p: not email_normalize(p.email or ""))
        if vendors:
            names = ", ".join(vendors.mapped("display_name"))
            raise UserError(
                self.env._("Nobody was asked. Enter a valid email address for: %s.", names)
            )

    def _was_asked_today(self):
        asked = self.backorder_asked_date
        return bool(asked) and self._to_warehouse_date(asked) == self._to_warehouse_date(
            fields.Datetime.now()
        )

    def _to_warehouse_date(self, moment):
        warehouse = self.picking_type_id.warehouse_id
        return self.env["backorder.tracker"]._local_date(moment, warehouse, self.company_id)

    def _note_asked(self):
        self._close_no_answer()
        self.write(
            {
                "backorder_asked_date": fields.Datetime.now(),
                "backorder_asked_by_id": self.env.uid,
                "backorder_answer_date": False,
                "backorder_no_answer_told": False,
            }
        )

    def _send_date_request(self):
        """As core's ``_send_reminder_mail``, whatever the settings of its own schedule say."""
        template = self.env.ref("purchase.email_template_edi_purchase_reminder")
        for order in self:
            order.with_context(is_reminder=True).message_post_with_source(
                template,
                email_layout_xmlid="mail.mail_notification_layout_with_responsible_signature",
                subtype_xmlid="mail.mt_comment",
            )

    def _get_asked_notification(self, asked, today, rest):
        texts = []
        if asked:
            names = ", ".join(f"{o.name} ({o.partner_id.display_name})" for o in asked)
            texts.append(self.env._("Asked for a date: %s.", names))
        if today:
            names = ", ".join(today.mapped("name"))
            texts.append(self.env._("Already asked today: %s.", names))
        if rest:
            names = ", ".join(rest.mapped("name"))
            texts.append(self.env._("No backorder waits for: %s.", names))
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success" if asked else "warning",
                "message": " ".join(texts),
                "next": {"type": "ir.actions.act_window_close"},
            },
        }

    # === THE ANSWER === #

    def write(self, vals):
        result = super().write(vals)
        if vals.get("acknowledged") and not self.env.context.get("backorder_receiving"):
            self._note_answer()
        return result

    def _update_date_planned_for_lines(self, updated_dates):
        """The vendor confirmed his dates in the portal, changed or not."""
        self._note_answer()
        return super()._update_date_planned_for_lines(updated_dates)

    def _note_answer(self):
        answered = self.filtered(lambda o: o.backorder_asked_date and not o.backorder_answer_date)
        if not answered:
            return
        # sudo: the vendor answers in the portal, and a date may be changed by whoever may do so
        answered = answered.sudo()
        answered.write({"backorder_answer_date": fields.Datetime.now()})
        answered._close_no_answer(self.env._("The vendor answered."))

    # === NO ANSWER === #

    @api.model
    def _cron_tell_no_answer(self):
        """Tell buyers once of each asking that got no answer, and close what is over."""
        self.search([("backorder_no_answer_activity_id", "!=", False)])._close_if_over()
        late = self.search(self._get_no_answer_domain())
        for order in late.filtered("backorder_item_count"):
            order._tell_no_answer()

    @api.model
    def _get_no_answer_domain(self):
        """Asked so many days ago as the company allows, and nothing was heard since."""
        result = Domain.FALSE
        now = fields.Datetime.now()
        for company in self.env["res.company"].search([("backorder_answer_days", ">", 0)]):
            # calendar days: the last of them may be short, the zone of the warehouse decides
            until = now - timedelta(days=company.backorder_answer_days - 1)
            result |= Domain("company_id", "=", company.id) & Domain(
                "backorder_asked_date", "<=", until
            )
        return result & Domain(
            [
                ("state", "=", "purchase"),
                ("backorder_answer_date", "=", False),
                ("backorder_no_answer_told", "=", False),
            ]
        )

    def _tell_no_answer(self):
        self.ensure_one()
        days = timedelta(days=self.company_id.backorder_answer_days)
        due = self._to_warehouse_date(self.backorder_asked_date) + days
        if due > self._to_warehouse_date(fields.Datetime.now()):
            return
        buyer = self.user_id if self.user_id.active else self.backorder_asked_by_id
        # in the language of who reads it
        order = self.with_context(lang=buyer.lang)
        activity = order.activity_schedule(
            TODO, user_id=buyer.id, summary=order._get_no_answer_text()
        )
        self.write(
            {"backorder_no_answer_told": True, "backorder_no_answer_activity_id": activity.id}
        )

    def _get_no_answer_text(self):
        values = {
            "vendor": self.partner_id.display_name,
            "order": self.name,
            "count": self._count_waiting_backorders(),
        }
        if values["count"] == 1:
            return self.env._(
                "No answer from %(vendor)s on the date of %(order)s: 1 backorder waits", **values
            )
        return self.env._(
            "No answer from %(vendor)s on the date of %(order)s: %(count)s backorders wait",
            **values,
        )

    def _count_waiting_backorders(self):
        domain = [("purchase_id", "=", self.id)]
        [[count]] = self.env["backorder.purchase.report"]._read_group(
            domain, [], ["backorder_id:count_distinct"]
        )
        return count

    def _close_no_answer(self, feedback=None):
        """:param feedback: what happened; without it the activity goes without a trace"""
        # sudo: it may be the activity of somebody else
        activities = self.sudo().backorder_no_answer_activity_id.filtered("active")
        if feedback:
            # by the system: who answers in the portal is nobody
            activities.with_user(SUPERUSER_ID).action_feedback(feedback=feedback)
        else:
            activities.unlink()
        self.sudo().backorder_no_answer_activity_id = False

    def _close_if_over(self):
        """Cancelled, or nothing is to be received any more: nobody has to call the vendor."""
        told = self.filtered("backorder_no_answer_activity_id")
        over = told.filtered(lambda o: o.state != "purchase" or not o._is_to_be_received())
        over._close_no_answer()

    def _is_to_be_received(self):
        return any(m.state not in ("done", "cancel") for m in self.order_line.move_ids)

    def button_cancel(self):
        result = super().button_cancel()
        self.sudo()._close_if_over()
        return result


class StockPicking(models.Model):
    _inherit = "stock.picking"

    def _action_done(self):
        """Core acknowledges what is received. A part of it says nothing about the rest."""
        pickings = self.with_context(backorder_receiving=True)
        result = super(StockPicking, pickings)._action_done()
        # sudo: whoever receives need not see purchases
        self.sudo().move_ids.purchase_line_id.order_id._close_if_over()
        return result

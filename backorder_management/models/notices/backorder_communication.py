"""What was said to customers about their backorders, and what they answered."""

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

METHODS = [
    ("email", "E-mail"),
    ("phone", "Phone"),
    ("in_person", "In person"),
    ("sms", "Text message"),
    ("portal", "Customer portal"),
    ("other", "Other"),
]
DIRECTIONS = [("out", "We told the customer"), ("in", "The customer told us")]
DECISIONS = [
    ("wait", "Waits"),
    ("new_date", "Wants another date"),
    ("partial", "Takes a part now"),
    ("substitute", "Takes a substitute"),
    ("cancel", "Cancels"),
]
SATISFACTION = [("3", "Happy"), ("2", "Neutral"), ("1", "Unhappy")]


class BackorderCommunication(models.Model):
    """One row for each contact. Messages and calls write theirs by themselves; visits and
    agreements are typed through *Log contact*."""

    _name = "backorder.communication"
    _description = "Contact About a Backorder"
    _order = "date desc, id desc"
    _rec_name = "summary"

    backorder_id = fields.Many2one("sale.backorder", required=True, index=True, ondelete="cascade")
    sale_order_id = fields.Many2one(related="backorder_id.sale_order_id", string="Order")
    partner_id = fields.Many2one(
        related="backorder_id.partner_id", string="Customer", store=True, index=True
    )
    company_id = fields.Many2one(related="backorder_id.company_id", store=True)
    salesperson_id = fields.Many2one(
        related="backorder_id.user_id", string="Salesperson", store=True
    )
    date = fields.Datetime(required=True, default=fields.Datetime.now)
    method = fields.Selection(METHODS, required=True, default="phone")
    direction = fields.Selection(DIRECTIONS, required=True, default="out")
    summary = fields.Text(required=True, help="What was said, in a sentence or two.")
    decision = fields.Selection(DECISIONS, help="What the customer decided, if anything.")
    agreed_date = fields.Date(
        string="Agreed date", help="Becomes the promised date of all that is open."
    )
    agreed_plan = fields.Text(string="Agreed", help="What happens next, as agreed.")
    satisfaction = fields.Selection(SATISFACTION, string="Customer was")
    next_followup_date = fields.Date(
        string="Next follow-up", help="A call is planned on this day. It replaces an earlier one."
    )
    user_id = fields.Many2one(
        "res.users", string="By", default=lambda self: self.env.user, index="btree_not_null"
    )
    mail_message_id = fields.Many2one(
        "mail.message", string="Message", readonly=True, index="btree_not_null", ondelete="set null"
    )

    _message_once = models.UniqueIndex(
        "(backorder_id, mail_message_id) WHERE mail_message_id IS NOT NULL",
        "This message is in the log already.",
    )

    @api.model_create_multi
    def create(self, vals_list):
        if not self.env.su:
            self._check_may_log(vals_list)
        rows = super().create(vals_list)
        for row in rows:
            row._follow_up()
        return rows

    def write(self, vals):
        if not self.env.su:
            self._check_may_log([{"backorder_id": x.backorder_id.id, **vals} for x in self])
            if "mail_message_id" in vals:
                raise AccessError(self.env._("The message of a contact cannot be changed."))
        result = super().write(vals)
        if "next_followup_date" in vals:
            self.backorder_id._plan_followup(vals["next_followup_date"])
        return result

    @api.model
    def _check_may_log(self, vals_list):
        """A salesperson logs on orders that he may edit."""
        ids = {vals.get("backorder_id") for vals in vals_list} - {None, False}
        records = self.env["sale.backorder"].browse(ids)
        records.check_access("read")
        sells = self.env.user.has_group("sales_team.group_sale_salesman")
        if not (sells and records.sale_order_id.has_access("write")):
            raise AccessError(
                self.env._("Only who may change the order logs what its customer says.")
            )

    def _follow_up(self):
        """What a new row changes: the last contact, the next one, and the date that was agreed."""
        record = self.backorder_id
        # sudo: the field is closed to editing
        record.sudo()._set_last_contact(max(self.date, record.last_contact_date or self.date))
        if self.next_followup_date:
            record._plan_followup(self.next_followup_date)
        if self.agreed_date:
            if self.decision not in (False, "new_date", "wait"):
                raise UserError(self.env._("A date is agreed with a customer who waits for it."))
            record.reschedule(self.agreed_date, reason=self.summary)


class SaleBackorder(models.Model):
    _inherit = "sale.backorder"

    communication_ids = fields.One2many(
        "backorder.communication", "backorder_id", string="Contacts"
    )

    def action_log_contact(self):
        """:return: action that opens the window in which a contact is typed"""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Log contact"),
            "res_model": "backorder.communication",
            "view_mode": "form",
            "views": [
                (
                    self.env.ref("backorder_management.backorder_communication_view_dialog").id,
                    "form",
                )
            ],
            "target": "new",
            "context": {"default_backorder_id": self.id},
        }

    # === FOLLOW-UP: A DATE AND AN ACTIVITY THAT ARE ONE === #

    def write(self, vals):
        result = super().write(vals)
        if "next_followup_date" in vals:
            self._move_followup_activity()
        return result

    def _plan_followup(self, date):
        # sudo: whoever may log a contact plans the next one
        for record in self.sudo():
            if record.next_followup_date != date:
                record.next_followup_date = date

    def _move_followup_activity(self):
        kind = "backorder_management.mail_activity_type_followup"
        for record in self.with_context(backorder_followup=True):
            # sudo: the call of a colleague moves with the date
            activity = record.sudo()._get_followup_activity()
            date = record.next_followup_date
            if not date:
                activity.unlink()
            elif activity:
                activity.date_deadline = date
            else:
                user = record.user_id or self.env.user
                record.activity_schedule(kind, date_deadline=date, user_id=user.id)

    def _get_followup_activity(self):
        kind = self.env.ref("backorder_management.mail_activity_type_followup")
        return self.activity_ids.filtered(lambda a: a.activity_type_id == kind)


class ResPartner(models.Model):
    _inherit = "res.partner"

    backorder_contact_count = fields.Integer(compute="_compute_backorder_contact_count")

    def _compute_backorder_contact_count(self):
        """Of the customer and of its addresses and people; nothing for who may not read them."""
        self.backorder_contact_count = 0
        log = self.env["backorder.communication"]
        if not log.has_access("read"):
            return
        family = self.with_context(active_test=False).search_fetch(
            [("id", "child_of", self.ids)], ["parent_id"]
        )
        counts = dict(
            log._read_group([("partner_id", "in", family.ids)], ["partner_id"], ["__count"])
        )
        for partner, count in counts.items():
            while partner:
                if partner in self:
                    partner.backorder_contact_count += count
                partner = partner.parent_id

    def action_view_backorder_contacts(self):
        """All that was said about backorders of this customer, on one page."""
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "backorder_management.backorder_communication_action"
        )
        return {**action, "domain": [("partner_id", "child_of", self.ids)], "context": {}}

"""What an alert rule found: the memory behind its activities."""

from odoo import api, fields, models
from odoo.exceptions import AccessError

LIVE = ("open", "acknowledged")
KEEP_DAYS = 365


class BackorderAlert(models.Model):
    """One live row for each rule and backorder (or product and warehouse). The activity is what
    people see and do; the row remembers that they did, until the cause is gone."""

    _name = "backorder.alert"
    _description = "Backorder Alert"
    _order = "id desc"
    _rec_name = "summary"

    rule_id = fields.Many2one(
        "backorder.alert.rule", required=True, readonly=True, ondelete="cascade"
    )
    company_id = fields.Many2one("res.company", required=True, readonly=True)
    backorder_id = fields.Many2one(
        "sale.backorder", readonly=True, index="btree_not_null", ondelete="cascade"
    )
    partner_id = fields.Many2one(related="backorder_id.partner_id", string="Customer", store=True)
    salesperson_id = fields.Many2one(
        related="backorder_id.user_id", string="Salesperson", store=True
    )
    product_id = fields.Many2one(
        "product.product", readonly=True, index="btree_not_null", ondelete="cascade"
    )
    warehouse_id = fields.Many2one("stock.warehouse", readonly=True, ondelete="cascade")
    customer_ids = fields.Many2many(
        "res.partner", string="Customers hit", readonly=True, help="Who would get too little."
    )
    summary = fields.Char(string="Alert", readonly=True)
    state = fields.Selection(
        [("open", "Open"), ("acknowledged", "Acknowledged"), ("closed", "Closed")],
        string="Status",
        required=True,
        readonly=True,
        default="open",
        help="Acknowledged: somebody did the activity, and the cause is still there. Closed: the "
        "cause is gone.",
    )
    user_id = fields.Many2one("res.users", string="Told", readonly=True)
    escalation_user_id = fields.Many2one("res.users", string="Escalated to", readonly=True)
    date_open = fields.Datetime(string="Since", readonly=True, default=fields.Datetime.now)
    date_escalated = fields.Datetime(string="Escalated on", readonly=True)
    date_acknowledged = fields.Datetime(string="Acknowledged on", readonly=True)
    acknowledged_by_id = fields.Many2one("res.users", string="Acknowledged by", readonly=True)
    feedback = fields.Text(readonly=True)
    date_closed = fields.Datetime(string="Closed on", readonly=True)
    activity_ids = fields.One2many(
        "mail.activity", "backorder_alert_id", string="Activities", readonly=True
    )

    _one_per_backorder = models.UniqueIndex(
        "(rule_id, backorder_id) WHERE state IN ('open', 'acknowledged')"
        " AND backorder_id IS NOT NULL"
    )
    _one_per_product = models.UniqueIndex(
        "(rule_id, product_id, warehouse_id) WHERE state IN ('open', 'acknowledged')"
        " AND product_id IS NOT NULL"
    )

    # === END === #

    def _close(self, reason):
        """The cause is gone: nobody has to do anything any more."""
        live = self.filtered(lambda a: a.state in LIVE)
        live._drop_activities(reason)
        live.write({"state": "closed", "date_closed": fields.Datetime.now()})

    def _close_elsewhere(self):
        self._close(self.env._("The alert rule does not look at this company any more."))

    def _acknowledge(self, feedback=None):
        """Somebody did it: it does not come again before the cause went away and came back."""
        mine = self.filtered(lambda a: a.state == "open")
        if not mine:
            return
        mine.write(
            {
                "state": "acknowledged",
                "date_acknowledged": fields.Datetime.now(),
                "acknowledged_by_id": self.env.uid,
                "feedback": feedback or False,
            }
        )
        mine._drop_activities(self.env._("Done by %s", self.env.user.name))

    def _drop_activities(self, feedback):
        """Done, with what happened as feedback; in one write, and without a message for each."""
        activities = self.activity_ids.filtered("active")
        if activities:
            activities.write({"active": False, "feedback": feedback})

    @api.autovacuum
    def _gc_closed(self):
        day = fields.Datetime.subtract(fields.Datetime.now(), days=KEEP_DAYS)
        self.search([("state", "=", "closed"), ("date_closed", "<", day)], limit=10_000).unlink()

    # === BUTTONS === #

    def action_acknowledge(self):
        """As if the activity was done."""
        self.check_access("read")
        for alert in self:
            record = alert.backorder_id or alert.product_id
            # whoever was told, or may change what it is about
            if alert.user_id != self.env.user and not record.has_access("write"):
                raise AccessError(self.env._("Only who was told may close this alert."))
        # sudo: alerts are closed to editing, the right was checked above
        alerts = self.sudo()
        alerts.activity_ids.filtered("active").action_feedback()
        alerts._acknowledge()
        return True

    def action_open(self):
        self.ensure_one()
        return (self.backorder_id or self.product_id).get_formview_action()


class SaleBackorder(models.Model):
    _inherit = "sale.backorder"

    alert_ids = fields.One2many("backorder.alert", "backorder_id", string="Alerts")
    alert_count = fields.Integer(string="Open alerts", compute="_compute_alert_count")

    def _compute_alert_count(self):
        counts = dict(
            self.env["backorder.alert"]._read_group(
                [("backorder_id", "in", self.ids), ("state", "=", "open")],
                ["backorder_id"],
                ["__count"],
            )
        )
        for backorder in self:
            backorder.alert_count = counts.get(backorder, 0)

    def action_view_alerts(self):
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "backorder_management.backorder_alert_action"
        )
        return {**action, "domain": [("backorder_id", "in", self.ids)], "context": {}}


class SaleBackorderLine(models.Model):
    _inherit = "sale.backorder.line"

    check_stock_date = fields.Datetime(string="In doubt since", readonly=True)

    @api.model_create_multi
    def create(self, vals_list):
        return super().create([self._add_doubt_date(vals) for vals in vals_list])

    def write(self, vals):
        return super().write(self._add_doubt_date(vals))

    def _add_doubt_date(self, vals):
        if "check_stock" not in vals:
            return vals
        return {**vals, "check_stock_date": vals["check_stock"] and fields.Datetime.now()}


class MailActivity(models.Model):
    _inherit = "mail.activity"

    backorder_alert_id = fields.Many2one(
        "backorder.alert", readonly=True, index="btree_not_null", ondelete="set null"
    )

    def _action_done(self, feedback=False, attachment_ids=None):
        # sudo: doing an activity needs no right on alerts
        alerts = self.sudo().backorder_alert_id
        result = super()._action_done(feedback=feedback, attachment_ids=attachment_ids)
        alerts.with_user(self.env.user).sudo()._acknowledge(feedback)
        return result

    def unlink(self):
        """Somebody does not want to do it: that is an answer, too."""
        alerts = self.sudo().filtered("active").backorder_alert_id
        result = super().unlink()
        alerts.exists()._acknowledge()
        return result

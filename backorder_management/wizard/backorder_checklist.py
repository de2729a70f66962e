from odoo import api, fields, models
from odoo.fields import Command, Domain

from ..models.sale_backorder import OPEN_STATES

OLD_DAYS = 90


class BackorderChecklist(models.TransientModel):
    """The administrator's first page: what was found, each a link, and settings worth a look."""

    _name = "backorder.checklist"
    _description = "Backorder First Steps"

    company_id = fields.Many2one(
        "res.company", default=lambda self: self.env.company, required=True
    )
    open_count = fields.Integer(compute="_compute_counts")
    old_count = fields.Integer(compute="_compute_counts")
    dropping_type_count = fields.Integer(compute="_compute_counts")
    late_receipt_count = fields.Integer(compute="_compute_counts")
    unreleased_count = fields.Integer(compute="_compute_counts")
    is_searching = fields.Boolean(compute="_compute_is_searching")
    step_ids = fields.One2many(
        "backorder.checklist.step", "checklist_id", string="Settings to look at"
    )
    open_step_count = fields.Integer(compute="_compute_open_step_count")

    @api.model
    def action_open(self):
        """A page of its own: a new record would show Save and Discard."""
        steps = [Command.create({"code": code}) for code in self._get_steps()]
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "backorder_management.backorder_checklist_action"
        )
        return {**action, "res_id": self.create({"step_ids": steps}).id}

    @api.depends("company_id")
    def _compute_counts(self):
        for checklist in self:
            found = checklist._get_findings()
            for name, (model, domain) in found.items():
                may_read = self.env[model].has_access("read")
                checklist[f"{name}_count"] = may_read and self.env[model].search_count(domain)

    def _compute_display_name(self):
        self.display_name = self.env._("First steps")

    @api.depends("company_id")
    def _compute_is_searching(self):
        # sudo: administrators of backorders need not see scheduled actions
        cron = self.env.ref("backorder_management.ir_cron_find_existing").sudo()
        pending = (
            self.env["ir.cron.trigger"].sudo().search_count([("cron_id", "=", cron.id)], limit=1)
        )
        self.is_searching = bool(pending)

    @api.depends("step_ids.done")
    def _compute_open_step_count(self):
        for checklist in self:
            checklist.open_step_count = len(checklist.step_ids.filtered(lambda x: not x.done))

    # === FINDINGS === #

    def _get_findings(self):
        """:return: {name: (model, domain)}: what is counted is what the link opens"""
        company = Domain("company_id", "=", self.company_id.id)
        is_open = company & Domain("state", "in", OPEN_STATES)
        return {
            "open": ("sale.backorder", is_open),
            "old": ("sale.backorder", is_open & Domain("date_open", "<", f"today -{OLD_DAYS}d")),
            "unreleased": ("sale.backorder", is_open & Domain("released", "=", False)),
            "dropping_type": ("stock.picking.type", company & self._get_dropping_domain()),
            "late_receipt": ("stock.picking", company & self._get_late_receipt_domain()),
        }

    @api.model
    def _get_dropping_domain(self):
        """Delivery types that drop what did not ship, without asking."""
        return Domain("code", "=", "outgoing") & Domain("create_backorder", "=", "never")

    @api.model
    def _get_late_receipt_domain(self):
        return (
            Domain("picking_type_code", "=", "incoming")
            & Domain("state", "in", ("waiting", "confirmed", "assigned"))
            & Domain("scheduled_date", "<", "today")
        )

    def _get_finding_action(self, name, title):
        model, domain = self._get_findings()[name]
        return {
            "type": "ir.actions.act_window",
            "name": title,
            "res_model": model,
            "view_mode": "list,form",
            "domain": list(domain),
        }

    def action_view_open(self):
        return self._get_finding_action("open", self.env._("Open backorders"))

    def action_view_old(self):
        title = self.env._("Backorders older than %s days", OLD_DAYS)
        return self._get_finding_action("old", title)

    def action_view_unreleased(self):
        return self._get_finding_action("unreleased", self.env._("Found at installation"))

    def action_view_dropping_type(self):
        title = self.env._("Operation types that drop remainders")
        return self._get_finding_action("dropping_type", title)

    def action_view_late_receipt(self):
        return self._get_finding_action("late_receipt", self.env._("Purchases with a past date"))

    def action_refresh(self):
        return {"type": "ir.actions.client", "tag": "soft_reload"}

    def action_find_existing(self):
        return self.env["backorder.finder"].action_find_existing()

    # === STEPS === #

    @api.model
    def _get_steps(self):
        """:return: {code: (title, why, action)}. Extend it to add a step."""
        module = "backorder_management"
        return {
            "creation": (
                self.env._("When a backorder opens"),
                self.env._(
                    "At confirmation when something is short, only when shipped short, or by hand."
                ),
                f"{module}.backorder_settings_action",
            ),
            "remainders": (
                self.env._("What deliveries do with a remainder"),
                self.env._(
                    "Ask, always keep it, or drop it. Dropped remainders are recorded as cancelled."
                ),
                f"{module}.stock_picking_type_action_remainder",
            ),
            "people": (
                self.env._("Who plans and who administers"),
                self.env._(
                    "Planners see every backorder; administrators set causes and release old ones."
                ),
                "base.action_res_users",
            ),
            "causes": (
                self.env._("Causes"),
                self.env._("Why customers wait. Some are offered when a transfer ships short."),
                f"{module}.backorder_cause_action",
            ),
            "reasons": (
                self.env._("Cancellation reasons"),
                self.env._("Why the rest of a backorder was given up."),
                f"{module}.backorder_cancel_reason_action",
            ),
        }


class BackorderChecklistStep(models.TransientModel):
    _name = "backorder.checklist.step"
    _description = "Backorder First Step"

    checklist_id = fields.Many2one("backorder.checklist", required=True, ondelete="cascade")
    code = fields.Char(required=True)
    name = fields.Char(compute="_compute_name")
    description = fields.Char(compute="_compute_name")
    done = fields.Boolean(
        string="Done or skipped", compute="_compute_done", inverse="_inverse_done", store=True
    )

    @api.depends("code")
    def _compute_name(self):
        steps = self.env["backorder.checklist"]._get_steps()
        for step in self:
            step.name, step.description, _action = steps[step.code]

    @api.depends("code", "checklist_id.company_id")
    def _compute_done(self):
        for step in self:
            step.done = step.code in step.checklist_id.company_id._get_backorder_steps_done()

    def _inverse_done(self):
        for step in self:
            step.checklist_id.company_id._set_backorder_step(step.code, step.done)

    def action_open(self):
        self.ensure_one()
        xmlid = self.env["backorder.checklist"]._get_steps()[self.code][2]
        return self.env["ir.actions.actions"]._for_xml_id(xmlid)

    def action_toggle(self):
        self.ensure_one()
        self.done = not self.done

"""Backorders in Odoo's digest mail."""

from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.fields import Domain

from ..sale_backorder import OPEN_STATES

GROUPS = (
    "sales_team.group_sale_salesman_all_leads,stock.group_stock_user,"
    "backorder_management.group_backorder_planner"
)


class DigestDigest(models.Model):
    """A stock of open backorders has no past of which everything is known: what is open and what
    is overdue are given as of now, without a comparison. The oldest wait and the rate have one."""

    _inherit = "digest.digest"

    kpi_backorder_value = fields.Boolean("Open value of backorders")
    kpi_backorder_value_value = fields.Monetary(compute="_compute_kpi_backorder_value_value")
    kpi_backorder_overdue = fields.Boolean("Overdue backorders")
    kpi_backorder_overdue_value = fields.Integer(compute="_compute_kpi_backorder_overdue_value")
    kpi_backorder_rate = fields.Boolean("Orders with a backorder (%)")
    kpi_backorder_rate_value = fields.Float(compute="_compute_kpi_backorder_rate_value")
    kpi_backorder_oldest = fields.Boolean("Oldest wait of a customer (days)")
    kpi_backorder_oldest_value = fields.Integer(compute="_compute_kpi_backorder_oldest_value")

    @api.model
    def _check_backorder_access(self, groups=GROUPS):
        """Odoo leaves out what the reader of the mail may not see."""
        if not self.env.user.has_groups(groups):
            raise AccessError(self.env._("Only who sees all backorders gets their numbers."))

    def _is_about_now(self):
        """Whether the period ends now; else it is the one before, of which we compare."""
        _start, end, _companies = self._get_kpi_compute_parameters()
        now = fields.Datetime.now()
        return not end or fields.Datetime.to_datetime(end) >= fields.Datetime.subtract(now, hours=1)

    def _group_by_company(self, model, domain, aggregate):
        """:return: {company id: value} of the companies of these digests"""
        *_period, companies = self._get_kpi_compute_parameters()
        domain = Domain("company_id", "in", companies.ids) & Domain(domain)
        rows = self.env[model]._read_group(domain, ["company_id"], [aggregate])
        return {company.id: value for company, value in rows}

    def _set_by_company(self, name, values):
        for digest in self:
            company = digest.company_id or self.env.company
            digest[name] = values.get(company.id) or 0

    def _compute_kpi_backorder_value_value(self):
        """In the currency of the company, at the rates of the orders' dates."""
        self._check_backorder_access(
            "sales_team.group_sale_salesman_all_leads,backorder_management.group_backorder_planner"
        )
        values = {}
        if self._is_about_now():
            *_period, companies = self._get_kpi_compute_parameters()
            for company in companies:
                domain = [("company_id", "=", company.id), ("state", "in", OPEN_STATES)]
                report = self.env["backorder.report"].with_company(company)
                [(values[company.id],)] = report._read_group(domain, [], ["value_open:sum"])
        self._set_by_company("kpi_backorder_value_value", values)

    def _compute_kpi_backorder_overdue_value(self):
        self._check_backorder_access()
        domain = [("is_overdue", "=", True)]
        values = (
            self._group_by_company("sale.backorder", domain, "__count")
            if self._is_about_now()
            else {}
        )
        self._set_by_company("kpi_backorder_overdue_value", values)

    def _compute_kpi_backorder_rate_value(self):
        """Orders of the period that had a backorder, of all with goods that were confirmed in it,
        as in the reports."""
        self._check_backorder_access()
        start, end, _companies = self._get_kpi_compute_parameters()
        confirmed = [("date_order", ">=", start), ("date_order", "<", end)]
        rates = self._group_by_company("backorder.rate.report", confirmed, "rate_orders:avg")
        self._set_by_company(
            "kpi_backorder_rate_value",
            {company: 100.0 * (rate or 0.0) for company, rate in rates.items()},
        )

    def _compute_kpi_backorder_oldest_value(self):
        """Days since the oldest of those that were open at the end of the period was opened, as the
        list has its age."""
        self._check_backorder_access()
        _start, end, companies = self._get_kpi_compute_parameters()
        end = fields.Datetime.to_datetime(end) or fields.Datetime.now()
        domain = Domain("date_open", "<", end) & (
            Domain("date_closed", "=", False) | Domain("date_closed", ">=", end)
        )
        values = {}
        for company in companies:
            mine = domain & Domain("company_id", "=", company.id)
            oldest = self.env["sale.backorder"].search(mine, order="date_open, id", limit=1)
            if oldest:
                opened = oldest._local_date(oldest.date_open)
                values[company.id] = (oldest._local_date(end) - opened).days
        self._set_by_company("kpi_backorder_oldest_value", values)

    def _compute_kpis_actions(self, company, user):
        """The list or table that has the number."""
        actions = super()._compute_kpis_actions(company, user)
        menu = self.env.ref("backorder_management.backorder_menu_root").id
        names = {
            "value": "backorder_report_action",
            "overdue": "sale_backorder_action_overdue",
            "rate": "backorder_rate_report_action",
            "oldest": "sale_backorder_action",
        }
        ours = {
            f"kpi_backorder_{name}": f"backorder_management.{action}?menu_id={menu}"
            for name, action in names.items()
        }
        return {**actions, **ours}

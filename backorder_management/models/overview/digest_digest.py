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
        """In the currency of the company."""
        self._check_backorder_access(
            "sales_team.group_sale_salesman_all_leads,backorder_management.group_backorder_planner"
        )
        values = {}
        if self._is_about_now():
            *_period, companies = self._get_kpi_compute_parameters()
            domain = [("company_id", "in", companies.ids), ("state", "in", OPEN_STATES)]
            rows = self.env["sale.backorder"]._read_group(
                domain, ["company_id", "currency_id"], ["amount_open:sum"]
            )
            today = fields.Date.context_today(self)
            for company, currency, amount in rows:
                amount = currency._convert(amount, company.currency_id, company, today)
                values[company.id] = values.get(company.id, 0.0) + amount
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
        """Orders of the period that had a backorder, of all that were confirmed in it."""
        self._check_backorder_access()
        start, end, _companies = self._get_kpi_compute_parameters()
        confirmed = [("state", "=", "sale"), ("date_order", ">=", start), ("date_order", "<", end)]
        orders = self._group_by_company("sale.order", confirmed, "__count")
        short = self._group_by_company(
            "sale.order", [*confirmed, ("backorder_ids", "!=", False)], "__count"
        )
        self._set_by_company(
            "kpi_backorder_rate_value",
            {company: 100.0 * short.get(company, 0) / count for company, count in orders.items()},
        )

    def _compute_kpi_backorder_oldest_value(self):
        """Days since the oldest of those that were open at the end of the period was opened."""
        self._check_backorder_access()
        _start, end, _companies = self._get_kpi_compute_parameters()
        end = fields.Datetime.to_datetime(end) or fields.Datetime.now()
        domain = Domain("date_open", "<", end) & (
            Domain("date_closed", "=", False) | Domain("date_closed", ">=", end)
        )
        first = self._group_by_company("sale.backorder", domain, "date_open:min")
        self._set_by_company(
            "kpi_backorder_oldest_value",
            {company: (end - opened).days for company, opened in first.items()},
        )

    def _compute_kpis_actions(self, company, user):
        actions = super()._compute_kpis_actions(company, user)
        menu = self.env.ref("backorder_management.backorder_menu_root").id
        action = f"backorder_management.sale_backorder_action?menu_id={menu}"
        names = ("value", "overdue", "rate", "oldest")
        return {**actions, **{f"kpi_backorder_{name}": action for name in names}}

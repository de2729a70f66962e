from odoo import api, models

from ..models.sale_backorder import AGE_BUCKETS, OPEN_STATES, format_number
from ..models.sale_backorder_line import PRICE_GROUPS


class ReportAging(models.AbstractModel):
    """Who waits for how long, on paper: a row for each customer, of what the user may see."""

    _name = "report.backorder_management.report_aging"
    _description = "Aging Report"

    @api.model
    def _get_report_values(self, docids, data=None):
        companies = self.env["res.company"].browse(docids or self.env.company.ids)
        return {
            "doc_ids": companies.ids,
            "doc_model": "res.company",
            "docs": companies,
            "buckets": self._get_buckets(),
            "with_value": self.env.user.has_groups(PRICE_GROUPS),
            "get_aging": self._get_aging,
            "format_quantity": format_number,
        }

    @api.model
    def _get_buckets(self):
        """:return: [(key, label)] in the language of the user"""
        return self.env["backorder.report"]._fields["age_bucket"]._description_selection(self.env)

    @api.model
    def _get_aging(self, company):
        """:return: dict ``{"rows": [...], "total": row}``; a row is a dict ``{"partner", "items",
        "overdue", "quantity", "value", "buckets": {bucket: {"quantity", "value"}}}``, the largest
        value first; values in company currency, nothing where the user sees no prices"""
        report = self.env["backorder.report"].with_company(company)
        measures = ["__count", "overdue_count:sum", "qty_open:sum"]
        if self.env.user.has_groups(PRICE_GROUPS):
            measures.append("value_open:sum")
        rows, total = {}, self._new_row(False)
        for partner, bucket, *values in report._read_group(
            [("state", "in", OPEN_STATES), ("company_id", "=", company.id)],
            ["partner_id", "age_bucket"],
            measures,
        ):
            row = rows.setdefault(partner, self._new_row(partner))
            for target in (row, total):
                self._add(target, bucket, *values)
        ordered = sorted(
            rows.values(), key=lambda r: (-r["value"], -r["quantity"], r["partner"].display_name)
        )
        return {"rows": ordered, "total": total}

    @api.model
    def _new_row(self, partner):
        return {
            "partner": partner,
            "items": 0,
            "overdue": 0,
            "quantity": 0.0,
            "value": 0.0,
            "buckets": {key: {"quantity": 0.0, "value": 0.0} for key, _label in AGE_BUCKETS},
        }

    @api.model
    def _add(self, row, bucket, items, overdue, quantity, value=0.0):
        row["items"] += items
        row["overdue"] += overdue
        for target in (row, row["buckets"][bucket]):
            target["quantity"] += quantity
            target["value"] += value

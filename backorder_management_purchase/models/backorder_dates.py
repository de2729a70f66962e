from datetime import timedelta

from odoo import api, models
from odoo.tools import SQL

from odoo.addons.backorder_management.engine import calibration as cal


class BackorderDates(models.AbstractModel):
    _inherit = "backorder.dates"

    @api.model
    def _read_lateness(self, move_ids, now):
        """Purchases come as late as those of the same vendor did, else of the same category, else
        of the company; counted from the first promised date."""
        result = super()._read_lateness(move_ids, now)
        for move, _group, late, first in self._read_usual(move_ids):
            found = self._get_usual(late, first, now)
            if found:
                result[move] = found
        return result

    @api.model
    def _read_usual(self, move_ids):
        """Two queries, for any number of moves; one, where nothing was learnt.

        :return: [(stock move id, key of the group that says it, Lateness, first promised date in
            UTC)] of purchased ones, where enough is known
        """
        groups = self.env["backorder.lateness"]._read_days()
        if not groups:
            return []
        result = []
        for move, company, vendor, category, first in self._read_first_dates(move_ids):
            group = cal.pick(
                groups,
                (
                    (company, "vendor", vendor),
                    (company, "category", category),
                    (company, "company", False),
                ),
            )
            if group:
                result.append((move, group, cal.pool(groups, (group,)), first))
        return result

    @api.model
    def _get_usual(self, late, first, now):
        """:return: (likely, safe), or None when too little is known"""
        overdue = (now - first).days
        if overdue > 0:
            late = late.after(overdue)
        if late.p50 is None or late.p90 is None:
            return None
        return first + timedelta(days=late.p50), first + timedelta(days=late.p90)

    @api.model
    def _read_first_dates(self, move_ids):
        query = SQL(
            """
            SELECT m.id, m.company_id, v.commercial_partner_id, pt.categ_id,
                   pol.backorder_first_date
              FROM stock_move m
              JOIN purchase_order_line pol ON pol.id = m.purchase_line_id
              JOIN purchase_order po ON po.id = pol.order_id
              JOIN res_partner v ON v.id = po.partner_id
              JOIN product_product p ON p.id = m.product_id
              JOIN product_template pt ON pt.id = p.product_tmpl_id
             WHERE m.id = ANY (%s) AND pol.backorder_first_date IS NOT NULL
            """,
            list(move_ids),
        )
        return self.env.execute_query(query)

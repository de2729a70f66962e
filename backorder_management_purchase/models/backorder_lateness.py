"""How late purchases come, by vendor, category and company."""

from collections import defaultdict

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from odoo.addons.backorder_management.engine import calibration as cal

LEVELS = [("vendor", "Vendor"), ("category", "Product category"), ("company", "Company")]
MOST = 1000  # receipts of a group that are looked at, the latest ones
YEARS = 2


class BackorderLateness(models.Model):
    _name = "backorder.lateness"
    _description = "Usual Delay of Purchases"
    _order = "company_id, level desc, p90 desc"
    _log_access = False

    company_id = fields.Many2one("res.company", required=True, index=True, ondelete="cascade")
    level = fields.Selection(LEVELS, required=True)
    partner_id = fields.Many2one("res.partner", string="Vendor", index=True, ondelete="cascade")
    categ_id = fields.Many2one("product.category", string="Category", ondelete="cascade")
    days = fields.Json(help="Days after the first promised date, of each receipt, in order.")
    samples = fields.Integer(string="Receipts")
    p50 = fields.Integer(
        string="Half within", help="Half of the receipts came within so many days."
    )
    p90 = fields.Integer(
        string="Nine of ten within", help="Nine of ten receipts came within so many days."
    )
    hit_rate = fields.Float(
        string="Held",
        help="Each receipt was foretold from those before it: so many came by the day that nine "
        "of ten should meet.",
    )
    tried = fields.Integer(string="Foretold", help="So many receipts were foretold.")

    def _get_text(self):
        """For example: 9 of 10 within 6 days (held for 91% of 44)."""
        self.ensure_one()
        if not self.tried:
            return self.env._("9 of 10 within %s days", self.p90)
        return self.env._(
            "9 of 10 within %(days)s days (held for %(rate)s%% of %(tried)s)",
            days=self.p90,
            rate=round(self.hit_rate * 100),
            tried=self.tried,
        )

    # === LEARN === #

    @api.model
    def _cron_learn(self):
        """Read what was received and compute all groups anew. Writes what changed."""
        groups = self._read_groups()
        known = {
            (r.company_id.id, r.level, r.partner_id.id, r.categ_id.id): r for r in self.search([])
        }
        for key, row in known.items():
            if key not in groups:
                row.unlink()
        fresh = []
        for key, days in groups.items():
            row = known.get(key)
            if row and row.days == days:
                continue
            vals = self._prepare_vals(key, days)
            if row:
                row.write(vals)
            else:
                fresh.append(vals)
        self.create(fresh)

    @api.model
    def _prepare_vals(self, key, days):
        company, level, partner, category = key
        late = cal.Lateness(tuple(days))
        hits, tried = cal.hit_rate(days)
        return {
            "company_id": company,
            "level": level,
            "partner_id": partner,
            "categ_id": category,
            "days": days,
            "samples": late.samples,
            "p50": late.p50,
            "p90": late.p90,
            "hit_rate": hits / tried if tried else 0.0,
            "tried": tried,
        }

    @api.model
    def _read_groups(self):
        """:return: {(company, level, vendor, category): days late, the first received first}, of
        groups that have enough receipts"""
        groups = defaultdict(list)
        for company, vendor, category, days in self._read_receipts():
            groups[company, "vendor", vendor, False].append(days)
            groups[company, "category", False, category].append(days)
            groups[company, "company", False, False].append(days)
        return {key: days[-MOST:] for key, days in groups.items() if len(days) >= cal.LEAST}

    @api.model
    def _read_receipts(self):
        """:return: [(company, vendor, category, days after the first promised date)]"""
        self.env.flush_all()
        query = SQL(
            """
            SELECT m.company_id, v.commercial_partner_id, pt.categ_id,
                   (m.date AT TIME ZONE 'UTC' AT TIME ZONE COALESCE(wp.tz, cp.tz, 'UTC'))::date
                   - (pol.backorder_first_date AT TIME ZONE 'UTC'
                      AT TIME ZONE COALESCE(wp.tz, cp.tz, 'UTC'))::date
              FROM stock_move m
              JOIN purchase_order_line pol ON pol.id = m.purchase_line_id
              JOIN purchase_order po ON po.id = pol.order_id
              JOIN res_partner v ON v.id = po.partner_id
              JOIN product_product p ON p.id = m.product_id
              JOIN product_template pt ON pt.id = p.product_tmpl_id
              JOIN stock_location src ON src.id = m.location_id AND src.usage = 'supplier'
              JOIN stock_location dst ON dst.id = m.location_dest_id
              JOIN res_company c ON c.id = m.company_id
              JOIN res_partner cp ON cp.id = c.partner_id
              LEFT JOIN stock_warehouse w ON w.id = dst.warehouse_id
              LEFT JOIN res_partner wp ON wp.id = w.partner_id
             WHERE m.state = 'done' AND m.quantity > 0 AND pol.backorder_first_date IS NOT NULL
               AND m.date > now() AT TIME ZONE 'UTC' - %s * interval '1 year'
             ORDER BY m.date, m.id
            """,
            YEARS,
        )
        return self.env.execute_query(query)

    # === TELL === #

    @api.model
    def _read_days(self):
        """:return: {(company, level, vendor or category or False): days}"""
        return {
            (r.company_id.id, r.level, r.partner_id.id or r.categ_id.id): r.days
            for r in self.search([])
        }

    @api.model
    def _read_texts(self, keys):
        """:param keys: (company id, level, vendor or category or False), as in `_read_days`
        :return: {key: how often what is safe to promise would have held, in a sentence}"""
        if not keys:
            return {}
        names = {"vendor": "partner_id", "category": "categ_id"}
        rows = self.search(
            Domain.OR(
                Domain("company_id", "=", company)
                & Domain("level", "=", level)
                & (Domain(names[level], "=", found) if found else Domain.TRUE)
                for company, level, found in keys
            )
        )
        return {
            (r.company_id.id, r.level, r.partner_id.id or r.categ_id.id): r._get_held_text()
            for r in rows
        }

    def _get_held_text(self):
        """For example: Held in 91 % of 45 receipts of this vendor."""
        self.ensure_one()
        values = {"rate": round(self.hit_rate * 100), "tried": self.tried, "count": self.samples}
        texts = self._get_held_texts() if self.tried > 1 else self._get_untried_texts()
        return texts[self.level] % values

    @api.model
    def _get_held_texts(self):
        return {
            "vendor": self.env._("Held in %(rate)s %% of %(tried)s receipts of this vendor."),
            "category": self.env._(
                "Held in %(rate)s %% of %(tried)s receipts of this product category."
            ),
            "company": self.env._("Held in %(rate)s %% of %(tried)s receipts of all vendors."),
        }

    @api.model
    def _get_untried_texts(self):
        """The first ten teach; only those after them try what was learnt, and one says nothing."""
        return {
            "vendor": self.env._("From %(count)s receipts of this vendor, not tried yet."),
            "category": self.env._(
                "From %(count)s receipts of this product category, not tried yet."
            ),
            "company": self.env._("From %(count)s receipts of all vendors, not tried yet."),
        }

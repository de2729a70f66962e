"""The first screen of planners: what waits, for whom, and whether it gets better."""

from datetime import timedelta

from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.fields import Domain

from ..sale_backorder import AGE_BUCKETS, AGE_RANGES, OPEN_STATES

TOP = 5
RECORDS, LINES, ITEMS = "sale.backorder", "sale.backorder.line", "backorder.report"
IS_OPEN = Domain("state", "in", OPEN_STATES)


class BackorderCockpit(models.AbstractModel):
    _name = "backorder.cockpit"
    _description = "Backorder Cockpit"

    @api.model
    @api.readonly
    def get_data(self, warehouse_ids=None, team_ids=None, user_ids=None, months=12):
        """Everything that the cockpit shows. Each number has the list behind it: opened with its
        ``model`` and ``domain`` that list has so many rows.

        :param warehouse_ids: ids; only what ships from there; likewise teams and salespeople
        :param months: how far back the rate of backorders goes
        :return: dict

            - ``tiles``, ``ages``, ``timeline``: lists of dict ``code``, ``label``, ``count``,
              ``model``, ``domain``; a tile also has ``parts``: likewise, what else belongs to it
            - ``totals``: dict ``backorders``, ``items``, ``customers``, ``quantity``, ``value`` (in
              the currency of the company, without taxes)
            - ``lists``: dict ``backorders``, ``items``, ``value``: ``model`` and ``domain`` of what
              the totals are made of; ``value`` has it in the currency of the company
            - ``products``, ``customers``, ``vendors``: the first five by value, as above with
              ``value``
            - ``trend``: list of dict ``label``, ``rate`` (0 to 1), ``orders``, and ``model`` and
              ``domain`` of its order lines, oldest month first
            - ``filters``: what can be chosen: ``warehouses``, ``teams``, ``users`` as (id, name)
        :raise AccessError: for who neither sells nor plans
        """
        self._check_access()
        scope = self._get_scope(warehouse_ids, team_ids, user_ids)
        return {
            "tiles": self._get_tiles(scope),
            "totals": self._get_totals(scope),
            "lists": {
                name: {"model": model, "domain": list(scope & IS_OPEN)}
                for name, model in (("backorders", RECORDS), ("items", LINES), ("value", ITEMS))
            },
            "ages": self._get_ages(scope),
            "timeline": self._get_timeline(scope),
            "products": self._get_top(scope, "product_id"),
            "customers": self._get_top(scope, "partner_id"),
            "vendors": self._get_top(scope, "vendor_id"),
            "trend": self._get_trend(scope, months),
            "filters": self._get_filters(),
            "currency_id": self.env.company.currency_id.id,
        }

    @api.model
    def _check_access(self):
        groups = ("sales_team.group_sale_salesman", "backorder_management.group_backorder_planner")
        if not (self.env.su or any(self.env.user.has_group(group) for group in groups)):
            raise AccessError(self.env._("The overview shows values of sales."))

    @api.model
    def _get_scope(self, warehouse_ids, team_ids, user_ids):
        """:return: domain on fields that backorders, items and their reports have alike"""
        scope = Domain("company_id", "in", self.env.companies.ids)
        chosen = (("warehouse_id", warehouse_ids), ("team_id", team_ids), ("user_id", user_ids))
        for name, ids in chosen:
            if ids:
                scope &= Domain(name, "in", [int(i) for i in ids])
        return scope

    @api.model
    def _count(self, code, label, domain, model=RECORDS):
        return {
            "code": code,
            "label": label,
            "count": self.env[model].search_count(domain),
            "model": model,
            "domain": list(domain),
        }

    # === WHAT TO DO === #

    @api.model
    def _get_tiles(self, scope):
        domains = self.env[RECORDS]._get_dashboard_domains()
        tiles = [
            self._count("overdue", self.env._("Overdue"), scope & domains["overdue"]),
            self._count("ready", self.env._("Ready"), scope & domains["ready"]),
            self._count("no_date", self.env._("No date"), scope & domains["no_date"]),
            self._count("to_call", self.env._("To call"), scope & Domain("is_to_call", "=", True)),
        ]
        theirs = Domain("item_ids", "any", Domain("backorder_id", "any", scope))
        drafts = Domain("state", "=", "draft") & theirs
        return [
            *tiles,
            self._count("to_approve", self.env._("To approve"), drafts, "backorder.notice"),
        ]

    @api.model
    def _get_totals(self, scope):
        [row] = self.env[ITEMS]._read_group(
            scope & IS_OPEN,
            [],
            [
                "backorder_id:count_distinct",
                "__count",
                "partner_id:count_distinct",
                "qty_open:sum",
                "value_open:sum",
            ],
        )
        names = ("backorders", "items", "customers", "quantity", "value")
        return {name: value or 0 for name, value in zip(names, row, strict=True)}

    # === WHEN === #

    @api.model
    def _get_ages(self, scope):
        """As of now: the stored age is that of the last night."""
        parts = []
        for code, label in AGE_BUCKETS:
            least, most = AGE_RANGES[code]
            domain = scope & IS_OPEN & Domain("age_days", ">=", least)
            if most is not None:
                domain &= Domain("age_days", "<=", most)
            parts.append(self._count(code, label, domain))
        return parts

    @api.model
    def _get_timeline(self, scope):
        """When open backorders are expected to ship; each of them is in one part. Weeks are those
        of the warehouse."""
        overdue = Domain("is_overdue", "=", True)
        rest = scope & IS_OPEN & Domain("is_overdue", "=", False)
        labels = {
            "this_week": self.env._("This week"),
            "next_week": self.env._("Next week"),
            "this_month": self.env._("This month"),
            "later": self.env._("Later"),
        }
        parts = {code: Domain.FALSE for code in labels}
        days = self._get_warehouses_by_day()
        for today, warehouses in days.items():
            place = Domain("warehouse_id", "in", warehouses) if len(days) > 1 else Domain.TRUE
            for code, domain in self._get_weeks(today).items():
                parts[code] |= place & domain
        undated = rest & Domain("expected_date", "=", False)
        return [
            self._count("overdue", self.env._("Overdue"), scope & overdue),
            *(
                self._count(code, labels[code], rest & domain)
                for code, domain in parts.items()
                if not domain.is_false()
            ),
            self._count("no_date", self.env._("No date"), undated),
        ]

    @api.model
    def _get_warehouses_by_day(self):
        """:return: {today's date there: ids}, False among them: what has no warehouse"""
        # sudo: to know the day no right on warehouses is needed
        warehouses = self.env["stock.warehouse"].sudo().with_context(active_test=False)
        mine = warehouses.search([("company_id", "in", self.env.companies.ids)])
        tracker, now = self.env["backorder.tracker"], fields.Datetime.now()
        days = {}
        for warehouse in (*mine, warehouses):
            company = warehouse.company_id or self.env.company
            day = tracker._local_date(now, warehouse, company)
            days.setdefault(day, []).append(warehouse.id)
        return days

    @api.model
    def _get_weeks(self, today):
        """:return: {part: domain}; the rest of the month only where it is longer than two weeks"""
        week = today + timedelta(days=6 - today.weekday())
        month = today + relativedelta(day=31)
        ends = {"this_week": week, "next_week": week + timedelta(days=7), "this_month": month}
        weeks, after, last = {}, Domain.TRUE, None
        for code, end in ends.items():
            if last and end <= last:
                continue
            weeks[code] = after & Domain("expected_date", "<=", end)
            after, last = Domain("expected_date", ">", end), end
        return {**weeks, "later": after}

    # === WHAT AND WHOM === #

    @api.model
    def _get_top(self, scope, name):
        """The first five by open value; their number is that of items."""
        rows = self.env[ITEMS]._read_group(
            scope & IS_OPEN & Domain(name, "!=", False),
            [name],
            ["value_open:sum", "__count"],
            order="value_open:sum DESC",
            limit=TOP,
        )
        return [
            {
                "code": record.id,
                "label": record.display_name,
                "count": count,
                "value": value,
                "model": ITEMS,
                "domain": list(scope & IS_OPEN & Domain(name, "=", record.id)),
            }
            for record, value, count in rows
        ]

    # === IS IT GETTING BETTER === #

    @api.model
    def _get_trend(self, scope, months):
        first = fields.Date.context_today(self) + relativedelta(day=1, months=1 - int(months))
        # two days cover all time zones: by the order's own moment PostgreSQL skips the older ones
        since = first - timedelta(days=2)
        report = self.env["backorder.rate.report"].with_context(backorder_rates_since=since)
        rows = report._read_group(
            scope & Domain("date_order", ">=", since) & Domain("date", ">=", first),
            ["date:month"],
            ["rate_orders:avg", "order_id:count_distinct"],
        )
        found = {month: (rate or 0.0, orders) for month, rate, orders in rows}
        days = [first + relativedelta(months=n) for n in range(int(months))]
        return [
            {
                "label": day.strftime("%m/%Y"),
                "rate": found.get(day, (0.0, 0))[0],
                "orders": found.get(day, (0.0, 0))[1],
                "model": "backorder.rate.report",
                "domain": [
                    *scope,
                    ("date", ">=", day),
                    ("date", "<", day + relativedelta(months=1)),
                ],
            }
            for day in days
        ]

    # === FILTERS === #

    @api.model
    def _get_filters(self):
        mine = Domain("company_id", "in", self.env.companies.ids)

        def used(name):
            groups = self.env[RECORDS]._read_group(
                mine & IS_OPEN & Domain(name, "!=", False), [name]
            )
            return [(record.id, record.display_name) for (record,) in groups]

        return {
            "warehouses": used("warehouse_id"),
            "teams": used("team_id"),
            "users": used("user_id"),
        }

"""The calls that Odoo's web client makes when a view of an action is opened for the first time."""

import ast

from lxml import etree

from odoo.fields import Domain
from odoo.tools.safe_eval import safe_eval

NUMBERS = ("integer", "float", "monetary")


class Screen:
    """One view of an action, with the filters and groups that are switched on at first."""

    def __init__(self, env, action, mode, group_by=None, without=()):
        """:param group_by: fields to group a list by, in place of what the action says
        :param without: filters that are not switched on
        """
        self.action = env.ref(action)
        self.model, self.mode = self.action.res_model, mode
        views = {v.view_mode: v.view_id.id for v in self.action.view_ids}
        view = views.get(mode) or (
            self.action.view_id.id if self.action.view_id.type == mode else False
        )
        found = env[self.model].get_views([(view, mode), (False, "search")])
        self.arch = etree.fromstring(found["views"][mode]["arch"])
        self.search = etree.fromstring(found["views"]["search"]["arch"])
        self.fields = env[self.model].fields_get()
        context = {"uid": env.uid, "active_id": False, "active_ids": []}
        self.context = safe_eval(self.action.context or "{}", dict(context))
        self.domain, self.group_by = self._read_filters(context, without)
        self.domain &= Domain(safe_eval(self.action.domain or "[]", dict(context)))
        self.group_by = group_by if group_by is not None else self.group_by

    def _read_filters(self, names, without):
        """Those that are on at first, on both sides: core's sales analysis opens with the last 365
        days."""
        domain, groups = Domain.TRUE, []
        for key, on in self.context.items():
            name = key.removeprefix("search_default_")
            if name == key or not on or name in without:
                continue
            for node in self.search.iter("filter"):
                if node.get("name") != name:
                    continue
                if node.get("domain"):
                    domain &= Domain(safe_eval(node.get("domain"), dict(names)))
                group = ast.literal_eval(node.get("context") or "{}").get("group_by")
                groups += [group] if group else []
        return domain, groups

    # === CALLS === #

    def open(self, env):
        """What the client asks for. -> the answers"""
        model = env[self.model].with_context(**self.context)
        return getattr(self, f"_open_{self.mode}")(model)

    def _open_pivot(self, model):
        rows, columns = self._get_specs("row"), self._get_specs("col")
        sets = [
            rows[:i] + columns[:j] for i in range(len(rows) + 1) for j in range(len(columns) + 1)
        ]
        measures = [spec for name in self._get_measures() for spec in self._get_measure(name)]
        return [model.formatted_read_grouping_sets(self.domain, sets, [*measures, "__count"])]

    def _open_graph(self, model):
        groups = self.group_by or self._get_specs(None)
        measures = [spec for name in self._get_measures()[:1] for spec in self._get_measure(name)]
        model = model.with_context(fill_temporal=True)
        return [model.formatted_read_group(self.domain, groups, ["__count", *measures])]

    def _open_list(self, model):
        """Grouped: 80 groups, and the first of them opened."""
        specification = self._get_specification()
        order = self.arch.get("default_order") or ""
        if not self.group_by:
            found = model.web_search_read(
                self.domain, specification, limit=80, order=order, count_limit=10001
            )
            return [found]
        names = [n for n in specification if self.fields[n]["type"] in NUMBERS]
        aggregates = [spec for name in names for spec in self._get_measure(name)]
        options = {"limit": 80, "unfold_read_specification": specification}
        found = model.with_context(read_group_expand=True).web_read_group(
            self.domain, self.group_by, aggregates, opening_info=[], **options
        )
        inside = self.domain & Domain(found["groups"][0]["__extra_domain"])
        rows = model.web_search_read(
            inside, specification, limit=80, order=order, count_limit=10001
        )
        return [found, rows]

    # === WHAT THE VIEW SAYS === #

    def _get_specs(self, kind):
        """-> groups of this kind"""
        return [
            f"{node.get('name')}:{node.get('interval') or 'month'}"
            if self.fields[node.get("name")]["type"] in ("date", "datetime")
            else node.get("name")
            for node in self.arch.iter("field")
            if node.get("type") == kind
        ]

    def _get_measures(self):
        chosen = [n.get("name") for n in self.arch.iter("field") if n.get("type") == "measure"]
        return chosen or ["__count"]

    def _get_measure(self, name):
        if name == "__count":
            return []
        field = self.fields[name]
        aggregator = "count_distinct" if field["type"] == "many2one" else field.get("aggregator")
        if not aggregator:
            return []
        if field["type"] == "monetary" and field.get("currency_field"):
            currency = field["currency_field"]
            return [
                f"{name}:{aggregator}",
                f"{currency}:array_agg_distinct",
                f"{name}:sum_currency",
            ]
        return [f"{name}:{aggregator}"]

    def _get_specification(self):
        """Optional columns are read whether or not they are shown."""
        wanted = {}
        for node in self.arch.iter("field"):
            kind = self.fields[node.get("name")]["type"]
            named = {"fields": {"display_name": {}}}
            wanted[node.get("name")] = (
                named if kind in ("many2one", "many2many", "one2many") else {}
            )
        return wanted

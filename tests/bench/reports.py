"""What the screens cost on three years of sales with 100,000 backorder lines, against core's own
screens on the same database: its sales analysis for what is summed up, its list of orders for
lists. The alert rules are measured with 100,000 open lines beside.

Each screen makes the calls of the web client, in a transaction of its own. A round times all of
them, each with its measure just before it; figures are medians of the rounds.
"""

import gc
import os
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import history
import many
from screens import Screen

import odoo.sql_db

COUNT, ROUNDS, TARGET = 100_000, 5, 1.3
OURS = "backorder_management."
PURCHASE = "backorder_management_purchase."
ALERTS = (0, 10, 100)
HEADER = ("screen", "ours ms", "core ms", "ratio", "target", "queries", "of {:,}", "core")


@dataclass
class Case:
    title: str
    base: str | None  # the title of what it is measured against
    open: Callable  # (env) -> function of an environment
    target: float | None = TARGET
    times: list = field(default_factory=list)
    base_times: list = field(default_factory=list)
    queries: list = field(default_factory=list)  # one for each size


def screen(title, base, action, mode, group_by=None, target=TARGET, without=()):
    return Case(title, base, lambda env: Screen(env, action, mode, group_by, without).open, target)


def call(title, base, model, method, target=TARGET):
    return Case(title, base, lambda env: lambda e: getattr(e[model], method)(), target)


PIVOT, GRAPH, LIST, GROUPED = "sales analysis", "its graph", "orders", "orders by customer"
ALL_YEARS = "sales analysis of all years"
SALES, ORDERS = "sale.action_order_report_all", "sale.action_orders"
BASES = (
    screen(PIVOT, None, SALES, "pivot"),
    screen(ALL_YEARS, None, SALES, "pivot", without=["filter_order_date"]),
    screen(GRAPH, None, SALES, "graph"),
    screen(LIST, None, ORDERS, "list"),
    screen(GROUPED, None, ORDERS, "list", ["partner_id"]),
)
CASES = (
    call("cockpit", PIVOT, "backorder.cockpit", "get_data"),
    screen("pivot: backorder analysis", PIVOT, OURS + "backorder_report_action", "pivot"),
    screen("pivot: aging", PIVOT, OURS + "backorder_report_action_age", "pivot"),
    screen("pivot: promises", PIVOT, OURS + "backorder_report_action_promise", "pivot"),
    screen("pivot: causes and costs", PIVOT, OURS + "backorder_report_action_cause", "pivot"),
    screen("pivot: cancellations", PIVOT, OURS + "backorder_report_action_reason", "pivot"),
    screen("pivot: backorder rate", PIVOT, OURS + "backorder_rate_report_action", "pivot"),
    screen("pivot: by product", PIVOT, OURS + "backorder_product_report_action", "pivot"),
    screen("pivot: stock turnover", PIVOT, OURS + "backorder_turnover_report_action", "pivot"),
    screen("pivot: items", PIVOT, OURS + "sale_backorder_line_action", "pivot"),
    screen("pivot: backorders", PIVOT, OURS + "sale_backorder_action", "pivot"),
    screen("pivot: purchases", PIVOT, PURCHASE + "backorder_purchase_report_action", "pivot"),
    screen("pivot: vendors on time", PIVOT, PURCHASE + "backorder_vendor_report_action", "pivot"),
    screen("graph: backorder analysis", GRAPH, OURS + "backorder_report_action", "graph"),
    screen("graph: backorder rate", GRAPH, OURS + "backorder_rate_report_action", "graph"),
    screen(
        "list: items by product",
        GROUPED,
        OURS + "sale_backorder_line_action",
        "list",
        ["product_id"],
    ),
    screen("list: items", LIST, OURS + "sale_backorder_line_action", "list", []),
    screen("list: backorders", LIST, OURS + "sale_backorder_action", "list", []),
    screen("list: by product", PIVOT, OURS + "backorder_product_report_action", "list"),
    # which compares years
    screen("list: rate by period", ALL_YEARS, OURS + "backorder_rate_period_action", "list"),
    call("table: fulfilment time", PIVOT, "backorder.fulfilment", "action_open", None),
    call("table: expected payments", PIVOT, "backorder.money.week", "action_open", None),
    call("table: revenue at risk", PIVOT, "backorder.money.risk", "action_open", None),
)


class Reports:
    def __init__(self, environment, scale=1.0, rounds=ROUNDS):
        """:param environment: context manager of an Odoo environment, committed at its end"""
        self.environment, self.rounds = environment, rounds
        self.count = max(1000, round(COUNT * scale))

    def run(self):
        """-> lines of text, in markdown"""
        small = self.count // 10
        with self.environment() as env:
            history.make(env, small)
        self._prepare()
        self._measure(1)
        with self.environment() as env:
            history.make(env, self.count - small)
        self._measure(self.rounds)
        yield from self._get_table()
        yield from Alerts(self.environment, self.count).run()

    def _get_table(self):
        load = ", ".join(f"{part:.1f}" for part in os.getloadavg())
        yield "# Screens and alerts with very many backorders"
        yield ""
        yield (
            f"`make bench ARGS=--reports`: {self.count:,} backorder lines over three years, half of"
            f" all order lines. Medians of {self.rounds} rounds, each screen right after its"
            f" measure. {os.cpu_count()} processors; load of the machine at the end: {load}."
        )
        yield ""
        yield _row(*(name.format(self.count // 10) for name in HEADER))
        yield _row("---", *["---:"] * (len(HEADER) - 1))
        for case in self.cases:
            yield self._describe(case)
        yield ""

    def _prepare(self):
        with self.environment() as env:
            installed = {
                case.title: case.open(env) for case in (*BASES, *CASES) if _is_there(env, case)
            }
        self.bases = {case.title: case for case in BASES}
        self.cases = [case for case in CASES if case.title in installed]
        self.calls = installed

    def _measure(self, rounds):
        for case in (*BASES, *self.cases):
            case.times, case.base_times = [], []
            self._time(case)  # fills the caches
            _ms, queries = self._time(case)
            case.queries.append(queries)
        for _round in range(rounds):
            for case in self.cases:
                case.base_times.append(self._time(self.bases[case.base])[0])
                case.times.append(self._time(case)[0])

    def _time(self, case):
        """-> (milliseconds, queries)"""
        gc.collect()
        queries, began = odoo.sql_db.sql_counter, time.perf_counter()
        with self.environment() as env:
            self.calls[case.title](env)
        return (time.perf_counter() - began) * 1000, odoo.sql_db.sql_counter - queries

    def _describe(self, case):
        ours, core = (statistics.median(times) for times in (case.times, case.base_times))
        target = "-"
        if case.target:
            verdict = "met" if ours <= case.target * core else "missed"
            target = f"{case.target} {verdict}"
        few, queries = case.queries
        return _row(
            case.title,
            f"{ours:.0f}",
            f"{core:.0f} ({case.base})",
            f"{ours / core:.2f}",
            target,
            queries,
            few,
            self.bases[case.base].queries[1],
        )


def _is_there(env, case):
    try:
        case.open(env)
    except (KeyError, ValueError):
        return False
    return True


def _row(*cells):
    return f"| {' | '.join(str(cell) for cell in cells)} |"


class Alerts:
    """The daily run over very many open lines, when it finds nothing new, and some."""

    def __init__(self, environment, count):
        self.environment, self.count = environment, count

    def run(self):
        with self.environment() as env:
            many.make(env, self.count)
        with self.environment() as env:
            rules = self._switch_on(env)
            told = self._tell_silently(env, rules)
        yield (
            f"The {len(rules)} alert rules over {self.count:,} more open lines; {told:,} alerts"
            " are known."
        )
        yield ""
        yield _row("run", "raised", "seconds", "queries", "more for each alert")
        yield _row("---", *["---:"] * 4)
        _raised, _seconds, least = self._run_rules()
        for wanted in ALERTS:
            with self.environment() as env:
                self._make_cause(env, wanted)
            for title in ("first", "second"):
                raised, seconds, queries = self._run_rules()
                each = f"{(queries - least) / raised:.1f}" if raised else "-"
                yield _row(f"{wanted} new, {title} run", raised, f"{seconds:.2f}", queries, each)

    def _switch_on(self, env):
        """All that ship with the app, on every day of the week."""
        env.company.resource_calendar_id = False
        rules = env["backorder.alert.rule"].with_context(active_test=False).search([])
        rules.active = True
        return rules

    def _tell_silently(self, env, rules):
        """What they find before: it is known. -> how many alerts"""
        told = 0
        for rule in rules:
            found = rule._read_causes(env.company)
            names = rule._get_key_columns()
            rows = [
                (rule.id, env.company.id, "acknowledged", *(row[name] for name in names))
                for row in found
            ]
            columns = ", ".join(("rule_id", "company_id", "state", *names))
            for row in rows:
                values = ", ".join(["%s"] * len(row))
                env.cr.execute(f"INSERT INTO backorder_alert ({columns}) VALUES ({values})", row)
            told += len(rows)
        env.cr.execute("ANALYZE backorder_alert")
        return told

    def _make_cause(self, env, count):
        """So many backorders more are overdue."""
        env.cr.execute(
            "UPDATE sale_backorder SET date_due = now() - interval '10 day' WHERE id IN ("
            " SELECT id FROM sale_backorder WHERE state = 'open' AND name LIKE 'BB%%'"
            " AND COALESCE(date_due > now() - interval '2 day', TRUE) ORDER BY id LIMIT %s)",
            [count],
        )

    def _run_rules(self):
        """-> (alerts raised, seconds, queries)"""
        with self.environment() as env:
            before = env["backorder.alert"].search_count([])
        queries, began = odoo.sql_db.sql_counter, time.perf_counter()
        with self.environment() as env:
            env["backorder.alert.rule"]._cron_run()
        seconds, used = time.perf_counter() - began, odoo.sql_db.sql_counter - queries
        with self.environment() as env:
            raised = env["backorder.alert"].search_count([]) - before
        return raised, seconds, used

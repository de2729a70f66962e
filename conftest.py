"""What Odoo logs while the tests run, and what a skipped test means, for every test here;
and how `make test` divides them between several processes.

A warning of this addon that no test expected fails the test that caused it. Expect one with
`self.assertLogs(...)` or `odoo.tools.mute_logger(...)`, which keep it from getting here.
Other warnings are listed at the end.
"""

import logging
import os
import threading

import pytest
from devlib.databases import Databases

import odoo
from odoo.modules.registry import Registry

OURS = "backorder_management"
BROWSER_WORDS = ("Chrome", "chrome", "websocket-client")
PROCESS = os.environ.get("PYTEST_XDIST_WORKER")
# of those in tests/ the ones that bring their own server, or need none
ON_THEIR_OWN = (
    "tests/test_commands.py",
    "tests/test_concurrency.py",
    "tests/test_lifecycle.py",
    "tests/test_option_concurrency.py",
)


class Warnings(logging.Handler):
    """Keeps what is logged as WARNING or worse."""

    def __init__(self):
        super().__init__(logging.WARNING)
        self.ours, self.others = [], []
        self.setFormatter(logging.Formatter("%(levelname)s %(name)s: %(message)s"))

    def emit(self, record):
        text = self.format(record)
        # Python's own warnings name the file that they are about
        ours = OURS in record.name or (record.name == "py.warnings" and OURS in text)
        (self.ours if ours else self.others).append(text)

    def take_ours(self):
        taken, self.ours = self.ours, []
        return "\n".join(taken)


warnings = Warnings()


def pytest_configure(config):
    logging.getLogger().addHandler(warnings)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_teardown(item):
    result = yield
    text = warnings.take_ours()
    if text:
        pytest.fail(f"logged a warning that no test expects:\n{text}", pytrace=False)
    return result


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    """Where a browser is required, Odoo's skip for want of one is a failure."""
    report = yield
    if report.skipped and os.environ.get("BACKORDER_REQUIRE_BROWSER"):
        reason = str(report.longrepr)
        if any(word in reason for word in BROWSER_WORDS):
            report.outcome, report.longrepr = "failed", f"a browser is required: {reason}"
    return report


def pytest_sessionfinish(session, exitstatus):
    if PROCESS:
        session.config.workeroutput["warnings"] = [warnings.ours, warnings.others]
    if warnings.ours and exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter):
    for title, lines in (
        ("warnings of this addon, outside any test", warnings.ours),
        ("other warnings in Odoo's log", sorted(set(warnings.others))),
    ):
        if lines:
            terminalreporter.section(title)
            for line in lines[:20]:
                terminalreporter.line(line[:500])


# -- several processes (pytest-xdist)


@pytest.fixture(scope="session", autouse=True)
def load_registry():
    """In place of pytest-odoo's, which needs PostgreSQL's client programs for several processes
    and has them share one filestore. Each process has a clone of the test database."""
    threading.current_thread().testing = True  # as Odoo does when it loads tests
    given = odoo.tests.common.get_db_name()
    if not PROCESS:
        Registry(given)
        yield
        return
    name, databases = f"{given}_{PROCESS}", Databases(odoo.tools.config["data_dir"])
    databases.clone(given, name)
    odoo.tools.config["db_name"], odoo.tools.config["dbfilter"] = [name], f"^{name}$"
    Registry(name)
    yield
    odoo.sql_db.close_db(name)
    databases.drop(name)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    from xdist.scheduler import LoadFileScheduling

    class Schedule(LoadFileScheduling):
        """A file stays in one process, and so do all those that share one live server."""

        def _split_scope(self, nodeid):
            path = super()._split_scope(nodeid)
            shares = path.startswith("tests/") and path not in ON_THEIR_OWN
            return "the live server" if shares else path

    return Schedule(config, log)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node, error):
    ours, others = getattr(node, "workeroutput", {}).get("warnings", ((), ()))
    warnings.ours.extend(ours)
    warnings.others.extend(others)

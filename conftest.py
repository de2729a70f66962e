"""What Odoo logs while the tests run, and what a skipped test means, for every test here.

A warning of this addon that no test expected fails the test that caused it. Expect one with
`self.assertLogs(...)` or `odoo.tools.mute_logger(...)`, which keep it from getting here.
Other warnings are listed at the end.
"""

import logging
import os

import pytest

OURS = "backorder_management"
BROWSER_WORDS = ("Chrome", "chrome", "websocket-client")


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

"""docs/results/core-tests.md, and the reasons that people have written beside it."""

import ast
import gzip
import json

from .common import ADDON, ROOT, output, say
from .core_result import OUTCOMES, words

PAGE = ROOT / "docs" / "results" / "core-tests.md"
EXPLAINED = ROOT / "docs" / "results" / "core-tests-explained.json"
HEAD = """# Odoo's own tests, with and without this addon

Written by `make test-core` on {date}: {versions}.

The tests of each module, browser tours included, run on a fresh copy of a database with all of
these modules, what they install by themselves, and no demo data; those of `stock`,
`stock_account` and `mrp` on one with little more than `sale_stock`, which the addon needs. They
all run after the installation, also those that Odoo itself runs in the middle of one: that is
why some fail without the addon. What fails runs once more, and counts when it fails again. The
explanations come from `core-tests-explained.json`; the command fails when one is missing.
"""


def explained(variants):
    """{variant: {test: reason}}"""
    written = json.loads(EXPLAINED.read_text()) if EXPLAINED.exists() else {}
    return {variant: written.get(variant, {}) for variant in variants}


def table(results, variants, modules):
    rows = [("module", *variants.values()), ("---",) * (1 + len(variants))]
    for module in modules:
        cells = [results.get((variant, module)) for variant in variants]
        if any(cells):
            rows.append((module, *(_cell(result and result.count()) for result in cells)))
    rows.append(("**all**", *(_cell(_total(results, variant)) for variant in variants)))
    return "".join(f"| {' | '.join(row)} |\n" for row in rows)


def _total(results, variant):
    counts = [result.count() for (other, _m), result in results.items() if other == variant]
    return counts and {outcome: sum(count[outcome] for count in counts) for outcome in OUTCOMES}


def _cell(count):
    return words(count) or "none" if count else "not run"


def write(report, found, stack, date):
    parts = [HEAD.format(date=date, versions=_versions(stack))]
    parts.append(table(report.kept, report.variants, report.modules))
    minutes = {
        variant: sum(r.seconds for (other, _m), r in report.kept.items() if other == variant) / 60
        for variant in report.variants
    }
    took = (f"{spent:.0f} {report.variants[variant]}" for variant, spent in minutes.items())
    parts.append(f"Minutes of one process: {'; '.join(took)}.\n")
    for variant, what in report.variants.items():
        parts.append(_section(report, variant, what, found[variant]))
    PAGE.parent.mkdir(parents=True, exist_ok=True)
    PAGE.write_text("\n".join(parts))
    say(f"wrote {PAGE.relative_to(ROOT)}")


def _section(report, variant, what, found):
    if variant == "a":
        failing = report.failing(report.kept, variant)
        return f"## Fails {what}\n\n{_list(failing, lambda _test: '')}"
    return f"## Fails only {what}\n\n{_list(found, lambda test: report.reason(variant, test))}"


def _list(lines, reason):
    if not lines:
        return "Nothing.\n"
    return "".join(
        f"- `{test}`: `{line.replace('`', '')}`\n" + (f"  {reason(test)}\n" if reason(test) else "")
        for test, line in sorted(lines.items())
    )


def _versions(stack):
    manifest = ast.literal_eval((ROOT / ADDON / "__manifest__.py").read_text())
    python = output(stack.python, "-c", "import platform; print(platform.python_version())")
    return (
        f"Odoo {_odoo(stack)}, PostgreSQL {stack.databases('version')}, Python {python.strip()}, "
        f"addon {manifest['version']}"
    )


def _odoo(stack):
    """19.0 and, where it can be told, which state of it."""
    changes = stack.source / "../../../share/doc/odoo-19/changelog.Debian.gz"
    if changes.exists():
        return gzip.open(changes, "rt").readline().split("(")[1].split(")")[0]
    commit = output("git", "-C", stack.source, "rev-parse", "--short", "HEAD", check=False)
    return f"19.0 {commit}".strip()

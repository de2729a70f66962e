"""Odoo's own tests without the addon, with it, and with its first policy active.

Each module's tests run in a process of their own on a fresh clone, two at a time. What fails
runs once more: only what fails twice counts. The addon is copied first, so that a file edited
meanwhile does not change what is measured.
"""

import argparse
import dataclasses
import shutil

from . import browser
from .common import HOME, ROOT, addons, addons_digest, die, digest, locked, say
from .core_queue import Job, Queue
from .core_report import Report
from .core_result import words
from .stack import TEST_CONF, Stack

MODULES = (
    "stock",
    "stock_account",
    "sale",
    "sale_stock",
    "purchase_stock",
    "sale_purchase_stock",
    "sale_mrp",
    "mrp",
    "stock_dropshipping",
    "stock_delivery",
    "stock_picking_batch",
)
VARIANTS = {
    "a": "without the addon",
    "b": "with it, no policy active",
    "c": "with it, FIFO active",
}
POLICY = "backorder_management.policy_fifo"
PREFIX = "backorder_dev_testcore_"
CORE = PREFIX + "core"
FOLDER = HOME / "testcore"
RERUN = 60  # more failures than this are no coincidence
WARM = "env['ir.qweb']._pregenerate_assets_bundles(); env.cr.commit()"


def parse(arguments):
    parser = argparse.ArgumentParser(prog="make test-core", description=__doc__)
    parser.add_argument("--only", default=",".join(VARIANTS), help="of a,b,c (a,b,c)")
    parser.add_argument("--modules", default=",".join(MODULES), help="a,b,... (all)")
    parser.add_argument("-k", dest="pattern", default="", help="pytest's -k; keeps no result")
    parser.add_argument("--workers", type=int, default=2, help="at a time (2)")
    options = parser.parse_args(arguments)
    options.only = _choice("--only", options.only, VARIANTS)
    options.modules = _choice("--modules", options.modules, MODULES)
    return options


def _choice(option, text, known):
    chosen = [part for part in text.split(",") if part]
    unknown = sorted(set(chosen) - set(known))
    if unknown:
        die(f"{option} {','.join(unknown)}: knows {', '.join(known)}")
    return chosen


def main(options):
    """-> exit status: 1 when something fails with the addon alone and nobody has said why"""
    stack = Stack("dev")
    browser.link_browser(stack.bin)
    with locked("testcore", "Odoo's own tests"):
        tests = CoreTests(stack)
        databases = {variant: tests.prepare(variant) for variant in options.only}
        fresh = tests.run(databases, options)
        report = Report(tests.states(), FOLDER, VARIANTS, MODULES)
        if not options.pattern:
            report.keep(fresh)
        return report.tell(fresh, stack, whole=not options.pattern)


class CoreTests:
    def __init__(self, stack):
        self.stack = stack
        FOLDER.mkdir(exist_ok=True)
        self.copy = FOLDER / "addons"
        shutil.rmtree(self.copy, ignore_errors=True)
        for addon in addons():
            ignore = shutil.ignore_patterns("__pycache__")
            shutil.copytree(ROOT / addon, self.copy / addon, ignore=ignore)
        stack.use_addons(self.copy)
        (FOLDER / "pytest.ini").write_text("[pytest]\naddopts = -p no:cacheprovider\n")

    # -- databases

    def states(self):
        """What a result depends on: {variant: digest}."""
        release = (self.stack.source / "odoo" / "release.py").read_text()
        locks = [ROOT / "requirements" / f"{name}.lock" for name in ("odoo", "dev")]
        core = digest(release, str(self.stack.source), ",".join(MODULES), *locks)
        addon = digest(core, addons_digest(self.copy))
        return {"a": core, "b": addon, "c": digest(addon, POLICY)}

    def prepare(self, variant):
        """The database that a variant's runs clone; without demo data. -> its name"""
        name = CORE if variant == "a" else f"{PREFIX}{variant}"
        state = self.states()[variant]
        databases = self.stack.databases
        if databases("note", name) != state or not databases("has_files", name):
            databases("drop", name + "_tmp")
            getattr(self, f"_make_{variant}")(name)
            databases("set_note", name, state)
        return name

    def _make_a(self, name):
        say(f"installing {', '.join(MODULES)} without demo data")
        self._install(name, MODULES)

    def _make_b(self, name):
        self.stack.databases("clone", self.prepare("a"), name + "_tmp")
        say(f"installing the addon in {name}")
        self._install(name, addons())

    def _make_c(self, name):
        self.stack.databases("clone", self.prepare("b"), name)
        self.activate(name)

    def _install(self, name, modules):
        self.stack.install(name, "-i", ",".join(modules), demo=False)
        say("building the web client's bundles")
        self.stack.script(name + "_tmp", WARM)
        self.stack.databases("rename", name + "_tmp", name)

    def activate(self, name):
        """Puts the shipped policy into force."""
        say(f"activating {POLICY} in {name}")
        self.stack.script(name, f"env.ref({POLICY!r}).active = True; env.cr.commit()")

    # -- running

    def run(self, databases, options):
        """-> {(variant, module): result}, after a second try of what failed"""
        with Queue(self.stack, FOLDER, PREFIX, options.workers) as queue:
            for variant, database in databases.items():
                conf = self._conf(variant)
                for module in sorted(options.modules, key=self._size, reverse=True):
                    where = (self._folder(module), (f"{module}/tests",))
                    queue.add(Job(variant, module, database, conf, *where, options.pattern))
            results = {}
            for job, result in queue.results():
                key = (job.variant, job.module)
                say(f"{job.name}: {words(result.count())} in {result.seconds:.0f} s")
                if key in results:
                    results[key].second_try(result)
                    continue
                results[key] = result
                if 0 < len(result.failed()) <= RERUN:
                    queue.add(dataclasses.replace(job, paths=result.failed()))
            return results

    def _folder(self, module):
        """The folder of Odoo's addons that has a module and its tests."""
        for folder in ("odoo/addons", "addons"):
            if (self.stack.source / folder / module / "tests").is_dir():
                return self.stack.source / folder
        die(f"{self.stack.source} has no tests of {module}")

    def _size(self, module):
        tests = self._folder(module) / module / "tests"
        return sum(path.stat().st_size for path in tests.glob("*.py"))

    def _conf(self, variant):
        path = FOLDER / f"{variant}.conf"
        folder = self._folder("base") if variant == "a" else self.copy
        path.write_text(TEST_CONF.format(root=folder, data_dir=self.stack.data_dir))
        return path

"""Odoo's own tests without the addon, with it, and with its first policy active.

Each module's tests run in a process of their own on a fresh clone, two at a time. What fails
runs once more: only what fails twice counts. The addon is copied first, so that a file edited
meanwhile does not change what is measured.

Most tests of stock and mrp are made to run in the middle of an installation, and some fail where
more is installed: they get databases with little more than what the addon itself needs.
"""

import argparse
import dataclasses
import shutil

from . import browser
from .common import ADDON, HOME, ROOT, addons, addons_digest, die, digest, locked, say
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
    "b": "with the addon, no policy active",
    "c": "with the addon, FIFO active",
}
POLICY = "backorder_management.policy_fifo"
PREFIX = "backorder_dev_testcore_"
LITTLE = "--skip-auto-install"
# what is installed in each kind of database, and which tests run elsewhere than in `all`
KINDS = {
    "all": (",".join(MODULES),),
    "stock": ("sale_stock", LITTLE),
    "mrp": ("sale_stock,mrp", LITTLE),
}
KIND = {"stock": "stock", "stock_account": "stock", "mrp": "mrp"}
FOLDER = HOME / "testcore"
RERUN = 60  # more failures than this are no coincidence
WARM = "env['ir.qweb']._pregenerate_assets_bundles(); env.cr.commit()"


def parse(arguments):
    parser = argparse.ArgumentParser(prog="make test-core", description=__doc__)
    parser.add_argument("--only", default=",".join(VARIANTS), help="of a,b,c (a,b,c)")
    parser.add_argument("--modules", default=",".join(MODULES), help="a,b,... (all)")
    parser.add_argument("-k", dest="pattern", default="", help="pytest's -k; keeps no result")
    parser.add_argument("--rest", action="store_true", help="only what has no result yet")
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
        report = Report(tests.states(), FOLDER, VARIANTS, MODULES)
        fresh = {}
        for key, result in tests.run(options, report.kept if options.rest else ()):
            fresh[key] = result
            if not options.pattern:
                report.keep({key: result})  # now: a long run may be interrupted
        return report.tell(fresh, stack, whole=not options.pattern)


class CoreTests:
    def __init__(self, stack):
        self.stack = stack
        FOLDER.mkdir(exist_ok=True)
        self.copy = FOLDER / "addons"
        shutil.rmtree(self.copy, ignore_errors=True)
        for addon in addons():
            ignore = shutil.ignore_patterns("__pycache__", ".*")
            shutil.copytree(ROOT / addon, self.copy / addon, ignore=ignore)
        stack.use_addons(self.copy)
        (FOLDER / "pytest.ini").write_text("[pytest]\naddopts = -p no:cacheprovider\n")

    # -- databases

    def states(self):
        """What a result depends on: {variant: digest}."""
        release = (self.stack.source / "odoo" / "release.py").read_text()
        locks = [ROOT / "requirements" / f"{name}.lock" for name in ("odoo", "dev")]
        core = digest(release, str(self.stack.source), str(KINDS), *locks)
        addon = digest(core, addons_digest(self.copy))
        return {"a": core, "b": addon, "c": digest(addon, POLICY)}

    def prepare(self, variant, kind):
        """The database that runs clone; without demo data. -> its name"""
        name = f"{PREFIX}{variant}_{kind}"
        state = self.states()[variant]
        databases = self.stack.databases
        if databases("note", name) != state or not databases("has_files", name):
            databases("drop", name + "_tmp")
            getattr(self, f"_make_{variant}")(name, kind)
            databases("set_note", name, state)
        return name

    def _make_a(self, name, kind):
        modules, *flags = KINDS[kind]
        say(f"installing {modules.replace(',', ', ')} without demo data")
        self._install(name, modules, *flags)

    def _make_b(self, name, kind):
        self.stack.databases("clone", self.prepare("a", kind), name + "_tmp")
        say(f"installing the addon in {name}")
        flags = KINDS[kind][1:]
        # the glue addons need more than the small databases have
        names = [ADDON] if LITTLE in flags else addons()
        self._install(name, ",".join(names), *flags)

    def _make_c(self, name, kind):
        self.stack.databases("clone", self.prepare("b", kind), name)
        self.activate(name)

    def _install(self, name, modules, *flags):
        self.stack.install(name, "-i", modules, *flags, demo=False)
        say("building the web client's bundles")
        self.stack.script(name + "_tmp", WARM)
        self.stack.databases("rename", name + "_tmp", name)

    def activate(self, name):
        """Puts the shipped policy into force."""
        say(f"activating {POLICY} in {name}")
        self.stack.script(name, f"env.ref({POLICY!r}).active = True; env.cr.commit()")

    # -- running

    def run(self, options, done):
        """((variant, module), result) of each, again after a second try of what failed."""
        with Queue(self.stack, FOLDER, PREFIX, options.workers) as queue:
            for job in self._jobs(options, done):
                queue.add(job)
            first = {}
            for job, result in queue.results():
                key = (job.variant, job.module)
                say(f"{job.name}: {words(result.count())} in {result.seconds:.0f} s")
                if key in first:
                    first[key].second_try(result)
                elif 0 < len(result.failed()) <= RERUN:
                    queue.add(dataclasses.replace(job, paths=result.failed()))
                yield key, first.setdefault(key, result)

    def _jobs(self, options, done):
        """The longest first, so that no worker waits long for the other at the end."""
        for variant in options.only:
            conf = self._conf(variant)
            modules = [module for module in options.modules if (variant, module) not in done]
            for module in sorted(modules, key=self._size, reverse=True):
                database = self.prepare(variant, KIND.get(module, "all"))
                where = (self._folder(module), (f"{module}/tests",))
                yield Job(variant, module, database, conf, *where, options.pattern)

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

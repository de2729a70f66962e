"""Odoo, its packages and its databases, ready to be used.

backorder_dev_core_<digest>   core modules with demo data: made once, cloned, never opened
backorder_dev_ready           the same with the addon: what tests and benchmarks clone
backorder_demo                what `make run` serves, with the data that the person enters
"""

import json
import os
import re
import subprocess

from .common import ADDON, HOME, ROOT, addons, addons_digest, die, digest, locked, run, say
from .pyenv import venv
from .source import odoo_source

CORE = (
    "sale_management",
    "sale_stock",
    "purchase_stock",
    "mrp",
    "sale_mrp",
    "stock_dropshipping",
    "stock_picking_batch",
    "rpc",
)
CORE_PREFIX = "backorder_dev_core_"
READY = "backorder_dev_ready"
DEMO = os.environ.get("ODOO_DB") or "backorder_demo"
LOADING = re.compile(r"Loading module (\S+) \((\d+)/(\d+)\)")
BAD = re.compile(r" (ERROR|CRITICAL) ")
# RLIMIT_AS, Odoo's hard memory limit, kills a browser started from the test process
TEST_CONF = """[options]
addons_path = {root}
data_dir = {data_dir}
http_interface = 127.0.0.1
limit_memory_hard = 0
"""
# once here instead of in every server that a test starts
BUILD_ASSETS = """
env["ir.qweb"]._pregenerate_assets_bundles()
env.cr.commit()
"""
EVERY = 10  # seconds between signs of life


class Stack:
    def __init__(self, *locks):
        self.source, self.launcher = odoo_source()
        venv_path = venv("odoo", *locks)
        self.bin = venv_path / "bin"
        self.python = self.bin / "python"
        self.data_dir = HOME / "data"
        self.env = {
            **os.environ,
            "PYTHONPATH": str(self.source),
            "PATH": f"{self.bin}{os.pathsep}{os.environ['PATH']}",
        }
        self.use_addons(ROOT)
        complaint = self.databases("complaint")
        if complaint:
            die(complaint)

    def use_addons(self, *folders):
        """Where Odoo finds addons that are not its own; this checkout unless told otherwise."""
        self.options = [
            f"--addons-path={','.join(map(str, folders))}",
            f"--data-dir={self.data_dir}",
            "--http-interface=127.0.0.1",
        ]

    def databases(self, action, *names):
        """Calls a method of devlib.databases.Databases in the venv, which has psycopg2."""
        command = (self.python, "-m", "devlib.databases", self.data_dir, action, *names)
        done = run(*command, cwd=ROOT / "tools", check=False, stdout=subprocess.PIPE, text=True)
        if done.returncode:
            raise SystemExit(done.returncode)
        return json.loads(done.stdout)

    def command(self, *arguments):
        """The command line of Odoo; the first argument may be a subcommand."""
        first = [arguments[0]] if arguments and not arguments[0].startswith("-") else []
        rest = arguments[len(first) :]
        return [str(part) for part in (self.python, self.launcher, *first, *self.options, *rest)]

    def script(self, name, code):
        """Runs Python in Odoo's shell on a database."""
        command = self.command("shell", "--no-http", "--log-level=warn", "-d", name)
        done = run(*command, stdin=None, input=code, text=True, env=self.env, check=False)
        if done.returncode:
            die(f"this failed in {name}, see above: {code}")

    # -- databases

    def template(self):
        """The name of the database with the core modules and their demo data."""
        release = (self.source / "odoo" / "release.py").read_text()
        requirements = ROOT / "requirements" / "odoo.lock"
        name = CORE_PREFIX + digest(release, str(self.source), ",".join(CORE), requirements)
        with locked("template", "installing Odoo's own modules"):
            have = self.databases("names")
            if name not in have or not self.databases("has_files", name):
                say(f"installing {', '.join(CORE)} with demo data, once for all")
                for old in have:
                    if old.startswith(CORE_PREFIX):
                        self.databases("drop", old)
                self.install(name, "-i", ",".join(CORE))
                self.databases("rename", name + "_tmp", name)
        return name

    def with_addon(self, name):
        """Clones the template to `name` and installs the addon there."""
        template, state = self.template(), addons_digest()
        say(f"installing {ADDON} in {name}")
        self.databases("clone", template, name + "_tmp")
        self.install(name, "-i", ",".join(addons()))
        self.databases("rename", name + "_tmp", name)
        self.databases("set_note", name, f"{template} {state}")

    def ready(self):
        """The database that the tests clone, as new as the addon's files."""
        state = f"{self.template()} {addons_digest()}"
        have = self.databases("note", READY) == state and self.databases("has_files", READY)
        if not (have and self.log(READY).exists()):
            self.with_addon(READY)
            say("building the pages' scripts and styles")
            self.script(READY, BUILD_ASSETS)
        return READY

    def demo(self, update=True):
        """The demo database: made when missing, updated when the addon's files have changed."""
        with locked("demo", "preparing the demo database"):
            if DEMO not in self.databases("names"):
                self.with_addon(DEMO)
            template, _sep, state = self.databases("note", DEMO).partition(" ")
            now = addons_digest()
            if state == now:
                return
            if not update:
                say(f"the addon's files are newer than {DEMO}: `make run` updates it")
                return
            say(f"the addon's files have changed: updating {DEMO}")
            self.install(DEMO, "-u", ",".join(addons()), scratch=False)
            self.databases("set_note", DEMO, f"{template} {now}")

    # -- installing

    def log(self, name):
        return HOME / f"{name}.log"

    def install(self, name, *what, scratch=True, demo=True):
        """Runs Odoo for `-i` or `-u`, in NAME_tmp that the caller renames when it is whole."""
        log = self.log(name)
        log.unlink(missing_ok=True)
        database = name + "_tmp" if scratch else name
        options = ["--stop-after-init", "--no-http", f"--logfile={log}"]
        options += ["--with-demo"] if demo else []
        command = self.command("-d", database, *what, *options)
        with open(log.with_suffix(".err.log"), "w+") as errors:
            streams = {"stdin": subprocess.DEVNULL, "stdout": errors, "stderr": errors}
            status = _wait(subprocess.Popen(command, env=self.env, **streams), log)
            errors.seek(0)
            printed = errors.read()
        lines = log.read_text().splitlines() if log.exists() else []
        bad = [line for line in lines if BAD.search(line)]
        if status or bad:
            tail = [*bad[:5], *(printed.splitlines() + lines)[-12:]]
            die(f"odoo {' '.join(what)} failed, see {log}\n" + "\n".join(tail))


def _wait(process, log):
    """Says now and then how far an installation is. -> exit status"""
    while True:
        try:
            return process.wait(EVERY)
        except subprocess.TimeoutExpired:
            found = LOADING.findall(log.read_text()) if log.exists() else []
            say("  module {1} of {2}: {0}".format(*found[-1]) if found else "  starting")

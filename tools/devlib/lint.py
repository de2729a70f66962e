"""Style checks: Python and OCA's from the venv, prettier and eslint from package-lock.json."""

import os
import shutil

from .common import HOME, ROOT, addons, die, digest, foreground, locked, run, say

PYLINT = (
    "--disable=all",
    "--enable=odoolint",
    # a file per concern extends a model more than once; the readme is at the root
    "--disable=consider-merging-classes-inherited,missing-readme",
)
NODE_FILES = ("package.json", "package-lock.json", ".npmrc")
QUIET = ("--no-audit", "--no-fund", "--loglevel=error")


def _node_modules():
    """The packages of package-lock.json, outside the checkout."""
    if not (shutil.which("npm") and shutil.which("node")):
        die("npm is missing, it runs prettier and eslint: `apt install npm` (Node.js 18 or newer)")
    folder = HOME / f"node-{digest(*(ROOT / name for name in NODE_FILES))}"
    with locked("node", "installing prettier and eslint"):
        if not (folder / ".ok").exists():
            say("installing prettier and eslint with npm")
            folder.mkdir(exist_ok=True)
            for name in NODE_FILES:
                shutil.copy(ROOT / name, folder)
            if run("npm", "ci", *QUIET, cwd=folder, check=False).returncode:
                die("npm could not install prettier and eslint, see above (network, proxy?)")
            (folder / ".ok").touch()
    return folder / "node_modules"


def lock_node():
    if not shutil.which("npm"):
        die("npm is missing: `apt install npm`")
    run("npm", "install", "--package-lock-only", *QUIET, cwd=ROOT)


def _globs(*endings):
    return [f"{addon}/**/*.{ending}" for addon in addons() for ending in endings]


def _each(tools):
    """Runs [(title, command)], all of them. -> exit status"""
    failed = [title for title, command, env in tools if foreground(*command, cwd=ROOT, env=env)]
    say(f"found something to put right: {', '.join(failed)}" if failed else "all is well")
    return 1 if failed else 0


def _node_tools(prettier, eslint):
    modules = _node_modules()
    bindir = modules / ".bin"
    env = {**os.environ, "NODE_PATH": str(modules)}
    quiet = "--no-error-on-unmatched-pattern"
    styled = _globs("xml", "js", "css", "scss") + ["*.cjs"]
    return [
        ("prettier", (bindir / "prettier", prettier, "--log-level=warn", quiet, *styled), env),
        ("eslint", (bindir / "eslint", *eslint, quiet, *_globs("js")), env),
    ]


def check(bindir):
    names = addons()
    catalogues = sorted(str(path) for name in names for path in ROOT.glob(f"{name}/i18n/*.po*"))
    tools = [
        ("ruff check", (bindir / "ruff", "check", "-q", "."), None),
        ("ruff format", (bindir / "ruff", "format", "-q", "--check", "."), None),
        ("pylint-odoo", (bindir / "pylint", *PYLINT, *names), None),
        ("oca-checks-odoo-module", (bindir / "oca-checks-odoo-module", *names), None),
    ]
    if catalogues:
        tools.append(("oca-checks-po", (bindir / "oca-checks-po", *catalogues), None))
    return _each(tools + _node_tools("--check", ["--max-warnings=0"]))


def rewrite(bindir):
    tools = [
        ("ruff check", (bindir / "ruff", "check", "-q", "--fix", "."), None),
        ("ruff format", (bindir / "ruff", "format", "-q", "."), None),
        ("oca-checks-odoo-module", (bindir / "oca-checks-odoo-module", "--fix", *addons()), None),
    ]
    return _each(tools + _node_tools("--write", ["--fix"]))

"""The Python environments: uv, and one venv per set of locked requirements."""

import os
import shutil
import subprocess
import sys

from . import browser
from .common import HOME, ROOT, die, digest, locked, output, run, say

UV = "uv==0.13.8"
# the wheel that draws barcodes, rl-renderPM, ends at 3.12
PYTHONS = ("3.12", "3.11", "3.10")
UV_ENV = {
    "UV_PYTHON_DOWNLOADS": "never",
    "UV_SYSTEM_CERTS": "true",
}


def uv():
    """The path of uv: the system's, else one of our own from the package index."""
    found = shutil.which("uv")
    if found:
        return found
    boot = HOME / "uv"
    if not (boot / ".ok").exists():
        say("installing uv")
        try:
            run(sys.executable, "-m", "venv", "--clear", boot, stdout=subprocess.DEVNULL)
        except subprocess.CalledProcessError:
            die("this Python cannot make a venv: `apt install python3-venv` (or install uv)")
        pip = (boot / "bin" / "python", "-m", "pip", "install", "-q", "--disable-pip-version-check")
        if run(*pip, UV, check=False).returncode:
            die(
                "could not install uv with pip, see above (network, proxy?); or install uv yourself"
            )
        (boot / ".ok").touch()
    return boot / "bin" / "uv"


def _series(python):
    code = "import sys; print('%d.%d' % sys.version_info[:2])"
    return output(python, "-c", code, check=False, stderr=subprocess.DEVNULL).strip()


def pick_python():
    """The interpreter for Odoo."""
    named = os.environ.get("ODOO_PYTHON")
    own = [sys.executable, *(f"python{series}" for series in PYTHONS), "/usr/bin/python3"]
    for candidate in [named] if named else own:
        path = shutil.which(candidate)
        if path and _series(path) in PYTHONS:
            return path
    what = f"ODOO_PYTHON={named} is not" if named else "found no"
    die(f"{what} Python 3.10, 3.11 or 3.12, as Odoo 19 needs: set ODOO_PYTHON=/path/to/python3.12")


def venv(*names):
    """The venv with the packages of requirements/NAME.lock, for each name."""
    locks = [ROOT / "requirements" / f"{name}.lock" for name in names]
    python = pick_python()
    path = HOME / f"venv-{digest(python, *locks)}"
    with locked("venv", "the Python packages"):
        if not (path / ".ok").exists():
            say(f"installing the Python packages ({', '.join(names)}) with {python}")
            _fill(path, python, locks)
            (path / ".ok").touch()
    return path


def _fill(path, python, locks):
    env = {**os.environ, **UV_ENV}
    run(uv(), "venv", "-q", "--clear", "--python", python, path, env=env)
    wanted = [part for lock in locks for part in ("-r", lock)]
    install = (uv(), "pip", "install", "--require-hashes", "--python", path / "bin" / "python")
    quiet = [] if sys.stderr.isatty() else ["-q"]
    if run(*install, *quiet, *wanted, env=env, check=False).returncode:
        die("could not install the Python packages, see above (network, proxy?)")
    browser.link_wkhtmltopdf(path / "bin")


def addons(name):
    """The folder with the addons of requirements/NAME.lock, without what they depend on."""
    lock = ROOT / "requirements" / f"{name}.lock"
    path = HOME / f"{name}-{digest(lock)}"
    with locked("venv", "the Python packages"):
        if not (path / ".ok").exists():
            say(f"installing the addons of {lock.name}")
            install = (uv(), "pip", "install", "-q", "--no-deps", "--require-hashes")
            where = ("--python", pick_python(), "--target", path, "-r", lock)
            if run(*install, *where, env={**os.environ, **UV_ENV}, check=False).returncode:
                die("could not install the addons, see above (network, proxy?)")
            (path / ".ok").touch()
    return path / "odoo" / "addons"


def compile_locks():
    """requirements/*.in -> *.lock, keeping versions that still fit."""
    options = ["--universal", "--python-version", PYTHONS[-1], "--generate-hashes", "-q"]
    options += ["--no-annotate", "--no-emit-index-url", "--custom-compile-command", "make lock"]
    place = {"cwd": ROOT / "requirements", "env": {**os.environ, **UV_ENV}}
    for name in ("odoo", "dev", "postgres", "oca"):
        say(f"resolving requirements/{name}.in")
        command = [uv(), "pip", "compile", *options, f"{name}.in", "-o", f"{name}.lock"]
        command += ["--no-deps"] if name == "oca" else []
        run(*command, **place, stdout=subprocess.DEVNULL)

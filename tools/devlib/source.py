"""Odoo 19 itself: a checkout that the person has, else Debian's signed package."""

import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

from .common import HOME, ROOT, die, locked, output, run, say

SERIES = 19
PACKAGED = HOME / "odoo" / "usr/lib/python3/dist-packages"
KEYRING = pathlib.Path("/usr/share/keyrings/debian-archive-keyring.gpg")
# Font Awesome of sid is 7, whose files have other names than the web client asks for
DEBS = (
    "odoo-19",
    *(
        f"{name}/trixie"
        for name in (
            "fonts-font-awesome",
            "fonts-inconsolata",
            "fonts-montserrat",
            "fonts-ocr-b",
            "fonts-roboto-unhinted",
            "libjs-jquery",
            "libjs-jquery-form",
            "libjs-underscore",
        )
    ),
)
# left out by Debian for want of source; the web client's bundle names it
STUBS = ("mail/static/lib/selfie_segmentation/selfie_segmentation.js",)
APT_CONF = """
Dir::Etc::sourcelist "{0}/sources.list";
Dir::Etc::sourceparts "/dev/null";
Dir::Etc::preferences "/dev/null";
Dir::Etc::preferencesparts "/dev/null";
Dir::State "{0}";
Dir::State::lists "{0}/lists";
Dir::State::status "{0}/status";
Dir::Cache "{0}/cache";
Dir::Log "{0}";
Acquire::Languages "none";
APT::Sandbox::User "";
#clear APT::Update::Pre-Invoke;
#clear APT::Update::Post-Invoke;
#clear APT::Update::Post-Invoke-Success;
"""


def odoo_source():
    """-> (folder for PYTHONPATH, launcher script)"""
    named = os.environ.get("ODOO_SOURCE")
    if named:
        folder = pathlib.Path(named).expanduser().resolve()
        series = _series(folder)
        if series is None:
            die(f"ODOO_SOURCE={named} is not an Odoo checkout (no odoo/release.py in it)")
        if series != SERIES:
            die(f"ODOO_SOURCE={named} is Odoo {series}: check out branch {SERIES}.0, or unset it")
        return _with_launcher(folder)
    if _series(ROOT.parent / "odoo") == SERIES:
        return _with_launcher(ROOT.parent / "odoo")
    with locked("odoo", "fetching Odoo"):
        if _series(PACKAGED) != SERIES:
            _fetch()
    return _with_launcher(PACKAGED)


def _series(folder):
    try:
        text = (folder / "odoo" / "release.py").read_text()
        return int(re.search(r"version_info = \((\d+)", text).group(1))
    except (OSError, AttributeError):
        return None


def _with_launcher(folder):
    """Never `python -m odoo`: its gevent worker and reload run sys.argv[0] again."""
    launcher = folder / "odoo-bin"
    return folder, launcher if launcher.exists() else folder / "../../../bin/odoo"


def _fetch():
    if not (shutil.which("apt-get") and shutil.which("dpkg-deb")):
        die(
            "found no Odoo 19, and this system has no apt-get to fetch it. Get it and name it:\n"
            "    git clone --depth 1 --branch 19.0 https://github.com/odoo/odoo ~/odoo-19\n"
            "    ODOO_SOURCE=~/odoo-19 make run"
        )
    if not KEYRING.exists():
        die(f"{KEYRING} is missing: `apt install debian-archive-keyring`, or set ODOO_SOURCE")
    say("fetching Odoo 19 from Debian: apt checks the signatures, your apt set-up is not touched")
    scratch = pathlib.Path(tempfile.mkdtemp(prefix="apt-", dir=HOME))
    try:
        _download(scratch)
        say("unpacking Odoo 19")
        for deb in sorted((scratch / "deb").glob("*.deb")):
            run("dpkg-deb", "-x", deb, scratch / "root")
        _add_stubs(scratch / "root" / PACKAGED.relative_to(HOME / "odoo"))
        shutil.rmtree(HOME / "odoo", ignore_errors=True)
        (scratch / "root").rename(HOME / "odoo")
    except subprocess.CalledProcessError as error:
        die(f"could not fetch Odoo 19 ({error.cmd[0]} failed, see above), or set ODOO_SOURCE")
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _download(scratch):
    """With a private apt state, read after the system's settings (proxy, certificates)."""
    for folder in ("lists/partial", "cache/archives/partial", "deb", "root"):
        (scratch / folder).mkdir(parents=True)
    (scratch / "status").touch()
    arch = output("dpkg", "--print-architecture").strip()
    mirror = os.environ.get("DEBIAN_MIRROR") or _system_mirror()
    (scratch / "sources.list").write_text(
        "".join(
            f"deb [signed-by={KEYRING} arch={arch}] {mirror} {suite} main\n"
            for suite in ("sid", "trixie")
        )
    )
    (scratch / "apt.conf").write_text(APT_CONF.format(scratch))
    apt = ["apt-get", "-c", scratch / "apt.conf", *([] if sys.stderr.isatty() else ["-qq"])]
    run(*apt, "update")
    run(*apt, "download", *DEBS, cwd=scratch / "deb")


def _system_mirror():
    """The Debian mirror that this system's own apt uses."""
    listing = ("apt-get", "indextargets", "--no-release-info", "--format", "$(REPO_URI) $(RELEASE)")
    for row in output(*listing).splitlines():
        uri, release = row.split()
        if "-" not in release:
            return uri
    die("apt names no Debian mirror: set DEBIAN_MIRROR")


def _add_stubs(packages):
    for stub in STUBS:
        path = packages / "odoo" / "addons" / stub
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text("/* not shipped by Debian (+dfsg) */\n")

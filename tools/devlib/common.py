"""What every part shares: where things are, how to speak to the person, how to run a program."""

import contextlib
import fcntl
import hashlib
import os
import pathlib
import signal
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
ADDON = "backorder_management"
IS_ROOT = os.geteuid() == 0
STARTED = time.monotonic()


def _state_folder():
    """Per user and shared by all checkouts. Not under /root: PostgreSQL runs unprivileged."""
    if os.environ.get("ODOO_DEV_HOME"):
        return pathlib.Path(os.environ["ODOO_DEV_HOME"]).expanduser().resolve()
    if IS_ROOT:
        return pathlib.Path("/var/cache/odoo-dev-19")
    cache = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    return pathlib.Path(cache) / "odoo-dev-19"


HOME = _state_folder()


def say(message):
    """Progress goes to standard error: standard output belongs to the command."""
    text = f"[{time.monotonic() - STARTED:6.1f}s] {message}"
    print(f"\033[1m{text}\033[0m" if sys.stderr.isatty() else text, file=sys.stderr, flush=True)


def die(message):
    raise SystemExit(f"error: {message}")


def run(*command, **options):
    """A step of the preparation: takes no input, and what it prints is progress."""
    options = {"stdin": subprocess.DEVNULL, "stdout": sys.stderr, **options}
    check = options.pop("check", True)
    return subprocess.run([str(part) for part in command], check=check, **options)


def output(*command, **options):
    return run(*command, stdout=subprocess.PIPE, text=True, **options).stdout


def foreground(*command, **options):
    """The command that the person asked for: owns the terminal and Ctrl-C. -> its exit status"""
    before = signal.signal(signal.SIGINT, lambda *_: None)
    try:
        return subprocess.run([str(part) for part in command], check=False, **options).returncode
    finally:
        signal.signal(signal.SIGINT, before)


def digest(*parts):
    """Of texts and of the contents of files."""
    total = hashlib.sha256()
    for part in parts:
        total.update(part.read_bytes() if isinstance(part, pathlib.Path) else str(part).encode())
        total.update(b"\0")
    return total.hexdigest()[:12]


def addons():
    """The addon folders of this checkout, the main one first."""
    found = sorted(path.parent.name for path in ROOT.glob("*/__manifest__.py"))
    if ADDON not in found:
        die(f"{ROOT} has no folder {ADDON} with a __manifest__.py: is the checkout complete?")
    return found


def addons_digest(root=ROOT):
    """Changes whenever something that an installation reads has changed."""
    ignored = {"tests", "__pycache__", "readme", ".ruff_cache"}
    files = [
        path
        for addon in addons()
        for path in sorted((root / addon).rglob("*"))
        if path.is_file() and not ignored & set(path.relative_to(root).parts)
    ]
    return digest(*(part for path in files for part in (str(path.relative_to(root)), path)))


def make_home():
    try:
        HOME.mkdir(parents=True, exist_ok=True)
        if not os.access(HOME, os.W_OK):
            raise PermissionError(f"{HOME} belongs to another user")
    except OSError as error:
        die(f"cannot keep state in {HOME} ({error}): set ODOO_DEV_HOME to a folder of yours")


@contextlib.contextmanager
def locked(name, what):
    """One at a time, over all checkouts of this user; says so when it has to wait."""
    make_home()
    with open(HOME / f"{name}.lock", "a") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say(f"waiting: another make is busy with {what}")
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield

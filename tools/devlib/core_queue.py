"""Runs of pytest, some at a time, each on its own clone of a database."""

import collections
import dataclasses
import os
import pathlib
import signal
import subprocess
import time

from .core_result import Result, read

LIMIT = 90 * 60  # seconds: longer than any module takes on a slow machine
# some tests expect a warning in the log: it must be let through
PYTEST = ("--odoo-http", "--odoo-log-level=warn", "--assert=plain", "-p", "no:warnings")
PRINTED = ("-q", "--tb=short", "--show-capture=no")
ENDED_WELL = {0, 1, 5}  # all passed, some failed, none was collected


@dataclasses.dataclass(frozen=True)
class Job:
    variant: str
    module: str
    database: str  # to clone
    conf: pathlib.Path
    folder: pathlib.Path  # of the addons
    paths: tuple  # below it: folders, or single tests
    pattern: str = ""

    @property
    def name(self):
        return f"{self.variant}_{self.module}"


@dataclasses.dataclass
class Running:
    process: subprocess.Popen
    database: str
    junit: pathlib.Path
    log: pathlib.Path
    since: float


class Queue:
    def __init__(self, stack, folder, prefix, workers):
        self.stack, self.folder, self.prefix, self.workers = stack, folder, prefix, workers
        self.waiting = collections.deque()
        self.running = {}

    def __enter__(self):
        return self

    def __exit__(self, *error):
        for run in self.running.values():
            self._end(run)

    def add(self, job):
        self.waiting.append(job)

    def results(self):
        """(job, result) of each, as they end. More may be added meanwhile."""
        while self.waiting or self.running:
            while self.waiting and len(self.running) < self.workers:
                job = self.waiting.popleft()
                self.running[job] = self._start(job)
            time.sleep(0.5)
            for job, run in list(self.running.items()):
                late = time.monotonic() - run.since > LIMIT
                if run.process.poll() is not None or late:
                    del self.running[job]
                    self._end(run)
                    yield job, _result(job, run)

    def _start(self, job):
        database = f"{self.prefix}run_{job.name}"
        self.stack.databases("clone", job.database, database)
        junit, log = (self.folder / f"{job.name}.{ending}" for ending in ("xml", "log"))
        junit.unlink(missing_ok=True)
        where = (f"--odoo-config={job.conf}", f"--odoo-database={database}")
        where += ("-c", self.folder / "pytest.ini", f"--rootdir={job.folder}")
        which = [job.folder / path for path in job.paths]
        which += ["-k", job.pattern] if job.pattern else []
        which += [f"--junitxml={junit}", *PYTEST, *PRINTED]
        with open(log, "w") as printed:
            process = subprocess.Popen(
                [str(part) for part in (self.stack.python, "-m", "pytest", *where, *which)],
                # not a folder of addons: some are named like parts of Python
                cwd=self.folder,
                env=self.stack.env,
                stdin=subprocess.DEVNULL,
                stdout=printed,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        return Running(process, database, junit, log, time.monotonic())

    def _end(self, run):
        """The process and the browser that it may have left, and its database."""
        try:
            os.killpg(run.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        run.process.wait()
        self.stack.databases("drop", run.database)


def _result(job, run):
    seconds = time.monotonic() - run.since
    tests = read(run.junit) if run.junit.exists() else {}
    if run.process.returncode not in ENDED_WELL:
        lines = run.log.read_text(errors="replace").split("\n")
        last = next((line for line in reversed(lines) if line.strip()), "")
        tests[f"{job.module}/tests"] = ("failed", f"the run ended early: {last[:200]}")
    return Result(tests, seconds)

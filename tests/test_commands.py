"""What a person is told when something is missing: one sentence with the remedy, at once."""

import os
import pathlib
import socket
import subprocess
import sys

import pytest
from devlib.databases import Databases
from odoo_process import ROOT, free_port

# what `make test` itself has set
OURS = ("PGHOST", "PGPORT", "PGUSER", "PYTHONPATH", "ODOO_SOURCE", "ODOO_PORT", "ODOO_PYTHON")


@pytest.fixture
def make(tmp_path):
    """make(command, VARIABLE=value) -> what it said; it must have failed"""

    def run(command, **variables):
        env = {name: value for name, value in os.environ.items() if name not in OURS}
        env.update(ODOO_DEV_HOME=str(tmp_path / "state"), **variables)
        done = subprocess.run(
            [sys.executable, ROOT / "tools" / "dev.py", command],
            check=False,
            env=env,
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert done.returncode != 0
        assert "Traceback" not in done.stderr
        return done.stderr

    return run


def release(folder, series):
    (folder / "odoo").mkdir(parents=True)
    (folder / "odoo" / "release.py").write_text(f"version_info = ({series}, 0, 0, 'final', 0, '')")
    return str(folder)


def test_port_in_use(make):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        said = make("run", ODOO_PORT=str(port))
    assert f"port {port} is taken" in said
    assert f"ODOO_PORT={port + 1} make run" in said


def test_source_of_another_series(make, tmp_path):
    said = make("test", ODOO_SOURCE=release(tmp_path / "odoo18", 18))
    assert "is Odoo 18: check out branch 19.0" in said


def test_source_that_is_none(make, tmp_path):
    assert "is not an Odoo checkout" in make("test", ODOO_SOURCE=str(tmp_path))


def test_role_postgres(make, tmp_path):
    source = release(tmp_path / "odoo19", 19)
    said = make("test", ODOO_SOURCE=source, PGHOST="localhost", PGUSER="postgres")
    assert "Odoo refuses the role postgres: set PGUSER" in said


@pytest.mark.parametrize(
    ("server", "words"),
    [
        ((120004, "12.4", "dev", True), "PostgreSQL 12.4 is too old"),
        ((150004, "15.4", "postgres", True), "set PGUSER to another role"),
        ((150004, "15.4", "dev", False), 'ALTER ROLE "dev" CREATEDB'),
        ((150004, "15.4", "dev", True), ""),
    ],
)
def test_server_that_does_not_fit(monkeypatch, server, words):
    monkeypatch.setattr(Databases, "_rows", lambda self, query: [server])
    complaint = Databases("/").complaint()
    assert words in complaint
    assert bool(complaint) == bool(words)


def test_wrong_python(make, tmp_path):
    source = release(tmp_path / "odoo19", 19)
    said = make("test", ODOO_SOURCE=source, PGHOST="localhost", ODOO_PYTHON="/bin/sh")
    assert "Python 3.10, 3.11 or 3.12" in said


def test_no_odoo_and_no_apt(make, tmp_path):
    folder = tmp_path / "bin"
    folder.mkdir()
    (folder / "python3").symlink_to(pathlib.Path(sys.executable).resolve())
    said = make("run", PATH=str(folder), ODOO_PORT=str(free_port()))
    assert "git clone --depth 1 --branch 19.0" in said


def test_state_folder_that_cannot_be_made(make, tmp_path):
    (tmp_path / "state").write_text("a file")
    source = release(tmp_path / "odoo19", 19)
    assert "set ODOO_DEV_HOME" in make("test", ODOO_SOURCE=source)

"""Databases and their filestores. Needs psycopg2: dev.py calls it with the venv's Python,
tests import it. Where to connect comes from the PG* variables.

    python -m devlib.databases DATA_DIR ACTION [NAME...]     prints the result as JSON
"""

import contextlib
import json
import os
import pathlib
import shutil
import sys

import psycopg2
from psycopg2 import sql

OLDEST = 130000
WHERE = ("PGHOST", "PGPORT", "PGUSER", "PGSERVICE")


class Databases:
    def __init__(self, data_dir):
        self.filestore = pathlib.Path(data_dir) / "filestore"

    def names(self):

        return [name for (name,) in self._rows("SELECT datname FROM pg_database")]

    def note(self, name):
        """What set_note left on the database, or ''."""
        query = """
            SELECT coalesce(shobj_description(oid, 'pg_database'), '')
            FROM pg_database WHERE datname = %s
        """
        return next((note for (note,) in self._rows(query, name)), "")

    def set_note(self, name, note):
        self._execute("COMMENT ON DATABASE {} IS %s", name, values=[note])

    def drop(self, name):
        self._execute("DROP DATABASE IF EXISTS {} WITH (FORCE)", name)
        shutil.rmtree(self.filestore / name, ignore_errors=True)

    def clone(self, source, target):
        """Files are named by their content and never edited in place: hard links are safe."""
        self.drop(target)
        self._execute("CREATE DATABASE {} TEMPLATE {}", target, source)
        if (self.filestore / source).exists():
            folders = (self.filestore / source, self.filestore / target)
            shutil.copytree(*folders, copy_function=os.link)

    def rename(self, source, target):
        self.drop(target)
        self._execute("ALTER DATABASE {} RENAME TO {}", source, target)
        if (self.filestore / source).exists():
            (self.filestore / source).rename(self.filestore / target)

    def has_files(self, name):
        return (self.filestore / name).exists()

    def version(self):
        return self._rows("SHOW server_version")[0][0].split()[0]

    def complaint(self):
        """Why Odoo would not work on this server, in a sentence; '' when it would."""
        query = """
            SELECT current_setting('server_version_num')::int, current_setting('server_version'),
                   rolname, rolcreatedb OR rolsuper
            FROM pg_roles WHERE rolname = current_user
        """
        number, version, role, may_create = self._rows(query)[0]
        if number < OLDEST:
            return f"PostgreSQL {version} is too old, Odoo 19 needs 13 or newer: set PGHOST"
        if role == "postgres":
            return "Odoo refuses the role postgres: set PGUSER to another role with CREATEDB"
        if not may_create:
            return f'the role {role} may not create databases: ALTER ROLE "{role}" CREATEDB'
        return ""

    def _rows(self, query, *values):
        with self._cursor() as cursor:
            cursor.execute(query, values)
            return cursor.fetchall()

    def _execute(self, statement, *names, values=()):
        with self._cursor() as cursor:
            cursor.execute(sql.SQL(statement).format(*map(sql.Identifier, names)), values)

    @contextlib.contextmanager
    def _cursor(self):
        connection = psycopg2.connect(dbname="postgres", options="-c client_min_messages=warning")
        try:
            connection.autocommit = True
            yield connection.cursor()
        finally:
            connection.close()


def main(data_dir, action, *arguments):
    try:
        json.dump(getattr(Databases(data_dir), action)(*arguments), sys.stdout)
    except psycopg2.OperationalError as error:
        where = " ".join(f"{name}={os.environ[name]}" for name in WHERE if name in os.environ)
        raise SystemExit(
            f"error: cannot use the PostgreSQL server at {where}: {str(error).strip()}\n"
            "Correct these variables, or unset them all: make then brings its own server."
        ) from None


if __name__ == "__main__":
    main(*sys.argv[1:])

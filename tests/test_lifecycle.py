"""Installing, updating and removing the addon leaves no warning in the server's log."""

import contextlib
import os
import pathlib

import psycopg2
import pytest
from odoo_process import Clone, complaints

ADDON = "backorder_management"
UNINSTALL = f"""
addon = env["ir.module.module"].search([("name", "=", "{ADDON}")])
addon.button_immediate_uninstall()
env.cr.commit()
"""
# the orders of the demo story stay, as any shipped order does: their names are of another module
LEFTOVERS = """
    SELECT tablename FROM pg_tables WHERE tablename ~ '^(sale_)?backorder'
    UNION ALL
    SELECT model || ' ' || name FROM ir_model_data WHERE module = 'backorder_management'
"""


@pytest.fixture(scope="module")
def clone(tmp_path_factory):
    with Clone("lifecycle", tmp_path_factory.mktemp("lifecycle")) as database:
        yield database


def test_install_log():
    log = pathlib.Path(os.environ["BACKORDER_INSTALL_LOG"])
    assert f"Module {ADDON} loaded" in log.read_text()
    assert complaints(log) == []


def test_update_log(clone):
    log = clone.odoo(f"--update={ADDON}", log="update.log")
    assert f"Module {ADDON} loaded" in log.read_text()
    assert complaints(log) == []


def test_uninstall(clone):
    clone.shell(UNINSTALL, log="uninstall.log")
    assert complaints(clone.folder / "uninstall.log") == []
    with contextlib.closing(psycopg2.connect(dbname=clone.db)) as connection:
        cursor = connection.cursor()
        cursor.execute(LEFTOVERS)
        assert cursor.fetchall() == []


def test_install_again(clone):
    log = clone.odoo(f"--init={ADDON}", "--with-demo", log="again.log")
    assert complaints(log) == []

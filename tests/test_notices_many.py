"""One date moves and 500 customers are to hear of it: each exactly once, also when the server is
killed while it writes to them."""

import json
import pathlib
import subprocess

import pytest
from odoo_process import ROOT, Clone

# the process dies in the middle of its third batch, as if the power went
KILL = """
import os, signal
Notice = type(env["backorder.notice"])
write = Notice._write_email
count = [0]
def write_and_die(self):
    count[0] += 1
    if count[0] == 130:
        os.kill(os.getpid(), signal.SIGKILL)
    return write(self)
Notice._write_email = write_and_die
"""
SEND = """
env["backorder.notice"]._cron_notices()
env.cr.commit()
"""
COUNT = """
import json
def one(query):
    env.cr.execute(query)
    return env.cr.fetchone()
told = "SELECT partner_id, COUNT(*) AS n FROM backorder_notice WHERE state = 'sent' GROUP BY 1"
mails = '''
    SELECT r.res_partner_id, COUNT(*) AS n FROM mail_notification r
      JOIN mail_message m ON m.id = r.mail_message_id AND m.model = 'backorder.notice'
     GROUP BY 1'''
print("RESULT", json.dumps({
    "told": one(f"SELECT COUNT(*), MAX(n) FROM ({told}) t"),
    "mails": one(f"SELECT COUNT(*), MAX(n) FROM ({mails}) t"),
    "items": one("SELECT COUNT(*) FROM backorder_notice_item WHERE state = 'told'")[0],
    "promised": one("SELECT COUNT(*) FROM sale_backorder_line WHERE promised_date = expected_date "
                    "AND product_id IN (SELECT product_id FROM sale_backorder_line "
                    "GROUP BY 1 HAVING COUNT(*) > 1000)")[0],
}))
"""


def result_of(printed):
    [line] = [x for x in printed.splitlines() if x.startswith("RESULT ")]
    return json.loads(line.removeprefix("RESULT "))


@pytest.fixture
def clone(tmp_path):
    with Clone("notices", tmp_path) as clone:
        yield clone


def test_each_customer_once(clone):
    script = pathlib.Path(__file__).with_name("notices_many.py").read_text()
    moved = result_of(clone.shell(f"ROOT = {str(ROOT)!r}\n" + script))
    assert moved["items"] == 5000
    # in one transaction, and far from a query for each of them
    assert moved["queries"] < 500, moved
    command = clone.command(
        "--no-http", f"--logfile={clone.folder / 'k.log'}", subcommand=["shell"]
    )
    killed = subprocess.run(command, input=KILL + SEND, text=True, check=False, timeout=600)
    assert killed.returncode == -9
    half = result_of(clone.shell(COUNT))
    # two whole batches; of the third one nothing is left, no message and no mark
    assert half["told"] == half["mails"] == [100, 1]
    clone.shell(SEND)
    clone.shell(SEND)
    done = result_of(clone.shell(COUNT))
    assert done["told"] == done["mails"] == [500, 1]
    assert done["items"] == done["promised"] == 5000

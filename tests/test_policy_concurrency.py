"""Two receipts, a confirmation and a run at the same moment, 200 times over: nothing is given
twice, nothing idles, and who waited longest is served first."""

import json
import pathlib

import pytest
from odoo_process import Clone

ACTIVATE = """
env.ref("backorder_management.policy_fifo").active = True
env.cr.commit()
"""


@pytest.fixture
def clone(tmp_path):
    with Clone("rounds", tmp_path) as clone:
        clone.shell(ACTIVATE)
        yield clone


def test_parallel_rounds(clone):
    script = pathlib.Path(__file__).with_name("parallel_rounds.py").read_text()
    printed = clone.shell(script, log="rounds.log")
    [line] = [x for x in printed.splitlines() if x.startswith("RESULT ")]
    result = json.loads(line.removeprefix("RESULT "))
    assert result["rounds"] >= 200
    assert result["errors"] == []
    assert result["wrong"] == []
    assert result["audit"] == []
    # without conflicts the rounds would prove nothing
    assert result["again"] > 0

"""Two answers to an offer, or several grants out of one budget, at the same moment."""

import json
import pathlib

from odoo_process import Clone


def test_parallel_options(tmp_path):
    with Clone("options", tmp_path) as clone:
        script = pathlib.Path(__file__).with_name("parallel_options.py").read_text()
        printed = clone.shell(script, log="options.log")
    [line] = [x for x in printed.splitlines() if x.startswith("RESULT ")]
    result = json.loads(line.removeprefix("RESULT "))
    assert result["errors"] == []
    assert result["wrong"] == []
    assert result["audit"] == []
    # what was too late was refused, and without conflicts the rounds would prove nothing
    assert result["refused"] >= 2 * result["rounds"]
    assert result["again"] > 0

"""One Odoo process on one database. Reads commands as JSON, a line each, and answers each.

{"do": "prepare", "case": NAME, "size": N}       -> {"calls": how many calls can be timed}
{"do": "run", "start": A, "stop": B}             -> {"ms": ..., "queries": ...}
{"do": "reallocate"}                             -> {"ms": ..., "queries": ..., "changes": ...}
{"do": "dates", "scale": S}                      -> {"rows": lines of text}
{"do": "reports", "scale": S, "rounds": R}       -> {"rows": lines of markdown}
{"do": "profile"}                                -> {"text": cProfile's table}
"""

import argparse
import contextlib
import cProfile
import gc
import io
import json
import pstats
import sys
import time

from cases import CASES, activate_policy, read_reserved
from dates import Dates
from reports import Reports

import odoo.api
import odoo.modules.registry
import odoo.sql_db
import odoo.tools

OURS = "backorder_management"
ADMIN = 2


class Worker:
    def __init__(self, database, policy=None):
        self.registry = odoo.modules.registry.Registry(database)
        self.kept = {}
        self.fixed_policy = policy
        if policy:
            with self.environment() as env:
                activate_policy(env, policy)

    @contextlib.contextmanager
    def environment(self, keep=True):
        """As a request has it: a cursor and caches of its own, committed at the end."""
        with self.registry.cursor() as cursor:
            yield odoo.api.Environment(cursor, ADMIN, {})
            cursor.flush()  # with the precommit work, even when nothing is kept
            if not keep:
                cursor.rollback()

    def prepare(self, case, size):
        self.case = CASES[case]
        if not self.fixed_policy:
            with self.environment() as env:
                activate_policy(env, self.case.policy)
        if case not in self.kept or not self.case.rolled_back:
            with self.environment() as env:
                records = self.case.prepare(env, size)
                self.kept[case] = records._name, records.ids
        self.model, ids = self.kept[case]
        self.calls = [ids] if self.case.batch else [[one] for one in ids]
        self.calls *= self.case.rolled_back or 1
        return {"calls": len(self.calls)}

    def run(self, start, stop):
        gc.collect()
        gc.disable()
        queries, began = odoo.sql_db.sql_counter, time.perf_counter()
        for ids in self.calls[start:stop]:
            self.call(ids)
        ended = time.perf_counter()
        gc.enable()
        return {"ms": (ended - began) * 1000, "queries": odoo.sql_db.sql_counter - queries}

    def call(self, ids):
        with self.environment(keep=not self.case.rolled_back) as env:
            records = env[self.model].with_context(**self.case.context).browse(ids)
            answer = getattr(records, self.case.method)()
            assert answer is not False and not isinstance(answer, dict), f"Odoo asks: {answer}"

    def reallocate(self):
        """The scheduled action. -> also how many reservations are different afterwards"""
        with self.environment() as env:
            before = read_reserved(env)
        queries, began = odoo.sql_db.sql_counter, time.perf_counter()
        with self.environment() as env:
            env["backorder.allocator"]._cron_reallocate()
        took = {
            "ms": (time.perf_counter() - began) * 1000,
            "queries": odoo.sql_db.sql_counter - queries,
        }
        with self.environment() as env:
            after = read_reserved(env)
        changes = sum(before.get(move) != quantity for move, quantity in after.items())
        return {**took, "changes": changes}

    def dates(self, scale):
        return {"rows": list(Dates(self.environment, scale).run())}

    def reports(self, scale, rounds):
        return {"rows": list(Reports(self.environment, scale, rounds).run())}

    def profile(self):
        profiler = cProfile.Profile()
        profiler.enable()
        for ids in self.calls:
            self.call(ids)
        profiler.disable()
        text = io.StringIO()
        statistics = pstats.Stats(profiler, stream=text)
        statistics.sort_stats("cumulative").print_stats(OURS, 30)
        return {"text": text.getvalue()}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("database")
    parser.add_argument("--policy")
    parser.add_argument("--odoo", action="append", default=[])
    options = parser.parse_args()
    arguments = [*options.odoo, "-d", options.database, "--log-level=error"]
    odoo.tools.config.parse_config(arguments, setup_logging=True)
    worker = Worker(options.database, options.policy)
    for line in sys.stdin:
        command = json.loads(line)
        print(json.dumps(getattr(worker, command.pop("do"))(**command)), flush=True)


if __name__ == "__main__":
    main()

"""What the addon costs: the same work on two clones of one database, without and with it.

Each database has a process of its own. They take turns, a slice of the calls at a time, so that
other load on the machine falls on both; every figure is the median of the rounds.
`make bench ARGS="--case short --rounds 5"`, `make bench ARGS="--profile short"`,
`make bench ARGS="--reports"`
"""

import argparse
import json
import pathlib
import statistics
import subprocess
import sys

FOLDER = pathlib.Path(__file__).resolve().parent
RESULTS = FOLDER.parents[1] / "docs" / "results" / "reports.md"
NOTES = "## Notes"  # what stands from here on is written by hand and stays
SLICES = 10
SIDES = ("core", "addon")
HEADER = (
    "case",
    "core ms",
    "addon ms",
    "ratio",
    "core queries",
    "addon queries",
    "ratio",
    "target",
)
ROW = "{:<26}{:>9}{:>10}{:>7}{:>14}{:>15}{:>7}{:>8}  {}"


class Side:
    """A worker process and how to speak to it."""

    def __init__(self, database, *options):
        command = [sys.executable, str(FOLDER / "worker.py"), database, *options]
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
        self.process = subprocess.Popen(command, **pipes)

    def ask(self, action, **arguments):
        self.process.stdin.write(json.dumps({"do": action, **arguments}) + "\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline()
        if not answer:
            sys.exit("error: a benchmark process ended, see above")
        return json.loads(answer)

    def close(self):
        self.process.stdin.close()
        self.process.wait()


def measure(sides, case, size):
    """One round. -> {side: (ms, queries)}"""
    calls = 0
    for side in sides.values():
        calls = max(calls, side.ask("prepare", case=case, size=size)["calls"])
    step = max(1, -(-calls // SLICES))
    totals = {name: [0.0, 0] for name in sides}
    for turn, start in enumerate(range(0, calls, step)):
        for name in SIDES if turn % 2 else reversed(SIDES):
            answer = sides[name].ask("run", start=start, stop=start + step)
            totals[name][0] += answer["ms"]
            totals[name][1] += answer["queries"]
    return totals


def medians(rounds, name):
    """-> (ms, queries)"""
    return [
        statistics.median(values) for values in zip(*(one[name] for one in rounds), strict=True)
    ]


def report(case, rounds, seen):
    """Prints the row of a case. -> whether its target is met"""
    core, addon = (medians(rounds, name) for name in SIDES)
    calls = case.rolled_back or 1
    seen[case.name] = core[1] / calls
    ratio = addon[0] / core[0]
    met = ratio <= case.target
    if case.queries_of in seen:
        queries = addon[1] / calls / seen[case.queries_of]
        met = met and queries <= case.query_target
        print(f"{'':<26}queries: {queries:.2f} x those of core in {case.queries_of}", flush=True)
    print(
        ROW.format(
            case.title,
            f"{core[0]:.0f}",
            f"{addon[0]:.0f}",
            f"{ratio:.2f}",
            f"{core[1]:.0f}",
            f"{addon[1]:.0f}",
            f"{addon[1] / core[1]:.2f}",
            f"{case.target:.2f}",
            "met" if met else "missed",
        ),
        flush=True,
    )
    return met


def parse_arguments(cases):
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__.splitlines()[0])
    parser.add_argument("core", help="the database without the addon")
    parser.add_argument("addon", help="the database with the addon")
    parser.add_argument("--odoo", action="append", default=[], help="an option for Odoo")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--scale", type=float, default=1, help="0.1: a tenth of the records")
    parser.add_argument("--case", action="append", choices=cases, help="only this; repeatable")
    parser.add_argument("--dates", action="store_true", help="only the dates of 100,000 lines")
    parser.add_argument("--reports", action="store_true", help="only screens and alert rules")
    parser.add_argument("--policy", metavar="METHOD", help="with an active policy, such as fifo")
    parser.add_argument("--profile", metavar="CASE", choices=cases, help="where its time goes")
    return parser.parse_args()


def main():
    from cases import CASES

    options = parse_arguments(list(CASES))
    odoo = [f"--odoo={option}" for option in options.odoo]
    policy = [f"--policy={options.policy}"] if options.policy else []
    sides = {
        "core": Side(options.core, *odoo),
        "addon": Side(options.addon, *odoo, *policy),
    }
    try:
        if options.dates:
            return show_dates(sides["addon"], options.scale)
        if options.reports:
            return show_reports(sides["addon"], options)
        if options.profile:
            return show_profile(sides["addon"], CASES[options.profile], options.scale)
        print(ROW.format(*HEADER, "").rstrip(), flush=True)
        chosen = [CASES[name] for name in options.case or CASES]
        seen = {}
        results = [compare(sides, case, options, seen) for case in chosen]
        print(f"{sum(results)} of {len(results)} targets met, medians of {options.rounds} rounds")
        if not options.case:
            show_dates(sides["addon"], options.scale)
    finally:
        for side in sides.values():
            side.close()


def compare(sides, case, options, seen):
    size = max(2, round(case.size * options.scale))
    if case.per_change:
        return measure_changes(sides["addon"], case, size)
    print(f"  {case.title}: preparing", end="\r", file=sys.stderr, flush=True)
    measure(sides, case.name, size if case.rolled_back else 5)  # fills the caches
    rounds = []
    for number in range(options.rounds):
        text = f"  {case.title}: round {number + 1} of {options.rounds}"
        print(f"{text:<60}", end="\r", file=sys.stderr, flush=True)
        rounds.append(measure(sides, case.name, size))
    return report(case, rounds, seen)


def measure_changes(side, case, size):
    """What the addon alone can do. -> False when it changed nothing"""
    side.ask("prepare", case=case.name, size=size)
    found = side.ask("reallocate")
    changes = found["changes"]
    text = "nothing was changed"
    if changes:
        per_change = f"{found['ms'] / changes:.1f} ms and {found['queries'] / changes:.1f} queries"
        text = f"{changes:,} lines changed, {per_change} for each"
    figures = f"{'-':>9}{found['ms']:>10.0f}{'':>7}{'-':>14}{found['queries']:>15}"
    print(f"{case.title:<26}{figures}  {text}", flush=True)
    return bool(changes)


def show_dates(side, scale):
    print("\n".join(side.ask("dates", scale=scale)["rows"]))


def show_reports(side, options):
    """Printed, and kept where the results are when it is of full size."""
    rows = side.ask("reports", scale=options.scale, rounds=options.rounds)["rows"]
    text = "\n".join(rows) + "\n"
    print(text, end="")
    if options.scale == 1:
        _before, heading, notes = RESULTS.read_text().partition(NOTES)
        RESULTS.write_text(f"{text}\n{heading}{notes}" if heading else text)


def show_profile(side, case, scale):
    side.ask("prepare", case=case.name, size=max(2, round(case.size * scale)))
    print(side.ask("profile")["text"])


if __name__ == "__main__":
    main()

"""The outcome of a module's tests, as pytest's JUnit file has it."""

import dataclasses
import re
import xml.etree.ElementTree as tree

OUTCOMES = ("passed", "failed", "skipped")
PHASE = re.compile(r'^failed on (?:setup|teardown) with "(.*)"$', re.DOTALL)
LONGEST = 200


@dataclasses.dataclass
class Result:
    """Of one module with one variant."""

    tests: dict  # {path::Class::test: (outcome, first line of what went wrong)}
    seconds: float
    unsteady: list = dataclasses.field(default_factory=list)

    def failed(self):
        return tuple(test for test, (outcome, _line) in self.tests.items() if outcome == "failed")

    def count(self):
        outcomes = [outcome for outcome, _line in self.tests.values()]
        return {outcome: outcomes.count(outcome) for outcome in OUTCOMES}

    def second_try(self, again):
        """Another run of what had failed has the last word."""
        for test in self.failed():
            if again.tests.get(test, ("failed",))[0] != "failed":
                self.tests[test] = again.tests[test]
                self.unsteady.append(test)
        self.seconds += again.seconds


def words(count):
    return ", ".join(f"{number} {outcome}" for outcome, number in count.items() if number)


def read(path):
    """-> {test: (outcome, first line)}; the worst of a test's phases counts."""
    tests = {}
    for case in tree.parse(path).iter("testcase"):
        module, _dot, name = case.get("classname").rpartition(".")
        test = f"{module.replace('.', '/')}.py::{name}::{case.get('name')}"
        if tests.get(test, ("",))[0] != "failed":
            tests[test] = _outcome(case)
    return tests


def _outcome(case):
    for tag, outcome in (("failure", "failed"), ("error", "failed"), ("skipped", "skipped")):
        found = case.find(tag)
        if found is not None:
            message = PHASE.sub(r"\1", found.get("message") or found.text or "").strip()
            return outcome, (message.splitlines() or ["no message"])[0][:LONGEST]
    return "passed", ""

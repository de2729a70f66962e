"""What Odoo's own tests said: kept between runs, compared, and told."""

import dataclasses
import datetime
import json

from . import core_page
from .common import say
from .core_result import Result

UNKNOWN = ("unknown", "")


class Report:
    def __init__(self, states, folder, variants, modules):
        self.states, self.folder = states, folder
        self.variants, self.modules = variants, modules
        self.explained = core_page.explained(variants)
        self.keys = [(variant, module) for variant in variants for module in modules]
        self.kept = {key: result for key in self.keys if (result := self._load(*key))}

    # -- between runs

    def _path(self, variant, module):
        return self.folder / f"{variant}_{module}.json"

    def _load(self, variant, module):
        """The result with the same files and versions, if there is one."""
        path = self._path(variant, module)
        stored = json.loads(path.read_text()) if path.exists() else {}
        fits = stored.pop("state", None) == self.states[variant]
        return Result(**stored) if fits else None

    def keep(self, fresh):
        for (variant, module), result in fresh.items():
            stored = {"state": self.states[variant], **dataclasses.asdict(result)}
            self._path(variant, module).write_text(json.dumps(stored))
        self.kept.update(fresh)

    # -- compared

    def differences(self, results, variant, whole=True):
        """What fails, or does not run, with the addon alone: {test: first line}."""
        found = {}
        for (other, module), result in results.items():
            if other == variant != "a":
                base = results.get(("a", module)) or self.kept.get(("a", module))
                found.update(_differences(base.tests if base else {}, result.tests, whole))
        return found

    def failing(self, results, variant):
        return {
            test: result.tests[test][1]
            for (other, _module), result in results.items()
            if other == variant
            for test in result.failed()
        }

    def reason(self, variant, test):
        """What the addon does without a policy it also does with one."""
        return self.explained[variant].get(test) or self.explained["b"].get(test, "")

    # -- told

    def tell(self, fresh, stack, whole):
        """Prints what these runs have shown; writes the page. -> exit status"""
        print(core_page.table(fresh, self.variants, self.modules))
        _print("fails without the addon", self.failing(fresh, "a"))
        unexplained = 0
        for variant, what in self.variants.items():
            found = self.differences(fresh, variant, whole)
            new = {test: line for test, line in found.items() if not self.reason(variant, test)}
            known = {test: self.reason(variant, test) for test in found if test not in new}
            _print(f"fails only {what}, unexplained", new)
            _print(f"fails only {what}, explained", known)
            self._print_rest(fresh, variant, found)
            unexplained += len(new)
        if whole:
            self._write(stack)
        if unexplained:
            say(f"{unexplained} unexplained: mend them, or say why in {core_page.EXPLAINED.name}")
        return 1 if unexplained else 0

    def _print_rest(self, fresh, variant, found):
        mine = [result for (other, _module), result in fresh.items() if other == variant]
        unsteady = {test: "" for result in mine for test in result.unsteady}
        ran = {test for result in mine for test in result.tests}
        reasons = self.explained[variant].items()
        stale = {test: reason for test, reason in reasons if test in ran - found.keys()}
        _print(f"{self.variants[variant]}: passed at the second try", unsteady)
        _print(f"{self.variants[variant]}: explained, but passes", stale)

    def _write(self, stack):
        missing = [" ".join(key) for key in self.keys if key not in self.kept]
        if missing:
            say(f"the page waits for {len(missing)} more with these files: {', '.join(missing)}")
            return
        found = {variant: self.differences(self.kept, variant) for variant in self.variants}
        core_page.write(self, found, stack, datetime.date.today())


def _differences(before, after, whole):
    found = {}
    for test, (outcome, line) in after.items():
        was = before.get(test, UNKNOWN)[0]
        if was != outcome and (outcome == "failed" or (was, outcome) == ("passed", "skipped")):
            found[test] = f"skipped: {line}" if outcome == "skipped" else line
    gone = before.keys() - after.keys() if whole else ()
    return {**found, **{test: "did not run" for test in sorted(gone)}}


def _print(title, lines):
    if lines:
        print(f"{title} ({len(lines)}):")
        for test, line in sorted(lines.items()):
            print(f"  {test}", *([f"      {line}"] if line else []), sep="\n")
        print()

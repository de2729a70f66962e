"""What holds for every history of a line, the worked examples, and that the engine stands alone."""

import ast
import subprocess
import sys
from pathlib import Path
from unittest import TestCase

from hypothesis import given, settings
from hypothesis import strategies as st

from ..engine import quantities
from ..engine.quantities import Position, Tally, advance, ready

ENGINE = Path(quantities.__file__).parent
TINY = 1e-5
ALONE = """
import importlib, sys
sys.modules["odoo"] = None  # from now on importing it fails
sys.path.insert(0, sys.argv[1])
for name in sys.argv[2:]:
    importlib.import_module(f"engine.{name}")
from engine.quantities import Position, Tally, advance
print(advance(Tally.born(Position(0, 20)), Position(0, 20, 15, 5)).open)
"""

steady = settings(derandomize=True, deadline=None, database=None, max_examples=150)

# whole units, and thirds and tenths, which have no exact binary form
amounts = st.one_of(
    st.integers(0, 30).map(float),
    st.integers(0, 90).map(lambda n: round(n / 3, 6)),
    st.integers(0, 300).map(lambda n: n / 10),
)


@st.composite
def positions_after(draw, delivered=0.0):
    """Reserved and wanted are parts of what is outstanding; what was delivered stays delivered."""
    outstanding = draw(amounts)
    return Position(
        delivered=round(delivered + draw(st.just(0.0) | amounts), 6),
        outstanding=outstanding,
        reserved=min(outstanding, draw(amounts)),
        want=min(outstanding, draw(amounts)),
    )


@st.composite
def histories(draw):
    """:return: list of (position, added by hand, dropped by a person)"""
    steps, delivered = [], 0.0
    for _ in range(draw(st.integers(1, 8))):
        position = draw(positions_after(delivered))
        delivered = position.delivered
        steps.append((position, draw(st.just(0.0) | amounts), draw(st.booleans())))
    return steps


def fold(steps):
    """Yield (tally before, position, added, dropped, tally after) of each step."""
    tally = Tally.born(steps[0][0])
    for position, added, dropped in steps:
        after = advance(tally, position, added=added, dropped=dropped)
        yield tally, position, added, dropped, after
        tally = after


class TestAdvanceProperties(TestCase):
    @steady
    @given(histories())
    def test_idempotent(self, steps):
        for _before, position, _added, _dropped, after in fold(steps):
            self.assertEqual(advance(after, position), after)
            self.assertEqual(advance(after, position, dropped=True), after)

    @steady
    @given(histories())
    def test_only_grows(self, steps):
        for before, _position, _added, _dropped, after in fold(steps):
            self.assertGreaterEqual(after.backordered, before.backordered)
            self.assertGreaterEqual(after.fulfilled, before.fulfilled)
            self.assertGreaterEqual(after.cancelled, before.cancelled)

    @steady
    @given(histories())
    def test_bounds(self, steps):
        """B = F + C + open, and 0 <= ready <= open <= outstanding."""
        for _before, position, _added, _dropped, after in fold(steps):
            total = after.fulfilled + after.cancelled + after.open
            self.assertAlmostEqual(after.backordered, total, delta=TINY)
            in_hand = ready(after, position)
            self.assertGreaterEqual(in_hand, 0 if after.open >= 0 else -TINY)
            self.assertGreaterEqual(after.open, -TINY)
            self.assertLessEqual(in_hand, after.open)
            self.assertLessEqual(after.open, position.outstanding + TINY)

    @steady
    @given(histories())
    def test_nothing_comes_from_nowhere(self, steps):
        """Fulfilled was delivered, cancelled disappeared, and what is wanted is open."""
        for before, position, added, dropped, after in fold(steps):
            delivered = max(0.0, position.delivered - before.delivered)
            demand = before.delivered + before.outstanding
            lost = max(0.0, demand - position.delivered - position.outstanding)
            self.assertLessEqual(after.fulfilled - before.fulfilled, delivered + TINY)
            self.assertLessEqual(after.cancelled - before.cancelled, lost + TINY)
            if dropped:
                self.assertAlmostEqual(after.cancelled - before.cancelled, lost, delta=TINY)
            self.assertGreaterEqual(after.open, position.want - TINY)
            grown = after.backordered - before.backordered
            self.assertLessEqual(grown, max(position.want, 0) + added + lost + TINY)

    @steady
    @given(positions_after(), amounts)
    def test_added_by_hand(self, position, added):
        """A person gets what was asked for, at most what is outstanding."""
        tally = advance(Tally.born(position), position)
        asked = advance(tally, position, added=added)
        room = position.outstanding - tally.open
        self.assertAlmostEqual(asked.open - tally.open, min(room, added), delta=TINY)

    @steady
    @given(histories(), positions_after())
    def test_settles_the_same_in_two_steps(self, steps, last):
        """A delivery folded at once, or unit by unit, fulfils as much."""
        *_rest, (_before, position, _added, _dropped, tally) = fold(steps)
        quantity = min(position.outstanding, last.outstanding)
        half = round(quantity / 2, 6)
        given_, left = position.delivered, position.outstanding
        once = advance(tally, Position(given_ + quantity, left - quantity))
        twice = advance(tally, Position(given_ + half, left - half))
        twice = advance(twice, Position(given_ + quantity, left - quantity))
        for name in ("backordered", "fulfilled", "cancelled"):
            found, wanted = getattr(twice, name), getattr(once, name)
            self.assertAlmostEqual(found, wanted, delta=TINY, msg=name)


class TestWorkedExamples(TestCase):
    """The examples of the definition: (delivered, outstanding, reserved, want) -> what is kept."""

    def _play(self, *steps):
        tally = Tally.born(Position(*steps[0][0]))
        for numbers, expected in steps:
            position = Position(*numbers)
            tally = advance(tally, position)
            found = {
                "B": tally.backordered,
                "F": tally.fulfilled,
                "C": tally.cancelled,
                "open": tally.open,
                "ready": ready(tally, position),
            }
            self.assertEqual({k: found[k] for k in expected}, expected, numbers)

    def test_short_ship_receive_ship_close(self):
        self._play(
            ((0, 20, 15, 5), {"B": 5, "open": 5, "ready": 0}),
            ((15, 5, 0, 5), {"B": 5, "F": 0, "open": 5}),
            ((15, 5, 3, 2), {"open": 5, "ready": 3}),
            ((18, 2, 0, 2), {"F": 3, "open": 2, "ready": 0}),
            ((18, 0, 0, 0), {"B": 5, "F": 3, "C": 2, "open": 0}),
        )

    def test_raised_and_lowered(self):
        self._play(
            ((0, 5, 2, 3), {"B": 3, "open": 3}),
            ((0, 9, 2, 7), {"B": 7, "open": 7}),
            ((0, 6, 2, 4), {"B": 7, "open": 4, "C": 3}),
        )

    def test_exchange(self):
        """Ten delivered, four come back for an exchange, none in stock."""
        self._play(
            ((10, 0, 0, 0), {"B": 0, "open": 0}),
            ((10, 4, 0, 4), {"B": 4, "open": 4, "ready": 0}),
            ((10, 4, 0, 4), {"B": 4, "open": 4}),
            ((14, 0, 0, 0), {"B": 4, "F": 4, "C": 0, "open": 0}),
        )

    def test_unreserved_but_free(self):
        """Stock that is free covers the demand: giving a reservation back is no shortage."""
        self._play(((0, 5, 5, 0), {"B": 0}), ((0, 5, 0, 0), {"B": 0, "open": 0}))

    def test_thirds(self):
        tally = Tally.born(Position(0, 1, 0, 1))
        tally = advance(tally, Position(0, 1, 0, 1))
        for part in (1 / 3, 2 / 3, 1.0):
            tally = advance(tally, Position(part, 1 - part, 0, 1 - part))
        self.assertAlmostEqual(tally.fulfilled, 1.0, delta=TINY)
        self.assertAlmostEqual(tally.cancelled, 0.0, delta=TINY)
        self.assertAlmostEqual(tally.open, 0.0, delta=TINY)


class TestEngineStandsAlone(TestCase):
    def _get_modules(self):
        files = sorted(ENGINE.rglob("*.py"))
        self.assertGreaterEqual(len(files), 4)
        return files

    def test_imports(self):
        for path in self._get_modules():
            with self.subTest(path=path.name):
                for node in ast.walk(ast.parse(path.read_text())):
                    self.assertFalse(self._get_foreign(node), f"line {node}")

    def _get_foreign(self, node):
        """Modules that are neither Python's own nor beside this one."""
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            names = [node.module]
        elif isinstance(node, ast.ImportFrom):
            return node.level > 1
        else:
            return False
        return [x for x in names if x.partition(".")[0] not in sys.stdlib_module_names]

    def test_runs_without_odoo(self):
        names = [path.stem for path in self._get_modules() if path.stem != "__init__"]
        command = [sys.executable, "-I", "-c", ALONE, str(ENGINE.parent), *names]
        result = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
        self.assertEqual((result.returncode, result.stderr), (0, ""))
        self.assertEqual(result.stdout.strip(), "5.0")

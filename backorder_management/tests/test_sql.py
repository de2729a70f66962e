from datetime import date

from odoo.tests import TransactionCase, tagged
from odoo.tools import SQL

from ..models.overview.backorder_sql import to_array


@tagged("post_install", "-at_install")
class TestToArray(TransactionCase):
    def _pass_through(self, values, kind):
        array = to_array(values, kind)
        query = SQL("SELECT x FROM unnest(%s) WITH ORDINALITY v (x, n) ORDER BY n", array)
        return [value for (value,) in self.env.execute_query(query)]

    def test_every_value_arrives_as_it_was(self):
        for kind, values in (
            ("int", [3, None, -1]),
            ("date", [date(2026, 2, 28), None]),
            ("boolean", [True, None, False]),
            ("float8", [0.1, 1e-7, None]),
            ("varchar", ["late", "", "NULL", None, 'a "b", {c}', "back\\slash", "100 %s", "Ö"]),
            ("int", []),
        ):
            with self.subTest(kind=kind, values=values):
                self.assertEqual(self._pass_through(values, kind), values)

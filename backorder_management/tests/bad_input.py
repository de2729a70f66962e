"""A call that is refused, and the proof that it wrote nothing.

Errors are caught without a savepoint: what a refused call wrote would be seen here.
"""

from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user

from .common import BackorderCommon

COUNTED = (
    "sale.backorder",
    "sale.backorder.line",
    "stock.move",
    "stock.move.line",
    "stock.picking",
    "mail.message",
    "mail.activity",
)
MOVES = """
    SELECT id, state, product_uom_qty, quantity, picked, date, picking_id
      FROM stock_move ORDER BY id
"""
LINES = """
    SELECT id, qty_backordered, qty_open, qty_ready, qty_fulfilled, qty_cancelled, expected_date
      FROM sale_backorder_line ORDER BY id
"""


class BadInputCase(BackorderCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        sales, stock = "sales_team.group_sale_salesman", "stock.group_stock_user"
        cls.seller = new_test_user(cls.env, "bad_seller", groups=sales)
        cls.colleague = new_test_user(cls.env, "bad_colleague", groups=sales)
        cls.picker = new_test_user(cls.env, "bad_picker", groups=stock)
        cls.internal = new_test_user(cls.env, "bad_internal", groups="base.group_user")
        cls.portal = new_test_user(cls.env, "bad_portal", groups="base.group_portal")

    def _snapshot(self):
        self.env["backorder.tracker"]._drain()
        self.env.flush_all()
        counts = [self.env[name].sudo().search_count([]) for name in COUNTED]
        rows = []
        for query in (MOVES, LINES):
            self.env.cr.execute(query)
            rows.append(self.env.cr.fetchall())
        return [counts, *rows]

    def _catch(self, method, *args, **kwargs):
        """:return: the error of a call that has to be refused and to write nothing"""
        # the savepoint only contains what fails with another error than it should
        with self.env.cr.savepoint():
            before = self._snapshot()
            caught = None
            try:
                method(*args, **kwargs)
            except UserError as error:
                caught = error
            self.assertIsNotNone(caught, f"accepted: {args} {kwargs}")
            self.assertEqual(self._snapshot(), before, f"refused, but written: {args} {kwargs}")
        self._assert_sound()
        return caught

    def _assert_refused(self, patterns, method, *args, **kwargs):
        """:param patterns: one regular expression for each sentence that is expected"""
        error = self._catch(method, *args, **kwargs)
        sentences = str(error).split("\n")
        self.assertEqual(len(sentences), len(patterns), sentences)
        for pattern, sentence in zip(patterns, sentences, strict=True):
            self.assertRegex(sentence, pattern)
            self.assertTrue(sentence.endswith("."), sentence)
            self.assertLess(len(sentence), 160)

    def _assert_forbidden(self, method, *args, **kwargs):
        self.assertIsInstance(self._catch(method, *args, **kwargs), AccessError)

    def _sell_elsewhere(self, quantity):
        """An order of a company that none of the users may see."""
        company = self.env["res.company"].create({"name": "Elsewhere"})
        warehouse = self.env["stock.warehouse"].search([("company_id", "=", company.id)], limit=1)
        return self._sell(
            (self.desk, quantity), company_id=company.id, warehouse_id=warehouse.id, user_id=False
        )

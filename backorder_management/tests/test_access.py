"""Who may do what: a table of models and groups, the record rules, and the closed ledger."""

from odoo import Command
from odoo.exceptions import AccessError
from odoo.models import LOG_ACCESS_COLUMNS
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from .common import BackorderCommon

USERS = {
    "portal": "base.group_portal",
    "internal": "base.group_user",
    "own": "sales_team.group_sale_salesman",
    "all": "sales_team.group_sale_salesman_all_leads",
    "stock": "stock.group_stock_user",
    "planner": "backorder_management.group_backorder_planner",
    "admin": "backorder_management.group_backorder_manager",
}
OPERATIONS = {"r": "read", "w": "write", "c": "create", "d": "unlink"}
# model: what each group may do. Records follow from the transfers: nobody creates or deletes one.
READ = "own: r | all: r | stock: r | planner: r | admin: r"
RULES = "own: r | all: r | stock: r | planner: r | admin: rwcd"
PLANNERS = "planner: r | admin: r"
WORK = "own: rw | all: rw | stock: rw | planner: rw | admin: rw"
MASTER = "internal: r | " + RULES
# model: what each group may do; who is not named may do nothing
TABLE = {
    "sale.backorder": WORK,
    "sale.backorder.line": WORK,
    "backorder.acceptance.rule": RULES,
    "backorder.advice": PLANNERS,
    "backorder.alert": READ,
    "backorder.alert.rule": RULES,
    "backorder.cancel.reason": MASTER,
    "backorder.cause": MASTER,
    "backorder.claim": WORK,
    "backorder.claim.line": READ,
    "backorder.communication": "own: rwc | all: rwc | stock: rwc | planner: rwc | admin: rwcd",
    "backorder.date.change": READ,
    "backorder.expedite": "own: r | all: r | stock: r | planner: rwcd | admin: rwcd",
    "backorder.goodwill": "own: r | all: r | planner: r | admin: r",
    "backorder.goodwill.rule": "own: r | all: r | planner: r | admin: rwcd",
    "backorder.lead.time": "admin: r",
    "backorder.limit": RULES,
    "backorder.loan": READ,
    "backorder.lost.demand": PLANNERS,
    # messages show prices of substitutes, which are not for the warehouse
    "backorder.notice": "own: rw | all: rw | planner: rw | admin: rw",
    "backorder.notice.item": "own: r | all: r | planner: r | admin: r",
    "backorder.notice.type": "own: r | all: r | stock: r | planner: r | admin: rw",
    "backorder.offer": READ,
    "backorder.peg": READ,
    "backorder.policy": RULES,
    "backorder.policy.weight": RULES,
    "backorder.pool": "admin: r",
    "backorder.product.report": READ,
    "backorder.promise": READ,
    "backorder.rate.period": READ,
    "backorder.rate.report": READ,
    "backorder.report": READ,
    "backorder.run": "planner: rw | admin: rw",
    "backorder.run.line": "planner: rw | admin: rw",
    "backorder.segment": RULES,
    "backorder.shadow": PLANNERS,
    "backorder.turnover.report": "stock: r | planner: r | admin: r",
    "product.substitute": RULES,
}
# what of these has no company of its own, or is read through something that has
SHARED = {
    "backorder.cancel.reason",
    "backorder.cause",
    "backorder.notice.type",
    "backorder.policy.weight",
    "backorder.segment",
    "backorder.pool",
    "backorder.lead.time",
    "backorder.acceptance.rule",
    "backorder.run.line",
}
IMPLIED = {
    "own": {"user"},
    "stock": {"user"},
    "sales_team.group_sale_manager": {"user", "planner"},
    "stock.group_stock_manager": {"user", "planner"},
    "base.group_system": {"user", "planner", "manager"},
}
PRICES = {"sale.backorder": ["amount_open", "cost", "cost_text", "goodwill_amount"]}
PRICES["sale.backorder.line"] = ["amount_open", "price_unit", "discount"]


class AccessCase(BackorderCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.users = {
            name: new_test_user(cls.env, f"access_{name}", groups=group)
            for name, group in USERS.items()
        }
        cls.mine = cls._owe(cls.users["own"])
        cls.unassigned = cls._owe(cls.env["res.users"])
        cls.colleagues = cls._owe(cls.users["all"])
        cls.backorders = cls.mine | cls.unassigned | cls.colleagues

    @classmethod
    def _owe(cls, user, **values):
        """A backorder of 4 desks at 10.0 of this salesperson."""
        order = cls._sell((cls.desk, 4), confirm=False, **values)
        order.user_id = user
        order.action_confirm()
        return order.backorder_ids

    def _as(self, name, records):
        return records.with_user(self.users[name]).with_context(
            allowed_company_ids=self.users[name].company_id.ids
        )

    def _see(self, name, records):
        found = self._as(name, records.browse()).search([("id", "in", records.ids)])
        return found.with_env(self.env)


@tagged("post_install", "-at_install")
class TestAccess(AccessCase):
    # === GROUPS === #

    def test_table(self):
        for model, row in TABLE.items():
            wanted = dict(part.strip().split(": ") for part in row.split("|"))
            for name, user in self.users.items():
                records = self.env[model].with_user(user)
                found = "".join(k for k, v in OPERATIONS.items() if records.has_access(v))
                with self.subTest(model=model, group=name):
                    self.assertEqual(found, wanted.get(name, ""))

    def _get_models(self):
        """Names of the models of this addon that keep something."""
        named = self.env["ir.model.data"].search(
            [("module", "=", "backorder_management"), ("model", "=", "ir.model")]
        )
        models = self.env["ir.model"].browse(named.mapped("res_id"))
        mine = models.filtered(lambda m: m.modules.split(", ")[0] == "backorder_management")
        own = {m.model for m in mine if m.model in self.env}
        inherited = {m for m in own if not m.startswith(("backorder.", "sale.backorder"))}
        own -= inherited - {"product.substitute"}
        return {m for m in own if not self.env[m]._abstract and not self.env[m]._transient}

    def test_the_table_is_complete(self):
        self.assertEqual(self._get_models(), set(TABLE))

    def test_companies_are_apart(self):
        """A rule for everybody, whatever his groups."""
        for model in sorted(set(TABLE) - SHARED):
            rules = self.env["ir.rule"].search(
                [("model_id.model", "=", model), ("groups", "=", False)]
            )
            with self.subTest(model=model):
                self.assertTrue([x for x in rules if "company_ids" in (x.domain_force or "")])

    def test_implied_groups(self):
        """Work with sales or stock brings the group with it."""
        for index, (group, levels) in enumerate(IMPLIED.items()):
            user = new_test_user(self.env, f"implied_{index}", groups=USERS.get(group, group))
            found = {
                level
                for level in ("user", "planner", "manager")
                if user.has_group(f"backorder_management.group_backorder_{level}")
            }
            with self.subTest(group=group):
                self.assertEqual(found, levels)

    def test_no_access(self):
        for name in ("portal", "internal"):
            for records in (self.backorders, self.backorders.line_ids):
                with self.subTest(user=name, model=records._name):
                    with self.assertRaises(AccessError):
                        self._see(name, records)
                    with self.assertRaises(AccessError):
                        self._as(name, records).read(["display_name"])

    def test_public_methods(self):
        """A method checks the right itself: what it needs beyond, it reads with more."""
        for name in ("portal", "internal"):
            backorder, line = self._as(name, self.mine), self._as(name, self.mine.line_ids)
            calls = (
                backorder.explain,
                backorder.get_status_text,
                line.explain,
                line.get_stock_now,
            )
            for call in calls:
                with self.subTest(user=name, call=call.__qualname__):
                    self.assertRaises(AccessError, call)
        with self.assertRaises(AccessError):
            self._as("own", self.colleagues).explain()

    def test_audit(self):
        """The result names records of everybody."""
        for name in ("portal", "internal"):
            with self.subTest(user=name), self.assertRaises(AccessError):
                self._as(name, self.backorders).audit()

    # === RECORDS === #

    def test_own_and_unassigned(self):
        seen = self.mine | self.unassigned
        self.assertEqual(self._see("own", self.backorders), seen)
        self.assertEqual(self._see("own", self.backorders.line_ids), seen.line_ids)
        for records in (self.colleagues, self.colleagues.line_ids):
            with self.assertRaises(AccessError):
                self._as("own", records).read(["qty_open"])
            with self.assertRaises(AccessError):
                self._as("own", records).write({"priority": "1"})

    def test_all_documents(self):
        for name in ("all", "stock", "planner", "admin"):
            with self.subTest(user=name):
                self.assertEqual(self._see(name, self.backorders), self.backorders)
                lines = self.backorders.line_ids
                self.assertEqual(self._see(name, lines), lines)

    def test_own_documents_and_stock(self):
        """Rights add up: whoever also works in the warehouse sees all."""
        both = f"{USERS['own']},{USERS['stock']}"
        self.users["both"] = new_test_user(self.env, "access_both", groups=both)
        self.assertEqual(self._see("both", self.backorders), self.backorders)

    def test_new_salesperson(self):
        """The record moves with its order."""
        self.colleagues.sale_order_id.user_id = self.users["own"]
        self.assertEqual(self._see("own", self.colleagues), self.colleagues)
        self.assertEqual(self._see("own", self.colleagues.line_ids), self.colleagues.line_ids)

    def test_second_company(self):
        company = self.env["res.company"].create({"name": "Elsewhere"})
        warehouse = self.env["stock.warehouse"].search([("company_id", "=", company.id)], limit=1)
        foreign = self._owe(self.env["res.users"], company_id=company.id, warehouse_id=warehouse.id)
        self.assertEqual(foreign.company_id, company)
        for name in ("own", "all", "stock", "planner", "admin"):
            for records in (foreign, foreign.line_ids):
                with self.subTest(user=name, model=records._name):
                    self.assertFalse(self._see(name, records))
                    with self.assertRaises(AccessError):
                        self._as(name, records).read(["qty_open"])
        user = self.users["all"]
        user.company_ids |= company
        both = foreign.with_user(user).with_context(allowed_company_ids=user.company_ids.ids)
        self.assertEqual(both.search([("id", "=", foreign.id)]), foreign)

    # === PRICES === #

    def test_prices(self):
        """Four of four open at 10.0."""
        for name in ("own", "all", "planner"):
            with self.subTest(user=name):
                self.assertEqual(self._as(name, self.mine).amount_open, 40)
                self.assertEqual(self._as(name, self.mine.line_ids).price_unit, 10)

    def test_no_prices_for_stock(self):
        for records in (self.mine, self.mine.line_ids):
            records = self._as("stock", records)
            for name in PRICES[records._name]:
                with self.subTest(model=records._name, field=name):
                    self.assertNotIn(name, records.fields_get())
                    self.assertNotIn(name, records.read()[0])
                    with self.assertRaises(AccessError):
                        records.read([name])
                    if records._fields[name].store:
                        with self.assertRaises(AccessError):
                            records.search([(name, ">", 1)])
                        with self.assertRaises(AccessError):
                            records.search([], order=name)

    def test_no_prices_in_groups_for_stock(self):
        for records in (self.mine, self.mine.line_ids):
            records = self._as("stock", records)
            with self.subTest(model=records._name), self.assertRaises(AccessError):
                records.formatted_read_group([], ["state"], ["amount_open:sum"])

    # === LEDGER === #

    def _get_closed_fields(self, records, editable):
        """Stored fields that follow from orders and transfers."""
        mixins = ("base", "mail.thread", "mail.activity.mixin", "portal.mixin")
        others = editable.union(LOG_ACCESS_COLUMNS, *(self.env[name]._fields for name in mixins))
        return [
            name
            for name, field in records._fields.items()
            if field.store and field.column_type and name not in others
        ]

    @mute_logger("odoo.sql_db")
    def test_ledger_is_closed(self):
        """Even an administrator changes the moves, not what follows from them."""
        editable = {"cause_id", "note", "priority", "next_followup_date"}
        for records in (self.mine, self.mine.line_ids):
            closed = self._get_closed_fields(records, editable)
            self.assertIn("qty_open", closed)
            for user in ("own", "admin"):
                for name in closed:
                    value = records._fields[name].convert_to_write(records[name], records)
                    case = self.subTest(model=records._name, field=name, user=user)
                    with case, self.assertRaises(AccessError):
                        self._as(user, records).write({name: value})

    def test_ledger_through_the_items(self):
        line = self.mine.line_ids
        commands = (
            Command.update(line.id, {"qty_open": 1}),
            Command.delete(line.id),
            Command.unlink(line.id),
            Command.clear(),
            Command.set(self.colleagues.line_ids.ids),
            Command.link(self.colleagues.line_ids.id),
            Command.create({"product_id": self.desk.id, "qty_open": 1}),
        )
        for command in commands:
            with self.subTest(command=command[0].name), self.assertRaises(AccessError):
                self._as("admin", self.mine).write({"line_ids": [command]})

    def test_no_create_no_unlink(self):
        line = self.mine.line_ids
        for name in ("own", "stock", "planner", "admin"):
            backorders, lines = self._as(name, self.mine), self._as(name, line)
            calls = (
                lambda b=backorders: b.create({"sale_order_id": self.mine.sale_order_id.id}),
                lambda b=lines: b.create({"backorder_id": self.mine.id, "product_id": 1}),
                lambda b=backorders: b.copy(),
                lambda b=backorders: b.unlink(),
                lambda b=lines: b.unlink(),
            )
            for index, call in enumerate(calls):
                with self.subTest(user=name, call=index), self.assertRaises(AccessError):
                    call()

    def test_what_people_write(self):
        """Salesperson, planner and warehouse note why; the ledger stays as it was."""
        cause = self.env.ref("backorder_management.cause_customer")
        for name in ("own", "stock", "planner"):
            with self.subTest(user=name):
                self._as(name, self.mine).write(
                    {"note": name, "priority": "1", "cause_id": cause.id}
                )
                self.assertEqual((self.mine.note, self.mine.line_ids.priority), (name, "1"))
        self._assert_sound()

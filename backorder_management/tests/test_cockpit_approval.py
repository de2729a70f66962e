"""What waits for a decision, by kind: each number is the number of rows behind it."""

from odoo import fields
from odoo.tests import new_test_user, tagged

from .offer_case import OfferCase


@tagged("post_install", "-at_install")
class TestApproval(OfferCase):
    """Two backorders of a warehouse of its own, the first of a salesperson."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.seller = new_test_user(
            cls.env, "approval_seller", groups="sales_team.group_sale_salesman"
        )
        cls.chair = cls._create_product("Chair")
        cls.first, cls.second = (
            cls._sell((product, 4), user_id=user).backorder_ids
            for product, user in ((cls.desk, cls.seller.id), (cls.chair, False))
        )
        cls.all = cls.first | cls.second

    def _get(self, user=None, **kwargs):
        """:return: the tile"""
        self.env.flush_all()
        cockpit = self.env["backorder.cockpit"].with_user(user or self.env.user)
        data = cockpit.get_data(warehouse_ids=self.warehouse.ids, **kwargs)
        for tile in data["tiles"]:
            for row in (tile, *tile["parts"]):
                found = cockpit.env[row["model"]].search_count(row["domain"])
                self.assertEqual(found, row["count"], row["label"])
        return next(tile for tile in data["tiles"] if tile["code"] == "to_approve")

    def _parts(self, **kwargs):
        return {part["code"]: part["count"] for part in self._get(**kwargs)["parts"]}

    def _ask(self, record):
        record.activity_schedule(
            "backorder_management.mail_activity_type_customer_request",
            summary="The customer asks",
            user_id=self.env.uid,
        )

    def _propose_goodwill(self, record):
        rule = self.env["backorder.goodwill.rule"].create(
            {"name": "A month", "days_waiting": 30, "percent": 5, "budget": 100}
        )
        self.env["backorder.goodwill"]._propose(rule, record)

    def _alert(self, record, propose=True, **values):
        rule = self.env["backorder.alert.rule"].create(
            {"name": "Old", "kind": "age", "days": 10, "propose_cancel": propose}
        )
        self.env["backorder.alert"].create(
            {
                "rule_id": rule.id,
                "company_id": self.company.id,
                "backorder_id": record.id,
                "summary": "Old",
                **values,
            }
        )

    def test_nothing(self):
        tile = self._get()
        self.assertEqual((tile["label"], tile["count"], tile["parts"]), ("To approve", 0, []))

    def test_each_kind(self):
        """Two requests of one customer are one backorder to look at."""
        self._ask(self.first)
        self._ask(self.first)
        self._ask(self.second)
        self._propose_goodwill(self.second)
        self._replace(self.oak)
        self.first.line_ids.offer_substitute(self.oak.id, quantity=2)
        self.all.line_ids.write({"limit_stage": "proposed", "limit_since": fields.Datetime.now()})
        self.all._refresh_to_cancel()
        self._alert(self.first)
        tile = self._get()
        self.assertEqual(tile["label"], "Messages to approve")
        counts = {part["code"]: part["count"] for part in tile["parts"]}
        self.assertEqual(
            counts, {"requests": 2, "goodwill": 1, "offers": 1, "to_cancel": 2, "alerts": 1}
        )

    def test_only_what_is_undecided(self):
        """Answered, refused, kept, dealt with; alerts that ask for nothing do not count."""
        self._ask(self.first)
        self.first.activity_ids.action_feedback("Called")
        self._propose_goodwill(self.second)
        self.second.goodwill_ids.refuse()
        self.first.line_ids.write({"limit_stage": "warned", "limit_since": fields.Datetime.now()})
        self.first._refresh_to_cancel()
        self._alert(self.first, propose=False)
        self._alert(self.second, state="acknowledged")
        self.assertEqual(self._parts(), {})

    def test_filters_and_rights(self):
        """A salesperson sees his own and what is nobody's; the filter leaves his own."""
        other = new_test_user(self.env, "approval_other", groups="sales_team.group_sale_salesman")
        for record in self.all:
            self._ask(record)
            self._propose_goodwill(record)
        self.assertEqual(self._parts(), {"requests": 2, "goodwill": 2})
        self.assertEqual(self._parts(user=self.seller), {"requests": 2, "goodwill": 2})
        self.assertEqual(self._parts(user=other), {"requests": 1, "goodwill": 1})
        self.assertEqual(self._parts(user_ids=self.seller.ids), {"requests": 1, "goodwill": 1})
        planner = new_test_user(
            self.env, "approval_planner", groups="backorder_management.group_backorder_planner"
        )
        self.assertEqual(self._parts(user=planner), {"requests": 2, "goodwill": 2})

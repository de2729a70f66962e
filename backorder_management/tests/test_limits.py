"""The ladder of age and delay: warned on day 30, proposed on day 40, cancelled on day 45."""

from datetime import date, timedelta
from unittest.mock import patch

from freezegun import freeze_time

from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import new_test_user, tagged

from ..models.closing import backorder_limit_ladder
from .common import BackorderCommon

START = "2026-03-02 10:00:00"


@tagged("post_install", "-at_install")
class TestLimits(BackorderCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.limits = cls.env["backorder.limit"]
        cls.limits.search([]).active = False
        # nobody else's backorders take part
        cls.env["sale.backorder"].search([]).write({"released": False})
        cls.seller = new_test_user(cls.env, "seller", groups="sales_team.group_sale_salesman")
        cls.clock = cls.startClassPatcher(freeze_time(START))
        cls.record = cls._sell((cls.desk, 4), user_id=cls.seller.id).backorder_ids
        cls.line = cls.record.line_ids

    def setUp(self):
        super().setUp()
        self.clock.move_to(START)

    @classmethod
    def _limit(cls, **values):
        return cls.limits.create(
            {
                "name": "One month",
                "days": 30,
                "propose_days": 10,
                "cancel": True,
                "cancel_days": 5,
                **values,
            }
        )

    def _run(self, day):
        """Run the scheduled action on this day of the backorder."""
        self.clock.move_to(f"{date(2026, 3, 2) + timedelta(days=day)} 10:00:00")
        with patch.object(self.registry["ir.cron"], "_commit_progress", lambda *_a, **_k: 1):
            self.limits._cron_apply()
        self.env.invalidate_all()
        self._assert_sound()
        return self.line.limit_stage

    def _tell(self, direction="out", **values):
        return self.env["backorder.communication"].create(
            {
                "backorder_id": self.record.id,
                "summary": "It ends unless you say no.",
                "direction": direction,
                **values,
            }
        )

    def _get_activities(self):
        kind = self.env.ref("backorder_management.mail_activity_type_limit")
        return self.record.activity_ids.filtered(lambda a: a.activity_type_id == kind)

    def test_ladder(self):
        self.customer.email = "baker@example.com"
        self._limit()
        self.assertEqual(
            [self._run(d) for d in (0, 29, 30, 30, 39)], [False, False, *["warned"] * 3]
        )
        activity = self._get_activities()
        self.assertEqual((len(activity), activity.user_id), (1, self.seller))
        self.assertFalse(self.record.to_cancel)
        self.assertEqual([self._run(d) for d in (40, 40)], ["proposed"] * 2)
        self.assertTrue(self.record.to_cancel)
        self.assertEqual(len(self._get_activities()), 1)
        self._tell()
        self.assertEqual(self._run(44), "proposed")
        self.assertEqual(self.line.qty_open, 4)
        self._run(45)
        self.assertEqual((self.record.state, self.line.qty_cancelled), ("cancel", 4))
        self.assertEqual(
            self.record.cancel_reason_id, self.env.ref("backorder_management.cancel_reason_delay")
        )
        told = self.record.communication_ids.mail_message_id
        self.assertEqual(told.partner_ids, self.customer)
        self.assertFalse(self.record.to_cancel or self.line.limit_stage or self._get_activities())
        self._run(60)
        self.assertEqual(self.line.qty_cancelled, 4)

    def test_never_silently(self):
        """Told only before the proposal: a year later it is still a proposal."""
        self._limit()
        self._tell()
        self.assertEqual([self._run(d) for d in (30, 40, 45, 400)], ["warned", *["proposed"] * 3])
        self._tell()
        self._tell("in", decision="wait")
        self.assertEqual(self._run(401), "proposed")
        self.assertEqual(self.line.qty_open, 4)

    def test_only_a_proposal(self):
        self._limit(cancel=False)
        self._run(30)
        self._run(40)
        self._tell()
        self.assertEqual(self._run(100), "proposed")
        self.assertEqual(self.line.qty_open, 4)

    def test_delay(self):
        """Promised for 1 April (day 30): warned on day 60, once a date was told."""
        self._limit(measure="delay")
        self.line.promised_date = False
        self.assertFalse(self._run(60))
        self.line.promised_date = "2026-04-01"
        self.assertEqual([self._run(d) for d in (59, 60)], [False, "warned"])
        self.line.promised_date = "2026-06-01"
        self.assertFalse(self._run(61))
        self.assertFalse(self._get_activities())

    def test_most_specific(self):
        """Customer before category, the closer category before the wider one."""
        wide = self.env["product.category"].create({"name": "Furniture"})
        close = self.env["product.category"].create({"name": "Desks", "parent_id": wide.id})
        self.desk.categ_id = close
        self._limit(days=10)
        by_wide = self._limit(days=20, product_categ_id=wide.id)
        by_close = self._limit(days=30, product_categ_id=close.id)
        by_customer = self._limit(days=40, partner_id=self.customer.id)
        other = self.env["res.partner"].create({"name": "Other"})
        self._limit(days=1, partner_id=other.id)
        for limit, day in ((by_customer, 40), (by_close, 30), (by_wide, 20), (None, 10)):
            self.line._leave_ladder()
            found = [bool(self._run(d)) for d in (day - 1, day)]
            self.assertEqual(found, [False, True], limit and limit.days)
            if limit:
                limit.active = False

    def test_who_is_left_alone(self):
        self._limit()
        pinned, postponed, agreed, ready, quiet = (
            self._sell((self._create_product(name), 4)).backorder_ids
            for name in ("Pinned", "Postponed", "Agreed", "Ready", "Quiet")
        )
        records = pinned | postponed | agreed | ready | quiet
        records.date_open = records.line_ids.date_open = START
        pinned.line_ids.pinned = True
        postponed.keep_until_day("2026-05-01", "New model")  # day 60
        agreed.communication_ids = [
            Command.create(
                {"summary": "May is fine", "decision": "wait", "agreed_date": "2026-05-01"}
            )
        ]
        quiet.released = False
        self._receive(ready.line_ids.product_id, 4)
        self.assertEqual([self._run(d) for d in (30, 60)], ["warned", "proposed"])
        self.assertEqual(records.line_ids.filtered("limit_stage"), records.browse().line_ids)
        self._run(61)
        found = records.line_ids.filtered("limit_stage").backorder_id
        self.assertEqual(found, postponed | agreed)

    def test_only_what_is_not_ready(self):
        """One of four comes: three are cancelled, the one ships."""
        self._limit()
        self._run(30)
        self._run(40)
        self._tell()
        self._receive(self.desk, 1)
        self._run(45)
        line = self.line
        self.assertEqual((line.qty_cancelled, line.qty_open, line.qty_ready), (3, 1, 1))
        self.assertEqual((self.record.state, line.limit_stage), ("ready", False))

    def test_keep_until(self):
        self._limit()
        self._run(30)
        self._run(40)
        mine = self.record.with_user(self.seller)
        for day, reason in (("2026-01-01", "x"), (False, "x"), ("x", "x"), ("2026-06-01", " ")):
            with self.assertRaises(UserError):
                mine.keep_until_day(day, reason)
        wizard = mine.env["sale.backorder.keep"].browse(mine.action_keep_until()["res_id"])
        wizard.write({"keep_until": "2026-06-01", "reason": "New model"})  # day 91
        wizard.action_keep()
        self.assertEqual((self.record.keep_reason, self.record.to_cancel), ("New model", False))
        self.assertFalse(self._get_activities())
        self.assertEqual([self._run(d) for d in (91, 92)], [False, "warned"])
        stranger = new_test_user(self.env, "stranger", groups="sales_team.group_sale_salesman")
        with self.assertRaises(AccessError):
            self.record.with_user(stranger).keep_until_day("2027-01-01", "x")

    def test_interrupted(self):
        """Stopped after the first of two records: the next run does the other one only."""
        self._limit()
        other = self._sell((self.desk, 1)).backorder_ids
        stop = patch.object(
            self.registry["ir.cron"], "_commit_progress", lambda *_a, remaining=0, **_k: remaining
        )
        self.clock.move_to("2026-04-01 10:00:00")
        with stop, patch.object(backorder_limit_ladder, "BATCH", 1):
            self.limits._cron_apply()
        self.assertEqual((self.line | other.line_ids).mapped("limit_stage"), ["warned", False])
        activity = self._get_activities()
        self._run(30)
        self.assertEqual((self.line | other.line_ids).mapped("limit_stage"), ["warned"] * 2)
        self.assertEqual(self._get_activities(), activity)

    def test_queries_do_not_grow(self):
        """What only waits costs nothing: the same with one backorder and with twenty more."""
        self._limit()
        self._run(1)
        few = self._count_queries()
        for _index in range(20):
            self._sell((self.desk, 1))
        self.assertEqual(self._count_queries(), few)

    def _count_queries(self):
        self.env.flush_all()
        before = self.env.cr.sql_log_count
        self.assertFalse(self.limits._get_due() or self.limits._get_recovered())
        return self.env.cr.sql_log_count - before

    def test_wrong_days(self):
        with self.assertRaises(ValidationError):
            self._limit(propose_days=0)

    def test_shipped_archived(self):
        example = self.env.ref("backorder_management.backorder_limit_age")
        self.assertFalse(example.active or example.cancel)

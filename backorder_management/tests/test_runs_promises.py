"""Which promises a run breaks, said before it is committed and afterwards."""

from datetime import datetime, time, timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged

from .run_case import ShortageCase


@tagged("post_install", "-at_install")
class TestBrokenPromises(ShortageCase):
    """First come first served, the second gives 2 of its 3 and the third its only one."""

    def setUp(self):
        super().setUp()
        self.today = fields.Date.today()
        self.warehouse.partner_id.tz = "UTC"

    def _day(self, days):
        return fields.Date.to_string(self.today + timedelta(days=days))

    def _moment(self, days, hour=12):
        return datetime.combine(self.today + timedelta(days=days), time(hour))

    def _announce(self, quantity, days):
        moves = self._receive(self.desk, quantity, done=False).move_ids
        moves.write({"date": self._moment(days), "date_deadline": self._moment(days)})
        self.env["backorder.tracker"]._drain()

    def _promise(self, order, days, hour=12):
        order.commitment_date = self._moment(days, hour)
        self.env["backorder.tracker"]._drain()

    def _pick(self, found, *names):
        return [tuple(row[name] for name in names) for row in found]

    def test_before_and_after(self):
        """Two desks come on day 6, so the second has its 3 again; one more on day 9."""
        self._promise(self.second, 4)
        self._announce(2, 6)
        self._announce(1, 9)
        run = self._simulate()
        found = run.get_broken_promises()
        self.assertEqual(len(found), run.promises_broken)
        item = self.second.backorder_ids.line_ids
        expected = {
            "run_id": run.id,
            "line_id": item.id,
            "order": self.second.name,
            "customer": "Baker & Sons",
            "product": "Desk",
            "product_id": self.desk.id,
            "promised_date": self._day(4),
            "told": True,
            "new_date": self._day(6),
            "quantity": 2.0,
        }
        self.assertEqual(found[1], expected)
        names = ("order", "promised_date", "told", "new_date", "quantity")
        third = (self.third.name, self._day(1), False, self._day(9), 1.0)
        self.assertEqual(self._pick(found, *names), [third, tuple(expected[n] for n in names)])
        self.assertEqual(self._reserved(*self.all), [0, 3, 1], "nothing happened")
        self.assertIs(run.commit(), True)
        self.env["backorder.tracker"]._drain()
        self.assertEqual(run.get_broken_promises(), found)
        self.assertEqual((item.expected_date, item.qty_short), (self.today + timedelta(6), 2))

    def test_note_on_the_backorders(self):
        self._promise(self.second, 4)
        run = self._simulate()
        run.commit()
        day = fields.Date.from_string(self._day(4)).strftime("%m/%d/%Y")
        self.assertIn(
            f"Gave 2 back (run {run.name}: First). It was promised for {day} and covered: "
            "now 2 are missing.",
            "".join(self.second.backorder_ids.message_ids.mapped("body")),
        )
        self.assertIn(
            "It was planned for", "".join(self.third.backorder_ids.message_ids.mapped("body"))
        )
        bodies = "".join(self.first.backorder_ids.message_ids.mapped("body"))
        self.assertIn("Got 4", bodies)
        self.assertNotIn("missing", bodies)

    def test_nothing_on_its_way(self):
        found = self._simulate().get_broken_promises()
        self.assertEqual(self._pick(found, "new_date", "quantity"), [(False, 2.0), (False, 1.0)])

    def test_nothing_broken(self):
        self._hold((self.first, 4), (self.second, 1), (self.third, 0))
        run = self._simulate()
        self.assertEqual((run.promises_broken, run.get_broken_promises()), (0, []))

    def test_not_on_backorder_yet(self):
        """An order that had all gives it up: an item opens when the run is committed."""
        chair = self._create_product("Chair")
        self._stock(chair, 6)
        had_all, senior = self._sell((chair, 6)), self._sell((chair, 2))
        self._set_age(senior, 5)
        run = self.fifo.simulate([chair.id], [self.warehouse.id])
        [found] = run.get_broken_promises()
        self.assertEqual((found["line_id"], found["quantity"]), (False, 2.0))
        run.commit()
        [found] = run.get_broken_promises()
        self.assertEqual(found["line_id"], had_all.backorder_ids.line_ids.id)

    def test_changed_by_hand(self):
        """Two of the 4 of the first stay with the second: it has its 3."""
        run = self._simulate()
        self._line(run, self.first).qty_after = 2
        self._line(run, self.second).qty_after = 3
        self.assertEqual(
            self._pick(run.get_broken_promises(), "order", "quantity"), [(self.third.name, 1.0)]
        )

    def test_day_of_the_warehouse(self):
        """20:00 UTC is the next day in Auckland; a day that was told stays that day in the west."""
        self.warehouse.partner_id.tz = "Pacific/Auckland"
        self._promise(self.second, 4, hour=20)
        [found] = [
            row
            for row in self._simulate().get_broken_promises()
            if row["order"] == self.second.name
        ]
        self.assertEqual(found["promised_date"], self._day(5))
        self.warehouse.partner_id.tz = "America/Los_Angeles"
        self.second.backorder_ids.reschedule(self.today + timedelta(days=7))
        [found] = [
            row
            for row in self._simulate().get_broken_promises()
            if row["order"] == self.second.name
        ]
        self.assertEqual(found["promised_date"], self._day(7))

    def test_rights(self):
        planner = new_test_user(
            self.env, "promise_planner", groups="backorder_management.group_backorder_planner"
        )
        seller = new_test_user(self.env, "promise_seller", groups="sales_team.group_sale_salesman")
        run = self._simulate()
        self.assertEqual(run.with_user(planner).get_broken_promises(), run.get_broken_promises())
        with self.assertRaises(AccessError):
            run.with_user(seller).get_broken_promises()

    def test_details_deleted(self):
        run = self._simulate()
        run.commit()
        self.env["backorder.run"]._trim_all(run)
        with self.assertRaisesRegex(UserError, "were deleted"):
            run.get_broken_promises()

"""Each choice, not offered, asked and at once: what it does to order, transfer, stock and log."""

from odoo.exceptions import AccessError, ValidationError
from odoo.tests import tagged

from .portal_case import PortalCase

CHOICES = ("accept", "wait", "partial", "date", "cancel")


@tagged("post_install", "-at_install")
class TestPortalChoices(PortalCase):
    def _prepare(self):
        """Four desks of which two are there, two chairs; promised in 5 days, expected in 20.
        Nobody else waits for these."""
        self.desk, self.chair = self._create_product("Desk"), self._create_product("Chair")
        self._stock(self.desk, 2)
        record = self._owe((self.desk, 4), (self.chair, 2))
        self._ship(record.picking_ids, {self.desk: 2})
        self._receive(self.desk, 1)
        self._get_open_pickings(record.sale_order_id).action_assign()
        record.reschedule(self._in_days(5))
        self._expect(record, 20)
        desk, chair = record.line_ids.sorted("id")
        self.assertEqual((desk.qty_open, desk.qty_ready, chair.qty_open), (2, 1, 2))
        return record, desk, chair

    def _assert_logged(self, record, decision, words, state="done"):
        row = self._get_log(record)
        self.assertEqual(len(row), 1)
        self.assertEqual((row.direction, row.decision, row.portal_state), ("in", decision, state))
        self.assertFalse(row.user_id)
        self.assertIn(words, row.summary)
        bodies = record.message_ids.filtered(lambda m: m.author_id == self.customer)
        self.assertEqual([words in x for x in bodies.mapped("body")], [True])

    # === NOT OFFERED, AND ASKED === #

    def test_nothing_is_offered_by_default(self):
        company = self.env["res.company"].create({"name": "New"})
        for code in (*CHOICES, "substitute"):
            self.assertEqual(company[f"backorder_portal_{code}"], "off")
        record, _desk, chair = self._prepare()
        self.assertNotIn("What would you like?", self._text(self._see(record)))
        before = self._take_picture(record)
        for code in CHOICES:
            self.assertFalse(self._get_form(record, code))
        self.assertFalse(self._get_form(record, "cancel", chair.id))
        self.assertEqual(self._take_picture(record), before)

    def test_switched_off_meanwhile(self):
        self._set_modes("now")
        record, *_lines = self._prepare()
        forms = {code: self._get_form(record, code) for code in CHOICES}
        self._set_modes("off")
        before = self._take_picture(record)
        for code, form in forms.items():
            with self.subTest(code=code):
                response = self._post(form, date=self._in_days(30))
                self._assert_says(response, "nothing was done")
        self.assertEqual(self._take_picture(record), before)

    def test_requests(self):
        """Nothing changes but the log, the chatter, and an activity for the salesperson."""
        self._set_modes("ask")
        decisions = ("wait", "wait", "partial", "new_date", "cancel")
        for code, decision in zip(CHOICES, decisions, strict=True):
            record, *_lines = self._prepare()
            before = self._take_picture(record)
            with self.subTest(code=code):
                response = self._choose(record, code, date=self._in_days(30), words="Please hurry")
                self._assert_says(response, "We have your request")
                self._assert_logged(record, decision, "Please hurry", "asked")
                request = self._get_requests(record)
                self.assertEqual((len(request), request.user_id), (1, self.seller))
                self.assertIn("Please hurry", request.note)
                after = self._take_picture(record)
                for name in ("lines", "order", "moves", "promises"):
                    self.assertEqual(after[name], before[name], name)

    def test_request_without_salesperson(self):
        """The leader of the team gets it."""
        self._set_modes("ask")
        record = self._owe((self.desk, 4))
        record.sale_order_id.user_id = False
        record.sale_order_id.team_id = self.env["crm.team"].create(
            {"name": "Team", "user_id": self.seller.id}
        )
        self._choose(record, "wait")
        self.assertEqual(self._get_requests(record).user_id, self.seller)

    # === AT ONCE === #

    def test_wait(self):
        self._set_modes("now", "wait")
        record, *_lines = self._prepare()
        before = self._take_picture(record)
        self._assert_says(self._choose(record, "wait"), "it is done")
        self._assert_logged(record, "wait", "The customer waits for 2 Units Desk, 2 Units Chair.")
        after = self._take_picture(record)
        for name in ("lines", "order", "moves", "promises", "activities"):
            self.assertEqual(after[name], before[name], name)
        self.assertTrue(record.last_contact_date)
        self._assert_says(self._see(record), "You wait.")

    def test_accept(self):
        """Two items with two dates: each is promised its own."""
        self._set_modes("now", "accept")
        record, desk, chair = self._prepare()
        self._expect(record, 30, chair)
        self._assert_says(self._choose(record, "accept"), "it is done")
        self.assertEqual(desk.promised_date, self._in_days(20))
        self.assertEqual(chair.promised_date, self._in_days(30))
        self.assertEqual(record.promised_date, self._in_days(30))
        told = record.promise_ids.filtered(lambda x: x.source == "portal")
        self.assertEqual(
            {(x.line_id, x.old_date, x.new_date) for x in told},
            {
                (desk, self._in_days(5), self._in_days(20)),
                (chair, self._in_days(5), self._in_days(30)),
            },
        )
        self._assert_logged(record, "wait", "accepts the new date")
        self.assertFalse(self._get_log(record).agreed_date)
        self.assertFalse(self._get_form(record, "accept"), "offered again")
        self._assert_sound()

    def test_accept_one_date(self):
        """The order's delivery date follows, and the log has the date."""
        self._set_modes("now", "accept")
        record, *_lines = self._prepare()
        self._choose(record, "accept")
        self.assertEqual(self._get_log(record).agreed_date, self._in_days(20))
        self.assertEqual(record.sale_order_id.commitment_date.date(), self._in_days(20))

    def test_accept_only_what_is_new(self):
        """Not an earlier date, nor one that has passed, nor none."""
        self._set_modes("now", "accept")
        record, desk, chair = self._prepare()
        for days in (4, 5, -1):
            self._expect(record, days)
            self.assertFalse(self._get_form(record, "accept"), days)
        record.line_ids.sudo().expected_date = False
        self.assertFalse(self._get_form(record, "accept"))
        self._expect(record, 6, desk)
        self._choose(record, "accept")
        self.assertEqual(desk.promised_date, self._in_days(6))
        self.assertEqual(chair.promised_date, self._in_days(5))

    def test_another_date(self):
        """Goods take two days: wanted in 25, they ship in 23, and are expected in 20."""
        self._set_modes("now", "date")
        self.company.backorder_transit_days = 2
        record, *_lines = self._prepare()
        self._assert_says(self._choose(record, "date", date=self._in_days(25)), "it is done")
        self.assertEqual(set(record.line_ids.mapped("promised_date")), {self._in_days(23)})
        self._assert_logged(record, "new_date", "The customer wants it on")
        self.assertEqual(self._get_log(record).agreed_date, self._in_days(23))

    def test_too_early_a_date_is_asked(self):
        self._set_modes("now", "date")
        record, *_lines = self._prepare()
        response = self._choose(record, "date", date=self._in_days(19))
        self._assert_says(response, "We have your request")
        self.assertEqual(record.promised_date, self._in_days(5))
        self._assert_logged(record, "new_date", "The customer wants it on", "asked")
        self.assertEqual(len(self._get_requests(record)), 1)

    def test_impossible_dates(self):
        self._set_modes("now", "date")
        record, *_lines = self._prepare()
        before = self._take_picture(record)
        for date in ("", "tomorrow", "2026-13-40", self._in_days(-1), "9999-12-31", "0001-01-01"):
            with self.subTest(date=date):
                response = self._choose(record, "date", date=date)
                self._assert_says(response, "choose a day that is still to come")
        self.assertEqual(self._take_picture(record), before)

    def test_take_a_part_now(self):
        """One desk is ready: it is prepared for the warehouse, the rest waits."""
        self._set_modes("now", "partial")
        record, desk, _chair = self._prepare()
        self._assert_says(self._choose(record, "partial"), "it is done")
        moves = desk.sale_line_id.move_ids.filtered(lambda m: m.state not in ("done", "cancel"))
        self.assertEqual([(m.quantity, m.picked) for m in moves], [(1, True)])
        self.assertEqual((desk.qty_open, desk.qty_ready), (2, 1))
        self._assert_logged(record, "partial", "takes now what is ready: 1 Units Desk")
        picking = moves.picking_id
        self.assertIn("takes what is ready now", "".join(picking.message_ids.mapped("body")))
        picking.with_context(skip_backorder=True).button_validate()
        self.assertEqual((desk.qty_open, desk.qty_fulfilled), (1, 1))
        self._assert_sound()

    def test_a_part_of_an_order_that_ships_complete(self):
        self._set_modes("now", "partial")
        record = self._owe((self.desk, 4), (self.chair, 2), picking_policy="one")
        self._receive(self.desk, 4)
        record.picking_ids.action_assign()
        self.assertEqual(record.line_ids.sorted("id")[0].qty_ready, 4)
        self._assert_says(self._choose(record, "partial"), "We have your request")
        self.assertFalse(any(record.picking_ids.move_ids.mapped("picked")))

    def test_nothing_ready(self):
        self._set_modes("now", "partial")
        self.assertFalse(self._get_form(self._owe((self.desk, 4)), "partial"))

    def test_cancel_the_rest(self):
        """What is reserved goes to whoever is next."""
        self._set_modes("now", "cancel")
        record, desk, chair = self._prepare()
        self._assert_says(self._choose(record, "cancel", words="Too late"), "it is done")
        self.assertEqual(record.line_ids.mapped("qty_cancelled"), [2, 2])
        self.assertEqual(record.state, "cancel")
        self.assertEqual(record.cancel_reason_id.code, "customer")
        self.assertEqual(record.cancel_note, "Too late")
        moves = (desk | chair).sale_line_id.move_ids
        self.assertEqual(set(moves.mapped("state")), {"done", "cancel"})
        self.assertEqual(self.desk.with_context(warehouse_id=self.warehouse.id).free_qty, 1)
        self._assert_logged(record, "cancel", "cancels 2 Units Desk, 2 Units Chair")
        self._assert_sound()

    def test_cancel_one_item(self):
        self._set_modes("now", "cancel")
        record, desk, chair = self._prepare()
        self._assert_says(self._choose(record, "cancel", chair.id), "it is done")
        self.assertEqual((desk.qty_open, chair.qty_open), (2, 0))
        self._assert_logged(record, "cancel", "cancels 2 Units Chair.")
        self._assert_sound()

    def test_salesperson_hears_of_it(self):
        """What was done at once is a message to the salesperson, not an activity."""
        self._set_modes("now", "cancel")
        record, *_lines = self._prepare()
        self._choose(record, "cancel")
        message = record.message_ids.filtered(lambda m: m.author_id == self.customer)
        self.assertEqual(message.notified_partner_ids, self.seller.partner_id)
        self.assertTrue(message.subtype_id.internal)
        self.assertFalse(self._get_requests(record))

    # === AT THE SAME TIME === #

    def test_twice(self):
        """The second press of the button does nothing."""
        self._set_modes("now")
        for code in CHOICES:
            record, *_lines = self._prepare()
            form = self._get_form(record, code)
            self._assert_says(self._post(form, date=self._in_days(30)), "it is done")
            after = self._take_picture(record)
            with self.subTest(code=code):
                response = self._post(form, date=self._in_days(30))
                self._assert_says(response, "Nothing more was changed")
                self.assertEqual(self._take_picture(record), after)

    def test_two_pages(self):
        """Any answer makes the other pages stale: what they show may no longer hold."""
        self._set_modes("now")
        record, *_lines = self._prepare()
        cancel = self._get_form(record, "cancel")
        self._choose(record, "wait")
        after = self._take_picture(record)
        self._assert_says(self._post(cancel), "Nothing more was changed")
        self.assertEqual(self._take_picture(record), after)

    def test_the_same_words_twice(self):
        self._set_modes("ask")
        record, *_lines = self._prepare()
        self._choose(record, "wait", words="Soon?")
        after = self._take_picture(record)
        self._assert_says(self._choose(record, "wait", words=" Soon? "), "this answer already")
        self.assertEqual(self._take_picture(record), after)
        for number in range(19):
            self._choose(record, "wait", words=str(number))
        self.assertEqual(len(self._get_log(record)), 20)
        self._assert_says(self._choose(record, "wait", words="More"), "often today")
        self.assertEqual(len(self._get_log(record)), 20)

    def test_shipped_meanwhile(self):
        self._set_modes("now")
        for code in CHOICES:
            record, *_lines = self._prepare()
            form = self._get_form(record, code)
            record.fulfil(validate=True)
            before = self._take_picture(record)
            with self.subTest(code=code):
                response = self._post(form, date=self._in_days(30))
                self._assert_says(response, "Something changed while you were choosing")
                self.assertEqual(self._take_picture(record)["log"], before["log"])
                self.assertEqual(self._take_picture(record)["moves"], before["moves"])

    def test_closed_meanwhile(self):
        self._set_modes("now")
        record, *_lines = self._prepare()
        form = self._get_form(record, "cancel")
        record.cancel_open(self.env.ref("backorder_management.cancel_reason_unable").id)
        before = self._take_picture(record)
        self._assert_says(self._post(form), "Nothing of this backorder is open any more")
        self.assertEqual(self._take_picture(record), before)

    def test_picked_meanwhile(self):
        """The method for users refuses: a plain sentence, and nothing is half-written."""
        self._set_modes("now")
        record, desk, _chair = self._prepare()
        form = self._get_form(record, "cancel")
        self._get_open_pickings(record.sale_order_id).move_ids.filtered(
            lambda m: m.product_id == self.desk
        ).picked = True
        before = self._take_picture(record)
        response = self._post(form)
        self._assert_says(response, "This cannot be done online")
        self.assertNotIn("warehouse", self._text(response))
        self.assertEqual(self._take_picture(record), before)
        self.assertEqual(desk.qty_open, 2)

    def test_cancelled_order(self):
        self._set_modes("now")
        record, *_lines = self._prepare()
        record.sale_order_id.with_context(disable_cancel_warning=True).action_cancel()
        for code in CHOICES:
            self.assertFalse(self._get_form(record, code))

    def test_settings(self):
        with self.assertRaises(ValidationError):
            self.company.backorder_portal_days = 0
        settings = self.env["res.config.settings"].create({"backorder_portal_cancel": "ask"})
        settings.execute()
        self.assertEqual(self.company.backorder_portal_cancel, "ask")

    def test_source_of_a_promise(self):
        """A user who claims to be the portal is not believed."""
        record, *_lines = self._prepare()
        mine = record.with_user(self.seller).with_context(backorder_portal=True)
        mine.reschedule(self._in_days(40))
        self.assertEqual(record.promise_ids.sorted("id")[-1].source, "reschedule")

    def test_answers_are_not_typed(self):
        """Nobody writes into the log what a customer did not choose."""
        record, *_lines = self._prepare()
        log = self.env["backorder.communication"].with_user(self.seller)
        values = {"backorder_id": record.id, "summary": "Cancels", "method": "portal"}
        with self.assertRaises(AccessError):
            log.create({**values, "portal_state": "done"})
        row = log.create(values)
        with self.assertRaises(AccessError):
            row.portal_state = "asked"

    def test_no_reason_to_cancel_with(self):
        """Where the reason was archived, a person decides."""
        self._set_modes("now")
        self.env["backorder.cancel.reason"].search([("code", "=", "customer")]).active = False
        record, *_lines = self._prepare()
        self._assert_says(self._choose(record, "cancel"), "We have your request")
        self.assertEqual(record.line_ids.mapped("qty_open"), [2, 2])

    def test_wrong_use(self):
        """Our own code cannot apply what is not a choice."""
        record, *_lines = self._prepare()
        for code in ("days", "x", "", "__init__"):
            self.assertEqual(self.env["backorder.portal"]._get_terms(record, code, 0), [])

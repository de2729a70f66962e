"""Who has no business here: refused, nothing written, nothing leaked."""

import json
from datetime import timedelta

from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger
from odoo.tools.misc import hash_sign

from ..models.portal.sale_backorder_portal import ANSWER_SCOPE, LINK_SCOPE
from .portal_case import PortalCase

SCRIPT = "<script>alert('x')</script>"
CODES = ("wait", "accept", "date", "partial", "cancel")


@tagged("post_install", "-at_install")
class TestPortalSecurity(PortalCase):
    def setUp(self):
        super().setUp()
        self._set_modes("now")
        self.stranger = self.env["res.partner"].create({"name": "Stranger"})
        self.mine = self._owe((self.desk, 4))
        self.theirs = self._owe((self.chair, 2), partner_id=self.stranger.id)
        self.mine._portal_ensure_token()
        self.theirs._portal_ensure_token()

    def _get_token(self, record):
        return record._get_customer_path().partition("access_token=")[2]

    def _assert_refused(self, record, token, **values):
        """Neither page, choice nor answer."""
        before = self._take_picture(record)
        base = f"/my/backorders/{record.id}"
        csrf = self._get_form(self.mine, "wait")[1]["csrf_token"]
        data = {"access_token": token, "csrf_token": csrf, "answer": "x", **values}
        responses = [self._get(f"{base}?access_token={token}")]
        responses += [self._get(f"{base}/{code}?access_token={token}") for code in CODES]
        responses += [self._get(f"{base}/{code}/confirm", data=data) for code in CODES]
        for response in responses:
            self.assertEqual(response.status_code, 403, response.url)
            for word in (record.name, record.sale_order_id.name, "Chair", "Desk"):
                self.assertNotIn(word, response.text)
        self.assertEqual(self._take_picture(record), before)

    # === LINKS === #

    def test_token_of_another(self):
        self._assert_refused(self.theirs, self._get_token(self.mine))

    def test_token_of_another_backorder_of_the_same_customer(self):
        other = self._owe((self.lamp, 1))
        self._assert_refused(other, self._get_token(self.mine))

    def test_no_token(self):
        for token in ("", "x", "0", "None", "é", "a" * 5000, "AQ", "%00"):
            with self.subTest(token=token[:5]):
                self._assert_refused(self.theirs, token)

    def test_the_secret_itself(self):
        """The token of the record signs links, and opens nothing."""
        self._assert_refused(self.theirs, self.theirs.access_token)

    def test_expired(self):
        days = -timedelta(seconds=1)
        self._assert_refused(self.theirs, self.theirs._sign_for_customer(LINK_SCOPE, [], days))

    def test_tampered(self):
        """Each byte of it counts: version, expiry, signature and content."""
        token = self._get_token(self.theirs)
        self.assertTrue(self.theirs._is_customer_token(token))
        for place in (0, 3, 8, 20, 40, len(token) - 3):
            changed = "A" if token[place] != "A" else "B"
            with self.subTest(place=place):
                self._assert_refused(self.theirs, token[:place] + changed + token[place + 1 :])

    def test_another_scope(self):
        """What signs an answer opens no page, and what opens a page is no answer."""
        hour = timedelta(hours=1)
        self._assert_refused(self.theirs, self.theirs._sign_for_customer(ANSWER_SCOPE, [], hour))
        form = self._get_form(self.mine, "cancel")
        before = self._take_picture(self.mine)
        self._assert_says(
            self._post(form, answer=self._get_token(self.mine)), "Nothing was changed"
        )
        self.assertEqual(self._take_picture(self.mine), before)

    def test_signed_elsewhere(self):
        """A signature of this database for something else."""
        message = [self.theirs.id, self.stranger.id]
        token = hash_sign(self.env(su=True), "mail", message, timedelta(days=1))
        self._assert_refused(self.theirs, token)

    def test_customer_changed(self):
        """The order went to somebody else: the old customer's link ends."""
        token = self._get_token(self.theirs)
        self.theirs.sale_order_id.partner_id = self.env["res.partner"].create({"name": "Heir"})
        self._assert_refused(self.theirs, token)

    def test_revoked(self):
        token = self._get_token(self.theirs)
        self.theirs.sudo().access_token = "new"
        self._assert_refused(self.theirs, token)

    def test_guessed_ids(self):
        token = self._get_token(self.mine)
        for number in (0, -1, self.theirs.id + 1000, 2**31, 10**30):
            with self.subTest(number=number):
                response = self._get(f"/my/backorders/{number}?access_token={token}")
                self.assertEqual(response.status_code, 403)
        for text in ("x", "1.5", "1%20or%201=1"):
            with self.subTest(text=text):
                response = self._get(f"/my/backorders/{text}?access_token={token}")
                self.assertEqual(response.status_code, 404)

    def test_address_stays_here(self):
        response = self._see(self.mine)
        self.assertEqual(response.headers["Referrer-Policy"], "same-origin")
        self.assertEqual(response.headers["Cache-Control"], "no-store")

    # === ANSWERS === #

    def test_no_csrf(self):
        address, values = self._get_form(self.mine, "cancel")
        before = self._take_picture(self.mine)
        for token in (None, "", "x"):
            changed = {**values, "csrf_token": token}
            with self.subTest(token=token), mute_logger("odoo.http"):
                response = self._get(address, data={k: v for k, v in changed.items() if v})
                self.assertEqual(response.status_code, 400)
        self.assertEqual(self._take_picture(self.mine), before)

    def test_an_answer_needs_a_form(self):
        """A link that is only opened, by a person or a scanner of mails, changes nothing."""
        address, values = self._get_form(self.mine, "cancel")
        before = self._take_picture(self.mine)
        query = "&".join(f"{k}={v}" for k, v in values.items())
        self.assertEqual(self._get(f"{address}?{query}").status_code, 405)
        self.assertEqual(self._take_picture(self.mine), before)

    def test_answer_of_another(self):
        """The form of one backorder, sent to another that he may see, too."""
        other = self._owe((self.lamp, 1))
        _address, values = self._get_form(self.mine, "cancel")
        values["access_token"] = self._get_token(other)
        before = self._take_picture(other)
        for code in CODES:
            response = self._post((f"/my/backorders/{other.id}/{code}/confirm", values))
            self._assert_says(response, "Nothing was changed")
        self.assertEqual(self._take_picture(other), before)

    def test_another_choice(self):
        """The form of a harmless choice, sent to another address or for another item."""
        record = self._owe((self.desk, 4), (self.chair, 2))
        address, values = self._get_form(record, "wait")
        line = record.line_ids[0]
        before = self._take_picture(record)
        for changed in (
            (address.replace("wait", "cancel"), values),
            (address, {**values, "target": str(line.id)}),
            (address.replace("wait", "unlink"), values),
            (address.replace("wait", "substitute"), {**values, "target": "1"}),
        ):
            self._assert_says(self._post(changed), "Nothing was changed")
        cancel = self._get_form(record, "cancel", line.id)
        for target in ("", "0", str(record.line_ids[1].id), str(self.theirs.line_ids.id), "-1"):
            self._assert_says(self._post(cancel, target=target), "Nothing was changed")
        self.assertEqual(self._take_picture(record), before)
        self.assertFalse(self._get_form(record, "cancel", self.theirs.line_ids.id))

    def test_changed_quantity_and_price(self):
        """The form has neither: what is sent in their place is not read."""
        address, values = self._get_form(self.mine, "cancel")
        self.assertEqual(set(values), {"csrf_token", "access_token", "answer", "target"})
        extra = {"quantity": "1", "qty_open": "1", "price_unit": "0.01", "reason_id": "3"}
        line = self.mine.line_ids
        extra |= {f"quantities[{line.id}]": "1", "line_ids": f"[{line.id}]", "product_id": "1"}
        self._assert_says(self._post((address, {**values, **extra})), "it is done")
        self.assertEqual((line.qty_cancelled, line.price_unit), (4, 10))

    def test_old_page(self):
        """It is good for a day, and not for another item, round or state."""
        form = self._get_form(self.mine, "cancel")
        terms = self.env["backorder.portal"]._get_terms(self.mine, "cancel", 0)
        values = ["cancel", 0, self.mine.portal_round, terms]
        stale = self.mine._sign_for_customer(ANSWER_SCOPE, values, -timedelta(seconds=1))
        before = self._take_picture(self.mine)
        self._assert_says(self._post(form, answer=stale), "open for too long")
        self.assertEqual(self._take_picture(self.mine), before)

    # === SCRIPTS === #

    def test_scripts_are_shown_as_text(self):
        """In whatever a person or a customer types."""
        self._set_modes("ask")
        cause = self.env["backorder.cause"].create({"name": SCRIPT, "public_text": SCRIPT})
        self.customer.name = SCRIPT
        self.seller.partner_id.write({"phone": SCRIPT, "email": f"{SCRIPT}@x.y"})
        product = self._create_product(SCRIPT)
        unit = self.env["uom.uom"].create({"name": SCRIPT})
        product.uom_id = unit
        record = self._owe((product, 4), (self.desk, 1), client_order_ref=SCRIPT)
        record.cause_id = cause
        record.sale_order_id.name = SCRIPT
        record.reschedule(self._in_days(3), reason=SCRIPT)
        self._expect(record, 5)
        record.sale_order_id.message_post(
            body=SCRIPT, message_type="comment", subtype_xmlid="mail.mt_comment"
        )
        for code in ("wait", "accept", "cancel"):
            self._assert_says(self._choose(record, code, words=SCRIPT), "We have your request")
            self.assertNotIn("<script>alert", self._see(record, f"/{code}").text)
        response = self._see(record)
        self.assertNotIn("<script>alert", response.text)
        self.assertIn("&lt;script&gt;alert", response.text)
        for body in record.message_ids.mapped("body"):
            self.assertNotIn("<script", body)
        for note in self._get_requests(record).mapped("note"):
            self.assertNotIn("<script", note)
        self.assertNotIn(SCRIPT, self._see(record, "?message=" + SCRIPT).text)

    def test_long_words(self):
        self._choose(self.mine, "wait", words="x" * 100_000)
        self.assertLess(len(self._get_log(self.mine).summary), 1200)

    # === BY RPC === #

    def test_portal_user_by_rpc(self):
        """No right on any of our models, whatever he calls, not even on his own backorder."""
        user = new_test_user(self.env, "rpc_customer", groups="base.group_portal")
        user.partner_id.parent_id = self.customer
        self.authenticate(user.login, user.login)
        models = [
            name
            for name in self.env.registry
            if name.startswith(("backorder.", "sale.backorder")) and not self.env[name]._abstract
        ]
        self.assertIn("backorder.communication", models)
        before = self._take_picture(self.mine)
        for model in models:
            for method, args in (
                ("search_read", [[]]),
                ("search_count", [[]]),
                ("read", [[self.mine.id]]),
                ("name_search", []),
                ("web_search_read", [[], {}]),
                ("create", [{}]),
                ("write", [[self.mine.id], {"access_token": "x"}]),
                ("unlink", [[self.mine.id]]),
            ):
                with self.subTest(model=model, method=method):
                    self._assert_rpc_refused(model, method, args)
        self.assertEqual(self._take_picture(self.mine), before)

    def test_methods_by_rpc(self):
        user = new_test_user(self.env, "rpc_caller", groups="base.group_portal")
        user.partner_id.parent_id = self.customer
        self.authenticate(user.login, user.login)
        ids = [self.mine.id]
        reason = self.env.ref("backorder_management.cancel_reason_customer").id
        before = self._take_picture(self.mine)
        for model, method, args in (
            ("sale.backorder", "cancel_open", [ids, reason]),
            ("sale.backorder", "reschedule", [ids, "2099-01-01"]),
            ("sale.backorder", "fulfil", [ids]),
            ("sale.backorder", "get_portal_url", [ids]),
            ("sale.backorder", "action_customer_view", [ids]),
            ("sale.backorder", "message_post", [ids]),
            ("sale.backorder", "_get_customer_url", [ids]),
            ("backorder.portal", "_open", [self.mine.id, ""]),
            ("backorder.portal", "_take", [ids, "cancel", 0, [], {}]),
            ("backorder.portal", "_count_mine", []),
        ):
            with self.subTest(method=method):
                self._assert_rpc_refused(model, method, args)
        self.assertEqual(self._take_picture(self.mine), before)

    def test_his_own_order_by_rpc(self):
        """He may read his order and himself, and not what is for colleagues there."""
        user = new_test_user(self.env, "rpc_reader", groups="base.group_portal")
        user.partner_id.parent_id = self.customer
        self.authenticate(user.login, user.login)
        order = self.mine.sale_order_id
        for record, names in (
            (order, "backorder_acceptance_reason backorder_acceptance_user_id backorder_warning"),
            (order, "backorder_accepted backorder_dirty backorder_ids"),
            (order.order_line, "backorder_outlook backorder_outlook_date backorder_outlook_text"),
            (order.order_line, "backorder_line_ids backorder_outlook_customer"),
            (user.partner_id, "backorder_tier"),
        ):
            for name in names.split():
                with self.subTest(name=name):
                    self._assert_rpc_refused(record._name, "read", [record.ids, [name]])

    @mute_logger("odoo.http", "odoo.addons.base.models.ir_model", "odoo.models")
    def _assert_rpc_refused(self, model, method, args):
        response = self._get(
            "/web/dataset/call_kw",
            data=json.dumps(
                {"params": {"model": model, "method": method, "args": args, "kwargs": {}}}
            ),
            headers={"Content-Type": "application/json"},
        )
        answer = response.json()
        self.assertIn("error", answer)
        self.assertEqual(answer["error"]["data"]["name"], "odoo.exceptions.AccessError")
        self.assertNotIn(self.mine.name, response.text)

    # === LOGINS === #

    def test_login_of_another(self):
        """A link works for whoever has it; a login only for his own."""
        user = new_test_user(self.env, "another", groups="base.group_portal")
        user.partner_id.parent_id = self.stranger
        self.authenticate(user.login, user.login)
        self.assertEqual(self._get(f"/my/backorders/{self.mine.id}").status_code, 403)
        self.assertEqual(self._get(f"/my/backorders/{self.theirs.id}").status_code, 200)
        self.assertNotIn(self.mine.name, self._get("/my/backorders?filterby=all").text)
        self._choose(self.mine, "wait")
        message = self.mine.message_ids.filtered(lambda m: m.author_id == self.customer)
        self.assertEqual(len(message), 1, "the link speaks for its customer")

    def test_login_answers_as_himself(self):
        user = new_test_user(self.env, "himself", groups="base.group_portal")
        user.partner_id.parent_id = self.customer
        self.authenticate(user.login, user.login)
        base = f"/my/backorders/{self.mine.id}"
        csrf = self._get(f"{base}/wait").text.partition('name="csrf_token" value="')[2][:70]
        answer = self.env["backorder.portal"]._sign_answer(self.mine, "wait", 0)
        data = {"csrf_token": csrf.partition('"')[0], "answer": answer, "target": "0"}
        self._assert_says(self._get(f"{base}/wait/confirm", data=data), "it is done")
        message = self.mine.message_ids.filtered(lambda m: m.author_id == user.partner_id)
        self.assertEqual(len(message), 1)

    def test_second_company(self):
        """A login sees the companies that it belongs to; a link its own backorder."""
        company = self.env["res.company"].create({"name": "Elsewhere"})
        company.backorder_portal_wait = "ask"
        warehouse = self.env["stock.warehouse"].search([("company_id", "=", company.id)], limit=1)
        foreign = self._owe(
            (self.desk, 4), company_id=company.id, warehouse_id=warehouse.id, user_id=False
        )
        self.assertEqual(foreign.company_id, company)
        user = new_test_user(self.env, "two_companies", groups="base.group_portal")
        user.partner_id.parent_id = self.customer
        self.authenticate(user.login, user.login)
        self.assertEqual(self._get(f"/my/backorders/{foreign.id}").status_code, 403)
        self.assertNotIn(foreign.name, self._get("/my/backorders").text)
        self.assertFalse(self._get_form(foreign, "cancel"), "by the setting of its company")
        self._assert_says(self._choose(foreign, "wait"), "We have your request")
        self.assertEqual(self._get_log(foreign).company_id, company)

    def test_archived_and_deleted(self):
        token = self._get_token(self.theirs)
        number = self.theirs.id
        self.theirs.sudo().unlink()
        response = self._get(f"/my/backorders/{number}?access_token={token}")
        self.assertEqual(response.status_code, 403)

    def test_rights_of_internal_methods(self):
        """The link of a backorder is for who may read it."""
        user = new_test_user(self.env, "no_rights", groups="base.group_user")
        for method in ("get_portal_url", "_get_share_url", "action_customer_view"):
            with self.subTest(method=method), self.assertRaises(AccessError):
                getattr(self.mine.with_user(user), method)()

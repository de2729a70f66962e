"""From the short order to the customer's choice: he is written to, follows the link on his phone,
and ends what he does not want. No login, no JavaScript."""

import re
from urllib.parse import urlsplit

import pytest
from desk import Desk
from playwright.sync_api import expect
from web_client import PHONE

ON = {
    "backorder_notice_mode": "auto",
    "backorder_notice_delay": 0,
    "backorder_portal_cancel": "now",
}
OFF = {
    "backorder_notice_mode": "off",
    "backorder_notice_delay": 60,
    "backorder_portal_cancel": "off",
}


@pytest.fixture
def desk(odoo_rpc):
    """With notices and cancelling online switched on as long as the test lasts."""
    desk = Desk(odoo_rpc)
    companies = desk.model("res.company")
    ids = companies.search([])
    companies.write(ids, ON)
    yield desk
    companies.write(ids, OFF)


def run_notices(desk):
    cron = desk.client.env.ref("backorder_management.ir_cron_notices").id
    desk.model("ir.cron").method_direct_trigger([cron])


def find_notices(desk, partner):
    return desk.model("backorder.notice").search_read(
        [("partner_id", "=", partner)], ["state", "mail_message_id"], order="id"
    )


def find_link(desk, notice):
    [message] = desk.read("mail.message", [notice["mail_message_id"][0]], ["body", "partner_ids"])
    address = re.search(r'href="([^"]*/my/backorders/[^"]*)"', message["body"]).group(1)
    parts = urlsplit(address.replace("&amp;", "&"))
    return f"{parts.path}?{parts.query}"


def test_from_the_notice_to_the_end(desk, open_page, screenshot):
    """Ten ordered, six there; the customer keeps the six."""
    partner = desk.model("res.partner").create({"name": "Lone Baker", "email": "lone@example.com"})
    product = desk.create_product("Lantern on order")
    desk.receive(product, 6)
    order = desk.sell(product, 10, partner_id=partner)
    for _time in range(2):
        run_notices(desk)
    [notice] = find_notices(desk, partner)
    assert notice["state"] == "sent"
    link = find_link(desk, notice)

    customer = open_page(login=None, java_script_enabled=False, **PHONE)
    customer.goto(link)
    expect(customer.locator("main")).to_contain_text("Lantern on order")
    screenshot(customer, "customer_page", full_page=True)
    choices = customer.locator("#choices")
    choices.get_by_role("link", name="Cancel the rest").click()
    customer.locator("form[action*='/confirm'] button[type=submit]").click()
    expect(customer.locator(".alert-success")).to_contain_text("Thank you")
    expect(choices).to_have_count(0)

    assert desk.numbers(order) == (4, 0, 0, 0, 4)
    assert desk.reserved(order) == 6
    record = desk.record(order)
    assert record["state"] == "cancel"
    rows = desk.model("backorder.communication").search_read(
        [("backorder_id", "=", record["id"])], ["method", "direction", "decision"], order="id"
    )
    found = [(row["method"], row["direction"], row["decision"]) for row in rows]
    assert found == [("email", "out", False), ("portal", "in", "cancel")]
    assert desk.model("sale.backorder").audit() == []


def test_the_link_opens_one_backorder_only(desk, open_page):
    partner = desk.model("res.partner").create(
        {"name": "Other Baker", "email": "other@example.com"}
    )
    product = desk.create_product("Lamp on order")
    first, second = (desk.sell(product, 2, partner_id=partner) for _time in range(2))
    run_notices(desk)
    link = find_link(desk, find_notices(desk, partner)[0])
    stranger = open_page(login=None, java_script_enabled=False)
    ids = sorted(desk.record(order)["id"] for order in (first, second))
    mine = int(re.search(r"/my/backorders/(\d+)", link).group(1))
    [other] = [number for number in ids if number != mine]
    answer = stranger.goto(link.replace(f"/{mine}?", f"/{other}?"))
    assert answer.status == 403
    expect(stranger.locator("main")).not_to_contain_text("Lamp on order")

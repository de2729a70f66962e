"""What customers say and how a backorder ends, from the browser and by RPC."""

import pytest
from desk import Desk
from playwright.sync_api import expect
from web_client import DIALOG, PHONE, Person


@pytest.fixture(scope="module")
def desk(odoo_rpc):
    return Desk(odoo_rpc)


@pytest.fixture(scope="module")
def reason(desk):
    """id of the reason *Customer cancelled*"""
    return desk.client.env.ref("backorder_management.cancel_reason_customer").id


@pytest.fixture
def short(desk):
    """Ten ordered, six there. -> (order, record)"""
    product = desk.create_product("Unwanted lantern")
    desk.receive(product, 6)
    order = desk.sell(product, 10)
    assert desk.numbers(order) == (4, 4, 0, 0, 0)
    return order, desk.record(order)["id"]


def test_cancel_by_rpc(desk, json2, short, reason):
    """Three of four, the same again (only one is left: refused), then the rest, twice."""
    order, record = short
    [line] = desk.record(order)["line_ids"]
    call = {"ids": [record], "reason_id": reason}
    assert json2("sale.backorder", "cancel_open", **call, quantities={str(line): 3}) is True
    assert desk.numbers(order) == (4, 1, 0, 0, 3)
    with pytest.raises(json2.error) as refused:
        json2("sale.backorder", "cancel_open", **call, quantities={str(line): 3})
    assert refused.value.status == 422
    assert "only 1" in refused.value.body["message"]
    for _time in range(2):
        assert json2("sale.backorder", "cancel_open", **call, note="By phone") is True
        assert desk.numbers(order) == (4, 0, 0, 0, 4)
    assert desk.record(order)["state"] == "cancel"
    assert desk.reserved(order) == 6
    desk.ship(desk.open_transfer(order), 6)
    assert desk.model("sale.backorder").audit() == []


def test_contact_by_rpc(json2, short):
    _order, record = short
    vals = {
        "backorder_id": record,
        "method": "phone",
        "direction": "in",
        "summary": "Waits, but not for long",
        "decision": "wait",
        "next_followup_date": "2031-05-06",
    }
    json2("backorder.communication", "create", vals_list=[vals])
    fields = ["next_followup_date", "communication_ids", "last_contact_date"]
    [row] = json2("sale.backorder", "read", ids=[record], fields=fields)
    assert row["next_followup_date"] == "2031-05-06"
    assert len(row["communication_ids"]) == 1
    assert row["last_contact_date"]


def test_log_and_cancel_in_the_browser(desk, short, page, screenshot):
    """A call is logged in two clicks; then one of four is cancelled."""
    order, record = short
    me = Person(page)
    me.open_record("sale.backorder", record)
    me.press("action_log_contact")
    me.find(f"{DIALOG} [name=summary] textarea").fill("One too many")
    screenshot(page, "log-contact")
    me.find(f"{DIALOG} .modal-footer button", has_text="Log").click()
    expect(me.find(DIALOG)).to_have_count(0)
    me.find(".o_notebook").get_by_role("tab", name="Contacts").click()
    expect(me.find("[name=communication_ids] .o_data_row")).to_contain_text("One too many")
    me.press("action_cancel_open")
    expect(me.find(f"{DIALOG} [name=consequences]").last).to_contain_text("cannot be taken back")
    me.fill_cell("quantity", "1", within=DIALOG)
    screenshot(page, "cancel-the-rest")
    me.press("action_cancel", within=DIALOG)
    expect(me.find(DIALOG)).to_have_count(0)
    assert desk.numbers(order) == (4, 3, 0, 0, 1)


def test_cancel_on_the_phone(desk, short, page):
    order, record = short
    page.set_viewport_size(PHONE["viewport"])
    me = Person(page)
    me.open_record("sale.backorder", record)
    me.find(".o_statusbar_buttons button.dropdown-toggle, .o_statusbar_buttons .o-dropdown").click()
    me.find(".o-dropdown--menu button[name=action_cancel_open]").click()
    expect(me.find(f"{DIALOG} [name=consequences]").last).to_contain_text("cannot be taken back")
    me.press("action_cancel", within=DIALOG)
    expect(me.find(DIALOG)).to_have_count(0)
    assert desk.numbers(order) == (4, 0, 0, 0, 4)

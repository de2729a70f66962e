"""The rules for accepting orders and the promise of a date, from the browser and by RPC."""

from datetime import date, timedelta

import pytest
from desk import Desk
from playwright.sync_api import expect
from web_client import DIALOG, Person

ACTIONS = ("accept", "warn", "planned", "maximum", "refuse")


@pytest.fixture(scope="module")
def desk(odoo_rpc):
    return Desk(odoo_rpc)


@pytest.fixture
def rule(desk):
    """rule(product, action, **values): for this product only; gone after the test."""
    made = []

    def make(product, action, **values):
        vals = {"name": f"Rule {action}", "action": action, "product_ids": [(6, 0, [product])]}
        made.append(desk.model("backorder.acceptance.rule").create({**vals, **values}))
        return made[-1]

    yield make
    desk.model("backorder.acceptance.rule").unlink(made)


def quote(desk, product, quantity):
    partner = desk.model("res.partner").search([("is_company", "=", True)], limit=1)[0]
    line = {"product_id": product, "product_uom_qty": quantity}
    return desk.model("sale.order").create({"partner_id": partner, "order_line": [(0, 0, line)]})


def state(desk, order):
    return desk.read("sale.order", [order], ["state"])[0]["state"]


@pytest.mark.parametrize("action", ACTIONS)
def test_each_rule_by_rpc(desk, json2, rule, action):
    """Two of five are there. What is planned and how much may be owed lets nothing more through."""
    product = desk.create_product(f"Gate {action}")
    desk.receive(product, 2)
    rule(product, action, days=3, maximum=1)
    enough, short = quote(desk, product, 2), quote(desk, product, 5)
    if action in ("accept", "warn"):
        json2("sale.order", "action_confirm", ids=[short])
        assert state(desk, short) == "sale"
        return
    with pytest.raises(json2.error) as refused:
        json2("sale.order", "action_confirm", ids=[short])
    assert refused.value.status == 422
    assert f"Gate {action}" in refused.value.body["message"]
    assert state(desk, short) == "draft"
    json2("sale.order", "action_confirm", ids=[enough])
    assert state(desk, enough) == "sale"
    # nothing is left now: the rule lets through what may be owed
    json2("sale.order", "reduce_to_acceptable", ids=[short])
    [line] = desk.model("sale.order.line").search_read(
        [("order_id", "=", short)], ["product_uom_qty"]
    )
    assert line["product_uom_qty"] == (1 if action == "maximum" else 0)
    [lost] = desk.model("backorder.lost.demand").search_read(
        [("sale_order_id", "=", short)], ["quantity"]
    )
    assert lost["quantity"] == 5 - line["product_uom_qty"]


def test_planned_is_accepted_by_rpc(desk, json2, rule):
    """Two of five are there, three come in three days: in time for a rule of three days, not of
    two."""
    product = desk.create_product("Gate planned in time")
    desk.receive(product, 2)
    desk.announce(product, 3, date.today() + timedelta(days=3))
    tight = rule(product, "planned", days=2)
    order = quote(desk, product, 5)
    with pytest.raises(json2.error) as refused:
        json2("sale.order", "action_confirm", ids=[order])
    assert refused.value.status == 422
    assert state(desk, order) == "draft"
    desk.model("backorder.acceptance.rule").write([tight], {"days": 3})
    json2("sale.order", "action_confirm", ids=[order])
    assert state(desk, order) == "sale"


def test_maximum_is_accepted_by_rpc(desk, json2, rule):
    """Two are there and three may be owed. Five are sold as they are: three are owed. Of the next
    order nothing more may be."""
    product = desk.create_product("Gate maximum at it")
    desk.receive(product, 2)
    rule(product, "maximum", maximum=3)
    order, more = quote(desk, product, 5), quote(desk, product, 1)
    json2("sale.order", "action_confirm", ids=[order])
    assert state(desk, order) == "sale"
    [line] = desk.model("sale.order.line").search_read(
        [("order_id", "=", order)], ["product_uom_qty"]
    )
    assert line["product_uom_qty"] == 5
    assert desk.numbers(order)[1] == 3
    with pytest.raises(json2.error) as refused:
        json2("sale.order", "action_confirm", ids=[more])
    assert refused.value.status == 422
    assert state(desk, more) == "draft"


def test_accepted_anyway_by_rpc(desk, json2, rule):
    """Not without a reason; what was accepted is confirmed, and not more of it."""
    product = desk.create_product("Gate anyway")
    desk.receive(product, 2)
    rule(product, "refuse")
    order = quote(desk, product, 5)
    with pytest.raises(json2.error) as refused:
        json2("sale.order", "accept_anyway", ids=[order], reason=" ")
    assert refused.value.status == 422
    assert json2("sale.order", "accept_anyway", ids=[order], reason="He pays in advance") is True
    [line] = desk.model("sale.order.line").search([("order_id", "=", order)])
    desk.model("sale.order.line").write([line], {"product_uom_qty": 6})
    with pytest.raises(json2.error) as refused:
        json2("sale.order", "action_confirm", ids=[order])
    assert "Gate anyway" in refused.value.body["message"]
    desk.model("sale.order.line").write([line], {"product_uom_qty": 5})
    json2("sale.order", "action_confirm", ids=[order])
    assert state(desk, order) == "sale"
    [row] = desk.read("sale.order", [order], ["backorder_acceptance_reason"])
    assert row["backorder_acceptance_reason"] == "He pays in advance"


def test_refused_and_accepted_in_the_browser(desk, rule, page, screenshot):
    """Confirm is refused with a button that leads to the window; the manager says why."""
    product = desk.create_product("Gate lantern")
    desk.receive(product, 2)
    rule(product, "refuse")
    order = quote(desk, product, 5)
    me = Person(page)
    me.open_record("sales", order)
    expect(me.find("[name=backorder_warning]").first).to_contain_text("Only 2 Units of 5 Units")
    expect(me.cell("backorder_outlook_text")).to_contain_text("2 Units now")
    screenshot(page, "quotation-availability")
    me.press("action_confirm")
    expect(me.find(DIALOG)).to_contain_text("cannot be accepted")
    me.find(f"{DIALOG} button", has_text="Solve it").click()
    me.fill("reason", "Confirmed by phone", within=DIALOG)
    screenshot(page, "refused-order")
    me.press("action_accept", within=DIALOG)
    me.expect_state("Sales Order")
    assert state(desk, order) == "sale"


def test_reduced_in_the_browser(desk, rule, page):
    product = desk.create_product("Gate lamp")
    desk.receive(product, 2)
    rule(product, "refuse")
    order = quote(desk, product, 5)
    me = Person(page)
    me.open_record("sales", order)
    me.press("action_confirm")
    me.find(f"{DIALOG} button", has_text="Solve it").click()
    me.press("action_reduce", within=DIALOG)
    me.expect_cells(product_uom_qty="2.00")
    me.press("action_confirm")
    me.expect_state("Sales Order")
    assert state(desk, order) == "sale"


def test_reschedule_by_rpc(desk, json2):
    """A date that is told twice is kept once; a date that has passed is refused."""
    product = desk.create_product("Dated lantern")
    order = desk.sell(product, 5)
    record = desk.record(order)["id"]
    day = str(date.today() + timedelta(days=9))
    for _time in range(2):
        answer = json2(
            "sale.backorder", "reschedule", ids=[record], promised_date=day, reason="Vendor is late"
        )
        assert answer is True
    [row] = json2("sale.backorder", "read", ids=[record], fields=["promised_date"])
    assert row["promised_date"] == day
    rows = json2(
        "backorder.promise",
        "search_read",
        domain=[("backorder_id", "=", record)],
        fields=["new_date", "reason", "source"],
    )
    assert [(r["new_date"], r["reason"], r["source"]) for r in rows] == [
        (day, "Vendor is late", "reschedule")
    ]
    with pytest.raises(json2.error) as refused:
        json2("sale.backorder", "reschedule", ids=[record], promised_date="2020-01-01")
    assert refused.value.status == 422
    assert desk.model("sale.backorder").audit() == []


def test_changed_date_in_the_browser(desk, page, screenshot):
    """A receipt slips: the item is listed before the customer asks; a new date is promised."""
    product = desk.create_product("Slipping lantern")
    moment = date.today() + timedelta(days=5)
    order = desk.sell(product, 5, commitment_date=f"{moment} 12:00:00")
    receipt = desk.announce(product, 5, moment)
    desk.move_receipt(receipt, date.today() + timedelta(days=12))
    me = Person(page)
    me.page.goto("/odoo/action-backorder_management.backorder_date_change_action")
    row = me.find(".o_data_row", has_text="Slipping lantern")
    expect(row.locator("td[name=days]")).to_have_text("7")
    screenshot(page, "changed-dates")
    row.locator("button[name=action_reschedule]").click()
    me.press("action_reschedule", within=DIALOG)
    expect(row).to_have_count(0)
    [record] = desk.model("sale.backorder").search_read(
        [("sale_order_id", "=", order)], ["promised_date"]
    )
    assert record["promised_date"] == str(date.today() + timedelta(days=12))

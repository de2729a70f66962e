"""What a salesperson does for customers who wait, in the browser: each window, and what it does to
the order, the transfer, the stock, the log and the mail that the customer really gets."""

from datetime import date, timedelta

import pytest
from playwright.sync_api import expect
from shop import LOGIN, OLD, open_shop
from web_client import DIALOG, Person

DAYS_AGO = 40


@pytest.fixture(scope="module")
def shop(odoo_rpc):
    with open_shop(odoo_rpc) as shop:
        yield shop


@pytest.fixture
def rita(open_page):
    return Person(open_page(LOGIN, LOGIN))


def _open_app(person):
    person.open_app("Backorders")
    # the first screen, once there, closes open menus
    person.find(".o_backorder_cockpit, .o_list_view").first.wait_for()


def test_log_contact_and_keep_the_date(shop, rita):
    """A call, with when to call again; the activity is the date, and done it is a contact."""
    order, record, _address = shop.owe("Log Customer")
    day = date.today() + timedelta(days=3)
    rita.open_record("backorders", record)
    rita.press("action_log_contact")
    rita.find(f"{DIALOG} [name=summary] textarea").fill("Waits if it comes by Friday")
    rita.find(f"{DIALOG} [name=decision] input").click()
    rita.find(".o_select_menu_item", has_text="Waits").click()
    rita.fill("next_followup_date", day.strftime("%m/%d/%Y"), within=DIALOG)
    rita.find(f"{DIALOG} .modal-footer button", has_text="Log").click()
    expect(rita.find(DIALOG)).to_have_count(0)
    assert shop.log(record) == [("phone", "out", "wait")]
    assert shop.activities(record) == [(shop.seller, str(day))]
    assert shop.numbers(order) == (4, 4, 0, 0, 0)


def test_promise_a_new_date_and_write(shop, rita):
    """The day is promised on order and transfer, and the customer reads it at once."""
    order, record, address = shop.owe("Date Customer")
    day = date.today() + timedelta(days=12)
    rita.open_record("backorders", record)
    rita.press("action_reschedule")
    expect(rita.find(f"{DIALOG} .o_data_row")).to_have_count(1)
    rita.fill("promised_date", day.strftime("%m/%d/%Y"), within=DIALOG)
    rita.find(f"{DIALOG} [name=reason] input").fill("The vendor is late")
    rita.find(f"{DIALOG} [name=notify] input").click()
    rita.press("action_reschedule", within=DIALOG)
    expect(rita.find(DIALOG)).to_have_count(0)
    [row] = shop.read("sale.backorder", [record], ["promised_date", "is_overdue"])
    assert row == {"id": record, "promised_date": str(day), "is_overdue": False}
    [picking] = shop.read("stock.picking", [shop.open_transfer(order)], ["date_deadline"])
    assert picking["date_deadline"][:10] == str(day)
    [promise] = shop.model("backorder.promise").search_read(
        [("backorder_id", "=", record)], ["new_date", "reason", "source"]
    )
    assert (promise["new_date"], promise["reason"]) == (str(day), "The vendor is late")
    shop.post()
    [(_subject, text)] = shop.mailbox.read(address)
    assert "Lantern of Date Customer" in text and "/my/backorders/" in text
    assert "The vendor is late" in text
    assert shop.log(record) == [("email", "out", False)]
    assert shop.sound()


def test_offer_a_substitute(shop, rita):
    """Two of the substitute for each of four; the customer reads the price, and agrees."""
    order, record, address = shop.owe("Swap Customer")
    substitute = shop.create_product("Two small lanterns")
    shop.receive(substitute, 10)
    [product] = shop.read("product.product", [shop.product(order)], ["product_tmpl_id"])
    row = {"product_tmpl_id": product["product_tmpl_id"][0], "substitute_id": substitute}
    shop.model("product.substitute").create({**row, "ratio": 2, "note": "As bright"})
    shop.collect()
    rita.open_record("backorders", record)
    rita.press("action_offer_substitute")
    choices = rita.find(f"{DIALOG} [name=candidate_id]")
    expect(choices).to_contain_text("Two small lanterns: 8")
    expect(choices).to_contain_text("In stock")
    rita.press("action_propose", within=DIALOG)
    expect(rita.find(DIALOG)).to_have_count(0)
    # nothing is replaced yet
    assert shop.lines(order) == [(4, 10, 0)]
    shop.collect()

    _open_app(rita)
    rita.open_menu("Customers", "Notices")
    row = rita.find(".o_data_row", has_text="Swap Customer")
    expect(row).to_contain_text("To approve")
    assert shop.mailbox.read(address) == []
    row.locator("button[name=action_approve]").click()
    expect(row).to_have_count(0)
    shop.post()
    [(_subject, text)] = shop.mailbox.read(address)
    assert "Two small lanterns" in text and "10.00" in text and "As bright" in text

    rita.open_menu("Customers", "Offers")
    row = rita.find(".o_data_row", has_text="Swap Customer")
    row.locator("button[name=action_accept]").click()
    rita.find(f"{DIALOG} .btn-primary").click()
    expect(row).to_have_count(0)
    assert shop.lines(order) == [(4, 10, 0), (8, 10, 0)]
    assert shop.numbers(order) == (4, 0, 0, 0, 4)
    assert shop.reserved(order) == 8
    assert shop.log(record)[-1] == ("phone", "in", "substitute")
    assert shop.activities(record) == []
    assert shop.sound()


def test_cancel_and_write(shop, rita):
    """Three of four, after what will happen was shown; the customer reads it."""
    order, record, address = shop.owe("End Customer", quantity=6, there=2)
    shop.model("sale.backorder").audit()
    [transfer] = shop.read("stock.picking", [shop.open_transfer(order)], ["name"])
    rita.open_record("backorders", record)
    rita.press("action_cancel_open")
    told = rita.find(f"{DIALOG} [name=consequences]").last
    expect(told).to_contain_text(f"{transfer['name']}: lowered or cancelled")
    expect(told).to_contain_text("This cannot be taken back")
    rita.fill_cell("quantity", "3", within=DIALOG)
    rita.find(f"{DIALOG} [name=notify] input").click()
    rita.press("action_cancel", within=DIALOG)
    expect(rita.find(DIALOG)).to_have_count(0)
    assert shop.numbers(order) == (4, 1, 0, 0, 3)
    assert shop.reserved(order) == 2
    # the order keeps what was ordered
    assert shop.lines(order) == [(6, 10, 0)]
    moves = shop.model("stock.move").search_read(
        [("picking_id.sale_id", "=", order), ("state", "!=", "cancel")], ["product_uom_qty"]
    )
    assert sum(move["product_uom_qty"] for move in moves) == 3
    shop.post()
    [(_subject, text)] = shop.mailbox.read(address)
    assert "Lantern of End Customer" in text
    assert shop.log(record) == [("email", "out", False)]
    assert "Cancelled of" in shop.chatter("sale.backorder", record)
    assert shop.sound()


def test_take_a_part_then_the_rest(shop, open_page):
    """Of three that are ready two are taken; the shipment is told when somebody says so."""
    order, record, address = shop.owe("Part Customer", quantity=5)
    shop.receive(shop.product(order), 3)
    assert shop.numbers(order) == (5, 5, 3, 0, 0)
    shop.collect()
    worker = Person(open_page())
    worker.open_record("backorders", record)
    worker.find(".o_statusbar_buttons").get_by_role("button", name="Fulfil").click()
    worker.fill_cell("quantity", "2", within=DIALOG)
    worker.press("action_fulfil", within=DIALOG)
    expect(worker.find("button[name=button_validate]:visible")).not_to_have_count(0)
    worker.press("button_validate")
    worker.press("process", within=DIALOG)
    worker.expect_state("Done")
    assert shop.numbers(order) == (5, 3, 1, 2, 0)
    assert shop.lines(order) == [(5, 10, 2)]
    assert shop.record(order)["state"] == "ready"
    shop.collect()
    [notice] = shop.model("backorder.notice").search_read(
        [("partner_id.email", "=", address), ("state", "=", "draft")], ["news"]
    )
    assert "Shipped" in notice["news"]
    assert shop.mailbox.read(address) == []
    shop.model("backorder.notice").action_approve([notice["id"]])
    shop.post()
    [(_subject, text)] = shop.mailbox.read(address)
    assert "Lantern of Part Customer" in text
    assert shop.sound()


def test_ship_together(shop, open_page):
    """Two orders of one customer leave in one shipment."""
    first, _record, address = shop.owe("Joint Customer", quantity=2, there=0)
    [partner] = shop.model("res.partner").search([("email", "=", address)])
    product = shop.product(first)
    second = shop.sell(product, 3, partner_id=partner, user_id=shop.seller)
    shop.receive(product, 5)
    pickings = [shop.open_transfer(order) for order in (first, second)]
    worker = Person(open_page())
    worker.page.goto("/odoo/action-backorder_management.stock_picking_action_backorder_ready")
    for picking in shop.read("stock.picking", pickings, ["name"]):
        row = worker.find(".o_data_row", has_text=picking["name"])
        row.locator(".o_list_record_selector input").click()
    worker.find(".o_cp_action_menus .o-dropdown", has_text="Actions").click()
    worker.find(".o-dropdown--menu .o-dropdown-item", has_text="Ship together").click()
    expect(worker.find(".o_data_row")).to_have_count(2)
    rows = shop.read("stock.picking", pickings, ["backorder_shipment"])
    names = {row["backorder_shipment"] for row in rows}
    assert len(names) == 1 and all(names)
    assert shop.reserved(first) + shop.reserved(second) == 5
    assert shop.sound()


def test_ask_for_one_shipment(shop, rita):
    """The salesperson wishes it, from her list: her two leave together, the colleague's does not,
    and her order says so."""
    first, record, address = shop.owe("Wish Customer", quantity=2)
    [partner] = shop.model("res.partner").search([("email", "=", address)])
    product = shop.product(first)
    second = shop.sell(product, 3, partner_id=partner, user_id=shop.seller)
    [admin] = shop.model("res.users").search([("login", "=", "admin")])
    theirs = shop.sell(product, 1, partner_id=partner, user_id=admin)
    rita.open_record("backorders", record)
    rita.find(".o_cp_action_menus button").first.click()
    rita.find(".o-dropdown--menu .o-dropdown-item", has_text="Ship together").click()
    expect(rita.find(".o_list_view .o_data_row")).to_have_count(2)
    pickings = [shop.open_transfer(order) for order in (first, second, theirs)]
    rows = shop.read("stock.picking", pickings, ["name", "backorder_shipment"])
    names = [row["backorder_shipment"] for row in rows]
    assert names[0] and names == [names[0], names[0], False]
    for order in (first, second):
        log = shop.chatter("sale.backorder", shop.record(order)["id"])
        assert f"Shipment {names[0]}" in log and rows[1]["name"] in log
    assert "leave together" not in shop.chatter("sale.backorder", shop.record(theirs)["id"])
    assert [shop.reserved(order) for order in (first, second, theirs)] == [0, 0, 0]
    assert shop.sound()


def test_propose_a_transfer(shop, rita):
    """Four are short here and three lie elsewhere: she asks, and the warehouse reads for whom."""
    south = shop.model("stock.warehouse").create({"name": "South", "code": "STH"})
    order, record, _address = shop.owe("Transfer Customer")
    product = shop.product(order)
    shop.receive(product, 3, warehouse=south)
    [item] = _items(shop, record)
    rita.open_record("backorder-items", item)
    rita.press("action_propose_transfer")
    told = rita.find(".o_notification", has_text="The warehouse confirms it.")
    expect(told).to_contain_text("was proposed: 3 Units from South.")
    [row] = shop.model("stock.picking").search_read(
        [("product_id", "=", product), ("picking_type_code", "=", "internal")],
        ["name", "state", "user_id", "note"],
    )
    assert (row["state"], row["user_id"]) == ("draft", False)
    for text in ("Rita Rep", "Transfer Customer", shop.record(order)["name"]):
        assert text in row["note"]
        assert text in shop.chatter("stock.picking", row["id"])
    moves = shop.model("stock.move").search_read(
        [("picking_id", "=", row["id"])], ["product_uom_qty", "quantity", "state"]
    )
    assert [(m["product_uom_qty"], m["quantity"], m["state"]) for m in moves] == [(3, 0, "draft")]
    log = shop.chatter("sale.backorder", record)
    assert f"Transfer {row['name']} proposed: 3 Units from South." in log

    # a second click finds the same
    rita.open_record("backorder-items", item)
    rita.press("action_propose_transfer")
    expect(told).to_contain_text(row["name"])
    name = shop.record(order)["name"]
    assert shop.model("stock.picking").search_count([("origin", "like", name)]) == 1
    assert shop.numbers(order) == (4, 4, 0, 0, 0)
    assert shop.sound()


def test_not_received(shop, rita):
    """Two shipped and lost: one is sent again without charge, and the backorder stays closed."""
    order, record, _address = shop.owe("Lost Customer", quantity=2)
    product = shop.product(order)
    shop.receive(product, 2)
    shop.ship(shop.open_transfer(order), 2)
    assert shop.record(order)["state"] == "done"
    rita.open_record("backorders", record)
    rita.press("action_not_received")
    expect(rita.find(f"{DIALOG} [name=shipping_address]")).to_contain_text("Lost Customer")
    rita.find(f"{DIALOG} [name=note] textarea").fill("The box was half empty")
    rita.fill_cell("quantity", "1", within=DIALOG)
    rita.press("action_confirm", within=DIALOG)
    rita.expect_state("Open")
    [claim] = shop.model("backorder.claim").search_read(
        [("backorder_id", "=", record)], ["name", "state", "picking_ids", "note"]
    )
    assert (claim["state"], claim["note"]) == ("open", "The box was half empty")
    [picking] = claim["picking_ids"]
    [move] = shop.model("stock.move").search_read(
        [("picking_id", "=", picking)], ["product_uom_qty", "sale_line_id", "quantity"]
    )
    assert (move["product_uom_qty"], move["sale_line_id"], move["quantity"]) == (1, False, 0)
    assert f"{claim['name']}: not received 1" in shop.chatter("sale.order", order)
    shop.receive(product, 1)
    shop.ship(picking, 1)
    [row] = shop.read("backorder.claim", [claim["id"]], ["state"])
    assert row["state"] == "settled"
    # nothing is delivered, or owed, twice
    assert shop.lines(order) == [(2, 10, 2)]
    assert shop.numbers(order) == (2, 0, 0, 2, 0)
    assert shop.sound()


@pytest.fixture
def old(shop, live):
    """Backorders that wait for 40 days: {name: (order, record, address)}"""
    made = {
        "keep": shop.owe("Keep Customer"),
        "grant": shop.owe("Grant Customer", quantity=10, price=10_000.0),
    }
    ids = [record for _order, record, _address in made.values()]
    live.shell(OLD.format(ids=ids, days=DAYS_AGO))
    return made


def test_waits_too_long(shop, old, rita, open_page):
    """One is kept until a day, the other one gets five percent off 100,000."""
    order, record, _address = old["keep"]
    [partner] = [row["partner_id"][0] for row in shop.read("sale.order", [order], ["partner_id"])]
    limits, rules = shop.model("backorder.limit"), shop.model("backorder.goodwill.rule")
    limit = limits.create({"name": "Forty days", "partner_id": partner, "days": DAYS_AGO})
    rule = rules.create(
        {"name": "After a month", "days_waiting": 30, "min_amount": 90_000, "budget": 5_000}
    )
    try:
        shop.run(*[f"backorder_management.ir_cron_{name}" for name in ("limits", "goodwill")])
        _keep(shop, rita, record)
        _grant(shop, Person(open_page()), *old["grant"][:2])
    finally:
        limits.unlink([limit])
        rules.write([rule], {"active": False})


def _keep(shop, rita, record):
    """The salesperson was warned; she keeps it, and the limit lets go."""
    [row] = shop.read("sale.backorder.line", _items(shop, record), ["limit_stage"])
    assert row["limit_stage"] == "warned"
    assert [user for user, _day in shop.activities(record)] == [shop.seller]
    day = date.today() + timedelta(days=20)
    rita.open_record("backorders", record)
    rita.find(".o_cp_action_menus button").first.click()
    rita.find(".o-dropdown--menu .o-dropdown-item", has_text="Keep until").click()
    rita.fill("keep_until", day.strftime("%m/%d/%Y"), within=DIALOG)
    rita.find(f"{DIALOG} [name=reason] input").fill("Waits for the new model")
    rita.press("action_keep", within=DIALOG)
    expect(rita.find(DIALOG)).to_have_count(0)
    [row] = shop.read("sale.backorder", [record], ["keep_until", "keep_reason", "to_cancel"])
    assert row["keep_until"] == str(day)
    assert row["keep_reason"] == "Waits for the new model"
    [row] = shop.read("sale.backorder.line", _items(shop, record), ["limit_stage"])
    assert row["limit_stage"] is False
    assert shop.activities(record) == []
    assert "Waits for the new model" in str(_tracked(shop, record))


def _items(shop, record):
    return shop.read("sale.backorder", [record], ["line_ids"])[0]["line_ids"]


def _tracked(shop, record):
    rows = shop.model("mail.message").search_read(
        [("model", "=", "sale.backorder"), ("res_id", "=", record)], ["tracking_value_ids"]
    )
    ids = [value for row in rows for value in row["tracking_value_ids"]]
    return shop.read("mail.tracking.value", ids, ["new_value_char"])


def _grant(shop, manager, order, record):
    """5% of 10 x 10,000.00, in its row of the list; the order has the discount once."""
    _open_app(manager)
    manager.open_menu("Customers", "Goodwill")
    row = manager.find(".o_data_row", has_text="Grant Customer")
    expect(row.locator("td[name=amount]")).to_contain_text("5,000.00")
    assert shop.lines(order) == [(10, 10_000, 0)]
    row.locator("button[name=action_approve]").click()
    expect(row).to_have_count(0)
    assert shop.lines(order) == [(10, 10_000, 0), (1, -5_000, 0)]
    assert shop.log(record) == [("other", "out", False)]
    assert shop.activities(record) == []
    [goodwill] = shop.model("backorder.goodwill").search_read(
        [("backorder_id", "=", record)], ["id", "state"]
    )
    assert goodwill["state"] == "granted"
    # a second word changes nothing
    shop.model("backorder.goodwill").approve([goodwill["id"]])
    assert len(shop.lines(order)) == 2
    assert shop.sound()

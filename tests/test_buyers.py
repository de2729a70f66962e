"""A buyer: who waits for which purchase, and what has to be bought."""

import pytest
from desk import Desk
from playwright.sync_api import expect
from web_client import DIALOG, Person


@pytest.fixture(scope="module")
def desk(odoo_rpc):
    return Desk(odoo_rpc)


def test_buy_and_see_who_waits(desk, page, screenshot):
    """Five are missing: one request is made, confirmed, and says who waits for it."""
    product = desk.create_product("Bought lantern")
    [row] = desk.read("product.product", [product], ["product_tmpl_id"])
    vendor = desk.model("res.partner").create({"name": "Lantern Works", "is_company": True})
    offer = {"partner_id": vendor, "product_tmpl_id": row["product_tmpl_id"][0], "price": 4.0}
    desk.model("product.supplierinfo").create(offer)
    order = desk.sell(product, 5)
    me = Person(page)
    me.page.goto("/odoo/action-backorder_management_purchase.backorder_procure_action")
    line = me.find(f"{DIALOG} .o_data_row", has_text="Bought lantern")
    expect(line.locator("td[name=qty]")).to_have_text("5")
    expect(line.locator("td[name=seller_id]")).to_contain_text("Lantern Works")
    screenshot(page, "buy")
    # the others of the demo database are not bought
    wizard = desk.model("backorder.procure").action_open([product])["res_id"]
    desk.model("backorder.procure").action_create([wizard])
    [request] = desk.model("purchase.order").search([("partner_id", "=", vendor)])
    desk.model("purchase.order").button_confirm([request])
    me.open_record("purchase", request)
    expect(me.find("button[name=action_view_backorder_waiting]")).to_contain_text("1 waiting")
    screenshot(page, "purchase-waited-for")
    me.press_smart("action_view_backorder_waiting")
    expect(me.find(".o_list_view")).to_contain_text("50.00")
    [item] = desk.record(order)["line_ids"]
    pegs = desk.model("backorder.peg").search_read([("line_id", "=", item)], ["quantity", "kind"])
    assert [(peg["quantity"], peg["kind"]) for peg in pegs] == [(5, "receipt")]
    me.page.goto("/odoo/action-backorder_management_purchase.backorder_purchase_report_action")
    expect(me.find(".o_content .o_pivot")).to_contain_text("Lantern Works")
    screenshot(page, "purchases-waited-for")
    assert desk.model("sale.backorder").audit() == []


def test_keep_for_a_customer_and_ask_the_vendor(desk, page, screenshot):
    """Two wait for a purchase of 5. The later one is kept 2; then the vendor is asked for a date,
    who has no address at first."""
    product = desk.create_product("Kept lantern")
    vendor = desk.model("res.partner").create({"name": "Lantern Guild", "is_company": True})
    first, second = desk.sell(product, 5), desk.sell(product, 4)
    line = (0, 0, {"product_id": product, "product_qty": 5, "price_unit": 3})
    purchases = desk.model("purchase.order")
    purchase = purchases.create({"partner_id": vendor, "order_line": [line]})
    purchases.button_confirm([purchase])
    [record] = desk.read("sale.backorder", [desk.record(second)["id"]], ["name"])
    me = Person(page)
    me.open_record("purchase", purchase)
    me.press_smart("action_view_backorder_pins")
    me.find(".o_list_button_add").click()
    me.choose("line_id", record["name"], within=".o_data_row")
    me.find(".o_data_row [name=quantity] input").fill("2")
    screenshot(page, "kept-for-customers")
    me.find(".o_list_button_save").click()
    expect(me.find(".o_data_row.o_selected_row")).to_have_count(0)
    items = [item for order in (first, second) for item in desk.record(order)["line_ids"]]
    pegs = desk.model("backorder.peg").search_read([("line_id", "in", items)], ["quantity"])
    assert [peg["quantity"] for peg in pegs] == [3, 2]
    me.open_record("purchase", purchase)
    me.find("button[name=action_ask_for_date]").click()
    expect(me.find(DIALOG)).to_contain_text("Enter a valid email address for: Lantern Guild.")
    desk.model("res.partner").write([vendor], {"email": "guild@example.com"})
    me.open_record("purchase", purchase)
    me.find("button[name=action_ask_for_date]").click()
    expect(me.find(".o_notification")).to_contain_text("Asked for a date: ")
    expect(me.find("div[name=backorder_asked_date]")).to_be_visible()
    screenshot(page, "asked-for-a-date")

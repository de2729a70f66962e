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

"""The pages of the README on the demo data: what they show, and pictures of them.

`BACKORDER_SCREENSHOTS=1 make test` puts the pictures into docs/screenshots.
"""

import io
import re

import pytest
from PIL import Image
from playwright.sync_api import expect
from test_browser_job import Office
from web_client import DIALOG, PHONE, Person, show

MOST_BYTES = 150_000
# a server without a network cannot be asked by the web client
OUTSIDE = ("Failed to load resource", "WebSocket", "ServiceWorker")


@pytest.fixture
def office(odoo_rpc):
    return Office(odoo_rpc)


@pytest.fixture
def visit(open_page):
    """visit(**options) -> admin; at the end no page may have logged an error."""
    errors = []

    def start(**options):
        page = open_page(**options)
        page.on("console", lambda m: errors.append(m.text) if m.type == "error" else None)
        return Person(page)

    yield start
    ours = [text for text in errors if not any(word in text for word in OUTSIDE)]
    assert not ours, "errors in the console: " + "; ".join(ours)


@pytest.fixture
def picture(screenshot):
    """picture(person, name): with a palette, so that it stays small"""

    def take(person, name, **options):
        _be_still(person)
        path = screenshot(person.page, name, animations="disabled", caret="hide", **options)
        small = io.BytesIO()
        image = Image.open(path).convert("RGB")
        image.quantize(192, dither=Image.Dither.NONE).save(small, "PNG", optimize=True)
        path.write_bytes(small.getvalue())
        assert len(small.getvalue()) < MOST_BYTES, f"{name}.png is too large"

    return take


def _be_still(person):
    """Nothing loads, fades or hovers any more."""
    person.page.mouse.move(0, 0)
    person.page.evaluate("document.fonts.ready.then(() => true)")
    expect(person.find(".o_loading_indicator, .o_blockUI")).to_have_count(0)
    expect(person.find(".fade:not(.show):not(.tab-pane)")).to_have_count(0)


def _open_backorder(person, office, *domain):
    [row] = office.model("sale.backorder").search_read(
        [("state", "=", "ready"), ("check_stock", "=", False), *domain],
        ["qty_open", "qty_ready", "sale_order_id"],
        limit=1,
    )
    person.open_app("Backorders")
    person.open_record("backorders", row["id"])
    return row


def test_backorders(visit, picture):
    person = visit()
    person.open_app("Backorders")
    person.open_menu("Backorders")
    person.expect_facets("Open")
    expect(person.find(".o_backorder_tile")).to_have_count(4)
    expect(person.find(".o_data_row")).not_to_have_count(0)
    expect(person.find("tfoot td").filter(has_text=re.compile(r"^\d")).first).to_be_attached()
    picture(person, "backorders")


def test_backorder_form(visit, office, picture):
    person = visit()
    _open_backorder(person, office, ("client_order_ref", "!=", False), ("qty_ready", ">", 10))
    person.expect_state("Ready")
    expect(person.find("button.o_backorder_copy_status:visible").first).to_be_visible()
    expect(person.find(".o_statusbar_buttons").get_by_role("button", name="Fulfil")).to_be_visible()
    expect(person.find(".o_backorder_stock_now").first).to_be_visible()
    picture(person, "backorder_form")


def test_order_badge(visit, office, picture):
    person = visit()
    row = office.model("sale.backorder").search_read(
        [("state", "=", "open"), ("priority", "=", "1")], ["sale_order_id"], limit=1
    )[0]
    person.open_app("Sales")
    person.open_record("sales", row["sale_order_id"][0])
    expect(person.find("button[name=action_view_backorders]")).to_contain_text("waiting")
    person.find("a[name=other_information]").click()
    expect(person.find(".o_field_badge[name=backorder_status]")).to_contain_text("waiting")
    person.find(".o_field_badge[name=backorder_status]").scroll_into_view_if_needed()
    picture(person, "order_badge")


def test_fulfil(visit, office, picture):
    person = visit()
    row = _open_backorder(person, office, ("client_order_ref", "!=", False), ("qty_ready", ">", 10))
    person.find(".o_statusbar_buttons").get_by_role("button", name="Fulfil").click()
    cell = person.find(f"{DIALOG} .o_data_row td[name=quantity]")
    expect(cell).to_have_text(re.compile(rf"^{show(row['qty_ready'])}(\.00)?$"))
    picture(person, "fulfil")


def test_dialog(visit, office, picture):
    """Core's dialog, with the two fields of this addon; nothing is shipped here."""
    person = visit()
    product = office.find_plain_product()
    order = office.sell(product["id"], 5)
    picking = office.open_transfer(order)
    person.open_app("Inventory")
    person.open_record("action-stock.action_picking_tree_all", picking)
    person.fill_cell("quantity", "3")
    person.press("button_validate")
    expect(person.find(f"{DIALOG} [name=backorder_cause_id]")).to_be_visible()
    expect(person.find(f"{DIALOG} [name=backorder_expected_date]")).to_be_visible()
    picture(person, "dialog")


def test_overview(visit, picture):
    """What a tile counts is what its list shows."""
    person = visit()
    person.open_app("Backorders")
    expect(person.find(".o_backorder_cockpit canvas")).to_have_count(3)
    expect(person.find(".o_backorder_cockpit section table.table")).not_to_have_count(0)
    picture(person, "overview")
    tile = person.find(".o_backorder_cockpit button[name=overdue]")
    count = int(tile.locator("span").first.inner_text())
    tile.click()
    expect(person.find(".o_data_row")).to_have_count(count)


def test_overview_totals_and_filters(visit):
    """A total opens what it is made of; the period changes the months of the rate."""
    person = visit()
    person.open_app("Backorders")
    months = person.find(".o_backorder_cockpit table.visually-hidden").last.locator("tr")
    expect(months).to_have_count(12)
    person.find("select[name=months]").select_option("6")
    expect(months).to_have_count(6)
    total = person.find(".o_backorder_cockpit button", has_text="Backorders").last
    count = int(total.locator("span").first.inner_text())
    total.click()
    expect(person.find(".o_data_row")).to_have_count(count)


def test_first_steps(visit, picture):
    person = visit()
    person.open_app("Backorders")
    # the first screen, once there, closes open menus
    person.find(".o_backorder_cockpit").wait_for()
    person.open_menu("Configuration", "First steps")
    expect(person.find(".o_backorder_finding_number").first).to_have_text(re.compile(r"^\d+$"))
    expect(person.find(".o_data_row")).to_have_count(5)
    picture(person, "first_steps")


def _compare(person):
    """All policies of the demo data, on the same stock and the same orders."""
    person.page.goto("/odoo/backorder-policies")
    expect(person.find(".o_data_row")).to_have_count(3)
    person.find("thead .o_list_record_selector input").click()
    person.find(".o_control_panel").get_by_role("button", name="Compare").click()
    expect(person.find(".o_breadcrumb .active")).to_contain_text("Comparison")
    expect(person.find(".o_data_row")).to_have_count(3)


def test_policy(visit, picture):
    """The first view: where it counts, who comes first, what a shortage means."""
    person = visit()
    person.page.goto("/odoo/backorder-policies")
    person.find(".o_data_row", has_text="Starred orders first").locator("td[name=name]").click()
    person.wait_saved()
    expect(person.find("button[name=action_simulate]")).to_be_visible()
    expect(person.find(".tab-pane.active")).to_contain_text("A gets three")
    expect(person.find("[name=segment_ids]")).not_to_be_visible()
    picture(person, "policy")


def test_comparison(visit, picture):
    person = visit()
    _compare(person)
    expect(person.find("td[name=orders_closed].text-success")).not_to_have_count(0)
    picture(person, "comparison")


def test_run(visit, picture):
    person = visit()
    _compare(person)
    person.find(".o_data_row", has_text="Starred orders first").locator("td[name=name]").click()
    person.expect_state("Simulated")
    expect(person.find("button[name=action_commit]:visible")).to_have_count(1)
    expect(person.find(".o_data_row")).not_to_have_count(0)
    picture(person, "run")


def test_why_not_me(visit, picture):
    person = visit()
    person.open_app("Backorders")
    person.open_menu("Items")
    row = person.find(".o_data_row", has_text="Toner").filter(has_text="Bellevue")
    row.locator(".o_backorder_why_not_me").click()
    expect(person.find(".o_backorder_why_ahead tbody tr")).not_to_have_count(0)
    picture(person, "why_not_me")


def test_serve(visit, picture):
    person = visit()
    person.open_app("Backorders")
    person.find(".o_backorder_cockpit").wait_for()
    person.open_menu("Warehouse", "Serve backorders")
    expect(person.find(f"{DIALOG} .o_data_row")).not_to_have_count(0)
    expect(person.find(f"{DIALOG} button[name=action_prepare]")).to_be_visible()
    picture(person, "serve")


def test_inventory_card(visit, picture):
    person = visit()
    person.open_app("Inventory")
    card = person.find(".o_kanban_record", has_text="backorders ready").first
    expect(card.locator("a[name=action_view_backorders_ready]")).to_be_visible()
    card.scroll_into_view_if_needed()
    expect(card.locator("canvas")).to_be_visible()
    picture(person, "inventory_card")


def test_phone_list(visit, picture):
    person = visit(**PHONE)
    person.page.goto("/odoo/backorders")
    card = person.find(".o_kanban_record:not(.o_kanban_ghost)").first
    expect(card.locator("[name=state_label]")).to_be_visible()
    expect(card).to_contain_text("open")
    picture(person, "phone_list")


def test_product_button(visit, office):
    """A product that customers wait for says so, and leads to who waits."""
    person = visit()
    [item] = office.model("sale.backorder.line").search_read(
        [("state", "=", "open"), ("kit_id", "=", False)], ["product_id"], limit=1
    )
    product = item["product_id"][0]
    waiting = office.model("sale.backorder.line").search(
        [("product_id", "=", product), ("state", "in", ["open", "ready", "partial"])]
    )
    [row] = office.read("product.product", [product], ["backorder_qty"])
    person.open_record("action-stock.stock_product_normal_action", product)
    button = person.find("button[name=action_view_backorder_items]")
    expect(button).to_contain_text(show(row["backorder_qty"]))
    person.press_smart("action_view_backorder_items")
    expect(person.find(".o_data_row")).to_have_count(len(waiting))

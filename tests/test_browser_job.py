"""The main job in the browser, on Odoo's own demo data, and a newcomer's first minute per role."""

import re
from datetime import date, timedelta

import pytest
from desk import Desk
from playwright.sync_api import expect
from web_client import DIALOG, PHONE, Person, show

PASSWORD = "newcomer-2026"
ROLES = {
    "salesperson": "sales_team.group_sale_salesman",
    "stock_user": "stock.group_stock_user",
}


class Office(Desk):
    """The same desk, with what the browser tests prepare or look up by RPC."""

    def find_plain_product(self):
        """In stock, nothing on its way, and no variants: the order line asks nothing."""
        products = self.model("product.product").search_read(
            [
                ("is_storable", "=", True),
                ("tracking", "=", "none"),
                ("free_qty", ">", 5),
                ("sale_ok", "=", True),
                ("default_code", "!=", False),
                ("attribute_line_ids", "=", False),
                ("optional_product_ids", "=", False),
                ("bom_ids", "=", False),
                ("route_ids", "=", False),  # neither dropshipped nor made to order
            ],
            ["default_code", "free_qty", "incoming_qty", "name"],
            order="id",
        )
        waiting = self.model("stock.move").search_read(
            [("state", "in", ["confirmed", "partially_available"])], ["product_id"]
        )
        busy = {move["product_id"][0] for move in waiting}
        return next(
            p
            for p in products
            if p["id"] not in busy and not p["incoming_qty"] and p["free_qty"] % 1 == 0
        )

    def record_of(self, order, *fields):
        [row] = self.model("sale.backorder").search_read([("sale_order_id", "=", order)], fields)
        return row

    def hire(self, login):
        users = self.model("res.users")
        group = self.client.env.ref(ROLES[login]).id
        return users.create(
            {"name": login, "login": login, "password": PASSWORD, "group_ids": [(6, 0, [group])]}
        )


@pytest.fixture(scope="module")
def office(odoo_rpc):
    return Office(odoo_rpc)


@pytest.fixture
def person(page):
    return Person(page)


@pytest.fixture
def newcomer(office, open_page):
    """newcomer(role, **options of the page) -> the person, logged in as a new user"""
    hired = {}

    def start(role, **options):
        hired[role] = hired.get(role) or office.hire(role)
        page = open_page(role, PASSWORD, **options)
        return Person(page), hired[role]

    yield start
    for user in hired.values():
        office.model("res.users").write([user], {"active": False, "login": f"gone_{user}"})


# === THE MAIN JOB === #


def test_from_quotation_to_fulfilled(person, office):
    product = office.find_plain_product()
    have = int(product["free_qty"])
    order = _sell(person, office, product, have + 5)
    assert office.numbers(order) == (5, 5, 0, 0, 0)

    _look_at_backorder(person, have + 5)
    _ship_part(person, have, have - 2)
    # two more were there and did not ship: they are reserved for the new transfer at once
    assert office.numbers(order) == (7, 7, 2, 0, 0)
    _check_answers(person, office, order)

    office.receive(product["id"], 5)
    assert office.numbers(order) == (7, 7, 7, 0, 0)
    _fulfil(person, office, order, 4, ready=7, rest=3)
    assert office.numbers(order) == (7, 3, 3, 4, 0)
    _fulfil(person, office, order, 3, ready=3)
    assert office.numbers(order) == (7, 0, 0, 7, 0)
    _check_fulfilled(person, office, order, have + 5)
    assert office.model("sale.backorder").audit() == []


def _sell(person, office, product, quantity):
    """A quotation by hand, confirmed. -> id of the order"""
    person.page.goto("/odoo/sales")
    person.find(".o_list_button_add").click()
    person.choose("partner_id", "Deco Addict")
    person.find("[name=order_line] .o_field_x2many_list_row_add a").first.click()
    person.choose("product_template_id", product["default_code"], ".o_selected_row")
    expect(person.find(".o_selected_row td[name=price_unit] input")).not_to_have_value("0.00")
    person.fill_cell("product_uom_qty", str(quantity), "[name=order_line]")
    person.press("action_confirm")
    smart = person.find("button[name=action_view_backorders]")
    expect(smart).to_contain_text("Backorder")
    expect(smart).to_contain_text("5 waiting")
    person.find("a[name=other_information]").click()
    badge = person.find(".o_field_badge[name=backorder_status]")
    expect(badge).to_have_text("5 waiting")
    order = int(re.search(r"/(\d+)$", person.page.url).group(1))
    [row] = office.read("sale.order", [order], ["state", "backorder_status"])
    assert (row["state"], row["backorder_status"]) == ("sale", "5 waiting")
    return order


def _look_at_backorder(person, ordered):
    person.press_smart("action_view_backorders")
    person.expect_state("Waiting")
    person.expect_cells(qty_ordered=show(ordered), qty_delivered_last="0", qty_open="5")
    expect(person.find("button[name=action_view_pickings]")).to_contain_text("1")


def _ship_part(person, reserved, quantity):
    """From the backorder to its delivery; the dialog is answered with a cause and a date."""
    person.press_smart("action_view_pickings")
    person.expect_cells(quantity=f"{reserved:.2f}")
    person.fill_cell("quantity", str(quantity))
    person.press("button_validate")
    dialog = person.find(DIALOG)
    expect(dialog.locator(".modal-title")).to_have_text("Create Backorder?")
    person.choose("backorder_cause_id", "Truck full", DIALOG)
    person.fill("backorder_expected_date", _expected().strftime("%m/%d/%Y"), DIALOG)
    person.press("process", DIALOG)
    person.expect_state("Done")


def _expected():
    return date.today() + timedelta(days=6)


def _check_answers(person, office, order):
    row = office.record_of(order, "line_ids", "expected_date", "state")
    assert (row["state"], row["expected_date"]) == ("ready", _expected().isoformat())
    [line] = office.read("sale.backorder.line", row["line_ids"], ["cause_id"])
    assert line["cause_id"][1] == "Truck full"
    person.open_record("backorders", row["id"])
    person.expect_state("Ready")
    expect(person.find("button[name=action_view_pickings]")).to_contain_text("2")
    person.expect_cells(qty_open="7", qty_ready="2")


def _fulfil(person, office, order, quantity, ready, rest=0):
    """From the button on the backorder to the validated transfer, and back to the backorder."""
    person.open_record("backorders", office.record(order)["id"])
    person.expect_state("Ready")
    person.expect_cells(qty_open=show(quantity + rest), qty_ready=show(ready))
    person.find(".o_statusbar_buttons").get_by_role("button", name="Fulfil").click()
    cell = person.find(f"{DIALOG} .o_data_row td[name=quantity]")
    expect(cell).to_have_text(re.compile(rf"^{show(ready)}(\.00)?$"))
    if rest:
        person.fill_cell("quantity", str(quantity), DIALOG)
    person.press("action_fulfil", DIALOG)
    person.expect_cells(quantity=f"{quantity:.2f}")
    person.press("button_validate")
    if rest:  # the same dialog; nothing needs an answer
        person.press("process", DIALOG)
    person.expect_state("Done")
    person.press_smart("action_view_backorder_records")
    person.expect_cells(qty_open=show(rest))


def _check_fulfilled(person, office, order, ordered):
    person.expect_state("Fulfilled")
    person.expect_cells(qty_ordered=show(ordered), qty_delivered_last=show(ordered))
    row = office.record_of(order, "state", "date_closed")
    assert row["state"] == "done" and row["date_closed"]
    person.press_smart("action_view_order")
    expect(person.find("button[name=action_view_delivery]")).to_contain_text("3")
    expect(person.find("button[name=action_view_backorders]")).not_to_contain_text("waiting")
    [row] = office.read("sale.order", [order], ["delivery_status", "backorder_status"])
    assert (row["delivery_status"], row["backorder_status"]) == ("full", False)


# === NEWCOMERS === #


def test_salesperson_lands_on_my_open(newcomer, office):
    person, user = newcomer("salesperson")
    product = office.find_plain_product()
    order = office.sell(product["id"], product["free_qty"] + 2, user_id=user)
    person.open_app("Backorders")
    person.expect_facets("Open", "My")
    rows = person.find(".o_data_row")
    expect(rows).to_have_count(1)
    expect(rows.locator("td[name=name]")).to_have_text(office.record(order)["name"])
    expect(rows.locator("td[name=product_summary]")).to_have_text(product["name"])
    expect(rows.locator("td[name=qty_open]")).to_have_text("2")
    for header in ("Customer", "Age", "Promised", "Last contact"):
        expect(person.find("th", has_text=header)).to_be_visible()
    rows.locator("td[name=partner_id]").click()
    expect(person.find("td[name=price_unit]")).to_be_visible()


def test_stock_user_sees_what_ships_and_no_prices(newcomer, office):
    person, _user = newcomer("stock_user")
    person.open_app("Inventory")
    link = person.find("a[name=action_view_backorders_ready]").first
    expect(link).to_contain_text(re.compile(r"\d+ *backorders? ready"))
    count = int(re.search(r"\d+", link.inner_text()).group())
    link.click()
    rows = person.find(".o_data_row")
    expect(rows.first).to_be_visible()
    assert rows.count() >= count
    rows.first.locator("td[name=name]").click()
    person.press_smart("action_view_backorder_records")
    expect(person.cell("qty_ready")).not_to_have_text("")
    for field in ("price_unit", "amount_open", "amount_invoiced", "amount_paid"):
        expect(person.find(f"[name={field}]")).to_have_count(0)


def test_tiles_filter_the_list(person):
    person.open_app("Backorders")
    person.open_menu("Backorders")
    for name in ("ready", "overdue", "no_date", "check_stock"):
        tile = person.find(f".o_backorder_tile[data-name={name}]")
        count = int(tile.locator("span").first.inner_text())
        tile.click()
        expect(tile).to_have_attribute("aria-pressed", "true")
        expect(person.find(".o_data_row")).to_have_count(count)
    tile.click()
    expect(tile).to_have_attribute("aria-pressed", "false")
    person.expect_facets("Open")


def test_cards_fit_a_phone(open_page):
    page = open_page(**PHONE)
    page.goto("/odoo/backorders")
    card = page.locator(".o_kanban_record:not(.o_kanban_ghost)").first
    expect(card).to_be_visible()
    box = card.bounding_box()
    assert box["x"] >= 0 and box["x"] + box["width"] <= 390
    expect(card.locator(".o_backorder_copy_status")).to_be_visible()
    card.click()
    expect(page.locator(".o_form_view [name=line_ids]")).to_be_visible()

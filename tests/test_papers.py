"""The papers, as a browser prints them: complete, and not wider than the page."""

import pytest
from test_browser_job import Office

A4 = {"viewport": {"width": 794, "height": 1123}}  # at 96 dots per inch
OPEN = ("state", "in", ["open", "ready", "partial"])


@pytest.fixture
def office(odoo_rpc):
    return Office(odoo_rpc)


@pytest.fixture
def paper(open_page):
    """paper(report, record id) -> the text on it"""

    def read(report, record):
        page = open_page(**A4)
        answer = page.goto(f"/report/html/backorder_management.{report}/{record}")
        assert answer.ok
        assert page.evaluate("document.documentElement.scrollWidth") <= A4["viewport"]["width"]
        assert page.pdf(format="A4").startswith(b"%PDF")
        return page.locator("body").inner_text()

    return read


def test_statement(office, paper):
    """Every open order of the customer, and what is open of it."""
    [some] = office.model("sale.backorder").search_read([OPEN], ["partner_id"], limit=1)
    customer = office.model("res.partner").read(some["partner_id"][0], ["commercial_partner_id"])[
        0
    ]["commercial_partner_id"][0]
    text = paper("report_statement", customer)
    mine = [OPEN, ("partner_id", "child_of", customer)]
    for backorder in office.model("sale.backorder").search_read(mine, ["sale_order_id"]):
        assert backorder["sale_order_id"][1] in text


def test_aging(office, paper):
    """One line for each customer with something open, and the totals by age."""
    [company] = office.model("res.users").search_read([("login", "=", "admin")], ["company_id"])
    text = paper("report_aging", company["company_id"][0])
    mine = [OPEN, ("company_id", "=", company["company_id"][0])]
    for backorder in office.model("sale.backorder").search_read(mine, ["partner_id"]):
        assert backorder["partner_id"][1].split(",")[0] in text
    for bucket in ("1-7", "8-14", "15-30"):
        assert bucket in text

"""The server answers the three ways that integrators and people use."""

import pytest


def test_json_rpc(odoo_rpc):
    assert odoo_rpc.env["sale.order"].search([], limit=1)


def test_json2(json2):
    assert json2("sale.order", "search_read", domain=[], fields=["name"], limit=1)
    with pytest.raises(json2.error) as caught:
        json2("sale.order", "no_such_method")
    assert caught.value.status == 404


def test_web_client(page, screenshot):
    page.goto("/odoo/action-sale.action_orders")
    page.locator(".o_list_view .o_data_row").first.wait_for()
    screenshot(page, "sale_orders")

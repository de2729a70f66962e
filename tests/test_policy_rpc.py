"""Policies from outside: simulate, explain, commit and replay by odoorpc and JSON-2."""

import pytest
from desk import Desk


@pytest.fixture(scope="module")
def desk(odoo_rpc):
    return Desk(odoo_rpc)


@pytest.fixture(scope="module")
def policies(desk):
    """Two policies that stay switched off: {method: id}."""
    model = desk.model("backorder.policy")
    made = {
        method: model.create({"name": f"By {method}", "method": method, "active": False})
        for method in ("fifo", "smallest")
    }
    yield made
    # other tests count the policies of the demo data
    model.unlink(list(made.values()))


@pytest.fixture
def shortage(desk):
    """Five and three are ordered, three come in. -> (product, first order, second order)"""
    product = desk.create_product("Lantern for runs")
    first, second = desk.sell(product, 5), desk.sell(product, 3)
    desk.receive(product, 3)
    assert (desk.reserved(first), desk.reserved(second)) == (3, 0)
    return product, first, second


def simulate(json2, policies, product):
    ids = [policies["fifo"], policies["smallest"]]
    runs = json2("backorder.policy", "simulate", ids=ids, product_ids=[product])
    return dict(zip(("fifo", "smallest"), runs, strict=True))


def after(json2, run):
    """{order name: what it holds afterwards}"""
    rows = json2(
        "backorder.run.line",
        "search_read",
        domain=[("run_id", "=", run)],
        fields=["order_id", "after", "reason", "text"],
    )
    assert all(row["reason"] and row["text"] for row in rows)
    return {row["order_id"][0]: row["after"] for row in rows}


def test_two_policies_on_one_snapshot(desk, json2, policies, shortage):
    product, first, second = shortage
    runs = simulate(json2, policies, product)
    assert after(json2, runs["fifo"]) == {first: 3, second: 0}
    assert after(json2, runs["smallest"]) == {first: 0, second: 3}
    # nothing has happened yet
    assert (desk.reserved(first), desk.reserved(second)) == (3, 0)
    rows = json2(
        "backorder.run", "read", ids=list(runs.values()), fields=["units_served", "orders_closed"]
    )
    assert [(row["units_served"], row["orders_closed"]) for row in rows] == [(3, 0), (3, 1)]


def test_commit_and_replay(desk, json2, policies, shortage):
    product, first, second = shortage
    runs = simulate(json2, policies, product)
    json2("backorder.run", "commit", ids=[runs["smallest"]])
    assert (desk.reserved(first), desk.reserved(second)) == (0, 3)
    assert desk.record(second)["state"] == "ready"
    assert json2("backorder.run", "replay", ids=[runs["smallest"]]) is True
    # again: nothing happens
    json2("backorder.run", "commit", ids=[runs["smallest"]])
    assert (desk.reserved(first), desk.reserved(second)) == (0, 3)
    assert desk.model("sale.backorder").audit() == []


def test_broken_promises(desk, json2, policies):
    """Three are covered for the first order. Given to the smallest, two of them are missing."""
    product = desk.create_product("Lantern for promises")
    first, second = desk.sell(product, 3), desk.sell(product, 2)
    desk.receive(product, 3)
    assert (desk.reserved(first), desk.reserved(second)) == (3, 0)
    runs = simulate(json2, policies, product)
    assert json2("backorder.run", "get_broken_promises", ids=[runs["fifo"]]) == []
    call = ("backorder.run", "get_broken_promises")
    [broken] = json2(*call, ids=[runs["smallest"]])
    [order] = desk.read("sale.order", [first], ["name", "partner_id"])
    assert (broken["run_id"], broken["order"]) == (runs["smallest"], order["name"])
    assert broken["customer"] == order["partner_id"][1]
    assert (broken["product_id"], broken["quantity"]) == (product, 2)
    assert (broken["told"], broken["new_date"]) == (False, False)
    assert [broken["line_id"]] == desk.record(first)["line_ids"]
    # the same after the commit, as long as the details are kept
    json2("backorder.run", "commit", ids=[runs["smallest"]])
    [again] = json2(*call, ids=[runs["smallest"]])
    assert (again["line_id"], again["quantity"]) == (broken["line_id"], 2)
    chatter = desk.model("mail.message").search_read(
        [("model", "=", "sale.backorder"), ("res_id", "=", desk.record(first)["id"])], ["body"]
    )
    assert "now 2 are missing" in " ".join(message["body"] for message in chatter)


def test_commit_refuses_an_old_snapshot(desk, json2, policies, shortage):
    product, first, second = shortage
    runs = simulate(json2, policies, product)
    desk.receive(product, 1)
    with pytest.raises(json2.error) as refused:
        json2("backorder.run", "commit", ids=[runs["smallest"]])
    assert refused.value.status == 422
    assert "simulate" in refused.value.body["message"].lower()
    assert (desk.reserved(first), desk.reserved(second)) == (4, 0)


def test_explain(desk, json2, shortage):
    """Who gets nothing is told who stands before him, still short of 2, and what would help."""
    _product, _first, second = shortage
    [line] = desk.record(second)["line_ids"]
    told = json2("sale.backorder.line", "explain", ids=[line])
    assert (told["rank"], told["of"]) == (2, 2)
    assert sum(ahead["quantity"] for ahead in told["ahead"]) == 2
    assert told["reason"] and told["text"] and told["unblock"]


def test_active_policy_serves_the_receipt(desk, odoo_rpc, policies):
    """Active for one category only, so that the rest of the database is left alone."""
    category = desk.model("product.category").create({"name": "Ranked"})
    product = desk.create_product("Ranked lantern")
    desk.model("product.product").write([product], {"categ_id": category})
    policy = policies["smallest"]
    first, second = desk.sell(product, 5), desk.sell(product, 3)
    vals = {"active": True, "product_categ_ids": [(6, 0, [category])]}
    desk.model("backorder.policy").write([policy], vals)
    try:
        desk.receive(product, 4)
        assert (desk.reserved(first), desk.reserved(second)) == (1, 3)
    finally:
        desk.model("backorder.policy").write([policy], {"active": False})

"""What a salesperson's windows do, by JSON-2 with her own key: once, and not what is not hers."""

from datetime import date, timedelta

import pytest
from shop import LOGIN, open_shop


@pytest.fixture(scope="module")
def shop(odoo_rpc):
    with open_shop(odoo_rpc) as shop:
        yield shop


@pytest.fixture
def rita(shop, json2_as):
    return json2_as(LOGIN)


def refused(call, status, *words, **arguments):
    with pytest.raises(call.error) as error:
        call(*words, **arguments)
    assert error.value.status == status
    return error.value.body["message"]


def find_item(shop, order):
    [item] = shop.record(order)["line_ids"]
    return item


def test_offer_accept_and_decline(shop, rita):
    """Two are owed; one of the substitute for each, at 7.5. The price that was seen counts."""
    order, record, _address = shop.owe("Offer By Key", quantity=2)
    substitute = shop.create_product("Other lantern by key")
    [product] = shop.read("product.product", [shop.product(order)], ["product_tmpl_id"])
    row = {"product_tmpl_id": product["product_tmpl_id"][0], "substitute_id": substitute}
    shop.model("product.substitute").create(row)
    item = find_item(shop, order)
    [found] = rita("sale.backorder.line", "get_substitutes", ids=[item])
    assert found["product_id"] == substitute
    offer = {"ids": [item], "product_id": substitute, "price_unit": 7.5}
    made = rita("sale.backorder.line", "offer_substitute", **offer)
    first = made[0] if isinstance(made, list) else made
    assert rita("backorder.offer", "decline", ids=[first], reason="Too dear") is True
    assert "declined" in refused(rita, 422, "backorder.offer", "accept", ids=[first])
    made = rita("sale.backorder.line", "offer_substitute", **offer)
    second = made[0] if isinstance(made, list) else made
    refused(rita, 422, "backorder.offer", "accept", ids=[second], price_unit=7)
    assert shop.lines(order) == [(2, 10, 0)]
    for _time in range(2):
        assert rita("backorder.offer", "accept", ids=[second], price_unit=7.5) is True
        assert shop.lines(order) == [(2, 10, 0), (2, 7.5, 0)]
    assert [row[2] for row in shop.log(record)] == [False, "substitute"]
    assert shop.sound()


def test_not_received_once(shop, rita):
    """The same claim for a second call; what was not shipped cannot be missing."""
    order, record, _address = shop.owe("Claim By Key", quantity=2)
    message = refused(rita, 422, "sale.backorder", "log_not_received", ids=[record])
    assert "not shipped" in message
    shop.receive(shop.product(order), 2)
    shop.ship(shop.open_transfer(order), 2)
    item = str(find_item(shop, order))
    call = ("sale.backorder", "log_not_received")
    refused(rita, 422, *call, ids=[record], quantities={item: 3})
    for _time in range(2):
        rita(*call, ids=[record], quantities={item: 1}, note="Wet")
    [claim] = shop.model("backorder.claim").search_read(
        [("backorder_id", "=", record)], ["picking_ids", "note"]
    )
    assert (len(claim["picking_ids"]), claim["note"]) == (1, "Wet")
    assert shop.numbers(order) == (2, 0, 0, 2, 0)
    assert shop.sound()


def test_keep_promise_and_cancel_with_mail(shop, rita):
    """A day that has passed is refused; the date and the end are read by the customer."""
    order, record, address = shop.owe("Keep By Key")
    day, past = str(date.today() + timedelta(days=9)), str(date.today() - timedelta(days=2))
    call = ("sale.backorder", "keep_until_day")
    refused(rita, 422, *call, ids=[record], day=past, reason="Why not")
    refused(rita, 422, *call, ids=[record], day=day, reason=" ")
    assert rita(*call, ids=[record], day=day, reason="Waits for the new model") is True
    [row] = rita("sale.backorder", "read", ids=[record], fields=["keep_until", "keep_reason"])
    assert (row["keep_until"], row["keep_reason"]) == (day, "Waits for the new model")
    dated = {"promised_date": day, "reason": "A storm", "notify": True}
    rita("sale.backorder", "reschedule", ids=[record], **dated)
    reason = shop.client.env.ref("backorder_management.cancel_reason_customer").id
    rita("sale.backorder", "cancel_open", ids=[record], reason_id=reason, notify=True)
    shop.post()
    # real mail: one for each, to this customer only
    first, last = shop.mailbox.read(address)
    assert "A storm" in first[1] and "Lantern of Keep By Key" in last[1]
    messages = shop.model("mail.message").search_read(
        [("model", "=", "backorder.notice"), ("partner_ids.email", "=", address)],
        ["partner_ids", "message_type"],
    )
    assert [len(message["partner_ids"]) for message in messages] == [1, 1]
    assert shop.log(record) == [("email", "out", False)] * 2
    assert shop.numbers(order) == (4, 0, 0, 0, 4)
    assert shop.sound()


def test_approve_once(shop, rita):
    """A word of hers at the beginning; a second approval sends nothing."""
    _order, _record, address = shop.owe("Approve By Key")
    shop.collect()
    [notice] = rita(
        "backorder.notice",
        "search_read",
        domain=[("partner_id.email", "=", address)],
        fields=["state"],
    )
    assert notice["state"] == "draft"
    rita("backorder.notice", "write", ids=[notice["id"]], vals={"note": "So sorry!"})
    for _time in range(2):
        rita("backorder.notice", "action_approve", ids=[notice["id"]])
        shop.post()
    [(_subject, text)] = shop.mailbox.read(address)
    assert "So sorry!" in text and "Lantern of Approve By Key" in text
    refused(rita, 403, "backorder.notice", "write", ids=[notice["id"]], vals={"note": "Late"})


def test_not_hers(shop, rita):
    """The order of a colleague: not even read."""
    order = shop.sell(shop.create_product("Lantern of others"), 3, user_id=shop.client.env.uid)
    record = shop.record(order)["id"]
    day = str(date.today() + timedelta(days=9))
    for method, arguments in (
        ("reschedule", {"promised_date": day}),
        ("keep_until_day", {"day": day, "reason": "Mine"}),
        ("log_not_received", {}),
    ):
        refused(rita, 403, "sale.backorder", method, ids=[record], **arguments)
    assert shop.numbers(order) == (3, 3, 0, 0, 0)


def test_propose_transfer_once(shop, rita):
    """Two of four lie elsewhere: a draft for the warehouse, found again by a second call."""
    order, record, _address = shop.owe("Transfer By Key")
    product = shop.product(order)
    item = find_item(shop, order)
    call = ("sale.backorder.line", "propose_transfer")
    assert "No other warehouse" in refused(rita, 422, *call, ids=[item])
    far = shop.model("stock.warehouse").create({"name": "Far by key", "code": "FBK"})
    shop.receive(product, 2, warehouse=far)
    assert "above zero" in refused(rita, 422, *call, ids=[item], quantity="none")
    made = [rita(*call, ids=[item], warehouse_id=far, quantity="1.0") for _time in range(2)]
    [picking] = made[0]
    assert made[1] == [picking]
    moves = shop.model("stock.move").search_read(
        [("picking_id", "=", picking)], ["state", "product_uom_qty", "quantity"]
    )
    assert [(m["state"], m["product_uom_qty"], m["quantity"]) for m in moves] == [("draft", 1, 0)]
    assert "Far by key" in shop.chatter("sale.backorder", record)
    assert shop.numbers(order) == (4, 4, 0, 0, 0)
    assert shop.sound()


def test_ship_together_once(shop, rita):
    """One delivery cannot leave together; two of one customer can, and a colleague's stays out."""
    first, record, address = shop.owe("Together By Key", quantity=2)
    [partner] = shop.model("res.partner").search([("email", "=", address)])
    call = ("sale.backorder", "ship_together")
    assert "two unpicked deliveries" in refused(rita, 422, *call, ids=[record])
    sold = {"product_id": shop.product(first), "quantity": 3, "partner_id": partner}
    second = shop.sell(**sold, user_id=shop.seller)
    theirs = shop.sell(**sold, user_id=shop.client.env.uid)
    wanted = {shop.open_transfer(order) for order in (first, second)}
    for _time in range(2):
        assert set(rita(*call, ids=[record])) == wanted
    rows = shop.read(
        "stock.picking", [*sorted(wanted), shop.open_transfer(theirs)], ["backorder_shipment"]
    )
    names = [row["backorder_shipment"] for row in rows]
    assert names[0] and names == [names[0], names[0], False]
    theirs = shop.record(theirs)["id"]
    refused(rita, 403, *call, ids=[theirs])
    assert shop.sound()

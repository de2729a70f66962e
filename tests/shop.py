"""A salesperson, her customers, and all that she can look up, by RPC; mail really arrives."""

from contextlib import contextmanager

from desk import Desk
from mail_sink import Mailbox

LOGIN = "rita"
ON = {"backorder_notice_mode": "approve", "backorder_notice_delay": 0}
OFF = {"backorder_notice_mode": "off", "backorder_notice_delay": 60}
OLD = """
ids = {ids}
for table, column in (("sale_backorder", "id"), ("sale_backorder_line", "backorder_id")):
    env.cr.execute(
        f"UPDATE {{table}} SET date_open = date_open - interval '{days} days'"
        f" WHERE {{column}} = ANY(%s)",
        (ids,),
    )
env.cr.commit()
"""


@contextmanager
def open_shop(client):
    """-> Shop; notices are approved by a person as long as it is open."""
    with Mailbox() as mailbox:
        shop = Shop(client, mailbox)
        shop.hire()
        server = {"name": "Mailbox", "smtp_host": "127.0.0.1", "smtp_port": mailbox.port}
        servers = shop.model("ir.mail_server")
        made = servers.create({**server, "smtp_encryption": "none"})
        companies = shop.model("res.company")
        ids = companies.search([])
        companies.write(ids, ON)
        yield shop
        companies.write(ids, OFF)
        shop.post()
        servers.unlink([made])


class Shop(Desk):
    """A salesperson, her customers, and what she can look up."""

    def __init__(self, client, mailbox):
        super().__init__(client)
        self.mailbox = mailbox

    def hire(self):
        users = self.model("res.users")
        found = users.search([("login", "=", LOGIN)])
        if found:
            self.seller = found[0]
            return
        group = self.client.env.ref("sales_team.group_sale_salesman").id
        self.seller = users.create(
            {
                "name": "Rita Rep",
                "login": LOGIN,
                "password": LOGIN,
                "email": "rita@example.com",
                "group_ids": [(4, group)],
            }
        )

    def owe(self, name, quantity=4, there=0, price=10.0):
        """A customer of that name waits. -> (order, record, e-mail address)"""
        address = name.replace(" ", ".").lower() + "@example.com"
        partner = self.model("res.partner").create({"name": name, "email": address})
        product = self.create_product(f"Lantern of {name}")
        self.model("product.product").write([product], {"list_price": price})
        if there:
            self.receive(product, there)
        order = self.sell(product, quantity, partner_id=partner, user_id=self.seller)
        return order, self.record(order)["id"], address

    def product(self, order):
        lines = self.model("sale.order.line").search_read(
            [("order_id", "=", order)], ["product_id"], order="id", limit=1
        )
        return lines[0]["product_id"][0]

    def lines(self, order):
        """What stands on the order: [(quantity, price, delivered)]"""
        fields = ["product_uom_qty", "price_unit", "qty_delivered"]
        rows = self.model("sale.order.line").search_read(
            [("order_id", "=", order)], fields, order="id"
        )
        return [tuple(row[name] for name in fields) for row in rows]

    def log(self, record):
        """What the log says: [(method, direction, decision)]"""
        fields = ["method", "direction", "decision"]
        rows = self.model("backorder.communication").search_read(
            [("backorder_id", "=", record)], fields, order="id"
        )
        return [tuple(row[name] for name in fields) for row in rows]

    def activities(self, record):
        rows = self.model("mail.activity").search_read(
            [("res_model", "=", "sale.backorder"), ("res_id", "=", record)],
            ["user_id", "date_deadline"],
        )
        return [(row["user_id"][0], row["date_deadline"]) for row in rows]

    def chatter(self, model, record):
        rows = self.model("mail.message").search_read(
            [("model", "=", model), ("res_id", "=", record)], ["body"]
        )
        return " ".join(row["body"] for row in rows)

    def run(self, *crons):
        for name in crons:
            cron = self.client.env.ref(name).id
            self.model("ir.cron").method_direct_trigger([cron])

    def collect(self):
        """The news of a customer become one message, which waits for a word of approval."""
        self.run(*["backorder_management.ir_cron_notices"] * 2)

    def post(self):
        """What stands in the queue leaves."""
        self.run("mail.ir_cron_mail_scheduler_action")

    def sound(self):
        return self.model("sale.backorder").audit() == []

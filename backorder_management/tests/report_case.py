"""Orders of two companies with different currencies and time zones, at all stages of a backorder;
and what the reports should say of them, counted by hand from the records."""

import random
from datetime import datetime, timedelta

import pytz

from odoo import Command, fields
from odoo.tools import SQL

from odoo.addons.backorder_management.models.sale_backorder import OPEN_STATES

from .common import BackorderCommon

NOW = datetime(2026, 3, 10, 12, 0)  # midnight is near in both zones
EAST, WEST = "Pacific/Auckland", "America/Los_Angeles"  # +13 and -7 on that day


class ReportCase(BackorderCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.rng = random.Random(6)
        cls.warehouse.partner_id = cls.env["res.partner"].create({"name": "West", "tz": WEST})
        cls.dozen = cls.env.ref("uom.product_uom_dozen")
        cls.categories = cls.env["product.category"].create([{"name": "Wood"}, {"name": "Metal"}])
        cls.products = cls.env["product.product"].concat(
            *(cls._create_product(f"Part {i}", categ_id=cls.categories[i % 2].id) for i in range(4))
        )
        cls.customers = cls.env["res.partner"].create(
            [{"name": f"Customer {i}", "country_id": cls.env.ref("base.be").id} for i in range(3)]
        )
        cls.causes = cls.env["backorder.cause"].search([], limit=2)
        cls.reason = cls.env["backorder.cancel.reason"].search([("needs_note", "=", False)])[:1]
        cls.home = cls.company.currency_id
        cls.foreign = cls.env.ref("base.GBP" if cls.home != cls.env.ref("base.GBP") else "base.EUR")
        cls.foreign.active = True
        cls._rate(cls.foreign, {"2020-01-01": 2.0, "2026-02-01": 4.0})
        cls.other_company = cls._create_company()
        cls.west, cls.east = cls.warehouse, cls.other_warehouse

    @classmethod
    def _rate(cls, currency, rates):
        cls.env["res.currency.rate"].search([("currency_id", "=", currency.id)]).unlink()
        cls.env["res.currency.rate"].create(
            [
                {"currency_id": currency.id, "name": day, "rate": rate, "company_id": False}
                for day, rate in rates.items()
            ]
        )

    @classmethod
    def _create_company(cls):
        """In the far east, which counts in the foreign currency."""
        company = cls.env["res.company"].create(
            {
                "name": "Far East",
                "currency_id": cls.foreign.id,
                "backorder_creation": "confirmation",
            }
        )
        cls.env.user.company_ids |= company
        cls.other_warehouse = cls.env["stock.warehouse"].search(
            [("company_id", "=", company.id)], limit=1
        )
        cls.other_warehouse.partner_id = cls.env["res.partner"].create({"name": "East", "tz": EAST})
        return company

    # === MAKE === #

    @classmethod
    def _order(cls, warehouse, lines, **values):
        company = warehouse.company_id
        currency = values.pop("currency", company.currency_id)
        pricelist = cls.env["product.pricelist"].create(
            {"name": "Net", "currency_id": currency.id, "company_id": company.id}
        )
        order = cls.env["sale.order"].with_company(company)
        order = order.create(
            {
                "partner_id": cls.customer.id,
                "company_id": company.id,
                "warehouse_id": warehouse.id,
                "pricelist_id": pricelist.id,
                "order_line": [
                    Command.create(
                        {
                            "product_id": product.id,
                            "product_uom_qty": quantity,
                            "price_unit": price,
                            "tax_ids": False,
                            **({"product_uom_id": unit[0].id} if unit else {}),
                        }
                    )
                    for product, quantity, price, *unit in lines
                ],
                **values,
            }
        )
        order.action_confirm()
        return order

    @classmethod
    def _date_order(cls, order, moment):
        """Its rate is the one of that day."""
        order.date_order = moment
        order.flush_recordset()

    @classmethod
    def _date_back(cls, records, **moments):
        """Put moments into the records, behind the back of everybody."""
        records.env.flush_all()
        for name, moment in moments.items():
            records.env.cr.execute(
                SQL(
                    "UPDATE %s SET %s = %s WHERE id IN %s",
                    SQL.identifier(records._table),
                    SQL.identifier(name),
                    moment,
                    tuple(records.ids),
                )
            )
        records.invalidate_recordset(list(moments))

    @classmethod
    def _generate(cls, count):
        """Orders at random, some of which are shipped, cancelled or promised anew."""
        for warehouse in (cls.west, cls.east):
            for product in cls.products:
                cls._stock(product, 15, warehouse.lot_stock_id)
        for _ in range(count):
            order = cls._generate_order()
            cls.env["backorder.tracker"]._drain()
            if order.backorder_ids:
                cls._age(order)
                cls._live(order)
        cls.env["backorder.tracker"]._drain()
        cls.env.flush_all()
        cls.env.invalidate_all()

    @classmethod
    def _generate_order(cls):
        rng, warehouse = cls.rng, cls.rng.choice([cls.west, cls.east])
        lines = [
            (p, rng.randint(1, 9), rng.choice([3.0, 7.5, 12.0]), *rng.choice([[], [cls.dozen]]))
            for p in rng.sample(list(cls.products), rng.randint(1, 3))
        ]
        order = cls._order(
            warehouse,
            lines,
            partner_id=rng.choice(cls.customers).id,
            currency=rng.choice([cls.home, cls.foreign]),
            user_id=rng.choice([False, cls.env.uid]),
        )
        cls._date_order(order, NOW - timedelta(days=rng.randint(0, 90), hours=rng.randint(0, 23)))
        return order

    @classmethod
    def _age(cls, order):
        moment = fields.Datetime.now() - timedelta(hours=cls.rng.randint(0, 40 * 24))
        lines = order.backorder_ids.line_ids
        cls._date_back(order.backorder_ids, date_open=moment)
        cls._date_back(lines, date_open=moment)
        lines.cause_id = cls.rng.choice([*cls.causes, cls.env["backorder.cause"]])

    @classmethod
    def _live(cls, order):
        record = order.backorder_ids
        fate = cls.rng.random()
        if fate < 0.5:
            day = fields.Date.today() + timedelta(days=cls.rng.randint(2, 9))
            record.reschedule(day)
            if fate < 0.2:
                record.reschedule(day + timedelta(days=3))
        if fate < 0.3:
            cls._serve(order)
        elif fate < 0.4:
            record.cancel_open(cls.reason.id)
        elif fate < 0.6:
            cls._date_back(record.line_ids, date_due=fields.Date.today() - timedelta(days=1))

    @classmethod
    def _serve(cls, order):
        """Bring what it waits for, or a part of it, and ship."""
        share = cls.rng.choice([1.0, 1.0, 0.5])
        for line in order.backorder_ids.line_ids:
            short = line.qty_short
            cls._stock(line.product_id, int(short * share), order.warehouse_id.lot_stock_id)
        order.picking_ids.action_assign()
        for picking in cls._get_open_pickings(order):
            if any(picking.move_ids.mapped("quantity")):
                cls._ship(picking)
        cls.env["backorder.tracker"]._drain()
        moves = order.order_line.move_ids.filtered(lambda m: m.state == "done")
        # a second may have passed: nothing ships after the last of it was closed
        end = order.backorder_ids.date_closed or fields.Datetime.now()
        moment = end - timedelta(hours=cls.rng.randint(0, 10))
        if moves and order.backorder_ids.date_open < moment:
            cls._date_back(moves, date=moment)

    # === COUNT BY HAND === #

    def _zone(self, record):
        return pytz.timezone(record.warehouse_id.partner_id.tz)

    def _day(self, moment, record):
        return moment and pytz.utc.localize(moment).astimezone(self._zone(record)).date()

    def _naive(self, line):
        """All that the analysis says of an item, read from records one at a time."""
        today = self._day(fields.Datetime.now(), line)
        record, order = line.backorder_id, line.sale_order_id
        opened = self._day(line.date_open, line)
        age_end = self._day(record.date_closed, line) or today
        age = max(0, (age_end - self._day(record.date_open, line)).days)
        shipped = self._naive_shipped(line)
        done = line.state == "done"
        ended = {"done": shipped, "cancel": line.date_closed or line.write_date}.get(line.state)
        promises = line.promise_ids.sorted("id").mapped("new_date")
        first = promises[0] if promises else line.promised_date
        return {
            "qty_backordered": line.qty_backordered,
            "qty_open": line.qty_open,
            "qty_ready": line.qty_ready,
            "qty_short": line.qty_open - line.qty_ready,
            "qty_fulfilled": line.qty_fulfilled,
            "qty_cancelled": line.qty_cancelled,
            "amount_open": line.amount_open,
            "value_open": self._convert(line.amount_open, order),
            "value_backordered": self._naive_value(line, line.qty_backordered),
            "value_cancelled": self._naive_value(line, line.qty_cancelled),
            "value_fulfilled": self._naive_value(line, line.qty_fulfilled),
            "date_open": opened,
            "date_order": self._day(order.date_order, line),
            "age_days": age,
            "age_bucket": self._bucket(age),
            "is_overdue": bool(
                line.state in OPEN_STATES and line.date_due and line.date_due < today
            ),
            "days_waited": max(0, ((self._day(ended, line) or today) - opened).days),
            "days_to_fulfil": max(0, (self._day(shipped, line) - opened).days) if done else 0,
            "date_shipped": self._day(shipped, line) if line.qty_fulfilled else False,
            "promised_date_first": first,
            "promised_date": line.promised_date,
            "kept_first": float(done and bool(first) and self._day(shipped, line) <= first),
            "partner_id": order.partner_id,
            "country_id": order.partner_id.country_id,
            "product_categ_id": line.product_id.categ_id,
            "warehouse_id": order.warehouse_id,
            "company_id": order.company_id,
            "cause_id": line.cause_id or record.cause_id,
            "state": line.state,
        }

    def _naive_shipped(self, line):
        dates = [
            m.date
            for m in line.sale_line_id.move_ids
            if m.state == "done"
            and m.product_id == line.product_id
            and m.location_dest_id.usage == "customer"
            and m.date >= line.date_open
        ]
        return max(dates, default=False)

    def _naive_value(self, line, quantity):
        sale_line = line.sale_line_id
        ordered = sale_line.product_uom_id._compute_quantity(
            sale_line.product_uom_qty, line.product_id.uom_id, round=False
        )
        price = sale_line.price_unit * sale_line.product_uom_qty / ordered
        return self._convert(quantity * price, line.sale_order_id)

    def _convert(self, amount, order):
        """At the rate of the order's date; between companies at the one of today."""
        amount = order.currency_id._convert(
            amount, order.company_id.currency_id, order.company_id, order.date_order, round=False
        )
        return order.company_id.currency_id._convert(
            amount, self.env.company.currency_id, self.env.company, fields.Date.today(), round=False
        )

    def _bucket(self, days):
        if days <= 7:
            return "1-7"
        if days <= 14:
            return "8-14"
        return "15-30" if days <= 30 else "30+"

"""Segments of a policy: who has more, or fewer, rights than the others."""

from ast import literal_eval
from collections import defaultdict
from datetime import datetime, time, timedelta

import pytz

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain

RIGHTS = [
    ("win", "Always in full"),
    ("gain", "Never less than now"),
    ("improve", "Better if possible"),
    ("redistribute", "Shared anew"),
    ("fill", "At most what it has"),
    ("lose", "Gives way"),
    ("skip", "Left alone"),
]
PERIODS = [("always", "At any time"), ("week", "Per week"), ("month", "Per month")]


class BackorderSegment(models.Model):
    _name = "backorder.segment"
    _description = "Allocation Segment"
    _order = "sequence, id"

    policy_id = fields.Many2one("backorder.policy", required=True, index=True, ondelete="cascade")
    sequence = fields.Integer(default=10, help="The first segment that fits an item counts.")
    name = fields.Char(required=True, translate=True)
    right = fields.Selection(
        RIGHTS,
        required=True,
        default="redistribute",
        help="Always in full (SAP: Win), Never less than now (Gain), Better if possible (Improve), "
        "Shared anew (Redistribute), At most what it has (Fill), Gives way (Lose), "
        "Left alone (Skip).",
    )
    partner_domain = fields.Char(string="Customers", default="[]")
    order_domain = fields.Char(string="Orders", default="[]")
    product_domain = fields.Char(string="Products", default="[]")
    protected_qty = fields.Float(
        string="Protected stock",
        digits="Product Unit",
        help="Of each product, this much is kept for the segment: nobody else gets it.",
    )
    protected_period = fields.Selection(
        PERIODS,
        string="Period",
        required=True,
        default="always",
        help="Per week or month: what the segment received in the running period counts.",
    )

    @api.constrains("partner_domain", "order_domain", "product_domain")
    def _check_domains(self):
        for segment in self:
            try:
                segment._match_partners([])
                segment._match_orders([])
                segment._match_products([])
            except Exception as error:
                raise ValidationError(
                    self.env._(
                        "The filter of segment %(name)s cannot be read: %(error)s",
                        name=segment.name,
                        error=error,
                    )
                ) from error

    def _get_domain(self, name):
        return Domain(literal_eval(self[name] or "[]"))

    def _match(self, model, name, ids):
        """:return: which of `ids` fit; None when the filter says nothing"""
        domain = self._get_domain(name)
        if domain.is_true():
            return None
        found = self.env[model].sudo().with_context(active_test=False)
        return set(found.search(domain & Domain("id", "in", list(ids))).ids)

    def _match_partners(self, ids):
        return self._match("res.partner", "partner_domain", ids)

    def _match_orders(self, ids):
        return self._match("sale.order", "order_domain", ids)

    def _match_products(self, ids):
        return self._match("product.product", "product_domain", ids)

    def _classify(self, rows):
        """The first segment that fits each demand, in a few queries per segment.

        :param rows: dicts with ``id``, ``order_id``, ``partner_id``, ``product_id``
        :return: {row id: segment}
        """
        result = {}
        for segment in self:
            rest = [r for r in rows if r["id"] not in result]
            orders = segment._match_orders({r["order_id"] for r in rest if r["order_id"]})
            partners = segment._match_partners({r["partner_id"] for r in rest if r["partner_id"]})
            products = segment._match_products({r["product_id"] for r in rest})
            for row in rest:
                if (
                    (orders is None or row["order_id"] in orders)
                    and (partners is None or row["partner_id"] in partners)
                    and (products is None or row["product_id"] in products)
                ):
                    result[row["id"]] = segment
        return result

    def _get_period_start(self, zone):
        """:param zone: name of a time zone, in which its days begin
        :return: since when (UTC) received goods count against the protection; None: not at all"""
        zone = pytz.timezone(zone)
        day = pytz.utc.localize(fields.Datetime.now()).astimezone(zone).date()
        if self.protected_period == "week":
            day -= timedelta(days=day.weekday())
        elif self.protected_period == "month":
            day = day.replace(day=1)
        else:
            return None
        start = zone.localize(datetime.combine(day, time.min))
        return start.astimezone(pytz.utc).replace(tzinfo=None)

    def _get_protected(self, pools):
        """What is still kept for this segment in each of `pools`.

        :return: {(product id, warehouse id): quantity}
        """
        self.ensure_one()
        if self.protected_qty <= 0:
            return {}
        products = self._match_products({p for p, _w in pools})
        mine = [pool for pool in pools if products is None or pool[0] in products]
        used = self._read_used(mine)
        return {pool: max(0.0, self.protected_qty - used.get(pool, 0.0)) for pool in mine}

    def _read_used(self, pools):
        """:return: {pool: what it received in the running period of its warehouse}"""
        zones, used = self.env["backorder.demand"]._get_zones(pools), {}
        pools_of = defaultdict(list)
        for pool in pools:
            pools_of[zones[pool[1]]].append(pool)
        for zone, mine in pools_of.items():
            start = self._get_period_start(zone)
            if start:
                used.update(self._read_received(mine, start))
        return used

    def _read_received(self, pools, start):
        """What customers of the segment were shipped since `start`."""
        moves = (
            self.env["stock.move"]
            .sudo()
            .search(
                [
                    ("state", "=", "done"),
                    ("date", ">=", start),
                    ("product_id", "in", list({p for p, _w in pools})),
                    ("location_id.warehouse_id", "in", list({w for _p, w in pools})),
                    ("location_dest_id.usage", "=", "customer"),
                    ("sale_line_id", "!=", False),
                ]
            )
        )
        rows = [
            {
                "id": m.id,
                "order_id": m.sale_line_id.order_id.id,
                "partner_id": m.sale_line_id.order_id.partner_id.id,
                "product_id": m.product_id.id,
            }
            for m in moves
        ]
        # the segments before this one have their own customers
        first = self.policy_id.segment_ids._classify(rows)
        used = {}
        for move in moves:
            if first.get(move.id) == self:
                pool = (move.product_id.id, move.location_id.warehouse_id.id)
                used[pool] = used.get(pool, 0.0) + move.product_uom._compute_quantity(
                    move.quantity, move.product_id.uom_id, rounding_method="HALF-UP"
                )
        return used

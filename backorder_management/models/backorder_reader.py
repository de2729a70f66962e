"""Builds engine inputs from the database, in a number of queries that does not depend on how
many lines are read or how many orders wait."""

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from odoo import api, fields, models
from odoo.tools import SQL

from ..engine import positions as pos
from ..engine import promising as prm

OPEN_MOVES = ("waiting", "confirmed", "partially_available", "assigned")
EPSILON = 1e-6
# when a move `m` from `src` brings its goods. A changed purchase date reaches only the deadline of
# a receipt, a day that the warehouse plans only its date: who spoke last is believed.
SUPPLY_DATE = SQL(
    """
    CASE WHEN src.usage = 'supplier' AND m.backorder_replanned IS NOT TRUE
         THEN COALESCE(m.date_deadline, m.date) ELSE m.date END
    """
)
NO_TIME = timedelta()


@dataclass(slots=True)
class Facts:
    """All that is known of one order line and product. Quantities in the product's unit.

    short: not reserved and not covered in time although due
    expected: when the last outstanding unit can ship (UTC), None when unknown
    incoming: a receipt is expected to serve it
    pegs: what is planned to serve it, each with the date on which it can ship
    likely, safe: when it has come in one of two and in nine of ten cases, where lateness is known
    legs: {key of a peg: time of the later steps}, where there are any
    """

    outline: pos.Outline
    short: float = 0.0
    expected: datetime | None = None
    incoming: bool = False
    pegs: list = field(default_factory=list)
    likely: datetime | None = None
    safe: datetime | None = None
    legs: dict = field(default_factory=dict)


class BackorderReader(models.AbstractModel):
    _name = "backorder.reader"
    _description = "Backorder Reader"

    @api.model
    def _read_outlines(self, line_ids):
        """:return: {(line id, product id): Outline} from all moves of these order lines"""
        return pos.outline(self._read_moves(line_ids))

    @api.model
    def _read_facts(self, line_ids):
        """:return: {(line id, product id): Facts}"""
        now = fields.Datetime.now()
        outlines = self._read_outlines(line_ids)
        covers = self.env["backorder.supply"]._read_covers(outlines, now)
        leads = self._read_asked_leads(outlines)
        facts = {key: self._get_facts(o, covers, leads, now) for key, o in outlines.items()}
        self._add_lateness(facts, now)
        return facts

    @api.model
    def _add_lateness(self, facts, now):
        """How late the supply usually is; of what is overdue it is all that is known."""
        keys = {peg.key for fact in facts.values() for peg in fact.pegs if peg.key}
        known = self.env["backorder.dates"]._read_lateness(keys, now) if keys else {}
        if not known:
            return
        for fact in facts.values():
            if any(peg.late and peg.key not in known for peg in fact.pegs):
                continue
            if fact.expected and any(peg.key in known for peg in fact.pegs):
                usual = [
                    [day + fact.legs.get(peg.key, NO_TIME) for day in known[peg.key]]
                    for peg in fact.pegs
                    if peg.key in known
                ]
                fact.likely = max(fact.expected, *(likely for likely, _safe in usual))
                fact.safe = max(fact.expected, *(safe for _likely, safe in usual))

    @api.model
    def _get_facts(self, outline, covers, leads, now):
        facts, dates = Facts(outline), []
        for move in outline.roots:
            legs = outline.legs.get(move.id, NO_TIME)
            if move.reserved > EPSILON or not move.unreserved:
                facts.pegs.append(self._get_held_peg(move, now))
            if move.source in (pos.ORDERED, pos.DIRECT) and move.unreserved > EPSILON:
                facts.short += pos.without_supply(move, now)
                pegs = self._get_ordered_pegs(move, leads, now)
                expected = prm.complete_on(pegs, move.unreserved, now)
                facts.incoming = facts.incoming or bool(expected and prm.is_planned(pegs))
            elif move.unreserved > EPSILON:
                cover = covers[move.id]
                if move.due:
                    facts.short += cover.short(move.unreserved)
                expected, pegs = cover.expected, cover.pegs
                planned = cover.expected and prm.is_planned(cover.pegs)
                facts.incoming = facts.incoming or bool(planned)
            else:
                expected, pegs = max(now, move.date or now), ()
            if expected and move.not_before:
                expected = max(expected, move.not_before)
            dates.append(expected and expected + legs)
            facts.pegs += [peg._replace(date=peg.date + legs) for peg in pegs]
            if legs:
                facts.legs.update((peg.key, legs) for peg in pegs)
        facts.expected = prm.latest(dates)
        return facts

    @api.model
    def _get_held_peg(self, move, now):
        """What is reserved ships on the day of its transfer."""
        return prm.Peg(
            min(move.quantity, move.reserved or move.quantity), max(now, move.date or now)
        )

    # === MOVES === #

    @api.model
    def _get_moves_query(self, line_ids):
        """One row per open or done move. Quantities are brought to the product's unit. What is
        looked up for the product stands apart: planning nine tables at once takes longer than
        reading them."""
        return SQL(
            """
            SELECT m.id, m.sale_line_id, m.product_id, m.state, m.product_qty, m.date,
                   m.quantity * mu.factor / product.factor AS quantity,
                   m.procure_method, m.reservation_date, m.picking_type_id, m.location_id,
                   m.origin_returned_move_id, m.backorder_short, m.backorder_wait,
                   %s AS supply_date,
                   src.usage AS src_usage, src.company_id AS src_company, src.warehouse_id,
                   dst.usage AS dst_usage, dst.company_id AS dst_company,
                   product.is_storable,
                   (SELECT reservation_method FROM stock_picking_type
                     WHERE id = m.picking_type_id) AS reservation_method,
                   dst.usage = 'internal' AND EXISTS (
                       SELECT FROM stock_warehouse w JOIN stock_location s ON s.id = w.lot_stock_id
                        WHERE dst.parent_path LIKE s.parent_path || '%%') AS to_stock
              FROM stock_move m
              JOIN stock_location src ON src.id = m.location_id
              JOIN stock_location dst ON dst.id = m.location_dest_id
              JOIN uom_uom mu ON mu.id = m.product_uom
             CROSS JOIN LATERAL (
                   SELECT pt.is_storable, pu.factor
                     FROM product_product p
                     JOIN product_template pt ON pt.id = p.product_tmpl_id
                     JOIN uom_uom pu ON pu.id = pt.uom_id
                    WHERE p.id = m.product_id
                   OFFSET 0) product
             WHERE m.sale_line_id IN %s AND m.state NOT IN ('draft', 'cancel')
             ORDER BY m.id
            """,
            SUPPLY_DATE,
            tuple(line_ids),
        )

    @api.model
    def _read_moves(self, line_ids):
        if not line_ids:
            return []
        self.env["stock.move"].flush_model()
        rows = self.env.execute_query_dict(self._get_moves_query(line_ids))
        open_ids = {r["id"] for r in rows if r["state"] in OPEN_MOVES}
        links = self._read_links(self._get_chained(rows))
        now = fields.Datetime.now()
        followed = {o for d in open_ids for o in links.get(d, ())}
        moves = [self._get_move(r, links, followed, now) for r in rows]
        return self._add_supply([m for m in moves if m], now)

    @api.model
    def _get_chained(self, rows):
        """Open moves that may be part of a chain. A lone move that takes from stock is not."""
        open_rows = [r for r in rows if r["state"] in OPEN_MOVES]
        count = Counter((r["sale_line_id"], r["product_id"]) for r in open_rows)
        return {
            r["id"]
            for r in open_rows
            if count[r["sale_line_id"], r["product_id"]] > 1
            or r["procure_method"] != "make_to_stock"
            or r["state"] == "waiting"
        }

    @api.model
    def _read_links(self, move_ids):
        """:return: {move id: ids of the moves that bring its goods}"""
        links = defaultdict(set)
        if move_ids:
            query = SQL(
                "SELECT move_dest_id, move_orig_id FROM stock_move_move_rel "
                "WHERE move_dest_id IN %s",
                tuple(move_ids),
            )
            for dest, orig in self.env.execute_query(query):
                links[dest].add(orig)
        return links

    @api.model
    def _get_move(self, row, links, followed, now):
        """One row as the engine sees it; None for moves that say nothing about the customer."""
        src, dst = row["src_usage"], row["dst_usage"]
        outgoing = dst == "customer" or (dst == "transit" and not row["dst_company"])
        incoming = src in ("customer", "supplier") or (src == "transit" and not row["src_company"])
        done = row["state"] == "done"
        if src in ("production", "inventory") or dst == "inventory":
            return None
        returning = (incoming and not outgoing) or (
            row["to_stock"] and row["id"] not in followed and not done
        )
        if done:
            quantity = row["quantity"]
        else:
            quantity = row["product_qty"]
            if quantity <= 0:
                return None
        return pos.Move(
            id=row["id"],
            line=row["sale_line_id"],
            product=row["product_id"],
            quantity=quantity,
            reserved=min(quantity, row["quantity"] or 0.0),
            date=row["date"],
            done=done,
            back=returning or (src == "customer" and dst == "customer"),
            bogus_return=not done and src == "customer" and not row["origin_returned_move_id"],
            outgoing=outgoing,
            source=self._get_source(row),
            due=self._is_due(row, now),
            shipped_short=bool(row["backorder_short"]) and not done,
            location=row["location_id"],
            warehouse=row["warehouse_id"] or 0,
            step=row["picking_type_id"] or 0,
            origins=frozenset(links.get(row["id"], ())),
            supply_date=row["supply_date"] if src == "supplier" else None,
            supplies=((row["supply_date"], quantity, row["id"]),) if src == "supplier" else (),
            not_before=row["date"] if row["backorder_wait"] else None,
        )

    @api.model
    def _get_source(self, row):
        if row["src_usage"] == "supplier":
            return pos.DIRECT
        if not row["is_storable"]:
            return pos.UNCOUNTED
        return pos.ORDERED if row["procure_method"] == "make_to_order" else pos.STOCK

    @api.model
    def _is_due(self, row, now):
        """It is to be reserved now: the type reserves at confirmation, or its day has come."""
        if row["backorder_wait"] and row["date"] > now:
            return False
        if row["reservation_method"] == "manual":
            return False
        if row["reservation_method"] == "by_date":
            return bool(row["reservation_date"]) and row["reservation_date"] <= now.date()
        return True

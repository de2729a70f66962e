"""What the dates of very many open lines cost, against one SQL query that knows only FIFO.

The query is the floor: windows over what waits and over what comes, joined. It says when each
line can be served and nothing else: no parts, no rules, no zones, and it writes nothing.
"""

import datetime
import statistics
import time

from many import COUNT, LINES_PER_PRODUCT, make

import odoo.sql_db

FLOOR = """
WITH demand AS (
    SELECT m.id, m.product_id, l.warehouse_id,
           SUM(m.product_qty - COALESCE(m.quantity, 0)) OVER (
               PARTITION BY m.product_id, l.warehouse_id
               ORDER BY m.priority DESC, m.date, m.id) AS upto
      FROM stock_move m
      JOIN stock_location l ON l.id = m.location_id AND l.usage = 'internal'
     WHERE m.state IN ('confirmed', 'partially_available') AND m.sale_line_id IS NOT NULL
), supply AS (
    SELECT m.product_id, d.warehouse_id, COALESCE(m.date_deadline, m.date) AS date,
           SUM(m.product_qty) OVER up AS upto, SUM(m.product_qty) OVER up - m.product_qty AS since
      FROM stock_move m
      JOIN stock_location s ON s.id = m.location_id AND s.usage = 'supplier'
      JOIN stock_location d ON d.id = m.location_dest_id
     WHERE m.state IN ('waiting', 'confirmed', 'partially_available', 'assigned')
    WINDOW up AS (PARTITION BY m.product_id, d.warehouse_id
                  ORDER BY COALESCE(m.date_deadline, m.date), m.id)
)
SELECT d.id, s.date
  FROM demand d
  LEFT JOIN supply s ON s.product_id = d.product_id AND s.warehouse_id = d.warehouse_id
       AND d.upto > s.since AND d.upto <= s.upto
"""
NETTING, REFRESH, FORECAST = 5, 20, 20  # the targets
ROW = "{:<38}{:>9}{:>9}{:>9}  {}"
LINES = "state IN ('open', 'ready', 'partial')"


class Dates:
    """On the side of the addon. Every time is the median of three; what is compared with the floor
    takes turns with it, so that other load on the machine falls on both."""

    def __init__(self, environment, scale=1.0):
        """:param environment: context manager of an Odoo environment, committed at its end"""
        self.environment, self.count = environment, max(1000, round(COUNT * scale))

    def run(self):
        """-> lines of text"""
        with self.environment() as env:
            made = make(env, self.count)
        self.lines = self._read_lines(made["products"])
        yield ROW.format(f"dates of {self.count:,} lines", "seconds", "ratio", "queries", "target")
        floor, queries = self._time(self._floor)
        yield ROW.format("one SQL query, FIFO only: the floor", f"{floor:.2f}", "", queries, "")
        measured = {}
        for title, target, work, before in (
            ("read and net", NETTING, self._net, None),
            ("refresh, nothing changes", REFRESH, self._refresh, self._refresh),
            ("refresh, all change", REFRESH, self._refresh, self._move_supply),
        ):
            seconds, queries, floor = self._time_with_floor(work, before)
            measured[title] = seconds
            yield self._row(title, seconds, seconds / floor, queries, target)
        yield from self._forecast(made["moves"], measured["read and net"])
        yield self._one_supply()

    def _row(self, title, seconds, ratio, queries, target):
        verdict = "met" if ratio <= target else "missed"
        return ROW.format(title, f"{seconds:.2f}", f"{ratio:.1f}", queries, f"{target} {verdict}")

    def _time(self, work, before=None):
        """-> (median seconds, queries of one run)"""
        rounds = [self._time_once(work, before) for _round in range(3)]
        return statistics.median(seconds for seconds, _queries in rounds), rounds[-1][1]

    def _time_with_floor(self, work, before=None):
        """-> (median seconds, queries of one run, median seconds of the floor)"""
        rounds = [
            (self._time_once(self._floor)[0], *self._time_once(work, before)) for _round in range(3)
        ]
        floor, seconds, queries = map(statistics.median, zip(*rounds, strict=True))
        return seconds, queries, floor

    def _time_once(self, work, before=None):
        """-> (seconds, queries)"""
        if before:
            with self.environment() as env:
                before(env)
        queries, began = odoo.sql_db.sql_counter, time.perf_counter()
        with self.environment() as env:
            work(env)
        return time.perf_counter() - began, odoo.sql_db.sql_counter - queries

    def _read_lines(self, products):
        with self.environment() as env:
            env.cr.execute(
                "SELECT id, sale_line_id, product_id, warehouse_id FROM sale_backorder_line"
                f" WHERE product_id = ANY(%s) AND {LINES} ORDER BY product_id",
                [products],
            )
            return env.cr.fetchall()

    def _floor(self, env):
        env.cr.execute(FLOOR)
        env.cr.fetchall()

    def _net(self, env):
        """In batches, as the nightly action does."""
        for start in range(0, len(self.lines), 10_000):
            batch = self.lines[start : start + 10_000]
            wanted = {(line, product) for _id, line, product, _warehouse in batch}
            pools = {(product, warehouse) for _id, _line, product, warehouse in batch}
            env["backorder.reader"]._read_open_facts(wanted, pools)

    def _refresh(self, env):
        env["backorder.dates"]._postpone_all()
        env["backorder.dates"]._cron_refresh_dates()

    def _move_supply(self, env):
        """All receipts come a day later, so that every date changes that there is."""
        env.cr.execute(
            "UPDATE stock_move m SET date = m.date + interval '1 day' FROM stock_location s"
            " WHERE s.id = m.location_id AND s.usage = 'supplier' AND m.state = 'assigned'"
        )

    def _forecast(self, moves, netting):
        """Core's forecast of 500 moves of 100 products, against ours of all, line by line."""
        products = max(1, self.count // LINES_PER_PRODUCT)
        some = [move for n, move in enumerate(moves) if n % products < 100][:500]
        core, queries = self._time(
            lambda env: env["stock.move"].browse(some).mapped("forecast_availability")
        )
        yield ROW.format(f"core's forecast of {len(some)} moves", f"{core:.2f}", "", queries, "")
        faster = (core / len(some)) / (netting / len(self.lines))
        verdict = "met" if faster >= FORECAST else "missed"
        text = f"{FORECAST} {verdict}"
        yield ROW.format("core's time per line / ours", "", f"{faster:.1f}", "", text)

    def _one_supply(self):
        """One receipt moves by ten days: until the dates of those who wait for it are known."""
        product = self.lines[0][2]

        def postpone(env):
            moves = env["stock.move"].search(
                [("product_id", "=", product), ("location_id.usage", "=", "supplier")], limit=1
            )
            moves.date += datetime.timedelta(days=10)

        seconds, queries = self._time(postpone)
        return ROW.format("one receipt moves", f"{seconds:.2f}", "", queries, "2 s")

"""The queue of touched order lines: hooks only add to it, the outermost core flow empties it."""

import contextlib
import functools
import logging
from dataclasses import dataclass, field
from datetime import datetime

import psycopg2
import pytz

from odoo import api, fields, models
from odoo.exceptions import ConcurrencyError
from odoo.tools import SQL

_logger = logging.getLogger(__name__)

KEY = "backorder_management"


@functools.lru_cache(maxsize=10_000)  # many lines wait for the same receipt
def to_local_date(moment, zone):
    """:param moment: naive UTC datetime; :param zone: pytz zone; :return: the date there"""
    return pytz.utc.localize(moment).astimezone(zone).date()


@dataclass
class Queue:
    """What happened to order lines since the last fold, in this transaction."""

    lines: set = field(default_factory=set)
    # lines whose transfer was shipped short in this transaction
    short: set = field(default_factory=set)
    # (line, product) -> (delivered, outstanding) before somebody let demand drop
    before: dict = field(default_factory=dict)
    # (line, product) -> quantity that a person adds to the backorder
    added: dict = field(default_factory=dict)
    origin: str | None = None
    cancel_origin: str | None = None
    # values that a person gave for what is opened now: cause_id, note, expected_date_set
    given: dict = field(default_factory=dict)
    undoubted: bool = False
    # backorders that this fold opened
    opened: set = field(default_factory=set)
    # (product, warehouse) where stock became free, those that are locked, and moves that just gave
    # their reservation back and stand aside for once
    pools: set = field(default_factory=set)
    # (product, warehouse, location) of demand whose place in the line changed
    ranked: set = field(default_factory=set)
    # (product, location) where nothing is free, as read since stock was last changed there
    empty: set = field(default_factory=set)
    # those of the pools where the rules of an order changed
    rules: set = field(default_factory=set)
    # the same where a policy is on trial
    watched: set = field(default_factory=set)
    # (product, warehouse) whose goods on their way changed
    supplied: set = field(default_factory=set)
    held: set = field(default_factory=set)
    apart: set = field(default_factory=set)
    # transfers that left and want an invoice; order lines of which something backordered shipped
    shipped: set = field(default_factory=set)
    fulfilled: set = field(default_factory=set)

    def look_at_ranked(self):
        """Another order of those who wait matters where there is something to get."""
        self.pools |= {(p, w) for p, w, place in self.ranked if (p, place) not in self.empty}
        self.ranked = set()


@dataclass
class State:
    """Kept on the cursor: how deep we are inside core flows, and the queue."""

    depth: int = 0
    by_hand: int = 0
    origin: str | None = None
    cancel_origin: str | None = None
    queue: Queue | None = None
    # (product, warehouse) to which nothing is on its way, as found by the fold that goes on
    barren: set | None = None
    # {order line id: pools that it asks} of those that this fold opened at their confirmation
    fresh: dict = field(default_factory=dict)

    def forget(self):
        self.queue = self.barren = None
        self.fresh = {}


def settles(origin=None, cancel_origin=None):
    """Mark a method as a core flow: inside, changes are only queued, because core is half-way
    through; when the outermost flow returns, everything has settled and is folded once."""

    def decorator(method):
        @functools.wraps(method)
        def wrapper(self, *args, **kwargs):
            if not self:
                # core calls on nothing, too; that says nothing about what goes on
                return method(self, *args, **kwargs)
            with self.env["backorder.tracker"]._flow(origin, cancel_origin):
                return method(self, *args, **kwargs)

        return wrapper

    return decorator


class BackorderTracker(models.AbstractModel):
    _name = "backorder.tracker"
    _description = "Backorder Tracker"

    # === QUEUE === #

    @api.model
    def _state(self):
        """Depth of core flows and the queue of this cursor's transaction."""
        return self.env.cr.cache.setdefault(KEY, State())

    @api.model
    def _queue(self):
        state = self._state()
        if state.queue is None:
            state.queue = Queue()
            self.env.cr.postrollback.add(state.forget)
            if not state.depth:
                self._fold_before_commit(state)
        return state.queue

    @api.model
    def _fold_before_commit(self, state):
        tracker = self.env(context={}, su=True)["backorder.tracker"]

        def fold():
            # A savepoint runs these callbacks too, half-way through a core flow: then its
            # outermost call folds.
            if not state.depth:
                tracker._settle()

        self.env.cr.precommit.add(fold)

    @api.model
    def _touch(self, line_ids):
        if line_ids:
            self._queue().lines.update(line_ids)

    @api.model
    def _remember_demand(self, line_ids):
        """Keep the position of these lines: what is gone afterwards was let drop."""
        queue = self._queue()
        queue.lines.update(line_ids)
        outlines = self.env["backorder.reader"].sudo()._read_outlines(line_ids)
        for key, outline in outlines.items():
            queue.before.setdefault(key, (outline.delivered, outline.outstanding))

    @api.model
    def _depth(self):
        return self._state().depth

    @api.model
    @contextlib.contextmanager
    def _flow(self, origin=None, cancel_origin=None, settle=True):
        """:param settle: False inside of a change that is only half of something"""
        state = self._state()
        if not state.depth:
            state.origin = state.cancel_origin = None
        # the outermost flow that has something to say wins
        state.origin = state.origin or origin
        state.cancel_origin = state.cancel_origin or cancel_origin
        state.depth += 1
        try:
            yield state.depth == 1
        except BaseException:
            if state.depth == 1 and state.queue is not None:
                # whoever catches this may still commit
                self._fold_before_commit(state)
            raise
        finally:
            state.depth -= 1
        if not state.depth:
            if settle:
                self._settle()
            elif state.queue is not None:
                self._fold_before_commit(state)
            state.origin = state.cancel_origin = None

    @api.model
    @contextlib.contextmanager
    def _by_hand(self, applies, level=0):
        """Inside, a person edits reservations line by line. What that frees is not handed out at
        once: it may not be there at all, or is about to be put elsewhere. The next event, or the
        scheduled action, offers it.

        :param level: depth at which nothing of core is going on
        """
        state = self._state()
        applies = bool(applies) and state.depth <= level
        state.by_hand += applies
        try:
            yield
        finally:
            state.by_hand -= applies

    # === FOLD === #

    @api.model
    def _settle(self, queue=None):
        """Fold all touched lines, once. A bookkeeping error never blocks a shipment."""
        state = self._state()
        if queue is None:
            self._hand_out(state)
            queue, state.queue = state.queue, None
            if queue:
                queue.origin = queue.origin or state.origin
                queue.cancel_origin = queue.cancel_origin or state.cancel_origin
        if not queue:
            return
        if queue.lines:
            self._fold_touched(queue)
            self._settle_loans(queue.lines)
            self._invoice_shipments(queue)
        self.env["backorder.dates"].sudo()._settle(queue)

    @api.model
    def _fold_touched(self, queue):
        line_ids = self.env["backorder.writer"].sudo()._get_lines_to_fold(queue)
        if not line_ids:
            return
        self.env.flush_all()
        if not self._try_fold(line_ids, queue):
            self._fold_one_by_one(line_ids, queue)

    @api.model
    def _settle_loans(self, line_ids):
        """What happened to order lines may have given back what they lent, or ended them. The
        nightly refresh catches what fails here."""
        loans = self.env["backorder.loan"].sudo()
        if not loans._is_used():
            return
        self.env.flush_all()
        try:
            with self.env.cr.savepoint(flush=False):
                loans._settle(line_ids)
                self.env.flush_all()
        except (psycopg2.OperationalError, ConcurrencyError):
            raise
        except Exception:
            _logger.exception("Loans of order lines %s could not be settled", line_ids)
            self.env.transaction.clear()

    @api.model
    def _hand_out(self, state):
        """First who gets the stock that became free, then what that means for backorders."""
        queue = state.queue
        if queue:
            queue.look_at_ranked()
        if not queue or not (queue.pools or queue.watched):
            return
        state.depth += 1
        try:
            self.env["backorder.allocator"]._settle_pools(queue)
            watched, queue.watched = queue.watched, set()
            if watched:
                self.env["backorder.shadow"]._observe(watched)
        finally:
            state.depth -= 1
        queue.pools.clear()

    @api.model
    def _try_fold(self, line_ids, queue):
        """:return: False when a bookkeeping error was rolled back; what core did stays"""
        writer = self.env["backorder.writer"].sudo()
        try:
            with self.env.cr.savepoint(flush=False):
                writer._fold(line_ids, queue)
                self.env.flush_all()
        except (psycopg2.OperationalError, ConcurrencyError):
            raise
        except psycopg2.IntegrityError as error:
            # somebody else opened the backorder of this order at the same moment: try again
            raise ConcurrencyError(str(error)) from error
        except Exception:
            _logger.exception("Backorders of order lines %s could not be updated", line_ids)
            # all that core did was flushed before the savepoint: only our part is dropped
            self.env.transaction.clear()
            return False
        return True

    @api.model
    def _fold_one_by_one(self, line_ids, queue):
        """One broken order must not stop the others: fold each by itself, mark what still fails."""
        lines = self.env["sale.order.line"].sudo().browse(line_ids)
        by_order = {order: lines.ids for order, lines in lines.grouped("order_id").items()}
        for order, ids in by_order.items():
            if len(by_order) == 1 or not self._try_fold(set(ids), queue):
                self.env.cr.execute(
                    SQL("UPDATE sale_order SET backorder_dirty = TRUE WHERE id = %s", order.id)
                )
                order.invalidate_recordset(["backorder_dirty"])

    @api.model
    def _drain(self):
        """Public methods call this first, so that they see what the transaction did so far."""
        if not self._depth():
            self._settle()

    @api.model
    def _refresh_lines(self, line_ids, **hints):
        """Fold these lines now, whatever happened to them. Idempotent."""
        queue = Queue(lines=set(line_ids), **hints)
        self._settle(queue)

    # === TIME === #

    @api.model
    def _get_timezone(self, warehouse, company):
        return pytz.timezone(
            warehouse.sudo().partner_id.tz
            or company.sudo().partner_id.tz
            or self.env.user.tz
            or "UTC"
        )

    @api.model
    def _local_date(self, moment, warehouse, company):
        """:param moment: naive UTC datetime, or a date, which is returned as it is"""
        if not moment or not isinstance(moment, datetime):
            return fields.Date.to_date(moment) or False
        return to_local_date(moment, self._get_timezone(warehouse, company))

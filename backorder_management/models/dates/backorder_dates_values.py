"""The dates of an open line that follow from what is planned to serve it."""

from datetime import date

from odoo import api, fields, models

from ...engine import promising as prm
from ...engine.dates import Dates, Window
from ...engine.parts import parts_of_open
from ..backorder_tracker import to_local_date
from .backorder_dates_store import STORED

UNSURE = (prm.UNKNOWN, prm.LATE)


class BackorderDates(models.AbstractModel):
    _inherit = "backorder.dates"

    @api.model
    def _get_vals(self, fact, known, promised, order):
        """Dates of an open line, as values to write.

        :param known: what the line says now: ``expected_date_set``, ``expected_date_first``
        :param order: ``zone``, and the ship window: ``not_before`` and ``latest``, or nothing
        """
        given, first = known["expected_date_set"], known["expected_date_first"]
        window = Window(order["zone"], order["not_before"], order["latest"])
        found = self._get_dates(fact, given, first, promised, window)
        return {name: value or False for name, value in zip(STORED, found, strict=True)}

    @api.model
    def _get_dates(self, fact, given, first, promised, window):
        """Dates of an open line, in the time zone of its warehouse.

        :param given: what a person said
        :param first: what was expected at first
        :return: Dates
        """
        surety = prm.confidence(fact.pegs, fact.expected)
        planned = self._to_date(fact.expected, window)
        if given:
            given = self._get_given(given, surety, planned, window)
        expected = given or planned
        first = first or expected
        return Dates(
            expected,
            given or None,
            first,
            self._to_date(fact.likely, window) if fact.likely else None,
            self._to_date(fact.safe, window) if fact.safe else None,
            promised or first,
            fact.incoming,
            bool(window.latest) and self._misses_window(expected, window),
            # a person knows what the system does not
            prm.SCHEDULED if given and surety in UNSURE else surety,
        )

    @api.model
    def _get_given(self, given, surety, planned, window):
        """What a person said counts where nothing better is known, and ends with a plan: with goods
        on their way, or when its day has passed. Goods that are there may well ship later."""
        if surety == prm.SCHEDULED or given < self._get_today(window):
            return None
        return given if surety != prm.IN_STOCK or given >= planned else None

    @api.model
    def _misses_window(self, expected, window):
        return max(expected or date.max, self._get_today(window)) > window.latest

    @api.model
    def _get_today(self, window):
        return to_local_date(fields.Datetime.now(), window.zone)

    @api.model
    def _to_date(self, moment, window):
        """:return: the date in the zone of the warehouse, not before the customer takes it"""
        if not moment:
            return None
        found = to_local_date(moment, window.zone)
        return max(found, window.not_before) if window.not_before else found

    @api.model
    def _get_parts(self, fact, qty_open, zone):
        return parts_of_open(
            fact.pegs,
            qty_open,
            fact.outline.outstanding,
            lambda moment: to_local_date(moment, zone),
        )

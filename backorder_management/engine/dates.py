"""What is known of the dates of an open line. Tuples: there are very many of them."""

from datetime import date, tzinfo
from typing import NamedTuple


class Dates(NamedTuple):
    """What is kept of an open line, None where there is no date."""

    expected: date | None
    given: date | None
    first: date | None
    likely: date | None
    safe: date | None
    due: date | None
    incoming: bool
    missed: bool
    confidence: str | None


class Window(NamedTuple):
    """Where the goods are, and between which days the customer takes them."""

    zone: tzinfo
    not_before: date | None
    latest: date | None


class OpenLine(NamedTuple):
    """An open line before its dates are looked at again. Ids are those of records."""

    id: int
    backorder: int
    sale_line: int
    product: int
    warehouse: int
    open: float
    promised: date | None
    told_open: bool
    window: Window
    dates: Dates

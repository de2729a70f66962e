"""Counting working days."""

from collections.abc import Container
from datetime import date, timedelta

DAY = timedelta(days=1)


def after(day: date, count: int, off: Container[date]) -> date:
    """The ``count``-th working day after ``day``; with 0 the day itself, or the next working day.

    :param off: days on which nobody works; it must leave some
    """
    while day in off and count <= 0:
        day += DAY
    while count > 0:
        day += DAY
        count -= day not in off
    return day


def before(day: date, count: int, off: Container[date]) -> date:
    """The last day after which ``count`` working days have passed on ``day``, which counts itself.

    From a Friday to the Tuesday after it there are two: Monday and Tuesday.
    """
    while count > 0:
        count -= day not in off
        day -= DAY
    return day

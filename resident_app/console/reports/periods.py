"""The period of figures in an address: `/figures?period=quarter`."""

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from urllib.parse import urlencode

from resident_app.casework.reports.counting import Period

DATES = "dates"
_FIRST_DAY = date(2000, 1, 1)


class InvalidPeriod(Exception):
    """The address names no valid period. `mistakes` has a message for each field."""

    def __init__(self, mistakes: dict[str, str]):
        super().__init__()
        self.mistakes = mistakes


def _quarter(day: date) -> date:
    return date(day.year, (day.month - 1) // 3 * 3 + 1, 1)


def _last_quarter(today: date) -> Period:
    last_day = _quarter(today) - timedelta(days=1)
    return Period(_quarter(last_day), last_day)


CHOICES: dict[str, tuple[str, Callable[[date], Period]]] = {
    "30-days": ("Last 30 days", lambda today: Period(today - timedelta(days=29), today)),
    "quarter": ("This quarter", lambda today: Period(_quarter(today), today)),
    "last-quarter": ("Last quarter", _last_quarter),
    "year": ("This year", lambda today: Period(date(today.year, 1, 1), today)),
    "last-year": (
        "Last year",
        lambda today: Period(date(today.year - 1, 1, 1), date(today.year - 1, 12, 31)),
    ),
}
"""Periods by code, with their names."""

_DEFAULT = "30-days"


def choice_of(asked: Mapping[str, str]) -> str:
    """Return the code of the choice that an address names, or `dates`."""
    chosen = asked.get("period", "")
    if chosen in (*CHOICES, DATES):
        return chosen
    return DATES if "from" in asked or "to" in asked else _DEFAULT


def period_of(asked: Mapping[str, str], today: date) -> Period:
    """Return the period of an address. It ends today at the latest. Raises InvalidPeriod."""
    choice = choice_of(asked)
    if choice != DATES:
        return CHOICES[choice][1](today)
    since, until = day_of(asked.get("from", "")), day_of(asked.get("to", ""))
    mistakes = {}
    if since is None or since > today:
        mistakes["from"] = "Enter the first day, not after today."
    if until is None or (since is not None and until < since):
        mistakes["to"] = "Enter the last day, not before the first."
    if mistakes or since is None or until is None:
        raise InvalidPeriod(mistakes)
    return Period(since, min(until, today))


def query_of(period: Period) -> str:
    """Return the query string of a period. `period_of` is its inverse."""
    return urlencode({"from": period.since.isoformat(), "to": period.until.isoformat()})


def day_of(asked: str) -> date | None:
    """Return the day that was entered, or None if it is no date from 2000 on."""
    try:
        found = date.fromisoformat(asked)
    except ValueError:
        return None
    return found if found >= _FIRST_DAY else None

"""What time it is, and which day at the office. Time is passed in, so that tests can turn the clock."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from resident_app.configuration import Configuration

Clock = Callable[[], datetime]


def utc_now() -> datetime:
    return datetime.now(UTC)


def today(configuration: Configuration, now: datetime) -> date:
    """The day it is at the office."""
    return now.astimezone(ZoneInfo(configuration.office.time_zone)).date()

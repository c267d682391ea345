"""Which days the office works, when it answers the phone, and when it opens next."""

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from holidays import country_holidays

from resident_app.configuration.office import Office, Period

_LOOK_AHEAD_DAYS = 30


class OfficeCalendar:
    """The office's days and hours in its own time zone: whatever counts working days asks here.

    The office is closed on the legal holidays of its state, on the days on which they are observed, and on
    the days that config/office.toml adds; it is open on those that it names as open all the same.
    """

    def __init__(self, office: Office):
        self.zone = ZoneInfo(office.time_zone)
        self._office = office
        self._closed = frozenset(holiday.day for holiday in office.holiday)
        self._open = {open_day.day: open_day.hours for open_day in office.open_day}

    def hours_on(self, day: date) -> Period | None:
        """Return from when to when the office is open on a day, or None if it is closed."""
        usual = self._office.hours.of_weekday(day.weekday())
        if day in self._open:
            return self._open[day] or usual
        if day in self._closed or day in _legal_holidays(self._office.holidays_of, day.year):
            return None
        return usual

    def is_working_day(self, day: date) -> bool:
        """Return whether the office is open on a day."""
        return self.hours_on(day) is not None

    def first_working_day(self, day: date) -> date:
        """Return the day, or the next one on which the office is open; the day itself if none is near."""
        near = (day + timedelta(days=later) for later in range(_LOOK_AHEAD_DAYS))
        return next(filter(self.is_working_day, near), day)

    def last_working_day_before(self, day: date) -> date:
        """Return the latest day before `day` on which the office was open; the day before if none is near."""
        near = (day - timedelta(days=earlier) for earlier in range(1, _LOOK_AHEAD_DAYS))
        return next(filter(self.is_working_day, near), day - timedelta(days=1))

    def ends_at(self, day: date) -> datetime:
        """Return when the office closes on a day; on a day when it is closed, the end of the day."""
        hours = self.hours_on(day)
        return datetime.combine(day, hours[1] if hours else time.max, self.zone)

    def next_working_day_end(self, day: date) -> datetime:
        """Return when the office closes on the first working day after `day`."""
        return self.ends_at(self.first_working_day(day + timedelta(days=1)))

    def name_of_closed_day(self, day: date) -> str:
        """Return why the office is closed on a day, such as Thanksgiving; "" if it is only the weekday."""
        named = {holiday.day: holiday.name for holiday in self._office.holiday}
        return named.get(day) or _legal_holidays(self._office.holidays_of, day.year).get(day, "")

    def is_open(self, now: datetime) -> bool:
        """Return whether somebody answers at this moment."""
        local = now.astimezone(self.zone)
        hours = self.hours_on(local.date())
        return hours is not None and hours[0] <= local.time() < hours[1]

    def opens_next(self, now: datetime) -> datetime | None:
        """Return when it opens next, in the office's time; None if not within 30 days."""
        local = now.astimezone(self.zone)
        for ahead in range(_LOOK_AHEAD_DAYS):
            day = local.date() + timedelta(days=ahead)
            hours = self.hours_on(day)
            if hours is not None:
                opens = datetime.combine(day, hours[0], self.zone)
                if opens > local:
                    return opens
        return None


@cache
def _legal_holidays(state: str, year: int) -> Mapping[date, str]:
    """Return a state's legal holidays in a year, by the days on which they are observed, with their names.

    New Year of the next year is among them when it is observed on December 31.
    """
    return dict(country_holidays("US", subdiv=state, years=year)) if state else {}

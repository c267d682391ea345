"""When the outreach office answers the phone, and when it opens next."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from resident_app.configuration.office import Office

_LOOK_AHEAD_DAYS = 30


class OfficeHours:
    """The office's hours in its own time zone; on holidays it is closed."""

    def __init__(self, office: Office):
        self._zone = ZoneInfo(office.time_zone)
        self._hours = office.hours
        self._holidays = {holiday.day for holiday in office.holiday}

    def is_open(self, now: datetime) -> bool:
        """Whether somebody answers at this moment."""
        local = now.astimezone(self._zone)
        hours = self._hours_of(local.date())
        return hours is not None and hours[0] <= local.time() < hours[1]

    def opens_next(self, now: datetime) -> datetime | None:
        """When it opens next, in the office's time; None if not within 30 days."""
        local = now.astimezone(self._zone)
        for ahead in range(_LOOK_AHEAD_DAYS):
            day = local.date() + timedelta(days=ahead)
            hours = self._hours_of(day)
            if hours is not None:
                opens = datetime.combine(day, hours[0], self._zone)
                if opens > local:
                    return opens
        return None

    def _hours_of(self, day: date) -> tuple[time, time] | None:
        return None if day in self._holidays else self._hours.of_weekday(day.weekday())

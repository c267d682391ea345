"""When the office may call and text a person: never in quiet hours, best at the time they asked for."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from resident_app.configuration.casework import QuietHours
from resident_app.configuration.office import Period
from resident_app.configuration.office_calendar import OfficeCalendar

_LOOK_AHEAD_DAYS = 30

TIME_ZONES = {
    "America/Los_Angeles": "Pacific",
    "America/Denver": "Mountain",
    "America/Phoenix": "Arizona",
    "America/Chicago": "Central",
    "America/New_York": "Eastern",
    "America/Anchorage": "Alaska",
    "Pacific/Honolulu": "Hawaii",
    "America/Halifax": "Atlantic",
    "America/St_Johns": "Newfoundland",
    "America/Mexico_City": "Central Mexico",
}
"""The zones that an officer can set for a person, with their names."""


@dataclass(frozen=True)
class ContactMoment:
    """A moment as it is for one person, with their own time."""

    local: datetime
    closed_day: str
    """The holiday on which nobody is contacted; empty on other days."""
    allowed_at: datetime
    """When the person may be called or texted: the moment itself, or the end of the quiet hours."""
    is_good_time: bool | None
    """Whether it is when they asked to be reached; None if they did not say."""

    @property
    def is_quiet(self) -> bool:
        return self.allowed_at > self.local


class ContactHours:
    """The hours of config/casework.toml in a person's own time zone, the office's unless another is set."""

    def __init__(self, quiet: QuietHours, good_times: dict[str, Period], calendar: OfficeCalendar):
        self._quiet = quiet
        self._good_times = good_times
        self._calendar = calendar

    def at(self, now: datetime, time_zone: str = "", best_time: str = "") -> ContactMoment:
        """Return a moment as it is for a person. `best_time` is a code of config/codes.toml."""
        zone = ZoneInfo(time_zone) if time_zone in TIME_ZONES else self._calendar.zone
        local = now.astimezone(zone)
        good = self._good_times.get(best_time)
        return ContactMoment(
            local=local,
            closed_day=self._name_of_quiet_day(local.date()),
            allowed_at=self._allowed_at(local, zone),
            is_good_time=good[0] <= local.time() < good[1] if good else None,
        )

    def _allowed_at(self, local: datetime, zone: ZoneInfo) -> datetime:
        for ahead in range(_LOOK_AHEAD_DAYS):
            day = local.date() + timedelta(days=ahead)
            if self._name_of_quiet_day(day):
                continue
            begins, ends = self._on(day, self._quiet.until, zone), self._on(day, self._quiet.since, zone)
            if local < ends:
                return max(begins, local)
        return local + timedelta(days=_LOOK_AHEAD_DAYS)

    def _name_of_quiet_day(self, day: date) -> str:
        if not self._quiet.holidays or self._calendar.is_working_day(day):
            return ""
        return self._calendar.name_of_closed_day(day)

    @staticmethod
    def _on(day: date, at: time, zone: ZoneInfo) -> datetime:
        return datetime.combine(day, at, zone)

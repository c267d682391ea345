"""What is dated in config/ and ends: somebody must look at it again by then.

The other dates stand for good: the cut-off, since when the log is complete, and the period that a published
figure counts. Legal holidays come for each year and do not end.
"""

from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from resident_app.configuration import Configuration
from resident_app.configuration.office import Holiday, OpenDay

_WARNED_MONTHS = 6


@dataclass(frozen=True)
class EndingEntry:
    """An entry of a file of config/, and the day on which it ends."""

    file: str
    entry: str
    ends_on: date
    what_to_do: str

    def describe(self, today: date) -> str:
        """Return file, entry, day, and what to do."""
        ends = "ended" if self.ends_on < today else "ends"
        return f"{self.file}: {self.entry} {ends} on {self.ends_on.isoformat()}: {self.what_to_do}"


def ending_soon(configuration: Configuration, today: date) -> tuple[EndingEntry, ...]:
    """Return what has ended or ends within six months, the first to end first."""
    until = _months_later(today, _WARNED_MONTHS)
    soon = (entry for entry in _ending(configuration) if entry.ends_on <= until)
    return tuple(sorted(soon, key=lambda entry: entry.ends_on))


def _ending(configuration: Configuration) -> Iterator[EndingEntry]:
    office = configuration.office
    lists: dict[str, tuple[Holiday | OpenDay, ...]] = {"holiday": office.holiday, "open_day": office.open_day}
    for name, days in lists.items():
        if days:
            last = max(days, key=lambda one: one.day)
            entry = f"[[{name}]], of which “{last.name}” is the last,"
            yield EndingEntry(
                "config/office.toml",
                entry,
                last.day,
                "add the days that follow, or remove those that are over",
            )
    for organization in configuration.organizations:
        yield EndingEntry(
            "config/organizations.toml",
            f"“{organization.name}”, read on {organization.read_on.isoformat()},",
            _months_later(organization.read_on, configuration.read_again_months),
            "read its source again, correct it, and set read_on",
        )


def _months_later(day: date, months: int) -> date:
    """Return the same day of a later month, or that month's last day."""
    years, month = divmod(day.month - 1 + months, 12)
    year = day.year + years
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))

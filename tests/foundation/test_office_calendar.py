"""Working days: the state's legal holidays and the days that config/ changes; and what in config/ ends."""

import tomllib
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest

from resident_app.configuration import load_configuration
from resident_app.configuration.ending import ending_soon
from resident_app.configuration.office import Holiday, Office, OpenDay
from resident_app.configuration.office_calendar import OfficeCalendar
from resident_app.configuration.sections import read_section
from resident_app.settings import CONFIG_DIR, SettingsError

CONFIGURATION = load_configuration()
OFFICE = CONFIGURATION.office
STAFF_DAY = Holiday(name="Staff day", day=date(2027, 3, 12))
CLINIC = OpenDay(name="Saturday clinic", day=date(2027, 3, 13), hours=(time(10), time(14)))
LASTING = {
    ("office.toml", "cut_off"),
    ("office.toml", "log_incomplete_before"),
    ("figures.toml", "before.since"),
    ("figures.toml", "before.until"),
}
"""Dates of the past that no day makes wrong."""
ENDING = {("organizations.toml", "organization.read_on")}


def nth(year: int, month: int, weekday: int, number: int) -> date:
    """Return the `number`th Monday (0) … Sunday (6) of a month; -1 is the last one."""
    days = [date(year, month, 1) + timedelta(days=later) for later in range(31)]
    return [day for day in days if day.month == month and day.weekday() == weekday][
        number - 1 if number > 0 else number
    ]


def legal_holidays(year: int) -> Iterator[date]:
    """Yield a year's holidays as RCW 1.16.050 lists them, without Sundays.

    Of one that falls on a Sunday the following Monday is the holiday, of one on a Saturday the Friday before.
    """
    for day in (
        date(year, 1, 1),
        nth(year, 1, 0, 3),
        nth(year, 2, 0, 3),
        nth(year, 5, 0, -1),
        date(year, 6, 19),
        date(year, 7, 4),
        nth(year, 9, 0, 1),
        date(year, 11, 11),
        nth(year, 11, 3, 4),
        nth(year, 11, 3, 4) + timedelta(days=1),
        date(year, 12, 25),
    ):
        yield day + timedelta(days={5: -1, 6: 1}.get(day.weekday(), 0))


def with_days(*, holiday: tuple[Holiday, ...] = (), open_day: tuple[OpenDay, ...] = ()) -> Office:
    return OFFICE.model_copy(update={"holiday": holiday, "open_day": open_day})


def test_the_office_is_closed_on_the_legal_holidays_of_the_state_each_year() -> None:
    holidays = {day for year in range(2026, 2042) for day in legal_holidays(year)}
    days = (date(2026, 1, 1) + timedelta(days=later) for later in range(15 * 365))
    for day in days:
        assert CONFIGURATION.calendar.is_working_day(day) is (day.weekday() < 5 and day not in holidays), day


@pytest.mark.parametrize(
    ("now", "opens"),
    [
        ("2027-12-30T17:00", "2028-01-03T08:00"),
        ("2027-12-23T17:30", "2027-12-27T08:00"),
        ("2027-03-11T18:00", "2027-03-13T10:00"),
        ("2027-03-13T14:00", "2027-03-15T08:00"),
    ],
    ids=["New Year 2028", "Christmas 2027", "a day that the office adds", "a day on which it is open"],
)
def test_when_the_office_opens_next(now: str, opens: str) -> None:
    calendar = OfficeCalendar(with_days(holiday=(STAFF_DAY,), open_day=(CLINIC,)))
    at, then = (
        datetime.fromisoformat(local).replace(tzinfo=calendar.zone).astimezone(UTC) for local in (now, opens)
    )
    assert not calendar.is_open(at)
    assert calendar.opens_next(at) == then
    assert calendar.is_open(then)


def test_a_legal_holiday_on_which_the_office_is_open_has_the_hours_of_its_weekday() -> None:
    presidents_day = date(2027, 2, 15)
    assert CONFIGURATION.calendar.hours_on(presidents_day) is None
    calendar = OfficeCalendar(with_days(open_day=(OpenDay(name="Open", day=presidents_day),)))
    assert calendar.hours_on(presidents_day) == (time(8), time(17))


def test_an_office_without_a_state_observes_only_its_own_days() -> None:
    calendar = OfficeCalendar(OFFICE.model_copy(update={"holidays_of": "", "holiday": (STAFF_DAY,)}))
    assert calendar.is_working_day(date(2026, 12, 25))
    assert not calendar.is_working_day(STAFF_DAY.day)


@pytest.mark.parametrize(
    ("lines", "named"),
    [
        (
            '[[holiday]]\nname = "x"\nday = 2027-03-13\n[[open_day]]\nname = "y"\nday = 2027-03-13\n',
            "2027-03-13",
        ),
        ('[[open_day]]\nname = "y"\nday = 2027-03-13\n', "needs hours"),
        ('[[open_day]]\nname = "y"\nday = 2027-03-13\nhours = ["14:00", "10:00"]\n', "to a later one"),
    ],
    ids=["both open and closed", "a Saturday without hours", "it closes before it opens"],
)
def test_a_day_that_means_nothing_is_refused(tmp_path: Path, lines: str, named: str) -> None:
    (tmp_path / "office.toml").write_text((CONFIG_DIR / "office.toml").read_text() + lines)
    with pytest.raises(SettingsError, match=named):
        read_section(tmp_path / "office.toml", Office)


def test_an_unknown_state_is_refused(tmp_path: Path) -> None:
    text = (CONFIG_DIR / "office.toml").read_text()
    (tmp_path / "office.toml").write_text(text.replace('holidays_of = "WA"', 'holidays_of = "Washington"'))
    with pytest.raises(SettingsError, match="holidays_of"):
        read_section(tmp_path / "office.toml", Office)


def test_what_ends_within_six_months_is_named_with_file_entry_and_day() -> None:
    changed = replace(CONFIGURATION, office=with_days(holiday=(STAFF_DAY,), open_day=(CLINIC,)))
    read_on = {organization.read_on for organization in CONFIGURATION.organizations}
    assert read_on == {date(2026, 11, 22)}
    assert ending_soon(CONFIGURATION, date(2027, 5, 21)) == ()
    assert len(ending_soon(CONFIGURATION, date(2027, 5, 22))) == len(CONFIGURATION.organizations)
    assert ending_soon(changed, date(2026, 9, 11)) == ()
    first, second = (entry.describe(date(2027, 3, 13)) for entry in ending_soon(changed, date(2027, 3, 13)))
    assert first.startswith(
        "config/office.toml: [[holiday]], of which “Staff day” is the last, ended on 2027-03-12"
    )
    assert second.startswith("config/office.toml: [[open_day]], of which “Saturday clinic”")
    assert "ends on 2027-03-13" in second


def test_the_last_day_of_a_shorter_month_is_six_months_away() -> None:
    last = Holiday(name="Last", day=date(2027, 2, 28))
    changed = replace(CONFIGURATION, office=with_days(holiday=(last,)))
    assert ending_soon(changed, date(2026, 8, 27)) == ()
    assert len(ending_soon(changed, date(2026, 8, 31))) == 1


def test_of_every_date_in_config_it_is_decided_whether_it_ends() -> None:
    found = {
        (path.name, entry)
        for path in CONFIG_DIR.glob("*.toml")
        for entry in dated(tomllib.loads(path.read_text()))
    }
    assert found == LASTING | ENDING


# Any: what a TOML file holds.
def dated(value: Any, name: str = "") -> Iterator[str]:
    match value:
        case dict():
            for key, inner in value.items():
                yield from dated(inner, f"{name}.{key}".removeprefix("."))
        case list():
            for inner in value:
                yield from dated(inner, name)
        case date():
            yield name

"""The office, the organizations that help, and the published figures."""

import re
from datetime import date, time
from typing import Annotated
from zoneinfo import ZoneInfo

from holidays import list_supported_countries
from pydantic import AfterValidator, AnyHttpUrl, AnyUrl, Field, field_validator, model_validator

from resident_app.configuration.sections import Section

E164 = r"\+[1-9][0-9]{6,14}"


def in_words(phone: str) -> str:
    """An E.164 number as it is printed in the United States: 360-359-4454."""
    return re.sub(r"^\+1(\d{3})(\d{3})(\d{4})$", r"\1-\2-\3", phone)


def _opens_before_it_closes(hours: tuple[time, time]) -> tuple[time, time]:
    if hours[0] >= hours[1]:
        raise ValueError("from a time to a later one")
    return hours


Period = Annotated[tuple[time, time], AfterValidator(_opens_before_it_closes)]
"""From when to when, on one day."""


class Holiday(Section):
    """A day on which the office is closed, beside the legal holidays."""

    name: str
    day: date


class OpenDay(Section):
    """A day on which the office is open although it usually is not."""

    name: str
    day: date
    hours: Period | None = None
    """None: those of the weekday."""


class Hours(Section):
    """When somebody answers, each day from and to; a day that is not there is closed."""

    monday: Period | None = None
    tuesday: Period | None = None
    wednesday: Period | None = None
    thursday: Period | None = None
    friday: Period | None = None
    saturday: Period | None = None
    sunday: Period | None = None

    def of_weekday(self, weekday: int) -> Period | None:
        """0 is Monday."""
        days = (
            self.monday,
            self.tuesday,
            self.wednesday,
            self.thursday,
            self.friday,
            self.saturday,
            self.sunday,
        )
        return days[weekday]


class Office(Section):
    """The outreach office and the phone line."""

    line: str = Field(pattern=f"^{E164}$")
    website: str
    led_by: str
    official: bool = False
    """Whether pages may say that this is an official website of Washington State."""
    address: tuple[str, ...] = ()
    """The office's postal address, line by line, as it is written on an envelope; empty: not shown."""
    exit_to: AnyHttpUrl
    """An everyday site to which the exit control leads."""
    security_contacts: tuple[AnyUrl, ...] = ()
    """Where flaws are told: mailto:, tel: or https: (RFC 9116). Empty: the line and the website."""
    time_zone: str
    transfer_to: str = Field(pattern=f"^({E164})?$")
    transfer_to_by_language: dict[str, Annotated[str, Field(pattern=f"^{E164}$")]] = {}
    interpreter: str = Field("", pattern=f"^({E164})?$")
    """Who is rung when an officer wants an interpreter in a call, E.164; empty: nobody."""
    cut_off: date
    log_incomplete_before: date
    holidays_of: str = ""
    """The state whose legal holidays the office observes, such as WA; empty: it observes none."""
    hours: Hours
    holiday: tuple[Holiday, ...] = ()
    open_day: tuple[OpenDay, ...] = ()

    @field_validator("time_zone")
    @classmethod
    def _is_a_time_zone(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (KeyError, ValueError, OSError):
            raise ValueError("not a time zone such as America/Los_Angeles") from None
        return name

    @field_validator("holidays_of")
    @classmethod
    def _is_a_state(cls, code: str) -> str:
        if code and code not in list_supported_countries()["US"]:
            raise ValueError("not the code of a state, such as WA")
        return code

    @model_validator(mode="after")
    def _no_day_is_both_open_and_closed(self) -> "Office":
        closed = {holiday.day for holiday in self.holiday}
        for one in self.open_day:
            if one.day in closed:
                raise ValueError(f"{one.day} is both a [[holiday]] and an [[open_day]]")
            if one.hours is None and self.hours.of_weekday(one.day.weekday()) is None:
                raise ValueError(f"the [[open_day]] {one.day} needs hours: its weekday has none")
        return self

    def rings_for(self, language: str) -> str:
        """The number that is rung for a caller of a language, E.164; empty: none."""
        return self.transfer_to_by_language.get(language, self.transfer_to)

    @property
    def rung_numbers(self) -> frozenset[str]:
        """Every number of the office that may be rung."""
        return frozenset({self.transfer_to, *self.transfer_to_by_language.values()} - {""})

    @property
    def line_in_words(self) -> str:
        """The line's number as it is printed: 360-359-4454."""
        return in_words(self.line)

    @property
    def website_in_words(self) -> str:
        """The website's address as it is printed: dol.wa.gov."""
        return self.website.removeprefix("https://")


class Organization(Section):
    """Somebody outside DOL who helps: legal aid, a rights organization."""

    name: str
    url: AnyHttpUrl
    phone: str = Field("", pattern=f"^({E164})?$")
    languages: tuple[str, ...] = ()
    """Codes (BCP 47) of the languages in which it says that it helps; empty if it does not say."""
    serves: str = ""
    """Whom it helps or with what, in English: a gettext msgid."""
    source: AnyHttpUrl
    """The public page where all this was read, on `read_on`."""
    read_on: date

    @property
    def phone_in_words(self) -> str:
        return in_words(self.phone)


class Organizations(Section):
    read_again_months: int = Field(12, ge=1)
    """How many months after `read_on` an entry must be read again."""
    organization: tuple[Organization, ...] = ()


class FiguresBefore(Section):
    since: date
    until: date
    requests: int


class FiguresAfter(Section):
    sent_to_governor: int
    approved_percent: int
    from_ice_with_court_order: int


class Figures(Section):
    """Published figures, exactly as published."""

    published: int = Field(ge=2018, le=9999)
    """The year in which DOL published them, and the rules that pages tell."""
    before: FiguresBefore
    after: FiguresAfter

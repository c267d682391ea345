"""What an office changes without touching code: the files of config/, typed and checked."""

import re
import tomllib
from dataclasses import dataclass
from datetime import date, time
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar
from zoneinfo import available_timezones

from pydantic import AnyHttpUrl, AnyUrl, BaseModel, ConfigDict, Field, ValidationError, field_validator

from resident_app.settings import CONFIG_DIR, SettingsError

Kind = TypeVar("Kind", bound=BaseModel)

E164 = r"\+[1-9][0-9]{6,14}"


def in_words(phone: str) -> str:
    """An E.164 number as it is printed in the United States: 360-359-4454."""
    return re.sub(r"^\+1(\d{3})(\d{3})(\d{4})$", r"\1-\2-\3", phone)


class Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Holiday(Section):
    name: str
    day: date


class Hours(Section):
    """When somebody answers, each day from and to; a day that is not there is closed."""

    monday: tuple[time, time] | None = None
    tuesday: tuple[time, time] | None = None
    wednesday: tuple[time, time] | None = None
    thursday: tuple[time, time] | None = None
    friday: tuple[time, time] | None = None
    saturday: tuple[time, time] | None = None
    sunday: tuple[time, time] | None = None

    @field_validator("*")
    @classmethod
    def _opens_before_it_closes(cls, hours: tuple[time, time] | None) -> tuple[time, time] | None:
        if hours is not None and hours[0] >= hours[1]:
            raise ValueError("from a time to a later one")
        return hours

    def of_weekday(self, weekday: int) -> tuple[time, time] | None:
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
    hours: Hours
    holiday: tuple[Holiday, ...] = ()

    @field_validator("time_zone")
    @classmethod
    def _is_a_time_zone(cls, name: str) -> str:
        if name not in available_timezones():
            raise ValueError("not a time zone such as America/Los_Angeles")
        return name

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


class Organisation(Section):
    """Somebody outside DOL who helps: legal aid, a rights organisation."""

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


class Organisations(Section):
    organisation: tuple[Organisation, ...] = ()


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

    before: FiguresBefore
    after: FiguresAfter


class SourceLimits(Section):
    """How much one source may do in 24 hours."""

    per_address: int = Field(ge=1)
    per_caller: int = Field(ge=1)
    per_withheld: int = Field(ge=1)


class FailedMatches(SourceLimits):
    per_card: int = Field(ge=1)


class WrongReferences(SourceLimits):
    per_reference: int = Field(ge=1)


class Notes(SourceLimits):
    per_request: int = Field(ge=1)


class SignIns(Section):
    """How many times in 24 hours a password or a code of staff may be wrong."""

    per_device: int = Field(ge=1)
    per_account: int = Field(ge=1)
    per_network: int = Field(ge=1)


class Sealing(Section):
    memory_kib: int = Field(ge=8)
    passes: int = Field(ge=1)


class CapacityLimits(Section):
    wait_seconds: float = Field(ge=0)
    retry_after_seconds: int = Field(ge=1)


class OutboundLimits(Section):
    """How many calls and text messages the line and the office may make in 24 hours."""

    office_calls: int = Field(ge=0)
    office_calls_per_request: int = Field(ge=0)
    calls: int = Field(ge=0)
    calls_per_caller: int = Field(ge=0)
    calls_per_withheld: int = Field(ge=0)
    texts: int = Field(ge=0)
    texts_per_number: int = Field(ge=0)
    texts_per_caller: int = Field(ge=0)
    texts_per_withheld: int = Field(ge=0)


class Limits(Section):
    failed_matches: FailedMatches
    help_requests: SourceLimits
    wrong_references: WrongReferences
    outbound: OutboundLimits
    notes: Notes
    sign_ins: SignIns
    sealing: Sealing
    capacity: CapacityLimits


class Overdue(Section):
    """When a request has waited too long, in days."""

    first_contact_days: int = Field(ge=1)
    again_days: int = Field(ge=1)
    approaching_days: int = Field(ge=0)


class CallOutcome(Section):
    """How a call to a resident went, and where it leaves the request."""

    code: str = Field(pattern=r"^[a-z-]{1,30}$")
    name: str
    state: Literal["in-hand", "tried"]
    reached: bool = False


class SuppressionRules(Section):
    """What figures must not show, and when one language's wait stands out."""

    fewest: int = Field(ge=2)
    compare_from: int = Field(ge=2)
    times_slower: float = Field(ge=1)
    days_slower: float = Field(ge=0)


class Casework(Section):
    """How the outreach office works. Its words are in English: they are for the office."""

    overdue: Overdue
    figures: SuppressionRules
    outcomes: dict[str, str]
    call: tuple[CallOutcome, ...] = Field(min_length=1, max_length=9)

    @property
    def spoken_outcomes(self) -> tuple[str, ...]:
        """The outcomes of calls in which the person was spoken with."""
        return tuple(call.code for call in self.call if call.reached)


class Retention(Section):
    """How long each kind of record is kept. An entry's name ends with its unit."""

    request_years: int = Field(ge=1)
    contact_days: int = Field(ge=1)
    open_request_years: int = Field(ge=1)
    erased_days: int = Field(ge=1)
    unplaced_days: int = Field(ge=1)
    sent_days: int = Field(ge=1)
    presence_hours: int = Field(ge=1)
    call_days: int = Field(ge=1)
    session_hours: int = Field(ge=1)
    export_days: int = Field(ge=1)
    audit_years: int = Field(ge=1)
    ledger_years: int = Field(ge=1)


SPOKEN_TABLES = ("agencies", "grounds", "released")
"""The tables of codes whose words callers hear; every table's words are on pages."""


class Codes(Section):
    """Codes that files and forms may hold, each with its words in English (a gettext msgid)."""

    agencies: dict[str, str]
    grounds: dict[str, str]
    released: dict[str, str]
    systems: dict[str, str]
    topics: dict[str, str]
    times: dict[str, str]

    @field_validator("agencies", "grounds")
    @classmethod
    def _fits_one_byte(cls, table: dict[str, str]) -> dict[str, str]:
        """An envelope gives an agency and a ground one byte each."""
        if len(table) > 255:
            raise ValueError("at most 255 codes")
        return table

    @property
    def spoken(self) -> frozenset[str]:
        """The words that callers hear."""
        return frozenset(words for table in SPOKEN_TABLES for words in getattr(self, table).values())


@dataclass(frozen=True)
class Configuration:
    office: Office
    figures: Figures
    limits: Limits
    codes: Codes
    organisations: tuple[Organisation, ...]
    casework: Casework
    retention: Retention


def load_configuration(folder: Path = CONFIG_DIR) -> Configuration:
    """Read config/*.toml. Raises SettingsError that names the file and the entry."""
    return Configuration(
        office=_read(folder / "office.toml", Office),
        figures=_read(folder / "figures.toml", Figures),
        limits=_read(folder / "limits.toml", Limits),
        codes=_read(folder / "codes.toml", Codes),
        organisations=_read(folder / "organisations.toml", Organisations).organisation,
        casework=_read(folder / "casework.toml", Casework),
        retention=_read(folder / "retention.toml", Retention),
    )


def read_toml(path: Path) -> dict[str, Any]:
    """A TOML file's contents. Raises SettingsError that names the file."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise SettingsError(f"config/{path.name}: {error}") from None


def _read(path: Path, kind: type[Kind]) -> Kind:
    try:
        return kind.model_validate(read_toml(path))
    except ValidationError as error:
        first = error.errors()[0]
        entry = ".".join(str(part) for part in first["loc"])
        raise SettingsError(f"config/{path.name}: {entry}: {first['msg']}") from None

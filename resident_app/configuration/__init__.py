"""What an office changes without touching code: the files of config/, typed and checked."""

from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from resident_app.configuration.casework import Casework, Retention
from resident_app.configuration.codes import Codes
from resident_app.configuration.contact_hours import ContactHours
from resident_app.configuration.keywords import Keywords
from resident_app.configuration.limits import AttachmentLimits, Limits
from resident_app.configuration.office import Figures, Office, Organization, Organizations
from resident_app.configuration.office_calendar import OfficeCalendar
from resident_app.configuration.sections import read_section
from resident_app.settings import CONFIG_DIR, SettingsError


@dataclass(frozen=True)
class Configuration:
    office: Office
    figures: Figures
    limits: Limits
    codes: Codes
    keywords: Keywords
    organizations: tuple[Organization, ...]
    read_again_months: int
    casework: Casework
    retention: Retention

    @cached_property
    def calendar(self) -> OfficeCalendar:
        """The office's working days and hours."""
        return OfficeCalendar(self.office)

    @cached_property
    def contact_hours(self) -> ContactHours:
        """When a person may be called and texted."""
        return ContactHours(self.casework.quiet, self.casework.good_times, self.calendar)


MADE_UP_OFFICE = "+13605550190"
"""A number for fiction (NANPA, 555-0100 to 555-0199)."""


def with_made_up_office(configuration: Configuration) -> Configuration:
    """Return a demonstration's configuration: 0 rings a made-up number if the office has none."""
    if configuration.office.transfer_to:
        return configuration
    office = configuration.office.model_copy(update={"transfer_to": MADE_UP_OFFICE})
    return replace(configuration, office=office)


def attachment_limits(folder: Path = CONFIG_DIR) -> AttachmentLimits:
    """Read which files are kept, for a process that needs nothing else. Raises SettingsError."""
    return read_section(folder / "limits.toml", Limits).attachments


def load_configuration(folder: Path = CONFIG_DIR) -> Configuration:
    """Read config/*.toml. Raises SettingsError that names the file and the entry."""
    codes = read_section(folder / "codes.toml", Codes)
    casework = read_section(folder / "casework.toml", Casework)
    unknown = set(casework.queue.first) - set(codes.topics)
    if unknown:
        raise SettingsError(
            f"config/casework.toml: queue.first: no topic of config/codes.toml: {min(unknown)}"
        )
    unknown = set(casework.good_times) - set(codes.times)
    if unknown:
        raise SettingsError(f"config/casework.toml: good_times: no time of config/codes.toml: {min(unknown)}")
    listed = read_section(folder / "organizations.toml", Organizations)
    return Configuration(
        office=read_section(folder / "office.toml", Office),
        figures=read_section(folder / "figures.toml", Figures),
        limits=read_section(folder / "limits.toml", Limits),
        codes=codes,
        keywords=read_section(folder / "keywords.toml", Keywords),
        organizations=listed.organization,
        read_again_months=listed.read_again_months,
        casework=casework,
        retention=read_section(folder / "retention.toml", Retention),
    )

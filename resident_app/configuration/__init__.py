"""What an office changes without touching code: the files of config/, typed and checked."""

from dataclasses import dataclass
from pathlib import Path

from resident_app.configuration.casework import Casework, Retention
from resident_app.configuration.codes import Codes
from resident_app.configuration.limits import Limits
from resident_app.configuration.office import Figures, Office, Organization, Organizations
from resident_app.configuration.sections import read_section
from resident_app.settings import CONFIG_DIR


@dataclass(frozen=True)
class Configuration:
    office: Office
    figures: Figures
    limits: Limits
    codes: Codes
    organizations: tuple[Organization, ...]
    casework: Casework
    retention: Retention


def load_configuration(folder: Path = CONFIG_DIR) -> Configuration:
    """Read config/*.toml. Raises SettingsError that names the file and the entry."""
    return Configuration(
        office=read_section(folder / "office.toml", Office),
        figures=read_section(folder / "figures.toml", Figures),
        limits=read_section(folder / "limits.toml", Limits),
        codes=read_section(folder / "codes.toml", Codes),
        organizations=read_section(folder / "organizations.toml", Organizations).organization,
        casework=read_section(folder / "casework.toml", Casework),
        retention=read_section(folder / "retention.toml", Retention),
    )

"""Codes that files and forms may hold, each with its words."""

from pydantic import field_validator

from resident_app.configuration.sections import Section

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

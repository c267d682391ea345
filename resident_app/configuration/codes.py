"""Codes that files and forms may hold, each with its words."""

from collections import Counter

from pydantic import field_validator, model_validator

from resident_app.configuration.sections import Section

SILENT_CALLER = "silent"
"""The topic of a request of someone who called and pressed no key."""
SPOKEN_TABLES = ("agencies", "grounds", "released")
"""The tables of codes whose words callers hear; every table's words are on pages."""


class AgencyGroups(Section):
    """What each agency's code says of ICE. Every agency is in one group: none is guessed."""

    ice: tuple[str, ...]
    """ICE or a part of it."""
    above_ice: tuple[str, ...]
    """What ICE is a part of: a record that says only this leaves open whether ICE received it."""
    other: tuple[str, ...]
    """Another immigration agency."""


class Codes(Section):
    """Codes that files and forms may hold, each with its words in English (a gettext msgid)."""

    agencies: dict[str, str]
    agency_groups: AgencyGroups
    grounds: dict[str, str]
    unstated_grounds: tuple[str, ...]
    """The grounds whose words are a sentence: the record states none."""
    application_may_show: dict[str, str]
    """What an application may show that the answer does not know of."""
    released: dict[str, str]
    systems: dict[str, str]
    topics: dict[str, str]
    """What a person may say that a request is about."""
    line_topics: dict[str, str]
    """Those of requests that the phone line leaves by itself."""
    times: dict[str, str]
    spoken: dict[str, dict[str, str]] = {}
    """What callers hear of a code whose written words no voice can say, by table and code."""

    @field_validator("agencies", "grounds")
    @classmethod
    def _fits_one_byte(cls, table: dict[str, str]) -> dict[str, str]:
        """An envelope gives an agency and a ground one byte each."""
        if len(table) > 255:
            raise ValueError("at most 255 codes")
        return table

    @model_validator(mode="after")
    def _each_agency_in_one_group(self) -> "Codes":
        groups = self.agency_groups
        grouped = Counter((*groups.ice, *groups.above_ice, *groups.other))
        wrong = sorted(code for code in {*self.agencies, *grouped} if grouped[code] != 1)
        unknown = sorted(set(grouped) - set(self.agencies))
        if wrong or unknown:
            names = ", ".join(wrong or unknown)
            raise ValueError(f"each code of [agencies] stands once in [agency_groups]; look at {names}")
        return self

    @field_validator("line_topics")
    @classmethod
    def _has_those_of_the_line(cls, table: dict[str, str]) -> dict[str, str]:
        if SILENT_CALLER not in table:
            raise ValueError(f"`{SILENT_CALLER}` should be one of them")
        return table

    @property
    def every_topic(self) -> dict[str, str]:
        """The topics that a request may have, for the office."""
        return self.topics | self.line_topics

    @model_validator(mode="after")
    def _only_known_codes_are_spoken(self) -> "Codes":
        for table, words in self.spoken.items():
            known = getattr(self, table) if table in SPOKEN_TABLES else {}
            if unknown := sorted(set(words) - set(known)):
                raise ValueError(f"[spoken.{table}] has {', '.join(unknown)}, but [{table}] does not")
        return self

    def spoken_words(self, table: str, code: str) -> str:
        """Return the words (a gettext msgid) that callers hear of a code of one of SPOKEN_TABLES."""
        written: dict[str, str] = getattr(self, table)
        return self.spoken.get(table, {}).get(code, written[code])

    @property
    def spoken_messages(self) -> frozenset[str]:
        """Every message that callers can hear of a code."""
        return frozenset(
            self.spoken_words(table, code) for table in SPOKEN_TABLES for code in getattr(self, table)
        )

"""Who received a record: what an answer may say of ICE, and which other agencies it names."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum

from resident_app.configuration.codes import Codes
from resident_app.register.disclosure import Disclosures


class IceReceived(Enum):
    """Whether the records say that ICE received it."""

    YES = "yes"
    NOT_SHOWN = "not-shown"
    """Only other agencies are recorded."""
    ONLY_ABOVE = "only-above"
    """Only DHS is recorded, and ICE is part of DHS."""
    ABOVE_AND_OTHERS = "above-and-others"
    """DHS and other agencies are recorded."""
    NOT_ALL_LISTED = "not-all-listed"
    """ICE is not listed, and who received the sharings that are not listed is not known."""


@dataclass(frozen=True)
class Recipients:
    """Who received a record. Agencies are codes of config/codes.toml, in its order."""

    ice: IceReceived
    others: tuple[str, ...]
    """Every agency but those of ICE."""
    above_ice: tuple[str, ...]
    """Those of the others that ICE is a part of."""


def find_recipients(found: Disclosures, codes: Codes) -> Recipients:
    """Return who received what an envelope contains."""
    groups = codes.agency_groups
    others = _in_order(found.agencies.difference(groups.ice), codes)
    above_ice = _in_order(found.agencies.intersection(groups.above_ice), codes)
    return Recipients(_ice_received(found, codes, others, above_ice), others, above_ice)


def short_name(agency: str, codes: Codes) -> str:
    """Return an agency in one word: ICE for each part of ICE, else its code."""
    return "ICE" if agency in codes.agency_groups.ice else agency


def other_agencies(codes: Codes) -> tuple[str, ...]:
    """Return the immigration agencies but ICE that the records cover."""
    return tuple(agency for agency in codes.agencies if agency not in codes.agency_groups.ice)


def _ice_received(
    found: Disclosures, codes: Codes, others: tuple[str, ...], above_ice: tuple[str, ...]
) -> IceReceived:
    if not found.agencies.isdisjoint(codes.agency_groups.ice):
        return IceReceived.YES
    if not found.all_agencies_known:
        return IceReceived.NOT_ALL_LISTED
    if not above_ice:
        return IceReceived.NOT_SHOWN
    return IceReceived.ONLY_ABOVE if above_ice == others else IceReceived.ABOVE_AND_OTHERS


def _in_order(agencies: Iterable[str], codes: Codes) -> tuple[str, ...]:
    return tuple(sorted(agencies, key=list(codes.agencies).index))

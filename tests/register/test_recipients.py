"""Who received a record: ICE only if the records say so, and never "not ICE" where they leave it open."""

from dataclasses import replace
from datetime import date

import pytest

from resident_app.configuration import load_configuration
from resident_app.configuration.codes import Codes
from resident_app.register.disclosure import Disclosure, Disclosures
from resident_app.register.recipients import IceReceived, find_recipients, short_name

CODES = load_configuration().codes


def with_agency(code: str, group: str) -> Codes:
    """The codes with one more agency, as a later config/codes.toml may have it."""
    whole = CODES.model_dump()
    whole["agencies"][code] = f"{code} in full"
    if group:
        whole["agency_groups"][group] = (*whole["agency_groups"][group], code)
    return Codes.model_validate(whole)


def found(*agencies: str, unlisted: frozenset[str] = frozenset(), known: bool = True) -> Disclosures:
    listed = tuple(Disclosure(date(2017, 6, 1), agency, "", ("photo",), "1325") for agency in agencies)
    return Disclosures(listed, len(unlisted) + (not known), unlisted, known)


@pytest.mark.parametrize(
    ("agencies", "ice", "others"),
    [
        (["ICE"], IceReceived.YES, ()),
        (["ICE-ERO"], IceReceived.YES, ()),
        (["ICE-HSI", "ICE"], IceReceived.YES, ()),
        (["CBP"], IceReceived.NOT_SHOWN, ("CBP",)),
        (["DHS"], IceReceived.ONLY_ABOVE, ("DHS",)),
        (["DHS", "CBP"], IceReceived.ABOVE_AND_OTHERS, ("CBP", "DHS")),
        (["CBP", "ICE-ERO", "DHS"], IceReceived.YES, ("CBP", "DHS")),
    ],
)
def test_what_an_answer_may_say_of_ice(
    agencies: list[str], ice: IceReceived, others: tuple[str, ...]
) -> None:
    recipients = find_recipients(found(*agencies), CODES)
    assert (recipients.ice, recipients.others) == (ice, others)
    assert find_recipients(found("CBP", unlisted=frozenset(agencies)), CODES).ice == (
        IceReceived.ABOVE_AND_OTHERS if ice is IceReceived.ONLY_ABOVE else ice
    ), "those that are not listed count as much"


@pytest.mark.parametrize("agencies", [["CBP"], ["DHS"], ["CBP", "DHS"]])
def test_where_not_every_agency_is_known_ice_is_left_open(agencies: list[str]) -> None:
    assert find_recipients(found(*agencies, known=False), CODES).ice is IceReceived.NOT_ALL_LISTED
    assert find_recipients(found(*agencies, "ICE", known=False), CODES).ice is IceReceived.YES


def test_agencies_of_later_years_are_what_the_configuration_says() -> None:
    part = find_recipients(found("ICE-OPLA"), with_agency("ICE-OPLA", "ice"))
    assert part.ice is IceReceived.YES
    assert short_name("ICE-OPLA", with_agency("ICE-OPLA", "ice")) == "ICE"
    two = find_recipients(found("USCIS", "CBP"), with_agency("USCIS", "other"))
    assert (two.ice, two.others) == (IceReceived.NOT_SHOWN, ("CBP", "USCIS"))
    assert short_name("USCIS", with_agency("USCIS", "other")) == "USCIS"


def test_an_agency_without_a_group_stops_the_start_and_none_is_guessed() -> None:
    with pytest.raises(ValueError, match="look at HSI"):
        with_agency("HSI", "")
    whole = CODES.model_dump()
    whole["agency_groups"]["other"] = ("CBP", "CPB")
    with pytest.raises(ValueError, match="look at CPB"):
        Codes.model_validate(whole)
    whole["agency_groups"]["other"] = ("CBP", "ICE")
    with pytest.raises(ValueError, match="look at ICE"):
        Codes.model_validate(whole)


def test_an_agency_that_moves_to_ice_later_is_found_among_those_not_listed() -> None:
    """An edition that was sealed before lists it by date, and still names it."""
    moved = CODES.model_copy(
        update={"agency_groups": CODES.agency_groups.model_copy(update={"ice": ("ICE", "CBP")})}
    )
    card = found("DHS", unlisted=frozenset({"CBP"}))
    assert find_recipients(card, moved).ice is IceReceived.YES
    assert find_recipients(replace(card, all_agencies_known=False), moved).ice is IceReceived.YES

"""A call key by key, as the browser's phone makes it: when keys are sent, and what counts for nothing."""

from collections.abc import Mapping

import pytest

from ivr.simulator import FakeCarrier, Handset, LiveCall, Phone
from ivr.simulator.phone import Gathering
from resident_app.languages import load_languages
from resident_app.register.facts import fold
from tests.conftest import Deployment
from tests.made_up import ONCE, choose

ENGLISH = load_languages()["en"]
MENU = Gathering("https://x/voice/main/0", 1, "", 8, posts_nothing=True)
ENTRY = Gathering("https://x/voice/card/0", None, "#", 15, posts_nothing=True)
GROUP = Gathering("https://x/voice/reference/0", 4, "#", 8, posts_nothing=True)


@pytest.mark.parametrize(
    ("gathering", "keys", "is_complete", "digits"),
    [
        (MENU, "1", True, "1"),
        (MENU, "#", True, "#"),
        (MENU, "*", True, "*"),
        (ENTRY, "12", False, "12"),
        (ENTRY, "12#", True, "12"),
        (ENTRY, "#", True, ""),
        (ENTRY, "*#", True, "*"),
        (GROUP, "123", False, "123"),
        (GROUP, "1234", True, "1234"),
        (GROUP, "12#", True, "12"),
    ],
)
def test_keys_are_sent_by_the_provider_s_rules(
    gathering: Gathering, keys: str, is_complete: bool, digits: str
) -> None:
    assert gathering.is_complete(keys) is is_complete
    assert gathering.digits(keys) == digits


def press(call: LiveCall, keys: str) -> LiveCall:
    for key in keys:
        call.press(key, call.look().document)
    return call


def words(call: LiveCall) -> str:
    return " ".join(heard.text for heard in call.look().heard)


@pytest.fixture
def call(deployment: Deployment) -> LiveCall:
    """In English, where the card number is asked for."""
    return press(LiveCall(choose(deployment.ring(), ENGLISH)), "1")


def test_an_entry_is_sent_at_its_end_and_not_before(call: LiveCall) -> None:
    before = call.look()
    press(call, fold(ONCE.card_number))
    assert call.look().document == before.document
    assert call.look().keyed == fold(ONCE.card_number)
    press(call, "#")
    assert call.look().document == before.document + 1
    assert call.look().keyed == ""
    assert "birth date" in words(call)


def test_what_was_keyed_is_sent_when_the_time_is_up(call: LiveCall) -> None:
    press(call, fold(ONCE.card_number)).time_is_up(call.look().document)
    assert "birth date" in words(call)


def test_silence_is_no_input(call: LiveCall) -> None:
    before = words(call)
    call.time_is_up(call.look().document)
    assert words(call).startswith("We did not hear")
    assert words(call) != before


def test_a_key_or_a_time_of_an_earlier_document_counts_for_nothing(call: LiveCall) -> None:
    early = call.look().document - 1
    before = words(call)
    call.press("1", early)
    call.time_is_up(early)
    assert call.look().keyed == ""
    assert words(call) == before


def test_only_keys_of_a_phone_count(call: LiveCall) -> None:
    call.press("A", call.look().document)
    assert call.look().keyed == ""


def test_the_end_is_told_to_the_line_once(call: LiveCall) -> None:
    assert isinstance(call.side, Phone)
    told: list[str] = []
    post = call.side.post

    def noting(path: str, form: Mapping[str, str], headers: Mapping[str, str]) -> tuple[int, str]:
        told.append(path)
        return post(path, form, headers)

    call.side.post = noting
    call.hang_up()
    call.hang_up()
    assert call.look().is_over
    assert told == ["/voice/status"]


@pytest.fixture
def in_line(reaching_out: Deployment, provider: FakeCarrier) -> tuple[LiveCall, LiveCall]:
    """A caller who waits for a person, and the office's phone, which rings."""
    caller = press(LiveCall(choose(reaching_out.ring(), ENGLISH)), "0")
    assert isinstance(caller.side, Phone)
    provider.callers.append(caller.side)
    [leg] = provider.legs
    return caller, LiveCall(Handset(provider, leg))


def test_an_officer_takes_the_caller_and_hangs_up(in_line: tuple[LiveCall, LiveCall]) -> None:
    caller, office = in_line
    assert "You are number 1 in line" in words(caller)
    office.answer("")
    assert "A caller of the record line" in words(office)
    press(office, "1")
    assert caller.look().is_talking
    assert office.look().is_talking
    caller.time_is_up(caller.look().document)
    assert caller.look().is_talking, "who talks with a person hears no more of the line"
    office.hang_up()
    assert "Goodbye" in words(caller)
    assert caller.look().is_over


def test_a_caller_who_hangs_up_ends_the_talk(
    in_line: tuple[LiveCall, LiveCall], provider: FakeCarrier
) -> None:
    caller, office = in_line
    office.answer("")
    press(office, "1")
    caller.hang_up()
    assert isinstance(caller.side, Phone)
    provider.caller_left(caller.side)
    assert office.look().is_over


def test_nobody_is_connected_to_a_caller_who_is_gone(
    in_line: tuple[LiveCall, LiveCall], provider: FakeCarrier
) -> None:
    caller, office = in_line
    office.answer("")
    caller.hang_up()
    press(office, "1")
    assert "no longer waiting" in words(office)
    assert office.look().is_over


def test_a_busy_office_becomes_a_call_back(in_line: tuple[LiveCall, LiveCall]) -> None:
    caller, office = in_line
    office.hang_up("busy")
    caller.time_is_up(caller.look().document)
    assert "call you back" in words(caller)

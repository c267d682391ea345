"""0 is a person: in office hours a person is rung, and out of hours the caller hears when that is."""

import time
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from twilio.request_validator import RequestValidator

from ivr.call import Call, Nobody, Place, RingOffice, StopRinging
from ivr.carrier.client import CarrierClient
from ivr.engine import ANSWERED, Flow
from ivr.office_hours import OfficeHours
from ivr.simulator import FakeCarrier
from ivr.simulator.twiml_reader import read
from ivr.twiml.renderer import Renderer
from ivr.words.recordings import Recordings
from resident_app.configuration import load_configuration
from resident_app.languages import load_languages
from resident_app.settings import SettingsError
from tests.conftest import BASE_URL, TOKEN, Deployment, DeployWith
from tests.made_up import choose

OFFICE = "+13605550155"
CONFIGURATION = load_configuration()
RINGING = replace(CONFIGURATION, office=CONFIGURATION.office.model_copy(update={"transfer_to": OFFICE}))
CALL = Call(place=Place.MAIN, language="en", caller="+12065550100")

MONDAY_NOON = datetime(2026, 11, 23, 20, 0, tzinfo=UTC)
SUNDAY = datetime(2026, 11, 22, 20, 0, tzinfo=UTC)
BEFORE_THANKSGIVING_EVENING = datetime(2026, 11, 26, 2, 0, tzinfo=UTC)


@pytest.fixture
def flow() -> Flow:
    return Flow({1: {"1": "en"}, 2: {}}, RINGING, reaches_out=True)


def test_unanswered_becomes_a_call_back_and_answered_is_the_end(flow: Flow) -> None:
    assert isinstance(flow.step(CALL, "0", MONDAY_NOON).effect, RingOffice)
    waiting = CALL.but(place=Place.PERSON, leg="CA1")
    assert flow.step(waiting, "", MONDAY_NOON).effect == StopRinging(leg="CA1")
    assert flow.resume(waiting, Nobody()).call.place is Place.CALL_BACK
    assert flow.step(waiting, ANSWERED, MONDAY_NOON).call.place is Place.GOODBYE


@pytest.mark.parametrize("code", [language.code for language in load_languages().on_the_phone()])
def test_out_of_hours_the_caller_hears_when_it_opens(flow: Flow, code: str) -> None:
    turn = flow.step(CALL.but(language=code), "0", SUNDAY).turn
    assert turn is not None
    assert turn.place is Place.CALL_BACK
    language = load_languages()[code]
    renderer = Renderer("https://records.example.gov", load_languages(), RINGING, Recordings())
    assert language.moment(datetime(2026, 11, 23, 8, 0)) in renderer.turn(turn, code, "n")  # noqa: DTZ001


def test_holidays_and_weekends_are_closed() -> None:
    hours = OfficeHours(CONFIGURATION.office)
    assert hours.is_open(MONDAY_NOON)
    assert not hours.is_open(SUNDAY)
    opens = hours.opens_next(BEFORE_THANKSGIVING_EVENING)
    assert opens is not None
    assert opens.date().isoformat() == "2026-11-30", "Thanksgiving, the day after, and the weekend"


def test_a_language_can_have_a_number_of_its_own() -> None:
    office = RINGING.office.model_copy(update={"transfer_to_by_language": {"ko": "+13605550166"}})
    assert office.rings_for("ko") == "+13605550166"
    assert office.rings_for("vi") == OFFICE
    assert office.rung_numbers == {OFFICE, "+13605550166"}


@pytest.mark.parametrize("code", [language.code for language in load_languages().on_the_phone()])
def test_an_officer_takes_the_call(reaching_out: Deployment, provider: FakeCarrier, code: str) -> None:
    language = load_languages()[code]
    phone = choose(reaching_out.ring(), language).press("1").press("0#")
    assert language.spoken("You are number %(place)s in line.", place=1) in phone.text
    assert {heard.language for heard in phone.heard} == {language.phone.language}
    assert (provider.legs[0].form["To"], provider.legs[0].form["From"]) == (OFFICE, "+13603594454")
    caller = provider.answer("1", [phone])
    assert caller is phone
    heard = provider.legs[0].heard
    assert language.locale.get_display_name("en") in heard
    assert "checking a record" in heard
    assert phone.caller not in str(provider.legs[0].form), "the office learns nothing else"
    assert phone.ended
    assert "4 4 5 4" in phone.text


def test_an_officer_connects_to_a_caller_of_the_language_that_was_named(
    reaching_out: Deployment, provider: FakeCarrier
) -> None:
    korean, russian = reaching_out.ring().press("7").press("0"), reaching_out.ring().press("6").press("0")
    assert provider.answer("1", [korean, russian]) is russian
    assert "Russian" in provider.legs[-1].heard


def test_an_answering_machine_takes_nobody(reaching_out: Deployment, provider: FakeCarrier) -> None:
    phone = reaching_out.ring().press("1").press("0")
    assert provider.answer("", [phone]) is None
    assert "we can call you back" in phone.wait().text


@pytest.mark.parametrize("how", ["busy", "no-answer", "failed"])
def test_a_busy_office_becomes_a_call_back(reaching_out: Deployment, provider: FakeCarrier, how: str) -> None:
    phone = reaching_out.ring().press("1").press("0")
    provider.over(provider.legs[0], how)
    assert "we can call you back" in phone.wait().text


def test_after_a_minute_in_line_a_call_back_is_offered(
    reaching_out: Deployment, provider: FakeCarrier
) -> None:
    phone = reaching_out.ring().press("1").press("0")
    began = phone.clock.now
    phone.position = 3
    assert "You are number 3 in line" in phone.wait().text
    while phone.line:
        phone.wait()
    assert (phone.clock.now - began).total_seconds() <= 60
    assert "we can call you back" in phone.text
    assert provider.legs[0].status == "canceled", "the office's phone stops ringing"


def test_a_caller_in_line_takes_the_call_back_instead(
    reaching_out: Deployment, provider: FakeCarrier
) -> None:
    phone = reaching_out.ring().press("1").press("0").press("1")
    assert "we can call you back" in phone.text
    assert provider.legs[0].status == "canceled"
    assert "Your reference number" in phone.press("1").press("3").press("1").text
    assert phone.press("0").line, "and may wait for a person again"


def test_a_caller_who_hangs_up_stops_the_ringing(reaching_out: Deployment, provider: FakeCarrier) -> None:
    reaching_out.ring().press("1").press("0").hang_up()
    assert provider.legs[0].status == "canceled"


def test_a_caller_who_leaves_does_not_end_anothers_talk(
    reaching_out: Deployment, provider: FakeCarrier
) -> None:
    """The officer whose phone rang for one caller may be talking to the one who waited longest."""
    second = reaching_out.ring().press("1").press("0")
    provider.legs[0].status = "in-progress"
    second.press("1")
    assert provider.legs[0].status == "in-progress"


def test_one_caller_does_not_use_up_the_offices_calls(
    reaching_out: Deployment, provider: FakeCarrier
) -> None:
    phone = reaching_out.ring("+12065550122").press("1")
    for _ in range(15):
        phone.press("0")
        if phone.line:
            phone.press("1")
    assert len(provider.legs) == load_configuration().limits.outbound.calls_per_caller
    assert reaching_out.ring("+12065550123").press("1").press("0").line


def test_a_call_that_the_provider_may_have_made_counts(
    reaching_out: Deployment, provider: FakeCarrier, monkeypatch: pytest.MonkeyPatch
) -> None:
    def late(self: FakeCarrier, *request: object) -> tuple[int, dict[str, object]]:
        answer = FakeCarrier._respond(self, *request)  # type: ignore[arg-type]
        time.sleep(0.4)
        return answer

    monkeypatch.setattr(FakeCarrier, "respond", late)
    monkeypatch.setattr("ivr.carrier.client._SECONDS", 0.1)
    line = reaching_out.app.view_functions["voice.step"].__self__  # type: ignore[attr-defined]
    line._outbound._provider = CarrierClient(reaching_out.context.settings, "+13603594454")
    phone = reaching_out.ring("+12065550122").press("1")
    for _ in range(12):
        phone.press("0")
    assert len(provider.legs) == load_configuration().limits.outbound.calls_per_caller


def test_an_officer_who_comes_too_late_hears_so(reaching_out: Deployment, provider: FakeCarrier) -> None:
    phone = reaching_out.ring().press("1").press("0")
    too_late = asked_by_the_provider(reaching_out, "/voice/accepted", provider.legs[0].sid, Digits="1")
    assert "no longer waiting" in too_late
    phone.hang_up()
    for path in ("/voice/accept", "/voice/accepted"):
        document = asked_by_the_provider(reaching_out, path, "CA" + "9" * 32, Digits="1")
        assert [verb.tag for verb in read(document)] == ["Hangup"]


def asked_by_the_provider(deployment: Deployment, path: str, call_sid: str, **form: str) -> str:
    """The document for a call that the line made."""
    parameters = {"CallSid": call_sid, **form}
    signature = RequestValidator(TOKEN).compute_signature(BASE_URL + path, parameters)
    status, document = deployment.post(path, parameters, {"X-Twilio-Signature": signature})
    assert status == 200
    return document


def test_without_the_provider_a_call_back_is_offered_at_once(
    deploy: DeployWith, provider: FakeCarrier, office_rings: str
) -> None:
    made = deploy(twilio_account_sid="AC" + "1" * 32, twilio_api_base=provider.address)
    made.clock.now = MONDAY_NOON
    assert "we can call you back" in made.ring().press("1").press("0").text
    assert provider.refused.pop() == "Authenticate"


def test_calls_to_the_office_are_capped(
    reaching_out: Deployment, provider: FakeCarrier, monkeypatch: pytest.MonkeyPatch
) -> None:
    line = reaching_out.app.view_functions["voice.step"].__self__  # type: ignore[attr-defined]
    limits = line._outbound._limits.model_copy(update={"calls": 2})
    monkeypatch.setattr(line._outbound, "_limits", limits)
    waits = [bool(reaching_out.ring().press("1").press("0").line) for _ in range(3)]
    assert waits == [True, True, False]
    assert len(provider.legs) == 2


def test_a_number_to_ring_without_an_account_stops_the_start(deploy: DeployWith, office_rings: str) -> None:
    with pytest.raises(SettingsError, match="TWILIO_ACCOUNT_SID"):
        deploy()

"""0 is a person: in office hours a person is rung, and out of hours the caller hears when that is."""

import time
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from babel import Locale
from twilio.request_validator import RequestValidator

from ivr.call import Call, LanguageChoice, Node, PersonRequest, Topic
from ivr.carrier.client import CarrierClient
from ivr.carrier.opt_outs import OptOuts
from ivr.engine import CallEngine
from ivr.menus.menu import ANSWERED, LineConfiguration
from ivr.outbound import OutboundCalls
from ivr.simulator import FakeCarrier
from ivr.simulator.twiml_reader import read
from ivr.steps import NobodyAvailable, OfficeRinging, RingOffice, StopRinging
from ivr.twiml.renderer import Renderer
from ivr.words.recordings import Recordings
from ivr.words.spoken_values import render_moment
from resident_app.configuration import Configuration, load_configuration
from resident_app.languages import load_languages
from resident_app.security.request_source import from_caller
from resident_app.settings import SettingsError
from tests.conftest import BASE_URL, TOKEN, Deployment, DeployWith
from tests.made_up import choose

OFFICE = "+13605550155"
CONFIGURATION = load_configuration()
RINGING = replace(CONFIGURATION, office=CONFIGURATION.office.model_copy(update={"transfer_to": OFFICE}))
CALL = Call(node=Node.MAIN, language=LanguageChoice("en"), caller="+12065550100")

MONDAY_NOON = datetime(2026, 11, 23, 20, 0, tzinfo=UTC)
SUNDAY = datetime(2026, 11, 22, 20, 0, tzinfo=UTC)
BEFORE_THANKSGIVING_EVENING = datetime(2026, 11, 26, 2, 0, tzinfo=UTC)


@pytest.fixture
def engine() -> CallEngine:
    return CallEngine(LineConfiguration(RINGING, {1: {"1": "en"}, 2: {}}, can_reach_out=True))


def test_unanswered_becomes_a_call_back_and_answered_is_the_end(engine: CallEngine) -> None:
    [effect] = engine.step(CALL, "0", MONDAY_NOON).effects
    assert isinstance(effect, RingOffice)
    waiting = replace(CALL, node=Node.PERSON, person=PersonRequest(Topic.QUESTION, "CA1"))
    assert engine.step(waiting, "", MONDAY_NOON).effects == (StopRinging("CA1"),)
    assert engine.resume(waiting, NobodyAvailable()).call.node is Node.CALL_BACK
    assert engine.step(waiting, ANSWERED, MONDAY_NOON).call.node is Node.GOODBYE


@pytest.mark.parametrize("code", [language.code for language in load_languages().on_the_phone()])
def test_out_of_hours_the_caller_hears_when_it_opens(engine: CallEngine, code: str) -> None:
    response = engine.step(replace(CALL, language=LanguageChoice(code)), "0", SUNDAY).response
    assert response is not None
    assert response.node is Node.CALL_BACK
    language = load_languages()[code]
    renderer = Renderer("https://records.example.gov", load_languages(), RINGING, Recordings())
    opening = render_moment(datetime(2026, 11, 23, 8, 0), language)  # noqa: DTZ001
    assert opening in renderer.response(response, code, "n")


def test_holidays_and_weekends_are_closed() -> None:
    hours = CONFIGURATION.calendar
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
    assert Locale(language.locale.language).get_display_name("en") in heard
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
    for _ in range(load_configuration().limits.outbound.calls_per_caller + 2):
        phone.press("0")
        if phone.line:
            phone.press("1")
    assert len(provider.legs) == load_configuration().limits.outbound.calls_per_caller
    assert reaching_out.ring("+12065550123").press("1").press("0").line


def outbound(
    deployment: Deployment, configuration: Configuration = RINGING, seconds: float = 4
) -> OutboundCalls:
    """What rings the office, with a configuration and a time-out of its own."""
    context = deployment.context
    return OutboundCalls(
        CarrierClient(context.settings, configuration.office.line, seconds=seconds),
        context.attempts,
        OptOuts(context.engine, bytes(32)),
        context.number_languages,
        context.languages,
        configuration,
        BASE_URL,
        context.clock,
    )


def test_a_call_that_the_carrier_may_have_made_counts(
    reaching_out: Deployment, provider: FakeCarrier
) -> None:
    provider.at = lambda moment, _request: time.sleep(0.4) if moment == "taken" else None
    rings = outbound(reaching_out, seconds=0.1)
    for _ in range(load_configuration().limits.outbound.calls_per_caller + 2):
        assert rings.ring_office(RingOffice(CALL), from_caller("+12065550122")) == NobodyAvailable()
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


def test_calls_to_the_office_are_capped(reaching_out: Deployment, provider: FakeCarrier) -> None:
    limits = RINGING.limits.model_copy(
        update={"outbound": RINGING.limits.outbound.model_copy(update={"calls": 2})}
    )
    rings = outbound(reaching_out, replace(RINGING, limits=limits))
    outcomes = [
        rings.ring_office(RingOffice(CALL), from_caller(f"+1206555010{number}")) for number in range(3)
    ]
    assert [isinstance(outcome, OfficeRinging) for outcome in outcomes] == [True, True, False]
    assert len(provider.legs) == 2


def test_a_number_to_ring_without_an_account_stops_the_start(deploy: DeployWith, office_rings: str) -> None:
    with pytest.raises(SettingsError, match="TWILIO_ACCOUNT_SID"):
        deploy()

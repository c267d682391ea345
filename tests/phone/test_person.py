"""0 is a person: in office hours a person is rung, and out of hours the caller hears when that is."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from ivr.call import Call, Place
from ivr.flow import ANSWERED, Flow
from ivr.hours import OfficeHours
from ivr.twiml import Renderer
from resident_app.configuration import load_configuration
from resident_app.languages import load_languages
from tests.conftest import Deployment

OFFICE = "+13605550155"
CONFIGURATION = load_configuration()
RINGING = replace(CONFIGURATION, office=CONFIGURATION.office.model_copy(update={"transfer_to": OFFICE}))
CALL = Call(place=Place.MAIN, language="en", caller="+12065550100")

MONDAY_NOON = datetime(2026, 11, 23, 20, 0, tzinfo=UTC)
SUNDAY = datetime(2026, 11, 22, 20, 0, tzinfo=UTC)
BEFORE_THANKSGIVING_EVENING = datetime(2026, 11, 26, 2, 0, tzinfo=UTC)


@pytest.fixture
def flow() -> Flow:
    return Flow({1: {"1": "en"}, 2: {}}, RINGING)


def test_in_office_hours_the_office_is_rung_and_must_accept(flow: Flow) -> None:
    turn = flow.step(CALL, "0", MONDAY_NOON).turn
    assert turn is not None
    assert turn.place is Place.PERSON
    document = Renderer("https://records.example.gov", load_languages(), RINGING).turn(turn, "en", "n")
    assert f">{OFFICE}</Number>" in document
    assert 'url="https://records.example.gov/voice/accept"' in document
    assert 'action="https://records.example.gov/voice/person/n"' in document


def test_unanswered_becomes_a_call_back_and_answered_is_the_end(flow: Flow) -> None:
    ringing = flow.step(CALL, "0", MONDAY_NOON).call
    assert flow.step(ringing, "", MONDAY_NOON).call.place is Place.CALL_BACK
    assert flow.step(ringing, ANSWERED, MONDAY_NOON).call.place is Place.GOODBYE


@pytest.mark.parametrize("code", [language.code for language in load_languages().on_the_phone()])
def test_out_of_hours_the_caller_hears_when_it_opens(flow: Flow, code: str) -> None:
    turn = flow.step(CALL.but(language=code), "0", SUNDAY).turn
    assert turn is not None
    assert turn.place is Place.CALL_BACK
    language = load_languages()[code]
    document = Renderer("https://records.example.gov", load_languages(), RINGING).turn(turn, code, "n")
    assert language.moment(datetime(2026, 11, 23, 8, 0)) in document  # noqa: DTZ001


def test_holidays_and_weekends_are_closed() -> None:
    hours = OfficeHours(CONFIGURATION.office)
    assert hours.is_open(MONDAY_NOON)
    assert not hours.is_open(SUNDAY)
    opens = hours.opens_next(BEFORE_THANKSGIVING_EVENING)
    assert opens is not None
    assert opens.date().isoformat() == "2026-11-30", "Thanksgiving, the day after, and the weekend"


def test_the_officer_hears_the_language_and_must_press_1(deployment: Deployment) -> None:
    phone = deployment.ring().press("7")
    heard = _officer(deployment, "/voice/accept", {"ParentCallSid": phone.call_sid})
    assert "Korean" in heard
    assert "<Hangup" in heard
    assert "<Hangup" not in _officer(deployment, "/voice/accepted", {"Digits": "1"})
    assert "<Hangup" in _officer(deployment, "/voice/accepted", {"Digits": "2"})
    assert "<Hangup" in _officer(deployment, "/voice/accepted", {})


def test_a_machine_that_took_the_ring_is_no_person(deployment: Deployment) -> None:
    """The provider says `completed` of it too, and that the two were never connected."""
    form = {"CallSid": "CA1", "DialCallStatus": "completed", "DialBridged": "false"}
    with deployment.app.test_request_context("/voice/person/0", method="POST", data=form):
        from ivr.webhooks import _pressed

        assert _pressed() == ""


def _officer(deployment: Deployment, path: str, form: dict[str, str]) -> str:
    from twilio.request_validator import RequestValidator

    from tests.conftest import BASE_URL, TOKEN

    parameters = {"CallSid": "CAofficer", **form}
    signature = RequestValidator(TOKEN).compute_signature(BASE_URL + path, parameters)
    status, body = deployment.post(path, parameters, {"X-Twilio-Signature": signature})
    assert status == 200
    return body

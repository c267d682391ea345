"""A phone that many share, as in a clinic, a shelter or a jail: nobody is cut off for the calls of others."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from structlog.testing import capture_logs

from ivr.simulator import FakeCarrier, Phone
from ivr.simulator.fake_carrier import ACCOUNT_SID
from ivr.words.prompts import Prompt
from resident_app.configuration import load_configuration
from resident_app.languages import Language, load_languages
from resident_app.register.facts import Facts
from resident_app.security.request_source import from_caller
from tests.conftest import Deployment, DeployWith
from tests.ivr.stored import stored_requests
from tests.made_up import CARDS, ONCE, choose, keys_of

SHELTER, SPOKEN_NUMBER = "+12065550188", "2 0 6, 5 5 5, 0 1 8 8"
MONDAY_NOON = datetime(2026, 11, 23, 20, 0, tzinfo=UTC)
LANGUAGES = load_languages().on_the_phone()
FEW = 2


@pytest.fixture
def deployment(
    deploy: DeployWith, provider: FakeCarrier, office_rings: str, monkeypatch: pytest.MonkeyPatch
) -> Deployment:
    """A deployment, on a Monday at noon, in which a calling number may do FEW things of each kind a day."""
    known = load_configuration()
    changed = {
        "help_requests": known.limits.help_requests.model_copy(update={"per_caller": FEW}),
        "wrong_references": known.limits.wrong_references.model_copy(update={"per_caller": FEW}),
        "outbound": known.limits.outbound.model_copy(
            update={"calls_per_caller": FEW, "texts_per_caller": FEW}
        ),
    }
    few = replace(
        known,
        office=known.office.model_copy(update={"transfer_to": office_rings}),
        limits=known.limits.model_copy(update=changed),
    )
    monkeypatch.setattr("resident_app.public_context.load_configuration", lambda: few)
    made = deploy(CARDS, twilio_account_sid=ACCOUNT_SID, twilio_api_base=provider.address)
    made.clock.now = MONDAY_NOON
    provider.post = made.post
    return made


def in_each_language(deployment: Deployment, press: Callable[[Phone], object], why: Prompt) -> None:
    """Every language's next caller hears why, and is called back at the shelter if they like."""
    for number, language in enumerate(LANGUAGES, 1):
        phone = choose(deployment.ring(SHELTER, "A"), language)
        press(phone)
        assert language.spoken(why.value) in phone.text
        assert _call_back(language) in phone.text
        assert SPOKEN_NUMBER in phone.text
        phone.press("1").press("3").press("1")
        assert phone.node == "received"
        assert len(stored_requests(deployment)) == number


def _call_back(language: Language) -> str:
    return language.spoken(Prompt.CAN_CALL_BACK.value)


def test_checks_that_others_used_up_lead_to_a_call_back(deployment: Deployment) -> None:
    register, source = deployment.context.register, from_caller(SHELTER, attested=True)
    for made_up in range(deployment.context.configuration.limits.checks.per_caller):
        facts = Facts(f"99{made_up:010d}", date(1980, 1, 1), date(2012, 7, 8))
        register.check_record(facts, source)

    def check(phone: Phone) -> None:
        for keys in keys_of(ONCE):
            phone.press(keys)

    in_each_language(deployment, check, Prompt.PAUSED)


def test_wrong_references_of_others_lead_to_a_call_back(deployment: Deployment) -> None:
    for reference in ("0000000000000000", "1111111111111117")[:FEW]:
        deployment.ring(SHELTER, "A").press("1").press("4").press(reference)
    in_each_language(deployment, lambda phone: phone.press("4").press("0000000000000000"), Prompt.TOO_MANY)


def test_requests_of_others_refuse_nobody_and_are_an_event(deployment: Deployment) -> None:
    with capture_logs() as events:
        for number in range(FEW + 3):
            phone = deployment.ring(SHELTER, "A").press("1").press("2")
            phone.press("2").press(f"206555010{number}#").press("1").press("3").press("1")
            assert phone.node == "received"
    assert len(stored_requests(deployment)) == FEW + 3
    assert {"event": "limit_reached", "limit": "help source caller", "log_level": "warning"} in events
    assert SHELTER[2:] not in repr(events)


def test_transfers_of_others_lead_to_a_call_back(deployment: Deployment, provider: FakeCarrier) -> None:
    for _ in range(FEW):
        assert deployment.ring(SHELTER, "A").press("1").press("0").line
    phone = deployment.ring(SHELTER, "A").press("1").press("0")
    assert "we can call you back" in phone.text
    assert SPOKEN_NUMBER in phone.text


def test_texts_of_others_leave_a_call_back(deployment: Deployment, provider: FakeCarrier) -> None:
    for number in range(FEW + 1):
        phone = deployment.ring(SHELTER, "A").press("1")
        for keys in [*keys_of(ONCE), "4", "2", f"206555010{number}#", "1"]:
            phone.press(keys)
    assert len(provider.texts) == FEW
    assert "We could not send the text message." in phone.text
    assert "call back" in phone.text

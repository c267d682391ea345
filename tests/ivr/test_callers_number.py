"""The calling number: withheld, forged, from abroad, or one that costs much to call."""

import phonenumbers
import pytest
from sqlalchemy import func, select
from twilio.request_validator import RequestValidator

from ivr.carrier.opt_outs import OptOutRow
from resident_app.contact_points import can_be_called_back, can_be_texted, number_of_caller
from resident_app.database import reading
from resident_app.intake.message_tables import InboundRow
from resident_app.security.request_source import SourceKind, from_caller
from tests.conftest import BASE_URL, TOKEN, Deployment
from tests.ivr.stored import stored_requests
from tests.made_up import ONCE, keys_of

KEYPAD_WORDS = {
    "266696687": "ANONYMOUS",
    "7378742833": "RESTRICTED",
    "7378742883": "RESTRICTED, with a slip",
    "2562533": "BLOCKED",
    "86282452253": "UNAVAILABLE",
    "8656696": "UNKNOWN",
    "464": "none",
}
WITHHELD = [
    *("anonymous", "Anonymous", "restricted", "", "client:anna", "sip:+12065550100@example.org"),
    *(f"{sign}{digits}" for digits in KEYPAD_WORDS for sign in ("", "+", "+1")),
    # E.164, but no phone has it.
    *("+12061550100", "+1206555010", "+10000000000", "+99912345678"),
]


def test_the_pattern_of_usual_callers_says_what_the_library_says() -> None:
    """In every area code, and with digits that are not ASCII."""
    for area in range(100, 1000):
        sent = f"+1{area}2065550"
        is_real = phonenumbers.is_valid_number(phonenumbers.parse(sent))
        assert number_of_caller(sent) == (sent if is_real else None)
    assert number_of_caller("+1206206555\N{ARABIC-INDIC DIGIT ZERO}") is None
    assert number_of_caller("+12062065550\n") is None


def test_a_withheld_number_is_asked_for(deployment: Deployment) -> None:
    phone = deployment.ring(caller="anonymous").press("1").press("2")
    assert "Enter the phone number" in phone.text
    phone.press("555#")
    assert "not a whole phone number" in phone.text
    assert "not a whole phone number" in phone.press("9005550123#").text
    phone.press("3605550123#")
    assert "3 6 0, 5 5 5, 0 1 2 3" in phone.text
    phone.press("1").press("3").press("2")
    assert stored_requests(deployment)[0].request.phone == "+13605550123"
    assert stored_requests(deployment)[0].request.voicemail_ok is False


@pytest.mark.parametrize("sent", WITHHELD)
def test_however_a_number_is_withheld_it_is_nobodys(deployment: Deployment, sent: str) -> None:
    """The caller is asked for a number in every place that would use the calling one, and shares no limit."""
    assert number_of_caller(sent) is None
    assert not can_be_called_back(sent)
    assert not can_be_texted(sent)
    assert from_caller(sent) == from_caller("")
    assert from_caller(sent).kind is SourceKind.WITHHELD
    heard = deployment.ring(sent, attestation="A").press("2").press("2").text
    assert "Marque" in heard, "Spanish: asked for a number"
    spaced = " ".join(character for character in sent if character.isdigit())
    assert not spaced or spaced not in heard.replace(",", "")
    another_language = deployment.ring(sent, attestation="A").press("9").press("9")
    another_language.press("2065550112#")
    assert [stored.request.phone for stored in stored_requests(deployment)] == ["+12065550112"]


@pytest.mark.parametrize("sent", ["anonymous", "+266696687", "7378742833", "+12061550100"])
def test_a_text_from_a_withheld_number_reaches_the_office_and_gets_no_answer(
    deployment: Deployment, sent: str
) -> None:
    """It opts nobody out: STOP from such a number would be everybody's."""
    form = {"From": sent, "To": "+13603594454", "Body": "STOP", "MessageSid": "SM-withheld"}
    signature = RequestValidator(TOKEN).compute_signature(BASE_URL + "/text", form)
    status, answer = deployment.post("/text", form, {"X-Twilio-Signature": signature})
    assert (status, "<Message>" in answer) == (200, False)
    with reading(deployment.engine) as connection:
        assert connection.execute(select(func.count()).select_from(OptOutRow)).scalar_one() == 0
        assert connection.execute(select(func.count()).select_from(InboundRow)).scalar_one() == 1


def test_a_caller_from_abroad_can_be_called_back(deployment: Deployment) -> None:
    deployment.ring("+525512345678").press("2").press("2").press("1").press("3").press("1")
    assert stored_requests(deployment)[0].request.phone == "+525512345678"


def test_a_forged_number_is_nobodys(deployment: Deployment) -> None:
    """What STIR/SHAKEN says is a sign of risk: a number that failed is neither called back nor counted."""
    forged = deployment.ring("+12065550199", StirVerstat="TN-Validation-Failed-C").press("1").press("2")
    assert "Enter the phone number" in forged.text
    for signal in ("TN-Validation-Passed-A", "No-TN-Validation", ""):
        phone = deployment.ring("+12065550199", StirVerstat=signal).press("1").press("2")
        assert "2 0 6, 5 5 5, 0 1 9 9" in phone.text
        phone.hang_up()


@pytest.mark.parametrize("number", ["+97912345678", "+8821234567890", "+870773111632", "+449098790000"])
def test_a_call_back_that_would_cost_much_is_not_offered(deployment: Deployment, number: str) -> None:
    assert "Enter the phone number" in deployment.ring(number).press("1").press("2").text


@pytest.mark.parametrize("attestation", ["", "A"])
def test_other_calls_of_a_number_neither_end_a_call_nor_tell_of_it(
    deployment: Deployment, attestation: str
) -> None:
    """Who forges a person's number learns nothing from a call, and holds no line of theirs."""
    number = "+12065550133"
    alone = deployment.ring(number, attestation=attestation).press("1")
    heard_alone = alone.text
    alone.hang_up()
    theirs = deployment.ring(number, attestation="A").press("1")
    for _ in range(6):
        forged = deployment.ring(number, attestation=attestation).press("1")
        assert (forged.text, forged.ended) == (heard_alone, False)
    for keys in keys_of(ONCE):
        theirs.press(keys)
    assert "Yes. DOL shared your information with ICE." in theirs.text

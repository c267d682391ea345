"""The calling number: withheld, forged, from abroad, or one that costs much to call."""

import pytest

from tests.conftest import Deployment
from tests.ivr.stored import stored_requests
from tests.made_up import ONCE, keys_of


def test_a_withheld_number_is_asked_for(deployment: Deployment) -> None:
    phone = deployment.ring(caller="anonymous").press("1").press("2")
    assert "Key the phone number" in phone.text
    phone.press("555#")
    assert "not a whole phone number" in phone.text
    assert "not a whole phone number" in phone.press("9005550123#").text
    phone.press("3605550123#")
    assert "3 6 0, 5 5 5, 0 1 2 3" in phone.text
    phone.press("1").press("3").press("1")
    assert stored_requests(deployment)[0].request.phone == "+13605550123"
    assert stored_requests(deployment)[0].request.voicemail_ok is False


def test_a_caller_from_abroad_can_be_called_back(deployment: Deployment) -> None:
    deployment.ring("+525512345678").press("2").press("2").press("1").press("3").press("1")
    assert stored_requests(deployment)[0].request.phone == "+525512345678"


def test_a_forged_number_is_nobodys(deployment: Deployment) -> None:
    """What STIR/SHAKEN says is a sign of risk: a number that failed is neither called back nor counted."""
    forged = deployment.ring("+12065550199", StirVerstat="TN-Validation-Failed-C").press("1").press("2")
    assert "Key the phone number" in forged.text
    for signal in ("TN-Validation-Passed-A", "No-TN-Validation", ""):
        phone = deployment.ring("+12065550199", StirVerstat=signal).press("1").press("2")
        assert "2 0 6, 5 5 5, 0 1 9 9" in phone.text
        phone.hang_up()


@pytest.mark.parametrize("number", ["+97912345678", "+8821234567890", "+870773111632", "+449098790000"])
def test_a_call_back_that_would_cost_much_is_not_offered(deployment: Deployment, number: str) -> None:
    assert "Key the phone number" in deployment.ring(number).press("1").press("2").text


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

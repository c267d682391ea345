"""The calling number: withheld, forged, from abroad, or one that costs much to call."""

import pytest

from tests.conftest import Deployment
from tests.ivr.stored import stored_requests


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


def test_one_caller_holds_no_more_than_three_calls(deployment: Deployment) -> None:
    held = [deployment.ring("+12065550133").press("1") for _ in range(3)]
    fourth = deployment.ring("+12065550133").press("2")
    assert fourth.ended
    assert {heard.language for heard in fourth.heard} == {"es-US"}
    assert not deployment.ring("+12065550134").press("1").ended
    assert not any(deployment.ring("anonymous").press("1").ended for _ in range(4))
    held[0].hang_up()
    assert not deployment.ring("+12065550133").press("1").ended

"""Errors on our side, requests that nobody signed, and requests that make no sense."""

from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from twilio.request_validator import RequestValidator

from tests.conftest import BASE_URL, TOKEN, Deployment
from tests.made_up import ONCE, keys_of

anything = settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def test_a_fault_of_ours_is_told_to_the_caller(
    deployment: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise OSError("marked words")

    phone = deployment.ring().press("1")
    for keys in keys_of(ONCE)[:-1]:
        phone.press(keys)
    register = deployment.context.register
    with monkeypatch.context() as patched:
        patched.setattr(type(register), "check_record", broken)
        phone.press("1")
        assert "3 6 0, 3 5 9, 4 4 5 4" in phone.text
        assert "If this is right, press 1." in phone.wait().text, "who stays on the line comes back"
    assert "Yes. DOL shared your information with ICE." in phone.press("1").text, (
        "the same step works when the fault is mended"
    )


def test_a_fault_is_told_in_the_callers_language(
    deployment: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    phone = deployment.ring().press("2")
    monkeypatch.setattr("ivr.engine.CallEngine.step", lambda *_: 1 / 0)
    phone.press("1")
    assert {heard.language for heard in phone.heard} == {"es-US"}
    assert "3 6 0, 3 5 9, 4 4 5 4" in phone.text


def test_the_fallback_needs_no_signature_and_no_database(deployment: Deployment) -> None:
    response = deployment.client.raw("GET", "/voice/fallback.xml")
    assert response.status_code == 200
    assert "4 4 5 4" in response.text


@anything
@given(
    form=st.dictionaries(
        st.sampled_from(["CallSid", "From", "Digits", "CallStatus", "DialCallStatus"]),
        st.one_of(st.text(max_size=30), st.text("0123456789*#", max_size=50)),
    ),
    step=st.text("abcdefghijklmnopqrstuvwxyz-/%.~ñ", max_size=20),
)
def test_no_signed_request_breaks_the_line(deployment: Deployment, form: dict[str, str], step: str) -> None:
    from twilio.request_validator import RequestValidator

    path = f"/voice/{quote(step) or 'main'}/0"
    signature = RequestValidator(TOKEN).compute_signature(BASE_URL + path, form)
    status, _ = deployment.post(path, form, {"X-Twilio-Signature": signature})
    assert status < 500


def test_a_signature_over_the_address_as_it_was_sent(deployment: Deployment) -> None:
    form = {"CallSid": "CA1", "From": "+12065550100", "Caller": " ñ ~ , "}
    path = "/voice/start?a=%C3%B1%7E%2C&b=1"
    signature = RequestValidator(TOKEN).compute_signature(BASE_URL + path, form)
    headers = {"X-Twilio-Signature": signature}
    assert deployment.post(path, form, headers)[0] == 200
    assert deployment.post(path, form | {"From": "+1"}, headers)[0] == 403
    assert deployment.post(path, form, {"X-Twilio-Signature": ""})[0] == 403
    assert deployment.post(path, form, {})[0] == 403

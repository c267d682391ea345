"""The phone line as a caller meets it."""

import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from ivr.call_store import CallRow
from ivr.simulator.virtual_clock import seconds_to_say
from ivr.words.prompts import Prompt
from resident_app.casework.office_keys import load_office_keys
from resident_app.casework.opening import open_request
from resident_app.database import reading
from resident_app.intake.request_tables import HelpRequestRow
from resident_app.languages import load_languages
from tests.conftest import Deployment
from tests.made_up import NEVER, ONCE, choose, keys_of

anything = settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def stored_requests(deployment: Deployment) -> list[object]:
    with reading(deployment.engine) as connection:
        rows = connection.execute(select(HelpRequestRow.__table__)).all()
    key = load_office_keys(deployment.context.settings.instance_dir / "office.private.key")
    return [open_request(row.sealed, key, row.submission) for row in rows]


def calls_stored(deployment: Deployment) -> int:
    with reading(deployment.engine) as connection:
        return connection.execute(select(func.count()).select_from(CallRow)).scalar_one()


SPOKEN = [language.code for language in load_languages().on_the_phone()]


def test_each_line_of_a_language_menu_is_in_its_own_language(deployment: Deployment) -> None:
    """The menu of CONTRACT.md: eight languages, then five more; the way on is said last."""
    phone = deployment.ring()
    for menu, codes in (
        (1, ["en", "es", "zh-Hans", "yue-Hant", "vi", "ru", "ko", "ja"]),
        (2, ["uk", "fil", "ar", "am", "pa"]),
    ):
        spoken = load_languages().on_the_phone(menu)
        assert [language.code for language in spoken] == codes
        assert [heard.language for heard in phone.heard[:-1]] == [one.phone.language for one in spoken]
        assert [heard.voice for heard in phone.heard[:-1]] == [one.phone.voice for one in spoken]
        phone.press("9")


@pytest.mark.parametrize("code", SPOKEN)
def test_a_line_of_the_language_menu_takes_three_seconds_at_most(code: str) -> None:
    assert seconds_to_say(load_languages()[code].spoken(Prompt.CHOOSE_LANGUAGE.value, key="1")) <= 3


@pytest.mark.parametrize("code", SPOKEN)
def test_a_whole_call_in_each_language(deployment: Deployment, code: str) -> None:
    language = load_languages()[code]
    phone = choose(deployment.ring(), language)
    for keys in keys_of(ONCE):
        phone.press(keys)
        assert {heard.language for heard in phone.heard} == {language.phone.language}
    assert language.day(ONCE.disclosures[0].answered_on) in phone.text
    phone.press("2").press("1").press("2").press("2")
    reference = "".join(re.findall(r"(?<!\d)\d(?!\d)", phone.text))[:12]
    assert len(reference) == 12
    page = deployment.client.post("/en/help/status", {"reference": reference})
    assert page.one("main").get("data-state") == "received"
    phone.press("3").press("4").press(reference + "#")
    assert language.spoken("We have your request. It is waiting for someone in the office.") in phone.text
    phone.press("9")
    assert phone.ended
    left = stored_requests(deployment)[0].request
    assert (left.spoken, left.best_time, left.voicemail_ok) == (code, "afternoon", True)


def test_another_language_asks_for_a_number_alone(deployment: Deployment) -> None:
    deployment.ring("+12065550111").press("9").press("9")
    withheld = deployment.ring("anonymous").press("9").press("9").press("2065550112#")
    assert withheld.place == "received", "a number and nothing else"
    left = stored_requests(deployment)
    assert [one.request.spoken for one in left] == ["other", "other"]
    assert [one.request.phone for one in left] == ["+12065550111", "+12065550112"]


def test_the_language_can_be_changed_at_any_time(deployment: Deployment) -> None:
    phone = deployment.ring().press("1").press("5").press("8").press("7")
    assert {heard.language for heard in phone.heard} == {"ko-KR"}
    assert phone.gathering.timeout == 16, "more time is kept"


@pytest.mark.parametrize("code", SPOKEN)
def test_a_check_goes_on_in_another_language(deployment: Deployment, code: str) -> None:
    """`8` in the middle of a check: what was keyed is kept, and the caller is where they were."""
    language = load_languages()[code]
    check, card, born, yes, issued, _ = keys_of(ONCE)
    phone = deployment.ring().press("1").press(check).press(card).press("8#")
    phone.press("9").press("*")
    assert "Key your birth date" in phone.text, "back from the languages is back to the birth date"
    choose(phone.press("8#"), language)
    assert {heard.language for heard in phone.heard} == {language.phone.language}
    assert phone.place == "birth"
    for keys in (born, yes, issued):
        phone.press(keys)
    assert language.spoken(Prompt.ISSUE_READ.value, date=language.day(ONCE.issued_on)) in phone.text
    assert language.day(ONCE.disclosures[0].answered_on) in phone.press("1").text
    assert language.day(ONCE.disclosures[0].answered_on) in choose(phone.press("8"), language).text


def test_a_correction_is_left_with_star_and_loses_nothing(deployment: Deployment) -> None:
    keys = keys_of(ONCE)
    phone = deployment.ring().press("1")
    for key in [*keys[:4], "01012020#", "1", "5", "2", "*#"]:
        phone.press(key)
    assert phone.place == "correct"
    assert "Yes. Our records" in phone.press("3").press(keys[4]).press("1").text


def test_a_second_mistake_is_told_in_other_words(deployment: Deployment) -> None:
    phone = deployment.ring().press("1").press("1")
    first, second = ([one.text for one in phone.press("12#").heard] for _ in range(2))
    assert first != second


def test_more_time_lengthens_every_wait(deployment: Deployment) -> None:
    phone = deployment.ring().press("1")
    assert phone.gathering.timeout == 8
    assert phone.press("1").gathering.timeout == 15
    phone.press("*#").press("5")
    assert phone.gathering.timeout == 16
    assert phone.press("1").gathering.timeout == 30


def test_stars_clear_and_a_whole_old_number_is_not_cleared(deployment: Deployment) -> None:
    born, issued = f"{NEVER.born_on:%m%d%Y}", f"{NEVER.issued_on:%m%d%Y}"
    for card in ("966**58546 52".replace(" ", ""), "12**9665854652", "9665854652"):
        phone = deployment.ring().press("1").press("1").press(card + "#")
        assert "You keyed" in phone.text
        phone.press(f"0101*{born}#").press("1").press(f"{issued}#").press("1")
        assert "do not show" in phone.text


def test_one_fact_can_be_corrected(deployment: Deployment) -> None:
    keys = keys_of(ONCE)
    phone = deployment.ring().press("1")
    for key in [*keys[:4], "01012020#", "1"]:
        phone.press(key)
    assert "could not match" in phone.text
    assert "Yes. Our records" in phone.press("5").press("3").press(keys[4]).press("1").text
    phone.press("5")
    assert "does not work here" in phone.text, "there is nothing left to correct"


def test_the_questions_can_be_heard_one_by_one(deployment: Deployment) -> None:
    phone = deployment.ring().press("1").press("3")
    assert "709" in phone.press("4").text
    assert "104" in phone.press("1").text
    assert "60%" in phone.text
    assert "Rafael Estevez" in phone.press("1").text
    assert "police" in phone.press("1").text
    assert "Who can help me? Press 6." in phone.press("2").text


def test_pound_says_it_again_and_counts_as_nothing(deployment: Deployment) -> None:
    phone = deployment.ring().press("1")
    heard = [one.text for one in phone.heard[-3:]]
    for _ in range(5):
        assert [one.text for one in phone.press("#").heard[-3:]] == heard


def test_what_is_said_of_silence_changes(deployment: Deployment) -> None:
    phone = deployment.ring().press("1")
    first, second, third = (phone.wait().heard[0].text for _ in range(3))
    assert len({first, second, third}) == 3


def test_the_dates_are_read_back_and_can_be_keyed_again(deployment: Deployment) -> None:
    phone = deployment.ring().press("1")
    card, birth, yes, issue, _ = keys_of(ONCE)[1:6]
    phone.press("1").press(card).press("01011999#")
    assert "January 1, 1999" in phone.text
    phone.press("2").press(birth)
    assert "February 29, 1980" in phone.text
    phone.press(yes).press(issue)
    assert "March 4, 2019" in phone.text
    assert card[:4] not in phone.text.replace(" ", "")
    assert "Yes. Our records show" in phone.press("1").text


def test_wrong_keys_and_silence_lead_to_a_call_back(deployment: Deployment) -> None:
    for act in ("wait", "wrong"):
        phone = deployment.ring().press("1").press("1")
        for _ in range(3):
            phone.wait() if act == "wait" else phone.press("12#")
        assert "we can call you back" in phone.text


def test_silence_from_the_first_second_is_answered_in_every_language(deployment: Deployment) -> None:
    phone = deployment.ring()
    for _ in range(3):
        phone.wait()
    assert {heard.language for heard in phone.heard} == {
        language.phone.language for language in load_languages().on_the_phone(1)
    }
    phone.press("1").press("3").press("1")
    assert stored_requests(deployment)[0].request.spoken == "other"


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


def test_zero_and_star_work_while_digits_are_entered(deployment: Deployment) -> None:
    phone = deployment.ring().press("1").press("1")
    assert "To check if your record" in phone.press("*#").text
    assert "call you back" in phone.press("1").press("0#").text


def test_a_repeated_request_gives_the_same_and_costs_nothing(deployment: Deployment) -> None:
    phone = deployment.ring().press("1")
    for keys in keys_of(ONCE):
        before = phone.last_request
        phone.press(keys)
        assert phone.repeat_last() == phone.repeat_last()
        assert before != phone.last_request
    phone.press("2").press("1").press("3").press("1")
    phone.repeat_last()
    assert len(stored_requests(deployment)) == 1


def test_a_call_moves_between_servers(deploy, deployment: Deployment) -> None:
    other = deploy()
    phone = deployment.ring()
    posts = [deployment.post, other.post]
    for number, keys in enumerate(["1", *keys_of(ONCE)]):
        phone._post = posts[number % 2]
        phone.press(keys)
    assert "Yes. Our records show" in phone.text


def test_nothing_of_a_call_is_left(deployment: Deployment) -> None:
    phone = deployment.ring().press("1").press("1").press(keys_of(ONCE)[1])
    assert calls_stored(deployment) == 1
    phone.hang_up()
    assert calls_stored(deployment) == 0


def test_a_call_that_nobody_ended_is_wiped_after_an_hour(deployment: Deployment) -> None:
    from datetime import timedelta

    phone = deployment.ring().press("1").press("1")
    deployment.clock.now += timedelta(minutes=62)
    deployment.client.get("/en/")
    assert calls_stored(deployment) == 0
    assert "For English, press 1." in phone.press(keys_of(ONCE)[1]).text


def test_what_is_stored_of_a_call_is_sealed(deployment: Deployment) -> None:
    phone = deployment.ring(caller="+12065550177").press("1")
    for keys in keys_of(ONCE)[:4]:
        phone.press(keys)
    with reading(deployment.engine) as connection:
        row = connection.execute(select(CallRow.__table__)).one()
    stored = repr(tuple(row)).encode()
    for mark in (phone.call_sid, "2065550177", "1980-02-29", "935222123456", "wrong_keys"):
        assert mark.encode() not in stored


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
    assert "Yes. Our records show" in phone.press("1").text, "the same step works when the fault is mended"


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
    from urllib.parse import quote

    from twilio.request_validator import RequestValidator

    from tests.conftest import BASE_URL, TOKEN

    path = f"/voice/{quote(step) or 'main'}/0"
    signature = RequestValidator(TOKEN).compute_signature(BASE_URL + path, form)
    status, _ = deployment.post(path, form, {"X-Twilio-Signature": signature})
    assert status < 500


@pytest.mark.parametrize("algorithm", ["HMAC_SHA1", "HMAC_SHA256"])
def test_signatures_old_and_new_over_the_address_as_it_was_sent(
    deployment: Deployment, algorithm: str
) -> None:
    from twilio.request_validator import RequestValidator

    from tests.conftest import BASE_URL, TOKEN

    form = {"CallSid": "CA1", "From": "+12065550100", "Caller": " ñ ~ , "}
    path = "/voice/start?a=%C3%B1%7E%2C&b=1"
    signature = RequestValidator(TOKEN).compute_signature(BASE_URL + path, form, algorithm)
    headers = {"X-Twilio-Signature": signature}
    if algorithm == "HMAC_SHA256":
        headers["X-Twilio-Webhooks-Signature-Settings"] = "key=k,algorithm=HMAC_SHA256"
    assert deployment.post(path, form, headers)[0] == 200
    assert deployment.post(path, form | {"From": "+1"}, headers)[0] == 403
    assert deployment.post(path, form, {"X-Twilio-Signature": ""})[0] == 403
    assert deployment.post(path, form, {})[0] == 403


def test_one_caller_holds_no_more_than_three_calls(deployment: Deployment) -> None:
    held = [deployment.ring("+12065550133").press("1") for _ in range(3)]
    fourth = deployment.ring("+12065550133").press("2")
    assert fourth.ended
    assert {heard.language for heard in fourth.heard} == {"es-US"}
    assert not deployment.ring("+12065550134").press("1").ended
    assert not any(deployment.ring("anonymous").press("1").ended for _ in range(4))
    held[0].hang_up()
    assert not deployment.ring("+12065550133").press("1").ended


def test_a_caller_from_abroad_can_be_called_back(deployment: Deployment) -> None:
    deployment.ring("+525512345678").press("2").press("2").press("1").press("3").press("1")
    assert stored_requests(deployment)[0].request.phone == "+525512345678"


def test_back_before_a_language_is_chosen_leads_to_the_languages(deployment: Deployment) -> None:
    phone = deployment.ring()
    first = phone.text
    assert phone.press("0").press("*").text == first


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

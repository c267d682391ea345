"""Text messages: only if wanted, neutral, never an answer, and STOP is honoured."""

import re
import secrets

import pytest
from sqlalchemy import delete, func, select
from twilio.request_validator import RequestValidator

from ivr.carrier.opt_outs import KeywordTextRow, OptOutRow
from ivr.simulator import FakeCarrier
from ivr.words.text_messages import Text
from resident_app.contact_points import can_be_texted
from resident_app.database import reading, writing
from resident_app.intake.message_tables import InboundRow
from resident_app.intake.number_languages import TextedLanguageRow
from resident_app.languages import load_languages
from tests.conftest import BASE_URL, TOKEN, Deployment
from tests.ivr.stored import received_texts
from tests.made_up import ONCE, choose, keys_of

NUMBER = "+12065550177"
SPOKEN = [language.code for language in load_languages().on_the_phone()]


def incoming(
    deployment: Deployment, body: str, number: str = NUMBER, sid: str = "", opt_out_type: str = ""
) -> str:
    """The answer to a text message that comes in: a new one, unless `sid` is that of an old one."""
    sid = sid or f"SM{secrets.token_hex(16)}"
    form = {"From": number, "To": "+13603594454", "Body": body, "MessageSid": sid}
    if opt_out_type:
        form["OptOutType"] = opt_out_type
    signature = RequestValidator(TOKEN).compute_signature(BASE_URL + "/text", form)
    status, document = deployment.post("/text", form, {"X-Twilio-Signature": signature})
    assert status == 200
    return "".join(re.findall(r"<Message>(.*)</Message>", document))


@pytest.mark.parametrize("code", SPOKEN)
def test_the_reference_is_texted_if_wanted(
    reaching_out: Deployment, provider: FakeCarrier, code: str
) -> None:
    language = load_languages()[code]
    phone = choose(reaching_out.ring(NUMBER), language)
    phone.press("2").press("1").press("3").press("1")
    assert not provider.texts
    phone.press("3")
    assert language.spoken("The text message is on its way.") in phone.press("1").text
    [text] = provider.texts
    assert (text["To"], text["From"]) == (NUMBER, "+13603594454")
    reference = re.search(r"\d{4} \d{4} \d{4} \d{4}", text["Body"])
    assert reference is not None
    stored = reaching_out.client.post("/en/help/status", {"reference": reference[0]})
    assert stored.one("main").get("data-state") == "received"
    assert incoming(reaching_out, "help") == language.text(Text.HELP.value, number="360-359-4454")


@pytest.mark.parametrize("code", SPOKEN)
def test_no_text_message_says_what_it_is_about(code: str) -> None:
    for text in Text:
        words = load_languages()[code].text(text.value)
        assert not re.search(r"\bDOL\b|\bICE\b|licen|immigr|record", words, re.IGNORECASE)


def test_an_answer_is_never_texted_only_the_address(reaching_out: Deployment, provider: FakeCarrier) -> None:
    phone = reaching_out.ring(NUMBER).press("7")
    for keys in [*keys_of(ONCE), "4", "2"]:
        phone.press(keys)
    phone.press("2065550188#").press("1")
    [text] = provider.texts
    assert text["To"] == "+12065550188"
    assert f"{BASE_URL}/ko/" in text["Body"]


def test_stop_is_honoured_until_start(reaching_out: Deployment, provider: FakeCarrier) -> None:
    def texted() -> int:
        phone = reaching_out.ring(NUMBER).press("1")
        for keys in [*keys_of(ONCE), "4", "1"]:
            phone.press(keys)
        phone.hang_up()
        return len(provider.texts)

    assert incoming(reaching_out, "Stop!") == Text.STOPPED.value
    assert texted() == 0
    assert incoming(reaching_out, "START") == Text.STARTED.value
    assert texted() == 1


def test_what_the_carrier_took_for_a_stop_is_one_and_is_not_answered_twice(
    reaching_out: Deployment, provider: FakeCarrier
) -> None:
    """Twilio's Advanced Opt-Out sends OptOutType with any Body, and has answered by itself."""
    assert incoming(reaching_out, "Ya déjenme en paz", opt_out_type="STOP") == ""
    assert incoming(reaching_out, "help") == "", "who opted out hears no more"
    assert incoming(reaching_out, "", opt_out_type="START") == ""
    assert incoming(reaching_out, "?", opt_out_type="HELP") == ""
    assert incoming(reaching_out, "help") == Text.HELP.value % {"number": "360-359-4454"}
    assert incoming(reaching_out, "STOP", opt_out_type="SOMETHING") == Text.STOPPED.value
    received = received_texts(reaching_out)
    assert [(one.words, one.keyword) for one in received] == [
        ("Ya déjenme en paz", "stop"),
        ("help", "help"),
        ("START", "start"),
        ("?", "help"),
        ("help", "help"),
        ("STOP", "stop"),
    ]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ("alto por favor", "es"),
        ("ＳＴＯＰ", "en"),
        ("dung", "vi"),
        ("请停止", "zh-Hans"),
        ("СТОП", "ru"),
        ("그만해 주세요", "ko"),
        ("停止してください", "ja"),
        ("fadlan jooji", "so"),
        ("សូមឈប់", "km"),
        ("唔該停", "yue-Hant"),
        ("ARRÊT", "en"),
    ],
)
def test_a_stop_in_ones_own_words_is_answered_in_its_language(
    reaching_out: Deployment, provider: FakeCarrier, body: str, code: str
) -> None:
    languages = load_languages()
    assert incoming(reaching_out, body) == languages[code].text(Text.STOPPED.value)
    assert incoming(reaching_out, "START") == Text.STARTED.value, "English again: nothing is known of it"
    reaching_out.context.number_languages.remember(NUMBER, "uk", reaching_out.clock())
    assert incoming(reaching_out, body) == languages["uk"].text(Text.STOPPED.value), "the conversation's"


def test_a_request_for_text_messages_says_the_language_of_the_answers(
    reaching_out: Deployment, provider: FakeCarrier
) -> None:
    form = {"reach_by": "text", "phone": "206-555-0177", "spoken": "ko", "written": "ko", "topic": "question"}
    assert reaching_out.client.post("/ko/help", form).status == 200
    assert incoming(reaching_out, "STOP") == load_languages()["ko"].text(Text.STOPPED.value)


def test_words_that_contain_a_keyword_are_for_a_person(
    reaching_out: Deployment, provider: FakeCarrier
) -> None:
    assert incoming(reaching_out, "Please don't stop helping me") == ""
    phone = reaching_out.ring(NUMBER).press("1")
    for keys in [*keys_of(ONCE), "4", "1"]:
        phone.press(keys)
    assert len(provider.texts) == 1, "nobody opted out"


def test_an_old_stop_that_comes_again_does_not_undo_a_later_start(
    reaching_out: Deployment, provider: FakeCarrier
) -> None:
    """A signed request of the carrier stays valid: somebody who has one may send it again at any time."""
    assert incoming(reaching_out, "STOP", sid="SM-old-stop") == Text.STOPPED.value
    assert incoming(reaching_out, "STOP", sid="SM-old-stop") == Text.STOPPED.value, "the carrier's own retry"
    assert incoming(reaching_out, "START", sid="SM-start") == Text.STARTED.value
    reaching_out.clock.pass_by(40 * 86400)
    assert incoming(reaching_out, "STOP", sid="SM-old-stop") == ""
    phone = reaching_out.ring(NUMBER).press("1")
    for keys in [*keys_of(ONCE), "4", "1"]:
        phone.press(keys)
    assert len(provider.texts) == 1, "the number still gets texts"
    assert incoming(reaching_out, "STOP", sid="SM-new-stop") == Text.STOPPED.value
    assert incoming(reaching_out, "START", sid="SM-start") == "", "nor does an old START undo a STOP"
    assert incoming(reaching_out, "help") == ""


def test_the_office_gets_no_old_stop_again(reaching_out: Deployment, provider: FakeCarrier) -> None:
    """What the worker reads is stored once too, though it deletes a STOP when START comes."""
    incoming(reaching_out, "STOP", sid="SM-old-stop")
    with writing(reaching_out.engine) as connection:
        connection.execute(delete(InboundRow))
    incoming(reaching_out, "STOP", sid="SM-old-stop")
    with reading(reaching_out.engine) as connection:
        assert connection.execute(select(func.count()).select_from(InboundRow)).scalar_one() == 0


def test_one_number_gets_no_more_than_three(reaching_out: Deployment, provider: FakeCarrier) -> None:
    phone = reaching_out.ring(NUMBER).press("1")
    for keys in keys_of(ONCE):
        phone.press(keys)
    for _ in range(4):
        phone.press("4").press("1").press("3")
        for keys in keys_of(ONCE):
            phone.press(keys)
    assert len(provider.texts) == 3


def test_only_the_united_states_and_canada_are_texted() -> None:
    assert can_be_texted("+12065550100")
    assert can_be_texted("+16045550100")
    for number in ("+18765550100", "+525512345678", "+19005550100", "+12069765555", "", "anonymous"):
        assert not can_be_texted(number)


def test_no_number_is_stored(reaching_out: Deployment, provider: FakeCarrier) -> None:
    incoming(reaching_out, "STOP")
    with reading(reaching_out.engine) as connection:
        rows = [connection.execute(select(row.__table__)).one() for row in (OptOutRow, KeywordTextRow)]
    assert NUMBER[2:] not in repr(rows)


def test_the_language_of_a_text_is_forgotten_after_a_week(
    reaching_out: Deployment, provider: FakeCarrier
) -> None:
    phone = reaching_out.ring(NUMBER).press("7")
    for keys in [*keys_of(ONCE), "4", "1"]:
        phone.press(keys)
    phone.hang_up()
    reaching_out.clock.pass_by(8 * 86400)
    reaching_out.client.get("/en/")
    with reading(reaching_out.short_lived) as connection:
        assert connection.execute(select(func.count()).select_from(TextedLanguageRow)).scalar_one() == 0


def test_where_nothing_can_be_texted_nothing_is_offered(deployment: Deployment) -> None:
    phone = deployment.ring().press("1")
    for keys in keys_of(ONCE):
        phone.press(keys)
    assert "text message" not in phone.text
    assert "does not work here" in phone.press("4").text


def test_a_reference_that_could_not_be_texted_is_said_again(
    reaching_out: Deployment, provider: FakeCarrier
) -> None:
    incoming(reaching_out, "STOP")
    phone = reaching_out.ring(NUMBER).press("1").press("2").press("1").press("3").press("1")
    reference = next(one.text for one in phone.heard if "reference number is" in one.text)
    assert reference in phone.press("3").press("*").text, "star leads back to it"
    phone.press("3").press("1")
    assert "could not send" in phone.text
    assert reference in phone.text
    assert not provider.texts


def test_two_machines_do_not_talk_for_ever(reaching_out: Deployment, provider: FakeCarrier) -> None:
    answers = [incoming(reaching_out, "help") for _ in range(5)]
    assert [bool(answer) for answer in answers] == [True, True, True, False, False]
    assert incoming(reaching_out, "stop") == Text.STOPPED.value
    reaching_out.clock.pass_by(2 * 86400)
    assert not incoming(reaching_out, "help"), "who said STOP hears no more"


@pytest.mark.parametrize("words", ["I am away", "Yes", "Mañana a las 3", "내일 전화해 주세요"])
def test_what_is_for_a_person_gets_no_machine_s_answer(
    reaching_out: Deployment, provider: FakeCarrier, words: str
) -> None:
    assert not incoming(reaching_out, words)


@pytest.mark.parametrize("path", ["/text", "/voice/status"])
def test_a_fault_makes_the_provider_try_again(
    reaching_out: Deployment, provider: FakeCarrier, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise OSError

    monkeypatch.setattr("ivr.carrier.opt_outs.OptOuts.take", broken)
    monkeypatch.setattr("ivr.call_store.CallStore.forget", broken)
    form = {"From": NUMBER, "Body": "STOP", "CallSid": "CA1", "CallStatus": "completed"}
    signature = RequestValidator(TOKEN).compute_signature(BASE_URL + path, form)
    assert reaching_out.post(path, form, {"X-Twilio-Signature": signature}) == (503, "")


def test_withheld_callers_do_not_use_up_each_others_texts(
    reaching_out: Deployment, provider: FakeCarrier
) -> None:
    for number in range(5):
        phone = reaching_out.ring("anonymous").press("1")
        for keys in [*keys_of(ONCE), "4", f"206555010{number}#", "1"]:
            phone.press(keys)
    assert len(provider.texts) == 5


def test_a_number_abroad_or_a_premium_one_gets_no_answer(
    reaching_out: Deployment, provider: FakeCarrier
) -> None:
    for number in ("+447005550141", "+19005550141", "+97912345678"):
        assert not incoming(reaching_out, "HELP", number)

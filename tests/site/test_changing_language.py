"""A change of language keeps the page and what was typed, except the three facts, and stores nothing."""

from datetime import date
from urllib.parse import quote

import pytest
from sqlalchemy import func, select

from resident_app.database import reading
from resident_app.intake.request_tables import HelpRequestRow
from resident_app.languages import load_languages
from resident_app.register.letter_token import TOKEN_CHARACTERS, TOKEN_LASTS
from resident_app.security.rate_limits import RateLimited
from tests.conftest import Deployment
from tests.evaluator import ThreadedEvaluator
from tests.made_up import NEVER, NINE, ONCE, Card, form_of
from tests.strict_client import HTML, Page

TYPED = {
    "help": {"name": "Ana", "phone": "360 555", "message": "Two\nlines", "spoken": "vi", "topic": "card"},
    "help/status": {"reference": "123 456"},
    "help/add": {"reference": "123 456", "note": "A new number"},
    "help/erase": {"reference": "123 456"},
    "letter": {"code": "ABCD 1234"},
}


def value_of(page: Page, name: str) -> str:
    field = next(
        one for tag in ("input", "textarea", "select") for one in page.all(tag) if one.get("name") == name
    )
    if field.tag.endswith("select"):
        chosen = next(option for option in field if option.get("selected") is not None)
        return str(chosen.get("value"))
    return str(field.get("value") if field.tag.endswith("input") else "".join(field.itertext()).strip())


@pytest.mark.parametrize("path", TYPED)
def test_what_was_typed_is_shown_in_the_new_language(deployment: Deployment, path: str) -> None:
    page = deployment.client.get(f"/en/{path}")
    others = {button.get("formaction") for button in page.all("button") if button.get("formaction")}
    codes = {language.code for language in load_languages().on_the_site()} - {"en"}
    assert others == {f"/{code}/{path}" for code in codes}
    assert {button.get("form") for button in page.all("button") if button.get("formaction")} == {"typed"}
    changed = deployment.client.post(f"/ko/{path}", {**TYPED[path], "change_language": "en"})
    assert changed.status == 200
    assert changed.root.get("lang") == "ko"
    assert 'class="errors"' not in changed.text
    for name, value in TYPED[path].items():
        assert value_of(changed, name) == value
    with reading(deployment.engine) as connection:
        assert connection.execute(select(func.count()).select_from(HelpRequestRow)).scalar_one() == 0


def answer_in(deployment: Deployment, page: Page, code: str) -> Page:
    """What a button of the page's list of languages sends."""
    assert f"/{code}/check" in {button.get("formaction") for button in page.all("button")}
    form = page.by_id("typed")
    assert [field.get("name") for field in form.iter(f"{HTML}input")] == ["answer"]
    taken = next(form.iter(f"{HTML}input")).get("value")
    return deployment.client.post(f"/{code}/check", {"answer": taken, "change_language": "en"})


@pytest.mark.parametrize("card", [ONCE, NEVER, NINE], ids=["shared", "not-shared", "nine"])
def test_an_answer_is_shown_in_another_language_without_a_second_check(
    deployment: Deployment, card: Card, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = deployment.client.post("/en/check", form_of(card))
    directly = deployment.client.post("/ja/check", form_of(card))
    monkeypatch.setattr(deployment.context.register, "check_record", lambda *_: pytest.fail("a second check"))
    changed = answer_in(deployment, page, "ja")
    assert (changed.status, changed.root.get("lang"), changed.answer) == (200, "ja", page.answer)
    assert changed.main == directly.main
    assert answer_in(deployment, changed, "ko").answer == page.answer, "and from there in a third"


def test_no_match_paused_and_busy_are_too(deployment: Deployment, evaluator: ThreadedEvaluator) -> None:
    for _ in range(6):
        page = deployment.client.post("/en/check", form_of(ONCE, issued_on=date(2019, 3, 5)))
        changed = answer_in(deployment, page, "ja")
        assert (changed.root.get("lang"), changed.answer) == ("ja", page.answer)
    assert page.answer == "paused", "a change of language is no try"
    evaluator.stop()
    busy = deployment.client.post("/en/check", form_of(NEVER))
    assert busy.answer == answer_in(deployment, busy, "ja").answer == "busy"


def test_each_answer_takes_along_as_many_characters(deployment: Deployment) -> None:
    """The length of the request for another language, or for help, does not tell which answer it was."""
    forms = [form_of(card) for card in (ONCE, NEVER, NINE)]
    forms += [form_of(ONCE, issued_on=date(2019, 3, 5))] * 6
    pages = [deployment.client.post("/en/check", form) for form in forms]
    assert {page.answer for page in pages} == {"shared", "not-shared", "no-match", "paused"}
    taken = [quote(next(page.by_id("typed").iter(f"{HTML}input")).get("value")) for page in pages]
    assert {len(one) for one in taken} == {TOKEN_CHARACTERS}


TOPICS = {"shared": "shared", "not-shared": "not-shared", "no-match": "not-matched", "paused": "not-checked"}


def test_what_a_page_takes_along_says_what_to_ask_the_office_about(deployment: Deployment) -> None:
    context = deployment.context
    forms = [form_of(card) for card in (ONCE, NEVER)]
    forms += [form_of(ONCE, issued_on=date(2019, 3, 5))] * 6
    seen = {}
    for form in forms:
        page = deployment.client.post("/en/check", form)
        token = next(page.by_id("typed").iter(f"{HTML}input")).get("value")
        given = context.letters.open_answer(token, context.clock())
        assert given.answer.kind.value == page.answer
        assert given.answered_on == context.today()
        seen[page.answer] = given.answer.topic
    assert seen == TOPICS
    assert set(seen.values()) <= set(context.configuration.codes.topics)


def test_an_answer_is_not_shown_after_an_hour_nor_if_one_character_is_changed(deployment: Deployment) -> None:
    page = deployment.client.post("/en/check", form_of(ONCE))
    token = str(next(page.by_id("typed").iter(f"{HTML}input")).get("value"))
    other = {"A": "B"}.get(token[200], "A")
    changed = {"answer": token[:200] + other + token[201:], "change_language": "en"}
    assert says_it_is_gone(deployment, "ar", changed)
    taken = {"answer": token, "change_language": "en"}
    deployment.clock.pass_by(TOKEN_LASTS.total_seconds() - 1)
    assert deployment.client.post("/es/check", taken).answer == "shared"
    deployment.clock.pass_by(1)
    assert says_it_is_gone(deployment, "es", taken)
    assert says_it_is_gone(deployment, "ar", taken)


def says_it_is_gone(deployment: Deployment, code: str, taken: dict[str, str]) -> bool:
    page = deployment.client.post(f"/{code}/check", taken)
    assert (page.answer, page.by_id("card_number") is not None) == (None, True)
    gone = deployment.context.languages[code].text("We can no longer show your answer.")
    assert code == "en" or gone != "We can no longer show your answer."
    return bool(page.one("main").find(f"{HTML}section[@role='alert']/{HTML}h2").text == gone)


def test_what_a_refusal_takes_along_is_the_same_for_everybody_and_ends_too(deployment: Deployment) -> None:
    """Else the pages of two refusals would differ."""
    wrong = [form_of(NEVER, card_number=f"WDLNOBODY{number:03d}") for number in range(2)]
    pages = [deployment.client.post("/en/check", form) for form in wrong]
    tokens = {next(page.by_id("typed").iter(f"{HTML}input")).get("value") for page in pages}
    assert len(tokens) == 1
    taken = {"answer": tokens.pop(), "change_language": "en"}
    assert deployment.client.post("/es/check", taken).answer == "no-match"
    deployment.clock.pass_by(2 * 24 * 3600)
    assert deployment.client.post("/es/check", taken).answer is None


@pytest.mark.parametrize("taken", ["", "shared", "not-shared", "no-match", "A" * TOKEN_CHARACTERS, "…"])
def test_an_answer_cannot_be_made_up(deployment: Deployment, taken: str) -> None:
    page = deployment.client.post("/en/check", {"answer": taken, "change_language": "en"})
    assert (page.status, page.answer) == (200, None)
    assert page.by_id("card_number") is not None


def test_the_three_facts_are_not(deployment: Deployment) -> None:
    page = deployment.client.get("/en/check")
    assert not [button for button in page.all("button") if button.get("formaction")]


def test_enter_sends_the_form_and_does_not_change_the_language(deployment: Deployment) -> None:
    """The first button of a form is the one that Enter presses (HTML, implicit submission)."""
    page = deployment.client.get("/en/help")
    first = next(button for button in page.all("button") if button.get("form") == "typed")
    assert first.get("formaction") is None
    assert first.get("name") is None


def taken_to(page: Page, code: str, path: str, **typed: str) -> dict[str, str]:
    """What a button of the page's list of languages sends to `path`, with what was typed."""
    assert f"/{code}/{path}" in {button.get("formaction") for button in page.all("button")}
    form = page.by_id("typed")
    fields = {one.get("name"): one.get("value") or "" for one in form.iter() if one.get("name")}
    return fields | typed | {"change_language": "en"}


def requests_in(deployment: Deployment) -> int:
    with reading(deployment.engine) as connection:
        return int(connection.execute(select(func.count()).select_from(HelpRequestRow)).scalar_one())


CONTACTS = [
    {"reach_by": "phone", "phone": "206-324-5678 ext 7", "voicemail_ok": "yes"},
    {"reach_by": "phone", "phone": "+52 55 1234 5678"},
    {"reach_by": "text", "phone": "206-322-1234 or 425-322-1299"},
    {"reach_by": "email", "email": '"Ana <b>" <ana@example.con>', "asked_about": "ana@example.con"},
]


@pytest.mark.parametrize("contact", CONTACTS, ids=lambda contact: " ".join(contact.values()))
def test_the_page_of_a_stored_request_is_shown_in_another_language(
    deployment: Deployment, contact: dict[str, str]
) -> None:
    token = next(deployment.client.post("/en/check", form_of(ONCE)).by_id("typed").iter(f"{HTML}input"))
    sent = contact | {"spoken": "ja", "written": "ja", "form_token": "t", "answer": str(token.get("value"))}
    page = deployment.client.post("/en/help", sent)
    directly = deployment.client.post("/ja/help", sent)
    assert requests_in(deployment) == 1
    for code in ("ko", "ja"):
        page = deployment.client.post(f"/{code}/help", taken_to(page, code, "help"))
        assert (page.status, page.root.get("lang"), page.reference) == (200, code, directly.reference)
    assert page.main == directly.main
    assert requests_in(deployment) == 1


def test_a_stored_request_is_not_made_up(deployment: Deployment) -> None:
    page = deployment.client.post("/en/help", CONTACTS[0])
    taken = taken_to(page, "es", "help")
    for wrong in ({"reference": "1234"}, {"reference": ""}, {"phone": "<b>"}, {"reach_by": "pigeon"}):
        changed = deployment.client.post("/es/help", taken | wrong)
        assert changed.status == 200
        assert value_of(changed, "reference") == (taken | wrong)["reference"]
        assert 'value="<b>' not in changed.text
    assert requests_in(deployment) == 1


def test_more_than_one_contact_is_said_and_one_is_not(deployment: Deployment) -> None:
    sentence = "We will use this one. The office can also see the rest."
    for contact, said in zip(CONTACTS, (False, False, True, True), strict=True):
        assert (sentence in deployment.client.post("/en/help", contact).main) == said


def test_the_status_of_a_request_is_shown_in_another_language_with_the_note(deployment: Deployment) -> None:
    reference = {"reference": deployment.client.post("/en/help", CONTACTS[0]).reference}
    page = deployment.client.post("/en/help/status", reference)
    changed = deployment.client.post(
        "/ko/help/status", taken_to(page, "ko", "help/status", note="A <new>\nnumber")
    )
    assert (changed.status, changed.root.get("lang")) == (200, "ko")
    assert changed.one("main").get("data-state") == "received"
    assert value_of(changed, "note") == "A <new>\nnumber"
    assert {form.get("action") for form in changed.all("form")} == {"/ko/help/add", "/ko/help/erase"}
    assert value_of(changed, "form_token") == value_of(page, "form_token")
    deployment.client.post("/en/help/erase", reference | {"confirmed": "yes"})
    gone = deployment.client.post("/ko/help/status", taken_to(page, "ko", "help/status"))
    assert gone.one("main").get("data-state") == "unknown"


def test_a_note_is_kept_when_the_status_cannot_be_looked_up_again(
    deployment: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = deployment.client.post("/en/help", CONTACTS[0])
    page = deployment.client.post("/en/help/status", {"reference": page.reference})
    taken = taken_to(page, "ko", "help/status", note="A new number")
    wrong = deployment.client.post("/ko/help/status", taken | {"reference": "12"})
    assert value_of(wrong, "note") == "A new number"

    def refuse(*_: object) -> None:
        raise RateLimited("reference")

    monkeypatch.setattr(deployment.context.help_desk, "request_status", refuse)
    busy = deployment.client.post("/ko/help/status", taken)
    assert (busy.status, value_of(busy, "note")) == (429, "A new number")


def test_the_languages_to_speak_and_write_follow_the_page_unless_chosen(deployment: Deployment) -> None:
    typed = {"spoken": "vi", "written": "en", "change_language": "en"}
    changed = deployment.client.post("/es/help", typed)
    assert value_of(changed, "spoken") == "vi"
    assert value_of(changed, "written") == "es"

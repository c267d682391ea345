"""Promise 10, shown whole: with every message marked, no page and no prompt holds words without a mark."""

from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from jinja2 import ChoiceLoader, DictLoader
from sqlalchemy import update

from ivr.simulator import Phone
from ivr.words.prompts import Prompt
from ivr.words.utterances import Utterance, Value, ValueKind, render
from resident_app import public_context
from resident_app.configuration import load_configuration
from resident_app.database import writing
from resident_app.intake.help_desk import Flooded
from resident_app.intake.reference import NotAReference, parse_reference
from resident_app.intake.request_storage import NoReferenceLeft
from resident_app.intake.request_tables import HelpRequestRow, RequestState
from resident_app.languages import load_languages
from resident_app.register.check import Answer, AnswerKind
from resident_app.register.facts import Facts, fold
from resident_app.register.publication import live_edition
from resident_app.security.capacity import Overloaded
from resident_app.security.rate_limits import RateLimited
from resident_app.security.request_source import from_address
from resident_app.settings import TRANSLATIONS_DIR
from tests.conftest import BASE_URL, Deployment, DeployWith
from tests.made_up import CARDS, NEVER, NINE, ONCE, form_of, keys_of
from tests.strict_client import Page
from tests.translations.pseudo_language import CODE, VOICE, make_pseudo_language, not_translated, said_on

OFFICE = load_configuration().office
EMAIL = "resident@example.org"
# What every language keeps as it is: a person, an address, and what a disclosure has.
NAMES = (
    EMAIL,
    # On the control that opens the list of languages each language names itself, and says its word for them.
    *("English", "Languages"),
    OFFICE.led_by,
    *(f"{BASE_URL}/{CODE}/help", f"{BASE_URL}/{CODE}/letter", urlsplit(BASE_URL).netloc),
    *load_configuration().codes.agencies,
    # The drawing of a card.
    *("WASHINGTON", "4d LIC#", "3 DOB", "4a ISS", "WDLXXXXXXXXX", "XXXXX*X000XX"),
    OFFICE.website.removeprefix("https://"),
    # The same address as it is spelled aloud.
    *(" ".join(part.upper()) for part in OFFICE.website.removeprefix("https://").split(".")),
    *{name for one in load_configuration().organizations for name in (one.name, one.source.host or "")},
    *{text for card in CARDS for one in card.disclosures for text in (one.office, one.request)},
    # What a state's address begins and ends with. Last, because the addresses above have it too.
    *("https://", ".gov"),
)
VALUES = {
    ValueKind.DAY: "2018-01-10",
    ValueKind.MONTH: "2017-09-01",
    ValueKind.MOMENT: "2026-11-23T08:00",
    ValueKind.AGENCY: "ICE-ERO",
    ValueKind.GROUND: "1326",
    ValueKind.RELEASED: "photo+application",
}


@pytest.fixture
def pseudo(tmp_path: Path, deploy: DeployWith, monkeypatch: pytest.MonkeyPatch) -> Deployment:
    """A deployment that speaks English and the pseudo-language."""
    return _deploy(deploy, monkeypatch, *make_pseudo_language(tmp_path / "pseudo"))


def _deploy(
    deploy: DeployWith, monkeypatch: pytest.MonkeyPatch, config: Path, translations: Path
) -> Deployment:
    monkeypatch.setattr(
        public_context, "load_languages", lambda **how: load_languages(config, translations, **how)
    )
    return deploy(CARDS)


def test_no_page_holds_words_without_a_mark(pseudo: Deployment) -> None:
    shown = [*_linked(pseudo), *_letters(pseudo), *_answers(pseudo), *_requests(pseudo)]
    pages = {page.text: page for page in shown}
    assert len(pages) > 20
    edition = live_edition(pseudo.engine, pseudo.context.verify_keys).edition.short_id
    for page in pages.values():
        assert not not_translated(said_on(page), (*NAMES, edition))


def test_no_page_of_a_refusal_or_fault_holds_words_without_a_mark(
    pseudo: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = list(_faults(pseudo, monkeypatch))
    assert {page.status for page in told} == {403, 404, 405, 413, 429, 500, 503}
    for page in told:
        assert not not_translated(said_on(page), NAMES)


def test_no_call_holds_words_without_a_mark(pseudo: Deployment, monkeypatch: pytest.MonkeyPatch) -> None:
    heard = list(_heard(pseudo, monkeypatch))
    assert len(set(heard)) > 60
    assert not not_translated(heard, NAMES)


@pytest.mark.parametrize("prompt", Prompt)
def test_each_prompt_is_marked_with_any_value(tmp_path: Path, prompt: Prompt) -> None:
    language = load_languages(*make_pseudo_language(tmp_path))[CODE]
    for kind in ValueKind:
        value = Value(kind, VALUES.get(kind, "12"))
        values = dict.fromkeys(_placeholders(prompt.value), value)
        said = render(Utterance(prompt, values), language, load_configuration())
        assert "⟦" in said
        assert not not_translated([said], NAMES)


def test_a_message_that_stays_in_english_is_found(
    tmp_path: Path, deploy: DeployWith, monkeypatch: pytest.MonkeyPatch
) -> None:
    message = "Ask the Office of Community Outreach to call you back"
    folders = make_pseudo_language(tmp_path / "pseudo", but=[message])
    deployment = _deploy(deploy, monkeypatch, *folders)
    for page in _linked(deployment):
        assert set(not_translated(said_on(page), NAMES)) == {message}


def test_words_that_no_catalogue_holds_are_found(pseudo: Deployment) -> None:
    """Words written into a template, in its text and where only a screen reader says them."""
    loader = pseudo.app.jinja_env.loader
    assert loader is not None
    source, _, _ = loader.get_source(pseudo.app.jinja_env, "home.html")
    planted = source.replace(
        "{% block main %}", '{% block main %}<p>Hello <span aria-label="to you"></span></p>'
    )
    pseudo.app.jinja_env.loader = ChoiceLoader([DictLoader({"home.html": planted}), loader])
    found = not_translated(said_on(pseudo.client.get(f"/{CODE}/")), NAMES)
    assert found == ["Hello", "to you"]


def test_the_pseudo_language_is_no_language_of_ours() -> None:
    assert CODE not in load_languages()
    assert not (TRANSLATIONS_DIR / CODE).exists()


def _linked(deployment: Deployment) -> Iterator[Page]:
    """Every page that the home page leads to, in the pseudo-language."""
    waiting, known = [f"/{CODE}/"], {f"/{CODE}/"}
    while waiting:
        page = deployment.client.get(waiting.pop())
        assert page.status == 200
        yield page
        for link in page.all("a"):
            path = urlsplit(link.get("href")).path
            if path.startswith(f"/{CODE}/") and not path.endswith("/exit") and path not in known:
                known.add(path)
                waiting.append(path)


def _answers(deployment: Deployment) -> Iterator[Page]:
    check = f"/{CODE}/check"
    yield deployment.client.post(check, {})
    for card in (ONCE, NINE, NEVER):
        yield deployment.client.post(check, form_of(card))
    wrong = form_of(NEVER, issued_on=ONCE.issued_on)
    pages = [deployment.client.post(check, wrong) for _ in range(6)]
    assert {page.answer for page in pages} == {"no-match", "paused"}
    yield from pages


def _requests(deployment: Deployment) -> Iterator[Page]:
    """A request for each channel, its status, and every mistake of the forms."""
    form, status = f"/{CODE}/help", f"/{CODE}/help/status"
    ways = {"phone": "206-555-0100", "text": "206-555-0100", "email": EMAIL}
    for reach_by in ways:
        yield deployment.client.post(form, {"reach_by": reach_by})
        long = {"reach_by": reach_by, "name": "1" * 5000, "message": "1" * 50_000}
        yield deployment.client.post(form, long)
        fields = {"reach_by": reach_by, "phone": ways["phone"], "email": ways["email"]}
        received = deployment.client.post(form, fields)
        assert received.status == 200
        yield received
        yield deployment.client.post(form, fields | {"voicemail_ok": "yes"})
    yield deployment.client.post(form, {})
    yield deployment.client.post(status, {})
    for state in RequestState:
        with writing(deployment.engine) as connection:
            connection.execute(update(HelpRequestRow).values(state=state.value))
        if state is not RequestState.ERASED:
            yield deployment.client.post(status, {"reference": received.reference})
    unknown = {"reference": _not_given(received.reference)}
    yield deployment.client.post(status, unknown)
    add, erase = f"/{CODE}/help/add", f"/{CODE}/help/erase"
    with writing(deployment.engine) as connection:
        connection.execute(update(HelpRequestRow).values(state=RequestState.RECEIVED))
    own = {"reference": received.reference}
    for form in ({}, own, own | {"note": "1"}, unknown | {"note": "1"}):
        yield deployment.client.post(add, form)
    for form in ({}, own, own | {"confirmed": "yes"}, unknown | {"confirmed": "yes"}):
        yield deployment.client.post(erase, form)
    yield deployment.client.post(f"/{CODE}/help", fields)


def _letters(deployment: Deployment) -> Iterator[Page]:
    """A letter's code that is right, and one that is not."""
    letters, today = deployment.context.letters, deployment.context.today()
    for card in (ONCE, NEVER):
        answer = deployment.context.register.check_record(
            Facts(fold(card.card_number), card.born_on, card.issued_on), from_address("198.51.100.7")
        )
        letter = letters.open_token(letters.make_token(answer, today, deployment.clock()), deployment.clock())
        for code in letters.codes(letter):
            yield deployment.client.post(f"/{CODE}/letter", {"code": str(code)})
    yield deployment.client.post(f"/{CODE}/letter", {"code": "1"})
    yield deployment.client.post(f"/{CODE}/letter/file", {"answer": "1"})


def _not_given(reference: str) -> str:
    """A reference number as it could be, that nobody was given."""
    digits = "".join(sign for sign in reference if sign.isdigit())
    for last in range(100):
        other = f"{digits[:14]}{last:02d}"
        try:
            parse_reference(other)
        except NotAReference:
            continue
        if other != digits:
            return other
    raise AssertionError("no other reference")


def _faults(deployment: Deployment, monkeypatch: pytest.MonkeyPatch) -> Iterator[Page]:
    client, check, status = deployment.client, f"/{CODE}/check", f"/{CODE}/help/status"
    form = {"reach_by": "phone", "phone": "206-555-0100"}
    given = client.post(f"/{CODE}/help", form).reference
    yield client.get(f"/{CODE}/nowhere")
    yield client.post(check, form_of(ONCE), headers={"Origin": "https://other.example"})
    yield Page(client.raw("PUT", check))
    yield client.post(check, {"card_number": "1" * 300_000})
    register, desk = type(deployment.context.register), type(deployment.context.help_desk)
    for kind in (AnswerKind.PAUSED, AnswerKind.BUSY):
        monkeypatch.setattr(register, "check_record", lambda *_, kind=kind: Answer(kind))
        yield client.post(check, form_of(ONCE))
    for error in (RateLimited, Flooded, Overloaded, OSError):
        monkeypatch.setattr(desk, "leave", _raising(error))
        monkeypatch.setattr(desk, "request_status", _raising(error))
        yield client.post(f"/{CODE}/help", form)
        yield client.post(status, {"reference": given})


def _raising(error: type[Exception]) -> Callable[..., None]:
    def broken(*_: object) -> None:
        raise error

    return broken


def _heard(deployment: Deployment, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """What calls in the pseudo-language say: each answer, each question, requests, silence, faults."""
    wrong = keys_of(NEVER, issued_on=ONCE.issued_on)
    status = ["4", "1111#", "11#", "11*1111111111", "1", "12#", "1111", "*#", "*", "1" * 12]
    scripts = [
        *([*keys_of(card), "1", "2"] for card in (ONCE, NINE, NEVER)),
        [*wrong, "1", "1"],
        [*wrong, "1", "2"],
        *[[*wrong, "3"]] * 5,
        ["2", "1", "3", "1", "9"],
        ["2", "2", "123#", "2065550123#", "1", "1", "2", "1"],
        *(["3", number, "1"] for number in "123"),
        *(["3", "4", number, "1"] for number in "1234"),
        status,
        ["5", "#", "6"],
        ["7", "7", "7"],
        ["1", "12#", "12#", "12#"],
        [*keys_of(ONCE)[:2], "99999999#", "01012999#", "*#", "0"],
        ["0", "9"],
    ]
    for keys in scripts:
        yield from _call(deployment, keys)
    yield from _call(deployment, ["wait", "wait", "wait"])
    register, desk = type(deployment.context.register), type(deployment.context.help_desk)
    monkeypatch.setattr(register, "check_record", lambda *_: Answer(AnswerKind.BUSY))
    yield from _call(deployment, [*keys_of(ONCE), "wait", "wait"])
    for error in (RateLimited, NoReferenceLeft):
        monkeypatch.setattr(desk, "leave", _raising(error))
        yield from _call(deployment, ["2", "1", "3", "1"])
    monkeypatch.setattr(desk, "leave", _raising(OSError))
    yield from _call(deployment, ["2", "1", "3", "1"])


def _call(deployment: Deployment, keys: list[str]) -> Iterator[str]:
    phone: Phone = deployment.ring()
    for key in ["", "2", *keys]:
        if phone.ended:
            return
        if key == "wait":
            phone.wait()
        elif key:
            phone.press(key)
        yield from (heard.text for heard in phone.heard if heard.language == VOICE)


def _placeholders(text: str) -> list[str]:
    return [part.split(")")[0] for part in text.split("%(")[1:]]

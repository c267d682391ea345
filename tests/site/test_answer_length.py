"""One length: every answer to a form has the same bytes in its body and its head, whatever it says."""

import html
import re
from dataclasses import replace
from datetime import date, timedelta
from itertools import count
from typing import Any
from urllib.parse import quote_plus, urlencode

import pytest
from sqlalchemy.exc import TimeoutError as PoolTimeout
from structlog.testing import capture_logs
from werkzeug.test import TestResponse

from resident_app.configuration import load_configuration
from resident_app.intake.help_request import MESSAGE_LENGTH
from resident_app.languages import Language, load_languages
from resident_app.register.disclosure import OFFICE_CHARACTERS, RELEASED, REQUEST_BYTES, SLOTS, Disclosure
from resident_app.register.recipients import other_agencies
from resident_app.security.capacity import Overloaded
from resident_app.security.rate_limits import RateLimited
from resident_app.site.answer_length import measure
from resident_app.site.longest_answers import longest_answers
from tests.conftest import Deployment, DeployWith
from tests.evaluator import ThreadedEvaluator
from tests.made_up import NEVER, Card, form_of
from tests.strict_client import Page

LANGUAGES = load_languages().on_the_site()
CODES = load_configuration().codes
LOADING = re.compile(
    rb'<(?:link rel="(?!alternate)|script|img|image|use|iframe|object|embed|video|audio|source|track)[^>]*>'
)
FORM = "application/x-www-form-urlencoded"
PHONE = {"reach_by": "phone", "phone": "206-555-0143"}


def shared_card(number: int, agency: str, ground: str, times: int) -> Card:
    """A card whose record was shared as often as said, each with the longest office and request number."""
    releases = tuple(
        Disclosure(
            date(2017, 6, 28) + timedelta(days=time),
            agency,
            '"' * OFFICE_CHARACTERS,
            RELEASED,
            ground,
            "&" * REQUEST_BYTES,
        )
        for time in range(times)
    )
    return Card(f"long {number}", f"WDLLONG{number:05d}", date(1980, 2, 29), date(2019, 3, 4), releases)


def shared_to_others(number: int, ground: str) -> Card:
    """A card whose record went to every agency but ICE, more often than a page lists."""
    card = shared_card(number, "ICE", ground, SLOTS + 4)
    others = other_agencies(CODES)
    releases = (replace(one, agency=others[at % len(others)]) for at, one in enumerate(card.disclosures))
    return replace(card, disclosures=tuple(releases))


def longest(names: dict[str, str], language: Language) -> str:
    return max(names, key=lambda code: len(language.text(names[code]).encode()))


def cards_for(language: Language) -> list[Card]:
    """Cards shared one to nine times in a language's longest words, and one for each agency and ground."""
    agency, ground = longest(CODES.agencies, language), longest(CODES.grounds, language)
    numbers = count(1)
    return [
        *(shared_card(next(numbers), agency, ground, times) for times in range(1, SLOTS + 2)),
        *(shared_card(next(numbers), other, ground, 1) for other in CODES.agencies),
        *(shared_card(next(numbers), agency, other, 1) for other in CODES.grounds),
        shared_to_others(next(numbers), ground),
        NEVER,
    ]


class Answers:
    """Collects the answers to forms in one language."""

    def __init__(self, deployment: Deployment, language: Language):
        self.deployment = deployment
        self.code = language.code
        self.seen: list[tuple[str, TestResponse]] = []
        self._addresses = (f"10.{number // 200}.{number % 200}.1" for number in count())

    def post(self, path: str, form: dict[str, str] | str, expected: int, **options: Any) -> TestResponse:
        headers = {"X-Forwarded-For": options.pop("address", None) or next(self._addresses)}
        headers |= options.pop("headers", {})
        response = self.deployment.client.raw(
            "POST", f"/{self.code}/{path}", data=form, headers=headers, **options
        )
        assert response.status_code == expected, (path, response.status)
        self.seen.append((f"{path} {expected}", response))
        return response

    @property
    def heads(self) -> set[int]:
        """How many bytes the heads of the answers have, as HTTP/1.1 writes them."""
        return {
            len(response.status) + sum(len(name) + len(value) for name, value in response.headers)
            for _, response in self.seen
        }

    @property
    def bodies(self) -> dict[int, list[str]]:
        found: dict[int, list[str]] = {}
        for name, response in self.seen:
            assert response.headers["Content-Length"] == str(len(response.data))
            assert "Content-Encoding" not in response.headers
            found.setdefault(len(response.data), []).append(name)
        return found

    @property
    def loaded(self) -> set[tuple[bytes, ...]]:
        """What a browser loads by itself after each answer, in its order."""
        return {tuple(LOADING.findall(response.data)) for _, response in self.seen}

    @property
    def longest(self) -> int:
        """The bytes of the longest page without its padding."""
        return max(len(response.data.rpartition(b"<!--")[0]) for _, response in self.seen)


@pytest.mark.parametrize("language", LANGUAGES, ids=lambda language: language.code)
def test_every_answer_has_one_length(
    deploy: DeployWith, evaluator: ThreadedEvaluator, language: Language
) -> None:
    cards = cards_for(language)
    deployment = deploy(cards)
    answers = Answers(deployment, language)

    for card in cards:
        page = Page(answers.post("check", form_of(card), 200))
        assert page.answer == ("shared" if card.disclosures else "not-shared")
    wrong = form_of(NEVER, card_number="WDLNOBODY000")
    for _ in range(5):
        assert b'data-answer="no-match"' in answers.post("check", wrong, 200, address="192.0.2.1").data
    assert b'data-answer="paused"' in answers.post("check", wrong, 429, address="192.0.2.1").data
    answers.post("check", {}, 422)
    answers.post("check", {"answer": "x", "change_language": "en"}, 200)
    for field in form_of(NEVER):
        answers.post("check", form_of(NEVER) | {field: "x"}, 422)
    for headers in ({"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}):
        for path in ("check", "help", "help/status", "letter"):
            answers.post(path, {}, 403, headers=headers)
    for path in ("check", "help/status", "letter"):
        answers.post(path, {"message": "x" * 300_000}, 413)
    answers.post("help", {"message": "x" * 4_200_000}, 413)

    _ask_for_help(answers)
    _confirm_letters(answers, cards)

    evaluator.stop()
    assert b'data-answer="busy"' in answers.post("check", form_of(NEVER), 503).data
    _fail(answers, RateLimited, 429, paths=("help", "help/status"))
    _fail(answers, Overloaded, 503)
    _fail(answers, PoolTimeout, 503)
    _fail(answers, RuntimeError, 500)

    assert list(answers.bodies) == [measure(deployment.app)], answers.bodies
    assert measure(deployment.app) % 4096 == 0
    assert len(answers.heads) == 1
    assert answers.longest <= longest_answers(deployment.app).usual
    assert len(answers.loaded) == 1, "an answer loads nothing of its own"


def _ask_for_help(answers: Answers) -> None:
    for reach_by in ("phone", "text", "email", "x"):
        answers.post("help", {"reach_by": reach_by, "phone": "x", "email": "x"}, 422)
    full = {
        "name": '"' * 200,
        "message": '"' * 2000,
        "best_time": "any",
        "phone": "x" * 300,
        "email": "x" * 300,
    }
    answers.post("help", full | {"reach_by": "phone"}, 422)
    answers.post("help", full | {"reach_by": "phone", "name": '"' * 201}, 422)
    answers.post("help", full | {"change_language": "en"}, 200)
    for number in ("206-555-0143 ext 7", "+52 55 1234 5678", "800-555-0100", "206-555-0143, 206-555-0144"):
        answers.post("help", {"reach_by": "phone", "phone": number}, 200)
    for reach_by, number in (("text", "800-555-0100"), ("phone", "900-555-0100"), ("phone", "1")):
        answers.post("help", {"reach_by": reach_by, "phone": number}, 422)
    answers.post("help", {"reach_by": "email", "email": f"{'&' * 64}@{'x' * 60}.con"}, 422)
    reference = Page(answers.post("help", PHONE, 200)).reference
    for reach_by in ("text", "email"):
        answers.post("help", PHONE | {"reach_by": reach_by, "email": "a@example.com"}, 200)
        taken = {"received": "yes", "reference": reference, "change_language": "en", "reach_by": reach_by}
        more = '"' * 150
        contact = {"phone": f"206-555-0143 {more} x", "email": f"a@example.com, {more}"}
        answers.post("help", taken | contact, 200)
    answers.post("help/status", taken | {"note": '"' * 2000}, 200)
    assert b'data-state="received"' in answers.post("help/status", {"reference": reference}, 200).data
    answers.post("help/status", {"reference": reference[:-1]}, 422)
    answers.post("help/add", {"reference": reference, "note": "more"}, 200)
    answers.post("help/add", {"reference": reference}, 422)
    contact = {"reference": reference, "reach_by": "email", "email": "a@example.com"}
    answers.post("help/contact", contact, 200)
    answers.post("help/contact", contact | {"email": "a@gmail.con"}, 422)
    for topic in CODES.topics:
        answers.post("help/start", {"topic": topic}, 200)
    answers.post("help/erase", {"reference": reference}, 200)
    answers.post("help/erase", {"reference": reference, "confirmed": "yes"}, 200)
    assert b'data-state="unknown"' in answers.post("help/status", {"reference": reference}, 200).data


def _confirm_letters(answers: Answers, cards: list[Card]) -> None:
    context = answers.deployment.context
    for card in cards:
        page = answers.post("check", form_of(card), 200).text
        for token in re.findall('name="answer" value="([^"]*)"', page):
            answers.post("check", {"answer": token, "change_language": "en"}, 200)
            answers.post("help/start", {"answer": token}, 200)
            answers.post("help", PHONE | {"answer": token, "message": "again"}, 200)
            letter = context.letters.open_token(token, context.clock())
            for code in context.letters.codes(letter):
                answers.post("letter", {"code": str(code)}, 200)
    answers.post("letter", {"code": '"' * 2500}, 422)
    answers.post("letter", {"code": '"' * 300, "change_language": "en"}, 200)
    answers.post("letter/file", {"answer": "x"}, 410)


class Failing:
    """Stands for a service that has no capacity, or is broken."""

    def __init__(self, error: type[Exception]):
        self._error = error

    def __getattr__(self, name: str) -> Any:
        raise self._error


def _fail(
    answers: Answers,
    error: type[Exception],
    expected: int,
    paths: tuple[str, ...] = ("check", "help", "help/status", "letter"),
) -> None:
    failing = Failing(error)
    answers.deployment.change_context(help_desk=failing, letters=failing, register=failing)
    forms = {
        "check": form_of(NEVER),
        "help": PHONE | {"message": '"' * 2000, "name": '"' * 200},
        "help/status": {"reference": "000 000 000 000"},
        "letter": {"code": "x"},
    }
    for path in paths:
        answers.post(path, forms[path], expected)


@pytest.mark.parametrize("sign", ["x", "&", '"', "字", "\N{GRINNING FACE}", "\r\n"])
def test_a_message_that_is_not_too_long_changes_no_length(deployment: Deployment, sign: str) -> None:
    """The longest that may be sent, of whatever signs, in the language with the longest pages."""
    answers = Answers(deployment, load_languages()["km"])
    form = {
        "message": sign * MESSAGE_LENGTH,
        "note": sign * MESSAGE_LENGTH,
        "reference": "1",
        "name": "x" * 50,
    }
    answers.post("help", form, 422)
    answers.post("help", form | {"change_language": "en"}, 200)
    answers.post("help", form, 403, headers={"Origin": "https://evil.example"})
    answers.post("help/add", form, 422)
    answers.post("help", {**form, "reach_by": "phone", "phone": "206-555-0100"}, 200)
    answers.post("check", form, 422)
    assert set(answers.bodies) == {measure(deployment.app)}
    assert len(answers.heads) == 1


@pytest.mark.parametrize("size", [60_000, 250_000, 900_000, 4_000_000])
def test_the_length_of_a_form_with_too_much_text_follows_from_what_was_sent(
    deployment: Deployment, size: int
) -> None:
    """It comes back whole, in a length that does not tell what the text is."""
    answers = Answers(deployment, load_languages()["km"])
    for path in ("help", "help/add"):
        for number, (text, changes) in enumerate([("&", False), ("x", True), ("x", False)]):
            form = {"message": text, "note": text} if path == "help" else {"note": text}
            body = (
                f"reach_by=x&reference={number}&"
                + ("change_language=en&" if changes else "")
                + urlencode(form)
            )
            name = "message" if path == "help" else "note"
            times = (size - len(body)) // len(quote_plus(text))
            body = body.replace(f"{name}={quote_plus(text)}", f"{name}={quote_plus(text) * times}")
            body += "&" + "z" * (size - len(body) - 1)
            assert len(body) == size
            page = answers.post(path, body, 200 if changes else 422, content_type=FORM)
            assert len(html.unescape(page.text).partition(text * times)[1]) == times
    assert len(answers.bodies) == 1, answers.bodies
    assert len(answers.heads) == 1


def test_only_answers_to_residents_are_padded(deployment: Deployment) -> None:
    """A flood of requests that nobody signed is answered in few bytes."""
    length = measure(deployment.app)
    for path in ("/xx/check", "/en/help/add", "/en/help/erase"):
        assert len(deployment.client.raw("POST", path).data) == length, path
    for path in ("/voice/start", "/text", "/nothing"):
        assert len(deployment.client.raw("POST", path).data) < length / 4, path
    assert len(deployment.client.raw("GET", "/en/check").data) % 4096


def test_all_languages_and_processes_have_one_length(deploy: DeployWith) -> None:
    assert measure(deploy().app) == measure(deploy().app)


def test_a_page_that_is_too_long_is_our_fault_and_has_that_length(deploy: DeployWith) -> None:
    card = shared_card(1, "ICE", "1325", SLOTS)
    deployment = deploy([card])
    length = measure(deployment.app)
    configuration = deployment.context.configuration
    agencies = {code: name * 300 for code, name in configuration.codes.agencies.items()}
    codes = configuration.codes.model_copy(update={"agencies": agencies})
    deployment.change_context(configuration=replace(configuration, codes=codes))
    with capture_logs() as events:
        response = deployment.client.raw("POST", "/en/check", data=form_of(card))
    assert (response.status_code, len(response.data)) == (500, length)
    assert [event["error"] for event in events if event["event"] == "failed"] == ["TooLong"]
    assert b"Immigration and Customs" not in response.data

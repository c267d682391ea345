"""An answer as a file, only on request: what it says, who can read it, and what its code proves."""

import io
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfReader
from werkzeug.test import TestResponse

from resident_app.demonstration.deployment import make_keys
from resident_app.languages import Language, load_languages
from resident_app.register.letter_token import TOKEN_LASTS
from resident_app.security.capacity import Capacity
from resident_app.settings import KeyFileSettings
from resident_app.site import letter as letter_pages
from resident_app.web.typesetting import fonts, pdf
from resident_app.web.typesetting.fonts import can_typeset
from tests.conftest import Deployment, DeployWith
from tests.made_up import CARDS, NEVER, NINE, ONCE, Card, form_of, seal_and_publish
from tests.site.reading_letters import TaggedLetter
from tests.strict_client import HTML, Page

LANGUAGES = load_languages().on_the_site()
NAMES = {language.code: language for language in LANGUAGES}
# What PDF says for a language that HTML names by its script.
IN_PDF = {"zh-Hans": "zh-CN", "zh-Hant": "zh-TW"}


def checked(deployment: Deployment, card: Card, code: str = "en") -> Page:
    page = deployment.client.post(f"/{code}/check", form_of(card))
    assert page.status == 200
    return page


def token_of(page: Page) -> str:
    """The token that every form of the page takes along: for the letter, the office, another language."""
    tokens = {field.get("value") for field in page.all("input") if field.get("type") == "hidden"}
    (token,) = tokens
    assert len(page.all("form")) == 3
    return str(token)


def file_of(deployment: Deployment, token: str, code: str = "en") -> TestResponse:
    return deployment.client.raw("POST", f"/{code}/letter/file", data={"answer": token})


def letter_of(deployment: Deployment, card: Card, code: str = "en") -> TaggedLetter:
    response = file_of(deployment, token_of(checked(deployment, card, code)), code)
    assert response.status_code == 200
    assert len(response.data) == letter_pages.FILE_BYTES, "every letter has one length"
    return TaggedLetter(response.data)


def code_on(letter: TaggedLetter) -> str:
    after = letter.text.split("see what the letter must say:")[1]
    return after.split("The code proves")[0].strip()


def sentences(page: Page) -> list[str]:
    """What an answer's page says about the records, in its order, but for its short lines."""
    said = ["".join(page.one("h1").itertext())]
    for part in page.one("main").iter(f"{HTML}dd"):
        said.append(next("".join(words.itertext()) for words in [*part.iter(f"{HTML}bdi"), part]))
    return said


@pytest.mark.parametrize("language", LANGUAGES, ids=lambda language: language.code)
def test_a_letter_says_what_the_page_says_on_one_tagged_page(
    deployment: Deployment, language: Language
) -> None:
    """In every language with a font on this machine. In the others the page can be printed."""
    for card in CARDS:
        page = checked(deployment, card, language.code)
        if not can_typeset(language):
            assert not page.all("form")
            continue
        letter = letter_of(deployment, card, language.code)
        assert letter.pages == 1
        assert letter.is_tagged
        assert letter.is_pdf_ua
        assert letter.language == IN_PDF.get(language.code, language.code)
        assert letter.tags[0] == "/Document"
        assert {"/H1", "/P", "/L", "/LI"} <= set(letter.tags)
        missing = [said for said in sentences(page) if not letter.says(said)]
        assert not missing
        assert letter.says(language.day(date(2026, 11, 22)))
        assert letter.says("360-359-4454")
        assert letter.says(f"https://records.example.gov/{language.code}/letter")


def test_the_file_is_neutral_and_not_stored(deployment: Deployment) -> None:
    response = file_of(deployment, token_of(checked(deployment, ONCE)))
    assert response.mimetype == "application/pdf"
    assert response.headers["Content-Disposition"] == "attachment; filename=letter.pdf"
    assert response.headers["Cache-Control"] == "no-store"
    assert "Set-Cookie" not in response.headers
    letter = TaggedLetter(response.data)
    assert letter.title == "Letter"
    assert b"CreationDate" not in response.data, "the minute of a check is nobody's business"


def test_a_letter_does_not_say_whose_it_is(deployment: Deployment) -> None:
    for card in CARDS:
        text = letter_of(deployment, card).text
        born, issued = (NAMES["en"].day(day) for day in (card.born_on, card.issued_on))
        assert not any(fact in text for fact in (card.card_number, born, issued))


def test_letters_of_a_day_differ_by_answer_alone(deploy: DeployWith) -> None:
    other = Card("p9", "WDLXYZ987654", date(1990, 8, 7), date(2017, 2, 3), ())
    deployment = deploy([NEVER, other])
    assert letter_of(deployment, NEVER).text == letter_of(deployment, other).text


def test_tokens_are_opaque_equally_long_and_never_the_same(deployment: Deployment) -> None:
    tokens = [token_of(checked(deployment, card)) for card in (*CARDS, *CARDS)]
    assert len(set(tokens)) == len(tokens)
    assert len({len(token) for token in tokens}) == 1


def test_no_match_offers_no_file(deployment: Deployment) -> None:
    page = checked(deployment, replace(ONCE, card_number="WDLNOBODY000"))
    assert page.answer == "no-match"
    assert {form.get("action") for form in page.all("form")} == {"/en/check", "/en/help/start"}
    assert "Save this answer" not in page.main


def test_the_offer_warns_of_shared_devices(deployment: Deployment) -> None:
    for card in (ONCE, NEVER):
        page = checked(deployment, card)
        assert "Think first about who could find it." in page.main
        assert "If others use this phone or computer, delete this file" in letter_of(deployment, card).text


def test_a_token_that_was_changed_made_up_or_kept_too_long_is_refused(deployment: Deployment) -> None:
    token = token_of(checked(deployment, ONCE))
    changed = [token[:at] + ("A" if token[at] != "A" else "B") + token[at + 1 :] for at in range(0, 412, 17)]
    for wrong in [*changed, "", "x", token[:-4], token + "AAAA", "\x00é", "A" * 412]:
        assert file_of(deployment, wrong).status_code == 410, wrong
    deployment.clock.now += TOKEN_LASTS - timedelta(seconds=1)
    assert file_of(deployment, token).status_code == 200
    deployment.clock.now += timedelta(seconds=1)
    page = deployment.client.post("/ko/letter/file", {"answer": token})
    assert page.status == 410
    assert page.root.get("lang") == "ko"


def test_a_code_confirms_what_the_letter_must_say(deployment: Deployment) -> None:
    for card in CARDS:
        letter = letter_of(deployment, card)
        page = deployment.client.post("/en/letter", {"code": code_on(letter)})
        assert (page.status, page.one("main").get("data-letter")) == (200, "confirmed")
        said = [words for words in sentences(checked(deployment, card)) if words[:2] != "R-"]
        missing = [
            words for words in said if words not in page.main and "number for the request" not in words
        ]
        assert not missing
        assert "Answer given on November 22, 2026" in page.main
        assert "R-0001" not in page.main
        assert "records together again since" not in page.main


def test_a_code_is_read_as_it_may_be_typed(deployment: Deployment) -> None:
    code = code_on(letter_of(deployment, ONCE))
    for typed in (
        code.lower(),
        code.replace(" ", ""),
        code.replace(" ", " - "),
        code.replace("0", "O").replace("1", "l"),
        f"  {code}\n",
        "".join(chr(ord(sign) + 0xFEE0) if sign != " " else sign for sign in code),
    ):
        assert deployment.client.post("/es/letter", {"code": typed}).status == 200, typed


def test_a_wrong_code_is_a_mistake_like_any_other(deployment: Deployment) -> None:
    code = code_on(letter_of(deployment, NEVER))
    for typed in ("", "x", code[:-1], code[1:], code[:-1] + ("0" if code[-1] != "0" else "2"), "Z" * 5000):
        page = deployment.client.post("/en/letter", {"code": typed})
        assert page.status == 422
        assert page.one("title").text.startswith("Error:")
        assert page.one("main")[0].get("class") == "errors"
        assert page.by_id("code-mistake") is not None


def test_a_code_of_another_register_is_not_ours(deployment: Deployment, deploy: DeployWith) -> None:
    code = code_on(letter_of(deployment, ONCE))
    folder = deployment.context.settings.instance_dir / "other"
    make_keys(KeyFileSettings(_env_file=None, instance_dir=folder))
    other = deploy(CARDS, instance_dir=folder)
    assert other.client.post("/en/letter", {"code": code}).status == 422


def test_a_letter_of_an_earlier_edition_says_so(deployment: Deployment, tmp_path: Path) -> None:
    code = code_on(letter_of(deployment, ONCE))
    token = token_of(checked(deployment, ONCE))
    folder = tmp_path / "again"
    folder.mkdir()
    seal_and_publish(deployment.context, [NEVER], folder)
    page = deployment.client.post("/en/letter", {"code": code})
    assert page.status == 200
    assert "DOL has put its records together again since then." in page.main
    letter = TaggedLetter(file_of(deployment, token).data)
    assert code_on(letter) == code, "the file says what its page said"


@pytest.mark.parametrize(
    "office",
    [
        "#panic()",
        '#read("/etc/passwd") \\ $x^2$ *b* _i_ `c` <d> @e // f',
        "a & b </p></article> &amp; ]]> \"'",
        "= H - L + N / T: \\u{41} ~ -- ...",
        "مكتب تاكوما",
        "\u202eamocaT\u202c",
        "x" * 120,
    ],
)
def test_what_an_edition_contains_is_text_and_never_code(deploy: DeployWith, office: str) -> None:
    release = replace(ONCE.disclosures[0], office=office)
    deployment = deploy([replace(ONCE, disclosures=(release,))])
    letter = letter_of(deployment, ONCE)
    assert letter.pages == 1
    assert letter.says(office)
    assert letter.says("DOL's number for the request")


def test_a_sign_that_no_font_has_does_not_keep_the_letter_back(deploy: DeployWith) -> None:
    release = replace(ONCE.disclosures[0], office="Tacoma \u0378")
    letter = letter_of(deploy([replace(ONCE, disclosures=(release,))]), ONCE)
    assert letter.is_tagged
    assert letter.says("Tacoma")


def test_the_longest_letter_stands_on_one_page(deploy: DeployWith) -> None:
    office, request = "A long name of an office " * 4, "R-2017-0000000000000001"
    releases = tuple(
        replace(
            release, office=office, request=request, ground="child-exploitation",
            released=("photo", "application", "record"),
        )
        for release in NINE.disclosures
    )  # fmt: skip
    deployment = deploy([replace(NINE, disclosures=releases)])
    for language in LANGUAGES:
        if can_typeset(language):
            assert letter_of(deployment, NINE, language.code).pages == 1, language.code


def test_a_letter_reads_the_same_without_its_padding(
    deployment: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every object, and what a reader finds from the end of the file, as Typst made them."""
    made: list[bytes] = []

    def remember(*arguments: Any) -> bytes:
        made.append(pdf.typeset(*arguments))
        return made[-1]

    monkeypatch.setattr(letter_pages, "typeset", remember)
    padded = file_of(deployment, token_of(checked(deployment, NINE, "km")), "km").data
    assert letter_pages.FILE_BYTES % 16_384 == 0
    assert len(padded) == letter_pages.FILE_BYTES > len(made[0])
    assert padded.startswith(made[0].split(b"startxref")[0])
    assert b"startxref" in padded[-1024:]
    before, after = (PdfReader(io.BytesIO(file), strict=True) for file in (made[0], padded))
    assert before.trailer["/Size"] == after.trailer["/Size"]
    for number in range(1, int(before.trailer["/Size"])):
        assert written(before, number) == written(after, number)
    assert TaggedLetter(made[0]).text == TaggedLetter(padded).text


def written(reader: PdfReader, number: int) -> bytes:
    """An object of a PDF, as a file holds it."""
    contents, found = io.BytesIO(), reader.get_object(number)
    assert found is not None
    found.write_to_stream(contents)
    return contents.getvalue()


def test_a_letter_that_is_too_long_is_not_sent(
    deployment: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(letter_pages, "FILE_BYTES", 16_384)
    page = deployment.client.post("/en/letter/file", {"answer": token_of(checked(deployment, ONCE))})
    assert page.status == 500


def limit_letters(deployment: Deployment, **changes: int) -> None:
    configuration = deployment.context.configuration
    letters = configuration.limits.letters.model_copy(update=changes)
    limits = configuration.limits.model_copy(update={"letters": letters})
    deployment.change_context(configuration=replace(configuration, limits=limits))


def ask_for(deployment: Deployment, token: str, address: str) -> Page:
    return deployment.client.post("/en/letter/file", {"answer": token}, address=address)


def status_of(deployment: Deployment, token: str, address: str) -> int:
    headers = {"X-Forwarded-For": address}
    sent = {"answer": token}
    return deployment.client.raw("POST", "/en/letter/file", data=sent, headers=headers).status_code


def test_one_answer_in_a_loop_is_stopped_and_others_get_their_letters(deployment: Deployment) -> None:
    limit_letters(deployment, per_answer=2, per_address=4)
    one, another = (token_of(checked(deployment, card)) for card in (ONCE, NEVER))
    assert [status_of(deployment, one, f"203.0.{number}.7") for number in range(3)] == [200, 200, 429]
    page = ask_for(deployment, one, "198.51.100.7")
    assert page.status == 429
    assert "Other people on the same network may have caused this" in page.main
    assert "print the page with your answer" in page.main
    assert "360-359-4454" in page.main
    assert status_of(deployment, another, "203.0.0.7") == 200, "another answer, on the same network"


def test_one_network_cannot_ask_for_letters_without_end(deployment: Deployment) -> None:
    limit_letters(deployment, per_address=2)
    tokens = [token_of(checked(deployment, ONCE)) for _ in range(3)]
    assert [status_of(deployment, token, "203.0.113.7") for token in tokens] == [200, 200, 429]
    assert status_of(deployment, tokens[2], "203.0.114.7") == 200


def test_a_network_that_asks_for_many_letters_at_once_leaves_room_for_others(
    deployment: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Eight may wait for the one slot: a network that takes all places would make every other letter fail."""
    token = token_of(checked(deployment, ONCE))
    made = file_of(deployment, token).data
    over = threading.Event()

    def slowly(*_: object) -> bytes:
        time.sleep(0.05)
        return bytes(made)

    def flood(number: int) -> set[int]:
        statuses = set()
        while not over.is_set():
            # Each from another /64 of one /48.
            statuses.add(status_of(deployment, token, f"2001:db8:1:{number}::1"))
        return statuses

    limit_letters(deployment, per_answer=10_000, per_address=10_000)
    monkeypatch.setattr(letter_pages, "typeset", slowly)
    monkeypatch.setattr(letter_pages, "pad_pdf", lambda file, _length: file)
    with ThreadPoolExecutor(16) as pool:
        floods = [pool.submit(flood, number) for number in range(16)]
        try:
            theirs = [status_of(deployment, token, f"198.51.{number}.7") for number in range(20)]
        finally:
            over.set()
    assert theirs == [200] * 20
    assert set().union(*(one.result() for one in floods)) == {200, 503}


def test_codes_are_confirmed_under_a_limit_by_network(deployment: Deployment, deploy: DeployWith) -> None:
    limit_letters(deployment, confirmations_per_address=3)
    wrong = {"code": "none of ours"}
    for status in (422, 422, 422, 429):
        page = deployment.client.post("/en/letter", wrong, address="203.0.113.7")
        assert page.status == status
    assert "360-359-4454" in page.main
    assert deployment.client.post("/en/letter", wrong, address="203.0.114.7").status == 422
    behind_a_proxy = deploy(trusted_proxies=0)
    limit_letters(behind_a_proxy, confirmations_per_address=3)
    for _ in range(5):
        peer = {"REMOTE_ADDR": "10.0.0.5"}
        page = behind_a_proxy.client.post("/en/letter", wrong, environ_base=peer)
        assert page.status == 422, "all residents behind it would share one limit"


def test_no_slot_is_a_busy_page(deployment: Deployment, tmp_path: Path) -> None:
    token = token_of(checked(deployment, ONCE))
    nobody_may_wait = Capacity(tmp_path / "typesetting", 1, 1, 0)
    deployment.change_context(typesetting=nobody_may_wait)
    page = deployment.client.post("/en/letter/file", {"answer": token})
    assert page.status == 503
    assert int(page.response.headers["Retry-After"]) > 0


def test_a_typesetting_failure_is_our_fault_and_says_nothing(
    deployment: Deployment, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(letter_pages, "SHEET", "#panic(sys.inputs.text)")
    page = deployment.client.post("/en/letter/file", {"answer": token_of(checked(deployment, ONCE))})
    assert page.status == 500
    written = "".join(capfd.readouterr())
    assert "TypesettingFailed" in written
    assert "Tacoma" not in written


def test_a_letter_leaves_no_trace(
    deployment: Deployment,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
) -> None:
    started: list[tuple[list[str], dict[str, str]]] = []
    real = pdf.subprocess.run

    def run(command: list[str], *, env: dict[str, str], **rest: object) -> object:
        started.append((command, env))
        return real(command, env=env, **rest)  # type: ignore[call-overload]

    monkeypatch.setattr(pdf.subprocess, "run", run)
    monkeypatch.setenv("TWILIO_AUTH_TOKEN", "secret")
    before = set(Path(tempfile.gettempdir()).iterdir())
    letter = letter_of(deployment, ONCE)
    code = code_on(letter)
    deployment.client.post("/en/letter", {"code": code})
    (command, environment), *others = started
    assert not others
    assert [Path(part).name for part in command[1:]] == ["-I", "typst_process.py"]
    assert set(environment) <= {"HOME", "XDG_DATA_HOME", "RAYON_NUM_THREADS"}
    marks = [code, code.replace(" ", ""), "Tacoma", "R-0001"]
    for path in deployment.context.settings.instance_dir.rglob("*"):
        if path.is_file():
            contents = path.read_bytes()
            assert not any(mark.encode() in contents for mark in marks), path
    assert not any(mark in "".join(capfd.readouterr()) for mark in marks)
    assert not any("typst" in path.name for path in set(Path(tempfile.gettempdir()).iterdir()) - before)


def test_without_a_font_the_page_can_be_printed(deploy: DeployWith, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fonts, "installed_families", frozenset)
    deployment = deploy(CARDS)
    page = checked(deployment, ONCE, "ko")
    assert {form.get("action") for form in page.all("form")} == {"/ko/check", "/ko/help/start"}
    token = token_of(checked(deployment, ONCE, "en"))
    assert file_of(deployment, token, "ko").status_code == 404
    assert file_of(deployment, token, "en").status_code == 200, "a font for English comes with Typst"

"""An answer as a file, only on request: what it says, who can read it, and what its code proves."""

import hmac
import io
import struct
import tempfile
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
import segno
from cryptography.hazmat.primitives.hashes import SHA512
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from pypdf import PdfReader
from werkzeug.test import TestResponse

from resident_app.demonstration.deployment import make_keys
from resident_app.languages import Language, load_languages
from resident_app.register.disclosure import RELEASED
from resident_app.register.edition import open_dictionary
from resident_app.register.letter_code import LetterCode
from resident_app.register.letter_token import TOKEN_LASTS, Letter
from resident_app.security.capacity import Capacity
from resident_app.settings import KeyFileSettings
from resident_app.site import letter as letter_pages
from resident_app.web.typesetting import fonts, pdf
from resident_app.web.typesetting.fonts import can_typeset
from tests.conftest import Deployment, DeployWith
from tests.made_up import CARDS, NEVER, NINE, ONCE, Card, form_of, seal_and_publish
from tests.site.reading_letters import ENGINES, TaggedLetter, compared
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


def parts_typeset(monkeypatch: pytest.MonkeyPatch) -> list[Sequence[str]]:
    """What each letter from now on is meant to say: its paragraphs, headings and cells, in order."""
    meant: list[Sequence[str]] = []

    def remember(sheet: str, text: str, parts: Sequence[str], title: str, language: Language) -> bytes:
        meant.append(parts)
        return pdf.typeset(sheet, text, parts, title, language)

    monkeypatch.setattr(letter_pages, "typeset", remember)
    return meant


def code_on(letter: TaggedLetter) -> str:
    """The short code on a letter in English."""
    after = letter.text.split("/en/letter:")[1]
    return after.split("Both codes prove this.")[0].replace("¹", "").strip()


def square_code(deployment: Deployment, token: str) -> str:
    """The code in the square of the letter of a token."""
    letters = deployment.context.letters
    return letters.codes(letters.open_token(token, deployment.clock()))[1].characters


def sentences(page: Page) -> list[str]:
    """What an answer's page says about the records, in its order, but for its short lines."""
    said = ["".join(page.one("h1").itertext())]
    for part in page.one("main").iter(f"{HTML}dd"):
        said.append(next("".join(words.itertext()) for words in [*part.iter(f"{HTML}bdi"), part]))
    return said


@pytest.mark.parametrize("language", LANGUAGES, ids=lambda language: language.code)
def test_a_letter_says_what_the_page_says_and_four_programs_read_it_so(
    deployment: Deployment, language: Language, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In every language with a font on this machine. In the others the page can be printed."""
    meant = parts_typeset(monkeypatch)
    for card in CARDS:
        page = checked(deployment, card, language.code)
        if not can_typeset(language):
            assert "letter/file" not in str(page.response.get_data())
            continue
        letter = letter_of(deployment, card, language.code)
        assert letter.pages == 1 or card is NINE
        assert letter.is_tagged
        assert letter.is_pdf_ua
        assert letter.language == IN_PDF.get(language.code, language.code)
        assert letter.tags[0] == "/Document"
        assert {"/H1", "/H2", "/P", "/L", "/LI", "/Figure"} <= set(letter.tags)
        assert ("/TH" in letter.tags) == bool(card.disclosures)
        text = compared("\n".join(meant[-1]), language.code)
        for name, read in ENGINES.items():
            assert compared(read(letter.file), language.code) == text, name
        missing = [said for said in sentences(page) if not letter.says(said)]
        assert not missing
        assert letter.says(language.day(date(2026, 11, 22)))
        assert letter.says("360-359-4454")
        assert letter.says(f"https://records.example.gov/{language.code}/letter")
        assert letter.says("Answer given on November 22, 2026"), "English for whoever must read it"


def test_every_line_of_a_letter_says_by_which_code_it_is_proven(deployment: Deployment) -> None:
    letter = letter_of(deployment, ONCE)
    for both in ("Answer given on November 22, 2026 ¹", "Date ¹", "What DOL gave ¹", "Who got it ¹"):
        assert letter.says(both)
    for square in ("Their office ²", "The reason they gave ²", "DOL's number for the request ²"):
        assert letter.says(square)
    assert letter.says("¹ Both codes prove this. ² Only the square code proves this.")
    assert letter.says("The codes do not prove what has no mark.")


def test_the_square_code_leads_to_our_page_with_the_code_after_the_number_sign(
    deployment: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What stands after it no browser sends, and no server on the way writes down."""
    made: list[str] = []

    def remember(sheet: str, text: str, parts: Sequence[str], title: str, language: Language) -> bytes:
        made.append(text)
        return pdf.typeset(sheet, text, parts, title, language)

    monkeypatch.setattr(letter_pages, "typeset", remember)
    token = token_of(checked(deployment, NINE, "ar"))
    file_of(deployment, token, "ar")
    address = f"https://records.example.gov/ar/letter#{square_code(deployment, token)}"
    picture = io.BytesIO()
    segno.make_qr(address, error="l").save(picture, kind="svg", xmldecl=False, border=4)
    (figure,) = ElementTree.fromstring(made[0]).iter("figure")
    assert figure.get("picture") == picture.getvalue().decode().strip()
    assert figure.get("alt") == NAMES["ar"].text(
        "Square code that opens the page where this letter is confirmed"
    )


def test_a_letter_from_made_up_data_says_so(deployment: Deployment, monkeypatch: pytest.MonkeyPatch) -> None:
    words = "Demonstration with made-up people. Not a service of DOL."
    assert not letter_of(deployment, ONCE).says(words)
    service = deployment.context.letters
    real = service.open_token

    def of_made_up_edition(token: str, now: datetime) -> Letter:
        letter = real(token, now)
        return replace(letter, edition=replace(letter.edition, made_up=True))

    monkeypatch.setattr(service, "open_token", of_made_up_edition)
    letter = letter_of(deployment, ONCE, "es")
    assert letter.says(words)
    assert letter.says(NAMES["es"].text(words))


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


def confirmed(deployment: Deployment, code: str) -> Page:
    page = deployment.client.post("/en/letter", {"code": code})
    assert (page.status, page.one("main").get("data-letter")) == (200, "confirmed")
    assert "Answer given on November 22, 2026" in page.main
    assert "records together again since" not in page.main
    return page


REASON = "reentry after removal (8 U.S.C. 1326)"


def test_the_short_code_confirms_who_received_what_and_when_and_says_what_it_does_not(
    deployment: Deployment,
) -> None:
    for card in CARDS:
        page = confirmed(deployment, code_on(letter_of(deployment, card)))
        assert sentences(checked(deployment, card))[0] in page.main
        for release in card.disclosures[:7]:
            assert f"Shared on {NAMES['en'].day(release.answered_on)}" in page.main
        assert ("ICE Enforcement and Removal Operations" in page.main) == bool(card.disclosures)
        assert not any(word in page.main for word in ("Tacoma", "1326", "R-0001"))
        assert "This is the short code. It proves all that this page shows" in page.main
        assert "The letter can also show offices, reasons and request numbers." in page.main
        assert ("Number of sharings in all: 9." in page.main) == (card is NINE)


def test_the_square_code_confirms_all_that_a_letter_says(deployment: Deployment) -> None:
    for card in CARDS:
        token = token_of(checked(deployment, card))
        letter = TaggedLetter(file_of(deployment, token).data)
        page = confirmed(deployment, square_code(deployment, token))
        assert "This is the square code. It proves all that this page shows." in page.main
        shown = ["".join(part.itertext()) for part in page.all("dd")]
        assert shown.count("R-0001") == bool(card.disclosures)
        assert shown.count("Tacoma") == shown.count(REASON) == min(len(card.disclosures), 8)
        assert all(letter.says(value) for value in shown)


def test_the_code_of_a_letter_from_before_there_were_two_is_still_right(deployment: Deployment) -> None:
    letter = deployment.context.letters.open_token(token_of(checked(deployment, ONCE)), deployment.clock())
    page = confirmed(deployment, first_code(deployment, letter))
    assert "This is the code of an older letter." in page.main
    assert "An older letter can also show request numbers. Its code does not prove them." in page.main
    assert "Tacoma" in page.main
    assert REASON in page.main
    assert "R-0001" not in page.main


def first_code(deployment: Deployment, letter: Letter) -> str:
    """A code as it was made for the first letters, of one sharing: days, agency, ground, office, released."""
    edition, keys = letter.edition, deployment.context.keys
    words = open_dictionary(edition, keys.dictionary)
    (one,) = letter.found.listed
    number = (one.answered_on - edition.period_from).days
    for value, many in (
        (words.agencies.index(one.agency), len(words.agencies)),
        (words.grounds.index(one.ground), len(words.grounds)),
        (words.offices.index(one.office), len(words.offices)),
        (sum(1 << RELEASED.index(part) for part in one.released), 8),
    ):
        number = number * many + value
    values = (edition.period_to - edition.period_from).days + 1
    largest = values * len(words.agencies) * len(words.grounds) * len(words.offices) * 8 - 1
    days = (letter.answered_on - date(2000, 1, 1)).days
    contents = struct.pack(">BH2sH", 1, days, edition.id[:2], 1)
    contents += number.to_bytes((largest.bit_length() + 7) // 8, "big")
    key = HKDF(SHA512(), 32, salt=None, info=b"letters|code").derive(keys.letters)
    return str(LetterCode(contents, hmac.digest(key, edition.id + contents, "sha256")[:10]))


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


def test_the_longest_letter_is_read_right_too_and_is_as_long_as_any(
    deploy: DeployWith, monkeypatch: pytest.MonkeyPatch
) -> None:
    office, request = "A long name of an office " * 4, "R-2017-0000000000000001"
    releases = tuple(
        replace(
            release, office=office, request=request, ground="child-exploitation",
            released=("photo", "application", "record"),
        )
        for release in NINE.disclosures
    )  # fmt: skip
    deployment = deploy([replace(NINE, disclosures=releases)])
    meant = parts_typeset(monkeypatch)
    for code in ("en", "ar", "km", "ja"):
        if can_typeset(NAMES[code]):
            letter = letter_of(deployment, NINE, code)
            assert letter.pages <= 3
            text = compared("\n".join(meant[-1]), code)
            for name, read in ENGINES.items():
                assert compared(read(letter.file), code) == text, (code, name)


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

    def run(command: list[str], **rest: Any) -> Any:
        if command[0] != "pdftotext":
            started.append((command, rest["env"]))
        return real(command, **rest)

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

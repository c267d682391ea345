"""Search: whatever the console names is found, in any script and any way of writing, and in memory alone."""

import secrets
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, update

from resident_app.casework.cases import request_index
from resident_app.casework.cases.actions import CaseAction, NewMessage
from resident_app.casework.cases.request_index import Findings, RequestIndex
from resident_app.casework.cases.search_query import (
    SearchedRequest,
    SearchedWords,
    SearchField,
    SearchQuery,
    folded,
)
from resident_app.casework.office_keys import OfficeKeys
from resident_app.casework.opening import open_json
from resident_app.contact_points import Channel
from resident_app.database import insert_if_new, writing
from resident_app.intake.aad import timeline_aad
from resident_app.intake.help_request import seal_json, seal_note
from resident_app.intake.request_tables import EntryKind, HelpRequestRow, NoteRow, TimelineRow
from tests.casework.office import Office, open_office
from tests.conftest import NOW


@pytest.fixture
def office(engine: Engine, tmp_path: Path) -> Office:
    return open_office(engine, tmp_path)


def search(office: Office, typed: str, index: RequestIndex | None = None) -> Findings:
    index = index or RequestIndex(office.engine, office.keys, with_words=True)
    return office.read(index.search(typed).read)


def fields_of(office: Office, typed: str, index: RequestIndex | None = None) -> dict[int, list[str]]:
    found = search(office, typed, index).found
    return {one.number: [field.value for field in one.fields] for one in found}


@pytest.mark.parametrize(
    ("stored", "typed"),
    [
        ("María Peña", "pena maria"),
        ("Nguyễn Thị Đào", "nguyen thi dao"),
        ("NGUYEN THI DAO", "Nguyễn Thị Đào"),
        ("Łukasz Grøn", "lukasz gron"),
        ("Strauß", "STRAUSS"),
        ("O’Brien", "o'brien"),
        ("Pérez-Díaz", "perez‑diaz"),
        ("De la Cruz", "delacruz"),
        ("王小明", "小明"),
        ("王 小明", "王小明"),
        ("王小明", "王"),
        ("김 민수", "김민수"),
        ("김민수", "민수"),
        ("やまだ", "ヤマダ"),
        ("ﾔﾏﾀﾞ", "ヤマダ"),
        ("أحمد عليّ", "احمد علي"),
        ("فاطمة", "فاطمه"),
        ("مصطفى", "مصطفي"),
        ("محـمد", "محمد"),
        ("Семёнов", "СЕМЕНОВ"),
        ("ሐና ፀጋዬ", "ሀና ጸጋዬ"),
        ("សុខា ចាន់", "សុខា"),
        ("ਗੁਰਪ੍ਰੀਤ ਸਿੰਘ", "ਸਿੰਘ"),
        ("Ｍａｒｉａ", "maria"),
    ],
)
def test_a_name_is_found_however_it_is_written(stored: str, typed: str) -> None:
    request = SearchedRequest(1, "", folded(stored), "", "", ())
    assert SearchQuery.parse(typed).fields(request) == (SearchField.NAME,)


@pytest.mark.parametrize(
    ("stored", "typed"), [("がく", "かく"), ("Maria", "Marta"), ("王小明", "王大明"), ("ሀና", "ለና")]
)
def test_other_letters_are_not_found(stored: str, typed: str) -> None:
    request = SearchedRequest(1, "", folded(stored), "", "", (SearchedWords.of(SearchField.NOTE, stored),))
    assert SearchQuery.parse(typed).fields(request) == ()


@pytest.mark.parametrize(
    ("phone", "typed"),
    [
        ("12065550147", "(206) 555-0147"),
        ("12065550147", "+1 206.555.0147"),
        ("12065550147", "1-206-555-0147"),
        ("12065550147", "001 206 555 0147"),
        ("12065550147", "206 555 0147 ext. 12"),
        ("12065550147", "٢٠٦٥٥٥٠١٤٧"),
        ("12065550147", "２０６－５５５－０１４７"),
        ("12065550147", "0147"),
        ("12065550147", "206 555 01"),
        ("821012345678", "010-1234-5678"),
        ("821012345678", "011 82 10 1234 5678"),
    ],
)
def test_a_phone_number_is_found_however_it_is_written(phone: str, typed: str) -> None:
    assert SearchQuery.parse(typed).fields(SearchedRequest(9, "", "", phone, "", ())) == (SearchField.PHONE,)


@pytest.mark.parametrize("written", ["206-555-0147", "(206) 555 0147", "+12065550147", "٢٠٦ ٥٥٥ ٠١٤٧"])
@pytest.mark.parametrize("typed", ["2065550147", "001 206 555 0147", "206.555.0147", "555-0147"])
def test_a_phone_number_is_found_in_words(written: str, typed: str) -> None:
    said = SearchedWords.of(SearchField.NOTE, f"Her sister has {written}, since 2019.")
    assert SearchQuery.parse(typed).fields(SearchedRequest(9, "", "", "", "", (said,))) == (SearchField.NOTE,)


@pytest.mark.parametrize("typed", ["206", "555 9147", "9147", "(360) 555-0147"])
def test_another_phone_number_is_not_found(typed: str) -> None:
    assert SearchQuery.parse(typed).fields(SearchedRequest(9, "", "", "12065550147", "", ())) == ()


def test_everything_the_console_names_is_found_and_where(office: Office) -> None:
    number = office.leave(
        name="Ana",
        phone="+12065550147",
        email="ana.p@example.org",
        message="My brother was detained in Tacoma",
        best_time="after the harvest",
    )
    office.leave(name="Other", phone="+12065550199", message="nothing alike")
    message = NewMessage(Channel.TEXT, "Bring your lawyer’s letter")
    office.casework.perform(number, CaseAction(note="Knows Sra. Ibarra", message=message), office.actor())
    note(office, number, "I moved to Yakima")
    reply(office, number, "Mañana no puedo")
    reference = office.opened(number).reference
    for typed, field in {
        str(number): "request number",
        f"#{number}": "request number",
        reference: "reference",
        reference.replace(" ", "-"): "reference",
        "ana": "name",
        "ana.p@example": "email address",
        "tacoma DETAINED": "what the person left",
        "harvest": "what the person left",
        "yakima": "what the person added",
        "manana": "a message from the person",
        "lawyer's letter": "a message to the person",
        '"sra. ibarra"': "a note of the office",
    }.items():
        found = fields_of(office, typed)
        assert field in found.get(number, []), typed
        assert len(found) == 1, typed
    assert fields_of(office, "tacoma yakima") == {number: ["what the person left", "what the person added"]}
    assert fields_of(office, "tacoma seattle") == {}
    assert fields_of(office, "ana 9") == {}, "a short word counts beside a long one"
    assert fields_of(office, '"detained tacoma"') == {}
    assert fields_of(office, "example.org") == {}, "everybody with this provider"


def test_a_name_comes_before_the_same_word_in_a_message(office: Office) -> None:
    written = office.leave(name="Other", message="I am asking for Rosa")
    named = office.leave(name="Rosa")
    assert list(fields_of(office, "rosa")) == [named, written]


def test_what_is_new_is_found_and_what_is_gone_is_not(office: Office) -> None:
    number = office.leave(message="first words")
    index = RequestIndex(office.engine, office.keys, with_words=True)
    assert fields_of(office, "first", index) == {number: ["what the person left"]}
    office.casework.perform(number, CaseAction(note="second words"), office.actor())
    note(office, number, "third words")
    assert fields_of(office, "second", index) == {number: ["a note of the office"]}
    assert fields_of(office, "third", index) == {number: ["what the person added"]}
    with office.engine.begin() as connection:
        connection.execute(TimelineRow.__table__.delete())  # type: ignore[attr-defined]
    assert fields_of(office, "second", index) == {}


def test_an_entry_is_opened_once(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    number = office.leave()
    office.casework.perform(number, CaseAction(note="kept words"), office.actor())
    index = RequestIndex(office.engine, office.keys, with_words=True)
    opened: list[str] = []

    def open_counted(sealed: bytes, keys: OfficeKeys, aad: bytes) -> Any:
        opened.append("one")
        return open_json(sealed, keys, aad)

    monkeypatch.setattr(request_index, "open_json", open_counted)
    search(office, "kept", index)
    office.casework.perform(number, CaseAction(note="more"), office.actor())
    assert fields_of(office, "kept", index) == {number: ["a note of the office"]}
    assert len(opened) == 2


def test_what_cannot_be_opened_is_counted(office: Office) -> None:
    office.leave(name="Ana")
    number, half = office.leave(name="Berta"), office.leave(name="Carla")
    office.casework.perform(half, CaseAction(note="a note"), office.actor())
    index = RequestIndex(office.engine, office.keys, with_words=True)
    assert search(office, "ana", index).unopened == 0
    damage(office, number, half)
    findings = search(office, "carla", index)
    assert ([one.number for one in findings.found], findings.unopened) == ([half], 2)


def test_a_page_opens_some_and_says_how_many_are_left(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The rest is left to a thread. It is held back here, so that what the page does can be seen."""
    monkeypatch.setattr(request_index, "AT_ONCE", 2)
    monkeypatch.setattr(RequestIndex, "fill_in_background", lambda self: None)
    closed = office.leave(name="Same Name", state="closed")
    numbers = [office.leave(name="Same Name") for _ in range(4)]
    index = RequestIndex(office.engine, office.keys, with_words=True)
    findings = search(office, "same name", index)
    assert ([one.number for one in findings.found], findings.unread) == ([numbers[3], numbers[2]], 3)
    assert index.alike(numbers[0]) is not None
    findings = search(office, "same name", index)
    assert ([one.number for one in findings.found], findings.unread) == ([*reversed(numbers), closed], 0)


def test_the_thread_opens_the_rest(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(request_index, "AT_ONCE", 1)
    for _ in range(3):
        office.leave(name="Same Name")
    index = RequestIndex(office.engine, office.keys, with_words=True)
    index.fill_in_background()
    index.fill()
    assert len(search(office, "same name", index).found) == 3


def test_memory_is_bounded_and_what_is_not_held_is_counted(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(request_index, "MOST_CHARACTERS", 40)
    older = office.leave(name="Ana", message="older words " * 3)
    newer = office.leave(name="Berta", message="newer words")
    index = RequestIndex(office.engine, office.keys, with_words=True)
    findings = search(office, "words", index)
    assert ([one.number for one in findings.found], findings.unheld) == ([newer], 1)
    assert list(fields_of(office, "ana", index)) == [older]


def test_many_are_counted_and_the_first_are_shown_and_read(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(request_index, "MOST_FOUND", 2)
    for _ in range(5):
        office.leave(name="Same Name")
    opened = RequestIndex(office.engine, office.keys, with_words=True).search("same")
    findings = office.read(opened.read)
    assert (len(findings.found), findings.more) == (2, 3)
    assert len(opened._events) == 2


def test_the_worker_s_index_holds_no_words(office: Office) -> None:
    office.leave(name="Ana", message="words")
    index = RequestIndex(office.engine, office.keys)
    assert search(office, "words", index).found == ()
    assert len(search(office, "ana", index).found) == 1


@pytest.mark.parametrize("typed", ["", " ", "?", "m", "12", '""', "(", "%", "\\", "a" * 10_000])
def test_too_little_or_strange_finds_nothing(office: Office, typed: str) -> None:
    office.leave(name="Maria")
    assert search(office, typed).found == ()


def note(office: Office, number: int, words: str) -> None:
    """The person adds something on the site."""
    submission, row = secrets.token_bytes(16), office.opened(number).row
    box = seal_note(words, office.keys.current().newest.public, row.submission, submission)
    values: dict[str, Any] = {"request_id": number, "submission": submission, "received_at": NOW}
    with writing(office.engine) as connection:
        insert_if_new(connection, NoteRow, **values, sealed=box.sealed, sealed_to=box.sealed_to)


def reply(office: Office, number: int, words: str) -> None:
    """The person sends a text message."""
    key, row = secrets.token_bytes(16), office.opened(number).row
    aad = timeline_aad(row.submission, key)
    box = seal_json({"words": words}, office.keys.current().newest.public, aad)
    values = {
        "request_id": number,
        "key": key,
        "kind": EntryKind.TEXT_IN,
        "at": NOW,
        "code": "",
        "detail": "",
    }
    with writing(office.engine) as connection:
        insert_if_new(connection, TimelineRow, **values, sealed=box.sealed, sealed_to=box.sealed_to)


def damage(office: Office, request: int, entry_of: int) -> None:
    """Somebody writes other bytes over a request, and over the entries of another one."""
    with writing(office.engine) as connection:
        connection.execute(
            update(HelpRequestRow).where(HelpRequestRow.id == request).values(sealed=b"x" * 99, version=9)
        )
        connection.execute(
            update(TimelineRow)
            .where(TimelineRow.request_id == entry_of, TimelineRow.sealed.is_not(None))
            .values(sealed=b"x" * 99, key=secrets.token_bytes(16))
        )
        connection.execute(update(HelpRequestRow).where(HelpRequestRow.id == entry_of).values(version=9))

"""Requests that staff take down: a walk-in, a caller, a paper form."""

from datetime import timedelta
from io import BytesIO

import pytest
from sqlalchemy import select

from resident_app.casework.cases.timeline import TimelineLine
from resident_app.console.cases.reference_slip import SENTENCES
from resident_app.database import reading
from resident_app.intake.attachment_tables import AttachmentRow
from resident_app.intake.request_tables import HelpRequestRow
from resident_app.languages import load_languages
from tests.casework.office import Office
from tests.conftest import Deployment
from tests.console.conftest import Console

SOMALI = {
    "came_by": "walk-in",
    "name": "Marked Cabdi",
    "reach_by": "phone",
    "phone": "206 555 0143",
    "spoken": "so",
    "written": "so",
    "topic": "question",
    "best_time": "any",
    "message": "Waxaan rabaa caawimaad",
}


def row(console: Console, number: int) -> HelpRequestRow:
    with reading(console.engine) as connection:
        found = connection.execute(select(HelpRequestRow.__table__).where(HelpRequestRow.id == number))
        return found.one()  # type: ignore[return-value]


def lines(console: Console, number: int) -> list[TimelineLine]:
    return list(Office(console.engine, console.context.keys, now=console.clock()).opened(number).lines)


def newest(console: Console) -> int:
    with reading(console.engine) as connection:
        return max(connection.execute(select(HelpRequestRow.id)).scalars())


def test_a_walk_in_in_somali_gets_a_reference_that_works_on_the_site(
    deployment: Deployment, console: Console
) -> None:
    officer = console.sign_in()
    form = officer.get("/requests/new").fields
    page = officer.post("/requests/new", form | SOMALI)
    reference = page.words("reference")
    [slip] = [one for one in page.all("section") if one.get("class") == "slip"]
    assert slip.get("lang") == "so"
    somali = console.context.languages["so"]
    for sentence in ("We have your request.", "Your reference number is:"):
        assert somali.text(sentence) in page.main
    assert "Someone from the Office" not in page.main
    status = deployment.client.post("/so/help/status", {"reference": reference})
    assert status.one("main").get("data-state") == "received"
    number = newest(console)
    stored = row(console, number)
    assert (stored.origin, stored.spoken_language, stored.channel) == ("staff", "so", "phone")
    assert b"Marked" not in stored.sealed
    shown = officer.get(f"/requests/{number}")
    assert "Marked Cabdi" in shown.main
    assert "Waxaan rabaa caawimaad" in shown.main
    assert "Taken down by" in shown.main
    assert "+12065550143" in shown.main
    assert stored.last_contact_at == stored.received_at, "nobody said that they spoke with the person"
    again = officer.post("/requests/new", form | SOMALI)
    assert again.words("reference") == reference, "the form was sent twice"
    assert newest(console) == number


def test_speaking_with_the_person_is_the_first_contact_only_if_the_officer_says_so(console: Console) -> None:
    officer = console.sign_in()
    form = officer.get("/requests/new").fields | SOMALI
    officer.post("/requests/new", form | {"spoke": "yes", "assign": "yes"})
    stored = row(console, newest(console))
    assert stored.last_contact_at > stored.received_at
    assert stored.assigned_to == officer.staff
    assert "who spoke with the person" in officer.get(f"/requests/{newest(console)}").main


def test_a_person_may_leave_no_way_to_be_reached(console: Console) -> None:
    officer = console.sign_in("lead")
    form = officer.get("/requests/new").fields | SOMALI
    page = officer.post("/requests/new", form | {"reach_by": "none", "phone": ""})
    assert page.words("reference")
    number = newest(console)
    assert row(console, number).channel is None
    assert "they will come or call again" in officer.get(f"/requests/{number}").main
    for path in ("/requests", "/", "/figures", f"/requests/{number}/call"):
        assert officer.raw("GET", path).status_code < 500, path


def test_a_paper_form_keeps_its_day_within_bounds(console: Console) -> None:
    officer = console.sign_in()
    form = officer.get("/requests/new").fields | SOMALI | {"came_by": "paper"}
    today = console.context.today()
    earlier = today - timedelta(days=3)
    officer.post("/requests/new", form | {"received_on": earlier.isoformat()})
    stored = row(console, newest(console))
    zone = console.context.configuration.calendar.zone
    assert stored.received_at.astimezone(zone).date() == earlier
    assert stored.last_contact_at == stored.received_at
    count = newest(console)
    for day in (today + timedelta(days=1), today - timedelta(days=61)):
        page = officer.post("/requests/new", form | {"received_on": day.isoformat(), "form_token": str(day)})
        assert page.status == 422
        assert "Enter a day from" in page.words("received_on-mistake")
    page = officer.post("/requests/new", form | {"received_on": "yesterday"})
    assert "Enter a day, such as" in page.words("received_on-mistake")
    assert newest(console) == count


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"came_by": ""}, "came_by"),
        ({"reach_by": ""}, "reach_by"),
        ({"phone": "123"}, "phone"),
        ({"phone": ""}, "phone"),
        ({"reach_by": "email"}, "email"),
        ({"reach_by": "email", "email": "nobody"}, "email"),
        ({"spoken": ""}, "spoken"),
        ({"written": "xx"}, "written"),
        ({"written": "yue-Hant"}, "written"),
        ({"spoken": "other"}, "language_note"),
        ({"topic": ""}, "topic"),
        ({"message": "x" * 4001}, "message"),
        ({"name": "x" * 201}, "name"),
    ],
)
def test_a_mistake_keeps_what_was_typed(console: Console, change: dict[str, str], field: str) -> None:
    officer = console.sign_in()
    page = officer.post("/requests/new", officer.get("/requests/new").fields | SOMALI | change)
    assert page.status == 422
    assert page.words(f"{field}-mistake")
    kept = page.fields
    assert all(kept.get(name, "") == (SOMALI | change)[name] for name in ("message", "name", "phone"))


def test_papers_are_sealed_and_listed_and_a_wrong_one_saves_nothing(console: Console) -> None:
    officer = console.sign_in()
    form = officer.get("/requests/new").fields | SOMALI
    wrong = [(BytesIO(b"PK\x03\x04 a document"), "letter.docx")]
    page = officer.post("/requests/new", form | {"papers": wrong})
    assert page.status == 422
    assert "letter.docx" in page.words("papers-mistake")
    assert page.fields["message"] == SOMALI["message"]
    with reading(console.engine) as connection:
        assert connection.execute(select(HelpRequestRow.id)).all() == []
    papers = [(BytesIO(b"%PDF-1.4 marked"), "notice.pdf"), (BytesIO(b"\xff\xd8\xff marked"), "card.jpg")]
    officer.post("/requests/new", form | {"papers": papers})
    number = newest(console)
    with reading(console.engine) as connection:
        rows = connection.execute(select(AttachmentRow.request_id, AttachmentRow.sealed)).all()
    assert [one.request_id for one in rows] == [number, number]
    assert not any(b"marked" in one.sealed for one in rows)
    assert "notice.pdf" in officer.get(f"/requests/{number}").main


def test_a_body_that_is_too_large_is_refused_before_it_is_read(console: Console) -> None:
    officer = console.sign_in()
    most = console.context.configuration.limits.attachments.message_bytes

    class Endless(BytesIO):
        def read(self, *_: int | None) -> bytes:
            raise AssertionError("it was read")

    for path, length in (("/requests/new", most + 2**21), ("/requests/search", 2**21)):
        response = officer.http.post(
            path,
            base_url="http://localhost:8001",
            input_stream=Endless(),
            content_length=length,
            content_type="multipart/form-data; boundary=x",
        )
        assert response.status_code in (400, 413), path


def test_every_sentence_of_a_slip_is_in_every_language() -> None:
    languages = load_languages()
    for language in languages.on_the_site():
        for sentence in SENTENCES:
            assert language.code == "en" or language.text(sentence) != sentence, (language.code, sentence)

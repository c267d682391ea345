"""Attached files in the console: pictures of their pages, and nothing else of them."""

import json
import secrets
from io import BytesIO

import pytest
from PIL import Image
from sqlalchemy import select

from resident_app.casework.messages import placement
from resident_app.contact_points import Channel
from resident_app.database import reading, writing
from resident_app.intake.attachment_tables import AttachmentRow
from resident_app.intake.attachments import IncomingFile
from resident_app.intake.inbound_messages import store_inbound
from resident_app.intake.message_tables import InboundState
from resident_app.security.audit_log import AuditEvent
from resident_app.worker.inbound import InboundProcessor
from tests.casework.made_up_files import SQUARE, bomb, encrypted_pdf, pdf, picture
from tests.casework.office import CONFIGURATION, Office
from tests.console.conftest import Console

SENDER = "resident@example.org"


def receive(console: Console, *files: IncomingFile, words: str = "Here", sender: str = SENDER) -> None:
    """An e-mail with files comes in, and the worker files it."""
    with writing(console.engine) as connection:
        store_inbound(
            connection,
            console.context.keys.current().newest.public,
            channel=Channel.EMAIL,
            sender=sender,
            words=words,
            submission=secrets.token_bytes(16),
            at=console.clock(),
            files=files,
            limits=CONFIGURATION.limits.attachments,
        )
    index = console.context.request_index
    InboundProcessor(console.engine, console.context.keys, index, CONFIGURATION.keywords).process()


def leave(console: Console) -> int:
    office = Office(console.engine, console.context.keys, now=console.clock())
    return office.leave(reach_by="email", phone="", email=SENDER)


def keys(console: Console) -> list[str]:
    with reading(console.engine) as connection:
        rows = connection.execute(select(AttachmentRow.key).order_by(AttachmentRow.id)).scalars()
        return [key.hex() for key in rows]


def read_events(console: Console) -> list[dict[str, object]]:
    with reading(console.engine) as connection:
        found = select(AuditEvent.fields).where(AuditEvent.kind == "attachment-read")
        return [json.loads(fields) for fields in connection.execute(found).scalars()]


def test_the_pages_of_an_attached_pdf_are_shown_as_pictures_and_each_look_is_recorded(
    console: Console,
) -> None:
    number = leave(console)
    receive(console, IncomingFile("notice.pdf", pdf(SQUARE, SQUARE)), IncomingFile("card.jpg", picture()))
    officer = console.sign_in()
    page = officer.get(f"/requests/{number}")
    links = [link.get("href") for link in page.all("a") if "/attachments/" in link.get("href", "")]
    assert links == [f"/requests/{number}/attachments/{key}" for key in keys(console)]
    assert "notice.pdf" in page.main
    shown = officer.get(links[0])
    pictures = [one.get("src") for one in shown.all("img")]
    assert pictures == [f"{links[0]}/pages/0", f"{links[0]}/pages/1"]
    response = officer.raw("GET", pictures[1])
    assert response.headers["Content-Type"] == "image/jpeg"
    assert response.headers["Content-Disposition"] == "inline"
    assert "default-src 'none'" in response.headers["Content-Security-Policy"]
    assert Image.open(BytesIO(response.data)).size == (625, 417)
    assert pdf(SQUARE, SQUARE) not in response.data
    events = read_events(console)
    assert [(event["request"], event["page"]) for event in events] == [
        (number, "attachment.show"),
        (number, "attachment.page"),
    ]
    assert officer.raw("GET", f"{links[0]}/pages/2").status_code == 404
    assert "2 pages" in shown.main
    assert len(officer.get(links[1]).all("img")) == 1


@pytest.mark.parametrize(
    ("contents", "words"),
    [
        (bomb(), "too large"),
        (picture()[:-2000], "damaged"),
        (encrypted_pdf(), "locked with a password"),
        (b"%PDF-1.7 nothing", "damaged"),
    ],
)
def test_a_file_that_cannot_be_shown_says_why(console: Console, contents: bytes, words: str) -> None:
    number = leave(console)
    receive(console, IncomingFile("file", contents))
    officer = console.sign_in()
    address = f"/requests/{number}/attachments/{keys(console)[0]}"
    page = officer.get(address)
    assert page.status == 422
    assert words in page.main
    assert not page.all("img")
    assert officer.raw("GET", f"{address}/pages/0").status_code == 422
    assert officer.get("/requests").status == 200


def test_a_file_is_found_at_its_own_request_alone(console: Console) -> None:
    number, other = leave(console), leave(console)
    receive(console, IncomingFile("card.jpg", picture()))
    officer = console.sign_in()
    [key] = keys(console)
    with reading(console.engine) as connection:
        owner = connection.execute(select(AttachmentRow.request_id)).scalar_one()
    elsewhere = number if owner == other else other
    assert officer.raw("GET", f"/requests/{owner}/attachments/{key}").status_code == 200
    before = len(read_events(console))
    for path in (f"/requests/{elsewhere}/attachments/{key}", f"/requests/{owner}/attachments/00", "/x"):
        assert officer.raw("GET", path).status_code == 404
    with writing(console.engine) as connection:
        connection.execute(AttachmentRow.__table__.update().values(request_id=elsewhere))  # type: ignore[attr-defined]
    for one in (owner, elsewhere):
        assert officer.raw("GET", f"/requests/{one}/attachments/{key}").status_code == 404, "a moved row"
    assert len(read_events(console)) == before


def test_the_file_of_a_reply_that_nobody_placed_is_shown_and_follows_it(console: Console) -> None:
    receive(console, IncomingFile("letter.png", picture("PNG")), sender="stranger@example.org")
    officer = console.sign_in()
    page = officer.get("/replies")
    [link] = [link.get("href") for link in page.all("a") if "/attachments/" in link.get("href", "")]
    assert officer.get(link).all("img")
    assert officer.raw("GET", f"{link}/pages/0").status_code == 200
    assert [set(event) for event in read_events(console)] == [{"reply", "attachment", "page"}] * 2
    number = leave(console)
    with reading(console.engine) as connection:
        [stored] = placement.in_state(connection, InboundState.UNPLACED)
    officer.done(f"/replies/{stored.id}/attach/{number}")
    assert officer.raw("GET", link).status_code == 404
    assert officer.get(f"/requests/{number}/attachments/{keys(console)[0]}").all("img")


def test_a_text_is_read_in_the_encoding_that_the_officer_chooses(console: Console) -> None:
    number = leave(console)
    russian = "Позвоните мне, пожалуйста"
    original = IncomingFile("The text as it came", russian.encode("cp1251"), "", is_original_text=True)
    receive(console, original)
    officer = console.sign_in()
    address = f"/requests/{number}/attachments/{keys(console)[0]}"
    assert russian not in officer.get(address).main
    page = officer.get(f"{address}?encoding=windows-1251")
    assert page.words("original") == russian
    assert officer.get(f"{address}?encoding=nonsense").status == 200
    assert officer.raw("GET", f"{address}/pages/0").status_code == 404


def test_a_page_of_html_is_read_by_its_words(console: Console) -> None:
    number = leave(console)
    page = "<html><body><p>Позвоните мне</p><script>alert(1)</script></body></html>".encode("koi8-r")
    receive(console, IncomingFile("The text as it came", page, "us-ascii", is_original_text=True))
    shown = console.sign_in().get(f"/requests/{number}/attachments/{keys(console)[0]}?encoding=koi8-r")
    assert shown.words("original") == "Позвоните мне"


def test_nobody_sees_a_file_without_the_officers_role(console: Console) -> None:
    number = leave(console)
    receive(console, IncomingFile("card.jpg", picture()))
    path = f"/requests/{number}/attachments/{keys(console)[0]}"
    stranger = console.app.test_client()
    for one in (path, f"{path}/pages/0"):
        response = stranger.get(one, base_url="http://localhost:8001")
        assert response.status_code in (303, 302, 401, 403)

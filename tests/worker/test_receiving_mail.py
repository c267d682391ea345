"""Inbound e-mail through a mail server's pipe: stored once, sealed; automatic messages are dropped."""

import os
from base64 import encodebytes
from email.message import EmailMessage
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from resident_app.casework.messages.quotations import passages
from resident_app.casework.office_keys import load_office_keys
from resident_app.configuration import attachment_limits
from resident_app.database import open_database, reading
from resident_app.intake.aad import attachment_aad
from resident_app.intake.attachment_tables import AttachmentRow
from resident_app.intake.attachments import unframed
from resident_app.intake.inbound_mail import message_id, parse_mail
from resident_app.intake.mail_text import decode_as
from tests.worker.mail_pipe import came, receive
from tests.worker.mail_programs import MAILS, ProgramMail

SENDER = "resident@example.com"
REPORT = """\
From: MAILER-DAEMON@example.com
Content-Type: multipart/report; report-type=delivery-status; boundary=x

--x

It could not be delivered.
--x
Content-Type: message/delivery-status

Reporting-MTA: dns; example.com

Final-Recipient: rfc822; a@example.com
Action: {action}
Status: 5.1.1

--x
Content-Type: text/rfc822-headers

Message-ID: <key-of-ours-1@office.example.gov>
Subject: A message for you

--x--
"""


def letter(words: str = "내일 전화해 주세요", **headers: str) -> bytes:
    made = EmailMessage()
    made["From"] = f"A Resident <{SENDER}>"
    made["Message-ID"] = "<from-a-phone@example.com>"
    for name, value in headers.items():
        made[name.replace("_", "-")] = value
    made.set_content(words)
    return made.as_bytes()


def words_of(raw: bytes) -> str:
    found = parse_mail(raw)
    assert found is not None
    return found.words


def test_the_words_and_what_they_answer() -> None:
    raw = letter("Yes.\n", In_Reply_To=message_id("key-of-ours-1", "office.example.gov"))
    found = parse_mail(raw)
    assert found is not None
    assert (found.sender, found.words, found.answers) == (SENDER, "Yes.", ("key-of-ours-1",))
    again = parse_mail(raw)
    assert again is not None
    assert again.submission == found.submission
    other = parse_mail(letter("No.\n"))
    assert other is not None
    assert other.submission != found.submission


@pytest.mark.parametrize("mail", MAILS, ids=lambda mail: mail.program)
def test_what_a_real_program_sends_is_read_whole(mail: ProgramMail) -> None:
    words = words_of(mail.raw)
    split = passages(words)
    assert "\n".join(one.text for one in split) == words
    shown = "\n".join(one.text for one in split if not one.is_quoted)
    assert shown.split() == mail.shown.split()
    assert mail.folded in "\n".join(one.text for one in split if one.is_quoted)


@pytest.mark.parametrize(
    "written",
    [
        "Please read this.\n\n---------- Forwarded message ----------\n\nAll of it.",
        "Hello\n\n-- My Name --\nPlease call me.",
        "One\n--------------------------------\nTwo",
        "My number is:\n206-555-0143\n> your number?",
        "> Only what was quoted.",
    ],
)
def test_what_stands_below_a_line_of_dashes_is_not_folded(written: str) -> None:
    words = words_of(letter(written, In_Reply_To=message_id("key-of-ours-1", "office.example.gov")))
    assert words == written
    own = [line for line in written.split("\n") if not line.startswith(">")] or [written]
    shown = [line for one in passages(words) if not one.is_quoted for line in one.text.split("\n")]
    assert shown == own


def test_a_subject_of_their_own_is_read_and_an_answers_subject_is_not() -> None:
    assert words_of(letter("Call me.", Subject="긴급: 면허증")) == "긴급: 면허증\n\nCall me."
    answer = letter("Call me.", Subject="Re: us", In_Reply_To=message_id("key-of-ours-1", "office.example"))
    assert words_of(answer) == "Call me."


def test_characters_that_cannot_be_read_are_named() -> None:
    broken = "전화".encode("cp949") + b"\xff\xff" + "번호".encode("cp949")
    raw = (
        letter().split(b"\n\n")[0].replace(b"utf-8", b"euc-kr").replace(b"base64", b"8bit") + b"\n\n" + broken
    )
    words = words_of(raw)
    assert "전화" in words
    assert "번호" in words
    assert words.endswith("[Some characters of this e-mail could not be read.]")


@pytest.mark.parametrize(
    ("label", "codec", "written"),
    [
        ("cp949", "cp949", "똠방각하"),
        ("ms932", "cp932", "髙橋①"),
        ("ISO-2022-KR", "iso2022_kr", "전화해 주세요"),
        ("hz-gb-2312", "hz", "请打电话"),
        ("utf-7", "utf-7", "Gọi cho tôi"),
        ("iso-2022-jp", "utf-8", "電話をください"),
        ("utf-16le", "utf-16-le", "Call me"),
        ("us-ascii", "iso-2022-jp", "電話をください"),
        ("x-user-defined", "utf-8", "Gọi cho tôi"),
    ],
)
def test_labels_that_browsers_do_not_read_and_wrong_ones(label: str, codec: str, written: str) -> None:
    head = f"From: {SENDER}\nContent-Type: text/plain; charset={label}\n"
    body = encodebytes(written.encode(codec))
    assert words_of(head.encode() + b"Content-Transfer-Encoding: base64\n\n" + body) == written


def test_japanese_in_another_character_set_keeps_its_bytes() -> None:
    head = f"From: {SENDER}\nContent-Type: text/plain; charset=iso-2022-jp\n\n".encode()
    for written in (b"\x1b$)A\x0eGk", b"\x1b$(D\x22\x2f\x1b(B and \x1b$B-!\x1b(B", b"\x1b$B-!x\x1b(B"):
        found = parse_mail(head + written)
        assert found is not None
        assert [file.contents for file in found.files] == [written]
    assert words_of(head + b"\x1b$B-!\n-\x22\x1b(B") == "①\n②", "a line may end without the escape"


@pytest.mark.parametrize("label", ["x-user-defined", "iso-2022-cn", "replacement", "hex", "x-unknown"])
def test_a_label_that_nobody_can_read_does_not_send_the_mail_back(label: str) -> None:
    found = parse_mail(
        f"From: {SENDER}\nContent-Type: text/plain; charset={label}\n\nCall ".encode() + b"\xff"
    )
    assert found is not None
    assert found.words.startswith("Call ")
    assert [file.contents for file in found.files] == [b"Call \xff"]


def test_lines_that_a_program_broke_are_joined() -> None:
    head = f"From: {SENDER}\nContent-Type: text/plain; format=Flowed".encode()
    written = b"\n\n> Where do \n> you live? \nIn \nYakima.\n From here.\n >not quoted\n-- \nAna \n"
    expected = "> Where do you live? \nIn Yakima.\nFrom here.\n >not quoted\n-- \nAna"
    assert words_of(head + written) == expected
    assert words_of(head + b"; delsp=YES\n\nIn \nYakima. \n\nNo") == "InYakima.\n\nNo"


def test_html_gives_its_visible_text() -> None:
    made = EmailMessage()
    made["From"] = SENDER
    made.set_content(
        "<html><head><title>no</title></head><body><style>no</style><p>Call&nbsp;me</p><div>at 3</div>"
        "<blockquote>We tried<br>to reach you</blockquote>See <a href='https://example.com/a'>this</a></body>"
        "</html>",
        subtype="html",
    )
    words = "Call me\nat 3\n> We tried\n> to reach you\nSee this (https://example.com/a)"
    assert words_of(made.as_bytes()) == words


@pytest.mark.parametrize(
    "html",
    [
        "<html><head><title>no</title><p>Call me",
        "<html><head><style>p {}</style><div>Call me",
        "<title>Call me",
        "<style>Call me",
        "<p>Call<script>no</script> me</p",
        "<table><tr><td>Call<td>me",
        "<div>" * 20_000 + "Call me" + "</div>" * 20_000,
    ],
)
def test_html_that_is_not_closed_gives_its_words(html: str) -> None:
    raw = letter(html).replace(b"text/plain", b"text/html")
    assert "Call me" in words_of(raw)


def test_an_email_without_words_is_kept() -> None:
    assert words_of(letter("", Subject="Please call me")) == "Please call me"
    made = EmailMessage()
    made["From"] = SENDER
    made.set_content("")
    made.add_attachment(b"picture", maintype="image", subtype="jpeg", filename="letter.jpg")
    found = parse_mail(made.as_bytes())
    assert found is not None
    assert [(file.name, file.contents) for file in found.files] == [("letter.jpg", b"picture")]


@pytest.mark.parametrize(
    "headers",
    [
        {"Auto_Submitted": "auto-replied"},
        {"Precedence": "bulk"},
        {"Return_Path": "<>"},
        {"X_Autoreply": "yes"},
        {"Precedence": "auto_reply"},
        {"Subject": "Automatic reply: We will call you", "X_Auto_Response_Suppress": "All"},
        {"Subject": "Respuesta automática: Le llamaremos", "X_Auto_Response_Suppress": "All"},
        {"Subject": "자동 회신: 전화", "X_Auto_Response_Suppress": "DR, OOF, AutoReply"},
    ],
)
def test_an_automatic_reply_is_known_as_one(headers: dict[str, str]) -> None:
    found = parse_mail(letter("I am away.", **headers))
    assert found is not None
    assert found.automatic
    assert "I am away." in found.words


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Subject": "Automatic reply: is that you?"},
        {"Subject": "Please call", "X_Auto_Response_Suppress": "All"},
        {"Subject": "Automatic replies", "X_Auto_Response_Suppress": "All"},
        {"Auto_Submitted": "no"},
    ],
)
def test_what_a_person_wrote_is_not_taken_for_an_automatic_reply(headers: dict[str, str]) -> None:
    written = parse_mail(letter("I am away.", **headers))
    assert written is not None
    assert not written.automatic


def test_a_mailing_lists_and_a_mail_servers_mail_is_dropped() -> None:
    assert parse_mail(letter("news", List_Id="<news.example.com>")) is None
    assert parse_mail(letter("news", Precedence="list")) is None
    assert parse_mail(letter().replace(SENDER.encode(), b"MAILER-DAEMON@example.com")) is None
    assert parse_mail(letter().replace(b"A Resident <resident@example.com>", b"Mailer-Daemon")) is None
    assert parse_mail(b"") is None


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (b"Subject: Hello\nDate: today\n\nNOFROMWORD help me", "Hello\n\nNOFROMWORD help me"),
        (b"NOFROMWORD help me\n", "NOFROMWORD help me"),
        (b"\n\nNOFROMWORD help me\n", "NOFROMWORD help me"),
        (b"Help: NOFROMWORD\n", "Help: NOFROMWORD"),
        (b"From: Ana, 206 555 0100\n\nhelp me", "From: Ana, 206 555 0100\n\nhelp me"),
        (b"From: Ana <>\n\nhelp me", "From: Ana <>\n\nhelp me"),
        (b"From: <>\n\nhelp me", "help me"),
        (b"Content-Type: image/png\nContent-Transfer-Encoding: base64\n\niVBORw0KGgo=", ""),
    ],
)
def test_a_mail_without_a_sender_is_kept(raw: bytes, words: str) -> None:
    """Before 0.6.0 it vanished, although the mail server was told that it was received."""
    found = parse_mail(raw)
    assert found is not None
    assert (found.sender, found.words, found.automatic) == ("", words, False)


@pytest.mark.parametrize(
    ("action", "is_returned"), [("failed", True), ("delayed", False), ("relayed", False)]
)
def test_a_delivery_report_of_returned_mail(action: str, is_returned: bool) -> None:
    found = parse_mail(REPORT.format(action=action).encode())
    assert (found is not None) is is_returned
    if found is not None:
        assert (found.returned, found.answers, found.sender) == (True, ("key-of-ours-1",), "")


_LINES = st.sampled_from(
    [
        b"From: a@example.com",
        b"From: =?utf-8?b?4pi",
        b"Content-Type: multipart/mixed; boundary=x",
        b"Content-Type: multipart/related",
        b"Content-Type: multipart/report; boundary=x",
        b"Content-Type: message/rfc822",
        b"Content-Type: text/html; charset=utf-7",
        b"Content-Type: text/plain; charset=nonsense",
        b"Content-Transfer-Encoding: base64",
        b"References: <12345678@x",
        b"",
        b"--x",
        b"--x--",
        b"<![foo",
        b"\xff\x00 =3D",
    ]
)


@given(st.lists(_LINES | st.binary(max_size=20), max_size=15))
def test_no_message_breaks_the_pipe(lines: list[bytes]) -> None:
    found = parse_mail(b"\n".join(lines))
    assert found is None or found.returned or found.words or found.files


def test_an_email_is_stored_once_and_sealed(pipe: Path, made_keys: Path) -> None:
    for _ in range(2):
        received = receive(letter())
        assert (received.exit_code, received.output) == (0, "")
    [one] = came(pipe, made_keys)
    assert (one.sender, one.words) == (SENDER, "내일 전화해 주세요")
    stored = b"".join(file.read_bytes() for file in pipe.glob("resident.db*"))
    assert SENDER.encode() not in stored
    assert "전화해".encode() not in stored


def test_a_huge_email_keeps_its_words_and_says_what_it_lost(pipe: Path, made_keys: Path) -> None:
    made = EmailMessage()
    made["From"] = SENDER
    made.set_content("Call me")
    made.add_attachment(bytes(30 * 1024 * 1024), maintype="image", subtype="jpeg")
    assert receive(made.as_bytes()).exit_code == 0
    assert receive(letter("words " * 200_000)).exit_code == 0
    first, second = came(pipe, made_keys)
    assert first.words.startswith("Call me")
    assert (
        "An attachment was not kept: a file without a name, 31 MB. Reason: files of this type" in first.words
    )
    assert "[This e-mail was too large. What came after its first 40 MB was not kept.]" in first.words
    assert second.words.startswith("words words")
    assert second.words.endswith("[The rest of this message was too long to keep.]")
    assert len(second.words) > 1_000_000


def with_files(*files: tuple[str, str, bytes]) -> bytes:
    """An e-mail with files, each with its name, the type that it claims, and its bytes."""
    made = EmailMessage()
    made["From"] = SENDER
    made.set_content("Here they are")
    for name, type, contents in files:
        main, _, sub = type.partition("/")
        made.add_attachment(contents, maintype=main, subtype=sub, filename=name)
    return made.as_bytes()


def test_pictures_and_papers_are_kept_sealed_and_everything_else_is_named(
    pipe: Path, made_keys: Path
) -> None:
    letter_pdf, photo = b"%PDF-1.4\nmarked contents", b"\xff\xd8\xff\xe0 a photo"
    raw = with_files(
        ("notice.pdf", "application/pdf", letter_pdf),
        ("../카드 photo.exe", "application/octet-stream", photo),
        ("letter.docx", "image/png", b"PK\x03\x04" + bytes(3_000_000)),
        ("big.jpg", "image/jpeg", photo + bytes(11 * 1024 * 1024)),
        ("none.pdf", "application/pdf", b""),
    )
    assert receive(raw).exit_code == 0
    assert receive(raw).exit_code == 0, "the mail server asks twice"
    [one] = came(pipe, made_keys)
    assert one.words.split("\n") == [
        "Here they are",
        "",
        "[An attachment was not kept: letter.docx, 3 MB. Reason: files of this type are not kept.]",
        "[An attachment was not kept: big.jpg, 12 MB. Reason: it is larger than 10 MB.]",
        "[An attachment was not kept: none.pdf, 0 bytes. Reason: it is empty.]",
    ]
    kept = [(file.name, file.type, file.size) for file in one.attachments]
    assert kept == [
        ("notice.pdf", "application/pdf", len(letter_pdf)),
        ("카드 photo.exe", "image/jpeg", len(photo)),
    ], "the type is told by the bytes"
    stored = b"".join(file.read_bytes() for file in pipe.glob("resident.db*"))
    for secret in (b"marked contents", b"notice.pdf", b"a photo"):
        assert secret not in stored
    keys = load_office_keys(made_keys / "office.private.key")
    engine = open_database(f"sqlite:///{pipe / 'resident.db'}")
    with reading(engine) as connection:
        rows = connection.execute(select(AttachmentRow.key, AttachmentRow.sealed)).all()
    engine.dispose()
    assert [key.hex() for key, _ in rows] == [file.key for file in one.attachments]
    opened = [unframed(keys.open(sealed, attachment_aad(key))) for key, sealed in rows]
    assert opened == [letter_pdf, photo]


def test_there_are_bounds_for_a_message_and_for_a_day(
    pipe: Path, made_keys: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pdf = b"%PDF-1.4" + bytes(900_000)
    receive(with_files(*[(f"{number}.pdf", "application/pdf", b"%PDF-1.4") for number in range(25)]))
    tight = attachment_limits().model_copy(update={"message_mib": 2, "day_mib": 4})
    monkeypatch.setattr("resident_app.commands.receive_mail.attachment_limits", lambda: tight)
    receive(with_files(*[(f"{number}.pdf", "application/pdf", pdf) for number in range(3)]))
    receive(with_files(("d.pdf", "application/pdf", pdf), ("e.pdf", "application/pdf", pdf)))
    first, second, third = came(pipe, made_keys)
    assert len(first.attachments) == 20
    assert first.words.count("Reason: more than 20 files came.") == 5
    assert [file.name for file in second.attachments] == ["0.pdf", "1.pdf"]
    assert "2.pdf, 900 kB. Reason: the files are larger than 2 MB together." in second.words
    assert [file.name for file in third.attachments] == ["d.pdf"]
    assert "e.pdf, 900 kB. Reason: too many files came today." in third.words


def test_the_bytes_of_a_text_that_cannot_be_read_are_kept(pipe: Path, made_keys: Path) -> None:
    """Russian in windows-1251 without a label, and Chinese with a byte that no encoding has."""
    russian = "Позвоните мне, пожалуйста".encode("cp1251")
    head = b"From: resident@example.com\nContent-Type: text/plain"
    receive(head + b"\n\n" + russian)
    broken = "请给我打电话".encode("gb18030") + b"\xff"
    receive(head + b"; charset=gb2312\n\n" + broken)
    receive(head + b"; charset=utf-8\n\nHello \xef\xbf\xbd there")
    receive(head + b"; charset=utf-8\nSubject: \xcf\xe8\xf1\xfc\xec\xee\n\nHello")
    found = came(pipe, made_keys)
    assert all("[Some characters of this e-mail could not be read.]" in one.words for one in found)
    originals = [(one.attachments[0].is_original_text, one.attachments[0].label) for one in found]
    assert originals == [(True, ""), (True, "gb2312"), (True, "utf-8"), (True, "")]
    keys = load_office_keys(made_keys / "office.private.key")
    engine = open_database(f"sqlite:///{pipe / 'resident.db'}")
    with reading(engine) as connection:
        rows = connection.execute(select(AttachmentRow.key, AttachmentRow.sealed)).all()
    engine.dispose()
    contents = [unframed(keys.open(sealed, attachment_aad(key))) for key, sealed in rows]
    assert contents[:2] == [russian, broken]
    assert decode_as(contents[0], "windows-1251") == "Позвоните мне, пожалуйста"
    assert decode_as(contents[3], "windows-1251") == "Письмо"


def test_what_should_have_parts_and_has_none_is_read_as_text() -> None:
    raw = b"From: a@example.com\nContent-Type: multipart/mixed; boundary=x\n\nPlease call me"
    assert words_of(raw) == "Please call me"


def test_an_automatic_reply_is_stored_as_one(pipe: Path, made_keys: Path) -> None:
    assert receive(letter("I am away.", Auto_Submitted="auto-replied")).exit_code == 0
    assert receive(letter("news", List_Id="<news.example.com>")).exit_code == 0
    assert [message.automatic for message in came(pipe, made_keys)] == [True]


def test_without_a_key_or_a_database_the_mail_server_tries_again(pipe: Path) -> None:
    (pipe / "resident.db").unlink()
    for _ in range(2):
        received = receive(letter())
        assert received.exit_code == os.EX_TEMPFAIL
        assert SENDER not in received.output
        (pipe / "office.public.key").unlink(missing_ok=True)

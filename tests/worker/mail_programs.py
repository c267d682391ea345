"""E-mails with the headers and the MIME structure that real programs write. What they say is made up.

The structure follows published samples: the corpora of mail parsers, and what each program's source shows.
"""

from base64 import encodebytes
from collections.abc import Iterator
from dataclasses import dataclass
from email.header import Header
from quopri import encodestring

SENDER = "resident@example.com"
ENGLISH = "I moved. My new number is 206-555-0143.\n\n-- Please call after 5 --\nThank you."
KOREAN = "전화번호가 바뀌었습니다.\n뷁 – 오후 5시 이후에 전화해 주세요."
JAPANESE = "電話番号が変わりました。\n①午後5時以降 ②土曜日 髙橋"
CHINESE = "我的电话换了。\n请在下午五点以后打给我，镕。"
TAIWANESE = "我的電話換了。\n請在下午五點以後打給我，着。"
RUSSIAN = "У меня новый номер.\nПозвоните после пяти."
SPANISH = "Cambié de número.\nLlámenme después de las 5 – mañana."
_ROW_13_AND_92 = {"①": b"-!", "②": b'-"', "髙": b"|b"}
"""What Windows' code page 50220 adds to JIS X 0208."""
QUOTED = "We tried to reach you."


@dataclass(frozen=True)
class ProgramMail:
    """`shown` is what is read without opening a fold, line by line."""

    program: str
    raw: bytes
    shown: str
    folded: str = ""


def _part(body: bytes, content_type: str, encoding: str) -> bytes:
    encoded = {"base64": encodebytes, "quoted-printable": encodestring}.get(encoding, bytes)(body)
    return (
        f"Content-Type: {content_type}\nContent-Transfer-Encoding: {encoding}\n\n".encode() + encoded + b"\n"
    )


def _mail(headers: str, part: bytes, subject: str = "Re: A message for you", label: str = "utf-8") -> bytes:
    written = subject if subject.isascii() else Header(subject, label).encode()
    return (
        f"From: A Resident <{SENDER}>\nTo: Office <office@example.gov>\nSubject: {written}\n"
        f"In-Reply-To: <key-of-ours-1@office.example.gov>\nMIME-Version: 1.0\n{headers}"
    ).encode() + part


def _multipart(kind: str, boundary: str, *parts: bytes) -> bytes:
    head = f'Content-Type: multipart/{kind}; boundary="{boundary}"\n\n'.encode()
    mark = f"--{boundary}\n".encode()
    return head + b"".join(mark + part for part in parts) + f"--{boundary}--\n".encode()


def _outlook() -> ProgramMail:
    plain = (
        f"{ENGLISH}\n\n________________________________\nFrom: Office <office@example.gov>\n"
        f"Sent: Monday, November 23, 2026 3:05 PM\nTo: A Resident <{SENDER}>\nSubject: A message for you\n\n"
        f"{QUOTED}\n"
    )
    html = (
        '<html xmlns:o="urn:schemas-microsoft-com:office:office"><head><style><!-- p {margin:0} --></style>'
        "<body><p class=MsoNormal>The HTML of the same<o:p></o:p></p></body></html>"
    )
    part = _multipart(
        "alternative",
        "_000_DM6PR",
        _part(plain.encode("cp1252"), 'text/plain; charset="us-ascii"', "quoted-printable"),
        _part(html.encode("cp1252"), 'text/html; charset="us-ascii"', "quoted-printable"),
    )
    headers = "Thread-Topic: A message for you\nAccept-Language: en-US\nX-MS-Has-Attach:\n"
    return ProgramMail("Outlook", _mail(headers, part), ENGLISH, QUOTED)


def _outlook_html() -> ProgramMail:
    """HTML alone, with a head that is never closed."""
    html = (
        '<html><head><meta http-equiv="Content-Type" content="text/html; charset=ks_c_5601-1987"><style>'
        "p.MsoNormal {margin:0}</style>"
        + "".join(f"<p class=MsoNormal>{line}</p>" for line in KOREAN.split("\n"))
        + "<div style='border:none;border-top:solid #E1E1E1 1.0pt'><p class=MsoNormal><b>보낸 사람:</b> "
        "Office&lt;office@example.gov&gt;<br><b>보낸 날짜:</b> 2026년 11월 23일<br><b>받는 사람:</b> A<br>"
        f"<b>제목:</b> A message</p></div><p>{QUOTED}</p>"
    )
    part = _part(html.encode("cp949", "xmlcharrefreplace"), "text/html; charset=ks_c_5601-1987", "base64")
    return ProgramMail("Outlook, Korean", _mail("X-Mailer: Microsoft Outlook 16.0\n", part), KOREAN, QUOTED)


def _apple_mail() -> ProgramMail:
    """Text, a picture, and more text below the picture."""
    picture = _part(b"\xff\xd8\xff picture", 'image/jpeg; name="letter.jpg"', "base64")
    part = _multipart(
        "mixed",
        "Apple-Mail-1",
        _part(SPANISH.encode("cp1252"), "text/plain; charset=windows-1252", "quoted-printable"),
        picture,
        _part(
            f"¿Qué dice la carta?\n\nEnviado desde mi iPhone\n\n> El 23 nov 2026, a las 15:05, Office "
            f"<office@example.gov> escribió:\n> \n> {QUOTED}\n".encode(),
            "text/plain; charset=utf-8",
            "quoted-printable",
        ),
    )
    shown = f"{SPANISH}\n\n¿Qué dice la carta?\n\nEnviado desde mi iPhone"
    return ProgramMail("Apple Mail", _mail("X-Mailer: iPhone Mail (21F90)\n", part), shown, QUOTED)


def _gmail() -> ProgramMail:
    plain = (
        f"{ENGLISH}\n\nOn Mon, Nov 23, 2026 at 3:05 PM Office <office@example.gov>\nwrote:\n\n> {QUOTED}\n>\n"
    )
    html = f'<div dir="ltr">{ENGLISH}</div><blockquote class="gmail_quote">{QUOTED}</blockquote>'
    part = _multipart(
        "alternative",
        "000000000000a1b2c3",
        _part(plain.encode(), 'text/plain; charset="UTF-8"', "7bit"),
        _part(html.encode(), 'text/html; charset="UTF-8"', "quoted-printable"),
    )
    return ProgramMail("Gmail", _mail("", part), ENGLISH, QUOTED)


def _gmail_forward() -> ProgramMail:
    """What is forwarded is what the person wants to be read."""
    letter = (
        "---------- Forwarded message ---------\nFrom: DOL <records@example.gov>\nDate: Mon, Nov 23, "
        "2026 at 3:05 PM\nSubject: Your record\nTo: A Resident\n\nYour record is enclosed."
    )
    part = _part(f"Is this real?\n\n{letter}\n".encode(), 'text/plain; charset="UTF-8"', "7bit")
    return ProgramMail("Gmail, forwarded", _mail("", part), f"Is this real?\n\n{letter}")


def _yahoo_japan() -> ProgramMail:
    """ISO-2022-JP with circled numbers, which its tables do not have."""
    body = b"".join(
        b"\x1b$B" + _ROW_13_AND_92[letter] + b"\x1b(B"
        if letter in _ROW_13_AND_92
        else letter.encode("iso2022_jp")
        for letter in JAPANESE
    )
    raw = _mail(
        "X-Mailer: YahooMailWebService/0.8.111_68\n",
        _part(body, "text/plain; charset=iso-2022-jp", "7bit"),
        "Re: お知らせ",
        "iso-2022-jp",
    )
    return ProgramMail("Yahoo Japan", raw, JAPANESE)


def _shift_jis() -> ProgramMail:
    part = _part(JAPANESE.encode("cp932"), "text/plain; charset=shift_jis", "8bit")
    return ProgramMail("a phone's mail in Japan", _mail("", part), JAPANESE)


def _naver() -> ProgramMail:
    html = (
        "<html><head><style>p{margin-top:0px;margin-bottom:0px;}</style></head><body>"
        + "".join(f"<p>{line}</p>" for line in KOREAN.split("\n"))
        + '<p>-----Original Message-----<br><b>From:</b> "Office"&lt;office@example.gov&gt;<br>'
        f"<b>Sent:</b> 2026-11-23 (월) 15:05:00 (GMT+09:00)</p><p>{QUOTED}</p></body></html>"
    )
    part = _part(html.encode(), 'text/html; charset="utf-8"', "base64")
    return ProgramMail("Naver", _mail("X-Naver-CIP: 1\n", part), KOREAN, QUOTED)


def _qq() -> ProgramMail:
    """GBK under the label gb2312."""
    plain = (
        f"{CHINESE}\n\n\n------------------ 原始邮件 ------------------\n发件人: Office <a@example.gov>\n"
        f"发送时间: 2026年11月23日 15:05\n收件人: A\n主题: A message\n\n{QUOTED}"
    )
    html = "<div>" + CHINESE.replace("\n", "<br>") + "</div>"
    part = _multipart(
        "alternative",
        "----=_NextPart_6563",
        _part(plain.encode("gbk"), 'text/plain; charset="gb2312"', "base64"),
        _part(html.encode("gbk"), 'text/html; charset="gb2312"', "base64"),
    )
    raw = _mail("X-Mailer: QQMail 2.x\n", part, "回复：通知", "gb2312")
    return ProgramMail("QQ", raw, CHINESE, QUOTED)


def _k9() -> ProgramMail:
    plain = (
        f"{SPANISH}\n\nAm 23. November 2026 15:05:00 MEZ schrieb Office <office@example.gov>:\n>{QUOTED}\n>\n"
    )
    part = _part(plain.encode(), "text/plain;\n charset=utf-8", "quoted-printable")
    return ProgramMail("K-9", _mail("User-Agent: K-9 Mail for Android\n", part), SPANISH, QUOTED)


def _without_a_label() -> Iterator[ProgramMail]:
    yield ProgramMail("UTF-8 without a label", _mail("", b"\n" + RUSSIAN.encode()), RUSSIAN)
    part = _part(RUSSIAN.encode(), "text/plain; charset=us-ascii", "8bit")
    yield ProgramMail("UTF-8 as us-ascii", _mail("", part), RUSSIAN)
    part = _part(RUSSIAN.encode(), "text/plain; charset=iso-8859-1", "base64")
    yield ProgramMail("UTF-8 as Latin 1", _mail("", part), RUSSIAN)
    part = _part(TAIWANESE.encode("big5hkscs"), "text/plain; charset=big5", "base64")
    yield ProgramMail("Hong Kong's Big5", _mail("", part), TAIWANESE)
    part = _part(RUSSIAN.encode("koi8-r"), "text/plain; charset=koi8-r", "8bit")
    yield ProgramMail("Mutt in Russia", _mail("User-Agent: Mutt/1.5.20 (2009-06-14)\n", part), RUSSIAN)


def _thunderbird() -> ProgramMail:
    """Answers between the lines, and lines of one's own above a quoted one."""
    plain = (
        "Hello,\nmy answers are below:\n\n> What is your number?\n206-555-0143\n"
        "> When may we call?\nAfter 5.\n\n-- \nA Resident\n"
    )
    shown = "Hello,\nmy answers are below:\n\n206-555-0143\nAfter 5.\n\n-- \nA Resident"
    part = _part(plain.encode(), "text/plain; charset=UTF-8; format=flowed", "7bit")
    return ProgramMail("Thunderbird", _mail("", part), shown, "> When may we call?")


MAILS = (
    _outlook(),
    _outlook_html(),
    _apple_mail(),
    _gmail(),
    _gmail_forward(),
    _yahoo_japan(),
    _shift_jis(),
    _naver(),
    _qq(),
    _k9(),
    _thunderbird(),
    *_without_a_label(),
)

"""Mails written by a second reader, who had not seen the parser.

The header fields, the MIME structure and the quirks are those of the named program.
People and words are made up.
"""

import base64
import quopri
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Mail:
    """One mail as a program sends it.

    `written` are lines that a person wrote or forwarded: each must reach the office whole. `files` are
    attachments: each must be kept, or named.
    """

    program: str
    raw: bytes
    written: tuple[str, ...]
    files: tuple[str, ...] = field(default=())


def base64_lines(content: str, encoding: str) -> bytes:
    return base64.encodebytes(content.encode(encoding))


def quoted_printable(content: str, encoding: str) -> bytes:
    return quopri.encodestring(content.encode(encoding))


def iso_2022_jp_ms(content: str) -> bytes:
    """Encode as Japanese webmail does: half-width katakana by ESC ( I, and NEC's characters in JIS rows."""
    encoded, state = b"", b"\x1b(B"
    for character in content:
        in_cp932 = character.encode("cp932")
        if len(in_cp932) == 2:
            lead, trail = in_cp932
            row = (lead - (0x71 if lead < 0xA0 else 0xB1)) * 2 + 1
            if trail >= 0x9F:
                row, cell = row + 1, trail - 0x7E
            else:
                cell = trail - (0x20 if trail >= 0x80 else 0x1F)
            shift, code = b"\x1b$B", bytes((row, cell))
        elif in_cp932[0] >= 0xA0:
            shift, code = b"\x1b(I", bytes((in_cp932[0] - 0x80,))
        else:
            shift, code = b"\x1b(B", in_cp932
        encoded += (shift if shift != state else b"") + code
        state = shift
    return encoded + (b"\x1b(B" if state != b"\x1b(B" else b"")


DOT = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVQI12P4z8AAAAMBAQAY3Y2wAAAAAElFTkSuQmCC"
)
PICTURE = base64.encodebytes(DOT)
PAPER = base64.encodebytes(
    b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
)


OUTLOOK_TEXT = """\
Hello, my name is Rosa Example \u2013 please read what they sent me, below.

It\u2019s about my license (I paid €20 for the translation).



From: Jobs Example <jobs@example.org>

Sent: Thursday, November 26, 2026 4:12 PM

To: 'Rosa Example' <rosa@example.com>

Subject: Your papers



An agent asked us for your address on November 12.

________________________________

I wrote this line under it: do not call me at work.



--

Rosa
"""
OUTLOOK_HTML = """\
<html xmlns:v=3D"urn:schemas-microsoft-com:vml" xmlns:o=3D"urn:schemas-micros=
oft-com:office:office" xmlns=3D"http://www.w3.org/TR/REC-html40"><head><meta =
http-equiv=3DContent-Type content=3D"text/html; charset=3Dwindows-1252"><meta=
 name=3DGenerator content=3D"Microsoft Word 15 (filtered medium)"><style><!--
/* Font Definitions */
p.MsoNormal {margin:0in; font-family:"Calibri",sans-serif;}
--></style><!--[if gte mso 9]><xml><o:shapedefaults v:ext=3D"edit" spidmax=3D=
"1026" /></xml><![endif]--></head><body lang=3DEN-US><div class=3DWordSection=
1><p class=3DMsoNormal>Hello, my name is Rosa Example =96 please read what th=
ey sent me, below.<o:p></o:p></p><p class=3DMsoNormal>It=92s about my license=
 (I paid =8020 for the translation).<o:p></o:p></p><div><div style=3D'border:=
none;border-top:solid #E1E1E1 1.0pt;padding:3.0pt 0in 0in 0in'><p class=3DMso=
Normal><b>From:</b> Jobs Example &lt;jobs@example.org&gt; <br><b>Sent:</b> Th=
ursday, November 26, 2026 4:12 PM<br><b>Subject:</b> Your papers<o:p></o:p></=
p></div></div><p class=3DMsoNormal>An agent asked us for your address on Nove=
mber 12.<o:p></o:p></p><p class=3DMsoNormal>I wrote this line under it: do no=
t call me at work.<o:p></o:p></p></div></body></html>
"""
OUTLOOK = Mail(
    "Outlook desktop, a forwarded mail with lines above and below",
    (
        b'From: "Rosa Example" <resident@example.com>\n'
        b"To: <help@office.example.gov>\n"
        b"References: <000001db40a1$5c1f0a10$145d1e30$@example.org>\n"
        b"Subject: FW: Your papers\n"
        b"Date: Fri, 27 Nov 2026 09:12:44 -0800\n"
        b"Message-ID: <003a01db40f0$7e0d1b20$7a275160$@example.com>\n"
        b"MIME-Version: 1.0\n"
        b"Content-Type: multipart/alternative;\n"
        b'\tboundary="----=_NextPart_000_003B_01DB40AD.6FE9DB20"\n'
        b"X-Mailer: Microsoft Outlook 16.0\n"
        b"Thread-Index: AQJc0n1dQk3q3m5pT2i8bq2n0a==\n"
        b"Content-Language: en-us\n"
        b"\n"
        b"This is a multipart message in MIME format.\n"
        b"\n"
        b"------=_NextPart_000_003B_01DB40AD.6FE9DB20\n"
        b"Content-Type: text/plain;\n"
        b'\tcharset="Windows-1252"\n'
        b"Content-Transfer-Encoding: quoted-printable\n"
        b"\n" + quoted_printable(OUTLOOK_TEXT, "cp1252") + b"\n"
        b"------=_NextPart_000_003B_01DB40AD.6FE9DB20\n"
        b"Content-Type: text/html;\n"
        b'\tcharset="Windows-1252"\n'
        b"Content-Transfer-Encoding: quoted-printable\n"
        b"\n" + OUTLOOK_HTML.encode("ascii") + b"\n"
        b"------=_NextPart_000_003B_01DB40AD.6FE9DB20--\n"
    ),
    (
        "Hello, my name is Rosa Example \u2013 please read what they sent me, below.",
        "It\u2019s about my license (I paid €20 for the translation).",
        "An agent asked us for your address on November 12.",
        "I wrote this line under it: do not call me at work.",
    ),
)

APPLE_FLOWED = (
    "My name is Yuki Example. I send you the letter that I found on my door  \r\n"
    "this morning, it is in the picture below.\r\n"
    "\r\n"
    "私は電話ができませんので、 \r\n"
    "メールでお願いします。\r\n"
)
APPLE = Mail(
    "Apple Mail, format=flowed with DelSp, a picture between two texts",
    (
        b"From: Yuki Example <resident@example.com>\r\n"
        b"Content-Type: multipart/mixed;\r\n"
        b'\tboundary="Apple-Mail=_0C5E6B1A-7F0B-4E5C-9C52-0C1B2F6C4D11"\r\n'
        b"Mime-Version: 1.0 (Mac OS X Mail 16.0 \\(3774.300.61.1.2\\))\r\n"
        b"Subject: letter\r\n"
        b"Message-Id: <A3B0F7F4-5B0A-4C39-8E7D-2A7A0D3E9C10@example.com>\r\n"
        b"Date: Fri, 27 Nov 2026 08:02:10 -0800\r\n"
        b"To: help@office.example.gov\r\n"
        b"X-Mailer: Apple Mail (2.3774.300.61.1.2)\r\n"
        b"\r\n"
        b"\r\n"
        b"--Apple-Mail=_0C5E6B1A-7F0B-4E5C-9C52-0C1B2F6C4D11\r\n"
        b"Content-Transfer-Encoding: 8bit\r\n"
        b"Content-Type: text/plain;\r\n"
        b"\tcharset=utf-8;\r\n"
        b"\tformat=flowed;\r\n"
        b"\tdelsp=yes\r\n"
        b"\r\n" + APPLE_FLOWED.encode() + b"\r\n"
        b"--Apple-Mail=_0C5E6B1A-7F0B-4E5C-9C52-0C1B2F6C4D11\r\n"
        b"Content-Disposition: inline;\r\n"
        b"\tfilename=IMG_0413.png\r\n"
        b"Content-Type: image/png;\r\n"
        b"\tx-unix-mode=0666;\r\n"
        b'\tname="IMG_0413.png"\r\n'
        b"Content-Transfer-Encoding: base64\r\n"
        b"\r\n" + PICTURE.replace(b"\n", b"\r\n") + b"\r\n"
        b"--Apple-Mail=_0C5E6B1A-7F0B-4E5C-9C52-0C1B2F6C4D11\r\n"
        b"Content-Transfer-Encoding: 7bit\r\n"
        b"Content-Type: text/plain;\r\n"
        b"\tcharset=us-ascii\r\n"
        b"\r\n"
        b"\r\n"
        b"\r\n"
        b"Is this from the same people who took my photo from DOL?\r\n"
        b"\r\n"
        b"> On Nov 26, 2026, at 4:40 PM, Outreach Office <help@office.example.gov> wrote:\r\n"
        b"> \r\n"
        b"> Can you send us the letter?\r\n"
        b"Yes. Please hurry, the hearing is on Tuesday.\r\n"
        b"\r\n"
        b"--Apple-Mail=_0C5E6B1A-7F0B-4E5C-9C52-0C1B2F6C4D11--\r\n"
    ),
    (
        "My name is Yuki Example. I send you the letter that I found on my door this morning, "
        "it is in the picture below.",
        "私は電話ができませんので、メールでお願いします。",
        "Is this from the same people who took my photo from DOL?",
        "Yes. Please hurry, the hearing is on Tuesday.",
    ),
    ("IMG_0413.png",),
)

GMAIL_TEXT = """\
On Thu, Nov 26, 2026 at 4:40 PM Outreach Office <
help@office.example.gov> wrote:

> Hello,
>
> When can we call you?

Mañana después de las 6, no antes.

>
> Which number is yours?

El mismo número: 206 555 0177. Pregunte por \u201cNena\u201d.

>
> --
> Outreach Office
>

-- Ana Lucía Ejemplo --
Mi hermana también sacó su licencia en 2016.
"""
GMAIL_HTML = """\
<div dir="ltr"><div class="gmail_quote gmail_quote_container"><div dir="ltr" class="gmail_attr">\
On Thu, Nov 26, 2026 at 4:40\u202fPM Outreach Office \
&lt;<a href="mailto:help@office.example.gov">help@office.example.gov</a>&gt; wrote:<br></div>\
<blockquote class="gmail_quote" style="margin:0px 0px 0px 0.8ex"><div>Hello,<br><br>When can we call you?<br>\
</div></blockquote><div><br></div><div>Mañana después de las 6, no antes.</div>\
<blockquote class="gmail_quote">Which number is yours?</blockquote><div>El mismo número: 206 555 0177. \
Pregunte por \u201cNena\u201d.</div></div><div>-- Ana Lucía Ejemplo --</div><div>Mi hermana también \
sacó su licencia en 2016.</div></div>
"""
GMAIL = Mail(
    "Gmail in a browser, answers between and below the quoted lines",
    (
        b"MIME-Version: 1.0\n"
        b"References: <20261126-1@office.example.gov>\n"
        b"In-Reply-To: <20261126-1@office.example.gov>\n"
        b"From: =?UTF-8?Q?Ana_Luc=C3=ADa_Ejemplo?= <resident@example.com>\n"
        b"Date: Fri, 27 Nov 2026 07:55:01 -0800\n"
        b"Message-ID: <CAKx1T2b9fQ=0Zr9n7nV7m8aLQw0m3kq9sN3o2Zy1r6Pq2w@mail.example.com>\n"
        b"Subject: Re: Your request\n"
        b"To: Outreach Office <help@office.example.gov>\n"
        b'Content-Type: multipart/alternative; boundary="000000000000d1b0f9062c1a5e3b"\n'
        b"\n"
        b"--000000000000d1b0f9062c1a5e3b\n"
        b'Content-Type: text/plain; charset="UTF-8"\n'
        b"Content-Transfer-Encoding: quoted-printable\n"
        b"\n" + quoted_printable(GMAIL_TEXT, "utf-8") + b"\n"
        b"--000000000000d1b0f9062c1a5e3b\n"
        b'Content-Type: text/html; charset="UTF-8"\n'
        b"Content-Transfer-Encoding: quoted-printable\n"
        b"\n" + quoted_printable(GMAIL_HTML, "utf-8") + b"\n"
        b"--000000000000d1b0f9062c1a5e3b--\n"
    ),
    (
        "Mañana después de las 6, no antes.",
        "El mismo número: 206 555 0177. Pregunte por \u201cNena\u201d.",
        "-- Ana Lucía Ejemplo --",
        "Mi hermana también sacó su licencia en 2016.",
    ),
)

GMAIL_PHONE_TEXT = """\
Tôi tên là Nguyễn Ví Dụ, xin gửi giấy tờ đính kèm.
Xin đừng gọi cho chồng tôi.

Vào 16:40, Th 5, 26 thg 11, 2026 Outreach Office <help@office.example.gov> đã viết:

> Please send us your papers.
>

Tôi còn một câu hỏi: ảnh của con tôi có bị lấy không?
"""
GMAIL_PHONE = Mail(
    "Gmail on a phone in Vietnamese, with a PDF",
    (
        b"MIME-Version: 1.0\n"
        b"From: =?UTF-8?B?Tmd1eeG7hW4gVsOtIEThu6U=?= <resident@example.com>\n"
        b"Date: Fri, 27 Nov 2026 06:31:44 -0800\n"
        b"Message-ID: <CAD9Vn4mJ2q=example@mail.example.com>\n"
        b"Subject: =?UTF-8?B?R2nhuqV5IHThu50gY+G7p2EgdA==?=\n"
        b"\t=?UTF-8?B?w7Rp?=\n"
        b"To: Outreach Office <help@office.example.gov>\n"
        b'Content-Type: multipart/mixed; boundary="0000000000006c1a25062c1a77aa"\n'
        b"\n"
        b"--0000000000006c1a25062c1a77aa\n"
        b'Content-Type: multipart/alternative; boundary="0000000000006c1a23062c1a77a8"\n'
        b"\n"
        b"--0000000000006c1a23062c1a77a8\n"
        b'Content-Type: text/plain; charset="UTF-8"\n'
        b"Content-Transfer-Encoding: base64\n"
        b"\n" + base64_lines(GMAIL_PHONE_TEXT, "utf-8") + b"\n"
        b"--0000000000006c1a23062c1a77a8\n"
        b'Content-Type: text/html; charset="UTF-8"\n'
        b"Content-Transfer-Encoding: base64\n"
        b"\n"
        + base64_lines('<div dir="auto">' + GMAIL_PHONE_TEXT.replace("\n", "<br>\n") + "</div>", "utf-8")
        + b"\n"
        b"--0000000000006c1a23062c1a77a8--\n"
        b"--0000000000006c1a25062c1a77aa\n"
        b'Content-Type: application/pdf; name="=?UTF-8?B?Z2nhuqV5IHThu50ucGRm?="\n'
        b"Content-Disposition: attachment; \n"
        b'\tfilename="=?UTF-8?B?Z2nhuqV5IHThu50ucGRm?="\n'
        b"Content-Transfer-Encoding: base64\n"
        b"Content-ID: <f_m3z0a1b20>\n"
        b"X-Attachment-Id: f_m3z0a1b20\n"
        b"\n" + PAPER + b"\n"
        b"--0000000000006c1a25062c1a77aa--\n"
    ),
    (
        "Tôi tên là Nguyễn Ví Dụ, xin gửi giấy tờ đính kèm.",
        "Xin đừng gọi cho chồng tôi.",
        "Tôi còn một câu hỏi: ảnh của con tôi có bị lấy không?",
    ),
    ("giấy tờ.pdf",),
)

YAHOO_JAPAN_TEXT = """\
お世話になります。髙橋（ﾃｽﾄ）です。
①免許証の写真 ②住所 について教えてください。
電話は土曜 10時～12時にお願いします。

--- help@office.example.gov wrote (2026/11/26 木):
> Where do you work?

㈱例えば商事です。会社には連絡しないでください。
"""
YAHOO_JAPAN = Mail(
    "Yahoo! Japan, iso-2022-jp with characters of ISO-2022-JP-MS",
    (
        b"Received: from [203.0.113.9] by web1001.mail.example.jp via HTTP; Sat, 28 Nov 2026 01:20:11 JST\n"
        b"X-Mailer: YahooMailWebService/0.8.111_69\n"
        b"X-YMail-JAS: example\n"
        b"Message-ID: <583904.17223.qm@web100101.mail.example.co.jp>\n"
        b"Date: Sat, 28 Nov 2026 01:20:11 +0900 (JST)\n"
        b"From: =?iso-2022-jp?B?GyRCTmMbKEI=?= <resident@example.com>\n"
        b"Reply-To: resident@example.com\n"
        b"Subject: =?iso-2022-jp?B?GyRCTEg1dkVaGyhC?=\n"
        b"To: help@office.example.gov\n"
        b"MIME-Version: 1.0\n"
        b"Content-Type: text/plain; charset=iso-2022-jp\n"
        b"Content-Transfer-Encoding: 7bit\n"
        b"\n" + iso_2022_jp_ms(YAHOO_JAPAN_TEXT)
    ),
    tuple(line for line in YAHOO_JAPAN_TEXT.splitlines() if line and line[0] not in "->"),
)

NAVER_TEXT = """\
안녕하세요. 김예시입니다. 똠방각하나 펲시콜라 옆집에 삽니다.
남편이 어제 잡혀갔습니다. 도와주세요.

-----Original Message-----
From: "Outreach Office"<help@office.example.gov>
To: <resident@example.com>;
Cc:
Sent: 2026-11-26 (목) 16:40:00 (GMT-08:00)
Subject: Your request

Who is with you?

아들과 둘이 있습니다. 뷁뷁딩이라고 해요.
"""
NAVER_HTML = (
    '<html><head><style>p{margin-top:0px;margin-bottom:0px;}</style></head><body><div style="margin:0px;">'
    + "".join(f"<p>{line}</p>" for line in NAVER_TEXT.replace("<", "&lt;").splitlines())
    + '</div><table style="display:none"><tr><td><img src="https://mail.example.com/readReceipt/notify/?img=1">'
    "</td></tr></table></body></html>"
)
NAVER = Mail(
    "Naver, ks_c_5601-1987 over syllables of cp949",
    (
        b"Return-Path: <resident@example.com>\n"
        b"From: =?ks_c_5601-1987?B?sei/ub3D?=<resident@example.com>\n"
        b"To: =?ks_c_5601-1987?B?T3V0cmVhY2ggT2ZmaWNl?= <help@office.example.gov>\n"
        b"Message-ID: <a1b2c3d4e5f60718293a4b5c6d7e8f90@cweb01.nm.example.com>\n"
        b"Subject: =?ks_c_5601-1987?B?tbW/zcHWvLy/5A==?=\n"
        b"MIME-Version: 1.0\n"
        b"Importance: normal\n"
        b"X-Priority: 3 (Normal)\n"
        b"X-Originating-IP: 203.0.113.20\n"
        b'Content-Type: multipart/alternative; boundary="-----Boundary-WM=_5.1795799400000.010203"\n'
        b"Date: Sat, 28 Nov 2026 02:10:00 +0900 (KST)\n"
        b"\n"
        b"This is a multi-part message in MIME format.\n"
        b"\n"
        b"-------Boundary-WM=_5.1795799400000.010203\n"
        b'Content-Type: text/plain; charset="ks_c_5601-1987"\n'
        b"Content-Transfer-Encoding: base64\n"
        b"\n" + base64_lines(NAVER_TEXT, "cp949") + b"\n"
        b"-------Boundary-WM=_5.1795799400000.010203\n"
        b'Content-Type: text/html; charset="ks_c_5601-1987"\n'
        b"Content-Transfer-Encoding: base64\n"
        b"\n" + base64_lines(NAVER_HTML, "cp949") + b"\n"
        b"-------Boundary-WM=_5.1795799400000.010203--\n"
    ),
    (*NAVER_TEXT.splitlines()[:2], NAVER_TEXT.splitlines()[-1]),
)

QQ_TEXT = """\
我叫张镕，女儿叫李𠮷。请看图片。
请不要打电话，房东会听见。



------------------ 原始邮件 ------------------
发件人: "Outreach Office";<help@office.example.gov>;
发送时间: 2026年11月26日(星期四) 下午4:40
收件人: "resident"<resident@example.com>;

主题: Your request


Where do you live?

我住在某某路 12 号，二楼。
"""
QQ_HTML = (
    '<meta http-equiv="Content-Type" content="text/html; charset=GB18030"><div>'
    + QQ_TEXT.replace("<", "&lt;").replace("\n", "</div><div>")
    + '</div><div><img src="cid:5B0C7DB4@0A1B2C3D.E4F5A0690000000000.png" filesize="70"></div>'
)
QQ = Mail(
    "QQ Mail, gb2312 over characters of gb18030, nested multipart/related",
    (
        b'From: "=?gb18030?B?1cXpRg==?=" <resident@example.com>\n'
        b'To: "=?gb18030?B?T3V0cmVhY2g=?=" <help@office.example.gov>\n'
        b"Subject: =?gb18030?B?u9i4tKO6WW91ciByZXF1ZXN0?=\n"
        b"Mime-Version: 1.0\n"
        b"Content-Type: multipart/mixed;\n"
        b'\tboundary="----=_NextPart_69A0F5E4_0B1C2D30_1F2E3D40"\n'
        b"Content-Transfer-Encoding: 8Bit\n"
        b"Date: Sat, 28 Nov 2026 01:02:28 +0800\n"
        b"X-Priority: 3\n"
        b"Message-ID: <tencent_0A1B2C3D4E5F@example.com>\n"
        b"X-QQ-MIME: TCMime 1.0 by Tencent\n"
        b"X-Mailer: QQMail 2.x\n"
        b"\n"
        b"This is a multi-part message in MIME format.\n"
        b"\n"
        b"------=_NextPart_69A0F5E4_0B1C2D30_1F2E3D40\n"
        b"Content-Type: multipart/related;\n"
        b'\ttype="multipart/alternative";\n'
        b'\tboundary="----=_NextPart_69A0F5E4_0B1C2D30_2A3B4C5D"\n'
        b"\n"
        b"------=_NextPart_69A0F5E4_0B1C2D30_2A3B4C5D\n"
        b"Content-Type: multipart/alternative;\n"
        b'\tboundary="----=_NextPart_69A0F5E4_0B1C2D30_77889900"\n'
        b"\n"
        b"------=_NextPart_69A0F5E4_0B1C2D30_77889900\n"
        b"Content-Type: text/plain;\n"
        b'\tcharset="gb2312"\n'
        b"Content-Transfer-Encoding: base64\n"
        b"\n" + base64_lines(QQ_TEXT, "gb18030") + b"\n"
        b"------=_NextPart_69A0F5E4_0B1C2D30_77889900\n"
        b"Content-Type: text/html;\n"
        b'\tcharset="gb2312"\n'
        b"Content-Transfer-Encoding: base64\n"
        b"\n" + base64_lines(QQ_HTML, "gb18030") + b"\n"
        b"------=_NextPart_69A0F5E4_0B1C2D30_77889900--\n"
        b"\n"
        b"------=_NextPart_69A0F5E4_0B1C2D30_2A3B4C5D\n"
        b"Content-Type: image/png;\n"
        b'\tname="5B0C7DB4@0A1B2C3D.E4F5A0690000000000.png"\n'
        b"Content-Transfer-Encoding: base64\n"
        b"Content-ID: <5B0C7DB4@0A1B2C3D.E4F5A0690000000000.png>\n"
        b"\n" + PICTURE + b"\n"
        b"------=_NextPart_69A0F5E4_0B1C2D30_2A3B4C5D--\n"
        b"\n"
        b"------=_NextPart_69A0F5E4_0B1C2D30_1F2E3D40\n"
        b"Content-Type: application/octet-stream;\n"
        b'\tcharset="gb18030";\n'
        b'\tname="=?gb18030?B?1dXGrC5wZGY=?="\n'
        b'Content-Disposition: attachment; filename="=?gb18030?B?1dXGrC5wZGY=?="\n'
        b"Content-Transfer-Encoding: base64\n"
        b"\n" + PAPER + b"\n"
        b"------=_NextPart_69A0F5E4_0B1C2D30_1F2E3D40--\n"
    ),
    (*QQ_TEXT.splitlines()[:2], QQ_TEXT.splitlines()[-1]),
    ("5B0C7DB4@0A1B2C3D.E4F5A0690000000000.png", "照片.pdf"),
)

K_9_TEXT = """\
Добрий день! Я отримала ваш лист.
--\x20
Оксана, надіслано з K-9 Mail.

On November 26, 2026 4:40:00 PM PST, Outreach Office <help@office.example.gov> wrote:
>Hello,
>Is it safe to write to you?
>--\x20
>Outreach Office

Так, але тільки ввечері.
--------------------------------------------------
Мій брат у Такомі, його забрали в 2017.
----------
"""
K_9 = Mail(
    "K-9 Mail, a signature above the quoted lines, own lines and dashes below",
    (
        b"Date: Fri, 27 Nov 2026 18:22:03 -0800\r\n"
        b"From: =?UTF-8?B?0J7QutGB0LDQvdCw?= <resident@example.com>\r\n"
        b"To: Outreach Office <help@office.example.gov>\r\n"
        b"Subject: Re: Your request\r\n"
        b"User-Agent: K-9 Mail for Android\r\n"
        b"In-Reply-To: <20261126-1@office.example.gov>\r\n"
        b"References: <20261126-1@office.example.gov>\r\n"
        b"Message-ID: <5B6F9E1C-7B7E-4A0E-A8F7-0C2D1E3F4A5B@example.com>\r\n"
        b"MIME-Version: 1.0\r\n"
        b"Content-Type: text/plain;\r\n"
        b" charset=utf-8\r\n"
        b"Content-Transfer-Encoding: quoted-printable\r\n"
        b"\r\n" + quoted_printable(K_9_TEXT, "utf-8").replace(b"\n", b"\r\n")
    ),
    tuple(line for line in K_9_TEXT.splitlines() if line.strip() and not line.startswith((">", "On ", "-"))),
)

THUNDERBIRD_TEXT = (
    "\u200fاسمي مثال وأريد أن أعرف \n"
    "من أخذ صورتي (DOL, 2016).\n"
    " From Yakima, not from Seattle.\n"
    "\n"
    "On 11/26/26 16:40, Outreach Office wrote:\n"
    "> Where were you born? Please tell \n"
    "> us.\n"
    "አዲስ አበባ፣ በኢትዮጵያ።\n"
    "\n"
    "-------- Forwarded Message --------\n"
    "Subject: \tNotice\n"
    "Date: \tTue, 24 Nov 2026 10:00:00 -0800\n"
    "From: \tClerk <clerk@example.org>\n"
    "To: \tresident@example.com\n"
    "\n"
    "\n"
    "\n"
    "You must appear on December 1.\n"
    "\n"
    "لا أفهم هذا. ساعدوني.\n"
)
THUNDERBIRD = Mail(
    "Thunderbird, Arabic and Amharic in format=flowed, space-stuffed, forwarded inline",
    (
        b'Content-Type: multipart/mixed; boundary="------------0Nq3ZxYw7uT5kLmP2rS1vB4c"\n'
        b"Message-ID: <6f0d5c1e-0f52-4a5a-9a3d-1c0b7a1f2e3d@example.com>\n"
        b"Date: Fri, 27 Nov 2026 11:45:12 -0800\n"
        b"MIME-Version: 1.0\n"
        b"User-Agent: Mozilla Thunderbird\n"
        b"Content-Language: ar\n"
        b"To: help@office.example.gov\n"
        b"From: =?UTF-8?B?2YXYq9in2YQ=?= <resident@example.com>\n"
        b"Subject: Fwd: Notice\n"
        b"\n"
        b"This is a multi-part message in MIME format.\n"
        b"--------------0Nq3ZxYw7uT5kLmP2rS1vB4c\n"
        b"Content-Type: text/plain; charset=UTF-8; format=flowed\n"
        b"Content-Transfer-Encoding: 8bit\n"
        b"\n" + THUNDERBIRD_TEXT.encode() + b"\n"
        b"--------------0Nq3ZxYw7uT5kLmP2rS1vB4c\n"
        b'Content-Type: message/rfc822; name="Clerk.eml"\n'
        b'Content-Disposition: attachment; filename="Clerk.eml"\n'
        b"\n"
        b"From: Clerk <clerk@example.org>\n"
        b"To: resident@example.com\n"
        b"Subject: Notice 2\n"
        b"Date: Wed, 25 Nov 2026 10:00:00 -0800\n"
        b"MIME-Version: 1.0\n"
        b'Content-Type: text/plain; charset="us-ascii"\n'
        b"\n"
        b"Bring your passport to room 12.\n"
        b"--------------0Nq3ZxYw7uT5kLmP2rS1vB4c--\n"
    ),
    (
        "اسمي مثال وأريد أن أعرف من أخذ صورتي (DOL, 2016).",
        "From Yakima, not from Seattle.",
        "አዲስ አበባ፣ በኢትዮጵያ።",
        "You must appear on December 1.",
        "لا أفهم هذا. ساعدوني.",
        "Bring your passport to room 12.",
    ),
)

PHONE = Mail(
    "A phone's mail program, 8-bit UTF-8 without a word about MIME",
    (
        "From: Xusuul Tusaale <resident@example.com>\n"
        "To: help@office.example.gov\n"
        "Subject: Caawimaad \u2014 помощь\n"
        "Date: Fri, 27 Nov 2026 23:40:00 -0800\n"
        "Message-ID: <1795848000.1@phone.example.com>\n"
        "\n"
        "Waxaan ahay Xusuul \u2014 caawimaad baan u baahanahay 🙏\n"
        "Не звоните мужу.\n"
        "=====\n"
        "卧室に隠れています\n"
    ).encode(),
    (
        "Waxaan ahay Xusuul \u2014 caawimaad baan u baahanahay 🙏",
        "Не звоните мужу.",
        "卧室に隠れています",
    ),
)

UNCLOSED_HTML = """\
<!DOCTYPE html><html><head><meta charset="utf-8"><title>mail</title><style>div{color:#111}</style>
<div>Jag bor hos min mor \u2013 ring inte hem.<br>Skriv bara hit.
<div>-- Maja Exempel --<div>Det här skrev jag under mitt namn.
<p>-------------------------------------------
<p>Också detta, under strecken. 5 < 7 & 8 > 2.
<br>---------- Forwarded message ---------<br>From: <b>Clerk</b> &lt;clerk@example.org&gt;<br>
Date: Tue, Nov 24, 2026<br>Subject: Notice<br><br>
<blockquote type=cite>We have your photo.<p>Come to room 12.</blockquote>
<!-- a remark -- > that closes late --><table><tr><td>Min syster heter<td>Siv Exempel</table>
<div>Sista raden: tack!
"""
HTML_ONLY = Mail(
    "A webmail that sends HTML only, with nothing closed",
    (
        b"MIME-Version: 1.0\n"
        b"From: =?iso-8859-1?Q?Maja_Exempel?= <resident@example.com>\n"
        b"To: help@office.example.gov\n"
        b"Subject: =?utf-8?q?Fr=C3=A5ga?=\n"
        b"Date: Fri, 27 Nov 2026 12:00:00 -0800\n"
        b"Message-ID: <web.1@example.com>\n"
        b"Content-Type: text/html\n"
        b"Content-Transfer-Encoding: 8bit\n"
        b"\n" + UNCLOSED_HTML.encode()
    ),
    (
        "Jag bor hos min mor \u2013 ring inte hem.",
        "Skriv bara hit.",
        "-- Maja Exempel --",
        "Det här skrev jag under mitt namn.",
        "Också detta, under strecken. 5 < 7 & 8 > 2.",
        "We have your photo.",
        "Come to room 12.",
        "Min syster heter",
        "Siv Exempel",
        "Sista raden: tack!",
    ),
)

YAHOO_TAIWAN_TEXT = "我叫陳碁粧，先生叫林喆。\n----\n請用中文回覆。\n"
YAHOO_TAIWAN = Mail(
    "Yahoo! Taiwan, big5 over characters of Big5-HKSCS, RFC 2231 file name",
    (
        b"From: resident@example.com\n"
        b"To: help@office.example.gov\n"
        b"Message-ID: <11.22@mail.example.com.tw>\n"
        b"Subject: =?big5?B?vdC1rg==?=\n"
        b"MIME-Version: 1.0\n"
        b'Content-Type: multipart/mixed; boundary="0-1234567890-1795800000=:1234"\n'
        b"Date: Sat, 28 Nov 2026 01:00:00 +0800 (CST)\n"
        b"\n"
        b"--0-1234567890-1795800000=:1234\n"
        b"Content-Type: text/plain; charset=big5\n"
        b"Content-Transfer-Encoding: 8bit\n"
        b"\n" + YAHOO_TAIWAN_TEXT.encode("big5hkscs") + b"\n"
        b"--0-1234567890-1795800000=:1234\n"
        b"Content-Type: application/pdf\n"
        b"Content-Transfer-Encoding: base64\n"
        b"Content-Disposition: attachment;\n"
        b" filename*0*=utf-8''%E6%96%87;\n"
        b" filename*1*=%E4%BB%B6.pdf\n"
        b"\n" + PAPER + b"\n"
        b"--0-1234567890-1795800000=:1234--\n"
    ),
    (YAHOO_TAIWAN_TEXT.splitlines()[0], YAHOO_TAIWAN_TEXT.splitlines()[2]),
    ("文件.pdf",),
)

MAIL_RU_TEXT = "Здравствуйте! Меня зовут Пример.\n"
MAIL_RU = Mail(
    "A Russian program: koi8-r, base64 cut off, the last boundary missing",
    (
        b"From: resident@example.com\n"
        b"To: help@office.example.gov\n"
        b"Subject: =?koi8-r?B?8NLJzcXS?=\n"
        b"MIME-Version: 1.0\n"
        b"Content-Type: multipart/alternative;\n"
        b'\tboundary="--ALT--a1b2c3"\n'
        b"Date: Fri, 27 Nov 2026 20:00:00 +0300\n"
        b"\n"
        b"----ALT--a1b2c3\n"
        b"Content-Type: text/plain; charset=koi8-r\n"
        b"Content-Transfer-Encoding: base64\n"
        b"\n" + base64_lines(MAIL_RU_TEXT, "koi8-r").rstrip(b"=\n") + b"\n"
    ),
    (MAIL_RU_TEXT.strip(),),
)

SHORT_PLAIN = Mail(
    "A program whose plain text only says to look at the HTML",
    (
        b"From: resident@example.com\n"
        b"To: help@office.example.gov\n"
        b"Subject: =?UTF-8?Q?Hello?=\n"
        b"MIME-Version: 1.0\n"
        b'Content-Type: multipart/alternative; boundary="b1_5f0c"\n'
        b"\n"
        b"--b1_5f0c\n"
        b"Content-Type: text/plain; charset=us-ascii\n"
        b"\n"
        b"To read this mail, use a program that shows HTML.\n"
        b"\n"
        b"--b1_5f0c\n"
        b"Content-Type: text/html; charset=utf-8\n"
        b"\n"
        b"<p>I was stopped on the way to work on Monday.</p><p>They knew my address and my car, and they "
        b"had the photo from my license. My children are with my neighbor.</p>\n"
        b"--b1_5f0c--\n"
    ),
    (
        "I was stopped on the way to work on Monday.",
        "had the photo from my license. My children are with my neighbor.",
    ),
)

MAILS = (
    SHORT_PLAIN,
    OUTLOOK,
    APPLE,
    GMAIL,
    GMAIL_PHONE,
    YAHOO_JAPAN,
    NAVER,
    QQ,
    K_9,
    THUNDERBIRD,
    PHONE,
    HTML_ONLY,
    YAHOO_TAIWAN,
    MAIL_RU,
)

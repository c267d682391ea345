"""Parse inbound e-mail (RFC 5322): who wrote it, all they wrote, and which message of ours it answers."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from email import message_from_bytes, policy
from email.errors import HeaderParseError
from email.header import decode_header
from email.message import EmailMessage, Message
from email.utils import parseaddr
from hashlib import sha256

from resident_app.intake.attachments import IncomingFile
from resident_app.intake.mail_text import DecodedText, decode, decode_html, unflowed, visible_text

_OURS = re.compile(r"<([0-9A-Za-z_-]{8,32})@[^<>@\s]+>")
_NOT_READ = "[Some characters of this e-mail could not be read.]"
_ORIGINAL = "The text as it came"
_MACHINES = ("mailer-daemon", "postmaster")
_AUTOMATIC_SUBJECT = re.compile(
    r"(?:automatic reply|auto(?:matic)?[ -]?(?:reply|response)|out of (?:the )?office(?: autoreply)?"
    r"|respuesta automática|fuera de la oficina|réponse automatique|automatische antwort|resposta automática"
    r"|risposta automatica"
    r"|自动答复|自动回复|自動回覆|自動答覆|自動応答|自動返信|不在通知|자동 ?회신|자동 ?응답"
    r"|부재 ?중|автоматический ответ|автоответ|автоматична відповідь"
    r"|trả lời tự động|رد تلقائي|awtomatikong tugon) ?[:：]",
    re.IGNORECASE,
)
"""What Outlook writes before the subject of an automatic reply, in the languages that our residents use."""
_FAILED = re.compile(r"^action:\s*failed\s*$", re.IGNORECASE | re.MULTILINE)
_DEEPEST = 20
_ADDRESS = re.compile(r"\b(?:https?|mailto|tel|cid):\S+")
_FOR_MACHINES = frozenset({"text/calendar", "text/x-amp-html", "text/watch-html"})
"""Alternatives that say what another one says, for a program."""


@dataclass(frozen=True, repr=False)
class InboundMail:
    """An e-mail from a person. If `returned`, a report that the message it answers was not delivered.

    `submission` is 16 bytes, the same when the same e-mail is delivered twice. `answers` are keys of messages
    of ours. `automatic`: a machine answered for the person, such as a notice of absence.
    """

    sender: str
    words: str
    answers: tuple[str, ...]
    submission: bytes
    returned: bool = False
    files: tuple[IncomingFile, ...] = ()
    automatic: bool = False


def message_id(key: str, domain: str) -> str:
    """Return the Message-ID of a message of ours. It is the same in each try."""
    return f"<{key}@{domain}>"


def parse_mail(raw: bytes) -> InboundMail | None:
    """Parse an e-mail. Return None if a list or a mail server sent it, or it lacks contents.

    The sender is empty if it names none. What has neither a sender nor contents that can be told from
    headers is kept as it came.
    """
    message = message_from_bytes(raw, policy=policy.default)
    assert isinstance(message, EmailMessage)
    if message.get_content_type() == "multipart/report":
        return _returned(message)
    sender = parseaddr(_header(message, "From"))[1]
    if sender.lower().partition("@")[0] in _MACHINES or _is_bulk(message):
        return None
    unread_sender = "" if "@" in sender else _decoded(message, "From")
    sender = sender if "@" in sender else ""
    answers = _keys(_header(message, "In-Reply-To"), _header(message, "References"))
    texts = list(_texts(message))
    body = "\n\n".join(text for text in (one.text.strip() for one in texts) if text)
    if not answers or not body:
        subject = _header_texts(_raw_header(message, "Subject"))
        texts = [*subject, *texts]
        body = "\n\n".join(part for part in (_joined(subject), body) if part)
    if unread_sender.strip(" <>"):
        body = f"From: {unread_sender}\n\n{body}".strip()
    if not sender and not body and not any(map(_is_file, message.walk())):
        texts = [*texts, decode(raw.strip(), "")]
        body = texts[-1].text.strip()
    words = f"{body}\n\n{_NOT_READ}".strip() if any(one.unread is not None for one in texts) else body
    files = (*_original_texts(texts), *_files(message))
    if not words and not files:
        return None
    digests = (sha256(file.contents).hexdigest() for file in files)
    identity = "\0".join((_header(message, "Message-ID"), sender, words, *digests))
    mark = _submission(identity)
    return InboundMail(sender, words, answers, mark, files=files, automatic=_is_automatic(message))


def _is_bulk(message: EmailMessage) -> bool:
    """Return whether a mailing list sent this (RFC 2919)."""
    return "List-Id" in message or _header(message, "Precedence").strip().lower() == "list"


def _is_automatic(message: EmailMessage) -> bool:
    """Return whether a machine answered (RFC 3834; the other headers are older, or Exchange's).

    People's own mail may have X-Auto-Response-Suppress (MS-OXCMAIL 2.2.3.2.14), so it needs the subject too.
    """
    return (
        _header(message, "Auto-Submitted").strip().lower() not in ("", "no")
        or _header(message, "Precedence").strip().lower() in ("bulk", "junk", "auto_reply")
        or _header(message, "Return-Path").strip() == "<>"
        or (
            _header(message, "X-Auto-Response-Suppress").strip().lower() not in ("", "none")
            and _AUTOMATIC_SUBJECT.match(_decoded(message, "Subject")) is not None
        )
        or any(name in message for name in ("X-Autoreply", "X-Autorespond", "X-AutoReply-From"))
    )


def _returned(message: EmailMessage) -> InboundMail | None:
    """Read a report that a message of ours was not delivered (RFC 3464). Return None for any other report."""
    parts = list(message.walk())
    reports = [str(part) for part in parts if part.get_content_type() == "message/delivery-status"]
    ids = [str(part.get("Message-ID") or "") for part in parts[1:]]
    texts = [str(part) for part in parts if part.get_content_type() == "text/rfc822-headers"]
    answers = _keys(*ids, *texts)
    if not answers or not any(_FAILED.search(report) for report in reports):
        return None
    return InboundMail("", "", answers, _submission("returned " + " ".join(answers)), returned=True)


def _header(message: EmailMessage, name: str) -> str:
    """Return a header's value, or an empty string if it is missing or malformed."""
    try:
        return str(message.get(name) or "")
    except (ValueError, IndexError, AttributeError, LookupError):
        return ""


def _texts(message: Message, depth: int = 0) -> Iterator[DecodedText]:
    """Give the texts of an e-mail in their order, of alternatives the first with words."""
    content_type = message.get_content_type()
    if message.is_multipart():
        parts = [part for part in message.get_payload() if isinstance(part, Message)]
        if depth > _DEEPEST:
            return
        if content_type == "message/rfc822":
            for part in parts:
                yield DecodedText(_heading(part))
        if content_type == "multipart/alternative":
            readable = [part for part in parts if part.get_content_type() not in _FOR_MACHINES]
            yield from _best([list(_texts(part, depth + 1)) for part in readable])
            return
        for part in parts:
            yield from _texts(part, depth + 1)
    elif content_type == "text/html" and message.get_content_disposition() != "attachment":
        found = decode_html(_payload(message), _label(message))
        yield replace(found, text=visible_text(found.text))
    elif not _is_file(message):
        written = decode(_payload(message), _label(message))
        if _parameter(message, "format") == "flowed":
            without_space = _parameter(message, "delsp") == "yes"
            written = replace(written, text=unflowed(written.text, without_space=without_space))
        yield written


def _original_texts(texts: Sequence[DecodedText]) -> Iterator[IncomingFile]:
    """Give the bytes of each text with characters that could not be read."""
    for one in texts:
        if one.unread is not None:
            yield IncomingFile(_ORIGINAL, one.unread, one.label, is_original_text=True)


def _files(message: EmailMessage) -> Iterator[IncomingFile]:
    """Give each file of an e-mail, also of one inside another, in their order."""
    for part in message.walk():
        if _is_file(part):
            yield IncomingFile(_file_name(part), _payload(part))


def _file_name(part: Message) -> str:
    """Return the name that a file came with, or an empty string."""
    try:
        name = part.get_filename("")
    except (ValueError, LookupError, AttributeError, HeaderParseError):
        name = ""
    return _joined(_header_texts(name))


def _best(alternatives: list[list[DecodedText]]) -> list[DecodedText]:
    """Return the first of the alternatives that has words, which is the plain one.

    Some programs write there only that one should look at the HTML. So also return the last if it says more.
    """
    with_words = [texts for texts in alternatives if any(one.text.strip() for one in texts)]
    if not with_words:
        return []
    first, last = with_words[0], with_words[-1]
    said, found = set(_runs(first)), _runs(last)
    unsaid = sum(run not in said for run in found)
    return [*first, *last] if unsaid > len(found) / 2 else first


def _runs(texts: list[DecodedText]) -> list[str]:
    """Return every run of 5 letters of the first 100,000 characters: alternatives differ in the rest."""
    written = _ADDRESS.sub("", "\n".join(one.text for one in texts)[:100_000])
    letters = "".join(filter(str.isalnum, written))
    return [letters[start : start + 5] for start in range(max(1, len(letters) - 4))]


def _heading(forwarded: Message) -> str:
    """Return the lines that stand above an e-mail inside another. The first tells it from a quotation."""
    names = ("From", "Date", "Subject")
    headings = (f"{name}: {value}" for name in names if (value := _decoded(forwarded, name)))
    return "\n".join(("--- Attached e-mail ---", *headings))


def _payload(part: Message) -> bytes:
    payload = part.get_payload(decode=True)
    return payload if isinstance(payload, bytes) else b""


def _label(part: Message) -> str:
    try:
        return part.get_content_charset() or ""
    except (LookupError, ValueError, AttributeError):
        return ""


def _parameter(part: Message, name: str) -> str:
    """Return a parameter of a part's content type, in lower case, or an empty string."""
    try:
        value = part.get_param(name)
    except (LookupError, ValueError, AttributeError):
        return ""
    return value.lower() if isinstance(value, str) else ""


def _decoded(message: Message, name: str) -> str:
    """Return a header's words, in the character encodings that they name."""
    return _joined(_header_texts(_raw_header(message, name)))


def _raw_header(message: Message, name: str) -> str:
    """Return a header as it came: the policy that parses addresses replaces what it cannot decode."""
    raw = next((value for key, value in message.raw_items() if key.lower() == name.lower()), "")
    return re.sub(r"\r?\n[ \t]+", " ", str(raw)).strip()


def _header_texts(written: str) -> list[DecodedText]:
    """Return the pieces of a header (RFC 2047), each in the character encoding that it names."""
    try:
        pieces = decode_header(written)
    except (HeaderParseError, ValueError, LookupError):
        pieces = [(written, None)]
    texts = []
    for piece, label in pieces:
        # Letters that were not encoded came as surrogates.
        raw = piece.encode("utf-8", "surrogateescape") if isinstance(piece, str) else piece
        texts.append(decode(raw, label if label and label != "unknown-8bit" else ""))
    return texts


def _joined(pieces: Sequence[DecodedText]) -> str:
    return "".join(one.text for one in pieces).strip()


def _is_file(part: Message) -> bool:
    """Return whether a part is kept as a file: any but text to read. A text file is text to read, and
    so is what should have parts and has none."""
    if part.get_content_maintype() == "multipart" or part.is_multipart():
        return False
    content_type = part.get_content_type()
    is_attached = part.get_content_disposition() == "attachment"
    return content_type != "text/plain" if is_attached else part.get_content_maintype() != "text"


def _keys(*headers: str) -> tuple[str, ...]:
    return tuple(_unique(key for header in headers for key in _OURS.findall(header)))[:20]


def _unique(keys: Iterable[str]) -> dict[str, None]:
    return dict.fromkeys(keys)


def _submission(identity: str) -> bytes:
    return sha256(identity.encode("utf-8", "surrogatepass")).digest()[:16]

"""Parse inbound e-mail (RFC 5322): who wrote it, their own words, and which message of ours it answers."""

import re
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage, Message
from email.utils import parseaddr
from hashlib import sha256
from html.parser import HTMLParser

_OURS = re.compile(r"<([0-9A-Za-z_-]{8,32})@[^<>@\s]+>")
_ORIGINAL = re.compile(r"-{2,} ?[\w ]+ ?-{2,}|_{10,}")
_FILES_NOT_KEPT = "[{count} pictures or files came with this e-mail. They are not kept.]"
_MACHINES = ("mailer-daemon@", "postmaster@")
_SPACES = re.compile(r"[ \t]+")
_HIDDEN = frozenset({"script", "style", "head", "title", "blockquote"})
_TEXT_TYPES = frozenset({"text", "multipart", "message"})
_BLOCKS = frozenset({"p", "div", "br", "li", "tr", "h1", "h2", "h3"})
_FAILED = re.compile(r"^action:\s*failed\s*$", re.IGNORECASE | re.MULTILINE)


@dataclass(frozen=True, repr=False)
class InboundMail:
    """An e-mail from a person. If `returned`, a report that the message it answers was not delivered.

    `submission` is 16 bytes, the same when the same e-mail is delivered twice. `answers` are keys of messages
    of ours.
    """

    sender: str
    words: str
    answers: tuple[str, ...]
    submission: bytes
    returned: bool = False


def message_id(key: str, domain: str) -> str:
    """Return the Message-ID of a message of ours. It is the same in each try."""
    return f"<{key}@{domain}>"


def parse_mail(raw: bytes) -> InboundMail | None:
    """Parse an e-mail. Return None if a machine wrote it, or if it has no sender or no words."""
    message = message_from_bytes(raw, policy=policy.default)
    assert isinstance(message, EmailMessage)
    if message.get_content_type() == "multipart/report":
        return _returned(message)
    sender = parseaddr(_header(message, "From"))[1]
    if "@" not in sender or sender.lower().startswith(_MACHINES) or _is_automatic(message):
        return None
    words = without_quotation(_text(message)) or _header(message, "Subject").strip()
    if files := sum(map(_is_file, message.walk())):
        words = f"{words}\n{_FILES_NOT_KEPT.format(count=files)}".strip()
    answers = _keys(_header(message, "In-Reply-To"), _header(message, "References"))
    identity = "\0".join((_header(message, "Message-ID"), sender, words))
    return InboundMail(sender, words, answers, _submission(identity)) if words else None


def without_quotation(text: str) -> str:
    """Remove the quoted message from a reply, where it is marked. Keep a text that is all quotation."""
    kept: list[str] = []
    for line in text.replace("\r\n", "\n").split("\n"):
        if _ORIGINAL.fullmatch(line.strip()):
            break
        if not line.startswith(">"):
            kept.append(line.rstrip())
        elif kept:
            kept = _without_attribution(kept)
    words = "\n".join(kept).strip()
    return words or text.strip()


def _without_attribution(lines: list[str]) -> list[str]:
    """Drop the line above a quotation that says who wrote it. Some programs break it into two."""
    while lines and not lines[-1]:
        lines = lines[:-1]
    if lines and lines[-1].endswith((":", "：")):
        has_date = any(sign.isdigit() for sign in lines[-1])
        lines = lines[:-1] if has_date else lines[:-2]
    return lines


def _is_automatic(message: EmailMessage) -> bool:
    """Return whether a machine or a mailing list sent this (RFC 3834, RFC 2919)."""
    return (
        _header(message, "Auto-Submitted").strip().lower() not in ("", "no")
        or _header(message, "Precedence").strip().lower() in ("bulk", "junk", "list", "auto_reply")
        or _header(message, "Return-Path").strip() == "<>"
        or any(name in message for name in ("List-Id", "X-Autoreply", "X-Autorespond"))
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


def _is_file(part: Message) -> bool:
    """Return whether a part of an e-mail is an attachment or is not text."""
    return part.get_content_disposition() == "attachment" or part.get_content_maintype() not in _TEXT_TYPES


def _text(message: EmailMessage) -> str:
    """Return the plain text, or else the visible text of the HTML."""
    try:
        body = message.get_body(("plain", "html"))
    except AttributeError:  # It declares a multipart type and has no parts.
        return ""
    if body is None:
        return ""
    try:
        content = str(body.get_content())
    except (LookupError, ValueError, KeyError):
        payload = body.get_payload(decode=True)
        content = payload.decode("utf-8", "replace") if isinstance(payload, bytes) else ""
    return _visible_text(content) if body.get_content_type() == "text/html" else content


def _visible_text(html: str) -> str:
    parser = _VisibleText()
    with suppress(AssertionError):  # Some malformed HTML is read up to the error.
        parser.feed(html)
        parser.close()
    lines = "".join(parser.text).split("\n")
    return re.sub(r"\n{3,}", "\n\n", "\n".join(_SPACES.sub(" ", line).strip() for line in lines))


class _VisibleText(HTMLParser):
    """Collects what a reader sees of HTML, without quotations."""

    def __init__(self) -> None:
        super().__init__()
        self.text: list[str] = []
        self._hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._hidden += tag in _HIDDEN
        if tag in _BLOCKS:
            self.text.append("\n")

    def handle_endtag(self, tag: str) -> None:
        self._hidden -= tag in _HIDDEN and self._hidden > 0

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.text.append(data.replace("\n", " "))


def _keys(*headers: str) -> tuple[str, ...]:
    return tuple(_unique(key for header in headers for key in _OURS.findall(header)))[:20]


def _unique(keys: Iterable[str]) -> dict[str, None]:
    return dict.fromkeys(keys)


def _submission(identity: str) -> bytes:
    return sha256(identity.encode("utf-8", "surrogatepass")).digest()[:16]

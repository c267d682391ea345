"""Files that came with a message or a paper: which are kept, and how they are sealed.

Nothing here decodes a file. Its type is told by its first bytes, never by what its name or sender claims.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from sqlalchemy import Connection, func, insert, select

from resident_app.characters import readable
from resident_app.configuration.limits import AttachmentLimits
from resident_app.intake.aad import attachment_aad
from resident_app.intake.attachment_tables import AttachmentRow
from resident_app.intake.office_public_key import Ciphertext, OfficePublicKey, padded_size

ORIGINAL_TEXT = "text/plain"
"""The type of text as it came, kept because some of its characters could not be read."""
_LONGEST_NAME = 120
_HEADER_BYTES = 4
_PDF_BEGINS_WITHIN = 1024
"""Readers accept some bytes before a PDF's header (ISO 32000-1, H.3.4.1)."""
_SIGNATURES: Mapping[str, re.Pattern[bytes]] = {
    "image/jpeg": re.compile(rb"\xff\xd8\xff"),
    "image/png": re.compile(rb"\x89PNG\r\n\x1a\n"),
    "image/gif": re.compile(rb"GIF8[79]a"),
    "image/webp": re.compile(rb"RIFF....WEBP", re.DOTALL),
    "image/tiff": re.compile(rb"II\*\x00|MM\x00\*"),
}
"""How files of each type begin: WHATWG MIME Sniffing 6.1; TIFF 6.0, 2."""


@dataclass(frozen=True, repr=False)
class IncomingFile:
    """A file as it came. `label` is the character encoding that an original text claims, or empty."""

    name: str
    contents: bytes
    label: str = ""
    is_original_text: bool = False


@dataclass(frozen=True, repr=False)
class Attachment:
    """A file that is kept, as what it came with names it. `size` is the file's own, in bytes."""

    key: str
    """The row's key, in hexadecimal digits."""
    name: str
    type: str
    size: int
    label: str = ""

    @property
    def is_original_text(self) -> bool:
        return self.type == ORIGINAL_TEXT

    @property
    def size_in_words(self) -> str:
        return describe_size(self.size)


@dataclass(frozen=True, repr=False)
class KeptFiles:
    """Which of the files that came are kept, and a sentence about each of the others."""

    kept: tuple[tuple[Attachment, bytes], ...] = ()
    refused: tuple[str, ...] = ()

    @property
    def attachments(self) -> tuple[Attachment, ...]:
        return tuple(attachment for attachment, _ in self.kept)

    def with_refused(self, words: str) -> str:
        """Return the words with what was not kept named below them."""
        return "\n\n".join(part for part in (words, "\n".join(self.refused)) if part)


def attachments_from(contents: Mapping[str, Any]) -> tuple[Attachment, ...]:
    """Return the files that opened contents name. Before 0.6.0 they had none."""
    return tuple(Attachment(**one) for one in contents.get("attachments", ()))


def as_contents(attachments: Sequence[Attachment]) -> list[dict[str, Any]]:
    """Return what is sealed with a message, to name its files."""
    return [asdict(one) for one in attachments]


def sniffed_type(contents: bytes) -> str:
    """Return the type that a file's first bytes tell, or an empty string."""
    if b"%PDF-" in contents[:_PDF_BEGINS_WITHIN]:
        return "application/pdf"
    return next((type for type, begins in _SIGNATURES.items() if begins.match(contents)), "")


def choose_files(
    connection: Connection,
    message: bytes,
    files: Sequence[IncomingFile],
    limits: AttachmentLimits,
    at: datetime,
) -> KeptFiles:
    """Decide which files of a message are kept. `message` is its submission, from which their keys are made.

    Every file that is not kept is named in a sentence, with the reason.
    """
    if not files:
        return KeptFiles()
    kept: list[tuple[Attachment, bytes]] = []
    refused: list[str] = []
    room, in_message = _room_of_today(connection, limits, at), limits.message_bytes
    for number, file in enumerate(files):
        size, type = len(file.contents), _type_of(file)
        sealed_size = padded_size(size + _HEADER_BYTES)
        reason = _reason_against(file, type, limits)
        if not reason and len(kept) >= limits.files:
            reason = f"more than {limits.files} files came"
        elif not reason and size > in_message:
            reason = f"the files are larger than {limits.message_mib} MB together"
        elif not reason and sealed_size > room:
            reason = "too many files came today"
        name = _plain_name(file.name)
        if reason:
            refused.append(f"[An attachment was not kept: {name}, {describe_size(size)}. Reason: {reason}.]")
            continue
        key = sha256(b"attachment" + message + number.to_bytes(4)).digest()[:16]
        kept.append((Attachment(key.hex(), name, type, size, file.label[:40]), file.contents))
        room, in_message = room - sealed_size, in_message - size
    return KeptFiles(tuple(kept), tuple(refused))


def store_files(
    connection: Connection,
    key: OfficePublicKey,
    files: KeptFiles,
    at: datetime,
    *,
    inbound: bytes | None = None,
    request: int | None = None,
) -> None:
    """Seal files and store them with the message or the request that names them, which is stored already."""
    for attachment, contents in files.kept:
        ciphertext = seal_file(attachment, contents, key)
        owner = {"inbound": inbound} if inbound is not None else {"request_id": request}
        connection.execute(
            insert(AttachmentRow).values(
                key=bytes.fromhex(attachment.key),
                received_at=at,
                size=len(ciphertext.sealed),
                sealed=ciphertext.sealed,
                sealed_to=ciphertext.sealed_to,
                **owner,
            )
        )


def seal_file(attachment: Attachment, contents: bytes, key: OfficePublicKey) -> Ciphertext:
    """Seal a file to the office: its length in four bytes, then the file, then padding."""
    framed = len(contents).to_bytes(_HEADER_BYTES) + contents
    return key.seal(framed, attachment_aad(bytes.fromhex(attachment.key)))


def unframed(opened: bytes) -> bytes:
    """Return the file in what was opened, without its length and the padding."""
    return opened[_HEADER_BYTES : _HEADER_BYTES + int.from_bytes(opened[:_HEADER_BYTES])]


def describe_size(size: int) -> str:
    """Return a size as 3 MB, 120 kB or 80 bytes."""
    for unit, name in ((1_000_000, "MB"), (1_000, "kB")):
        if size >= unit:
            return f"{round(size / unit)} {name}"
    return f"{size} byte{'' if size == 1 else 's'}"


def _type_of(file: IncomingFile) -> str:
    return ORIGINAL_TEXT if file.is_original_text else sniffed_type(file.contents)


def _reason_against(file: IncomingFile, type: str, limits: AttachmentLimits) -> str:
    """Return why a file cannot be kept whatever else came, or an empty string."""
    if not file.contents:
        return "it is empty"
    if type not in limits.types and not file.is_original_text:
        return "files of this type are not kept"
    if len(file.contents) > limits.file_bytes:
        return f"it is larger than {limits.file_mib} MB"
    return ""


def _room_of_today(connection: Connection, limits: AttachmentLimits, at: datetime) -> int:
    """Return how many bytes may still be stored, so that nobody fills the disk with attachments."""
    lately = AttachmentRow.received_at > at - timedelta(days=1)
    stored = connection.execute(select(func.sum(AttachmentRow.size)).where(lately)).scalar_one()
    return max(0, limits.day_bytes - int(stored or 0))


def _plain_name(name: str) -> str:
    """Return a file's name on one line, without its folder and without characters that hide its ending."""
    written = re.sub(r"\s+", " ", readable(name)).strip()
    visible = re.sub("[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]", "", written)
    last = re.split(r"[/\\]", visible)[-1].strip()
    if len(last) > _LONGEST_NAME:
        last = f"{last[: _LONGEST_NAME - 20]}…{last[-18:]}"
    return last or "a file without a name"

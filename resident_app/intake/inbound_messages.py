"""Store a text message or an e-mail from a resident, sealed. The process that stores it cannot read it."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import Connection

from resident_app.configuration.limits import AttachmentLimits
from resident_app.contact_points import Channel
from resident_app.database import insert_if_new
from resident_app.intake.attachments import Attachment, IncomingFile, KeptFiles, choose_files, store_files
from resident_app.intake.help_request import seal_json
from resident_app.intake.message_tables import InboundRow, InboundState
from resident_app.intake.office_public_key import Ciphertext, OfficePublicKey

LONGEST_WORDS = 1_000_000
_CUT = "\n\n[The rest of this message was too long to keep.]"
_LONGEST_SENDER = 320


@dataclass(frozen=True, repr=False)
class InboundMessage:
    """A message from a phone number (E.164) or an e-mail address; from "" if the number is withheld.

    `answers` are the keys of the messages of ours that it answers. `returned`: no person wrote it; it
    reports that the message it answers could not be delivered. `keyword` is what a text message was taken for
    when it came in: STOP, START or HELP as `configuration.keywords` writes them, else empty. `automatic`: a
    machine answered for the person.
    """

    sender: str
    words: str
    answers: tuple[str, ...] = ()
    returned: bool = False
    keyword: str = ""
    attachments: tuple[Attachment, ...] = ()
    automatic: bool = False


def seal_inbound(message: InboundMessage, key: OfficePublicKey, submission: bytes) -> Ciphertext:
    """Seal a message to the office, bound to its submission."""
    return seal_json(asdict(message), key, submission)


def store_inbound(
    connection: Connection,
    key: OfficePublicKey,
    *,
    channel: Channel,
    sender: str,
    words: str,
    submission: bytes,
    at: datetime,
    answers: tuple[str, ...] = (),
    returned: bool = False,
    keyword: str = "",
    files: Sequence[IncomingFile] = (),
    limits: AttachmentLimits | None = None,
    automatic: bool = False,
) -> bool:
    """Seal a message to the office and store it, in the caller's transaction.

    `submission` is 16 bytes, the same when the same message is delivered twice. Return False if that
    message is stored already. Text beyond LONGEST_WORDS characters is cut, and the message says so.
    Files need `limits`, and those that these refuse are named in the text.
    """
    found = choose_files(connection, submission, files, limits, at) if limits else KeptFiles()
    assert limits or not files
    if len(words) > LONGEST_WORDS:
        words = words[:LONGEST_WORDS] + _CUT
    message = InboundMessage(
        sender[:_LONGEST_SENDER],
        found.with_refused(words),
        answers,
        returned,
        keyword,
        found.attachments,
        automatic,
    )
    ciphertext = seal_inbound(message, key, submission)
    is_new = insert_if_new(
        connection,
        InboundRow,
        submission=submission,
        channel=channel,
        state=InboundState.NEW,
        received_at=at,
        sealed=ciphertext.sealed,
        sealed_to=ciphertext.sealed_to,
    )
    if is_new:
        store_files(connection, key, found, at, inbound=submission)
    return is_new

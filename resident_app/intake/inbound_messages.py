"""Store a text message or an e-mail that came in, sealed: who stores it cannot read it again."""

from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import Connection

from resident_app.database import insert_if_new
from resident_app.intake.help_request import seal_json
from resident_app.intake.message_tables import InboundRow
from resident_app.intake.office_public_key import OfficePublicKey

NEW = "new"
UNPLACED = "unplaced"
STOP = "stop"

TEXT = "text"
EMAIL = "email"

LONGEST_WORDS = 10_000
_LONGEST_SENDER = 320


@dataclass(frozen=True, repr=False)
class InboundMessage:
    """What came: from a number (E.164) or an address; `answers` are keys of messages of ours.

    `returned`: it is not from a person: it says that the message it answers could not be delivered.
    """

    sender: str
    words: str
    answers: tuple[str, ...] = ()
    returned: bool = False


def store_inbound(
    connection: Connection,
    key: OfficePublicKey,
    *,
    door: str,
    sender: str,
    words: str,
    submission: bytes,
    at: datetime,
    answers: tuple[str, ...] = (),
    returned: bool = False,
) -> bool:
    """Seal a message to the office and store it, in the caller's transaction; False if it is there already.

    `submission` is 16 bytes that the same message gives again. What is longer than LONGEST_WORDS is cut.
    """
    came = InboundMessage(sender[:_LONGEST_SENDER], words[:LONGEST_WORDS], answers, returned)
    box = seal_json(asdict(came), key, submission)
    return insert_if_new(
        connection,
        InboundRow,
        submission=submission,
        door=door,
        state=NEW,
        received_at=at,
        sealed=box.sealed,
        sealed_to=box.sealed_to,
    )

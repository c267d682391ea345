"""Ciphertexts of every kind in an office's database, and its keys one by one."""

import secrets

from sqlalchemy import Engine, insert, select, true

from resident_app.casework.key_rotation import add_key
from resident_app.casework.office_keys import OfficeKeys
from resident_app.casework.sealed_columns import SEALED_COLUMNS
from resident_app.contact_points import Channel
from resident_app.database import reading, writing
from resident_app.intake import aad, inbound_messages
from resident_app.intake.attachments import IncomingFile
from resident_app.intake.call_tables import OfficeCallRow
from resident_app.intake.help_request import seal_json, seal_note
from resident_app.intake.message_tables import OutgoingRow
from resident_app.intake.request_tables import DraftRow, EntryKind, HelpRequestRow, NoteRow, TimelineRow
from tests.casework.office import CONFIGURATION, Office
from tests.conftest import NOW


def fill(office: Office, requests: int = 3) -> None:
    """Store ciphertexts of every kind."""
    keys = office.keys.current()
    for _ in range(requests):
        number = office.leave()
        with writing(office.engine) as connection:
            own = connection.execute(
                select(HelpRequestRow.submission).where(HelpRequestRow.id == number)
            ).scalar_one()
            mark, word = secrets.token_bytes(16), secrets.token_hex(8)
            note = seal_note("a note", keys.newest.public, own, mark)
            words = seal_json({"words": "a line"}, keys.newest.public, aad.timeline_aad(own, mark))
            message = seal_json({"to": "+12065550100"}, keys.newest.public, aad.outgoing_aad(word))
            call = seal_json({"officer": "+12065550101"}, keys.newest.public, aad.call_aad(word))
            draft = seal_json({"note": "not saved"}, keys.newest.public, aad.draft_aad(own, 1))
            for table, box, values in (
                (DraftRow, draft, {"account_id": 1, "saved_at": NOW}),
                (NoteRow, note, {"submission": mark, "received_at": NOW}),
                (TimelineRow, words, {"key": mark, "kind": EntryKind.NOTE, "at": NOW}),
                (OutgoingRow, message, {"key": word, "channel": "text", "state": "sent", "created_at": NOW}),
                (
                    OfficeCallRow,
                    call,
                    {
                        "token": word,
                        "stage": "ended",
                        "created_at": NOW,
                        "updated_at": NOW,
                        "spoken_language": "ko",
                        "topic": "question",
                    },
                ),
            ):
                row = {"request_id": number, "sealed": box.sealed, "sealed_to": box.sealed_to, **values}
                connection.execute(insert(table).values(**row))
            inbound_messages.store_inbound(
                connection,
                keys.newest.public,
                channel=Channel.TEXT,
                sender="+12065550102",
                words="hello",
                submission=mark,
                at=NOW,
                files=[IncomingFile("letter.pdf", b"%PDF-1.7 made up")],
                limits=CONFIGURATION.limits.attachments,
            )


def opened(engine: Engine, keys: OfficeKeys) -> int:
    """Open every ciphertext and return how many there are. Raises CannotOpen."""
    count = 0
    for kind in SEALED_COLUMNS:
        after = 0
        with reading(engine) as connection:
            while rows := kind.rows(connection, true(), after=after, limit=1000):
                assert all(keys.open(row.sealed, row.aad) for row in rows)
                count, after = count + len(rows), rows[-1].id
    return count


def alone(keys: OfficeKeys, place: int) -> OfficeKeys:
    """One of the office's keys, without the others."""
    return OfficeKeys((keys.keys[place],))


def change_key(office: Office) -> OfficeKeys:
    add_key(office.keys.path)
    return office.keys.current()

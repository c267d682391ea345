"""Help requests for tests of the console."""

import secrets
from datetime import timedelta

from sqlalchemy import insert, select

from resident_app.database import reading, writing
from resident_app.intake.aad import timeline_aad
from resident_app.intake.help_request import HelpRequest, seal_json, seal_request
from resident_app.intake.request_tables import EntryKind, HelpRequestRow, RequestState, TimelineRow
from tests.conftest import Deployment
from tests.console.conftest import Console

KOREAN = {
    "reach_by": "phone",
    "phone": "206 555 0100",
    "spoken": "ko",
    "written": "ko",
    "topic": "question",
    "message": "도와주세요",
    "name": "Marked Name",
}


def leave(deployment: Deployment, **changes: str) -> str:
    """Leave a request on the site. Returns its reference."""
    language = changes.get("spoken", "ko")
    return deployment.client.post(f"/{language}/help", KOREAN | changes).reference


def sender_state(deployment: Deployment, reference: str) -> str:
    """Return the request's state as the status page tells its sender."""
    page = deployment.client.post("/en/help/status", {"reference": reference})
    return str(page.one("main").get("data-state"))


def insert_request(console: Console, **columns: object) -> int:
    """Insert a sealed request with these columns. Returns its id."""
    request = HelpRequest("site", "phone", "+12065550100", "", "ko", "ko", "question", name="Marked")
    submission = secrets.token_bytes(16)
    box = seal_request(request, "000", console.context.keys.current().newest.public, submission)
    values = {
        "submission": submission,
        "secret_hash": "",
        "reference_attempt": 0,
        "origin": "site",
        "spoken_language": "ko",
        "topic": "question",
        "channel": "phone",
        "state": RequestState.RECEIVED,
        "received_at": console.clock(),
        "last_contact_at": console.clock(),
        "sealed": box.sealed,
        "sealed_to": box.sealed_to,
        **columns,
    }
    with writing(console.engine) as connection:
        made = connection.execute(insert(HelpRequestRow).values(**values)).inserted_primary_key
    assert made is not None
    return int(made[0])


def write(console: Console, words: str, code: str = "") -> int:
    """The person of request 1 sends a text message, a minute after what was before. Returns its entry."""
    console.clock.now += timedelta(minutes=1)
    key = secrets.token_bytes(16)
    with reading(console.engine) as connection:
        submission = connection.execute(
            select(HelpRequestRow.submission).where(HelpRequestRow.id == 1)
        ).scalar_one()
    sealed = seal_json(
        {"words": words}, console.context.keys.current().newest.public, timeline_aad(submission, key)
    )
    with writing(console.engine) as connection:
        made = connection.execute(
            insert(TimelineRow).values(
                request_id=1,
                key=key,
                kind=EntryKind.TEXT_IN,
                at=console.clock(),
                code=code,
                detail="",
                sealed=sealed.sealed,
                sealed_to=sealed.sealed_to,
            )
        )
    assert made.inserted_primary_key is not None
    return int(made.inserted_primary_key[0])

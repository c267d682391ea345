"""Help requests for tests of the console."""

import secrets

from sqlalchemy import insert

from resident_app.database import writing
from resident_app.intake.help_request import HelpRequest, seal_request
from resident_app.intake.request_tables import HelpRequestRow, RequestState
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

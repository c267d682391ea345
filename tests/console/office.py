"""Requests as residents leave them, for tests of the console."""

from tests.conftest import Deployment

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

"""Who does something now, for the outreach office's deeds."""

import secrets

from resident_app.console.guard import current_staff
from resident_app.console.parts import current_parts
from resident_app.outreach.cases.deeds import Hand


def hand(form_token: str | None, part: str = "") -> Hand:
    """The person who is signed in. A form that is sent twice has the same token, and does it once."""
    parts = current_parts()
    token = form_token or secrets.token_hex(16)
    return Hand(current_staff().id, parts.clock(), parts.today(), f"{token}|{part}")

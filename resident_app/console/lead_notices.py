"""E-mail to every lead about what one person did alone, through the outbox. The console shows it too."""

import secrets
from datetime import datetime

from sqlalchemy import Connection

from resident_app.casework.messages.outbox import queue_message
from resident_app.casework.office_keys import OfficeKeys
from resident_app.contact_points import Channel
from resident_app.languages import SOURCE
from resident_app.web.accounts.second_person import people_to_tell

_WORDS = """One person alone did something in the outreach console that needs two people: {what}.
Who: {actor}.

If you did not know of it, look at the audit log in the console, and talk with the person."""

ABOUT_LINK = "a set-up link for {email}"
ABOUT_ROLE = "the role of {email}"
ABOUT_OPEN = "opening the account of {email} again"
ABOUT_ERASURE = "erasing request {number}"
ABOUT_EXPORT = "export number {number}"


def tell_leads(
    connection: Connection, keys: OfficeKeys, what: str, actor: int | None, actor_name: str, at: datetime
) -> int:
    """Queue an e-mail to every lead and admin but the actor. Returns how many.

    `actor` is None on the command line of the console's machine.
    """
    people = people_to_tell(connection, actor)
    for person in people:
        queue_message(
            connection,
            keys,
            request=None,
            channel=Channel.EMAIL,
            to=person.email,
            body=_WORDS.format(what=what, actor=actor_name),
            language=SOURCE,
            actor_id=actor,
            at=at,
            key=secrets.token_hex(16),
        )
    return len(people)

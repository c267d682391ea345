"""A help request, and how it is sealed to the office."""

import json
from dataclasses import asdict, dataclass
from typing import Any

from resident_app.intake.aad import note_aad
from resident_app.intake.office_public_key import Ciphertext, OfficePublicKey

MESSAGE_LENGTH = 4000
SHORT_LENGTH = 200

ANOTHER_LANGUAGE = "other"
"""The code for a language that is not in our list, or was not chosen."""


@dataclass(frozen=True, repr=False)
class ContactDetails:
    """How a person can be reached. `phone` is E.164, and `contact_note` is what they typed beside it."""

    reach_by: str
    phone: str
    email: str
    voicemail_ok: bool = False
    contact_note: str = ""

    @property
    def in_words(self) -> str:
        """The details in English, for the office."""
        means = {"phone": "call", "text": "text message", "email": "email"}.get(self.reach_by, self.reach_by)
        words = f"{means}, {self.email if self.reach_by == 'email' else self.phone}"
        return f"{words} ({self.contact_note})" if self.contact_note else words


@dataclass(frozen=True, repr=False)
class HelpRequest:
    """What a resident leaves. Stored, only origin, languages, topic and channel are readable.

    `spoken` and `written` are language codes, or "other" with the words in `language_note`;
    `phone` is E.164.
    """

    origin: str
    reach_by: str
    phone: str
    email: str
    spoken: str
    written: str
    topic: str
    name: str = ""
    message: str = ""
    best_time: str = ""
    language_note: str = ""
    voicemail_ok: bool = False
    contact_note: str = ""
    """What the person typed beside the number or address, such as a second number."""
    time_zone: str = ""
    """Where they are, if an officer set it, such as America/New_York; empty: the office's."""

    @property
    def contact(self) -> ContactDetails:
        return ContactDetails(self.reach_by, self.phone, self.email, self.voicemail_ok, self.contact_note)

    def canonical(self) -> bytes:
        """Return bytes that are the same for the same request."""
        left = {name: value for name, value in asdict(self).items() if name != "time_zone"}
        return json.dumps(left, ensure_ascii=True, sort_keys=True).encode()


def seal_request(request: HelpRequest, reference: str, key: OfficePublicKey, submission: bytes) -> Ciphertext:
    """Seal a request and its reference to the office, bound to the row by `submission`."""
    contents = {"request": asdict(request), "reference": reference}
    return seal_json(contents, key, submission)


def seal_note(
    words: str,
    key: OfficePublicKey,
    request: bytes,
    submission: bytes,
    contact: ContactDetails | None = None,
) -> Ciphertext:
    """Seal a note to the office, bound to the request's submission and its own.

    `contact` are the details that take the place of the request's.
    """
    contents = {"note": words} | ({"contact": asdict(contact)} if contact else {})
    return seal_json(contents, key, note_aad(request, submission))


def seal_json(contents: dict[str, Any], key: OfficePublicKey, aad: bytes) -> Ciphertext:
    """Seal a JSON object to the office."""
    return key.seal(json.dumps(contents, ensure_ascii=True).encode(), aad)

"""A help request: what a resident leaves, and how it travels sealed to the office."""

import json
from dataclasses import asdict, dataclass
from typing import Any

from resident_app.outreach.boxes import of_note
from resident_app.outreach.office_key import Box, OfficeKeys, OfficePublicKey

MESSAGE_LENGTH = 4000
SHORT_LENGTH = 200

ANOTHER_LANGUAGE = "other"
"""Stands for a language that is not in our list, or was not chosen."""


@dataclass(frozen=True, repr=False)
class HelpRequest:
    """What a resident leaves. Only `door`, `spoken`, `topic` and `reach_by` stay readable when stored.

    `spoken` and `written` are language codes, or "other" with the words in `language_note`;
    `phone` is E.164.
    """

    door: str
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

    def canonical(self) -> bytes:
        """The same bytes for the same request."""
        return json.dumps(asdict(self), ensure_ascii=True, sort_keys=True).encode()


@dataclass(frozen=True, repr=False)
class OpenedRequest:
    """A request that the office has opened."""

    request: HelpRequest
    reference: str


def seal_request(request: HelpRequest, reference: str, key: OfficePublicKey, submission: bytes) -> Box:
    """The request and its reference, sealed to the office and bound to its row by `submission`."""
    contents = {"request": asdict(request), "reference": reference}
    return seal_words(contents, key, submission)


def open_request(sealed: bytes, keys: OfficeKeys, submission: bytes) -> OpenedRequest:
    """Raises CannotOpen."""
    contents = open_words(sealed, keys, submission)
    return OpenedRequest(HelpRequest(**contents["request"]), contents["reference"])


def seal_note(words: str, key: OfficePublicKey, request: bytes, submission: bytes) -> Box:
    """A note sealed to the office, bound to the request's submission and its own."""
    return seal_words({"note": words}, key, of_note(request, submission))


def open_note(sealed: bytes, keys: OfficeKeys, request: bytes, submission: bytes) -> str:
    """Raises CannotOpen."""
    return str(open_words(sealed, keys, of_note(request, submission))["note"])


def seal_words(contents: dict[str, Any], key: OfficePublicKey | OfficeKeys, bound_to: bytes) -> Box:
    """A JSON object sealed to the office."""
    return key.seal(json.dumps(contents, ensure_ascii=True).encode(), bound_to)


def open_words(sealed: bytes, keys: OfficeKeys, bound_to: bytes) -> dict[str, Any]:
    """Raises CannotOpen."""
    contents: dict[str, Any] = json.loads(keys.open(sealed, bound_to))
    return contents

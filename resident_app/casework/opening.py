"""Open what was sealed to the office. This module seals nothing.

What it returns can be printed, so only casework and the worker import it (a contract in pyproject.toml).
Pages and commands get `Opened` data.
"""

import json
from dataclasses import dataclass
from typing import Any

from resident_app.casework.office_keys import CannotOpen, OfficeKeys
from resident_app.intake.aad import note_aad
from resident_app.intake.help_request import ContactDetails, HelpRequest
from resident_app.intake.request_tables import HelpRequestRow


@dataclass(frozen=True, repr=False)
class OpenedRequest:
    """A request that the office has opened."""

    request: HelpRequest
    reference: str


def open_request(sealed: bytes, keys: OfficeKeys, submission: bytes) -> OpenedRequest:
    """Raises CannotOpen."""
    contents = open_json(sealed, keys, submission)
    return OpenedRequest(HelpRequest(**contents["request"]), contents["reference"])


def open_row(row: HelpRequestRow, keys: OfficeKeys) -> tuple[HelpRequest | None, str]:
    """Return the request and its reference, or None and "" if no key of the office opens it."""
    try:
        found = open_request(row.sealed, keys, row.submission)
    except CannotOpen:
        return None, ""
    return found.request, found.reference


def open_note(sealed: bytes, keys: OfficeKeys, request: bytes, submission: bytes) -> str:
    """Raises CannotOpen."""
    return str(open_json(sealed, keys, note_aad(request, submission))["note"])


def open_contact_note(
    sealed: bytes, keys: OfficeKeys, request: bytes, submission: bytes
) -> ContactDetails | None:
    """Return the contact details that a note corrects, or None if it is another note. Raises CannotOpen."""
    contact = open_json(sealed, keys, note_aad(request, submission)).get("contact")
    return ContactDetails(**contact) if contact else None


def open_json(sealed: bytes, keys: OfficeKeys, aad: bytes) -> dict[str, Any]:
    """Raises CannotOpen."""
    contents: dict[str, Any] = json.loads(keys.open(sealed, aad))
    return contents
